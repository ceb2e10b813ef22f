//! `workflow/bad-default`: a default that the input itself does not allow.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/bad-default",
    severity: Severity::Error,
    why: "Every ticket that does not set the input would start with a value that is refused.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
inputs:
  scope: {type: string, default: ⟦whole⟧, enum: [full, backend-only]}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
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
inputs:
  scope: {type: string, default: full, enum: [full, backend-only]}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Take one of the allowed values, or allow it.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    for input in &workflow.inputs {
        let Some(default) = &input.default else { continue };
        let Some(words) = delivery::inputs::refusal(input, &default.value) else { continue };
        let allowed = input.allowed.iter().map(|word| word.value.as_str());
        let meant = spec::values::nearest(&default.value, allowed).map(str::to_owned);
        found.push(context.did_you_mean(&RULE, &words, meant, default.span));
    }
}
