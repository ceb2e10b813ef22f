//! Workflows of other tools, read onto one model: steps, what they wait for, who does them, and what a person has to say
//! yes to. The model knows no tool; each tool has a reader in `foreign/`.
//!
//! Every part keeps its span. Steps stand in one list in the order of the text; one that is a part of another names it by
//! its index, so that a walk needs no recursion.

use crate::foreign::System;
use crate::model::Section;
use crate::project::{Content, SpecFile};
use text::{Span, Spanned};

/// A workflow of another tool, or what changes one (an overlay).
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    /// Whose it is.
    pub system: System,
    /// What the tool calls such a file: `workflow`, `formula`, `chain`, `overlay`, `schema`, …
    pub what: &'static str,
    /// The name that it says, else none: then it is known by its place.
    pub name: Option<Spanned<String>>,
    /// Name in the graph: the system's prefix, then the name that the tool knows it by.
    pub key: String,
    /// Its description, on one line and cut.
    pub description: Option<Spanned<String>>,
    /// What it takes.
    pub inputs: Vec<Input>,
    /// Its steps in order of place.
    pub steps: Vec<Step>,
    /// Other files that it is made of or builds on: imports, `extends`.
    pub parts: Vec<Spanned<String>>,
    /// Limits on money, time or turns as they are written: key and value.
    pub limits: Vec<(Spanned<String>, Spanned<String>)>,
    /// Body sections by heading.
    pub sections: Vec<Section>,
}

/// What a workflow takes.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type as written.
    pub kind: Option<Spanned<String>>,
    /// Its default as written.
    pub default: Option<Spanned<String>>,
    /// True when it must be given.
    pub required: bool,
    /// Words it is limited to; empty for any.
    pub allowed: Vec<Spanned<String>>,
}

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// Its id. A step without one is kept, so that the rest of it still gets service.
    pub id: Option<Spanned<String>>,
    /// The whole step.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
    /// The tool's word for that, where one is written.
    pub word: Option<Spanned<String>>,
    /// A line for lists.
    pub title: Option<Spanned<String>>,
    /// The agent, role or command that does it.
    pub does: Option<Spanned<String>>,
    /// Ids of the steps that it waits for.
    pub needs: Vec<Spanned<String>>,
    /// Steps that it speaks of in an expression (`steps.<id>.…`, `{{id.output}}`).
    pub speaks_of: Vec<Spanned<String>>,
    /// Inputs that it speaks of.
    pub takes: Vec<Spanned<String>>,
    /// What is put into a command without quotes: places of expressions in the text of a command.
    pub interpolated: Vec<Span>,
    /// The step that it is a part of: an index into [`Flow::steps`], always a smaller one than its own.
    pub parent: Option<u32>,
    /// How often at most it is done, where it repeats and a limit is written.
    pub most: Option<Spanned<u32>>,
    /// What somebody or something must agree to.
    pub gate: Option<StepGate>,
}

/// Kinds of steps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// An agent does it.
    Agent,
    /// A program does it.
    Command,
    /// Somebody has to say yes.
    Gate,
    /// Steps one after the other, or one of several.
    Group,
    /// Steps again and again.
    Loop,
    /// Steps side by side.
    Parallel,
    /// Another workflow.
    Call,
    /// A document that comes to be.
    Artifact,
}

impl StepKind {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            StepKind::Agent => "agent step",
            StepKind::Command => "command",
            StepKind::Gate => "gate",
            StepKind::Group => "group of steps",
            StepKind::Loop => "loop",
            StepKind::Parallel => "steps side by side",
            StepKind::Call => "another workflow",
            StepKind::Artifact => "artifact",
        }
    }
}

/// The gate of a step.
#[derive(Clone, PartialEq, Debug)]
pub struct StepGate {
    /// The whole gate, or the key that says it.
    pub span: Span,
    /// Who or what decides, as written: `human`, `gh:run`, `timer`, an agent.
    pub by: Option<Spanned<String>>,
    /// Its written criteria.
    pub criteria: Vec<Spanned<String>>,
}

impl Flow {
    /// The name in the graph of something in this workflow.
    pub fn inside(&self, id: &str) -> String {
        format!("{}/{id}", self.key)
    }

    /// The step of that id; the first where it stands twice.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id.as_ref().is_some_and(|own| own.value == id))
    }
}

impl SpecFile {
    /// The workflow of another tool that the file is, if it is one.
    pub fn flow(&self) -> Option<&Flow> {
        match &self.content {
            Content::Flow(flow) => Some(flow),
            _ => None,
        }
    }
}
