//! `gate/unbounded-retry`: a retry without a bound.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/unbounded-retry",
    severity: Severity::Warning,
    why: "A gate that never closes is tried until the budget is gone.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: reviewer}, on_reject: ⟦retry⟧}
---
## patch
Mend it.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: reviewer}, on_reject: retry, max_iterations: 3}
---
## patch
Mend it.
"#,
    )],
    fix: "Write `max_iterations`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::OnReject;
    for (_, gate) in context.gates() {
        let Some(on_reject) =
            gate.on_reject.as_ref().filter(|word| matches!(word.value, OnReject::Retry | OnReject::Rework))
        else {
            continue;
        };
        if gate.max_iterations.as_ref().is_some_and(|bound| bound.value > 0) {
            continue;
        }
        let word = on_reject.span.of(context.text());
        let diagnostic = RULE.at(on_reject.span, format!("`{word}` has no bound: write `max_iterations`"));
        let start = on_reject.span.start as usize;
        let line = &context.text()[context.line_start(start)..start];
        let block = line.trim_start().trim_start_matches("- ").trim_start() == "on_reject: ";
        let text = if block {
            let column = line.len() - "on_reject: ".len();
            format!("{}{}max_iterations: 3", context.newline(), " ".repeat(column))
        } else {
            ", max_iterations: 3".to_owned()
        };
        found.push(diagnostic.fix(
            "Try at most 3 times",
            context.path(),
            Span::empty(on_reject.span.end as usize),
            text,
        ));
    }
}
