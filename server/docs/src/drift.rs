//! Whether what a document speaks of is still what it was when somebody last said that the document is right.
//!
//! An anchor is fresh while the prints that were recorded equal those of the code as it is now; no history is needed for that,
//! and unsaved code counts. What cannot be told is never called stale: nobody vouched for it yet, the source has an error, the
//! program reads no such language. Those are states of their own, so that a check that verified nothing does not look green.

use crate::document::Document;
use crate::fingerprint::together;
use crate::lock::{Key, Lock, Stamp};
use crate::print::{Facets, Print, Resolution, Resolved};
use crate::source::Source;
use crate::target::{Facet, Fragment, Glob, PathPattern, Target};
use crate::tree::Tree;
use std::collections::BTreeMap;
use std::sync::Arc;
use text::{BlobId, Span};

/// What became of an anchor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// Its number in [`Document::anchors`].
    pub anchor: usize,
    /// What it is recorded under.
    pub key: Key,
    /// How it stands.
    pub state: State,
    /// What it is bound to, where that was found.
    pub seen: Option<Arc<Seen>>,
    /// What was recorded and counts.
    pub stamp: Option<Stamp>,
}

/// How an anchor stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing of what was recorded has changed.
    Fresh,
    /// Something has: what, the gravest first.
    Stale(Vec<Change>),
    /// What it is bound to is not there.
    Dangling(Gone),
    /// Nobody vouched for it yet, or it cannot be told.
    Unverified(Unverified),
    /// It was recorded by another version, and what the source said then is not known any more.
    Unverifiable,
    /// The document says what was true once; only that its targets exist is looked at.
    Exempt,
}

/// What changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which side.
    pub facet: Facet,
    /// The declaration then, where the old contents are still known.
    pub old: Option<String>,
    /// The declaration now.
    pub new: String,
    /// Of a surface: public symbols that are new.
    pub added: Vec<String>,
    /// Of a surface: public symbols that are gone.
    pub removed: Vec<String>,
}

impl Change {
    /// The old and the new declaration in at most `room` characters each: where they are longer, what both begin and end
    /// with is left out.
    pub fn apart(&self, room: usize) -> Option<(String, String)> {
        let old = self.old.as_ref().filter(|old| **old != self.new)?;
        let (a, b): (Vec<char>, Vec<char>) = (old.chars().collect(), self.new.chars().collect());
        let is_word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
        let mut before = a.iter().zip(&b).take_while(|(one, other)| one == other).count();
        while before > 0 && is_word(&a[before - 1]) {
            before -= 1;
        }
        let most = a.len().min(b.len()) - before;
        let mut behind = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
        while behind > 0 && is_word(&a[a.len() - behind]) {
            behind -= 1;
        }
        let cut = |all: &[char]| {
            if all.len() <= room {
                return all.iter().collect();
            }
            // a little of what stands around tells where it is
            let around = room.saturating_sub(all.len() - before - behind + 2) / 2;
            let (from, to) = (before.saturating_sub(around), (all.len() - behind + around).min(all.len()));
            let (start, end) = (if from > 0 { "…" } else { "" }, if to < all.len() { "…" } else { "" });
            format!("{start}{}{end}", all[from..to].iter().collect::<String>())
        };
        Some((cut(&a), cut(&b)))
    }
}

/// See [`State::Dangling`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Gone {
    /// There is no such file.
    File,
    /// The file has nothing of that name.
    Symbol,
    /// No file matches the glob, or none of them has it.
    Everything,
}

/// See [`State::Unverified`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unverified {
    /// Nobody has vouched for it.
    NoStamp,
    /// Somebody has, but not for this side of it.
    OtherFacets,
    /// It cannot be told, for this reason (a clause).
    Unknown(String),
}

/// What a target means in a tree.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Seen {
    /// Where it is declared.
    pub places: Vec<Place>,
    /// Its prints.
    pub facets: Facets,
    /// Its declaration, as people are shown it.
    pub signature: String,
    /// What the one file says.
    pub blob: Option<BlobId>,
    /// The public symbols in it, in order. One that is declared twice stands there twice.
    pub symbols: Vec<String>,
}

/// A declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Path of the source.
    pub path: Arc<str>,
    /// All of it.
    pub span: Span,
    /// The token that names it.
    pub name: Span,
}

/// See [`look`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// It is there.
    Found(Seen),
    /// It is not.
    Missing(Gone),
    /// It cannot be told: why, as a clause.
    Unknown(String),
}

/// Looks for what a target means.
pub fn look(target: &Target, tree: &dyn Tree) -> Look {
    match &target.path {
        PathPattern::File(path) => {
            let Some(found) = tree.resolve(path, &target.fragment) else {
                // what is there and is no text has nothing to say
                let there = tree.exists(path);
                return if there { Look::Unknown("the file is no text".to_owned()) } else { Look::Missing(Gone::File) };
            };
            match found {
                Resolution::Found(found) => Look::Found(Seen { blob: tree.id(path), ..seen(path, found) }),
                Resolution::Missing => Look::Missing(Gone::Symbol),
                Resolution::Unknown(why) => Look::Unknown(why),
            }
        }
        PathPattern::Glob(glob) => look_at_all(glob, &target.fragment, tree),
    }
}

fn seen(path: &Arc<str>, found: Resolved) -> Seen {
    let names = found.names.iter().copied().chain(std::iter::repeat(Span::default()));
    let place = |(span, name)| Place { path: path.clone(), span, name };
    Seen {
        places: found.places.iter().copied().zip(names).map(place).collect(),
        facets: found.facets,
        signature: found.signature,
        blob: None,
        symbols: found.symbols,
    }
}

/// The public symbols of all files, or the table that some of them declare.
fn look_at_all(glob: &Glob, fragment: &Fragment, tree: &dyn Tree) -> Look {
    let mut all = Vec::new();
    let mut symbols = Vec::new();
    let mut paths = tree.paths(glob);
    if *fragment == Fragment::Whole {
        paths.retain(|path| !is_aside(path));
    }
    for path in paths {
        match tree.resolve(&path, fragment) {
            Some(Resolution::Found(found)) => {
                symbols.extend(found.symbols.iter().cloned());
                all.push(seen(&path.into(), found));
            }
            Some(Resolution::Missing) | None => {}
            Some(Resolution::Unknown(why)) => return Look::Unknown(format!("{path}: {why}")),
        }
    }
    if all.is_empty() {
        return Look::Missing(Gone::Everything);
    }
    let places = all.iter().flat_map(|seen| seen.places.clone()).collect();
    if *fragment == Fragment::Whole {
        symbols.sort();
        let facets = Facets::default().with(Facet::Surface, Print::of(symbols.join("\n").as_bytes()));
        return Look::Found(Seen { places, facets, symbols, ..Seen::default() });
    }
    let facets = together(&all.iter().map(|seen| seen.facets).collect::<Vec<_>>());
    let signature: Vec<String> = all.into_iter().map(|seen| seen.signature).collect();
    Look::Found(Seen { places, facets, signature: signature.join("\n"), ..Seen::default() })
}

/// Tests, generated and vendored code: nobody documents their surface.
pub(crate) fn is_aside(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folders = ["test", "tests", "testdata", "__tests__", "vendor", "third_party", "node_modules", "generated"];
    let stem = name.split('.').next().unwrap_or(name);
    path.split('/').rev().skip(1).any(|part| folders.contains(&part))
        || stem.starts_with("test_")
        || ["_test", "_tests", "_pb2", "_generated"].iter().any(|end| stem.ends_with(end))
        || [".test.", ".spec.", ".pb.", ".gen.", ".generated.", ".min.", ".d."].iter().any(|part| name.contains(part))
}

/// The prints that are compared: of the facets that were asked for those that the place has, else the first one it has.
pub fn compared(wanted: &[Facet], facets: &Facets) -> Facets {
    let only = facets.only(wanted);
    if !only.is_empty() {
        return only;
    }
    let other = [Facet::Sig, Facet::Value, Facet::Surface, Facet::Body].into_iter();
    other.map(|facet| facets.only(&[facet])).find(|only| !only.is_empty()).unwrap_or_default()
}

/// What became of each anchor of a document, in their order.
pub fn judge(document: &Document, lock: &Lock, tree: &dyn Tree) -> Vec<Judgement> {
    let mut looked: BTreeMap<&Target, Result<Arc<Seen>, State>> = BTreeMap::new();
    let history = document.is_history();
    let mut judgements = Vec::with_capacity(document.anchors.len());
    for (number, anchor) in document.anchors.iter().enumerate() {
        let key = Key {
            doc: document.path.clone(),
            section: anchor.section.clone(),
            target: anchor.target.to_string().into(),
        };
        let look = looked.entry(&anchor.target).or_insert_with(|| match look(&anchor.target, tree) {
            Look::Found(seen) => Ok(Arc::new(seen)),
            Look::Missing(gone) => Err(State::Dangling(gone)),
            Look::Unknown(why) => Err(State::Unverified(Unverified::Unknown(why))),
        });
        let (seen, state, stamp) = match look {
            Err(State::Unverified(_)) if history => (None, State::Exempt, None),
            Err(state) => (None, state.clone(), lock.stamp(&key, None).cloned()),
            Ok(seen) if history => (Some(seen.clone()), State::Exempt, None),
            Ok(seen) => {
                let now = compared(&anchor.facets, &seen.facets);
                let stamp = lock.stamp(&key, Some(&now));
                let state = stamp.map_or(State::Unverified(Unverified::NoStamp), |stamp| {
                    compare(&anchor.target, stamp, &now, seen, tree)
                });
                (Some(seen.clone()), state, stamp.cloned())
            }
        };
        judgements.push(Judgement { anchor: number, key, state, seen, stamp });
    }
    judgements
}

/// A stamp with what is there now.
fn compare(target: &Target, stamp: &Stamp, now: &Facets, seen: &Seen, tree: &dyn Tree) -> State {
    let then = match recorded(target, stamp, now, tree) {
        Ok(then) => then,
        Err(state) => return state,
    };
    let differs = |facet: &Facet| then.get(*facet).is_some() && then.get(*facet) != now.get(*facet);
    let mut changed: Vec<Facet> = then.iter().map(|(facet, _)| facet).filter(differs).collect();
    // what the document does not ask for any more is no news
    changed.retain(|facet| now.get(*facet).is_some());
    if changed.is_empty() {
        let covered = now.iter().all(|(facet, _)| then.get(facet).is_some());
        return if covered { State::Fresh } else { State::Unverified(Unverified::OtherFacets) };
    }
    changed.sort_by_key(|facet| gravity(*facet));
    let old = old(target, stamp, tree).map(|old| old.signature);
    let (added, removed) = difference(&stamp.symbols, &seen.symbols);
    let change = |facet| {
        let surface = facet == Facet::Surface;
        Change {
            facet,
            old: old.clone(),
            new: seen.signature.clone(),
            added: if surface { added.clone() } else { Vec::new() },
            removed: if surface { removed.clone() } else { Vec::new() },
        }
    };
    State::Stale(changed.into_iter().map(change).collect())
}

/// What was recorded, in prints of this version: those of another one are made again from what the source said then.
fn recorded(target: &Target, stamp: &Stamp, now: &Facets, tree: &dyn Tree) -> Result<Facets, State> {
    if stamp.facets.is_empty() {
        return Err(State::Unverified(Unverified::NoStamp));
    }
    if stamp.facets.iter().all(|(_, print)| print.is_current()) {
        return Ok(stamp.facets);
    }
    let facets: Vec<Facet> = now.iter().map(|(facet, _)| facet).collect();
    old(target, stamp, tree).map(|old| old.facets.only(&facets)).ok_or(State::Unverifiable)
}

/// What the target was when it was recorded; nothing when that is not known any more.
pub fn old(target: &Target, stamp: &Stamp, tree: &dyn Tree) -> Option<Resolved> {
    let (path, text) = (target.file()?, tree.blob(stamp.blob?)?);
    match Source::read(path, &text).resolve(&target.fragment) {
        Resolution::Found(found) => Some(found),
        Resolution::Missing | Resolution::Unknown(_) => None,
    }
}

/// The stamp with prints of this version, where it has others and what the source said then is still known.
pub fn migrated(target: &Target, stamp: &Stamp, tree: &dyn Tree) -> Option<Stamp> {
    if stamp.facets.iter().all(|(_, print)| print.is_current()) {
        return None;
    }
    let facets: Vec<Facet> = stamp.facets.iter().map(|(facet, _)| facet).collect();
    let old = old(target, stamp, tree)?;
    Some(Stamp { facets: compared(&facets, &old.facets), ..stamp.clone() })
}

/// Smaller is graver.
fn gravity(facet: Facet) -> u8 {
    match facet {
        Facet::Sig => 0,
        Facet::Value => 1,
        Facet::Surface => 2,
        Facet::Doc => 3,
        Facet::Body => 4,
    }
}

/// What only the second and what only the first has; both are sorted.
fn difference(old: &[String], new: &[String]) -> (Vec<String>, Vec<String>) {
    let only = |one: &[String], other: &[String]| {
        let mut left = other.to_vec();
        let mut gone = |name: &&String| match left.binary_search(name) {
            Ok(at) => {
                left.remove(at);
                false
            }
            Err(_) => true,
        };
        one.iter().filter(|name| gone(name)).cloned().collect::<Vec<_>>()
    };
    (only(new, old), only(old, new))
}

/// Anchors of one section that have changed, to be reported as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folded {
    /// Slug of the section.
    pub section: Arc<str>,
    /// Where it is reported: the heading, or the binding where the whole document is bound.
    pub span: Span,
    /// The gravest change.
    pub facet: Facet,
    /// Numbers of judgements, the gravest first.
    pub judgements: Vec<usize>,
}

/// At most one finding for each section: what changed in it, the gravest first.
pub fn fold(document: &Document, judgements: &[Judgement]) -> Vec<Folded> {
    let mut sections: BTreeMap<usize, Vec<(u8, usize, Facet)>> = BTreeMap::new();
    for (number, judgement) in judgements.iter().enumerate() {
        let State::Stale(changes) = &judgement.state else { continue };
        let section = document.sections.iter().position(|section| section.slug == judgement.key.section);
        let (Some(section), Some(change)) = (section, changes.first()) else { continue };
        sections.entry(section).or_default().push((gravity(change.facet), number, change.facet));
    }
    let folded = |(section, mut all): (usize, Vec<(u8, usize, Facet)>)| {
        all.sort();
        let section = &document.sections[section];
        let (_, first, facet) = all[0];
        let own = document.anchors[judgements[first].anchor].span;
        Folded {
            section: section.slug.clone(),
            span: if section.level == 0 { own } else { section.heading },
            facet,
            judgements: all.into_iter().map(|(_, number, _)| number).collect(),
        }
    };
    sections.into_iter().map(folded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_declaration_is_shown_where_it_differs() {
        let apart = |old: &str, new: &str, room| {
            let (added, removed) = (Vec::new(), Vec::new());
            Change { facet: Facet::Sig, old: Some(old.to_owned()), new: new.to_owned(), added, removed }.apart(room)
        };
        let pair = |one: &str, other: &str| Some((one.to_owned(), other.to_owned()));
        assert_eq!(apart("fn a(x: u8)", "fn a(x: u16)", 40), pair("fn a(x: u8)", "fn a(x: u16)"));
        let (old, new) = (
            "pub fn transform(code: String, day: u32, config: Config) -> Out",
            "pub fn transform(code: String, day: u64, config: Config) -> Out",
        );
        assert_eq!(apart(old, new, 20), pair("…, day: u32, confi…", "…, day: u64, confi…"));
        assert_eq!(apart(old, old, 20), None);
        assert_eq!(apart("f(é)", "f()", 3), pair("…é…", "f()"));
    }
}
