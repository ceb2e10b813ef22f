//! What a person can do about a document that drifted, beside the fixes of single diagnostics.

use super::{Documents, Page};
use crate::diagnostic::{Diagnostic, TextEdit};
use crate::fix_all::Mended;
use crate::live::Command;
use docs::region;

/// What can be started to answer a diagnostic in a document or in the code.
pub(crate) fn answers(
    documents: &Documents,
    path: &str,
    text: Option<&str>,
    diagnostic: &Diagnostic,
) -> Vec<(String, Command)> {
    let drifts = ["docs/signature-changed", "docs/comment-changed", "docs/body-changed", "docs/surface-changed"];
    if !drifts.contains(&diagnostic.code.as_str()) {
        return Vec::new();
    }
    let Some(moved) = documents.moved(path, text) else { return Vec::new() };
    let mut all = Vec::new();
    if let Some(page) = documents.page(path) {
        let here = page.folded.iter().filter(|folded| moved.span(folded.span) == Some(diagnostic.span));
        for folded in here {
            let words = section_name(page, &folded.section);
            let (document, section) = (path.to_owned(), Some(folded.section.to_string()));
            all.push(match page.rewritten.contains(&folded.section) {
                true => {
                    (format!("Say that {words} is right now"), Command::Attest { document, section, reason: false })
                }
                false => {
                    (format!("Say why {words} is still accurate…"), Command::Attest { document, section, reason: true })
                }
            });
        }
        return all;
    }
    let mentions = documents.mentions(path).iter().filter(|it| moved.span(it.span) == Some(diagnostic.span));
    for mention in mentions {
        let Some(page) = documents.page(&mention.document) else { continue };
        let anchor = &page.document.anchors[mention.anchor];
        let section = page.document.section(&anchor.section).filter(|section| section.level > 0);
        let span = section.map_or(anchor.span, |section| section.heading);
        let words = page.section_words(&anchor.section);
        let open = (format!("Open {words}"), Command::Open { path: mention.document.to_string(), span });
        if !all.contains(&open) {
            all.push(open);
        }
    }
    all
}

fn section_name(page: &Page, slug: &str) -> String {
    match page.document.section(slug).filter(|section| section.level > 0) {
        Some(section) => format!("“{}”", section.title),
        None => "this document".to_owned(),
    }
}

/// Everything in a document that a machine can mend for certain: regions that nobody touched, members of mirrors, and renames
/// of which there is only one reading.
pub fn mended(page: &Page) -> Option<Mended> {
    let old = |written: &&super::page::Written| {
        matches!(written.state, Ok(region::State::OutOfDate | region::State::Conflict))
    };
    let regions = page.regions.iter().filter(old).filter_map(|written| written.regenerated.clone());
    let renames = page.candidates.iter().filter_map(|(number, all)| {
        let anchor = &page.document.anchors[*number];
        let sure = all.iter().find(|candidate| candidate.exact)?;
        Some(TextEdit { span: anchor.span, text: super::written(&page.document.path, anchor, &sure.target) })
    });
    let members = page.mirrors.iter().flatten().flatten().filter_map(|difference| difference.fix.clone());
    let members = members.map(|(span, text)| TextEdit { span, text });
    let mut edits: Vec<TextEdit> = regions.chain(renames).chain(members).collect();
    edits.sort_by_key(|edit| edit.span);
    let mut last = 0;
    edits.retain(|edit| {
        let apart = edit.span.start >= last;
        last = last.max(edit.span.end);
        apart
    });
    if edits.is_empty() {
        return None;
    }
    let mut text = page.text.to_string();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    Some(Mended { count: edits.len(), edits, text })
}

/// The edits of [`mended`] in the text as it is now; nothing where somebody typed into one of the places.
pub fn fix_all(documents: &Documents, path: &str, text: Option<&str>) -> Option<Mended> {
    let mut all = mended(documents.page(path)?)?;
    let moved = documents.moved(path, text)?;
    for edit in &mut all.edits {
        edit.span = moved.exactly(edit.span)?;
    }
    Some(all)
}
