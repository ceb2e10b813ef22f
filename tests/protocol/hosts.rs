//! A repository with agents of every host over standard input and output: what a host would make of a file is told, and an agent
//! of ours becomes files of hosts in one edit.

use crate::client::builder;
use serde_json::{Value, json};
use std::path::Path;

/// Copies the sample repository, so that nothing is written into it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &there);
        } else {
            std::fs::copy(entry.path(), there).unwrap();
        }
    }
}

#[test]
fn agents_of_hosts_are_told_apart_and_ours_is_projected() {
    let root = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hosts"), root.path());
    let root = root.path().canonicalize().unwrap();
    let uri = format!("file://{}", root.display());
    let text = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let mut server = builder()
        .with("/rootUri", json!(uri))
        .with(
            "/capabilities/workspace/workspaceEdit",
            json!({"documentChanges": true, "resourceOperations": ["create"]}),
        )
        .start();
    let (pilot, warden) = (".claude/agents/pilot.md", ".tollgate/agents/warden.md");
    server.open(&format!("{uri}/{pilot}"), &text(pilot));
    // The file by itself comes first, the same with what was found beside it later.
    let codes = loop {
        let published = server.expect_notification("textDocument/publishDiagnostics");
        let found = published["diagnostics"].as_array().unwrap().iter();
        let codes: Vec<String> = found.map(|it| it["code"].as_str().unwrap().to_owned()).collect();
        if published["uri"] == json!(format!("{uri}/{pilot}")) && codes.iter().any(|code| code == "agent/drifted") {
            break codes;
        }
    };
    assert!(codes.iter().any(|code| code == "yaml/lenient-only"), "{codes:?}");
    let at = |path: &str, line: u32, character: u32| json!({"textDocument": {"uri": format!("{uri}/{path}")}, "position": {"line": line, "character": character}});
    let hover = server.ask("textDocument/hover", at(pilot, 1, 8)).unwrap();
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("- GitHub Copilot (reads it here): drops this file"), "{shown}");
    let found = server.ask("textDocument/definition", at(pilot, 4, 12)).unwrap();
    assert_eq!(found[0]["uri"], json!(format!("{uri}/.claude/skills/chart-check/SKILL.md")));

    server.open(&format!("{uri}/{warden}"), &text(warden));
    let range = json!({"start": {"line": 2, "character": 6}, "end": {"line": 2, "character": 6}});
    let asked =
        json!({"textDocument": {"uri": format!("{uri}/{warden}")}, "range": range, "context": {"diagnostics": []}});
    let actions = server.ask("textDocument/codeAction", asked).unwrap();
    let all: Vec<&Value> = actions.as_array().unwrap().iter().collect();
    let every = all.iter().find(|action| action["title"] == "Project agent `warden` to all hosts").expect("offered");
    let changes = every["edit"]["documentChanges"].as_array().unwrap();
    let made: Vec<&str> =
        changes.iter().filter(|change| change["kind"] == "create").map(|it| it["uri"].as_str().unwrap()).collect();
    assert_eq!(made.len(), 7, "{made:?}");
    server.hear_out();
}
