//! What is watched, and by whom: by the client where it offers, else by us. Our folders from the start; beside them the few
//! source files that what is shown depends on: places of findings, inputs and outputs of the current ticket's passes; and
//! where documents say what they document, those documents, their folders and what they speak of.

use super::{state::State, watch::Watch};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// From so many files that documents speak of on, their folders are watched instead.
const MOST_FILES: usize = 256;
/// More folders than these we do not watch ourselves.
const MOST_FOLDERS: usize = 512;

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
        let roots = self.analysis.folders().filter_map(|root| Some((root, &self.analysis.of_root(root)?.documents)));
        if let Some(watch) = &self.watching.own {
            let mut files: Vec<_> = files.map(|(root, path)| root.join(path)).collect();
            let mut folders = BTreeSet::new();
            for (root, documents) in roots {
                let spoken_of = documents.files().chain(documents.paths());
                files.extend(spoken_of.map(|path| root.join(path)));
                folders.extend(folders_of(documents).into_iter().map(|folder| root.join(folder)));
            }
            return watch.set_sources(files, folders.into_iter().take(MOST_FOLDERS).collect());
        }
        let mut globs: Vec<String> = files.filter_map(|(_, path)| glob(path)).collect();
        for (_, documents) in roots {
            let pages = documents.pages().map(|page| folder(&page.document.path));
            let pages: BTreeSet<&str> = pages.collect();
            globs.extend(
                pages
                    .into_iter()
                    .filter_map(|folder| glob(&format!("{folder}_")))
                    .map(|glob| format!("{}*.md", glob.trim_end_matches('_'))),
            );
            let files: BTreeSet<&str> = documents.files().collect();
            globs.extend(match files.len() {
                0..MOST_FILES => files.into_iter().filter_map(glob).collect::<Vec<_>>(),
                _ => files
                    .into_iter()
                    .map(folder)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .filter_map(|folder| glob(&format!("{folder}_")))
                    .map(|glob| format!("{}*", glob.trim_end_matches('_')))
                    .collect(),
            });
            globs.extend(documents.globs().map(|glob| match glob.as_str() {
                folder if folder.ends_with('/') => format!("**/{folder}**"),
                pattern => format!("**/{pattern}"),
            }));
        }
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

/// The folders in which a new file may matter to documents.
fn folders_of(documents: &ide::Documents) -> BTreeSet<String> {
    let pages = documents.pages().map(|page| folder(&page.document.path));
    let sources = documents.paths().filter(|path| documents.globs().any(|glob| glob.matches(path))).map(folder);
    let globs = documents.globs().map(|glob| glob.folder());
    pages.chain(sources).chain(globs).map(|folder| folder.trim_end_matches('/').to_owned()).collect()
}

/// The folder of a path, with its `/`.
fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// The pattern of exactly this file; none for a name that no pattern can spell.
fn glob(path: &str) -> Option<String> {
    (!path.contains(['*', '?', '[', ']', '{', '}', '\\'])).then(|| format!("**/{path}"))
}
