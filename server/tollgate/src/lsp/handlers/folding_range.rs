//! `textDocument/foldingRange`: one fold for each part of the outline, the front matter, sections and blocks of code.

use crate::lsp::{convert, state::Snapshot};
use tower_lsp::{
    gen_lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams},
    jsonrpc::Result,
};

/// The folds, in the order of the text.
pub(in crate::lsp) fn folding_range(snapshot: &Snapshot, _: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let outline = snapshot.analysis.outline(document);
    let path = snapshot.analysis.here().map_or(&*document.uri, |(_, place)| &*place.path);
    let spans = ide::folding::folds(path, &document.buffer.text(), &outline);
    let ranges = spans.into_iter().map(|span| convert::range(&document.buffer, span, snapshot.client.encoding));
    let fold = |range: tower_lsp::gen_lsp_types::Range| FoldingRange {
        start_line: range.start.line,
        end_line: range.end.line,
        kind: Some(FoldingRangeKind::Region),
        ..FoldingRange::default()
    };
    Ok(Some(ranges.filter(|range| range.start.line < range.end.line).map(fold).collect()))
}
