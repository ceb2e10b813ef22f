//! `textDocument/prepareRename`, `textDocument/rename`, and renames of files that the client is about to make. What cannot
//! be renamed is answered with `-32803` and one sentence for the person.

use super::{execute_command::refused, navigation};
use crate::lsp::{
    closed::Closed,
    convert,
    outbox::MessageKind,
    plain::plain,
    state::{Snapshot, State},
    workspace,
    workspace_edit::Change,
};
use ide::documents::{moved::Moved, renaming};
use ide::rename::{self, Fault, Means, Renaming};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_lsp::{
    gen_lsp_types::{
        ChangeAnnotation, PrepareRenameParams, PrepareRenamePlaceholder, PrepareRenameResult, RenameFilesParams,
        RenameParams, Uri, WorkspaceEdit,
    },
    jsonrpc::{Error, Result},
};

/// More files than these are not looked at in one move.
const MOST_FILES: usize = 64;

/// `textDocument/prepareRename`
pub(in crate::lsp) fn prepare_rename(
    snapshot: &Snapshot,
    params: PrepareRenameParams,
) -> Result<Option<PrepareRenameResult>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = navigation::at(snapshot, position)? else { return Ok(None) };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let Some(token) = rename::prepare(known, &place.path, offset).map_err(said)? else {
        let text = snapshot.analysis.checked_text(document);
        let name = renaming::prepare(&known.documents, &place.path, text.as_deref(), offset);
        return Ok(name.map(|(span, placeholder)| {
            let range = convert::range(&document.buffer, span, snapshot.client.encoding);
            PrepareRenamePlaceholder { range, placeholder }.into()
        }));
    };
    let range = convert::range(&document.buffer, token.span, snapshot.client.encoding);
    Ok(Some(PrepareRenamePlaceholder { range, placeholder: token.text }.into()))
}

/// `textDocument/rename`
pub(in crate::lsp) fn rename(snapshot: &Snapshot, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = navigation::at(snapshot, position)? else { return Ok(None) };
    let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
    let means = Means { moves: snapshot.client.renames_files };
    let texts = |path: &str| closed.file(known, path);
    let found = rename::rename(known, &place.path, offset, params.new_name.trim(), means, &texts).map_err(said)?;
    let Some(renaming) = found else {
        let text = snapshot.document()?.and_then(|document| snapshot.analysis.checked_text(document));
        let new = params.new_name.trim();
        let edits = renaming::rename(&known.documents, &place.path, text.as_deref(), offset, new);
        let Some(edits) = edits else { return Ok(None) };
        if !new.chars().all(|letter| letter.is_alphanumeric() || letter == '_') || new.is_empty() {
            return Err(refused(format!("`{}` is no name of a symbol.", plain(new))));
        }
        let renaming = of_documents(snapshot, known, &closed, edits)?;
        return edit(snapshot, known, &closed, &renaming, false).map(Some);
    };
    if !renaming.notes.is_empty() && !snapshot.client.annotates_renames {
        let words = renaming.notes.join(" ");
        snapshot.lane.update(move |state| state.outbox.show(MessageKind::Warning, &words));
    }
    edit(snapshot, known, &closed, &renaming, snapshot.client.annotates_renames).map(Some)
}

/// `workspace/willRenameFiles`: the names that the files define follow. A move that no name can follow is the user's to
/// make all the same; the file then says that its name and its path differ.
pub(in crate::lsp) fn will_rename_files(
    snapshot: &Snapshot,
    params: RenameFilesParams,
) -> Result<Option<WorkspaceEdit>> {
    let mut whole: Option<(Closed, Renaming)> = None;
    let mut moves: BTreeMap<Arc<Path>, Vec<(String, String)>> = BTreeMap::new();
    for file in params.files.iter().take(MOST_FILES) {
        let place = |uri: &Uri| snapshot.analysis.place_of(&workspace::path_of(uri.as_str())?);
        let (Some(from), Some(to)) = (place(&file.old_uri), place(&file.new_uri)) else { continue };
        if from.root == to.root {
            moves.entry(from.root.clone()).or_default().push((from.path.to_string(), to.path.to_string()));
        }
        let Some(known) = snapshot.analysis.of_root(&from.root).filter(|_| from.root == to.root) else { continue };
        let closed = Closed::new(from.root.clone(), snapshot.lane.clone());
        let texts = |path: &str| closed.file(known, path);
        match rename::file_renamed(known, &from.path, &to.path, &texts) {
            Ok(Some(renaming)) if whole.is_none() => whole = Some((closed, renaming)),
            // Two names at once: each was worked out as if the other stayed.
            Ok(Some(_)) => return Ok(None),
            Ok(None) | Err(Fault::Refused(_)) => {}
            Err(Fault::Changed) => return Err(Error::content_modified()),
        }
    }
    for (root, moves) in moves {
        let Some(known) = snapshot.analysis.of_root(&root) else { continue };
        let edits = renaming::files_moved(&known.documents, &moves);
        let (closed, renaming) =
            whole.get_or_insert_with(|| (Closed::new(root.clone(), snapshot.lane.clone()), Renaming::default()));
        // What follows a name of ours already is left to that.
        for (path, edits) in of_documents(snapshot, known, closed, edits)?.edits {
            renaming.edits.entry(path).or_insert(edits);
        }
    }
    let Some((closed, renaming)) = whole.filter(|(_, renaming)| !renaming.edits.is_empty()) else { return Ok(None) };
    let Some(known) = snapshot.analysis.of_root(&closed.place("").root) else { return Ok(None) };
    edit(snapshot, known, &closed, &renaming, snapshot.client.annotates_edits).map(Some)
}

/// Edits of documents, as of any rename. Where somebody typed since they were judged, nobody knows the places.
fn of_documents(
    snapshot: &Snapshot,
    known: &ide::Snapshot,
    closed: &Closed,
    edits: renaming::Edits,
) -> Result<Renaming> {
    for path in edits.keys() {
        let open = snapshot.analysis.open_uri(&closed.place(path)).and_then(|uri| snapshot.documents.get(uri));
        let is_judged = |text: &str| known.documents.moved(path, Some(text)) == Some(Moved::NOT);
        if open.is_some_and(|open| !is_judged(&open.buffer.text())) {
            return Err(Error::content_modified());
        }
    }
    Ok(Renaming { title: "Let documents follow".to_owned(), edits, ..Renaming::default() })
}

/// `workspace/didRenameFiles`: news for a client that watches no files.
pub(in crate::lsp) fn did_rename_files(state: &mut State, params: Value) {
    let files = params.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let uris = files.iter().flat_map(|file| ["oldUri", "newUri"].map(|key| file.get(key).and_then(Value::as_str)));
    let paths: Vec<PathBuf> = uris.flatten().filter_map(workspace::path_of).collect();
    state.paths_changed(&paths);
}

fn said(fault: Fault) -> Error {
    match fault {
        Fault::Refused(words) => refused(plain(&words)),
        Fault::Changed => Error::content_modified(),
    }
}

/// The edits and moves as the client can take them.
fn edit(
    snapshot: &Snapshot,
    known: &ide::Snapshot,
    closed: &Closed,
    renaming: &Renaming,
    annotate: bool,
) -> Result<WorkspaceEdit> {
    let annotate = annotate && !renaming.title.is_empty();
    let change = Change {
        edits: renaming.edits.iter().map(|(path, edits)| (path.as_str(), edits.iter().collect())).collect(),
        moves: &renaming.moves,
        annotation: annotate.then(|| ("rename", describe(renaming, snapshot.client.asks_once))),
        fill_in: false,
    };
    change.shown(snapshot, known, closed)
}

/// What a person reads in a preview of the rename. Only what cannot follow asks for one: VS Code shows it with nothing ticked.
fn describe(renaming: &Renaming, asks_once: bool) -> ChangeAnnotation {
    let places: BTreeMap<&String, usize> = renaming.edits.iter().map(|(path, edits)| (path, edits.len())).collect();
    let count: usize = places.values().sum();
    let several = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let mut words = format!("{} in {}.", several(count, "place"), several(places.len(), "file"));
    for (from, to) in &renaming.moves {
        words.push_str(&format!(" {from} becomes {to}."));
    }
    for note in &renaming.notes {
        words.push(' ');
        words.push_str(note);
    }
    let asks = asks_once && !renaming.notes.is_empty();
    ChangeAnnotation { label: plain(&renaming.title), needs_confirmation: Some(asks), description: Some(plain(&words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_follow_is_a_question() {
        let mut renaming = Renaming { title: "Rename agent `a` to `b`".to_owned(), ..Renaming::default() };
        renaming.moves.push(("a.md".into(), "b.md".into()));
        assert_eq!(describe(&renaming, true).needs_confirmation, Some(false));
        renaming.notes.push("c.md names it, too.".to_owned());
        let asked = describe(&renaming, true);
        assert_eq!(asked.needs_confirmation, Some(true));
        assert_eq!(asked.description.as_deref(), Some("0 places in 0 files. a.md becomes b.md. c.md names it, too."));
        assert_eq!(describe(&renaming, false).needs_confirmation, Some(false), "half a rename is worse than none");
    }
}
