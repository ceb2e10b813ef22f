//! What documents of a repository that never bound anything could be bound to: suggestions, and nothing but.
//!
//! A word in inline code is taken for a symbol when it cannot be another word: it looks like a name, and exactly one public
//! symbol of the repository has it. Most of what is meant by a code span is no symbol, so nothing here is ever a diagnostic.

use crate::document::Document;
use crate::drift::is_aside;
use crate::source::Source;
use crate::target::{Fragment, PathPattern, Target, join};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use syntax::code::Kind;
use syntax::{front_matter, markdown};
use text::Span;

/// The public symbols of a repository, by their last name.
#[derive(Default)]
pub struct Names {
    by_name: HashMap<String, Vec<(Arc<str>, String)>>,
    files: BTreeSet<Arc<str>>,
}

/// Something that a section could be bound to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// Slug of the section.
    pub section: Arc<str>,
    /// What it speaks of.
    pub target: Target,
    /// The words that say so.
    pub span: Span,
    /// True where the words name what follows: in a heading, at the start of a list item or in the first cell of a row.
    pub defines: bool,
}

impl Names {
    /// Takes the public symbols of a source; not of tests, and of what is generated or of others.
    pub fn add(&mut self, path: &str, source: &Source) {
        if is_aside(path) {
            return;
        }
        let path: Arc<str> = path.into();
        self.files.insert(path.clone());
        let mut seen = BTreeSet::new();
        for symbol in source.symbols().iter().filter(|symbol| symbol.public && symbol.kind != Kind::Module) {
            // overloads are one symbol
            if seen.insert(symbol.path.as_str()) {
                let name = symbol.path.rsplit('.').next().unwrap_or(&symbol.path);
                self.by_name.entry(name.to_owned()).or_default().push((path.clone(), symbol.path.clone()));
            }
        }
    }

    /// The one symbol that these words mean.
    fn find(&self, words: &str) -> Option<Target> {
        let name = plain(words)?;
        let last = name.rsplit('.').next()?;
        let all = self.by_name.get(last)?;
        let is_it = |path: &str| path == name || path.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'));
        // a bare name is that of something that stands in nothing: members are called as keys and words are
        let bare = !name.contains('.');
        let found: Vec<_> = all.iter().filter(|(_, path)| if bare { *path == name } else { is_it(path) }).collect();
        let [(path, symbol)] = found.as_slice() else { return None };
        Some(Target { path: PathPattern::File(path.clone()), fragment: Fragment::Symbol(symbol.as_str().into()) })
    }
}

/// The name that a code span may be: `Ledger::post(…)` as `Ledger.post`. Nothing for words that are hardly one.
fn plain(words: &str) -> Option<String> {
    let words = words.trim().trim_start_matches(['&', '*']);
    let called = words.ends_with(')');
    let words = words.split_once('(').map_or(words, |(name, _)| name).trim_end_matches('!');
    let words = words.split_once('<').map_or(words, |(name, _)| name).replace("::", ".");
    let part = |part: &str| {
        part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
            && part.starts_with(|first: char| first.is_alphabetic() || first == '_')
    };
    if !words.split('.').all(part) {
        return None;
    }
    let name: Vec<char> = words.chars().collect();
    let humps = name.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase());
    (called || humps || words.trim_matches('_').contains(['.', '_'])).then_some(words)
}

/// What the sections of a document could be bound to, and are not, in order of place; each target once a section.
pub fn suggestions(document: &Document, text: &str, names: &Names) -> Vec<Suggestion> {
    if document.is_history() {
        return Vec::new();
    }
    let body = front_matter::split(text).body;
    let markdown = markdown::read(text, body);
    let mut known: BTreeSet<Target> = document.anchors.iter().map(|anchor| anchor.target.clone()).collect();
    let mut found = Vec::new();
    for span in markdown.code_spans(text, body) {
        if let Some(target) = names.find(span.of(text)) {
            found.push((span, target));
        }
    }
    for link in markdown.links(text, body) {
        let path = link.target.of(text);
        let path = join(&document.path, path).filter(|_| !path.contains([':', '#']));
        if let Some(path) = path.and_then(|path| names.files.get(&*path).cloned()) {
            found.push((link.target, Target { path: PathPattern::File(path), fragment: Fragment::Whole }));
        }
    }
    found.sort_by_key(|(span, _)| *span);
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for (span, target) in found {
        let defines = defines(text, span);
        match suggestions.iter_mut().find(|known| known.target == target) {
            Some(first) if defines && !first.defines => {
                *first = suggestion(document, target, span, true);
            }
            Some(_) => {}
            None if known.insert(target.clone()) => suggestions.push(suggestion(document, target, span, defines)),
            None => {}
        }
    }
    suggestions.sort_by_key(|suggestion| suggestion.span);
    suggestions
}

fn suggestion(document: &Document, target: Target, span: Span, defines: bool) -> Suggestion {
    Suggestion { section: document.section_at(span.start).slug.clone(), target, span, defines }
}

/// True where nothing but marks stands before the words on their line.
fn defines(text: &str, span: Span) -> bool {
    let before = &text[..span.start as usize];
    let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
    let marks = line.trim_start();
    let is_mark = marks.starts_with(['#', '-', '*', '+', '|']);
    is_mark && marks.chars().all(|letter| letter.is_whitespace() || "#-*+|`[_".contains(letter))
}

/// The text with these bindings in its front matter; nothing where its `documents:` is no list of lines.
pub fn bound(text: &str, targets: &[Target]) -> Option<String> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let item = |indent: &str, target: &Target| {
        let written = target.to_string();
        let plain = !written.contains(['"', '\'', '{', '}', ',', '*', '[', ']', ' ']) && !written.contains(": ");
        if plain { format!("{indent}- {written}{ending}") } else { format!("{indent}- {written:?}{ending}") }
    };
    let items = |indent: &str| targets.iter().map(|target| item(indent, target)).collect::<String>();
    let split = front_matter::split(text);
    match split.state {
        front_matter::State::Missing => {
            let start = split.body.start as usize;
            let (mark, rest) = text.split_at(start);
            Some(format!("{mark}---{ending}documents:{ending}{}---{ending}{ending}{rest}", items("  ")))
        }
        front_matter::State::Closed => {
            let yaml = syntax::yaml::read(text, split.yaml);
            let (at, new) = match yaml.root.get("documents") {
                None => (split.yaml.end as usize, format!("documents:{ending}{}", items("  "))),
                Some(node) => {
                    let last = node.items().last().filter(|_| node.span.of(text).starts_with('-'))?;
                    let before = &text[..node.span.start as usize];
                    let indent = before.rfind('\n').map_or("", |at| &before[at + 1..]);
                    let end = text[last.span.end as usize..].find('\n').map(|at| last.span.end as usize + at + 1)?;
                    (end, items(indent))
                }
            };
            Some(format!("{}{new}{}", &text[..at], &text[at..]))
        }
        front_matter::State::Unclosed | front_matter::State::TooLarge => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        for (path, text) in files {
            names.add(path, &Source::read(path, &(*text).into()));
        }
        names
    }

    const SOURCES: [(&str, &str); 3] = [
        (
            "src/ledger.rs",
            "pub struct Ledger;\nimpl Ledger { pub fn post_entry(&self) {} pub fn total(&self) {} }\npub fn total() {}\nfn hidden_one() {}\n",
        ),
        ("src/other.rs", "pub fn total() {}\npub struct PostBox;\n"),
        ("tests/x.rs", "pub fn test_helper() {}\n"),
    ];

    fn check(text: &str) -> Vec<String> {
        let document = Document::read("docs/a.md", text);
        let found = suggestions(&document, text, &names(&SOURCES));
        let show = |it: &Suggestion| format!("{}{}: {}", it.section, if it.defines { "!" } else { "" }, it.target);
        found.iter().map(show).collect()
    }

    #[test]
    fn only_what_cannot_be_another_word_is_suggested() {
        assert_eq!(
            check(
                "# A\nThe `PostBox` and `Ledger::post_entry(&self)` and `Ledger.total`, see [it](../src/other.rs).\n## B\n- `PostBox`: here\n"
            ),
            [
                "a: src/ledger.rs#Ledger.post_entry",
                "a: src/ledger.rs#Ledger.total",
                "a: src/other.rs",
                "b!: src/other.rs#PostBox"
            ]
        );
        assert_eq!(
            check("`total()` `Ledger` `post_entry` `hidden_one` `test_helper` `post entry` `x.md` ```PostBoxes```\n"),
            [""; 0]
        );
        assert_eq!(check("---\nstatus: superseded\n---\n`PostBox`"), [""; 0]);
        assert_eq!(check("[x](../src/other.rs#PostBox) `PostBox`"), [""; 0], "bound already");
    }

    #[test]
    fn bindings_are_written_where_others_stand() {
        let target = |written: &str| Target::parse(written, "a.md").unwrap();
        let all = [target("src/a.rs#A"), target("src/**")];
        let list = "  - src/a.rs#A\n  - \"src/**\"\n";
        let check = |text: &str, expected: Option<&str>| {
            let new = bound(text, &all);
            assert_eq!(new.as_deref(), expected);
            if let Some(new) = new {
                assert!(Document::read("a.md", &new).anchors.len() >= 2, "{new}");
            }
        };
        check("# A\n", Some(&format!("---\ndocuments:\n{list}---\n\n# A\n")));
        check("---\ntitle: x\n---\n# A\n", Some(&format!("---\ntitle: x\ndocuments:\n{list}---\n# A\n")));
        check(
            "---\ndocuments:\n  - b.rs\ntitle: x\n---\n",
            Some(&format!("---\ndocuments:\n  - b.rs\n{list}title: x\n---\n")),
        );
        check("---\ndocuments: [b.rs]\n---\n", None);
        assert_eq!(bound("# A\r\n", &all[..1]).unwrap(), "---\r\ndocuments:\r\n  - src/a.rs#A\r\n---\r\n\r\n# A\r\n");
    }
}
