//! Edits of several files as the client can take them. Every document that is open gets the version that the edit is for, so
//! that an edit for an older text is refused rather than misplaced. A client that knows no versions gets plain edits.

use super::{
    analysis::Place,
    closed::Closed,
    convert,
    documents::{Document, Standing},
    state::Snapshot,
};
use ide::actions::PLACEHOLDER;
use std::collections::{BTreeMap, HashMap};
use tower_lsp::{
    gen_lsp_types::{
        AnnotatedTextEdit, ChangeAnnotation, CreateFile, CreateFileOptions, DocumentChange, Edit,
        OptionalVersionedTextDocumentIdentifier, RenameFile, RenameFileOptions, SnippetTextEdit, StringValue,
        TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
    },
    jsonrpc::{Error, Result},
};

/// What is to become of files.
#[derive(Default)]
pub(super) struct Change<'a> {
    /// Edits by path from the root. A path without a file creates it.
    pub(super) edits: BTreeMap<&'a str, Vec<&'a ide::TextEdit>>,
    /// Files that get another path after that: from, to.
    pub(super) moves: &'a [(String, String)],
    /// What a person reads before they say yes, and a name for it.
    pub(super) annotation: Option<(&'static str, ChangeAnnotation)>,
    /// True when a person is to fill in the places that are marked, at once.
    pub(super) fill_in: bool,
}

impl Change<'_> {
    /// The change as an answer. `-32801` when a text is no longer what the edits are of.
    pub(super) fn shown(self, snapshot: &Snapshot, known: &ide::Snapshot, closed: &Closed) -> Result<WorkspaceEdit> {
        let client = &snapshot.client;
        let uri = |path: &str| {
            let uri = snapshot.analysis.uri(&closed.place(path)).and_then(|uri| Uri::parse(&uri).ok());
            uri.ok_or_else(Error::internal_error)
        };
        let annotation_id = self.annotation.as_ref().filter(|_| client.edits_versioned).map(|(id, _)| id.to_string());
        let mut unversioned = HashMap::new();
        let mut changes: Vec<DocumentChange> = Vec::new();
        for (path, edits) in &self.edits {
            let document = open(snapshot, &closed.place(path))?;
            let uri = uri(path)?;
            let text = match (closed.text(known, path), document) {
                (Some(text), _) => text,
                (None, _) if known.file(path).is_some() => return Err(Error::content_modified()),
                (None, Some(document)) => document.buffer.text(),
                (None, None) => {
                    let options = CreateFileOptions { ignore_if_exists: Some(true), ..CreateFileOptions::default() };
                    let made = CreateFile::new(uri.clone(), Some(options), None);
                    changes.push(made.into());
                    "".into()
                }
            };
            let edits = edits.iter().map(|edit| {
                let range = convert::range_in(&text, edit.span, client.encoding);
                (TextEdit { range, new_text: edit.text.clone() }, edit)
            });
            if !client.edits_versioned {
                unversioned.insert(uri, edits.map(|(edit, _)| edit).collect());
                continue;
            }
            let edits = edits.map(|(text_edit, edit)| match &annotation_id {
                _ if self.fill_in && edit.text.contains(PLACEHOLDER) => {
                    let snippet = snippet(&edit.text);
                    Edit::from(SnippetTextEdit {
                        range: text_edit.range,
                        snippet,
                        annotation_id: annotation_id.clone(),
                    })
                }
                Some(id) => AnnotatedTextEdit { annotation_id: id.clone(), text_edit }.into(),
                None => text_edit.into(),
            });
            let edits = edits.collect();
            let text_document = OptionalVersionedTextDocumentIdentifier {
                version: document.and_then(|document| document.version),
                text_document_identifier: TextDocumentIdentifier { uri },
            };
            changes.push(TextDocumentEdit { text_document, edits }.into());
        }
        for (from, to) in self.moves {
            let options = RenameFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) };
            let annotation_id = annotation_id.clone();
            changes.push(
                RenameFile { old_uri: uri(from)?, new_uri: uri(to)?, options: Some(options), annotation_id }.into(),
            );
        }
        if !client.edits_versioned {
            return Ok(WorkspaceEdit { changes: Some(unversioned), ..WorkspaceEdit::default() });
        }
        let annotations = self.annotation.map(|(id, words)| HashMap::from([(id.to_owned(), words)]));
        Ok(WorkspaceEdit {
            document_changes: Some(changes),
            change_annotations: annotations,
            ..WorkspaceEdit::default()
        })
    }
}

/// The open document of a place; `-32801` where its text here may not be the client's.
fn open<'s>(snapshot: &'s Snapshot, place: &Place) -> Result<Option<&'s Document>> {
    let document = snapshot.analysis.open_uri(place).and_then(|uri| snapshot.documents.get(uri));
    match document.map(Document::standing) {
        Some(Standing::Lost) => Err(Error::content_modified()),
        _ => Ok(document),
    }
}

/// Text with the first place to fill in marked.
fn snippet(text: &str) -> StringValue {
    let plain = text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
    StringValue { value: plain.replacen(PLACEHOLDER, &format!("${{1:{PLACEHOLDER}}}"), 1) }
}
