//! What a changed contract means for those who rely on it: OpenAPI descriptions and proto files held against a base text.
//!
//! A change is breaking when something that a client did by the base may fail, or be understood otherwise, now. What the
//! server takes may become more, what it answers with may become less; the other way round breaks. Only what is written counts:
//! leaving out what is the default anyway (`required: false`, `nullable: false`) is no change.

mod openapi;
mod proto;

use crate::tree::Tree;
use text::Span;

/// One change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// The file of the new state that it is seen in.
    pub file: String,
    /// The place in it: what changed, or what it was taken out of.
    pub span: Span,
    /// True when clients may break.
    pub breaking: bool,
    /// What changed, as a sentence without its full stop.
    pub words: String,
}

/// What changed between two states of a contract, in order of place; nothing when the file is no contract, or one of the
/// two is not valid. References into other files are followed in the tree of each state.
pub fn changes(path: &str, before: (&str, &dyn Tree), after: (&str, &dyn Tree)) -> Option<Vec<Change>> {
    let mut found = if path.ends_with(".proto") {
        proto::changes(path, before.0, after.0)
    } else {
        openapi::changes(path, before, after)?
    };
    found.sort();
    found.dedup();
    Some(found)
}
