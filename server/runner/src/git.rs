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
    call(trusted.root(), folder, tree, arguments, Streams::default())
}

/// What git reads and where its whole output goes; without a file only its ends are kept.
#[derive(Default)]
struct Streams {
    input: Vec<u8>,
    keep: Option<(PathBuf, PathBuf)>,
}

/// Files of a commit below these paths, by path; a link is `None`. Read from the object store alone: no filter, no
/// replacement and no other repository has a say. `scratch` is a folder of ours.
pub(crate) fn files_of_commit(
    trusted: &Trusted,
    commit: &str,
    paths: &[&str],
    scratch: &Path,
) -> Result<BTreeMap<String, Option<Vec<u8>>>, GitError> {
    let root = trusted.root();
    let call = |input: Vec<u8>, arguments: &[&str]| -> Result<Vec<u8>, GitError> {
        let name = |end: &str| scratch.join(format!("git-{}.{end}", uuid::Uuid::now_v7()));
        let (output, errors) = (name("out"), name("err"));
        let keep = Some((output.clone(), errors.clone()));
        let ended = self::call(root, root, Some(root), arguments, Streams { input, keep });
        let bytes = files::read_own(&output, 64 << 20).unwrap_or_default();
        // they are only on their way through
        [output, errors].iter().for_each(|path| _ = std::fs::remove_file(path));
        ended.map(|_| bytes)
    };
    let mut wanted = vec!["ls-tree", "-r", "-z", "--full-tree", commit, "--"];
    wanted.extend(paths);
    let listed = call(Vec::new(), &wanted)?;
    let mut found = BTreeMap::new();
    let mut blobs = Vec::new();
    for entry in listed.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((what, path)) = entry.split_once('\t') else { continue };
        match what.split(' ').collect::<Vec<_>>()[..] {
            ["100644" | "100755", "blob", blob] => blobs.push((path.to_owned(), blob.to_owned())),
            _ => drop(found.insert(path.to_owned(), None)),
        }
    }
    let names: String = blobs.iter().map(|(_, blob)| format!("{blob}\n")).collect();
    let output = if blobs.is_empty() { Vec::new() } else { call(names.into_bytes(), &["cat-file", "--batch"])? };
    let mut rest = output.as_slice();
    let broken = || GitError::Failed { verb: "cat-file".to_owned(), message: "an object is missing".to_owned() };
    for (path, blob) in blobs {
        // `<id> blob <size>`, the content, a line end
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = head.strip_prefix(&format!("{blob} blob ")).and_then(|size| size.parse::<usize>().ok());
        let content = size.and_then(|size| rest.get(end + 1..end + 1 + size)).ok_or_else(broken)?;
        rest = rest.get(end + 2 + content.len()..).ok_or_else(broken)?;
        found.insert(path, Some(content.to_vec()));
    }
    Ok(found)
}

/// [`git`] for a folder that we filled ourselves.
pub(crate) fn git_unchecked(folder: &Path, tree: Option<&Path>, arguments: &[&str]) -> Result<String, GitError> {
    call(folder, folder, tree, arguments, Streams::default())
}

/// Calls git in a folder of ours that is no repository, for `root`, whose programs are not used.
pub(crate) fn git_apart(root: &Path, folder: &Path, arguments: &[&str]) -> Result<String, GitError> {
    call(root, folder, None, arguments, Streams::default())
}

fn call(
    root: &Path,
    folder: &Path,
    tree: Option<&Path>,
    arguments: &[&str],
    streams: Streams,
) -> Result<String, GitError> {
    let program = programs::find_helper("git", root).ok_or(GitError::Missing)?;
    let mut argv = vec![program.display().to_string(), "--no-optional-locks".to_owned()];
    for setting in ["core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit", "gc.auto=0"] {
        argv.extend(["-c".to_owned(), setting.to_owned()]);
    }
    argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let mut environment = programs::common_environment();
    environment.retain(|name, _| ["PATH", "LANG", "LC_ALL"].contains(&name.as_str()));
    environment.extend(
        [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            // an object is what its id says, and is here or not
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
        ]
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
        input: streams.input,
        limits: Limits { wall: Duration::from_secs(300), ..Limits::default() },
        fence: None,
        run: format!("git-{}", uuid::Uuid::now_v7()),
        keep: streams.keep,
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

/// The base branch of a root and its commit, from files alone: what `origin/HEAD` points to, else `main` or `master` of
/// `origin`, else those of this repository.
pub fn base(root: &Root) -> Option<(String, String)> {
    let (_, common) = git_folder(root)?;
    let commit = |reference: &str| {
        let loose = small(&common.join(reference)).ok().map(|text| text.trim().to_owned());
        loose.filter(|text| is_commit(text)).or_else(|| packed(&common, reference))
    };
    let head = small(&common.join("refs/remotes/origin/HEAD")).ok();
    let named = head.as_deref().and_then(|text| text.trim().strip_prefix("ref: refs/remotes/origin/"));
    let remote = named.filter(|branch| is_branch(branch)).into_iter().chain(["main", "master"]);
    let remote = remote.map(|branch| (format!("origin/{branch}"), format!("refs/remotes/origin/{branch}")));
    let own = ["main", "master"].map(|branch| (branch.to_owned(), format!("refs/heads/{branch}")));
    remote.chain(own).find_map(|(name, reference)| Some((name, commit(&reference)?)))
}

/// The message of the commit that HEAD names, where it can be read from files.
pub fn head_message(root: &Root) -> Option<String> {
    let commit = head(root).commit?;
    let (_, common) = git_folder(root)?;
    crate::commit::message(&common, &commit)
}

/// The last commits that lead to HEAD with their messages, newest first, at most so many, where they can be read from files.
pub fn last_commits(root: &Root, most: usize) -> Vec<(String, String)> {
    let (Some(commit), Some((_, common))) = (head(root).commit, git_folder(root)) else { return Vec::new() };
    crate::commit::before(&common, &commit, most)
}

/// The git folder of the root, and the one that holds its branches. A file `.git` is followed only to where git itself
/// puts the folders of work trees and submodules.
pub(crate) fn git_folder(root: &Root) -> Option<(PathBuf, PathBuf)> {
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
    fn the_base_is_what_the_remote_calls_its_head() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let ids = ["a", "b", "c", "d"].map(|digit| digit.repeat(40));
        root.write(".git/HEAD", b"ref: refs/heads/work\n").unwrap();
        let name = || base(&root).map(|(name, commit)| format!("{name} {}", &commit[..1]));
        assert_eq!(name(), None);
        for (file, text, expected) in [
            (".git/refs/heads/master", ids[0].as_str(), "master a"),
            (".git/refs/heads/main", &ids[1], "main b"),
            (
                ".git/packed-refs",
                &format!("{} refs/remotes/origin/main\n{} refs/remotes/origin/next", ids[2], ids[3]),
                "origin/main c",
            ),
            (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/next\n", "origin/next d"),
            (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/../../heads/master", "origin/main c"),
            (".git/refs/remotes/origin/HEAD", "ref: refs/heads/master", "origin/main c"),
        ] {
            root.write(file, text.as_bytes()).unwrap();
            assert_eq!(name().as_deref(), Some(expected), "{text}");
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
