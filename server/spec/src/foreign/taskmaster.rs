//! Reads the files of Task Master: `.taskmaster/tasks/tasks.json` and `.taskmaster/state.json`.
//!
//! All tickets stand in one JSON file, in groups that it calls tags; the old form has no tags. Task Master writes ids as
//! numbers or as strings, and counts them in each tag anew. What a ticket is called here:
//! - In the tag `master`, and in the old form, as the tool writes it: `12`, and `12.3` for a subtask.
//! - In any other tag behind its name: `checkout/12`. A name stays what it is when a tag is added.
//!
//! What real files look like and is read here: subtasks that name each other by their own number (`3` is `12.3` where there
//! is such a sibling, as Task Master takes it), dependencies as strings, subtask ids with the parent in front.
//!
//! ```json
//! {"master": {"tasks": [{"id": 12, "title": "Ring the bell", "status": "pending", "dependencies": [3],
//!   "subtasks": [{"id": 1, "title": "Find it", "status": "done", "dependencies": []}]}], "metadata": {}}}
//! ```

use super::keys::table::*;
use super::keys::{self, Form, Keys};
use super::{Reader, Reading, System};
use crate::board::{Board, Card, Settings, Shelf};
use crate::facts::Collector;
use crate::model::Ticket;
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read;
use std::collections::HashSet;
use syntax::json;
use syntax::yaml::{self, Kind, Node, Style};
use text::{Span, Spanned};

const TASKS: &str = ".taskmaster/tasks/tasks.json";

/// Which tag is worked on.
pub(crate) const STATE: &str = ".taskmaster/state.json";

/// The tag that everything is in where nobody made others.
pub(crate) const FIRST_TAG: &str = "master";

/// Keys that hold words, with the heading that a person would give them.
pub(crate) const WORDS: &[(&str, &str)] = &[
    ("description", "Description"),
    ("details", "Details"),
    ("acceptanceCriteria", "Acceptance Criteria"),
    ("testStrategy", "Test Strategy"),
];

pub(crate) const READER: Reader = Reader {
    places: &[TASKS, STATE],
    kind: |path| [TASKS, STATE].contains(&path).then_some(FileKind::Board),
    read: |path, text| if path == STATE { state(text) } else { tasks(text) },
    keys: |path, text, offset| {
        if path == STATE { keys::whole(text, Form::Json, &STATE_KEYS) } else { tag_around(text, offset) }
    },
};

fn tasks(text: &str) -> Option<Reading> {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let mut cards = Vec::new();
    if is_list(root.get("tasks")) {
        tag(text, FIRST_TAG, root, &mut cards);
    } else {
        let tags: Vec<_> = root.entries().iter().filter(|entry| is_list(entry.value.get("tasks"))).collect();
        // An empty file is one that Task Master has just made; anything else is not its.
        if tags.is_empty() && document.valid && !root.entries().is_empty() {
            return None;
        }
        for entry in tags {
            tag(text, &entry.key.value, &entry.value, &mut cards);
        }
    }
    let mut problems = invalid(&document, System::TaskMaster);
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for id in cards.iter().filter_map(|card: &Card| card.ticket.id.as_ref()) {
        match seen.get(id.value.as_str()) {
            Some(first) => {
                let kind = ProblemKind::DuplicateId { what: "ticket", id: id.value.clone(), first: *first };
                problems.push(Problem { kind, span: id.span });
            }
            None => _ = seen.insert(&id.value, id.span),
        }
    }
    let board = Board::new(System::TaskMaster, Shelf::Current, cards);
    let mut names = Collector::default();
    names.board(&board);
    Some(Reading { content: Content::Board(Box::new(board)), facts: names.facts(0), problems })
}

/// What is wrong with the JSON of a file that its tool reads strictly: the first thing, as the rest follows from it.
pub(crate) fn invalid(document: &yaml::Document, tool: System) -> Vec<Problem> {
    let strict = document.problems.iter().filter_map(|problem| {
        let words = match &problem.kind {
            yaml::ProblemKind::Invalid(words) => words.clone(),
            yaml::ProblemKind::Feature(what) => format!("a {what} is no JSON"),
            yaml::ProblemKind::TooDeep | yaml::ProblemKind::DuplicateKey(_) => return None,
        };
        Some(Problem { kind: ProblemKind::Refused(tool, words), span: problem.span })
    });
    strict.take(1).collect()
}

fn is_list(node: Option<&Node>) -> bool {
    node.is_some_and(|node| matches!(node.kind, Kind::Seq(_)))
}

/// The tasks of a tag, each followed by its subtasks.
fn tag(text: &str, tag: &str, root: &Node, cards: &mut Vec<Card>) {
    let tasks = root.get("tasks").map(Node::items).unwrap_or_default();
    let mut known: HashSet<String> = HashSet::new();
    for task in tasks {
        let Some(id) = id(text, task) else { continue };
        for sub in subtasks(task) {
            known.extend(self::id(text, sub).map(|sub| whole(&id.value, &sub.value)));
        }
        known.insert(id.value);
    }
    let name = |id: &str| if tag == FIRST_TAG { id.to_owned() } else { format!("{tag}/{id}") };
    for task in tasks {
        let Some(own) = id(text, task) else { continue };
        let needed = waits(text, task, |written| written.to_owned());
        cards.push(card(task, tag, &own, needed, None, &name));
        for sub in subtasks(task) {
            let Some(id) = id(text, sub) else { continue };
            let sub_id = Spanned::new(whole(&own.value, &id.value), id.span);
            let needed = waits(text, sub, |written| {
                let sibling = whole(&own.value, written);
                if !written.contains('.') && known.contains(&sibling) || !known.contains(written) {
                    sibling
                } else {
                    written.to_owned()
                }
            });
            cards.push(card(sub, tag, &sub_id, needed, Some(&own), &name));
        }
    }
}

fn subtasks(task: &Node) -> &[Node] {
    task.get("subtasks").map(Node::items).unwrap_or_default()
}

/// The id of a subtask with that of its task in front, which some files write already.
fn whole(task: &str, sub: &str) -> String {
    if sub.contains('.') { sub.to_owned() } else { format!("{task}.{sub}") }
}

fn id(text: &str, task: &Node) -> Option<Spanned<String>> {
    task.get("id").and_then(|node| token(text, node))
}

/// A number or a string, with its place inside the quotes.
pub(crate) fn token(text: &str, node: &Node) -> Option<Spanned<String>> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    if scalar.value.is_empty() {
        return None;
    }
    let source = node.span.of(text);
    let quoted = scalar.style == Style::Double && source.len() == scalar.value.len() + 2;
    let inner = u32::from(quoted);
    let span = Span { start: node.span.start + inner, end: node.span.end - inner };
    Some(Spanned::new(scalar.value.clone(), span))
}

fn waits(text: &str, task: &Node, name: impl Fn(&str) -> String) -> Vec<Spanned<String>> {
    let written = task.get("dependencies").map(Node::items).unwrap_or_default();
    written.iter().filter_map(|node| token(text, node)).map(|id| id.map(|id| name(&id))).collect()
}

fn card(
    task: &Node,
    tag: &str,
    id: &Spanned<String>,
    waits: Vec<Spanned<String>>,
    parent: Option<&Spanned<String>>,
    name: &impl Fn(&str) -> String,
) -> Card {
    let named = |id: &Spanned<String>| Spanned::new(name(&id.value), id.span);
    let ticket = Ticket {
        id: Some(named(id)),
        title: read::text(task, "title"),
        status: read::text(task, "status"),
        // It knows no types.
        ticket_type: Some(Spanned::new("task".to_owned(), Span::empty(task.span.start as usize))),
        priority: read::text(task, "priority"),
        assignee: read::list(task, "assignee"),
        dependencies: waits.iter().map(named).collect(),
        // The place of a part is inside its whole: no text of its own says so.
        parent: parent.map(|parent| Spanned::new(name(&parent.value), Span::empty(id.span.start as usize))),
        ..Ticket::default()
    };
    Card { group: (tag != FIRST_TAG).then(|| tag.to_owned()), ..Card::new(ticket, task.span) }
}

fn state(text: &str) -> Option<Reading> {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let group = root.get("currentTag").and_then(|node| token(text, node));
    let branches = root.get("branchTagMapping").map(Node::entries).unwrap_or_default();
    let branches =
        branches.iter().filter_map(|entry| Some((entry.key.value.clone(), entry.value.scalar()?.to_owned())));
    let settings = Settings { group, groups_of_branches: branches.collect(), ..Settings::default() };
    let board = Board::settings(System::TaskMaster, settings);
    let facts = Collector::default().facts(crate::facts::meaning(root));
    Some(Reading { content: Content::Board(Box::new(board)), facts, problems: invalid(&document, System::TaskMaster) })
}

const TASK_SOURCE: &str = "the documentation of Task Master 0.43, docs/task-structure.md";

/// The tag that the cursor stands in: names of tags are the writer's.
fn tag_around(text: &str, offset: usize) -> Option<Keys> {
    let root = json::read(text, Span::new(0, text.len())).root;
    if root.get("tasks").is_some() {
        return keys::whole(text, Form::Json, &TAG);
    }
    let tag =
        root.entries().iter().find(|entry| entry.value.span.touches(offset) && !entry.value.entries().is_empty())?;
    Some(Keys { table: &TAG, form: Form::Json, span: tag.value.span })
}

static TAG: KeyTable = KeyTable {
    system: System::TaskMaster,
    title: "a tag",
    source: TASK_SOURCE,
    keys: &[
        required("tasks", List(&Map(Of(&TASK))), "Its tasks."),
        key("metadata", Map(Of(&METADATA)), "What there is to say about it."),
    ],
};

static METADATA: KeyTable = KeyTable {
    system: System::TaskMaster,
    title: "`metadata`",
    source: TASK_SOURCE,
    keys: &[
        key("created", Text, "When it was made."),
        key("updated", Text, "When it was last changed."),
        key("description", Text, "What its tasks are about."),
    ],
};

const STATUSES: Words = &[
    word("pending", "Not started."),
    word("in-progress", "Being worked on."),
    word("review", "Waits for review."),
    word("done", "Finished."),
    word("deferred", "Put off."),
    word("cancelled", "Will not be done."),
    word("blocked", "Cannot go on."),
];

const PRIORITIES: Words = &[
    word("critical", "Now."),
    word("high", "Next."),
    word("medium", "The usual."),
    word("low", "When there is time."),
];

const ID: Key = required("id", Any, "Its number. Two branches that add tasks give the same one.");
const TITLE: Key = required("title", Text, "What it is called.");
const DESCRIPTION: Key = key("description", Text, "What it is about.");
const STATUS: Key = required("status", OneOf(STATUSES), "How far it is.");
const DEPENDENCIES: Key =
    key("dependencies", List(&Any), "Numbers of tasks that must be done before; `12.3` is a part of 12.");
const DETAILS: Key = key("details", Text, "How it is done.");
const TESTS: Key = key("testStrategy", Text, "How to see that it is done.");
const CRITERIA: Key = key("acceptanceCriteria", Text, "When it is done.");
const ASSIGNEE: Key = key("assignee", Text, "Who works on it.");
const PRIORITY: Key = key("priority", OneOf(PRIORITIES), "How urgent it is.").or("`medium`");

static TASK: KeyTable = KeyTable {
    system: System::TaskMaster,
    title: "a task",
    source: TASK_SOURCE,
    keys: &[
        ID,
        TITLE,
        DESCRIPTION,
        STATUS,
        DEPENDENCIES,
        PRIORITY,
        DETAILS,
        TESTS,
        CRITERIA,
        ASSIGNEE,
        key("subtasks", List(&Map(Of(&SUBTASK))), "Its parts, numbered from 1."),
        key("complexity", Number, "How hard it is, from 1 to 10, as `analyze-complexity` found."),
        key("metadata", Any, "Anything of your own; Task Master keeps it."),
        key("updatedAt", Text, "When it was last changed."),
    ],
};

static SUBTASK: KeyTable = KeyTable {
    system: System::TaskMaster,
    title: "a subtask",
    source: TASK_SOURCE,
    keys: &[ID, TITLE, DESCRIPTION, STATUS, DEPENDENCIES, PRIORITY, DETAILS, TESTS, CRITERIA, ASSIGNEE],
};

static STATE_KEYS: KeyTable = KeyTable {
    system: System::TaskMaster,
    title: "the state",
    source: "the documentation of Task Master 0.43; it writes the file itself",
    keys: &[
        key("currentTag", Text, "The tag that is worked on.").or("`master`"),
        key("lastSwitched", Text, "When that was chosen."),
        key("branchTagMapping", Table(&Text), "The tag of each branch of git."),
        key("migrationNoticeShown", Boolean, "True: it was said that there are tags now."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpecFile;

    const TWO_TAGS: &str = r#"{
  "master": {
    "tasks": [
      {"id": 1, "title": "Ring the \"bell\"", "status": "in-progress", "priority": "high", "dependencies": ["2", 3],
       "description": "It hangs there.\nOn a rope.", "details": "",
       "subtasks": [
         {"id": 1, "title": "Find it", "status": "done", "dependencies": []},
         {"id": "1.2", "title": "Pull it", "status": "pending", "dependencies": [1, "2", "2.1"]}
       ]},
      {"id": "2", "title": "Buy a rope", "status": "done", "dependencies": [], "subtasks": [{"id": 1, "title": "Pay"}]}
    ],
    "metadata": {"created": "2026-01-01", "description": "All"}
  },
  "tower": {"tasks": [{"id": 1, "title": "Build it", "status": "pending", "dependencies": [9]}]}
}
"#;

    fn board(text: &str) -> Board {
        SpecFile::read(TASKS, text).unwrap().board().unwrap().clone()
    }

    fn ids(board: &Board) -> Vec<&str> {
        board.tickets.iter().map(|card| card.ticket.id.as_ref().unwrap().value.as_str()).collect()
    }

    #[test]
    fn names_are_unique_and_stay_when_a_tag_comes() {
        let board = board(TWO_TAGS);
        assert_eq!(ids(&board), ["1", "1.1", "1.2", "2", "2.1", "tower/1"]);
        let alone = format!("{{{}}}", &TWO_TAGS[TWO_TAGS.find("\"tower\"").unwrap()..TWO_TAGS.rfind('}').unwrap()]);
        assert_eq!(ids(&self::board(&alone)), ["tower/1"]);
        let old = r#"{"tasks": [{"id": 4, "title": "t", "status": "pending"}]}"#;
        assert_eq!(ids(&self::board(old)), ["4"]);
        assert_eq!(board.card("tower/1").unwrap().written(), "1");
    }

    #[test]
    fn dependencies_lead_where_task_master_takes_them() {
        let board = board(TWO_TAGS);
        let waits = |id: &str| {
            let ticket = board.ticket(id).unwrap();
            ticket.dependencies.iter().map(|id| (id.value.clone(), id.span.of(TWO_TAGS))).collect::<Vec<_>>()
        };
        let pairs =
            |pairs: &[(&str, &'static str)]| -> Vec<_> { pairs.iter().map(|it| (it.0.to_owned(), it.1)).collect() };
        assert_eq!(waits("1"), pairs(&[("2", "2"), ("3", "3")]));
        assert_eq!(waits("1.2"), pairs(&[("1.1", "1"), ("1.2", "2"), ("2.1", "2.1")]), "siblings go first");
        assert_eq!(waits("tower/1"), pairs(&[("tower/9", "9")]), "a tag is a world of its own");
        assert_eq!(board.ticket("1.2").unwrap().parent.as_ref().unwrap().value, "1");
    }

    #[test]
    fn words_come_from_the_text_when_they_are_asked_for() {
        let file = SpecFile::read(TASKS, TWO_TAGS).unwrap();
        let ticket = file.ticket("1").unwrap();
        assert_eq!(ticket.title.as_ref().unwrap().value, "Ring the \"bell\"");
        assert_eq!(file.words_of_ticket("1"), [("Description", "It hangs there.\nOn a rope.".to_owned())]);
        assert_eq!(file.without_text().words_of_ticket("1"), []);
    }

    #[test]
    fn a_file_that_task_master_cannot_load_says_so_once() {
        let conflict = TWO_TAGS.replace("  \"tower\"", "<<<<<<< ours\n  \"tower\"");
        let file = SpecFile::read(TASKS, &conflict).unwrap();
        assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
        assert!(matches!(file.problems[0].kind, ProblemKind::Refused(System::TaskMaster, _)));
        assert!(file.board().unwrap().ticket("1.1").is_some(), "what can be read is read");
        let twice = TWO_TAGS.replace("{\"id\": \"2\"", "{\"id\": 1");
        assert!(matches!(SpecFile::read(TASKS, &twice).unwrap().problems[0].kind, ProblemKind::DuplicateId { .. }));
    }

    #[test]
    fn other_json_of_that_name_is_left_alone() {
        assert!(SpecFile::read(TASKS, r#"{"version": "2.0.0", "tasks": "none"}"#).is_none());
        assert!(SpecFile::read(".vscode/tasks.json", TWO_TAGS).is_none());
        assert_eq!(ids(&board("{}")), [] as [&str; 0]);
    }

    #[test]
    fn the_state_says_which_tag() {
        let text = r#"{"currentTag": "tower", "branchTagMapping": {"feat/tower": "tower"}, "lastSwitched": "2026"}"#;
        let file = SpecFile::read(STATE, text).unwrap();
        let settings = &file.board().unwrap().settings;
        assert_eq!(
            settings.group.as_ref().map(|tag| (tag.value.as_str(), tag.span.of(text))),
            Some(("tower", "tower"))
        );
        assert_eq!(settings.groups_of_branches, [("feat/tower".to_owned(), "tower".to_owned())]);
    }
}
