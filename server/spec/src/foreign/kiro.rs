//! Reads the specs of Kiro: `.kiro/specs/<feature>/{requirements,design,tasks}.md`, `bugfix.md` where a fault is mended
//! instead of a feature built, and the `spec.json` that cc-sdd keeps beside them.
//!
//! Requirements are numbered headings, their acceptance criteria numbered items below them: the second criterion of
//! requirement 3 is `3.2`. Tasks name them in a line of their own (`_Requirements: 1.1, 3.2_`). What real files look like
//! and is read here: headings in other languages (`### 要件1`), boxes with a star (`- [ ]* 1.2 …`), boxes of what was begun
//! (`[-]`), tasks whose parts stand beside and not below them, prose where numbers are asked for.

use super::boxes::{self, number, numbers};
use super::ids::digits;
use super::keys::table::*;
use super::keys::{self, Form};
use super::spec_kit::{REQUIREMENT_WORDS, lines_outside, short};
use super::{Reader, Reading};
use crate::facts::Collector;
use crate::project::{Content, FileKind};
use crate::read as take;
use crate::work::{Check, Document, Requirement, RequirementKind, System, Work};
use syntax::markdown::{self, Item, Markdown, Section};
use syntax::{front_matter, json};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[
        ".kiro/specs/*/requirements.md",
        ".kiro/specs/*/bugfix.md",
        ".kiro/specs/*/design.md",
        ".kiro/specs/*/tasks.md",
        ".kiro/specs/*/spec.json",
    ],
    kind: |path| of_path(path).map(|_| FileKind::Work),
    read,
    keys: |path, text, _| path.ends_with(".json").then(|| keys::whole(text, Form::Json, &APPROVALS))?,
};

fn of_path(path: &str) -> Option<(Document, &str)> {
    let (feature, file) = path.strip_prefix(".kiro/specs/")?.split_once('/')?;
    let document = match file {
        "requirements.md" | "bugfix.md" => Document::Specification,
        "design.md" => Document::Plan,
        "tasks.md" => Document::Tasks,
        "spec.json" => Document::Approvals,
        _ => return None,
    };
    (!feature.is_empty()).then_some((document, feature))
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let (document, feature) = of_path(path)?;
    let mut work = Work::new(System::Kiro, document, Some(format!("{}{feature}", System::Kiro.prefix())));
    let mut mentions: Vec<Spanned<String>> = Vec::new();
    if document == Document::Approvals {
        approvals(text, &mut work)?;
    } else {
        let body = front_matter::split(text).body;
        let markdown = markdown::read(text, body);
        let first = markdown.headings.first();
        work.place = first.map_or(Span::empty(body.start as usize), |heading| heading.title.span);
        work.title = first.map(|heading| heading.title.clone());
        let sections = markdown.sections(body.end);
        match document {
            Document::Specification if path.ends_with("/bugfix.md") => {
                work.requirements = behaviours(text, &markdown, body, &sections);
            }
            Document::Specification => work.requirements = requirements(text, &markdown, &sections),
            Document::Tasks => {
                let id = |words: &str| {
                    let lead = words.len() - words.trim_start_matches(['*', '~', '_']).len();
                    let lead = lead + words[lead..].strip_prefix("Task ").map_or(0, |_| "Task ".len());
                    number(&words[lead..]).map(|length| (lead, length))
                };
                (work.tasks, work.checks) = boxes::tasks(text, &markdown, body, id);
            }
            _ => {}
        }
        work.sections = sections;
        for line in lines_outside(text, body, &markdown) {
            mentions.extend(named(text, line, &["Requirements", "Requirement", "Validates: Requirements", "要件"]));
            let after = named(text, line, &["Depends", "Depends on"]);
            let at = work.tasks.partition_point(|task| task.span.start <= line.start);
            if let Some(task) = at.checked_sub(1).and_then(|at| work.tasks.get_mut(at)) {
                task.after.extend(after);
            }
        }
    }
    let mut names = Collector::default();
    let after: Vec<Spanned<String>> = work.tasks.iter().flat_map(|task| task.after.clone()).collect();
    let all = mentions.into_iter().map(|id| (false, id)).chain(after.into_iter().map(|id| (true, id)));
    names.work(&work, all);
    let facts = names.work_facts(&work);
    Some(Reading { content: Content::Work(Box::new(work)), facts, problems: Vec::new() })
}

/// The numbers in a line such as `- _Requirements: 1.1, 2.3_` or `**Validates: Requirements 1.4**`.
fn named(text: &str, line: Span, keys: &[&str]) -> Vec<Spanned<String>> {
    let source = line.of(text);
    let lead = source.len() - source.trim_start_matches(['-', ' ', '\t', '_', '*']).len();
    let rest = &source[lead..];
    // The longest key first: one may begin with another.
    let fits = keys.iter().filter(|key| rest.starts_with(**key)).max_by_key(|key| key.len());
    let Some(key) = fits else { return Vec::new() };
    let behind = &rest[key.len()..];
    let list = behind.trim_start_matches([':', '：', '*', '_', ' ']);
    if list.len() == behind.len() {
        return Vec::new();
    }
    let from = line.start as usize + source.len() - list.len();
    let end = list.find(['_', '*', '(', ';', '[']).unwrap_or(list.len());
    numbers(text, Span::new(from, from + end))
}

/// `### Requirement 1: Title`, `### 要件1`, `### 1. Title`, each with its criteria.
fn requirements(text: &str, markdown: &Markdown, sections: &[Section]) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let title = section.title.span.of(text);
        let word = title.find(|letter: char| letter.is_ascii_digit()).unwrap_or(title.len());
        let is_name = title[..word].trim().chars().all(char::is_alphanumeric);
        let Some(length) =
            number(&title[word..]).filter(|length| is_name && title[word..word + length].parse::<u32>().is_ok())
        else {
            continue;
        };
        let below = sections[index + 1..].iter().take_while(|other| other.level > section.level);
        let ordered = |part: &Section| ordered_items(text, markdown, part.content).next().is_some();
        let parts: Vec<&Section> = below.filter(|part| ordered(part)).collect();
        let criteria = parts.iter().find(|part| part.title.value.contains("Acceptance")).or(parts.first()).copied();
        if !title.starts_with("Requirement ") && criteria.is_none() {
            continue;
        }
        let start = section.title.span.start as usize + word;
        let id = Spanned::new(title[word..word + length].to_owned(), Span::new(start, start + length));
        let words = title[word + length..].trim_start_matches([':', '：', '.', ' ', '-', '–', '—']);
        let words = if words.is_empty() { story(section.content.of(text)) } else { words };
        let heading = Span::new(section.span.start as usize, section.title.span.end as usize);
        let kind = if criteria.is_some() { RequirementKind::Story } else { RequirementKind::Requirement };
        let whole = Requirement::new(id.clone(), kind, short(words, REQUIREMENT_WORDS), heading);
        if found.iter().any(|other| other.id.value == id.value) {
            continue;
        }
        found.push(whole);
        let items: Vec<(&Item, u32, Span)> =
            criteria.into_iter().flat_map(|part| ordered_items(text, markdown, part.content)).collect();
        // A list that says 1 in each line is numbered by its order.
        let counts_up = items.windows(2).all(|pair| pair[0].1 < pair[1].1);
        for (position, (item, written, place)) in (1..).zip(items) {
            let number = if counts_up { written } else { position };
            let own = Spanned::new(format!("{}.{number}", id.value), place);
            let words = short(item.text.of(text), REQUIREMENT_WORDS);
            let part_of = Some(id.value.as_str().into());
            found.push(Requirement { part_of, ..Requirement::new(own, RequirementKind::Criterion, words, item.span) });
        }
    }
    found
}

/// What a fault is and what is to be: lines with a number of two parts, below headings such as `### Current Behavior
/// (Defect)`, `### Expected Behavior (Correct)` and `### Unchanged Behavior (Regression Prevention)`.
fn behaviours(text: &str, markdown: &Markdown, body: Span, sections: &[Section]) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::new();
    for line in lines_outside(text, body, markdown) {
        let source = line.of(text);
        let lead = source.len() - source.trim_start_matches(['-', ' ', '*']).len();
        let Some(length) = number(&source[lead..]).filter(|length| source[lead..lead + length].contains('.')) else {
            continue;
        };
        let id = &source[lead..lead + length];
        if source.starts_with('#') || found.iter().any(|other| other.id.value == id) {
            continue;
        }
        let around = sections.iter().rfind(|section| section.span.contains(line));
        let is_now = around
            .is_some_and(|section| ["Current", "Defect"].iter().any(|word| section.title.span.of(text).contains(word)));
        let kind = if is_now { RequirementKind::Defect } else { RequirementKind::Criterion };
        let words = short(source[lead + length..].trim_start_matches(['*', ':', '.', ')', ' ']), REQUIREMENT_WORDS);
        let start = line.start as usize + lead;
        let id = Spanned::new(id.to_owned(), Span::new(start, start + length));
        found.push(Requirement::new(id, kind, words, line));
    }
    found
}

/// The words of the user story below a heading that has none.
fn story(content: &str) -> &str {
    let lines = content.lines().map(|line| line.trim().trim_start_matches("**"));
    let mut stories = lines.filter_map(|line| line.strip_prefix("User Story:").or(line.strip_prefix("Objective:")));
    stories.next().map_or("", |words| words.trim_start_matches(['*', ' ']))
}

/// Numbered items that are not a part of another item, with the number and its place.
pub(super) fn ordered_items<'a>(
    text: &'a str,
    markdown: &'a Markdown,
    within: Span,
) -> impl Iterator<Item = (&'a Item, u32, Span)> {
    markdown.items_in(within).filter(|item| item.indent < 2).filter_map(move |item| {
        let source = item.span.of(text);
        let length = digits(source);
        let start = item.span.start as usize;
        Some((item, source[..length].parse().ok()?, Span::new(start, start + length)))
    })
}

/// `spec.json`: the phase, and which documents were agreed to.
fn approvals(text: &str, work: &mut Work) -> Option<()> {
    let root = json::read(text, Span::new(0, text.len())).root;
    let approvals = root.get("approvals")?;
    work.status = take::text(&root, "phase");
    work.title = take::text(&root, "feature_name");
    work.place = work.title.as_ref().map_or(Span::empty(0), |title| title.span);
    for entry in approvals.entries() {
        let Some(approved) = entry.value.get("approved") else { continue };
        let done = approved.scalar() == Some("true");
        let (words, span) = (entry.key.span, entry.key.span.cover(entry.value.span));
        work.checks.push(Check { id: None, done, mark: approved.span, words, span });
    }
    Some(())
}

const SPEC_JSON: &str = "cc-sdd 3.0.2, which keeps the file; Kiro itself has none";

static APPROVALS: KeyTable = KeyTable {
    system: System::Kiro,
    title: "the state of a spec",
    source: SPEC_JSON,
    keys: &[
        key("feature_name", Text, "The folder of the feature."),
        key("created_at", Text, "When it was begun."),
        key("updated_at", Text, "When it was last changed."),
        key("language", Text, "The language that its documents are written in."),
        key("phase", Open(PHASES), "How far it is."),
        required("approvals", Map(Of(&DOCUMENTS)), "What was written, and what a person agreed to."),
        key("ready_for_implementation", Boolean, "True: all was agreed to."),
    ],
};

const PHASES: Words = &[
    word("initialized", "Nothing is written yet."),
    word("requirements-generated", "There are requirements."),
    word("design-generated", "There is a design."),
    word("tasks-generated", "There are tasks."),
    word("implementation", "It is being built."),
];

static DOCUMENTS: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`approvals`",
    source: SPEC_JSON,
    keys: &[
        key("requirements", Map(Of(&APPROVAL)), "Of `requirements.md`."),
        key("design", Map(Of(&APPROVAL)), "Of `design.md`."),
        key("tasks", Map(Of(&APPROVAL)), "Of `tasks.md`."),
    ],
};

static APPROVAL: KeyTable = KeyTable {
    system: System::Kiro,
    title: "an approval",
    source: SPEC_JSON,
    keys: &[
        key("generated", Boolean, "True: the document was written."),
        key("approved", Boolean, "True: a person agreed to it. An agent does not set this."),
    ],
};
