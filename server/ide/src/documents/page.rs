//! One document, judged against the sources it speaks of.

use docs::document::Document;
use docs::drift::{self, Folded, Judgement, State, Unverified};
use docs::lock::Lock;
use docs::mirror::Difference;
use docs::moved::{Candidate, candidates};
use docs::region::{self, Region};
use docs::region::{Fault, Request};
use docs::source::Source;
use docs::target::{Glob, PathPattern};
use docs::tree::Tree;
use std::sync::Arc;
use syntax::code::Symbol;
use text::{BlobId, Span};

use super::moved::Moved;
use crate::diagnostic::TextEdit;

/// A document with what became of everything it is bound to.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it says.
    pub document: Arc<Document>,
    /// What became of its anchors, in their order.
    pub judgements: Vec<Judgement>,
    /// Of sections with changed anchors, what to say.
    pub folded: Vec<Folded>,
    /// Of sections that were changed since they were last said to be right: their slugs.
    pub rewritten: Vec<Arc<str>>,
    /// What anchors that point at nothing may have meant, by number of the anchor.
    pub candidates: Vec<(usize, Vec<Candidate>)>,
    /// Its regions.
    pub regions: Vec<Written>,
    /// What the code does not bear out of its mirrors, or why that cannot be told.
    pub mirrors: Vec<Result<Vec<Difference>, Fault>>,
    /// What it says of sources.
    pub mentions: Vec<Mention>,
    /// Public symbols that are new in files that it speaks of as a whole.
    pub added: Vec<Added>,
    /// Its text as it was judged.
    pub text: Arc<str>,
}

/// A public symbol that is new in files that a document speaks of as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Added {
    /// Path of the source.
    pub source: Arc<str>,
    /// Its path in there: `Ledger.post`.
    pub name: String,
    /// Its name's token.
    pub span: Span,
    /// Number of the anchor that speaks of the files.
    pub anchor: usize,
}

/// A line of a document.
pub struct Line<'a> {
    /// Without its end.
    pub text: &'a str,
    /// Where it ends.
    pub end: usize,
}

/// A region, compared with what its generator says now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The region.
    pub region: Region,
    /// How it stands, or why that cannot be told.
    pub state: Result<region::State, Fault>,
    /// The edit that writes it anew, where that changes anything.
    pub regenerated: Option<TextEdit>,
    /// The edits that make it ordinary text.
    pub detached: Vec<TextEdit>,
}

/// A place in a source that a section speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// Path of the source.
    pub source: Arc<str>,
    /// The name of what is spoken of; empty at the start of the file where it is the whole file.
    pub span: Span,
    /// Path of the document.
    pub document: Arc<str>,
    /// Number of the anchor in it.
    pub anchor: usize,
}

/// What was judged before: the page, and how a source's text moved since then.
pub type Before<'a> = (&'a Page, &'a dyn Fn(&str) -> Option<Moved>);

impl Page {
    /// Judges a document. What cannot be told now, because a source has an error, stays as it was `before`.
    pub fn judge(document: Arc<Document>, lock: &Lock, tree: &dyn Tree, before: Option<Before<'_>>) -> Page {
        Page::judge_where(document, lock, tree, before, &|_| false)
    }

    /// As [`Page::judge`]. Where a file is being typed in, what a name may mean now is looked for in that file alone: it may
    /// be half typed, and all others would be searched at every pause.
    pub fn judge_where(
        document: Arc<Document>,
        lock: &Lock,
        tree: &dyn Tree,
        before: Option<Before<'_>>,
        is_typed: &dyn Fn(&str) -> bool,
    ) -> Page {
        let mut judgements = drift::judge(&document, lock, tree);
        if let Some((page, moved)) = before {
            judgements.iter_mut().for_each(|judgement| keep_good(judgement, page, moved));
        }
        let folded = drift::fold(&document, &judgements);
        let text = tree.text(&document.path).unwrap_or_default();
        let rewritten = folded.iter().filter(|folded| is_rewritten(&document, &text, &judgements, folded));
        let rewritten = rewritten.map(|folded| folded.section.clone()).collect();
        let dangling = judgements.iter().filter(|it| matches!(it.state, State::Dangling(_)));
        let candidates = dangling.map(|it| {
            let (target, stamp) = (&document.anchors[it.anchor].target, it.stamp.as_ref());
            let typed = target.file().is_some_and(|file| is_typed(file));
            (it.anchor, if typed { candidates(target, stamp, &Alone(tree)) } else { candidates(target, stamp, tree) })
        });
        let candidates = candidates.collect();
        let regions = document.regions.iter().map(|region| written(&document, region, &text, tree)).collect();
        let mirrors = document.mirrors.iter().map(|mirror| mirror.differences(&document.path, &text, tree)).collect();
        let mut mentions = Vec::new();
        for judgement in &judgements {
            // A surface is spoken of as a whole: each of its files would only say so again.
            let places = judgement.seen.iter().filter(|_| !document.anchors[judgement.anchor].target.is_glob());
            for place in places.flat_map(|seen| &seen.places) {
                let (source, span) = (place.path.clone(), place.name);
                mentions.push(Mention { source, span, document: document.path.clone(), anchor: judgement.anchor });
            }
        }
        mentions.dedup();
        let added = judgements.iter().flat_map(|it| added(&document, it, tree)).collect();
        Page { document, judgements, folded, rewritten, candidates, regions, mirrors, mentions, added, text }
    }

    /// True when the same is said of the same text.
    pub fn says_what(&self, other: &Page) -> bool {
        self.text == other.text
            && self.judgements == other.judgements
            && self.candidates == other.candidates
            && self.added == other.added
            && self.regions == other.regions
            && self.mirrors == other.mirrors
    }

    /// The sources that something can be said of because of this document.
    pub fn mentioned(&self) -> impl Iterator<Item = &Arc<str>> {
        self.mentions.iter().map(|mention| &mention.source).chain(self.added.iter().map(|new| &new.source))
    }

    /// The line that a place begins on.
    pub fn line_of(&self, span: Span) -> Option<Line<'_>> {
        let at = span.start as usize;
        let start = self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
        let text = self.text[start..end].trim_end_matches('\r');
        Some(Line { text, end: start + text.len() })
    }

    /// How many anchors are stale or point at nothing.
    pub fn stale(&self) -> usize {
        let is = |state: &State| matches!(state, State::Stale(_) | State::Dangling(_));
        self.judgements.iter().filter(|judgement| is(&judgement.state)).count()
    }

    /// How many anchors nobody has vouched for, or cannot be told.
    pub fn unverified(&self) -> usize {
        let is = |state: &State| matches!(state, State::Unverified(_) | State::Unverifiable);
        self.judgements.iter().filter(|judgement| is(&judgement.state)).count()
    }

    /// The words for the section of an anchor: `docs/ledger.md › Posting`.
    pub fn section_words(&self, slug: &str) -> String {
        let path = &self.document.path;
        match self.document.section(slug).filter(|section| section.level > 0) {
            Some(section) => format!("{path} › {}", section.title),
            None => path.to_string(),
        }
    }
}

/// True for a document that is bound to something, or wants to be.
pub fn binds(document: &Document) -> bool {
    !document.anchors.is_empty()
        || !document.relations.is_empty()
        || !document.problems.is_empty()
        || !document.regions.is_empty()
        || !document.marker_problems.is_empty()
        || !document.mirrors.is_empty()
}

/// A tree in which no file is found by a glob.
struct Alone<'a>(&'a dyn Tree);

impl Tree for Alone<'_> {
    fn text(&self, path: &str) -> Option<Arc<str>> {
        self.0.text(path)
    }

    fn source(&self, path: &str) -> Option<Arc<Source>> {
        self.0.source(path)
    }

    fn paths(&self, _: &Glob) -> Vec<String> {
        Vec::new()
    }

    fn blob(&self, id: BlobId) -> Option<Arc<str>> {
        self.0.blob(id)
    }

    fn exists(&self, path: &str) -> bool {
        self.0.exists(path)
    }
}

/// Where the new public symbols of a surface that changed are declared.
fn added(document: &Document, judgement: &Judgement, tree: &dyn Tree) -> Vec<Added> {
    let (State::Stale(changes), PathPattern::Glob(glob)) =
        (&judgement.state, &document.anchors[judgement.anchor].target.path)
    else {
        return Vec::new();
    };
    let new: Vec<&String> = changes.iter().flat_map(|change| &change.added).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let of = |path: String| {
        let source = tree.source(&path)?;
        let symbols = source.symbols().iter().filter(|symbol| symbol.public && new.contains(&&symbol.path));
        let place = |symbol: &Symbol| Added {
            source: path.as_str().into(),
            name: symbol.path.clone(),
            span: symbol.name,
            anchor: judgement.anchor,
        };
        Some(symbols.map(place).collect::<Vec<_>>())
    };
    tree.paths(glob).into_iter().filter_map(of).flatten().collect()
}

fn keep_good(judgement: &mut Judgement, page: &Page, moved: &dyn Fn(&str) -> Option<Moved>) {
    if !matches!(judgement.state, State::Unverified(Unverified::Unknown(_))) {
        return;
    }
    let same = |old: &&Judgement| old.key == judgement.key && old.stamp == judgement.stamp;
    let Some(old) = page.judgements.iter().find(same) else { return };
    if !matches!(old.state, State::Fresh | State::Stale(_)) {
        return;
    }
    let Some(mut seen) = old.seen.as_deref().cloned() else { return };
    seen.places.retain_mut(|place| {
        let Some(moved) = moved(&place.path) else { return false };
        let (Some(span), Some(name)) = (moved.span(place.span), moved.span(place.name)) else { return false };
        (place.span, place.name) = (span, name);
        true
    });
    (judgement.state, judgement.seen) = (old.state.clone(), Some(Arc::new(seen)));
}

fn is_rewritten(document: &Document, text: &str, judgements: &[Judgement], folded: &Folded) -> bool {
    let Some(section) = document.section(&folded.section) else { return false };
    let now = document.print(text, section);
    let stamps = folded.judgements.iter().filter_map(|number| judgements[*number].stamp.as_ref());
    stamps.into_iter().all(|stamp| stamp.text.is_some_and(|then| then != now))
}

fn written(document: &Document, region: &Region, text: &str, tree: &dyn Tree) -> Written {
    let detached = region.detached(text).into_iter().map(|(span, text)| TextEdit { span, text }).collect();
    let generated = Request { document: &document.path, region, tree }.generate();
    let (state, regenerated) = match generated {
        Err(fault) => (Err(fault), None),
        Ok(generated) => {
            let state = region.state(text, &generated);
            let (span, text) = region.regenerated(text, &generated);
            (Ok(state), (state != region::State::Current).then_some(TextEdit { span, text }))
        }
    };
    Written { region: region.clone(), state, regenerated, detached }
}
