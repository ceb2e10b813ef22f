//! What the commits of a root held, read from git's files alone: nothing is started, so it is fit for a root that nobody
//! trusts. Only the folders on the way to a path are read.

use crate::files::Root;
use crate::git;
use crate::objects::{Kind, Objects};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use text::BlobId;

/// Commits that are looked through for what two branches have in common.
const MOST_COMMITS: usize = 20_000;
/// Folders of one commit that are read at once.
const MOST_FOLDERS: usize = 20_000;

/// The commits of a root.
pub struct History {
    objects: Objects,
    head: String,
    base: Option<String>,
    folders: RefCell<HashMap<String, Arc<[Entry]>>>,
}

/// Who made a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Author {
    /// `Ada <ada@example.org>`.
    pub name: String,
    /// The commit.
    pub commit: String,
}

#[derive(Clone)]
struct Entry {
    name: String,
    id: String,
    is_folder: bool,
    is_file: bool,
}

struct Commit {
    tree: String,
    parents: Vec<String>,
    author: String,
}

impl History {
    /// The history that HEAD leads to; none where there is no commit, or git's files cannot be read.
    pub fn open(root: &Root) -> Option<History> {
        let (_, common) = git::git_folder(root)?;
        let head = git::head(root).commit?;
        let base = git::base(root).map(|(_, commit)| commit);
        Some(History { objects: Objects::open(&common)?, head, base, folders: RefCell::default() })
    }

    /// The last commit that HEAD and the base branch have in common; HEAD itself where it is part of the base branch. None
    /// where there is no base branch.
    pub fn fork(&self) -> Option<String> {
        let (mut ours, mut theirs) = (self.ancestors(&self.head), self.ancestors(self.base.as_ref()?));
        let (mut of_ours, mut of_theirs) = (BTreeSet::new(), BTreeSet::new());
        // both sides at once: branches part near their ends, and histories are long
        loop {
            let (one, other) = (ours.next(), theirs.next());
            if one.is_none() && other.is_none() {
                return None;
            }
            of_ours.extend(one.clone());
            of_theirs.extend(other.clone());
            let common = |id: &Option<String>, of: &BTreeSet<String>| id.clone().filter(|id| of.contains(id));
            if let Some(found) = common(&one, &of_theirs).or_else(|| common(&other, &of_ours)) {
                return Some(found);
            }
        }
    }

    /// The content id of a file in a commit.
    pub fn file(&self, commit: &str, path: &str) -> Option<BlobId> {
        let mut folder = self.commit(commit)?.tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let entries = self.folder(&folder)?;
            let entry = entries.iter().find(|entry| entry.name == part)?;
            match parts.peek() {
                None if entry.is_file => return BlobId::parse(&entry.id),
                Some(_) if entry.is_folder => folder = entry.id.clone(),
                _ => return None,
            }
        }
        None
    }

    /// The files of a commit below a folder (empty, or with its `/` at the end), by path.
    pub fn files_below(&self, commit: &str, folder: &str) -> BTreeMap<String, BlobId> {
        let mut found = BTreeMap::new();
        let Some(mut id) = self.commit(commit).map(|commit| commit.tree) else { return found };
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let entries = self.folder(&id);
            let entry = entries.as_ref().and_then(|all| all.iter().find(|entry| entry.name == part && entry.is_folder));
            let Some(entry) = entry else { return found };
            id = entry.id.clone();
        }
        let mut open = vec![(folder.to_owned(), id)];
        let mut left = MOST_FOLDERS;
        while let Some((prefix, id)) = open.pop().filter(|_| left > 0) {
            left -= 1;
            for entry in self.folder(&id).iter().flat_map(|entries| entries.iter()) {
                let path = format!("{prefix}{}", entry.name);
                if entry.is_folder {
                    open.push((format!("{path}/"), entry.id.clone()));
                } else if let Some(id) = BlobId::parse(&entry.id).filter(|_| entry.is_file) {
                    found.insert(path, id);
                }
            }
        }
        found
    }

    /// Who made a file what it is in HEAD, among so many commits of the first line of parents.
    pub fn last_change(&self, path: &str, most: usize) -> Option<Author> {
        let now = self.file(&self.head, path)?;
        let mut id = self.head.clone();
        for _ in 0..most {
            let commit = self.commit(&id)?;
            let before = commit.parents.first();
            if before.and_then(|before| self.file(before, path)) != Some(now) {
                return Some(Author { name: commit.author, commit: id });
            }
            id = before?.clone();
        }
        None
    }

    /// The content id of a file in HEAD.
    pub fn head_file(&self, path: &str) -> Option<BlobId> {
        self.file(&self.head, path)
    }

    /// A commit and those before it, the nearest first.
    fn ancestors<'a>(&'a self, from: &str) -> impl Iterator<Item = String> + 'a {
        let mut seen = BTreeSet::from([from.to_owned()]);
        let mut open = VecDeque::from([from.to_owned()]);
        let next = move || {
            let id = open.pop_front()?;
            let parents = self.commit(&id).map(|commit| commit.parents).unwrap_or_default();
            open.extend(parents.into_iter().filter(|parent| seen.insert(parent.clone())));
            Some(id)
        };
        std::iter::from_fn(next).take(MOST_COMMITS)
    }

    fn commit(&self, id: &str) -> Option<Commit> {
        let text = String::from_utf8_lossy(&self.objects.read(id, Kind::Commit)?).into_owned();
        let mut commit = Commit { tree: String::new(), parents: Vec::new(), author: String::new() };
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(' ') {
                Some(("tree", id)) => commit.tree = id.to_owned(),
                Some(("parent", id)) => commit.parents.push(id.to_owned()),
                Some(("author", who)) => {
                    commit.author = who.rsplit_once('>').map_or(who.to_owned(), |(name, _)| format!("{name}>"));
                }
                _ => {}
            }
        }
        (!commit.tree.is_empty()).then_some(commit)
    }

    fn folder(&self, id: &str) -> Option<Arc<[Entry]>> {
        if let Some(known) = self.folders.borrow().get(id) {
            return Some(known.clone());
        }
        let entries: Arc<[Entry]> = entries(&self.objects.read(id, Kind::Tree)?).into();
        self.folders.borrow_mut().insert(id.to_owned(), entries.clone());
        Some(entries)
    }
}

/// `<mode> <name>\0<20 bytes>`, one after another.
fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        let (Some(id), line) = (bytes.get(end + 1..end + 21), &bytes[..end]) else { break };
        let words = String::from_utf8_lossy(line).into_owned();
        if let Some((mode, name)) = words.split_once(' ') {
            found.push(Entry {
                name: name.to_owned(),
                id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
                is_folder: mode == "40000",
                is_file: mode.starts_with("100"),
            });
        }
        bytes = &bytes[end + 21..];
    }
    found
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::git::git_unchecked;
    use std::fs;

    #[test]
    fn commits_are_read_as_git_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| git_unchecked(folder.path(), Some(folder.path()), words).unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        git(&["init", "-q", "-b", "main", "."]);
        git(&["config", "user.name", "Ada"]);
        git(&["config", "user.email", "ada@shop.example"]);
        put("src/a.rs", "1");
        put("src/deep/b.rs", "b");
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "one"]);
        let first = git::head(&Root::open(folder.path()).unwrap()).commit.unwrap();
        git(&["checkout", "-q", "-b", "work"]);
        git(&["config", "user.name", "Bob"]);
        put("src/a.rs", "2");
        git(&["commit", "-qam", "two"]);
        put("c.txt", "c");
        git(&["add", "-A"]);
        git(&["commit", "-qm", "three"]);
        for packed in [false, true] {
            if packed {
                git(&["gc", "-q"]);
            }
            let history = History::open(&Root::open(folder.path()).unwrap()).unwrap();
            assert_eq!(history.fork(), Some(first.clone()));
            assert_eq!(history.file(&first, "src/a.rs"), Some(BlobId::of(b"1")));
            assert_eq!(history.head_file("src/a.rs"), Some(BlobId::of(b"2")));
            assert_eq!(history.file(&first, "src"), None);
            assert_eq!(history.file(&first, "c.txt"), None);
            let below: Vec<String> = history.files_below(&first, "src/").into_keys().collect();
            assert_eq!(below, ["src/a.rs", "src/deep/b.rs"]);
            assert_eq!(history.files_below(&first, "").len(), 2);
            let who = |path: &str| history.last_change(path, 10).map(|author| author.name);
            assert_eq!(who("src/a.rs").as_deref(), Some("Bob <ada@shop.example>"));
            assert_eq!(who("src/deep/b.rs").as_deref(), Some("Ada <ada@shop.example>"));
        }
    }
}
