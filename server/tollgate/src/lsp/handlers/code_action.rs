//! `textDocument/codeAction`: fixes, refactorings and what can be started from a line; `codeAction/resolve`: the edits of the
//! one that was chosen. Of the diagnostics that a client sends along, those are looked at that stand elsewhere by now: they are
//! known again by their `data`. For the rest what is said of the line counts: a client sends only those under the cursor.
//!
//! Between the two the text may have changed. Nothing of the first answer is used then: the diagnostic is looked for again by
//! its words, and the action is worked out anew from the present text, or refused.

use crate::lsp::{
    analysis::Place,
    closed::Closed,
    commands, convert,
    diagnostics::{self, Data},
    documents::Document,
    state::Snapshot,
    workspace_edit::Change,
};
use ide::actions::{Action, ActionKind, Effect};
use ide::baseline;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use text::{BlobId, Span};
use tower_lsp::{
    gen_lsp_types::{CodeAction, CodeActionDisabled, CodeActionKind, CodeActionParams, CodeActionTag, Diagnostic},
    jsonrpc::{Error, Result},
};

/// More diagnostics than these are not looked for again.
const MOST_SENT: usize = 64;

/// Every kind of action that is served.
pub(in crate::lsp) const KINDS: [ActionKind; 6] = [
    ActionKind::QuickFix,
    ActionKind::Extract,
    ActionKind::Rewrite,
    ActionKind::Refactor,
    ActionKind::FixAll,
    ActionKind::Organise,
];

/// What a client needs to ask for the edits of an action.
#[derive(Serialize, Deserialize)]
struct Chosen {
    uri: String,
    kind: CodeActionKind,
    title: String,
    /// The bytes that were asked about.
    from: u32,
    to: u32,
    /// The content they are of.
    blob: String,
    /// The diagnostic that is answered: its rule, and what it is known again by.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// The actions of every line that the range touches.
pub(in crate::lsp) fn code_action(snapshot: &Snapshot, params: CodeActionParams) -> Result<Option<Vec<CodeAction>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let Some((_, place)) = snapshot.analysis.here() else { return Ok(None) };
    let buffer = &document.buffer;
    let range = convert::span(buffer, params.range, snapshot.client.encoding);
    let wanted = params.context.only;
    let text = buffer.text();
    let mut actions = Vec::new();
    let mut all = offered(snapshot, document, range, wanted.as_deref());
    for found in moved(snapshot, document, range, params.context.diagnostics) {
        let there = offered(snapshot, document, found.span, wanted.as_deref()).into_iter();
        all.extend(there.filter(|action| action.diagnostic.as_ref() == Some(&found)));
    }
    for action in all {
        let kind = kind_of(action.kind);
        let is_asked = wanted.as_ref().is_none_or(|kinds| kinds.iter().any(|wanted| covers(wanted, &kind)));
        if is_asked && let Some(mut shown) = show(snapshot, place, &action, snapshot.client.resolves_actions) {
            if shown.edit.is_none() && matches!(action.effect, Effect::Edit(_) | Effect::FillIn(_)) {
                let found = action.diagnostic.as_ref();
                let chosen = Chosen {
                    uri: document.uri.to_string(),
                    kind,
                    title: action.title.clone(),
                    from: range.start,
                    to: range.end,
                    blob: BlobId::of(text.as_bytes()).to_string(),
                    rule: found.map(|found| found.code.clone()),
                    fingerprint: found.map(|it| baseline::fingerprint(&it.code, &place.path, &text, it.span)),
                };
                shown.data = serde_json::to_value(chosen).ok();
            }
            let diagnostic = action.diagnostic.map(|found| diagnostics::show(snapshot, buffer, &text, found));
            shown.diagnostics = diagnostic.map(|one| vec![one]);
            actions.push(shown);
        }
    }
    Ok(Some(actions))
}

/// What a client was told of before the text changed, and that stands outside of these lines now.
fn moved(snapshot: &Snapshot, document: &Document, range: Span, sent: Vec<Diagnostic>) -> Vec<ide::Diagnostic> {
    let known = sent.into_iter().filter_map(|sent| serde_json::from_value::<Data>(sent.data?).ok()?.fingerprint);
    let mut wanted: BTreeSet<String> = known.take(MOST_SENT).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let Some((known, place)) = snapshot.analysis.here() else { return Vec::new() };
    let (text, lines) = (document.buffer.text(), lines_of(document, range));
    let checked = snapshot.analysis.checked_text(document);
    let mut all = ide::diagnostics::diagnostics(known, &place.path, checked.as_deref());
    let print = |found: &ide::Diagnostic| baseline::fingerprint(&found.code, &place.path, &text, found.span);
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        all.drain(..).partition(|found| found.span.start <= lines.end && lines.start <= found.span.end);
    here.iter().for_each(|found| _ = wanted.remove(&print(found)));
    elsewhere.into_iter().filter(|found| wanted.remove(&print(found))).collect()
}

/// All of the lines that a range touches.
fn lines_of(document: &Document, range: Span) -> Span {
    let buffer = &document.buffer;
    let first = buffer.line(buffer.line_of(range.start as usize));
    let last = buffer.line(buffer.line_of(range.end as usize));
    Span::new(first.start, last.end)
}

/// The same action with its edits, of the present text.
pub(in crate::lsp) fn resolve_code_action(snapshot: &Snapshot, mut action: CodeAction) -> Result<CodeAction> {
    let Some(chosen) = action.data.clone().and_then(|data| serde_json::from_value::<Chosen>(data).ok()) else {
        return Ok(action);
    };
    let Some(document) = snapshot.document()? else { return Err(Error::content_modified()) };
    let Some((_, place)) = snapshot.analysis.here() else { return Err(Error::content_modified()) };
    let text = document.buffer.text();
    let only = [chosen.kind.clone()];
    let same = |other: &Action| {
        let rule = other.diagnostic.as_ref().map(|found| &found.code);
        other.title == chosen.title && kind_of(other.kind) == chosen.kind && rule == chosen.rule.as_ref()
    };
    let is_same_text = BlobId::of(text.as_bytes()).to_string() == chosen.blob;
    let asked = is_same_text.then_some(Span { start: chosen.from, end: chosen.to });
    let places = asked.into_iter().chain(std::iter::once_with(|| again(snapshot, document, &chosen)).flatten());
    let edit = places.into_iter().find_map(|range| {
        let found = offered(snapshot, document, range, Some(&only)).into_iter().find(same)?;
        show(snapshot, place, &found, false)?.edit
    });
    action.edit = Some(edit.ok_or_else(Error::content_modified)?);
    Ok(action)
}

/// Where what was chosen stands in a text that has changed since: nearest first.
fn again(snapshot: &Snapshot, document: &Document, chosen: &Chosen) -> Vec<Span> {
    let Some((known, place)) = snapshot.analysis.here() else { return Vec::new() };
    let text = document.buffer.text();
    let Some(fingerprint) = &chosen.fingerprint else { return ide::actions::places(known, &place.path) };
    let checked = snapshot.analysis.checked_text(document);
    let all = ide::diagnostics::diagnostics(known, &place.path, checked.as_deref());
    let is_it = |rule: &str, span: Span| baseline::fingerprint(rule, &place.path, &text, span) == *fingerprint;
    let mut spans: Vec<Span> =
        all.iter().filter(|found| is_it(&found.code, found.span)).map(|found| found.span).collect();
    spans.sort_by_key(|span| span.start.abs_diff(chosen.from));
    spans
}

/// Everything there is for the lines of a range. What concerns the whole file is worked out when it is asked for by its
/// kind, or when it is worth a line of the menu.
fn offered(snapshot: &Snapshot, document: &Document, range: Span, only: Option<&[CodeActionKind]>) -> Vec<Action> {
    let Some((known, place)) = snapshot.analysis.here() else { return Vec::new() };
    let lines = lines_of(document, range);
    let text = snapshot.analysis.checked_text(document);
    let asked = |kinds: &[ActionKind]| {
        only.is_none_or(|only| kinds.iter().any(|kind| only.iter().any(|wanted| covers(wanted, &kind_of(*kind)))))
    };
    // The texts of closed files that an action looks into are read now: they are not kept.
    let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
    let mut known = known.clone();
    for path in ide::actions::looks_into(&known, &place.path) {
        if let Some(file) = closed.file(&known, &path) {
            known.project.set(file);
        }
    }
    let mut all = Vec::new();
    if asked(&[ActionKind::QuickFix]) {
        all.extend(ide::actions::actions(&known, &place.path, text.as_deref(), lines));
    }
    if asked(&[ActionKind::Extract, ActionKind::Rewrite, ActionKind::Refactor]) {
        all.extend(ide::actions::refactorings(&known, &place.path, range));
    }
    if asked(&[ActionKind::FixAll, ActionKind::Organise]) {
        all.extend(ide::actions::of_file(&known, &place.path, text.as_deref(), only.is_some()));
    }
    all
}

/// The protocol's name of a kind.
pub(in crate::lsp) fn kind_of(kind: ActionKind) -> CodeActionKind {
    match kind {
        ActionKind::QuickFix => CodeActionKind::QuickFix,
        ActionKind::Extract => CodeActionKind::RefactorExtract,
        ActionKind::Rewrite => CodeActionKind::RefactorRewrite,
        ActionKind::Refactor => CodeActionKind::Refactor,
        ActionKind::FixAll => CodeActionKind::from("source.fixAll.tollgate"),
        ActionKind::Organise => CodeActionKind::from("source.organizeImports.tollgate"),
    }
}

/// `quickfix` covers `quickfix.tollgate`; the empty kind covers all.
fn covers(wanted: &CodeActionKind, kind: &CodeActionKind) -> bool {
    let (wanted, kind) = (String::from(wanted.clone()), String::from(kind.clone()));
    wanted.is_empty() || kind == wanted || kind.starts_with(&format!("{wanted}."))
}

/// An action as the protocol has it; a `lazy` one without its edits. `None` for what the client cannot do.
fn show(snapshot: &Snapshot, place: &Place, action: &Action, lazy: bool) -> Option<CodeAction> {
    let mut shown = CodeAction {
        title: action.title.clone(),
        kind: Some(kind_of(action.kind)),
        is_preferred: action.preferred.then_some(true),
        ..CodeAction::default()
    };
    match &action.effect {
        Effect::Edit(fix) | Effect::FillIn(fix) => {
            let (known, _) = snapshot.analysis.here()?;
            let open = |path: &str| path == &*place.path && snapshot.open.is_some();
            let makes_file = fix.edits.iter().any(|(path, _)| known.file(path).is_none() && !open(path));
            if makes_file && !snapshot.client.creates_files {
                return None;
            }
            if !lazy {
                let fill_in = matches!(action.effect, Effect::FillIn(_)) && snapshot.client.snippet_edits;
                let mut change = Change { fill_in, ..Change::default() };
                for (path, edit) in &fix.edits {
                    change.edits.entry(path).or_default().push(edit);
                }
                let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
                shown.edit = Some(change.shown(snapshot, known, &closed).ok()?);
            }
        }
        Effect::Disabled(reason) if snapshot.client.shows_disabled_actions => {
            shown.disabled = Some(CodeActionDisabled { reason: reason.clone() });
        }
        Effect::Disabled(_) => return None,
        Effect::Command(ours) => {
            let command = commands::command(&action.title, ours, &place.root, &snapshot.client)?;
            shown.command = Some(command);
            if snapshot.client.tags_agent_actions && commands::starts_agent(ours) {
                shown.tags = Some(vec![CodeActionTag::LLMGenerated]);
            }
        }
    }
    Some(shown)
}
