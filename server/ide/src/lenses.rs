//! Code lenses: the next pass with its price above a ticket and above each pass of a workflow; how far a feature is above
//! its spec.

use crate::Snapshot;
use crate::live::{Command, PassLive, TicketLive, Trust, Unseen};
use spec::Content;
use text::Span;

/// A line above a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// Where.
    pub span: Span,
    /// What it says.
    pub title: String,
    /// What a click does.
    pub command: Option<Command>,
}

/// The lenses of a file, answered from memory.
pub fn lenses(snapshot: &Snapshot, path: &str) -> Vec<Lens> {
    match snapshot.file(path).map(|file| &file.content) {
        Some(Content::Ticket(ticket)) => {
            let Some(id) = &ticket.id else { return Vec::new() };
            let Some(live) = snapshot.live.tickets.get(&id.value) else { return Vec::new() };
            ticket_lenses(snapshot, &id.value, live, ticket.title.as_ref().map_or(id.span, |title| title.span))
        }
        Some(Content::Workflow(workflow)) => {
            let Some((current, _)) = &snapshot.live.current else { return Vec::new() };
            let Some(live) = snapshot.live.tickets.get(current) else { return Vec::new() };
            let name = workflow.name.as_ref().map(|name| name.value.as_str());
            if live.workflow.as_deref() != name {
                return Vec::new();
            }
            let ids = workflow.passes.iter().filter_map(|pass| pass.id.as_ref());
            ids.filter_map(|id| Some((id, live.passes.iter().find(|pass| pass.id == id.value)?)))
                .flat_map(|(id, pass)| pass_lenses(snapshot, current, pass, id.span))
                .collect()
        }
        Some(Content::Board(board)) => {
            let mut shown: Vec<_> = snapshot
                .live
                .tickets
                .iter()
                .filter_map(|(id, live)| Some((board.card(id)?.place(), id, live)))
                .collect();
            shown.sort_by_key(|(place, _, _)| *place);
            shown.into_iter().flat_map(|(place, id, live)| ticket_lenses(snapshot, id, live, place)).collect()
        }
        Some(Content::Work(work)) => crate::work::lenses(snapshot, work),
        _ => Vec::new(),
    }
}

fn ticket_lenses(snapshot: &Snapshot, ticket: &str, live: &TicketLive, span: Span) -> Vec<Lens> {
    let next = live.next.as_ref().and_then(|next| live.passes.iter().find(|pass| &pass.id == next));
    let explain = Some(Command::Explain { ticket: ticket.to_owned() });
    let mut all = vec![Lens { span, title: summary(live), command: explain }];
    match next {
        Some(pass) => all.extend(pass_lenses(snapshot, ticket, pass, span)),
        None => all.extend(
            live.passes
                .iter()
                .filter(|pass| needs_somebody(pass))
                .flat_map(|pass| pass_lenses(snapshot, ticket, pass, span)),
        ),
    }
    all
}

fn needs_somebody(pass: &PassLive) -> bool {
    pass.pending || pass.running.is_some() || pass.kept.is_some()
}

/// `spent $0.31 of $15.00 · next: patch`.
pub fn summary(live: &TicketLive) -> String {
    let at_least = if live.spent_unknown { "≥" } else { "" };
    let of = live.budget.map_or(String::new(), |budget| format!(" of {budget}"));
    let running = live.passes.iter().find(|pass| pass.running.is_some());
    let next = match (&live.next, running) {
        (Some(next), _) => format!("next: {next}"),
        (None, Some(running)) => format!("{} is running", running.id),
        // A lens shows text as it is.
        (None, None) => live.why.replace('`', ""),
    };
    format!("spent {at_least}{}{of} · {next}", live.spent)
}

fn pass_lenses(snapshot: &Snapshot, ticket: &str, pass: &PassLive, span: Span) -> Vec<Lens> {
    let lens = |title: String, command: Option<Command>| Lens { span, title, command };
    let (ticket, id) = (ticket.to_owned(), pass.id.clone());
    if let Some(running) = &pass.running {
        let title = format!("Cancel {id} · {} · {} so far", running.phase, running.spent);
        let log = lens("Show log".to_owned(), Some(Command::ShowLog { run: running.run.clone() }));
        return vec![lens(title, Some(Command::Cancel { run: running.run.clone() })), log];
    }
    if pass.pending {
        let review = review(snapshot, &ticket, pass).map(|(title, command)| lens(title, Some(command)));
        let decide = [
            lens(format!("Approve {id}"), Some(Command::Approve { ticket: ticket.clone(), pass: id.clone() })),
            lens(format!("Reject {id}…"), Some(Command::Reject { ticket, pass: id })),
        ];
        return review.into_iter().chain(decide).collect();
    }
    let mut all = vec![if pass.ready
        && snapshot.live.trust == Trust::Reviewed
        && let Some(unseen) = pass.unseen
    {
        lens(unseen_title(&id, unseen), Some(Command::ReviewWords { ticket: ticket.clone(), pass: id.clone() }))
    } else if pass.ready && snapshot.live.trust == Trust::Reviewed {
        lens(run_title(pass), Some(Command::Run { ticket: ticket.clone(), pass: id.clone() }))
    } else if pass.ready {
        lens("Review plan…".to_owned(), Some(Command::ReviewPlan))
    } else {
        lens(format!("{id}: {}", pass.state), Some(Command::Explain { ticket: ticket.clone() }))
    }];
    if let Some(run) = &pass.kept {
        all.push(lens("Apply the kept change".to_owned(), Some(Command::Apply { run: run.clone() })));
    }
    if pass.checks && snapshot.live.trust == Trust::Reviewed {
        all.push(lens("Check gate".to_owned(), Some(Command::CheckGate { ticket, pass: id })));
    }
    all
}

/// `patch changed since you ran it: view diff`.
pub fn unseen_title(pass: &str, unseen: Unseen) -> String {
    match unseen {
        Unseen::Changed => format!("{pass} changed since you ran it: view diff"),
        Unseen::Hidden => format!("{pass} holds characters that nobody sees: view them"),
    }
}

/// `Run pass patch · ≈$0.02–$0.31 · claude sonnet`.
pub fn run_title(pass: &PassLive) -> String {
    let cost = cost_words(pass);
    if cost.is_empty() { format!("Run pass {}", pass.id) } else { format!("Run pass {} · {cost}", pass.id) }
}

/// What brings the review that a pass waits for: its words where they have to be looked at first, else its agent, as
/// `Review by critic · ≈$0.02–$0.31 · claude sonnet`.
pub fn review(snapshot: &Snapshot, ticket: &str, pass: &PassLive) -> Option<(String, Command)> {
    let review = pass.review.as_ref()?;
    let (ticket, id) = (ticket.to_owned(), pass.id.clone());
    Some(match pass.unseen {
        _ if snapshot.live.trust != Trust::Reviewed => ("Review plan…".to_owned(), Command::ReviewPlan),
        Some(unseen) => (unseen_title(&pass.id, unseen), Command::ReviewWords { ticket, pass: id }),
        None => {
            let words = [format!("Review by {}", review.agent), review.estimate.clone(), review.model.clone()];
            (joined(&words), Command::Review { ticket, pass: id })
        }
    })
}

/// `≈$0.02–$0.31 · claude sonnet`.
pub fn cost_words(pass: &PassLive) -> String {
    joined(&[pass.estimate.clone(), pass.model.clone()])
}

fn joined(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
}
