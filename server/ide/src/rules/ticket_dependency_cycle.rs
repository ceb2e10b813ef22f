//! `ticket/dependency-cycle`: tickets that wait for each other.

use super::context::*;
use spec::Link;

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
    files: Files::All,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.project.counts(context.file) {
        return;
    }
    let from = found.len();
    for ticket in context.file.tickets() {
        of_ticket(context, ticket, found);
    }
    if context.file.kind.is_foreign() {
        // Its own tool loads the file all the same.
        found[from..].iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
    }
}

fn of_ticket(context: &Context<'_>, ticket: &spec::model::Ticket, found: &mut Vec<Diagnostic>) {
    let own = ticket.id.as_ref().map_or(context.file.stem(), |id| &id.value);
    for dependency in &ticket.dependencies {
        if context.project.leads_back(Link::Dependency, &dependency.value, own) {
            let message = if dependency.value == own {
                format!("`{own}` depends on itself")
            } else {
                format!("Tickets wait for each other: `{}` depends on `{own}` again", dependency.value)
            };
            found.push(RULE.at(dependency.span, message));
        }
    }
    if let Some(parent) = ticket.parent.as_ref().filter(|parent| !parent.span.is_empty())
        && context.project.leads_back(Link::Parent, &parent.value, own)
    {
        found.push(RULE.at(parent.span, format!("`{own}` would be a part of itself")));
    }
}
