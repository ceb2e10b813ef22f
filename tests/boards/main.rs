//! Tickets that other tools keep, end to end: the command line and the editor's wire over the fixtures of Backlog.md, Task
//! Master and Beads, and a scripted `bd` that says what it was asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

#[path = "../protocol/client.rs"]
#[allow(dead_code, reason = "each suite uses a part of the client")]
mod client;

use client::Server;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A copy of a fixture with a home of its own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(fixture: &str) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture);
        copy(&from, &place.root());
        for name in ["home", "bin"] {
            fs::create_dir_all(place.folder.path().join(name)).unwrap();
        }
        for words in [
            &["init", "-q", "-b", "main", "."][..],
            &["add", "."],
            &["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "first"],
        ] {
            assert!(Command::new("git").args(words).current_dir(place.root()).status().unwrap().success());
        }
        place
    }

    /// The canonical path of the root: what is shown and remembered.
    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("repo")
    }

    fn branch(&self, name: &str) {
        let done = Command::new("git").args(["checkout", "-q", "-B", name]).current_dir(self.root()).status();
        assert!(done.unwrap().success());
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn environment(&self) -> Vec<(String, String)> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let path = format!("{}:{}", at("bin"), std::env::var("PATH").unwrap());
        [("HOME", at("home")), ("XDG_STATE_HOME", at("state")), ("XDG_CONFIG_HOME", at("config")), ("PATH", path)]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec()
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments).current_dir(self.root()).env_clear().envs(self.environment());
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.call(arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Code, severity, place and words of everything that `check` says.
    fn check(&self) -> Vec<String> {
        let report = self.json(&["check", "--format", "json"]);
        let row = |row: &Value| {
            let at = &row["range"]["start"];
            let name = row["path"].as_str().unwrap().rsplit('/').next().unwrap();
            let (severity, code) = (row["severity"].as_str().unwrap(), row["code"].as_str().unwrap());
            format!("{name}:{}:{} {severity} {code} {}", at["line"], at["column"], row["message"].as_str().unwrap())
        };
        report["diagnostics"].as_array().unwrap().iter().map(row).collect()
    }

    /// The current ticket and the rule that found it.
    fn current(&self) -> (Value, Value) {
        let explained = self.json(&["explain", "--json"]);
        (explained["resolution"]["ticket"].clone(), explained["resolution"]["rule"].clone())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            drop(fs::copy(entry.path(), target))
        }
    }
}

#[test]
fn nothing_is_called_an_error_and_what_is_said_is_true() {
    assert_eq!(
        Place::new("backlog").check(),
        [
            "bell-2.1 - Oil the bearings.md:4:9 info ticket/stale-status Its only criterion is ticked, but nobody has begun it",
            "bell-2.1 - Oil the bearings.md:5:11 info yaml/lenient-only Backlog.md reads this; a strict reader of YAML refuses the file",
            "bell-3 - Tune the small bells.md:7:16 info ticket/unknown-reference There is no ticket `bell-9` in this work tree",
        ]
    );
    assert_eq!(
        Place::new("taskmaster").check(),
        [
            "tasks.json:10:20 info ticket/stale-status All 2 parts are done, but this is not",
            "tasks.json:23:31 warning ticket/unknown-reference There is no ticket `7` in this tag",
        ]
    );
    assert_eq!(
        Place::new("beads").check(),
        [
            "issues.jsonl:3:72 info ticket/stale-status It is closed, but has no `closed_at`: Beads refuses such an issue"
        ]
    );
}

#[test]
fn circles_are_told_as_what_their_tool_bears() {
    let place = Place::new("backlog");
    let path = "backlog/tasks/bell-3 - Tune the small bells.md";
    place.write(path, &place.read(path).replace("[bell-9]", "[bell-2]"));
    let circles: Vec<String> = place.check().into_iter().filter(|row| row.contains("dependency-cycle")).collect();
    assert_eq!(circles.len(), 2, "{circles:?}");
    assert!(circles.iter().all(|row| row.contains(" warning ")), "their tool loads them: {circles:?}");
}

#[test]
fn branches_pointers_and_people_lead_to_the_ticket() {
    let backlog = Place::new("backlog");
    assert_eq!(backlog.current().0, json!(null), "on main nothing is current");
    for (branch, ticket) in [
        ("ann/bell-2.1-oil", json!("BELL-2.1")),
        ("fix-bell-2-again", json!("BELL-2")),
        ("bell-1-measure", json!(null)),
        ("bells", json!(null)),
    ] {
        backlog.branch(branch);
        assert_eq!(backlog.current().0, ticket, "{branch}");
    }
    let beads = Place::new("beads");
    beads.branch("ann/fix-bell-c2d");
    assert_eq!(beads.current(), (json!("bell-c2d"), json!("branch_name")));
    let tasks = Place::new("taskmaster");
    assert_eq!(tasks.current(), (json!("tower/1.1"), json!("current_tag")));
    tasks.branch("master/task-2-hang");
    assert_eq!(tasks.current(), (json!("2"), json!("branch_name")));
    tasks.branch("tower/task-2");
    assert_eq!(tasks.current(), (json!("tower/2"), json!("branch_name")));
    tasks.branch("2-an-issue-elsewhere");
    assert_eq!(tasks.current(), (json!("tower/1.1"), json!("current_tag")), "a bare number is no task");
}

#[test]
fn a_ticket_is_named_as_its_tool_names_it() {
    let named = |place: &Place, id: &str| place.json(&["explain", "--json", id])["resolution"]["ticket"].clone();
    let backlog = Place::new("backlog");
    for id in ["BELL-2", "bell-2", "2"] {
        assert_eq!(named(&backlog, id), "BELL-2", "{id}");
    }
    let tasks = Place::new("taskmaster");
    assert_eq!(named(&tasks, "1"), "tower/1", "as Task Master takes it: in the current tag");
    assert_eq!(named(&tasks, "master/1.2"), "1.2");
    assert_eq!(named(&tasks, "9"), json!(null));
}

#[test]
fn where_a_source_is_set_only_its_tickets_count() {
    let place = Place::new("backlog");
    place.write(
        ".tollgate/tickets/t-1.md",
        "---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\ntype: task\n---\n",
    );
    let known = |place: &Place, id: &str| place.json(&["explain", "--json", id])["resolution"]["ticket"] == id;
    assert!(known(&place, "t-1") && known(&place, "BELL-2"));
    let source = |source: &str| {
        let text = format!("schema_version: 1\nproject: {{id: carillon}}\ntickets: {{source: {source}}}\n");
        place.write(".tollgate/config.yaml", &text);
    };
    source("backlog");
    assert!(!known(&place, "t-1") && known(&place, "BELL-2"));
    source("files");
    assert!(known(&place, "t-1") && !known(&place, "BELL-2"));
}

#[test]
fn a_run_writes_nothing_into_the_ticket_and_its_records_have_a_safe_folder() {
    let place = Place::new("taskmaster");
    place.write(
        ".tollgate/workflows/work.md",
        "---\nschema_version: 1\nname: work\nversion: \"1.0.0\"\ndescription: Works\nticket: {types: [task]}\npasses:\n  \
         - {id: look, type: command, run: sh look.sh, inputs: [ticket, look.sh], outputs: [{id: seen, path: \"seen/{{ticket.slug}}.txt\"}]}\n\
         ---\n# Work\n\n## look\nLook.\n",
    );
    place.write("look.sh", "mkdir -p seen; echo \"$TOLLGATE_TICKET_ID\" > seen/tower-1-2.txt\n");
    let before = place.read(".taskmaster/tasks/tasks.json");
    let trust = place.json(&["trust", "--json"])["hash"].as_str().unwrap().to_owned();
    let output = place.call(&["run", "tower/1.2", "--yes", "--json", "--trust-plan", &trust]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last: Value = serde_json::from_str(text.lines().last().unwrap_or("null")).unwrap();
    assert_eq!(last["outcome"], "ok", "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(place.read("seen/tower-1-2.txt"), "tower/1.2\n");
    assert_eq!(place.read(".taskmaster/tasks/tasks.json"), before);
    let folders: Vec<String> = fs::read_dir(place.root().join(".tollgate/records"))
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok().filter(|name| !name.starts_with('.')))
        .collect();
    assert_eq!(folders, ["tower%2F1.2"]);
    let explained = place.json(&["explain", "--json", "tower/1.2"]);
    assert_eq!(explained["passes"][0]["state"], "done", "{explained:#}");
    assert!(!place.check().iter().any(|row| row.contains("record/")), "{:?}", place.check());
}

/// What the tests' own `bd` prints for `export` and `list`, and how it ends. It writes down how it was called, where its fence
/// lets it write.
fn script(place: &Place, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = place.folder.path().join("bin/bd");
    let log = place.root().join(".beads/asked.log").display().to_string();
    fs::write(&path, format!("#!/bin/sh\necho \"$* envelope=$BD_JSON_ENVELOPE secret=$SECRET\" >> '{log}'\n{body}\n"))
        .unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn asked(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(place.root().join(".beads/asked.log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

const NEW: &str = r#"{"id":"bell-k6l","title":"Sound the hour","status":"open","priority":1,"issue_type":"task"}"#;

#[test]
fn bd_is_asked_only_where_it_was_reviewed() {
    let place = Place::new("beads");
    script(&place, &format!("echo '{{\"schema_version\": 1, \"data\": [{NEW}]}}'"));
    let known = |id: &str| place.json(&["explain", "--json", id])["resolution"]["ticket"] == id;
    assert!(known("bell-c2d") && !known("bell-k6l"));
    place.check();
    assert_eq!(asked(&place), [] as [&str; 0], "nothing starts before somebody said yes");
    let mut editor = Editor::open(&place);
    assert_eq!(editor.status(|_| true)["beads"].as_str().map(|it| it.contains("until")), Some(true));
    editor.allow();
    let told = editor.status(answered);
    assert_eq!(told["beads"], "asked from `bd`; `.beads/issues.jsonl` is behind in 5 of 5 tickets");
    drop(editor);
    assert_eq!(asked(&place), ["--readonly --sandbox export envelope=1 secret="]);
    assert!(known("bell-k6l") && !known("bell-c2d"), "the database counts, not its copy");
    assert_eq!(asked(&place).len(), 1, "nothing has changed since");
    place.write(".beads/last-touched", "bell-k6l\n");
    assert!(known("bell-k6l"));
    assert_eq!(asked(&place).len(), 2);
    place.write(".beads/config.yaml", "issue-prefix: \"other\"\n");
    assert!(known("bell-c2d"), "another configuration is another plan");
    assert_eq!(asked(&place).len(), 2);
}

#[test]
fn a_bd_that_fails_leaves_the_copy_and_says_why() {
    let place = Place::new("beads");
    script(
        &place,
        "case \"$*\" in *export*) echo 'Error: unknown flag: --sandbox' >&2; exit 1;; esac\n\
         echo '{\"schema_version\": 1, \"error\": \"no database here\"}' >&2\nexit 1",
    );
    let mut editor = Editor::open(&place);
    editor.allow();
    let told = editor.status(answered);
    assert_eq!(told["beads"], "`bd` says: no database here: read from `.beads/issues.jsonl`, which may be old");
    drop(editor);
    assert_eq!(asked(&place).len(), 2, "its export, then its list: {:?}", asked(&place));
    assert!(asked(&place)[1].contains("list --all --limit 0 --json"));
    assert_eq!(place.json(&["explain", "--json", "bell-c2d"])["resolution"]["ticket"], "bell-c2d");
}

/// True when `bd` has said something since the plan was reviewed.
fn answered(status: &Value) -> bool {
    status["trust"] == "reviewed" && status["beads"].as_str().is_some_and(|it| !it.contains("being asked"))
}

#[test]
fn a_slow_bd_holds_no_look_up_and_changes_nothing() {
    let place = Place::new("beads");
    let stolen = place.root().join("stolen");
    let body = format!("sleep 3\necho x > '{}'\necho '{NEW}'", stolen.display());
    script(&place, &body);
    let mut editor = Editor::open(&place);
    editor.allow();
    let began = std::time::Instant::now();
    let told = editor.status(|status| status["trust"] == "reviewed");
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
    assert_eq!(told["beads"], "`bd` is being asked: read from `.beads/issues.jsonl`, which may be old");
    let told = editor.status(answered);
    assert_eq!(told["beads"], "asked from `bd`; `.beads/issues.jsonl` is behind in 5 of 5 tickets");
    assert!(!stolen.exists(), "it writes nothing but its database");
    place.write(".beads/last-touched", "bell-k6l\n");
    editor.changed(".beads/last-touched");
    let told = editor.status(|status| status["beads"].as_str().is_some_and(|it| it.contains("again")));
    assert!(told["beads"].as_str().unwrap().starts_with("asked from `bd`"), "{told}");
    assert_eq!(editor.status(answered)["trust"], "reviewed");
}

/// An editor with our plugin.
struct Editor {
    server: Option<Server>,
    root: PathBuf,
}

impl Editor {
    fn open(place: &Place) -> Editor {
        let root = place.root();
        let server = client::builder()
            .environment(place.environment())
            .with("/rootUri", json!(format!("file://{}", root.display())))
            .with("/capabilities/textDocument/publishDiagnostics/relatedInformation", json!(true))
            .with("/capabilities/textDocument/codeAction/codeActionLiteralSupport/codeActionKind/valueSet", json!([]))
            .with("/capabilities/experimental/tollgate/commands", json!(["tollgate.reviewPlan", "tollgate.explain"]))
            .start();
        Editor { server: Some(server), root }
    }

    fn server(&mut self) -> &mut Server {
        self.server.as_mut().unwrap()
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.root.join(path).display()).replace(' ', "%20")
    }

    fn open_file(&mut self, path: &str) -> String {
        let text = fs::read_to_string(self.root.join(path)).unwrap();
        let uri = self.uri(path);
        self.server().open(&uri, &text);
        uri
    }

    /// The next status that is as wanted.
    fn status(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let status = self.server().expect_notification("tollgate/status");
            if wanted(&status) {
                return status;
            }
        }
    }

    fn allow(&mut self) {
        let root = self.root.display().to_string();
        let plan = self.server().ask("tollgate/trustPlan", json!({ "root": root })).unwrap();
        let words = json!({ "root": root, "hash": plan["hash"], "nonce": plan["nonce"] });
        self.server().ask("tollgate/trustAllow", words).unwrap();
    }

    /// The client's own watcher says so.
    fn changed(&mut self, path: &str) {
        let changes = json!({ "changes": [{ "uri": self.uri(path), "type": 2 }] });
        self.server().notify("workspace/didChangeWatchedFiles", changes);
    }

    fn ask(&mut self, method: &str, uri: &str, line: u32, character: u32) -> Value {
        let position = json!({ "line": line, "character": character });
        let context = json!({ "includeDeclaration": true });
        let about = json!({ "textDocument": { "uri": uri }, "position": position, "context": context });
        self.server().ask(method, about).unwrap()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // What else it says is no matter of these tests.
        if let Some(server) = self.server.take().filter(|_| !std::thread::panicking()) {
            server.hear_out();
        }
    }
}

#[test]
fn an_editor_gives_them_the_service_of_ours() {
    let place = Place::new("backlog");
    let mut editor = Editor::open(&place);
    let path = "backlog/tasks/bell-2 - Hang the great bell.md";
    let uri = editor.open_file(path);
    editor.status(|status| status["root"] == json!(place.root().display().to_string()));
    let hover = editor.ask("textDocument/hover", &uri, 1, 6)["contents"]["value"].as_str().unwrap().to_owned();
    assert!(hover.contains("ticket of Backlog.md · On the rope") && hover.contains("after ✓ BELL-1"), "{hover}");
    let found = editor.ask("textDocument/definition", &uri, 9, 6);
    let target = found[0]["uri"].as_str().or(found["uri"].as_str()).unwrap().to_owned();
    assert!(target.ends_with("/completed/bell-1%20-%20Measure%20the%20tower.md"), "{target}");
    let users = editor.ask("textDocument/references", &uri, 1, 6);
    assert_eq!(users.as_array().unwrap().len(), 2, "itself and its part: {users}");
    let about = json!({ "textDocument": { "uri": uri } });
    let lenses = editor.server().ask("textDocument/codeLens", about.clone()).unwrap();
    assert!(lenses[0]["command"]["title"].as_str().unwrap().contains("next: look"), "{lenses}");
    let symbols = editor.server().ask("textDocument/documentSymbol", about).unwrap();
    assert!(symbols.to_string().contains("Acceptance Criteria"), "{symbols}");
}

#[test]
fn several_tickets_are_told_once_and_one_can_be_chosen() {
    let place = Place::new("backlog");
    let two = |id: &str| {
        format!("---\nid: {id}\ntitle: T\nstatus: On the rope\nassignee:\n  - ann\nlabels: []\ndependencies: []\n---\n")
    };
    place.write("backlog/tasks/bell-5 - T.md", &two("BELL-5"));
    place.write("backlog/tasks/bell-6 - T.md", &two("BELL-6"));
    place.branch("bell-5-and-bell-6");
    let resolution = place.json(&["explain", "--json"])["resolution"].clone();
    assert_eq!(
        resolution["ambiguous"],
        json!({ "rule": "branch_name", "tickets": ["BELL-5", "BELL-6"] }),
        "{resolution}"
    );
    let rows: Vec<String> = place.check().into_iter().filter(|row| row.contains("ambiguous-current")).collect();
    assert_eq!(
        rows,
        ["bell-5 - T.md:2:5 info ticket/ambiguous-current Also named by the branch: `BELL-6`; so no ticket is current"]
    );
    let mut editor = Editor::open(&place);
    // The open file of a ticket would decide.
    editor.open_file("backlog/completed/bell-1 - Measure the tower.md");
    let told = editor.status(|status| !status["ambiguous"].is_null());
    assert_eq!(told["ambiguous"]["tickets"], json!(["BELL-5", "BELL-6"]));
    let root = place.root().display().to_string();
    let chosen = json!({ "command": "tollgate.makeCurrent", "arguments": [{ "root": root, "ticket": "BELL-6" }] });
    editor.server().ask("workspace/executeCommand", chosen).unwrap();
    let told = editor.status(|status| status["ticket"]["id"] == "BELL-6");
    assert_eq!(told["ambiguous"], json!(null));
    let unknown = json!({ "command": "tollgate.makeCurrent", "arguments": [{ "root": root, "ticket": "BELL-99" }] });
    assert!(editor.server().ask("workspace/executeCommand", unknown).is_err());
    drop(editor);
    assert_eq!(place.current(), (json!("BELL-6"), json!("editor")), "a terminal sees the same");
    assert!(!place.check().iter().any(|row| row.contains("ambiguous-current")));
    place.branch("bells");
    assert_eq!(place.current().0, json!(null), "another branch is another question");
}
