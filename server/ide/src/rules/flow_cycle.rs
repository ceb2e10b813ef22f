//! `flow/cycle`: steps of another tool's workflow wait for each other.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "flow/cycle",
    severity: Severity::Error,
    why: "None of them can ever start.",
    bad: &[(
        ".beads/formulas/ship.formula.toml",
        r#"formula = "ship"
version = 1

[[steps]]
id = "plan"
title = "Plan"
needs = [⟦"build"⟧]

[[steps]]
id = "build"
title = "Build"
needs = ["plan"]
"#,
    )],
    good: &[(
        ".beads/formulas/ship.formula.toml",
        r#"formula = "ship"
version = 1

[[steps]]
id = "plan"
title = "Plan"

[[steps]]
id = "build"
title = "Build"
needs = ["plan"]
"#,
    )],
    fix: "Remove one of the `needs`.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(flow) = context.flow() else { return };
    let Some(severity) = severity(flow.manners.cycle) else { return };
    let steps = Steps::of(flow);
    let circles = spec::circles(flow.steps.len(), |index| {
        flow.steps[index].needs.iter().filter_map(|need| steps.seen_from(index, &need.value)).collect()
    });
    let mut waits = Vec::new();
    for (index, step) in flow.steps.iter().enumerate() {
        for need in &step.needs {
            let Some(other) = steps.seen_from(index, &need.value) else { continue };
            let (own, need, at) = (step.id.as_ref().map_or("", |id| &id.value), &need.value, need.span);
            if other == index {
                found.push(Diagnostic { severity, ..RULE.at(at, format!("Step `{own}` waits for itself")) });
            } else if circles[other] == circles[index] {
                let words = format!("Steps wait for each other: `{own}` for `{need}`, and that in the end for `{own}`");
                let first = Diagnostic { severity, ..RULE.at(at, words) };
                waits.push(Wait { circle: circles[index], first, beside: format!("`{own}` waits for `{need}`") });
            }
        }
    }
    found.extend(once_a_circle(context.path(), waits));
}
