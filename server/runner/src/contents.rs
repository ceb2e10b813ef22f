//! What trust is bound to in a root: the files that agents and editors would obey, and those that commands name, each by
//! its SHA-256. A content is known by path, inode, size and times, so that a second look reads only what changed.

use crate::files::{self, FileError, Root, Stamp, WalkLimits};
use delivery::cache::sha256;
use delivery::launch::AGENT_CONFIGURATION;
use rustix::fs::FileType;
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// Largest file that is hashed: as large as what a tree carries.
const LARGEST: u64 = crate::tree::LARGEST;

/// SHA-256 of everything that agents and editors would read as their configuration, also where git ignores it. What is no
/// regular file is told from its absence; where it is a link, by what it says.
pub(crate) fn configuration(root: &Root) -> BTreeMap<String, String> {
    Contents::default().configuration(root)
}

/// SHA-256 of a file of the root, or why it has none.
pub(crate) fn content(root: &Root, path: &str) -> String {
    Contents::default().of(root, path)
}

/// What a word of a command names below a root: SHA-256 of the file, or why it has none; `None` where it names a folder
/// or nothing at all.
pub(crate) fn script_content(root: &Root, path: &str) -> Option<String> {
    Contents::default().script(root, path)
}

/// SHA-256 of files of a root by path and stamp.
#[derive(Default)]
pub(crate) struct Contents(BTreeMap<String, (Stamp, String)>);

impl Contents {
    /// See [`script_content`].
    pub(crate) fn script(&mut self, root: &Root, path: &str) -> Option<String> {
        match root.kind(path) {
            Ok(None | Some(FileType::Directory)) => None,
            Ok(Some(_)) => Some(self.of(root, path)),
            Err(FileError::NotRegular(_)) => Some("behind a link".to_owned()),
            Err(FileError::Path(_)) => root.finds(path).then(|| "a name that is not plain".to_owned()),
            Err(FileError::System { source, .. })
                if matches!(
                    source.kind(),
                    ErrorKind::NotADirectory | ErrorKind::NotFound | ErrorKind::InvalidFilename
                ) =>
            {
                None
            }
            Err(_) => Some("unreadable".to_owned()),
        }
    }

    fn of(&mut self, root: &Root, path: &str) -> String {
        self.read(root, path).unwrap_or_else(|_| {
            root.link_target(path).map_or("unreadable".to_owned(), |target| format!("a link to {target}"))
        })
    }

    fn read(&mut self, root: &Root, path: &str) -> Result<String, FileError> {
        let (file, stamp) = root.open_regular(path, LARGEST)?;
        if let Some((known, digest)) = self.0.get(path)
            && *known == stamp
        {
            return Ok(digest.clone());
        }
        let digest = sha256(&files::read_all(file, path, LARGEST)?);
        // what was changed just now may change again and look the same
        if stamp.is_fresh() {
            self.0.remove(path);
        } else {
            self.0.insert(path.to_owned(), (stamp, digest.clone()));
        }
        Ok(digest)
    }

    /// See [`configuration`].
    pub(crate) fn configuration(&mut self, root: &Root) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for name in AGENT_CONFIGURATION.map(|name| name.trim_end_matches('/')) {
            match root.kind(name) {
                Ok(None) => {}
                Ok(Some(FileType::Directory)) => {
                    let walk = root.walk_folders(&[name], WalkLimits::default());
                    all.extend(walk.found.into_iter().map(|found| (found.path.clone(), self.of(root, &found.path))));
                    all.extend(walk.nested.into_iter().map(|path| (path, "another repository".to_owned())));
                    if walk.truncated {
                        all.insert(name.to_owned(), "more files than are looked at".to_owned());
                    }
                }
                _ => drop(all.insert(name.to_owned(), self.of(root, name))),
            }
        }
        all
    }
}
