//! Documents and the code they speak of: what is typed in one is said in both.

use crate::client::{Server, builder};
use docs::drift::{Look, compared, look};
use docs::lock::{self, Key, Lock, Stamp};
use docs::tree::Texts;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Command;

const DOCUMENT: &str = "docs/ledger.md";
const SOURCE: &str = "src/ledger.rs";
const TEXT: &str = "# Ledger\n\n## Posting <!-- documents: src/ledger.rs#post -->\n\nIt takes an amount.\n";
const CODE: &str = "/// Books an amount.\npub fn post(amount: i64) -> bool {\n    amount > 0\n}\n";

/// A repository in which every binding of these documents was said to be right.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new(files: &[(&str, &str)]) -> Repository {
        let place = tempfile::tempdir().unwrap();
        let it = Repository(place);
        let mut tree = Texts::default();
        for (path, text) in files {
            it.write(path, text);
            tree.set(path, text);
        }
        let mut recorded = Lock::default();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            let document = docs::document::Document::read(path, text);
            for anchor in &document.anchors {
                let Look::Found(seen) = look(&anchor.target, &tree) else { continue };
                let target = anchor.target.to_string();
                let key = Key { doc: document.path.clone(), section: anchor.section.clone(), target: target.into() };
                let facets = compared(&anchor.facets, &seen.facets);
                recorded.set(key, Stamp { facets, blob: seen.blob, symbols: seen.symbols, ..Stamp::default() });
            }
        }
        it.write(lock::PATH, &recorded.write());
        for words in [&["init", "-q", "."][..], &["add", "-A"]] {
            assert!(Command::new("git").args(words).current_dir(it.root()).status().unwrap().success());
        }
        it
    }

    fn root(&self) -> std::path::PathBuf {
        let root = self.0.path().join("w");
        std::fs::create_dir_all(&root).unwrap();
        root
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.root().join(path).display())
    }

    fn serve(&self) -> Server {
        let folder = |name: &str| self.0.path().join(name).display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = [("HOME", folder("home")), ("XDG_STATE_HOME", folder("state")), ("PATH", path)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        builder().with("/rootUri", json!(self.uri("").trim_end_matches('/'))).environment(variables).start()
    }
}

/// What is shown of each file now.
#[derive(Default)]
struct Shown(HashMap<String, Vec<Value>>);

impl Shown {
    /// Waits until `holds` of what is shown of a file; gives that.
    fn until(&mut self, server: &mut Server, uri: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        loop {
            let known = self.0.get(uri).map_or(&[][..], Vec::as_slice);
            if holds(known) {
                return known.to_vec();
            }
            let published = server.expect_notification("textDocument/publishDiagnostics");
            let all = published["diagnostics"].as_array().unwrap().clone();
            self.0.insert(published["uri"].as_str().unwrap().to_owned(), all);
        }
    }
}

/// Waits until exactly these codes are shown of a file; gives its diagnostics.
fn until(server: &mut Server, uri: &str, codes: &[&str]) -> Vec<Value> {
    loop {
        let published = server.expect_notification("textDocument/publishDiagnostics");
        let shown = published["diagnostics"].as_array().unwrap();
        if published["uri"] == uri && are(shown, codes) {
            return shown.clone();
        }
    }
}

fn are(shown: &[Value], codes: &[&str]) -> bool {
    shown.iter().map(|it| it["code"].as_str().unwrap()).eq(codes.iter().copied())
}

#[test]
fn what_is_typed_in_code_is_said_in_the_document_and_there() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let (document, source) = (repository.uri(DOCUMENT), repository.uri(SOURCE));
    let mut server = repository.serve();
    server.open(&document, TEXT);
    server.open(&source, CODE);
    server.change(&source, 2, json!([{ "text": CODE.replace("amount: i64", "amount: i64, day: u32") }]));
    let mut all = Shown::default();
    let is_changed = |shown: &[Value]| are(shown, &["docs/signature-changed"]);
    let shown = all.until(&mut server, &document, is_changed);
    let message = shown[0]["message"].as_str().unwrap();
    assert!(
        message.contains("- pub fn post(amount: i64)") && message.contains("+ pub fn post(amount: i64, day"),
        "{message}"
    );
    assert_eq!(shown[0]["range"]["start"], json!({ "line": 2, "character": 3 }));
    let shown = all.until(&mut server, &source, is_changed);
    assert_eq!((&shown[0]["severity"], &shown[0]["range"]["start"]["line"]), (&json!(3), &json!(1)));
    assert!(shown[0]["message"].as_str().unwrap().starts_with("docs/ledger.md › Posting describes this"));

    // what is typed above it moves it
    let below = CODE.replace("amount: i64", "amount: i64, day: u32").replace("/// Books", "\n\n/// Books");
    server.change(&source, 3, json!([{ "text": below }]));
    all.until(&mut server, &source, |shown| is_changed(shown) && shown[0]["range"]["start"]["line"] == 3);

    // an error in the source is no reason to say anything else
    server.change(&source, 4, json!([{ "text": below.replace("amount > 0\n}", "amount > (\n") }]));
    std::thread::sleep(std::time::Duration::from_millis(800));
    server.change(&source, 5, json!([{ "text": CODE }]));
    all.until(&mut server, &document, |shown| {
        assert!(shown.is_empty() || is_changed(shown), "{shown:?}");
        shown.is_empty()
    });
    all.until(&mut server, &source, |shown| shown.is_empty());
    server.overhear();
}

#[test]
fn a_change_on_disk_counts_for_what_is_not_open() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let mut server = repository.serve();
    std::fs::remove_file(repository.root().join(SOURCE)).unwrap();
    let changed = json!({ "changes": [{ "uri": repository.uri(SOURCE), "type": 3 }] });
    server.notify("workspace/didChangeWatchedFiles", changed);
    until(&mut server, &repository.uri(DOCUMENT), &["docs/dangling-target"]);
    repository.write(SOURCE, CODE);
    let changed = json!({ "changes": [{ "uri": repository.uri(SOURCE), "type": 1 }] });
    server.notify("workspace/didChangeWatchedFiles", changed);
    until(&mut server, &repository.uri(DOCUMENT), &[]);
}

#[test]
fn an_edit_by_hand_in_a_region_is_kept_or_written_anew() {
    let adr = ("docs/adr/0001-cents.md", "# Count cents\n\nStatus: accepted\n");
    let text = "# All\n\n<!-- generated: adr-index docs/adr -->\n\nOur words.\n\n<!-- /generated sum:t1:00000000 -->\n";
    let repository = Repository::new(&[adr, ("docs/all.md", text)]);
    let uri = repository.uri("docs/all.md");
    let mut server = repository.serve();
    server.open(&uri, text);
    let shown = until(&mut server, &uri, &["docs/region-edited"]);
    let range = shown[0]["range"].clone();
    let context = json!({ "diagnostics": [] });
    let asked = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
    let actions = server.ask("textDocument/codeAction", asked).unwrap();
    let titled = |words: &str| {
        let found = actions.as_array().unwrap().iter().find(|it| it["title"].as_str().unwrap().starts_with(words));
        found.cloned().unwrap_or_else(|| panic!("{words}: {actions:#}"))
    };
    let edited = |action: Value| action["edit"]["changes"][&uri].as_array().unwrap().clone();
    assert!(edited(titled("Regenerate this region"))[0]["newText"].as_str().unwrap().contains("Count cents"));
    assert_eq!(edited(titled("Keep what was written by hand")).len(), 2);
}

#[test]
fn each_side_leads_to_the_other() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let (document, source) = (repository.uri(DOCUMENT), repository.uri(SOURCE));
    let mut server = repository.serve();
    server.open(&document, TEXT);
    server.open(&source, CODE);
    let at = |uri: &str, line: usize, character: usize| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character }, "context": { "includeDeclaration": true } });
    // both are judged once the lens is there
    let lenses = |server: &mut Server, uri: &str| -> Vec<String> {
        let found = server.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).unwrap();
        found.as_array().unwrap().iter().map(|it| it["command"]["title"].as_str().unwrap().to_owned()).collect()
    };
    for _ in 0..100 {
        if !lenses(&mut server, &source).is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(lenses(&mut server, &source), ["docs: 1"]);
    assert_eq!(lenses(&mut server, &document), ["1 anchor"]);
    let hover = server.ask("textDocument/hover", at(&document, 2, 35)).unwrap();
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("pub fn post(amount: i64) -> bool") && shown.contains("signature the same"), "{shown}");
    let hover = server.ask("textDocument/hover", at(&source, 1, 8)).unwrap();
    assert_eq!(hover["contents"]["value"], "Described in\n\n- docs/ledger.md › Posting · in step");
    let found = server.ask("textDocument/definition", at(&document, 2, 35)).unwrap();
    assert_eq!((&found[0]["uri"], &found[0]["range"]["start"]["line"]), (&json!(source), &json!(1)));
    let found = server.ask("textDocument/references", at(&source, 1, 8)).unwrap();
    assert_eq!((&found[0]["uri"], &found[0]["range"]["start"]["line"]), (&json!(document), &json!(2)));
    let links = server.ask("textDocument/documentLink", json!({ "textDocument": { "uri": document } })).unwrap();
    assert_eq!(links[0]["target"], json!(source));
    let renamed = server.ask("textDocument/prepareRename", at(&document, 2, 43)).unwrap();
    assert_eq!(renamed["placeholder"], "post");
    let mut asked = at(&document, 2, 43);
    asked["newName"] = json!("book");
    let edits = server.ask("textDocument/rename", asked).unwrap();
    assert_eq!(edits["changes"][&document][0]["newText"], "book");
    let files = json!({ "files": [{ "oldUri": source, "newUri": repository.uri("src/books.rs") }] });
    let edits = server.ask("workspace/willRenameFiles", files).unwrap();
    assert_eq!(edits["changes"][&document][0]["newText"], "src/books.rs#post");
}

#[test]
fn a_target_is_completed_while_it_is_typed() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let mut server = repository.serve();
    let uri = repository.uri("docs/new.md");
    let mut labels = |text: &str| -> Vec<String> {
        server.open(&uri, text);
        let line = text.matches('\n').count();
        let character = text.rsplit('\n').next().unwrap().len();
        let at = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
        let found = server.ask("textDocument/completion", at).unwrap();
        found.as_array().unwrap().iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(labels("# A <!-- documents: src/"), ["ledger.rs"]);
    assert_eq!(labels("# A <!-- documents: src/ledger.rs#"), ["post"]);
    assert_eq!(labels("See [a](../src/ledger.rs#po"), ["post"]);
    assert_eq!(labels("See [a](../"), ["docs/", "src/"]);
}

#[test]
fn what_a_person_says_is_right_is_recorded_and_no_longer_said() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    repository.write("../home/.gitconfig", "[user]\n\tname = Ada\n");
    let changed = CODE.replace("amount: i64", "amount: u64");
    repository.write(SOURCE, &changed);
    let document = repository.uri(DOCUMENT);
    let mut server = repository.serve();
    server.open(&document, TEXT);
    until(&mut server, &document, &["docs/signature-changed"]);
    let mut word =
        json!({ "root": repository.root().display().to_string(), "document": DOCUMENT, "section": "posting" });
    let say = |server: &mut Server, word: &Value| {
        server.ask("workspace/executeCommand", json!({ "command": "tollgate.attest", "arguments": [word] }))
    };
    assert_eq!(say(&mut server, &word), Err(-32803), "nobody changed the section");
    word["reason"] = json!("amounts were never negative");
    assert_eq!(say(&mut server, &word).unwrap()["attested"], 1);
    until(&mut server, &document, &[]);
    let lock = std::fs::read_to_string(repository.root().join(lock::PATH)).unwrap();
    assert!(lock.contains("by = \"human:Ada\"") && lock.contains("never negative"), "{lock}");
    server.overhear();
}

#[test]
fn a_rename_in_the_code_is_followed() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let (document, source) = (repository.uri(DOCUMENT), repository.uri(SOURCE));
    let mut server = repository.serve();
    server.open(&document, TEXT);
    server.open(&source, CODE);
    server.change(&source, 2, json!([{ "text": CODE.replace("fn post", "fn book") }]));
    let shown = until(&mut server, &document, &["docs/dangling-target"]);
    let asked = json!({ "textDocument": { "uri": document }, "range": shown[0]["range"], "context": { "diagnostics": [], "only": ["quickfix"] } });
    let actions = server.ask("textDocument/codeAction", asked).unwrap();
    let follow = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["isPreferred"] == true)
        .unwrap_or_else(|| panic!("{actions:#}"));
    assert_eq!(follow["edit"]["changes"][&document][0]["newText"], "src/ledger.rs#book");
}

#[test]
fn nothing_is_said_where_no_document_binds_anything() {
    let repository = Repository::new(&[("README.md", "# A\n\nSee [b](src/ledger.rs).\n"), (SOURCE, CODE)]);
    let mut server = repository.serve();
    server.open(&repository.uri(SOURCE), CODE);
    server.open(&repository.uri("README.md"), "# A\n");
    server.change(&repository.uri(SOURCE), 2, json!([{ "text": "" }]));
    std::thread::sleep(std::time::Duration::from_millis(600));
    server.assert_serves();
    let heard = server.overhear();
    assert!(heard.iter().all(|it| it["method"] != "textDocument/publishDiagnostics"), "{heard:?}");
}
