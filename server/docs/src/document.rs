//! What one Markdown file says about itself and the code it speaks of.
//!
//! ```markdown
//! ---
//! kind: api                       # decides what is compared: `sig` for api and contract, `value` for data-model
//! documents:
//!   - src/ledger/api.rs#LedgerApi
//!   - {target: src/ledger/post.rs#post_entry, facet: [sig, body]}
//! ---
//! ## Posting  <!-- documents: src/ledger/post.rs#Posting -->
//! See [`Posting`](../src/ledger/post.rs#Posting).
//! ```
//! Front matter binds the whole document, a comment or a link binds the section it stands in. Markers in code mean nothing.
//! The spellings of drift (`drift: {files: […]}`, `<!-- drift: … -->`, `@./path#Symbol`) and of StrictDoc (`Type`, `Path`,
//! `Element`, `ID` under `Relations:`) are read, too. Reading never fails.

mod aliases;
mod binding;

use crate::mirror::{self, Mirror};
use crate::print::Print;
use crate::region::{self, Region};
use crate::target::{self, Facet, Target, TargetError};
use spec::model::Config;
use std::collections::HashMap;
use std::sync::Arc;
use syntax::front_matter;
use syntax::markdown::{self, Markdown};
use syntax::yaml::{self, Node};
use text::{Span, Spanned};

/// A document as it was understood.
#[derive(Clone, Debug)]
pub struct Document {
    /// Path from the root.
    pub path: Arc<str>,
    /// What it is, where that is said or follows from its place.
    pub kind: Kind,
    /// `title:`, or the first heading.
    pub title: Option<Spanned<String>>,
    /// `status:`, as in MADR.
    pub status: Option<Spanned<String>>,
    /// `owner:`.
    pub owner: Option<Spanned<String>>,
    /// How its bounded context stands to others.
    pub relations: Vec<Relation>,
    /// What it is bound to, in order of place.
    pub anchors: Vec<Anchor>,
    /// The parts of it that a generator keeps.
    pub regions: Vec<Region>,
    /// What is wrong with their markers.
    pub marker_problems: Vec<region::Problem>,
    /// The fences that restate declarations.
    pub mirrors: Vec<Mirror>,
    /// Its headings with what belongs to them. The first one is the whole document, whose slug is empty.
    pub sections: Vec<Section>,
    /// What is wrong with bindings and relations, in order of place.
    pub problems: Vec<Problem>,
}

/// What a document is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Kind {
    /// A part of the domain with a language of its own.
    BoundedContext,
    /// What two systems agreed on.
    Contract,
    /// How an interface is used.
    Api,
    /// Tables, types and what they hold.
    DataModel,
    /// A decision: it says what was true when it was taken.
    Adr,
    /// How something is done.
    Guide,
    /// What to do when something happens.
    Runbook,
    /// Anything else.
    #[default]
    Other,
}

/// How one bounded context stands to another (the words of Context Mapper).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relation {
    /// The other context's document, as written.
    pub to: Spanned<String>,
    /// Its path from the root, where it is one.
    pub path: Option<String>,
    /// `upstream`, `downstream` or `partner`.
    pub role: Option<Spanned<String>>,
    /// `ACL`, `CF`, `OHS`, `PL`, `SK`, `P`, `CS`.
    pub pattern: Option<Spanned<String>>,
}

/// Binds a section, or the whole document, to a place in the sources.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// Slug of the section; empty for the whole document.
    pub section: Arc<str>,
    /// What it is bound to.
    pub target: Target,
    /// The target as it stands in the document.
    pub span: Span,
    /// What is compared, in order.
    pub facets: Vec<Facet>,
    /// True where the document itself says which facets.
    pub explicit: bool,
    /// How it is written.
    pub from: Origin,
}

/// See [`Anchor::from`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// In `documents:` of the front matter, or what other tools have there.
    FrontMatter,
    /// In a comment.
    Comment,
    /// An ordinary link, or a mention that another tool reads as one.
    Link,
}

/// A heading and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// What a link to it says behind `#`; empty for the whole document.
    pub slug: Arc<str>,
    /// The heading's words, without comments.
    pub title: String,
    /// The heading's words as they stand; empty for a document without one.
    pub heading: Span,
    /// 1 to 6; 0 for the whole document.
    pub level: u8,
    /// From the heading to the next one of its level.
    pub span: Span,
}

/// Something wrong with a binding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// The exact place.
    pub span: Span,
}

/// See [`Problem`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProblemKind {
    /// Not a target.
    #[error(transparent)]
    Target(TargetError),
    /// A word where only some are known.
    #[error("`{word}` is no {of}{}", .suggestion.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default())]
    Word {
        /// What the word should name: `facet`, `kind of document`.
        of: &'static str,
        /// As written.
        word: String,
        /// What was probably meant.
        suggestion: Option<&'static str>,
    },
    /// A binding without `target`, a relation without `to`, a value of the wrong type.
    #[error("{0}")]
    Shape(&'static str),
    /// The front matter binds something and is no YAML, so some of it may be missing.
    #[error("the front matter is not valid YAML: {0}")]
    Yaml(String),
    /// The same target twice in a section.
    #[error("this section is bound to it already")]
    Twice(Span),
}

/// What is said of documents elsewhere: in the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Defaults {
    /// What documents are that do not say it.
    pub kind: Option<Kind>,
    /// What is compared where a binding does not say it.
    pub facets: Option<Vec<Facet>>,
    /// Whose documents are that do not say it.
    pub owner: Option<String>,
}

impl Defaults {
    /// What the configuration says of the document at `path`.
    pub fn of(config: &Config, path: &str) -> Defaults {
        let found = config.docs_of(path);
        let facets: Vec<Facet> = found.facets.iter().filter_map(|facet| Facet::parse(facet)).collect();
        Defaults {
            kind: found.kind.and_then(Kind::parse),
            facets: (!facets.is_empty()).then_some(facets),
            owner: found.owner.map(str::to_owned),
        }
    }
}

impl Kind {
    /// All kinds that have a name.
    pub const NAMES: [(&'static str, Kind); 7] = [
        ("bounded-context", Kind::BoundedContext),
        ("contract", Kind::Contract),
        ("api", Kind::Api),
        ("data-model", Kind::DataModel),
        ("adr", Kind::Adr),
        ("guide", Kind::Guide),
        ("runbook", Kind::Runbook),
    ];

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    /// Its name; nothing for other documents.
    pub fn name(self) -> Option<&'static str> {
        Kind::NAMES.into_iter().find(|(_, kind)| *kind == self).map(|(name, _)| name)
    }

    /// What is compared unless a binding says otherwise.
    pub fn facets(self, target: &Target) -> Vec<Facet> {
        match self {
            _ if target.is_glob() && target.fragment == target::Fragment::Whole => vec![Facet::Surface],
            Kind::DataModel => vec![Facet::Value],
            _ => vec![Facet::Sig, Facet::Doc],
        }
    }
}

impl Document {
    /// Reads a document by what it says itself.
    pub fn read(path: &str, text: &str) -> Document {
        Document::read_with(path, text, &Defaults::default())
    }

    /// Reads a document, of which something may be said elsewhere.
    pub fn read_with(path: &str, text: &str, defaults: &Defaults) -> Document {
        let split = front_matter::split(text);
        let markdown = markdown::read(text, split.body);
        let yaml = (!split.yaml.is_empty()).then(|| yaml::read(text, split.yaml));
        let nothing = Node::null(split.yaml.start as usize);
        let map = yaml.as_ref().map_or(&nothing, |document| &document.root);
        let (regions, marker_problems) = region::read(text, split.body, &markdown);
        let mut document = Document {
            path: path.into(),
            kind: Kind::Other,
            title: word(map, "title"),
            status: word(map, "status"),
            owner: word(map, "owner"),
            relations: Vec::new(),
            anchors: Vec::new(),
            regions,
            marker_problems,
            mirrors: mirror::read(text, &markdown),
            sections: sections(text, &markdown, split.body),
            problems: Vec::new(),
        };
        let first = document.sections.iter().find(|section| section.level > 0);
        let heading = first.map(|section| Spanned::new(section.title.clone(), section.heading));
        document.title = document.title.take().or(heading);
        if document.owner.is_none()
            && let Some(owner) = &defaults.owner
        {
            document.owner = Some(Spanned::new(owner.clone(), Span::empty(split.body.start as usize)));
        }
        let mut reader = binding::Reader { text, document: &mut document, facets: Vec::new() };
        reader.front_matter(map);
        reader.comments(&markdown, split.body);
        reader.links(&markdown, split.body);
        reader.aliases(map, &markdown, split.body);
        let named = reader.facets;
        document.settle(map, defaults, named);
        if let Some(yaml) = yaml.filter(|yaml| !yaml.valid && !document.anchors.is_empty()) {
            let words = yaml.problems.into_iter().find_map(|problem| match problem.kind {
                yaml::ProblemKind::Invalid(words) => Some((words, problem.span)),
                _ => None,
            });
            document.problems.extend(words.map(|(words, span)| Problem { kind: ProblemKind::Yaml(words), span }));
        }
        document.problems.sort_by_key(|problem| problem.span);
        document
    }

    /// Says what the kind is, and with it what is compared; puts the anchors in order and drops doubles.
    fn settle(&mut self, map: &Node, defaults: &Defaults, named: Vec<Option<Vec<Facet>>>) {
        let kind = word(map, "kind");
        let read = kind.as_ref().and_then(|kind| Kind::parse(kind));
        let binds = !self.anchors.is_empty() || !self.relations.is_empty();
        if let (Some(kind), None, true) = (kind, read, binds) {
            let names = Kind::NAMES.map(|(name, _)| name);
            self.problems.push(unknown("kind of document", kind, &names));
        }
        let by_place = is_decision(&self.path).then_some(Kind::Adr);
        self.kind = read.or(defaults.kind).or(by_place).unwrap_or_default();
        for (anchor, named) in self.anchors.iter_mut().zip(named) {
            anchor.explicit = named.is_some();
            let default = || defaults.facets.clone().filter(|_| !anchor.target.is_glob());
            anchor.facets = named.or_else(default).unwrap_or_else(|| self.kind.facets(&anchor.target));
        }
        self.anchors.sort_by_key(|anchor| (anchor.span, anchor.from));
        let mut seen: HashMap<(Arc<str>, Target), Span> = HashMap::new();
        let mut doubles = Vec::new();
        self.anchors.retain(|anchor| {
            let first = *seen.entry((anchor.section.clone(), anchor.target.clone())).or_insert(anchor.span);
            if first != anchor.span && anchor.from != Origin::Link {
                doubles.push(Problem { kind: ProblemKind::Twice(first), span: anchor.span });
            }
            first == anchor.span
        });
        self.problems.extend(doubles);
    }

    /// The section of that slug; the empty one is the whole document.
    pub fn section(&self, slug: &str) -> Option<&Section> {
        self.sections.iter().find(|section| *section.slug == *slug)
    }

    /// The innermost section that holds `offset`.
    pub fn section_at(&self, offset: u32) -> &Section {
        let inside = |section: &&Section| section.span.start <= offset && offset < section.span.end;
        self.sections.iter().rfind(inside).unwrap_or(&self.sections[0])
    }

    /// What a section says, whatever its layout: without comments, and without what a generator keeps. Two texts of the same
    /// print say the same to a reader.
    pub fn print(&self, text: &str, section: &Section) -> Print {
        let mut normal = String::new();
        let mut add = |from: u32, to: u32| {
            let mut rest = Span { start: from, end: to.max(from) }.of(text);
            while let Some(start) = rest.find("<!--") {
                normal.push_str(&rest[..start]);
                let end = rest[start..].find("-->").map_or(rest.len(), |length| start + length + 3);
                rest = &rest[end..];
            }
            normal.push_str(rest);
            normal.push(' ');
        };
        let mut at = section.span.start;
        for region in self.regions.iter().filter(|region| section.span.contains(region.content)) {
            add(at, region.open.start);
            at = region.close.end;
        }
        add(at, section.span.end);
        Print::of(normal.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
    }

    /// True when it says what was true once: only what it points at must exist. Decisions, change logs, release notes and
    /// what was superseded or is only proposed.
    pub fn is_history(&self) -> bool {
        let status = self.status.as_ref().map(|status| status.trim().to_ascii_lowercase()).unwrap_or_default();
        let over = ["superseded", "deprecated", "rejected", "proposed", "draft"];
        self.kind == Kind::Adr || over.iter().any(|word| status.starts_with(word)) || is_log(&self.path)
    }
}

/// Folders of decisions, by the names that adr-tools, MADR and log4brains give them.
fn is_decision(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/').any(|part| matches!(part, "adr" | "adrs" | "decisions" | "architecture-decisions"))
}

/// Change logs and release notes, by name.
fn is_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem: String =
        name.chars().take_while(|letter| *letter != '.').filter(|letter| letter.is_alphanumeric()).collect();
    let logs = ["changelog", "changes", "history", "news", "releasenotes", "releases"];
    logs.contains(&stem.as_str()) || path.split('/').any(|part| matches!(part, "release-notes" | "changelogs"))
}

/// A quick look before anything is read: true when a text may bind something.
pub fn may_bind(text: &str) -> bool {
    let bytes = text.as_bytes();
    let holds = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    if [b"documents:".as_slice(), b"generated:", b"mirror=", b"drift:", b"relations:"].iter().any(|word| holds(word)) {
        return true;
    }
    if holds(b"Relations:") && holds(b"Path") {
        return true;
    }
    memchr::memchr_iter(b'#', bytes).any(|at| {
        let line = &bytes[..at];
        let from = line.len().saturating_sub(300);
        let before = line[from..].rsplit(|byte| matches!(byte, b'(' | b'\n' | b')' | b'@')).next().unwrap_or_default();
        std::str::from_utf8(before).is_ok_and(is_code)
    })
}

/// Sources that a link with a fragment binds to: by their ending, so that links to pages and pictures stay what they are.
pub fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    matches!(
        ending,
        "rs" | "py"
            | "pyi"
            | "ts"
            | "mts"
            | "cts"
            | "tsx"
            | "js"
            | "mjs"
            | "cjs"
            | "jsx"
            | "go"
            | "java"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "cxx"
            | "hh"
            | "hpp"
            | "hxx"
            | "cs"
            | "rb"
            | "php"
            | "kt"
            | "kts"
            | "swift"
            | "sh"
            | "bash"
            | "sql"
            | "proto"
            | "json"
            | "yaml"
            | "yml"
    )
}

fn word(map: &Node, key: &str) -> Option<Spanned<String>> {
    let node = map.get(key)?;
    node.scalar().filter(|word| !word.trim().is_empty()).map(|word| Spanned::new(word.trim().to_owned(), node.span))
}

/// The whole document, and each heading with what belongs to it.
fn sections(text: &str, markdown: &Markdown, body: Span) -> Vec<Section> {
    let mut sections = vec![Section {
        slug: "".into(),
        title: String::new(),
        heading: Span::empty(body.start as usize),
        level: 0,
        span: body,
    }];
    let found = markdown.sections(body.end);
    let title = |written: &str| {
        let mut words = written.to_owned();
        while let Some(start) = words.find("<!--") {
            let end = words[start..].find("-->").map_or(words.len(), |length| start + length + 3);
            words.replace_range(start..end, "");
        }
        words.trim().to_owned()
    };
    let titles: Vec<String> = found.iter().map(|section| title(&section.title)).collect();
    let slugs = markdown::anchors(titles.iter().cloned());
    for ((section, title), slug) in found.into_iter().zip(titles).zip(slugs) {
        let written = section.title.span.of(text);
        let seen = written.find("<!--").map_or(written, |at| &written[..at]).trim_end().len();
        let start = section.title.span.start as usize;
        let heading = Span::new(start, start + seen);
        sections.push(Section { slug: slug.into(), title, heading, level: section.level, span: section.span });
    }
    sections
}

/// A word that is not one of these.
fn unknown(of: &'static str, word: Spanned<String>, known: &[&'static str]) -> Problem {
    let nearest = spec::values::nearest(&word.value, known.iter().copied());
    let suggestion = nearest.and_then(|nearest| known.iter().find(|known| **known == nearest).copied());
    Problem { kind: ProblemKind::Word { of, word: word.value.clone(), suggestion }, span: word.span }
}

#[cfg(test)]
mod tests;
