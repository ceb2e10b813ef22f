//! Watches for clients that do not watch files for us.
//!
//! Only the roots themselves (to see our folders come and go), the folders of delivery files, and those of the few source
//! files that what is shown depends on are watched, each by name: no link is followed, nothing else of the checkout is
//! looked at, and a checkout cannot use up the user's watches. The thread sleeps until the system tells it something.

use super::{
    lane::Lane,
    log::{Level, log},
    workspace::is_ours,
};
use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{ModifyKind, RenameMode},
};
use runner::files::Root;
use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// Most folders that are watched below one root.
const MOST_FOLDERS: usize = 1024;

/// What comes within this time after a change is told together with it: a checkout changes many files.
const BREATH: Duration = Duration::from_millis(20);

/// A running watch.
pub(super) struct Watch(Sender<Order>);

/// Files outside of our folders that are told of, too.
type Sources = Arc<Mutex<Wanted>>;

#[derive(Default)]
struct Wanted {
    files: HashSet<PathBuf>,
    /// Folders in which every file matters.
    folders: HashSet<PathBuf>,
}

impl Wanted {
    fn contains(&self, path: &Path) -> bool {
        self.files.contains(path) || path.parent().is_some_and(|folder| self.folders.contains(folder))
    }
}

enum Order {
    /// These are the roots from now on.
    Roots(Vec<PathBuf>),
    /// These files outside of our folders matter from now on, and all files right in these folders.
    Sources(Vec<PathBuf>, Vec<PathBuf>),
    /// Files or folders of ours changed; when they are gone, so are their watches.
    Changed { paths: Vec<PathBuf>, gone: bool },
}

impl Watch {
    /// Starts a watch of nothing yet. What changes is told to the lane.
    pub(super) fn start(lane: Lane) -> Watch {
        let (orders, received) = channel();
        let again = orders.clone();
        let run = move || {
            let sources = Sources::default();
            match watcher(again, sources.clone()) {
                Ok(watcher) => {
                    Watched { watcher, roots: Vec::new(), sources, folders: HashSet::new() }.run(&received, &lane);
                }
                Err(error) => log(Level::Warn, format_args!("files are not watched: {error}")),
            }
        };
        if let Err(error) = thread::Builder::new().name("watch".into()).spawn(run) {
            log(Level::Warn, format_args!("files are not watched: {error}"));
        }
        Watch(orders)
    }

    /// Watches these roots and no others.
    pub(super) fn set_roots(&self, roots: Vec<PathBuf>) {
        // Fails only when nothing can be watched, and that has been said.
        let _ = self.0.send(Order::Roots(roots));
    }

    /// Watches these files outside of our folders, what is right in these folders, and no others.
    pub(super) fn set_sources(&self, files: Vec<PathBuf>, folders: Vec<PathBuf>) {
        let _ = self.0.send(Order::Sources(files, folders));
    }
}

fn watcher(orders: Sender<Order>, sources: Sources) -> notify::Result<RecommendedWatcher> {
    let tell = move |event: notify::Result<Event>| {
        let Ok(Event { kind, paths, .. }) = event else { return };
        let sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
        let paths: Vec<PathBuf> = paths.into_iter().filter(|path| is_ours(path) || sources.contains(path)).collect();
        drop(sources);
        if paths.is_empty() || matches!(kind, EventKind::Access(_)) {
            return;
        }
        let gone = matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)));
        let _ = orders.send(Order::Changed { paths, gone });
    };
    RecommendedWatcher::new(tell, Config::default().with_follow_symlinks(false))
}

struct Watched {
    watcher: RecommendedWatcher,
    roots: Vec<PathBuf>,
    sources: Sources,
    folders: HashSet<PathBuf>,
}

impl Watched {
    fn run(mut self, orders: &Receiver<Order>, lane: &Lane) {
        while let Ok(order) = orders.recv() {
            let mut changed = BTreeSet::new();
            self.take(order, &mut changed);
            thread::sleep(BREATH);
            orders.try_iter().for_each(|order| self.take(order, &mut changed));
            changed.extend(self.look());
            if !changed.is_empty() {
                lane.update(move |state| state.paths_changed(&changed.into_iter().collect::<Vec<_>>()));
            }
        }
    }

    fn take(&mut self, order: Order, changed: &mut BTreeSet<PathBuf>) {
        match order {
            Order::Roots(roots) => self.roots = roots,
            Order::Sources(files, folders) => {
                *self.sources() = Wanted { files: files.into_iter().collect(), folders: folders.into_iter().collect() };
            }
            Order::Changed { paths, gone } => {
                if gone {
                    self.folders.retain(|folder| !paths.contains(folder));
                }
                changed.extend(paths);
            }
        }
    }

    fn sources(&self) -> std::sync::MutexGuard<'_, Wanted> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches what is there now. Gives the folders of ours whose watch begins: what came into them before that was told
    /// by nobody.
    fn look(&mut self) -> Vec<PathBuf> {
        let mut wanted: HashSet<PathBuf> = self.roots.iter().flat_map(|root| folders(root)).collect();
        wanted.extend(self.sources().files.iter().filter_map(|file| file.parent()).map(Path::to_owned));
        wanted.extend(self.sources().folders.iter().cloned());
        for folder in self.folders.extract_if(|folder| !wanted.contains(folder)) {
            // One that is gone already is as good as unwatched.
            let _ = self.watcher.unwatch(&folder);
        }
        let mut new = Vec::new();
        for folder in wanted {
            if self.folders.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => new.push(folder),
                Err(error) => log(Level::Info, format_args!("a folder is not watched: {error}")),
            }
        }
        self.folders.extend(new.iter().cloned());
        new.retain(|folder| is_ours(folder));
        new
    }
}

/// The root and its folders that hold what readers know or lead to it. Nothing of a root that is too wide to be a project.
fn folders(root: &Path) -> Vec<PathBuf> {
    if Root::open_project(root).is_err() {
        return Vec::new();
    }
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while next < found.len() {
        let entries = found[next].read_dir().into_iter().flatten().flatten();
        let mut inside: Vec<PathBuf> = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .filter(|inside| leads(root, inside))
            .collect();
        // Ours come first, so that others leave watches for them.
        inside.sort_by_key(|path| (!path.ends_with(".tollgate"), path.clone()));
        inside.truncate(MOST_FOLDERS.saturating_sub(found.len()));
        found.splice(next + 1..next + 1, inside);
        next += 1;
    }
    found
}

fn leads(root: &Path, folder: &Path) -> bool {
    let parts = folder.strip_prefix(root).into_iter().flatten();
    let parts: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
    parts.is_some_and(|parts| spec::places::leads(&parts.join("/")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test writes its own folder")]

    use super::*;
    use std::fs;

    #[test]
    fn sees_its_own_folders_only_and_follows_no_link() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path(".tollgate/records/T-1")).unwrap();
        fs::create_dir_all(path("src/deep")).unwrap();
        fs::create_dir_all(path(".claude/agents")).unwrap();
        fs::create_dir_all(path(".claude/projects")).unwrap();
        fs::write(path(".tollgate/config.yaml"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", path(".tollgate/link")).unwrap();
        let expected =
            ["", ".tollgate", ".tollgate/records", ".tollgate/records/T-1", ".claude", ".claude/agents"].map(path);
        assert_eq!(folders(root.path()), expected.map(|path| path.components().collect::<PathBuf>()));
        assert!(folders(Path::new("/")).is_empty());
    }

    #[test]
    fn of_spec_tools_only_the_folders_that_are_read() {
        let root = tempfile::tempdir().unwrap();
        for folder in [".specify/memory/x", ".specify/templates", "specs/001-a/checklists/x", "specs/001-a/contracts"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let found: BTreeSet<PathBuf> = folders(root.path()).into_iter().collect();
        let expected = ["", ".specify", ".specify/memory", "specs", "specs/001-a", "specs/001-a/checklists"];
        assert_eq!(found, expected.map(|path| root.path().join(path).components().collect()).into_iter().collect());
    }

    #[test]
    fn takes_no_more_watches_than_are_its_due() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..MOST_FOLDERS + 50 {
            fs::create_dir_all(root.path().join(format!(".tollgate/{n}/in"))).unwrap();
        }
        assert_eq!(folders(root.path()).len(), MOST_FOLDERS);
    }
}
