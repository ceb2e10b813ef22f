//! Diagnostics come by one channel, when they are new, and go with their document.

use crate::client::{Server, builder, start};
use serde_json::{Value, json};

const URI: &str = "file:///d.md";
const MEGABYTE: usize = 1 << 20;

fn pulling() -> (Server, Value) {
    builder()
        .with("/capabilities/textDocument/diagnostic", json!({}))
        .with("/capabilities/workspace/diagnostics/refreshSupport", json!(true))
        .start_with_result()
}

fn codes(published: &Value) -> Vec<&str> {
    published["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

#[test]
fn a_document_that_is_too_large_says_so_once_and_takes_it_back() {
    let mut server = start();
    server.open(URI, &"x\n".repeat(5 * MEGABYTE));
    let published = server.expect_notification("textDocument/publishDiagnostics");
    assert_eq!((codes(&published), &published["diagnostics"][0]["severity"]), (vec!["document/too-large"], &json!(3)));
    let symbols = server.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(symbols, Ok(json!(null)));
    server.change(URI, 2, json!([{ "text": "# small\n" }]));
    assert!(codes(&server.expect_notification("textDocument/publishDiagnostics")).is_empty());
}

#[test]
fn closing_a_document_clears_its_diagnostics() {
    let mut server = start();
    server.open(URI, &"x".repeat(9 * MEGABYTE));
    assert_eq!(server.expect_notification("textDocument/publishDiagnostics")["uri"], URI);
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert!(codes(&server.expect_notification("textDocument/publishDiagnostics")).is_empty());
}

#[test]
fn a_change_that_cannot_be_read_is_said_and_mended_by_the_whole_text() {
    let mut server = start();
    server.open(URI, "# a\n");
    let negative = json!({ "start": { "line": -1, "character": 0 }, "end": { "line": 0, "character": 0 } });
    server.change(URI, 2, json!([{ "range": negative, "text": "x" }]));
    assert_eq!(codes(&server.expect_notification("textDocument/publishDiagnostics")), ["document/lost"]);
    let symbols = || json!({ "textDocument": { "uri": URI } });
    assert_eq!(server.ask("textDocument/documentSymbol", symbols()), Err(-32801));
    server.change(URI, 3, json!([{ "text": "# b\n" }]));
    assert!(codes(&server.expect_notification("textDocument/publishDiagnostics")).is_empty());
    assert_eq!(server.ask("textDocument/documentSymbol", symbols()).unwrap()[0]["name"], "b");
}

#[test]
fn a_client_that_pulls_is_never_pushed_to() {
    let (mut server, result) = pulling();
    assert!(result["capabilities"]["diagnosticProvider"].is_object());
    server.open(URI, &"x".repeat(9 * MEGABYTE));
    let mut pull = |previous: Value| {
        let params = json!({ "textDocument": { "uri": URI }, "previousResultId": previous });
        server.ask("textDocument/diagnostic", params).unwrap()
    };
    let first = pull(json!(null));
    assert_eq!((&first["kind"], &first["items"][0]["code"]), (&json!("full"), &json!("document/too-large")));
    assert_eq!(pull(first["resultId"].clone())["kind"], "unchanged");
    server.notify("textDocument/didSave", json!({ "textDocument": { "uri": URI } }));
    server.change(URI, 2, json!([{ "text": "small" }]));
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    server.assert_serves();
}

#[test]
fn a_message_that_was_lost_may_have_been_a_change() {
    let mut server = start();
    server.open(URI, "# a\n");
    server.open("file:///other.md", "# o\n");
    let change = json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": [{ "text": "# b\n" }] });
    let change = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": change }).to_string();
    server.frame(&change.as_bytes()[..change.len() - 1]);
    assert_eq!(server.expect_orphan_error(), -32700);
    assert_eq!(codes(&server.expect_notification("textDocument/publishDiagnostics")), ["document/lost"]);
    let symbols = |uri| json!({ "textDocument": { "uri": uri } });
    assert_eq!(server.ask("textDocument/documentSymbol", symbols(URI)), Err(-32801));
    assert!(server.ask("textDocument/documentSymbol", symbols("file:///other.md")).is_ok());
}

#[test]
fn diagnostics_run_when_the_user_wants_them() {
    let run = |when| json!({ "tollgate": { "diagnostics": { "run": when } } });
    let mut server = builder().with("/initializationOptions", run("onSave")).start();
    server.open(URI, "small");
    server.change(URI, 2, json!([{ "text": "x".repeat(9 * MEGABYTE) }]));
    server.assert_serves();
    server.notify("textDocument/didSave", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(codes(&server.expect_notification("textDocument/publishDiagnostics")), ["document/too-large"]);
    server.notify("workspace/didChangeConfiguration", json!({ "settings": run("off") }));
    assert!(codes(&server.expect_notification("textDocument/publishDiagnostics")).is_empty());
}

#[test]
fn a_client_that_does_not_pull_is_not_offered_to() {
    let (_server, result) = builder().with("/capabilities/textDocument/diagnostic", json!({})).start_with_result();
    assert_eq!(result["capabilities"]["diagnosticProvider"], json!(null));
}

/// Links of the diagnostics of a workflow that has two mistakes.
fn links(server: &mut Server) -> Vec<(String, Value)> {
    server.open("file:///r/.tollgate/workflows/a.md", "---\nschema_version: 1\nname: b\nnope: 1\n---\n");
    let published = server.expect_notification("textDocument/publishDiagnostics");
    let all = published["diagnostics"].as_array().unwrap().iter();
    all.map(|it| (it["code"].as_str().unwrap().to_owned(), it["codeDescription"]["href"].clone())).collect()
}

#[test]
fn a_diagnostic_links_to_its_page_where_the_client_can_open_one() {
    let shows = |builder: crate::client::Builder| {
        builder.with("/capabilities/textDocument/publishDiagnostics/codeDescriptionSupport", json!(true))
    };
    let state = tempfile::tempdir().unwrap();
    let environment = || vec![("HOME".to_owned(), state.path().display().to_string())];
    let found = links(&mut builder().with("/capabilities/experimental/tollgate/rulePages", json!(true)).start());
    assert!(found.len() > 1 && found.iter().all(|(_, link)| link.is_null()), "it shows no links: {found:?}");

    let mut server = shows(builder()).with("/capabilities/experimental/tollgate/rulePages", json!(true)).start();
    for (code, link) in links(&mut server) {
        assert_eq!(link, json!(format!("tollgate:/rules/{code}.md")));
        let page = server.ask("tollgate/rule", json!({ "rule": code })).unwrap();
        assert!(page["markdown"].as_str().unwrap().starts_with(&format!("# {code}\n")), "{page}");
    }
    assert!(server.ask("tollgate/rule", json!({ "rule": "no/such" })).is_err());

    let found = links(&mut shows(builder()).environment(environment()).start());
    assert!(found.iter().all(|(_, link)| link.is_null()), "there is no manual yet: {found:?}");
    let mut manual = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let manual = manual.args(["rules", "--manual"]).envs(environment()).env_remove("XDG_STATE_HOME");
    let written = manual.output().unwrap();
    assert!(written.status.success(), "{written:?}");
    for (code, link) in links(&mut shows(builder()).environment(environment()).start()) {
        let path = link.as_str().unwrap().strip_prefix("file://").unwrap();
        assert!(std::fs::read_to_string(path).unwrap().starts_with(&format!("# {code}\n")), "{path}");
    }
}
