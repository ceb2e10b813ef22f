//! The programs of this machine: where they are found, what their bytes are, and the environment that every child gets
//! from ours. Nothing here starts one.

use crate::files::{self, Stamp};
use crate::home::Home;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest program that is hashed.
const LARGEST_PROGRAM: u64 = 2 << 30;

/// Environment that every child gets where it is set: who the user is, where programs and certificates lie, how text is
/// encoded. No agent sockets, no loader or interpreter hooks, no git variables.
pub const COMMON_ENVIRONMENT: [&str; 36] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOCACHE",
    "GOMODCACHE",
    "JAVA_HOME",
    "PYENV_ROOT",
    "NVM_DIR",
    "VOLTA_HOME",
    "ASDF_DATA_DIR",
    "ASDF_DIR",
    "XDG_STATE_HOME",
];

/// The common environment of this process, to build a child's from.
pub fn common_environment() -> BTreeMap<String, String> {
    COMMON_ENVIRONMENT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .filter(|(name, value)| name != "PATH" || !value.is_empty())
        .map(|(name, value)| if name == "PATH" { (name, absolute_search_path(&value)) } else { (name, value) })
        .collect()
}

/// A search path without relative and empty entries, which would mean "whatever the work tree holds".
fn absolute_search_path(path: &str) -> String {
    path.split(':').filter(|entry| entry.starts_with('/')).collect::<Vec<_>>().join(":")
}

/// Finds a program as a shell would, by absolute entries of `PATH` alone, and answers its real path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let usable = |path: &Path| {
        let metadata = path.metadata().ok()?;
        use std::os::unix::fs::PermissionsExt;
        (metadata.is_file() && metadata.permissions().mode() & 0o111 != 0).then(|| path.to_owned())
    };
    if name.starts_with('/') {
        return usable(Path::new(name));
    }
    if name.contains('/') || name.is_empty() {
        return None;
    }
    let path = std::env::var("PATH").ok()?;
    absolute_search_path(&path).split(':').find_map(|folder| usable(&Path::new(folder).join(name)))
}

/// Finds a program that we start for ourselves: git, the fence. Never one of the root, whose choice it is not, even where
/// the user's search path leads there.
pub fn find_helper(name: &str, root: &Path) -> Option<PathBuf> {
    let path = std::env::var("PATH").ok()?;
    let folders = absolute_search_path(&path);
    let mut found = folders.split(':').filter_map(|folder| find_program(&format!("{folder}/{name}")));
    found.find(|program| program.canonicalize().is_ok_and(|real| !real.starts_with(root)) && !program.starts_with(root))
}

/// SHA-256 of a program of this machine.
pub(crate) fn digest(home: &Home, path: &Path) -> Option<String> {
    let mut digests = Digests::read(home);
    let digest = digests.of(path);
    digests.write(home);
    digest
}

/// SHA-256 of programs by path and stamp: an agent CLI has hundreds of megabytes and seldom changes.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Digests {
    #[serde(default)]
    known: BTreeMap<PathBuf, (Stamp, String)>,
    #[serde(skip)]
    changed: bool,
}

impl Digests {
    pub(crate) fn read(home: &Home) -> Digests {
        let bytes = files::read_own(&home.state.join("digests.json"), 1 << 20).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub(crate) fn write(&mut self, home: &Home) {
        if std::mem::take(&mut self.changed) {
            let bytes = serde_json::to_vec(self).unwrap_or_default();
            // it is only a cache
            let _ = files::make_own_folder(&home.state);
            let _ = files::write_own(&home.state.join("digests.json"), &bytes);
        }
    }

    pub(crate) fn of(&mut self, path: &Path) -> Option<String> {
        let stamp = files::stamp_own(path)?;
        if let Some((known, digest)) = self.known.get(path)
            && *known == stamp
        {
            return Some(digest.clone());
        }
        let digest = files::sha256_own(path, LARGEST_PROGRAM).ok()?;
        // what was changed just now may change again and look the same
        if !stamp.is_fresh() && files::stamp_own(path) == Some(stamp) {
            self.known.insert(path.to_owned(), (stamp, digest.clone()));
            self.changed = true;
        }
        Some(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs_by_absolute_entries_only() {
        assert!(find_program("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find_program("./sh"), None);
        assert_eq!(find_program("bin/sh"), None);
        assert_eq!(find_program("no-such-program-here"), None);
        assert_eq!(absolute_search_path(":.:bin:/usr/bin::/bin"), "/usr/bin:/bin");
    }
}
