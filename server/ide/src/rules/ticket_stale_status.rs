//! `ticket/stale-status`: what a ticket says of its state disagrees with the rest of it.
//!
//! Of a ticket of ours its passes tell: records, gates and the files that were made say which of them are done. What says done
//! is not asked again, as a file that changes later opens its pass anew.
//!
//! Of those of other tools only what is certain: Beads itself refuses an issue that is closed without `closed_at`, or has one and is not closed;
//! Task Master marks all parts of a task as done with it; and a ticket whose every part is done is no longer to be begun.

use super::context::*;
use crate::diagnostic::one_line;
use crate::live::PassLive;
use spec::System;
use spec::board::{Board, Card, Shelf};
use spec::model::{StatusCategory, Ticket};

pub(super) const RULE: Rule = Rule {
    id: "ticket/stale-status",
    severity: Severity::Information,
    why: "Plans, boards and people go by the status, and it says something else than the work.",
    bad: &[
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: ⟦In Progress⟧
type: feature
---
"#,
        ),
        (
            ".taskmaster/tasks/tasks.json",
            r#"{"master": {"tasks": [
  {"id": 1, "title": "Ring the bell", "status": "⟦pending⟧", "dependencies": [],
   "subtasks": [{"id": 1, "title": "Find it", "status": "done"}, {"id": 2, "title": "Pull it", "status": "done"}]}
]}}
"#,
        ),
        (
            ".beads/issues.jsonl",
            "{\"id\": \"bd-a1b2\", \"title\": \"Ring the bell\", \"status\": \"⟦closed⟧\", \"priority\": 2}\n",
        ),
    ],
    good: &[
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: In Review
type: feature
---
"#,
        ),
        (
            ".taskmaster/tasks/tasks.json",
            r#"{"master": {"tasks": [
  {"id": 1, "title": "Ring the bell", "status": "pending", "dependencies": [],
   "subtasks": [{"id": 1, "title": "Find it", "status": "done"}, {"id": 2, "title": "Pull it", "status": "pending"}]}
]}}
"#,
        ),
        (
            ".beads/issues.jsonl",
            "{\"id\": \"bd-a1b2\", \"title\": \"Ring the bell\", \"status\": \"closed\", \"closed_at\": \"2026-01-02T03:04:05Z\"}\n",
        ),
    ],
    fix: "Say how far the ticket is. Of another tool's ticket let the tool do it: `backlog task edit --status`, `task-master set-status`, `bd close` or `bd update`.",
    files: Files::All,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(ticket) = context.ticket() {
        return ours(context, ticket, found);
    }
    let Some(board) = context.file.board().filter(|board| board.shelf == Shelf::Current) else { return };
    let parts = Parts::of(context, board);
    for card in &board.tickets {
        let Some(status) = card.ticket.status.as_ref().filter(|status| !status.span.is_empty()) else { continue };
        let words = match board.system {
            System::Beads => beads(card, &status.value),
            System::TaskMaster => parts.words(context, card),
            System::Backlog => criteria(context, card),
            _ => None,
        };
        if let Some(words) = words {
            found.push(RULE.at(inner(context.text(), status.span), words));
        }
    }
}

/// The passes are further than the status says.
fn ours(context: &Context<'_>, ticket: &Ticket, found: &mut Vec<Diagnostic>) {
    let (Some(id), Some(status)) = (&ticket.id, &ticket.status) else { return };
    let Some(live) = context.live.tickets.get(&id.value) else { return };
    let is_done = |pass: &&PassLive| pass.state == "done" && !pass.pending && pass.failed.is_none();
    let done = live.passes.iter().filter(is_done).count();
    let begun = live.passes.iter().find(|pass| is_done(pass) || pass.running.is_some());
    let (words, word) = match (StatusCategory::of(&status.value), begun) {
        (Some(StatusCategory::Todo | StatusCategory::Active), Some(only)) if done == live.passes.len() => match done {
            1 => (format!("Its only pass `{}` is done, but this is not", one_line(&only.id, 40)), "Done"),
            _ => (format!("All {done} passes are done, but this is not"), "Done"),
        },
        (Some(StatusCategory::Todo), Some(first)) => {
            let is = if first.running.is_some() { "is under way" } else { "is done" };
            (format!("Pass `{}` {is}, but this says that nobody has begun", one_line(&first.id, 40)), "In Progress")
        }
        _ => return,
    };
    let title = format!("Set the status to `{word}`");
    let mut diagnostic = RULE.at(status.span, words).fix(title, context.path(), status.span, word);
    // whether the work is over is for a person to say
    diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
    found.push(diagnostic);
}

/// The place without quotes.
fn inner(text: &str, span: Span) -> Span {
    let quoted = span.of(text).len() > 2 && span.of(text).starts_with('"');
    if quoted { Span::new(span.start as usize + 1, span.end as usize - 1) } else { span }
}

fn beads(card: &Card, status: &str) -> Option<String> {
    match (status == "closed", &card.closed) {
        (true, None) => Some("It is closed, but has no `closed_at`: Beads refuses such an issue".to_owned()),
        (false, Some(_)) => Some("It has a `closed_at`, but is not closed: Beads refuses such an issue".to_owned()),
        _ => None,
    }
}

/// Done and all parts of the tasks of a file, by the task's id.
struct Parts<'a>(std::collections::HashMap<&'a str, (usize, usize)>);

impl<'a> Parts<'a> {
    fn of(context: &Context<'_>, board: &'a Board) -> Parts<'a> {
        let mut parts = std::collections::HashMap::new();
        if board.system == System::TaskMaster {
            for ticket in board.tickets.iter().map(|card| &card.ticket) {
                let Some(parent) = &ticket.parent else { continue };
                let count: &mut (usize, usize) = parts.entry(parent.value.as_str()).or_default();
                count.1 += 1;
                count.0 += usize::from(context.project.category(context.file, ticket) == Some(StatusCategory::Done));
            }
        }
        Parts(parts)
    }

    fn words(&self, context: &Context<'_>, card: &Card) -> Option<String> {
        let (done, all) = *self.0.get(card.ticket.id.as_ref()?.value.as_str())?;
        match context.project.category(context.file, &card.ticket)? {
            StatusCategory::Todo | StatusCategory::Active if done == all => Some(match all {
                1 => "Its only part is done, but this is not".to_owned(),
                _ => format!("All {all} parts are done, but this is not"),
            }),
            StatusCategory::Done if done < all && card.ticket.status.as_ref()?.value == "done" => Some(format!(
                "This is done, but {} of its {all} parts {} not",
                all - done,
                if all - done == 1 { "is" } else { "are" }
            )),
            _ => None,
        }
    }
}

/// Every criterion is ticked, and nobody has begun.
fn criteria(context: &Context<'_>, card: &Card) -> Option<String> {
    let boxes = || card.ticket.acceptance.iter().chain(&card.ticket.done);
    let all = boxes().count();
    let ticked = boxes().filter(|line| line.checked).count();
    let category = context.project.category(context.file, &card.ticket)?;
    (category == StatusCategory::Todo && all > 0 && ticked == all).then(|| match all {
        1 => "Its only criterion is ticked, but nobody has begun it".to_owned(),
        _ => format!("All {all} criteria are ticked, but nobody has begun it"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::check_live;
    use crate::live::{Live, PassLive, RunningLive, TicketLive};
    use spec::{Project, SpecFile};
    use std::sync::Arc;

    #[test]
    fn a_ticket_of_ours_is_held_to_its_passes() {
        let pass = |id: &str, state: &str| PassLive { id: id.into(), state: state.into(), ..PassLive::default() };
        let said = |status: &str, passes: Vec<PassLive>| {
            let path = ".tollgate/tickets/t-1.md";
            let text = format!("---\nschema_version: 1\nid: t-1\ntitle: a\nstatus: {status}\ntype: bug\n---\n");
            let mut project = Project::default();
            project.set(Arc::new(SpecFile::read(path, &text).unwrap()));
            let ticket = TicketLive { passes, ..TicketLive::default() };
            let live = Live { tickets: [("t-1".to_owned(), ticket)].into(), ..Live::default() };
            let all = check_live(&project, &live, path);
            let found = all.into_iter().find(|found| found.code == super::RULE.id)?;
            let fix = found.fixes.first().unwrap();
            assert!(!fix.preferred);
            Some(format!("{}; {}", found.message, fix.title))
        };
        let both = || vec![pass("mend", "done"), pass("tell", "ready")];
        let under_way = PassLive { running: Some(RunningLive::default()), ..pass("mend", "running") };
        let waiting = PassLive { pending: true, ..pass("mend", "done") };
        for (status, passes, expected) in [
            (
                "To Do",
                both(),
                "Pass `mend` is done, but this says that nobody has begun; Set the status to `In Progress`",
            ),
            ("In Progress", both(), ""),
            (
                "To Do",
                vec![under_way],
                "Pass `mend` is under way, but this says that nobody has begun; Set the status to `In Progress`",
            ),
            ("To Do", vec![pass("mend", "ready")], ""),
            ("To Do", vec![], ""),
            (
                "Active",
                vec![pass("mend", "done")],
                "Its only pass `mend` is done, but this is not; Set the status to `Done`",
            ),
            ("Active", vec![waiting], ""),
            (
                "To Do",
                vec![pass("a", "done"), pass("b", "done")],
                "All 2 passes are done, but this is not; Set the status to `Done`",
            ),
            ("In Review", vec![pass("mend", "done")], ""),
            ("Done", both(), ""),
        ] {
            assert_eq!(said(status, passes).unwrap_or_default(), expected, "{status}");
        }
    }
}
