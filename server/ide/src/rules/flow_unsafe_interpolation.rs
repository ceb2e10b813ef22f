//! `flow/unsafe-interpolation`: a free value is put into a shell command as it is.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "flow/unsafe-interpolation",
    severity: Severity::Warning,
    why: "Whoever gives the input runs commands: the tool puts the value into the text of the command, quotes and all.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
inputs:
  branch: {type: string, required: true}
steps:
  - id: get
    type: shell
    run: git switch ⟦{{ inputs.branch }}⟧
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
inputs:
  branch: {type: string, default: main, enum: [main, next]}
  depth: {type: number, default: 1}
steps:
  - id: get
    type: shell
    run: git fetch --depth {{ inputs.depth }} origin {{ inputs.branch }}
"#,
    )],
    fix: "Limit the input to known words with `enum`, or keep it out of the command.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(own) = context.flow().filter(|flow| flow.manners.shell) else { return };
    let Some(flow) = own.over.as_ref().map_or(Some(own), |_| context.project.flow(&own.key)) else { return };
    for step in own.steps.iter().filter(|step| !step.interpolated.is_empty()) {
        for name in &step.takes {
            let Some(block) = step.interpolated.iter().find(|block| block.contains(name.span)) else { continue };
            let Some(input) = flow.inputs.iter().find(|input| input.name.value == name.value) else { continue };
            let kind = input.kind.as_ref().map_or("string", |kind| kind.value.as_str());
            if input.allowed.is_empty() && kind == "string" {
                let words = format!("Input `{}` takes any text and is put into the command without quotes", name.value);
                let place = input.name.span;
                let related = if own.over.is_none() { Some(place) } else { None };
                let diagnostic = RULE.at(*block, words);
                found.push(match related {
                    Some(place) => diagnostic.related(context.path(), place, "An `enum` here would limit it"),
                    None => diagnostic,
                });
            }
        }
    }
}
