//! The work tree of one run, and the way of its change back to the user's tree.
//!
//! A run works in a clone of its own, filled with the very bytes whose content ids the plan was made from. What it did is
//! found by comparing contents before and after, never by asking the clone's own git, whose folder the run could have
//! rewritten. A change is kept as contents beside a journal; it is put into the user's tree whole or not at all, and only
//! where the user's files are still what the run started from.

use crate::dependencies;
use crate::files::{self, FileError, FoundKind, Root, WalkLimits};
use crate::git::{GitError, git};
use crate::protected::is_protected;
use crate::trust::Trusted;
use delivery::launch::is_agent_configuration;
use serde::{Deserialize, Serialize};
use spec::record::FileId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use text::BlobId;

/// Largest file that a tree carries: 64 MB.
pub(crate) const LARGEST: u64 = 64 << 20;

/// Errors of work trees.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// git said no.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The root holds more files than a tree is made for.
    #[error("the root has more than {0} files that git does not ignore; a run works on at most that many")]
    TooMany(usize),
    /// The journal of a change cannot be read.
    #[error("the kept change {path} cannot be read: {message}")]
    Journal {
        /// Where it lies.
        path: String,
        /// Why not.
        message: String,
    },
}

/// One version of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Content.
    pub blob: BlobId,
    /// Executable by its owner.
    pub executable: bool,
}

/// All files of a tree.
pub type Manifest = BTreeMap<String, Version>;

/// The work tree of a run.
#[derive(Debug)]
pub struct Tree {
    root: Root,
    /// What it was filled with.
    pub base: Manifest,
    /// Links it was given: path and target.
    links: BTreeMap<String, String>,
    /// Files that were left out because of their size.
    pub left_out: Vec<String>,
    /// Folders of installed packages that are the user's: see [`crate::dependencies`].
    installed: Vec<String>,
}

/// One changed file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Path from the root.
    pub path: String,
    /// Before; none when it is new.
    pub before: Option<Version>,
    /// After; none when it was removed.
    pub after: Option<Version>,
}

/// What a run did to its tree, judged by what it may do.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Judgement {
    /// Changes inside the scope.
    pub changes: Vec<Change>,
    /// Those of them that need a person ([`is_protected`]).
    pub proposals: Vec<String>,
    /// Changed files outside the scope.
    pub outside: Vec<String>,
    /// Links, pipes, repositories and names that are never taken, with the reason.
    pub refused: Vec<(String, &'static str)>,
}

impl Judgement {
    /// The files as a receipt names them.
    pub fn outputs(&self) -> Vec<FileId> {
        let named = |change: &Change| FileId { path: change.path.clone(), blob: change.after.map(|after| after.blob) };
        self.changes.iter().map(named).collect()
    }
}

impl Tree {
    /// Makes the tree of a run below `folder` (`<state>/runs/<id>`) from the user's root.
    pub fn prepare(trusted: &Trusted, user: &Root, folder: &Path, run: &str) -> Result<Tree, TreeError> {
        files::make_own_folder(folder)?;
        let path = folder.join("tree");
        if !cloned(trusted, user, folder, &path, run)? {
            files::make_own_folder(&path)?;
            // a repository of its own, so that no agent finds one above; without git there is none
            let _ = git(trusted, &path, None, &["init", "-q", "--template=", "."]);
        }
        let mut tree = Tree {
            root: Root::open(&path)?,
            base: Manifest::new(),
            links: BTreeMap::new(),
            left_out: Vec::new(),
            installed: Vec::new(),
        };
        tree.fill(user)?;
        Ok(tree)
    }

    /// Opens a tree that was prepared before, to run a checker in it.
    pub fn folder(&self) -> &Path {
        self.root.path()
    }

    /// Lets its processes find the packages that the user has installed; again before somebody else works in it.
    pub(crate) fn provide(&mut self, user: &Root) -> Result<(), TreeError> {
        if self.installed.is_empty() {
            self.installed = dependencies::find(user, self.base.keys());
            let lines: String = self.installed.iter().map(|path| format!("/{path}\n")).collect();
            if !lines.is_empty() && self.root.kind(".git")?.is_some() {
                self.root.write(".git/info/exclude", lines.as_bytes())?;
            }
        }
        Ok(dependencies::provide(&self.root, user, &self.installed)?)
    }

    /// Folders of installed packages that its processes find.
    pub(crate) fn installed(&self) -> &[String] {
        &self.installed
    }

    /// Its root.
    pub fn root(&self) -> &Root {
        &self.root
    }

    fn fill(&mut self, user: &Root) -> Result<(), TreeError> {
        let limits = WalkLimits::default();
        let walk = user.walk(limits)?;
        if walk.truncated {
            return Err(TreeError::TooMany(limits.files));
        }
        for found in walk.found {
            match found.kind {
                FoundKind::File => match user.read_with_mode(&found.path, LARGEST) {
                    Ok((bytes, executable)) => {
                        self.root.write_mode_quick(&found.path, &bytes, executable)?;
                        self.base.insert(found.path, Version { blob: BlobId::of(&bytes), executable });
                    }
                    Err(FileError::TooLarge { .. }) => self.left_out.push(found.path),
                    // it went away meanwhile, or is no file any more
                    Err(_) => {}
                },
                FoundKind::Link => {
                    if let Ok(target) = user.link_target(&found.path)
                        && stays_below(&found.path, &target)
                        && points_to_reviewed(&found.path, &target)
                        && self.root.make_link(&found.path, &target).is_ok()
                    {
                        self.links.insert(found.path, target);
                    }
                }
                FoundKind::Other => {}
            }
        }
        Ok(())
    }

    /// Compares the tree with what it was filled with. `scope` says what the pass may write; `required` are outputs that
    /// are looked at even where git would ignore them.
    pub fn judge(&self, scope: &dyn Fn(&str) -> bool, required: &[String]) -> Result<Judgement, TreeError> {
        let mut walk = self.root.walk(WalkLimits::default())?;
        if walk.truncated {
            return Err(TreeError::TooMany(WalkLimits::default().files));
        }
        // they are the user's, whatever the tree's ignore files say by now
        walk.found.retain(|found| !dependencies::below(&found.path, &self.installed));
        walk.nested.retain(|path| !dependencies::below(path, &self.installed));
        let required = required.iter().filter(|path| !dependencies::below(path, &self.installed));
        let mut judgement = Judgement::default();
        for nested in walk.nested {
            judgement.refused.push((nested, "a repository inside the repository"));
        }
        let mut after: BTreeMap<String, Option<Version>> = BTreeMap::new();
        for found in walk.found {
            match found.kind {
                FoundKind::File => {
                    let version = self.version(&found.path);
                    if version.is_none() {
                        judgement.refused.push((found.path.clone(), "too large, or changed while it was read"));
                    }
                    after.insert(found.path, version);
                }
                FoundKind::Link => {
                    let unchanged = self.root.link_target(&found.path).ok().as_ref() == self.links.get(&found.path);
                    if !unchanged {
                        judgement.refused.push((found.path, "a link"));
                    }
                }
                FoundKind::Other => judgement.refused.push((found.path, "not a regular file")),
            }
        }
        // what git ignores now may have been there before, or be an output
        for path in self.base.keys().chain(required) {
            if !after.contains_key(path)
                && let Some(version) = self.version(path)
            {
                after.insert(path.clone(), Some(version));
            }
        }
        for path in self.base.keys() {
            after.entry(path.clone()).or_insert(None);
        }
        for (path, now) in after {
            let before = self.base.get(&path).copied();
            if before == now {
                continue;
            }
            if !scope(&path) {
                judgement.outside.push(path);
                continue;
            }
            if is_protected(&path) {
                judgement.proposals.push(path.clone());
            }
            judgement.changes.push(Change { path, before, after: now });
        }
        Ok(judgement)
    }

    /// Takes away what is neither part of the tree as it was filled nor of the change: [`Tree::judge`] does not look at what
    /// git ignores, but the checks would obey it. For when nobody works in the tree any more.
    pub fn clear(&self, changes: &[Change]) -> Result<(), TreeError> {
        let files = self.base.keys().chain(self.links.keys()).map(|path| (path.as_str(), false));
        let folders = self.installed.iter().map(String::as_str).chain([".git"]).map(|path| (path, true));
        let mut stays: BTreeMap<&str, bool> = files.chain(folders).collect();
        for change in changes {
            match change.after {
                Some(_) => stays.insert(&change.path, false),
                None => stays.remove(change.path.as_str()),
            };
        }
        Ok(clear_folder(self.root.path(), "", &stays)?)
    }

    /// Lays a kept change over the tree, where the tree has what the change started from; what the tree is compared with
    /// from now on has it. The error names the first file that is another one.
    pub fn lay(&mut self, kept: &Kept) -> Result<Result<(), String>, TreeError> {
        for change in kept.changes() {
            let now = self.base.get(&change.path).copied();
            if now != change.before && now != change.after {
                return Ok(Err(change.path.clone()));
            }
        }
        for change in kept.changes() {
            kept.put(&self.root, &change.path, change.after)?;
            match change.after {
                Some(after) => drop(self.base.insert(change.path.clone(), after)),
                None => drop(self.base.remove(&change.path)),
            }
        }
        Ok(Ok(()))
    }

    fn version(&self, path: &str) -> Option<Version> {
        let (bytes, executable) = self.root.read_with_mode(path, LARGEST).ok()?;
        Some(Version { blob: BlobId::of(&bytes), executable })
    }

    /// Keeps the contents of the changes below the run's folder, from where they are applied: later writes into the tree
    /// (a checker's, a late child's) do not get in.
    pub fn keep(&self, run: &str, user: &Root, folder: &Path, changes: &[Change]) -> Result<Kept, TreeError> {
        let kept = Kept {
            journal: Journal {
                run: run.to_owned(),
                root: user.path().display().to_string(),
                state: State::Kept,
                changes: changes.to_vec(),
            },
            folder: folder.to_owned(),
        };
        let store = Root::open(folder)?;
        for change in changes {
            let Some(after) = change.after else { continue };
            let (bytes, _) = self.root.read_with_mode(&change.path, LARGEST)?;
            if BlobId::of(&bytes) != after.blob {
                return Err(journal_error(folder, &format!("`{}` changed while it was being kept", change.path)));
            }
            store.write(&format!("blobs/{}", after.blob), &bytes)?;
        }
        kept.write()?;
        Ok(kept)
    }
}

/// Clears a folder below `root` of all that is not in `stays` (true for whole folders) and leads to nothing in it. No link
/// is followed.
fn clear_folder(root: &Path, folder: &str, stays: &BTreeMap<&str, bool>) -> Result<(), FileError> {
    let whole = root.join(folder);
    let refuse = |source| FileError::System { path: whole.display().to_string(), source };
    let leads = |folder: &str| {
        let below = format!("{folder}/");
        stays.range(below.as_str()..).next().is_some_and(|(next, _)| next.starts_with(&below))
    };
    for entry in whole.read_dir().map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        let is_folder = entry.file_type().map_err(refuse)?.is_dir();
        let slash = if folder.is_empty() { "" } else { "/" };
        // whatever stays has a name that can be written
        let path = entry.file_name().to_str().map(|name| format!("{folder}{slash}{name}")).unwrap_or_default();
        if stays.get(path.as_str()) == Some(&is_folder) {
            continue;
        }
        if is_folder && leads(&path) {
            clear_folder(root, &path, stays)?;
        } else if is_folder {
            std::fs::remove_dir_all(entry.path()).map_err(refuse)?;
        } else {
            std::fs::remove_file(entry.path()).map_err(refuse)?;
        }
    }
    Ok(())
}

/// Clones the root's repository without its files; false when there is none to clone.
fn cloned(trusted: &Trusted, user: &Root, folder: &Path, path: &Path, run: &str) -> Result<bool, TreeError> {
    if user.kind(".git")?.is_none() {
        return Ok(false);
    }
    let (from, to) = (user.path().display().to_string(), path.display().to_string());
    let clone = ["clone", "-q", "--shared", "--no-checkout", "--no-tags", "--template=", "--", &from, &to];
    if git(trusted, folder, None, &clone).is_err() {
        // a repository of somebody else, or none that git can read: the files are what counts
        return Ok(false);
    }
    let branch = format!("refs/heads/tollgate/{run}");
    let has_commit = git(trusted, path, Some(path), &["rev-parse", "-q", "--verify", "HEAD^{commit}"]).is_ok();
    if has_commit {
        git(trusted, path, Some(path), &["update-ref", &branch, "HEAD"])?;
    }
    git(trusted, path, Some(path), &["symbolic-ref", "HEAD", &branch])?;
    if has_commit {
        git(trusted, path, Some(path), &["read-tree", "HEAD"])?;
    }
    // nothing to push to: the clone must not be a way back into the user's repository
    let _ = git(trusted, path, Some(path), &["remote", "remove", "origin"]);
    Ok(true)
}

/// True when a relative link at `path` cannot leave the root.
pub(crate) fn stays_below(path: &str, target: &str) -> bool {
    if target.starts_with('/') || target.is_empty() {
        return false;
    }
    let mut depth = path.matches('/').count();
    for part in target.split('/') {
        match part {
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            "" | "." => {}
            ".git" => return false,
            _ => depth += 1,
        }
    }
    true
}

/// True unless the link stands where an agent looks for its configuration and leads to what no review has seen.
fn points_to_reviewed(path: &str, target: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let plain = !target.split('/').any(|part| matches!(part, "" | "." | ".."));
    let target = if folder.is_empty() { target.to_owned() } else { format!("{folder}/{target}") };
    !is_agent_configuration(path) || (plain && is_agent_configuration(&target))
}

/// A change that is kept beside its journal.
#[derive(Clone, Debug)]
pub struct Kept {
    journal: Journal,
    folder: PathBuf,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Journal {
    run: String,
    root: String,
    state: State,
    changes: Vec<Change>,
}

/// How far a change is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits.
    Kept,
    /// Was being put into the user's tree.
    Applying,
    /// Is in the user's tree.
    Applied,
}

/// What became of an attempt to apply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Applied {
    /// The user's tree has the change.
    Whole,
    /// These files are not what the run started from; nothing was changed.
    Conflict(Vec<String>),
}

fn journal_error(folder: &Path, message: &str) -> TreeError {
    TreeError::Journal { path: folder.join("change.json").display().to_string(), message: message.to_owned() }
}

impl Kept {
    /// Reads the change kept below a run's folder; none when the run kept none.
    pub fn open(folder: &Path) -> Result<Option<Kept>, TreeError> {
        let bytes = match Root::open(folder).and_then(|root| root.read_limited("change.json", LARGEST)) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let journal = serde_json::from_slice(&bytes).map_err(|error| journal_error(folder, &error.to_string()))?;
        Ok(Some(Kept { journal, folder: folder.to_owned() }))
    }

    /// How far it is.
    pub fn state(&self) -> State {
        self.journal.state
    }

    /// The root it belongs to.
    pub fn root(&self) -> &Path {
        Path::new(&self.journal.root)
    }

    /// What it changes.
    pub fn changes(&self) -> &[Change] {
        &self.journal.changes
    }

    fn write(&self) -> Result<(), TreeError> {
        let text = serde_json::to_vec_pretty(&self.journal)
            .map_err(|error| journal_error(&self.folder, &error.to_string()))?;
        Ok(Root::open(&self.folder)?.write("change.json", &text)?)
    }

    fn set(&mut self, state: State) -> Result<(), TreeError> {
        self.journal.state = state;
        self.write()
    }

    fn content(&self, version: Version) -> Result<Vec<u8>, TreeError> {
        let bytes = Root::open(&self.folder)?.read_limited(&format!("blobs/{}", version.blob), LARGEST)?;
        if BlobId::of(&bytes) == version.blob {
            return Ok(bytes);
        }
        Err(journal_error(&self.folder, "a kept content is not what it was"))
    }

    /// Puts the change into the user's tree, whole or not at all.
    pub fn apply(&mut self) -> Result<Applied, TreeError> {
        let user = Root::open_project(self.root())?;
        let store = Root::open(&self.folder)?;
        let mut conflicts = Vec::new();
        for change in &self.journal.changes {
            let now = current(&user, &change.path);
            if now != Now::Is(change.before) && now != Now::Is(change.after) {
                conflicts.push(change.path.clone());
            }
        }
        if !conflicts.is_empty() {
            return Ok(Applied::Conflict(conflicts));
        }
        for change in &self.journal.changes {
            // every content is at hand before the first write; the old ones for the way back
            if let Some(after) = change.after {
                self.content(after)?;
            }
            if let (Now::Is(Some(now)), Some(before)) = (current(&user, &change.path), change.before)
                && now == before
            {
                let (bytes, _) = user.read_with_mode(&change.path, LARGEST)?;
                store.write(&format!("blobs/{}", before.blob), &bytes)?;
            }
        }
        self.set(State::Applying)?;
        self.finish(&user)
    }

    /// Finishes what a crash left half done: forward where the user's files allow it, else back.
    pub fn recover(&mut self) -> Result<Option<Applied>, TreeError> {
        if self.journal.state != State::Applying {
            return Ok(None);
        }
        let user = Root::open_project(self.root())?;
        self.finish(&user).map(Some)
    }

    fn finish(&mut self, user: &Root) -> Result<Applied, TreeError> {
        let mut strange = Vec::new();
        let mut failed = None;
        for change in &self.journal.changes {
            match current(user, &change.path) {
                now if now == Now::Is(change.after) => {}
                now if now == Now::Is(change.before) => {
                    if let Err(error) = self.put(user, &change.path, change.after) {
                        failed = Some(error);
                        break;
                    }
                }
                _ => strange.push(change.path.clone()),
            }
        }
        if strange.is_empty() && failed.is_none() {
            self.set(State::Applied)?;
            return Ok(Applied::Whole);
        }
        for change in &self.journal.changes {
            if current(user, &change.path) == Now::Is(change.after) {
                self.put(user, &change.path, change.before)?;
            }
        }
        self.set(State::Kept)?;
        match failed {
            Some(error) => Err(error),
            None => Ok(Applied::Conflict(strange)),
        }
    }

    fn put(&self, user: &Root, path: &str, version: Option<Version>) -> Result<(), TreeError> {
        match version {
            Some(version) => Ok(user.write_mode(path, &self.content(version)?, Some(version.executable))?),
            None => Ok(user.remove(path)?),
        }
    }
}

/// What stands at a path of the user's tree.
#[derive(PartialEq, Eq)]
enum Now {
    Is(Option<Version>),
    /// A link, a folder, or something that cannot be read.
    Odd,
}

fn current(user: &Root, path: &str) -> Now {
    match user.read_with_mode(path, LARGEST) {
        Ok((bytes, executable)) => Now::Is(Some(Version { blob: BlobId::of(&bytes), executable })),
        Err(error) if error.is_not_found() => Now::Is(None),
        Err(_) => Now::Odd,
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn trusted() -> Trusted {
        let nowhere = std::path::PathBuf::from("/dev/null");
        Trusted::for_tests(&crate::home::Home { state: nowhere.clone(), configuration: nowhere })
    }

    struct Place {
        _guard: tempfile::TempDir,
        user: Root,
        run: PathBuf,
    }

    fn place(with_git: bool) -> Place {
        let guard = tempfile::tempdir().unwrap();
        let (user, run) = (guard.path().join("user"), guard.path().join("state/runs/r1"));
        fs::create_dir(&user).unwrap();
        let root = Root::open(&user).unwrap();
        root.write("src/main.rs", b"committed\n").unwrap();
        root.write("tool.sh", b"#!/bin/sh\n").unwrap();
        fs::set_permissions(user.join("tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        root.write(".gitignore", b"target\n").unwrap();
        root.write("target/junk", b"").unwrap();
        symlink("main.rs", user.join("src/alias.rs")).unwrap();
        symlink("/etc/passwd", user.join("escape")).unwrap();
        symlink("../../../etc", user.join("src/escape")).unwrap();
        if with_git {
            let trusted = &trusted();
            for words in [
                &["init", "-q", "."][..],
                &["add", "."],
                &["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "first"],
            ] {
                git(trusted, &user, None, words).unwrap();
            }
        }
        root.write("src/main.rs", b"not committed yet\n").unwrap();
        Place { _guard: guard, user: root, run }
    }

    fn prepare(place: &Place) -> Tree {
        Tree::prepare(&trusted(), &place.user, &place.run, "r1").unwrap()
    }

    fn anywhere(path: &str) -> bool {
        path.starts_with("src/")
    }

    #[test]
    fn what_a_run_left_beside_its_change_is_cleared_away() {
        let place = place(true);
        let tree = prepare(&place);
        let folder = tree.folder().to_owned();
        for planted in ["target/evil", "src/target/evil", "src/deep/target/evil"] {
            tree.root.write(planted, b"evil").unwrap();
        }
        symlink("/etc", folder.join("target/link")).unwrap();
        tree.root.write("src/deep/new.rs", b"made").unwrap();
        tree.root.remove("src/main.rs").unwrap();
        tree.root.write("src/main.rs/target", b"evil").unwrap();
        let judgement = tree.judge(&anywhere, &[]).unwrap();
        assert_eq!(judgement.outputs().len(), 2, "{judgement:?}");
        tree.clear(&judgement.changes).unwrap();
        let mut left: Vec<String> = Vec::new();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap().flatten() {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() && !path.ends_with(".git") {
                    folders.push(path.clone());
                }
                left.push(path.strip_prefix(&folder).unwrap().display().to_string());
            }
        }
        left.sort();
        assert_eq!(left, [".git", ".gitignore", "src", "src/alias.rs", "src/deep", "src/deep/new.rs", "tool.sh"],);
        assert!(Path::new("/etc/passwd").exists(), "no link is followed");
    }

    #[test]
    fn a_tree_has_the_bytes_of_the_work_tree_and_a_branch_of_its_own() {
        for with_git in [true, false] {
            let place = place(with_git);
            let tree = prepare(&place);
            assert_eq!(tree.root.read("src/main.rs").unwrap(), b"not committed yet\n");
            assert!(tree.base["tool.sh"].executable && !tree.base["src/main.rs"].executable);
            assert!(tree.folder().join("src/alias.rs").exists());
            assert!(fs::symlink_metadata(tree.folder().join("escape")).is_err(), "no link that leaves the root");
            assert!(fs::symlink_metadata(tree.folder().join("src/escape")).is_err());
            assert!(!tree.folder().join("target").exists());
            let head = crate::git::head(&tree.root);
            if with_git {
                assert_eq!(head.branch.as_deref(), Some("tollgate/r1"));
                let status = git(&trusted(), tree.folder(), Some(tree.folder()), &["status", "--short"]);
                assert!(status.unwrap().contains(" M src/main.rs"));
                let remotes = git(&trusted(), tree.folder(), Some(tree.folder()), &["remote"]).unwrap();
                assert_eq!(remotes, "");
            }
            assert_eq!(tree.judge(&anywhere, &[]).unwrap(), Judgement::default(), "nothing done, nothing found");
        }
    }

    #[test]
    fn what_a_run_did_is_sorted_by_what_it_may_do() {
        let place = place(true);
        let tree = prepare(&place);
        let folder = tree.folder().to_owned();
        tree.root.write("src/new.rs", b"new").unwrap();
        tree.root.write("src/.claude/settings.json", b"{}").unwrap();
        tree.root.write("README.md", b"outside").unwrap();
        tree.root.remove("src/main.rs").unwrap();
        tree.root.write("src/nested/.git/config", b"").unwrap();
        fs::remove_file(folder.join("src/alias.rs")).unwrap();
        symlink("/etc", folder.join("src/alias.rs")).unwrap();
        fs::set_permissions(folder.join("tool.sh"), fs::Permissions::from_mode(0o644)).unwrap();
        tree.root.write("target/out.txt", b"ignored by git, asked for").unwrap();
        // the tree's own git is not believed
        fs::write(folder.join(".git/config"), "[core]\n\tfsmonitor = touch pwned\n\tworktree = /\n").unwrap();
        let scope = |path: &str| path.starts_with("src/") || path.starts_with("target/");
        let judgement = tree.judge(&scope, &["target/out.txt".into()]).unwrap();
        let paths: Vec<&str> = judgement.changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["src/.claude/settings.json", "src/main.rs", "src/new.rs", "target/out.txt"]);
        assert_eq!(judgement.proposals, ["src/.claude/settings.json"]);
        assert_eq!(judgement.outside, ["README.md", "tool.sh"]);
        let refused: Vec<&str> = judgement.refused.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(refused, ["src/nested", "src/alias.rs"]);
        assert_eq!(judgement.changes[1].after, None);
    }

    fn changed(place: &Place) -> Kept {
        let tree = prepare(place);
        tree.root.write("src/main.rs", b"after\n").unwrap();
        tree.root.write_mode("src/new.sh", b"new\n", Some(true)).unwrap();
        tree.root.remove("tool.sh").unwrap();
        let judgement = tree.judge(&|_| true, &[]).unwrap();
        let kept = tree.keep("r1", &place.user, &place.run, &judgement.changes).unwrap();
        tree.root.write("src/main.rs", b"late write\n").unwrap();
        kept
    }

    #[test]
    fn a_change_is_applied_whole() {
        let place = place(true);
        let mut kept = changed(&place);
        assert_eq!(kept.apply().unwrap(), Applied::Whole);
        assert_eq!(place.user.read("src/main.rs").unwrap(), b"after\n", "the late write did not get in");
        assert!(place.user.read_with_mode("src/new.sh", 10).unwrap().1);
        assert!(place.user.read("tool.sh").is_err());
        assert_eq!(Kept::open(&place.run).unwrap().unwrap().state(), State::Applied);
        assert_eq!(kept.apply().unwrap(), Applied::Whole, "a second time changes nothing");
    }

    #[test]
    fn a_change_is_not_applied_over_other_work() {
        let place = place(true);
        let mut kept = changed(&place);
        place.user.write("tool.sh", b"edited meanwhile").unwrap();
        assert_eq!(kept.apply().unwrap(), Applied::Conflict(vec!["tool.sh".into()]));
        assert_eq!(place.user.read("src/main.rs").unwrap(), b"not committed yet\n");
        assert_eq!(kept.state(), State::Kept);
    }

    #[test]
    fn a_crash_between_two_writes_is_finished_or_undone() {
        for edited in [false, true] {
            let place = place(true);
            let mut kept = changed(&place);
            for change in kept.changes() {
                if let Some(before) = change.before {
                    let bytes = place.user.read(&change.path).unwrap();
                    Root::open(&place.run).unwrap().write(&format!("blobs/{}", before.blob), &bytes).unwrap();
                }
            }
            kept.set(State::Applying).unwrap();
            place.user.write("src/main.rs", b"after\n").unwrap();
            if edited {
                place.user.write("src/new.sh", b"somebody else's").unwrap();
            }
            let mut found = Kept::open(&place.run).unwrap().unwrap();
            let outcome = found.recover().unwrap().unwrap();
            if edited {
                assert_eq!(outcome, Applied::Conflict(vec!["src/new.sh".into()]));
                assert_eq!(place.user.read("src/main.rs").unwrap(), b"not committed yet\n");
                assert_eq!(place.user.read("tool.sh").unwrap(), b"#!/bin/sh\n");
            } else {
                assert_eq!(outcome, Applied::Whole);
                assert!(place.user.read("tool.sh").is_err());
            }
            assert_eq!(found.recover().unwrap(), None);
        }
    }
}
