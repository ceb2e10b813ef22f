//! `flow/unbounded-loop`: a loop of another tool's workflow has no limit.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "flow/unbounded-loop",
    severity: Severity::Error,
    why: "The tool refuses a workflow that might go on, and cost, for ever.",
    bad: &[(
        ".kiro/workflows/mend.workflow.yaml",
        r#"name: mend
steps:
  - type: repeat
    id: ⟦again⟧
    onMaxIterations: abort
    steps:
      - {type: step, id: fix, agent: builder, prompt: Mend it.}
"#,
    )],
    good: &[(
        ".kiro/workflows/mend.workflow.yaml",
        r#"name: mend
steps:
  - type: repeat
    id: again
    maxIterations: 5
    onMaxIterations: abort
    steps:
      - {type: step, id: fix, agent: builder, prompt: Mend it.}
"#,
    )],
    fix: "Say how often it may be done at most.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(flow) = context.flow() else { return };
    let Some(severity) = severity(flow.manners.unbounded) else { return };
    for step in flow.steps.iter().filter(|step| step.unbounded) {
        let span = step.id.as_ref().map_or(Span::empty(step.span.start as usize), |id| id.span);
        found.push(Diagnostic { severity, ..RULE.at(span, "This loop says nothing of how often it is done at most") });
    }
}
