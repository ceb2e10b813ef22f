//! `workflow/unknown-reference`: a name that nothing defines.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/unknown-reference",
    severity: Severity::Error,
    why: "The pass waits for something that never comes, or is given to nobody.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md, kind: report}]
  - id: patch
    needs: [⟦plann⟧]
    agent: implementer
---
## plan
Plan it.

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
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md}]
  - id: patch
    needs: [plan]
    agent: implementer
    inputs: [outputs.plan]
---
## plan
Plan it.

## patch
Mend it.
"#,
    )],
    fix: "Take the name of something that exists, or write what it names.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(context.file.kind, FileKind::Workflow | FileKind::Gate) {
        return;
    }
    let kinds = [
        (NameKind::Pass, "pass"),
        (NameKind::Agent, "agent"),
        (NameKind::Gate, "shared gate"),
        (NameKind::Workflow, "workflow"),
        (NameKind::Resource, "resource"),
        (NameKind::Output, "output"),
        (NameKind::Input, "input"),
    ];
    let templates = context.file.templates();
    for (kind, what) in kinds {
        for (written, span) in context.undefined(kind) {
            // A name in a template is said by `template/unknown-name`.
            if !templates.iter().any(|expression| expression.span.contains(span)) {
                found.push(context.unknown(&RULE, kind, what, written, span));
            }
        }
    }
}
