//! What `tollgate try` needs of the machine: a folder of its own, git for its own sample, and children that belong to the
//! person at the terminal (our own program, their editor). No repository has a word in any of it: the arguments are ours,
//! programs are found on the search path.

use crate::files::{self, FileError};
use crate::git::{GitError, git_unchecked};
use crate::{sweep, sys};
use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Says that a folder was made here, and so may be removed here.
const MARK: &str = "made-by-tollgate-try";

/// Errors of making the folder.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// Somebody else works in it.
    #[error("another `tollgate try` is open in {0}: close it first")]
    Busy(String),
    /// It is not ours to remove.
    #[error("{0} was not made by `tollgate try` and is left alone: move it away")]
    Foreign(String),
    /// See inside.
    #[error("{path}: {source}")]
    System {
        /// What could not be used.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// See inside.
    #[error(transparent)]
    File(#[from] FileError),
}

/// An empty folder for one try-out; nobody else gets it while this lives.
#[derive(Debug)]
pub struct Ground {
    folder: PathBuf,
    _lock: std::fs::File,
}

impl Ground {
    /// Empties `<parent>/try` when an earlier try-out left it, and takes it.
    pub fn take(parent: &Path) -> Result<Ground, GroundError> {
        files::make_own_folder(parent)?;
        let parent = parent
            .canonicalize()
            .map_err(|source| GroundError::System { path: parent.display().to_string(), source })?;
        let folder = parent.join("try");
        let shown = folder.display().to_string();
        let lock = files::append_own(&parent.join("try.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(GroundError::Busy(shown)),
            Err(TryLockError::Error(source)) => return Err(GroundError::System { path: shown, source }),
        }
        match folder.symlink_metadata() {
            Ok(found) if found.is_dir() && folder.join(MARK).is_file() => {
                std::fs::remove_dir_all(&folder).map_err(|source| GroundError::System { path: shown, source })?;
            }
            Ok(_) => return Err(GroundError::Foreign(shown)),
            Err(_) => {}
        }
        files::make_own_folder(&folder)?;
        files::write_own(&folder.join(MARK), b"")?;
        Ok(Ground { folder, _lock: lock })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Makes a folder that we filled a repository with one commit, and goes to a branch. `who` is name and mail.
pub fn commit(folder: &Path, who: (&str, &str), message: &str, branch: &str) -> Result<(), GitError> {
    let (name, mail) = (format!("user.name={}", who.0), format!("user.email={}", who.1));
    git_unchecked(folder, None, &["init", "--quiet", "--template=", "."])?;
    let call = |arguments: &[&str]| {
        let named = [&["-c", &name, "-c", &mail], arguments].concat();
        git_unchecked(folder, Some(folder), &named)
    };
    call(&["symbolic-ref", "HEAD", "refs/heads/main"])?;
    call(&["add", "--all"])?;
    call(&["commit", "--quiet", "--message", message])?;
    call(&["checkout", "--quiet", "-b", branch]).map(|_| ())
}

/// A child of the person's: it gets the environment of this process, with some variables set.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that are set; an empty value takes the variable away.
    pub environment: BTreeMap<String, String>,
    /// Where it works.
    pub folder: PathBuf,
}

impl Start {
    fn command(&self) -> Command {
        #[expect(clippy::disallowed_methods, reason = "part of runner, the one crate that starts processes")]
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        for (name, value) in &self.environment {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }

    /// Gives it our terminal and waits for its end: an editor.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        self.command().status()
    }

    /// What it prints.
    pub fn read(&self) -> io::Result<(ExitStatus, String)> {
        let output = self.command().stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        Ok((output.status, String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Out of reach of Ctrl-C, printing where we print; the end of its standard input says that we are gone.
    pub fn tied(&self) -> io::Result<Child> {
        let mut command = self.command();
        sys::in_new_session(command.stdin(Stdio::piped()));
        command.spawn()
    }

    /// A partner to talk to over its standard input and output. Everything it starts ends with it.
    pub fn partner(&self) -> io::Result<Partner> {
        let child = self.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        Ok(Partner { child })
    }
}

/// A child with everything that descends from it.
#[derive(Debug)]
pub struct Partner {
    /// The child.
    pub child: Child,
}

impl Partner {
    /// Who can be ended from another thread.
    pub fn leader(&self) -> Leader {
        Leader(self.child.id())
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        self.leader().end();
        // it was killed: there is nothing to wait long for
        let _ = self.child.wait();
    }
}

/// The first process of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Leader(u32);

impl Leader {
    /// Ends it and all that descends from it.
    pub fn end(self) {
        sweep::kill_tree(self.0);
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_is_fresh_ours_and_taken_once() {
        let parent = tempfile::tempdir().unwrap();
        let ground = Ground::take(parent.path()).unwrap();
        std::fs::write(ground.folder().join("left"), "x").unwrap();
        assert!(matches!(Ground::take(parent.path()), Err(GroundError::Busy(_))));
        drop(ground);
        let again = Ground::take(parent.path()).unwrap();
        assert!(!again.folder().join("left").exists());
        std::fs::remove_file(again.folder().join(MARK)).unwrap();
        drop(again);
        assert!(matches!(Ground::take(parent.path()), Err(GroundError::Foreign(_))));
    }

    #[test]
    fn a_sample_becomes_a_repository_on_its_branch() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        commit(folder.path(), ("Ada", "ada@shop.invalid"), "The shop", "fix/bug-7").unwrap();
        let root = files::Root::open(folder.path()).unwrap();
        let head = crate::git::head(&root);
        assert_eq!(head.branch.as_deref(), Some("fix/bug-7"));
        assert!(head.commit.is_some());
    }

    #[test]
    fn what_a_partner_started_ends_with_it() {
        let start = Start {
            program: "/bin/sh".into(),
            arguments: ["-c", "sleep 300 & echo $!; wait"].map(str::to_owned).to_vec(),
            environment: BTreeMap::new(),
            folder: std::env::temp_dir(),
        };
        let mut partner = start.partner().unwrap();
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(partner.child.stdout.take().unwrap()), &mut line).unwrap();
        let grandchild: u32 = line.trim().parse().unwrap();
        assert!(sweep::identify(grandchild).is_some());
        drop(partner);
        assert!(sweep::identify(grandchild).is_none());
    }
}
