//! All diagnostics of one file: what the rules say of its text, what gates, budgets and people say of its state, and
//! whether documents and code still agree.

use crate::Snapshot;
use crate::baseline;
use crate::diagnostic::{Diagnostic, Severity, one_line};
use crate::finding;
use crate::live::{BudgetState, PassLive};
use delivery::ticket::Rule;
use spec::{Content, SpecFile};
use text::Span;

/// Diagnostics of the file at `path`, in order of place. Works for source files too: gates' findings stand there, and `text`
/// is theirs where it may differ from the one on disk.
pub fn diagnostics(snapshot: &Snapshot, path: &str, text: Option<&str>) -> Vec<Diagnostic> {
    let mut all = unheld(snapshot, path, text);
    let documents = || text.or(snapshot.documents.text(path).map(|text| &**text));
    let own = snapshot.file(path).and_then(|file| file.text()).map(|text| &**text);
    let judged = || snapshot.documents.speak_of(path).then(documents).flatten();
    if let Some(text) = own.or_else(judged) {
        baseline::hold_back(&snapshot.project, path, text, &mut all);
    }
    all
}

/// As [`diagnostics`], with what the baseline holds back.
pub fn unheld(snapshot: &Snapshot, path: &str, text: Option<&str>) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    if let Some(file) = snapshot.file(path) {
        all.extend(budgets(snapshot, file));
        all.extend(void(snapshot, file));
        all.extend(ticket_state(snapshot, file));
        all.extend(ambiguous(snapshot, file));
    }
    all.extend(finding::here(snapshot, path, text).iter().map(|one| finding::diagnostic(one, path, text)));
    all.extend(crate::documents::diagnostics(&snapshot.documents, path, text));
    crate::severities::apply(&snapshot.project, path, &mut all);
    all.extend(crate::rules::check_live(&snapshot.project, &snapshot.live, path));
    all.sort_by(|a, b| (a.span, a.severity, &a.code).cmp(&(b.span, b.severity, &b.code)));
    all
}

/// Budgets are shown on the line that sets them, and only in a state a person can act on.
fn budgets<'a>(snapshot: &'a Snapshot, file: &'a SpecFile) -> impl Iterator<Item = Diagnostic> + 'a {
    snapshot.live.budgets.iter().filter(|budget| budget.path == file.path).filter_map(|budget| {
        let (code, severity, words) = match budget.state {
            BudgetState::None | BudgetState::Ok => return None,
            BudgetState::Approaching => ("budget/approaching", Severity::Information, "is close to its limit"),
            BudgetState::At => ("budget/at-limit", Severity::Warning, "has reached its limit: runs need approval"),
            BudgetState::Over => ("budget/over", Severity::Error, "is over its limit: no run is started"),
        };
        let message = format!("Budget of {} {words} ({} of {})", budget.name, budget.committed, budget.limit);
        Some(Diagnostic::new(code, severity, budget.span, message))
    })
}

/// A decision that cannot be verified is an error and is not passed over.
fn void<'a>(snapshot: &'a Snapshot, file: &'a SpecFile) -> impl Iterator<Item = Diagnostic> + 'a {
    snapshot.live.void.iter().filter(|record| record.path == file.path).map(|record| {
        let word = "\"decision\":";
        let text = file.text().map_or("", |text| text);
        let at = text.rfind(word).map_or(Span::new(0, 1.min(text.len())), |at| Span::new(at, at + word.len()));
        let message = format!("This decision counts for nothing: {}", record.why);
        Diagnostic::new("record/unverifiable", Severity::Error, at, message)
    })
}

/// What waits or failed, on the ticket's title.
fn ticket_state(snapshot: &Snapshot, file: &SpecFile) -> Vec<Diagnostic> {
    let shown = snapshot.live.tickets.iter().filter_map(|(id, live)| match &file.content {
        Content::Ticket(ticket) => {
            let own = ticket.id.as_ref().filter(|own| own.value == *id)?;
            Some((ticket.title.as_ref().map_or(own.span, |title| title.span), live))
        }
        Content::Board(board) => Some((board.card(id)?.place(), live)),
        _ => None,
    });
    shown.flat_map(|(place, live)| live.passes.iter().filter_map(move |pass| pass_state(pass, place))).collect()
}

/// Several tickets could be current: said once, at the first of them.
fn ambiguous(snapshot: &Snapshot, file: &SpecFile) -> Option<Diagnostic> {
    let ambiguous = snapshot.live.ambiguous.as_ref()?;
    let first = ambiguous.tickets.first()?;
    let ticket = file.ticket(first)?;
    // Where its file is no file of the root, it is said at the copy.
    let (from, _) = snapshot.project.ticket(first)?;
    if from.path != file.path && !from.is_listing() {
        return None;
    }
    let by_status = matches!(ambiguous.rule, Rule::InProgress | Rule::CurrentTag);
    let place =
        ticket.status.as_ref().filter(|status| by_status && !status.span.is_empty()).or(ticket.id.as_ref())?.span;
    let why = match ambiguous.rule {
        Rule::InProgress => "in progress and yours",
        Rule::CurrentTag => "in progress in this tag",
        Rule::Trailer => "named by the last commit",
        Rule::OpenFile => "of the open file",
        Rule::FeatureVariable | Rule::FeaturePointer => "of the feature",
        _ => "named by the branch",
    };
    let others: Vec<String> =
        ambiguous.tickets.iter().skip(1).take(2).map(|id| format!("`{}`", one_line(id, 24))).collect();
    let more = ambiguous.tickets.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("Also {why}: {}{more}; so no ticket is current", others.join(", "));
    Some(Diagnostic::new("ticket/ambiguous-current", Severity::Information, place, message))
}

fn pass_state(pass: &PassLive, place: Span) -> Option<Diagnostic> {
    if let Some(why) = &pass.failed {
        let message = format!("Gate of pass {} failed: {why}", pass.id);
        return Some(Diagnostic::new("gate/failed", Severity::Error, place, message));
    }
    if let Some(why) = &pass.over {
        let message = format!("Pass {} is stopped: {why}", pass.id);
        return Some(Diagnostic::new("budget/stopped", Severity::Warning, place, message));
    }
    if pass.pending {
        let message = format!("Pass {} waits for a person: approve or reject its gate", pass.id);
        return Some(Diagnostic::new("gate/pending", Severity::Information, place, message));
    }
    (pass.state == "stale").then(|| {
        let message = format!("Pass {} is out of date: {}", pass.id, pass.why);
        Diagnostic::new("pass/stale", Severity::Hint, place, message)
    })
}
