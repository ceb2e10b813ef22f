//! A user of one test: home, state, programs and a checkout, all in one folder that goes away with it.

use crate::client::PATIENCE;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A word that stands for every secret; it may appear in no output.
pub(crate) const SECRET: &str = "sk-canary-4f9c1e7b20";

/// A user with one checkout.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Variables beside the usual ones.
    pub(crate) variables: BTreeMap<String, String>,
}

/// A checkout with one ticket `t-1` and a workflow of one pass `work`, whose front matter is given.
pub(crate) fn with_pass(pass: &str) -> Place {
    let place = empty();
    place.write(".tollgate/config.yaml", "schema_version: 1\nproject: {id: shop}\n");
    place.write(".tollgate/workflows/flow.md", &workflow(pass));
    place.write(
        ".tollgate/tickets/t-1.md",
        "---\nschema_version: 1\nid: t-1\ntitle: \"A ticket\"\nstatus: In Progress\ntype: bug\nworkflow: flow\n---\n## Description\n\nDo it.\n",
    );
    place
}

/// The text of that workflow.
pub(crate) fn workflow(pass: &str) -> String {
    format!(
        "---\nschema_version: 1\nname: flow\nversion: \"1.0.0\"\nticket: {{types: [bug]}}\npasses:\n  - id: work\n{pass}---\n# Flow\n\n## work\n\nDo it.\n"
    )
}

/// A checkout with nothing in it.
pub(crate) fn empty() -> Place {
    // not below /tmp, which a fence replaces
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().canonicalize().unwrap();
    for name in ["home", "state", "config", "bin", "shop"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    Place { root: path.join("shop"), folder, variables: BTreeMap::new() }
}

impl Place {
    /// A path in the user's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file of the checkout.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file of the checkout; nothing where there is none.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// Changes a file of the checkout.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path).unwrap();
        assert!(text.contains(old), "{path} does not say {old}");
        self.write(path, &text.replace(old, new));
    }

    /// Makes a program of the user, found by its name.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path("bin").join(name);
        executable(&path, script);
        path
    }

    /// This user's machine has no bubblewrap that works.
    pub(crate) fn without_bubblewrap(&self) {
        self.program("bwrap", "exit 1");
    }

    /// Writes the user's own configuration.
    pub(crate) fn configure(&self, text: &str) {
        fs::create_dir_all(self.path("config/tollgate")).unwrap();
        fs::write(self.path("config/tollgate/config.yaml"), text).unwrap();
    }

    /// The whole environment of a process of this user.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.display().to_string();
        let mut all = BTreeMap::from([
            ("HOME".to_owned(), text(self.path("home"))),
            ("USER".to_owned(), "ann".to_owned()),
            ("XDG_STATE_HOME".to_owned(), text(self.path("state"))),
            ("XDG_CONFIG_HOME".to_owned(), text(self.path("config"))),
            ("PATH".to_owned(), format!("{}:/usr/local/bin:/usr/bin:/bin", text(self.path("bin")))),
        ]);
        all.extend(self.variables.clone());
        all.into_iter().collect()
    }

    /// A call of the binary in the checkout.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments).current_dir(&self.root).env_clear().envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// Calls the binary and waits.
    pub(crate) fn call(&self, arguments: &[&str]) -> Called {
        Called::from(self.command(arguments).output().unwrap())
    }

    /// Starts the binary; its input stays open, since its end would end a run.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The state of the checkout and the hash of its launch plan.
    pub(crate) fn trust(&self) -> (String, String) {
        let report = self.call(&["trust", "--json"]).json();
        (report["state"].as_str().unwrap().to_owned(), report["hash"].as_str().unwrap().to_owned())
    }

    /// The state of the checkout.
    pub(crate) fn state(&self) -> String {
        self.trust().0
    }

    /// Says yes to the plan as it is, as an editor does.
    pub(crate) fn allow(&self) {
        let mut editor = crate::editor::open(self);
        assert_eq!(editor.allow()["state"], "reviewed");
        editor.leave();
    }

    /// Runs the next pass of the ticket.
    pub(crate) fn run(&self) -> Called {
        self.call(&["run", "t-1", "--yes", "--json"])
    }

    /// What was kept of refused attempts.
    pub(crate) fn audit(&self) -> String {
        fs::read_to_string(self.path("state/tollgate/audit.jsonl")).unwrap_or_default()
    }

    /// Makes the checkout a repository with one commit.
    pub(crate) fn commit(&self) {
        for words in [&["init", "-q", "-b", "main", "."][..], &["add", "-A"], &["commit", "-qm", "first"]] {
            self.git(&self.root, words);
        }
    }

    /// Calls git as the user would.
    pub(crate) fn git(&self, folder: &Path, words: &[&str]) {
        let mut command = Command::new("git");
        command.args([
            "-c",
            "user.name=Ann",
            "-c",
            "user.email=ann@example.invalid",
            "-c",
            "protocol.file.allow=always",
        ]);
        let output = command.args(words).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Writes a script that can be started.
pub(crate) fn executable(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let fresh = path.with_extension("new");
    // closed before anybody starts it
    fs::File::create(&fresh).unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&fresh, path).unwrap();
}

/// What a call of the binary came to.
#[derive(Debug)]
pub(crate) struct Called {
    /// Exit code.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl From<Output> for Called {
    fn from(output: Output) -> Called {
        Called {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Called {
    /// Its output as one document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The last event of a run.
    pub(crate) fn ended(&self) -> Value {
        let events = self.out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.rev().find(|event| event["event"] == "ended").unwrap_or_else(|| panic!("no end: {self:?}"))
    }

    /// Everything it said.
    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "it never came to that: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
