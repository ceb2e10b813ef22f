//! `textDocument/documentSymbol`: the outline of a document.

use crate::lsp::{convert, documents::Document, state::Snapshot};
use ide::symbols::{Symbol, SymbolKind as Kind};
use tower_lsp::{
    gen_lsp_types::{
        BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location, Range,
        SymbolInformation, SymbolKind, Uri,
    },
    jsonrpc::Result,
};

/// The outline, nested where the client takes it so.
pub(in crate::lsp) fn document_symbol(
    snapshot: &Snapshot,
    params: DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let outline = snapshot.analysis.outline(document);
    let view = View { document, snapshot, uri: params.text_document.uri };
    Ok(Some(if snapshot.client.nested_symbols {
        DocumentSymbolResponse::DocumentSymbolList(outline.iter().map(|symbol| view.nested(symbol)).collect())
    } else {
        let mut flat = Vec::new();
        view.flatten(&outline, None, &mut flat);
        DocumentSymbolResponse::SymbolInformationList(flat)
    }))
}

struct View<'s> {
    document: &'s Document,
    snapshot: &'s Snapshot,
    uri: Uri,
}

impl View<'_> {
    fn range(&self, span: text::Span) -> Range {
        convert::range(&self.document.buffer, span, self.snapshot.client.encoding)
    }

    fn nested(&self, symbol: &Symbol) -> DocumentSymbol {
        let children: Vec<_> = symbol.children.iter().map(|child| self.nested(child)).collect();
        #[expect(deprecated, reason = "the type has no other way to be made")]
        DocumentSymbol {
            name: symbol.name.clone(),
            detail: (!symbol.detail.is_empty()).then(|| symbol.detail.clone()),
            kind: kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: self.range(symbol.span),
            selection_range: self.range(symbol.name_span),
            children: (!children.is_empty()).then_some(children),
        }
    }

    fn flatten(&self, symbols: &[Symbol], container: Option<&str>, into: &mut Vec<SymbolInformation>) {
        for symbol in symbols {
            let base = BaseSymbolInformation {
                name: symbol.name.clone(),
                kind: kind(symbol.kind),
                tags: None,
                container_name: container.map(str::to_owned),
            };
            let location = Location { uri: self.uri.clone(), range: self.range(symbol.span) };
            into.push(SymbolInformation::new(None, location, base));
            self.flatten(&symbol.children, Some(&symbol.name), into);
        }
    }
}

/// The protocol's kind.
pub(super) fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Workflow | Kind::Ticket => SymbolKind::Class,
        Kind::Pass => SymbolKind::Method,
        Kind::Gate => SymbolKind::Interface,
        Kind::Check => SymbolKind::Boolean,
        Kind::Output => SymbolKind::File,
        Kind::Section => SymbolKind::String,
        Kind::Agent => SymbolKind::Object,
        Kind::Setting => SymbolKind::Property,
        Kind::Requirement => SymbolKind::Interface,
        Kind::Task => SymbolKind::Event,
    }
}
