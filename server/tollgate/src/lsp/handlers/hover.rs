//! `textDocument/hover`: what a key takes, what a name stands for, what a pass would do and cost.

use super::navigation::at;
use crate::lsp::{convert, state::Snapshot};
use tower_lsp::{
    gen_lsp_types::{Hover, HoverParams, MarkupContent, MarkupKind},
    jsonrpc::Result,
};

/// The hover.
pub(in crate::lsp) fn hover(snapshot: &Snapshot, params: HoverParams) -> Result<Option<Hover>> {
    let Some((known, place, offset)) = at(snapshot, params.text_document_position_params.position)? else {
        return Ok(None);
    };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let text = snapshot.analysis.checked_text(document);
    let contents = |markdown: String| match snapshot.client.hovers_in_plain_text {
        true => MarkupContent { kind: MarkupKind::PlainText, value: ide::hover::plain_text(&markdown) },
        false => MarkupContent { kind: MarkupKind::Markdown, value: markdown },
    };
    let of_documents = || ide::documents::views::hover(&known.documents, &place.path, text.as_deref(), offset);
    let hover = ide::hover::hover(known, &place.path, text.as_deref(), offset).or_else(of_documents);
    Ok(hover.map(|hover| Hover {
        contents: contents(hover.markdown).into(),
        range: Some(convert::range(&document.buffer, hover.span, snapshot.client.encoding)),
    }))
}
