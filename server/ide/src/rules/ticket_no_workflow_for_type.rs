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
    files: Files::Ours,
    check,
};

use delivery::choice;
use spec::model::StatusCategory;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(ticket) = context.ticket().filter(|ticket| ticket.workflow.is_none()) else { return };
    let is_done =
        ticket.status.as_ref().is_some_and(|status| StatusCategory::of(&status.value) == Some(StatusCategory::Done));
    if is_done {
        return;
    }
    let (best, others) = choice::fitting(context.project, ticket);
    if best.is_empty() && others.is_empty() {
        return;
    }
    let names = |workflows: &[choice::Reasoned]| workflows.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (best, others) = (names(&best), names(&others));
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
    let choices = if best.is_empty() { others } else { best };
    let block = !context.text()[context.line_start(place.span.start as usize)..].starts_with('{');
    for name in choices.iter().take(6).filter(|_| block) {
        let line = format!("workflow: {name}{}", context.newline());
        diagnostic = diagnostic.fix(format!("Pin workflow `{name}`"), context.path(), Span::empty(end), line);
    }
    diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
    found.push(diagnostic);
}
