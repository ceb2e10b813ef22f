//! `workflow/missing-section`: a pass without a section in the body.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/missing-section",
    severity: Severity::Warning,
    why: "The section is the task: without it the agent is sent off with nothing to do.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: ⟦patch⟧
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
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
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Write a section `## <id>` with the task.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::PassType;
    let Some(workflow) = context.workflow() else { return };
    let has_section =
        |id: &str| workflow.sections.iter().any(|section| section.level == 2 && section.title.value == id);
    for (id, pass) in passes(workflow) {
        if pass.pass_type != PassType::Agent || has_section(&id.value) {
            continue;
        }
        let (newline, end) = (context.newline(), context.text().trim_end().len());
        let text = format!("{newline}{newline}## {}{newline}", id.value);
        let diagnostic =
            RULE.at(id.span, format!("Pass `{}` has no section `## {}` that says its task", id.value, id.value));
        found.push(diagnostic.fix("Write the section", context.path(), Span::new(end, context.text().len()), text));
    }
}
