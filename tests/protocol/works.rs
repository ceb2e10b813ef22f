//! Repositories that are kept with other tools, opened as a client opens them: outline, hover, definition, diagnostics, and
//! the page of a feature that stays true while its tasks are ticked.

use crate::client::{Server, builder};
use serde_json::{Value, json};
use std::path::Path;

/// The URI of a file of the fixture.
type Address = Box<dyn Fn(&str) -> String>;

/// A session over a fixture as it is, of a client that shows pages of features.
pub(crate) fn session(fixture: &str) -> (tempfile::TempDir, Server, Address) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture).canonicalize().unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name).display().to_string();
    let variables = [("HOME", folder("home")), ("XDG_STATE_HOME", folder("state")), ("PATH", String::new())];
    let server = builder()
        .with("/rootUri", json!(format!("file://{}", root.display())))
        .with("/capabilities/experimental/tollgate/commands", json!(["tollgate.trace"]))
        .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
        .start();
    (place, server, Box::new(move |path| format!("file://{}/{path}", root.display())))
}

pub(crate) fn text(fixture: &str, path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture);
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Where a word stands for the n-th time, with one letter of it behind the place.
pub(crate) fn at(text: &str, word: &str, n: usize) -> Value {
    let offset = text.match_indices(word).nth(n).unwrap().0;
    let line = text[..offset].matches('\n').count();
    let column = offset - text[..offset].rfind('\n').map_or(0, |at| at + 1);
    json!({"line": line, "character": column + 1})
}

/// Opens a file and asks for the outline, the hover of a word, and where its definition is.
pub(crate) fn served(fixture: &str, path: &str, word: &str, n: usize) -> (Vec<String>, String, Vec<(String, u64)>) {
    let (_place, mut server, uri) = session(fixture);
    let text = text(fixture, path);
    server.open(&uri(path), &text);
    let document = json!({"uri": uri(path)});
    let outline = server.ask("textDocument/documentSymbol", json!({ "textDocument": document })).unwrap();
    let names = outline.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    let about = json!({"textDocument": document, "position": at(&text, word, n)});
    // The other files are read meanwhile.
    let hover = loop {
        let hover = server.ask("textDocument/hover", about.clone()).unwrap();
        if !hover["contents"]["value"].as_str().unwrap().contains("not defined anywhere") {
            break hover;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let found = server.ask("textDocument/definition", about).unwrap();
    let found = found.as_array().cloned().unwrap_or_else(|| vec![found]);
    let places = found.iter().map(|it| {
        let uri = it["uri"].as_str().or(it["targetUri"].as_str()).unwrap().to_owned();
        let range = if it["range"].is_null() { &it["targetSelectionRange"] } else { &it["range"] };
        (uri.rsplit("/fixtures/").next().unwrap().to_owned(), range["start"]["line"].as_u64().unwrap())
    });
    let places = places.collect();
    let hover = hover["contents"]["value"].as_str().unwrap_or_default().to_owned();
    server.hear_out();
    (names, hover, places)
}

#[test]
fn kiro_is_served() {
    let (names, hover, places) = served("kiro", ".kiro/specs/late-fees/tasks.md", "1.3", 0);
    assert!(names.iter().any(|name| name.contains("Implementation Plan")), "{names:?}");
    assert!(hover.starts_with("**1.3** · acceptance criterion of kiro:late-fees"), "{hover}");
    assert_eq!(places, [("kiro/.kiro/specs/late-fees/requirements.md".to_owned(), 20)]);
}

#[test]
fn openspec_is_served() {
    let path = "openspec/changes/add-late-fees/specs/desk/fees/spec.md";
    let (_, hover, places) = served("openspec", path, "Stamps are counted", 0);
    assert!(hover.contains("requirement of openspec:specs:desk:fees"), "{hover}");
    assert!(hover.contains("removed by openspec:add-late-fees"), "{hover}");
    assert_eq!(places, [("openspec/openspec/specs/desk/fees/spec.md".to_owned(), 22)]);
}

#[test]
fn bmad_is_served() {
    let path = "_bmad-output/implementation-artifacts/sprint-status.yaml";
    let (_, hover, places) = served("bmad", path, "1-2-late-fees", 0);
    assert!(hover.contains("3 of 3 requirements covered · 2 of 3 tasks done"), "{hover}");
    assert_eq!(places, [("bmad/_bmad-output/implementation-artifacts/1-2-late-fees.md".to_owned(), 0)]);
}

#[test]
fn a_page_of_a_feature_stays_true() {
    let (_place, mut server, uri) = session("kiro");
    let path = ".kiro/specs/notices/tasks.md";
    let text = text("kiro", path);
    server.open(&uri(path), &text);
    let lenses = server.ask("textDocument/codeLens", json!({"textDocument": {"uri": uri(path)}})).unwrap();
    assert_eq!(lenses[0]["command"]["command"], "tollgate.trace");
    assert_eq!(lenses[0]["command"]["arguments"][0]["feature"], "kiro:notices");
    let page = server.ask("tollgate/trace", json!({})).unwrap();
    assert_eq!(page["feature"], "kiro:notices", "that of the open file");
    assert!(page["markdown"].as_str().unwrap().contains("0 of 3 tasks done"), "{page}");
    let place = at(&text, "[ ] 1.1", 0);
    let (line, column) = (place["line"].clone(), place["character"].as_u64().unwrap());
    let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": column + 1}});
    server.change(&uri(path), 2, json!([{"range": range, "text": "x"}]));
    let news = server.expect_notification("tollgate/traceChanged");
    assert_eq!(news["feature"], "kiro:notices");
    assert!(news["markdown"].as_str().unwrap().contains("1 of 3 tasks done"), "{news}");
    assert!(server.ask("tollgate/trace", json!({"feature": "nothing"})).is_err());
    server.hear_out();
}
