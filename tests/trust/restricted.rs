//! A checkout that nobody has reviewed: Tollgate is a function from its bytes to text on the screen.

use crate::{
    client,
    editor::{self, uri},
    place::{self, Place, SECRET},
    watch::{self, Footprint},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

/// The fixture, with its port, and what no fixture can hold: pipes, links, a repository with programs in its settings.
fn hostile(port: u16) -> Place {
    let mut place = place::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile");
    copy(&from, &place.root, port);
    place.commit();
    let config = fs::read_to_string(place.root.join(".git/config")).unwrap();
    let canary = place.path("bin/touch").display().to_string();
    place.write(
        ".git/config",
        &format!("{config}\n[core]\n\tfsmonitor = {canary}\n\thooksPath = hooks\n[filter \"x\"]\n\tclean = {canary}\n\tsmudge = {canary}\n[alias]\n\tconfig = !{canary}\n"),
    );
    place.write(".gitattributes", "* filter=x\n");
    fs::write(place.path("outside.md"), format!("---\nschema_version: 1\nname: {SECRET}\n---\n{SECRET}\n")).unwrap();
    symlink(place.path("outside.md"), place.root.join(".tollgate/agents/link.md")).unwrap();
    symlink(place.path("home"), place.root.join(".tollgate/gates/folder")).unwrap();
    for pipe in [".tollgate/tickets/pipe.md", ".claude/agents/pipe.md", ".tollgate/workflows/pipe.md"] {
        assert!(Command::new("mkfifo").arg(place.root.join(pipe)).status().unwrap().success());
    }
    watch::set_traps(&mut place);
    place
}

fn copy(from: &Path, to: &Path, port: u16) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target, port);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            fs::write(target, text.replace("45771", &port.to_string())).unwrap();
        }
    }
}

fn ours(root: &Path) -> Vec<String> {
    let mut found: Vec<String> = watch::snapshot(&root.join(".tollgate")).into_keys().collect();
    found.retain(|path| path.ends_with(".md") || path.ends_with(".yaml") || path.ends_with(".json"));
    found.retain(|path| fs::symlink_metadata(path).unwrap().is_file());
    found.iter().map(|path| Path::new(path).strip_prefix(root).unwrap().display().to_string()).collect()
}

/// Opening, looking at, completing, changing and saving a hostile checkout in an editor starts no process, opens no
/// socket and changes no file of it; the lens says "Review plan…".
#[test]
fn tg01_an_editor_only_looks() {
    let port = watch::listen();
    let place = hostile(port.number);
    let before = watch::snapshot(&place.root);
    let mut editor = editor::open(&place);
    editor.expect_trust("restricted");
    let mut titles = String::new();
    for path in ours(&place.root) {
        let uri = editor.open_file(&path);
        let document = json!({ "uri": uri });
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 40, "character": 0 } });
        let server = &mut editor.server;
        for method in ["codeLens", "documentSymbol", "foldingRange"] {
            let answer = server.ask(&format!("textDocument/{method}"), json!({ "textDocument": document })).unwrap();
            titles.push_str(&answer.to_string());
        }
        let about = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
        for method in ["inlayHint", "codeAction"] {
            titles.push_str(&server.ask(&format!("textDocument/{method}"), about.clone()).unwrap().to_string());
        }
        for line in 0..24 {
            let at = json!({ "textDocument": document, "position": { "line": line, "character": 9 } });
            for method in ["hover", "completion", "definition"] {
                titles.push_str(&server.ask(&format!("textDocument/{method}"), at.clone()).unwrap().to_string());
            }
        }
        server.change(&uri, 2, json!([{ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } }, "text": "\n" }]));
        server.notify("textDocument/didSave", json!({ "textDocument": document }));
    }
    for method in ["tollgate/explain", "tollgate/trustPlan", "tollgate/pendingGates", "tollgate/debugInformation"] {
        // an answer or a refusal; what it does is what is looked at
        let _ = editor.server.ask(method, json!({ "root": place.root }));
    }
    assert_eq!(watch::footprint(editor.server.pid()), Footprint::default());
    let said = Value::from(editor.leave()).to_string();
    assert!(titles.contains("Review plan…"), "{titles}");
    assert!(!titles.contains("\"tollgate.run\""), "nothing is offered to be run");
    assert!(!said.contains(SECRET) && !titles.contains(SECRET), "a link was followed");
    assert_eq!(watch::caught(&place), "");
    assert_eq!(watch::snapshot(&place.root), before);
    assert_eq!(port.heard(), "");
}

/// Every subcommand that looks, and those that would start something, start nothing, connect to nothing and write nothing
/// into a hostile checkout.
#[test]
fn tg01_the_command_line_only_looks() {
    let port = watch::listen();
    let place = hostile(port.number);
    let before = watch::snapshot(&place.root);
    for (arguments, codes) in [
        (&["check"][..], &[1][..]),
        (&["check", "--format", "json"], &[1]),
        (&["check", "--format", "sarif"], &[1]),
        (&["explain"], &[0, 1]),
        (&["explain", "grab-1", "--json"], &[0]),
        (&["cost"], &[0]),
        (&["trust"], &[3]),
        (&["trust", "--json"], &[3]),
        (&["run", "grab-1", "--yes"], &[3]),
        (&["run", "grab-1", "--yes", "--detach"], &[3]),
        (&["run", "grab-1", "--yes", "--supervise", "01990000-0000-7000-8000-000000000009"], &[3]),
        (&["gate", "grab-1"], &[3]),
    ] {
        let called = place.call(arguments);
        assert!(called.code.is_some_and(|code| codes.contains(&code)), "{arguments:?}: {called:?}");
        assert!(!called.all().contains(SECRET), "{arguments:?} followed a link");
        assert_eq!(watch::caught(&place), "", "{arguments:?}");
    }
    assert_eq!(watch::snapshot(&place.root), before);
    assert_eq!(port.heard(), "");
}

/// A decision of a person over an unreviewed checkout starts no process either: who decides is read from files.
#[test]
fn tg01_deciding_starts_nothing() {
    let mut place = place::with_pass("    type: command\n    run: [\"true\"]\n    gate: {reviewer: {type: human}}\n");
    watch::set_traps(&mut place);
    fs::write(place.path("home/.gitconfig"), "[user]\n\tname = Ann\n\temail = ann@example.invalid\n").unwrap();
    let words = format!("{} gate approve t-1 work", env!("CARGO_BIN_EXE_tollgate"));
    let mut terminal = Command::new("/usr/bin/script");
    terminal.args(["-qec", &words, "/dev/null"]).current_dir(&place.root).env_clear().envs(place.environment());
    let output = terminal.env("SHELL", "/bin/sh").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(watch::caught(&place), "", "{said}");
}

/// A client that asks for a run of an unreviewed checkout is refused with -32803, and nothing starts.
#[test]
fn tg02_a_run_is_refused() {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    place.program("worker", &format!("echo ran > {}", place.path("ran").display()));
    let mut editor = editor::open(&place);
    editor.expect_trust("restricted");
    let id = editor.request_run();
    assert_eq!(editor.server.reply_to(id), Err(-32803));
    assert_eq!(watch::footprint(editor.server.pid()), Footprint::default());
    let forged = json!({ "root": place.root.display().to_string(), "hash": "sha256:0", "nonce": "forged" });
    assert_eq!(editor.server.ask("tollgate/trustAllow", forged), Err(-32803));
    let kept = |words: &str| place.audit().contains(words);
    place::until("what was refused is kept", || kept("tollgate.run") && kept("tollgate/trustAllow"));
    let told = editor.server.ask("tollgate/debugInformation", json!({})).unwrap()["text"].to_string();
    assert!(told.contains("refused: ") && told.contains("untrusted: review the launch plan"), "{told}");
    editor.leave();
    assert_eq!(place.run().code, Some(3));
    assert!(kept("\"by\":\"the command line\"") && kept("nobody has reviewed this root"), "{}", place.audit());
    assert!(!place.path("ran").exists());
}

/// What a client's options, its settings or the checkout's own settings say of trust changes nothing, and is told at the
/// setting.
#[test]
fn tg03_settings_have_no_say() {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    place.program("worker", "true");
    place.write(".vscode/settings.json", "{\"tollgate.trust\": \"reviewed\", \"tollgate.trusted\": true}\n");
    let hash = place.trust().1;
    place.replace(".tollgate/config.yaml", "project:", "trusted: true\ntrust: reviewed\nproject:");
    let options = json!({ "trust": "reviewed", "trusted": true, "trustPlan": hash, "tollgate": { "trust": { "state": "reviewed" } } });
    let mut editor = editor::open_with(&place, &place.root, json!(["tollgate.reviewPlan"]), options);
    editor.expect_trust("restricted");
    let settings = json!({ "settings": { "tollgate": { "trust": "reviewed", "trusted": true } } });
    editor.server.notify("workspace/didChangeConfiguration", settings);
    let id = editor.request_run();
    assert_eq!(editor.server.reply_to(id), Err(-32803));
    editor.leave();
    assert_eq!(place.state(), "restricted");
    assert!(place.call(&["check"]).out.contains("trust/setting-in-repository"));
}

/// A setting given dotted, nested, twice, in other case or behind `__proto__` is one setting; where it disagrees with itself
/// its default stays and the person is told. None of them says anything of trust, however it is written.
#[test]
fn tg14_a_setting_is_one_however_it_is_written() {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    place.program("worker", &format!("echo ran > {}", place.path("ran").display()));
    let hash = place.trust().1;
    let options = json!({
        "tollgate.trust": "reviewed", "tollgate.trust.state": "reviewed", "Tollgate": { "TRUST": hash, "Trusted": true },
        "__proto__": { "trusted": true, "tollgate": { "trust": "reviewed", "codeLens": { "enable": false } } },
        "tollgate": { "__proto__": { "trust": "reviewed" }, "codeLens.enable": true, "diagnostics.run": "onSave" },
    });
    let mut editor = editor::open_with(&place, &place.root, json!(["tollgate.reviewPlan"]), options);
    editor.expect_trust("restricted");
    let server = &mut editor.server;
    let mut settings = |written: &str, wanted: &str| {
        let message = format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":{{\"settings\":{written}}}}}"
        );
        server.frame(message.as_bytes());
        let told = server.ask("tollgate/debugInformation", json!({})).unwrap()["text"].to_string();
        assert!(told.contains(wanted), "{written}: {told}");
    };
    settings(r#"{"tollgate": {"codeLens": {"enable": false}}}"#, "code_lens: false");
    settings(r#"{"tollgate.codeLens.enable": true}"#, "code_lens: true");
    settings(r#"{"TOLLGATE": {"codelens.ENABLE": false}}"#, "code_lens: false");
    settings(r#"{"tollgate": {"codeLens": {"enable": true}, "codeLens": {"enable": false}}}"#, "code_lens: false");
    settings(r#"{"tollgate.codeLens.enable": false, "tollgate": {"codeLens": {"enable": true}}}"#, "code_lens: true");
    settings(r#"{"tollgate": {"__proto__": {"codeLens": {"enable": false}}, "codeLens": []}}"#, "code_lens: true");
    let id = editor.request_run();
    assert_eq!(editor.server.reply_to(id), Err(-32803));
    let said = Value::from(editor.leave()).to_string();
    assert!(said.contains("neither counts, the default stays"), "{said}");
    assert_eq!(place.state(), "restricted");
    assert!(!place.path("ran").exists());
}

/// A trust log, a plan and a chain of approvals that a checkout brings along are not read.
#[test]
fn tg04_a_checkout_cannot_bring_its_trust() {
    let place = place::with_pass("    type: command\n    run: [worker]\n    gate: {reviewer: {type: human}}\n");
    place.program("worker", "true");
    let (state, hash) = place.trust();
    assert_eq!(state, "restricted");
    let line = format!(
        "{{\"action\":\"allow\",\"exec_hash\":\"{hash}\",\"root\":\"{}\",\"schema_version\":1,\"time\":\"{}\"}}\n",
        place.root.display(),
        jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - 60).unwrap()
    );
    for path in ["trust.jsonl", ".tollgate/trust.jsonl", ".tollgate/state/tollgate/trust.jsonl", "tollgate/trust.jsonl"]
    {
        place.write(path, &line);
    }
    place.write(".tollgate/trusted", &hash);
    assert_eq!(place.state(), "restricted");
    assert_eq!(place.run().code, Some(3));
    // the same line in the user's own log is what trust is made of
    fs::create_dir_all(place.path("state/tollgate")).unwrap();
    let log = place.path("state/tollgate/trust.jsonl");
    fs::write(&log, &line).unwrap();
    fs::set_permissions(&log, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let called = place.call(&["trust", "--json"]).json();
    assert_ne!(called["state"], "restricted", "{called}");
}

/// A decision that a checkout brings along for a pass that nobody ran here approves nothing.
#[test]
fn tg04_a_decision_without_a_run_approves_nothing() {
    let place = hostile(1);
    let plan = place.call(&["explain", "grab-1", "--json"]).json();
    let pass = plan["passes"].as_array().unwrap().iter().find(|pass| pass["id"] == "grab").unwrap();
    assert_ne!(pass["state"], "done", "{pass}");
    assert_ne!(pass["gate"]["state"], "PASSED", "{pass}");
}

/// Flags and variables with which an agent would skip its own questions are errors where they stand.
#[test]
fn tg16_skipping_an_agents_questions_is_an_error() {
    let place = hostile(1);
    let found = place.call(&["check", "--format", "json"]).out;
    for flag in ["args", "permissionMode", "env"] {
        assert!(found.contains(&format!("`{flag}`")) || found.contains(flag), "{flag}");
    }
    let report = place.call(&["trust", "--json"]).json()["markdown"].as_str().unwrap().to_owned();
    // an agent may be told anything; what it is started with is another matter
    let report = report.split("## What agents are told").next().unwrap();
    for flag in ["--dangerously-skip-permissions", "--yolo", "--trust-all-tools", "bypassPermissions"] {
        assert!(!report.contains(flag), "{flag} is in the plan");
    }
}

/// An endpoint, a proxy, a certificate, a header or a key's name in a checkout's files is an error at the key, and the
/// endpoint hears nothing.
#[test]
fn tg18_endpoints_are_the_users() {
    let port = watch::listen();
    let place = hostile(port.number);
    let report = place.call(&["check", "--format", "json"]).json();
    let text = fs::read_to_string(place.root.join(".tollgate/config.yaml")).unwrap();
    let found: Vec<&Value> = report["diagnostics"].as_array().unwrap().iter().collect();
    for key in ["env", "harnesses", "base_url"] {
        let line = text.lines().position(|line| line.contains(&format!("{key}:"))).unwrap() + 1;
        let told = found.iter().any(|it| {
            it["code"] == "trust/setting-in-repository" && it.to_string().contains(&format!("\"line\":{line}"))
        });
        assert!(told, "nothing is said of `{key}` in line {line}: {report}");
    }
    assert_eq!(port.heard(), "");
}

/// An address in a schema, a link, an image, a diagram or an `extends` is text: nobody connects to it.
#[test]
fn tg20_addresses_are_text() {
    let port = watch::listen();
    let place = place::with_pass("    agent: far\n");
    let address = format!("http://127.0.0.1:{}", port.number);
    place.write(".tollgate/config.yaml", &format!("# yaml-language-server: $schema={address}/schema\n$schema: {address}/s.json\nschema_version: 1\nproject: {{id: shop}}\n"));
    place.write(
        ".tollgate/agents/far.md",
        &format!("---\nschema_version: 1\nname: far\nextends: {address}/agent.md\n---\n![i]({address}/i.png) [l]({address}/l)\n\n```mermaid\ngraph TD; click A \"{address}/m\"\n```\n\n<img src=\"{address}/h\">\n{{{{include {address}/x}}}}\n"),
    );
    let mut editor = editor::open(&place);
    editor.expect_trust("restricted");
    for path in [".tollgate/config.yaml", ".tollgate/agents/far.md"] {
        let uri = editor.open_file(path);
        for line in 0..12 {
            let at = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": 12 } });
            for method in ["hover", "definition"] {
                editor.server.ask(&format!("textDocument/{method}"), at.clone()).unwrap();
            }
        }
    }
    assert_eq!(watch::footprint(editor.server.pid()).sockets, 0);
    editor.leave();
    for arguments in [&["check"][..], &["explain", "t-1"], &["trust"]] {
        place.call(arguments);
    }
    assert_eq!(port.heard(), "");
}

/// Documents without a place of their own (`untitled:`, `git:`, remote schemes) are never in a trusted root.
#[test]
fn tg02_a_document_without_a_place_runs_nothing() {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    place.program("worker", "true");
    place.allow();
    let text = place.read(".tollgate/workflows/flow.md").unwrap();
    let mut server = client::builder().environment(place.environment()).start();
    let path = place.root.join(".tollgate/workflows/flow.md").display().to_string();
    for scheme in ["untitled:flow.md".to_owned(), format!("git:{path}"), format!("vscode-remote://far{path}")] {
        server.open(&scheme, &text);
        let lenses = server.ask("textDocument/codeLens", json!({ "textDocument": { "uri": scheme } })).unwrap();
        assert!(!lenses.to_string().contains("tollgate.run"), "{scheme}: {lenses}");
    }
    let arguments = json!([{ "root": uri(&place.root), "ticket": "t-1", "pass": "work" }]);
    let asked = json!({ "command": "tollgate.run", "arguments": arguments });
    assert_eq!(server.ask("workspace/executeCommand", asked), Err(-32803));
    server.overhear();
    server.notify("exit", Value::Null);
    server.exit_code();
    server.overhear();
}
