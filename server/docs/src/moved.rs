//! Where something went that a document still speaks of: what a target that leads nowhere may mean now.
//!
//! Four questions, the surest first: does the same qualified name stand elsewhere; was what it stands in renamed; has something
//! new in its file the same tokens but for its name; has something new nearly the same tokens. Only an answer that cannot be
//! another one is [exact](Candidate::exact) and may be written without asking: a wrong correction is worse than none.

use crate::drift::{Look, look};
use crate::fingerprint::shape;
use crate::lock::Stamp;
use crate::source::Source;
use crate::target::{Facet, Fragment, Glob, Target};
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use syntax::code::tokens::Part;
use syntax::code::{Code, Symbol};

/// What a target may mean now.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// The place it may be.
    pub target: Target,
    /// How it was found.
    pub how: How,
    /// True when nothing else can be meant.
    pub exact: bool,
}

/// See [`Candidate::how`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum How {
    /// The same file under another path.
    File,
    /// The same name in another file.
    Name,
    /// What it stands in has another name.
    Container,
    /// The same tokens under another name.
    Tokens,
    /// Nearly the same tokens: this share of them.
    Near(f64),
}

impl How {
    /// Why it is a candidate, as a clause for people.
    pub fn words(self) -> &'static str {
        match self {
            How::File => "the file was moved",
            How::Name => "the same name stands there",
            How::Container => "what it stands in was renamed",
            How::Tokens => "the same code has this name now",
            How::Near(_) => "similar code has this name now",
        }
    }
}

/// Less than this share of equal tokens is another thing.
const NEAR: f64 = 0.7;
/// Below this many tokens, two things are alike by accident.
const TELLING: usize = 12;
/// Files that are looked into, of those that hold the name.
const MOST: usize = 200;

/// What a target that leads nowhere may mean now, the surest first.
pub fn candidates(target: &Target, stamp: Option<&Stamp>, tree: &dyn Tree) -> Vec<Candidate> {
    let Some(path) = target.file() else { return Vec::new() };
    let old = stamp.and_then(|stamp| tree.blob(stamp.blob?)).map(|text| Source::read(path, &text));
    let search = Search { target, path, stamp, old, tree };
    let mut found = search.all();
    // two sure answers are none
    if found.iter().filter(|candidate| candidate.exact).count() > 1 {
        found.iter_mut().for_each(|candidate| candidate.exact = false);
    }
    found
}

/// The one place a target certainly means now.
pub fn certain(target: &Target, stamp: Option<&Stamp>, tree: &dyn Tree) -> Option<Target> {
    candidates(target, stamp, tree).into_iter().find(|candidate| candidate.exact).map(|candidate| candidate.target)
}

/// The stamp of a target that certainly is `new` now: a name that changed is no news by itself, so what was in step stays so.
pub fn carried(stamp: &Stamp, new: &Target, tree: &dyn Tree) -> Stamp {
    let facets: Vec<Facet> = stamp.facets.iter().map(|(facet, _)| facet).collect();
    match look(new, tree) {
        Look::Found(seen) => Stamp { facets: seen.facets.only(&facets), blob: seen.blob, ..stamp.clone() },
        Look::Missing(_) | Look::Unknown(_) => stamp.clone(),
    }
}

struct Search<'a> {
    target: &'a Target,
    path: &'a str,
    stamp: Option<&'a Stamp>,
    /// The source as it was recorded.
    old: Option<Source>,
    tree: &'a dyn Tree,
}

impl Search<'_> {
    fn all(&self) -> Vec<Candidate> {
        let here = self.tree.exists(self.path);
        if !here && let Some(found) = self.moved_file() {
            return found;
        }
        let mut found = self.same_name();
        let Fragment::Symbol(name) = &self.target.fragment else { return found };
        let new = self.tree.source(self.path).filter(|_| here);
        if let (Some(old), Some(new)) =
            (self.old.as_ref().and_then(Source::code), new.as_ref().and_then(|new| new.code()))
        {
            found.extend(renamed(old, new, name).into_iter().map(|(path, how, exact)| Candidate {
                target: Target { fragment: Fragment::Symbol(path.into()), ..self.target.clone() },
                how,
                exact,
            }));
        }
        found.sort_by_key(|candidate| !candidate.exact);
        let mut seen = BTreeSet::new();
        found.retain(|candidate| seen.insert(candidate.target.clone()));
        found.truncate(5);
        found
    }

    /// Other files of the same kind.
    fn others(&self) -> Vec<String> {
        let Some((_, ending)) = self.path.rsplit_once('.') else { return Vec::new() };
        let Ok(glob) = Glob::new(&format!("**/*.{ending}")) else { return Vec::new() };
        let mut paths = self.tree.paths(&glob);
        paths.retain(|path| path != self.path);
        paths
    }

    /// The very file elsewhere, else one of the same name.
    fn moved_file(&self) -> Option<Vec<Candidate>> {
        let others = self.others();
        let candidate = |path: &str, exact| Candidate { target: self.target.in_file(path), how: How::File, exact };
        let blob = self.stamp.and_then(|stamp| stamp.blob);
        if let Some(blob) = blob {
            let same: Vec<&String> = others.iter().filter(|path| self.tree.id(path) == Some(blob)).collect();
            if !same.is_empty() {
                return Some(same.iter().map(|path| candidate(path, same.len() == 1)).collect());
            }
        }
        if self.target.fragment != Fragment::Whole {
            return None;
        }
        let name = self.path.rsplit('/').next()?;
        let named = others.iter().filter(|path| path.rsplit('/').next() == Some(name));
        Some(named.take(5).map(|path| candidate(path, false)).collect())
    }

    /// The same qualified name in other files; sure where it is declared as it was.
    fn same_name(&self) -> Vec<Candidate> {
        let Some(name) = self.target.fragment.name() else { return Vec::new() };
        let mut found = Vec::new();
        let holds = |path: &&String| self.tree.text(path).is_some_and(|text| text.contains(name));
        for path in self.others().iter().filter(holds).take(MOST) {
            let target = self.target.in_file(path);
            let Some(crate::print::Resolution::Found(seen)) = self.tree.resolve(path, &target.fragment) else {
                continue;
            };
            let recorded = self.stamp.map(|stamp| stamp.facets).unwrap_or_default();
            let sig = recorded.get(Facet::Sig).or(recorded.get(Facet::Value));
            let now = if recorded.get(Facet::Sig).is_some() { Facet::Sig } else { Facet::Value };
            let same = sig.is_some() && seen.facets.get(now) == sig && self.same_tokens(path);
            found.push(Candidate { target, how: How::Name, exact: same });
        }
        found
    }

    /// True when the symbol was moved as it stood, as far as the old contents are known.
    fn same_tokens(&self, path: &str) -> bool {
        let Fragment::Symbol(name) = &self.target.fragment else { return true };
        let (Some(old), Some(new)) = (&self.old, self.tree.source(path)) else { return true };
        let of = |source: &Source| {
            let code = source.code()?;
            let shapes: Vec<_> = code.named(name).map(|symbol| shape(code, symbol)).collect();
            Some(shapes)
        };
        match (of(old), of(&new)) {
            (Some(old), Some(new)) => old == new,
            _ => true,
        }
    }
}

/// What a symbol of a source that is gone from it is called now, the surest first: path, how it was found, and whether nothing
/// else can be meant.
pub fn renamed(old: &Code, new: &Code, path: &str) -> Vec<(String, How, bool)> {
    let paths = |code: &Code| code.symbols().iter().map(|symbol| symbol.path.clone()).collect::<BTreeSet<_>>();
    let (before, after) = (paths(old), paths(new));
    if !before.contains(path) || after.contains(path) {
        return Vec::new();
    }
    let states = Renamed {
        old,
        new,
        gone: old.symbols().iter().filter(|symbol| !after.contains(&symbol.path)).collect(),
        fresh: new.symbols().iter().filter(|symbol| !before.contains(&symbol.path)).collect(),
    };
    states.candidates(path)
}

/// Two states of one file.
struct Renamed<'a> {
    old: &'a Code,
    new: &'a Code,
    /// Symbols that only the old state has.
    gone: Vec<&'a Symbol>,
    /// Symbols that only the new state has.
    fresh: Vec<&'a Symbol>,
}

impl Renamed<'_> {
    fn candidates(&self, path: &str) -> Vec<(String, How, bool)> {
        let mut found = self.by_container(path);
        let own: Vec<&Symbol> = self.gone.iter().copied().filter(|symbol| symbol.path == path).collect();
        // overloads are told apart by what they are, not by their name
        let [own] = own.as_slice() else { return found };
        let own_shape = shape(self.old, own);
        let alike = |symbol: &&Symbol, code: &Code| symbol.kind == own.kind && shape(code, symbol) == own_shape;
        let twins = self.gone.iter().filter(|symbol| alike(symbol, self.old)).count();
        let same: Vec<&Symbol> = self.fresh.iter().copied().filter(|symbol| alike(symbol, self.new)).collect();
        let tokens = tokens(self.old, own);
        let sure = same.len() == 1 && twins == 1 && tokens.len() >= TELLING;
        found.extend(same.iter().map(|symbol| (symbol.path.clone(), How::Tokens, sure)));
        if found.is_empty() {
            let near = self.fresh.iter().filter(|symbol| symbol.kind == own.kind);
            let near = near.map(|symbol| (symbol.path.clone(), likeness(&tokens, &self::tokens(self.new, symbol))));
            let mut near: Vec<(String, f64)> = near.filter(|(_, share)| *share >= NEAR).collect();
            near.sort_by(|a, b| b.1.total_cmp(&a.1));
            found.extend(near.into_iter().map(|(path, share)| (path, How::Near(share), false)));
        }
        found
    }

    /// The member of the same name in what its container is called now.
    fn by_container(&self, path: &str) -> Vec<(String, How, bool)> {
        let Some((container, member)) = path.rsplit_once('.') else { return Vec::new() };
        if !self.gone.iter().any(|symbol| symbol.path == container) {
            return Vec::new();
        }
        let gone = container;
        let there = |(container, _, sure): (String, How, bool)| {
            let path = format!("{container}.{member}");
            let new = self.fresh.iter().find(|symbol| symbol.path == path)?;
            let old = self.gone.iter().find(|symbol| symbol.path == format!("{gone}.{member}"))?;
            let same = shape(self.old, old) == shape(self.new, new);
            Some((path, How::Container, sure && same))
        };
        self.candidates(container).into_iter().filter_map(there).collect()
    }
}

/// The tokens of a symbol without its name.
fn tokens(code: &Code, symbol: &Symbol) -> Vec<String> {
    let name = symbol.name.of(code.text());
    let mut tokens = Vec::new();
    code.tokens(symbol, Part::Whole, &mut |token| {
        tokens.push(if token == name { String::new() } else { token.to_owned() })
    });
    tokens
}

/// The share of runs of three tokens that both have (Jaccard).
fn likeness(one: &[String], other: &[String]) -> f64 {
    let count = |tokens: &[String]| {
        let mut runs: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        tokens.windows(3).for_each(|run| *runs.entry(run.to_vec()).or_default() += 1);
        runs
    };
    let (one, other) = (count(one), count(other));
    let shared: usize = one.iter().map(|(run, count)| (*count).min(other.get(run).copied().unwrap_or(0))).sum();
    let all: usize = one.values().sum::<usize>() + other.values().sum::<usize>() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::compared;
    use crate::print::Resolution;
    use crate::tree::Texts;
    use text::BlobId;

    const POST: &str =
        "pub fn post(entry: Entry) -> u64 {\n    let total = entry.amount * 3;\n    total + entry.fee\n}\n";
    const LEDGER: &str = "pub struct Ledger { pub total: u64, pub fees: u64 }\nimpl Ledger {\n    pub fn add(&mut self, a: u64) { self.total += a; }\n}\n";

    /// What a target means after the files changed: `path how`, with `!` where it is certain.
    fn check(target: &str, before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
        let target = Target::parse(target, "a.md").unwrap();
        let mut tree = Texts::default();
        before.iter().for_each(|(path, text)| tree.set(path, text));
        let path = target.file().unwrap().clone();
        let Some(Resolution::Found(found)) = tree.resolve(&path, &target.fragment) else { panic!("{target}") };
        let blob = tree.text(&path).map(|text| BlobId::of(text.as_bytes()));
        let stamp = Stamp { facets: compared(&[Facet::Sig], &found.facets), blob, ..Stamp::default() };
        before.iter().for_each(|(path, _)| tree.remove(path));
        after.iter().for_each(|(path, text)| tree.set(path, text));
        let show = |it: &Candidate| {
            let how = match it.how {
                How::Near(_) => "near".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{} {how}{}", it.target, if it.exact { "!" } else { "" })
        };
        candidates(&target, Some(&stamp), &tree).iter().map(show).collect()
    }

    #[test]
    fn a_file_that_was_moved_is_found() {
        assert_eq!(check("src/a.rs#post", &[("src/a.rs", POST)], &[("src/b/a.rs", POST)]), ["src/b/a.rs#post file!"]);
        assert_eq!(
            check("src/a.rs#post", &[("src/a.rs", POST)], &[("src/b.rs", POST), ("src/c.rs", POST)]),
            ["src/b.rs#post file", "src/c.rs#post file"],
            "two are none"
        );
        let more = format!("{POST}pub fn more() {{}}\n");
        assert_eq!(check("src/a.rs", &[("src/a.rs", POST)], &[("lib/a.rs", &more)]), ["lib/a.rs file"]);
    }

    #[test]
    fn the_same_name_in_another_file_is_certain_when_it_stands_there_as_it_was() {
        let after = format!("use x;\n{POST}");
        assert_eq!(check("a.rs#post", &[("a.rs", POST)], &[("a.rs", ""), ("b.rs", &after)]), ["b.rs#post name!"]);
        let other = "pub fn post(entry: Entry) -> u64 { 0 }";
        assert_eq!(check("a.rs#post", &[("a.rs", POST)], &[("a.rs", ""), ("b.rs", other)]), ["b.rs#post name"]);
    }

    #[test]
    fn a_name_that_was_changed_is_found_by_its_tokens() {
        let renamed = POST.replace("post", "book");
        assert_eq!(check("a.rs#post", &[("a.rs", POST)], &[("a.rs", &renamed)]), ["a.rs#book tokens!"]);
        let twice = format!("{renamed}{}", POST.replace("post", "enter"));
        assert_eq!(
            check("a.rs#post", &[("a.rs", POST)], &[("a.rs", &twice)]),
            ["a.rs#book tokens", "a.rs#enter tokens"]
        );
        let near = renamed.replace("* 3", "* 4");
        assert_eq!(check("a.rs#post", &[("a.rs", POST)], &[("a.rs", &near)]), ["a.rs#book near"]);
        assert_eq!(
            check("a.rs#A", &[("a.rs", "pub const A: u8 = 1;")], &[("a.rs", "pub const B: u8 = 1;")]),
            ["a.rs#B tokens"]
        );
        let other = "pub fn other(x: u8) -> bool { x == 3 && x < 9 }";
        assert_eq!(check("a.rs#post", &[("a.rs", POST)], &[("a.rs", other)]), [""; 0]);
    }

    #[test]
    fn what_stood_already_is_no_new_name() {
        let both = format!("{POST}{}", POST.replace("post", "book"));
        assert_eq!(check("a.rs#post", &[("a.rs", &both)], &[("a.rs", &POST.replace("post", "book"))]), [""; 0]);
    }

    #[test]
    fn a_member_follows_its_container() {
        let renamed = LEDGER.replace("Ledger", "Journal");
        assert_eq!(
            check("a.rs#Ledger.add", &[("a.rs", LEDGER)], &[("a.rs", &renamed)])[0],
            "a.rs#Journal.add container!"
        );
    }
}
