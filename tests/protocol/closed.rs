//! Files that are not open: their texts are not kept, and what is said of them is right nevertheless.

use crate::client::{Server, builder};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A client that watches files, and a repository with tickets of these texts. The client never tells of a change.
fn session(tickets: &[(&str, &str)]) -> (tempfile::TempDir, Server) {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("w/.tollgate/tickets")).unwrap();
    for (id, more) in tickets {
        std::fs::write(ticket(place.path(), id), text(id, more)).unwrap();
    }
    let state = place.path().join("state").display().to_string();
    let home = place.path().join("home").display().to_string();
    let variables = [("HOME", home), ("XDG_STATE_HOME", state), ("PATH", String::new())];
    let mut server = builder()
        .with("/rootUri", json!(format!("file://{}", place.path().join("w").display())))
        .with("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration", json!(true))
        .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
        .start();
    let request = server.expect_request("client/registerCapability");
    server.answer(&request, json!(null));
    (place, server)
}

fn ticket(place: &Path, id: &str) -> PathBuf {
    place.join(format!("w/.tollgate/tickets/{id}.md"))
}

fn uri(place: &Path, id: &str) -> String {
    format!("file://{}", ticket(place, id).display())
}

fn text(id: &str, more: &str) -> String {
    format!("---\nschema_version: 1\nid: {id}\ntitle: T\nstatus: To Do\ntype: bug\n{more}---\n")
}

/// Opens a ticket and asks where its id stands.
fn references(server: &mut Server, place: &Path, id: &str) -> Result<Value, i64> {
    let at = json!({ "line": 2, "character": 4 });
    let about = json!({ "textDocument": { "uri": uri(place, id) }, "position": at, "context": { "includeDeclaration": false } });
    server.ask("textDocument/references", about)
}

/// Waits for the diagnostics of a closed file; gives the line of the first.
fn published_line(server: &mut Server, place: &Path, id: &str) -> Value {
    loop {
        let published = server.expect_notification("textDocument/publishDiagnostics");
        if published["uri"] == uri(place, id) {
            return published["diagnostics"][0]["range"]["start"]["line"].clone();
        }
    }
}

const UNKNOWN_AND_B: &str = "dependencies: [\"😀\", b]\n";

#[test]
fn a_name_in_a_closed_file_is_where_the_client_counts_it() {
    let (place, mut server) = session(&[("a", UNKNOWN_AND_B), ("b", "")]);
    assert_eq!(published_line(&mut server, place.path(), "a"), 6, "the name that nothing defines");
    server.open(&uri(place.path(), "b"), &text("b", ""));
    let found = references(&mut server, place.path(), "b").unwrap();
    let (start, end) = (json!({ "line": 6, "character": 21 }), json!({ "line": 6, "character": 22 }));
    assert_eq!(found, json!([{ "uri": uri(place.path(), "a"), "range": { "start": start, "end": end } }]));
    server.hear_out();
}

#[test]
fn a_closed_file_that_has_changed_is_read_before_a_place_in_it_is_told() {
    let (place, mut server) = session(&[("a", UNKNOWN_AND_B), ("b", "")]);
    assert_eq!(published_line(&mut server, place.path(), "a"), 6);
    server.open(&uri(place.path(), "b"), &text("b", ""));
    let moved = format!("labels: [x]\n{UNKNOWN_AND_B}");
    std::fs::write(ticket(place.path(), "a"), text("a", &moved)).unwrap();
    assert_eq!(references(&mut server, place.path(), "b"), Err(-32801), "the place is not known any more");
    assert_eq!(published_line(&mut server, place.path(), "a"), 7, "it was read as a change");
    let found = references(&mut server, place.path(), "b").unwrap();
    assert_eq!(found[0]["range"]["start"], json!({ "line": 7, "character": 21 }));
    std::fs::remove_file(ticket(place.path(), "a")).unwrap();
    assert_eq!(references(&mut server, place.path(), "b"), Err(-32801));
    server.assert_serves();
    server.hear_out();
}

#[test]
fn a_circle_that_is_opened_is_open_in_all_its_tickets() {
    let needs = |id: &str| format!("dependencies: [{id}]\n");
    let rows = [("a", needs("b")), ("b", needs("c")), ("c", needs("d")), ("d", needs("e")), ("e", needs("a"))];
    let (place, mut server) = session(&rows.each_ref().map(|(id, more)| (*id, more.as_str())));
    server.open(&uri(place.path(), "a"), &text("a", &rows[0].1));
    let mut shown = std::collections::BTreeSet::new();
    let mut wait = |server: &mut Server, expected: &[&str]| {
        while shown != expected.iter().map(|id| uri(place.path(), id)).collect() {
            let published = server.expect_notification("textDocument/publishDiagnostics");
            let uri = published["uri"].as_str().unwrap().to_owned();
            let circular = |found: &Value| found["code"] == "ticket/dependency-cycle";
            let on_circle = published["diagnostics"].as_array().unwrap().iter().any(circular);
            if on_circle {
                shown.insert(uri)
            } else {
                shown.remove(&uri)
            };
        }
    };
    wait(&mut server, &["a", "b", "c", "d", "e"]);
    server.change(&uri(place.path(), "a"), 2, json!([{ "text": text("a", "") }]));
    wait(&mut server, &[]);
    server.change(&uri(place.path(), "a"), 3, json!([{ "text": text("a", &needs("c")) }]));
    wait(&mut server, &["a", "c", "d", "e"]);
    server.hear_out();
}
