//! Inlay hints: money and state at the end of a line. Where lenses say it already, a hint does not say it again.

use crate::Snapshot;
use crate::lenses::summary;
use crate::live::BudgetState;
use spec::Content;
use text::Span;

/// A few words behind a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Byte offset.
    pub offset: u32,
    /// What it says.
    pub label: String,
    /// What the pointer shows, as Markdown.
    pub tooltip: String,
}

/// Hints of a file inside `range`; `lenses` tells that its lenses are shown, too.
pub fn hints(snapshot: &Snapshot, path: &str, range: Span, lenses: bool) -> Vec<Hint> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(text) = file.text() else { return Vec::new() };
    let line_end =
        |at: u32| text[at as usize..].find(['\r', '\n']).map_or(text.len() as u32, |length| at + length as u32);
    let mut all = Vec::new();
    match &file.content {
        Content::Ticket(ticket) if !lenses => {
            let Some(id) = &ticket.id else { return Vec::new() };
            if let Some(live) = snapshot.live.tickets.get(&id.value) {
                all.push(Hint { offset: id.span.end, label: summary(live), tooltip: live.markdown.clone() });
            }
        }
        Content::Board(board) if !lenses => {
            all.extend(snapshot.live.tickets.iter().filter_map(|(id, live)| {
                let offset = board.card(id)?.place().end;
                Some(Hint { offset, label: summary(live), tooltip: live.markdown.clone() })
            }));
        }
        Content::Workflow(workflow) if !lenses => {
            let live = snapshot.live.current.as_ref().and_then(|(ticket, _)| snapshot.live.tickets.get(ticket));
            let name = workflow.name.as_ref().map(|name| name.value.as_str());
            if let Some(live) = live.filter(|live| live.workflow.as_deref() == name) {
                for id in workflow.passes.iter().filter_map(|pass| pass.id.as_ref()) {
                    let Some(pass) = live.passes.iter().find(|pass| pass.id == id.value) else { continue };
                    let label = format!(
                        "{} · {}",
                        pass.state,
                        if pass.spent.pico() > 0 { pass.spent.to_string() } else { pass.estimate.clone() }
                    );
                    all.push(Hint { offset: id.span.end, label, tooltip: pass.markdown.clone() });
                }
            }
        }
        _ => {}
    }
    for budget in snapshot.live.budgets.iter().filter(|budget| budget.path == path && budget.state != BudgetState::None)
    {
        let label = format!("{} used", budget.committed);
        all.push(Hint {
            offset: line_end(budget.span.end),
            label,
            tooltip: format!("{}: {} of {}", budget.name, budget.committed, budget.limit),
        });
    }
    all.retain(|hint| range.touches(hint.offset as usize));
    all.sort_by_key(|hint| hint.offset);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{BudgetLive, BudgetState, TicketLive};
    use spec::SpecFile;
    use std::sync::Arc;

    #[test]
    fn stands_at_the_end_of_a_line_and_says_nothing_that_a_lens_says() {
        let path = ".tollgate/tickets/T-1.md";
        let text = "---\r\nid: T-1\r\nbudget: {limit_usd: 4} # all\r\n---\r\n";
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read_shared(path, text.into()).unwrap()));
        let at = text.find('4').unwrap();
        let mut live = crate::Live::default();
        live.tickets.insert("T-1".into(), TicketLive { why: "all is done".into(), ..TicketLive::default() });
        live.budgets.push(BudgetLive {
            path: path.into(),
            span: Span::new(at, at + 1),
            name: "ticket T-1".into(),
            limit: spec::Usd::ZERO,
            committed: spec::Usd::ZERO,
            state: BudgetState::Ok,
        });
        snapshot.live = Arc::new(live);
        let labels = |lenses: bool| {
            let found = hints(&snapshot, path, Span::new(0, text.len()), lenses);
            found.into_iter().map(|hint| (hint.offset as usize, hint.label)).collect::<Vec<_>>()
        };
        let budget = (text.find(" # all").unwrap() + " # all".len(), "$0.00 used".to_owned());
        assert_eq!(labels(true), std::slice::from_ref(&budget));
        let summary = (text.find("T-1").unwrap() + 3, "spent $0.00 · all is done".to_owned());
        assert_eq!(labels(false), [summary, budget]);
    }
}
