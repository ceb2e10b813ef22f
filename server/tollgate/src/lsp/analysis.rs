//! What is known about the documents: the seam between the server and `ide`.
//!
//! [`Analysis`] belongs to the lane, which tells it every change; [`AnalysisSnapshot`] is what a request takes along to
//! its own thread. Neither knows positions, UTF-16 or the client.

use super::{
    documents::{Document, DocumentUri},
    requests::Cancellation,
};
use ide::{
    Diagnostic,
    symbols::{self, Symbol},
};
use std::{path::PathBuf, sync::Arc};
use syntax::{front_matter, markdown};

/// Everything known. Its methods are state changes: quick, synchronous, without I/O.
#[derive(Default)]
pub(super) struct Analysis {
    snapshot: Arc<ide::Snapshot>,
}

impl Analysis {
    /// A document was opened or its text changed.
    pub(super) fn set_document(&mut self, _document: &Document, _path: Option<PathBuf>) {}

    /// A document was closed; from now on what is on disk counts.
    pub(super) fn remove_document(&mut self, _uri: &DocumentUri) {}

    /// The workspace has these folders now.
    pub(super) fn set_roots(&mut self, _roots: Vec<PathBuf>) {}

    /// Files of ours changed on disk.
    pub(super) fn files_changed(&mut self, _paths: Vec<PathBuf>) {}

    /// What a request may look at. Later changes do not reach it.
    pub(super) fn snapshot(&self) -> AnalysisSnapshot {
        AnalysisSnapshot(self.snapshot.clone())
    }
}

/// A state of the analysis.
#[derive(Clone, Debug)]
pub(super) struct AnalysisSnapshot(Arc<ide::Snapshot>);

impl AnalysisSnapshot {
    /// The outline of a document. Of one that is not ours: its headings.
    pub(super) fn outline(&self, document: &Document) -> Vec<Symbol> {
        let text = document.buffer.text();
        let body = front_matter::split(&text).body;
        let sections = markdown::read(&text, body).sections(body.end);
        let section = |section: markdown::Section| spec::model::Section {
            level: section.level,
            title: section.title,
            span: section.span,
            content: section.content,
        };
        symbols::sections(&sections.into_iter().map(section).collect::<Vec<_>>())
    }

    /// What is wrong with a document. It has a path only inside a root.
    pub(super) fn diagnostics(&self, path: Option<&str>, _: &Cancellation) -> Vec<Diagnostic> {
        path.map_or_else(Vec::new, |path| ide::diagnostics::diagnostics(&self.0, path))
    }
}
