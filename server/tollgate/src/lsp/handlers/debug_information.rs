//! `tollgate/debugInformation`: what a report of a problem needs to say about this session. No document text, no paths
//! but those of the workspace folders.

use crate::lsp::state::{Reply, State};
use futures_util::FutureExt;
use runner::home::Home;
use serde_json::{Value, json};
use std::fmt::Write;

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
    let folders: Vec<String> = state.analysis.folders().map(|folder| folder.to_string_lossy().into_owned()).collect();
    let runtime = state.tasks.runtime.clone();
    async move {
        let refused = runtime.spawn_blocking(move || refusals(&folders)).await.unwrap_or_default();
        Ok(json!({ "text": text + &refused }))
    }
    .boxed()
}

/// What was tried and refused of late in these folders.
fn refusals(folders: &[String]) -> String {
    const MOST: usize = 10;
    let Some(home) = Home::from_environment() else { return String::new() };
    let all = runner::audit::last(&home, 100).into_iter().filter(|attempt| folders.contains(&attempt.root));
    let lines: Vec<String> =
        all.map(|it| format!("refused: {} {} by {}: {}\n", it.time, it.what, it.by, it.why)).collect();
    lines[lines.len().saturating_sub(MOST)..].concat()
}
