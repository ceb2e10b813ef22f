//! Notices what other processes do beside the work tree: a run in a terminal, a gate checked, a plan reviewed, another
//! branch checked out. One folder for the ledger and the trust log, and for each root one with its gate results and the
//! one in which its HEAD lies; a few files of theirs change when something happened.

use super::{
    lane::Lane,
    log::{Level, log},
};
use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{MetadataKind, ModifyKind},
};
use std::{collections::HashSet, path::PathBuf};

/// A watch that grows with the roots.
#[derive(Default)]
pub(super) struct StateWatch {
    watcher: Option<RecommendedWatcher>,
    folders: HashSet<PathBuf>,
}

impl StateWatch {
    /// Watches these folders, too. What happens in them is a reason to look at every root again.
    pub(super) fn add(&mut self, folders: Vec<PathBuf>, lane: &Lane) {
        for folder in folders {
            if self.folders.contains(&folder) {
                continue;
            }
            let Some(watcher) = self.watcher(lane) else { return };
            if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
                log(Level::Info, format_args!("the state folder is not watched: {error}"));
            }
            // One that cannot be watched is not tried at every look.
            self.folders.insert(folder);
        }
    }

    fn watcher(&mut self, lane: &Lane) -> Option<&mut RecommendedWatcher> {
        if self.watcher.is_none() {
            let lane = lane.clone();
            let tell = move |event: notify::Result<Event>| {
                if event.is_ok_and(|event| says_something(&event)) {
                    lane.update(|state| state.plan_all());
                }
            };
            self.watcher = RecommendedWatcher::new(tell, Config::default().with_follow_symlinks(false)).ok();
        }
        self.watcher.as_mut()
    }
}

/// Reading and the shared memory of readers say nothing.
fn says_something(event: &Event) -> bool {
    let silent =
        matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)));
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ["hub.db", "hub.db-wal", "trust.jsonl", "gates.json", "seen.json", "beads.json", "HEAD"].contains(&name)
    };
    !silent && event.paths.iter().any(ours)
}
