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
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Caches below `~/.cache` that tools write whenever they run: they begin empty. All others are linked.
const WRITTEN: [&str; 12] =
    ["pip", "uv", "go-build", "yarn", "pnpm", "node", "node-gyp", "ccache", "sccache", "bazel", "mypy", "opencode"];

/// Build folders that are kept per repository, so that as many checks may compile at once.
const TARGETS: usize = 4;

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
                set("CARGO_TARGET_DIR", at(&format!("target-{number}")));
                // cargo goes by times: what another tree left there must be older than every file of this one
                touch(tree)?;
                target = Some(lock);
            }
        }
        Ok(Caches { folder, environment, _target: target })
    }
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
