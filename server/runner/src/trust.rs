//! Who was trusted with what: an append-only file of the user's own. Nothing in a repository is ever read as trust, and a
//! file that is not exactly as we write it trusts nobody. What the log means is decided in `delivery::trust`.

use crate::contents::script_content;
use crate::files::{self, FileError, Root};
use crate::home::Home;
use crate::programs::{digest, find_program};
use delivery::launch::{Executable, LaunchPass, LaunchPlan, WRITTEN, script_path};
use delivery::prompt::one_line;
use delivery::trust::{Action, Entry, Trust, headless, line, state};
use delivery::world::Program;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Proof that the launch plan at hand is the one a person reviewed. Only the trust check makes it; starting a process
/// needs it, and what is started is what it says.
#[derive(Clone, Debug)]
pub struct Trusted {
    reviewed: Executable,
    hash: String,
    home: Home,
    /// A job named the plan: nobody reviewed it here, so only a "no" takes the word back.
    headless: bool,
}

impl Trusted {
    /// True while the word is not taken back.
    pub fn stands(&self) -> bool {
        let state = read(&self.home, &self.reviewed.root, &self.hash);
        if self.headless { state != Trust::Denied } else { state.may_run() }
    }

    /// The root it is about.
    pub fn root(&self) -> &Path {
        Path::new(&self.reviewed.root)
    }

    /// What agents would obey, as it was reviewed: SHA-256 by path.
    pub(crate) fn has_reviewed(&self, path: &str, sha256: &str) -> bool {
        self.reviewed.configuration.get(path).is_some_and(|reviewed| reviewed == sha256)
    }

    /// The argv with its program found, where that is the very program that was reviewed: on the search path, or, with a
    /// `/` in it, in the tree. The error is a sentence.
    pub(crate) fn resolve(&self, mut argv: Vec<String>, tree: &Root) -> Result<Vec<String>, String> {
        let word = argv.first().ok_or("it names no program")?;
        let reviewed = self.reviewed.programs.get(word).and_then(Option::as_ref);
        let Some(reviewed) = reviewed else { return Err("its program was not found".to_owned()) };
        let path = if word.contains('/') && !word.starts_with('/') {
            let path = word.trim_start_matches("./");
            let bytes = tree.read(path).map_err(|error| error.to_string())?;
            let same = reviewed.sha256 == Some(delivery::cache::sha256(&bytes));
            same.then(|| tree.path().join(path))
        } else {
            // by the name it was called: one program may do several things by its name
            find_program(word).filter(|found| self.is_reviewed(found, reviewed))
        };
        let path = path.ok_or_else(|| format!("`{word}` is not the program that was reviewed"))?;
        self.check_scripts(&argv, tree)?;
        argv[0] = path.display().to_string();
        Ok(argv)
    }

    /// Every file that a word of the argv names is the very file that was reviewed, or one that the workflow writes.
    fn check_scripts(&self, argv: &[String], tree: &Root) -> Result<(), String> {
        let of_argv = |pass: &&LaunchPass| pass.argv == argv || pass.verify.values().any(|verify| verify.argv == argv);
        let passes: Vec<&LaunchPass> = self.reviewed.passes.values().filter(of_argv).collect();
        for word in argv.iter().skip(1) {
            let Some(path) = script_path(word, &self.reviewed.root) else { continue };
            // a whole path leads into the user's root, wherever the command runs
            let user = word.contains(&self.reviewed.root).then(|| Root::open(self.root())).transpose();
            let user = user.map_err(|error| error.to_string())?;
            let reviewed: Vec<&String> = passes.iter().filter_map(|pass| pass.scripts.get(&path)).collect();
            let now = script_content(user.as_ref().unwrap_or(tree), &path);
            if now.as_ref().is_some_and(|now| now.len() != 64) {
                return Err(format!("`{}` is no plain file: name the file itself", one_line(&path, 80)));
            }
            let same = match reviewed.iter().find(|content| **content != WRITTEN) {
                Some(content) => Some(*content) == now.as_ref(),
                None => now.is_none() || !reviewed.is_empty(),
            };
            if !same {
                return Err(format!("`{}` is not the file that was reviewed", one_line(&path, 80)));
            }
        }
        Ok(())
    }

    /// The program of a harness, where it is still the one that was reviewed.
    pub(crate) fn harness(&self, alias: &str) -> Option<PathBuf> {
        let program = &self.reviewed.harnesses.get(alias)?.as_ref()?.program;
        let path = PathBuf::from(&program.path);
        self.is_reviewed(&path, program).then_some(path)
    }

    fn is_reviewed(&self, found: &Path, reviewed: &Program) -> bool {
        let real = found.canonicalize().ok().filter(|real| real.as_path() == Path::new(&reviewed.path));
        real.is_some_and(|real| reviewed.sha256.is_some() && digest(&self.home, &real) == reviewed.sha256)
    }

    #[cfg(test)]
    pub(crate) fn for_tests(home: &Home) -> Trusted {
        let shell = PathBuf::from("/bin/sh").canonicalize().unwrap();
        let program = Program { path: shell.display().to_string(), version: None, sha256: digest(home, &shell) };
        let programs = ["sh", "/bin/sh"].map(|word| (word.to_owned(), Some(program.clone())));
        let reviewed = Executable {
            schema_version: 1,
            root: "/nowhere".to_owned(),
            harnesses: Default::default(),
            programs: programs.into(),
            passes: Default::default(),
            tickets: Default::default(),
            configuration: Default::default(),
        };
        Trusted { reviewed, hash: "sha256:test".to_owned(), home: home.clone(), headless: true }
    }
}

/// The state of a root.
pub fn read(home: &Home, root: &str, exec_hash: &str) -> Trust {
    match log(home) {
        Ok(log) => state(&log, root, exec_hash, &crate::clock::now()),
        Err(why) => Trust::Restricted { why },
    }
}

/// The proof, where the present plan was reviewed or the job names exactly it with its words; else the state that stands against it.
pub fn check(home: &Home, plan: &LaunchPlan, trust_plan: Option<&str>) -> Result<Trusted, Trust> {
    let hash = plan.exec_hash();
    let state = read(home, &plan.executable.root, &hash);
    if !state.may_run() && !headless(&state, trust_plan, &plan.hash()) {
        return Err(state);
    }
    let headless = !state.may_run();
    Ok(Trusted { reviewed: plan.executable.clone(), hash, home: home.clone(), headless })
}

/// Writes a decision behind the others.
pub fn record(home: &Home, root: &str, action: Action) -> Result<(), FileError> {
    files::make_own_folder(&home.state)?;
    let entry = Entry { schema_version: 1, time: crate::clock::now(), root: root.to_owned(), action };
    let path = home.state.join("trust.jsonl");
    let mut file = files::append_own(&path)?;
    let written = file.write_all(line(&entry).as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|source| FileError::System { path: path.display().to_string(), source })
}

/// The log's text; an error where the file is not ours alone.
fn log(home: &Home) -> Result<String, String> {
    let path = home.state.join("trust.jsonl");
    if !files::check_own(&path)? {
        return Ok(String::new());
    }
    let bytes = files::read_own(&path, files::MAX_FILE).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "the trust log is not text".to_owned())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn home(folder: &std::path::Path) -> Home {
        Home { state: folder.join("state"), configuration: folder.join("config") }
    }

    #[test]
    fn only_the_reviewed_plan_is_trusted_and_only_by_this_file() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let may = |hash: &str| read(&home, "/r", hash).may_run();
        assert!(!may("sha256:a"));
        let plan = LaunchPlan { executable: Trusted::for_tests(&home).reviewed, prompts: Default::default() };
        let (exec, hash) = (plan.exec_hash(), plan.hash());
        assert!(check(&home, &plan, None).is_err());
        assert!(check(&home, &plan, Some(&exec)).is_err(), "a job names the words, too");
        assert!(check(&home, &plan, Some(&hash)).unwrap().stands(), "a job may name the plan");
        assert!(check(&home, &plan, Some("sha256:b")).is_err());
        record(&home, "/r", Action::Allow { exec_hash: "sha256:a".into() }).unwrap();
        assert!(may("sha256:a") && !may("sha256:b"));
        assert!(!read(&home, "/r/nested", "sha256:a").may_run(), "trust is not inherited");
        let log = home.state.join("trust.jsonl");
        assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read(&log).unwrap();
        std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!may("sha256:a"), "a file that others could have read or written");
        std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&log, [&text[..], b"{\"odd\":1}\n"].concat()).unwrap();
        assert!(!may("sha256:a"), "an odd line");
        std::fs::remove_file(&log).unwrap();
        std::fs::write(folder.path().join("elsewhere"), &text).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &log).unwrap();
        assert!(!may("sha256:a"), "a link");
        std::fs::remove_file(&log).unwrap();
        record(&home, "/r", Action::Allow { exec_hash: "sha256:a".into() }).unwrap();
        record(&home, "/nowhere", Action::Allow { exec_hash: exec }).unwrap();
        let (reviewed, named) = (check(&home, &plan, None).unwrap(), check(&home, &plan, Some(&hash)).unwrap());
        record(&home, "/nowhere", Action::Revoke).unwrap();
        assert!(!reviewed.stands() && !named.stands(), "both stood on the review");
        let named = check(&home, &plan, Some(&hash)).unwrap();
        record(&home, "/nowhere", Action::Deny).unwrap();
        assert!(!named.stands() && check(&home, &plan, Some(&hash)).is_err(), "no is sticky");
    }
}
