//! git, never bare: explicit folders, no hooks, no file-system monitor, no configuration but its own, a cleared
//! environment. What an untrusted folder may be asked (branch and commit of HEAD) is read from files, without git.

use crate::files::{self, FileError, Root};
use crate::process::{self, Cancel, Limits, ProcessError, Spec, Unwatched};
use crate::programs;
use crate::trust::Trusted;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Errors of calling git.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It is not installed.
    #[error("git is not installed")]
    Missing,
    /// It could not be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It said no.
    #[error("git {verb}: {message}")]
    Failed {
        /// Its sub-command.
        verb: String,
        /// What it said, one line.
        message: String,
    },
}

/// Calls git with explicit folders. `tree` is the work tree, when one is meant.
pub fn git(trusted: &Trusted, folder: &Path, tree: Option<&Path>, arguments: &[&str]) -> Result<String, GitError> {
    call(trusted.root(), folder, tree, arguments)
}

/// [`git`] for a folder that we filled ourselves.
pub(crate) fn git_unchecked(folder: &Path, tree: Option<&Path>, arguments: &[&str]) -> Result<String, GitError> {
    call(folder, folder, tree, arguments)
}

fn call(root: &Path, folder: &Path, tree: Option<&Path>, arguments: &[&str]) -> Result<String, GitError> {
    let program = programs::find_helper("git", root).ok_or(GitError::Missing)?;
    let mut argv = vec![program.display().to_string(), "--no-optional-locks".to_owned()];
    for setting in ["core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit", "gc.auto=0"] {
        argv.extend(["-c".to_owned(), setting.to_owned()]);
    }
    argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let mut environment = programs::common_environment();
    environment.retain(|name, _| ["PATH", "LANG", "LC_ALL"].contains(&name.as_str()));
    environment.extend(
        [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_TERMINAL_PROMPT", "0")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if let Some(tree) = tree {
        environment.insert("GIT_DIR".to_owned(), tree.join(".git").display().to_string());
        environment.insert("GIT_WORK_TREE".to_owned(), tree.display().to_string());
    }
    let spec = Spec {
        argv,
        folder: folder.to_owned(),
        environment,
        input: Vec::new(),
        limits: Limits { wall: Duration::from_secs(300), ..Limits::default() },
        fence: None,
        run: format!("git-{}", uuid::Uuid::now_v7()),
        keep: None,
    };
    let ended = process::run_unchecked(&spec, &Cancel::default(), &mut Unwatched)?;
    if ended.exit == Some(0) {
        return Ok(ended.output.text());
    }
    let verb = arguments.first().copied().unwrap_or_default().to_owned();
    Err(GitError::Failed { verb, message: crate::harness::one_line(&ended.errors.text()) })
}

/// What HEAD says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Head {
    /// Branch name; none when detached.
    pub branch: Option<String>,
    /// Commit, where it can be told from files.
    pub commit: Option<String>,
}

/// Reads HEAD of a root by files alone: nothing is started, so it is fit for a root that nobody trusts.
pub fn head(root: &Root) -> Head {
    let (folder, common) = match git_folder(root) {
        Some(folders) => folders,
        None => return Head::default(),
    };
    let Ok(text) = small(&folder.join("HEAD")) else { return Head::default() };
    let text = text.trim();
    let Some(reference) = text.strip_prefix("ref: ") else {
        return Head { branch: None, commit: is_commit(text).then(|| text.to_owned()) };
    };
    let Some(branch) = reference.strip_prefix("refs/heads/").filter(|branch| is_branch(branch)) else {
        return Head::default();
    };
    let loose = small(&common.join("refs/heads").join(branch)).ok().map(|text| text.trim().to_owned());
    let commit = loose.filter(|text| is_commit(text)).or_else(|| packed(&common, reference));
    Head { branch: Some(branch.to_owned()), commit }
}

/// The folder in which HEAD of a root lies: its own `.git`, or that of a linked work tree.
pub fn head_folder(root: &Root) -> Option<PathBuf> {
    git_folder(root).map(|(folder, _)| folder)
}

/// The git folder of the root, and the one that holds its branches. A file `.git` is followed only to where git itself
/// puts the folders of work trees and submodules.
fn git_folder(root: &Root) -> Option<(PathBuf, PathBuf)> {
    match root.kind(".git").ok()?? {
        rustix::fs::FileType::Directory => {
            let folder = root.path().join(".git");
            Some((folder.clone(), folder))
        }
        rustix::fs::FileType::RegularFile => {
            let text = String::from_utf8(root.read_limited(".git", 4096).ok()?).ok()?;
            let folder = root.path().join(text.trim().strip_prefix("gitdir: ")?).canonicalize().ok()?;
            let parent = folder.parent()?;
            let common = match parent.file_name()?.to_str()? {
                "worktrees" => parent.parent()?.to_owned(),
                _ if folder.to_str()?.contains("/.git/modules/") => folder.clone(),
                _ => return None,
            };
            Some((folder, common))
        }
        _ => None,
    }
}

fn small(path: &Path) -> Result<String, FileError> {
    Ok(String::from_utf8_lossy(&files::read_own(path, 64 << 10)?).into_owned())
}

fn packed(common: &Path, reference: &str) -> Option<String> {
    let text = String::from_utf8(files::read_own(&common.join("packed-refs"), files::MAX_FILE).ok()?).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.find(|(commit, name)| *name == reference && is_commit(commit)).map(|(commit, _)| commit.to_owned())
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_branch(text: &str) -> bool {
    files::plain_parts(text).is_ok() && !text.contains([' ', '~', '^', '?', '*', '['])
}

/// Environment that makes git of a child stop at the tree instead of finding a repository above it.
pub fn ceiling(tree: &Path) -> BTreeMap<String, String> {
    let above = tree.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
    BTreeMap::from([("GIT_CEILING_DIRECTORIES".to_owned(), above), ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned())])
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn head_is_read_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        assert_eq!(head(&root), Head::default());
        let commit = "ce013625030ba8dba906f756967f9e9ca394464a";
        root.write(".git/HEAD", b"ref: refs/heads/fix/t-1\n").unwrap();
        root.write(".git/packed-refs", format!("# x\n{commit} refs/heads/fix/t-1\n").as_bytes()).unwrap();
        let expected = Head { branch: Some("fix/t-1".into()), commit: Some(commit.into()) };
        assert_eq!(head(&root), expected);
        root.write(".git/HEAD", commit.as_bytes()).unwrap();
        assert_eq!(head(&root), Head { branch: None, commit: Some(commit.into()) });
        for bad in ["ref: refs/heads/../../x", "ref: refs/heads/", "ref: /etc/passwd", "junk", ""] {
            root.write(".git/HEAD", bad.as_bytes()).unwrap();
            assert_eq!(head(&root), Head::default(), "{bad}");
        }
    }

    #[test]
    fn a_git_file_is_followed_only_to_a_work_tree_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        root.write("main/.git/worktrees/w/HEAD", b"ref: refs/heads/w\n").unwrap();
        root.write("tree/.git", b"gitdir: ../main/.git/worktrees/w\n").unwrap();
        root.write("evil/HEAD", b"ref: refs/heads/evil\n").unwrap();
        root.write("other/.git", b"gitdir: ../evil\n").unwrap();
        let branch = |name: &str| head(&Root::open(&folder.path().join(name)).unwrap()).branch;
        assert_eq!(branch("tree").as_deref(), Some("w"));
        assert_eq!(branch("other"), None);
    }
}
