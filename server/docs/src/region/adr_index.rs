//! `adr-index`: the decision records of a folder, in the order of their numbers.
//!
//! ```markdown
//! <!-- generated: adr-index docs/adr -->
//! ```
//! Without a word it is the folder of the document itself. Titles and dates come from front matter (MADR) or from the
//! headings (Nygard's `## Status`); templates and the folder's own `README.md` are no decisions.

use super::generate::{Fault, FaultKind, Request};
use super::write::{first_sentence, link, prose, table};
use crate::document::Document;
use crate::sql::migration_order;
use crate::target;
use syntax::yaml::Node;
use syntax::{front_matter, yaml};

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let (word, glob) = request.folder("*.md")?;
    let mut files = request.documents(&glob);
    files.sort_by(|(one, _), (other, _)| migration_order(name(one), name(other)));
    let mut rows = Vec::new();
    for (path, text) in &files {
        let document = Document::read(path, text);
        let front = yaml::read(text, front_matter::split(text).yaml).root;
        let word = |key: &str| front.get(key).and_then(Node::scalar);
        if !is_record(path) && (word("kind") != Some("adr") || name(path).contains("template")) {
            continue;
        }
        let number: String = name(path).trim_start_matches("adr-").chars().take_while(char::is_ascii_digit).collect();
        let title = document.title.as_ref().map_or_else(|| name(path).to_owned(), |title| title.value.clone());
        let status = document.status.as_ref().map(|status| status.value.clone());
        let status = status.unwrap_or_else(|| section(&document, text, "status"));
        let date = word("date").map_or_else(|| section(&document, text, "date"), str::to_owned);
        let to = target::relative(request.document, path);
        let title = link(&prose(without_number(&title)), &to);
        rows.push(vec![
            number.trim_start_matches('0').to_owned(),
            title,
            prose(&first_sentence(&status)),
            prose(&date),
        ]);
    }
    if rows.is_empty() {
        let kind = FaultKind::NoFile { path: glob.as_str().to_owned(), glob: true };
        return Err(Fault { kind, span: word });
    }
    Ok(table(&["no.", "decision", "status", "date"], rows))
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// True for a file that is called like a record.
fn is_record(path: &str) -> bool {
    let name = name(path).to_ascii_lowercase();
    !name.contains("template") && name.trim_start_matches("adr-").starts_with(|first: char| first.is_ascii_digit())
}

/// `1. Title` and `ADR-0001: Title` without what the first column says.
fn without_number(title: &str) -> &str {
    let title = title.trim();
    let rest = title.strip_prefix("ADR").map_or(title, |rest| rest.trim_start_matches(['-', ' ', '_']));
    let bare = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let behind = bare.trim_start_matches([' ', '.', ':', '-', '–', '—', ')']);
    let parted = bare.trim_start().starts_with(['.', ':', '-', '–', '—', ')']) || rest.len() < title.len();
    if bare.len() < rest.len() && parted && !behind.is_empty() { behind } else { title }
}

/// The first line below a heading.
fn section(document: &Document, text: &str, title: &str) -> String {
    let found = document.sections.iter().find(|section| section.level > 0 && section.title.eq_ignore_ascii_case(title));
    let body = found.map(|section| &text[section.span.range()]).unwrap_or_default();
    let mut lines = body.lines().skip(1).map(str::trim).filter(|line| !line.is_empty());
    let line = lines.find(|line| !line.bytes().all(|byte| matches!(byte, b'-' | b'='))).unwrap_or_default();
    if line.starts_with('#') { String::new() } else { line.to_owned() }
}
