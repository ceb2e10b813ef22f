//! Trust belongs to one plan of one path, and what starts is what the plan says.

use crate::{
    editor,
    place::{self, Place, executable},
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const PASS: &str = "    type: command\n    run: [worker, one]\n    outputs: [{id: out, path: out.txt}]\n    gate:\n      verify: [{id: look, command: [checker, out.txt], format: auto}]\n";

/// A reviewed checkout whose pass notes its arguments in `out.txt`.
fn reviewed() -> Place {
    let place = place::with_pass(PASS);
    place.program("worker", "echo \"$@\" > out.txt");
    place.program("checker", "exit 0");
    place.allow();
    place
}

fn refuses(place: &Place) {
    let review = place.call(&["trust", "--json"]).json();
    assert_eq!(review["state"], "changed");
    assert!(review["markdown"].as_str().unwrap().starts_with("# What has changed since it was reviewed"), "{review}");
    let called = place.run();
    assert_eq!(called.code, Some(3), "{called:?}");
    assert!(!place.root.join("out.txt").exists());
}

/// What was reviewed runs; this is what the other tests of this file take away.
#[test]
fn what_was_reviewed_runs() {
    let place = reviewed();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    assert_eq!(place.read("out.txt").as_deref(), Some("one\n"));
}

/// One byte of a command, a verify command, the write scope, a time limit or the agent that would do it, and the plan is
/// another one: nothing runs, and the difference is shown.
#[test]
fn tg05_one_byte_of_the_plan_blocks() {
    for (old, new) in [
        ("[worker, one]", "[worker, two]"),
        ("[checker, out.txt]", "[checker, out.tx]"),
        ("path: out.txt", "path: \"*.txt\""),
        (
            "    type: command\n    run: [worker, one]",
            "    type: command\n    limits: {timeout: 5m}\n    run: [worker, one]",
        ),
        ("[{id: look, ", "[{id: more, command: [worker, x], format: auto}, {id: look, "),
    ] {
        let place = reviewed();
        place.replace(".tollgate/workflows/flow.md", old, new);
        refuses(&place);
    }
    let place = reviewed();
    place.replace(".tollgate/tickets/t-1.md", "workflow: flow", "workflow: flow\nharness: codex");
    refuses(&place);
    place.replace(".tollgate/workflows/flow.md", "[worker, one]", "[worker, two]");
    let review = place.call(&["trust"]).out;
    let (difference, whole) = review.split_once("# What would become runnable").unwrap();
    for word in ["t-1", "codex", "worker", "two"] {
        assert!(difference.contains(word), "{word} is no part of the difference:\n{difference}");
    }
    assert!(!difference.contains("checker") && whole.contains("checker"), "{review}");
}

/// A spec that is swapped while a run starts is either run as it was reviewed or not at all.
#[test]
fn tg06_a_swapped_spec_never_runs_unreviewed() {
    let place = reviewed();
    let good = place.read(".tollgate/workflows/flow.md").unwrap();
    let bad = good.replace("[worker, one]", "[worker, bad]").replace("[checker, out.txt]", "[checker, bad]");
    place.program(
        "worker",
        &format!("echo \"$@\" >> {0}; echo \"$@\" > out.txt", place.path("home/.npm/said").display()),
    );
    fs::create_dir_all(place.path("home/.npm")).unwrap();
    place.allow();
    let over = AtomicBool::new(false);
    let (mut ran, mut refused) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let path = place.root.join(".tollgate/workflows/flow.md");
            let fresh = place.path("fresh.md");
            for text in [&bad, &good].into_iter().cycle() {
                fs::write(&fresh, text).unwrap();
                fs::rename(&fresh, &path).unwrap();
                thread::sleep(std::time::Duration::from_micros(700));
                if over.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for _ in 0..100 {
            match place.run().code {
                Some(0) => ran += 1,
                _ => refused += 1,
            }
            let said = place.read("out.txt").unwrap_or_else(|| "one\n".to_owned());
            if said != "one\n" {
                over.store(true, Ordering::SeqCst);
                panic!("it ran what nobody reviewed: {said}");
            }
        }
        over.store(true, Ordering::SeqCst);
    });
    assert_eq!(ran + refused, 100);
}

/// A configuration that an agent would obey, new since the review, blocks: each name, and also where git ignores it.
#[test]
fn tg07_a_new_configuration_of_an_agent_blocks() {
    for path in [
        ".claude/settings.json",
        ".claude/settings.local.json",
        ".claude/agents/deep/er.md",
        ".mcp.json",
        "opencode.json",
        ".opencode/plugin/x.js",
        ".gemini/settings.json",
        ".codex/config.toml",
        ".cursor/mcp.json",
        ".vscode/settings.json",
        ".kiro/settings/mcp.json",
        ".clinerules/rule.md",
        ".github/agents/x.md",
        "CLAUDE.md",
        ".env",
    ] {
        let place = reviewed();
        place.write(".gitignore", &format!("{}\n", path.split('/').next().unwrap()));
        assert_eq!(place.state(), "reviewed", "a list of ignored files starts nothing");
        place.write(path, "{}");
        refuses(&place);
        fs::remove_file(place.root.join(path)).unwrap();
        assert_eq!(place.state(), "reviewed", "{path}");
    }
}

/// A configuration too large for the plan to quote is no less a configuration.
#[test]
fn tg07_a_huge_configuration_blocks() {
    let place = reviewed();
    place.write(".claude/settings.json", &format!("{{}}{}", " ".repeat(9 << 20)));
    refuses(&place);
}

/// A link in the place of an agent's configuration blocks, and what it points to never stands in a run's tree.
#[test]
fn tg07_a_link_is_no_way_around() {
    let place = place::with_pass("    type: command\n    run: [worker]\n    outputs: [{id: out, path: out.txt}]\n");
    place.program("worker", "cat .claude/settings.json .mcp.json .github/agents/a.md > out.txt 2>/dev/null; true");
    for path in ["docs/settings.json", "docs/mcp.json", "docs/agents/a.md"] {
        place.write(path, "first");
    }
    place.allow();
    symlink("docs", place.root.join(".claude")).unwrap();
    assert_eq!(place.state(), "changed", "a folder that is a link");
    place.allow();
    symlink("docs/mcp.json", place.root.join(".mcp.json")).unwrap();
    assert_eq!(place.state(), "changed", "a file that is a link");
    place.allow();
    symlink("docs", place.root.join(".github")).unwrap();
    assert_eq!(place.state(), "changed", "a link on the way");
    place.allow();
    place.write("docs/settings.json", "hooks that nobody saw");
    let called = place.run();
    assert_eq!(place.read("out.txt").as_deref(), Some(""), "{called:?}");
}

/// An agent's configuration that appears between the review's look and the run's is not in the run's tree.
#[test]
fn tg07_a_configuration_cannot_slip_in_while_a_run_starts() {
    let place = place::with_pass(
        "    type: command\n    run: [worker]\n    outputs: [{id: out, path: out.txt, required: false}]\n",
    );
    place.program("worker", "cat .mcp.json > out.txt 2>/dev/null; true");
    place.allow();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                place.write(".mcp.json", "unseen");
                thread::sleep(std::time::Duration::from_micros(500));
                fs::remove_file(place.root.join(".mcp.json")).unwrap();
                thread::sleep(std::time::Duration::from_micros(500));
            }
        });
        for _ in 0..60 {
            place.run();
            let seen = place.read("out.txt").unwrap_or_default();
            if !seen.is_empty() {
                over.store(true, Ordering::SeqCst);
                panic!("the run saw a configuration that nobody had reviewed");
            }
        }
        over.store(true, Ordering::SeqCst);
    });
}

/// Another plan blocks and the old one is good again without a question, as when a branch is switched and switched back.
#[test]
fn tg08_a_branch_and_back() {
    let place = reviewed();
    place.commit();
    assert_eq!(place.state(), "reviewed");
    place.git(&place.root, &["checkout", "-qb", "other"]);
    place.replace(".tollgate/workflows/flow.md", "[worker, one]", "[worker, two]");
    place.git(&place.root, &["commit", "-qam", "second"]);
    refuses(&place);
    place.git(&place.root, &["checkout", "-q", "main"]);
    assert_eq!(place.state(), "reviewed");
}

/// Trust is not inherited: not by a work tree of the same repository, a nested repository, a submodule, a parent, or a
/// folder whose `.git` says it is the trusted one.
#[test]
fn tg09_relatives_decide_for_themselves() {
    let place = reviewed();
    place.commit();
    let main = place.root.clone();
    let state = |folder: &Path| {
        let root = folder.display().to_string();
        let report = place.call(&["trust", "--json", "--root", &root]).json();
        assert_eq!(report["root"], root.as_str(), "the root is the folder itself");
        report["state"].as_str().unwrap().to_owned()
    };
    let beside = place.path("beside");
    place.git(&main, &["worktree", "add", "-q", &beside.display().to_string(), "-b", "beside"]);
    assert_eq!(state(&beside), "restricted", "a linked work tree");
    let nested = main.join("nested");
    place.git(&main, &["clone", "-q", ".", "nested"]);
    assert_eq!(state(&nested), "restricted", "a nested repository");
    let source = main.display().to_string();
    let other = place.path("other");
    fs::create_dir(&other).unwrap();
    place.git(&other, &["init", "-q", "."]);
    place.git(&other, &["submodule", "add", "-q", &source, "sub"]);
    assert_eq!(state(&other.join("sub")), "restricted", "a submodule");
    for forged in [format!("gitdir: {source}/.git\n"), format!("gitdir: {source}/.git/worktrees/beside\n")] {
        let folder = place.path("forged");
        fs::create_dir_all(folder.join(".tollgate/workflows")).unwrap();
        fs::copy(main.join(".tollgate/workflows/flow.md"), folder.join(".tollgate/workflows/flow.md")).unwrap();
        fs::write(folder.join(".git"), forged).unwrap();
        assert_eq!(state(&folder), "restricted", "a forged .git");
    }
    fs::create_dir_all(main.parent().unwrap().join(".tollgate")).unwrap();
    assert_eq!(state(main.parent().unwrap()), "restricted", "the parent");
    assert_eq!(place.state(), "reviewed");
}

/// However a root is reached, its real path decides; no name of it is trusted more than the path itself.
#[test]
fn tg10_the_real_path_decides() {
    let place = reviewed();
    let link = place.path("link");
    symlink(&place.root, &link).unwrap();
    let state = |root: &Path| {
        place.call(&["trust", "--json", "--root", &root.display().to_string()]).json()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state(&link), "reviewed");
    assert_eq!(state(Path::new("/proc/self/cwd")), "reviewed");
    // the same name with other content behind it
    let evil = place.path("evil");
    fs::create_dir_all(evil.join(".tollgate")).unwrap();
    fs::remove_file(&link).unwrap();
    symlink(&evil, &link).unwrap();
    assert_eq!(state(&link), "restricted");
    let copy = place.path("SHOP");
    fs::create_dir_all(copy.join(".tollgate")).unwrap();
    assert_eq!(state(&copy), "restricted", "another case is another path");
    place.call(&["trust", "--deny"]);
    let mut editor = editor::open_with(
        &place,
        &place.path("shop/."),
        serde_json::json!(["tollgate.reviewPlan"]),
        serde_json::json!(null),
    );
    editor.expect_trust("denied");
    editor.leave();
}

/// A trust log that is not a file of the user alone, whole and small, trusts nobody and says why.
#[test]
fn tg11_a_bad_log_trusts_nobody() {
    let place = reviewed();
    let log = place.path("state/tollgate/trust.jsonl");
    let good = fs::read(&log).unwrap();
    let mode = |mode: u32| fs::set_permissions(&log, fs::Permissions::from_mode(mode)).unwrap();
    let restore = || {
        let _ = fs::remove_dir(&log);
        let _ = fs::remove_file(&log);
        fs::write(&log, &good).unwrap();
        mode(0o600);
        assert_eq!(place.state(), "reviewed");
    };
    let refused = |what: &str| {
        let called = place.call(&["trust"]);
        assert_eq!(called.code, Some(3), "{what}: {called:?}");
        assert!(called.out.contains("State: restricted (") && called.out.contains("trust"), "{what}: {}", called.out);
        assert_eq!(place.run().code, Some(3), "{what}");
        restore();
    };
    for bad in [0o644, 0o666, 0o620] {
        mode(bad);
        refused("readable or writable by others");
    }
    fs::write(&log, &good[..good.len() - 9]).unwrap();
    refused("a torn line");
    fs::write(&log, [&good[..], b"{\"action\":\"allow\"}\n"].concat()).unwrap();
    refused("an odd line");
    fs::write(&log, [&b"\xff\xfe\n"[..], &good].concat()).unwrap();
    refused("no text");
    fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(1 << 30).unwrap();
    refused("1 GB");
    fs::remove_file(&log).unwrap();
    fs::create_dir(&log).unwrap();
    refused("a folder");
    fs::remove_file(&log).unwrap();
    fs::write(place.path("elsewhere"), &good).unwrap();
    fs::set_permissions(place.path("elsewhere"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink(place.path("elsewhere"), &log).unwrap();
    refused("a link");
    fs::hard_link(&log, place.path("second")).unwrap();
    refused("a second name");
}

/// A program that was replaced, or an earlier one of its name on the search path, is not the one that was reviewed.
#[test]
fn tg17_another_program_of_that_name_blocks() {
    let place = reviewed();
    place.program("worker", "echo replaced > out.txt");
    refuses(&place);
    let place = reviewed();
    place.program("checker", "exit 0 # replaced");
    refuses(&place);
    let mut place = reviewed();
    executable(&place.path("early/worker"), "echo early > out.txt");
    let path = format!("{}:{}:/usr/bin:/bin", place.path("early").display(), place.path("bin").display());
    place.variables.insert("PATH".to_owned(), path);
    refuses(&place);
}

/// A program inside the checkout never goes by a trusted name: not by an entry of the search path that leads there, not by
/// a relative one, and not while a run is under way.
#[test]
fn tg17_a_program_inside_the_checkout_is_not_found() {
    for entry in ["node_modules/.bin", "", ".", "./node_modules/.bin"] {
        let mut place = place::with_pass(PASS);
        executable(&place.root.join("node_modules/.bin/worker"), "echo inside > out.txt");
        executable(&place.root.join("worker"), "echo inside > out.txt");
        place.program("checker", "exit 0");
        let inside =
            if entry.starts_with('n') { place.root.join(entry).display().to_string() } else { entry.to_owned() };
        place.variables.insert("PATH".to_owned(), format!("{inside}:{}:/usr/bin:/bin", place.path("bin").display()));
        place.allow();
        let called = place.run();
        assert_ne!(called.code, Some(0), "{entry}: {called:?}");
        assert_eq!(place.read("out.txt"), None, "{entry}: {called:?}");
    }
}

/// An agent that the user's configuration names by a relative path is not looked for in the checkout.
#[test]
fn tg17_an_agent_inside_the_checkout_is_not_found() {
    let place = place::with_pass("    agent: free\n");
    place.write(".tollgate/agents/free.md", "---\nschema_version: 1\nname: free\ntier: light\n---\nWork.\n");
    place.replace(".tollgate/config.yaml", "project:", "tiers: {light: [{harness: claude, model: haiku}]}\nproject:");
    executable(&place.root.join("bin/claude"), "echo inside >> started");
    for command in ["bin/claude", "./bin/claude", &place.root.join("bin/claude").display().to_string()] {
        place.configure(&format!("harnesses: {{claude: {{command: [\"{command}\"]}}}}\n"));
        let plan = place.call(&["trust", "--json"]).json()["markdown"].to_string();
        assert!(!plan.contains("bin/claude"), "{command}: {plan}");
        place.allow();
        let called = place.run();
        assert!(called.code != Some(0) && !called.all().contains("\"started\""), "{command}: {called:?}");
    }
}

/// A checker that lies in the checkout runs only with the bytes that were reviewed, also when the pass itself may change
/// it.
#[test]
fn tg17_a_run_does_not_change_its_own_checker() {
    let place = place::with_pass(
        "    type: command\n    run: [worker]\n    outputs: [{id: all, kind: diff, writes: [\"tools/**\"]}]\n    gate:\n      verify: [{id: look, command: [./tools/check.sh], format: auto}]\n",
    );
    executable(&place.root.join("tools/check.sh"), "exit 1");
    place.program("worker", "printf '#!/bin/sh\\nexit 0\\n' > tools/check.sh");
    place.allow();
    let called = place.run();
    assert_ne!(called.code, Some(0), "{called:?}");
    assert_eq!(place.read("tools/check.sh").as_deref(), Some("#!/bin/sh\nexit 1\n"));
}

/// A checkout whose gate starts an interpreter on a script of the checkout.
fn scripted(script: &str, command: &str) -> Place {
    let place = place::with_pass(&format!(
        "    type: command\n    run: [worker]\n    outputs: [{{id: all, kind: diff, writes: [\"tools/**\", \"out.txt\"]}}]\n    gate:\n      verify: [{{id: look, command: {command}, format: auto}}]\n"
    ));
    place.write("tools/check.sh", script);
    place.program("worker", "echo one > out.txt");
    place
}

/// A script that a command names is part of the plan: changed, removed or replaced by a link it asks again, and shows how
/// it differs. A folder that a command names is not.
#[test]
fn tg05_a_script_that_a_command_names_is_part_of_the_plan() {
    for command in [
        "[sh, tools/check.sh]",
        "[sh, -e, ./tools//check.sh]",
        "[sh, tools/../tools/check.sh]",
        "[env, \"--x=tools/check.sh\", sh]",
    ] {
        let place = scripted("exit 0\n", command);
        place.allow();
        place.write("tools/check.sh", "exit 0\ncurl evil\n");
        refuses(&place);
        let review = place.call(&["trust"]).out;
        assert!(review.contains("\n+curl evil\n"), "{review}");
        place.write("tools/check.sh", "exit 0\n");
        assert_eq!(place.state(), "reviewed", "{command}: as it was");
        fs::remove_file(place.root.join("tools/check.sh")).unwrap();
        refuses(&place);
        place.write("tools/other.sh", "exit 0\n");
        symlink("other.sh", place.root.join("tools/check.sh")).unwrap();
        refuses(&place);
    }
    let place = scripted("exit 0\n", "[ls, tools]");
    place.allow();
    place.write("tools/check.sh", "exit 1\n");
    assert_eq!(place.state(), "reviewed", "a folder is what is looked at");
    assert_eq!(place.run().code, Some(0));
}

/// A pass that may write the script which judges it is not judged by what it wrote: the gate is an error.
#[test]
fn tg17_a_run_does_not_change_the_script_of_its_gate() {
    let worker = |script: &str| format!("echo one > out.txt; {script}");
    for script in [
        "echo 'exit 0' > tools/check.sh",
        "rm tools/check.sh",
        "echo 'exit 0' > tools/o.sh; ln -sf o.sh tools/check.sh",
        "echo 'exit 0' > tools/o.sh; rm -r tools; mkdir tools2; ln -s tools2 tools; echo 'exit 0' > tools/check.sh",
    ] {
        let place = scripted("exit 1\n", "[sh, tools/check.sh]");
        place.program("worker", &worker(script));
        place.allow();
        let called = place.run();
        assert_eq!(called.code, Some(1), "{script}: {called:?}");
        assert_ne!(called.ended()["outcome"], "ok", "{script}: {called:?}");
        assert_eq!(place.read("tools/check.sh").as_deref(), Some("exit 1\n"), "{script}");
    }
    let place = scripted("exit 0\n", "[sh, tools/check.sh]");
    place.program("worker", &worker("echo 'exit 0 # mine' > tools/check.sh"));
    place.allow();
    let called = place.run();
    let checks = called.out.lines().find(|line| line.contains("\"check\"")).unwrap_or_default();
    assert!(checks.contains("ERROR") && checks.contains("is not the file that was reviewed"), "{called:?}");
}

/// A file that the workflow itself writes, and a check of which it is the subject, asks nobody: it is there to be written.
#[test]
fn tg05_an_output_is_no_script() {
    let place = reviewed();
    assert_eq!(place.run().code, Some(0));
    assert!(place.root.join("out.txt").exists());
    assert_eq!(place.state(), "reviewed");
}

/// git and the fence, which Tollgate starts for itself, are never taken from the checkout, even where the user's own search
/// path leads there.
#[test]
fn tg17_our_own_helpers_are_not_the_checkouts() {
    let mut place = reviewed();
    place.commit();
    let mark = place.path("home/helper");
    for name in ["git", "bwrap"] {
        executable(&place.root.join("tools").join(name), &format!("echo {name} >> {}; exit 1", mark.display()));
    }
    let path =
        format!("{}:{}:/usr/local/bin:/usr/bin:/bin", place.root.join("tools").display(), place.path("bin").display());
    place.variables.insert("PATH".to_owned(), path);
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    assert!(!mark.exists(), "{:?}", fs::read_to_string(mark));
}
