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
    let line_end = |at: u32| {
        file.text[at as usize..].find(['\r', '\n']).map_or(file.text.len() as u32, |length| at + length as u32)
    };
    let mut all = Vec::new();
    match &file.content {
        Content::Ticket(ticket) if !lenses => {
            let Some(id) = &ticket.id else { return Vec::new() };
            if let Some(live) = snapshot.live.tickets.get(&id.value) {
                all.push(Hint { offset: id.span.end, label: summary(live), tooltip: live.markdown.clone() });
            }
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
