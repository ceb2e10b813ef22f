//! `workflow/orphan-section`: a section that belongs to no pass.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/orphan-section",
    severity: Severity::Warning,
    why: "It looks like the task of a pass, and no agent ever reads it.",
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

## ⟦pollish⟧
Polish it.
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
# Mending
Headings of other levels are for people.

## patch
Mend it.
"#,
    )],
    fix: "Give the heading the id of a pass, or another level.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    let is_pass = |title: &str| passes(workflow).any(|(id, _)| id.value == title);
    let has_section =
        |id: &str| workflow.sections.iter().any(|section| section.level == 2 && section.title.value == id);
    for section in workflow.sections.iter().filter(|section| section.level == 2 && !is_pass(&section.title.value)) {
        let title = &section.title;
        let lonely = passes(workflow).map(|(id, _)| id.value.as_str()).filter(|id| !has_section(id));
        let meant = spec::values::nearest(&title.value, lonely).map(str::to_owned);
        let words = format!("No pass has the id `{}`", title.value);
        found.push(context.did_you_mean(&RULE, &words, meant, title.span));
    }
}
