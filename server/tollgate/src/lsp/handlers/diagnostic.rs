//! `textDocument/diagnostic`: the same diagnostics that are pushed to clients that cannot pull.

use crate::lsp::{diagnostics, state::Snapshot};
use std::hash::{DefaultHasher, Hash, Hasher};
use tower_lsp::{
    gen_lsp_types::{
        DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
        RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
        UnchangedDocumentDiagnosticReport,
    },
    jsonrpc::Result,
};

/// The report; `unchanged` when the client has these already.
pub(in crate::lsp) fn diagnostic(
    snapshot: &Snapshot,
    params: DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReport> {
    let found = snapshot.open.as_ref().map(|document| diagnostics::compute(snapshot, document));
    let (version, items) = found.map(|found| (found.version, found.items)).unwrap_or_default();
    let mut hash = DefaultHasher::new();
    // What is shown moves as the person types, so the same findings in a new text are not unchanged.
    (!items.is_empty()).then_some(version).hash(&mut hash);
    items.hash(&mut hash);
    let result_id = format!("{:016x}", hash.finish());
    Ok(if params.previous_result_id.as_ref() == Some(&result_id) {
        RelatedUnchangedDocumentDiagnosticReport {
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
            related_documents: None,
        }
        .into()
    } else {
        RelatedFullDocumentDiagnosticReport {
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
            related_documents: None,
        }
        .into()
    })
}
