//! Many files change at once, as in a switched branch: each that has something else to say now is published once, and no
//! other.

use crate::client::{Server, builder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const TICKETS: usize = 600;

/// A client that watches files, in a repository of many tickets of which every third has one fault.
fn session(root: &Path) -> Server {
    let folder = root.join(".tollgate");
    std::fs::create_dir_all(folder.join("tickets")).unwrap();
    std::fs::create_dir_all(folder.join("workflows")).unwrap();
    let passes = "passes:\n  - {id: do, kind: generation, run: [make], outputs: [{id: o, path: out.md}]}\n";
    let workflow =
        format!("---\nschema_version: 1\nname: w\nversion: \"1.0.0\"\ndescription: d\n{passes}---\n## do\n\nDo it.\n");
    std::fs::write(folder.join("workflows/w.md"), workflow).unwrap();
    (0..TICKETS).for_each(|n| write(root, n, &name(n), n % 3 == 0));
    let home = root.join("../home").display().to_string();
    let state = root.join("../state").display().to_string();
    let variables = [("HOME", home), ("XDG_STATE_HOME", state), ("PATH", String::new())];
    let mut server = builder()
        .with("/rootUri", json!(format!("file://{}", root.display())))
        .with("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration", json!(true))
        .environment(variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
        .start();
    let request = server.expect_request("client/registerCapability");
    server.answer(&request, json!(null));
    // the faulty tickets, and the workflow, whose pass has no gate
    (0..TICKETS / 3 + 1).for_each(|_| drop(server.expect_notification("textDocument/publishDiagnostics")));
    server
}

fn name(n: usize) -> String {
    format!("t-{n:04}")
}

fn write(root: &Path, n: usize, id: &str, faulty: bool) {
    let needs = if n == 0 { String::new() } else { name(n - 1) };
    let fault = if faulty { "colour: red\n" } else { "" };
    let text = format!(
        "---\nschema_version: 1\nid: {}\ntitle: T\nstatus: To Do\ntype: bug\nworkflow: w\ndependencies: [{needs}]\n{fault}---\n",
        name(n)
    );
    std::fs::write(root.join(format!(".tollgate/tickets/{id}.md")), text).unwrap();
}

fn uri(root: &Path, id: &str) -> String {
    format!("file://{}", root.join(format!(".tollgate/tickets/{id}.md")).display())
}

fn tell(server: &mut Server, changes: Vec<Value>) {
    server.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
}

/// How many diagnostics every file that was published has now; fails where one was published twice.
fn published_once(server: Server) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for message in server.hear_to_the_end() {
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().unwrap().to_owned();
            let count = message["params"]["diagnostics"].as_array().unwrap().len();
            assert_eq!(all.insert(uri.clone(), count), None, "{uri} twice");
        }
    }
    all
}

#[test]
fn a_switched_branch_publishes_each_file_that_says_something_else_once() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("w");
    let mut server = session(&root);
    let mut expected = BTreeMap::new();
    let mut changes = Vec::new();
    // of the first half every second gets a fault, and every second is without one from now on
    for n in 0..TICKETS / 2 {
        let (was, is) = (n % 3 == 0, n % 2 == 0);
        write(&root, n, &name(n), is);
        changes.push(json!({ "uri": uri(&root, &name(n)), "type": 2 }));
        if was != is {
            expected.insert(uri(&root, &name(n)), usize::from(is));
        }
    }
    tell(&mut server, changes);
    assert_eq!(published_once(server), expected);
}

#[test]
fn files_that_are_all_renamed_are_published_once_under_each_name() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("w");
    let mut server = session(&root);
    let mut expected = BTreeMap::new();
    let mut changes = Vec::new();
    for n in 0..TICKETS {
        let (old, new) = (name(n), format!("r-{}", name(n)));
        let path = |id: &str| root.join(format!(".tollgate/tickets/{id}.md"));
        std::fs::rename(path(&old), path(&new)).unwrap();
        changes.push(json!({ "uri": uri(&root, &old), "type": 3 }));
        changes.push(json!({ "uri": uri(&root, &new), "type": 1 }));
        if n % 3 == 0 {
            expected.insert(uri(&root, &old), 0);
        }
        // every ticket's id is that of its old file now, which is one more thing to say
        expected.insert(uri(&root, &new), 1 + usize::from(n % 3 == 0));
    }
    tell(&mut server, changes);
    assert_eq!(published_once(server), expected);
}

#[test]
fn the_open_document_that_names_what_changed_comes_before_all_closed_ones() {
    const WORKFLOWS: usize = 150;
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("w");
    let mut server = session(&root);
    let agent =
        |name: &str| format!("---\nschema_version: 1\nname: {name}\nversion: \"1.0.0\"\ndescription: d\n---\nWork.\n");
    let workflow = |n: usize| {
        format!(
            "---\nschema_version: 1\nname: w-{n}\nversion: \"1.0.0\"\ndescription: d\npasses:\n  - {{id: do, kind: generation, agent: a, outputs: [{{id: o, path: out.md}}]}}\n---\n## do\n\nDo it.\n"
        )
    };
    let path = |n: usize| root.join(format!(".tollgate/workflows/w-{n}.md"));
    let uri_of = |path: &Path| format!("file://{}", path.display());
    let agents = root.join(".tollgate/agents");
    std::fs::create_dir_all(&agents).unwrap();
    std::fs::write(agents.join("a.md"), agent("a")).unwrap();
    (0..WORKFLOWS).for_each(|n| std::fs::write(path(n), workflow(n)).unwrap());
    let made = (0..WORKFLOWS).map(path).chain([agents.join("a.md")]);
    tell(&mut server, made.map(|path| json!({ "uri": uri_of(&path), "type": 1 })).collect());
    server.open(&uri_of(&agents.join("a.md")), &agent("a"));
    server.open(&uri_of(&path(7)), &workflow(7));
    let shown = |message: &Value| message["method"] == "textDocument/publishDiagnostics";
    server.hear_until_silent();
    server.change(&uri_of(&agents.join("a.md")), 2, json!([{ "text": agent("b") }]));
    let told: Vec<Value> = server.hear_to_the_end().into_iter().filter(shown).collect();
    let of_workflows: Vec<&str> =
        told.iter().filter_map(|it| it["params"]["uri"].as_str()).filter(|it| it.contains("/w-")).collect();
    assert_eq!(of_workflows.first().copied(), Some(uri_of(&path(7)).as_str()));
    let files: std::collections::BTreeSet<&str> = of_workflows.iter().copied().collect();
    assert_eq!((of_workflows.len(), files.len()), (WORKFLOWS, WORKFLOWS), "each that names the agent, once");
}
