//! What the rules over documents look at: one document, or one source that documents speak of.

pub(super) use super::{Files, Rule};
pub(super) use crate::diagnostic::{Diagnostic, Fix, Severity};
pub(super) use docs::drift::{Gone, State};
pub(super) use docs::target::Facet;

use crate::Documents;
use crate::diagnostic::{TextEdit, one_line};
use crate::documents::{Page, written};
use docs::document::{Anchor, Origin};
use docs::drift::{Change, Judgement};
use docs::target::Target;
use text::Span;

/// What finds the diagnostics of a rule.
pub(super) type Finds = fn(&View<'_>, &mut Vec<Diagnostic>);

/// One file among all documents.
pub(super) struct View<'a> {
    /// Its path.
    pub(super) path: &'a str,
    /// What it says, where it is a document.
    pub(super) page: Option<&'a Page>,
    /// All documents.
    pub(super) documents: &'a Documents,
}

impl<'a> View<'a> {
    pub(super) fn of(documents: &'a Documents, path: &'a str) -> View<'a> {
        View { path, page: documents.page(path).map(|page| &**page), documents }
    }

    /// What is between bounded contexts.
    pub(super) fn edges(&self) -> &'a [docs::contexts::Edge] {
        self.documents.edges()
    }

    /// How an anchor of this document is written that means `target`.
    pub(super) fn written(&self, anchor: &Anchor, target: &Target) -> String {
        written(self.path, anchor, target)
    }

    /// The edit that binds the document to one thing more, on a line below that of another binding of a list.
    pub(super) fn bound_beside(&self, beside: Span, target: &str) -> Option<TextEdit> {
        let page = self.page?;
        let anchor = page.document.anchors.iter().find(|anchor| anchor.span == beside)?;
        let indent = anchor.from == Origin::FrontMatter;
        let line = page.line_of(anchor.span).filter(|line| indent && line.text.trim_start().starts_with("- "))?;
        let spaces: String = line.text.chars().take_while(|letter| letter.is_whitespace()).collect();
        let plain = !target.contains(['"', '\'', '{', ',', ':']);
        let target = if plain { target.to_owned() } else { format!("\"{target}\"") };
        Some(TextEdit { span: Span::empty(line.end), text: format!("\n{spaces}- {target}") })
    }

    /// The edit that takes a binding out: the line of a list, or a comment that says nothing else.
    pub(super) fn unbound(&self, anchor: &Anchor) -> Option<TextEdit> {
        let page = self.page?;
        let line = page.line_of(anchor.span)?;
        let start = line.end - line.text.len();
        let own = anchor.span.of(&page.text);
        match anchor.from {
            Origin::FrontMatter => {
                let item = line.text.trim_start().strip_prefix("- ")?.trim().trim_matches(['"', '\'']);
                let end = page.text[line.end..].find('\n').map_or(page.text.len(), |at| line.end + at + 1);
                let only = item == own.trim_matches(['"', '\'']) || item.starts_with('{');
                only.then(|| TextEdit { span: Span::new(start, end), text: String::new() })
            }
            Origin::Comment => {
                let comment = format!("<!-- documents: {own} -->");
                let at = line.text.find(&comment)?;
                let from = line.text[..at].trim_end().len();
                let span = Span::new(start + from, start + at + comment.len());
                Some(TextEdit { span, text: String::new() })
            }
            Origin::Link => None,
        }
    }

    /// Sections whose gravest change is of one of these sides, in the document; and in the code what they speak of.
    pub(super) fn drifted(&self, rule: &Rule, facets: &[Facet], found: &mut Vec<Diagnostic>) {
        if let Some(page) = self.page {
            for folded in page.folded.iter().filter(|folded| facets.contains(&folded.facet)) {
                let judgements: Vec<&Judgement> =
                    folded.judgements.iter().map(|number| &page.judgements[*number]).collect();
                let Some((first, change)) = judgements.first().and_then(|first| Some((*first, change(first)?))) else {
                    continue;
                };
                let more = judgements.len() - 1;
                let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                let name = name(page, first);
                let mut diagnostic = rule.at(folded.span, format!("{}{more}", said(&name, change)));
                for judgement in judgements.iter().take(8) {
                    diagnostic = with_places(diagnostic, judgement);
                }
                found.push(diagnostic);
            }
        }
        let mut seen = Vec::new();
        for mention in self.documents.mentions(self.path) {
            let Some(page) = self.documents.page(&mention.document) else { continue };
            let judgement = &page.judgements[mention.anchor];
            let Some(change) = change(judgement).filter(|change| facets.contains(&change.facet)) else { continue };
            let once = (mention.span, &mention.document, &judgement.key.section);
            if seen.contains(&once) {
                continue;
            }
            seen.push(once);
            let words = page.section_words(&judgement.key.section);
            let message = format!("{words} describes this, and its {} changed since", change.facet.words());
            let severity = rule.severity.max(Severity::Information);
            let mut diagnostic = Diagnostic { severity, ..rule.at(mention.span, message) };
            if let Some(old) = &change.old {
                diagnostic = diagnostic.related(self.path, mention.span, &format!("- {old}"));
            }
            let anchor = &page.document.anchors[mention.anchor];
            found.push(diagnostic.related(&mention.document, anchor.span, "here it is described"));
        }
        let new = self.documents.pages().flat_map(|page| page.added.iter().map(move |new| (page, new)));
        let new = new.filter(|(_, new)| facets.contains(&Facet::Surface) && *new.source == *self.path);
        for (page, new) in new {
            let path = &page.document.path;
            let message = format!("`{}` is public and new since {path} was last right", new.name);
            let anchor = &page.document.anchors[new.anchor];
            let diagnostic = Diagnostic { severity: Severity::Hint, ..rule.at(new.span, message) };
            found.push(diagnostic.related(path, anchor.span, "its files are described here"));
        }
    }
}

/// Words of a lower room as the beginning of a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn change(judgement: &Judgement) -> Option<&Change> {
    match &judgement.state {
        State::Stale(changes) => changes.first(),
        _ => None,
    }
}

fn name(page: &Page, judgement: &Judgement) -> String {
    let target = &page.document.anchors[judgement.anchor].target;
    target.fragment.name().map_or_else(|| target.path.as_str().to_owned(), str::to_owned)
}

fn said(name: &str, change: &Change) -> String {
    let list = |words: &str, all: &[String]| match all {
        [] => None,
        some => {
            Some(format!("{words} {}", some.iter().take(3).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")))
        }
    };
    let room = 96_usize.saturating_sub(name.chars().count()) / 2;
    match (change.facet, change.apart(room)) {
        (Facet::Sig | Facet::Value, Some((old, new))) => {
            format!("`{name}` changed: - {} + {}", one_line(&old, room), one_line(&new, room))
        }
        (Facet::Surface, _) => {
            let said = [list("new is", &change.added), list("gone is", &change.removed)];
            let said: Vec<String> = said.into_iter().flatten().collect();
            match said.is_empty() {
                true => format!("The public symbols of {name} changed"),
                false => format!("The public symbols of {name} changed: {}", said.join(", ")),
            }
        }
        (facet, _) => format!("The {} of `{name}` changed since this was last right", facet.words()),
    }
}

/// The old and the new declaration, at the place of the new one.
fn with_places(mut diagnostic: Diagnostic, judgement: &Judgement) -> Diagnostic {
    let Some(change) = change(judgement) else { return diagnostic };
    let Some(place) = judgement.seen.as_ref().and_then(|seen| seen.places.first()) else { return diagnostic };
    if change.facet == Facet::Surface {
        return diagnostic;
    }
    if let Some(old) = change.old.as_ref().filter(|old| **old != change.new) {
        diagnostic = diagnostic.related(&place.path, place.name, &format!("- {old}"));
    }
    diagnostic.related(&place.path, place.name, &format!("+ {}", change.new))
}

/// A rule over documents judges no delivery file.
pub(super) fn nothing(_: &super::Context<'_>, _: &mut Vec<Diagnostic>) {}
