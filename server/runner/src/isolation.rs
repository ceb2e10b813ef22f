//! The fence around a child: which folders it may write, which it must not see. Bubblewrap where it works (a mount and
//! process namespace of its own), else Landlock, else nothing, which is then said to the user.
//!
//! Landlock can hide contents but no names, keep nothing inside a folder that may be written, place nothing, and does not
//! govern sockets that have a path.

use crate::files::Root;
use crate::home::Home;
use crate::sys;
use landlock::{
    ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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

/// What a child may write, may read and must not see.
///
/// About one path the deepest rule decides, and about the same path hiding wins. Below [`Fence::hide`] nothing is given
/// back but [`Fence::own`], whatever else says otherwise.
#[derive(Clone, Default, Debug)]
pub struct Fence {
    /// Folders and files it may write.
    pub write: Vec<PathBuf>,
    /// Folders of this run that it may write, also where they lie in what is hidden: its tree, its temporary folder.
    pub own: Vec<PathBuf>,
    /// The user's state, which it finds empty: nothing but `own` is given back below it.
    pub hide: Vec<PathBuf>,
    /// What it finds empty unless it is told to show or write that very thing: see [`crate::secrets`].
    pub mask: Vec<PathBuf>,
    /// The folder that stands as its `/tmp`.
    pub temporary: PathBuf,
    /// Paths that stay readable although they lie under something masked or under `/tmp`.
    pub show: Vec<PathBuf>,
    /// Files and folders that stay as they are although they lie in something that it may write (bubblewrap only).
    pub keep: Vec<PathBuf>,
    /// Folders that it finds, unchangeable, at other places: where, and what (bubblewrap only).
    pub place: Vec<(PathBuf, PathBuf)>,
    /// The user's root: a program in it is never the fence.
    pub user: PathBuf,
    /// True for a child with a sandbox of its own made of mounts: Landlock forbids mounting, and every tool of it would
    /// fail. Bubblewrap does not mind.
    pub own_sandbox: bool,
}

/// What a child finds at a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Mount {
    /// Itself, unchangeable.
    Read,
    /// Itself.
    Write,
    /// Something else, unchangeable.
    Place(PathBuf),
    /// Nothing.
    Hide,
}

impl Fence {
    /// What the children of this user have in common: `own` is what this one may write, `temporary` its `/tmp`.
    pub(crate) fn new(home: &Home, user: &Root, temporary: PathBuf, own: Vec<PathBuf>) -> Fence {
        let person = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let mut mask = crate::secrets::masked(&person);
        // it holds the keys of every harness
        mask.push(home.configuration.clone());
        Fence {
            own,
            hide: vec![home.state.clone()],
            mask,
            temporary,
            show: [crate::secrets::needed(), vec![person, user.path().to_owned()]].concat(),
            user: user.path().to_owned(),
            ..Fence::default()
        }
    }

    /// The rules by path, parents before children, for paths that exist and are no links.
    fn rules(&self) -> BTreeMap<PathBuf, Mount> {
        let real = |paths: &[PathBuf]| paths.iter().filter_map(|path| path.canonicalize().ok()).collect::<Vec<_>>();
        let (hide, own) = (real(&self.hide), real(&[&self.own[..], std::slice::from_ref(&self.temporary)].concat()));
        let (show, write) = (real(&self.show), real(&self.write));
        let below = |path: &Path, folders: &[PathBuf]| folders.iter().any(|folder| path.starts_with(folder));
        // what holds something hidden gives nothing of it back
        let inside: Vec<PathBuf> =
            own.iter().filter(|path| below(path, &hide) && !hide.contains(path)).cloned().collect();
        let given_back = |path: &PathBuf| !below(path, &hide) || below(path, &inside);
        let mut rules = BTreeMap::new();
        let asked = write.iter().filter(|path| given_back(path)).cloned();
        rules.extend(asked.chain(own.iter().cloned()).map(|path| (path, Mount::Write)));
        rules.extend(real(&self.keep).into_iter().filter(given_back).map(|path| (path, Mount::Read)));
        let placed =
            self.place.iter().filter_map(|(at, what)| Some((at.canonicalize().ok()?, what.canonicalize().ok()?)));
        // what is placed must not be a way around hiding either
        let placed = placed.filter(|(at, what)| {
            given_back(at) && given_back(what) && !hide.iter().any(|hidden| hidden.starts_with(what))
        });
        rules.extend(placed.map(|(at, what)| (at, Mount::Place(what))));
        for masked in real(&self.mask).into_iter().filter(given_back) {
            if !show.contains(&masked) && !rules.contains_key(&masked) {
                rules.insert(masked, Mount::Hide);
            }
        }
        rules.extend(hide.iter().map(|path| (path.clone(), Mount::Hide)));
        let shown = show.into_iter().filter(given_back).filter(|path| {
            let nearest = path.ancestors().find_map(|above| rules.get(above));
            let replaced = path.starts_with("/tmp") && path.as_path() != Path::new("/tmp");
            matches!(nearest, Some(Mount::Hide)) && !rules.contains_key(path) || nearest.is_none() && replaced
        });
        let shown: Vec<PathBuf> = shown.collect();
        rules.extend(shown.into_iter().map(|path| (path, Mount::Read)));
        rules
    }

    /// The argv that runs `argv` behind this fence.
    pub(crate) fn bubblewrap(&self, program: &Path, folder: &Path, argv: &[String]) -> Vec<String> {
        let mut full = vec![program.display().to_string()];
        let mut add = |words: &[&str]| full.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]);
        add(&["--bind", &self.temporary.display().to_string(), "/tmp"]);
        // a later mount covers an earlier one: parents come first, so that the deepest rule decides
        for (path, mount) in self.rules() {
            let at = path.display().to_string();
            match mount {
                Mount::Read => add(&["--ro-bind", &at, &at]),
                Mount::Write => add(&["--bind", &at, &at]),
                Mount::Place(what) => add(&["--ro-bind", &what.display().to_string(), &at]),
                Mount::Hide if path.is_dir() => add(&["--tmpfs", &at]),
                Mount::Hide => add(&["--ro-bind", "/dev/null", &at]),
            }
        }
        add(&["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"]);
        add(&["--chdir", &folder.display().to_string(), "--"]);
        full.extend(argv.iter().cloned());
        full
    }

    /// What Landlock, which can only allow, has to allow: what may be read, and what may be written too. What holds
    /// something hidden is not allowed as a whole: its other entries are.
    fn allowed(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let rules = self.rules();
        let hidden: Vec<&PathBuf> =
            rules.iter().filter(|(_, mount)| **mount == Mount::Hide).map(|(path, _)| path).collect();
        let of = |wanted: &[&Path]| {
            let mut all = Vec::new();
            wanted.iter().for_each(|path| around(path, &hidden, &mut all));
            all
        };
        let given = |write: bool| {
            let wanted = rules.iter().filter(move |(_, mount)| {
                if write { **mount == Mount::Write } else { matches!(mount, Mount::Read | Mount::Place(_)) }
            });
            wanted.map(|(path, _)| path.as_path()).collect::<Vec<_>>()
        };
        (of(&[&[Path::new("/")][..], &given(false)].concat()), of(&given(true)))
    }
}

/// A path, or, where something hidden lies in it, everything in it but that. Links in it are left out then: what they
/// lead to is reached by its own path.
fn around(path: &Path, hidden: &[&PathBuf], all: &mut Vec<PathBuf>) {
    let inside: Vec<&PathBuf> =
        hidden.iter().copied().filter(|hidden| hidden.starts_with(path) && hidden.as_path() != path).collect();
    if inside.is_empty() {
        all.push(path.to_owned());
        return;
    }
    for entry in path.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_type().is_ok_and(|kind| kind.is_symlink()) && !inside.contains(&&path) {
            around(&path, &inside, all);
        }
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

/// Puts the command behind what the kernel forbids. Behind bubblewrap, which mounts and so could not start under the whole
/// of it, that is only what mounts cannot: abstract sockets (X11, D-Bus) and signals to processes outside, where the
/// kernel knows how.
pub(crate) fn restrict(fence: &Fence, isolation: &Isolation, command: &mut Command) -> std::io::Result<()> {
    let whole = match isolation {
        Isolation::Landlock => Some(fence),
        // what is installed for every user with the rights of root cannot start without them
        Isolation::Bubblewrap { program } if !has_set_user_id(program) => None,
        Isolation::Bubblewrap { .. } | Isolation::Own | Isolation::None => return Ok(()),
    };
    sys::restricted(command, ruleset(whole).map_err(std::io::Error::other)?);
    Ok(())
}

fn has_set_user_id(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    program.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o4000 != 0)
}

fn ruleset(fence: Option<&Fence>) -> Result<RulesetCreated, RulesetError> {
    let best = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    let outside = Scope::AbstractUnixSocket | Scope::Signal;
    let Some(fence) = fence else {
        return best.scope(outside)?.create();
    };
    let (reading, writing) = (AccessFs::from_read(ABI::V3), AccessFs::from_write(ABI::V3));
    let (readable, writable) = fence.allowed();
    let mut rules = best
        .handle_access(reading | writing)?
        .scope(outside)?
        .create()?
        // names can be listed everywhere: a folder above something hidden cannot be opened otherwise
        .add_rules(path_beneath_rules(["/"], AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(readable, reading))?
        .add_rules(path_beneath_rules(writable, reading | writing))?;
    for device in ["/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/pts"] {
        if let Ok(handle) = PathFd::new(device) {
            rules = rules.add_rule(PathBeneath::new(handle, AccessFs::from_file(ABI::V3) & writing))?;
        }
    }
    Ok(rules)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn fence(folder: &Path) -> Fence {
        for name in ["tree", "tmp", "state"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        fs::write(folder.join("state/ledger"), "money").unwrap();
        Fence {
            own: vec![folder.join("tree")],
            hide: vec![folder.join("state")],
            temporary: folder.join("tmp"),
            user: folder.to_owned(),
            ..Fence::default()
        }
    }

    const SCRIPT: &str = "echo in > tree/in; echo out > out; echo t > ${TMPDIR:-/tmp}/t; cat state/ledger; true";

    #[test]
    fn landlock_confines_writes() {
        let folder = tempfile::tempdir().unwrap();
        let fence = fence(folder.path());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT]).current_dir(folder.path()).env("TMPDIR", folder.path().join("tmp"));
        command.stderr(Stdio::null()).stdout(Stdio::piped());
        if matches!(probe(folder.path()), Isolation::None) {
            return;
        }
        let _own = crate::sweep::own_children();
        restrict(&fence, &Isolation::Landlock, &mut command).unwrap();
        let output = command.output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, b"", "the ledger cannot be read");
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

    /// A socket of the desktop that has no path, and a process outside: neither can be reached, by any fence.
    #[test]
    fn abstract_sockets_and_processes_outside_are_out_of_reach() {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let scopes = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        if scopes.scope(Scope::AbstractUnixSocket | Scope::Signal).and_then(Ruleset::create).is_err() {
            // a kernel before 6.12
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let fence = Fence { show: vec![folder.path().to_owned()], ..fence(folder.path()) };
        let name = format!("tollgate-test-{}", std::process::id());
        let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let script = format!(
            "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); print connect(S, pack_sockaddr_un(\"\\0{name}\")) ? 'reached ' : 'refused '; print kill(0, {}) ? 'reached' : 'refused'",
            std::process::id()
        );
        let words = ["/usr/bin/perl", "-e", &script].map(str::to_owned);
        let say = |isolation: Option<&Isolation>| {
            let argv = match isolation {
                Some(Isolation::Bubblewrap { program }) => fence.bubblewrap(program, folder.path(), &words),
                _ => words.to_vec(),
            };
            let mut command = Command::new(&argv[0]);
            command.args(&argv[1..]).stdout(Stdio::piped()).stderr(Stdio::inherit());
            isolation.map_or(Ok(()), |isolation| restrict(&fence, isolation, &mut command)).unwrap();
            String::from_utf8(command.output().unwrap().stdout).unwrap()
        };
        let _own = crate::sweep::own_children();
        assert_eq!(say(None), "reached reached", "the attack works without a fence");
        assert_eq!(say(Some(&Isolation::Landlock)), "refused refused");
        if let bubblewrap @ Isolation::Bubblewrap { .. } = available(Path::new("/nowhere")) {
            assert_eq!(say(Some(&bubblewrap)), "refused refused");
        }
    }

    /// What a path shows behind these arguments: a path of the machine, or nothing. Written down from the manual of
    /// bubblewrap: mounts happen in order, and a later one covers all that lies below it.
    fn shown(argv: &[String], path: &Path) -> Option<PathBuf> {
        let mut seen = Some(path.to_owned());
        let mut words = argv[1..].iter();
        while let Some(word) = words.next().filter(|word| word.as_str() != "--") {
            let (what, at) = match word.as_str() {
                "--ro-bind" | "--bind" => (words.next(), words.next().unwrap()),
                "--tmpfs" | "--dev" | "--proc" => (None, words.next().unwrap()),
                "--chdir" => {
                    words.next();
                    continue;
                }
                _ => continue,
            };
            if let Ok(rest) = path.strip_prefix(at) {
                seen = what.map(|what| Path::new(what).join(rest)).filter(|seen| !seen.starts_with("/dev/null"));
            }
        }
        seen
    }

    fn place() -> impl Strategy<Value = Vec<usize>> {
        proptest::collection::vec(0..14usize, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        /// However folders lie in each other: nothing of the state is seen but what is the run's own, and nothing that is
        /// kept can be written.
        #[test]
        fn hiding_comes_last_and_wins(
            write in place(), own in place(), hide in place(), mask in place(), show in place(), keep in place(),
            at in 0..14usize, what in 0..14usize,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().canonicalize().unwrap();
            // all folders `a`, `a/a`, … of two names and three levels
            let mut names = vec![String::new()];
            for level in 0..3 {
                let above: Vec<String> = names.iter().filter(|name| name.matches('/').count() == level).cloned().collect();
                names.extend(above.iter().flat_map(|above| ["a", "b"].map(|name| format!("{above}/{name}"))));
            }
            names.remove(0);
            let all: Vec<PathBuf> = names.iter().map(|name| folder.join(name.trim_start_matches('/'))).collect();
            all.iter().for_each(|path| fs::create_dir_all(path).unwrap());
            fs::create_dir(folder.join("tmp")).unwrap();
            let take = |places: &[usize]| places.iter().map(|place| all[*place].clone()).collect::<Vec<_>>();
            let fence = Fence {
                write: take(&write), own: take(&own), hide: take(&hide), mask: take(&mask), show: take(&show),
                keep: take(&keep), place: vec![(all[at].clone(), all[what].clone())],
                temporary: folder.join("tmp"), user: folder.clone(), own_sandbox: false,
            };
            let argv = fence.bubblewrap(Path::new("bwrap"), &folder, &["true".to_owned()]);
            let hidden = |path: &Path| {
                let inside = |own: &&PathBuf| fence.hide.iter().any(|hide| own.starts_with(hide) && *own != hide);
                let own = fence.own.iter().filter(inside).filter(|own| path.starts_with(own)).map(|own| own.components().count()).max();
                let hide = fence.hide.iter().filter(|hide| path.starts_with(hide)).map(|hide| hide.components().count()).max();
                hide.is_some_and(|hide| own.is_none_or(|own| own <= hide))
            };
            for path in &all {
                if let Some(seen) = shown(&argv, path) {
                    prop_assert!(!hidden(&seen), "{path:?} shows {seen:?} by {argv:?}");
                }
            }
            // and what Landlock allows holds nothing hidden
            let (readable, writable) = fence.allowed();
            for allowed in readable.into_iter().chain(writable) {
                for path in all.iter().filter(|path| path.starts_with(&allowed)) {
                    prop_assert!(!hidden(path), "{allowed:?} lets {path:?} be read");
                }
            }
        }
    }
}
