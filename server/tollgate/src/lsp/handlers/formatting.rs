//! `textDocument/formatting` and `textDocument/rangeFormatting`: our own YAML, and nothing of anybody else's. The client's
//! wishes about tabs are not asked for: YAML has none, and one layout is what makes a difference readable.

use crate::lsp::{convert, state::Snapshot};
use text::Span;
use tower_lsp::{
    gen_lsp_types::{DocumentFormattingParams, DocumentRangeFormattingParams, TextEdit},
    jsonrpc::Result,
};

/// `textDocument/formatting`
pub(in crate::lsp) fn formatting(snapshot: &Snapshot, _: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
    edits(snapshot, None)
}

/// `textDocument/rangeFormatting`
pub(in crate::lsp) fn range_formatting(
    snapshot: &Snapshot,
    params: DocumentRangeFormattingParams,
) -> Result<Option<Vec<TextEdit>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    edits(snapshot, Some(convert::span(&document.buffer, params.range, snapshot.client.encoding)))
}

fn edits(snapshot: &Snapshot, range: Option<Span>) -> Result<Option<Vec<TextEdit>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let Some(file) = snapshot.analysis.here().and_then(|(known, place)| known.file(&place.path)) else {
        return Ok(None);
    };
    let edit = |edit: ide::TextEdit| TextEdit {
        range: convert::range(&document.buffer, edit.span, snapshot.client.encoding),
        new_text: edit.text,
    };
    Ok(Some(ide::format::format(file, range).into_iter().map(edit).collect()))
}
