//! `flow/unknown-step`: a step of another tool's workflow names one that there is not.

use super::context::*;
use spec::flow::{Flow, Over, Step};

pub(super) const RULE: Rule = Rule {
    id: "flow/unknown-step",
    severity: Severity::Error,
    why: "The tool refuses the workflow, or runs it with nothing in the place of the step's result.",
    bad: &[
        (
            ".specify/workflows/ship/workflow.yml",
            r#"workflow:
  id: ship
  name: Ship
steps:
  - id: gather
    type: fan-in
    wait_for: [⟦tests⟧]
  - id: plan
    command: speckit.plan
  - id: tests
    command: speckit.tasks
    input:
      args: "{{ steps.⟦plans⟧.output.file }}"
"#,
        ),
        (
            ".specify/workflows/mend/workflow.yml",
            r#"workflow:
  id: mend
  name: Mend
steps:
  - id: tests
    type: shell
    run: make test
"#,
        ),
        (
            ".specify/workflows/overlays/mend/team.yml",
            r#"id: team
extends: mend
edits:
  - remove: ⟦test⟧
"#,
        ),
    ],
    good: &[
        (
            ".specify/workflows/ship/workflow.yml",
            r#"workflow:
  id: ship
  name: Ship
steps:
  - id: plan
    command: speckit.plan
  - id: tests
    command: speckit.tasks
    input:
      args: "{{ steps.plan.output.file }} {{ steps.lint.output.stdout }}"
  - id: gather
    type: fan-in
    wait_for: [tests]
"#,
        ),
        (
            ".specify/workflows/overlays/ship/team.yml",
            r#"id: team
extends: ship
edits:
  - insert_after: plan
    step: {id: lint, type: shell, run: make lint}
"#,
        ),
    ],
    fix: "Correct the id, or bring the step back.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(flow) = context.flow() else { return };
    if let Some(over) = &flow.over {
        return overlay(context, flow, over, found);
    }
    let steps = Steps::of(flow);
    let overlaid = !context.project.overlays(&flow.key).is_empty();
    for (index, step) in flow.steps.iter().enumerate() {
        for need in &step.needs {
            match steps.seen_from(index, &need.value) {
                None if is_defined(context, flow, step, &need.value) => {}
                None => found.extend(unknown(context, flow, &steps, need, flow.manners.unknown_need)),
                Some(place) if place >= index && !overlaid => {
                    let Some(severity) = severity(flow.manners.later_need) else { continue };
                    let words = match place == index {
                        true => format!("Step `{}` waits for itself", need.value),
                        false => {
                            format!("Step `{}` stands further down: only earlier ones can be waited for", need.value)
                        }
                    };
                    found.push(Diagnostic { severity, ..RULE.at(need.span, words) });
                }
                Some(_) => {}
            }
        }
        for other in step.speaks_of.iter().filter(|other| !is_there(context, flow, &other.value)) {
            found.extend(unknown(context, flow, &steps, other, flow.manners.unknown_mention));
        }
    }
}

/// The steps that an overlay names are those of its workflow as it is written; those in its own steps may come from any.
fn overlay(context: &Context<'_>, flow: &Flow, over: &Over, found: &mut Vec<Diagnostic>) {
    let Some(base) = context.project.flow(&flow.key) else { return };
    let steps = Steps::of(base);
    for edit in &over.edits {
        if !steps.ids().any(|id| id == edit.anchor.value) {
            found.extend(unknown(context, base, &steps, &edit.anchor, flow.manners.unknown_need));
        }
    }
    for step in &flow.steps {
        for other in step.needs.iter().filter(|other| !is_there(context, flow, &other.value)) {
            found.extend(unknown(context, base, &steps, other, flow.manners.unknown_need));
        }
        for other in step.speaks_of.iter().filter(|other| !is_there(context, flow, &other.value)) {
            found.extend(unknown(context, base, &steps, other, flow.manners.unknown_mention));
        }
    }
}

/// True when a step outside of a template may wait for one that an overlay puts in.
fn is_defined(context: &Context<'_>, flow: &Flow, step: &Step, id: &str) -> bool {
    let in_template = step.apart || step.parent.is_some();
    !in_template && flow.step(id).is_none() && is_there(context, flow, id)
}

fn is_there(context: &Context<'_>, flow: &Flow, id: &str) -> bool {
    context.project.is_defined(&Name { kind: NameKind::Step, text: flow.inside(id) })
}

fn unknown(
    context: &Context<'_>,
    flow: &Flow,
    steps: &Steps<'_>,
    named: &Spanned<String>,
    manner: Manner,
) -> Option<Diagnostic> {
    let meant = spec::values::nearest(&named.value, steps.ids()).map(str::to_owned);
    let words = format!("There is no step `{}` in this {}", named.value, flow.what);
    Some(Diagnostic { severity: severity(manner)?, ..context.did_you_mean(&RULE, &words, meant, named.span) })
}
