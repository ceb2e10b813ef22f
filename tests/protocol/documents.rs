//! Documents and the code they speak of: what is typed in one is said in both.

use crate::client::{Server, builder};
use docs::drift::{Look, compared, look};
use docs::lock::{self, Key, Lock, Stamp};
use docs::tree::Texts;
use serde_json::{Value, json};
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

/// Waits until exactly these codes are shown of a file; gives its diagnostics.
fn until(server: &mut Server, uri: &str, codes: &[&str]) -> Vec<Value> {
    loop {
        let published = server.expect_notification("textDocument/publishDiagnostics");
        let shown = published["diagnostics"].as_array().unwrap();
        if published["uri"] == uri && shown.iter().map(|it| it["code"].as_str().unwrap()).eq(codes.iter().copied()) {
            return shown.clone();
        }
    }
}

#[test]
fn what_is_typed_in_code_is_said_in_the_document_and_there() {
    let repository = Repository::new(&[(DOCUMENT, TEXT), (SOURCE, CODE)]);
    let (document, source) = (repository.uri(DOCUMENT), repository.uri(SOURCE));
    let mut server = repository.serve();
    server.open(&document, TEXT);
    server.open(&source, CODE);
    server.change(&source, 2, json!([{ "text": CODE.replace("amount: i64", "amount: i64, day: u32") }]));
    let shown = until(&mut server, &document, &["docs/signature-changed"]);
    let message = shown[0]["message"].as_str().unwrap();
    assert!(
        message.contains("- pub fn post(amount: i64)") && message.contains("+ pub fn post(amount: i64, day"),
        "{message}"
    );
    assert_eq!(shown[0]["range"]["start"], json!({ "line": 2, "character": 3 }));
    let shown = until(&mut server, &source, &["docs/signature-changed"]);
    assert_eq!((&shown[0]["severity"], &shown[0]["range"]["start"]["line"]), (&json!(3), &json!(1)));
    assert!(shown[0]["message"].as_str().unwrap().starts_with("docs/ledger.md › Posting describes this"));

    // a line above it moves what is shown at once
    let below = CODE.replace("amount: i64", "amount: i64, day: u32").replace("/// Books", "\n\n/// Books");
    server.change(&source, 3, json!([{ "text": below }]));
    let shown = until(&mut server, &source, &["docs/signature-changed"]);
    assert_eq!(shown[0]["range"]["start"]["line"], 3);

    // an error in the source is no reason to say anything else
    server.change(&source, 4, json!([{ "text": below.replace("amount > 0\n}", "amount > (\n") }]));
    server.change(&source, 5, json!([{ "text": CODE }]));
    until(&mut server, &document, &[]);
    until(&mut server, &source, &[]);
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
