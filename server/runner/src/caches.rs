//! The caches of tool chains, as checkers find them.
//!
//! What lies in a user's caches is compiled, linked and executed later, so a check, which runs code of the tree, never
//! writes there. Each repository has caches of its own, in the user's state, which its checks alone see: what is kept
//! there makes the next check quick. They begin with the user's: whatever is read is linked or asked for by its path, so
//! that nothing is downloaded again. A check can spoil them for the next one of the same repository, for nobody else.
//!
//! Checks write there, so nothing below the folder is believed: links are never followed in it.

use crate::files::{self, FileError, Root};
use crate::home::Home;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Caches below `~/.cache` that tools write whenever they run: they begin empty. All others are linked.
const WRITTEN: [&str; 12] =
    ["pip", "uv", "go-build", "yarn", "pnpm", "node", "node-gyp", "ccache", "sccache", "bazel", "mypy", "opencode"];

/// Build folders that are kept per repository, so that as many checks may compile at once.
const TARGETS: usize = 4;

/// Build folders that no check used for so long are taken away.
const DAYS: u64 = 30;
/// Bytes on disk that the build folders of all repositories may take together.
const MOST: u64 = 20 << 30;
/// How often they are looked at: measuring them reads every entry.
const BETWEEN: Duration = Duration::from_secs(24 * 3600);

/// The caches of one call, while it holds them.
pub(crate) struct Caches {
    /// The folder that checkers may write.
    pub(crate) folder: PathBuf,
    /// What tells tool chains of it.
    pub(crate) environment: BTreeMap<String, String>,
    /// Nobody else compiles into the same folder meanwhile.
    _target: Option<File>,
}

impl Caches {
    /// Makes them for a repository. `tree` is where checkers run.
    pub(crate) fn prepare(home: &Home, user: &Root, tree: &Root) -> Result<Caches, FileError> {
        let state = home.repository(user)?;
        let folder = state.join("cache");
        files::make_own_folder(&folder)?;
        let ours = Root::open(&folder)?;
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: String| drop(environment.insert(name.to_owned(), value));
        let at = |name: &str| folder.join(name).display().to_string();
        set("npm_config_cache", at("npm"));
        set("GOCACHE", at("go-build"));
        set("XDG_CACHE_HOME", at("xdg"));
        set("CARGO_HOME", at("cargo"));
        if let Some(person) = named("HOME", None) {
            let cargo = named("CARGO_HOME", Some(person.join(".cargo")));
            fill_cargo(&ours, &cargo.unwrap_or_default())?;
            let caches = named("XDG_CACHE_HOME", Some(person.join(".cache"))).unwrap_or_default();
            link(&ours, "xdg", &caches, &|name| !WRITTEN.contains(&name))?;
            let go = named("GOPATH", Some(person.join("go"))).map(|path| path.join("pkg/mod"));
            let modules = named("GOMODCACHE", go).map(|path| path.join("cache/download")).filter(|path| path.is_dir());
            if let Some(modules) = modules {
                set("GOMODCACHE", at("go-mod"));
                set("GOPROXY", format!("file://{},{}", modules.display(), go_proxy(&person)));
            }
        }
        let mut target = None;
        if tree.path() != user.path() {
            // a clone has no build folder of its own, and would compile everything again
            let own =
                (0..TARGETS).find_map(|at| Some((at, files::lock_own(&state.join(format!("target-{at}.lock")))?)));
            if let Some((number, lock)) = own {
                // the time of its lock is when it was used last
                let _ = lock.set_modified(SystemTime::now());
                set("CARGO_TARGET_DIR", at(&format!("target-{number}")));
                // cargo goes by times: what another tree left there must be older than every file of this one
                touch(tree)?;
                target = Some(lock);
            }
        }
        Ok(Caches { folder, environment, _target: target })
    }
}

/// Takes build folders away that are old, and the oldest where all together are too large. At the start of a run, once a day.
/// Never one that a check compiles into. What cannot be removed is only disk space.
pub(crate) fn trim(home: &Home, now: SystemTime) {
    let stamp = home.state.join("trimmed");
    let looked = stamp.metadata().and_then(|file| file.modified());
    if looked.is_ok_and(|looked| now.duration_since(looked).is_ok_and(|since| since < BETWEEN)) {
        return;
    }
    // two at once would count what the other takes away
    if let Some(looking) = files::lock_own(&stamp) {
        let _ = looking.set_modified(now);
        trim_to(home, now, MOST);
    }
}

fn trim_to(home: &Home, now: SystemTime, most: u64) {
    let mut folders = Vec::new();
    for repository in names(&home.state.join("repositories")) {
        let state = home.state.join("repositories").join(repository);
        for number in 0..TARGETS {
            let folder = state.join(format!("cache/target-{number}"));
            let lock = state.join(format!("target-{number}.lock"));
            let used = lock.metadata().or_else(|_| folder.symlink_metadata()).and_then(|found| found.modified());
            if let (Ok(used), true) = (used, folder.symlink_metadata().is_ok()) {
                folders.push((used, size(&folder), folder, lock));
            }
        }
    }
    folders.sort();
    let mut all: u64 = folders.iter().map(|(_, size, ..)| size).sum();
    for (used, size, folder, lock) in folders {
        let old = now.duration_since(used).is_ok_and(|unused| unused > Duration::from_secs(DAYS * 24 * 3600));
        if !old && all <= most {
            continue;
        }
        let Some(_held) = files::lock_own(&lock) else { continue };
        // follows no link
        if std::fs::remove_dir_all(&folder).is_ok() {
            all = all.saturating_sub(size);
        }
    }
}

/// Bytes that a folder takes on disk; a file of several names, of which cargo makes many, counts once.
fn size(folder: &Path) -> u64 {
    let (mut bytes, mut counted, mut open) = (0, BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        if !folder.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            continue;
        }
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            if found.is_dir() {
                open.push(entry.path());
            } else if found.nlink() == 1 || counted.insert((found.dev(), found.ino())) {
                bytes += found.blocks() * 512;
            }
        }
    }
    bytes
}

/// A folder by its variable, or where it usually is.
fn named(variable: &str, usual: Option<PathBuf>) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute()).or(usual)
}

/// Where Go looks for what the user's cache does not have: as the user told it, else at the source.
fn go_proxy(person: &Path) -> String {
    let file = named("XDG_CONFIG_HOME", Some(person.join(".config"))).map(|path| path.join("go/env"));
    let text = file.and_then(|file| files::read_own(&file, 1 << 16).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let own = std::env::var("GOPROXY").ok();
    own.or_else(|| Some(text.lines().find_map(|line| line.strip_prefix("GOPROXY="))?.trim().to_owned()))
        .filter(|proxy| !proxy.is_empty())
        .unwrap_or_else(|| "direct".to_owned())
}

/// A home of cargo: the user's configuration and programs, every crate that was downloaded, a copy of the index; no login.
fn fill_cargo(ours: &Root, cargo: &Path) -> Result<(), FileError> {
    let known = ["bin", "config", "config.toml", "env"];
    link(ours, "cargo", cargo, &|name| known.contains(&name))?;
    for part in ["registry/cache", "registry/src"] {
        for registry in names(&cargo.join(part)) {
            let part = format!("{part}/{registry}");
            link(ours, &format!("cargo/{part}"), &cargo.join(&part), &|_| true)?;
        }
    }
    for part in ["git/db", "git/checkouts"] {
        link(ours, &format!("cargo/{part}"), &cargo.join(part), &|_| true)?;
    }
    copy(ours, "cargo/registry/index", &cargo.join("registry/index"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Links every wanted entry of a folder that is not there yet, and forgets links that lead nowhere any more.
fn link(ours: &Root, to: &str, from: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<(), FileError> {
    for name in names(from).iter().filter(|name| wanted(name)) {
        let (path, target) = (format!("{to}/{name}"), from.join(name));
        match ours.kind(&path) {
            // the entry, or a folder above it, is something else by now: what a check left there is its own affair
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => ours.make_link(&path, &target.display().to_string())?,
        }
    }
    let folder = ours.path().join(to);
    for name in names(&folder) {
        let path = format!("{to}/{name}");
        if ours.link_target(&path).is_ok_and(|target| !Path::new(&target).exists()) {
            ours.remove_link(&path)?;
        }
    }
    Ok(())
}

/// Copies files that are not there yet; repositories and links stay out.
fn copy(ours: &Root, to: &str, from: &Path) -> Result<(), FileError> {
    for entry in from.read_dir().into_iter().flatten().flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
        let path = format!("{to}/{name}");
        if kind.is_dir() && name != ".git" {
            copy(ours, &path, &entry.path())?;
        } else if kind.is_file() && ours.kind(&path).is_ok_and(|kind| kind.is_none()) {
            ours.write_mode_quick(&path, &files::read_own(&entry.path(), crate::tree::LARGEST)?, false)?;
        }
    }
    Ok(())
}

/// Makes every file of a tree as old as this moment.
fn touch(tree: &Root) -> Result<(), FileError> {
    let now = SystemTime::now();
    for found in tree.walk(files::WalkLimits::default())?.found {
        if let Ok((file, _)) = tree.open_regular(&found.path, u64::MAX) {
            // what cannot be touched is at worst compiled from what it was
            let _ = file.set_modified(now);
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    /// A state with build folders, by repository and number, of 64 KB each, last used so many days before now.
    fn built(of: &[(&str, usize, u64)], now: SystemTime) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("c") };
        for (repository, number, days) in of {
            let state = home.state.join("repositories").join(repository);
            let target = state.join(format!("cache/target-{number}"));
            std::fs::create_dir_all(target.join("debug/deps")).unwrap();
            std::fs::write(target.join("debug/deps/shop"), vec![b'x'; 1 << 16]).unwrap();
            std::fs::hard_link(target.join("debug/deps/shop"), target.join("debug/shop")).unwrap();
            let lock = files::lock_own(&state.join(format!("target-{number}.lock"))).unwrap();
            lock.set_modified(now - Duration::from_secs(days * 24 * 3600)).unwrap();
        }
        (folder, home)
    }

    fn left(home: &Home) -> Vec<String> {
        let repositories = names(&home.state.join("repositories")).into_iter();
        let mut left: Vec<String> = repositories
            .flat_map(|it| {
                names(&home.state.join("repositories").join(&it).join("cache"))
                    .into_iter()
                    .map(move |name| format!("{it}/{name}"))
            })
            .collect();
        left.sort();
        left
    }

    #[test]
    fn old_build_folders_go_and_never_one_in_use() {
        let now = SystemTime::now();
        let (_folder, home) = built(&[("a", 0, DAYS + 1), ("a", 1, DAYS - 1), ("b", 3, DAYS + 9)], now);
        let held = files::lock_own(&home.state.join("repositories/b/target-3.lock"));
        trim(&home, now);
        assert_eq!(left(&home), ["a/target-1", "b/target-3"]);
        drop(held);
        trim(&home, now + BETWEEN / 2);
        assert_eq!(left(&home).len(), 2, "once a day is enough");
        trim(&home, now + BETWEEN);
        assert_eq!(left(&home), ["a/target-1"]);
    }

    #[test]
    fn the_oldest_go_where_all_are_too_large() {
        let now = SystemTime::now();
        let (_folder, home) = built(&[("a", 0, 3), ("a", 1, 1), ("b", 0, 4), ("b", 1, 2)], now);
        let one = size(&home.state.join("repositories/a/cache/target-0"));
        assert!((1 << 16..2 << 16).contains(&one), "a file of two names counts once: {one}");
        trim_to(&home, now, 4 * one);
        assert_eq!(left(&home).len(), 4);
        trim_to(&home, now, 2 * one);
        assert_eq!(left(&home), ["a/target-1", "b/target-1"]);
        let held = files::lock_own(&home.state.join("repositories/b/target-1.lock"));
        trim_to(&home, now, one);
        assert_eq!(left(&home), ["b/target-1"], "what a check uses stays, whatever its age");
        drop(held);
    }

    #[test]
    fn links_that_a_check_left_lead_nowhere() {
        let now = SystemTime::now();
        let (folder, home) = built(&[("a", 0, DAYS + 1)], now);
        let precious = folder.path().join("precious");
        std::fs::create_dir_all(precious.join("debug")).unwrap();
        std::fs::write(precious.join("debug/file"), vec![b'x'; 1 << 20]).unwrap();
        let cache = home.state.join("repositories/a/cache");
        std::os::unix::fs::symlink(&precious, cache.join("target-0/debug/link")).unwrap();
        std::os::unix::fs::symlink(&precious, cache.join("target-1")).unwrap();
        assert!(size(&cache.join("target-0")) < 1 << 20 && size(&cache.join("target-1")) == 0);
        trim_to(&home, now + Duration::from_secs(2 * DAYS * 24 * 3600), 0);
        assert!(precious.join("debug/file").exists());
        assert_eq!(left(&home), Vec::<String>::new());
    }
}
