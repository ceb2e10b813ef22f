//! A door into the repository of every system, as an editor opens it: outline, hover and definition of a name, hover and
//! completion of a key of one file each, and no
//! error anywhere in the repository. `tests/doors.json` lists them; Neovim and VS Code are held to the same list.

use crate::client::{Server, builder};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// A file of a repository, and what an editor shows of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Door {
    system: String,
    fixture: String,
    file: String,
    /// The first names of the outline, in the order of the text.
    symbols: Vec<String>,
    name: Option<Name>,
    key: Option<Key>,
}

/// A key in that file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    word: String,
    /// How often the word stands before.
    before: usize,
    /// A part of what its hover says.
    hover: String,
    /// A key that is offered in its place.
    offers: String,
}

/// A name in that file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    word: String,
    /// How often the word stands before.
    before: usize,
    /// A part of what its hover says.
    hover: String,
    /// `path:line` from the root: one of the places where it is defined.
    definition: String,
}

/// The systems that the language service is for, each with its repository.
const FIXTURES: [&str; 12] = [
    "agentic",
    "atomic",
    "backlog",
    "beads",
    "bmad",
    "gastown",
    "hosts",
    "kiro",
    "openspec",
    "speckit",
    "symphony",
    "taskmaster",
];

/// Names in the order of the text, whatever stands below which.
fn names(outline: &Value, into: &mut Vec<String>) {
    for symbol in outline.as_array().into_iter().flatten() {
        into.push(symbol["name"].as_str().unwrap().to_owned());
        names(&symbol["children"], into);
    }
}

/// Where a word stands that has so many of its kind before it, with one letter behind the place.
fn inside(text: &str, word: &str, before: usize) -> Value {
    let (offset, _) = text.match_indices(word).nth(before).expect(word);
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let column = text[line_start..offset].encode_utf16().count();
    json!({"line": text[..offset].matches('\n').count(), "character": column + 1})
}

/// `path:line`, the line from 1, of every place in an answer.
fn places(root: &str, found: &Value) -> Vec<String> {
    let all = found.as_array().map_or_else(|| std::slice::from_ref(found), Vec::as_slice);
    let place = |it: &Value| {
        let uri = it["targetUri"].as_str().or(it["uri"].as_str())?;
        let range = if it["targetUri"].is_null() { &it["range"] } else { &it["targetSelectionRange"] };
        let path = uri.strip_prefix(root)?.replace("%20", " ");
        Some(format!("{path}:{}", range["start"]["line"].as_u64()? + 1))
    };
    all.iter().filter_map(place).collect()
}

/// Opens a door; a server that has just started may still be reading the other files.
fn enter(server: &mut Server, root: &str, folder: &Path, door: &Door) {
    let uri = format!("{root}{}", door.file.replace(' ', "%20"));
    let text = std::fs::read_to_string(folder.join(&door.file)).expect(&door.file);
    server.open(&uri, &text);
    let document = json!({ "uri": uri });
    let outline = server.ask("textDocument/documentSymbol", json!({ "textDocument": document })).unwrap();
    let mut shown = Vec::new();
    names(&outline, &mut shown);
    assert!(shown.starts_with(&door.symbols), "{}: {shown:?}", door.system);
    if let Some(name) = &door.name {
        let about = json!({"textDocument": document, "position": inside(&text, &name.word, name.before)});
        let end = Instant::now() + crate::client::PATIENCE;
        loop {
            let hover = server.ask("textDocument/hover", about.clone()).unwrap();
            let said = hover["contents"]["value"].as_str().unwrap_or_default();
            let found = places(root, &server.ask("textDocument/definition", about.clone()).unwrap());
            if said.contains(&name.hover) && found.contains(&name.definition) {
                break;
            }
            assert!(Instant::now() < end, "{}: {said}\n{found:?}", door.system);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    if let Some(key) = &door.key {
        let about = json!({"textDocument": document, "position": inside(&text, &key.word, key.before)});
        let hover = server.ask("textDocument/hover", about.clone()).unwrap();
        let said = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(said.contains(&key.hover), "{}: {said}", door.system);
        let offered = server.ask("textDocument/completion", about).unwrap();
        let items = offered["items"].as_array().or(offered.as_array()).into_iter().flatten();
        let labels: Vec<&str> = items.filter_map(|item| item["label"].as_str()).collect();
        assert!(labels.contains(&key.offers.as_str()), "{}: {labels:?}", door.system);
    }
    server.notify("textDocument/didClose", json!({ "textDocument": document }));
}

#[test]
fn every_door_opens() {
    let doors: Vec<Door> = serde_json::from_str(include_str!("../doors.json")).unwrap();
    let mut repositories: BTreeMap<&str, Vec<&Door>> = BTreeMap::new();
    for door in &doors {
        repositories.entry(&door.fixture).or_default().push(door);
        assert!(!door.symbols.is_empty(), "{} has no outline", door.system);
        assert!(door.name.is_some() || door.key.is_some(), "{} shows nothing inside", door.system);
    }
    assert_eq!(repositories.keys().copied().collect::<Vec<_>>(), FIXTURES);
    assert!(doors.iter().map(|door| &door.system).collect::<BTreeSet<_>>().len() == doors.len(), "a name twice");
    for (fixture, doors) in repositories {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture).canonicalize().unwrap();
        let root = format!("file://{}/", folder.display());
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name).display().to_string();
        let variables = [("HOME", at("home")), ("XDG_STATE_HOME", at("state")), ("PATH", String::new())];
        let mut server = builder()
            .with("/rootUri", json!(root.trim_end_matches('/')))
            .with("/capabilities/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport", json!(true))
            .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
            .start();
        for door in &doors {
            enter(&mut server, &root, &folder, door);
        }
        for said in server.overhear() {
            let errors: Vec<&Value> = said["params"]["diagnostics"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|it| it["severity"] == 1)
                .collect();
            assert!(errors.is_empty(), "{fixture}: {} {errors:?}", said["params"]["uri"]);
        }
        server.hear_out();
    }
}
