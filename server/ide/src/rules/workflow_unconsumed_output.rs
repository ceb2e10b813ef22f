//! `workflow/unconsumed-output`: a file that no later pass reads.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/unconsumed-output",
    severity: Severity::Hint,
    why: "Somebody pays for writing a file that the passes after it never look at.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: plan
    agent: planner
    outputs: [{id: ⟦plan⟧, path: plan.md}]
  - id: patch
    needs: [plan]
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
    fix: "Add `outputs.<id>` to the inputs of a later pass, or say `kind: report` when it is for people.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    for (id, pass) in passes(workflow) {
        let is_needed = workflow.passes.iter().any(|other| other.needs.iter().any(|need| need.value == id.value));
        if !is_needed {
            continue; // what the last passes make is what the workflow is for
        }
        for output in &pass.outputs {
            let (Some(output_id), Some(path)) = (&output.id, &output.path) else { continue };
            let for_people = output.kind.as_ref().is_some_and(|kind| kind.value == "report");
            if for_people || is_read(context, workflow, &output_id.value, &path.value) {
                continue;
            }
            found.push(RULE.at(output_id.span, format!("No later pass reads `outputs.{}`", output_id.value)));
        }
    }
}

/// True when a pass names the output, or takes in its path with a glob.
fn is_read(context: &Context<'_>, workflow: &spec::model::Workflow, output: &str, path: &str) -> bool {
    use spec::model::InputRef;
    let name = Name { kind: NameKind::Output, text: context.inside(output) };
    let used = context.file.facts.names.iter().any(|(used, role, _)| *role == Role::Use && *used == name);
    let plain =
        path.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, rest)| rest)).collect::<Vec<_>>().join("x");
    used || workflow.passes.iter().flat_map(|pass| &pass.inputs).any(|input| match &input.value {
        InputRef::Glob(glob) => globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(&plain)),
        _ => false,
    })
}
