//! The message of a commit, read from git's files alone: nothing is started, so it is fit for a root that nobody trusts.
//! Loose objects and packs with an index of version 2, deltas included; a commit that lies elsewhere (in an alternate) is
//! not found. Everything is bounded, and what does not fit is not read.

use crate::files::Root;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit as inflate;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Largest object that is read: 1 MB.
const LARGEST: usize = 1 << 20;
/// As much is read of one first.
const SMALL: usize = 8 << 10;
/// Most packs that are looked into.
const PACKS: usize = 256;
/// Longest chain of deltas.
const CHAIN: usize = 64;

/// The message of a commit (40 hexadecimal digits) of the repository whose git folder this is.
pub(crate) fn message(common: &Path, commit: &str) -> Option<String> {
    let root = Root::open(common).ok()?;
    let object = loose(&root, commit).or_else(|| packed(&root, &binary(commit)?))?;
    let text = String::from_utf8_lossy(&object);
    text.split_once("\n\n").map(|(_, message)| message.to_owned())
}

/// The commits that lead to one, newest first as far as the first parents of merges tell, at most so many; those that
/// cannot be read end their line.
pub(crate) fn before(common: &Path, commit: &str, most: usize) -> Vec<(String, String)> {
    let Ok(root) = Root::open(common) else { return Vec::new() };
    let packs = packs(&root);
    let mut found = Vec::new();
    let mut seen = HashSet::from([commit.to_owned()]);
    let mut rest = VecDeque::from([commit.to_owned()]);
    while let Some(commit) = rest.pop_front().filter(|_| found.len() < most) {
        let object = loose(&root, &commit).or_else(|| in_packs(&packs, &binary(&commit)?));
        let Some(object) = object else { continue };
        let text = String::from_utf8_lossy(&object);
        let Some((head, message)) = text.split_once("\n\n") else { continue };
        let parents = head.lines().filter_map(|line| line.strip_prefix("parent "));
        rest.extend(parents.filter(|parent| seen.insert((*parent).to_owned())).map(str::to_owned));
        found.push((commit, message.to_owned()));
    }
    found
}

/// Twenty bytes of an id.
fn binary(id: &str) -> Option<[u8; 20]> {
    let mut bytes = [0; 20];
    if id.len() != 40 || !id.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(id.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn loose(root: &Root, commit: &str) -> Option<Vec<u8>> {
    let (folder, name) = (commit.get(..2)?, commit.get(2..)?);
    let bytes = root.read_limited(&format!("objects/{folder}/{name}"), LARGEST as u64).ok()?;
    let object = inflate(&bytes, LARGEST).ok()?;
    let end = object.iter().take(32).position(|byte| *byte == 0)?;
    object.starts_with(b"commit ").then(|| object[end + 1..].to_vec())
}

fn packed(root: &Root, id: &[u8; 20]) -> Option<Vec<u8>> {
    in_packs(&packs(root), id)
}

fn packs(root: &Root) -> Vec<Pack> {
    let Ok(folder) = root.path().join("objects/pack").read_dir() else { return Vec::new() };
    let names = folder.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let indexes = names.filter_map(|name| Some(name.strip_suffix(".idx")?.to_owned())).take(PACKS);
    indexes.filter_map(|name| Pack::open(root, &name)).collect()
}

fn in_packs(packs: &[Pack], id: &[u8; 20]) -> Option<Vec<u8>> {
    packs.iter().find_map(|pack| {
        let at = pack.find(id)?;
        pack.object(at, CHAIN).filter(|(kind, _)| *kind == COMMIT).map(|(_, object)| object)
    })
}

const COMMIT: u8 = 1;
const OFFSET_DELTA: u8 = 6;
const NAMED_DELTA: u8 = 7;

/// A pack with its index.
struct Pack {
    index: File,
    objects: File,
    /// Number of objects.
    count: u64,
}

impl Pack {
    fn open(root: &Root, name: &str) -> Option<Pack> {
        let open = |end: &str| Some(root.open_regular(&format!("objects/pack/{name}.{end}"), u64::MAX).ok()?.0);
        let (index, objects) = (open("idx")?, open("pack")?);
        let mut pack = Pack { index, objects, count: 0 };
        let is_known = bytes::<8>(&pack.index, 0)? == [0xff, b't', b'O', b'c', 0, 0, 0, 2];
        pack.count = is_known.then(|| pack.below(255))??;
        Some(pack)
    }

    /// How many objects have a first byte of at most this.
    fn below(&self, first: u8) -> Option<u64> {
        Some(u32::from_be_bytes(bytes(&self.index, 8 + 4 * u64::from(first))?).into())
    }

    /// Where the object lies in the pack.
    fn find(&self, id: &[u8; 20]) -> Option<u64> {
        const NAMES: u64 = 8 + 4 * 256;
        let mut low = if id[0] == 0 { 0 } else { self.below(id[0] - 1)? };
        let mut high = self.below(id[0])?;
        while low < high {
            let middle = low + (high - low) / 2;
            let known: [u8; 20] = bytes(&self.index, NAMES + 20 * middle)?;
            match known.cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    // behind the names stand a checksum of four bytes each, then the places
                    let places = NAMES + 24 * self.count;
                    let place = u32::from_be_bytes(bytes(&self.index, places + 4 * middle)?);
                    let far = u64::from(place & 0x7fff_ffff);
                    if place >> 31 == 0 {
                        return Some(far);
                    }
                    return Some(u64::from_be_bytes(bytes(&self.index, places + 4 * self.count + 8 * far)?));
                }
            }
        }
        None
    }

    /// Kind and content of the object at a place; deltas are put together.
    fn object(&self, at: u64, chain: usize) -> Option<(u8, Vec<u8>)> {
        let chain = chain.checked_sub(1)?;
        let head: Vec<u8> = some_bytes(&self.objects, at, 64)?;
        let (mut used, kind) = (0, (*head.first()? >> 4) & 7);
        while head.get(used)? & 0x80 != 0 {
            used += 1;
        }
        used += 1;
        let base = match kind {
            OFFSET_DELTA => {
                let mut back = u64::from(*head.get(used)? & 0x7f);
                while head.get(used)? & 0x80 != 0 {
                    used += 1;
                    back = back.checked_add(1)?.checked_mul(128)? | u64::from(*head.get(used)? & 0x7f);
                }
                used += 1;
                Some(at.checked_sub(back).filter(|_| back > 0)?)
            }
            NAMED_DELTA => {
                let name: [u8; 20] = head.get(used..used + 20)?.try_into().ok()?;
                used += 20;
                Some(self.find(&name)?)
            }
            _ => None,
        };
        // Most commits are small: the rest of a pack is not read for them.
        let start = at + used as u64;
        let content = inflate(&some_bytes(&self.objects, start, SMALL)?, LARGEST)
            .or_else(|_| inflate(&some_bytes(&self.objects, start, LARGEST).unwrap_or_default(), LARGEST))
            .ok()?;
        match base {
            None => Some((kind, content)),
            Some(base) => {
                let (kind, base) = self.object(base, chain)?;
                Some((kind, patched(&base, &content)?))
            }
        }
    }
}

/// A base with a delta applied.
fn patched(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    let mut size = || {
        let (mut size, mut shift) = (0_usize, 0);
        loop {
            let byte = *delta.get(at)?;
            at += 1;
            size |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
    };
    let (before, after) = (size()?, size()?);
    if before != base.len() || after > LARGEST {
        return None;
    }
    let mut result = Vec::with_capacity(after);
    while let Some(order) = delta.get(at).copied() {
        at += 1;
        if order & 0x80 == 0 {
            let piece = delta.get(at..at + usize::from(order)).filter(|piece| !piece.is_empty())?;
            result.extend_from_slice(piece);
            at += piece.len();
        } else {
            let mut number = |bits: std::ops::Range<u8>| {
                let first = bits.start;
                bits.filter(|bit| order & (1 << bit) != 0).try_fold(0_usize, |number, bit| {
                    at += 1;
                    Some(number | usize::from(*delta.get(at - 1)?) << (8 * (bit - first)))
                })
            };
            let (from, length) = (number(0..4)?, number(4..7)?);
            let length = if length == 0 { 0x1_0000 } else { length };
            result.extend_from_slice(base.get(from..from.checked_add(length)?)?);
        }
        if result.len() > after {
            return None;
        }
    }
    (result.len() == after).then_some(result)
}

fn bytes<const N: usize>(file: &File, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

/// At most so many bytes; fewer at the end of the file.
fn some_bytes(file: &File, at: u64, most: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; most];
    let mut filled = 0;
    while filled < most {
        match file.read_at(&mut bytes[filled..], at.checked_add(filled as u64)?).ok()? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::git::git_unchecked;
    use proptest::prelude::*;

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
        assert!(loose(&Root::open(&common).unwrap(), &commits[0].0).is_none(), "they are packed now");
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

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(base in proptest::collection::vec(any::<u8>(), 0..50), delta in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = patched(&base, &delta);
            let folder = tempfile::tempdir().unwrap();
            let root = Root::open(folder.path()).unwrap();
            let index = [&[0xff, b't', b'O', b'c', 0, 0, 0, 2][..], &base, &[0; 1200], &delta].concat();
            root.write("objects/pack/p.idx", &index).unwrap();
            root.write("objects/pack/p.pack", &delta).unwrap();
            root.write("objects/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &delta).unwrap();
            for id in ["00", "aa", "ff"] {
                prop_assert_eq!(message(folder.path(), &id.repeat(20)), None);
            }
        }
    }
}
