//! The fence around a child: which folders it may write, which it must not see. Bubblewrap where it works (a mount and
//! process namespace of its own), else Landlock (writes confined), else nothing, which is then said to the user.

use landlock::{
    ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, path_beneath_rules,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// How a child was fenced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// Own mount and process namespaces.
    Bubblewrap {
        /// Its program.
        program: PathBuf,
    },
    /// Writes confined by the kernel.
    Landlock,
    /// Its own sandbox alone, which Landlock would break.
    Own,
    /// Not at all.
    None,
}

impl std::fmt::Display for Isolation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Isolation::Bubblewrap { .. } => "bubblewrap",
            Isolation::Landlock => "landlock",
            Isolation::Own => "the agent's own sandbox",
            Isolation::None => "not isolated",
        })
    }
}

/// What a child may write and must not see. Everything else it may read.
#[derive(Clone, Default, Debug)]
pub struct Fence {
    /// Folders and files it may write.
    pub write: Vec<PathBuf>,
    /// Folders it finds empty (bubblewrap only).
    pub hide: Vec<PathBuf>,
    /// The folder that stands as its `/tmp`.
    pub temporary: PathBuf,
    /// Paths that must stay readable although they lie under something hidden.
    pub show: Vec<PathBuf>,
    /// Files and folders that stay as they are although they lie in something that it may write (bubblewrap only).
    pub keep: Vec<PathBuf>,
    /// The user's root: a program in it is never the fence.
    pub user: PathBuf,
    /// True for a child with a sandbox of its own made of mounts: Landlock forbids mounting, and every tool of it would
    /// fail. Bubblewrap does not mind.
    pub own_sandbox: bool,
}

impl Fence {
    /// The argv that runs `argv` behind this fence.
    pub(crate) fn bubblewrap(&self, program: &Path, folder: &Path, argv: &[String]) -> Vec<String> {
        let mut full = vec![program.display().to_string()];
        let mut add = |words: &[&str]| full.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]);
        let temporary = self.temporary.display().to_string();
        add(&["--bind", &temporary, "/tmp"]);
        let existing = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().filter(|path| path.exists()).map(|path| path.display().to_string()).collect()
        };
        let (in_temporary, elsewhere): (Vec<PathBuf>, Vec<PathBuf>) =
            self.show.iter().cloned().partition(|path| path.starts_with("/tmp"));
        for shown in existing(&in_temporary) {
            add(&["--ro-bind", &shown, &shown]);
        }
        for hidden in existing(&[&["/run/user".into(), "/run/dbus".into()], &self.hide[..]].concat()) {
            add(&["--tmpfs", &hidden]);
        }
        let below_hidden = elsewhere.into_iter().filter(|path| self.hide.iter().any(|hidden| path.starts_with(hidden)));
        for shown in existing(&below_hidden.collect::<Vec<_>>()) {
            add(&["--ro-bind", &shown, &shown]);
        }
        for writable in self.write.iter().chain([&self.temporary]).filter(|path| path.exists()) {
            let writable = writable.display().to_string();
            add(&["--bind", &writable, &writable]);
        }
        for kept in existing(&self.keep) {
            add(&["--ro-bind", &kept, &kept]);
        }
        add(&["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"]);
        add(&["--chdir", &folder.display().to_string(), "--"]);
        full.extend(argv.iter().cloned());
        full
    }
}

/// The best fence that works on this machine for children of this root; tried once.
pub fn available(user: &Path) -> Isolation {
    static PROBED: Mutex<BTreeMap<PathBuf, Isolation>> = Mutex::new(BTreeMap::new());
    let mut probed = PROBED.lock().unwrap_or_else(PoisonError::into_inner);
    probed.entry(user.to_owned()).or_insert_with(|| probe(user)).clone()
}

fn probe(user: &Path) -> Isolation {
    if let Some(program) = crate::programs::find_helper("bwrap", user)
        && bubblewrap_works(&program)
    {
        return Isolation::Bubblewrap { program };
    }
    let landlock = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_write(ABI::V1))
        .and_then(Ruleset::create);
    if landlock.is_ok() { Isolation::Landlock } else { Isolation::None }
}

/// Distributions may forbid user namespaces to ordinary programs, so a version number says nothing: it is tried.
fn bubblewrap_works(program: &Path) -> bool {
    #[expect(clippy::disallowed_methods, reason = "part of the one place that starts processes; a fixed argv")]
    let status = Command::new(program)
        .args([
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            "--unshare-pid",
            "--die-with-parent",
            "--",
            "/bin/true",
        ])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Starts the command from a thread that was restricted: a child inherits the restriction of the thread that forks it,
/// and no other thread of ours is touched.
pub(crate) fn spawn_under_landlock(fence: &Fence, mut command: Command) -> std::io::Result<Child> {
    let writable: Vec<PathBuf> = fence.write.iter().chain([&fence.temporary]).cloned().collect();
    let thread = std::thread::spawn(move || {
        restrict(&writable).map_err(std::io::Error::other)?;
        command.spawn()
    });
    thread.join().unwrap_or_else(|_| Err(std::io::Error::other("the starting thread broke")))
}

fn restrict(writable: &[PathBuf]) -> Result<(), RulesetError> {
    let writing = AccessFs::from_write(ABI::V3);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(writing)?
        .create()?
        .add_rules(path_beneath_rules(writable, writing))?;
    for device in ["/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/pts"] {
        if let Ok(handle) = PathFd::new(device) {
            rules = rules.add_rule(PathBeneath::new(handle, AccessFs::from_file(ABI::V3) & writing))?;
        }
    }
    rules.restrict_self().map(|_| ())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::fs;

    fn fence(folder: &Path) -> Fence {
        for name in ["tree", "tmp", "state"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        fs::write(folder.join("state/ledger"), "money").unwrap();
        Fence {
            write: vec![folder.join("tree")],
            hide: vec![folder.join("state")],
            temporary: folder.join("tmp"),
            show: vec![],
            keep: vec![],
            user: folder.to_owned(),
            own_sandbox: false,
        }
    }

    const SCRIPT: &str = "echo in > tree/in; echo out > out; echo t > ${TMPDIR:-/tmp}/t; cat state/ledger; true";

    #[test]
    fn landlock_confines_writes() {
        let folder = tempfile::tempdir().unwrap();
        let fence = fence(folder.path());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT]).current_dir(folder.path()).env("TMPDIR", folder.path().join("tmp"));
        command.stderr(Stdio::null()).stdout(Stdio::null());
        if matches!(probe(folder.path()), Isolation::None) {
            return;
        }
        let _own = crate::sweep::own_children();
        assert!(spawn_under_landlock(&fence, command).unwrap().wait().unwrap().success());
        assert!(folder.path().join("tree/in").exists() && folder.path().join("tmp/t").exists());
        assert!(!folder.path().join("out").exists());
        fs::write(folder.path().join("mine"), "this thread is free").unwrap();
    }

    #[test]
    fn bubblewrap_confines_writes_and_hides_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let fence = fence(folder.path());
        let own = crate::sweep::own_children();
        let Isolation::Bubblewrap { program } = available(Path::new("/nowhere")) else { return };
        let argv = fence.bubblewrap(&program, folder.path(), &["/bin/sh", "-c", SCRIPT].map(str::to_owned));
        // the folder itself lies under /tmp, which the fence replaces; show it, as a run shows the tree of the user
        let fence = Fence { show: vec![folder.path().to_owned()], ..fence };
        let argv = if folder.path().starts_with("/tmp") {
            fence.bubblewrap(&program, folder.path(), &argv[argv.len() - 3..])
        } else {
            argv
        };
        let output = Command::new(&argv[0]).args(&argv[1..]).output().unwrap();
        drop(own);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, b"", "the ledger cannot be seen");
        assert!(folder.path().join("tree/in").exists());
        assert!(!folder.path().join("out").exists());
        assert!(folder.path().join("tmp/t").exists());
    }
}
