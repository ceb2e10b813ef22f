//! `textDocument/codeLens`: state, cost and what can be started, answered from memory.

use crate::lsp::{commands, convert, state::Snapshot};
use tower_lsp::{
    gen_lsp_types::{CodeLens, CodeLensParams, Command},
    jsonrpc::Result,
};

/// The lenses. One without a command says something and does nothing.
pub(in crate::lsp) fn code_lens(snapshot: &Snapshot, _: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
    let Some(document) = snapshot.document()?.filter(|_| snapshot.settings.code_lens) else { return Ok(None) };
    let Some((known, place)) = snapshot.analysis.here() else { return Ok(None) };
    let text = snapshot.analysis.checked_text(document);
    let of_documents = ide::documents::views::lenses(&known.documents, &place.path, text.as_deref());
    let lenses = ide::lenses::lenses(known, &place.path).into_iter().chain(of_documents).map(|lens| {
        let started = lens.command.as_ref();
        let command = started.and_then(|ours| commands::command(&lens.title, ours, &place.root, &snapshot.client));
        let silent = || Command { title: lens.title.clone(), tooltip: None, command: String::new(), arguments: None };
        CodeLens {
            range: convert::range(&document.buffer, lens.span, snapshot.client.encoding),
            command: Some(command.unwrap_or_else(silent)),
            data: None,
        }
    });
    Ok(Some(lenses.collect()))
}
