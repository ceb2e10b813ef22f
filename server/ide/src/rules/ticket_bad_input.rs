//! `ticket/bad-input`: a ticket that sets an input which its workflow does not have, or to what it does not allow.

use super::context::*;
use delivery::{choice, inputs};

pub(super) const RULE: Rule = Rule {
    id: "ticket/bad-input",
    severity: Severity::Error,
    why: "A pass that names the input cannot run; one that was meant is left at its default.",
    bad: &[
        (
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
Mend it, {{ inputs.scope }}.
"#,
        ),
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: Tests fail
status: To Do
type: bug
workflow: mend
inputs:
  scope: ⟦ful⟧
  ⟦size⟧: small
---
"#,
        ),
    ],
    good: &[
        (
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
Mend it, {{ inputs.scope }}.
"#,
        ),
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: Tests fail
status: To Do
type: bug
workflow: mend
inputs:
  scope: backend-only
---
"#,
        ),
    ],
    fix: "Take an input and a value that the workflow declares.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(ticket) = context.ticket().filter(|ticket| !ticket.inputs.is_empty()) else { return };
    let chosen = choice::choose(context.project, ticket).workflow;
    let Some((_, workflow)) = chosen.and_then(|name| context.project.workflow(&name)) else { return };
    let shown = |words: &str| crate::diagnostic::one_line(words, 40);
    for name in inputs::unknown(workflow, ticket) {
        let declared = workflow.inputs.iter().map(|input| input.name.value.as_str());
        let unset = declared.filter(|known| !ticket.inputs.iter().any(|(own, _)| own.value == *known));
        let meant = spec::values::nearest(&name.value, unset).map(str::to_owned);
        let flow = workflow.name.as_ref().map_or("", |name| name.value.as_str());
        let words = format!("Workflow `{}` has no input `{}`", shown(flow), shown(&name.value));
        let mut diagnostic = context.did_you_mean(&RULE, &words, meant, name.span);
        diagnostic.severity = Severity::Warning;
        found.push(diagnostic);
    }
    for (name, value) in &ticket.inputs {
        let Some(input) = workflow.inputs.iter().find(|input| input.name.value == name.value) else { continue };
        let Some(words) = inputs::refusal(input, &value.value) else { continue };
        let allowed = input.allowed.iter().map(|word| word.value.as_str());
        let meant = spec::values::nearest(&value.value, allowed).map(str::to_owned);
        found.push(context.did_you_mean(&RULE, &words, meant, value.span));
    }
}
