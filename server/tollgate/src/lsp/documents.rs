//! The documents that the client has open: their text is the client's text, whatever is on disk.
//!
//! A change that cannot be understood is not passed over in silence: the document counts as lost until the client sends
//! its whole text again, and no view answers from a text that may be wrong.

use super::convert::{self, Encoding};
use imbl::OrdMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::sync::Arc;
use text::Buffer;
use tower_lsp::gen_lsp_types::Range;

/// A document's URI exactly as the client spells it. Two spellings are two documents; no URI is too odd.
pub(super) type DocumentUri = Arc<str>;

/// Documents above this many bytes are kept in step and not looked into.
pub(super) const LARGEST_ANALYSED: usize = 8 << 20;

/// One open document. A clone is a snapshot.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Its name.
    pub(super) uri: DocumentUri,
    /// The client's number of this text, when it gives one.
    pub(super) version: Option<i32>,
    /// Its text.
    pub(super) buffer: Buffer,
    lost: bool,
}

/// What may be said about a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// Its text is known and can be looked into.
    Known,
    /// Its text is known, but there is too much of it.
    TooLarge,
    /// Its text here may not be the client's.
    Lost,
}

impl Document {
    /// What may be said about it.
    pub(super) fn standing(&self) -> Standing {
        match () {
            () if self.lost => Standing::Lost,
            () if self.buffer.len() > LARGEST_ANALYSED => Standing::TooLarge,
            () => Standing::Known,
        }
    }
}

/// Parameters of `textDocument/didOpen`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    text_document: OpenedDocument,
}

#[derive(Deserialize)]
struct OpenedDocument {
    #[serde(deserialize_with = "read_uri")]
    uri: DocumentUri,
    #[serde(default)]
    version: Value,
    text: String,
}

/// Parameters of `textDocument/didChange`, read change by change so that a bad one is noticed rather than dropped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    text_document: Identifier,
    #[serde(default)]
    content_changes: Value,
}

/// Parameters of `textDocument/didClose` and `textDocument/didSave`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    text_document: Identifier,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(deserialize_with = "read_uri")]
    uri: DocumentUri,
    #[serde(default)]
    version: Value,
}

impl About {
    /// The document it is about.
    pub(super) fn uri(&self) -> &DocumentUri {
        &self.text_document.uri
    }
}

#[derive(Deserialize)]
struct Change {
    range: Option<Range>,
    text: String,
}

/// All open documents. A clone is a snapshot, and cheap.
#[derive(Clone, Default, Debug)]
pub(super) struct Documents(OrdMap<DocumentUri, Document>);

impl Documents {
    /// Opens a document, or replaces its text when it is open already.
    pub(super) fn open(&mut self, opened: Opened) -> Document {
        let OpenedDocument { uri, version, text } = opened.text_document;
        let document =
            Document { uri: uri.clone(), version: number(&version), buffer: Buffer::new(&text), lost: false };
        self.0.insert(uri, document.clone());
        document
    }

    /// Applies changes in their order. `None` when the document is not open.
    pub(super) fn change(&mut self, changed: Changed, encoding: Encoding) -> Option<&Document> {
        let document = self.0.get_mut(&changed.text_document.uri)?;
        document.version = number(&changed.text_document.version).or(document.version);
        let Value::Array(changes) = changed.content_changes else {
            document.lost = true;
            return Some(document);
        };
        for change in changes {
            match serde_json::from_value(change) {
                Ok(Change { range: None, text }) => (document.buffer, document.lost) = (Buffer::new(&text), false),
                Ok(Change { range: Some(range), text }) => {
                    convert::edit(&mut document.buffer, range, &text, encoding);
                }
                Err(_) => document.lost = true,
            }
        }
        Some(document)
    }

    /// Forgets a document.
    pub(super) fn close(&mut self, uri: &str) -> Option<Document> {
        self.0.remove(uri)
    }

    /// The text of these documents may not be the client's any more. Gives their names.
    pub(super) fn lose(&mut self, which: impl Fn(&str) -> bool) -> Vec<DocumentUri> {
        let lost: Vec<DocumentUri> = self.0.keys().filter(|uri| which(uri)).cloned().collect();
        for uri in &lost {
            if let Some(document) = self.0.get_mut(uri) {
                document.lost = true;
            }
        }
        lost
    }

    /// An open document.
    pub(super) fn get(&self, uri: &str) -> Option<&Document> {
        self.0.get(uri)
    }

    /// Every open document.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }
}

fn read_uri<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DocumentUri, D::Error> {
    String::deserialize(deserializer).map(DocumentUri::from)
}

fn number(version: &Value) -> Option<i32> {
    version.as_i64().and_then(|version| i32::try_from(version).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn open(text: &str) -> Documents {
        let mut documents = Documents::default();
        let opened = json!({ "textDocument": { "uri": "u", "languageId": "x", "version": 1, "text": text } });
        documents.open(serde_json::from_value(opened).unwrap());
        documents
    }

    fn change(documents: &mut Documents, changes: Value) -> Document {
        let changed = json!({ "textDocument": { "uri": "u", "version": 2 }, "contentChanges": changes });
        documents.change(serde_json::from_value(changed).unwrap(), Encoding::Utf16).unwrap().clone()
    }

    #[test]
    fn changes_apply_in_order() {
        let caret = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
        let document =
            change(&mut open("c"), json!([{ "range": caret, "text": "b" }, { "range": caret, "text": "a" }]));
        assert_eq!((&*document.buffer.text(), document.version), ("abc", Some(2)));
    }

    #[test]
    fn a_change_that_is_not_understood_loses_the_document_until_its_text_comes_whole() {
        let negative = json!({ "start": { "line": -1, "character": 0 }, "end": { "line": 0, "character": 0 } });
        let mut documents = open("c");
        assert_eq!(change(&mut documents, json!([{ "range": negative, "text": "" }])).standing(), Standing::Lost);
        assert_eq!(change(&mut documents, json!([{ "text": "new" }])).standing(), Standing::Known);
        assert_eq!(change(&mut documents, json!("nonsense")).standing(), Standing::Lost);
    }

    #[test]
    fn a_large_document_stays_in_step() {
        let mut documents = open(&"x".repeat(LARGEST_ANALYSED + 1));
        assert_eq!(change(&mut documents, json!([])).standing(), Standing::TooLarge);
        assert_eq!(change(&mut documents, json!([{ "text": "small" }])).standing(), Standing::Known);
    }
}
