//! Work artifacts of other tools, read onto one model: what a feature asks for, the tasks that it was cut into, its
//! checklists and open questions. The model knows no tool; each tool has a reader in `foreign/`.
//!
//! Every part keeps its span. Of the words only a short line is kept, as much as a hover shows, so that a file that
//! nobody has open costs little.

pub use crate::foreign::System;
use crate::model::Section;
use crate::project::{Content, Name, NameKind, Project, Role, SpecFile};
use std::sync::Arc;
use text::{Span, Spanned};

/// What a document is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Document {
    /// What is wanted: stories, requirements, measures of success.
    Specification,
    /// What is wanted and the tasks for it, in one.
    Story,
    /// What holds of a part of the system once all changes are in.
    Capability,
    /// Why a change is made.
    Proposal,
    /// How it is to be built.
    Plan,
    /// The tasks.
    Tasks,
    /// Questions that somebody has to say yes to.
    Checklist,
    /// What holds for every feature of the project.
    Principles,
    /// Which documents of a feature somebody has agreed to.
    Approvals,
    /// The state of many features, side by side.
    Overview,
    /// Settings of a change.
    Settings,
    /// Says which feature is being worked on.
    Pointer,
}

impl Document {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Document::Specification => "spec",
            Document::Story => "story",
            Document::Capability => "capability",
            Document::Proposal => "proposal",
            Document::Plan => "plan",
            Document::Tasks => "tasks",
            Document::Checklist => "checklist",
            Document::Principles => "principles",
            Document::Approvals => "approvals",
            Document::Overview => "overview",
            Document::Settings => "settings",
            Document::Pointer => "pointer",
        }
    }
}

/// A document.
#[derive(Clone, PartialEq, Debug)]
pub struct Work {
    /// Whose it is.
    pub system: System,
    /// What it is for.
    pub document: Document,
    /// The feature that it is a part of: the name of its folder behind the system's prefix, without a slash. Of a pointer,
    /// the feature that it names.
    pub feature: Option<String>,
    /// Put away by its tool: it is history, and nothing in it is wrong any more.
    pub archived: bool,
    /// Where the feature's name stands for this document: its title, the value of a pointer, or the start of the text.
    pub place: Span,
    /// Text of the first heading.
    pub title: Option<Spanned<String>>,
    /// The state that somebody wrote down.
    pub status: Option<Spanned<String>>,
    /// Requirements, measures and stories in order of place.
    pub requirements: Vec<Requirement>,
    /// Tasks in order of place.
    pub tasks: Vec<Task>,
    /// Items of a checklist in order of place; where the tasks are, the boxes without an id.
    pub checks: Vec<Check>,
    /// The features of an overview with the state that it gives them.
    pub entries: Vec<Entry>,
    /// The workflow that it says it follows.
    pub follows: Option<Spanned<String>>,
    /// Open questions, each from bracket to bracket.
    pub questions: Vec<Span>,
    /// Text of the tool's template that nobody replaced.
    pub remains: Vec<Span>,
    /// Body sections by heading.
    pub sections: Vec<Section>,
}

/// What is wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    /// `FR-001`, `SC-002`; `US3` for the third story; `2.1` for the first criterion of the second requirement; a title where
    /// the tool knows requirements by their titles.
    pub id: Spanned<String>,
    /// What it is.
    pub kind: RequirementKind,
    /// `P1`, where one is written.
    pub priority: Option<Spanned<String>>,
    /// Its words, on one line and cut.
    pub words: Box<str>,
    /// The whole item or heading.
    pub span: Span,
    /// The id of the requirement that it is a part of: who names that one names this one, too.
    pub part_of: Option<Box<str>>,
    /// What becomes of it, in a document that says what changes.
    pub change: Option<Change>,
    /// The qualified name, where it is defined in another document and only spoken of here.
    pub elsewhere: Option<String>,
    /// Examples below it, where its tool wants some.
    pub scenarios: Option<u32>,
}

impl Requirement {
    /// A requirement that stands for itself.
    pub(crate) fn new(id: Spanned<String>, kind: RequirementKind, words: Box<str>, span: Span) -> Requirement {
        let (priority, part_of, change, elsewhere, scenarios) = (None, None, None, None, None);
        Requirement { id, kind, priority, words, span, part_of, change, elsewhere, scenarios }
    }
}

/// What becomes of a requirement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is new.
    Added,
    /// It is written anew.
    Modified,
    /// It goes.
    Removed,
    /// It gets another title: the old one.
    RenamedFrom,
    /// It gets another title: the new one.
    RenamedTo,
}

impl Change {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Modified => "modified",
            Change::Removed => "removed",
            Change::RenamedFrom => "renamed",
            Change::RenamedTo => "new name",
        }
    }
}

/// A line of an overview.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The feature as written, without the system's prefix.
    pub name: Spanned<String>,
    /// The state that it is given.
    pub status: Spanned<String>,
}

/// Kinds of what is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequirementKind {
    /// Something to build.
    Requirement,
    /// One of the criteria that a requirement or a story is accepted by. They are what is built and counted.
    Criterion,
    /// A measure of success.
    Measure,
    /// A user story.
    Story,
    /// What goes wrong now: it is mended, not built.
    Defect,
}

impl RequirementKind {
    /// True for what tasks are meant to cover.
    pub fn is_built(self) -> bool {
        matches!(self, RequirementKind::Requirement | RequirementKind::Criterion)
    }

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            RequirementKind::Requirement => "requirement",
            RequirementKind::Criterion => "acceptance criterion",
            RequirementKind::Measure => "measure of success",
            RequirementKind::Story => "user story",
            RequirementKind::Defect => "defect",
        }
    }
}

/// A piece of work.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// `T001`, `T005a`, `2.1`.
    pub id: Spanned<String>,
    /// Ticked.
    pub done: bool,
    /// `[ ]`.
    pub mark: Span,
    /// Marked as one that may be left out.
    pub optional: bool,
    /// Marked as independent of its neighbours.
    pub parallel: bool,
    /// The story that it is a part of: `US1`.
    pub story: Option<Spanned<String>>,
    /// Its words, on one line and cut.
    pub words: Box<str>,
    /// Tasks that it says it comes after.
    pub after: Vec<Spanned<String>>,
    /// Paths that it names in backticks.
    pub paths: Vec<Spanned<Box<str>>>,
    /// The whole item.
    pub span: Span,
}

/// A line of a checklist.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// `CHK001`, where it has one.
    pub id: Option<Spanned<String>>,
    /// Ticked.
    pub done: bool,
    /// `[ ]`.
    pub mark: Span,
    /// Its words.
    pub words: Span,
    /// The whole item.
    pub span: Span,
}

/// How far the tasks are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Progress {
    /// There are no tasks.
    Nothing,
    /// None is done.
    Open,
    /// Some are done.
    Begun,
    /// All are done.
    Done,
}

impl Work {
    /// A document that says nothing yet.
    pub(crate) fn new(system: System, document: Document, feature: Option<String>) -> Work {
        Work {
            system,
            document,
            feature,
            archived: false,
            place: Span::empty(0),
            title: None,
            status: None,
            requirements: Vec::new(),
            tasks: Vec::new(),
            checks: Vec::new(),
            entries: Vec::new(),
            follows: None,
            questions: Vec::new(),
            remains: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// How far its tasks are. Those that may be left out are, where all others are done.
    pub fn progress(&self) -> Progress {
        let boxes = self.checks.iter().map(|check| check.done);
        let needed: Vec<bool> = self.needed().map(|task| task.done).chain(boxes).collect();
        match (needed.len(), needed.iter().filter(|done| **done).count()) {
            (0, _) => Progress::Nothing,
            (_, 0) => Progress::Open,
            (all, done) if all == done => Progress::Done,
            _ => Progress::Begun,
        }
    }

    /// The tasks that may not be left out.
    pub fn needed(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| !task.optional)
    }

    /// The task of that id; the first where it stands twice.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id.value == id)
    }

    /// The requirement of that id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id.value == id)
    }

    /// The qualified name of something of this feature.
    pub fn inside(&self, id: &str) -> String {
        format!("{}/{id}", self.feature.as_deref().unwrap_or_default())
    }
}

/// True for a word that is nothing but the id of a requirement, a measure, a story or a task, as running text may name it.
pub fn is_id(word: &str) -> bool {
    crate::foreign::is_id(word)
}

impl SpecFile {
    /// The work artifact that the file is, if it is one.
    pub fn work(&self) -> Option<&Work> {
        match &self.content {
            Content::Work(work) => Some(work),
            _ => None,
        }
    }

    /// The names that stand in a part of the text, with their roles.
    pub fn names_in(&self, span: Span) -> impl Iterator<Item = &(Name, Role, Span)> {
        let names = &self.facts.names;
        let from = names.partition_point(|(_, _, at)| at.start < span.start);
        names[from..]
            .iter()
            .take_while(move |(_, _, at)| at.start < span.end)
            .filter(move |(_, _, at)| span.contains(*at))
    }
}

/// The part of a qualified name behind its feature: an id.
pub fn id_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}

/// A document with its file.
pub type Part<'a> = (&'a Arc<SpecFile>, &'a Work);

/// The documents of one feature.
#[derive(Clone, Default, Debug)]
pub struct Feature<'a> {
    /// Where it is said what is wanted, in order of path.
    pub specifications: Vec<Part<'a>>,
    /// How it is to be built.
    pub plan: Option<Part<'a>>,
    /// The tasks. A story holds them, too.
    pub tasks: Option<Part<'a>>,
    /// The checklists in order of path.
    pub checklists: Vec<Part<'a>>,
    /// What somebody agreed to.
    pub approvals: Option<Part<'a>>,
    /// All others.
    pub others: Vec<Part<'a>>,
}

impl<'a> Feature<'a> {
    /// All its documents, each once.
    pub fn documents(&self) -> impl Iterator<Item = Part<'a>> {
        let tasks = self.tasks.filter(|(_, work)| work.document != Document::Story);
        let first = self.specifications.iter().copied().chain(self.plan).chain(tasks);
        first.chain(self.checklists.iter().copied()).chain(self.approvals).chain(self.others.iter().copied())
    }

    /// What is wanted, with the document that says it.
    pub fn requirements(&self) -> impl Iterator<Item = (&'a Arc<SpecFile>, &'a Requirement)> {
        let all = |(file, work): &Part<'a>| {
            let (file, work) = (*file, *work);
            work.requirements.iter().map(move |wanted| (file, wanted))
        };
        self.specifications.iter().flat_map(all)
    }

    /// The requirement of that id.
    pub fn requirement(&self, id: &str) -> Option<&'a Requirement> {
        self.specifications.iter().find_map(|(_, work)| work.requirement(id))
    }
}

impl Project {
    /// The documents of a feature; `None` when there is none. The effort grows with the feature's files only.
    pub fn feature(&self, name: &str) -> Option<Feature<'_>> {
        let name = Name { kind: NameKind::Feature, text: name.to_owned() };
        let mut feature: Option<Feature<'_>> = None;
        for file in self.definers(&name) {
            let Some(work) = file.work() else { continue };
            let feature = feature.get_or_insert_default();
            match work.document {
                Document::Specification | Document::Capability => feature.specifications.push((file, work)),
                Document::Story => {
                    feature.specifications.push((file, work));
                    feature.tasks = Some((file, work));
                }
                Document::Plan => feature.plan = Some((file, work)),
                Document::Tasks => feature.tasks = Some((file, work)),
                Document::Checklist => feature.checklists.push((file, work)),
                Document::Approvals => feature.approvals = Some((file, work)),
                Document::Proposal | Document::Settings => feature.others.push((file, work)),
                Document::Principles | Document::Overview | Document::Pointer => {}
            }
        }
        feature
    }

    /// Names of the features that can be worked on, in order: neither what holds already nor what was put away.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        let open = |name: &&Name| {
            let first = self.definers(name).find_map(|file| file.work());
            first.is_some_and(|work| work.document != Document::Capability && !work.archived)
        };
        self.defined(NameKind::Feature).filter(open).map(|name| name.text.as_str())
    }
}
