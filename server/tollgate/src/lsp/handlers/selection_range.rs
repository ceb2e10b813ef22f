//! `textDocument/selectionRange`: what a growing selection takes next, in every document that is open.

use crate::lsp::{convert, state::Snapshot};
use tower_lsp::{
    gen_lsp_types::{SelectionRange, SelectionRangeParams},
    jsonrpc::Result,
};

/// No client has more cursors than a person can follow.
const MOST_CURSORS: usize = 1_000;

/// One chain for each position, in their order.
pub(in crate::lsp) fn selection_range(
    snapshot: &Snapshot,
    params: SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let encoding = snapshot.client.encoding;
    let positions = params.positions.into_iter().take(MOST_CURSORS);
    let offsets: Vec<usize> = positions.map(|at| convert::offset(&document.buffer, at, encoding)).collect();
    let path = snapshot.analysis.here().map_or(&*document.uri, |(_, place)| &*place.path);
    let chains = ide::selection::around(path, &document.buffer.text(), &offsets);
    let nested = chains.into_iter().filter_map(|chain| {
        let outwards = chain.into_iter().rev().map(|span| convert::range(&document.buffer, span, encoding));
        outwards.fold(None, |parent: Option<SelectionRange>, range| {
            // Two spans may be one range: nothing is selected twice.
            match parent {
                Some(parent) if parent.range == range => Some(parent),
                parent => Some(SelectionRange { range, parent: parent.map(Box::new) }),
            }
        })
    });
    Ok(Some(nested.collect()))
}
