//! Code actions: fixes of the diagnostics on the asked lines, and what can be started from there. Worked out from the
//! place itself; what diagnostics a client sends along is not looked at, because clients send only those under the cursor.

use crate::Snapshot;
use crate::diagnostic::{Diagnostic, Fix, TextEdit};
use crate::diagnostics::diagnostics;
use crate::documents::mending;
use crate::finding;
use crate::fix_all::fix_all;
use crate::ignore::ignore;
use crate::lenses::{lenses, review, run_title, unseen_title};
use crate::live::{Command, FindingLive, PassLive, Trust};
use crate::refactor::{create, organise::organise};
use crate::suppressions::takes_comments;
use spec::{Content, SpecFile};
use text::Span;

/// An action in the light-bulb menu.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// What it does.
    pub title: String,
    /// What kind of change it is.
    pub kind: ActionKind,
    /// What happens.
    pub effect: Effect,
    /// The diagnostic it answers.
    pub diagnostic: Option<Diagnostic>,
    /// The one obvious choice.
    pub preferred: bool,
}

/// What kind of change an action is: where a client shows it, and when it asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// Answers a diagnostic, or starts something.
    QuickFix,
    /// Moves something to a place of its own.
    Extract,
    /// Changes how it is written and not what it says.
    Rewrite,
    /// Adds what is often added here.
    Refactor,
    /// Mends the whole file.
    FixAll,
    /// Orders the whole file.
    Organise,
}

/// What an action does.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Edits texts.
    Edit(Fix),
    /// As [`Effect::Edit`], with a reason to fill in for the word `TODO`.
    FillIn(Fix),
    /// Nothing: it cannot be done here, for this reason.
    Disabled(String),
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
                kind: ActionKind::QuickFix,
                effect: Effect::Edit(fix.clone()),
                diagnostic: Some(diagnostic.clone()),
                preferred,
            });
        }
        let of_documents = mending::answers(&snapshot.documents, path, text, diagnostic);
        for (title, command) in answers(snapshot, path, &findings, diagnostic).into_iter().chain(of_documents) {
            all.push(Action {
                title,
                kind: ActionKind::QuickFix,
                effect: Effect::Command(command),
                diagnostic: Some(diagnostic.clone()),
                preferred: false,
            });
        }
    }
    all.extend(snapshot.file(path).into_iter().flat_map(|file| crate::work::actions(file, lines)));
    all.extend(snapshot.file(path).into_iter().flat_map(|file| crate::host::actions(snapshot, file, lines)));
    all.extend(of_rules(snapshot, path, &here));
    // What mends comes first, what only explains last.
    let explained: Vec<Action> = here
        .into_iter()
        .filter(|diagnostic| crate::rules::manual(&diagnostic.code).is_some())
        .map(|diagnostic| Action {
            title: match crate::rules::all().iter().any(|rule| rule.id == diagnostic.code) {
                true => format!("Explain the rule {}", diagnostic.code),
                false => format!("Explain {}", diagnostic.code),
            },
            kind: ActionKind::QuickFix,
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
        let (kind, effect) = (ActionKind::QuickFix, Effect::Command(command));
        all.push(Action { title, kind, effect, diagnostic: None, preferred: false });
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

/// What has to be filled in, in the text of [`Effect::FillIn`].
pub use crate::suppressions::PLACEHOLDER;

/// Paths of other files whose texts the actions of the file at `path` look into.
pub fn looks_into(snapshot: &Snapshot, path: &str) -> Vec<String> {
    if snapshot.file(path).is_none_or(|file| takes_comments(file.kind)) {
        return Vec::new();
    }
    // Only what the configuration cannot take goes into the baseline, which may be large.
    let is_doubtful = snapshot.project.config().is_some_and(|(file, _)| !file.problems.is_empty());
    let baseline = is_doubtful.then(|| crate::baseline::PATH.to_owned());
    std::iter::once(".tollgate/config.yaml".to_owned()).chain(baseline).collect()
}

/// Places at which refactorings of a file begin, to find one again in a text that has changed.
pub fn places(snapshot: &Snapshot, path: &str) -> Vec<Span> {
    let mut places = vec![Span::default()];
    if let Some(Content::Workflow(workflow)) = snapshot.file(path).map(|file| &file.content) {
        places.extend(workflow.passes.iter().map(|pass| Span::empty(pass.span.start as usize)));
    }
    places
}

/// What can be moved, added or ordered at a range.
pub fn refactorings(snapshot: &Snapshot, path: &str, range: Span) -> Vec<Action> {
    crate::refactor::refactorings(snapshot, path, range)
}

/// What mends or orders the whole file. Unless it is `asked` for by its kind, only what is worth a line of the menu.
pub fn of_file(snapshot: &Snapshot, path: &str, text: Option<&str>, asked: bool) -> Vec<Action> {
    let mut all = Vec::new();
    let edit = |title: &str, kind, edits: Vec<TextEdit>| {
        let edits = edits.into_iter().map(|edit| (path.to_owned(), edit)).collect();
        let effect = Effect::Edit(Fix { title: title.to_owned(), edits, preferred: false });
        Action { title: title.to_owned(), kind, effect, diagnostic: None, preferred: false }
    };
    let of_document = || mending::fix_all(&snapshot.documents, path, text);
    let mended = fix_all(snapshot, path, None).or_else(of_document);
    if let Some(mended) = mended.filter(|mended| asked || mended.count > 1) {
        all.push(edit("Fix all that is sure in this file", ActionKind::FixAll, mended.edits));
    }
    let title = "Organise the passes";
    match organise(snapshot, path) {
        Some(Ok(edits)) if !edits.is_empty() => all.push(edit(title, ActionKind::Organise, edits)),
        Some(Err(why)) if asked => {
            all.push(Action { effect: Effect::Disabled(why), ..edit(title, ActionKind::Organise, Vec::new()) });
        }
        _ => {}
    }
    all
}

/// No more diagnostics than this are answered with all fixes of their rule, and with a comment that ignores it: each is
/// tried out.
const MOST_TRIED: usize = 8;

/// What answers the rules on the asked lines beside their own fixes.
fn of_rules(snapshot: &Snapshot, path: &str, here: &[Diagnostic]) -> Vec<Action> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let mut all: Vec<Action> = Vec::new();
    let quick = |title: &str, effect: Effect, diagnostic: &Diagnostic| Action {
        title: title.to_owned(),
        kind: ActionKind::QuickFix,
        effect,
        diagnostic: Some(diagnostic.clone()),
        preferred: false,
    };
    for (at, diagnostic) in here.iter().enumerate().take(MOST_TRIED) {
        let first = here[..at].iter().all(|other| other.code != diagnostic.code);
        if first
            && diagnostic.fixes.iter().any(|fix| fix.preferred)
            && let Some(mended) = fix_all(snapshot, path, Some(&diagnostic.code)).filter(|mended| mended.count > 1)
        {
            let title = format!("Fix all {} of `{}` in this file", mended.count, diagnostic.code);
            let edits = mended.edits.into_iter().map(|edit| (path.to_owned(), edit)).collect();
            all.push(quick(&title, Effect::Edit(Fix { title: title.clone(), edits, preferred: false }), diagnostic));
        }
    }
    for diagnostic in here.iter().take(MOST_TRIED) {
        if let Some(fix) = create(snapshot, file, diagnostic) {
            all.push(quick(&fix.title.clone(), Effect::Edit(fix), diagnostic));
        }
        if let Some((fix, fill_in)) = ignore(snapshot, file, diagnostic) {
            let title = fix.title.clone();
            all.push(quick(&title, if fill_in { Effect::FillIn(fix) } else { Effect::Edit(fix) }, diagnostic));
        }
    }
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
        "ticket/ambiguous-current" => {
            const MOST: usize = 6;
            let tickets = live.ambiguous.iter().flat_map(|ambiguous| &ambiguous.tickets).take(MOST);
            let choose = |id: &String| {
                (
                    format!("Make {} the current ticket", crate::diagnostic::one_line(id, 60)),
                    Command::MakeCurrent { ticket: id.clone() },
                )
            };
            tickets.map(choose).collect()
        }
        "record/unverifiable" => {
            let record = live.void.iter().find(|record| record.path == path).map(|record| record.ticket.clone());
            let explain = |ticket| (format!("Explain the plan of {ticket}"), Command::Explain { ticket });
            record.map(explain).into_iter().collect()
        }
        code if code.starts_with("budget/") => {
            let own = snapshot.file(path).and_then(|file| only_ticket(file));
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

/// The ticket of a file that holds one.
fn only_ticket(file: &SpecFile) -> Option<String> {
    let mut all = file.tickets().filter_map(|ticket| Some(ticket.id.as_ref()?.value.clone()));
    all.next().filter(|_| all.next().is_none())
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
