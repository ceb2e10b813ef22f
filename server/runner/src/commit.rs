//! The message of a commit, read from git's files alone: nothing is started, so it is fit for a root that nobody trusts.

use crate::objects::{Kind, Objects};
use std::collections::{HashSet, VecDeque};
use std::path::Path;

/// The message of a commit (40 hexadecimal digits) of the repository whose git folder this is.
pub(crate) fn message(common: &Path, commit: &str) -> Option<String> {
    let object = Objects::open(common)?.read(commit, Kind::Commit)?;
    let text = String::from_utf8_lossy(&object);
    text.split_once("\n\n").map(|(_, message)| message.to_owned())
}

/// The commits that lead to one, newest first as far as the first parents of merges tell, at most so many; those that
/// cannot be read end their line.
pub(crate) fn before(common: &Path, commit: &str, most: usize) -> Vec<(String, String)> {
    let Some(objects) = Objects::open(common) else { return Vec::new() };
    let mut found = Vec::new();
    let mut seen = HashSet::from([commit.to_owned()]);
    let mut rest = VecDeque::from([commit.to_owned()]);
    while let Some(commit) = rest.pop_front().filter(|_| found.len() < most) {
        let Some(object) = objects.read(&commit, Kind::Commit) else { continue };
        let text = String::from_utf8_lossy(&object);
        let Some((head, message)) = text.split_once("\n\n") else { continue };
        let parents = head.lines().filter_map(|line| line.strip_prefix("parent "));
        rest.extend(parents.filter(|parent| seen.insert((*parent).to_owned())).map(str::to_owned));
        found.push((commit, message.to_owned()));
    }
    found
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::git::git_unchecked;

    /// Commits whose messages differ little, so that git packs them as deltas.
    fn repository(folder: &Path) -> Vec<(String, String)> {
        let git = |words: &[&str]| git_unchecked(folder, Some(folder), words).unwrap().trim().to_owned();
        git(&["init", "-q", "."]);
        let tree = git(&["write-tree"]);
        let long = "The same words again and again, so that a delta is worth it. ".repeat(20);
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
        (0..12)
            .map(|at| {
                let message = format!("Commit {at}\n\n{long}\n\nRefs: T-{at}");
                let commit = git(&[&who[..], &["commit-tree", "-m", &message, &tree]].concat());
                git(&["update-ref", &format!("refs/heads/b{at}"), &commit]);
                (commit, message)
            })
            .collect()
    }

    #[test]
    fn loose_packed_and_delta_commits_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let commits = repository(folder.path());
        let common = folder.path().join(".git");
        let all_are_read = || {
            for (commit, message) in &commits {
                assert_eq!(super::message(&common, commit).as_deref().map(str::trim_end), Some(message.as_str()));
            }
        };
        all_are_read();
        let git = |words: &[&str]| git_unchecked(folder.path(), Some(folder.path()), words).unwrap();
        git(&["repack", "-a", "-d", "-q", "-f", "--window=20", "--depth=20"]);
        git(&["prune-packed", "-q"]);
        assert!(!common.join("objects").join(&commits[0].0[..2]).is_dir(), "they are packed now");
        let pack = common
            .join("objects/pack")
            .read_dir()
            .unwrap()
            .flatten()
            .find(|it| it.path().extension().is_some_and(|end| end == "idx"));
        let listed = git(&["verify-pack", "-v", &pack.unwrap().path().display().to_string()]);
        assert!(listed.contains("chain length"), "some are deltas: {listed}");
        all_are_read();
        assert_eq!(before(&common, &commits[3].0, 9).len(), 1, "it has no parent");
        let tree = git(&["rev-parse", &format!("{}^{{tree}}", commits[0].0)]);
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
        let merge = ["commit-tree", "-p", &commits[0].0, "-p", &commits[1].0, "-m", "Merge", tree.trim()];
        let merge = git(&[&who[..], &merge].concat());
        let found: Vec<String> = before(&common, merge.trim(), 9).into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [merge.trim(), commits[0].0.as_str(), commits[1].0.as_str()]);
        assert_eq!(before(&common, merge.trim(), 2).len(), 2);
        assert_eq!(super::message(&common, &"0".repeat(40)), None);
        assert_eq!(super::message(&common, "nonsense"), None);
    }
}
