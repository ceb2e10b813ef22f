//! Three versions of a text merged by git's own `merge-file`, in a folder of ours: nothing of a repository is read by it.

use crate::files::{self, FileError, Root};
use crate::git::{self, GitError};
use crate::harness::one_line;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A version of a text.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// What a conflict calls it.
    pub label: &'a str,
    /// What it says.
    pub bytes: &'a [u8],
}

/// Why a merge did not come about.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Git could not be asked.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// The merged text, with git's marks around what conflicts, and whether nothing does. `root` is a folder whose programs are
/// not used.
pub fn merge(
    root: &Path,
    ours: Version<'_>,
    base: Version<'_>,
    theirs: Version<'_>,
) -> Result<(Vec<u8>, bool), MergeError> {
    let scratch = Scratch::new()?;
    for (name, version) in [("ours", ours), ("base", base), ("theirs", theirs)] {
        files::write_own(&scratch.0.join(name), version.bytes)?;
    }
    let label = |version: Version<'_>| one_line(version.label);
    let labels = [label(ours), label(base), label(theirs)];
    let [ours, base, theirs] = &labels;
    let call = ["merge-file", "-q", "-L", ours, "-L", base, "-L", theirs, "ours", "base", "theirs"];
    let clean = match git::git_apart(root, &scratch.0, &call) {
        // with conflicts it fails without a word
        Err(GitError::Failed { message, .. }) if message.is_empty() => false,
        ended => ended.map(|_| true)?,
    };
    Ok((files::read_own(&scratch.0.join("ours"), files::MAX_FILE)?, clean))
}

/// Makes a merge driver known to the repository around `root`: adds it to git's own configuration of this clone. False when it
/// is known already.
pub fn install(root: &Root, driver: &str, title: &str, command: &str) -> Result<bool, MergeError> {
    let none = || GitError::Failed { verb: "config".to_owned(), message: "this is no git repository".to_owned() };
    let (_, common) = git::git_folder(root).ok_or_else(none)?;
    let config = common.join("config");
    let head = format!("[merge \"{driver}\"]");
    let now = files::read_own(&config, files::MAX_FILE)?;
    let now = String::from_utf8_lossy(&now);
    if now.contains(&head) {
        return Ok(false);
    }
    let end = if now.is_empty() || now.ends_with('\n') { "" } else { "\n" };
    let section = format!("{end}{head}\n\tname = {title}\n\tdriver = {command}\n");
    let mut file = files::append_own(&config)?;
    let failed = |error| FileError::system(&config.display().to_string(), error);
    file.write_all(section.as_bytes()).map_err(failed)?;
    Ok(true)
}

/// A folder of ours that goes with us.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, FileError> {
        let folder = std::env::temp_dir().join(format!("tollgate-merge-{}", uuid::Uuid::now_v7()));
        files::make_own_folder(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // what is left is small, and in a folder that the system empties
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(ours: &str, base: &str, theirs: &str) -> String {
        let [ours, base, theirs] = [("our side", ours), ("base", base), ("theirs", theirs)]
            .map(|(label, text)| Version { label, bytes: text.as_bytes() });
        let (bytes, clean) = merge(Path::new("/nowhere"), ours, base, theirs).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(clean, !text.contains("<<<<<<<"));
        text
    }

    #[test]
    fn two_sides_become_one_text() {
        assert_eq!(merged("a\nb\nC\n", "a\nb\nc\n", "A\nb\nc\n"), "A\nb\nC\n");
        assert_eq!(merged("x\n", "a\n", "y\n"), "<<<<<<< our side\nx\n=======\ny\n>>>>>>> theirs\n");
        assert_eq!(merged("a\r\nb", "a\r\nb", "a\r\nb"), "a\r\nb");
    }

    #[test]
    fn a_driver_is_made_known_once() {
        let folder = tempfile::tempdir().unwrap();
        git::git_unchecked(folder.path(), None, &["init", "--quiet", "."]).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let install = || install(&root, "ours", "Our merge", "ours merge %O %A %B %P").unwrap();
        assert!(install());
        assert!(!install());
        let tree = Some(folder.path());
        let said = git::git_unchecked(folder.path(), tree, &["config", "merge.ours.driver"]).unwrap();
        assert_eq!(said.trim(), "ours merge %O %A %B %P");
    }
}
