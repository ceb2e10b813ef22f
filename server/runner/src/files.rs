//! The only access to files. Everything below a root is opened beneath its directory handle, never through a link, never
//! a pipe or a device, never more than a bounded number of bytes; everything written is a new inode put in place by
//! rename. It must not know what the files mean.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use text::BlobId;

/// Largest file that is read: 8 MB.
pub const MAX_FILE: u64 = 8 << 20;

/// Folders whose content is executable configuration of an agent or of us: seen by a walk even where they are ignored.
pub const CONFIGURATION_FOLDERS: [&str; 9] =
    [".tollgate", ".claude", ".codex", ".gemini", ".opencode", ".cursor", ".github", ".vscode", ".agents"];

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The path is not a plain path below the root.
    #[error("`{0}` is not a path below the root")]
    Path(String),
    /// There is a link in the way, or the file is not a regular one.
    #[error("`{0}` is a link or not a regular file")]
    NotRegular(String),
    /// The file is larger than the limit.
    #[error("`{path}` has {size} bytes; files are read up to {limit}")]
    TooLarge {
        /// Which file.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The root is `/` or the home folder, which nobody means.
    #[error("`{0}` is too wide to be a project; open the project's own folder")]
    TooWide(String),
    /// The operating system refused.
    #[error("`{path}`: {source}")]
    System {
        /// Which file.
        path: String,
        /// What it said.
        source: std::io::Error,
    },
}

impl FileError {
    pub(crate) fn system(path: &str, errno: impl Into<std::io::Error>) -> FileError {
        FileError::System { path: path.to_owned(), source: errno.into() }
    }

    fn from_errno(path: &str, errno: Errno) -> FileError {
        match errno {
            // a link at the end, a link on the way, a way out of the root
            Errno::LOOP | Errno::XDEV | Errno::NXIO => FileError::NotRegular(path.to_owned()),
            errno => FileError::system(path, errno),
        }
    }

    /// True when the file or a folder on the way to it does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, FileError::System { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }
}

/// The parts of a relative path, when it is a plain path below a root: no `..`, no `.`, no absolute or drive path, no
/// backslash, no control character, nothing that another file system reads differently.
pub fn plain_parts(path: &str) -> Result<Vec<&str>, FileError> {
    let odd = |part: &&str| {
        part.is_empty()
            || *part == "."
            || *part == ".."
            || part.len() > 255
            || part.ends_with('.')
            || part.ends_with(' ')
            || part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
    };
    let parts: Vec<&str> = path.split('/').collect();
    if path.is_empty() || path.len() > 4096 || path.starts_with('~') || parts.iter().any(odd) {
        return Err(FileError::Path(path.escape_debug().to_string()));
    }
    Ok(parts)
}

/// What a stat tells about a version of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    size: i64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Stamp {
    fn of(stat: &Stat) -> Stamp {
        Stamp {
            size: stat.st_size,
            modified: (stat.st_mtime, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
            inode: stat.st_ino,
        }
    }

    /// True when the file was changed so recently that the next change may leave the same times.
    pub(crate) fn is_fresh(self) -> bool {
        let Ok(now) = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) else { return true };
        let age = i128::try_from(now.as_nanos()).unwrap_or(0)
            - (i128::from(self.changed.0) * 1_000_000_000 + i128::from(self.changed.1));
        age < 50_000_000
    }
}

/// Content ids by path, with the stamp under which each was computed, so that a second inventory reads only what changed.
#[derive(Default, Debug)]
pub struct StampCache(BTreeMap<String, (Stamp, BlobId)>);

/// The part of a root that a walk looks at. Paths are from the root.
pub trait Selection {
    /// True when the folder may hold what is looked for, at any depth.
    fn enters(&self, folder: &str) -> bool;
    /// True when the file is looked for.
    fn contains(&self, path: &str) -> bool;
}

/// What a walk sees, and where it stops.
#[derive(Clone, Copy, Debug)]
pub struct WalkLimits {
    /// Most files.
    pub files: usize,
    /// Deepest folder.
    pub depth: usize,
}

impl Default for WalkLimits {
    fn default() -> WalkLimits {
        WalkLimits { files: 100_000, depth: 64 }
    }
}

/// One thing that a walk found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Path from the root, `/` separated.
    pub path: String,
    /// What it is.
    pub kind: FoundKind,
}

/// What a walk can meet besides folders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoundKind {
    /// A regular file.
    File,
    /// A symbolic link; never followed.
    Link,
    /// A pipe, socket or device; never opened.
    Other,
}

/// The outcome of a walk.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// What was found, in path order.
    pub found: Vec<Found>,
    /// Folders with a `.git` of their own below the root: other repositories, not entered.
    pub nested: Vec<String>,
    /// True when a limit ended the walk early.
    pub truncated: bool,
}

/// A folder that everything is read and written beneath.
#[derive(Debug)]
pub struct Root {
    handle: OwnedFd,
    path: PathBuf,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

impl Root {
    /// Opens a folder; the path itself may go through links (the user named it), what is below may not.
    pub fn open(path: &Path) -> Result<Root, FileError> {
        let shown = path.display().to_string();
        let path = path.canonicalize().map_err(|error| FileError::system(&shown, error))?;
        let handle =
            rustix::fs::open(&path, FOLDER, Mode::empty()).map_err(|errno| FileError::system(&shown, errno))?;
        Ok(Root { handle, path })
    }

    /// Like [`Root::open`], and refuses folders that are too wide to be a project: `/` and the home folder.
    pub fn open_project(path: &Path) -> Result<Root, FileError> {
        let root = Root::open(path)?;
        let home = std::env::var_os("HOME").and_then(|home| PathBuf::from(home).canonicalize().ok());
        if root.path.parent().is_none() || Some(&root.path) == home.as_ref() {
            return Err(FileError::TooWide(root.path.display().to_string()));
        }
        Ok(root)
    }

    /// Its canonical path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens something beneath the root without following any link.
    fn open_beneath(&self, path: &str, flags: OFlags) -> Result<OwnedFd, FileError> {
        let parts = plain_parts(path)?;
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        #[cfg(target_os = "linux")]
        {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            match rustix::fs::openat2(&self.handle, path, flags, Mode::empty(), resolve) {
                Err(Errno::NOSYS | Errno::PERM) => {}
                result => return result.map_err(|errno| FileError::from_errno(path, errno)),
            }
        }
        self.open_by_parts(&parts, path, flags)
    }

    /// The way of kernels without `openat2`: one folder after the other, each opened without following a link.
    fn open_by_parts(&self, parts: &[&str], path: &str, flags: OFlags) -> Result<OwnedFd, FileError> {
        let refuse = |errno| FileError::from_errno(path, errno);
        let Some((last, folders)) = parts.split_last() else { return Err(FileError::Path(path.to_owned())) };
        let mut folder = self.handle.try_clone().map_err(|error| FileError::system(path, error))?;
        for part in folders {
            folder = rustix::fs::openat(&folder, *part, FOLDER, Mode::empty()).map_err(refuse)?;
        }
        rustix::fs::openat(&folder, *last, flags, Mode::empty()).map_err(refuse)
    }

    /// Opens a regular file of at most `limit` bytes for reading.
    pub fn open_regular(&self, path: &str, limit: u64) -> Result<(File, Stamp), FileError> {
        let handle = self.open_beneath(path, OFlags::RDONLY)?;
        let stat = rustix::fs::fstat(&handle).map_err(|errno| FileError::system(path, errno))?;
        check_regular(path, &stat, limit)?;
        Ok((File::from(handle), Stamp::of(&stat)))
    }

    /// The bytes of a regular file, at most [`MAX_FILE`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read_limited(path, MAX_FILE)
    }

    /// The bytes of a regular file of at most `limit` bytes.
    pub fn read_limited(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let (file, stamp) = self.open_regular(path, limit)?;
        // one more byte than there should be: the end is found without growing
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.size).unwrap_or(0) + 1);
        read_into(&mut bytes, file, path, limit)?;
        Ok(bytes)
    }

    /// The bytes of a regular file of at most `limit` bytes, and whether its owner may execute it.
    pub fn read_with_mode(&self, path: &str, limit: u64) -> Result<(Vec<u8>, bool), FileError> {
        let (file, _) = self.open_regular(path, limit)?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| FileError::system(path, errno))?;
        Ok((read_all(file, path, limit)?, stat.st_mode & 0o100 != 0))
    }

    /// Where a link points to, as written; it is not followed.
    pub fn link_target(&self, path: &str) -> Result<String, FileError> {
        let (folder, name) = self.folder_of(path, false)?;
        let target =
            rustix::fs::readlinkat(&folder, name, Vec::new()).map_err(|errno| FileError::from_errno(path, errno))?;
        target.into_string().map_err(|_| FileError::Path(path.to_owned()))
    }

    /// Makes a link; the caller has checked that its target stays below the root.
    pub(crate) fn make_link(&self, path: &str, target: &str) -> Result<(), FileError> {
        let (folder, name) = self.folder_of(path, true)?;
        rustix::fs::symlinkat(target, &folder, name).map_err(|errno| FileError::from_errno(path, errno))
    }

    /// Makes a folder, and those above it.
    pub(crate) fn make_folder(&self, path: &str) -> Result<(), FileError> {
        self.folder_of(&format!("{path}/_"), true).map(|_| ())
    }

    /// Removes a link, not what it leads to.
    pub(crate) fn remove_link(&self, path: &str) -> Result<(), FileError> {
        self.link_target(path)?;
        let (folder, name) = self.folder_of(path, false)?;
        rustix::fs::unlinkat(&folder, name, AtFlags::empty()).map_err(|errno| FileError::from_errno(path, errno))
    }

    /// The bytes of a text file, invalid UTF-8 replaced.
    pub fn read_text(&self, path: &str) -> Result<String, FileError> {
        // nearly every text is valid, and becomes one without a copy
        Ok(String::from_utf8(self.read(path)?)
            .unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned()))
    }

    /// As [`Root::read_text`], ready to be shared. Made for reading many files: the bytes go through one buffer a thread.
    pub fn read_shared(&self, path: &str) -> Result<Arc<str>, FileError> {
        /// A larger buffer is let go again.
        const KEPT: usize = 256 << 10;
        thread_local!(static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
        BUFFER.with_borrow_mut(|bytes| {
            bytes.clear();
            bytes.shrink_to(KEPT);
            let (file, stamp) = self.open_regular(path, MAX_FILE)?;
            bytes.reserve(usize::try_from(stamp.size).unwrap_or(0) + 1);
            read_into(bytes, file, path, MAX_FILE)?;
            Ok(match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => String::from_utf8_lossy(bytes).into(),
            })
        })
    }

    /// What stands at a path, without opening or following it; `None` when nothing does.
    pub fn kind(&self, path: &str) -> Result<Option<FileType>, FileError> {
        let parts = plain_parts(path)?;
        let Some((last, folders)) = parts.split_last() else { return Ok(None) };
        let folder = if folders.is_empty() {
            self.handle.try_clone().map_err(|error| FileError::system(path, error))?
        } else {
            match self.open_beneath(&folders.join("/"), OFlags::RDONLY | OFlags::DIRECTORY) {
                Ok(folder) => folder,
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            }
        };
        match rustix::fs::statat(&folder, *last, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(FileError::from_errno(path, errno)),
        }
    }

    /// True where the operating system finds something by a name, also by one that [`plain_parts`] refuses. No link is
    /// followed.
    pub(crate) fn finds(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let Some((last, folders)) = parts.split_last() else { return false };
        let Ok(mut folder) = self.handle.try_clone() else { return true };
        for part in folders {
            folder = match rustix::fs::openat(&folder, *part, FOLDER, Mode::empty()) {
                Ok(folder) => folder,
                Err(_) => return false,
            };
        }
        rustix::fs::statat(&folder, *last, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Content id of a file; `None` when it does not exist.
    pub fn blob(&self, path: &str) -> Result<Option<BlobId>, FileError> {
        match self.read(path) {
            Ok(bytes) => Ok(Some(BlobId::of(&bytes))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Content id through the cache: a file with an unchanged stamp is not read again.
    pub fn blob_cached(&self, path: &str, cache: &mut StampCache) -> Result<BlobId, FileError> {
        let (file, stamp) = self.open_regular(path, MAX_FILE)?;
        if let Some((known, blob)) = cache.0.get(path)
            && *known == stamp
        {
            return Ok(*blob);
        }
        let blob = BlobId::of(&read_all(file, path, MAX_FILE)?);
        if stamp.is_fresh() {
            cache.0.remove(path);
        } else {
            cache.0.insert(path.to_owned(), (stamp, blob));
        }
        Ok(blob)
    }

    /// Writes a file as a new inode: folders are made where missing, a link or special file in the way is refused, and
    /// after a crash either the old or the new content is there.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.write_mode(path, bytes, None)
    }

    /// Like [`Root::write`] with the executable bits given; `None` keeps those of the file that is replaced.
    pub fn write_mode(&self, path: &str, bytes: &[u8], executable: Option<bool>) -> Result<(), FileError> {
        let refuse = |errno| FileError::from_errno(path, errno);
        let (folder, name) = self.folder_of(path, true)?;
        let mut mode = Mode::from_raw_mode(0o644);
        match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile => {
                return Err(FileError::NotRegular(path.to_owned()));
            }
            Ok(stat) => mode = Mode::from_raw_mode(stat.st_mode & 0o777),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(refuse(errno)),
        }
        match executable {
            Some(true) => mode |= Mode::from_raw_mode(0o111),
            Some(false) => mode &= !Mode::from_raw_mode(0o111),
            None => {}
        }
        let temporary = format!(".tollgate-{}.tmp", uuid::Uuid::now_v7());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let handle = rustix::fs::openat(&folder, &*temporary, flags, mode).map_err(refuse)?;
        let mut file = File::from(handle);
        let written = file
            .write_all(bytes)
            .and_then(|()| rustix::fs::fchmod(&file, mode).map_err(Into::into))
            .and_then(|()| file.sync_all())
            .and_then(|()| rustix::fs::renameat(&folder, &*temporary, &folder, name).map_err(Into::into));
        if let Err(error) = written {
            // the error that matters is the first one
            let _ = rustix::fs::unlinkat(&folder, &*temporary, AtFlags::empty());
            return Err(FileError::system(path, error));
        }
        rustix::fs::fsync(&folder).map_err(refuse)
    }

    /// Writes a new file into a tree of our own making, without waiting for the disk: after a crash the tree is thrown away.
    pub(crate) fn write_mode_quick(&self, path: &str, bytes: &[u8], executable: bool) -> Result<(), FileError> {
        let (folder, name) = self.folder_of(path, true)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(if executable { 0o755 } else { 0o644 });
        let handle =
            rustix::fs::openat(&folder, name, flags, mode).map_err(|errno| FileError::from_errno(path, errno))?;
        File::from(handle).write_all(bytes).map_err(|error| FileError::system(path, error))
    }

    /// Removes a regular file; a file that is not there is no error.
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        match self.kind(path)? {
            None => return Ok(()),
            Some(FileType::RegularFile) => {}
            Some(_) => return Err(FileError::NotRegular(path.to_owned())),
        }
        let (folder, name) = self.folder_of(path, false)?;
        rustix::fs::unlinkat(&folder, name, AtFlags::empty()).map_err(|errno| FileError::from_errno(path, errno))
    }

    /// The folder of a path, and the name in it.
    fn folder_of<'a>(&self, path: &'a str, create: bool) -> Result<(OwnedFd, &'a str), FileError> {
        let refuse = |errno| FileError::from_errno(path, errno);
        let parts = plain_parts(path)?;
        let Some((name, folders)) = parts.split_last() else { return Err(FileError::Path(path.to_owned())) };
        let mut folder = self.handle.try_clone().map_err(|error| FileError::system(path, error))?;
        for part in folders {
            folder = match rustix::fs::openat(&folder, *part, FOLDER, Mode::empty()) {
                Err(Errno::NOENT) if create => {
                    match rustix::fs::mkdirat(&folder, *part, Mode::from_raw_mode(0o755)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(errno) => return Err(refuse(errno)),
                    }
                    rustix::fs::openat(&folder, *part, FOLDER, Mode::empty()).map_err(refuse)?
                }
                // O_NOFOLLOW with O_DIRECTORY says "not a directory" of a link
                Err(Errno::NOTDIR) => return Err(FileError::NotRegular(path.to_owned())),
                result => result.map_err(refuse)?,
            };
        }
        Ok((folder, name))
    }

    /// Every file below the root that git would not ignore, and all of [`CONFIGURATION_FOLDERS`]. No link is followed,
    /// no nested repository entered, `.git` left out.
    pub fn walk(&self, limits: WalkLimits) -> Result<Walk, FileError> {
        self.walk_for(limits, None)
    }

    /// Of what [`Root::walk`] finds, only what is wanted; other folders are not even looked into.
    fn walk_for(&self, limits: WalkLimits, only: Option<&dyn Selection>) -> Result<Walk, FileError> {
        let handle = self.handle.try_clone().map_err(|error| FileError::system("", error))?;
        let mut walker = Walker { root: self, limits, walk: Walk::default(), rules: Vec::new(), only };
        walker.folder(handle.as_fd(), "", 0, false);
        let mut walk = walker.walk;
        walk.found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(walk)
    }

    /// Names of the files and folders right in a folder (empty for the root), by name; true for a folder. Links and special
    /// files are left out, and no more than a person can choose from is given.
    pub fn list(&self, folder: &str) -> Vec<(String, bool)> {
        const MOST: usize = 2_000;
        let handle = match folder {
            "" => self.handle.try_clone().map_err(|error| FileError::system("", error)),
            folder => self.open_beneath(folder, OFlags::RDONLY | OFlags::DIRECTORY),
        };
        let Ok(entries) = handle.map_err(drop).and_then(|handle| Dir::read_from(handle).map_err(drop)) else {
            return Vec::new();
        };
        let named = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().to_str().ok().filter(|name| plain_parts(name).is_ok())?.to_owned();
            match entry.file_type() {
                FileType::Directory => Some((name, true)),
                FileType::RegularFile => Some((name, false)),
                _ => None,
            }
        });
        let mut all: Vec<(String, bool)> = named.take(MOST).collect();
        all.sort();
        all
    }

    /// Of what [`Root::walk`] finds, only what is selected.
    pub fn walk_some(&self, selection: &dyn Selection, limits: WalkLimits) -> Walk {
        self.walk_for(limits, Some(selection)).unwrap_or_default()
    }

    /// Every file of these folders right below the root, ignored by git or not. No link is followed.
    pub fn walk_folders(&self, folders: &[&str], limits: WalkLimits) -> Walk {
        let mut walker = Walker { root: self, limits, walk: Walk::default(), rules: Vec::new(), only: None };
        for folder in folders {
            if let Ok(handle) = self.open_beneath(folder, OFlags::RDONLY | OFlags::DIRECTORY) {
                walker.folder(handle.as_fd(), folder, 1, true);
            }
        }
        let mut walk = walker.walk;
        walk.found.sort_by(|a, b| a.path.cmp(&b.path));
        walk
    }

    /// Every file of the selection, ignored by git or not. No link is followed, and no folder is entered that cannot lead
    /// to one.
    pub fn walk_selection(&self, selection: &dyn Selection, limits: WalkLimits) -> Walk {
        let mut walker = Walker { root: self, limits, walk: Walk::default(), rules: Vec::new(), only: Some(selection) };
        walker.folder(self.handle.as_fd(), "", 0, true);
        let mut walk = walker.walk;
        walk.found.sort_by(|a, b| a.path.cmp(&b.path));
        walk
    }

    /// Every file, of those that git would not ignore, that belongs to a project inside this one: see
    /// [`spec::places::inner_project`].
    pub fn walk_inner(&self) -> Result<Walk, FileError> {
        struct Inner;
        impl Selection for Inner {
            fn enters(&self, folder: &str) -> bool {
                !folder.ends_with("node_modules")
            }
            fn contains(&self, path: &str) -> bool {
                spec::places::inner_project(path).is_some()
            }
        }
        self.walk_for(WalkLimits::default(), Some(&Inner))
    }

    /// Every file that the readers of `spec` know.
    pub fn walk_readable(&self) -> Walk {
        struct Readable;
        impl Selection for Readable {
            fn enters(&self, folder: &str) -> bool {
                spec::places::leads(folder)
            }
            fn contains(&self, path: &str) -> bool {
                spec::FileKind::of(path).is_some()
            }
        }
        self.walk_selection(&Readable, WalkLimits::default())
    }

    /// Content ids of the files that plans ask for, of those that [`Root::walk`] finds. Links and special files are left
    /// out; files that are too large too.
    pub fn inventory(
        &self,
        wanted: &dyn Selection,
        cache: &mut StampCache,
    ) -> Result<BTreeMap<String, BlobId>, FileError> {
        let found = self.walk_for(WalkLimits::default(), Some(wanted))?.found;
        let files = found.into_iter().filter(|found| found.kind == FoundKind::File);
        Ok(files.filter_map(|found| Some((found.path.clone(), self.blob_cached(&found.path, cache).ok()?))).collect())
    }
}

struct Walker<'a> {
    root: &'a Root,
    limits: WalkLimits,
    walk: Walk,
    /// Ignore files from the root down to the folder at hand.
    rules: Vec<Gitignore>,
    /// What is looked for; none for everything.
    only: Option<&'a dyn Selection>,
}

impl Walker<'_> {
    fn folder(&mut self, handle: impl AsFd, path: &str, depth: usize, configuration: bool) {
        if depth > self.limits.depth {
            self.walk.truncated = true;
            return;
        }
        let Ok(entries) = Dir::read_from(handle.as_fd()) else { return };
        let entries: Vec<(String, FileType)> = entries
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str().ok()?.to_owned(), entry.file_type())))
            .filter(|(name, _)| !matches!(name.as_str(), "." | ".." | ".git"))
            .collect();
        let ruled = entries.iter().any(|(name, kind)| name == ".gitignore" && *kind == FileType::RegularFile)
            && self.add_rules(path);
        for (name, kind) in entries {
            if self.walk.found.len() >= self.limits.files {
                self.walk.truncated = true;
                break;
            }
            let child = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if plain_parts(&child).is_err() {
                continue;
            }
            self.entry(handle.as_fd(), &name, child, kind, depth, configuration);
        }
        if ruled {
            self.rules.pop();
        }
    }

    fn entry(&mut self, folder: impl AsFd, name: &str, path: String, kind: FileType, depth: usize, inherited: bool) {
        let kind = match kind {
            FileType::Unknown => match rustix::fs::statat(folder.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(_) => return,
            },
            kind => kind,
        };
        let wanted = |only: &dyn Selection| match kind {
            FileType::Directory => only.enters(&path),
            _ => only.contains(&path),
        };
        if !self.only.is_none_or(wanted) {
            return;
        }
        let configuration = inherited || (depth == 0 && CONFIGURATION_FOLDERS.contains(&name));
        if !configuration && self.is_ignored(&path, kind == FileType::Directory) {
            return;
        }
        match kind {
            FileType::Directory => {
                let Ok(handle) = rustix::fs::openat(folder, name, FOLDER, Mode::empty()) else { return };
                if rustix::fs::statat(&handle, ".git", AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                    self.walk.nested.push(path);
                    return;
                }
                self.folder(&handle, &path, depth + 1, configuration);
            }
            FileType::RegularFile => self.walk.found.push(Found { path, kind: FoundKind::File }),
            FileType::Symlink => self.walk.found.push(Found { path, kind: FoundKind::Link }),
            _ => self.walk.found.push(Found { path, kind: FoundKind::Other }),
        }
    }

    /// Reads the folder's `.gitignore` through our own gate: it may be huge, or something else by now.
    fn add_rules(&mut self, folder: &str) -> bool {
        let path = if folder.is_empty() { ".gitignore".to_owned() } else { format!("{folder}/.gitignore") };
        let Ok(bytes) = self.root.read_limited(&path, 1 << 20) else { return false };
        let mut builder = GitignoreBuilder::new(Path::new("/").join(folder));
        for line in String::from_utf8_lossy(&bytes).lines() {
            // a line that is no pattern ignores nothing
            let _ = builder.add_line(None, line);
        }
        builder.build().map(|rules| self.rules.push(rules)).is_ok()
    }

    fn is_ignored(&self, path: &str, folder: bool) -> bool {
        let path = Path::new("/").join(path);
        for rules in self.rules.iter().rev() {
            match rules.matched(&path, folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}

fn check_regular(path: &str, stat: &Stat, limit: u64) -> Result<(), FileError> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(FileError::NotRegular(path.to_owned()));
    }
    let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    if size > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), size, limit });
    }
    Ok(())
}

/// Reads to the end, but never more than the limit: the file may grow while it is read.
pub(crate) fn read_all(file: File, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, file, path, limit)?;
    Ok(bytes)
}

/// See [`read_all`].
fn read_into(bytes: &mut Vec<u8>, file: File, path: &str, limit: u64) -> Result<(), FileError> {
    file.take(limit.saturating_add(1)).read_to_end(bytes).map_err(|error| FileError::system(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), size: bytes.len() as u64, limit });
    }
    Ok(())
}

/// Opens a regular file below a root for reading; see [`Root::open_regular`].
pub fn open_regular(root: &Path, path: &str) -> Result<File, FileError> {
    Ok(Root::open(root)?.open_regular(path, MAX_FILE)?.0)
}

/// Writes a file below a root; see [`Root::write`].
pub fn write_file(root: &Path, path: &str, bytes: &[u8]) -> Result<(), FileError> {
    Root::open(root)?.write(path, bytes)
}

/// Reads a file that belongs to the user and lies in no repository (configuration, state). Links are followed, since
/// people link their own configuration; pipes, devices and large files are refused all the same.
pub fn read_own(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let shown = path.display().to_string();
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| FileError::system(&shown, errno))?;
    let stat = rustix::fs::fstat(&handle).map_err(|errno| FileError::system(&shown, errno))?;
    check_regular(&shown, &stat, limit)?;
    read_all(File::from(handle), &shown, limit)
}

/// SHA-256 of a file of the user's own, read in pieces; links followed.
pub fn sha256_own(path: &Path, limit: u64) -> Result<String, FileError> {
    use sha2::{Digest, Sha256};
    let shown = path.display().to_string();
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| FileError::system(&shown, errno))?;
    let stat = rustix::fs::fstat(&handle).map_err(|errno| FileError::system(&shown, errno))?;
    check_regular(&shown, &stat, limit)?;
    let (mut file, mut hash, mut buffer) = (File::from(handle), Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).map_err(|error| FileError::system(&shown, error))? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// The lock of a file of our own, where nobody holds it; it ends with the handle.
pub fn lock_own(path: &Path) -> Option<File> {
    let file = append_own(path).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// Size, times and inode of a file of the user's own, links followed.
pub fn stamp_own(path: &Path) -> Option<Stamp> {
    rustix::fs::stat(path).ok().map(|stat| Stamp::of(&stat))
}

/// Makes a folder of our own state with all parents, readable by the user alone.
pub fn make_own_folder(path: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| FileError::system(&path.display().to_string(), error))
}

/// Opens a file of our own state for appending, readable by the user alone.
pub fn append_own(path: &Path) -> Result<File, FileError> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let opened = rustix::fs::open(path, flags, Mode::from_raw_mode(0o600));
    opened.map(File::from).map_err(|errno| FileError::from_errno(&path.display().to_string(), errno))
}

/// Replaces a file of our own state by rename.
pub fn write_own(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let (Some(folder), Some(name)) = (path.parent(), name) else {
        return Err(FileError::Path(path.display().to_string()));
    };
    Root::open(folder)?.write(&name, bytes)
}

/// Replaces a file of our own state by rename, readable by the user alone.
pub fn write_own_secret(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_own(path, bytes)?;
    let shown = path.display().to_string();
    rustix::fs::chmod(path, Mode::from_raw_mode(0o600)).map_err(|errno| FileError::system(&shown, errno))
}

/// True where a file of our own state is there, a regular file of this user alone (mode 0600, one name), false where it is
/// not there. The error is a sentence.
pub fn check_own(path: &Path) -> Result<bool, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stat = match rustix::fs::lstat(path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(false),
        Err(errno) => return Err(format!("{name} cannot be read: {errno}")),
    };
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let own = stat.st_uid == rustix::process::geteuid().as_raw();
    if !regular || !own || stat.st_mode & 0o077 != 0 || stat.st_nlink != 1 {
        return Err(format!("{name} is not a file of yours alone (mode 0600)"));
    }
    Ok(true)
}

/// A file system path as text, where it is valid UTF-8.
pub fn path_text(path: &Path) -> Option<&str> {
    std::str::from_utf8(path.as_os_str().as_bytes()).ok()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        (folder, root)
    }

    #[test]
    fn only_plain_paths_below_the_root_are_paths() {
        for good in ["a", "a/b.md", ".tollgate/config.yaml", "-rf", "with space/ünï"] {
            assert!(plain_parts(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a/",
            "~/x",
            "C:\\x",
            "c:x",
            "a\\b",
            "a\0b",
            "a\nb",
            "x. /y",
            "a.",
        ] {
            assert!(plain_parts(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_link_a_pipe_and_a_large_file_are_not_read() {
        let (folder, root) = root();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "s").unwrap();
        symlink(outside.path().join("secret"), folder.path().join("link")).unwrap();
        symlink(outside.path(), folder.path().join("folder")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, folder.path().join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .unwrap();
        File::create(folder.path().join("big")).unwrap().set_len(MAX_FILE + 1).unwrap();
        assert!(matches!(root.read("link"), Err(FileError::NotRegular(_))));
        assert!(matches!(root.read("folder/secret"), Err(FileError::NotRegular(_))));
        assert!(matches!(root.read("pipe"), Err(FileError::NotRegular(_))));
        assert!(matches!(root.read("big"), Err(FileError::TooLarge { .. })));
        assert!(root.read("missing").unwrap_err().is_not_found());
        let parts = plain_parts("folder/secret").unwrap();
        assert!(root.open_by_parts(&parts, "folder/secret", OFlags::RDONLY).is_err(), "the fallback follows no link");
    }

    #[test]
    fn writing_makes_a_new_inode_and_refuses_links() {
        let (folder, root) = root();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("o"), "before").unwrap();
        symlink(outside.path().join("o"), folder.path().join("link")).unwrap();
        symlink(outside.path(), folder.path().join("folder")).unwrap();
        std::fs::hard_link(outside.path().join("o"), folder.path().join("hard")).unwrap();
        assert!(matches!(root.write("link", b"x"), Err(FileError::NotRegular(_))));
        assert!(root.write("folder/o", b"x").is_err());
        assert!(root.write("folder/new/deep", b"x").is_err());
        root.write("hard", b"x").unwrap();
        assert_eq!(std::fs::read(outside.path().join("o")).unwrap(), b"before");
        root.write("a/b/c.txt", b"deep").unwrap();
        assert_eq!(root.read("a/b/c.txt").unwrap(), b"deep");
        assert_eq!(std::fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_walk_honours_ignore_files_but_sees_configuration() {
        let (folder, root) = root();
        let write = |path: &str, text: &str| root.write(path, text.as_bytes()).unwrap();
        write(".gitignore", "target/\n*.log\n.claude\n!keep.log\n");
        write("target/x", "");
        write("a.log", "");
        write("keep.log", "");
        write("src/.gitignore", "/made.rs\n");
        write("src/made.rs", "");
        write("src/main.rs", "");
        write(".claude/settings.json", "{}");
        write(".git/config", "");
        write("nested/.git/config", "");
        write("nested/file", "");
        symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let walk = root.walk(WalkLimits::default()).unwrap();
        let paths: Vec<&str> = walk.found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(paths, [".claude/settings.json", ".gitignore", "keep.log", "link", "src/.gitignore", "src/main.rs"]);
        assert_eq!(walk.nested, ["nested"]);
        assert_eq!(walk.found[3].kind, FoundKind::Link);
        let few = root.walk(WalkLimits { files: 2, depth: 64 }).unwrap();
        assert!(few.truncated && few.found.len() == 2);
    }

    #[test]
    fn an_ignore_file_that_is_a_pipe_blocks_nobody() {
        let (folder, root) = root();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            folder.path().join(".gitignore"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        root.write("a", b"").unwrap();
        assert_eq!(root.walk(WalkLimits::default()).unwrap().found.len(), 2);
    }

    #[test]
    fn a_second_inventory_sees_every_change() {
        let (_folder, root) = root();
        let mut cache = StampCache::default();
        struct OnlyA;
        impl Selection for OnlyA {
            fn enters(&self, _folder: &str) -> bool {
                false
            }
            fn contains(&self, path: &str) -> bool {
                path == "a"
            }
        }
        let wanted = OnlyA;
        root.write("a", b"one").unwrap();
        root.write("b/c", b"nobody asks for this").unwrap();
        for text in [&b"one"[..], b"two", b"one", b"six"] {
            root.write("a", text).unwrap();
            assert_eq!(root.inventory(&wanted, &mut cache).unwrap()["a"], BlobId::of(text));
        }
        std::thread::sleep(std::time::Duration::from_millis(60));
        root.inventory(&wanted, &mut cache).unwrap();
        assert_eq!(cache.0.len(), 1, "an old enough file is remembered");
        std::fs::write(root.path().join("a"), b"new").unwrap();
        assert_eq!(root.inventory(&wanted, &mut cache).unwrap()["a"], BlobId::of(b"new"));
    }
}
