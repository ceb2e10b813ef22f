//! `ticket/stale-status`: what a ticket of another tool says of its state disagrees with the rest of it.
//!
//! Only what is certain: Beads itself refuses an issue that is closed without `closed_at`, or has one and is not closed;
//! Task Master marks all parts of a task as done with it; and a ticket whose every part is done is no longer to be begun.

use super::context::*;
use spec::System;
use spec::board::{Board, Card, Shelf};
use spec::model::StatusCategory;

pub(super) const RULE: Rule = Rule {
    id: "ticket/stale-status",
    severity: Severity::Information,
    why: "Plans, boards and people go by the status, and it says something else than the work.",
    bad: &[
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
    fix: "Let the tool set the status: `backlog task edit --status`, `task-master set-status`, `bd close` or `bd update`.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
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
