//! What a feature asks for, against the tasks that do it: the table that people otherwise keep by hand.

use crate::explain::escaped;
use crate::prompt::one_line;
use serde::Serialize;
use spec::work::{Document, Feature, Requirement, RequirementKind, Task, Work, id_of};
use spec::{NameKind, Project, Role, SpecFile, System};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use text::Span;

/// No more findings than this are listed on a page.
const MOST_FINDINGS: usize = 50;

/// A feature with its requirements and tasks.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// Name of its folder.
    pub feature: String,
    /// The tool that it is kept with.
    pub system: &'static str,
    /// Title of its spec, or of the first document there is.
    pub title: Option<String>,
    /// The state that somebody wrote down.
    pub status: Option<String>,
    /// What its numbers are.
    pub counts: Counts,
    /// What is wanted, in order of place.
    pub requirements: Vec<RequirementRow>,
    /// The tasks, in order of place.
    pub tasks: Vec<TaskRow>,
    /// Its checklists, in order of path.
    pub checklists: Vec<ChecklistRow>,
    /// Questions in its documents that nobody has answered.
    pub questions: Vec<Place>,
    /// Tickets that carry it. Who knows what runs fills them in.
    pub tickets: Vec<TicketRow>,
    /// Commits that name it, newest first. Who reads the repository fills them in.
    pub commits: Vec<CommitRow>,
    /// What checks found where its requirements and tasks say that they are done. Who knows what ran fills them in.
    pub findings: Vec<FindingRow>,
}

/// Something that a check found, with what it concerns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FindingRow {
    /// Where, in the text on disk.
    pub place: Place,
    /// `error`, `warning`, `info`, `hint`.
    pub severity: &'static str,
    /// What the check says.
    pub message: String,
    /// The check, with the pass and the ticket whose gate it belongs to.
    pub check: String,
    /// The pass.
    pub pass: String,
    /// The ticket.
    pub ticket: String,
    /// The file changed since.
    pub stale: bool,
    /// Tasks that name the file, or whose own line it stands in.
    pub tasks: Vec<String>,
    /// Requirements that those tasks name, or whose own line it stands in.
    pub requirements: Vec<String>,
}

/// A commit as it is read from a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its message.
    pub message: String,
}

/// A commit that names a feature or one of its tickets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CommitRow {
    /// The beginning of its id.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// The tasks and requirements that its message names.
    pub names: Vec<String>,
}

/// A ticket that carries a feature.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TicketRow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Its passes with their gates.
    pub gates: Vec<GateRow>,
}

/// A pass of a ticket and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GateRow {
    /// Its id.
    pub pass: String,
    /// Its state in words for people.
    pub state: String,
    /// Why.
    pub why: String,
    /// What the last run of its checks found.
    pub findings: usize,
}

/// Numbers of a feature.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Counts {
    /// Requirements; stories and measures of success are not counted.
    pub requirements: usize,
    /// Those that are named where the tasks are.
    pub covered: usize,
    /// Tasks.
    pub tasks: usize,
    /// Those that are ticked.
    pub done: usize,
    /// True where the tool has its tasks name what they are for.
    #[serde(skip)]
    pub named: bool,
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// Path from the root.
    pub path: String,
    /// Bytes.
    pub span: Span,
}

/// What is wanted, and who does it.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementRow {
    /// Its id.
    pub id: String,
    /// `requirement`, `criterion`, `measure`, `story` or `defect`.
    pub kind: &'static str,
    /// What becomes of it, in a change.
    pub change: Option<&'static str>,
    /// `P1`, where one is written.
    pub priority: Option<String>,
    /// Its words, cut.
    pub words: String,
    /// Where it is written.
    pub place: Place,
    /// Ids of the tasks that name it, or that are a part of the story.
    pub tasks: Vec<String>,
    /// How far it is.
    pub state: State,
}

/// How far a requirement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The tasks do not name it.
    Uncovered,
    /// It is named between the tasks, by none of them.
    Mentioned,
    /// None of its tasks is done.
    Open,
    /// Some are done.
    Begun,
    /// All are done.
    Done,
}

impl State {
    fn of(mentioned: bool, done: usize, all: usize) -> State {
        match (all, done) {
            (0, _) if mentioned => State::Mentioned,
            (0, _) => State::Uncovered,
            (_, 0) => State::Open,
            (all, done) if all == done => State::Done,
            _ => State::Begun,
        }
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            State::Uncovered => "no task",
            State::Mentioned => "mentioned",
            State::Open => "open",
            State::Begun => "begun",
            State::Done => "done",
        }
    }
}

/// A task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskRow {
    /// Its id.
    pub id: String,
    /// Ticked.
    pub done: bool,
    /// May be left out.
    pub optional: bool,
    /// May be done beside its neighbours.
    pub parallel: bool,
    /// The story that it is a part of.
    pub story: Option<String>,
    /// Its words, cut.
    pub words: String,
    /// Requirements that it names.
    pub requirements: Vec<String>,
    /// Tasks that it says it comes after.
    pub after: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// A checklist.
#[derive(Clone, Debug, Serialize)]
pub struct ChecklistRow {
    /// Path from the root.
    pub path: String,
    /// `checklist`, or `approvals`: what somebody agreed to.
    pub kind: &'static str,
    /// Items.
    pub items: usize,
    /// Those that are ticked.
    pub done: usize,
}

/// The ids of requirements and stories that a task names, each once, in order of place. Those of its story are among them.
pub fn requirements_of<'a>(file: &'a SpecFile, task: &Task) -> Vec<&'a str> {
    let uses =
        file.names_in(task.span).filter(|(name, role, _)| name.kind == NameKind::Requirement && *role == Role::Use);
    let mut seen = BTreeSet::new();
    uses.map(|(name, _, _)| id_of(&name.text)).filter(|id| seen.insert(*id)).collect()
}

/// The tasks by the requirement that they name.
pub fn tasks_by_requirement<'a>(file: &'a SpecFile, work: &'a Work) -> BTreeMap<&'a str, Vec<&'a Task>> {
    let mut found: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in &work.tasks {
        for id in requirements_of(file, task) {
            found.entry(id).or_default().push(task);
        }
    }
    found
}

/// Ids of requirements and stories that stand anywhere in a file of tasks: a table or a phase may name what no single
/// task does.
pub fn mentioned(file: &SpecFile) -> BTreeSet<&str> {
    let uses =
        file.facts.names.iter().filter(|(name, role, _)| name.kind == NameKind::Requirement && *role == Role::Use);
    uses.map(|(name, _, _)| id_of(&name.text)).collect()
}

/// True when a requirement is among those that are mentioned, by itself or by the one that it is a part of.
pub fn is_named(mentioned: &BTreeSet<&str>, wanted: &Requirement) -> bool {
    mentioned.contains(wanted.id.value.as_str())
        || wanted.part_of.as_ref().is_some_and(|whole| mentioned.contains(&**whole))
}

/// The tasks for a requirement, in order of place: those that name it, the one that it is a part of, or one of its parts.
pub fn tasks_of<'a>(
    feature: &Feature<'_>,
    covering: &BTreeMap<&str, Vec<&'a Task>>,
    wanted: &Requirement,
) -> Vec<&'a Task> {
    let mut ids = vec![wanted.id.value.as_str()];
    ids.extend(wanted.part_of.as_deref());
    if wanted.kind == RequirementKind::Story {
        let parts = feature.requirements().map(|(_, other)| other);
        let parts = parts.filter(|other| other.part_of.as_deref() == Some(&*wanted.id.value));
        ids.extend(parts.map(|part| part.id.value.as_str()));
    }
    let mut found: Vec<&Task> = ids.iter().filter_map(|id| covering.get(id)).flatten().copied().collect();
    found.sort_by_key(|task| task.span);
    found.dedup_by_key(|task| task.span);
    found
}

/// The numbers of a feature.
pub fn counts(feature: &Feature<'_>) -> Counts {
    let mentioned = feature.tasks.map(|(file, _)| mentioned(file)).unwrap_or_default();
    let wanted = || feature.requirements().map(|(_, wanted)| wanted).filter(|wanted| wanted.kind.is_built());
    let tasks = feature.tasks.map_or(&[][..], |(_, work)| &work.tasks);
    let boxes = feature.tasks.map_or(&[][..], |(_, work)| &work.checks);
    Counts {
        requirements: wanted().count(),
        covered: wanted().filter(|wanted| is_named(&mentioned, wanted)).count(),
        tasks: tasks.len() + boxes.len(),
        done: tasks.iter().filter(|task| task.done).count() + boxes.iter().filter(|check| check.done).count(),
        // OpenSpec's tasks are for the whole change.
        named: feature.tasks.is_none_or(|(_, work)| work.system != System::OpenSpec),
    }
}

impl Counts {
    /// `3 of 4 requirements covered · 5 of 9 tasks done`.
    pub fn words(self) -> String {
        let mut parts = Vec::new();
        if self.requirements > 0 && self.covered == 0 && !self.named {
            parts.push(plural(self.requirements, "requirement"));
        } else if self.requirements > 0 && self.tasks > 0 && self.covered == 0 {
            // Many teams never name them: that is no fault of their tasks.
            parts.push(format!("{} requirements, none named by a task", self.requirements));
        } else if self.requirements > 0 && self.tasks > 0 {
            parts.push(format!("{} of {} requirements covered", self.covered, self.requirements));
        } else if self.requirements > 0 {
            parts.push(plural(self.requirements, "requirement"));
        }
        parts.push(match self.tasks {
            0 => "no tasks yet".to_owned(),
            all => format!("{} of {all} tasks done", self.done),
        });
        parts.join(" · ")
    }
}

/// The trace of a feature; `None` when there is no such feature.
pub fn trace(project: &Project, name: &str) -> Option<Trace> {
    let feature = project.feature(name)?;
    let place = |file: &SpecFile, span: Span| Place { path: file.path.clone(), span };
    let covering = feature.tasks.map(|(file, work)| tasks_by_requirement(file, work)).unwrap_or_default();
    let mentioned = feature.tasks.map(|(file, _)| mentioned(file)).unwrap_or_default();
    let requirement = |file: &SpecFile, wanted: &Requirement| {
        let tasks = tasks_of(&feature, &covering, wanted);
        RequirementRow {
            id: wanted.id.value.clone(),
            kind: match wanted.kind {
                RequirementKind::Requirement => "requirement",
                RequirementKind::Criterion => "criterion",
                RequirementKind::Measure => "measure",
                RequirementKind::Story => "story",
                RequirementKind::Defect => "defect",
            },
            change: wanted.change.map(spec::work::Change::word),
            priority: wanted.priority.as_ref().map(|priority| priority.value.clone()),
            words: wanted.words.to_string(),
            place: place(file, wanted.id.span),
            state: State::of(is_named(&mentioned, wanted), tasks.iter().filter(|task| task.done).count(), tasks.len()),
            tasks: tasks.iter().map(|task| task.id.value.clone()).collect(),
        }
    };
    let task = |file: &SpecFile, task: &Task| TaskRow {
        id: task.id.value.clone(),
        done: task.done,
        optional: task.optional,
        parallel: task.parallel,
        story: task.story.as_ref().map(|story| story.value.clone()),
        words: task.words.to_string(),
        requirements: {
            let story = task.story.as_ref().map(|story| story.value.as_str());
            requirements_of(file, task).into_iter().filter(|id| Some(*id) != story).map(str::to_owned).collect()
        },
        after: task.after.iter().map(|id| id.value.clone()).collect(),
        place: place(file, task.id.span),
    };
    let titled = feature.documents().find_map(|(_, work)| work.title.as_ref());
    let stated = feature.specifications.iter().copied().chain(feature.approvals);
    let lists = feature.checklists.iter().copied().chain(feature.approvals);
    Some(Trace {
        feature: name.to_owned(),
        system: feature.documents().next()?.1.system.word(),
        title: titled.map(|title| title.value.clone()),
        status: stated.filter_map(|(_, work)| work.status.as_ref()).map(|status| status.value.clone()).next(),
        counts: counts(&feature),
        requirements: feature.requirements().map(|(file, wanted)| requirement(file, wanted)).collect(),
        tasks: feature.tasks.map_or_else(Vec::new, |(file, work)| work.tasks.iter().map(|it| task(file, it)).collect()),
        checklists: lists
            .map(|(file, work)| ChecklistRow {
                path: file.path.clone(),
                kind: if work.document == Document::Approvals { "approvals" } else { "checklist" },
                items: work.checks.len(),
                done: work.checks.iter().filter(|check| check.done).count(),
            })
            .collect(),
        questions: feature
            .documents()
            .flat_map(|(file, work)| work.questions.iter().map(move |span| place(file, *span)))
            .collect(),
        tickets: Vec::new(),
        commits: Vec::new(),
        findings: Vec::new(),
    })
}

/// `1 requirement`, `2 requirements`.
fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The trace as a Markdown page.
pub fn markdown(trace: &Trace) -> String {
    let mut text = format!("# {}\n\n", escaped(&trace.feature));
    if let Some(title) = &trace.title {
        let _ = writeln!(text, "{}\n", escaped(title));
    }
    let mut facts = vec![trace.counts.words()];
    facts.extend(trace.status.as_ref().map(|status| format!("status: {}", escaped(status))));
    match trace.questions.len() {
        0 => {}
        1 => facts.push("1 open question".to_owned()),
        more => facts.push(format!("{more} open questions")),
    }
    let _ = writeln!(text, "{}", facts.join(" · "));
    let done: BTreeSet<&str> = trace.tasks.iter().filter(|task| task.done).map(|task| task.id.as_str()).collect();
    if !trace.requirements.is_empty() {
        text.push_str("\n| | what | tasks | state |\n|---|---|---|---|\n");
        for row in &trace.requirements {
            let tasks =
                row.tasks.iter().map(|id| if done.contains(id.as_str()) { format!("{id} ✓") } else { id.clone() });
            let tasks = tasks.collect::<Vec<_>>().join(", ");
            // What nobody plans to measure by a task is not missing one.
            let state = match (row.kind, row.state) {
                ("measure", State::Uncovered) => "",
                (_, State::Uncovered) if !trace.counts.named => row.change.unwrap_or_default(),
                (_, state) => state.word(),
            };
            let found = trace.findings.iter().filter(|finding| finding.requirements.contains(&row.id)).count();
            let found = if found == 0 { String::new() } else { plural(found, "finding") };
            let state = [state, &found].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
            let _ = writeln!(text, "| {} | {} | {tasks} | {state} |", escaped(&row.id), escaped(&row.words));
        }
    }
    let apart = trace.tasks.iter().filter(|task| task.requirements.is_empty() && task.story.is_none());
    let apart: Vec<&str> = apart.map(|task| task.id.as_str()).collect();
    if !apart.is_empty() && trace.counts.covered > 0 {
        let _ = writeln!(text, "\nTasks that name no requirement and no story: {}", apart.join(", "));
    }
    for row in &trace.checklists {
        let what = if row.kind == "approvals" { "Approvals" } else { "Checklist" };
        let _ = writeln!(text, "\n{what} `{}`: {} of {} done", row.path.replace('`', ""), row.done, row.items);
    }
    for row in &trace.tickets {
        let title = row.title.as_ref().map_or(String::new(), |title| format!(": {}", escaped(title)));
        let _ = writeln!(text, "\nTicket {}{title}\n", escaped(&row.id));
        for gate in &row.gates {
            let _ = write!(text, "- `{}`: {}", gate.pass.replace('`', ""), escaped(&gate.state));
            if gate.findings > 0 {
                let _ = write!(text, " · {}", plural(gate.findings, "finding"));
            }
            text.push('\n');
        }
    }
    if !trace.findings.is_empty() {
        text.push_str("\nFindings\n\n");
        for row in trace.findings.iter().take(MOST_FINDINGS) {
            let concerns =
                row.requirements.iter().chain(&row.tasks).map(|id| escaped(id)).collect::<Vec<_>>().join(", ");
            let path = row.place.path.replace('`', "");
            let stale = if row.stale { ", before the file changed" } else { "" };
            let (severity, words) = (row.severity, escaped(&one_line(&row.message, 160)));
            let _ = writeln!(text, "- {concerns}: {severity} in `{path}`: {words} ({}{stale})", escaped(&row.check));
        }
        if trace.findings.len() > MOST_FINDINGS {
            let _ = writeln!(text, "- … and {} more", trace.findings.len() - MOST_FINDINGS);
        }
    }
    if !trace.commits.is_empty() {
        text.push_str("\nCommits\n\n");
        for row in &trace.commits {
            let names = if row.names.is_empty() { String::new() } else { format!(" ({})", row.names.join(", ")) };
            let _ = writeln!(text, "- {} {}{}", row.id, escaped(&row.subject), escaped(&names));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn project() -> Project {
        let mut project = Project::default();
        for (path, text) in [
            (
                "specs/001-search/spec.md",
                "# Feature Specification: Search\n\n**Status**: Draft\n\n### User Story 1 - Find a book (Priority: P1)\n\n\
                 - **FR-001**: Words are found\n- **FR-002**: Case is | ignored [NEEDS CLARIFICATION: in Turkish too?]\n\
                 - **FR-003**: Nothing is lost\n- **SC-001**: It is quick\n",
            ),
            (
                "specs/001-search/tasks.md",
                "# Tasks: Search\n\n- [x] T001 Set up\n- [x] T002 [US1] Index (FR-001)\n\
                 - [ ] T003 [P] [US1] Look up (FR-001, FR-002; depends on T002)\n",
            ),
            ("specs/001-search/checklists/a.md", "# A Checklist\n\n- [x] CHK001 a\n- [ ] CHK002 b\n"),
        ] {
            project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        project
    }

    #[test]
    fn joins_requirements_and_tasks() {
        let trace = trace(&project(), "001-search").unwrap();
        let rows: Vec<_> =
            trace.requirements.iter().map(|row| (row.id.as_str(), row.tasks.join(" "), row.state)).collect();
        assert_eq!(
            rows,
            [
                ("US1", "T002 T003".to_owned(), State::Begun),
                ("FR-001", "T002 T003".to_owned(), State::Begun),
                ("FR-002", "T003".to_owned(), State::Open),
                ("FR-003", String::new(), State::Uncovered),
                ("SC-001", String::new(), State::Uncovered),
            ]
        );
        assert_eq!(trace.counts.words(), "2 of 3 requirements covered · 2 of 3 tasks done");
        assert_eq!(
            (trace.questions.len(), trace.checklists[0].done, trace.tasks[2].after.join(" ")),
            (1, 1, "T002".into())
        );
        assert!(super::trace(&project(), "001").is_none());
    }

    #[test]
    fn is_a_page_that_foreign_words_cannot_break() {
        let page = markdown(&trace(&project(), "001-search").unwrap());
        assert!(page.contains("| FR-002 | Case is \\| ignored"), "{page}");
        assert!(page.contains("| FR-003 | Nothing is lost |  | no task |") && page.contains("T002 ✓, T003"), "{page}");
        assert!(page.contains("name no requirement and no story: T001") && page.contains("1 open question"), "{page}");
        assert!(page.contains("`specs/001-search/checklists/a.md`: 1 of 2 done"), "{page}");
    }
}
