//! `ticket/no-workflow-for-type`: a ticket that no workflow takes, or more than one.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ticket/no-workflow-for-type",
    severity: Severity::Warning,
    why: "Without a workflow there is no next pass, no plan and no cost to show.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: ⟦research⟧
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
---
"#,
    )],
    fix: "Take a type that a workflow serves, or pin one with `workflow:`.",
    check,
};

use spec::model::{StatusCategory, Ticket, Workflow};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(ticket) = context.ticket().filter(|ticket| ticket.workflow.is_none()) else { return };
    let is_done =
        ticket.status.as_ref().is_some_and(|status| StatusCategory::of(&status.value) == Some(StatusCategory::Done));
    let mut workflows: Vec<(&str, &Workflow)> = Vec::new();
    for name in context.project.defined(NameKind::Workflow) {
        workflows.extend(context.project.workflow(&name.text).map(|(_, workflow)| (name.text.as_str(), workflow)));
    }
    if is_done || workflows.is_empty() {
        return;
    }
    let fitting: Vec<(&str, usize)> = workflows
        .iter()
        .filter(|(_, workflow)| fits(workflow, ticket))
        .map(|(name, workflow)| (*name, workflow.required_labels.len()))
        .collect();
    let most = fitting.iter().map(|(_, labels)| *labels).max().unwrap_or(0);
    let best: Vec<&str> = fitting.iter().filter(|(_, labels)| *labels == most).map(|(name, _)| *name).collect();
    let message = match (best.as_slice(), &ticket.ticket_type) {
        ([_], _) => return,
        ([], Some(kind)) => format!("No workflow serves tickets of type `{}`", kind.value),
        ([], None) => "The ticket has no `type:` and no `workflow:`, so nothing takes it".to_owned(),
        (several, _) => {
            format!("Several workflows take this ticket ({}): pin one with `workflow:`", several.join(", "))
        }
    };
    let place = ticket.ticket_type.as_ref().or(ticket.title.as_ref()).or(ticket.id.as_ref());
    let Some(place) = place else { return };
    let mut diagnostic = RULE.at(place.span, message);
    let end = context.next_line(place.span.end as usize);
    let choices: Vec<&str> = if best.is_empty() { workflows.iter().map(|(name, _)| *name).collect() } else { best };
    let block = !context.text()[context.line_start(place.span.start as usize)..].starts_with('{');
    for name in choices.iter().take(6).filter(|_| block) {
        let line = format!("workflow: {name}{}", context.newline());
        diagnostic = diagnostic.fix(format!("Pin workflow `{name}`"), context.path(), Span::empty(end), line);
    }
    diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
    found.push(diagnostic);
}

fn fits(workflow: &Workflow, ticket: &Ticket) -> bool {
    let has = |label: &str| ticket.labels.iter().any(|own| own.value.eq_ignore_ascii_case(label));
    let names_something = !workflow.ticket_types.is_empty() || !workflow.required_labels.is_empty();
    let serves =
        |kind: &Spanned<String>| workflow.ticket_types.iter().any(|own| own.value.eq_ignore_ascii_case(&kind.value));
    names_something
        && workflow.required_labels.iter().all(|label| has(&label.value))
        && (workflow.ticket_types.is_empty() || ticket.ticket_type.as_ref().is_some_and(serves))
}
