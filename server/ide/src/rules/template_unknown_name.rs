//! `template/unknown-name`: a name in `{{ … }}` that nothing defines.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "template/unknown-name",
    severity: Severity::Error,
    why: "The agent would get a task with a hole in it, or a file with braces in its name.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: note, path: "notes/{{ ⟦ticket.slugg⟧ }}.md", kind: report}]
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
    outputs: [{id: note, path: "notes/{{ ticket.slug }}.md", kind: report}]
---
## patch
Mend it.
"#,
    )],
    fix: "Take a name of the ticket, a declared input, or `passes.<id>.outcome`; `\\{{` writes the braces themselves.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let templates = context.file.templates();
    if templates.is_empty() {
        return;
    }
    let known = known(context);
    for name in templates.iter().flat_map(|expression| expression.names()) {
        if matches!(name.value, "true" | "false") || known.iter().any(|known| known == name.value) {
            continue;
        }
        let meant = spec::values::nearest(name.value, known.iter().map(String::as_str)).map(str::to_owned);
        let words = format!("Templates know no name `{}`", name.value);
        found.push(context.did_you_mean(&RULE, &words, meant, name.span));
    }
}

/// All names that a template of this file may hold.
fn known(context: &Context<'_>) -> Vec<String> {
    let mut known: Vec<String> = spec::TICKET_NAMES.iter().map(|(name, _)| format!("ticket.{name}")).collect();
    match context.workflow() {
        Some(workflow) => {
            known.extend(workflow.inputs.iter().map(|input| format!("inputs.{}", input.name.value)));
            known.extend(passes(workflow).map(|(id, _)| format!("passes.{}.outcome", id.value)));
        }
        // A shared gate or an agent serves many workflows: any input of any of them may be meant.
        None => {
            let inputs = context.project.defined(NameKind::Input);
            known.extend(inputs.map(|input| format!("inputs.{}", short(&input.text))));
        }
    }
    known
}
