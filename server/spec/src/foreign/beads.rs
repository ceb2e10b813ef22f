//! Reads the files of Beads: `.beads/issues.jsonl` (once `.beads/beads.jsonl`), `.beads/config.yaml`, and what `bd` prints
//! ([`crate::board::LISTING`]).
//!
//! The truth of Beads is its database; the JSONL is an export of it, often old or not there at all. It is read where `bd`
//! may not be asked, one line at a time, each line an issue:
//!
//! ```json
//! {"id": "bd-a1b2", "title": "Ring the bell", "status": "open", "priority": 2, "issue_type": "feature",
//!  "dependencies": [{"issue_id": "bd-a1b2", "depends_on_id": "bd-c3d4", "type": "blocks"}]}
//! ```
//! What real files look like and is read here: lines of other records (`"_type": "memory"`) and of deleted issues
//! (`tombstone`), issues of other repositories (`external:…`), empty lines.
//!
//! A ticket waits for what `blocks`, `conditional-blocks` and `waits-for` name, and is a part of what `parent-child` names.
//! All other types join two issues without holding one of them up.

use super::keys::table::*;
use super::keys::{self, Form};
use super::taskmaster::token;
use super::{Reader, Reading, System};
use crate::board::{Board, Card, LISTING, Settings, Shelf};
use crate::facts::{Collector, meaning};
use crate::gate;
use crate::model::{StatusCategory, Ticket};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read;
use syntax::yaml::Node;
use syntax::{json, yaml};
use text::{Span, Spanned};

const ISSUES: [&str; 3] = [".beads/issues.jsonl", ".beads/beads.jsonl", LISTING];

/// The files of a root that are read.
pub(crate) const FILES: [&str; 3] = [ISSUES[0], ISSUES[1], SETTINGS];

/// The tool's own settings.
pub(crate) const SETTINGS: &str = ".beads/config.yaml";

/// Keys that hold words, with the heading that a person would give them.
pub(crate) const WORDS: &[(&str, &str)] = &[
    ("description", "Description"),
    ("design", "Design"),
    ("acceptance_criteria", "Acceptance Criteria"),
    ("notes", "Notes"),
];

/// Types of dependency that hold an issue up.
const BLOCKING: [&str; 3] = ["blocks", "conditional-blocks", "waits-for"];

pub(crate) const READER: Reader = Reader {
    // What was touched last is not read: it tells a watcher that the database has changed.
    places: &[".beads/issues.jsonl", ".beads/beads.jsonl", ".beads/last-touched", SETTINGS],
    kind: |path| (ISSUES.contains(&path) || path == SETTINGS).then_some(FileKind::Board),
    read: |path, text| if path == SETTINGS { settings(text) } else { issues(text) },
    keys: |path, text, offset| {
        if path == SETTINGS {
            keys::whole(text, Form::Yaml, &CONFIG)
        } else {
            keys::line(text, offset, Form::Json, &ISSUE)
        }
    },
};

fn issues(text: &str) -> Option<Reading> {
    let mut cards = Vec::new();
    let mut problems = Vec::new();
    let (mut start, mut lines, mut strange) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        lines += 1;
        let document = json::read(text, span);
        if !document.valid {
            strange += 1;
            let words = document.problems.iter().find_map(|problem| match &problem.kind {
                yaml::ProblemKind::Invalid(words) => Some((words.clone(), problem.span)),
                _ => None,
            });
            let (words, span) = words.unwrap_or_else(|| ("it is no JSON".to_owned(), span));
            problems.push(Problem { kind: ProblemKind::Refused(System::Beads, words), span });
            continue;
        }
        cards.extend(issue(text, &document.root, span));
    }
    // A file of another kind of lines is not an export of Beads.
    if lines > 0 && strange == lines {
        return None;
    }
    let board = Board::new(System::Beads, Shelf::Current, cards);
    let mut names = Collector::default();
    names.board(&board);
    Some(Reading { content: Content::Board(Box::new(board)), facts: names.facts(0), problems })
}

fn issue(text: &str, root: &Node, span: Span) -> Option<Card> {
    let id = token(text, root.get("id")?)?;
    let record = root.get("_type").and_then(Node::scalar).unwrap_or("issue");
    let status = read::text(root, "status");
    if record != "issue" || root.get("title").is_none() || status.as_ref().is_some_and(|it| it.value == "tombstone") {
        return None;
    }
    let mut ticket = Ticket {
        title: read::text(root, "title"),
        // `open` is left out by old versions.
        status: status.or_else(|| Some(Spanned::new("open".to_owned(), Span::empty(id.span.end as usize)))),
        ticket_type: read::text(root, "issue_type")
            .or_else(|| Some(Spanned::new("task".to_owned(), Span::empty(span.start as usize)))),
        priority: read::text(root, "priority"),
        assignee: read::list(root, "assignee"),
        labels: read::list(root, "labels"),
        spec: read::text(root, "spec_id"),
        external_ref: read::text(root, "external_ref"),
        ..Ticket::default()
    };
    let mut related = Vec::new();
    for link in root.get("dependencies").map(Node::items).unwrap_or_default() {
        let Some(other) = link.get("depends_on_id").and_then(|node| token(text, node)) else { continue };
        if link.get("issue_id").and_then(Node::scalar).is_some_and(|from| from != id.value) {
            continue;
        }
        let elsewhere = other.value.contains(':');
        match link.get("type").and_then(Node::scalar).unwrap_or("blocks") {
            _ if elsewhere => related.push(other),
            kind if BLOCKING.contains(&kind) => ticket.dependencies.push(other),
            "parent-child" if ticket.parent.is_none() => ticket.parent = Some(other),
            _ => related.push(other),
        }
    }
    if let Some(words) = root.get("acceptance_criteria").and_then(Node::scalar) {
        ticket.acceptance = gate::boxes_in(words, root.get("acceptance_criteria").map_or(span, |node| node.span));
    }
    ticket.id = Some(id);
    Some(Card { related, closed: read::text(root, "closed_at"), ..Card::new(ticket, span) })
}

fn settings(text: &str) -> Option<Reading> {
    let root = yaml::read(text, Span::new(0, text.len())).root;
    let prefix = ["issue-prefix", "issue_prefix"].iter().find_map(|key| read::text(&root, key));
    let custom = root.get("status.custom").or_else(|| root.get("status")?.get("custom"));
    // `in_review:active,on_hold:frozen`
    let words =
        custom.and_then(Node::scalar).unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    let place = custom.map_or(Span::empty(0), |node| node.span);
    let statuses = words.map(|word| {
        let (word, category) = word.split_once(':').unwrap_or((word, ""));
        let category = match category.trim() {
            "active" => Some(StatusCategory::Todo),
            "wip" => Some(StatusCategory::Active),
            "done" => Some(StatusCategory::Done),
            "frozen" => Some(StatusCategory::Blocked),
            _ => None,
        };
        (Spanned::new(word.trim().to_owned(), place), category)
    });
    let settings = Settings { statuses: statuses.collect(), prefix, ..Settings::default() };
    let facts = Collector::default().facts(meaning(&root));
    let content = Content::Board(Box::new(Board::settings(System::Beads, settings)));
    Some(Reading { content, facts, problems: Vec::new() })
}

const EXPORT: &str =
    "the source of Beads (June 2026), internal/types/types.go; the file is an export: `bd` changes the database";

const STATES: Words = &[
    word("open", "Not started."),
    word("in_progress", "Being worked on."),
    word("blocked", "Waits for another."),
    word("deferred", "Put off."),
    word("closed", "Done; has a `closed_at`."),
    word("pinned", "Stays open for good."),
    word("hooked", "On the hook of an agent."),
];

const TYPES: Words = &[
    word("bug", "Something broken."),
    word("feature", "Something new."),
    word("task", "Something to do."),
    word("epic", "Something large, with parts."),
    word("chore", "Upkeep."),
    word("decision", "Something that was decided."),
    word("spike", "Something to find out."),
    word("story", "What somebody wants."),
    word("milestone", "A point in time."),
    word("message", "Words from one agent to another."),
    word("molecule", "A workflow that was made from a formula."),
    word("gate", "Waits for something outside."),
];

static ISSUE: KeyTable = KeyTable {
    system: System::Beads,
    title: "an issue",
    source: EXPORT,
    keys: &[
        key("_type", Text, "What kind of line it is: `issue`, `memory`, …").or("`issue`"),
        required("id", Text, "Its id: the prefix of the repository, `-`, and letters and digits."),
        required("title", Text, "What it is called: at most 500 characters."),
        key("status", Open(STATES), "How far it is; a repository may have words of its own.").or("`open`"),
        required("priority", Integer, "From 0, which is most urgent, to 4."),
        key("issue_type", Open(TYPES), "What kind of work it is.").or("`task`"),
        key("description", Text, "What it is about."),
        key("design", Text, "How it is to be done."),
        key("acceptance_criteria", Text, "When it is done."),
        key("notes", Text, "What else there is to say."),
        key("spec_id", Text, "The specification that it belongs to."),
        key("assignee", Text, "Who works on it."),
        key("owner", Text, "Who answers for it."),
        key("estimated_minutes", Integer, "How long it is thought to take."),
        key("created_at", Text, "When it was made."),
        key("created_by", Text, "Who made it."),
        key("updated_at", Text, "When it was last changed."),
        key("started_at", Text, "When it was begun."),
        key("closed_at", Text, "When it was closed: exactly where `status` is `closed`."),
        key("close_reason", Text, "Why it was closed."),
        key("closed_by_session", Text, "The agent's session that closed it."),
        key("due_at", Text, "When it should be done."),
        key("defer_until", Text, "Until when it is put off."),
        key("external_ref", Text, "Its id elsewhere: `gh-9`, `jira-ABC`."),
        key("metadata", Any, "Anything of your own, as JSON; Beads keeps it."),
        key("labels", List(&Text), "Its labels."),
        key("dependencies", List(&Map(Of(&DEPENDENCY))), "How it is joined to other issues."),
        key("comments", Any, "What was said about it."),
        key("await_type", Text, "A gate's: what it waits for."),
        key("await_id", Text, "A gate's: which one it waits for."),
        key("timeout", Any, "A gate's: when it gives up."),
    ],
};

const LINKS: Words = &[
    word("blocks", "The other one must be closed first."),
    word("parent-child", "It is a part of the other one."),
    word("conditional-blocks", "It is done only where the other one fails."),
    word("waits-for", "It waits for the parts of the other one."),
    word("related", "They belong together."),
    word("discovered-from", "It was found while the other one was done."),
    word("relates-to", "It speaks of the other one."),
    word("duplicates", "It is the same as the other one."),
    word("supersedes", "It stands instead of the other one."),
    word("approved-by", "The other one agrees to it."),
    word("attests", "It bears witness of the other one."),
    word("tracks", "It follows the other one."),
    word("until", "It holds until the other one is closed."),
    word("caused-by", "The other one brought it about."),
    word("validates", "It checks the other one."),
    word("delegated-from", "The other one was handed on to it."),
];

static DEPENDENCY: KeyTable = KeyTable {
    system: System::Beads,
    title: "a dependency",
    source: EXPORT,
    keys: &[
        required("issue_id", Text, "The issue itself."),
        required("depends_on_id", Text, "The other issue; `external:…` is one of another repository."),
        key("type", Open(LINKS), "How they are joined. `blocks`, `conditional-blocks` and `waits-for` hold it up.")
            .or("`blocks`"),
        key("created_at", Text, "When they were joined."),
        key("created_by", Text, "Who joined them."),
    ],
};

const CHECKS: Words =
    &[word("none", "Nothing is said."), word("warn", "It is said and done."), word("error", "It is refused.")];

static CONFIG: KeyTable = KeyTable {
    system: System::Beads,
    title: "the configuration",
    source: "the documentation of Beads (June 2026), docs/CONFIG.md",
    keys: &[
        key("issue-prefix", Text, "What ids begin with.").or("the name of the folder"),
        key("issue_prefix", Text, "What ids begin with.").but("The older spelling of `issue-prefix`"),
        key("no-db", Boolean, "True: the JSONL is all there is, and no database.").or("`false`"),
        key("json", Boolean, "True: `bd` prints JSON without being asked for it.").or("`false`"),
        key("actor", Text, "Who `bd` says it was.").or("`BEADS_ACTOR`, else git's user"),
        key("status.custom", Text, "Further words of status: `in_review:active,on_hold:frozen`."),
        key("status", Map(Of(&STATUS)), "Words of status."),
        key("export.auto", Boolean, "True: the JSONL is written after each change."),
        key("sync.remote", Text, "Where the database is kept in step with."),
        key(
            "validation.on-create",
            OneOf(CHECKS),
            "What is done about an issue without the parts that its type asks for.",
        ),
    ],
};

static STATUS: KeyTable = KeyTable {
    system: System::Beads,
    title: "`status`",
    source: "the documentation of Beads (June 2026), docs/CONFIG.md",
    keys: &[key(
        "custom",
        Text,
        "Further words with what they mean: `active`, `wip`, `done` or `frozen` behind a colon.",
    )],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpecFile;
    use crate::project::Project;
    use std::sync::Arc;

    const LINES: &str = concat!(
        r#"{"_type":"issue","id":"bd-a1","title":"Ring the bell","status":"in_progress","priority":0,"issue_type":"bug","assignee":"ann","labels":["bells"],"spec_id":"specs/001-bell","external_ref":"gh-9","acceptance_criteria":"- [x] It rings\n- [ ] It stops","dependencies":[{"issue_id":"bd-a1","depends_on_id":"bd-b2","type":"blocks"},{"issue_id":"bd-a1","depends_on_id":"bd-c3","type":"parent-child"},{"issue_id":"bd-a1","depends_on_id":"bd-d4","type":"discovered-from"},{"issue_id":"bd-a1","depends_on_id":"external:tower:x","type":"blocks"}]}"#,
        "\n\n",
        r#"{"id":"bd-b2","title":"Buy a rope","status":"closed","priority":1,"closed_at":"2026-01-02T03:04:05Z"}"#,
        "\n",
        r#"{"_type":"memory","key":"k","value":"v","id":"x","title":"t"}"#,
        "\n",
        r#"{"id":"bd-e5","title":"Gone","status":"tombstone"}"#,
        "\n",
    );

    fn file(text: &str) -> SpecFile {
        SpecFile::read(".beads/issues.jsonl", text).unwrap()
    }

    #[test]
    fn every_line_is_an_issue() {
        let file = file(LINES);
        let board = file.board().unwrap();
        let ids: Vec<_> = file.tickets().map(|ticket| ticket.id.as_ref().unwrap().value.as_str()).collect();
        assert_eq!(ids, ["bd-a1", "bd-b2"]);
        let bell = board.card("bd-a1").unwrap();
        let waits: Vec<_> = bell.ticket.dependencies.iter().map(|id| (id.value.as_str(), id.span.of(LINES))).collect();
        assert_eq!(waits, [("bd-b2", "bd-b2")], "only what blocks holds up");
        assert_eq!(bell.ticket.parent.as_ref().unwrap().value, "bd-c3");
        let related: Vec<_> = bell.related.iter().map(|id| id.value.as_str()).collect();
        assert_eq!(related, ["bd-d4", "external:tower:x"]);
        assert_eq!(bell.ticket.acceptance.iter().map(|item| item.checked).collect::<Vec<_>>(), [true, false]);
        assert_eq!(
            file.words_of_ticket("bd-a1"),
            [("Acceptance Criteria", "- [x] It rings\n- [ ] It stops".to_owned())]
        );
        assert!(board.card("bd-b2").unwrap().closed.is_some());
        assert_eq!(board.ticket("bd-b2").unwrap().ticket_type.as_ref().unwrap().value, "task");
    }

    #[test]
    fn a_conflict_is_said_at_its_line_and_other_files_are_left_alone() {
        let file = file(&format!("<<<<<<< HEAD\n{LINES}"));
        assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
        assert!(file.board().unwrap().ticket("bd-a1").is_some());
        assert!(SpecFile::read(".beads/issues.jsonl", "# notes\nsome words\n").is_none());
        assert_eq!(self::file("").tickets().count(), 0);
    }

    #[test]
    fn what_bd_prints_counts_more_than_its_copy() {
        let mut project = Project::default();
        project.set(Arc::new(file(LINES)));
        assert_eq!(project.tickets().count(), 2);
        let now = LINES.replace("in_progress", "closed").lines().next().unwrap().to_owned();
        project.set(Arc::new(SpecFile::read(LISTING, &now).unwrap()));
        let (from, ticket) = project.ticket("bd-a1").unwrap();
        assert_eq!((from.path.as_str(), ticket.status.as_ref().unwrap().value.as_str()), (LISTING, "closed"));
        assert!(project.ticket("bd-b2").is_none(), "it is no more in the database");
    }

    #[test]
    fn settings_say_the_prefix_and_own_words_of_status() {
        let text = "issue-prefix: \"bell\"\nstatus.custom: \"on_rope:wip,rung:done,heard\"\n";
        let file = SpecFile::read(SETTINGS, text).unwrap();
        let settings = &file.board().unwrap().settings;
        assert_eq!(settings.prefix.as_ref().unwrap().value, "bell");
        let words: Vec<_> = settings.statuses.iter().map(|(word, category)| (word.value.as_str(), *category)).collect();
        assert_eq!(
            words,
            [("on_rope", Some(StatusCategory::Active)), ("rung", Some(StatusCategory::Done)), ("heard", None)]
        );
    }
}
