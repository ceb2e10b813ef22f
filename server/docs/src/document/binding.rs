//! Takes bindings and relations out of front matter, comments and links.

use super::{Anchor, Document, Origin, Problem, ProblemKind, Relation, is_code, unknown, word};
use crate::target::{Facet, Fragment, Target, TargetError, join};
use std::sync::Arc;
use syntax::markdown::Markdown;
use syntax::yaml::{self, Kind as Shape, Node};
use text::{Span, Spanned};

/// The words of `role:` and `pattern:` (Context Mapper, DDD Reference).
const ROLES: [&str; 3] = ["upstream", "downstream", "partner"];
const PATTERNS: [&str; 8] = ["ACL", "CF", "OHS", "PL", "SK", "P", "CS", "SW"];

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) document: &'t mut Document,
    /// For each anchor, what it says itself is compared.
    pub(super) facets: Vec<Option<Vec<Facet>>>,
}

impl Reader<'_> {
    pub(super) fn front_matter(&mut self, map: &Node) {
        if let Some(node) = map.get("documents") {
            self.bindings(node, &"".into(), Origin::FrontMatter);
        }
        if let Some(node) = map.get("relations") {
            self.relations(node);
        }
    }

    /// `<!-- documents: … -->`: what stands in it is read as in front matter.
    pub(super) fn comments(&mut self, markdown: &Markdown, body: Span) {
        for comment in markdown.comments(self.text, body) {
            let words = comment.words.of(self.text);
            if words.trim_start().starts_with("documents:") {
                let inner = yaml::read(self.text, trimmed(self.text, comment.words));
                let section = self.section(comment.span.start);
                if let Some(node) = inner.root.get("documents") {
                    self.bindings(node, &section, Origin::Comment);
                }
            }
        }
    }

    /// Relative links to a symbol of a source file.
    pub(super) fn links(&mut self, markdown: &Markdown, body: Span) {
        for link in markdown.links(self.text, body) {
            let written = link.target.of(self.text);
            let Some((path, fragment)) = written.split_once('#') else { continue };
            if fragment.is_empty() || !is_code(path) || path.contains(':') || path.starts_with('/') {
                continue;
            }
            match Target::of_link(written, &self.document.path) {
                Ok(target) => {
                    let section = self.section(link.target.start);
                    self.anchor(section, target, link.target, Origin::Link, None);
                }
                // an ordinary link may say anything; what leads to no file is a link checker's affair
                Err(TargetError::Empty | TargetError::Path(_) | TargetError::Lines) => {}
                Err(TargetError::GlobWithSymbol | TargetError::Symbol(_)) => {}
            }
        }
    }

    /// The slug of the section a place lies in.
    pub(super) fn section(&self, offset: u32) -> Arc<str> {
        self.document.section_at(offset).slug.clone()
    }

    pub(super) fn anchor(
        &mut self,
        section: Arc<str>,
        target: Target,
        span: Span,
        from: Origin,
        facets: Option<Vec<Facet>>,
    ) {
        self.document.anchors.push(Anchor { section, target, span, facets: Vec::new(), explicit: false, from });
        self.facets.push(facets);
    }

    pub(super) fn problem(&mut self, kind: ProblemKind, span: Span) {
        self.document.problems.push(Problem { kind, span });
    }

    /// One binding, or a list of them: `path#Symbol` or `{target, facet}`.
    pub(super) fn bindings(&mut self, node: &Node, section: &Arc<str>, from: Origin) {
        match &node.kind {
            Shape::Seq(items) => items.iter().for_each(|item| self.bindings(item, section, from)),
            Shape::Scalar(scalar) => {
                for (at, part) in parts(&scalar.value) {
                    let start = spec::values::source_offset(self.text, node, at);
                    let end = spec::values::source_offset(self.text, node, at + part.len());
                    self.binding(part, Span::new(start, end), section, from, None);
                }
            }
            Shape::Map(_) => {
                let facets = node.get("facet").or(node.get("facets")).map(|facets| self.facets_of(facets));
                let named = node.get("target").or(node.get("Path"));
                let Some((target, node_of)) = named.and_then(|target| target.scalar().map(|words| (words, target)))
                else {
                    return self.problem(ProblemKind::Shape("a binding needs a `target`: path#Symbol"), node.span);
                };
                for entry in node.entries() {
                    let known = ["target", "facet", "facets", "Path", "Type", "Element", "ID", "Hash"];
                    if !known.contains(&entry.key.value.as_str()) && !entry.key.value.starts_with("x-") {
                        let key = Spanned::new(entry.key.value.clone(), entry.key.span);
                        self.document.problems.push(unknown("key of a binding", key, &["target", "facet"]));
                    }
                }
                let target = match node.get("ID").and_then(Node::scalar) {
                    Some(id) if !target.contains('#') => format!("{target}#{id}"),
                    _ => target.to_owned(),
                };
                let span = inner(self.text, node_of);
                self.binding(&target, span, section, from, facets.filter(|facets| !facets.is_empty()));
            }
            Shape::Null => {}
        }
    }

    pub(super) fn binding(
        &mut self,
        written: &str,
        span: Span,
        section: &Arc<str>,
        from: Origin,
        facets: Option<Vec<Facet>>,
    ) {
        match Target::parse(written, &self.document.path) {
            Ok(target) => {
                let surface = facets.as_ref().is_none_or(|facets| facets.iter().all(|facet| *facet == Facet::Surface));
                if target.is_glob() && target.fragment == Fragment::Whole && !surface {
                    let words = "a glob can only be bound to `surface`: which public symbols there are";
                    return self.problem(ProblemKind::Shape(words), span);
                }
                self.anchor(section.clone(), target, span, from, facets);
            }
            Err(error) => self.problem(ProblemKind::Target(error), span),
        }
    }

    fn facets_of(&mut self, node: &Node) -> Vec<Facet> {
        let one = std::slice::from_ref(node);
        let words = if node.scalar().is_some() { one } else { node.items() };
        let mut found = Vec::new();
        for word in words {
            let Some(name) = word.scalar() else { continue };
            match Facet::parse(name) {
                Some(facet) => found.push(facet),
                None => {
                    let written = Spanned::new(name.to_owned(), word.span);
                    self.document.problems.push(unknown("facet", written, &Facet::ALL.map(Facet::name)));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn relations(&mut self, node: &Node) {
        for item in node.items() {
            // other tools have `relations:`, too: only what names a document is ours
            let Some(to) = word(item, "to") else {
                if item.get("pattern").or(item.get("role")).is_some() {
                    self.problem(
                        ProblemKind::Shape("a relation needs a `to`: the other context's document"),
                        item.span,
                    );
                }
                continue;
            };
            let (role, pattern) = (word(item, "role"), word(item, "pattern"));
            for (of, word, known) in [("role", &role, &ROLES[..]), ("pattern", &pattern, &PATTERNS[..])] {
                if let Some(word) = word.as_ref().filter(|word| !known.contains(&word.as_str())) {
                    self.document.problems.push(unknown(of, word.clone(), known));
                }
            }
            let path = to.split('#').next().filter(|path| path.ends_with(".md"));
            let path = path.and_then(|path| join(&self.document.path, path));
            self.document.relations.push(Relation { to, path, role, pattern });
        }
    }
}

/// `a, b` as its parts with their places: a comma and a blank part two targets, a path may hold either alone.
fn parts(words: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut found = Vec::new();
    for part in words.split(", ") {
        let trimmed = part.trim();
        if !trimmed.is_empty() {
            found.push((at + part.len() - part.trim_start().len(), trimmed));
        }
        at += part.len() + 2;
    }
    found
}

/// The place of a scalar's words, without quotes.
fn inner(text: &str, node: &Node) -> Span {
    let length = node.scalar().map_or(0, str::len);
    let start = spec::values::source_offset(text, node, 0);
    Span::new(start, spec::values::source_offset(text, node, length))
}

/// Without the white space around.
pub(super) fn trimmed(text: &str, span: Span) -> Span {
    let words = span.of(text);
    let start = span.start as usize + words.len() - words.trim_start().len();
    Span::new(start, start + words.trim().len())
}
