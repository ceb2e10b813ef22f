//! `textDocument/foldingRange`: one fold for each part of the outline.

use crate::lsp::{convert, state::Snapshot};
use ide::symbols::Symbol;
use tower_lsp::{
    gen_lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams},
    jsonrpc::Result,
};

/// The folds, in the order of the text.
pub(in crate::lsp) fn folding_range(snapshot: &Snapshot, _: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let (text, outline) = (document.buffer.text(), snapshot.analysis.outline(document));
    let mut folds = Vec::new();
    let mut left: Vec<&Symbol> = outline.iter().rev().collect();
    while let Some(symbol) = left.pop() {
        // Blank lines at the end stay visible: they separate the folded part from the next.
        let span = symbol.span.range();
        let end = span.start + symbol.span.of(&text).trim_end().len();
        let range = convert::range(&document.buffer, span.start..end, snapshot.client.encoding);
        if range.start.line < range.end.line {
            folds.push(FoldingRange {
                start_line: range.start.line,
                end_line: range.end.line,
                kind: Some(FoldingRangeKind::Region),
                ..FoldingRange::default()
            });
        }
        left.extend(symbol.children.iter().rev());
    }
    Ok(Some(folds))
}
