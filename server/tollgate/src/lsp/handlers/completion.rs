//! `textDocument/completion`: keys, values and names.

use super::navigation::at;
use crate::lsp::{convert, state::Snapshot};
use ide::completion::ItemKind;
use tower_lsp::{
    gen_lsp_types::{
        CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, InsertTextFormat, MarkupContent,
        MarkupKind, TextEdit,
    },
    jsonrpc::Result,
};

/// The items, each as the edit that it makes.
pub(in crate::lsp) fn completion(snapshot: &Snapshot, params: CompletionParams) -> Result<Option<CompletionResponse>> {
    let Some((known, place, offset)) = at(snapshot, params.text_document_position_params.position)? else {
        return Ok(None);
    };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let items = ide::completion::complete(known, &place.path, offset).into_iter().enumerate().map(|(rank, item)| {
        let snippet = item.snippet.filter(|_| snapshot.client.snippets);
        let format = snippet.as_ref().map(|_| InsertTextFormat::Snippet);
        let range = convert::range(&document.buffer, item.span, snapshot.client.encoding);
        let documentation = MarkupContent { kind: MarkupKind::Markdown, value: item.documentation };
        CompletionItem {
            label: item.label,
            kind: Some(match item.kind {
                ItemKind::Key => CompletionItemKind::Property,
                ItemKind::Word => CompletionItemKind::EnumMember,
                ItemKind::Name => CompletionItemKind::Reference,
                ItemKind::Variable => CompletionItemKind::Variable,
            }),
            detail: Some(item.detail).filter(|detail| !detail.is_empty()),
            documentation: (!documentation.value.is_empty()).then(|| documentation.into()),
            sort_text: Some(format!("{rank:04}")),
            insert_text_format: format,
            text_edit: Some(TextEdit { range, new_text: snippet.unwrap_or(item.insert) }.into()),
            ..CompletionItem::default()
        }
    });
    Ok(Some(CompletionResponse::CompletionItemList(items.collect())))
}
