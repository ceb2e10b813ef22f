//! What documents and code show of each other: hovers, lenses, and the ways between them. Every offset and span is of the
//! text that is given, which may have been typed on since it was judged.

use super::{Documents, Page};
use crate::diagnostic::one_line;
use crate::hover::Hover;
use crate::lenses::Lens;
use crate::live::Command;
use crate::navigation::Location;
use docs::document::Anchor;
use docs::drift::{Judgement, State, Unverified};
use docs::region;
use std::fmt::Write;
use text::Span;

/// No hover lists more sections.
const MOST: usize = 12;

/// The anchor under the cursor, with what became of it.
pub(super) fn anchor_at(page: &Page, offset: usize) -> Option<(&Anchor, &Judgement)> {
    let judgements = page.judgements.iter().map(|judgement| (&page.document.anchors[judgement.anchor], judgement));
    judgements.filter(|(anchor, _)| anchor.span.touches(offset)).min_by_key(|(anchor, _)| anchor.span.len())
}

/// What there is to say of the place under the cursor: of what an anchor is bound to, of a section that drifted, or of a
/// symbol that documents describe.
pub fn hover(documents: &Documents, path: &str, text: Option<&str>, offset: usize) -> Option<Hover> {
    let moved = documents.moved(path, text)?;
    let at = moved.back(offset)?;
    if let Some(page) = documents.page(path) {
        if let Some((anchor, judgement)) = anchor_at(page, at) {
            return Some(Hover { markdown: about(anchor, judgement), span: moved.span(anchor.span)? });
        }
        if let Some(folded) = page.folded.iter().find(|folded| folded.span.touches(at)) {
            let judgements = folded.judgements.iter().map(|number| &page.judgements[*number]);
            let parts: Vec<String> =
                judgements.take(MOST).map(|it| about(&page.document.anchors[it.anchor], it)).collect();
            return Some(Hover { markdown: parts.join("\n\n---\n\n"), span: moved.span(folded.span)? });
        }
    }
    let mentions: Vec<_> = documents.mentions(path).iter().filter(|mention| mention.span.touches(at)).collect();
    let span = mentions.first().filter(|first| !first.span.is_empty())?.span;
    let mut markdown = String::from("Described in");
    let mut lines: Vec<String> = Vec::new();
    for mention in mentions {
        let Some(page) = documents.page(&mention.document) else { continue };
        let judgement = &page.judgements[mention.anchor];
        let line = format!(
            "\n- {} · {}",
            one_line(&page.section_words(&judgement.key.section), 80),
            state_words(&judgement.state)
        );
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let more = lines.len().saturating_sub(MOST);
    markdown.push('\n');
    markdown.extend(lines.into_iter().take(MOST));
    if more > 0 {
        let _ = write!(markdown, "\n- and {more} more");
    }
    Some(Hover { markdown, span: moved.span(span)? })
}

fn about(anchor: &Anchor, judgement: &Judgement) -> String {
    let mut markdown = format!("`{}`", one_line(&anchor.target.to_string(), 100));
    let seen = judgement.seen.as_ref();
    let changes = match &judgement.state {
        State::Stale(changes) => changes.as_slice(),
        _ => &[],
    };
    let differs = changes
        .iter()
        .find_map(|change| change.old.as_ref().filter(|old| **old != change.new).map(|old| (old, &change.new)));
    match (differs, seen.map(|seen| seen.signature.as_str()).filter(|words| !words.is_empty())) {
        (Some((old, new)), _) => {
            let lines = |mark: &str, text: &str| {
                text.lines().map(|line| format!("{mark} {}\n", one_line(line, 200))).collect::<String>()
            };
            let _ = write!(markdown, "\n```diff\n{}{}```", lines("-", old), lines("+", new));
        }
        (None, Some(signature)) => {
            let language = anchor.target.file().and_then(|file| file.rsplit('.').next()).unwrap_or_default();
            let lines: String = signature.lines().take(8).map(|line| format!("{}\n", one_line(line, 200))).collect();
            let _ = write!(markdown, "\n```{language}\n{lines}```");
        }
        (None, None) => {}
    }
    let facets: Vec<String> = anchor
        .facets
        .iter()
        .map(|facet| {
            let changed = changes.iter().any(|change| change.facet == *facet);
            format!("{} {}", facet.words(), if changed { "changed" } else { "the same" })
        })
        .collect();
    match &judgement.state {
        State::Fresh | State::Stale(_) => _ = write!(markdown, "\n\n{}", facets.join(" · ")),
        other => _ = write!(markdown, "\n\n{}", state_words(other)),
    }
    for change in changes.iter().filter(|change| !change.added.is_empty() || !change.removed.is_empty()) {
        let names = |words: &str, all: &[String]| {
            let shown: Vec<String> = all.iter().take(MOST).map(|name| format!("`{}`", one_line(name, 60))).collect();
            if shown.is_empty() { String::new() } else { format!("\n- {words} {}", shown.join(", ")) }
        };
        let _ = write!(markdown, "\n{}{}", names("new:", &change.added), names("gone:", &change.removed));
    }
    if let Some(stamp) = &judgement.stamp {
        let by = stamp.by.as_deref().unwrap_or("somebody");
        let at = stamp.at.as_deref().map(|day| format!(" on {day}")).unwrap_or_default();
        let ticket = stamp.ticket.as_deref().map(|ticket| format!(" for {ticket}")).unwrap_or_default();
        let reason = stamp.reason.as_deref().map(|reason| format!(": “{reason}”")).unwrap_or_default();
        let words = one_line(&format!("said to be right by {by}{at}{ticket}{reason}"), 300);
        let _ = write!(markdown, "\n\n{words}");
    }
    markdown
}

fn state_words(state: &State) -> String {
    match state {
        State::Fresh => "in step".to_owned(),
        State::Stale(changes) => {
            let facets: Vec<&str> = changes.iter().map(|change| change.facet.words()).collect();
            format!("{} changed since", facets.join(", "))
        }
        State::Dangling(_) => "points at nothing".to_owned(),
        State::Unverified(Unverified::NoStamp) => "nobody has said yet that it is right".to_owned(),
        State::Unverified(Unverified::OtherFacets) => "nobody has said yet that all of it is right".to_owned(),
        State::Unverified(Unverified::Unknown(why)) => format!("cannot be told: {}", one_line(why, 100)),
        State::Unverifiable => "recorded by another version, and cannot be told any more".to_owned(),
        State::Exempt => "history: only that it is there counts".to_owned(),
    }
}

/// What stands above a document, and above each symbol that documents describe.
pub fn lenses(documents: &Documents, path: &str, text: Option<&str>) -> Vec<Lens> {
    let Some(moved) = documents.moved(path, text) else { return Vec::new() };
    let mut all = Vec::new();
    if let Some(page) = documents.page(path) {
        all.extend(page_lenses(page));
    }
    for of_one in documents.mentions(path).chunk_by(|one, next| one.span == next.span) {
        let mut sections: Vec<(&str, &str, bool)> = of_one
            .iter()
            .filter_map(|mention| {
                let judgement = &documents.page(&mention.document)?.judgements[mention.anchor];
                let stale = matches!(judgement.state, State::Stale(_));
                Some((&*mention.document, &*judgement.key.section, stale))
            })
            .collect();
        sections.sort_by_key(|(document, section, stale)| (*document, *section, !stale));
        sections.dedup_by_key(|(document, section, _)| (*document, *section));
        let stale = sections.iter().filter(|(_, _, stale)| *stale).count();
        let stale = if stale > 0 { format!(" ({stale} stale)") } else { String::new() };
        let title = format!("docs: {}{stale}", sections.len());
        let first = of_one.iter().max_by_key(|mention| {
            let page = documents.page(&mention.document);
            page.is_some_and(|page| matches!(page.judgements[mention.anchor].state, State::Stale(_)))
        });
        let command = first.and_then(|mention| {
            let page = documents.page(&mention.document)?;
            let anchor = &page.document.anchors[mention.anchor];
            let section = page.document.section(&anchor.section).filter(|section| section.level > 0);
            let span = section.map_or(anchor.span, |section| section.heading);
            Some(Command::Open { path: mention.document.to_string(), span })
        });
        all.push(Lens { span: of_one[0].span, title, command });
    }
    all.retain_mut(|lens| match moved.span(lens.span) {
        Some(span) => {
            lens.span = span;
            true
        }
        None => false,
    });
    all
}

/// `12 anchors · 1 stale`, and what a machine can do about it.
fn page_lenses(page: &Page) -> Vec<Lens> {
    let first = page.document.sections.iter().find(|section| section.level > 0);
    let span = first.map_or(Span::default(), |section| section.heading);
    let document = page.document.path.to_string();
    let several = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let mut parts = Vec::new();
    if !page.judgements.is_empty() {
        parts.push(several(page.judgements.len(), "anchor"));
    }
    if !page.regions.is_empty() {
        parts.push(several(page.regions.len(), "region"));
    }
    if page.stale() > 0 {
        parts.push(format!("{} stale", page.stale()));
    }
    if page.unverified() > 0 {
        parts.push(format!("{} unverified", page.unverified()));
    }
    let mut all = Vec::new();
    if !parts.is_empty() {
        all.push(Lens { span, title: parts.join(" · "), command: None });
    }
    let old = |written: &&super::page::Written| {
        matches!(written.state, Ok(region::State::OutOfDate | region::State::Conflict))
    };
    let count = page.regions.iter().filter(old).count();
    if count > 0 {
        let title = format!("Regenerate {}", several(count, "region"));
        all.push(Lens { span, title, command: Some(Command::Regenerate { document: document.clone() }) });
    }
    if page.judgements.iter().any(|it| it.state == State::Unverified(Unverified::NoStamp)) {
        let command = Command::Attest { document, section: None, reason: false };
        all.push(Lens { span, title: "Say that it is right".to_owned(), command: Some(command) });
    }
    all
}

/// From an anchor to the code, and from a relation to the other document.
pub fn definition(documents: &Documents, path: &str, text: Option<&str>, offset: usize) -> Vec<Location> {
    let Some(at) = documents.moved(path, text).and_then(|moved| moved.back(offset)) else { return Vec::new() };
    let Some(page) = documents.page(path) else { return Vec::new() };
    let relation = page.document.relations.iter().find(|relation| relation.to.span.touches(at));
    if let Some(other) = relation.and_then(|relation| relation.path.clone()) {
        return vec![Location { path: other, span: Span::default() }];
    }
    let Some((_, judgement)) = anchor_at(page, at) else { return Vec::new() };
    let places = judgement.seen.iter().flat_map(|seen| &seen.places);
    let mut found: Vec<Location> =
        places.map(|place| Location { path: place.path.to_string(), span: place.name }).collect();
    found.sort();
    found.dedup();
    found
}

/// From a symbol, or from an anchor that is bound to it, to every place in documents that is.
pub fn references(documents: &Documents, path: &str, text: Option<&str>, offset: usize) -> Vec<Location> {
    let Some(at) = documents.moved(path, text).and_then(|moved| moved.back(offset)) else { return Vec::new() };
    let own = documents.page(path).and_then(|page| anchor_at(page, at)).map(|(anchor, _)| &anchor.target);
    let mut found: Vec<Location> = match own {
        Some(target) => {
            let pages =
                documents.pages().flat_map(|page| page.document.anchors.iter().map(move |anchor| (page, anchor)));
            let same = pages.filter(|(_, anchor)| anchor.target == *target);
            same.map(|(page, anchor)| Location { path: page.document.path.to_string(), span: anchor.span }).collect()
        }
        None => {
            let mentions = documents.mentions(path).iter().filter(|it| it.span.touches(at) && !it.span.is_empty());
            let place = |mention: &super::Mention| {
                let span = documents.page(&mention.document)?.document.anchors[mention.anchor].span;
                Some(Location { path: mention.document.to_string(), span })
            };
            mentions.filter_map(place).collect()
        }
    };
    found.sort();
    found.dedup();
    found
}

/// Where anchors lead: the file, whether or not the place in it is there.
pub fn links(documents: &Documents, path: &str, text: Option<&str>) -> Vec<(Span, String)> {
    let (Some(page), Some(moved)) = (documents.page(path), documents.moved(path, text)) else { return Vec::new() };
    let anchors =
        page.document.anchors.iter().filter_map(|anchor| Some((anchor.span, anchor.target.file()?.to_string())));
    let relations = page.document.relations.iter().filter_map(|it| Some((it.to.span, it.path.clone()?)));
    anchors.chain(relations).filter_map(|(span, path)| Some((moved.exactly(span)?, path))).collect()
}
