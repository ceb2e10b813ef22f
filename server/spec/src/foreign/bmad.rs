//! Reads the stories of BMAD (`# Story 1.2: Title`, with its state, acceptance criteria and tasks) and the file that says
//! how far each is (`sprint-status.yaml`).
//!
//! BMAD lets a project choose the folder. Read are the folders that it proposes, in which a heading says what a story is.
//! Tasks name criteria by their number: `- [ ] Task 2: Words (AC: #1, #3-4)`. Retrospectives and notes lie in the same
//! folders; they are no stories.

use super::boxes::{self, number, numbers};
use super::keys::table::*;
use super::keys::{self, Form};
use super::kiro::ordered_items;
use super::spec_kit::{REQUIREMENT_WORDS, lines_outside, short};
use super::{Reader, Reading};
use crate::facts::Collector;
use crate::project::{Content, FileKind};
use crate::read as take;
use crate::work::{Document, Entry, Requirement, RequirementKind, System, Work};
use syntax::markdown::{self, Markdown, Section};
use syntax::{front_matter, yaml};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[
        "_bmad-output/implementation-artifacts/**",
        "docs/stories/**",
        "docs/sprint-artifacts/**",
        "docs/sprint-status.yaml",
    ],
    kind: |path| is_place(path).then_some(FileKind::Work),
    read,
    keys: |path, text, _| {
        if path.ends_with(".yaml") { keys::whole(text, Form::Yaml, &SPRINT) } else { keys::front(text, &STORY) }
    },
};

fn is_place(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name == "sprint-status.yaml" {
        return READER.places.iter().any(|place| {
            let place = place.trim_end_matches("/**").trim_end_matches("/sprint-status.yaml");
            folder == place || folder.starts_with(&format!("{place}/")) && place != "docs"
        });
    }
    let folders = READER.places.iter().filter_map(|place| place.strip_suffix("**"));
    name.len() > 3 && name.ends_with(".md") && folders.into_iter().any(|place| path.starts_with(place))
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (work, mentions) = if name.ends_with(".yaml") { (sprint(text)?, Vec::new()) } else { story(name, text)? };
    let mut names = Collector::default();
    names.work(&work, mentions.into_iter().map(|id| (false, id)));
    let facts = names.work_facts(&work);
    Some(Reading { content: Content::Work(Box::new(work)), facts, problems: Vec::new() })
}

/// A story, with the numbers of criteria that its tasks name.
fn story(file: &str, text: &str) -> Option<(Work, Vec<Spanned<String>>)> {
    let split = front_matter::split(text);
    let body = split.body;
    let markdown = markdown::read(text, body);
    let first = markdown.headings.first().filter(|heading| heading.level == 1)?;
    let words = first.title.value.strip_prefix("Story")?.trim_start_matches([':', ' ', '-']);
    let sections = markdown.sections(body.end);
    let part = |name: &str| sections.iter().find(|section| section.level == 2 && section.title.value.starts_with(name));
    let (criteria, tasks) = (part("Acceptance Criteria"), part("Tasks"));
    if number(words).is_none() || (criteria.is_none() && tasks.is_none()) {
        return None;
    }
    let stem = file.strip_suffix(".md").unwrap_or(file);
    let mut work = Work::new(System::Bmad, Document::Story, Some(format!("{}{stem}", System::Bmad.prefix())));
    work.place = first.title.span;
    work.title = Some(first.title.clone());
    let root = yaml::read(text, split.yaml).root;
    work.status = take::text(&root, "status");
    let head = Span { start: first.after, end: markdown.headings.get(1).map_or(body.end, |next| next.span.start) };
    for line in lines_outside(text, head, &markdown) {
        work.status = work.status.or_else(|| status(text, line));
    }
    work.requirements = criteria.map_or_else(Vec::new, |section| of_criteria(text, &markdown, section));
    let mut mentions = Vec::new();
    if let Some(section) = tasks {
        let id = |words: &str| {
            let lead = words.len() - words.trim_start_matches(['*', '~']).len();
            let lead = lead
                + ["Task ", "Subtask "]
                    .iter()
                    .find(|word| words[lead..].starts_with(**word))
                    .map_or(0, |word| word.len());
            let length = number(&words[lead..])?;
            // Only an id is followed by a colon or has two parts: `3 new files` is no task 3.
            let is_id =
                lead > 0 || words[lead..lead + length].contains('.') || words[lead + length..].starts_with([':', '.']);
            is_id.then_some((lead, length))
        };
        (work.tasks, work.checks) = boxes::tasks(text, &markdown, section.span, id);
        for line in lines_outside(text, section.span, &markdown) {
            criteria_in(text, line, &mut mentions);
        }
    }
    work.sections = sections;
    Some((work, mentions))
}

/// `Status: review`, `**Status:** review`.
fn status(text: &str, line: Span) -> Option<Spanned<String>> {
    let source = line.of(text);
    let rest = source.trim_start_matches('*').strip_prefix("Status")?;
    let value = rest.trim_start_matches('*').strip_prefix(':')?.trim_start_matches(['*', ' ', '`']);
    let from = line.start as usize + source.len() - value.len();
    let value = value.trim_end_matches(['*', '`', ' ']);
    (!value.is_empty()).then(|| Spanned::new(value.to_owned(), Span::new(from, from + value.len())))
}

/// Numbered items, or headings such as `### AC 2: Words`.
fn of_criteria(text: &str, markdown: &Markdown, section: &Section) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::new();
    let headings = markdown.headings.iter().filter(|heading| section.span.contains(heading.span) && heading.level > 2);
    for heading in headings {
        let source = heading.title.span.of(text);
        let Some(rest) = source.strip_prefix("AC") else { continue };
        let rest = rest.trim_start_matches([' ', '#', '-']);
        let Some(length) = number(rest) else { continue };
        let start = heading.title.span.start as usize + source.len() - rest.len();
        let id = Spanned::new(rest[..length].to_owned(), Span::new(start, start + length));
        let words = short(rest[length..].trim_start_matches([':', ' ', '-', '–', '—']), REQUIREMENT_WORDS);
        found.push(Requirement::new(id, RequirementKind::Criterion, words, heading.span));
    }
    if !found.is_empty() {
        return found;
    }
    let items: Vec<_> = ordered_items(text, markdown, section.span).collect();
    // Numbers that begin anew stand in several lists: which one is meant nobody can tell.
    if !items.windows(2).all(|pair| pair[0].1 < pair[1].1) {
        return found;
    }
    for (item, number, place) in items {
        let words = short(item.text.of(text), REQUIREMENT_WORDS);
        let id = Spanned::new(number.to_string(), place);
        found.push(Requirement::new(id, RequirementKind::Criterion, words, item.span));
    }
    found
}

/// The numbers behind `(AC: `, `(AC #`, up to the closing bracket.
fn criteria_in(text: &str, line: Span, found: &mut Vec<Spanned<String>>) {
    let source = line.of(text);
    let mut read = 0;
    for (at, opening) in source.match_indices("(AC") {
        if at < read {
            continue;
        }
        let rest = &source[at + opening.len()..];
        let list = rest.trim_start_matches(['s', ':', ' ']);
        let from = source.len() - list.len();
        let Some(end) = list.find(')') else { return };
        read = from + end;
        let words = &list[..end];
        let bare = |part: &str| part.chars().all(|letter| letter.is_ascii_digit() || " #-–.".contains(letter));
        // `(AC-to-test mapping)` and `(AC: all)` are words.
        if words.split(',').all(bare) {
            let start = line.start as usize + from;
            found.extend(numbers(text, Span::new(start, start + end)));
        }
    }
}

/// `development_status:` of `sprint-status.yaml`. Epics and retrospectives are no stories.
fn sprint(text: &str) -> Option<Work> {
    let root = yaml::read(text, Span::new(0, text.len())).root;
    let states = root.get("development_status")?;
    let mut work = Work::new(System::Bmad, Document::Overview, None);
    for entry in states.entries() {
        let is_story = entry.key.value.starts_with(|letter: char| letter.is_ascii_digit());
        if let Some(status) = take::word(&entry.value).filter(|_| is_story) {
            work.entries.push(Entry { name: entry.key.clone(), status });
        }
    }
    Some(work)
}

const STATES: Words = &[
    word("backlog", "Only in the list of its epic."),
    word("ready-for-dev", "Its file is written."),
    word("in-progress", "Being worked on; of an epic: its first story was begun."),
    word("review", "Waits for review."),
    word("done", "Finished."),
    word("optional", "A retrospective that may be held."),
];

static SPRINT: KeyTable = KeyTable {
    system: System::Bmad,
    title: "the state of a sprint",
    source: "BMAD 6.12, its skill `sprint-planning`",
    keys: &[
        key("generated", Text, "When it was made: `MM-DD-YYYY HH:MM`."),
        key("last_updated", Text, "When it was last changed."),
        key("project", Text, "What the project is called."),
        key("project_key", Text, "Its short name in the tracker."),
        key("tracking_system", Text, "Where stories are kept: `file-system`.").or("`file-system`"),
        key("story_location", Path, "The folder of the stories."),
        required(
            "development_status",
            Table(&OneOf(STATES)),
            "How far epics, stories and retrospectives are, by name.",
        ),
        key("action_items", List(&Any), "What retrospectives found to be done."),
    ],
};

static STORY: KeyTable = KeyTable {
    system: System::Bmad,
    title: "a story",
    source: "BMAD 6.12, its skill `create-story`",
    keys: &[
        key("status", Open(STATES), "How far it is; most stories have it in a line `Status: …` below the title."),
        key("baseline_commit", Text, "The commit that it was begun at."),
    ],
};
