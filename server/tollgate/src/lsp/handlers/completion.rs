//! `textDocument/completion` and `completionItem/resolve`: keys, values, names and structures, each as the edit it makes.

use super::navigation::at;
use crate::lsp::{analysis::Place, client::Client, convert, state::Snapshot};
use crate::workbench::Reader;
use ide::completion::{self, Item, ItemKind};
use ide::documents::completing::{self, Wanted};
use serde_json::{Value, json};
use spec::{Name, NameKind};
use std::sync::Arc;
use text::{Buffer, Span};
use tower_lsp::{
    gen_lsp_types::{
        CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionItemTextEdit, CompletionList,
        CompletionParams, CompletionResponse, InsertReplaceEdit, InsertTextFormat, InsertTextMode, MarkupContent,
        MarkupKind, TextEdit,
    },
    jsonrpc::Result,
};

/// More names than this are first narrowed by what is typed.
const MOST: usize = 300;

/// The items.
pub(in crate::lsp) fn completion(snapshot: &Snapshot, params: CompletionParams) -> Result<Option<CompletionResponse>> {
    let Some((known, place, offset)) = at(snapshot, params.text_document_position_params.position)? else {
        return Ok(None);
    };
    let Some(document) = snapshot.document()? else { return Ok(None) };
    let mut items = completion::complete(known, &place.path, offset);
    if items.is_empty() && place.path.ends_with(".md") {
        items = of_documents(snapshot, place, &document.buffer.text(), offset);
    }
    let is_incomplete = items.len() > MOST;
    if is_incomplete {
        let text = document.buffer.text();
        items.retain(|item| is_typed(text.get(item.span.start as usize..offset).unwrap_or_default(), &item.label));
        items.truncate(MOST);
    }
    let root = place.root.to_string_lossy();
    let show = |(rank, item): (usize, Item)| {
        let about = match &item.name {
            Some(name) if !snapshot.client.resolves_documentation => completion::summary(known, name),
            _ => String::new(),
        };
        show(&snapshot.client, &document.buffer, (rank, item), offset, &root, about)
    };
    let items: Vec<CompletionItem> = items.into_iter().enumerate().map(show).collect();
    Ok(Some(match is_incomplete {
        true => {
            CompletionResponse::CompletionList(CompletionList { is_incomplete, items, ..CompletionList::default() })
        }
        false => CompletionResponse::CompletionItemList(items),
    }))
}

/// What a document can say that it documents.
fn of_documents(snapshot: &Snapshot, place: &Place, text: &str, offset: usize) -> Vec<Item> {
    let reader = Reader::new(&place.root);
    match completing::wanted(&place.path, text, offset) {
        Some(Wanted::Paths { folder, span }) => completing::paths(&reader.list(&folder), span),
        Some(Wanted::Symbols { file, span }) => {
            let there = Place { root: place.root.clone(), path: file.as_str().into() };
            let open = snapshot.analysis.open_uri(&there).and_then(|uri| snapshot.documents.get(uri));
            let text = open.map(|document| document.buffer.text());
            let text = text.or_else(|| reader.text(&file).map(Arc::from));
            text.map(|text| completing::symbols(&file, &text, span)).unwrap_or_default()
        }
        None => Vec::new(),
    }
}

/// True when the letters that are typed stand in the label in their order, as editors match them.
fn is_typed(typed: &str, label: &str) -> bool {
    let mut letters = label.chars().flat_map(char::to_lowercase);
    typed.chars().flat_map(char::to_lowercase).all(|letter| letters.any(|other| other == letter))
}

fn show(
    client: &Client,
    buffer: &Buffer,
    (rank, item): (usize, Item),
    offset: usize,
    root: &str,
    about: String,
) -> CompletionItem {
    let data = item
        .name
        .as_ref()
        .filter(|_| client.resolves_documentation)
        .map(|name| json!({ "root": root, "kind": format!("{:?}", name.kind), "name": name.text }));
    let snippet = item.snippet.filter(|_| client.snippets);
    let indented = snippet.as_ref().is_some_and(|snippet| snippet.contains('\n'));
    let mode = if snippet.is_some() { InsertTextMode::AdjustIndentation } else { InsertTextMode::AsIs };
    let format = snippet.as_ref().map(|_| InsertTextFormat::Snippet);
    let new_text = snippet.unwrap_or(item.insert);
    let many_lines = indented || new_text.contains('\n');
    let documentation = if about.is_empty() { item.documentation } else { about };
    let labels = CompletionItemLabelDetails::new(None, Some(item.detail.clone()));
    CompletionItem {
        label: item.label,
        label_details: (client.label_details && !item.detail.is_empty()).then_some(labels),
        kind: Some(match item.kind {
            ItemKind::Key => CompletionItemKind::Property,
            ItemKind::Structure | ItemKind::Section => CompletionItemKind::Snippet,
            ItemKind::Word => CompletionItemKind::EnumMember,
            ItemKind::Name => CompletionItemKind::Reference,
            ItemKind::Variable => CompletionItemKind::Variable,
        }),
        detail: (!client.label_details && !item.detail.is_empty()).then_some(item.detail),
        documentation: (!documentation.is_empty()).then(|| markup(client, documentation).into()),
        // What a map needs comes first.
        sort_text: Some(format!("{}{rank:04}", u8::from(!item.required))),
        insert_text_format: format,
        insert_text_mode: (many_lines && client.insert_modes.contains(&mode)).then_some(mode),
        text_edit: Some(edit(client, buffer, item.span, offset, new_text)),
        data,
        ..CompletionItem::default()
    }
}

/// Replaces the word; where the client lets a person choose, putting it in before the rest of the word is offered, too.
fn edit(client: &Client, buffer: &Buffer, span: Span, offset: usize, new_text: String) -> CompletionItemTextEdit {
    let replace = convert::range(buffer, span, client.encoding);
    if !client.inserts_or_replaces {
        return TextEdit { range: replace, new_text }.into();
    }
    let insert = convert::range(buffer, span.range().start..offset, client.encoding);
    InsertReplaceEdit { new_text, insert, replace }.into()
}

fn markup(client: &Client, markdown: String) -> MarkupContent {
    match client.completes_in_plain_text {
        true => MarkupContent { kind: MarkupKind::PlainText, value: ide::hover::plain_text(&markdown) },
        false => MarkupContent { kind: MarkupKind::Markdown, value: markdown },
    }
}

/// `completionItem/resolve`: all there is to say about a name. An item that we did not make comes back as it is.
pub(in crate::lsp) fn completion_resolve(snapshot: &Snapshot, mut item: CompletionItem) -> Result<CompletionItem> {
    let about = item.data.as_ref().and_then(|data| {
        let part = |name: &str| data.get(name).and_then(Value::as_str);
        let kind = NAMES.into_iter().find(|kind| part("kind") == Some(&format!("{kind:?}")))?;
        let name = Name { kind, text: part("name")?.to_owned() };
        let (_, known) =
            snapshot.analysis.roots().iter().find(|(root, _)| Some(&*root.to_string_lossy()) == part("root"))?;
        completion::resolve(known, &name)
    });
    if let Some(about) = about {
        item.documentation = Some(markup(&snapshot.client, about).into());
    }
    Ok(item)
}

/// The kinds of names that are offered.
const NAMES: [NameKind; 12] = [
    NameKind::Workflow,
    NameKind::Agent,
    NameKind::Gate,
    NameKind::Ticket,
    NameKind::Tier,
    NameKind::Resource,
    NameKind::Pass,
    NameKind::Output,
    NameKind::Input,
    NameKind::Feature,
    NameKind::Requirement,
    NameKind::Task,
];
