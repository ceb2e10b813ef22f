//! Who was trusted with what: an append-only file of the user's own. Nothing in a repository is ever read as trust, and a
//! file that is not exactly as we write it trusts nobody. What the log means is decided in `delivery::trust`.

use crate::files::{self, FileError};
use crate::home::Home;
use delivery::trust::{Action, Entry, Trust, headless, line, state};
use rustix::fs::FileType;
use std::io::Write;

/// Proof that the launch plan at hand is the one a person reviewed. Only the trust check makes it; starting a process
/// needs it.
#[derive(Clone, Debug)]
pub struct Trusted {
    plan: String,
}

impl Trusted {
    /// Hash of the plan that was reviewed.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    #[cfg(test)]
    pub(crate) fn for_tests() -> Trusted {
        Trusted { plan: "sha256:test".to_owned() }
    }
}

/// The state of a root.
pub fn read(home: &Home, root: &str, exec_hash: &str) -> Trust {
    match log(home) {
        Ok(log) => state(&log, root, exec_hash, &crate::world::now()),
        Err(why) => Trust::Restricted { why },
    }
}

/// The proof, where the present plan was reviewed or the job names exactly it; else the state that stands against it.
pub fn check(home: &Home, root: &str, exec_hash: &str, trust_plan: Option<&str>) -> Result<Trusted, Trust> {
    let state = read(home, root, exec_hash);
    if state.may_run() || headless(&state, trust_plan, exec_hash) {
        return Ok(Trusted { plan: exec_hash.to_owned() });
    }
    Err(state)
}

/// Writes a decision behind the others.
pub fn record(home: &Home, root: &str, action: Action) -> Result<(), FileError> {
    files::make_own_folder(&home.state)?;
    let entry = Entry { schema_version: 1, time: crate::world::now(), root: root.to_owned(), action };
    let path = home.state.join("trust.jsonl");
    let mut file = files::append_own(&path)?;
    let written = file.write_all(line(&entry).as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|source| FileError::System { path: path.display().to_string(), source })
}

/// The log's text; an error where the file is not ours alone.
fn log(home: &Home) -> Result<String, String> {
    let path = home.state.join("trust.jsonl");
    let stat = match rustix::fs::lstat(&path) {
        Ok(stat) => stat,
        Err(rustix::io::Errno::NOENT) => return Ok(String::new()),
        Err(errno) => return Err(format!("the trust log cannot be read: {errno}")),
    };
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let own = stat.st_uid == rustix::process::geteuid().as_raw();
    if !regular || !own || stat.st_mode & 0o077 != 0 || stat.st_nlink != 1 {
        return Err("the trust log is not a file of yours alone (mode 0600)".to_owned());
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
        let may = |hash: &str| check(&home, "/r", hash, None).is_ok();
        assert!(!may("sha256:a"));
        assert!(check(&home, "/r", "sha256:a", Some("sha256:a")).is_ok(), "a job may name the plan");
        assert!(check(&home, "/r", "sha256:a", Some("sha256:b")).is_err());
        record(&home, "/r", Action::Allow { exec_hash: "sha256:a".into() }).unwrap();
        assert!(may("sha256:a") && !may("sha256:b"));
        assert!(check(&home, "/r/nested", "sha256:a", None).is_err(), "trust is not inherited");
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
        record(&home, "/r", Action::Deny).unwrap();
        assert!(check(&home, "/r", "sha256:a", Some("sha256:a")).is_err(), "no is sticky");
    }
}
