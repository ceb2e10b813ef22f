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
    /// How it is to be built.
    Plan,
    /// The tasks.
    Tasks,
    /// Questions that somebody has to say yes to.
    Checklist,
    /// What holds for every feature of the project.
    Principles,
    /// Says which feature is being worked on.
    Pointer,
}

impl Document {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Document::Specification => "spec",
            Document::Plan => "plan",
            Document::Tasks => "tasks",
            Document::Checklist => "checklist",
            Document::Principles => "principles",
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
    /// The feature that it is a part of: the name of its folder behind the system's prefix. Of a pointer, the feature that
    /// it names.
    pub feature: Option<String>,
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
    /// Items of a checklist in order of place.
    pub checks: Vec<Check>,
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
    /// `FR-001`, `SC-002`; `US3` for the third story.
    pub id: Spanned<String>,
    /// What it is.
    pub kind: RequirementKind,
    /// `P1`, where one is written.
    pub priority: Option<Spanned<String>>,
    /// Its words, on one line and cut.
    pub words: Box<str>,
    /// The whole item or heading.
    pub span: Span,
}

/// Kinds of what is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequirementKind {
    /// Something to build.
    Requirement,
    /// A measure of success or an acceptance criterion.
    Measure,
    /// A user story.
    Story,
}

impl RequirementKind {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            RequirementKind::Requirement => "requirement",
            RequirementKind::Measure => "measure of success",
            RequirementKind::Story => "user story",
        }
    }
}

/// A piece of work.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// `T001`, `T005a`.
    pub id: Spanned<String>,
    /// Ticked.
    pub done: bool,
    /// `[ ]`.
    pub mark: Span,
    /// Marked as independent of its neighbours.
    pub parallel: bool,
    /// The story that it is a part of: `US1`.
    pub story: Option<Spanned<String>>,
    /// Its words, on one line and cut.
    pub words: Box<str>,
    /// Tasks that it says it comes after.
    pub after: Vec<Spanned<String>>,
    /// Paths that it names in backticks.
    pub paths: Vec<Span>,
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
    /// How far its tasks are.
    pub fn progress(&self) -> Progress {
        match (self.tasks.len(), self.tasks.iter().filter(|task| task.done).count()) {
            (0, _) => Progress::Nothing,
            (_, 0) => Progress::Open,
            (all, done) if all == done => Progress::Done,
            _ => Progress::Begun,
        }
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

/// The documents of one feature.
#[derive(Clone, Default, Debug)]
pub struct Feature<'a> {
    /// What is wanted.
    pub specification: Option<(&'a Arc<SpecFile>, &'a Work)>,
    /// How it is to be built.
    pub plan: Option<(&'a Arc<SpecFile>, &'a Work)>,
    /// The tasks.
    pub tasks: Option<(&'a Arc<SpecFile>, &'a Work)>,
    /// The checklists in order of path.
    pub checklists: Vec<(&'a Arc<SpecFile>, &'a Work)>,
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
                Document::Specification => feature.specification = Some((file, work)),
                Document::Plan => feature.plan = Some((file, work)),
                Document::Tasks => feature.tasks = Some((file, work)),
                Document::Checklist => feature.checklists.push((file, work)),
                Document::Principles | Document::Pointer => {}
            }
        }
        feature
    }
}
