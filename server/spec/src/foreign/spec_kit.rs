//! Reads the files of Spec Kit: `specs/<feature>/{spec,plan,tasks}.md`, `specs/<feature>/checklists/*.md`,
//! `.specify/memory/constitution.md` and `.specify/feature.json`.
//!
//! A file below `specs/` is Spec Kit's when it has one of its headings or one of its ids at the place where Spec Kit
//! writes it; other tools and people have a folder of that name too. What real files look like and is read here:
//! ids with a suffix (`T005a`), ids in bold, notes that look like boxes (`- [P] tasks = …`), ranges of ids, boxes in
//! fenced examples (not read), `***` and comments between.

use super::ids::{self, Kind};
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading};
use crate::facts::Collector;
use crate::project::{Content, Facts, FileKind};
use crate::work::{Check, Document, Requirement, RequirementKind, System, Task, Work};
use std::collections::BTreeSet;
use syntax::front_matter;
use syntax::markdown::{self, Item, Markdown};
use text::{Span, Spanned};

/// Words kept of a requirement, in characters.
pub(super) const REQUIREMENT_WORDS: usize = 240;

/// Words kept of a task, in characters.
pub(super) const TASK_WORDS: usize = 120;

pub(crate) const READER: Reader = Reader {
    places: &[
        ".specify/feature.json",
        ".specify/memory/constitution.md",
        "specs/*/spec.md",
        "specs/*/plan.md",
        "specs/*/tasks.md",
        "specs/*/checklists/*.md",
    ],
    kind: |path| of_path(path).map(|_| FileKind::Work),
    read: |path, text| {
        let (content, facts) = read(path, text)?;
        Some(Reading { content, facts, problems: Vec::new() })
    },
    keys: |path, text, _| (path == ".specify/feature.json").then(|| keys::whole(text, Form::Json, &POINTER))?,
};

/// What a path is to Spec Kit: the document and, below `specs/`, the feature.
fn of_path(path: &str) -> Option<(Document, Option<&str>)> {
    match path {
        ".specify/feature.json" => return Some((Document::Pointer, None)),
        ".specify/memory/constitution.md" => return Some((Document::Principles, None)),
        _ => {}
    }
    let (feature, file) = path.strip_prefix("specs/")?.split_once('/')?;
    let document = match file {
        "spec.md" => Document::Specification,
        "plan.md" => Document::Plan,
        "tasks.md" => Document::Tasks,
        other => {
            let name = other.strip_prefix("checklists/")?;
            (!name.contains('/') && name.len() > 3 && name.ends_with(".md")).then_some(Document::Checklist)?
        }
    };
    (!feature.is_empty()).then_some((document, Some(feature)))
}

/// Reads the file at `path`; `None` when the text is not Spec Kit's.
fn read(path: &str, text: &str) -> Option<(Content, Facts)> {
    let (document, feature) = of_path(path)?;
    if document == Document::Pointer {
        return Some(pointer(text));
    }
    let body = front_matter::split(text).body;
    let markdown = markdown::read(text, body);
    let first = markdown.headings.iter().find(|heading| heading.level == 1);
    let mut work = Work {
        place: first.map_or(Span::empty(0), |heading| heading.title.span),
        title: first.map(|heading| heading.title.clone()),
        sections: markdown.sections(body.end),
        ..Work::new(System::SpecKit, document, feature.map(str::to_owned))
    };
    match document {
        Document::Specification => work.requirements = requirements(text, body, &markdown),
        Document::Tasks => work.tasks = markdown.items.iter().filter_map(|item| task(text, item)).collect(),
        Document::Checklist => work.checks = markdown.items.iter().filter_map(|item| check(text, item)).collect(),
        _ => {}
    }
    if !is_ours(&work) {
        return None;
    }
    let mut mentions = Vec::new();
    for line in lines_outside(text, body, &markdown) {
        ids::in_text(text, line, &mut mentions);
        work.status = work.status.or_else(|| status(text, line));
        if matches!(document, Document::Specification | Document::Plan) {
            questions(text, line, &mut work.questions);
        }
        remains(text, line, document, &mut work.remains);
    }
    let facts = facts(&work, mentions);
    Some((Content::Work(Box::new(work)), facts))
}

/// A heading or an id as Spec Kit writes it. In `.specify/` the folder says it.
fn is_ours(work: &Work) -> bool {
    let title = work.title.as_ref().map_or("", |title| title.value.as_str());
    let section = |name: &str| work.sections.iter().any(|section| section.title.value.starts_with(name));
    match work.document {
        Document::Specification => title.starts_with("Feature Specification") || !work.requirements.is_empty(),
        Document::Plan => {
            title.starts_with("Implementation Plan") || section("Technical Context") || section("Constitution Check")
        }
        Document::Tasks => title.starts_with("Tasks:") || !work.tasks.is_empty(),
        Document::Checklist => title.contains("Checklist") || work.checks.iter().any(|check| check.id.is_some()),
        _ => true,
    }
}

/// The lines that are neither code nor comment.
pub(super) fn lines_outside(text: &str, body: Span, markdown: &Markdown) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = body.start as usize;
    for line in body.of(text).split_inclusive(['\n', '\r']) {
        let end = start + line.len();
        let words = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        if !words.is_empty() && !markdown.is_verbatim(from) {
            found.push(Span::new(from, from + words.len()));
        }
        start = end;
    }
    found
}

/// `- **FR-001**: …`, `#### FR-001 …`, a first cell `| FR-001 |`, and `### User Story 1 - … (Priority: P1)`.
fn requirements(text: &str, body: Span, markdown: &Markdown) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::new();
    for heading in &markdown.headings {
        found.extend(story(text, heading.title.span, heading.span).or_else(|| {
            let (id, rest) = defined(text, heading.title.span, true)?;
            Some(requirement(text, id, rest, heading.span))
        }));
    }
    for item in &markdown.items {
        if let Some((id, rest)) = defined(text, item.text, false) {
            found.push(requirement(text, id, rest, item.span));
        }
    }
    for line in lines_outside(text, body, markdown) {
        let Some(row) = line.of(text).strip_prefix('|') else { continue };
        let cell = row.split('|').next().unwrap_or_default();
        let from = line.start as usize + 1;
        if let Some((id, rest)) = defined(text, Span::new(from, from + cell.len()), true)
            && rest.of(text).trim().is_empty()
        {
            let next = from + cell.len() + 1;
            let words = text.get(next..line.end as usize).and_then(|rest| rest.split('|').next()).unwrap_or_default();
            found.push(requirement(text, id, Span::new(next, next + words.len()), line));
        }
    }
    // Whoever defines it first wins; a table or a list further down repeats it.
    let mut known = BTreeSet::new();
    found.retain(|requirement| known.insert(requirement.id.value.clone()));
    found.sort_by_key(|requirement| requirement.span);
    found
}

fn requirement(text: &str, id: Spanned<String>, words: Span, span: Span) -> Requirement {
    let measure = ["SC", "AC"].iter().any(|prefix| id.value.starts_with(prefix));
    let kind = if measure { RequirementKind::Measure } else { RequirementKind::Requirement };
    Requirement::new(id, kind, short(words.of(text), REQUIREMENT_WORDS), span)
}

/// The id that `text[words]` begins with and thereby defines, and what comes behind it. In a list it is written in bold
/// or with a colon: an item that only speaks of a requirement begins with its id too.
fn defined(text: &str, words: Span, alone: bool) -> Option<(Spanned<String>, Span)> {
    let source = words.of(text);
    let lead = source.len() - source.trim_start_matches([' ', '\t', '*', '_', '`', '[']).len();
    let bold = source[..lead].contains("**");
    let (Kind::Requirement, length) = ids::leading(&source[lead..])? else { return None };
    let behind = &source[lead + length..];
    let plain = behind.trim_start_matches(['*', '_', '`', ']', ' ']);
    let colon = plain.starts_with([':', '：']);
    if !(alone || bold || colon) {
        return None;
    }
    let from = words.start as usize + lead;
    let rest = plain.trim_start_matches([':', '：', '-', '–', '—', '*', '_', ' ']);
    let id = Spanned::new(source[lead..lead + length].to_owned(), Span::new(from, from + length));
    Some((id, Span::new(words.start as usize + source.len() - rest.len(), words.end as usize)))
}

/// `User Story 2 - A title (Priority: P1)`.
fn story(text: &str, title: Span, span: Span) -> Option<Requirement> {
    let source = title.of(text);
    let rest = source.strip_prefix("User Story ")?;
    let digits = ids::digits(rest);
    let goes_on = rest[digits..].starts_with(|next: char| next.is_alphanumeric());
    if !(1..=3).contains(&digits) || goes_on {
        return None;
    }
    let length = "User Story ".len() + digits;
    let start = title.start as usize;
    let words = rest[digits..].trim_start_matches([' ', '-', '–', '—', ':']);
    let priority = words.find("(Priority:").and_then(|at| {
        let from = source.len() - words.len() + at + "(Priority:".len();
        let value = source[from..].split(')').next().unwrap_or_default();
        let from = start + from + (value.len() - value.trim_start().len());
        let value = value.trim();
        (!value.is_empty()).then(|| Spanned::new(value.to_owned(), Span::new(from, from + value.len())))
    });
    let words = words.split("(Priority:").next().unwrap_or_default();
    let id = Spanned::new(format!("US{}", &rest[..digits]), Span::new(start, start + length));
    let words = short(words, REQUIREMENT_WORDS);
    Some(Requirement { priority, ..Requirement::new(id, RequirementKind::Story, words, span) })
}

/// `- [ ] T001 [P] [US1] Words with a `path``. Without an id it is a note, not a task.
fn task(text: &str, item: &Item) -> Option<Task> {
    let mark = item.task.as_ref()?;
    let source = item.text.of(text);
    let lead = source.len() - source.trim_start_matches(['*', '~', '`', '[']).len();
    let (Kind::Task, length) = ids::leading(&source[lead..])? else { return None };
    let start = item.text.start as usize;
    let id = Spanned::new(source[lead..lead + length].to_owned(), Span::new(start + lead, start + lead + length));
    let mut at = lead + length;
    let (mut parallel, mut story) = (false, None);
    loop {
        let rest = &source[at..];
        at += rest.len() - rest.trim_start_matches([' ', '\t', '*', '~', '`', ']', ':', '.']).len();
        let Some(inner) = source[at..].strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inner, _)| inner)
        else {
            break;
        };
        if inner == "P" {
            parallel = true;
        } else if matches!(ids::leading(inner), Some((Kind::Story, length)) if length == inner.len()) {
            let from = start + at + 1;
            story = Some(Spanned::new(inner.to_owned(), Span::new(from, from + inner.len())));
        } else {
            break;
        }
        at += inner.len() + 2;
    }
    Some(Task {
        id,
        done: mark.value,
        mark: mark.span,
        optional: false,
        parallel,
        story,
        words: short(&source[at..], TASK_WORDS),
        after: after(text, item.text),
        paths: paths(source, start),
        span: item.span,
    })
}

/// The tasks behind `depends on`, `blocked by` or `after`, as far as ids, commas and the like go on.
fn after(text: &str, words: Span) -> Vec<Spanned<String>> {
    let lower = words.of(text).to_ascii_lowercase();
    let mut found = Vec::new();
    for phrase in ["depends on ", "depend on ", "blocked by "] {
        let mut read = 0;
        for (at, _) in lower.match_indices(phrase) {
            let from = words.start as usize + at + phrase.len();
            if from < read {
                continue;
            }
            let rest = Span::new(from, words.end as usize);
            let end = rest.of(text).find([')', ';', '.', '\n', '\r']).map_or(rest.end as usize, |end| from + end);
            read = end;
            let mut named = Vec::new();
            ids::in_text(text, Span::new(from, end), &mut named);
            // "002-search's T012" is a task of another feature.
            let others =
                Span::new(from, end).of(text).contains("feature") || Span::new(from, end).of(text).contains('/');
            if !others {
                found.extend(named.into_iter().filter(|(kind, _)| *kind == Kind::Task).map(|(_, id)| id));
            }
        }
    }
    found
}

/// Places of words in backticks that look like a path.
pub(super) fn paths(source: &str, start: usize) -> Vec<Spanned<Box<str>>> {
    let mut found = Vec::new();
    let mut at = 0;
    for (index, part) in source.split('`').enumerate() {
        let is_path = part.contains(['/', '.']) && !part.contains(char::is_whitespace) && !part.contains("://");
        if index % 2 == 1 && is_path {
            found.push(Spanned::new(part.into(), Span::new(start + at, start + at + part.len())));
        }
        at += part.len() + 1;
    }
    found
}

/// `- [ ] CHK001 Words`.
fn check(text: &str, item: &Item) -> Option<Check> {
    let mark = item.task.as_ref()?;
    let source = item.text.of(text);
    let lead = source.len() - source.trim_start_matches(['*', '`']).len();
    let digits = source[lead..].strip_prefix("CHK").map_or(0, ids::digits);
    let start = item.text.start as usize + lead;
    let id = (digits > 0).then(|| {
        let length = "CHK".len() + digits;
        Spanned::new(source[lead..lead + length].to_owned(), Span::new(start, start + length))
    });
    let from = id.as_ref().map_or(start, |id| {
        let rest = &text[id.span.end as usize..item.text.end as usize];
        id.span.end as usize + rest.len() - rest.trim_start_matches(['*', '`', ' ', ':', '-']).len()
    });
    let words = Span::new(from, item.text.end as usize);
    Some(Check { id, done: mark.value, mark: mark.span, words, span: item.span })
}

/// `**Status**: Draft`.
fn status(text: &str, line: Span) -> Option<Spanned<String>> {
    let value = value_of(text, line, "Status")?;
    let words = value.of(text).split(" |").next().unwrap_or_default().trim_end();
    let start = value.start as usize;
    (!words.is_empty()).then(|| Spanned::new(words.to_owned(), Span::new(start, start + words.len())))
}

/// What stands behind `**key**:` at the start of a line, up to its end.
pub(super) fn value_of(text: &str, line: Span, key: &str) -> Option<Span> {
    let source = line.of(text).trim_start_matches(['-', ' ']);
    let rest = source.strip_prefix("**")?.strip_prefix(key)?;
    let rest = rest.strip_prefix("**:").or_else(|| rest.strip_prefix(":**"))?.trim_start();
    Some(Span::new(line.end as usize - rest.len(), line.end as usize))
}

const QUESTION: &str = "[NEEDS CLARIFICATION:";

/// What older templates say in the place of a question, in the advice that they leave in every spec.
const NO_QUESTION: &str = "specific question";

/// `[NEEDS CLARIFICATION: which one?]`. Without a question it is only spoken of.
fn questions(text: &str, line: Span, found: &mut Vec<Span>) {
    let source = line.of(text);
    let (mut read, mut marks) = (0, 0);
    for (at, _) in source.match_indices(QUESTION) {
        if at < read {
            continue;
        }
        let inner = source[at + QUESTION.len()..].split(']').next().unwrap_or_default();
        marks += source[read..at].matches('`').count();
        let end = (at + QUESTION.len() + inner.len() + 1).min(source.len());
        let in_code = marks % 2 == 1;
        if !in_code && !["", NO_QUESTION].contains(&inner.trim()) {
            found.push(Span::new(line.start as usize + at, line.start as usize + end));
        }
        marks += source[at..end].matches('`').count();
        read = end;
    }
}

/// Text of a template, where the template has it: the same brackets elsewhere may be meant.
fn remains(text: &str, line: Span, document: Document, found: &mut Vec<Span>) {
    let source = line.of(text);
    let mut report = |at: usize, length: usize| {
        let start = line.start as usize + at;
        found.push(Span::new(start, start + length));
    };
    let mut token = |token: &str| {
        if let Some(at) = source.find(token) {
            report(at, token.len());
        }
    };
    if source.starts_with('#') {
        for known in ["[FEATURE NAME]", "[FEATURE]", "[CHECKLIST TYPE]", "[Brief Title]"] {
            token(known);
        }
    } else if source.starts_with("**") {
        for known in ["[###-feature-name]", "[DATE]"] {
            token(known);
        }
        if source.starts_with("**Input**") {
            token("$ARGUMENTS");
        }
    }
    if source.contains("**Given** [initial state]") {
        token("[initial state]");
    }
    let asked = document == Document::Specification && source.starts_with("- **") || document == Document::Plan;
    if asked && let Some(at) = source.find(", e.g., ").and_then(|example| source[..example].rfind('[')) {
        report(at, source[at..].find(']').map_or(source.len() - at, |close| close + 1));
    }
    if document == Document::Plan
        && source.starts_with("**")
        && let Some(at) = source.find("**: [e.g., ")
    {
        let at = at + "**: ".len();
        report(at, source[at..].find(']').map_or(source.len() - at, |close| close + 1));
    }
    if document == Document::Principles {
        for (at, _) in source.match_indices('[') {
            let inner = source[at + 1..].split(']').next().unwrap_or_default();
            let capitals = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_';
            if !source[at + 1 + inner.len()..].starts_with(']') {
                break;
            }
            if inner.contains('_') && inner.bytes().all(capitals) {
                report(at, inner.len() + 2);
            }
        }
    }
}

/// `.specify/feature.json`.
fn pointer(text: &str) -> (Content, Facts) {
    let value: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let folder = value["feature_directory"].as_str().unwrap_or_default();
    let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    // The place of the name, where the text spells it as it is.
    let key = text.find("\"feature_directory\"").map_or(0, |at| at + "\"feature_directory\"".len());
    let written = text[key..].find(&format!("{folder}\"")).map(|at| key + at + folder.trim_end_matches('/').len());
    let place = written.filter(|_| !name.is_empty()).map(|end| Span::new(end - name.len(), end));
    let feature = (!name.is_empty() && place.is_some()).then(|| name.to_owned());
    let work = Work { place: place.unwrap_or_default(), ..Work::new(System::SpecKit, Document::Pointer, feature) };
    let facts = facts(&work, Vec::new());
    (Content::Work(Box::new(work)), facts)
}

fn facts(work: &Work, mentions: Vec<(Kind, Spanned<String>)>) -> Facts {
    let mut names = Collector::default();
    let mentions = mentions.into_iter().map(|(kind, id)| (kind == Kind::Task, id));
    names.work(work, mentions);
    names.work_facts(work)
}

/// One line, cut.
pub(super) fn short(words: &str, limit: usize) -> Box<str> {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > limit {
            let end = (0..=limit).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line.into()
}

static POINTER: KeyTable = KeyTable {
    system: super::System::SpecKit,
    title: "the pointer to the current feature",
    source: "Spec Kit 1.0.1, docs/reference/core.md; `SPECIFY_FEATURE_DIRECTORY` counts more",
    keys: &[required(
        "feature_directory",
        Path,
        "The folder of the feature that is worked on here: `specs/001-late-fees`.",
    )],
};
