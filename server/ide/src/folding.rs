//! What can be folded: passes, gates, body sections.

use crate::Snapshot;
use crate::symbols::{Symbol, document_symbols};
use text::Span;

/// The ranges of a file that fold, outer ones first.
pub fn folds(snapshot: &Snapshot, path: &str) -> Vec<Span> {
    let mut all = Vec::new();
    collect(&document_symbols(snapshot, path), &mut all);
    all
}

fn collect(symbols: &[Symbol], all: &mut Vec<Span>) {
    for symbol in symbols {
        all.push(symbol.span);
        collect(&symbol.children, all);
    }
}
