//! `textDocument/codeAction`: fixes and what can be started from a line. The diagnostics that a client sends along are not
//! looked at: it sends only those under the cursor.

use crate::lsp::{analysis::Place, closed::Closed, commands, convert, diagnostics, state::Snapshot};
use ide::actions::{Action, Effect};
use serde_json::json;
use std::collections::BTreeMap;
use text::Buffer;
use tower_lsp::{
    gen_lsp_types::{
        CodeAction, CodeActionKind, CodeActionParams, CodeActionTag, Edit, OptionalVersionedTextDocumentIdentifier,
        TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
    },
    jsonrpc::Result,
};

/// The actions of every line that the range touches.
pub(in crate::lsp) fn code_action(snapshot: &Snapshot, params: CodeActionParams) -> Result<Option<Vec<CodeAction>>> {
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let Some((known, place)) = snapshot.analysis.here() else { return Ok(None) };
    let buffer = &document.buffer;
    let range = convert::span(buffer, params.range, snapshot.client.encoding);
    let first = buffer.line(buffer.line_of(range.start as usize));
    let last = buffer.line(buffer.line_of(range.end as usize));
    let lines = text::Span::new(first.start, last.end);
    let mut actions = Vec::new();
    let text = snapshot.analysis.checked_text(document);
    for action in ide::actions::actions(known, &place.path, text.as_deref(), lines) {
        if let Some(mut shown) = show(snapshot, place, &action) {
            let diagnostic = action.diagnostic.map(|found| diagnostics::show(snapshot, buffer, found));
            shown.diagnostics = diagnostic.map(|one| vec![one]);
            actions.push(shown);
        }
    }
    let wanted = params.context.only;
    let asked = |action: &CodeAction| match (&wanted, &action.kind) {
        (Some(kinds), Some(kind)) => kinds.iter().any(|wanted| covers(wanted, kind)),
        _ => true,
    };
    actions.retain(asked);
    Ok(Some(actions))
}

/// `quickfix` covers `quickfix.tollgate`; the empty kind covers all.
fn covers(wanted: &CodeActionKind, kind: &CodeActionKind) -> bool {
    let name = |kind: &CodeActionKind| serde_json::to_value(kind).ok().and_then(|it| it.as_str().map(str::to_owned));
    let (Some(wanted), Some(kind)) = (name(wanted), name(kind)) else { return false };
    wanted.is_empty() || kind == wanted || kind.starts_with(&format!("{wanted}."))
}

fn show(snapshot: &Snapshot, place: &Place, action: &Action) -> Option<CodeAction> {
    let mut shown = CodeAction {
        title: action.title.clone(),
        kind: Some(CodeActionKind::QuickFix),
        is_preferred: action.preferred.then_some(true),
        ..CodeAction::default()
    };
    match &action.effect {
        Effect::Edit(fix) => shown.edit = Some(workspace_edit(snapshot, place, &fix.edits)?),
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

/// Versioned where the document is open, so that an edit for an older text is refused rather than misplaced.
fn workspace_edit(snapshot: &Snapshot, place: &Place, edits: &[(String, ide::TextEdit)]) -> Option<WorkspaceEdit> {
    let (known, _) = snapshot.analysis.here()?;
    let mut files: BTreeMap<&str, Vec<&ide::TextEdit>> = BTreeMap::new();
    for (path, edit) in edits {
        files.entry(path).or_default().push(edit);
    }
    let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
    let mut changes = Vec::new();
    for (path, edits) in files {
        let there = Place { root: place.root.clone(), path: path.into() };
        let uri = Uri::parse(&snapshot.analysis.uri(&there)?).ok()?;
        let open = snapshot.open.as_ref().filter(|_| there == *place);
        let file = known.file(path);
        let buffer = match (file, open) {
            (Some(_), _) => Buffer::new(&closed.text(known, path)?),
            (None, Some(document)) => document.buffer.clone(),
            (None, None) => Buffer::default(),
        };
        let edits: Vec<TextEdit> = edits
            .iter()
            .map(|edit| TextEdit {
                range: convert::range(&buffer, edit.span, snapshot.client.encoding),
                new_text: edit.text.clone(),
            })
            .collect();
        let version = open.and_then(|document| document.version);
        if file.is_none() && open.is_none() {
            changes.push(json!({"kind": "create", "uri": uri, "options": {"ignoreIfExists": true}}));
        }
        let identifier = OptionalVersionedTextDocumentIdentifier {
            version,
            text_document_identifier: TextDocumentIdentifier { uri },
        };
        let edits = edits.into_iter().map(Edit::from).collect();
        changes.push(serde_json::to_value(TextDocumentEdit { text_document: identifier, edits }).ok()?);
    }
    serde_json::from_value(json!({ "documentChanges": changes })).ok()
}
