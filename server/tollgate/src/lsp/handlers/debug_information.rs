//! `tollgate/debugInformation`: what a report of a problem needs to say about this session. No document text, no paths
//! but those of the workspace folders.

use crate::lsp::state::{Reply, State};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::{fmt::Write, future};

/// The session in a few lines.
pub(in crate::lsp) fn debug_information(state: &mut State, _: Value) -> Reply<Value> {
    let mut text = String::new();
    let client = &state.client;
    let channel = if client.pulls_diagnostics { "pull" } else { "push" };
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{name}: {value}");
    };
    line("tollgate", &env!("CARGO_PKG_VERSION"));
    line("client", &client.name);
    line("position encoding", &format_args!("{:?}", client.encoding));
    line("diagnostics", &channel);
    line("client watches files", &client.watches_files);
    line("file changes seen", &state.file_changes);
    line("client commands", &client.commands.join(" "));
    line("settings", &format_args!("{:?}", state.settings));
    line("open documents", &state.documents.iter().count());
    for folder in state.folders.iter() {
        line("folder", &folder.uri);
    }
    future::ready(Ok(json!({ "text": text }))).boxed()
}
