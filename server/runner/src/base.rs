//! What was agreed on before this work began: the delivery files, signers and revoked keys of the base branch.
//!
//! Which commit it is, is read from files; what the commit holds takes git, and so trust. It is kept by commit in the
//! user's state, so that looking starts nothing: where the folder was not trusted since the base moved, nothing is known
//! of it. Nothing here is ever read from the work tree.

use crate::files::{self, FileError, Root};
use crate::git::{self, GitError};
use crate::home::Home;
use crate::trust::Trusted;
use delivery::attest::{Base, REVOKED, SIGNERS, Signers, keys};
use serde::{Deserialize, Serialize};
use spec::SpecFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is read of the base.
const PATHS: [&str; 6] =
    [".tollgate/config.yaml", ".tollgate/workflows", ".tollgate/gates", ".tollgate/tickets", SIGNERS, REVOKED];

/// The largest that is kept.
const LIMIT: u64 = 64 << 20;

/// Errors of reading the base. Where it is there and cannot be read, nothing runs: nobody knows what it asks for.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// See inside.
    #[error("the base branch cannot be read: {0}")]
    Git(#[from] GitError),
    /// See inside.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The files of one commit, as they are kept.
#[derive(Default, Serialize, Deserialize)]
struct Known {
    commit: String,
    /// A link is `None`.
    files: BTreeMap<String, Option<String>>,
}

/// What is known of the base branch as it stands now; none where there is none or it was not read yet. `before` is what
/// was known at the last look.
pub fn known(home: &Home, root: &Root, before: Option<&Arc<Base>>) -> Option<Arc<Base>> {
    let (name, commit) = git::base(root)?;
    if let Some(same) = before.filter(|before| (&before.name, &before.commit) == (&name, &commit)) {
        return Some(Arc::clone(same));
    }
    let known = read(home, root).filter(|known| known.commit == commit)?;
    let mut base = Base { name, commit, ..Base::default() };
    for (path, text) in known.files {
        match path.as_str() {
            // a link names nobody, and is there
            SIGNERS => base.signers = Some(Signers::parse(&text.unwrap_or_default())),
            REVOKED => base.revoked = keys(&text.unwrap_or_default()),
            _ => {
                if let Some(file) = text.and_then(|text| SpecFile::read(&path, &text)) {
                    base.project.set(Arc::new(file));
                }
            }
        }
    }
    Some(Arc::new(base))
}

/// Reads the base branch with git, where it is not known yet. True when something new is known now.
pub fn learn(trusted: &Trusted, home: &Home, root: &Root) -> Result<bool, BaseError> {
    let Some((_, commit)) = git::base(root) else { return Ok(false) };
    if read(home, root).is_some_and(|known| known.commit == commit) {
        return Ok(false);
    }
    let folder = home.repository(root)?;
    let files = match git::files_of_commit(trusted, &commit, &PATHS, &folder) {
        // no git, no branch that somebody else could have agreed on
        Err(GitError::Missing) => return Ok(false),
        files => files?,
    };
    let text = |bytes: Option<Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let known = Known { commit, files: files.into_iter().map(|(path, bytes)| (path, text(bytes))).collect() };
    files::write_own(&folder.join("base.json"), &serde_json::to_vec(&known).unwrap_or_default())?;
    Ok(true)
}

fn read(home: &Home, root: &Root) -> Option<Known> {
    let path = home.repository(root).ok()?.join("base.json");
    serde_json::from_slice(&files::read_own(&path, LIMIT).ok()?).ok()
}
