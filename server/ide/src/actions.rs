//! Code actions: fixes of the diagnostics on the asked lines, and what can be started from there. Worked out from the
//! place itself; what diagnostics a client sends along is not looked at, because clients send only those under the cursor.

use crate::Snapshot;
use crate::diagnostic::{Diagnostic, Fix};
use crate::diagnostics::diagnostics;
use crate::finding;
use crate::lenses::{lenses, review, run_title, unseen_title};
use crate::live::{Command, FindingLive, PassLive, Trust};
use spec::Content;
use text::Span;

/// An action in the light-bulb menu.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// What it does.
    pub title: String,
    /// What happens.
    pub effect: Effect,
    /// The diagnostic it answers.
    pub diagnostic: Option<Diagnostic>,
    /// The one obvious choice.
    pub preferred: bool,
}

/// What an action does.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Edits texts.
    Edit(Fix),
    /// Starts something.
    Command(Command),
}

/// Actions for a range; `lines` are the bytes of all lines that the range touches. `text` is the file's text where it may
/// differ from the one on disk.
pub fn actions(snapshot: &Snapshot, path: &str, text: Option<&str>, lines: Span) -> Vec<Action> {
    let overlaps = |span: Span| span.start <= lines.end && lines.start <= span.end;
    let mut all: Vec<Action> = Vec::new();
    let here: Vec<Diagnostic> =
        diagnostics(snapshot, path, text).into_iter().filter(|diagnostic| overlaps(diagnostic.span)).collect();
    let findings = finding::here(snapshot, path, text);
    for diagnostic in &here {
        for fix in &diagnostic.fixes {
            let (title, preferred) = (fix.title.clone(), fix.preferred);
            all.push(Action {
                title,
                effect: Effect::Edit(fix.clone()),
                diagnostic: Some(diagnostic.clone()),
                preferred,
            });
        }
        for (title, command) in answers(snapshot, path, &findings, diagnostic) {
            all.push(Action {
                title,
                effect: Effect::Command(command),
                diagnostic: Some(diagnostic.clone()),
                preferred: false,
            });
        }
    }
    all.extend(snapshot.file(path).into_iter().flat_map(|file| crate::work::actions(file, lines)));
    // What mends comes first, what only explains last.
    let explained: Vec<Action> = here
        .into_iter()
        .filter(|diagnostic| crate::rules::manual(&diagnostic.code).is_some())
        .map(|diagnostic| Action {
            title: match crate::rules::all().iter().any(|rule| rule.id == diagnostic.code) {
                true => format!("Explain the rule {}", diagnostic.code),
                false => format!("Explain {}", diagnostic.code),
            },
            effect: Effect::Command(Command::ExplainRule { rule: diagnostic.code.clone() }),
            diagnostic: Some(diagnostic),
            preferred: false,
        })
        .collect();
    for lens in lenses(snapshot, path).into_iter().filter(|lens| overlaps(lens.span)) {
        let Some(command) = lens.command else { continue };
        let title = match &command {
            Command::Explain { ticket } => format!("Explain the plan of {ticket}"),
            _ => lens.title,
        };
        all.push(Action { title, effect: Effect::Command(command), diagnostic: None, preferred: false });
    }
    all.extend(explained);
    let mut seen = Vec::new();
    all.retain(|action| {
        let new = !seen.contains(&action.title);
        seen.push(action.title.clone());
        new
    });
    all
}

/// What can be started to answer a diagnostic of a gate or a budget.
fn answers(
    snapshot: &Snapshot,
    path: &str,
    findings: &[FindingLive],
    diagnostic: &Diagnostic,
) -> Vec<(String, Command)> {
    let live = &snapshot.live;
    let current = || live.current.as_ref().map(|(ticket, _)| ticket.clone());
    match diagnostic.code.as_str() {
        finding::CODE => {
            let found = findings.iter().find(|finding| finding.span == diagnostic.span);
            let Some(finding) = found else { return Vec::new() };
            let pass = live
                .tickets
                .get(&finding.ticket)
                .and_then(|ticket| ticket.passes.iter().find(|pass| pass.id == finding.pass));
            let mut all: Vec<_> = pass.into_iter().flat_map(|pass| start(snapshot, &finding.ticket, pass)).collect();
            all.push((
                format!("Explain the plan of {}", finding.ticket),
                Command::Explain { ticket: finding.ticket.clone() },
            ));
            all
        }
        "record/unverifiable" => {
            let record = live.void.iter().find(|record| record.path == path).map(|record| record.ticket.clone());
            let explain = |ticket| (format!("Explain the plan of {ticket}"), Command::Explain { ticket });
            record.map(explain).into_iter().collect()
        }
        code if code.starts_with("budget/") => {
            let own = snapshot.file(path).and_then(|file| match &file.content {
                Content::Ticket(ticket) => ticket.id.as_ref().map(|id| id.value.clone()),
                _ => None,
            });
            let Some(ticket) = own.or_else(current) else { return Vec::new() };
            let passes = live.tickets.get(&ticket).map(|ticket| ticket.passes.as_slice()).unwrap_or_default();
            let stopped = passes.iter().filter(|pass| pass.over.is_some() && live.trust == Trust::Reviewed);
            let approve = |pass: &PassLive| {
                let command = Command::Approve { ticket: ticket.clone(), pass: pass.id.clone() };
                (format!("Approve more money for pass {} of {ticket}…", pass.id), command)
            };
            let mut all: Vec<_> = stopped.map(approve).collect();
            all.push((format!("Explain the plan of {ticket}"), Command::Explain { ticket: ticket.clone() }));
            all
        }
        _ => Vec::new(),
    }
}

fn start(snapshot: &Snapshot, ticket: &str, pass: &PassLive) -> Vec<(String, Command)> {
    if snapshot.live.trust != Trust::Reviewed {
        return vec![("Review plan…".to_owned(), Command::ReviewPlan)];
    }
    let mut all: Vec<_> = review(snapshot, ticket, pass).into_iter().collect();
    let (ticket, id) = (ticket.to_owned(), pass.id.clone());
    if pass.ready
        && let Some(unseen) = pass.unseen
    {
        all.push((unseen_title(&id, unseen), Command::ReviewWords { ticket: ticket.clone(), pass: id.clone() }));
    } else if pass.ready {
        all.push((run_title(pass), Command::Run { ticket: ticket.clone(), pass: id.clone() }));
    }
    if pass.checks {
        all.push((format!("Check the gate of {id} again"), Command::CheckGate { ticket, pass: id }));
    }
    all
}
