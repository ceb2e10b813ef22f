//! `tollgate try` as a new user starts it: the session in the terminal with real tools, what it does where they are
//! missing, and what Ctrl-C leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A user with folders of their own and an agent that tells when it was started.
struct User {
    folder: tempfile::TempDir,
}

impl User {
    fn new() -> User {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for agent in ["claude", "codex", "opencode"] {
            let program = bin.join(agent);
            fs::write(&program, format!("#!/bin/sh\ntouch '{}/started'\n", folder.path().display())).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        User { folder }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    /// `tollgate try --editor …`, with this search path behind the user's agents.
    fn try_in(&self, editor: &str, path: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command
            .args(["try", "--editor", editor])
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("XDG_CACHE_HOME", self.at("cache"))
            .env("XDG_STATE_HOME", self.at("state"))
            .env("XDG_CONFIG_HOME", self.at("config"))
            .env("TOLLGATE_TICKET", "feat-9")
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::null());
        command
    }

    /// A search path with these programs of this machine and nothing else.
    fn only(&self, programs: &[&str]) -> String {
        let search = std::env::var_os("PATH").unwrap();
        let folder = self.at("only");
        fs::create_dir(&folder).unwrap();
        for name in programs {
            let mut found = std::env::split_paths(&search).map(|folder| folder.join(name));
            let program = found.find(|path| path.is_file()).unwrap_or_else(|| panic!("{name} is not on the PATH"));
            symlink(program, folder.join(name)).unwrap();
        }
        folder.display().to_string()
    }

    fn shop(&self) -> PathBuf {
        self.at("cache/tollgate/try/shop")
    }

    /// Processes that work on this user's sample.
    fn left(&self) -> Vec<String> {
        let mark = self.at("cache").display().to_string();
        let holds = |file: PathBuf| fs::read(file).is_ok_and(|it| String::from_utf8_lossy(&it).contains(&mark));
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let ours = all.filter(|process| holds(process.join("environ")) || holds(process.join("cmdline")));
        ours.map(|process| {
            format!("{}: {}", process.display(), fs::read_to_string(process.join("cmdline")).unwrap_or_default())
        })
        .collect()
    }

    fn assert_untouched(&self) {
        for own in ["state", "config", "started"] {
            assert!(!self.at(own).exists(), "{own} belongs to the user");
        }
    }
}

/// Git, Node, and Rust with the linker it calls: what the README asks for.
const ASKED_FOR: [&str; 7] = ["git", "node", "cargo", "rustc", "cc", "ld", "as"];

/// Every part is there, in this order.
#[track_caller]
fn assert_story(told: &str, parts: &[&str]) {
    let mut rest = told;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or not where it belongs, in\n{told}"));
        rest = &rest[at + part.len()..];
    }
}

fn records(shop: &Path) -> Vec<Value> {
    let mut paths: Vec<_> =
        fs::read_dir(shop.join(".tollgate/records/bug-7")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

#[test]
fn the_whole_story_is_told_and_true() {
    let user = User::new();
    let ended = user.try_in("none", &user.only(&ASKED_FOR)).output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{told}\n{}", String::from_utf8_lossy(&ended.stderr));
    assert!(!told.contains('\x1b'), "colours are for terminals");
    assert_story(
        &told,
        &[
            "a recorded fix stands in",
            "1. You open a ticket",
            "Review plan…",
            "title: \"The cart shows one total",
            "restricted",
            "postmortem  blocked",
            "the server refuses: untrusted",
            "claude is not installed here",
            "is checked by money: node scripts/check_money.mjs",
            "reviewed",
            "the gate is FAILED",
            "src/discount.rs",
            "  X   44 |",
            "^^^^^^^",
            "error gate/finding",
            "> Run pass fix · no cost · command",
            "the server asks: Run pass fix",
            "checking · $0.00",
            "wrote src/discount.rs",
            "check regressions: passed",
            "-             Benefit::Percent(rate) => Money::from_minor(",
            "+             Benefit::Percent(rate) => subtotal.percent(rate)",
            "Findings in this file: 0.",
            "gate/pending",
            "Recorded: APPROVED",
            "next: postmortem",
            "bug-7: no model in 1 run",
            "receipt   ok",
            "decision  APPROVED",
            "Shown in",
            "tollgate init",
            "rm -r ",
        ],
    );
    // what was told is what lies there
    let [receipt, decision] = &records(&user.shop())[..] else { panic!("one receipt and one decision") };
    assert_eq!((&receipt["harness"], &receipt["outcome"]), (&"command".into(), &"ok".into()));
    assert_eq!(receipt["cost"], Value::Array(Vec::new()));
    assert_eq!(decision["predicate"]["decision"], "APPROVED");
    assert!(fs::read_to_string(user.shop().join("src/discount.rs")).unwrap().contains("subtotal.percent(rate)"));
    let head = fs::read_to_string(user.shop().join(".git/HEAD")).unwrap();
    assert_eq!(head.trim(), "ref: refs/heads/fix/bug-7-cart-and-order-disagree");
    user.assert_untouched();
    assert_eq!(user.left(), [""; 0]);
}

#[test]
fn without_its_tools_it_shows_what_it_can_and_says_so() {
    let user = User::new();
    let ended = user.try_in("none", &user.only(&["git"])).output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert_story(
        &told,
        &[
            "node is not installed: ",
            "cargo is not installed: ",
            "1. You open a ticket",
            "postmortem  blocked",
            "node: not found here",
            "reviewed",
            "the gate is ERROR",
            "$ tollgate gate bug-7",
            "money: error, its program was not found",
            "The tour stops here",
            "node is not installed: ",
            "tollgate init",
        ],
    );
    assert!(!told.contains("git is not installed") && !told.contains("Shown in"), "{told}");
    user.assert_untouched();
}

#[test]
fn an_editor_that_is_there_opens_the_sample_with_its_own_state() {
    for (name, says) in [("nvim", "NVIM v0.10.4"), ("code", "tollgate.tollgate")] {
        let user = User::new();
        let told = user.at("told");
        let script = format!(
            "#!/bin/sh\ncase $1 in --version|--list-extensions) echo '{says}'; exit;; esac\n(pwd; env; for word; do echo \"word $word\"; done) >'{}'\n",
            told.display()
        );
        fs::write(user.at("bin").join(name), script).unwrap();
        fs::set_permissions(user.at("bin").join(name), fs::Permissions::from_mode(0o755)).unwrap();
        let ended = user.try_in(name, &std::env::var("PATH").unwrap()).output().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert!(ended.status.success(), "{said}");
        assert!(said.contains("tollgate init"), "{said}");
        let told = fs::read_to_string(told).unwrap();
        let shop = user.shop().display().to_string();
        assert_eq!(told.lines().next(), Some(shop.as_str()));
        let state = format!("XDG_STATE_HOME={}", user.at("cache/tollgate/try/state").display());
        for line in [state.as_str(), "word .tollgate/tickets/bug-7.md"] {
            assert!(told.lines().any(|told| told == line), "{line} is missing in\n{told}");
        }
        assert!(!told.contains("TOLLGATE_TICKET="), "the user's own ticket is not one of the sample");
        if name == "nvim" {
            let at = |path: &str| user.at("cache/tollgate/try").join(path);
            assert!(at("config/nvim/init.lua").is_file() && at("nvim/plugin/tollgate.lua").is_file());
        }
        user.assert_untouched();
    }
}

#[test]
fn ctrl_c_leaves_nothing_running() {
    let user = User::new();
    let mut child = user.try_in("none", &std::env::var("PATH").unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("checking")), "the run was never seen at work");
    assert!(user.left().iter().any(|process| process.contains("--supervise")), "the run is a process of its own");
    // what a terminal does for Ctrl-C: the others are in sessions of their own
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait().unwrap();
    let since = Instant::now();
    while !user.left().is_empty() && since.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(user.left(), [""; 0]);
}
