//! What a binding that points at nothing may have meant: the symbol that is what the old one was but for its name, or one
//! that is nearly called so. The first is sure; the second is a suggestion that nobody makes unasked.

use docs::document::Document;
use docs::drift::Judgement;
use docs::fingerprint::shape;
use docs::source::Source;
use docs::target::{Fragment, Target};
use docs::tree::Tree;
use std::sync::Arc;
use syntax::code::Symbol;

/// Something else that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// What the binding would say.
    pub target: Target,
    /// True when it is the same thing under another name.
    pub sure: bool,
}

/// What the anchor of this judgement may have meant, in the file that it names.
pub(super) fn candidates(document: &Document, judgement: &Judgement, tree: &dyn Tree) -> Vec<Candidate> {
    let target = &document.anchors[judgement.anchor].target;
    let (Some(file), Fragment::Symbol(name)) = (target.file(), &target.fragment) else { return Vec::new() };
    let Some(source) = tree.source(file) else { return Vec::new() };
    let with = |name: &str| Target { fragment: Fragment::Symbol(name.into()), ..target.clone() };
    let old = judgement.stamp.as_ref().and_then(|stamp| tree.blob(stamp.blob?));
    if let Some(old) = old
        && let Some(renamed) = renamed(file, &old, name, &source)
    {
        return vec![Candidate { target: with(&renamed), sure: true }];
    }
    let near = |symbol: &&Symbol| {
        let (a, b) = (symbol.path.to_lowercase(), name.to_lowercase());
        a == b || (name.len() > 3 && strsim::damerau_levenshtein(&a, &b) <= 2)
    };
    let mut names: Vec<&str> = source.symbols().iter().filter(near).map(|symbol| symbol.path.as_str()).collect();
    names.dedup();
    // of several it is nobody's guess
    match names.as_slice() {
        [only] => vec![Candidate { target: with(only), sure: false }],
        _ => Vec::new(),
    }
}

/// The path of the one symbol of `now` that is what `name` was in the `old` text, and was not there before.
pub fn renamed(file: &str, old: &Arc<str>, name: &str, now: &Source) -> Option<String> {
    let before = Source::read(file, old);
    let (old, new) = (before.code()?, now.code()?);
    if new.is_broken() {
        return None;
    }
    let mut was = old.named(name);
    let symbol = was.next().filter(|_| was.next().is_none())?;
    let print = shape(old, symbol);
    let same = |other: &&Symbol| {
        other.kind == symbol.kind && shape(new, other) == print && old.named(&other.path).next().is_none()
    };
    let mut found = new.symbols().iter().filter(same);
    let only = found.next().filter(|_| found.next().is_none())?;
    Some(only.path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_told_from_a_removal() {
        let old: Arc<str> = "pub fn post(a: i64) -> i64 { a + 1 }\npub fn other() {}\n".into();
        let is = |new: &str| renamed("a.rs", &old, "post", &Source::read("a.rs", &new.into()));
        assert_eq!(is("pub fn book(a: i64) -> i64 { a + 1 }\npub fn other() {}\n").as_deref(), Some("book"));
        assert_eq!(is("pub fn other() {}\n"), None);
        assert_eq!(is("pub fn book(a: i64) -> i64 { a + 2 }\n"), None, "it does something else");
        let two = "pub fn book(a: i64) -> i64 { a + 1 }\npub fn enter(a: i64) -> i64 { a + 1 }\n";
        assert_eq!(is(two), None, "nobody knows which");
    }
}
