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
    for link in [Link::Dependency, Link::Parent] {
        of_kind(context, link, found);
    }
    if context.file.kind.is_foreign() {
        // Its own tool loads the file all the same.
        found[from..].iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
    }
}

/// Each circle is said once in a file: tickets that lie in files of their own are each opened alone.
fn of_kind(context: &Context<'_>, link: Link, found: &mut Vec<Diagnostic>) {
    let is_alone = context.ticket().is_some();
    let is_written = |other: &&Spanned<String>| link == Link::Dependency || !other.span.is_empty();
    let mut waits: Vec<Wait> = Vec::new();
    for ticket in context.file.tickets() {
        let own = ticket.id.as_ref().map_or(context.file.stem(), |id| &id.value);
        for other in link.places(ticket).iter().filter(is_written) {
            if !context.project.leads_back(link, &other.value, own) {
                continue;
            }
            let (words, beside) = words(link, own, &other.value);
            let mut first = RULE.at(other.span, words);
            if other.value == own {
                found.push(first);
                continue;
            }
            // All ways of one ticket that lead back to it are on one circle.
            let circle = if is_alone { None } else { context.project.circle(link, own) };
            if is_alone && waits.is_empty() {
                for (file, step) in context.project.way(link, &other.value, own) {
                    first = first.related(&file.path, step.span, &self::words(link, &step.from, &step.to).1);
                }
            }
            waits.push(Wait { circle: circle.unwrap_or_default(), first, beside });
        }
    }
    found.extend(once_a_circle(context.path(), waits));
}

/// What is said of a wait: of the first of a circle, and beside it.
fn words(link: Link, own: &str, other: &str) -> (String, String) {
    match link {
        Link::Dependency if own == other => (format!("`{own}` depends on itself"), String::new()),
        Link::Dependency => (
            format!("Tickets wait for each other: `{other}` depends on `{own}` again"),
            format!("`{own}` depends on `{other}`"),
        ),
        Link::Parent => (format!("`{own}` would be a part of itself"), format!("`{own}` is a part of `{other}`")),
    }
}
