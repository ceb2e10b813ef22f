//! `workflow/no-pass`: a workflow without a pass.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/no-pass",
    severity: Severity::Error,
    why: "A ticket that goes through it is done before anything happened.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
⟦passes⟧: []
---
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
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Write at least one pass.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow().filter(|workflow| workflow.passes.is_empty()) else { return };
    let Some(span) = workflow.passes_span else { return };
    let newline = context.newline();
    let line = Span::new(span.start as usize, span.end as usize);
    let rest = context.text()[line.end as usize..].lines().next().unwrap_or_default();
    let diagnostic = RULE.at(span, "This workflow has no pass");
    let is_empty = matches!(rest.trim(), ":" | ": []");
    found.push(if is_empty {
        let whole = Span::new(span.start as usize, line.end as usize + rest.trim_end().len());
        let text = format!("passes:{newline}  - id: first{newline}    type: command{newline}    run: true");
        diagnostic.fix("Write a first pass", context.path(), whole, text)
    } else {
        diagnostic
    });
}
