//! `flow/duplicate-step`: two steps of another tool's workflow have one id.

use super::context::*;
use spec::flow::Change;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "flow/duplicate-step",
    severity: Severity::Error,
    why: "The tool refuses the workflow: the result of a step is known by its id alone.",
    bad: &[
        (
            ".specify/workflows/ship/workflow.yml",
            r#"workflow:
  id: ship
  name: Ship
steps:
  - id: plan
    command: speckit.plan
  - id: ⟦plan⟧
    command: speckit.tasks
"#,
        ),
        (
            ".specify/workflows/overlays/ship/team.yml",
            r#"id: team
extends: ship
edits:
  - insert_after: plan
    step: {id: ⟦plan⟧, type: shell, run: make}
"#,
        ),
    ],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
steps:
  - id: plan
    command: speckit.plan
  - id: each
    type: fan-out
    items: "{{ steps.plan.output.tasks }}"
    step: {id: plan, command: speckit.tasks}
"#,
    )],
    fix: "Give one of them another id.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(flow) = context.flow() else { return };
    let Some(severity) = severity(flow.manners.duplicate) else { return };
    let steps = Steps::of(flow);
    for (index, step) in flow.steps.iter().enumerate() {
        let Some(id) = &step.id else { continue };
        let Some(first) = steps.seen_from(index, &id.value).filter(|first| *first != index) else { continue };
        let place = flow.steps[first].id.as_ref().map_or(step.span, |id| id.span);
        let diagnostic = RULE.at(id.span, format!("There is a step `{}` already", id.value));
        found.push(Diagnostic { severity, ..diagnostic.related(context.path(), place, "It stands here first") });
    }
    let Some(over) = flow.over.as_ref().filter(|over| over.enabled) else { return };
    let Some((file, base)) = context.project.flow_file(&flow.key) else { return };
    let overlays = context.project.overlays(&flow.key);
    let edits = overlays.iter().flat_map(|(_, flow)| &flow.over).flat_map(|over| &over.edits);
    let gone = edits.filter(|edit| matches!(edit.change, Change::Replace | Change::Remove));
    let gone: HashSet<&str> = gone.map(|edit| edit.anchor.value.as_str()).collect();
    let known = Steps::of(base);
    let known: HashSet<&str> = known.ids().collect();
    for edit in &over.edits {
        let step = edit.step.and_then(|step| flow.steps.get(step as usize));
        let Some(id) = step.and_then(|step| step.id.as_ref()) else { continue };
        if known.contains(id.value.as_str()) && !gone.contains(id.value.as_str()) {
            let place = base.step(&id.value).and_then(|step| step.id.as_ref()).map_or(Span::empty(0), |id| id.span);
            let words = format!("The workflow below has a step `{}` already", id.value);
            found.push(Diagnostic { severity, ..RULE.at(id.span, words).related(&file.path, place, "It stands here") });
        }
    }
}
