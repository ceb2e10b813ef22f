//! Moving through the graph: call hierarchy, links, references with what they do, growing selections and folds, in our own
//! files and in those of other tools.

use crate::client::{Server, builder};
use serde_json::{Value, json};
use std::path::Path;

const FLOW: &str = ".tollgate/workflows/flow.md";
const WORKER: &str = ".tollgate/agents/worker.md";
const HOST: &str = ".claude/agents/worker.md";
const TASKS: &str = "specs/001-a/tasks.md";
const FLOW_TEXT: &str = "---\nname: flow\npasses:\n  - {id: a, agent: \"worker\", inputs: [docs/in.md, docs/gone.md, docs/link.md, docs]}\n---\n[😀](#a) [b](../../docs/in.md) [c](https://a.example/x) [d](command:evil) [e](../../../out.md)\n\n## a\nDo.\n";

struct Session {
    place: tempfile::TempDir,
    server: Server,
}

fn session() -> Session {
    let place = tempfile::tempdir().unwrap();
    let files = [
        (FLOW, FLOW_TEXT),
        (WORKER, "---\nname: worker\nextends: .claude/agents/worker.md\n---\n"),
        (HOST, "---\nname: worker\ndescription: x\n---\nWork.\n\n# How\nWell.\n"),
        ("specs/001-a/spec.md", "# Feature Specification: A\n\n- **FR-001**: a\n"),
        (TASKS, "# Tasks: A\n\n- [ ] T001 do (FR-001)\n- [ ] T002 in `docs/in.md`, FR-001\n"),
        ("docs/in.md", "# In\n"),
        ("../out.md", "# Out\n"),
    ];
    for (path, text) in files {
        let path = place.path().join("w").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink("../../out.md", place.path().join("w/docs/link.md")).unwrap();
    let state = place.path().join("state").display().to_string();
    let home = place.path().join("home").display().to_string();
    let variables = [("HOME", home), ("XDG_STATE_HOME", state), ("PATH", String::new())];
    let mut server = builder()
        .with("/rootUri", json!(format!("file://{}", place.path().join("w").display())))
        .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
        .start();
    // Until the root was read, nothing is known of closed files.
    while server.ask("workspace/symbol", json!({ "query": "worker" })).unwrap().as_array().unwrap().is_empty() {}
    Session { place, server }
}

impl Session {
    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.place.path().join("w").join(path).display())
    }

    /// Opens a file as it is on disk.
    fn open(&mut self, path: &str) {
        let text = std::fs::read_to_string(self.place.path().join("w").join(Path::new(path))).unwrap();
        self.server.open(&self.uri(path), &text);
    }

    fn ask(&mut self, method: &str, path: &str, line: u32, character: u32) -> Value {
        let about = json!({
            "textDocument": { "uri": self.uri(path) },
            "position": { "line": line, "character": character },
            "positions": [{ "line": line, "character": character }],
            "context": { "includeDeclaration": true },
        });
        self.server.ask(method, about).unwrap()
    }
}

/// On a line, from one column to another.
fn on(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

#[test]
fn calls_lead_from_a_workflow_to_a_hosts_agent_and_back() {
    let mut it = session();
    it.open(FLOW);
    let found = it.ask("textDocument/prepareCallHierarchy", FLOW, 1, 8);
    let mut item = found[0].clone();
    assert_eq!((&item["name"], &item["detail"]), (&json!("flow"), &json!("workflow")));
    let mut way = Vec::new();
    loop {
        let calls = it.server.ask("callHierarchy/outgoingCalls", json!({ "item": item })).unwrap();
        let Some(call) = calls.get(0) else { break };
        way.push((call["to"]["uri"].clone(), call["to"]["selectionRange"].clone(), call["fromRanges"][0].clone()));
        item = call["to"].clone();
    }
    let expected = [
        (json!(it.uri(FLOW)), on(3, 9, 10), on(3, 9, 10)),
        (json!(it.uri(WORKER)), on(1, 6, 12), on(3, 20, 26)),
        (json!(it.uri(HOST)), on(1, 6, 12), on(2, 9, 33)),
    ];
    assert_eq!(way, expected);
    let mut names = Vec::new();
    loop {
        let calls = it.server.ask("callHierarchy/incomingCalls", json!({ "item": item })).unwrap();
        let Some(call) = calls.get(0) else { break };
        names.push(call["from"]["detail"].clone());
        item = call["from"].clone();
    }
    assert_eq!(names, ["agent", "pass of flow", "workflow"]);
    // The item outlives an edit; the pass that it speaks of does not.
    let item = it.ask("textDocument/prepareCallHierarchy", FLOW, 3, 9)[0].clone();
    it.server.change(
        &it.uri(FLOW),
        2,
        json!([{ "range": on(0, 0, 0), "text": "" }, { "range": on(3, 9, 10), "text": "z" }]),
    );
    assert_eq!(it.server.ask("callHierarchy/outgoingCalls", json!({ "item": item })), Ok(json!([])));
    let mut odd = item;
    odd["data"] = json!({ "root": "/", "path": "etc/passwd", "key": "" });
    assert_eq!(it.server.ask("callHierarchy/outgoingCalls", json!({ "item": odd })), Ok(Value::Null));
    odd["data"] = json!(null);
    assert_eq!(it.server.ask("callHierarchy/incomingCalls", json!({ "item": odd })), Err(-32602));
    it.server.hear_out();
}

#[test]
fn links_lead_to_files_of_the_root_and_to_the_web_and_nowhere_else() {
    let mut it = session();
    it.open(FLOW);
    let links = it.ask("textDocument/documentLink", FLOW, 0, 0);
    let shown: Vec<_> =
        links.as_array().unwrap().iter().map(|link| (link["range"].clone(), link["target"].clone())).collect();
    let expected = [
        (on(3, 38, 48), json!(it.uri("docs/in.md"))),
        (on(5, 5, 7), json!(format!("{}#L8", it.uri(FLOW)))),
        (on(5, 13, 29), json!(it.uri("docs/in.md"))),
        (on(5, 35, 54), json!("https://a.example/x")),
    ];
    assert_eq!(shown, expected);
    it.open(TASKS);
    let links = it.ask("textDocument/documentLink", TASKS, 0, 0);
    assert_eq!(links[0]["target"], it.uri("docs/in.md"));
    it.server.hear_out();
}

#[test]
fn references_and_highlights_say_where_a_name_is_written_and_where_it_is_read() {
    let mut it = session();
    it.open("specs/001-a/spec.md");
    it.open(TASKS);
    let found = it.ask("textDocument/references", "specs/001-a/spec.md", 2, 6);
    let places: Vec<_> = found.as_array().unwrap().iter().map(|place| place["range"].clone()).collect();
    assert_eq!(places, [on(2, 4, 10), on(2, 15, 21), on(3, 28, 34)]);
    let kinds = |found: Value| -> Vec<(Value, Value)> {
        found.as_array().unwrap().iter().map(|one| (one["range"].clone(), one["kind"].clone())).collect()
    };
    let highlights = kinds(it.ask("textDocument/documentHighlight", "specs/001-a/spec.md", 2, 6));
    assert_eq!(highlights, [(on(2, 4, 10), json!(3))]);
    let highlights = kinds(it.ask("textDocument/documentHighlight", TASKS, 2, 16));
    assert_eq!(highlights, [(on(2, 15, 21), json!(2)), (on(3, 28, 34), json!(2))]);
    it.server.hear_out();
}

#[test]
fn selections_grow_and_parts_fold_in_files_of_every_tool() {
    let mut it = session();
    it.open(FLOW);
    it.open(HOST);
    let chain = it.ask("textDocument/selectionRange", FLOW, 3, 22);
    let mut ranges = Vec::new();
    let mut left = &chain[0];
    while !left.is_null() {
        ranges.push(left["range"].clone());
        left = &left["parent"];
    }
    assert_eq!(ranges[..3], [on(3, 20, 26), on(3, 19, 27), on(3, 12, 27)]);
    assert_eq!(
        ranges.last(),
        Some(&json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } }))
    );
    let folds = it.ask("textDocument/foldingRange", HOST, 0, 0);
    let lines: Vec<_> =
        folds.as_array().unwrap().iter().map(|fold| (fold["startLine"].clone(), fold["endLine"].clone())).collect();
    assert_eq!(lines, [(json!(0), json!(3)), (json!(6), json!(7))]);
    it.server.hear_out();
}
