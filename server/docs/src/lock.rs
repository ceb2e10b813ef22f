//! Reads and writes `.tollgate/docs.lock`: what each anchor was last in step with.
//!
//! ```toml
//! version = 1
//!
//! [[anchor]]
//! doc = "docs/ledger.md"
//! section = "posting"
//! target = "src/ledger/post.rs#Posting"
//! facets = { sig = "t1:1f0ab611cebf2ea0", doc = "t1:77d2c1f3a06b5e94" }
//! blob = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
//! by = "agent:reviewer/claude"
//! ticket = "TG-142"
//! text = "t1:9c01fd6ad1f5a4f0"
//! ```
//! One table for each anchor, in order of document, section and target, so that branches merge without conflict. Where
//! they do conflict, both sides are read, and the one that is equal to the code counts; where none is, the anchor is stale.
//! Keys that this version does not know are kept.

use crate::print::{Facets, Print};
use crate::region;
use crate::target::Facet;
use imbl::OrdMap;
use std::fmt::Write as _;
use std::sync::Arc;
use syntax::toml;
use syntax::yaml::{self, Kind, Node, Style};
use text::{BlobId, Span};

/// Where it is kept, from the root.
pub const PATH: &str = ".tollgate/docs.lock";

/// Which anchor a stamp belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Path of the document from the root.
    pub doc: Arc<str>,
    /// Slug of the section; empty for the whole document.
    pub section: Arc<str>,
    /// The target as it is printed.
    pub target: Arc<str>,
}

/// What an anchor was in step with when somebody said so.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stamp {
    /// What was compared.
    pub facets: Facets,
    /// What the source file said then; nothing for a glob.
    pub blob: Option<BlobId>,
    /// Who said so: `human:ada`, `agent:reviewer/claude`.
    pub by: Option<String>,
    /// For which ticket.
    pub ticket: Option<String>,
    /// Who changed the code before it was said.
    pub author: Option<String>,
    /// The day it was said, `2026-11-20`.
    pub at: Option<String>,
    /// Why the text is right though nobody changed it.
    pub reason: Option<String>,
    /// The section's own text then.
    pub text: Option<Print>,
    /// For a surface: the public symbols then, in order.
    pub symbols: Vec<String>,
    /// What other versions wrote: key and value.
    pub other: Vec<(String, String)>,
}

/// All stamps of a root. Cloning is cheap.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Lock {
    /// More than one where two branches said different things.
    stamps: OrdMap<Key, Arc<[Stamp]>>,
    /// Top-level keys of other versions.
    other: Vec<(String, String)>,
}

/// What was read, and what is wrong with it.
#[derive(Clone, Default, Debug)]
pub struct Read {
    /// What was understood.
    pub lock: Lock,
    /// In order of place.
    pub problems: Vec<Problem>,
    /// True when a merge left its markers in the file, or one anchor has several stamps.
    pub conflict: bool,
}

/// Something wrong with the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What, for people.
    pub words: String,
    /// The exact place.
    pub span: Span,
}

impl Lock {
    /// Reads the file. A merge conflict in it is no problem: both sides are there then.
    pub fn read(text: &str) -> Read {
        let Some((ours, theirs)) = sides(text) else {
            let mut read = Read::default();
            read.side(text, true);
            read.problems.sort_by_key(|problem| problem.span);
            read.conflict = read.lock.stamps.values().any(|stamps| stamps.len() > 1);
            return read;
        };
        let mut read = Read { conflict: true, ..Read::default() };
        // places in one side are not places in the file
        read.side(&ours, true);
        read.side(&theirs, false);
        for problem in &mut read.problems {
            problem.span = Span::new(0, text.find(['\n', '\r']).unwrap_or(text.len()));
        }
        read.problems.dedup();
        read
    }

    /// The text of the file: the same for the same stamps, wherever it is written.
    pub fn write(&self) -> String {
        let mut text = String::from("version = 1\n");
        for (key, value) in &self.other {
            let _ = writeln!(text, "{key} = {value}");
        }
        for (key, stamps) in &self.stamps {
            for stamp in stamps.iter() {
                text.push_str("\n[[anchor]]\n");
                stamp.write(key, &mut text);
            }
        }
        text
    }

    /// True when nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.stamps.is_empty()
    }

    /// How many anchors have a stamp.
    pub fn len(&self) -> usize {
        self.stamps.len()
    }

    /// What is recorded of an anchor: one stamp, or those of both sides of a merge.
    pub fn candidates(&self, key: &Key) -> &[Stamp] {
        self.stamps.get(key).map_or(&[], |stamps| stamps)
    }

    /// The stamp that counts: the one that is equal to what the code says now; else the first.
    pub fn stamp(&self, key: &Key, now: Option<&Facets>) -> Option<&Stamp> {
        let all = self.candidates(key);
        let equal = |stamp: &&Stamp| now.is_some_and(|now| stamp.agrees(now));
        all.iter().find(equal).or(all.first())
    }

    /// All anchors with a stamp, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &[Stamp])> {
        self.stamps.iter().map(|(key, stamps)| (key, &**stamps))
    }

    /// The anchors of one document with a stamp, in order.
    pub fn of<'a>(&'a self, doc: &'a str) -> impl Iterator<Item = (&'a Key, &'a [Stamp])> {
        let first = Key { doc: doc.into(), section: "".into(), target: "".into() };
        let from = self.stamps.range(first..).map(|(key, stamps)| (key, &**stamps));
        from.take_while(move |(key, _)| *key.doc == *doc)
    }

    /// Records a stamp; whatever was recorded of the anchor is gone.
    pub fn set(&mut self, key: Key, stamp: Stamp) {
        self.stamps.insert(key, [stamp].into());
    }

    /// Forgets an anchor.
    pub fn remove(&mut self, key: &Key) -> bool {
        self.stamps.remove(key).is_some()
    }

    /// Keeps one stamp where two branches said different things: the one that is equal to the code. Where none is, ours
    /// stays and is stale. True when something was decided.
    pub fn settle(&mut self, mut now: impl FnMut(&Key) -> Option<Facets>) -> bool {
        let several = self.stamps.iter().filter(|(_, stamps)| stamps.len() > 1).map(|(key, _)| key.clone());
        let several: Vec<Key> = several.collect();
        for key in &several {
            let now = now(key);
            if let Some(stamp) = self.stamp(key, now.as_ref()).cloned() {
                self.set(key.clone(), stamp);
            }
        }
        !several.is_empty()
    }

    /// Merges what two branches recorded since `base`. What only one of them changed is as that one says; where both did,
    /// both stamps are there, and the one that is equal to the code counts.
    pub fn merge(base: &Lock, ours: &Lock, theirs: &Lock) -> Lock {
        let mut merged = Lock { stamps: OrdMap::new(), other: ours.other.clone() };
        for (key, value) in &theirs.other {
            if !merged.other.iter().any(|(own, _)| own == key) {
                merged.other.push((key.clone(), value.clone()));
            }
        }
        let keys: std::collections::BTreeSet<&Key> = ours.stamps.keys().chain(theirs.stamps.keys()).collect();
        for key in keys {
            let [base, ours, theirs] = [base, ours, theirs].map(|lock| lock.candidates(key));
            let stamps: Vec<Stamp> = if ours == base {
                theirs.to_vec()
            } else if theirs == base {
                ours.to_vec()
            } else {
                let new = theirs.iter().filter(|stamp| !ours.contains(stamp));
                ours.iter().chain(new).cloned().collect()
            };
            if !stamps.is_empty() {
                merged.stamps.insert(key.clone(), stamps.into());
            }
        }
        merged
    }

    fn add(&mut self, key: Key, stamp: Stamp) {
        let known = self.candidates(&key);
        if !known.contains(&stamp) {
            let all = known.iter().cloned().chain([stamp]).collect();
            self.stamps.insert(key, all);
        }
    }
}

impl Stamp {
    /// True when everything that was recorded is so now.
    pub fn agrees(&self, now: &Facets) -> bool {
        !self.facets.is_empty() && self.facets.iter().all(|(facet, print)| now.get(facet) == Some(print))
    }

    fn write(&self, key: &Key, text: &mut String) {
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name} = {value}");
        };
        line("doc", &quoted(&key.doc));
        line("section", &quoted(&key.section));
        line("target", &quoted(&key.target));
        let facets: Vec<String> =
            self.facets.iter().map(|(facet, print)| format!("{} = \"{print}\"", facet.name())).collect();
        if facets.is_empty() {
            line("facets", "{}");
        } else {
            line("facets", &format!("{{ {} }}", facets.join(", ")));
        }
        if let Some(blob) = self.blob {
            line("blob", &format!("\"{blob}\""));
        }
        let words = [
            ("by", &self.by),
            ("ticket", &self.ticket),
            ("author", &self.author),
            ("at", &self.at),
            ("reason", &self.reason),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                line(name, &quoted(value));
            }
        }
        if let Some(print) = self.text {
            line("text", &format!("\"{print}\""));
        }
        if !self.symbols.is_empty() {
            let symbols: String = self.symbols.iter().map(|symbol| format!("  {},\n", quoted(symbol))).collect();
            line("symbols", &format!("[\n{symbols}]"));
        }
        for (name, value) in &self.other {
            line(name, value);
        }
    }
}

impl Read {
    fn side(&mut self, text: &str, first: bool) {
        let document = toml::read(text, Span::new(0, text.len()));
        for problem in &document.problems {
            if let yaml::ProblemKind::Invalid(words) = &problem.kind {
                self.problem(&format!("not valid TOML: {words}"), problem.span);
            }
        }
        for entry in document.root.entries() {
            match entry.key.value.as_str() {
                "version" if entry.value.scalar() != Some("1") => {
                    let words = format!("version {} is not known here: only 1 is", entry.value.span.of(text));
                    self.problem(&words, entry.value.span);
                }
                "version" => {}
                "anchor" => entry.value.items().iter().for_each(|item| self.anchor(item, text)),
                other if first => self.lock.other.push((written_key(other), written(&entry.value, text))),
                _ => {}
            }
        }
    }

    fn problem(&mut self, words: &str, span: Span) {
        self.problems.push(Problem { words: words.to_owned(), span });
    }

    fn anchor(&mut self, item: &Node, text: &str) {
        let word = |name: &str| item.get(name).and_then(Node::scalar).filter(|word| !word.is_empty());
        let (Some(doc), Some(target)) = (word("doc"), word("target")) else {
            return self.problem("an anchor needs `doc` and `target`", item.span);
        };
        let key = Key { doc: doc.into(), section: word("section").unwrap_or("").into(), target: target.into() };
        let mut stamp = Stamp::default();
        for entry in item.entries() {
            let value = &entry.value;
            let own = value.scalar().map(str::to_owned);
            match entry.key.value.as_str() {
                "doc" | "section" | "target" => {}
                "facets" => self.facets(value, &mut stamp.facets),
                "blob" => match value.scalar().and_then(BlobId::parse) {
                    Some(blob) => stamp.blob = Some(blob),
                    None => self.problem("not a git blob id of 40 hex digits", value.span),
                },
                "by" => stamp.by = own,
                "ticket" => stamp.ticket = own,
                "author" => stamp.author = own,
                "at" => stamp.at = own,
                "reason" => stamp.reason = own,
                "text" => match value.scalar().and_then(Print::parse) {
                    Some(print) => stamp.text = Some(print),
                    None => self.problem("not a fingerprint such as t1:1f0ab611cebf2ea0", value.span),
                },
                "symbols" => stamp.symbols = value.items().iter().filter_map(Node::scalar).map(str::to_owned).collect(),
                other => stamp.other.push((written_key(other), written(value, text))),
            }
        }
        self.lock.add(key, stamp);
    }

    fn facets(&mut self, map: &Node, facets: &mut Facets) {
        for entry in map.entries() {
            let print = entry.value.scalar().and_then(Print::parse);
            match (Facet::parse(&entry.key.value), print) {
                (Some(facet), Some(print)) => facets.set(facet, Some(print)),
                // a facet of a later version says nothing here
                (None, _) => {}
                (Some(_), None) => self.problem("not a fingerprint such as t1:1f0ab611cebf2ea0", entry.value.span),
            }
        }
    }
}

/// The text as each side of its merge conflicts has it; nothing where there is no conflict.
fn sides(text: &str) -> Option<(String, String)> {
    let conflicts = region::conflicts(text, Span::new(0, text.len()));
    let side = |of: fn(&region::Conflict) -> Span| {
        let (mut side, mut at) = (String::new(), 0);
        for conflict in &conflicts {
            side.push_str(&text[at..conflict.span.start as usize]);
            side.push_str(of(conflict).of(text));
            at = conflict.span.end as usize;
        }
        side + &text[at..]
    };
    (!conflicts.is_empty()).then(|| (side(|conflict| conflict.ours), side(|conflict| conflict.theirs)))
}

/// A value of a key that is not known, as TOML on one line.
fn written(node: &Node, text: &str) -> String {
    match &node.kind {
        Kind::Null => "\"\"".to_owned(),
        Kind::Scalar(scalar) if scalar.style == Style::Plain => node.span.of(text).to_owned(),
        Kind::Scalar(scalar) => quoted(&scalar.value),
        Kind::Seq(items) => {
            format!("[{}]", items.iter().map(|item| written(item, text)).collect::<Vec<_>>().join(", "))
        }
        Kind::Map(entries) => {
            let entry =
                |entry: &yaml::Entry| format!("{} = {}", written_key(&entry.key.value), written(&entry.value, text));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn written_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_owned() } else { quoted(key) }
}

/// A basic string of TOML.
fn quoted(words: &str) -> String {
    let mut written = String::with_capacity(words.len() + 2);
    written.push('"');
    for letter in words.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            other if other.is_control() => {
                let _ = write!(written, "\\u{:04X}", u32::from(other));
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(doc: &str, section: &str, target: &str) -> Key {
        Key { doc: doc.into(), section: section.into(), target: target.into() }
    }

    fn stamp(print: &str) -> Stamp {
        let facets = Facets::default().with(Facet::Sig, Print::of(print.as_bytes()));
        Stamp { facets, blob: Some(BlobId::of(print.as_bytes())), by: Some("human:ada".to_owned()), ..Stamp::default() }
    }

    #[test]
    fn is_written_in_order_with_blank_lines() {
        let mut lock = Lock::default();
        lock.set(key("docs/b.md", "", "src/a.rs#A"), stamp("a"));
        lock.set(
            key("docs/a.md", "x", "src/a.rs#\"A\""),
            Stamp { symbols: vec!["A".into(), "B".into()], ..stamp("b") },
        );
        let text = lock.write();
        assert_eq!(
            text,
            "version = 1\n\n[[anchor]]\ndoc = \"docs/a.md\"\nsection = \"x\"\ntarget = \"src/a.rs#\\\"A\\\"\"\nfacets = { sig = \
             \"t1:3e23e8160039594a\" }\nblob = \"63d8dbd40c23542e740659a7168a0ce3138ea748\"\nby = \"human:ada\"\nsymbols = [\n  \"A\",\n  \
             \"B\",\n]\n\n[[anchor]]\ndoc = \"docs/b.md\"\nsection = \"\"\ntarget = \"src/a.rs#A\"\nfacets = { sig = \
             \"t1:ca978112ca1bbdca\" }\nblob = \"2e65efe2a145dda7ee51d1741299f848e5bf752e\"\nby = \"human:ada\"\n"
        );
        let read = Lock::read(&text);
        assert_eq!((read.lock, read.problems.as_slice(), read.conflict), (lock, &[][..], false));
    }

    #[test]
    fn branches_merge_without_conflict() {
        let of = |stamps: &[(&str, &str)]| {
            let mut lock = Lock::default();
            stamps.iter().for_each(|(doc, print)| lock.set(key(doc, "", "src/a.rs#A"), stamp(print)));
            lock
        };
        let base = of(&[("same", "a"), ("ours", "a"), ("theirs", "a"), ("both", "a"), ("gone", "a")]);
        let ours = of(&[("same", "a"), ("ours", "b"), ("theirs", "a"), ("both", "b"), ("new", "a")]);
        let theirs = of(&[("same", "a"), ("ours", "a"), ("theirs", "c"), ("both", "c"), ("gone", "a"), ("newer", "a")]);
        let merged = Lock::merge(&base, &ours, &theirs);
        let said = |doc: &str| merged.candidates(&key(doc, "", "src/a.rs#A")).to_vec();
        assert_eq!(said("same"), [stamp("a")]);
        assert_eq!(said("ours"), [stamp("b")]);
        assert_eq!(said("theirs"), [stamp("c")]);
        assert_eq!(said("both"), [stamp("b"), stamp("c")]);
        assert_eq!((said("gone").len(), said("new").len(), said("newer").len()), (0, 1, 1));
        assert_eq!(Lock::read(&merged.write()).lock, merged);
    }

    #[test]
    fn what_is_not_known_is_kept() {
        let text = "version = 1\nx-tool = [1, \"a\"]\n\n[[anchor]]\ndoc = \"a.md\"\ntarget = \"a.rs\"\nfacets = { sig = \"t9:00000000000000ff\", new = 1 }\nmood = { good = true, n = 1.50 }\n\"odd key\" = \"é\\n\"\n";
        let read = Lock::read(text);
        assert_eq!(read.problems, []);
        let again = read.lock.write();
        for kept in [
            "x-tool = [1, \"a\"]\n",
            "mood = { good = true, n = 1.50 }\n",
            "\"odd key\" = \"é\\n\"\n",
            "t9:00000000000000ff",
        ] {
            assert!(again.contains(kept), "{kept}\n{again}");
        }
        assert_eq!(Lock::read(&again).lock, read.lock);
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_is_read() {
        let text = "version = 2\n[[anchor]]\ndoc = \"a.md\"\n[[anchor]]\ndoc = \"a.md\"\ntarget = \"a.rs\"\nblob = \"12\"\nfacets = { sig = \"x\" }\n[[anchor]\n";
        let read = Lock::read(text);
        let words: Vec<_> =
            read.problems.iter().map(|problem| (problem.span.of(text), problem.words.as_str())).collect();
        assert_eq!(words[0], ("2", "version 2 is not known here: only 1 is"));
        assert!(words.iter().any(|(_, words)| *words == "an anchor needs `doc` and `target`"), "{words:?}");
        assert!(words.contains(&("\"12\"", "not a git blob id of 40 hex digits")), "{words:?}");
        assert!(words.iter().any(|(_, words)| words.starts_with("not valid TOML")), "{words:?}");
        assert_eq!(read.lock.len(), 1);
    }

    #[test]
    fn of_a_conflict_the_side_that_is_equal_to_the_code_counts() {
        let mut lock = Lock::default();
        lock.set(key("a.md", "", "a.rs#A"), stamp("base"));
        let base = lock.write();
        let side = |print: &str| {
            base.replace(
                &stamp("base").facets.get(Facet::Sig).unwrap().to_string(),
                &Print::of(print.as_bytes()).to_string(),
            )
        };
        let line = |text: &str| text.lines().find(|line| line.starts_with("facets")).unwrap().to_owned();
        let (ours, theirs) = (side("ours"), side("theirs"));
        let text = base.replace(
            &line(&base),
            &format!(
                "<<<<<<< HEAD\n{}\n||||||| base\n{}\n=======\n{}\n>>>>>>> other",
                line(&ours),
                line(&base),
                line(&theirs)
            ),
        );
        let read = Lock::read(&text);
        assert!(read.conflict && read.problems.is_empty());
        let now = |print: &str| stamp(print).facets;
        let key = key("a.md", "", "a.rs#A");
        assert_eq!(read.lock.candidates(&key).len(), 2);
        for side in ["ours", "theirs"] {
            assert_eq!(read.lock.stamp(&key, Some(&now(side))).unwrap().facets, now(side));
        }
        let left = read.lock.stamp(&key, Some(&now("third"))).unwrap();
        assert!(!left.agrees(&now("third")), "none is equal: stale");
        let mut lock = read.lock;
        assert!(lock.settle(|_| Some(now("theirs"))));
        assert_eq!(lock.write(), theirs, "nothing of the conflict is left");
    }

    fn some_lock() -> impl Strategy<Value = Lock> {
        let word = "[a-z\"\\\\#/é\n .]{0,8}";
        let one = (word, word, "[a-zé*/#.]{1,8}", "[a-z]{0,3}", proptest::option::of(word), any::<bool>());
        proptest::collection::vec(one, 0..8).prop_map(|all| {
            let mut lock = Lock::default();
            for (doc, section, target, print, by, more) in all {
                let doc = format!("d{doc}");
                let by = by.filter(|by| !by.is_empty());
                let symbols = if more { vec![section.clone(), doc.clone()] } else { Vec::new() };
                lock.set(key(&doc, &section, &target), Stamp { by, symbols, ..stamp(&print) });
            }
            lock
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(lock in some_lock()) {
            let text = lock.write();
            let read = Lock::read(&text);
            prop_assert_eq!(&read.problems, &[]);
            prop_assert_eq!(&read.lock, &lock, "{}", text);
            prop_assert_eq!(read.lock.write(), text);
        }

        #[test]
        fn nothing_panics(text in "(\\[\\[anchor\\]\\]\n|doc = \"a\"\n|target = \"é\"\n|facets = \\{ sig = \"t1:|<<<<<<< \n|=======\n|>>>>>>> x\n|\"|\n){0,12}") {
            let read = Lock::read(&text);
            let _ = Lock::read(&read.lock.write());
        }
    }
}
