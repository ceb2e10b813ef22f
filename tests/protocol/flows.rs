//! Workflows of engines, opened as a client opens them: outline, hover, definition, references, completion, folding.

use crate::works::{at, served, session, text};
use serde_json::json;

#[test]
fn gas_town_and_beads_are_served() {
    let path = ".beads/formulas/lend-book.formula.toml";
    let (names, hover, places) = served("gastown", path, "\"find\"", 1);
    assert_eq!(names, ["title", "reader", "weeks", "find", "hand-out", "write-down"]);
    assert!(hover.contains("used by `hand-out`, `write-down`"), "{hover}");
    assert_eq!(places, [(format!("gastown/{path}"), 20)]);
}

#[test]
fn agentic_workflows_are_served() {
    let path = ".github/workflows/weekly-shelves.md";
    let (names, hover, places) = served("agentic", path, "shared/tone.md", 0);
    assert!(names.contains(&"Weekly shelves".to_owned()), "{names:?}");
    assert!(hover.contains("shared part of GitHub Agentic Workflows"), "{hover}");
    assert_eq!(places, [("agentic/.github/workflows/shared/tone.md".to_owned(), 0)]);
}

#[test]
fn symphony_is_served() {
    let (_place, mut server, uri) = session("symphony");
    let text = text("symphony", "WORKFLOW.md");
    server.open(&uri("WORKFLOW.md"), &text);
    let document = json!({"uri": uri("WORKFLOW.md")});
    let outline = server.ask("textDocument/documentSymbol", json!({ "textDocument": document })).unwrap();
    let names: Vec<&str> = outline.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"after_create") && names.contains(&"codex"), "{names:?}");
    let folds = server.ask("textDocument/foldingRange", json!({ "textDocument": document })).unwrap();
    assert!(folds.as_array().unwrap().iter().any(|fold| fold["startLine"] == 0), "{folds}");
    server.hear_out();
}

#[test]
fn steps_are_offered_and_found_where_they_are_waited_for() {
    let (_place, mut server, uri) = session("gastown");
    let path = ".beads/formulas/lend-book.formula.toml";
    let text = text("gastown", path);
    server.open(&uri(path), &text);
    let document = json!({"uri": uri(path)});
    let about = json!({"textDocument": document, "position": at(&text, "\"hand-out\", \"find\"", 0)});
    let offered = server.ask("textDocument/completion", about.clone()).unwrap();
    let items = offered["items"].as_array().or(offered.as_array()).unwrap();
    let labels: Vec<&str> = items.iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["find", "hand-out"]);
    let mut ask = about;
    ask["context"] = json!({"includeDeclaration": true});
    let places = server.ask("textDocument/references", ask).unwrap();
    assert_eq!(places.as_array().unwrap().len(), 2, "{places}");
    server.hear_out();
}
