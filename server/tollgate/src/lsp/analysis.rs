//! What is known about the documents: the seam between the server and `ide`.
//!
//! [`Analysis`] belongs to the lane, which tells it every change; [`AnalysisSnapshot`] is what a request takes along to
//! its own thread. Neither knows positions, UTF-16 or the client, and neither reads the disk: what has to be read is
//! handed back as work.

use super::documents::{Document, DocumentUri};
use ide::symbols::{self, Symbol};
use ide::{Diagnostic, Documents, Live};
use imbl::OrdMap;
use spec::board::LISTING;
use spec::{FileKind, Name, NameKind, Project, SpecFile};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};
use syntax::{front_matter, markdown};
use text::BlobId;

/// Says which feature is being worked on; whether it is right depends on the branch and on all features.
const POINTER: &str = ".specify/feature.json";

/// A file of a root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Place {
    /// Canonical path of the root, as far as it could be told without the disk.
    pub(super) root: Arc<Path>,
    /// Path from the root, `/` separated.
    pub(super) path: Arc<str>,
}

/// What a change leads to.
#[derive(Default, Debug)]
pub(super) struct Effects {
    /// Files whose diagnostics have to be computed again.
    pub(super) stale: BTreeSet<Place>,
    /// Files that have to be read from disk.
    pub(super) read: BTreeSet<Place>,
    /// Roots that have to be read from disk whole.
    pub(super) scan: BTreeSet<Arc<Path>>,
    /// Roots whose plan, money and gates have to be looked at again.
    pub(super) plan: BTreeSet<Arc<Path>>,
    /// Lenses of other files may say something else now.
    pub(super) lenses: bool,
    /// Names of other open files may have come or gone.
    pub(super) tokens: bool,
}

/// Everything known. Its methods are state changes: quick, synchronous, without I/O.
#[derive(Default)]
pub(super) struct Analysis {
    roots: Vec<Root>,
    /// Where open documents stand.
    open: HashMap<DocumentUri, Place>,
    /// The open document of a place.
    documents: OrdMap<Place, DocumentUri>,
}

struct Root {
    path: Arc<Path>,
    snapshot: ide::Snapshot,
    /// Tickets that led back to themselves when that was last looked at.
    circles: BTreeSet<String>,
    /// What kind of root it is.
    kind: RootKind,
}

/// Kinds of roots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RootKind {
    /// A folder of the workspace.
    Folder,
    /// A project inside a folder of the workspace: known once a document of it is opened. It holds delivery files only;
    /// sources belong to the folder, whose gates look at them. Nothing is planned or run there.
    Inner,
    /// Made for a single file, and only that file is looked at.
    Alone,
}

impl Analysis {
    /// A document was opened or its text changed.
    pub(super) fn set_document(&mut self, document: &Document, path: Option<PathBuf>) -> Effects {
        let inner = self.inner_roots().count();
        let Some(place) = self.open.get(&document.uri).cloned().or_else(|| self.place_of(&path?)) else {
            return Effects::default();
        };
        let is_new = self.inner_roots().count() > inner;
        self.open.insert(document.uri.clone(), place.clone());
        self.documents.insert(place.clone(), document.uri.clone());
        let mut effects = self.set_file(&place, SpecFile::read_shared(&place.path, document.buffer.text()));
        if is_new {
            effects.scan.insert(place.root.clone());
        }
        effects.stale.insert(place);
        effects
    }

    /// A document was closed; from now on what is on disk counts.
    pub(super) fn remove_document(&mut self, uri: &DocumentUri) -> Effects {
        let Some(place) = self.open.remove(uri) else { return Effects::default() };
        self.documents.remove(&place);
        let mut effects = Effects::default();
        match self.root(&place.root).map(|root| root.kind) {
            Some(RootKind::Folder | RootKind::Inner) => _ = effects.read.insert(place),
            Some(RootKind::Alone) => effects = self.set_file(&place, None),
            None => {}
        }
        effects
    }

    /// What a file of a folder says on disk now; `None` when it is gone. An open document's text counts more.
    pub(super) fn set_on_disk(&mut self, place: &Place, text: Option<&str>) -> Effects {
        if self.documents.contains_key(place) {
            return Effects::default();
        }
        // Nobody looks into a file that is not open: its text is read again where an answer needs it (`closed`).
        let file = text.and_then(|text| SpecFile::read(&place.path, text)).map(SpecFile::without_text);
        let mut effects = self.set_file(place, file);
        effects.stale.insert(place.clone());
        effects
    }

    /// A root was read whole. The files come without their texts.
    pub(super) fn set_scanned(&mut self, path: &Path, files: BTreeMap<String, Option<SpecFile>>) -> Effects {
        let mut effects = Effects::default();
        let open: BTreeSet<Arc<str>> =
            self.documents.keys().filter(|place| *place.root == *path).map(|place| place.path.clone()).collect();
        let Some(root) = self.roots.iter_mut().find(|root| *root.path == *path) else { return effects };
        let gone = root.snapshot.project.files().map(|file| file.path.clone());
        let is_gone = |path: &String| !files.contains_key(path) && !open.contains(path.as_str()) && path != LISTING;
        let gone: Vec<String> = gone.filter(is_gone).collect();
        let mut stale: BTreeSet<String> = gone.iter().cloned().collect();
        let mut for_all = gone.iter().any(|path| says_for_all(path));
        for path in &gone {
            stale.extend(root.snapshot.project.remove(path));
        }
        for file in files.into_values().flatten() {
            if open.contains(file.path.as_str()) {
                continue;
            }
            let known = root.snapshot.project.file(&file.path);
            for_all |= says_for_all(&file.path) && known.is_none_or(|known| !known.facts.same_names(&file.facts));
            stale.insert(file.path.clone());
            stale.extend(root.snapshot.project.set(Arc::new(file)));
        }
        if for_all {
            stale.extend(root.snapshot.project.files().map(|file| file.path.clone()));
        }
        if root.snapshot.file(POINTER).is_some() {
            stale.insert(POINTER.to_owned());
        }
        effects.tokens = stale.iter().any(|path| open.contains(path.as_str()));
        let place = |path: String| Place { root: root.path.clone(), path: path.into() };
        effects.stale = stale.into_iter().map(place).collect();
        if root.kind == RootKind::Folder {
            effects.plan.insert(root.path.clone());
        }
        effects
    }

    /// Content ids of the files that are known of a root.
    pub(super) fn blobs(&self, path: &Path) -> BTreeMap<String, BlobId> {
        let files = self.root(path).into_iter().flat_map(|root| root.snapshot.project.files());
        files.map(|file| (file.path.clone(), file.blob())).collect()
    }

    /// What runs, money and trust say now.
    pub(super) fn set_live(&mut self, path: &Path, live: Live) -> Effects {
        let mut effects = Effects::default();
        let Some(root) = self.roots.iter_mut().find(|root| *root.path == *path) else { return effects };
        let old = std::mem::replace(&mut root.snapshot.live, Arc::new(live));
        let new = &root.snapshot.live;
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        for live in [&old, new] {
            paths.extend(live.findings.keys().map(String::as_str));
            paths.extend(live.budgets.iter().map(|budget| budget.path.as_str()));
        }
        if (&old.installed, &old.prices) != (&new.installed, &new.prices) {
            paths.insert(".tollgate/config.yaml");
        }
        if (&old.branch, &old.root) != (&new.branch, &new.root) && root.snapshot.project.file(POINTER).is_some() {
            paths.insert(POINTER);
        }
        let mut stale: BTreeSet<String> = paths.into_iter().map(str::to_owned).collect();
        for ambiguous in
            [&old.ambiguous, &new.ambiguous].into_iter().flatten().filter(|_| old.ambiguous != new.ambiguous)
        {
            stale.extend(ambiguous.tickets.first().into_iter().flat_map(|id| files_of(&root.snapshot.project, id)));
        }
        for id in old.tickets.keys().chain(new.tickets.keys()) {
            if old.tickets.get(id) != new.tickets.get(id) {
                stale.extend(files_of(&root.snapshot.project, id));
                stale.extend(ide::trace::concerned(&root.snapshot.project, id));
            }
        }
        // What a tool lists counts as a file of the root that nobody can open.
        if old.beads != new.beads {
            let listing = new.beads.as_ref().and_then(|beads| beads.listing.clone());
            let file = listing.and_then(|text| SpecFile::read_shared(LISTING, text));
            stale.extend(match file {
                Some(file) => root.snapshot.project.set(Arc::new(file)),
                None => root.snapshot.project.remove(LISTING),
            });
        }
        stale.remove(LISTING);
        effects.stale = stale.into_iter().map(|path| Place { root: root.path.clone(), path: path.into() }).collect();
        effects
    }

    /// What documents say of code was judged anew; of these files something else can be said now.
    pub(super) fn set_documents(&mut self, path: &Path, documents: Documents, changed: BTreeSet<String>) -> Effects {
        let mut effects = Effects::default();
        let Some(root) = self.roots.iter_mut().find(|root| *root.path == *path) else { return effects };
        root.snapshot.documents = documents;
        effects.stale = changed.into_iter().map(|path| Place { root: root.path.clone(), path: path.into() }).collect();
        effects
    }

    /// Where the open documents of a root stand.
    pub(super) fn open_places(&self, root: &Path) -> impl Iterator<Item = &Place> {
        self.documents.keys().filter(move |place| *place.root == *root)
    }

    /// These tickets lead back to themselves now. A link that opens or closes a circle says nothing in most of its files:
    /// those that came on one or left one are looked at again.
    pub(super) fn set_circles(&mut self, path: &Path, circles: BTreeSet<String>) -> Effects {
        let mut effects = Effects::default();
        let Some(root) = self.roots.iter_mut().find(|root| *root.path == *path) else { return effects };
        let changed = root.circles.symmetric_difference(&circles);
        effects.stale = changed.map(|path| Place { root: root.path.clone(), path: path.as_str().into() }).collect();
        root.circles = circles;
        effects
    }

    /// The workspace has these folders now.
    pub(super) fn set_roots(&mut self, folders: Vec<PathBuf>) -> Effects {
        let mut effects = Effects::default();
        self.roots.retain(|root| {
            let kept = match root.kind {
                RootKind::Folder => folders.iter().any(|folder| **folder == *root.path),
                RootKind::Inner => folders.iter().any(|folder| root.path.starts_with(folder)),
                RootKind::Alone => true,
            };
            if !kept {
                let gone = root.snapshot.project.files().map(|file| file.path.clone());
                let gone = gone.chain(root.snapshot.live.findings.keys().cloned());
                let gone = gone.chain(root.snapshot.documents.paths().map(str::to_owned));
                effects.stale.extend(gone.map(|path| Place { root: root.path.clone(), path: path.into() }));
            }
            kept
        });
        for folder in folders {
            if !self.roots.iter().any(|root| root.kind == RootKind::Folder && *root.path == *folder) {
                let path: Arc<Path> = folder.into();
                effects.scan.insert(path.clone());
                self.roots.retain(|root| root.path != path);
                self.add_root(path, RootKind::Folder);
            }
        }
        effects
    }

    fn add_root(&mut self, path: Arc<Path>, kind: RootKind) {
        self.roots.push(Root { path, snapshot: ide::Snapshot::default(), circles: BTreeSet::new(), kind });
        // The deepest folder is the one that a file belongs to.
        self.roots.sort_by_key(|root| std::cmp::Reverse(root.path.as_os_str().len()));
    }

    /// Files changed on disk.
    pub(super) fn files_changed(&mut self, paths: &[PathBuf]) -> Effects {
        /// From here on reading the whole root is less work than file by file.
        const MANY: usize = 64;
        let mut effects = Effects::default();
        for path in paths {
            let Some(place) = self.place_in_folder(path) else { continue };
            if self.plans(&place.root) {
                effects.plan.insert(place.root.clone());
            }
            match FileKind::of(&place.path) {
                Some(_) if paths.len() > MANY => _ = effects.scan.insert(place.root),
                Some(_) if !self.documents.contains_key(&place) => _ = effects.read.insert(place),
                Some(_) => {}
                // A folder of ours came or went.
                None if spec::places::leads(&place.path) => _ = effects.scan.insert(place.root),
                None => {}
            }
        }
        effects
    }

    /// The folders of the workspace.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Arc<Path>> {
        self.roots.iter().filter(|root| root.kind == RootKind::Folder).map(|root| &root.path)
    }

    /// What is known of a root.
    pub(super) fn of_root(&self, path: &Path) -> Option<&ide::Snapshot> {
        self.root(path).map(|root| &root.snapshot)
    }

    /// Where an open document stands.
    pub(super) fn place(&self, uri: &str) -> Option<&Place> {
        self.open.get(uri)
    }

    /// The open document of a place.
    pub(super) fn document(&self, place: &Place) -> Option<&DocumentUri> {
        self.documents.get(place)
    }

    /// Delivery files of a root that are open, by path from the root.
    pub(super) fn open_in(&self, root: &Path) -> Vec<String> {
        let here = self.documents.keys().filter(|place| *place.root == *root);
        here.filter(|place| FileKind::of(&place.path).is_some()).map(|place| place.path.to_string()).collect()
    }

    /// What a request about `uri` may look at. Later changes do not reach it.
    pub(super) fn snapshot(&self, uri: Option<&str>) -> AnalysisSnapshot {
        let place = uri.and_then(|uri| self.open.get(uri)).cloned();
        self.at(place)
    }

    /// What is known at a place, open or not.
    pub(super) fn at(&self, place: Option<Place>) -> AnalysisSnapshot {
        let roots = self.roots.iter().map(|root| (root.path.clone(), root.snapshot.clone())).collect();
        AnalysisSnapshot { roots, place, documents: self.documents.clone() }
    }

    fn root(&self, path: &Path) -> Option<&Root> {
        self.roots.iter().find(|root| *root.path == *path)
    }

    /// A file says this now; `None` when it is gone, or its text is no longer what its tool writes.
    fn set_file(&mut self, place: &Place, file: Option<SpecFile>) -> Effects {
        let mut effects = Effects::default();
        let Some(root) = self.roots.iter_mut().find(|root| root.path == place.root) else { return effects };
        let project: &mut Project = &mut root.snapshot.project;
        let dependants = match file {
            Some(file) => {
                let old = project.file(&place.path).cloned();
                let says_more =
                    says_for_all(&place.path) && old.as_ref().is_none_or(|old| !old.facts.same_names(&file.facts));
                effects.lenses = counted(old.as_deref()) != counted(Some(&file));
                // The branch may belong to a feature that is new.
                if file.kind == FileKind::Work && old.is_none() && project.file(POINTER).is_some() {
                    effects.stale.insert(Place { root: place.root.clone(), path: POINTER.into() });
                }
                let named = project.set(Arc::new(file));
                if says_more { project.files().map(|file| file.path.clone()).collect() } else { named }
            }
            None if project.file(&place.path).is_none() => return effects,
            None => {
                let for_all = says_for_all(&place.path);
                let named = project.remove(&place.path);
                if for_all { project.files().map(|file| file.path.clone()).collect() } else { named }
            }
        };
        let dependants: Vec<Place> =
            dependants.into_iter().map(|path| Place { root: place.root.clone(), path: path.into() }).collect();
        effects.tokens = dependants.iter().any(|other| other != place && self.documents.contains_key(other));
        effects.stale.extend(dependants);
        if root.kind == RootKind::Folder {
            effects.plan.insert(place.root.clone());
        }
        effects
    }

    /// Where a document stands. A delivery file outside of every folder gets a root of its own.
    fn place_of(&mut self, path: &Path) -> Option<Place> {
        if let Some(place) = self.place_in_folder(path) {
            return Some(self.inner(place));
        }
        let root =
            path.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == ".tollgate"))?.parent()?;
        let root: Arc<Path> = root.into();
        if self.root(&root).is_none() {
            self.add_root(root.clone(), RootKind::Alone);
        }
        relative(&root, path).map(|path| Place { root, path })
    }

    /// The place of a path in a folder of the workspace, or in a project inside one.
    pub(super) fn place_in_folder(&self, path: &Path) -> Option<Place> {
        self.roots.iter().filter(|root| root.kind != RootKind::Alone).find_map(|root| {
            let path = relative(&root.path, path)?;
            let is_its = root.kind == RootKind::Folder || FileKind::of(&path).is_some() || spec::places::leads(&path);
            is_its.then(|| Place { root: root.path.clone(), path })
        })
    }

    /// The project inside a folder that a document belongs to, when it does: a root of its own from now on.
    fn inner(&mut self, place: Place) -> Place {
        let Some((folder, path)) = spec::places::inner_project(&place.path) else { return place };
        let root: Arc<Path> = place.root.join(folder).into();
        if self.root(&root).is_none() {
            self.add_root(root.clone(), RootKind::Inner);
        }
        Place { root, path: path.into() }
    }

    /// The projects inside folders of the workspace.
    pub(super) fn inner_roots(&self) -> impl Iterator<Item = &Arc<Path>> {
        self.roots.iter().filter(|root| root.kind == RootKind::Inner).map(|root| &root.path)
    }

    /// True for a folder of the workspace.
    pub(super) fn plans(&self, path: &Path) -> bool {
        self.root(path).is_some_and(|root| root.kind == RootKind::Folder)
    }
}

/// True for the files that matter to all others, also to those that name nothing of them: tiers, budgets, severities and
/// categories of the configuration, and what the baseline holds back.
fn says_for_all(path: &str) -> bool {
    matches!(FileKind::of(path), Some(FileKind::Config | FileKind::Baseline))
}

/// The files that a ticket stands in.
fn files_of(project: &Project, ticket: &str) -> Vec<String> {
    let name = Name { kind: NameKind::Ticket, text: ticket.to_owned() };
    project.definers(&name).map(|file| file.path.clone()).collect()
}

/// True where places were told of a text that may be another one by now.
fn is_checked(snapshot: &ide::Snapshot, path: &str) -> bool {
    snapshot.live.findings.contains_key(path) || snapshot.documents.speak_of(path)
}

/// What the lenses of a feature count of one of its documents: tasks, those done, requirements.
fn counted(file: Option<&SpecFile>) -> Option<(usize, usize, usize)> {
    let work = file?.work()?;
    let done = work.tasks.iter().filter(|task| task.done).count();
    Some((work.tasks.len(), done, work.requirements.len()))
}

/// A path below `root`, `/` separated.
fn relative(root: &Path, path: &Path) -> Option<Arc<str>> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/").into()).filter(|path: &Arc<str>| !path.is_empty())
}

/// A state of the analysis.
#[derive(Clone, Debug)]
pub(super) struct AnalysisSnapshot {
    roots: Vec<(Arc<Path>, ide::Snapshot)>,
    /// What the request is about.
    pub(super) place: Option<Place>,
    documents: OrdMap<Place, DocumentUri>,
}

impl AnalysisSnapshot {
    /// What the request is about: what is known of its root, and its path there.
    pub(super) fn here(&self) -> Option<(&ide::Snapshot, &Place)> {
        let place = self.place.as_ref()?;
        let (_, snapshot) = self.roots.iter().find(|(root, _)| *root == place.root)?;
        Some((snapshot, place))
    }

    /// What is known of a root.
    pub(super) fn of_root(&self, path: &Path) -> Option<&ide::Snapshot> {
        self.roots.iter().find(|(root, _)| **root == *path).map(|(_, known)| known)
    }

    /// The URI of a file: as the client spells it when it is open.
    pub(super) fn uri(&self, place: &Place) -> Option<DocumentUri> {
        self.documents.get(place).cloned().or_else(|| super::workspace::uri_of(&place.root.join(&*place.path)))
    }

    /// The URI of the open document of a place.
    pub(super) fn open_uri(&self, place: &Place) -> Option<&DocumentUri> {
        self.documents.get(place)
    }

    /// The place of a path: in the deepest root that it lies in.
    pub(super) fn place_of(&self, path: &Path) -> Option<Place> {
        let roots = self.roots.iter().map(|(root, _)| root);
        let places = roots.filter_map(|root| Some(Place { root: root.clone(), path: relative(root, path)? }));
        places.max_by_key(|place| place.root.as_os_str().len())
    }

    /// Turns to a file, and puts it in with its text.
    pub(super) fn turn_to(&mut self, place: Place, file: Option<Arc<SpecFile>>) {
        let root = self.roots.iter_mut().find(|(root, _)| *root == place.root);
        if let (Some((_, known)), Some(file)) = (root, file) {
            known.project.set(file);
        }
        self.place = Some(place);
    }

    /// All roots.
    pub(super) fn roots(&self) -> &[(Arc<Path>, ide::Snapshot)] {
        &self.roots
    }

    /// The outline of a document. Of one that is not ours: its headings.
    pub(super) fn outline(&self, document: &Document) -> Vec<Symbol> {
        if let Some((snapshot, place)) = self.here()
            && snapshot.file(&place.path).is_some()
        {
            return symbols::document_symbols(snapshot, &place.path);
        }
        let text = document.buffer.text();
        let body = front_matter::split(&text).body;
        symbols::sections(&markdown::read(&text, body).sections(body.end))
    }

    /// The text of the document that the request is about, where it matters to what gates found in it, or to what is said
    /// of documents and code.
    pub(super) fn checked_text(&self, document: &Document) -> Option<Arc<str>> {
        let (snapshot, place) = self.here()?;
        is_checked(snapshot, &place.path).then(|| document.buffer.text())
    }

    /// What is wrong with the document that the request is about.
    pub(super) fn diagnostics(&self, document: &Document) -> Vec<Diagnostic> {
        let Some((snapshot, place)) = self.here() else { return Vec::new() };
        ide::diagnostics::diagnostics(snapshot, &place.path, self.checked_text(document).as_deref())
    }

    /// What is wrong with the file that the snapshot is about, which is not open and has this text.
    pub(super) fn diagnostics_of_closed(&self, text: &str) -> Vec<Diagnostic> {
        let Some((snapshot, place)) = self.here() else { return Vec::new() };
        let checked = is_checked(snapshot, &place.path);
        ide::diagnostics::diagnostics(snapshot, &place.path, checked.then_some(text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test writes its own folder")]

    use super::*;

    fn analysis(folders: &[&str]) -> Analysis {
        let mut analysis = Analysis::default();
        analysis.set_roots(folders.iter().map(PathBuf::from).collect());
        analysis
    }

    #[test]
    fn a_file_belongs_to_the_deepest_folder() {
        let mut analysis = analysis(&["/w", "/w/inner"]);
        let place = analysis.place_of(Path::new("/w/inner/.tollgate/config.yaml")).unwrap();
        assert_eq!((&*place.root, &*place.path), (Path::new("/w/inner"), ".tollgate/config.yaml"));
        assert_eq!(analysis.place_of(Path::new("/elsewhere/a.md")), None);
    }

    #[test]
    fn a_work_artifact_that_its_tool_no_longer_knows_is_forgotten() {
        let mut analysis = analysis(&["/w"]);
        let place = analysis.place_of(Path::new("/w/specs/001-a/spec.md")).unwrap();
        let known = |analysis: &Analysis| analysis.roots[0].snapshot.file(&place.path).is_some();
        analysis.set_on_disk(&place, Some("# Feature Specification: A\n"));
        assert!(known(&analysis));
        analysis.set_on_disk(&place, Some("# A\n"));
        assert!(!known(&analysis));
    }

    #[test]
    fn a_tick_changes_the_lens_above_the_spec() {
        let mut analysis = analysis(&["/w"]);
        let place = analysis.place_of(Path::new("/w/specs/001-a/tasks.md")).unwrap();
        let mut typed = |text: &str| analysis.set_on_disk(&place, Some(text)).lenses;
        assert!(typed("- [ ] T001 Table\n"));
        assert!(!typed("- [ ] T001 Table of fees\n"));
        assert!(typed("- [x] T001 Table of fees\n"));
    }

    #[test]
    fn only_open_documents_keep_their_texts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let tickets = root.join(".tollgate/tickets");
        std::fs::create_dir_all(&tickets).unwrap();
        let text = |id: usize| format!("---\nschema_version: 1\nid: t-{id}\n---\n{}", "words\n".repeat(1000));
        for id in 0..100 {
            std::fs::write(tickets.join(format!("t-{id}.md")), text(id)).unwrap();
        }
        let mut analysis = analysis(&[root.to_str().unwrap()]);
        let scanned = crate::workbench::rescan(&root, &analysis.blobs(&root));
        assert_eq!(analysis.set_scanned(&root, scanned).stale.len(), 100);
        let kept = |analysis: &Analysis| {
            let files = analysis.of_root(&root).unwrap().project.files();
            files.filter(|file| file.text().is_some()).map(|file| file.stem().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kept(&analysis), [""; 0]);

        let path = tickets.join("t-7.md");
        let uri = DocumentUri::from(format!("file://{}", path.display()));
        let opened = serde_json::json!({ "textDocument": { "uri": *uri, "languageId": "markdown", "text": text(7) } });
        let mut documents = super::super::documents::Documents::default();
        let document = documents.open(serde_json::from_value(opened).unwrap());
        analysis.set_document(&document, Some(path));
        assert_eq!(kept(&analysis), ["t-7"]);
        let place = analysis.remove_document(&uri).read.pop_first().unwrap();
        analysis.set_on_disk(&place, Some(&text(7)));
        assert_eq!(kept(&analysis), [""; 0]);
        let known = crate::workbench::rescan(&root, &analysis.blobs(&root));
        assert!(known.len() == 100 && known.values().all(Option::is_none), "what is known is not understood again");
    }

    #[test]
    fn a_delivery_file_outside_of_every_folder_is_served_alone() {
        let mut analysis = analysis(&["/w"]);
        let place = analysis.place_of(Path::new("/x/.tollgate/tickets/a.md")).unwrap();
        assert_eq!((&*place.root, &*place.path), (Path::new("/x"), ".tollgate/tickets/a.md"));
        assert_eq!(analysis.folders().count(), 1);
    }
}
