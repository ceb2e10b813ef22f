//! Renames as clients of several kinds see them: versions, moves, annotations, refusals in words.

use crate::client::{Builder, Server, builder};
use serde_json::{Value, json};
use std::path::Path;

const FLOW: &str = ".tollgate/workflows/flow.md";
const WORKER: &str = ".tollgate/agents/worker.md";
const FLOW_TEXT: &str = "---\nschema_version: 1\nname: flow\npasses:\n  - {id: \"😀\", needs: [\"a\"], agent: \"worker\"}\n  - id: a\n    agent: helper\n---\n[it](#a)\n\n## a\nDo.\n";
const WORKER_TEXT: &str = "---\nschema_version: 1\nname: worker\ndescription: Works\n---\nWork.\n";
const HELPER_TEXT: &str = "---\nname: helper\ndescription: Helps\n---\nHelp.\n";

/// What VS Code says of itself, as far as renames go.
fn able(client: Builder) -> Builder {
    let edits = json!({ "documentChanges": true, "resourceOperations": ["create", "rename", "delete"], "changeAnnotationSupport": { "groupsOnLabel": true } });
    client
        .with("/capabilities/workspace/workspaceEdit", edits)
        .with("/capabilities/textDocument/rename", json!({ "prepareSupport": true, "honorsChangeAnnotations": true }))
        .with("/capabilities/workspace/fileOperations", json!({ "willRename": true, "didRename": true }))
}

struct Session {
    place: tempfile::TempDir,
    server: Server,
    capabilities: Value,
}

fn session(client: Builder) -> Session {
    let place = tempfile::tempdir().unwrap();
    for (path, text) in [(FLOW, FLOW_TEXT), (WORKER, WORKER_TEXT), (".claude/agents/helper.md", HELPER_TEXT)] {
        write(place.path(), path, text);
    }
    let state = place.path().join("state").display().to_string();
    let home = place.path().join("home").display().to_string();
    let variables = [("HOME", home), ("XDG_STATE_HOME", state), ("PATH", String::new())];
    let (mut server, result) = client
        .with("/rootUri", json!(format!("file://{}", place.path().join("w").display())))
        .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
        .start_with_result();
    // Until the root was read, nothing is known of closed files.
    while server.ask("workspace/symbol", json!({ "query": "worker" })).unwrap().as_array().unwrap().is_empty() {}
    server.open(&uri(place.path(), FLOW), FLOW_TEXT);
    Session { place, server, capabilities: result["capabilities"].clone() }
}

fn write(place: &Path, path: &str, text: &str) {
    let path = place.join("w").join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn uri(place: &Path, path: &str) -> String {
    format!("file://{}", place.join("w").join(path).display())
}

impl Session {
    fn uri(&self, path: &str) -> String {
        uri(self.place.path(), path)
    }

    fn at(&self, line: u32, character: u32, new: &str) -> Value {
        let position = json!({ "line": line, "character": character });
        json!({ "textDocument": { "uri": self.uri(FLOW) }, "position": position, "newName": new })
    }
}

/// On a line, from one column to another.
fn on(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

#[test]
fn an_agent_is_renamed_with_its_file_for_the_version_that_is_open() {
    let mut it = session(able(builder()));
    assert_eq!(it.capabilities["renameProvider"], json!({ "prepareProvider": true }));
    it.server.change(&it.uri(FLOW), 7, json!([{ "range": on(4, 2, 2), "text": " " }]));
    let prepared = it.server.ask("textDocument/prepareRename", it.at(4, 40, "")).unwrap();
    assert_eq!(
        prepared,
        json!({ "range": on(4, 38, 44), "placeholder": "worker" }),
        "without quotes, behind a pair of units"
    );
    let edit = it.server.ask("textDocument/rename", it.at(4, 40, "builder")).unwrap();
    let [worker, flow, moved] = edit["documentChanges"].as_array().unwrap().as_slice() else { panic!("{edit}") };
    assert_eq!(worker["textDocument"], json!({ "uri": it.uri(WORKER), "version": null }));
    assert_eq!(worker["edits"], json!([{ "range": on(2, 6, 12), "newText": "builder", "annotationId": "rename" }]));
    assert_eq!(flow["textDocument"], json!({ "uri": it.uri(FLOW), "version": 7 }));
    assert_eq!(flow["edits"], json!([{ "range": on(4, 38, 44), "newText": "builder", "annotationId": "rename" }]));
    assert_eq!(moved["kind"], "rename");
    assert_eq!(
        (&moved["oldUri"], &moved["newUri"]),
        (&json!(it.uri(WORKER)), &json!(it.uri(".tollgate/agents/builder.md")))
    );
    assert_eq!(moved["options"], json!({ "overwrite": false, "ignoreIfExists": false }));
    let annotation = &edit["changeAnnotations"]["rename"];
    assert_eq!(
        (&annotation["label"], &annotation["needsConfirmation"]),
        (&json!("Rename agent `worker` to `builder`"), &json!(false))
    );
    assert_eq!(
        annotation["description"],
        "2 places in 2 files. .tollgate/agents/worker.md becomes .tollgate/agents/builder.md."
    );
    it.server.hear_out();
}

#[test]
fn a_pass_is_renamed_in_one_file_without_a_question() {
    let mut it = session(able(builder()));
    let edit = it.server.ask("textDocument/rename", it.at(10, 3, " build ")).unwrap();
    let edits = edit["documentChanges"][0]["edits"].as_array().unwrap();
    let ranges: Vec<&Value> = edits.iter().map(|edit| &edit["range"]).collect();
    assert_eq!(ranges, [&on(4, 24, 25), &on(5, 8, 9), &on(8, 6, 7), &on(10, 3, 4)]);
    assert_eq!(edits[2]["newText"], "build");
    assert_eq!(edit["changeAnnotations"]["rename"]["needsConfirmation"], false);
    it.server.hear_out();
}

#[test]
fn a_client_that_asks_file_by_file_is_not_told_to_ask() {
    let mut it = session(able(builder().with("/clientInfo", json!({ "name": "Neovim", "version": "0.12.4" }))));
    let edit = it.server.ask("textDocument/rename", it.at(4, 40, "builder")).unwrap();
    assert_eq!(edit["changeAnnotations"]["rename"]["needsConfirmation"], false, "half a rename is worse than none");
    it.server.hear_out();
}

#[test]
fn a_client_that_can_do_little_gets_what_it_can_do_and_a_word_about_the_rest() {
    let mut it = session(builder());
    assert!(it.capabilities["workspace"]["fileOperations"].is_null());
    let edit = it.server.ask("textDocument/rename", it.at(4, 40, "builder")).unwrap();
    let changes = edit["changes"].as_object().unwrap();
    assert_eq!(changes.keys().collect::<Vec<_>>(), [&it.uri(WORKER), &it.uri(FLOW)]);
    assert!(edit["documentChanges"].is_null() && edit["changeAnnotations"].is_null());
    let said = it.server.expect_notification("window/showMessage");
    let words = ".tollgate/agents/worker.md keeps its path: this editor cannot rename files. Move it to .tollgate/agents/builder.md.";
    assert_eq!(said["message"], words);
    it.server.hear_out();
}

#[test]
fn a_refusal_says_why() {
    let mut it = session(able(builder()));
    let host =
        "The agent `helper` is defined in .claude/agents/helper.md, which belongs to another tool: rename it there.";
    assert_eq!(it.server.ask_in_vain("textDocument/prepareRename", it.at(6, 12, "")), (-32803, host.to_owned()));
    let taken = "There is a pass `a` already, in .tollgate/workflows/flow.md.";
    it.server.change(&it.uri(FLOW), 2, json!([{ "range": on(4, 12, 14), "text": "b" }]));
    assert_eq!(it.server.ask_in_vain("textDocument/rename", it.at(4, 12, "a")), (-32803, taken.to_owned()));
    let words = "`A b` is no name for a pass: letters a to z, digits and `-` make one, and it begins with no `-`.";
    assert_eq!(it.server.ask_in_vain("textDocument/rename", it.at(4, 12, "A b")), (-32803, words.to_owned()));
    assert_eq!(it.server.ask("textDocument/prepareRename", it.at(1, 3, "")), Ok(Value::Null), "a key is no name");
    it.server.hear_out();
}

#[test]
fn a_closed_file_that_changed_is_not_edited_where_it_was() {
    let mut it = session(able(builder()));
    write(it.place.path(), WORKER, &WORKER_TEXT.replace("name", "tier: light\nname"));
    assert_eq!(it.server.ask("textDocument/rename", it.at(4, 40, "builder")), Err(-32801));
    // As editors do: again, until it was read as a change.
    let edit = loop {
        match it.server.ask("textDocument/rename", it.at(4, 40, "builder")) {
            Ok(edit) => break edit,
            Err(code) => assert_eq!(code, -32801),
        }
    };
    assert_eq!(edit["documentChanges"][0]["edits"][0]["range"], on(3, 6, 12));
    it.server.hear_out();
}

#[test]
fn a_name_follows_a_file_that_the_client_moves() {
    let mut it = session(able(builder()));
    let filter = &it.capabilities["workspace"]["fileOperations"]["willRename"]["filters"][0];
    // documents speak of files of every kind
    assert_eq!(filter["pattern"]["glob"], "**/*");
    let moves =
        |it: &Session, from: &str, to: &str| json!({ "files": [{ "oldUri": it.uri(from), "newUri": it.uri(to) }] });
    let about = moves(&it, WORKER, ".tollgate/agents/builder.md");
    let edit = it.server.ask("workspace/willRenameFiles", about.clone()).unwrap();
    let changes = edit["documentChanges"].as_array().unwrap();
    assert_eq!(changes.iter().map(|change| change["kind"].as_str()).collect::<Vec<_>>(), [None, None], "{edit}");
    for (from, to) in [(WORKER, ".tollgate/agents/Big Name.md"), (FLOW, "docs/flow.md"), ("README.md", "READ.md")] {
        let about = moves(&it, from, to);
        assert_eq!(it.server.ask("workspace/willRenameFiles", about), Ok(Value::Null), "{to}");
    }
    let root = it.place.path().join("w");
    std::fs::rename(root.join(WORKER), root.join(".tollgate/agents/builder.md")).unwrap();
    it.server.notify("workspace/didRenameFiles", about);
    let found = |server: &mut Server| {
        let found = server.ask("workspace/symbol", json!({ "query": "worker" })).unwrap();
        found[0]["location"]["uri"].as_str().map(str::to_owned)
    };
    while found(&mut it.server) != Some(it.uri(".tollgate/agents/builder.md")) {}
    it.server.hear_out();
}
