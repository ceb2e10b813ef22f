//! Outlines: workflow → pass → gate → criterion, tickets, agents; and the names of the whole project.

use crate::Snapshot;
use spec::model::{Gate, Section, Workflow};
use spec::{Content, NameKind, Role};
use text::Span;

/// An entry of an outline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// What is shown.
    pub name: String,
    /// A few words beside it.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// Its name, inside `span`.
    pub name_span: Span,
    /// What it holds.
    pub children: Vec<Symbol>,
}

/// Kinds of entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SymbolKind {
    /// A workflow.
    Workflow,
    /// A pass.
    Pass,
    /// A gate.
    Gate,
    /// A criterion, a verify command, a checkbox.
    Check,
    /// An output.
    Output,
    /// A body section.
    Section,
    /// An agent.
    Agent,
    /// A ticket.
    Ticket,
    /// A tier, a resource.
    Setting,
    /// A requirement, a measure of success.
    Requirement,
    /// A task of a feature.
    Task,
}

/// The outline of a file.
pub fn document_symbols(snapshot: &Snapshot, path: &str) -> Vec<Symbol> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    match &file.content {
        Content::Workflow(workflow) => {
            let mut all = passes(workflow);
            all.extend(sections(&workflow.sections));
            all
        }
        Content::Gate(_, gate, body) => gate_checks(gate).into_iter().chain(sections(body)).collect(),
        Content::Ticket(ticket) => {
            let boxes = ticket.acceptance.iter().chain(&ticket.done);
            let checks = boxes.map(|line| {
                leaf(
                    &line.text.value,
                    if line.checked { "done" } else { "open" },
                    SymbolKind::Check,
                    line.span,
                    line.text.span,
                )
            });
            outline(&ticket.sections, checks.collect())
        }
        Content::Config(config) => {
            let tiers = config.tiers.iter().map(|tier| {
                let end = tier.candidates.last().map_or(tier.name.span, |last| last.span);
                leaf(&tier.name.value, "tier", SymbolKind::Setting, tier.name.span.cover(end), tier.name.span)
            });
            let resources = config.resources.iter().filter_map(|resource| {
                let id = resource.id.as_ref()?;
                Some(leaf(&id.value, "resource", SymbolKind::Setting, resource.span.cover(id.span), id.span))
            });
            let mut all: Vec<Symbol> = tiers.chain(resources).collect();
            all.sort_by_key(|symbol| symbol.span);
            all
        }
        Content::Agent(agent) => agent
            .name
            .iter()
            .map(|name| {
                leaf(
                    &name.value,
                    agent.category.as_ref().map_or("", |category| &category.value),
                    SymbolKind::Agent,
                    name.span,
                    name.span,
                )
            })
            .collect(),
        Content::Work(work) => outline(&work.sections, crate::work::symbols(file, work)),
        Content::Flow(flow) => crate::flow::symbols(flow),
        Content::Guide(guide) => vec![crate::guide::symbol(guide)],
        Content::Board(board) => crate::board::symbols(board),
        Content::Manifest(manifest) => crate::manifest::symbols(manifest),
        Content::Record(_) | Content::Baseline(_) | Content::Unreadable => Vec::new(),
    }
}

/// Headings of a file that is not ours, nested by level.
pub fn sections(sections: &[Section]) -> Vec<Symbol> {
    outline(sections, Vec::new())
}

/// Headings nested by level, with each part below the heading that it stands under. A part that is called as a heading is
/// that heading.
pub(crate) fn outline(sections: &[Section], mut parts: Vec<Symbol>) -> Vec<Symbol> {
    let heading =
        |section: &Section| leaf(&section.title.value, "", SymbolKind::Section, section.span, section.title.span);
    let is_heading = |part: &Symbol| {
        let before = sections.partition_point(|section| section.title.span.start <= part.name_span.start);
        let title = before.checked_sub(1).and_then(|at| sections.get(at)).map(|section| section.title.span);
        !part.name_span.is_empty() && title.is_some_and(|title| title.contains(part.name_span))
    };
    parts.retain(|part| !is_heading(part));
    let mut flat: Vec<Symbol> = sections.iter().map(heading).collect();
    flat.append(&mut parts);
    flat.sort_by_key(|symbol| (symbol.span.start, std::cmp::Reverse(symbol.span.end)));
    let mut all: Vec<Symbol> = Vec::new();
    for symbol in flat {
        place(&mut all, symbol);
    }
    all
}

/// Puts a symbol below the innermost earlier one that contains it. They come in the order of the text, so at each level
/// only the last one can.
fn place(all: &mut Vec<Symbol>, symbol: Symbol) {
    match all.last_mut().filter(|outer| {
        outer.kind == SymbolKind::Section && outer.span.contains(symbol.span) && outer.span != symbol.span
    }) {
        Some(outer) => place(&mut outer.children, symbol),
        None => all.push(symbol),
    }
}

pub(crate) fn leaf(name: &str, detail: &str, kind: SymbolKind, span: Span, name_span: Span) -> Symbol {
    let name = if name.is_empty() { "(unnamed)" } else { name };
    Symbol {
        name: name.to_owned(),
        detail: detail.to_owned(),
        kind,
        span: span.cover(name_span),
        name_span,
        children: Vec::new(),
    }
}

fn passes(workflow: &Workflow) -> Vec<Symbol> {
    let pass = |pass: &spec::model::Pass| {
        let id = pass.id.as_ref()?;
        let detail = pass.agent.as_ref().or(pass.kind.as_ref()).map_or("", |word| &word.value);
        let mut symbol = leaf(&id.value, detail, SymbolKind::Pass, pass.span, id.span);
        for output in &pass.outputs {
            let Some(id) = &output.id else { continue };
            symbol.children.push(leaf(&id.value, "output", SymbolKind::Output, output.span, id.span));
        }
        if let Some(gate) = &pass.gate {
            let mut outline = leaf("gate", "", SymbolKind::Gate, gate.span, Span::empty(gate.span.start as usize));
            outline.children = gate_checks(gate).into_iter().filter(|check| gate.span.contains(check.span)).collect();
            symbol.children.push(outline);
        }
        symbol.children.retain(|child| symbol.span.contains(child.span));
        Some(symbol)
    };
    workflow.passes.iter().filter_map(pass).collect()
}

fn gate_checks(gate: &Gate) -> Vec<Symbol> {
    let criteria = gate.criteria.iter().map(|criterion| {
        let name = criterion.id.as_ref().map_or(&criterion.must, |id| id);
        leaf(&name.value, &criterion.must.value, SymbolKind::Check, criterion.span, name.span)
    });
    let verify = gate.verify.iter().filter_map(|verify| {
        let id = verify.id.as_ref()?;
        Some(leaf(&id.value, "verify", SymbolKind::Check, verify.span, id.span))
    });
    let mut all: Vec<Symbol> = criteria.chain(verify).collect();
    all.sort_by_key(|symbol| symbol.span);
    all
}

/// A name of the project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProjectSymbol {
    /// What is shown.
    pub name: String,
    /// `pass of feature`, `agent`, …
    pub container: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Path from the root.
    pub path: String,
    /// Where it is defined.
    pub span: Span,
}

/// Defined names that hold the letters of `query` in order, ignoring case; at most `limit`, shortest first.
pub fn project_symbols(snapshot: &Snapshot, query: &str, limit: usize) -> Vec<ProjectSymbol> {
    const KINDS: [(NameKind, SymbolKind, &str); 15] = [
        (NameKind::Workflow, SymbolKind::Workflow, "workflow"),
        (NameKind::Pass, SymbolKind::Pass, "pass"),
        (NameKind::Agent, SymbolKind::Agent, "agent"),
        (NameKind::Ticket, SymbolKind::Ticket, "ticket"),
        (NameKind::Gate, SymbolKind::Gate, "gate"),
        (NameKind::Output, SymbolKind::Output, "output"),
        (NameKind::Tier, SymbolKind::Setting, "tier"),
        (NameKind::Resource, SymbolKind::Setting, "resource"),
        (NameKind::Feature, SymbolKind::Ticket, "feature"),
        (NameKind::Requirement, SymbolKind::Requirement, "requirement"),
        (NameKind::Task, SymbolKind::Task, "task"),
        (NameKind::Flow, SymbolKind::Workflow, "workflow"),
        (NameKind::Step, SymbolKind::Pass, "step"),
        (NameKind::Skill, SymbolKind::Agent, "skill"),
        (NameKind::Command, SymbolKind::Agent, "command"),
    ];
    let mut all = Vec::new();
    let project = &snapshot.project;
    for (kind, symbol, word) in KINDS {
        for name in snapshot.project.defined(kind).filter(|name| holds(&name.text, query)) {
            for (file, role, span) in snapshot.project.places(name) {
                if role != Role::Definition {
                    continue;
                }
                // Every document of a feature defines it; its spec stands for it.
                let stands_for_it = || project.definers(name).find(|file| file.path.ends_with("/spec.md"));
                if kind == NameKind::Feature && stands_for_it().is_some_and(|spec| spec.path != file.path) {
                    continue;
                }
                let (container, shown) = match name.text.split_once('/') {
                    Some((workflow, shown)) => (format!("{word} of {workflow}"), shown),
                    None => (word.to_owned(), name.text.as_str()),
                };
                all.push(ProjectSymbol {
                    name: shown.to_owned(),
                    container,
                    kind: symbol,
                    path: file.path.clone(),
                    span,
                });
            }
        }
    }
    all.sort_by(|a, b| (a.name.len(), &a.name, &a.path).cmp(&(b.name.len(), &b.name, &b.path)));
    all.truncate(limit);
    all
}

fn holds(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|letter| !letter.is_whitespace())
        .all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::SpecFile;
    use std::sync::Arc;

    #[test]
    fn boxes_stand_below_their_own_heading() {
        let path = ".tollgate/tickets/t.md";
        let text =
            "---\nid: t\n---\n## Acceptance Criteria\n- [ ] #1 a\n\n## Definition of Done\n- [x] b\n\n## Notes\n";
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        let outline = document_symbols(&snapshot, path);
        let shown: Vec<_> = outline.iter().map(|it| (it.name.as_str(), it.children.len())).collect();
        assert_eq!(shown, [("Acceptance Criteria", 1), ("Definition of Done", 1), ("Notes", 0)]);
    }
}
