//! What a client may rely on: error codes, ids, registrations, configuration, folders.

use crate::client::{PATIENCE, builder, start};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn errors_have_the_codes_of_the_protocol() {
    let mut server = start();
    assert_eq!(server.ask("no/such", json!({})), Err(-32601));
    assert_eq!(server.ask("$/no/such", json!({})), Err(-32601));
    for params in [json!([1, 2]), json!({ "textDocument": 5 }), json!({ "textDocument": { "uri": 7 } }), json!(null)] {
        assert_eq!(server.ask("textDocument/documentSymbol", params), Err(-32602));
    }
    for _ in 0..50 {
        server.notify("no/such", json!({ "n": 1 }));
        server.notify("$/no/such", json!(null));
        server.notify("textDocument/didOpen", json!({ "textDocument": 5 }));
    }
    server.assert_serves();
}

#[test]
fn ids_are_echoed_exactly() {
    let mut server = start();
    for id in [json!("abc-é"), json!(0), json!(-5), json!(2_147_483_647), json!(9_007_199_254_740_993_i64), json!("")]
    {
        server.send(&json!([{ "jsonrpc": "2.0", "id": id, "method": "tollgate/debugInformation", "params": {} }]));
        assert_eq!(server.expect_batch()[0]["id"], id);
    }
}

#[test]
fn odd_documents_are_served_like_any_other() {
    let mut server = start();
    for uri in
        ["untitled:Untitled-1", "git:/x/a.md?%7B%7D", "file:///tmp/a%00b.md", "file:///C:/a.md", "", ":::", "file:"]
    {
        server.open(uri, "# a\n");
        server.change(uri, 2, json!([{ "text": "# b\n" }]));
        // A URI that is none makes the request invalid, and only the request.
        let symbols = server.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
        assert!(symbols == Err(-32602) || symbols.unwrap()[0]["name"] == "b", "{uri}");
        server.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        server.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
    server.assert_serves();
}

#[test]
fn only_our_files_are_watched_and_only_when_the_client_can() {
    let (mut server, _) = builder()
        .with("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration", json!(true))
        .start_with_result();
    let request = server.expect_request("client/registerCapability");
    let registrations = request["params"]["registrations"].as_array().unwrap();
    assert_eq!(registrations.len(), 1);
    let watchers = registrations[0]["registerOptions"]["watchers"].as_array().unwrap();
    let globs: Vec<&str> = watchers.iter().filter_map(|watcher| watcher["globPattern"].as_str()).collect();
    let firsts: Vec<&str> = globs
        .iter()
        .map(|glob| glob.trim_start_matches("**/").trim_start_matches('{').split([',', '/']).next().unwrap())
        .collect();
    assert!(
        firsts.iter().all(|first| !first.is_empty() && !first.contains('*')),
        "never a pattern of everything: {globs:?}"
    );
    for folder in [".tollgate", ".specify", "specs", ".claude", ".github", ".opencode"] {
        assert_eq!(firsts.iter().filter(|first| **first == folder).count(), 1, "{folder}: {globs:?}");
    }
    assert!(globs.iter().any(|glob| glob.contains("specs/*/checklists/*.md")), "{globs:?}");
    server.answer(&request, json!(null));
    server.assert_serves();
}

#[test]
fn files_are_watched_for_a_client_that_cannot() {
    let root = tempfile::tempdir().unwrap();
    let uri = format!("file://{}", root.path().display());
    let mut server = builder().with("/rootUri", json!(uri)).start();
    let mut changes_seen = || -> usize {
        let text = information(server.ask("tollgate/debugInformation", json!({})));
        text.lines().find_map(|line| line.strip_prefix("file changes seen: ")).unwrap().parse().unwrap()
    };
    let mut check = |what: &str, change: &dyn Fn()| {
        let mut before = changes_seen();
        loop {
            thread::sleep(Duration::from_millis(100));
            match changes_seen() {
                now if now == before => break,
                now => before = now,
            }
        }
        change();
        let end = Instant::now() + PATIENCE;
        while changes_seen() == before {
            assert!(Instant::now() < end, "{what} was not seen");
        }
    };
    let (ours, file) = (root.path().join(".tollgate"), root.path().join(".tollgate/tickets/note.txt"));
    for round in ["first", "second"] {
        check("a new folder", &|| std::fs::create_dir_all(ours.join("tickets")).unwrap());
        check("a new file", &|| std::fs::write(&file, round).unwrap());
        check("a changed file", &|| std::fs::write(&file, round.repeat(2)).unwrap());
        check("the end of a folder", &|| std::fs::remove_dir_all(&ours).unwrap());
    }
}

/// A root with two tickets, on a branch of the first; with the environment of a user of its own.
fn root_on_a_branch() -> (tempfile::TempDir, Vec<(String, String)>) {
    let place = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = place.path().join("w").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for id in ["a-1", "b-2"] {
        let text = format!("---\nschema_version: 1\nid: {id}\ntitle: T\ntype: bug\nstatus: To Do\n---\n");
        write(&format!(".tollgate/tickets/{id}.md"), &text);
    }
    write(".git/HEAD", "ref: refs/heads/fix/a-1\n");
    let home = place.path().join("home").display().to_string();
    let state = place.path().join("state").display().to_string();
    let variables = [("HOME", home), ("XDG_STATE_HOME", state), ("PATH", String::new())];
    (place, variables.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

#[test]
fn another_branch_is_noticed_whoever_watches_the_files() {
    for watches in [true, false] {
        let (place, environment) = root_on_a_branch();
        let mut server = builder()
            .with("/rootUri", json!(format!("file://{}", place.path().join("w").display())))
            .with("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration", json!(watches))
            .with("/capabilities/experimental/tollgate/commands", json!(["tollgate.run"]))
            .environment(environment)
            .start();
        let mut expect_ticket = |id: &str| {
            let end = Instant::now() + PATIENCE;
            while server.expect_notification("tollgate/status")["ticket"]["id"] != id {
                assert!(Instant::now() < end, "{id} is not current");
            }
        };
        expect_ticket("a-1");
        // as git does it
        let head = place.path().join("w/.git/HEAD");
        std::fs::write(head.with_extension("lock"), "ref: refs/heads/fix/b-2\n").unwrap();
        std::fs::rename(head.with_extension("lock"), head).unwrap();
        expect_ticket("b-2");
        server.hear_out();
    }
}

#[test]
fn the_sources_that_a_plan_looks_at_are_watched_too() {
    let (place, environment) = root_on_a_branch();
    let workflow = "---\nschema_version: 1\nname: mend\ndescription: D\nticket: {types: [bug]}\npasses:\n  \
                    - {id: do, type: command, run: make it, outputs: [{id: out, path: src/out.txt}]}\n---\n# Mend\n\n## do\n\nIt.\n";
    let path = |path: &str| place.path().join("w").join(path);
    std::fs::create_dir_all(path(".tollgate/workflows")).unwrap();
    std::fs::create_dir_all(path("src")).unwrap();
    std::fs::write(path(".tollgate/workflows/mend.md"), workflow).unwrap();
    let session = |watches: bool| {
        builder()
            .with("/rootUri", json!(format!("file://{}", path("").display())))
            .with("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration", json!(watches))
            .environment(environment.clone())
            .start()
    };
    let mut server = session(true);
    let request = server.expect_request("client/registerCapability");
    server.answer(&request, json!(null));
    let sources = server.expect_request("client/registerCapability");
    let watchers = &sources["params"]["registrations"][0]["registerOptions"]["watchers"];
    assert_eq!(*watchers, json!([{ "globPattern": "**/src/out.txt" }]));
    server.hear_out();

    let mut server = session(false);
    let end = Instant::now() + PATIENCE;
    let seen = |server: &mut crate::client::Server| {
        !information(server.ask("tollgate/debugInformation", json!({}))).contains("file changes seen: 0\n")
    };
    while !seen(&mut server) {
        assert!(Instant::now() < end, "a change of the output is not seen");
        std::fs::write(path("src/other.txt"), "nobody looks at this").unwrap();
        std::fs::write(path("src/out.txt"), format!("{:?}", Instant::now())).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    server.hear_out();
}

#[test]
fn configuration_is_asked_for_once_at_a_time() {
    let mut server = builder().with("/capabilities/workspace/configuration", json!(true)).start();
    let first = server.expect_request("workspace/configuration");
    assert_eq!(first["params"], json!({ "items": [{ "section": "tollgate" }] }));
    for _ in 0..500 {
        server.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    }
    server.assert_serves();
    server.answer(&first, json!([null]));
    let second = server.expect_request("workspace/configuration");
    server.answer(&second, json!([{ "inlayHints": { "enable": false } }]));
    // The answer goes through the lane before the question that follows it.
    while !information(server.ask("tollgate/debugInformation", json!({}))).contains("inlay_hints: false") {}
}

#[test]
fn settings_may_be_pushed_or_given_at_the_start() {
    let off = json!({ "tollgate": { "codeLens": { "enable": false } } });
    let mut server = builder().with("/initializationOptions", off.clone()).start();
    assert!(information(server.ask("tollgate/debugInformation", json!({}))).contains("code_lens: false"));
    let mut server = start();
    server.notify("workspace/didChangeConfiguration", json!({ "settings": off }));
    assert!(information(server.ask("tollgate/debugInformation", json!({}))).contains("code_lens: false"));
}

#[test]
fn folders_come_and_go() {
    let folders = json!([{ "uri": "file:///a", "name": "a" }]);
    let mut server = builder().with("/workspaceFolders", folders).start();
    let event =
        json!({ "added": [{ "uri": "file:///b", "name": "b" }], "removed": [{ "uri": "file:///a", "name": "a" }] });
    server.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    let text = information(server.ask("tollgate/debugInformation", json!({})));
    assert!(text.contains("folder: file:///b") && !text.contains("file:///a"), "{text}");
}

#[test]
fn the_log_holds_one_plain_line_an_entry() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let mut server = builder().logging_to(&file).start();
    let escape = "\u{1b}]0;PWNED\u{7}\n\u{202e}";
    server.open(&format!("file:///{escape}.md"), escape);
    let named = json!({ "jsonrpc": "2.0", "id": escape, "method": format!("no/{escape}") });
    server.send(&json!([named]));
    assert_eq!(server.expect_batch()[0]["id"], escape);
    server.notify(&format!("no/{escape}"), json!({}));
    server.notify("textDocument/didOpen", json!({ "textDocument": { "uri": escape, "text": [escape] } }));
    server.assert_serves();
    drop(server);
    let log = std::fs::read_to_string(file).unwrap();
    assert!(log.contains("tollgate/debugInformation") && log.contains("PWNED"), "{log}");
    assert!(!log.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{log}");
    assert!(log.lines().all(|line| line.starts_with("20")), "{log}");
}

fn information(answer: Result<Value, i64>) -> String {
    answer.unwrap()["text"].as_str().unwrap().to_owned()
}
