//! Reads the files of Backlog.md: `backlog/tasks/*.md` and the shelves beside it (`drafts`, `completed`, `archive/tasks`,
//! `archive/drafts`), and `backlog/config.yml`; the same below `.backlog/` and `docs/backlog/`. A `backlog.config.yml` at the
//! root says more than they do; the folder that it names may be another one, which is not looked for yet.
//!
//! A file there is a ticket of Backlog.md when its front matter has `id`, `title` and `status`. What real files look like
//! and is read here:
//! - Ids in any case and with cosmetic zeros: `task-7`, `TASK-7` and `TASK-007` are one ticket, `TASK-7` to the tool. A bare
//!   number in `dependencies` has the prefix of the file's own id.
//! - `assignee: @ann` and `[@ann, bob]`, which is not YAML: Backlog.md quotes such values before it reads.
//! - Sections in comments (`<!-- SECTION:DESCRIPTION:BEGIN -->`, `<!-- AC:BEGIN -->`), and old files without them.
//!
//! Backlog.md writes its own list of keys and drops every other one, so what only Tollgate knows never stands in these
//! files, and is not read from them either.
//!
//! ```text
//! ---
//! id: TASK-7
//! title: Ring the bell
//! status: In Progress
//! assignee:
//!   - '@ann'
//! dependencies:
//!   - task-3
//! ---
//! ## Acceptance Criteria
//! <!-- AC:BEGIN -->
//! - [ ] #1 It rings
//! <!-- AC:END -->
//! ```

use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading, System};
use crate::board::{Board, Card, Settings, Shelf};
use crate::facts::{Collector, meaning};
use crate::model::{PassSettings, Ticket};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read;
use syntax::yaml::Node;
use syntax::{front_matter, markdown, yaml};
use text::{Span, Spanned};

/// Where the tool's own settings may stand; the first one counts.
pub(crate) const SETTINGS: &[&str] = &[
    "backlog.config.yml",
    "backlog/config.yml",
    "backlog/config.yaml",
    ".backlog/config.yml",
    ".backlog/config.yaml",
    "docs/backlog/config.yml",
    "docs/backlog/config.yaml",
];

/// Folders that a project may keep its tickets in.
const FOLDERS: &[&str] = &["backlog/", ".backlog/", "docs/backlog/"];

pub(crate) const READER: Reader = Reader {
    places: &[
        "backlog.config.yml",
        "backlog/config.yml",
        "backlog/config.yaml",
        "backlog/tasks/*.md",
        "backlog/drafts/*.md",
        "backlog/completed/*.md",
        "backlog/archive/tasks/*.md",
        "backlog/archive/drafts/*.md",
        ".backlog/config.yml",
        ".backlog/config.yaml",
        ".backlog/tasks/*.md",
        ".backlog/drafts/*.md",
        ".backlog/completed/*.md",
        ".backlog/archive/tasks/*.md",
        ".backlog/archive/drafts/*.md",
        "docs/backlog/config.yml",
        "docs/backlog/config.yaml",
        "docs/backlog/tasks/*.md",
        "docs/backlog/drafts/*.md",
        "docs/backlog/completed/*.md",
        "docs/backlog/archive/tasks/*.md",
        "docs/backlog/archive/drafts/*.md",
    ],
    kind: |path| (SETTINGS.contains(&path) || shelf(path).is_some()).then_some(FileKind::Board),
    read: |path, text| if SETTINGS.contains(&path) { settings(text) } else { ticket(shelf(path)?, text) },
    keys: |path, text, _| {
        if SETTINGS.contains(&path) { keys::whole(text, Form::Yaml, &CONFIG) } else { keys::front(text, &TASK) }
    },
};

/// The shelf that a path is on.
fn shelf(path: &str) -> Option<Shelf> {
    let rest = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder))?;
    let (folder, name) = rest.rsplit_once('/')?;
    if name.len() <= 3 || !name.ends_with(".md") {
        return None;
    }
    Some(match folder {
        "tasks" => Shelf::Current,
        "drafts" => Shelf::Draft,
        "completed" => Shelf::Completed,
        "archive/tasks" | "archive/drafts" => Shelf::Archived,
        _ => return None,
    })
}

fn ticket(shelf: Shelf, text: &str) -> Option<Reading> {
    let split = front_matter::split(text);
    let document = yaml::read(text, split.yaml);
    let root = &document.root;
    if ["id", "title", "status"].iter().any(|key| root.entry(key).is_none()) {
        return None;
    }
    let body = markdown::read(text, split.body);
    let read = crate::ticket::ticket(text, root, &body);
    let written = read.id.clone()?;
    let prefix = written.value.rsplit_once('-').map_or("TASK", |(prefix, _)| prefix).to_owned();
    let named = |id: Spanned<String>| id.map(|id| canonical(&id, &prefix));
    let kind = read.ticket_type.clone();
    let ticket = Ticket {
        id: Some(named(written)),
        dependencies: read.dependencies.into_iter().map(named).collect(),
        parent: read.parent.map(named),
        ticket_type: Some(kind.unwrap_or_else(|| Spanned::new("task".to_owned(), split.open))),
        // Not Backlog.md's keys: it would drop them at the next save.
        workflow: None,
        size: None,
        spec: None,
        external_ref: None,
        branch: None,
        budget: None,
        settings: PassSettings::default(),
        ..read
    };
    let mut problems = Vec::new();
    // Nobody mends what is put away.
    if !document.valid && shelf == Shelf::Current {
        problems.extend(document.problems.iter().filter_map(|problem| not_yaml(text, split.yaml, problem)).take(1));
    }
    let board = Board::new(System::Backlog, shelf, vec![Card::new(ticket, Span::new(0, text.len()))]);
    let mut names = Collector::default();
    names.board(&board);
    Some(Reading { content: Content::Board(Box::new(board)), facts: names.facts(meaning(root)), problems })
}

/// What a strict reader of YAML refuses: people with an `@`, which Backlog.md takes, or anything else, which it does not.
fn not_yaml(text: &str, yaml: Span, problem: &yaml::Problem) -> Option<Problem> {
    let yaml::ProblemKind::Invalid(words) = &problem.kind else { return None };
    let start = text[..problem.span.start as usize].rfind(['\n', '\r']).map_or(0, |at| at + 1).max(yaml.start as usize);
    let line = text[start..].lines().next().unwrap_or_default();
    let people = ["assignee:", "reporter:"].iter().any(|key| line.trim_start().starts_with(key)) && line.contains('@');
    let kind = if people { ProblemKind::OnlyItsTool("Backlog.md") } else { ProblemKind::LooseYaml(words.clone()) };
    Some(Problem { kind, span: problem.span })
}

/// The name that Backlog.md knows an id by: the prefix in capitals, numbers without zeros in front.
pub(crate) fn canonical(id: &str, prefix: &str) -> String {
    let id = id.trim();
    let (prefix, body) = match id.split_once('-') {
        Some((own, body)) if own.bytes().all(|byte| byte.is_ascii_alphabetic()) && !own.is_empty() => (own, body),
        _ => (prefix, id),
    };
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = part.trim_start_matches('0');
        if digits { (if plain.is_empty() { "0" } else { plain }).to_owned() } else { part.to_ascii_uppercase() }
    };
    let body: Vec<String> = body.split('.').map(number).collect();
    format!("{}-{}", prefix.to_ascii_uppercase(), body.join("."))
}

fn settings(text: &str) -> Option<Reading> {
    let root: Node = yaml::read(text, Span::new(0, text.len())).root;
    // Any other `config.yml` of a folder of that name is not Backlog.md's.
    if !["project_name", "projectName", "statuses", "task_prefix", "prefixes"].iter().any(|key| root.get(key).is_some())
    {
        return None;
    }
    let prefix = read::text(&root, "task_prefix").or_else(|| read::text(root.get("prefixes")?, "task"));
    let statuses = read::list(&root, "statuses").into_iter().map(|word| (word, None)).collect();
    let board = Board::settings(System::Backlog, Settings { statuses, prefix, ..Settings::default() });
    let facts = Collector::default().facts(meaning(&root));
    Some(Reading { content: Content::Board(Box::new(board)), facts, problems: Vec::new() })
}

const TYPES: Words = &[
    word("bug", "Something broken."),
    word("feature", "Something new."),
    word("enhancement", "Something better."),
    word("task", "Something to do."),
    word("chore", "Upkeep."),
    word("docs", "Documentation."),
    word("spike", "Something to find out."),
];

const STATUSES: Words =
    &[word("To Do", "Not started."), word("In Progress", "Being worked on."), word("Done", "Finished.")];

const PRIORITIES: Words = &[word("high", "Next."), word("medium", "The usual."), word("low", "When there is time.")];

/// Backlog.md writes these and drops every other key at its next save.
static TASK: KeyTable = KeyTable {
    system: System::Backlog,
    title: "a task",
    source: "the source of Backlog.md (August 2026), src/markdown/serializer.ts: it drops all other keys when it saves",
    keys: &[
        required("id", Text, "Its id: the prefix, `-`, and a number; `TASK-7.1` is a part of `TASK-7`."),
        required("title", Text, "What it is called."),
        required("status", Open(STATUSES), "How far it is: a word of `statuses` in the configuration."),
        key("assignee", OneOrMore(&Text), "Who works on it; `@ann` in quotes, as YAML knows no bare `@`."),
        key("reporter", Text, "Who asked for it."),
        key("created_date", Text, "When it was made: `YYYY-MM-DD`, with a time behind it or not."),
        key("updated_date", Text, "When it was last changed."),
        key("due_date", Text, "When it should be done."),
        key("labels", OneOrMore(&Text), "Its labels."),
        key("milestone", Text, "The milestone that it belongs to."),
        key("dependencies", OneOrMore(&Name(NameKind::Ticket)), "Tasks that must be done before."),
        key("references", OneOrMore(&Text), "Files and addresses that it is about."),
        key("documentation", OneOrMore(&Text), "Documents to read first."),
        key("modified_files", OneOrMore(&Path), "Files that were changed for it."),
        key("parent_task_id", Name(NameKind::Ticket), "The task that it is a part of."),
        key("subtasks", OneOrMore(&Name(NameKind::Ticket)), "Its parts."),
        key("priority", Open(PRIORITIES), "How urgent it is."),
        key("type", Open(TYPES), "What kind of work it is.").or("`task`"),
        key("ordinal", Number, "Its place in its column: lower is further up."),
        key("onStatusChange", Text, "A command of the shell that is run when its status changes."),
    ],
};

/// Keys that stand in files are those of old, or those of the command line: both are read.
static CONFIG: KeyTable = KeyTable {
    system: System::Backlog,
    title: "the configuration",
    source: "the documentation of Backlog.md (August 2026), ADVANCED-CONFIG.md; `backlog config` changes it",
    keys: &[
        required("project_name", Text, "What the project is called."),
        key("projectName", Text, "What the project is called.").but("The command line's spelling of `project_name`"),
        key("default_status", Text, "Status of a new task.").or("the first of `statuses`"),
        key("default_assignee", OneOrMore(&Text), "Who works on a new task.").or("nobody"),
        key("statuses", List(&Text), "The columns of the board; the last one is the end.")
            .or("`[To Do, In Progress, Done]`"),
        key("priorities", List(&Text), "Priorities, the most urgent first.").or("`[High, Medium, Low]`"),
        key("labels", List(&Text), "Labels that are offered."),
        key("milestones", List(&Text), "Milestones that are offered."),
        key("definition_of_done", List(&Text), "Boxes of every new task's Definition of Done."),
        key("date_format", Text, "How days are shown.").or("`yyyy-mm-dd`"),
        key("max_column_width", Integer, "Columns of the terminal's board are at most so wide.").or("20"),
        key("default_editor", Text, "The editor that `E` opens.").or("`$EDITOR`"),
        key("auto_open_browser", Boolean, "False: the page is not opened by itself.").or("`true`"),
        key("default_port", Integer, "Port of the page.").or("6420"),
        key("remote_operations", Boolean, "False: git's remotes are left alone.").or("`true`"),
        key("auto_commit", Boolean, "True: each change of a task is committed.").or("`false`"),
        key("filesystem_only", Boolean, "True: git is left alone.").or("`false`"),
        key("backlog_directory", Path, "The folder of the tasks; only in a `backlog.config.yml` at the root.")
            .or("`backlog`"),
        key("bypass_git_hooks", Boolean, "True: commits pass over git's hooks.").or("`false`"),
        key("zero_padded_ids", Integer, "Numbers of ids have so many digits.").or("as many as they need"),
        key("check_active_branches", Boolean, "False: tasks of other branches are not looked at.").or("`true`"),
        key("active_branch_days", Integer, "Days after which a branch is not looked at any more.").or("30"),
        key("onStatusChange", Text, "A command of the shell that is run when a status changes."),
        key("task_prefix", Text, "What ids begin with.").or("`task`"),
        key("prefixes", Map(Of(&PREFIXES)), "What ids begin with.").but("The older spelling of `task_prefix`"),
    ],
};

static PREFIXES: KeyTable = KeyTable {
    system: System::Backlog,
    title: "`prefixes`",
    source: "the documentation of Backlog.md (August 2026), ADVANCED-CONFIG.md",
    keys: &[key("task", Text, "What ids of tasks begin with."), key("draft", Text, "What ids of drafts begin with.")],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpecFile;
    use crate::model::StatusCategory;
    use crate::project::Project;
    use std::sync::Arc;

    const BELL: &str = "---\nid: task-7\ntitle: Ring: the bell\nstatus: In Progress\nassignee: @ann\nlabels: [bells]\n\
        dependencies:\n  - TASK-3\n  - task-004.01\n  - 5\nparent_task_id: task-1\n---\n\n## Description\n\n\
        <!-- SECTION:DESCRIPTION:BEGIN -->\nIt hangs there.\n<!-- SECTION:DESCRIPTION:END -->\n\n## Acceptance Criteria\n\
        <!-- AC:BEGIN -->\n- [x] #1 It rings\n- [ ] #2 It stops\n<!-- AC:END -->\n";

    fn card(path: &str, text: &str) -> Option<(Board, Card)> {
        let file = SpecFile::read(path, text)?;
        let board = file.board()?.clone();
        let card = board.tickets.first()?.clone();
        Some((board, card))
    }

    #[test]
    fn a_ticket_is_read_as_backlog_reads_it() {
        let text = BELL.replace("Ring: the bell", "Ring the bell");
        let (board, card) = card("backlog/tasks/task-7 - Ring the bell.md", &text).unwrap();
        assert_eq!((board.system, board.shelf), (System::Backlog, Shelf::Current));
        let ticket = &card.ticket;
        let id = ticket.id.as_ref().unwrap();
        assert_eq!((id.value.as_str(), id.span.of(&text)), ("TASK-7", "task-7"));
        let waits: Vec<_> = ticket.dependencies.iter().map(|id| (id.value.as_str(), id.span.of(&text))).collect();
        assert_eq!(waits, [("TASK-3", "TASK-3"), ("TASK-4.1", "task-004.01"), ("TASK-5", "5")]);
        assert_eq!(ticket.parent.as_ref().unwrap().value, "TASK-1");
        assert_eq!(ticket.assignee.iter().map(|person| person.value.as_str()).collect::<Vec<_>>(), ["@ann"]);
        assert_eq!(ticket.ticket_type.as_ref().unwrap().value, "task", "no type is a task");
        let boxes: Vec<_> =
            ticket.acceptance.iter().map(|item| (item.id.as_ref().unwrap().value.as_str(), item.checked)).collect();
        assert_eq!(boxes, [("#1", true), ("#2", false)]);
    }

    #[test]
    fn says_which_tool_reads_what_is_no_yaml() {
        let problems = |text: &str| SpecFile::read("backlog/tasks/a.md", text).unwrap().problems;
        let text = BELL.replace("Ring: the bell", "Ring the bell");
        let found = problems(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].kind, ProblemKind::OnlyItsTool("Backlog.md"));
        assert!(matches!(problems(BELL)[0].kind, ProblemKind::LooseYaml(_)), "{:?}", problems(BELL));
        assert_eq!(problems(&text.replace("@ann", "'@ann'")), []);
    }

    #[test]
    fn the_shelf_follows_from_the_folder_and_the_text_must_be_a_ticket() {
        let text = BELL.replace("@ann", "ann");
        for (path, shelf) in [
            ("backlog/tasks/x.md", Some(Shelf::Current)),
            (".backlog/tasks/x.md", Some(Shelf::Current)),
            ("backlog/drafts/x.md", Some(Shelf::Draft)),
            ("backlog/completed/x.md", Some(Shelf::Completed)),
            ("backlog/archive/tasks/x.md", Some(Shelf::Archived)),
            ("backlog/docs/x.md", None),
            ("docs/backlog/tasks/x.md", Some(Shelf::Current)),
            ("next/backlog/tasks/x.md", None),
            ("backlog/tasks/x.txt", None),
        ] {
            assert_eq!(card(path, &text).map(|(board, _)| board.shelf), shelf, "{path}");
        }
        assert!(SpecFile::read("backlog/tasks/readme.md", "# Tasks\n\n```\n---\nid: task-1\n---\n```\n").is_none());
    }

    #[test]
    fn the_last_word_of_the_list_is_the_end() {
        let mut project = Project::default();
        let settings =
            "project_name: \"Bells\"\nstatuses: [\"Heard of\", \"On the rope\", \"Rung\"]\ntask_prefix: \"bell\"\n";
        project.set(Arc::new(SpecFile::read("backlog/config.yml", settings).unwrap()));
        let category = |status: &str| {
            let text = format!("---\nid: bell-1\ntitle: t\nstatus: {status}\n---\n");
            let file = SpecFile::read("backlog/tasks/bell-1.md", &text).unwrap();
            project.category(&file, file.tickets().next().unwrap())
        };
        assert_eq!(category("heard of"), Some(StatusCategory::Todo));
        assert_eq!(category("On the rope"), Some(StatusCategory::Active));
        assert_eq!(category("Rung"), Some(StatusCategory::Done));
        assert_eq!(category("Done"), Some(StatusCategory::Done), "a word that everybody knows");
        assert_eq!(category("Sideways"), None);
        assert_eq!(project.settings_of(System::Backlog).unwrap().prefix.as_ref().unwrap().value, "bell");
    }

    #[test]
    fn the_settings_at_the_root_come_first() {
        let mut project = Project::default();
        for (path, statuses) in [("backlog.config.yml", "[Begun, Rung]"), ("docs/backlog/config.yml", "[Begun, Heard]")]
        {
            let settings = format!("project_name: Bells\nstatuses: {statuses}\nbacklog_directory: docs/backlog\n");
            project.set(Arc::new(SpecFile::read(path, &settings).unwrap()));
        }
        let text = "---\nid: bell-1\ntitle: t\nstatus: Rung\n---\n";
        let file = SpecFile::read("docs/backlog/tasks/bell-1.md", text).unwrap();
        assert_eq!(project.category(&file, file.tickets().next().unwrap()), Some(StatusCategory::Done));
    }

    #[test]
    fn one_ticket_has_one_name() {
        for (written, name) in [
            ("task-7", "TASK-7"),
            ("TASK-007.02", "TASK-7.2"),
            ("7", "BELL-7"),
            ("7.1", "BELL-7.1"),
            ("back-a3f", "BACK-A3F"),
            ("", "BELL-"),
        ] {
            assert_eq!(canonical(written, "bell"), name, "{written}");
        }
    }
}
