//! `workflow/cycle`: passes that wait for each other.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/cycle",
    severity: Severity::Error,
    why: "None of them can ever start.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: plan
    needs: [⟦patch⟧]
    agent: planner
  - id: patch
    needs: [⟦plan⟧]
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
    fix: "Remove one of the `needs`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    let mut needs = Needs::of(workflow);
    for (id, pass) in passes(workflow) {
        for need in &pass.needs {
            let message = if need.value == id.value {
                format!("Pass `{}` needs itself", id.value)
            } else if needs.before(need.value.as_str()).contains(id.value.as_str()) {
                format!(
                    "Passes wait for each other: `{}` needs `{}`, which needs `{}` again",
                    id.value, need.value, id.value
                )
            } else {
                continue;
            };
            found.push(RULE.at(need.span, message));
        }
        if let Some(inner) = pass.workflow.as_ref().filter(|inner| runs_itself(context, &inner.value)) {
            found.push(RULE.at(inner.span, format!("Workflow `{}` would run itself again", inner.value)));
        }
    }
}

/// True when the workflow of that name runs this one, directly or through others.
fn runs_itself(context: &Context<'_>, name: &str) -> bool {
    let Some(own) =
        context.workflow().map(|workflow| workflow.name.as_ref().map_or(context.file.stem(), |name| &name.value))
    else {
        return false;
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = vec![name.to_owned()];
    while let Some(name) = rest.pop() {
        if name == own {
            return true;
        }
        if let Some((_, workflow)) = context.project.workflow(&name).filter(|_| seen.insert(name.clone())) {
            rest.extend(
                workflow.passes.iter().filter_map(|pass| pass.workflow.as_ref()).map(|inner| inner.value.clone()),
            );
        }
    }
    false
}
