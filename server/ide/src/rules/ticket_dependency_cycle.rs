//! `ticket/dependency-cycle`: tickets that wait for each other.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ticket/dependency-cycle",
    severity: Severity::Error,
    why: "None of them can ever start.",
    bad: &[
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
dependencies: [⟦t-2⟧]
---
"#,
        ),
        (
            ".tollgate/tickets/t-2.md",
            r#"---
schema_version: 1
id: t-2
title: A lamp flickers
status: To Do
type: feature
dependencies: [⟦t-1⟧]
---
"#,
        ),
    ],
    good: &[
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
dependencies: [t-2]
---
"#,
        ),
        (
            ".tollgate/tickets/t-2.md",
            r#"---
schema_version: 1
id: t-2
title: A lamp flickers
status: To Do
type: feature
---
"#,
        ),
    ],
    fix: "Remove one of the dependencies.",
    check,
};

/// Chains longer than this are not followed.
const LIMIT: usize = 2_000;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(ticket) = context.ticket() else { return };
    let own = ticket.id.as_ref().map_or(context.file.stem(), |id| &id.value);
    for dependency in &ticket.dependencies {
        if leads_to(context, &dependency.value, own, |ticket| ticket.dependencies.iter().collect()) {
            let message = if dependency.value == own {
                format!("`{own}` depends on itself")
            } else {
                format!("Tickets wait for each other: `{}` depends on `{own}` again", dependency.value)
            };
            found.push(RULE.at(dependency.span, message));
        }
    }
    if let Some(parent) = &ticket.parent
        && leads_to(context, &parent.value, own, |ticket| ticket.parent.iter().collect())
    {
        found.push(RULE.at(parent.span, format!("`{own}` would be a part of itself")));
    }
}

fn leads_to<'a>(
    context: &Context<'a>,
    from: &str,
    to: &str,
    next: impl Fn(&'a spec::model::Ticket) -> Vec<&'a Spanned<String>>,
) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = vec![from.to_owned()];
    while let Some(id) = rest.pop().filter(|_| seen.len() < LIMIT) {
        if id == to {
            return true;
        }
        if let Some((_, ticket)) = context.project.ticket(&id).filter(|_| seen.insert(id.clone())) {
            rest.extend(next(ticket).into_iter().map(|id| id.value.clone()));
        }
    }
    false
}
