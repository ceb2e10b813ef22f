//! `textDocument/inlayHint`: money and state at the end of a line.

use crate::lsp::{convert, state::Snapshot};
use tower_lsp::{
    gen_lsp_types::{InlayHint, InlayHintParams, MarkupContent, MarkupKind},
    jsonrpc::Result,
};

/// The hints inside the asked range.
pub(in crate::lsp) fn inlay_hint(snapshot: &Snapshot, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
    let Some(document) = snapshot.document()?.filter(|_| snapshot.settings.inlay_hints) else { return Ok(None) };
    let Some((known, place)) = snapshot.analysis.here() else { return Ok(None) };
    let range = convert::span(&document.buffer, params.range, snapshot.client.encoding);
    let lenses = snapshot.settings.code_lens && snapshot.client.refreshes_lenses;
    let hints = ide::hints::hints(known, &place.path, range, lenses).into_iter().map(|hint| InlayHint {
        position: convert::position(&document.buffer, hint.offset as usize, snapshot.client.encoding),
        label: hint.label.into(),
        kind: None,
        text_edits: None,
        tooltip: Some(MarkupContent { kind: MarkupKind::Markdown, value: hint.tooltip }.into()),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    });
    Ok(Some(hints.collect()))
}
