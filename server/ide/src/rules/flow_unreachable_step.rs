//! `flow/unreachable-step`: a step of another tool's workflow that it can never come to.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "flow/unreachable-step",
    severity: Severity::Warning,
    why: "The tool takes the workflow and leaves the step out each time.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
steps:
  - id: maybe
    type: if
    condition: false
    then:
      - id: ⟦check⟧
        type: shell
        run: make check
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
inputs:
  careful: {type: boolean, default: true}
steps:
  - id: maybe
    type: if
    condition: "{{ inputs.careful }}"
    then:
      - id: check
        type: shell
        run: make check
"#,
    )],
    fix: "Change the condition, or remove the step.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(flow) = context.flow() else { return };
    for step in &flow.steps {
        let (Some(id), Some(never)) = (&step.id, step.never) else { continue };
        let because = never.of(context.text());
        let words = format!("Step `{}` is never done: its condition is always `{because}`", id.value);
        let diagnostic = RULE.at(id.span, words).related(context.path(), never, "This decides it");
        found.push(Diagnostic { unnecessary: true, ..diagnostic });
    }
}
