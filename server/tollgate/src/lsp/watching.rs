//! What is watched, and by whom: by the client where it offers, else by us. Our folders from the start; beside them the few
//! source files that what is shown depends on: places of findings, inputs and outputs of the current ticket's passes.

use super::{state::State, watch::Watch};
use serde_json::{Value, json};

const METHOD: &str = "workspace/didChangeWatchedFiles";

/// Who watches, and which files outside of our folders.
#[derive(Default)]
pub(super) struct Watching {
    /// Our own watch; none for a client that watches for us.
    own: Option<Watch>,
    /// Patterns of source files the client was last asked to watch.
    globs: Vec<String>,
}

impl Watching {
    /// The roots are these now.
    pub(super) fn set_roots(&self, roots: Vec<std::path::PathBuf>) {
        if let Some(watch) = &self.own {
            watch.set_roots(roots);
        }
    }
}

impl State {
    /// Watches the folders of the workspace and the projects inside them that are known.
    pub(super) fn watch_roots(&self) {
        let inner = self.analysis.inner_roots().map(|root| root.to_path_buf());
        self.watching.set_roots(self.folders.paths().into_iter().chain(inner).collect());
    }

    /// Begins to watch our folders. Gives what the client has to be asked for.
    pub(super) fn watch_folders(&mut self) -> Option<Value> {
        if self.client.watches_files {
            return Some(registration("folders", spec::places::globs().into_iter()));
        }
        let watch = Watch::start(self.tasks.lane.clone());
        watch.set_roots(self.folders.paths());
        self.watching.own = Some(watch);
        None
    }

    /// Watches the source files that the present state of all roots depends on, and no others.
    pub(super) fn watch_sources(&mut self) {
        let roots = self.analysis.folders().filter_map(|root| Some((root, self.analysis.of_root(root)?)));
        let files = roots.flat_map(|(root, known)| known.live.watched.iter().map(move |path| (root, path)));
        if let Some(watch) = &self.watching.own {
            return watch.set_sources(files.map(|(root, path)| root.join(path)).collect());
        }
        let mut globs: Vec<String> = files.filter_map(|(_, path)| glob(path)).collect();
        globs.sort_unstable();
        globs.dedup();
        if !self.client.watches_files || globs == self.watching.globs {
            return;
        }
        if !self.watching.globs.is_empty() {
            let old = json!({ "unregisterations": [{ "id": "sources", "method": METHOD }] });
            self.ask("client/unregisterCapability", old, |_, _| {});
        }
        if !globs.is_empty() {
            let new = json!({ "registrations": [registration("sources", globs.iter().cloned())] });
            self.ask("client/registerCapability", new, |_, _| {});
        }
        self.watching.globs = globs;
    }
}

fn registration(id: &str, globs: impl Iterator<Item = String>) -> Value {
    let watchers: Vec<Value> = globs.map(|glob| json!({ "globPattern": glob })).collect();
    json!({ "id": id, "method": METHOD, "registerOptions": { "watchers": watchers } })
}

/// The pattern of exactly this file; none for a name that no pattern can spell.
fn glob(path: &str) -> Option<String> {
    (!path.contains(['*', '?', '[', ']', '{', '}', '\\'])).then(|| format!("**/{path}"))
}
