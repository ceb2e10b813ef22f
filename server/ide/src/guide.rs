//! Service for skills, commands, prompts and rules of hosts.

use crate::symbols::{Symbol, SymbolKind, leaf};
use spec::guide::Guide;

/// The one entry of its outline.
pub(crate) fn symbol(guide: &Guide) -> Symbol {
    let span = guide.name.span.cover(guide.body);
    leaf(&guide.name.value, guide.kind.word(), SymbolKind::Agent, span, guide.name.span)
}
