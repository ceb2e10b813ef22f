//! `workflow/duplicate-section`: two sections for one pass.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/duplicate-section",
    severity: Severity::Error,
    why: "Only one of them can be the task, and nobody can say which.",
    bad: &[(
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

## ⟦patch⟧
Mend it well.
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
    fix: "Join the two.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    for (id, _) in passes(workflow) {
        let mut sections =
            workflow.sections.iter().filter(|section| section.level == 2 && section.title.value == id.value);
        let Some(first) = sections.next() else { continue };
        for section in sections {
            let diagnostic = RULE.at(section.title.span, format!("Pass `{}` has another section already", id.value));
            found.push(diagnostic.related(context.path(), first.title.span, "the first one"));
        }
    }
}
