//! `flow/cycle`: steps of another tool's workflow wait for each other.

use super::context::*;
use spec::flow::Flow;

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
needs = [⟦"plan"⟧]
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
    let circles = circles(flow, &steps);
    for (index, step) in flow.steps.iter().enumerate() {
        for need in &step.needs {
            let Some(other) = steps.seen_from(index, &need.value) else { continue };
            let own = step.id.as_ref().map_or("", |id| &id.value);
            let words = if other == index {
                format!("Step `{own}` waits for itself")
            } else if circles[other] == circles[index] {
                format!("Steps wait for each other: `{own}` for `{}`, and that in the end for `{own}`", need.value)
            } else {
                continue;
            };
            found.push(Diagnostic { severity, ..RULE.at(need.span, words) });
        }
    }
}

/// For each step a number: two have the same when each waits for the other, directly or through others (Tarjan, without
/// recursion, as chains of steps may be long).
fn circles(flow: &Flow, steps: &Steps<'_>) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = flow.steps.len();
    let next = |index: usize, at: usize| {
        let need = flow.steps[index].needs.get(at)?;
        Some(steps.seen_from(index, &need.value))
    };
    let (mut order, mut low, mut circle) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut open, mut path): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut seen = 0;
    for start in 0..count {
        if order[start] != NEW {
            continue;
        }
        path.push((start, 0));
        while let Some((index, at)) = path.last_mut() {
            let index = *index;
            if *at == 0 {
                (order[index], low[index]) = (seen, seen);
                seen += 1;
                open.push(index);
            }
            let found = next(index, *at);
            *at += 1;
            match found {
                Some(Some(other)) if order[other] == NEW => path.push((other, 0)),
                Some(Some(other)) if circle[other] == NEW => low[index] = low[index].min(order[other]),
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((outer, _)) = path.last() {
                        low[*outer] = low[*outer].min(low[index]);
                    }
                    if low[index] == order[index] {
                        while let Some(member) = open.pop() {
                            circle[member] = index;
                            if member == index {
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
    circle
}
