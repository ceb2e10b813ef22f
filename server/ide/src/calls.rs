//! Who starts whom: workflow → pass → agent, gate, called workflow and the passes before it → the agent that it extends,
//! its skills. Workflows of other tools and what hosts tell their agents stand in the same graph.
//!
//! A kind of content joins by saying what of it can be called and what that calls ([`Caller`]). Everything is looked up
//! in the index of names; no file is looked through that does not hold the name.

use crate::Snapshot;
use crate::completion::kind_word;
use crate::navigation::name_at;
use crate::symbols::SymbolKind;
use spec::flow::{Flow, StepKind};
use spec::guide::Guide;
use spec::model::{Agent, Config, Gate, Ticket, Workflow};
use spec::{Content, FileKind, Name, NameKind, Role, SpecFile};
use std::collections::{BTreeMap, BTreeSet};
use text::Span;

/// Something that calls or is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What it is called, without what it is inside of.
    pub label: String,
    /// A few words beside it.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Path from the root of the file that defines it.
    pub path: String,
    /// All of it, as far as one place holds it.
    pub span: Span,
    /// Its name, inside `span`.
    pub name_span: Span,
    /// What finds it again in its file ([`find`]), also after the file has changed.
    pub key: String,
}

/// One call and the places where it is made, in the file of the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Who calls, or who is called.
    pub item: Item,
    /// Where, in order.
    pub places: Vec<Span>,
}

/// What can be called, or is called, by name or by its file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Callee {
    Name(Name),
    /// The one thing that a file defines, by the file's path.
    File(String),
}

/// One thing of a file, with what it calls.
struct Node {
    name: Name,
    kind: SymbolKind,
    span: Span,
    name_span: Span,
    calls: Vec<(Callee, Span)>,
}

/// Content whose parts call others.
trait Caller {
    /// What of it can be called.
    fn nodes(&self, file: &SpecFile) -> Vec<Node>;
}

fn nodes(file: &SpecFile) -> Vec<Node> {
    match &file.content {
        Content::Workflow(workflow) => workflow.nodes(file),
        Content::Agent(agent) => agent.nodes(file),
        Content::Gate(_, gate, _) => gate.nodes(file),
        Content::Ticket(ticket) => ticket.nodes(file),
        Content::Config(config) => config.nodes(file),
        Content::Flow(flow) => flow.nodes(file),
        Content::Guide(guide) => guide.nodes(file),
        Content::Work(_)
        | Content::Board(_)
        | Content::Manifest(_)
        | Content::Record(_)
        | Content::Baseline(_)
        | Content::Unreadable => Vec::new(),
    }
}

/// The first definition of a kind of name in a file, as a node that calls nothing yet.
fn whole(file: &SpecFile, wanted: NameKind, kind: SymbolKind) -> Option<Node> {
    let defined = |(name, role, _): &&(Name, Role, Span)| name.kind == wanted && *role == Role::Definition;
    let (name, _, span) = file.facts.names.iter().find(defined)?;
    Some(Node { name: name.clone(), kind, span: *span, name_span: *span, calls: Vec::new() })
}

/// The definition of a name inside `span`, as a node that calls what is used there of `kinds`.
fn part(file: &SpecFile, id: Name, kind: SymbolKind, span: Span, kinds: &[NameKind]) -> Option<Node> {
    let defined = |(name, role, _): &&(Name, Role, Span)| *name == id && *role == Role::Definition;
    let name_span = file.names_in(span).find(defined)?.2;
    let calls = used(file, span, kinds).filter(|(callee, _)| *callee != Callee::Name(id.clone())).collect();
    Some(Node { name: id, kind, span, name_span, calls })
}

fn used<'f>(file: &'f SpecFile, span: Span, kinds: &'f [NameKind]) -> impl Iterator<Item = (Callee, Span)> + 'f {
    let names = file.names_in(span).filter(move |(name, role, _)| *role == Role::Use && kinds.contains(&name.kind));
    names.map(|(name, _, span)| (Callee::Name(name.clone()), *span))
}

impl Caller for Workflow {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        const CALLED: &[NameKind] = &[NameKind::Pass, NameKind::Agent, NameKind::Gate, NameKind::Workflow];
        let Some(mut own) = whole(file, NameKind::Workflow, SymbolKind::Workflow) else { return Vec::new() };
        let pass = |pass: &spec::model::Pass| {
            let text = format!("{}/{}", own.name.text, pass.id.as_ref()?.value);
            part(file, Name { kind: NameKind::Pass, text }, SymbolKind::Pass, pass.span, CALLED)
        };
        let passes: Vec<Node> = self.passes.iter().filter_map(pass).collect();
        own.calls = passes.iter().map(|pass| (Callee::Name(pass.name.clone()), pass.name_span)).collect();
        std::iter::once(own).chain(passes).collect()
    }
}

impl Caller for Agent {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        let Some(mut own) = whole(file, NameKind::Agent, SymbolKind::Agent) else { return Vec::new() };
        if let Some(extends) = &self.extends {
            let other = extends.value.clone();
            let callee = match other.contains('/') {
                true => Callee::File(other),
                false => Callee::Name(Name { kind: NameKind::Agent, text: other }),
            };
            own.calls.push((callee, extends.span));
        }
        own.calls.extend(used(file, Span { start: 0, end: u32::MAX }, &[NameKind::Skill]));
        vec![own]
    }
}

impl Caller for Gate {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        let Some(mut own) = whole(file, NameKind::Gate, SymbolKind::Gate) else { return Vec::new() };
        own.calls.extend(used(file, Span { start: 0, end: u32::MAX }, &[NameKind::Agent]));
        vec![own]
    }
}

impl Caller for Ticket {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        let Some(mut own) = whole(file, NameKind::Ticket, SymbolKind::Ticket) else { return Vec::new() };
        own.calls.extend(used(file, Span { start: 0, end: u32::MAX }, &[NameKind::Workflow]));
        vec![own]
    }
}

/// Rows of `agents:`: a host's agent under a name of ours.
impl Caller for Config {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        let row = |row: &spec::model::AgentRow| {
            let id = Name { kind: NameKind::Agent, text: row.name.value.clone() };
            let mut node = part(file, id, SymbolKind::Agent, row.name.span.cover(row.span), &[])?;
            node.calls.extend(row.file.iter().map(|path| (Callee::File(path.value.clone()), path.span)));
            Some(node)
        };
        self.agents.iter().filter_map(row).collect()
    }
}

impl Caller for Flow {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        const CALLED: &[NameKind] =
            &[NameKind::Step, NameKind::Agent, NameKind::Command, NameKind::Skill, NameKind::Flow];
        let mut found = Vec::new();
        // Of each step its place among the nodes, where it has an id.
        let mut at: Vec<Option<usize>> = Vec::new();
        let own = whole(file, NameKind::Flow, SymbolKind::Workflow);
        let has_own = own.is_some();
        found.extend(own);
        for step in &self.steps {
            let text = step.id.as_ref().map(|id| self.inside(id));
            let id = text.map(|text| Name { kind: NameKind::Step, text });
            let node = id.and_then(|id| part(file, id, SymbolKind::Pass, step.span, CALLED));
            let Some(mut node) = node else {
                at.push(None);
                continue;
            };
            if let (StepKind::Call, Some(other)) = (step.kind, &step.does) {
                let text = format!("{}{}", self.system.prefix(), other.value);
                node.calls.push((Callee::Name(Name { kind: NameKind::Flow, text }), other.span));
            }
            let outer = step.parent.and_then(|parent| at.get(parent as usize).copied().flatten());
            let outer = outer.or(has_own.then_some(0));
            if let Some(outer) = outer {
                found[outer].calls.push((Callee::Name(node.name.clone()), node.name_span));
            }
            at.push(Some(found.len()));
            found.push(node);
        }
        found
    }
}

impl Caller for Guide {
    fn nodes(&self, file: &SpecFile) -> Vec<Node> {
        let own = whole(file, NameKind::Skill, SymbolKind::Agent);
        let Some(mut own) = own.or_else(|| whole(file, NameKind::Command, SymbolKind::Agent)) else {
            return Vec::new();
        };
        own.calls.extend(used(file, Span { start: 0, end: u32::MAX }, &[NameKind::Agent, NameKind::Skill]));
        vec![own]
    }
}

/// What the cursor is on: the name under it, else the innermost part that can be called.
pub fn prepare(snapshot: &Snapshot, path: &str, offset: usize) -> Option<Item> {
    let named = name_at(snapshot, path, offset).and_then(|(name, _)| resolve(snapshot, &Callee::Name(name)));
    named.or_else(|| {
        let file = snapshot.file(path)?;
        let around = nodes(file).into_iter().filter(|node| node.span.touches(offset));
        around.min_by_key(|node| node.span.len()).map(|node| item(file, &node))
    })
}

/// The thing of that key in a file.
pub fn find(snapshot: &Snapshot, path: &str, key: &str) -> Option<Item> {
    let file = snapshot.file(path)?;
    nodes(file).iter().find(|node| self::key(&node.name) == key).map(|node| item(file, node))
}

/// Whom it calls, in the order of the text.
pub fn outgoing(snapshot: &Snapshot, path: &str, key: &str) -> Vec<Call> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(node) = nodes(file).into_iter().find(|node| self::key(&node.name) == key) else { return Vec::new() };
    let mut calls: Vec<(Callee, BTreeSet<Span>)> = Vec::new();
    for (callee, span) in node.calls {
        match calls.iter_mut().find(|(known, _)| *known == callee) {
            Some((_, places)) => _ = places.insert(span),
            None => calls.push((callee, BTreeSet::from([span]))),
        }
    }
    let call = |(callee, places): (Callee, BTreeSet<Span>)| {
        Some(Call { item: resolve(snapshot, &callee)?, places: places.into_iter().collect() })
    };
    calls.into_iter().filter_map(call).collect()
}

/// Who calls it, in the order of paths.
pub fn incoming(snapshot: &Snapshot, path: &str, key: &str) -> Vec<Call> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(called) = nodes(file).into_iter().find(|node| self::key(&node.name) == key) else { return Vec::new() };
    let by_file = Callee::File(path.to_owned());
    // A host's agent that one of ours stands before is not what the name means.
    let by_name = snapshot.project.definer(called.name.kind, &called.name.text).is_some_and(|first| first.path == path);
    let mut callers: BTreeMap<&str, &SpecFile> = BTreeMap::new();
    if by_name {
        let places = snapshot.project.places(&called.name);
        callers.extend(places.iter().map(|(file, _, _)| (file.path.as_str(), &***file)));
    }
    if called.name.kind == NameKind::Agent {
        let agents = snapshot.project.defined(NameKind::Agent).flat_map(|name| snapshot.project.definers(name));
        let names_it = |file: &&std::sync::Arc<SpecFile>| match &file.content {
            Content::Agent(agent) => agent.extends.as_ref().is_some_and(|extends| extends.value == path),
            _ => file.kind == FileKind::Config,
        };
        callers.extend(agents.filter(names_it).map(|file| (file.path.as_str(), &**file)));
    }
    let mut found = Vec::new();
    for file in callers.into_values() {
        for node in nodes(file) {
            let calls = |callee: &Callee| match callee {
                Callee::Name(name) => by_name && *name == called.name,
                Callee::File(_) => *callee == by_file,
            };
            let places: BTreeSet<Span> =
                node.calls.iter().filter(|(callee, _)| calls(callee)).map(|(_, span)| *span).collect();
            if !places.is_empty() {
                found.push(Call { item: item(file, &node), places: places.into_iter().collect() });
            }
        }
    }
    found
}

/// The definition that a call leads to.
fn resolve(snapshot: &Snapshot, callee: &Callee) -> Option<Item> {
    match callee {
        Callee::Name(name) => {
            let file = snapshot.project.definer(name.kind, &name.text)?;
            nodes(file).iter().find(|node| node.name == *name).map(|node| item(file, node))
        }
        Callee::File(path) => {
            let file = snapshot.file(path)?;
            nodes(file).first().map(|node| item(file, node))
        }
    }
}

fn item(file: &SpecFile, node: &Node) -> Item {
    let word = kind_word(node.name.kind);
    let (detail, label) = match node.name.text.split_once('/') {
        Some((inside, short)) => (format!("{word} of {inside}"), short),
        None => (word.to_owned(), node.name.text.as_str()),
    };
    Item {
        label: label.to_owned(),
        detail,
        kind: node.kind,
        path: file.path.clone(),
        span: node.span.cover(node.name_span),
        name_span: node.name_span,
        key: key(&node.name),
    }
}

fn key(name: &Name) -> String {
    format!("{:?} {}", name.kind, name.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const FLOW: &str = ".tollgate/workflows/flow.md";

    fn open(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in files {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    /// `label (detail) @ words at the calls`, one line a call.
    fn shown(snapshot: &Snapshot, calls: &[Call], in_file: Option<&str>) -> Vec<String> {
        let line = |call: &Call| {
            let text = snapshot.file(in_file.unwrap_or(&call.item.path)).unwrap().text().unwrap();
            let places: Vec<&str> = call.places.iter().map(|span| span.of(text)).collect();
            format!("{} ({}) @ {}", call.item.label, call.item.detail, places.join(" "))
        };
        calls.iter().map(line).collect()
    }

    fn house() -> Snapshot {
        open(&[
            (
                FLOW,
                "---\nname: flow\npasses:\n  - id: a\n    agent: \"worker\"\n  - id: b\n    needs: [a, \"a\"]\n    agent: judge\n    gate: shared\n  - {id: c, type: workflow, workflow: 'other', needs: [b], gate: {reviewer: {type: agent, agent: judge}}}\n---\n## a\n",
            ),
            (".tollgate/workflows/other.md", "---\nname: other\npasses: [{id: x, agent: worker}]\n---\n"),
            (".tollgate/gates/shared.md", "---\nname: shared\nreviewer: {type: agent, agent: judge}\n---\n"),
            (".tollgate/agents/worker.md", "---\nname: worker\nextends: .claude/agents/worker.md\n---\n"),
            (".claude/agents/worker.md", "---\nname: worker\ndescription: x\n---\n"),
            (".tollgate/agents/judge.md", "---\nname: judge\nextends: worker\nindependent_of: [worker]\n---\n"),
            (".tollgate/tickets/t-1.md", "---\nid: t-1\nworkflow: flow\n---\n"),
            (".tollgate/config.yaml", "agents:\n  bound: {file: .claude/agents/worker.md}\n"),
        ])
    }

    #[track_caller]
    fn out_of(snapshot: &Snapshot, path: &str, key: &str) -> Vec<String> {
        assert!(find(snapshot, path, key).is_some(), "{key}");
        shown(snapshot, &outgoing(snapshot, path, key), Some(path))
    }

    #[track_caller]
    fn into(snapshot: &Snapshot, path: &str, key: &str) -> Vec<String> {
        assert!(find(snapshot, path, key).is_some(), "{key}");
        shown(snapshot, &incoming(snapshot, path, key), None)
    }

    #[test]
    fn the_way_leads_down_from_ticket_to_host() {
        let it = house();
        assert_eq!(out_of(&it, ".tollgate/tickets/t-1.md", "Ticket t-1"), ["flow (workflow) @ flow"]);
        let passes = ["a (pass of flow) @ a", "b (pass of flow) @ b", "c (pass of flow) @ c"];
        assert_eq!(out_of(&it, FLOW, "Workflow flow"), passes);
        assert_eq!(out_of(&it, FLOW, "Pass flow/a"), ["worker (agent) @ worker"]);
        let of_b = ["a (pass of flow) @ a a", "judge (agent) @ judge", "shared (gate) @ shared"];
        assert_eq!(out_of(&it, FLOW, "Pass flow/b"), of_b);
        let of_c = ["other (workflow) @ other", "b (pass of flow) @ b", "judge (agent) @ judge"];
        assert_eq!(out_of(&it, FLOW, "Pass flow/c"), of_c);
        assert_eq!(out_of(&it, ".tollgate/gates/shared.md", "Gate shared"), ["judge (agent) @ judge"]);
        assert_eq!(out_of(&it, ".tollgate/agents/judge.md", "Agent judge"), ["worker (agent) @ worker"]);
        let host = outgoing(&it, ".tollgate/agents/worker.md", "Agent worker");
        assert_eq!(host[0].item.path, ".claude/agents/worker.md");
        assert_eq!(out_of(&it, ".claude/agents/worker.md", "Agent worker"), [""; 0]);
    }

    #[test]
    fn the_way_leads_up_from_host_to_ticket() {
        let it = house();
        let up = into(&it, ".claude/agents/worker.md", "Agent worker");
        assert_eq!(up, ["worker (agent) @ .claude/agents/worker.md", "bound (agent) @ .claude/agents/worker.md"]);
        let up = into(&it, ".tollgate/agents/worker.md", "Agent worker");
        assert_eq!(up, ["judge (agent) @ worker", "a (pass of flow) @ worker", "x (pass of other) @ worker"]);
        assert_eq!(into(&it, FLOW, "Pass flow/a"), ["flow (workflow) @ a", "b (pass of flow) @ a a"]);
        assert_eq!(into(&it, FLOW, "Workflow flow"), ["t-1 (ticket) @ flow"]);
        assert_eq!(into(&it, ".tollgate/workflows/other.md", "Workflow other"), ["c (pass of flow) @ other"]);
        assert_eq!(into(&it, ".tollgate/gates/shared.md", "Gate shared"), ["b (pass of flow) @ shared"]);
    }

    #[test]
    fn it_begins_at_a_name_or_inside_of_a_pass() {
        let it = house();
        let text = it.file(FLOW).unwrap().text().unwrap();
        let at = |words: &str| prepare(&it, FLOW, text.find(words).unwrap()).map(|item| item.key);
        assert_eq!(at("worker"), Some("Agent worker".to_owned()));
        assert_eq!(at("agent: judge"), Some("Pass flow/b".to_owned()));
        assert_eq!(at("a\n    agent"), Some("Pass flow/a".to_owned()));
        assert_eq!(at("name: flow"), None);
        assert_eq!(find(&it, FLOW, "Pass flow/gone"), None);
        assert_eq!(find(&it, "gone.md", "Pass flow/a"), None);
    }
}
