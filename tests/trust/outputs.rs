//! What a run may leave behind: files that the plan lists, beneath the root, in new inodes, and nothing that anybody
//! obeys without a person's word.

use crate::{
    place::{self, Place, until},
    watch,
};
use serde_json::json;
use std::{fs, os::unix::fs::symlink};

/// A reviewed checkout whose pass writes with this script, within these globs.
fn writing(writes: &str, script: &str) -> Place {
    let place = place::with_pass(&format!(
        "    type: command\n    run: [worker]\n    outputs: [{{id: all, kind: diff, writes: {writes}}}]\n"
    ));
    place.program("worker", script);
    place
}

/// An output outside of the root, or under a name that another system reads differently, is told at the name, and nothing
/// is written there.
#[test]
fn tg28_paths_stay_below_the_root() {
    let outside = place::empty();
    let target = outside.path("outside.txt").display().to_string();
    for path in [
        "../x",
        "a/../../x",
        &target,
        "~/x",
        "$HOME/x",
        "C:\\\\x",
        "\\\\\\\\?\\\\x",
        "CON",
        "a:b",
        "dot.",
        "-rf",
        "a\\0b",
        "/",
    ] {
        let place = place::with_pass(&format!(
            "    type: command\n    run: [worker]\n    outputs: [{{id: out, path: \"{path}\"}}]\n"
        ));
        place.program("worker", "mkdir -p a; echo x > -rf 2>/dev/null; echo x > out.txt; true");
        let told = place.call(&["check", "--format", "json"]).out;
        if !["-rf", "CON", "$HOME/x"].contains(&path) {
            assert!(told.contains("path/") || told.contains("yaml/"), "nothing is said of {path}: {told}");
        }
        place.allow();
        place.run();
        for name in ["../x", "x"] {
            assert!(!place.root.join(name).exists(), "{path}");
        }
        assert!(!place.path("home/x").exists() && !outside.path("outside.txt").exists(), "{path}");
    }
}

/// Below a folder that is a link nothing is written; a file with a second name gets a new inode, and the other name keeps
/// its content.
#[test]
fn tg29_links_are_not_written_through() {
    let place = writing("[\"out/**\", \"hard.txt\"]", "mkdir -p out; echo new > out/a.txt; echo new > hard.txt");
    fs::create_dir(place.path("far")).unwrap();
    symlink(place.path("far"), place.root.join("out")).unwrap();
    fs::write(place.path("second.txt"), "old").unwrap();
    fs::hard_link(place.path("second.txt"), place.root.join("hard.txt")).unwrap();
    place.allow();
    let called = place.run();
    assert!(!place.path("far/a.txt").exists(), "{called:?}");
    assert_eq!(fs::read_to_string(place.path("second.txt")).unwrap(), "old");
    fs::remove_file(place.root.join("out")).unwrap();
    let called = place.run();
    assert_eq!(place.read("hard.txt").as_deref(), Some("new\n"), "{called:?}");
    assert_eq!(fs::read_to_string(place.path("second.txt")).unwrap(), "old", "a new inode");
}

/// A folder that becomes a link while the pass runs leads nowhere.
#[test]
fn tg29_a_parent_that_becomes_a_link_leads_nowhere() {
    let place = writing(
        "[\"out/**\"]",
        "mkdir -p out; echo new > out/a.txt; for at in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done",
    );
    place.write("out/keep.txt", "kept");
    fs::create_dir(place.path("far")).unwrap();
    place.allow();
    let mut child = place.start(&["run", "t-1", "--yes", "--json"]);
    until("it runs", || !crate::watch::processes_with(&place.path("bin/worker").display().to_string()).is_empty());
    fs::rename(place.root.join("out"), place.path("moved")).unwrap();
    symlink(place.path("far"), place.root.join("out")).unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_dir(place.path("far")).unwrap().count(), 0);
    assert!(!place.path("moved/a.txt").exists());
}

/// A link, a pipe or a repository that a run makes is never taken.
#[test]
fn tg29_links_of_a_run_are_not_taken() {
    for script in
        ["ln -s /etc/passwd out.txt", "ln -s .. up", "mkfifo pipe", "mkdir -p sub/.git; echo x > sub/.git/config"]
    {
        let place = writing("[\"**\"]", script);
        place.allow();
        let called = place.run();
        assert_eq!(called.ended()["outcome"], "out_of_scope", "{script}: {called:?}");
        for name in ["out.txt", "up", "pipe", "sub"] {
            assert!(fs::symlink_metadata(place.root.join(name)).is_err(), "{script}");
        }
    }
}

/// What git, editors, agents and Tollgate obey is proposed to a person and never written, however it is spelt, also where
/// the pass may write everything.
#[test]
fn tg30_what_others_obey_is_only_proposed() {
    for path in [
        ".vscode/settings.json",
        ".claude/settings.json",
        ".Claude/Settings.json",
        ".github/workflows/ci.yml",
        ".tollgate/workflows/flow.md",
        ".tollgate/records/t-1/01990000-0000-7000-8000-000000000001.json",
        ".tollgate/config.yaml",
        ".mcp.json",
        ".mise.toml",
        ".kiro/x",
        "AGENTS.md",
        "GEMINI.md",
        ".envrc",
        ".husky/pre-commit",
        ".cargo/config.toml",
        ".gitattributes",
        "sub/.claude/settings.json",
    ] {
        let place = writing(
            "[\"**\"]",
            &format!("mkdir -p \"$(dirname '{path}')\"; echo evil > '{path}'; echo good > good.txt"),
        );
        let before = place.read(path);
        place.allow();
        let called = place.run();
        assert_eq!(place.read(path), before, "{path}: {called:?}");
        assert_eq!(place.read("good.txt"), None, "a change is whole: {path}");
        assert_ne!(called.ended()["applied"], true, "{path}");
    }
    for path in [".git/hooks/post-checkout", ".GIT/config", "GIT~1/config", ".g\u{200c}it/config"] {
        let place = writing(
            "[\"**\"]",
            &format!("mkdir -p \"$(dirname '{path}')\"; echo evil > '{path}'; echo good > good.txt"),
        );
        place.commit();
        place.allow();
        let called = place.run();
        assert!(place.read(path).is_none_or(|text| !text.contains("evil")), "{path}: {called:?}");
    }
}

/// Results of checkers lead only to files below the root; many and large ones are bounded, and odd numbers are no crash.
#[test]
fn tg31_results_lead_only_below_the_root() {
    let place = place::with_pass(
        "    type: command\n    run: [worker]\n    gate: {verify: [{id: look, command: [checker], format: sarif}]}\n",
    );
    place.write("src/a.txt", "one\ntwo\n");
    fs::write(place.path("secret.txt"), "secret\n").unwrap();
    let result = |uri: &str, line: i64| {
        json!({ "ruleId": "r", "level": "error", "message": { "text": format!("at {uri}") },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": line, "startColumn": line } } }] })
    };
    let far = place.path("secret.txt").display().to_string();
    let odd = [
        "../secret.txt",
        "src/../../secret.txt",
        &far,
        &format!("file://{far}"),
        "http://127.0.0.1/x",
        "//host/share/x",
        "file://host/share",
        "C:/x",
        "",
    ];
    let mut results: Vec<_> = odd.iter().map(|uri| result(uri, 1)).collect();
    results.extend([-1, 0, i64::MAX, i64::MIN].map(|line| result("src/a.txt", line)));
    results.extend((0..20_000).map(|at| result("src/a.txt", at % 3)));
    let log = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "t" } }, "results": results }] });
    fs::write(place.path("bin/log.json"), log.to_string()).unwrap();
    place.program("worker", "true");
    place.program("checker", &format!("cat {}; exit 1", place.path("bin/log.json").display()));
    place.allow();
    let called = place.call(&["gate", "t-1", "--pass", "work", "--json"]);
    assert_eq!(called.code, Some(1), "{} {}", called.err, called.out.len());
    let found = called.json()["findings"].as_array().unwrap().clone();
    for finding in &found {
        let path = finding["place"]["path"].as_str();
        assert!(path.is_none_or(|path| path == "src/a.txt"), "{finding}");
    }
    let mut editor = crate::editor::open(&place);
    editor.expect_trust("reviewed");
    editor.open_file("src/a.txt");
    std::thread::sleep(std::time::Duration::from_secs(2));
    editor.server.assert_serves();
    for message in editor.leave().iter().filter(|it| it["method"] == "textDocument/publishDiagnostics") {
        let uri = message["params"]["uri"].as_str().unwrap();
        assert!(uri.contains("/shop/"), "{uri}");
        assert!(message["params"]["diagnostics"].as_array().unwrap().len() <= 1000, "{uri}");
    }
}

/// Packages that are installed beside the user's tree and ignored by git are found by a pass and its checks, so that what
/// passes there passes here; nothing that a run does reaches them, also when it stops ignoring them.
#[test]
fn installed_packages_are_found_and_not_changed() {
    for bubblewrap in [true, false] {
        let place = place::with_pass(
            "    type: command\n    run: [worker]\n    outputs: [{id: all, kind: diff, writes: [\"**\"]}]\n    gate: {verify: [{id: test, command: [checker], format: auto}, {id: tool, command: [.venv/bin/tool], format: auto}]}\n",
        );
        if !bubblewrap {
            place.without_bubblewrap();
        }
        place.write("package.json", "{\"name\": \"shop\"}");
        place.write("pyproject.toml", "");
        place.write(".gitignore", "node_modules\n.venv\n");
        place.write("packages/member/index.js", "module.exports = 'of the user'");
        place.write("node_modules/lib/index.js", "module.exports = 'installed'");
        place.write("node_modules/@scope/lib/index.js", "module.exports = 'scoped'");
        let tool = place.root.join(".venv/bin/tool");
        place::executable(&tool, &format!("[ -e {} ] && grep -q 'of the run' src/out.js", tool.display()));
        std::os::unix::fs::symlink("../packages/member", place.root.join("node_modules/member")).unwrap();
        place.commit();
        place.program(
            "worker",
            &format!(
                "cat node_modules/lib/index.js > /dev/null || exit 1\n[ -z \"$(git status --porcelain)\" ] || exit 2\nmkdir -p src; echo \"module.exports = 'of the run'\" | tee src/out.js > packages/member/index.js\nfor folder in . {}; do (cd $folder; echo evil > node_modules/lib/index.js; echo evil > node_modules/evil.js; echo evil > .venv/bin/tool; rm -rf node_modules/lib; ln -s / node_modules) 2>/dev/null; done; rm -f node_modules; true",
                place.root.display()
            ),
        );
        place.program(
            "checker",
            "grep -q installed node_modules/lib/index.js && grep -q scoped node_modules/@scope/lib/index.js || exit 1\n[ ! -e node_modules/evil.js ] || exit 2\ngrep -q 'of the run' node_modules/member/index.js || exit 3\ncommand -v node > /dev/null || exit 0\nnode -e \"if (require('lib') + require('@scope/lib') + require('member') !== 'installedscopedof the run') process.exit(4)\"",
        );
        place.allow();
        let before = watch::snapshot(&place.root.join("node_modules"));
        let called = place.run();
        assert_eq!(called.code, Some(0), "{called:?}");
        assert!(place.read("src/out.js").unwrap().contains("of the run"));
        assert_eq!(watch::snapshot(&place.root.join("node_modules")), before);
        // git may be told to look: they are still nobody's output
        place.program(
            "worker",
            "mkdir -p src; : > .gitignore; echo 2 > src/out.js; mkdir -p node_modules/lib packages/x; echo evil > node_modules/lib/evil.js; true",
        );
        place.replace(".tollgate/tickets/t-1.md", "Do it.", "Do it again.");
        fs::remove_file(place.root.join("src/out.js")).unwrap();
        place.allow();
        place.run();
        assert_eq!(watch::snapshot(&place.root.join("node_modules")), before);
        assert!(place.root.join(".venv/bin/tool").exists());
    }
}

/// What git ignores is no part of a change and is not looked at; a run cannot leave something there that its checks obey.
#[test]
fn checks_do_not_obey_what_a_run_left_beside_its_change() {
    let place = place::with_pass(
        "    type: command\n    run: [worker]\n    outputs: [{id: all, kind: diff, writes: [\"src/**\"]}]\n    gate: {verify: [{id: test, command: [checker], format: auto}]}\n",
    );
    place.write(".gitignore", "*.cfg\nbuild\n");
    place.commit();
    place.program("worker", "mkdir -p src/build; echo good > src/out.txt; echo all-is-well > src/test.cfg; touch src/build/skip; touch root.cfg");
    place.program(
        "checker",
        "[ -e src/out.txt ] || exit 1; [ ! -e src/test.cfg ] && [ ! -e src/build ] && [ ! -e root.cfg ] || exit 2",
    );
    place.allow();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    assert_eq!(place.read("src/out.txt").as_deref(), Some("good\n"));
}
