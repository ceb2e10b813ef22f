//! Code actions as a client chooses them, and what quiets a rule while files are open.

use crate::client::{Builder, Server, builder};
use serde_json::{Value, json};
use std::path::Path;

const TICKET: &str = "---\nschema_version: 1\nid: t-1\ntitle: \"é😀\u{200b}\"\nstatus: To Do\nnope: 1\nsize: small\nsize: large\n---\nWords.\n";
const FLOW: &str = "---\nschema_version: 1\nname: mend\npasses:\n  - {id: b, agent: worker, needs: [a]}\n  - {id: a, agent: worker, gate: {reviewer: {type: agent, agent: critic}}}\n---\n## b\nB.\n\n## a\nA.\n";

/// A client that can do all that actions ask of one.
fn able(root: &Path) -> Builder {
    builder()
        .with("/rootUri", json!(format!("file://{}", root.display())))
        .with("/capabilities/textDocument/publishDiagnostics", json!({}))
        .with("/capabilities/textDocument/codeAction/dataSupport", json!(true))
        .with("/capabilities/textDocument/codeAction/disabledSupport", json!(true))
        .with("/capabilities/textDocument/codeAction/resolveSupport", json!({ "properties": ["edit"] }))
        .with("/capabilities/workspace/workspaceEdit/documentChanges", json!(true))
        .with("/capabilities/workspace/workspaceEdit/snippetEditSupport", json!(true))
        .with("/capabilities/workspace/workspaceEdit/resourceOperations", json!(["create"]))
}

fn repository() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, category) in [("worker", "implementer"), ("critic", "verifier")] {
        let path = root.join(format!(".tollgate/agents/{name}.md"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("---\nschema_version: 1\nname: {name}\ncategory: {category}\n---\nYou work.\n"))
            .unwrap();
    }
    (folder, root)
}

fn uri(root: &Path, path: &str) -> String {
    format!("file://{}/{path}", root.display())
}

/// The actions of a line, or of kinds.
fn actions(server: &mut Server, uri: &str, line: u32, only: Option<&str>) -> Vec<Value> {
    let at = json!({ "line": line, "character": 6 });
    let mut context = json!({ "diagnostics": [] });
    if let Some(kind) = only {
        context["only"] = json!([kind]);
    }
    let params = json!({ "textDocument": { "uri": uri }, "range": { "start": at, "end": at }, "context": context });
    server.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

/// The same once the folder was read: what names an agent that nobody has read yet is not offered.
fn actions_in_time(server: &mut Server, uri: &str, line: u32, only: &str) -> Vec<Value> {
    let end = std::time::Instant::now() + crate::client::PATIENCE;
    loop {
        let all = actions(server, uri, line, Some(only));
        if !all.is_empty() || std::time::Instant::now() > end {
            return all;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn titled(actions: &[Value], part: &str) -> Value {
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().contains(part));
    found.unwrap_or_else(|| panic!("no `{part}` in {actions:#?}")).clone()
}

/// Waits until that file has these diagnostics.
fn published(server: &mut Server, uri: &str, codes: &[&str]) {
    loop {
        let said = server.expect_notification("textDocument/publishDiagnostics");
        let found: Vec<&str> =
            said["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
        if said["uri"] == json!(uri) && found == codes {
            return;
        }
    }
}

const SAID: [&str; 3] = ["text/invisible-character", "schema/unknown-key", "schema/duplicate-key"];

#[test]
fn an_edit_is_of_the_text_in_which_it_is_chosen() {
    let (_folder, root) = repository();
    let ticket = uri(&root, ".tollgate/tickets/t-1.md");
    let (mut server, result) = able(&root).start_with_result();
    let provider = &result["capabilities"]["codeActionProvider"];
    assert_eq!(provider["resolveProvider"], true);
    let kinds = provider["codeActionKinds"].as_array().unwrap();
    for kind in ["quickfix", "refactor.extract", "source.fixAll.tollgate", "source.organizeImports.tollgate"] {
        assert!(kinds.contains(&json!(kind)), "{kind} in {kinds:?}");
    }
    server.open(&ticket, TICKET);
    let all = actions(&mut server, &ticket, 5, None);
    let ignore = titled(&all, "Ignore `schema/unknown-key` here, with a reason…");
    assert!(ignore.get("edit").is_none() && ignore["data"]["uri"] == json!(ticket), "{ignore}");

    // two lines come above: the edit is made for them
    let longer = TICKET.replace("title:", "priority: high\nlabels: [a]\ntitle:");
    server.change(&ticket, 2, json!([{ "text": longer }]));
    let resolved = server.ask("codeAction/resolve", ignore.clone()).unwrap();
    let change = &resolved["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 2);
    assert_eq!(change["edits"][0]["range"]["start"], json!({ "line": 7, "character": 0 }));
    assert_eq!(change["edits"][0]["snippet"]["value"], json!("# tollgate-ignore schema/unknown-key: ${1:TODO}\n"));

    // the line is gone: nothing is edited
    server.change(&ticket, 3, json!([{ "text": longer.replace("nope: 1\n", "") }]));
    assert_eq!(server.ask("codeAction/resolve", ignore), Err(-32801));
    server.hear_out();
}

#[test]
fn all_that_is_sure_is_mended_at_once() {
    let (_folder, root) = repository();
    let ticket = uri(&root, ".tollgate/tickets/t-1.md");
    let mut server = able(&root).start();
    server.open(&ticket, TICKET);
    let all = actions(&mut server, &ticket, 0, Some("source.fixAll"));
    assert_eq!(all.len(), 1, "{all:#?}");
    let resolved = server.ask("codeAction/resolve", all[0].clone()).unwrap();
    let edits = resolved["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
    assert_eq!(edits.len(), 2, "{edits:#?}");
    assert!(edits.iter().any(|edit| edit["newText"] == "title: \"é😀\"\n"), "{edits:#?}");
    assert!(edits.iter().any(|edit| edit["newText"] == ""), "{edits:#?}");
    assert!(actions(&mut server, &ticket, 0, Some("refactor")).is_empty());
    server.hear_out();
}

#[test]
fn a_workflow_is_taken_apart_and_ordered() {
    let (_folder, root) = repository();
    let flow = uri(&root, ".tollgate/workflows/mend.md");
    let mut server = able(&root).start();
    server.open(&flow, FLOW);
    let all = actions_in_time(&mut server, &flow, 5, "refactor");
    let extract = titled(&all, "Extract the gate of `a` to gates/a.md");
    assert_eq!(extract["kind"], "refactor.extract");
    let resolved = server.ask("codeAction/resolve", extract).unwrap();
    let changes = resolved["edit"]["documentChanges"].as_array().unwrap();
    assert!(
        changes
            .iter()
            .any(|change| change["kind"] == "create" && change["uri"] == json!(uri(&root, ".tollgate/gates/a.md")))
    );
    let split = titled(&all, "Split the workflow at `a`");
    assert_eq!(split["disabled"]["reason"], "`b` needs `a`, and a workflow cannot wait for another yet");
    let organise = actions(&mut server, &flow, 0, Some("source.organizeImports"));
    let resolved = server.ask("codeAction/resolve", titled(&organise, "Organise the passes")).unwrap();
    assert!(resolved["edit"]["documentChanges"][0]["edits"].as_array().is_some_and(|edits| !edits.is_empty()));

    // a client that makes no files and shows no reasons is offered neither, and edits at once
    let mut plain = builder().with("/rootUri", json!(format!("file://{}", root.display()))).start();
    plain.open(&flow, FLOW);
    let all = actions_in_time(&mut plain, &flow, 5, "refactor");
    let titles: Vec<_> = all.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Add a pass after `a`"]);
    let edits = all[0]["edit"]["changes"][&flow].as_array().unwrap();
    assert!(all[0]["edit"]["documentChanges"].is_null() && edits.iter().all(|edit| edit["newText"].is_string()));
    plain.hear_out();
    server.hear_out();
}

#[test]
fn a_diagnostic_is_known_again_by_its_data() {
    let (_folder, root) = repository();
    let ticket = uri(&root, ".tollgate/tickets/t-1.md");
    let pulls = builder()
        .with("/rootUri", json!(format!("file://{}", root.display())))
        .with("/capabilities/textDocument/diagnostic", json!({}))
        .with("/capabilities/workspace/diagnostics/refreshSupport", json!(true));
    let mut pull = pulls.start();
    pull.open(&ticket, TICKET);
    let report = pull.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": ticket } })).unwrap();
    let pulled = report["items"].as_array().unwrap().clone();

    let mut server = able(&root).start();
    server.open(&ticket, TICKET);
    let pushed = loop {
        let said = server.expect_notification("textDocument/publishDiagnostics");
        if said["uri"] == json!(ticket) && said["diagnostics"].as_array().unwrap().len() == SAID.len() {
            break said["diagnostics"].as_array().unwrap().clone();
        }
    };
    for (one, other) in pushed.iter().zip(&pulled) {
        assert_eq!(one["data"], other["data"], "push and pull tell the same");
        assert_eq!(one["data"]["rule"], one["code"]);
        assert_eq!(one["data"]["fingerprint"].as_str().unwrap().len(), 16, "{one}");
    }

    // The text moves on; the client still asks where the diagnostic was.
    let unknown = pushed.iter().find(|it| it["code"] == "schema/unknown-key").unwrap().clone();
    server.change(&ticket, 2, json!([{ "text": TICKET.replace("title:", "priority: high\nlabels: [a]\ntitle:") }]));
    let asked = |server: &mut Server, diagnostics: Value| {
        let params = json!({ "textDocument": { "uri": ticket }, "range": unknown["range"], "context": { "diagnostics": diagnostics } });
        server.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
    };
    let about = |actions: &[Value]| actions.iter().any(|it| it["diagnostics"][0]["code"] == "schema/unknown-key");
    assert!(!about(&asked(&mut server, json!([]))), "the line says something else now");
    let found = asked(&mut server, json!([unknown]));
    let ignore = titled(&found, "Ignore `schema/unknown-key` here");
    assert_eq!(ignore["diagnostics"][0]["data"], unknown["data"]);
    let resolved = server.ask("codeAction/resolve", ignore).unwrap();
    let start = &resolved["edit"]["documentChanges"][0]["edits"][0]["range"]["start"];
    assert_eq!(*start, json!({ "line": 7, "character": 0 }));
    server.hear_out();
    pull.hear_out();
}

#[test]
fn an_edit_of_another_open_document_is_for_its_version() {
    let (_folder, root) = repository();
    let (tasks, config) = (uri(&root, "specs/004-late-fees/tasks.md"), uri(&root, ".tollgate/config.yaml"));
    let words = "# Tasks: Late fees\n\n- [ ] T001 One\n- [ ] T001 Two\n";
    let prepare = |client: Builder| {
        let mut server = client.start();
        server.open(&tasks, words);
        server.open(&config, "records: git\n");
        server.change(&config, 9, json!([{ "text": "schema_version: 1\n" }]));
        let all = actions_in_time(&mut server, &tasks, 3, "quickfix");
        (titled(&all, "Ignore `tasks/duplicate-id` in this file, by .tollgate/config.yaml, with a reason…"), server)
    };
    let end = json!({ "line": 1, "character": 0 });
    let text = "rules:\n  paths:\n    # tasks/duplicate-id is off here: TODO\n    - {paths: [\"specs/004-late-fees/tasks.md\"], severity: {tasks/duplicate-id: \"off\"}}\n";

    let (chosen, mut server) = prepare(able(&root));
    let resolved = server.ask("codeAction/resolve", chosen).unwrap();
    let change = &resolved["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": config, "version": 9 }));
    assert_eq!(change["edits"][0]["range"], json!({ "start": end, "end": end }));
    let snippet = text.replace("TODO", "${1:TODO}").replace('}', "\\}").replace("TODO\\}", "TODO}");
    assert_eq!(change["edits"][0]["snippet"]["value"], snippet);
    server.hear_out();

    let (chosen, server) = prepare(builder().with("/rootUri", json!(format!("file://{}", root.display()))));
    let expected = json!({ "changes": { &config: [{ "range": { "start": end, "end": end }, "newText": text }] } });
    assert_eq!(chosen["edit"], expected);
    server.hear_out();
}

#[test]
fn a_baseline_and_a_path_quiet_what_is_open() {
    let (_folder, root) = repository();
    let ticket = uri(&root, ".tollgate/tickets/t-1.md");
    let mut server = able(&root).start();
    server.open(&ticket, TICKET);
    published(&mut server, &ticket, &SAID);

    let config = uri(&root, ".tollgate/config.yaml");
    let paths = "schema_version: 1\nrules:\n  paths: [{paths: [\".tollgate/tickets/**\"], severity: {schema/unknown-key: \"off\", text/invisible-character: \"off\"}}]\n";
    server.open(&config, paths);
    published(&mut server, &ticket, &["text/invisible-character", "schema/duplicate-key"]);
    server.change(&config, 2, json!([{ "text": "schema_version: 1\n" }]));
    published(&mut server, &ticket, &SAID);

    let file = root.join(".tollgate/tickets/t-1.md");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, TICKET).unwrap();
    let written = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["check", "--write-baseline", "--root"])
        .arg(&root)
        .env("XDG_STATE_HOME", root.join("state"))
        .env("XDG_CONFIG_HOME", root.join("config"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&written.stderr).contains("2 findings written"), "{written:?}");
    server.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": uri(&root, ".tollgate/baseline.json"), "type": 1 }] }),
    );
    published(&mut server, &ticket, &["text/invisible-character"]);
    std::fs::remove_file(root.join(".tollgate/baseline.json")).unwrap();
    server.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": uri(&root, ".tollgate/baseline.json"), "type": 3 }] }),
    );
    published(&mut server, &ticket, &SAID);
    server.hear_out();
}
