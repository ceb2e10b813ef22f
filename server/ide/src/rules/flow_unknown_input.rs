//! `flow/unknown-input`: an expression of another tool's workflow names an input that is not declared.

use super::context::*;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "flow/unknown-input",
    severity: Severity::Warning,
    why: "It is always empty, or stands in the prompt as it is written: nobody can give a value to it.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
inputs:
  feature: {type: string, required: true}
steps:
  - id: plan
    command: speckit.plan
    input:
      args: "{{ inputs.⟦featur⟧ | default('all') }}"
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
inputs:
  feature: {type: string, required: true}
steps:
  - id: plan
    command: speckit.plan
    input:
      args: "{{ inputs.feature }}"
"#,
    )],
    fix: "Declare the input, or correct its name.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(own) = context.flow() else { return };
    let Some(severity) = severity(own.manners.unknown_input) else { return };
    // An overlay speaks of the inputs of what it changes.
    let Some(flow) = own.over.as_ref().map_or(Some(own), |_| context.project.flow(&own.key)) else { return };
    let known: HashSet<&str> = flow.inputs.iter().map(|input| input.name.value.as_str()).collect();
    for name in own.steps.iter().flat_map(|step| &step.takes).filter(|name| !known.contains(name.value.as_str())) {
        let meant = spec::values::nearest(&name.value, known.iter().copied()).map(str::to_owned);
        let words = format!("There is no input `{}` in this {}", name.value, flow.what);
        found.push(Diagnostic { severity, ..context.did_you_mean(&RULE, &words, meant, name.span) });
    }
}
