//! What a file contributes to the graph: the names it defines and uses, and a hash of everything else that other files
//! may depend on.

use crate::board::Board;
use crate::flow::{Flow, StepKind};
use crate::guide::{Guide, GuideKind};
use crate::manifest::Manifest;
use crate::model::{Agent, Config, Gate, InputRef, PassSettings, Ticket, Workflow};
use crate::project::{Facts, Name, NameKind, Role};
use crate::work::{Document, Work};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use syntax::template::Expression;
use syntax::yaml::{Entry, Kind, Node};
use text::{Span, Spanned};

/// Collects names in any order.
#[derive(Default)]
pub(crate) struct Collector {
    names: Vec<(Name, Role, Span)>,
    ties: Vec<(Name, Role)>,
}

impl Collector {
    pub(crate) fn add(&mut self, kind: NameKind, text: impl Into<String>, role: Role, span: Span) {
        self.names.push((Name { kind, text: text.into() }, role, span));
    }

    pub(crate) fn tie(&mut self, kind: NameKind, text: String, role: Role) {
        self.ties.push((Name { kind, text }, role));
    }

    /// Takes what a part of the file contributes.
    pub(crate) fn take(&mut self, part: Facts) {
        self.names.extend(part.names);
        self.ties.extend(part.ties);
    }

    fn use_all<'a>(&mut self, kind: NameKind, words: impl IntoIterator<Item = &'a Spanned<String>>) {
        for word in words {
            self.add(kind, word.value.as_str(), Role::Use, word.span);
        }
    }

    fn settings(&mut self, settings: &PassSettings) {
        self.use_all(NameKind::Tier, &settings.tier);
    }

    /// The names in order of place.
    pub(crate) fn facts(mut self, meaning: u64) -> Facts {
        self.names.sort_by(|a, b| (a.2, a.1, &a.0).cmp(&(b.2, b.1, &b.0)));
        self.names.shrink_to_fit();
        Facts { names: self.names, ties: self.ties, meaning }
    }

    /// A file is known by the name it says, else by its stem; then `place` stands for the missing name.
    fn define(&mut self, kind: NameKind, name: &Option<Spanned<String>>, stem: &str, place: Span) {
        match name {
            Some(name) => self.add(kind, name.value.as_str(), Role::Definition, name.span),
            None => self.add(kind, stem, Role::Definition, place),
        }
    }

    pub(crate) fn workflow(&mut self, workflow: &Workflow, templates: &[Expression], stem: &str, place: Span) {
        self.define(NameKind::Workflow, &workflow.name, stem, place);
        let own = workflow.name.as_ref().map_or(stem, |name| name.value.as_str());
        let inside = |name: &str| format!("{own}/{name}");
        for input in &workflow.inputs {
            self.add(NameKind::Input, inside(&input.name), Role::Definition, input.name.span);
            self.tie(NameKind::AnyInput, input.name.value.clone(), Role::Definition);
        }
        self.settings(&workflow.defaults);
        for pass in &workflow.passes {
            if let Some(id) = &pass.id {
                self.add(NameKind::Pass, inside(id), Role::Definition, id.span);
            }
            for need in &pass.needs {
                self.add(NameKind::Pass, inside(need), Role::Use, need.span);
            }
            self.use_all(NameKind::Agent, &pass.agent);
            self.settings(&pass.settings);
            self.use_all(NameKind::Workflow, &pass.workflow);
            self.use_all(NameKind::Resource, pass.reserve.iter().map(|reservation| &reservation.resource));
            for output in pass.outputs.iter().filter_map(|output| output.id.as_ref()) {
                self.add(NameKind::Output, inside(output), Role::Definition, output.span);
            }
            for input in &pass.inputs {
                match &input.value {
                    InputRef::Output(name) => self.add(NameKind::Output, inside(name), Role::Use, input.span),
                    InputRef::Input(name) => self.add(NameKind::Input, inside(name), Role::Use, input.span),
                    InputRef::Ticket | InputRef::Glob(_) => {}
                }
            }
            if let Some(gate) = &pass.gate {
                self.gate(gate, Some(own));
            }
        }
        for section in workflow.sections.iter().filter(|section| section.level == 2) {
            let is_pass = |id: &&Spanned<String>| id.value == section.title.value;
            if workflow.passes.iter().filter_map(|pass| pass.id.as_ref()).any(|id| is_pass(&id)) {
                self.add(NameKind::Pass, inside(&section.title), Role::Heading, section.title.span);
            }
        }
        for (first, second, span) in named(templates) {
            let kind = match first {
                "inputs" => NameKind::Input,
                "outputs" => NameKind::Output,
                "passes" => NameKind::Pass,
                _ => continue,
            };
            self.add(kind, inside(second), Role::Use, span);
        }
    }

    /// Inputs in the templates of a file that serves many workflows.
    pub(crate) fn any_inputs(&mut self, templates: &[Expression]) {
        for (_, input, span) in named(templates).filter(|(first, _, _)| *first == "inputs") {
            self.add(NameKind::AnyInput, input, Role::Use, span);
        }
    }

    /// A gate; `workflow` is the one whose outputs its checks look into.
    fn gate(&mut self, gate: &Gate, workflow: Option<&str>) {
        self.use_all(NameKind::Gate, &gate.shared);
        self.use_all(NameKind::Agent, gate.reviewer.iter().flat_map(|reviewer| &reviewer.agent));
        let Some(workflow) = workflow else { return };
        for check in gate.criteria.iter().filter_map(|criterion| criterion.check.as_ref()) {
            self.add(NameKind::Output, format!("{workflow}/{}", check.output), Role::Use, check.span);
        }
    }

    pub(crate) fn shared_gate(&mut self, name: &Option<Spanned<String>>, gate: &Gate, stem: &str, place: Span) {
        self.define(NameKind::Gate, name, stem, place);
        self.gate(gate, None);
    }

    pub(crate) fn agent(&mut self, agent: &Agent, stem: &str, place: Span) {
        self.define(NameKind::Agent, &agent.name, stem, place);
        self.settings(&agent.settings);
        self.use_all(NameKind::Agent, &agent.independent_of);
        self.use_all(NameKind::Agent, agent.extends.iter().filter(|extends| !extends.value.contains('/')));
        self.use_all(NameKind::Skill, &agent.skills);
        let own = agent.name.as_ref().map_or(stem, |name| name.value.as_str());
        // Two files that begin or cease to say the same share the tie of what they say.
        let sense = agent.sense;
        self.tie(NameKind::AgentSense, format!("{own}#d{:016x}", sense.description), Role::Definition);
        self.tie(NameKind::AgentSense, format!("{own}#b{:016x}", sense.body), Role::Definition);
        if let Some(tools) = sense.tools {
            self.tie(NameKind::AgentSense, format!("{own}#tools"), Role::Definition);
            self.tie(NameKind::AgentSense, format!("{own}#t{tools:02x}"), Role::Definition);
        }
        let Some(host) = &agent.host else { return };
        self.use_all(NameKind::Agent, &host.leads_to);
        if let Some(from) = &host.provenance {
            let name = format!("{}@{}", from.source.value, from.digest.value);
            self.tie(NameKind::Projection, name, Role::Use);
        }
    }

    /// What files that were projected from a file depend on.
    pub(crate) fn projected(&mut self, path: &str, text: &str) {
        let name = format!("{path}@{}", crate::host::digest(text));
        self.tie(NameKind::Projection, name, Role::Definition);
    }

    /// A ticket, and the keys of its `inputs:`.
    pub(crate) fn ticket(&mut self, ticket: &Ticket, inputs: &[Entry], stem: &str, place: Span) {
        for input in inputs {
            self.add(NameKind::AnyInput, input.key.value.as_str(), Role::Use, input.key.span);
        }
        self.define(NameKind::Ticket, &ticket.id, stem, place);
        self.use_all(NameKind::Ticket, &ticket.dependencies);
        self.use_all(NameKind::Ticket, &ticket.parent);
        self.use_all(NameKind::Workflow, &ticket.workflow);
        self.settings(&ticket.settings);
    }

    /// A work artifact with the ids that stand in it: true for those of tasks. Every document of a feature defines the
    /// feature, so that each hears when another's meaning changes.
    pub(crate) fn work(&mut self, work: &Work, mentions: impl Iterator<Item = (bool, Spanned<String>)>) {
        for entry in &work.entries {
            let name = format!("{}{}", work.system.prefix(), entry.name.value);
            self.add(NameKind::Feature, name, Role::Use, entry.name.span);
        }
        if let Some(flow) = &work.follows {
            self.add(NameKind::Flow, format!("{}{}", work.system.prefix(), flow.value), Role::Use, flow.span);
        }
        let Some(feature) = &work.feature else { return };
        let role = if work.document == Document::Pointer { Role::Use } else { Role::Definition };
        self.add(NameKind::Feature, feature.as_str(), role, work.place);
        let mut own = BTreeSet::new();
        for requirement in &work.requirements {
            own.insert(requirement.id.span);
            let (name, role) = match &requirement.elsewhere {
                Some(name) => (name.clone(), Role::Use),
                None => (work.inside(&requirement.id), Role::Definition),
            };
            self.add(NameKind::Requirement, name, role, requirement.id.span);
        }
        for task in &work.tasks {
            own.insert(task.id.span);
            self.add(NameKind::Task, work.inside(&task.id), Role::Definition, task.id.span);
        }
        for (is_task, id) in mentions {
            if !own.contains(&id.span) {
                let kind = if is_task { NameKind::Task } else { NameKind::Requirement };
                self.add(kind, work.inside(&id), Role::Use, id.span);
            }
        }
    }

    /// The names of a work artifact, with what other documents of its feature look at beside them.
    pub(crate) fn work_facts(self, work: &Work) -> Facts {
        let mut hasher = DefaultHasher::new();
        (work.document, work.archived, work.progress(), work.status.as_ref().map(|status| &status.value))
            .hash(&mut hasher);
        // Whether everything is agreed to, and what an overview says.
        work.checks.iter().all(|check| check.done).hash(&mut hasher);
        work.entries.iter().for_each(|entry| entry.status.value.hash(&mut hasher));
        self.facts(hasher.finish())
    }

    /// A workflow of another tool. `place` stands for a name that its text does not say.
    pub(crate) fn flow(&mut self, flow: &Flow, place: Span) {
        let place = flow.name.as_ref().map_or(place, |name| name.span);
        match &flow.over {
            None => self.add(NameKind::Flow, flow.key.as_str(), Role::Definition, place),
            Some(over) => {
                self.add(NameKind::Flow, flow.key.as_str(), Role::Use, over.base.span);
                for edit in &over.edits {
                    self.add(NameKind::Step, flow.inside(&edit.anchor), Role::Use, edit.anchor.span);
                }
            }
        }
        for input in &flow.inputs {
            self.add(NameKind::FlowInput, flow.inside(&input.name), Role::Definition, input.name.span);
        }
        for step in &flow.steps {
            if let Some(id) = &step.id {
                self.add(NameKind::Step, flow.inside(id), Role::Definition, id.span);
            }
            for other in step.needs.iter().chain(&step.speaks_of) {
                self.add(NameKind::Step, flow.inside(other), Role::Use, other.span);
            }
            for input in &step.takes {
                self.add(NameKind::FlowInput, flow.inside(input), Role::Use, input.span);
            }
            match step.kind {
                StepKind::Agent => self.use_all(NameKind::Agent, &step.does),
                StepKind::Prompt => self.use_all(NameKind::Command, &step.does),
                _ => {}
            }
        }
    }

    /// A guide of a host.
    pub(crate) fn guide(&mut self, guide: &Guide) {
        let kind = match guide.kind {
            GuideKind::Skill => NameKind::Skill,
            GuideKind::Command => NameKind::Command,
            GuideKind::Rule => return,
        };
        self.add(kind, guide.name.value.as_str(), Role::Definition, guide.name.span);
        self.use_all(NameKind::Agent, &guide.agent);
        self.use_all(NameKind::Agent, &guide.leads_to);
        self.use_all(NameKind::Skill, &guide.skills);
    }

    /// What an add-on brings and what it hooks in.
    pub(crate) fn manifest(&mut self, manifest: &Manifest) {
        for part in &manifest.parts {
            match part.kind {
                "command" => {
                    if let Some(name) = &part.name {
                        self.add(NameKind::Command, name.value.as_str(), Role::Definition, name.span);
                    }
                }
                "workflow" => self.use_all(NameKind::Flow, &part.name),
                _ => {}
            }
            if let Some((kind, started)) = &part.starts {
                self.add(*kind, started.value.as_str(), Role::Use, started.span);
            }
        }
        self.use_all(NameKind::Command, manifest.hooks.iter().flat_map(|hook| &hook.command));
    }

    /// Tickets of another tool.
    pub(crate) fn board(&mut self, board: &Board) {
        for card in &board.tickets {
            let ticket = &card.ticket;
            self.use_all(NameKind::Ticket, &card.related);
            if let Some(id) = &ticket.id {
                self.add(NameKind::Ticket, id.value.as_str(), Role::Definition, id.span);
            }
            self.use_all(NameKind::Ticket, &ticket.dependencies);
            self.use_all(NameKind::Ticket, &ticket.parent);
        }
    }

    pub(crate) fn config(&mut self, config: &Config) {
        for tier in &config.tiers {
            self.add(NameKind::Tier, tier.name.value.as_str(), Role::Definition, tier.name.span);
        }
        self.use_all(NameKind::Tier, &config.max_tier);
        for resource in config.resources.iter().filter_map(|resource| resource.id.as_ref()) {
            self.add(NameKind::Resource, resource.value.as_str(), Role::Definition, resource.span);
        }
        for row in &config.agents {
            self.add(NameKind::Agent, row.name.value.as_str(), Role::Definition, row.name.span);
            self.use_all(NameKind::Tier, &row.tier);
        }
    }
}

impl Facts {
    /// Narrows the place of every name to the name itself, whatever its reader knew of quotes, marks of a block and what
    /// leads to it: `"spec"`, `outputs.spec`, `(check: absent "x" in outputs.spec)`. A token that does not spell its name
    /// (a title, a range of ids, escapes) stays as it is.
    pub(crate) fn narrow(&mut self, text: &str) {
        for (name, _, span) in &mut self.names {
            if name.kind != NameKind::Feature {
                *span = bare(text, *span, &name.text);
            }
        }
        self.names.sort_by(|a, b| (a.2, a.1, &a.0).cmp(&(b.2, b.1, &b.0)));
    }
}

/// The first two words of each name in templates, and the place of the second.
fn named(templates: &[Expression]) -> impl Iterator<Item = (&str, &str, Span)> {
    templates.iter().flat_map(Expression::names).filter_map(|name| {
        let mut parts = name.value.split('.');
        let (first, second) = (parts.next()?, parts.next().filter(|second| !second.is_empty())?);
        let start = name.span.start as usize + first.len() + 1;
        Some((first, second, Span::new(start, start + second.len())))
    })
}

/// Where `token` spells a name that may stand inside of others (`flow/spec`) and ends the token.
fn bare(text: &str, token: Span, name: &str) -> Span {
    let source = token.of(text);
    let words = source.trim_end_matches(['"', '\'', ')', ' ', '\t', '\n', '\r']);
    let suffixes = std::iter::successors(Some(name), |rest| rest.split_once('/').map(|(_, rest)| rest));
    match suffixes.into_iter().find(|suffix| !suffix.is_empty() && words.ends_with(suffix)) {
        Some(suffix) => {
            let end = token.start as usize + words.len();
            Span::new(end - suffix.len(), end)
        }
        None => token,
    }
}

/// Keys that only people read: a change of them changes nothing for other files.
const PROSE: &[&str] =
    &["description", "intent", "title", "milestone", "updated_date", "created_date", "assignee", "status"];

/// Hash of the values of a front matter, wherever they stand in the text.
pub(crate) fn meaning(root: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest: Vec<&Node> = Vec::new();
    for entry in root.entries().iter().filter(|entry| !PROSE.contains(&entry.key.value.as_str())) {
        entry.key.value.hash(&mut hasher);
        rest.push(&entry.value);
        while let Some(node) = rest.pop() {
            match &node.kind {
                Kind::Map(entries) => {
                    (1, entries.len()).hash(&mut hasher);
                    entries.iter().for_each(|entry| entry.key.value.hash(&mut hasher));
                    rest.extend(entries.iter().map(|entry| &entry.value));
                }
                Kind::Seq(items) => {
                    (2, items.len()).hash(&mut hasher);
                    rest.extend(items);
                }
                Kind::Scalar(scalar) => (3, &scalar.value).hash(&mut hasher),
                Kind::Null => 4.hash(&mut hasher),
            }
        }
    }
    hasher.finish()
}
