//! Call hierarchy: who starts whom. An item carries what finds it again, so that it holds while its file is edited.

use super::navigation::{View, at};
use crate::lsp::state::Snapshot;
use ide::calls::{self, Call, Item};
use serde_json::{Value, json};
use std::path::Path;
use text::Span;
use tower_lsp::{
    gen_lsp_types::{
        CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem, CallHierarchyOutgoingCall,
        CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, Range,
    },
    jsonrpc::{Error, Result},
};

/// `textDocument/prepareCallHierarchy`
pub(in crate::lsp) fn prepare_call_hierarchy(
    snapshot: &Snapshot,
    params: CallHierarchyPrepareParams,
) -> Result<Option<Vec<CallHierarchyItem>>> {
    let position = params.text_document_position_params.position;
    let Some((known, place, offset)) = at(snapshot, position)? else { return Ok(None) };
    let Some(item) = calls::prepare(known, &place.path, offset) else { return Ok(None) };
    let view = View::new(snapshot, known, place.root.clone());
    let shown = show(&view, &place.root, &item);
    view.finished(shown.map(|item| vec![item]))
}

/// `callHierarchy/incomingCalls`
pub(in crate::lsp) fn incoming_calls(
    snapshot: &Snapshot,
    params: CallHierarchyIncomingCallsParams,
) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
    with(snapshot, params.item.data.as_ref(), |view, root, path, key| {
        let call = |call: Call| {
            let from_ranges = ranges(view, &call.item.path, call.places);
            Some(CallHierarchyIncomingCall { from: show(view, root, &call.item)?, from_ranges })
        };
        calls::incoming(view.known(), path, key).into_iter().filter_map(call).collect()
    })
}

/// `callHierarchy/outgoingCalls`
pub(in crate::lsp) fn outgoing_calls(
    snapshot: &Snapshot,
    params: CallHierarchyOutgoingCallsParams,
) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
    with(snapshot, params.item.data.as_ref(), |view, root, path, key| {
        let call = |call: Call| {
            let from_ranges = ranges(view, path, call.places);
            Some(CallHierarchyOutgoingCall { to: show(view, root, &call.item)?, from_ranges })
        };
        calls::outgoing(view.known(), path, key).into_iter().filter_map(call).collect()
    })
}

/// Answers about the item that was given out with this data.
fn with<T>(
    snapshot: &Snapshot,
    data: Option<&Value>,
    answer: impl FnOnce(&View<'_>, &Path, &str, &str) -> Vec<T>,
) -> Result<Option<Vec<T>>> {
    let text = |name: &str| data.and_then(|data| data.get(name)).and_then(Value::as_str);
    let (Some(root), Some(path), Some(key)) = (text("root"), text("path"), text("key")) else {
        return Err(Error::invalid_params("the item is none of ours"));
    };
    let root = Path::new(root);
    let Some(known) = snapshot.analysis.of_root(root) else { return Ok(None) };
    let view = View::new(snapshot, known, root.into());
    let found = answer(&view, root, path, key);
    view.finished(Some(found))
}

fn ranges(view: &View<'_>, path: &str, places: Vec<Span>) -> Vec<Range> {
    view.in_file(path, places.into_iter()).into_iter().map(|location| location.range).collect()
}

fn show(view: &View<'_>, root: &Path, item: &Item) -> Option<CallHierarchyItem> {
    let [whole, name] = <[_; 2]>::try_from(view.in_file(&item.path, [item.span, item.name_span].into_iter())).ok()?;
    Some(CallHierarchyItem {
        name: crate::lsp::plain::plain(&item.label),
        kind: super::document_symbol::kind(item.kind),
        tags: None,
        detail: Some(crate::lsp::plain::plain(&item.detail)),
        uri: whole.uri,
        range: whole.range,
        selection_range: name.range,
        data: Some(json!({ "root": root, "path": item.path, "key": item.key })),
    })
}
