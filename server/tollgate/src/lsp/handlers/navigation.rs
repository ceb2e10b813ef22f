//! Definition, references and highlights of the name under the cursor, and the names of the whole workspace.

use crate::lsp::{analysis::Place, closed::Closed, convert, documents::Document, state::Snapshot};
use ide::navigation;
use std::{path::Path, sync::Arc};
use text::Span;
use tower_lsp::{
    gen_lsp_types::{
        BaseSymbolInformation, Definition, DefinitionParams, DefinitionResponse, DocumentHighlight,
        DocumentHighlightKind, DocumentHighlightParams, Location, Position, ReferenceParams, SymbolInformation, Uri,
        WorkspaceSymbolParams, WorkspaceSymbolResponse,
    },
    jsonrpc::{Error, Result},
};

/// `textDocument/definition`
pub(in crate::lsp) fn definition(snapshot: &Snapshot, params: DefinitionParams) -> Result<Option<DefinitionResponse>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = at(snapshot, position)? else { return Ok(None) };
    let mut found = navigation::definition(known, &place.path, offset);
    if found.is_empty() {
        let text = snapshot.document()?.and_then(|document| snapshot.analysis.checked_text(document));
        found = ide::documents::views::definition(&known.documents, &place.path, text.as_deref(), offset);
    }
    let locations = View::new(snapshot, known, place.root.clone()).locations(&found)?;
    Ok(Some(DefinitionResponse::Definition(Definition::LocationList(locations))))
}

/// `textDocument/references`
pub(in crate::lsp) fn references(snapshot: &Snapshot, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = at(snapshot, position)? else { return Ok(None) };
    let mut found = navigation::references(known, &place.path, offset, params.context.include_declaration);
    if found.is_empty() {
        let text = snapshot.document()?.and_then(|document| snapshot.analysis.checked_text(document));
        found = ide::documents::views::references(&known.documents, &place.path, text.as_deref(), offset);
    }
    Ok(Some(View::new(snapshot, known, place.root.clone()).locations(&found)?))
}

/// `textDocument/documentHighlight`
pub(in crate::lsp) fn document_highlight(
    snapshot: &Snapshot,
    params: DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = at(snapshot, position)? else { return Ok(None) };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let highlight = |(span, defines): (Span, bool)| DocumentHighlight {
        range: convert::range(&document.buffer, span, snapshot.client.encoding),
        kind: Some(if defines { DocumentHighlightKind::Write } else { DocumentHighlightKind::Read }),
    };
    Ok(Some(navigation::highlights(known, &place.path, offset).into_iter().map(highlight).collect()))
}

/// `workspace/symbol`
pub(in crate::lsp) fn workspace_symbol(
    snapshot: &Snapshot,
    params: WorkspaceSymbolParams,
) -> Result<Option<WorkspaceSymbolResponse>> {
    const MOST: usize = 128;
    let mut all = Vec::new();
    for (root, known) in snapshot.analysis.roots() {
        let view = View::new(snapshot, known, root.clone());
        for symbol in ide::symbols::project_symbols(known, &params.query, MOST) {
            let Some(location) = view.location(&symbol.path, symbol.span) else { continue };
            let base = BaseSymbolInformation {
                name: symbol.name,
                kind: super::document_symbol::kind(symbol.kind),
                tags: None,
                container_name: Some(symbol.container),
            };
            all.push(SymbolInformation::new(None, location, base));
        }
    }
    Ok(Some(WorkspaceSymbolResponse::SymbolInformationList(all)))
}

/// What is known where the request points.
pub(super) fn at(snapshot: &Snapshot, position: Position) -> Result<Option<(&ide::Snapshot, &Place, usize)>> {
    let document: Option<&Document> = snapshot.document()?;
    let offset = document.map(|document| convert::offset(&document.buffer, position, snapshot.client.encoding));
    Ok(offset.and_then(|offset| snapshot.analysis.here().map(|(known, place)| (known, place, offset))))
}

/// Turns places into locations.
pub(in crate::lsp) struct View<'s> {
    snapshot: &'s Snapshot,
    known: &'s ide::Snapshot,
    closed: Closed,
}

impl<'s> View<'s> {
    /// A view on one root.
    pub(in crate::lsp) fn new(snapshot: &'s Snapshot, known: &'s ide::Snapshot, root: Arc<Path>) -> View<'s> {
        View { snapshot, known, closed: Closed::new(root, snapshot.lane.clone()) }
    }

    /// All places, in their order; `-32801` when a file among them has changed on disk.
    fn locations(&self, places: &[navigation::Location]) -> Result<Vec<Location>> {
        // The places of one file stand together: its text is looked up once.
        let files = places.chunk_by(|a, b| a.path == b.path);
        let all = files.flat_map(|places| self.in_file(&places[0].path, places.iter().map(|place| place.span)));
        self.finished(all.collect())
    }

    /// The answer, unless a file that it is about has changed on disk: then `-32801`.
    pub(super) fn finished<T>(&self, answer: T) -> Result<T> {
        if self.closed.has_changed() { Err(Error::content_modified()) } else { Ok(answer) }
    }

    /// What is known of the root.
    pub(super) fn known(&self) -> &'s ide::Snapshot {
        self.known
    }

    /// The place as the client knows it; none for a file that is not known, or has changed on disk.
    pub(in crate::lsp) fn location(&self, path: &str, span: Span) -> Option<Location> {
        self.in_file(path, std::iter::once(span)).pop()
    }

    /// Places of one file, in their order.
    pub(super) fn in_file(&self, path: &str, spans: impl Iterator<Item = Span>) -> Vec<Location> {
        let Some(text) = self.closed.text(self.known, path) else { return Vec::new() };
        let uri = self.snapshot.analysis.uri(&self.closed.place(path));
        let Some(uri) = uri.and_then(|uri| Uri::parse(&uri).ok()) else { return Vec::new() };
        let range = |span| convert::range_in(&text, span, self.snapshot.client.encoding);
        spans.map(|span| Location { uri: uri.clone(), range: range(span) }).collect()
    }
}
