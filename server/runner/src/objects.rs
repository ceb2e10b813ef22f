//! Objects of a repository, read from git's files alone: nothing is started, so it is fit for a root that nobody trusts.
//! Loose objects and packs with an index of version 2, deltas included; what lies elsewhere (in an alternate) is not
//! found. Everything is bounded, and what does not fit is not read.

use crate::files::Root;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit as inflate;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;

/// As much is read of an object first.
const SMALL: usize = 8 << 10;
/// Most packs that are looked into.
const PACKS: usize = 256;
/// Longest chain of deltas.
const CHAIN: usize = 64;

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A commit, of at most 1 MB.
    Commit,
    /// A folder, of at most 8 MB.
    Tree,
    /// The content of a file, of at most 8 MB.
    Blob,
}

impl Kind {
    fn largest(self) -> usize {
        match self {
            Kind::Commit => 1 << 20,
            Kind::Tree | Kind::Blob => 8 << 20,
        }
    }

    fn word(self) -> &'static [u8] {
        match self {
            Kind::Commit => b"commit ",
            Kind::Tree => b"tree ",
            Kind::Blob => b"blob ",
        }
    }

    fn packed(self) -> u8 {
        match self {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
        }
    }
}

/// The objects of a repository. Its packs are opened when they are first needed.
pub(crate) struct Objects {
    root: Root,
    packs: OnceLock<Vec<Pack>>,
}

impl Objects {
    /// The objects below a git folder.
    pub(crate) fn open(common: &Path) -> Option<Objects> {
        Some(Objects { root: Root::open(common).ok()?, packs: OnceLock::new() })
    }

    /// The object of this id (40 hexadecimal digits), when it is of this kind.
    pub(crate) fn read(&self, id: &str, kind: Kind) -> Option<Vec<u8>> {
        let name = binary(id)?;
        self.loose(id, kind).or_else(|| {
            let packs = self.packs.get_or_init(|| packs(&self.root));
            packs.iter().find_map(|pack| {
                let found = pack.object(pack.find(&name)?, CHAIN, kind.largest());
                found.filter(|(packed, _)| *packed == kind.packed()).map(|(_, object)| object)
            })
        })
    }

    fn loose(&self, id: &str, kind: Kind) -> Option<Vec<u8>> {
        let (folder, name) = (id.get(..2)?, id.get(2..)?);
        let bytes = self.root.read_limited(&format!("objects/{folder}/{name}"), kind.largest() as u64).ok()?;
        let mut object = inflate(&bytes, kind.largest()).ok()?;
        let end = object.iter().take(32).position(|byte| *byte == 0)?;
        object.starts_with(kind.word()).then(|| object.split_off(end + 1))
    }
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

fn packs(root: &Root) -> Vec<Pack> {
    let Ok(folder) = root.path().join("objects/pack").read_dir() else { return Vec::new() };
    let names = folder.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let indexes = names.filter_map(|name| Some(name.strip_suffix(".idx")?.to_owned())).take(PACKS);
    indexes.filter_map(|name| Pack::open(root, &name)).collect()
}

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
    fn object(&self, at: u64, chain: usize, largest: usize) -> Option<(u8, Vec<u8>)> {
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
        // Most objects are small: the rest of a pack is not read for them.
        let start = at + used as u64;
        let content = inflate(&some_bytes(&self.objects, start, SMALL)?, largest)
            .or_else(|_| inflate(&some_bytes(&self.objects, start, largest).unwrap_or_default(), largest))
            .ok()?;
        match base {
            None => Some((kind, content)),
            Some(base) => {
                let (kind, base) = self.object(base, chain, largest)?;
                Some((kind, patched(&base, &content, largest)?))
            }
        }
    }
}

/// A base with a delta applied.
fn patched(base: &[u8], delta: &[u8], largest: usize) -> Option<Vec<u8>> {
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
    if before != base.len() || after > largest {
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
    use text::BlobId;

    #[test]
    fn old_contents_are_read_loose_and_as_deltas() {
        let folder = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| git_unchecked(folder.path(), Some(folder.path()), words).unwrap();
        git(&["init", "-q", "."]);
        let lines =
            |at: usize| -> String { (0..400).map(|line| format!("line {line} of {}\n", line * at % 7)).collect() };
        let texts: Vec<String> =
            (0..9).map(|at| format!("{}version {at}\n", lines(1))).chain([lines(3), String::new()]).collect();
        for text in &texts {
            std::fs::write(folder.path().join("a.txt"), text).unwrap();
            git(&["add", "a.txt"]);
            git(&["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-q", "-m", "x"]);
        }
        let all_are_read = || {
            let objects = Objects::open(&folder.path().join(".git")).unwrap();
            for text in &texts {
                let id = BlobId::of(text.as_bytes()).to_string();
                assert_eq!(objects.read(&id, Kind::Blob).as_deref(), Some(text.as_bytes()));
                assert_eq!(objects.read(&id, Kind::Commit), None, "it is none");
            }
            assert_eq!(objects.read(&"0".repeat(40), Kind::Blob), None);
        };
        all_are_read();
        git(&["repack", "-a", "-d", "-q", "-f", "--window=20", "--depth=20"]);
        git(&["prune-packed", "-q"]);
        all_are_read();
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(base in proptest::collection::vec(any::<u8>(), 0..50), delta in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = patched(&base, &delta, 1 << 20);
            let folder = tempfile::tempdir().unwrap();
            let root = Root::open(folder.path()).unwrap();
            let index = [&[0xff, b't', b'O', b'c', 0, 0, 0, 2][..], &base, &[0; 1200], &delta].concat();
            root.write("objects/pack/p.idx", &index).unwrap();
            root.write("objects/pack/p.pack", &delta).unwrap();
            root.write("objects/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &delta).unwrap();
            let objects = Objects::open(folder.path()).unwrap();
            for id in ["00", "aa", "ff"] {
                prop_assert_eq!(objects.read(&id.repeat(20), Kind::Commit), None);
                prop_assert_eq!(objects.read(&id.repeat(20), Kind::Blob), None);
            }
        }
    }
}
