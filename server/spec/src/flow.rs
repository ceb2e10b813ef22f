//! Workflows of other tools, read onto one model: steps, what they wait for, who does them, and what a person has to say
//! yes to. The model knows no tool; each tool has a reader in `foreign/`.
//!
//! Every part keeps its span. Steps stand in one list in the order of the text; one that is a part of another names it by
//! its index, so that a walk needs no recursion.

use crate::foreign::System;
use crate::model::Section;
use crate::project::{Content, Name, NameKind, Project, Role, SpecFile};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
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
    /// What it changes in another one, where it is an overlay. Then [`Flow::key`] is the other one's, and so are the names
    /// of its steps.
    pub over: Option<Over>,
    /// What its tool makes of mistakes.
    pub manners: &'static Manners,
    /// Where its tool runs a form that it compiled: what the two are compared by.
    pub compiled: Option<Compiled>,
}

/// What a workflow and the form that its tool made of it are compared by.
#[derive(Clone, PartialEq, Debug)]
pub enum Compiled {
    /// The text that people write.
    Source(Box<Source>),
    /// The form: the digest in it, where it is known what that was taken of.
    Form(Option<Spanned<String>>),
}

/// What the digest of a text is taken of.
#[derive(Clone, PartialEq, Debug)]
pub struct Source {
    /// The key that makes it a workflow and not only a part of some.
    pub trigger: Option<Span>,
    /// Its front matter, as it goes into the digest.
    pub text: String,
    /// Expressions of its body that go in, too, sorted.
    pub expressions: Vec<String>,
    /// All expressions of its body, sorted.
    pub all_expressions: Vec<String>,
    /// Items of its list of imports as they are written.
    pub imports: Vec<String>,
    /// False when more goes in than is known here.
    pub certain: bool,
}

/// What an overlay changes.
#[derive(Clone, PartialEq, Debug)]
pub struct Over {
    /// The name of the workflow that it changes.
    pub base: Spanned<String>,
    /// Of two overlays that speak of one step the smaller number wins.
    pub priority: i64,
    /// False when the tool passes over it.
    pub enabled: bool,
    /// Its changes in order.
    pub edits: Vec<Edit>,
}

/// One change.
#[derive(Clone, PartialEq, Debug)]
pub struct Edit {
    /// What is done.
    pub change: Change,
    /// The step of the workflow below at which it is done.
    pub anchor: Spanned<String>,
    /// The new step: an index into [`Flow::steps`] of the overlay.
    pub step: Option<u32>,
}

/// What an overlay does at a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Puts a step before it.
    Before,
    /// Puts a step behind it.
    After,
    /// Puts a step in its place.
    Replace,
    /// Takes it out.
    Remove,
}

/// What a tool makes of the mistakes that are looked for in workflows of all tools alike. What only one tool knows, its
/// reader reports itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manners {
    /// A step waits for one that there is not.
    pub unknown_need: Manner,
    /// A step waits for one that stands behind it.
    pub later_need: Manner,
    /// An expression speaks of a step that there is not.
    pub unknown_mention: Manner,
    /// An expression speaks of an input that is not declared.
    pub unknown_input: Manner,
    /// An id stands twice.
    pub duplicate: Manner,
    /// Steps wait for each other.
    pub cycle: Manner,
    /// A loop without a limit.
    pub unbounded: Manner,
    /// True when a command goes to a shell with values put in as they are.
    pub shell: bool,
}

/// What a tool makes of one mistake.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Manner {
    /// It refuses the file.
    Refuses,
    /// It takes the file, and what stands there does not do what it says.
    GoesOn,
    /// It is no mistake there, or nobody knows.
    Accepts,
}

impl Manners {
    /// Of a tool of which nothing is known: nothing is a mistake.
    pub const UNKNOWN: Manners = Manners {
        unknown_need: Manner::Accepts,
        later_need: Manner::Accepts,
        unknown_mention: Manner::Accepts,
        unknown_input: Manner::Accepts,
        duplicate: Manner::Accepts,
        cycle: Manner::Accepts,
        unbounded: Manner::Accepts,
        shell: false,
    };
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
    /// True for a template that the tool stamps out under other ids: its id and those of its parts are a set of their own.
    pub apart: bool,
    /// Limits on money, time or turns of this step as they are written: key and value.
    pub limits: Vec<(Spanned<String>, Spanned<String>)>,
    /// What makes it certain that the tool never comes to it.
    pub never: Option<Span>,
    /// True for a loop that needs a limit and has none.
    pub unbounded: bool,
}

/// Kinds of steps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// An agent does it.
    Agent,
    /// An agent does it, told by a command or prompt that has a name.
    Prompt,
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
            StepKind::Agent | StepKind::Prompt => "agent step",
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

impl Step {
    /// A step of which nothing is known but its place and what it does.
    pub fn new(span: Span, kind: StepKind) -> Step {
        Step {
            id: None,
            span,
            kind,
            word: None,
            title: None,
            does: None,
            needs: Vec::new(),
            speaks_of: Vec::new(),
            takes: Vec::new(),
            interpolated: Vec::new(),
            parent: None,
            most: None,
            gate: None,
            apart: false,
            limits: Vec::new(),
            never: None,
            unbounded: false,
        }
    }
}

impl Flow {
    /// A workflow of which nothing is known but whose it is and what it is called.
    pub fn new(system: System, what: &'static str, key: String, manners: &'static Manners) -> Flow {
        Flow {
            system,
            what,
            name: None,
            key,
            description: None,
            inputs: Vec::new(),
            steps: Vec::new(),
            parts: Vec::new(),
            limits: Vec::new(),
            sections: Vec::new(),
            over: None,
            manners,
            compiled: None,
        }
    }

    /// The name in the graph of something in this workflow.
    pub fn inside(&self, id: &str) -> String {
        format!("{}/{id}", self.key)
    }

    /// The step of that id; the first where it stands twice.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id.as_ref().is_some_and(|own| own.value == id))
    }
}

impl Project {
    /// The workflow of that key as it is written, without its overlays, and its file.
    pub fn flow_file(&self, key: &str) -> Option<(&Arc<SpecFile>, &Flow)> {
        let file = self.definer(NameKind::Flow, key)?;
        Some((file, file.flow()?))
    }

    /// See [`Project::flow_file`].
    pub fn flow(&self, key: &str) -> Option<&Flow> {
        self.flow_file(key).map(|(_, flow)| flow)
    }

    /// The overlays of the workflow of that key that its tool does not pass over, in the order in which they are put on:
    /// where two speak of one step, the later one wins.
    pub fn overlays(&self, key: &str) -> Vec<(&SpecFile, &Flow)> {
        let name = Name { kind: NameKind::Flow, text: key.to_owned() };
        let mut found: Vec<(&SpecFile, &Flow)> = self
            .files_with(&name)
            .filter(|file| file.facts.names.iter().any(|(used, role, _)| *role == Role::Use && *used == name))
            .filter_map(|file| Some((file, file.flow()?)))
            .filter(|(_, flow)| flow.key == key && flow.over.as_ref().is_some_and(|over| over.enabled))
            .collect();
        found.sort_by_key(|(_, flow)| {
            let priority = flow.over.as_ref().map_or(0, |over| over.priority);
            (std::cmp::Reverse(priority), flow.name.as_ref().map(|name| name.value.clone()))
        });
        found
    }
}

/// One step of a workflow with its overlays.
#[derive(Clone, Copy, Debug)]
pub struct Composed<'a> {
    /// The workflow or overlay that it stands in.
    pub from: &'a Flow,
    /// Where in there.
    pub index: u32,
    /// How deep it is nested.
    pub depth: u32,
}

/// The steps of a workflow in the order in which they are done, after its overlays in the order of [`Project::overlays`]:
/// steps before an anchor in that order, then the step itself or what replaces it, then steps behind it, those of the
/// overlay that wins first. What is nested in a step goes where the step goes. Linear in all of them.
pub fn composed<'a>(base: &'a Flow, overlays: &[&'a Flow]) -> Vec<Composed<'a>> {
    let mut edits: HashMap<&str, Vec<(usize, &Flow, &Edit)>> = HashMap::new();
    for (layer, flow) in overlays.iter().enumerate() {
        for edit in flow.over.iter().flat_map(|over| &over.edits) {
            edits.entry(&edit.anchor.value).or_default().push((layer, flow, edit));
        }
    }
    let base_parts = parts(base);
    let overlay_parts: Vec<Vec<Vec<u32>>> = overlays.iter().map(|flow| parts(flow)).collect();
    let mut all = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let tops = base.steps.iter().enumerate().filter(|(_, step)| step.parent.is_none());
    // What comes first lies on top. `None` stands for the workflow itself, a number for one of its overlays; `true` for a
    // step at which the changes are still to be made.
    let mut rest: Vec<(Option<usize>, u32, u32, bool)> =
        tops.map(|(index, _)| (None, u32::try_from(index).unwrap_or(u32::MAX), 0, true)).collect();
    rest.reverse();
    while let Some((layer, index, depth, open)) = rest.pop() {
        let (flow, parts) = layer.map_or((base, &base_parts), |layer| (overlays[layer], &overlay_parts[layer]));
        let Some(step) = flow.steps.get(index as usize) else { continue };
        let id = step.id.as_ref().map(|id| id.value.as_str());
        let here = id.filter(|id| open && layer.is_none() && !step.apart && seen.insert(id));
        let here = here.and_then(|id| edits.get(id)).map(Vec::as_slice).unwrap_or_default();
        let wins = here.last().map(|(_, _, edit)| edit.change);
        if wins == Some(Change::Remove) {
            continue;
        }
        let put = |change: Change| here.iter().filter(move |(_, _, edit)| edit.change == change);
        let new = |(layer, _, edit): &(usize, &Flow, &Edit)| Some((Some(*layer), edit.step?, depth, false));
        if !here.is_empty() {
            let mut behind: Vec<_> = put(Change::After).collect();
            behind.sort_by_key(|(layer, _, _)| std::cmp::Reverse(*layer));
            let own = match wins {
                Some(Change::Replace) => here.last().and_then(new),
                _ => Some((None, index, depth, false)),
            };
            let in_order = put(Change::Before).filter_map(new).chain(own).chain(behind.into_iter().filter_map(new));
            let in_order: Vec<_> = in_order.collect();
            rest.extend(in_order.into_iter().rev());
            continue;
        }
        all.push(Composed { from: flow, index, depth });
        let inner = parts.get(index as usize).map(Vec::as_slice).unwrap_or_default();
        rest.extend(inner.iter().rev().map(|part| (layer, *part, depth + 1, layer.is_none())));
    }
    all
}

/// For each step the steps that are directly nested in it.
fn parts(flow: &Flow) -> Vec<Vec<u32>> {
    let mut parts = vec![Vec::new(); flow.steps.len()];
    for (index, step) in flow.steps.iter().enumerate() {
        if let Some(outer) = step.parent.and_then(|parent| parts.get_mut(parent as usize)) {
            outer.push(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    parts
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
