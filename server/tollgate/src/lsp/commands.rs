//! What a lens or an action starts, as commands of the protocol. A command that opens something in the editor belongs to
//! our editor plugins; a client without them is not offered it.

use super::client::Client;
use ide::Command as Ours;
use serde_json::{Value, json};
use std::path::Path;
use tower_lsp::gen_lsp_types::Command;

/// The commands that the server itself carries out.
pub(super) const SERVED: [&str; 11] = [
    "tollgate.run",
    "tollgate.agentReview",
    "tollgate.cancel",
    "tollgate.decide",
    "tollgate.gate",
    "tollgate.apply",
    "tollgate.rule",
    "tollgate.makeCurrent",
    "tollgate.open",
    "tollgate.regenerate",
    "tollgate.attest",
];

/// The command, or none when this client cannot carry it out.
pub(super) fn command(title: &str, ours: &Ours, root: &Path, client: &Client) -> Option<Command> {
    let root = root.to_string_lossy();
    let (name, arguments) = match ours {
        Ours::Run { ticket, pass } => ("tollgate.run", json!({"root": root, "ticket": ticket, "pass": pass})),
        Ours::Review { ticket, pass } => {
            ("tollgate.agentReview", json!({"root": root, "ticket": ticket, "pass": pass}))
        }
        Ours::CheckGate { ticket, pass } => ("tollgate.gate", json!({"root": root, "ticket": ticket, "pass": pass})),
        Ours::Cancel { run } => ("tollgate.cancel", json!({ "run": run })),
        Ours::Apply { run } => ("tollgate.apply", json!({"root": root, "run": run})),
        Ours::Approve { ticket, pass } => ("tollgate.approve", json!({"root": root, "ticket": ticket, "pass": pass})),
        Ours::Reject { ticket, pass } => ("tollgate.reject", json!({"root": root, "ticket": ticket, "pass": pass})),
        Ours::MakeCurrent { ticket } => ("tollgate.makeCurrent", json!({"root": root, "ticket": ticket})),
        Ours::Explain { ticket } => ("tollgate.explain", json!({"root": root, "ticket": ticket})),
        Ours::Trace { feature } => ("tollgate.trace", json!({"root": root, "feature": feature})),
        Ours::ShowLog { run } => ("tollgate.showLog", json!({ "run": run })),
        Ours::ExplainRule { rule } => ("tollgate.rule", json!({ "rule": rule })),
        Ours::ReviewWords { ticket, pass } => {
            ("tollgate.reviewWords", json!({"root": root, "ticket": ticket, "pass": pass}))
        }
        Ours::Open { path, span } => {
            ("tollgate.open", json!({"root": root, "path": path, "from": span.start, "to": span.end}))
        }
        Ours::Regenerate { document } => ("tollgate.regenerate", json!({"root": root, "document": document})),
        // Only a client of ours asks a person for words.
        Ours::Attest { document, section, reason } => {
            let name = if *reason { "tollgate.stillAccurate" } else { "tollgate.attest" };
            (name, json!({"root": root, "document": document, "section": section}))
        }
        Ours::ReviewPlan => ("tollgate.reviewPlan", json!({ "root": root })),
    };
    let known = SERVED.contains(&name) || client.commands.iter().any(|command| command == name);
    known.then(|| Command {
        title: title.to_owned(),
        tooltip: None,
        command: name.to_owned(),
        arguments: Some(vec![arguments]),
    })
}

/// True for what starts an agent.
pub(super) fn starts_agent(ours: &Ours) -> bool {
    matches!(ours, Ours::Run { .. } | Ours::Review { .. })
}

/// The arguments of a command: one map, or nothing.
pub(super) fn arguments(list: Option<Vec<Value>>) -> Value {
    list.and_then(|list| list.into_iter().next()).unwrap_or(Value::Null)
}
