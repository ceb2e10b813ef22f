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
    fix: "Remove one of the `needs`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    let needs = Needs::of(workflow);
    let circles = needs.circles();
    let mut waits = Vec::new();
    for (id, pass) in passes(workflow) {
        let circle = circles.get(id.value.as_str());
        for need in &pass.needs {
            let (own, other) = (&id.value, &need.value);
            if other == own {
                found.push(RULE.at(need.span, format!("Pass `{own}` needs itself")));
            } else if let Some(circle) = circle.filter(|circle| circles.get(other.as_str()) == Some(circle)) {
                let words = format!("Passes wait for each other: `{own}` needs `{other}`, which needs `{own}` again");
                let beside = format!("`{own}` needs `{other}`");
                waits.push(Wait { circle: *circle, first: RULE.at(need.span, words), beside });
            }
        }
        if let Some(inner) = pass.workflow.as_ref().filter(|inner| runs_itself(context, &inner.value)) {
            found.push(RULE.at(inner.span, format!("Workflow `{}` would run itself again", inner.value)));
        }
    }
    found.extend(once_a_circle(context.path(), waits));
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
