//! Book-keeping of diagnostics: computed once the lane has no further change for a document, dropped when a newer
//! computation has started, sent only when there is something new to see. One channel a client: push, because findings of
//! gates arrive without an edit and stand in files that are not open; a client that only pulls is served when it can be
//! told to pull again.

use super::{
    client::Client,
    convert,
    documents::{Document, DocumentUri, LARGEST_ANALYSED, Standing},
    handlers::View,
    plain::plain,
    settings::DiagnosticsRun,
    state::Snapshot,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use text::Buffer;
use tower_lsp::gen_lsp_types::{Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag};

/// What is to be computed, what is on its way and what the client shows.
#[derive(Default)]
pub(super) struct Diagnostics {
    stale: HashSet<DocumentUri>,
    generation: u64,
    computing: HashMap<DocumentUri, u64>,
    shown: HashMap<DocumentUri, Published>,
}

/// One publication.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Published {
    /// The text they belong to.
    pub(super) version: Option<i32>,
    /// What there is to show.
    pub(super) items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// This document's diagnostics have to be computed again.
    pub(super) fn mark(&mut self, uri: &DocumentUri) {
        self.stale.insert(uri.clone());
    }

    /// All these documents' diagnostics have to be.
    pub(super) fn mark_all<'u>(&mut self, uris: impl Iterator<Item = &'u DocumentUri>) {
        self.stale.extend(uris.cloned());
    }

    /// Takes the documents that are to be computed now; those for which `wait` is true stay for later.
    pub(super) fn take_stale(&mut self, wait: impl Fn(&str) -> bool) -> Vec<DocumentUri> {
        if self.stale.is_empty() {
            return Vec::new();
        }
        self.stale.extract_if(|uri| !wait(uri)).collect()
    }

    /// A computation starts; what an earlier one of the same document finds no longer counts.
    pub(super) fn start(&mut self, uri: &DocumentUri) -> u64 {
        self.generation += 1;
        self.computing.insert(uri.clone(), self.generation);
        self.generation
    }

    /// True while no later computation of the document has started.
    pub(super) fn is_wanted(&self, uri: &DocumentUri, generation: u64) -> bool {
        self.computing.get(uri) == Some(&generation)
    }

    /// A computation is done. Gives what has to be published, if anything.
    pub(super) fn arrived(
        &mut self,
        uri: &DocumentUri,
        generation: u64,
        found: Published,
        client: &Client,
    ) -> Option<Value> {
        if self.computing.get(uri) != Some(&generation) {
            return None;
        }
        self.computing.remove(uri);
        let before = self.shown.get(uri);
        // The client moves what it shows as the person types, so what is there has to be said again for a new text.
        let same = before.map_or(found.items.is_empty(), |before| {
            *before == found || (before.items.is_empty() && found.items.is_empty())
        });
        if same {
            return None;
        }
        let message = publication(uri, &found, client);
        self.shown.insert(uri.clone(), found);
        Some(message)
    }

    /// The document was closed. Gives the publication that clears it, if it showed anything.
    pub(super) fn close(&mut self, uri: &DocumentUri, client: &Client) -> Option<Value> {
        self.stale.remove(uri);
        self.computing.remove(uri);
        let shown = self.shown.remove(uri).filter(|shown| !shown.items.is_empty())?;
        Some(publication(uri, &Published { items: Vec::new(), ..shown }, client))
    }
}

fn publication(uri: &str, found: &Published, client: &Client) -> Value {
    let mut message = json!({ "uri": uri, "diagnostics": found.items });
    if let (true, Some(version)) = (client.diagnostic_versions, found.version) {
        message["version"] = version.into();
    }
    message
}

/// Everything there is to show about a document: nothing when the user does not want to see it.
pub(super) fn compute(snapshot: &Snapshot, document: &Document) -> Published {
    let whole = |code: &str, message: String| Diagnostic {
        severity: Some(DiagnosticSeverity::Information),
        source: Some("tollgate".to_owned()),
        code: Some(code.to_owned().into()),
        code_description: snapshot.manual.link(code),
        message: message.into(),
        data: Some(json!(Data { rule: code.to_owned(), fingerprint: None })),
        ..Diagnostic::default()
    };
    let items = match document.standing() {
        _ if snapshot.settings.diagnostics_run == DiagnosticsRun::Off => Vec::new(),
        Standing::TooLarge => {
            let limit = LARGEST_ANALYSED >> 20;
            vec![whole("document/too-large", format!("Tollgate does not look into documents above {limit} MB."))]
        }
        Standing::Lost => {
            let message = "Tollgate lost track of this text after a change it could not read. Close the document and open it again.";
            vec![whole("document/lost", message.to_owned())]
        }
        Standing::Known => {
            let found = snapshot.analysis.diagnostics(document);
            let text = if found.is_empty() { String::new() } else { document.buffer.text().to_string() };
            found.into_iter().map(|found| show(snapshot, &document.buffer, &text, found)).collect()
        }
    };
    Published { version: document.version, items }
}

/// Everything there is to show about the file that is not open and that the snapshot is about.
pub(super) fn compute_closed(snapshot: &Snapshot, text: &str) -> Published {
    let wanted = snapshot.settings.diagnostics_run != DiagnosticsRun::Off;
    let found = if wanted { snapshot.analysis.diagnostics_of_closed(text) } else { Vec::new() };
    // Most files have nothing wrong with them, and need no places.
    let buffer = Buffer::new(if found.is_empty() { "" } else { text });
    Published { version: None, items: found.into_iter().map(|found| show(snapshot, &buffer, text, found)).collect() }
}

/// What a diagnostic is known again by when a client asks for its actions, also when its place has moved since.
#[derive(Serialize, Deserialize)]
pub(super) struct Data {
    /// Its rule or state, as in `code`.
    pub(super) rule: String,
    /// What the baseline would know it by: it holds while the line under it says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
}

impl Data {
    fn of(path: &str, text: &str, found: &ide::Diagnostic) -> Data {
        let fingerprint = ide::baseline::fingerprint(&found.code, path, text, found.span);
        Data { rule: found.code.clone(), fingerprint: Some(fingerprint) }
    }
}

/// A diagnostic of a text as the protocol has it.
pub(super) fn show(snapshot: &Snapshot, buffer: &Buffer, text: &str, found: ide::Diagnostic) -> Diagnostic {
    let data = snapshot.analysis.here().map(|(_, place)| Data::of(&place.path, text, &found));
    let related = snapshot.analysis.here().map(|(known, place)| {
        let view = View::new(snapshot, known, place.root.clone());
        let places = found.related.iter().filter_map(|related| {
            let location = view.location(&related.path, related.span)?;
            Some(DiagnosticRelatedInformation { location, message: plain(&related.message) })
        });
        places.collect::<Vec<_>>()
    });
    Diagnostic {
        range: convert::range(buffer, found.span, snapshot.client.encoding),
        related_information: related.filter(|places| !places.is_empty()),
        tags: found.unnecessary.then(|| vec![DiagnosticTag::Unnecessary]),
        severity: Some(match found.severity {
            ide::Severity::Error => DiagnosticSeverity::Error,
            ide::Severity::Warning => DiagnosticSeverity::Warning,
            ide::Severity::Information => DiagnosticSeverity::Information,
            ide::Severity::Hint => DiagnosticSeverity::Hint,
        }),
        source: Some("tollgate".to_owned()),
        code_description: snapshot.manual.link(&found.code),
        code: Some(found.code.into()),
        message: plain(&found.message).into(),
        data: data.map(|data| json!(data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: i32, messages: &[&str]) -> Published {
        let item = |message: &&str| Diagnostic { message: (*message).to_owned().into(), ..Diagnostic::default() };
        Published { version: Some(version), items: messages.iter().map(item).collect() }
    }

    #[test]
    fn publishes_what_is_new_and_drops_what_is_overtaken() {
        let (mut diagnostics, client, uri) = (Diagnostics::default(), Client::default(), DocumentUri::from("u"));
        let old = diagnostics.start(&uri);
        let new = diagnostics.start(&uri);
        assert_eq!(diagnostics.arrived(&uri, old, found(1, &["old"]), &client), None);
        assert!(diagnostics.arrived(&uri, new, found(2, &["new"]), &client).is_some());
        let again = diagnostics.start(&uri);
        assert_eq!(diagnostics.arrived(&uri, again, found(2, &["new"]), &client), None);
        let typed = diagnostics.start(&uri);
        assert!(diagnostics.arrived(&uri, typed, found(3, &["new"]), &client).is_some());
        assert!(diagnostics.close(&uri, &client).is_some());
        assert_eq!(diagnostics.close(&uri, &client), None);
    }

    #[test]
    fn says_nothing_about_nothing() {
        let (mut diagnostics, client, uri) = (Diagnostics::default(), Client::default(), DocumentUri::from("u"));
        let generation = diagnostics.start(&uri);
        assert_eq!(diagnostics.arrived(&uri, generation, found(1, &[]), &client), None);
        assert_eq!(diagnostics.close(&uri, &client), None);
    }

    #[test]
    fn waits_for_the_last_change() {
        let (mut diagnostics, uri) = (Diagnostics::default(), DocumentUri::from("u"));
        diagnostics.mark(&uri);
        assert!(diagnostics.take_stale(|_| true).is_empty());
        assert_eq!(diagnostics.take_stale(|_| false), [uri]);
        assert!(diagnostics.take_stale(|_| false).is_empty());
    }
}
