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
        let kind = input.kind.as_ref().map(|kind| kind.value.as_str());
        let allowed = input.allowed.iter().map(|word| word.value.as_str());
        if !input.allowed.is_empty() && !input.allowed.iter().any(|word| word.value == default.value) {
            let meant = spec::values::nearest(&default.value, allowed).map(str::to_owned);
            let words = format!("`{}` is not in the `enum` of input `{}`", default.value, input.name.value);
            found.push(context.did_you_mean(&RULE, &words, meant, default.span));
        } else if kind == Some("boolean") && !matches!(default.value.as_str(), "true" | "false") {
            found.push(RULE.at(default.span, format!("Input `{}` is a boolean: `true` or `false`", input.name.value)));
        } else if kind == Some("number") && default.value.parse::<f64>().is_err() {
            found.push(
                RULE.at(default.span, format!("Input `{}` is a number, not `{}`", input.name.value, default.value)),
            );
        }
    }
}
