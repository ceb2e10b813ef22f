//! What git tracks in a root, with content ids, and what old contents said: read from git's files alone (`.git/index`,
//! objects). Nothing is started, so it is fit for a root that nobody trusts, and costs milliseconds in a large one.
//!
//! Indexes of versions 2 to 4 are read, split ones and those of linked work trees too. Links, submodules and folders of a
//! sparse index are left out. What does not fit is not read, and nothing is known then.

use crate::files::Root;
use crate::git;
use crate::objects::{Kind, Objects};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use text::BlobId;

/// Largest index that is read: about two million files.
const LARGEST: u64 = 256 << 20;

/// A file that git tracks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tracked {
    /// Path from the root, `/` separated.
    pub path: String,
    /// Content id of what was staged last.
    pub blob: BlobId,
    /// True for a file that a sparse checkout leaves out of the work tree.
    pub absent: bool,
}

/// The files that git tracks in a root, in path order; none where the root is no work tree of git, or its index is of a
/// kind that is not read.
pub fn tracked(root: &Root) -> Option<Vec<Tracked>> {
    let (folder, common) = git::git_folder(root)?;
    if uses_sha256(&common) {
        return None;
    }
    let folder = Root::open(&folder).ok()?;
    let bytes = match folder.read_limited("index", LARGEST) {
        Ok(bytes) => bytes,
        // nothing was ever added
        Err(error) if error.is_not_found() => return Some(Vec::new()),
        Err(_) => return None,
    };
    let read = read(&bytes)?;
    let mut files: BTreeMap<Vec<u8>, Entry> = BTreeMap::new();
    let own = match &read.link {
        None => read.entries,
        Some(link) => {
            let shared = format!("sharedindex.{}", link.base);
            let base = self::read(&folder.read_limited(&shared, LARGEST).ok()?)?;
            let mut own = read.entries.into_iter();
            for (at, old) in base.entries.into_iter().enumerate() {
                let is = |bits: &[u64]| bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
                // replacements come first, in order, and leave their names to the shared index
                let new = if is(&link.replaced) { Some(own.next()?) } else { None };
                if !is(&link.deleted) {
                    let new = new.map_or(old.clone(), |new| Entry { name: old.name, ..new });
                    add(&mut files, new);
                }
            }
            own.collect()
        }
    };
    for entry in own {
        add(&mut files, entry);
    }
    let file = |entry: Entry| {
        let path = String::from_utf8(entry.name).ok()?;
        let is_regular = entry.mode >> 12 == 0o10;
        is_regular.then_some(Tracked { path, blob: BlobId::from_bytes(entry.id), absent: entry.skipped })
    };
    Some(files.into_values().filter_map(file).collect())
}

/// Of a file in conflict our side counts.
fn add(files: &mut BTreeMap<Vec<u8>, Entry>, entry: Entry) {
    let rank = |stage: u8| [0, 2, 1, 3][usize::from(stage & 3)];
    match files.get(&entry.name) {
        Some(known) if rank(known.stage) <= rank(entry.stage) => {}
        _ => drop(files.insert(entry.name.clone(), entry)),
    }
}

fn uses_sha256(common: &Path) -> bool {
    let config = Root::open(common).ok().and_then(|root| root.read_limited("config", 1 << 20).ok());
    let config = String::from_utf8_lossy(&config.unwrap_or_default()).to_ascii_lowercase();
    config.lines().any(|line| line.trim_start().starts_with("objectformat") && line.contains("sha256"))
}

#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    id: [u8; 20],
    mode: u32,
    stage: u8,
    skipped: bool,
}

/// Where the rest of a split index lies, and what of it no longer counts.
struct Link {
    base: String,
    deleted: Vec<u64>,
    replaced: Vec<u64>,
}

struct Read {
    entries: Vec<Entry>,
    link: Option<Link>,
}

fn read(bytes: &[u8]) -> Option<Read> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)? as usize);
    if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) || count > bytes.len() / 62 {
        return None;
    }
    let (mut entries, mut at, mut last) = (Vec::with_capacity(count), 12, Vec::new());
    for _ in 0..count {
        let start = at;
        let (mode, id) = (number(at + 24)?, bytes.get(at + 40..at + 60)?.try_into().ok()?);
        let flags = number(at + 58)? & 0xffff;
        at += 62;
        let mut skipped = false;
        if version >= 3 && flags & 0x4000 != 0 {
            skipped = number(at - 2)? & 0x4000 != 0;
            at += 2;
        }
        let mut name = Vec::new();
        if version == 4 {
            let strip = varint(bytes, &mut at)?;
            name.extend_from_slice(last.get(..last.len().checked_sub(strip)?)?);
        }
        let rest = bytes.get(at..)?;
        let end = memchr(rest)?;
        name.extend_from_slice(&rest[..end]);
        at += end + 1;
        if version < 4 {
            // one to eight NULs, so that entries begin at multiples of eight
            at = start + (at - 1 - start + 8) / 8 * 8;
        }
        last.clone_from(&name);
        entries.push(Entry { name, id, mode, stage: (flags >> 12 & 3) as u8, skipped });
    }
    // extensions, and the checksum behind them
    let mut link = None;
    while at + 28 <= bytes.len() {
        let (name, size) = (bytes.get(at..at + 4)?, number(at + 4)? as usize);
        let body = bytes.get(at + 8..(at + 8).checked_add(size)?)?;
        match name {
            b"link" => link = Some(self::link(body)?),
            // an extension that must be understood; a sparse index has folders among its entries
            _ if !name[0].is_ascii_uppercase() && name != b"sdir" => return None,
            _ => {}
        }
        at += 8 + size;
    }
    Some(Read { entries, link })
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == 0)
}

/// A number as packs have their offsets.
fn varint(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut number = 0_usize;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number = number.checked_mul(128)? | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(number);
        }
        number = number.checked_add(1)?;
    }
}

fn link(body: &[u8]) -> Option<Link> {
    let base = body.get(..20)?.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut at = 20;
    let (deleted, replaced) = match body.len() {
        20 => (Vec::new(), Vec::new()),
        _ => (bitmap(body, &mut at)?, bitmap(body, &mut at)?),
    };
    Some(Link { base, deleted, replaced })
}

/// A bitmap in the EWAH encoding: words that tell of a run of equal words and of how many literal words follow.
fn bitmap(bytes: &[u8], at: &mut usize) -> Option<Vec<u64>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let (bits, count) = (number(*at)?, number(*at + 4)?);
    let words = bytes.get(*at + 8..(*at + 8).checked_add(count.checked_mul(8)?)?)?;
    let words: Vec<u64> =
        words.chunks_exact(8).map(|word| word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))).collect();
    *at += 8 + 8 * count + 4;
    let most = bits.div_ceil(64);
    let (mut found, mut rest) = (Vec::new(), words.as_slice());
    while let [head, more @ ..] = rest {
        let run = usize::try_from(head >> 1 & 0xffff_ffff).ok()?;
        let literal = usize::try_from(head >> 33).ok()?;
        if found.len() + run > most || found.len() + run + literal > most {
            return None;
        }
        found.resize(found.len() + run, if head & 1 == 1 { u64::MAX } else { 0 });
        found.extend_from_slice(more.get(..literal)?);
        rest = &more[literal..];
    }
    Some(found)
}

/// Old contents of a root's files, by content id.
#[derive(Clone)]
pub struct OldContents(Arc<Objects>);

impl OldContents {
    /// None where the root is no work tree of git. Nothing is opened before a content is asked for.
    pub fn open(root: &Root) -> Option<OldContents> {
        let (_, common) = git::git_folder(root)?;
        Some(OldContents(Arc::new(Objects::open(&common)?)))
    }

    /// The text that this id stands for; none where git has it no more, or elsewhere, or it is no text.
    pub fn text(&self, blob: BlobId) -> Option<String> {
        String::from_utf8(self.0.read(&blob.to_string(), Kind::Blob)?).ok()
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::git::git_unchecked;
    use proptest::prelude::*;
    use std::fs;

    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Repository {
            let it = Repository(tempfile::tempdir().unwrap());
            it.git(&["init", "-q", "."]);
            it
        }

        fn git(&self, words: &[&str]) -> String {
            let who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
            git_unchecked(self.0.path(), Some(self.0.path()), &[&who[..], words].concat()).unwrap()
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// `path id`, one line a file, as git itself and as we list them.
        fn both(&self) -> (Vec<String>, Vec<String>) {
            let listed = self.git(&["ls-files", "-s", "-z"]);
            let lines = listed.split('\0').filter(|line| line.starts_with("100"));
            let theirs = lines.filter_map(|line| {
                let (what, path) = line.split_once('\t')?;
                Some(format!("{path} {}", what.split(' ').nth(1)?))
            });
            let ours = tracked(&Root::open(self.0.path()).unwrap()).unwrap();
            (ours.iter().map(|it| format!("{} {}", it.path, it.blob)).collect(), theirs.collect())
        }
    }

    #[test]
    fn every_version_lists_what_git_lists() {
        let it = Repository::new();
        assert_eq!(tracked(&Root::open(it.0.path()).unwrap()), Some(Vec::new()));
        for at in 0..90 {
            it.write(&format!("src/deep/{}/file{at}.rs", "x".repeat(at % 9)), &format!("// {at}\n"));
        }
        it.write("ä b.md", "# A\n");
        std::os::unix::fs::symlink("ä b.md", it.0.path().join("link.md")).unwrap();
        it.git(&["add", "-A"]);
        for version in ["2", "3", "4"] {
            it.git(&["update-index", "--index-version", version]);
            it.git(&["update-index", "--skip-worktree", "src/deep/x/file1.rs"]);
            let (ours, theirs) = it.both();
            assert_eq!(ours, theirs, "version {version}");
            assert_eq!(ours.len(), 91, "the link is none of them");
            let listed = tracked(&Root::open(it.0.path()).unwrap()).unwrap();
            let absent: Vec<&str> = listed.iter().filter(|it| it.absent).map(|it| it.path.as_str()).collect();
            assert_eq!(absent, ["src/deep/x/file1.rs"]);
            it.git(&["update-index", "--no-skip-worktree", "src/deep/x/file1.rs"]);
        }
    }

    #[test]
    fn a_split_index_is_put_together() {
        let it = Repository::new();
        for at in 0..200 {
            it.write(&format!("f{at:03}.txt"), &format!("{at}\n"));
        }
        it.git(&["add", "-A"]);
        it.git(&["update-index", "--split-index"]);
        for at in (0..200).step_by(19) {
            it.write(&format!("f{at:03}.txt"), "changed\n");
        }
        it.write("new.txt", "new\n");
        it.git(&["rm", "-q", "--cached", "f007.txt", "f131.txt"]);
        it.git(&["add", "f000.txt", "f019.txt", "f190.txt", "new.txt"]);
        let shared = fs::read_dir(it.0.path().join(".git")).unwrap().flatten();
        assert!(shared.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex.")));
        let (ours, theirs) = it.both();
        assert_eq!(ours.len(), 199);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn a_linked_work_tree_and_a_conflict_are_read() {
        let it = Repository::new();
        it.write("a.md", "# A\n");
        it.git(&["add", "-A"]);
        it.git(&["commit", "-q", "-m", "x"]);
        let linked = tempfile::tempdir().unwrap();
        let path = linked.path().join("tree");
        it.git(&["worktree", "add", "-q", "-b", "other", path.to_str().unwrap()]);
        let listed = tracked(&Root::open(&path).unwrap()).unwrap();
        assert_eq!(listed.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["a.md"]);

        let base = it.git(&["hash-object", "-w", "a.md"]).trim().to_owned();
        it.write("a.md", "# Ours\n");
        let ours = it.git(&["hash-object", "-w", "a.md"]).trim().to_owned();
        it.git(&["rm", "-q", "--cached", "a.md"]);
        let sides = [(1, &base), (3, &base), (2, &ours)].map(|(stage, id)| format!("100644 {id} {stage}\ta.md"));
        it.write("sides", &format!("{}\n", sides.join("\n")));
        let input = fs::File::open(it.0.path().join("sides")).unwrap();
        let mut git = std::process::Command::new("git");
        let fed = git.args(["update-index", "--index-info"]).current_dir(it.0.path()).stdin(input).status();
        assert!(fed.unwrap().success());
        let listed = tracked(&Root::open(it.0.path()).unwrap()).unwrap();
        assert_eq!(listed.iter().map(|it| it.blob.to_string()).collect::<Vec<_>>(), [ours]);
    }

    #[test]
    fn old_contents_stay_known_after_a_change() {
        let it = Repository::new();
        it.write("a.rs", "fn a() {}\n");
        it.git(&["add", "-A"]);
        let root = Root::open(it.0.path()).unwrap();
        let blob = tracked(&root).unwrap()[0].blob;
        it.write("a.rs", "fn b() {}\n");
        let old = OldContents::open(&root).unwrap();
        assert_eq!(old.text(blob).as_deref(), Some("fn a() {}\n"));
        assert_eq!(old.text(BlobId::of(b"never added")), None);
        assert!(OldContents::open(&Root::open(tempfile::tempdir().unwrap().path()).unwrap()).is_none());
    }

    #[test]
    fn an_index_of_another_hash_is_not_misread() {
        let folder = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| git_unchecked(folder.path(), Some(folder.path()), words).unwrap();
        git(&["init", "-q", "--object-format=sha256", "."]);
        fs::write(folder.path().join("a.md"), "# A\n").unwrap();
        git(&["add", "-A"]);
        assert_eq!(tracked(&Root::open(folder.path()).unwrap()), None);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(version in 1_u8..6, count in 0_u8..3, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let bytes = [&b"DIRC\0\0\0"[..], &[version, 0, 0, 0, count], &rest].concat();
            let _ = read(&bytes);
            let _ = link(&rest);
        }
    }
}
