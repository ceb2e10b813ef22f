//! A repository of Spec Kit, without a file of ours: what an edit of one document says about the others.

use crate::client::builder;
use serde_json::{Value, json};

const SPEC: &str =
    "# Feature Specification: Late fees\n\n- **FR-001**: A fee a day\n- **FR-002**: Never above the price\n";
const TASKS: &str = "# Tasks: Late fees\n\n- [ ] T001 Table (FR-001)\n";

fn codes(published: &Value) -> Vec<&str> {
    published["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

#[test]
fn an_edit_of_the_tasks_is_seen_above_and_in_the_spec() {
    let root = tempfile::tempdir().unwrap();
    let uri = format!("file://{}", root.path().canonicalize().unwrap().display());
    let (spec, tasks) = (format!("{uri}/specs/004-late-fees/spec.md"), format!("{uri}/specs/004-late-fees/tasks.md"));
    let mut server = builder()
        .with("/rootUri", json!(uri))
        .with("/capabilities/workspace/codeLens/refreshSupport", json!(true))
        .start();
    server.open(&spec, SPEC);
    server.open(&tasks, TASKS);
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!((&published["uri"], codes(&published)), (&json!(spec), vec!["trace/uncovered-requirement"]));
    assert_eq!(published["diagnostics"][0]["severity"], 4);
    let refresh = server.expect_request("workspace/codeLens/refresh");
    server.answer(&refresh, json!(null));
    let at = |uri: &str, line: u32, character: u32| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    let definition = server.ask("textDocument/definition", at(&tasks, 2, 20)).unwrap();
    assert_eq!((&definition[0]["uri"], &definition[0]["range"]["start"]["line"]), (&json!(spec), &json!(2)));
    let hover = server.ask("textDocument/hover", at(&spec, 2, 6)).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().contains("0 of 1 tasks done"), "{hover}");

    server.change(&tasks, 2, json!([{ "text": TASKS.replace("FR-001", "FR-001–FR-002").replace("[ ]", "[x]") }]));
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!((&published["uri"], codes(&published)), (&json!(spec), vec![]));
    server.expect_request("workspace/codeLens/refresh");
    let lenses = server.ask("textDocument/codeLens", json!({ "textDocument": { "uri": spec } })).unwrap();
    assert_eq!(lenses[0]["command"]["title"], "2 of 2 requirements covered · 1 of 1 tasks done");
    server.assert_serves();
}

const WORKFLOW: &str = "workflow: {id: ship, name: Ship}\ninputs:\n  branch: {type: string}\nsteps:\n  - id: plan\n    command: speckit.plan\n  - id: get\n    type: shell\n    run: git switch {{ inputs.branch }}\n  - id: all\n    type: fan-in\n    wait_for: [plan, gett]\n";
const OVERLAY: &str =
    "id: team\nextends: ship\nedits:\n  - insert_after: plan\n    step: {id: lint, type: shell, run: make lint}\n";

#[test]
fn a_workflow_of_another_tool_and_its_overlay_are_served() {
    let root = tempfile::tempdir().unwrap();
    let uri = format!("file://{}", root.path().canonicalize().unwrap().display());
    let workflow = format!("{uri}/.specify/workflows/ship/workflow.yml");
    let overlay = format!("{uri}/.specify/workflows/overlays/ship/team.yml");
    let mut server = builder().with("/rootUri", json!(uri)).start();
    server.open(&workflow, WORKFLOW);
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!(codes(&published), ["flow/unsafe-interpolation", "flow/unknown-step"]);
    let unknown = &published["diagnostics"][1];
    assert_eq!(
        (&unknown["severity"], &unknown["range"]["start"]),
        (&json!(1), &json!({ "line": 11, "character": 21 }))
    );
    server.change(&workflow, 2, json!([{ "text": WORKFLOW.replace("gett", "get") }]));
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!(codes(&published), ["flow/unsafe-interpolation"]);
    server.open(&overlay, OVERLAY);
    let at = |uri: &str, line: u32, character: u32| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    let definition = server.ask("textDocument/definition", at(&overlay, 3, 20)).unwrap();
    assert_eq!((&definition[0]["uri"], &definition[0]["range"]["start"]["line"]), (&json!(workflow), &json!(4)));
    let hover = server.ask("textDocument/hover", at(&workflow, 4, 9)).unwrap();
    let words = hover["contents"]["value"].as_str().unwrap();
    assert!(words.contains("used by `all`") && words.contains("`lint` command (from overlay `team`)"), "{words}");
    let outline = server.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": workflow } })).unwrap();
    let names: Vec<&str> = outline.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["branch", "plan", "get", "all"]);
    server.change(&overlay, 2, json!([{ "text": OVERLAY.replace("after: plan", "after: plans") }]));
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!((&published["uri"], codes(&published)), (&json!(overlay), vec!["flow/unknown-step"]));
    server.assert_serves();
}
