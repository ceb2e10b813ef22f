//! The server's state. The lane owns it and is the only one that changes it; everybody else works on a [`Snapshot`].

use super::{
    analysis::{Analysis, AnalysisSnapshot, Effects, Place},
    client::Client,
    closed::Closed,
    diagnostics::{self, Diagnostics, Published},
    documents::{About, Changed, Document, DocumentUri, Documents, Opened, Standing},
    judging::Judging,
    lane::Lane,
    log::{Level, log},
    manual::Manual,
    nonces::Nonces,
    outbox::{MessageKind, Outbox},
    planner::Planner,
    requests::Cancellation,
    settings::{DiagnosticsRun, Settings},
    state_watch::StateWatch,
    token_memory::TokenMemory,
    traces::Traces,
    watching::Watching,
    workspace::{self, Folders},
};
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::runtime::Handle;
use tower_lsp::jsonrpc::{self, Error};

/// How many files that are not open are looked at in one task.
const CLOSED_AT_ONCE: usize = 64;

/// Everything the server knows.
pub(super) struct State {
    pub(super) client: Arc<Client>,
    /// Where the client finds what diagnostics mean.
    pub(super) manual: Arc<Manual>,
    pub(super) documents: Documents,
    pub(super) analysis: Analysis,
    pub(super) settings: Arc<Settings>,
    pub(super) folders: Folders,
    pub(super) diagnostics: Diagnostics,
    pub(super) outbox: Outbox,
    pub(super) tasks: Tasks,
    /// How many changes of files we were told of.
    pub(super) file_changes: usize,
    pub(super) watching: Watching,
    pub(super) planner: Planner,
    pub(super) judging: Judging,
    configuration: Configuration,
    refreshing: bool,
    /// Files that are not open and have diagnostics to compute.
    closed: HashMap<DocumentUri, Place>,
    /// Roots that are being read, and whether they have to be read again.
    scanning: HashMap<Arc<Path>, bool>,
    /// Open documents that are being diagnosed.
    diagnosing_open: usize,
    /// Files that are not open and wait to be diagnosed, with the number of the computation.
    closed_waiting: Vec<(u64, DocumentUri, Place)>,
    /// Tasks that diagnose files which are not open.
    diagnosing_closed: usize,
    /// True when a root was read whole and what that left free was not given back yet.
    untidy: bool,
    /// Open documents whose last change the analysis has not read yet.
    unread: HashSet<DocumentUri>,
    /// The document that was opened or changed last.
    pub(super) front: Option<Place>,
    /// Roots in which the person has confirmed a launch in this session.
    pub(super) confirmed: HashSet<Arc<Path>>,
    /// Roots in which the person is being asked about a launch.
    pub(super) asking: HashSet<Arc<Path>>,
    pub(super) state_watch: StateWatch,
    /// Nonces of gates and plans that were shown, until they are used.
    pub(super) nonces: Nonces,
    /// The tokens that were last sent of each document.
    tokens: Arc<TokenMemory>,
    pub(super) traces: Traces,
}

/// What a request takes along to its own thread. It does not change any more.
#[derive(Clone)]
pub(super) struct Snapshot {
    /// The client of the session.
    pub(super) client: Arc<Client>,
    /// Where the client finds what diagnostics mean.
    pub(super) manual: Arc<Manual>,
    /// The user's settings.
    pub(super) settings: Arc<Settings>,
    /// What is known.
    pub(super) analysis: AnalysisSnapshot,
    /// The document that the request is about, when it is open.
    pub(super) open: Option<Document>,
    /// Every open document.
    pub(super) documents: Documents,
    /// Says when nobody waits any more.
    pub(super) cancellation: Cancellation,
    /// Where to tell that a file was found changed.
    pub(super) lane: Lane,
    /// The tokens that were last sent of each document.
    pub(super) tokens: Arc<TokenMemory>,
}

impl Snapshot {
    /// The document to look into: none when it is not open or too large, and `-32801` when its text may be wrong.
    pub(super) fn document(&self) -> Result<Option<&Document>, Error> {
        match self.open.as_ref().map(Document::standing) {
            Some(Standing::Known) => Ok(self.open.as_ref()),
            Some(Standing::Lost) => Err(Error::content_modified()),
            Some(Standing::TooLarge) | None => Ok(None),
        }
    }
}

/// Whether an answer to `workspace/configuration` is on its way, and whether it will be out of date when it comes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Configuration {
    #[default]
    Known,
    Asked,
    AskAgain,
}

/// Where work goes that must not run in the lane.
#[derive(Clone)]
pub(super) struct Tasks {
    pub(super) runtime: Handle,
    pub(super) lane: Lane,
    outbox: Outbox,
}

impl Tasks {
    /// Work on this runtime, with results for this lane.
    pub(super) fn new(runtime: Handle, lane: Lane, outbox: Outbox) -> Tasks {
        Tasks { runtime, lane, outbox }
    }

    /// Starts work that waits: for the client, for a process, for time.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let outbox = self.outbox.clone();
        self.runtime.spawn(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                outbox.apologise();
            }
        });
    }

    /// Starts work that computes, and brings its result back into the lane.
    pub(super) fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut State, T) + Send + 'static,
    ) {
        let (lane, runtime) = (self.lane.clone(), self.runtime.clone());
        self.spawn(async move {
            match runtime.spawn_blocking(work).await {
                Ok(result) => lane.update(move |state| then(state, result)),
                Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
                // The runtime is going down.
                Err(_) => {}
            }
        });
    }
}

impl State {
    /// The state of a session that has not begun.
    pub(super) fn new(outbox: Outbox, tasks: Tasks) -> State {
        State {
            client: Arc::default(),
            manual: Arc::default(),
            documents: Documents::default(),
            analysis: Analysis::default(),
            settings: Arc::default(),
            folders: Folders::default(),
            diagnostics: Diagnostics::default(),
            outbox,
            tasks,
            file_changes: 0,
            watching: Watching::default(),
            planner: Planner::default(),
            judging: Judging::default(),
            configuration: Configuration::default(),
            refreshing: false,
            closed: HashMap::new(),
            scanning: HashMap::new(),
            diagnosing_open: 0,
            closed_waiting: Vec::new(),
            diagnosing_closed: 0,
            untidy: false,
            unread: HashSet::new(),
            front: None,
            confirmed: HashSet::new(),
            asking: HashSet::new(),
            state_watch: StateWatch::default(),
            nonces: Nonces::default(),
            tokens: Arc::default(),
            traces: Traces::default(),
        }
    }

    /// A snapshot for a request about `uri`, or about no document.
    pub(super) fn snapshot(&self, uri: Option<&str>) -> Snapshot {
        Snapshot {
            client: self.client.clone(),
            manual: self.manual.clone(),
            settings: self.settings.clone(),
            analysis: self.analysis.snapshot(uri),
            open: uri.and_then(|uri| self.documents.get(uri)).cloned(),
            documents: self.documents.clone(),
            cancellation: Cancellation::current(),
            lane: self.tasks.lane.clone(),
            tokens: self.tokens.clone(),
        }
    }

    /// `textDocument/didOpen`
    pub(super) fn opened(&mut self, opened: Opened) {
        let document = self.documents.open(opened);
        self.document_changed(&document, true);
    }

    /// `textDocument/didChange`
    pub(super) fn changed(&mut self, changed: Changed) {
        let Some(document) = self.documents.change(changed, self.client.encoding).cloned() else {
            return log(Level::Warn, format_args!("a change of a document that is not open was ignored"));
        };
        let now = self.settings.diagnostics_run == DiagnosticsRun::OnType || document.standing() == Standing::Lost;
        self.document_changed(&document, now);
    }

    /// A message was lost that may have changed these documents.
    pub(super) fn lose(&mut self, which: impl Fn(&str) -> bool) {
        for uri in self.documents.lose(which) {
            let effects = self.analysis.remove_document(&uri);
            self.apply(effects);
            self.mark(&uri);
        }
    }

    /// `textDocument/didSave`
    pub(super) fn saved(&mut self, about: About) {
        if self.documents.get(about.uri()).is_some() {
            self.mark(about.uri());
            self.keep_what_was_saved(about.uri());
        }
        // A saved source file may be an input of a pass or the place of a finding.
        let effects = workspace::path_of(about.uri()).map(|path| self.analysis.files_changed(&[path]));
        self.apply(effects.unwrap_or_default());
    }

    /// `textDocument/didClose`
    pub(super) fn closed(&mut self, about: About) {
        if self.documents.close(about.uri()).is_none() {
            return;
        }
        self.unread.remove(about.uri());
        self.tokens.forget(about.uri());
        let place = self.analysis.place(about.uri()).cloned();
        let effects = self.analysis.remove_document(about.uri());
        self.apply(effects);
        if let Some(place) = place {
            self.judge_on_disk(&place);
        }
        if let Some(message) = self.diagnostics.close(about.uri(), &self.client)
            && !self.client.pulls_diagnostics
        {
            self.outbox.notify("textDocument/publishDiagnostics", message);
        }
    }

    /// `workspace/didChangeWatchedFiles`
    pub(super) fn files_changed(&mut self, event: Value) {
        let changes = event.get("changes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let paths: Vec<PathBuf> =
            changes.iter().filter_map(|change| workspace::path_of(change.get("uri")?.as_str()?)).collect();
        self.paths_changed(&paths);
    }

    /// Files changed on disk.
    pub(super) fn paths_changed(&mut self, paths: &[PathBuf]) {
        self.file_changes += paths.len();
        let effects = self.analysis.files_changed(paths);
        self.apply(effects);
        for place in paths.iter().filter_map(|path| self.analysis.place_in_folder(path)).collect::<Vec<_>>() {
            self.judge_on_disk(&place);
        }
    }

    /// `workspace/didChangeWorkspaceFolders`
    pub(super) fn folders_changed(&mut self, params: Value) {
        self.set_folders(|folders| folders.change(params.get("event").unwrap_or(&Value::Null)));
    }

    /// `workspace/didChangeConfiguration`: settings in the message count; else they are asked for.
    pub(super) fn configuration_changed(&mut self, params: Value) {
        let pushed = Settings::read_pushed(params.get("settings").unwrap_or(&Value::Null));
        match pushed {
            Some(settings) => self.set_settings(settings),
            None => self.ask_for_configuration(),
        }
    }

    /// The session begins; `params` are those of `initialize`, unread.
    pub(super) fn begin(&mut self, params: &Value) {
        self.set_folders(|folders| *folders = Folders::read(params));
        if let Some(settings) = params.get("initializationOptions").and_then(Settings::read_pushed) {
            self.keep_settings(settings);
        }
    }

    /// `initialized`: from here on we may ask the client.
    pub(super) fn initialized(&mut self) {
        let mut registrations = Vec::new();
        registrations.extend(self.watch_folders());
        if self.client.registers_configuration {
            let (method, section) = ("workspace/didChangeConfiguration", json!({ "section": "tollgate" }));
            registrations.push(json!({ "id": "configuration", "method": method, "registerOptions": section }));
        }
        if !registrations.is_empty() {
            self.ask("client/registerCapability", json!({ "registrations": registrations }), |_, answer| {
                if let Err(error) = answer {
                    log(Level::Warn, format_args!("the client refused to watch for us: {error}"));
                }
            });
        }
        self.ask_for_configuration();
    }

    /// Asks the client, and handles its answer in the lane when it comes.
    pub(super) fn ask(
        &self,
        method: &str,
        params: Value,
        then: impl FnOnce(&mut State, Result<Value, Value>) + Send + 'static,
    ) {
        let (answer, lane) = (self.outbox.request(method, params), self.tasks.lane.clone());
        self.tasks.spawn(async move {
            let answer = answer.await;
            lane.update(move |state| then(state, answer));
        });
    }

    /// Starts what became due: called by the lane after every event. `wait` tells whether a document will change again
    /// before anything else can happen to it.
    pub(super) fn settle(&mut self, wait: impl Fn(&str) -> bool) {
        self.read_changed(&wait);
        for uri in self.diagnostics.take_stale(wait) {
            if let Some(document) = self.documents.get(&uri).cloned() {
                let generation = self.diagnostics.start(&uri);
                let snapshot = Snapshot { cancellation: Cancellation::default(), ..self.snapshot(Some(&uri)) };
                self.diagnosing_open += 1;
                self.tasks.compute(
                    move || catch_unwind(AssertUnwindSafe(|| diagnostics::compute(&snapshot, &document))),
                    move |state, found| {
                        state.diagnosing_open -= 1;
                        state.publish(&uri, generation, found.unwrap_or_else(|panic| resume_unwind(panic)));
                    },
                );
            } else if let Some(place) = self.closed.remove(&uri) {
                self.closed_waiting.push((self.diagnostics.start(&uri), uri, place));
            }
        }
        self.diagnose_closed();
        self.tidy();
    }

    /// Gives back what the reading of a whole root and all that followed from it left free, when it is over.
    fn tidy(&mut self) {
        let busy = self.diagnosing_closed > 0
            || !self.closed_waiting.is_empty()
            || !self.scanning.is_empty()
            || self.planner.is_looking();
        if !busy && std::mem::take(&mut self.untidy) {
            self.tasks.compute(runner::memory::give_back, |_, ()| {});
        }
    }

    /// Computes the diagnostics of files that are not open, when no open document waits for its own. After a look at a whole
    /// root there are thousands: together in a few tasks, no more at a time than there are processors.
    fn diagnose_closed(&mut self) {
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        while self.diagnosing_open == 0 && self.diagnosing_closed < most && !self.closed_waiting.is_empty() {
            let first = self.closed_waiting.len().saturating_sub(CLOSED_AT_ONCE);
            let mut files = self.closed_waiting.split_off(first);
            files.retain(|(generation, uri, _)| self.diagnostics.is_wanted(uri, *generation));
            self.diagnose_files(files);
        }
    }

    fn diagnose_files(&mut self, files: Vec<(u64, DocumentUri, Place)>) {
        let snapshot = Snapshot { cancellation: Cancellation::default(), ..self.snapshot(None) };
        let compute = move |(generation, uri, place): (u64, DocumentUri, Place)| {
            let mut snapshot = snapshot.clone();
            let closed = Closed::new(place.root.clone(), snapshot.lane.clone());
            let known = snapshot.analysis.of_root(&place.root);
            let file = known.and_then(|known| closed.file(known, &place.path));
            let text = known.and_then(|known| match &file {
                Some(file) => file.text().cloned(),
                None => closed.text(known, &place.path),
            });
            // What is shown of a file that has changed stays until it was read.
            if closed.has_changed() {
                return None;
            }
            snapshot.analysis.turn_to(place, file);
            // Where nothing is known any more, an empty text has nothing to say, which clears what was shown.
            Some((generation, uri, diagnostics::compute_closed(&snapshot, &text.unwrap_or_default())))
        };
        self.diagnosing_closed += 1;
        self.tasks.compute(
            move || catch_unwind(AssertUnwindSafe(|| files.into_iter().filter_map(compute).collect::<Vec<_>>())),
            |state, found| {
                state.diagnosing_closed -= 1;
                for (generation, uri, found) in found.unwrap_or_else(|panic| resume_unwind(panic)) {
                    state.publish(&uri, generation, found);
                }
            },
        );
    }

    fn publish(&mut self, uri: &DocumentUri, generation: u64, found: Published) {
        if let Some(message) = self.diagnostics.arrived(uri, generation, found, &self.client) {
            self.outbox.notify("textDocument/publishDiagnostics", message);
        }
    }

    fn document_changed(&mut self, document: &Document, diagnose: bool) {
        self.unread.insert(document.uri.clone());
        if diagnose {
            self.mark(&document.uri);
        }
    }

    /// Reads every document that has changed, so that what is asked next is answered from the present texts.
    pub(super) fn catch_up(&mut self) {
        self.read_changed(|_| false);
    }

    /// Reads documents that have changed. Those for which `wait` is true change again before anything else can happen to
    /// them: a burst of changes is read once.
    fn read_changed(&mut self, wait: impl Fn(&str) -> bool) {
        let now: Vec<DocumentUri> = self.unread.extract_if(|uri| !wait(uri)).collect();
        for uri in now {
            if let Some(document) = self.documents.get(&uri).cloned() {
                self.read(&document);
            }
        }
    }

    fn read(&mut self, document: &Document) {
        let effects = if document.standing() == Standing::Known {
            self.analysis.set_document(document, workspace::path_of(&document.uri))
        } else {
            self.analysis.remove_document(&document.uri)
        };
        if !effects.scan.is_empty() {
            self.watch_roots();
        }
        if let Some(place) = self.analysis.place(&document.uri).cloned() {
            self.judge_typed(document, &place);
            self.front = Some(place);
        }
        // What the change means for this very document waits for the moment that the settings name.
        let own = |place: &Place| self.analysis.document(place) == Some(&document.uri);
        let stale = effects.stale.iter().filter(|place| !own(place)).cloned().collect();
        self.apply(Effects { stale, ..effects });
    }

    /// These documents' diagnostics have to be computed again, unless the client comes for them itself.
    fn mark(&mut self, uri: &DocumentUri) {
        if self.pushes() {
            self.diagnostics.mark(uri);
        }
    }

    /// True when diagnostics are sent without being asked for.
    fn pushes(&self) -> bool {
        !self.client.pulls_diagnostics && self.settings.diagnostics_run != DiagnosticsRun::Off
    }

    /// Something changed that every document's diagnostics may depend on.
    fn everything_changed(&mut self) {
        if !self.client.pulls_diagnostics {
            self.diagnostics.mark_all(self.documents.iter().map(|document| &document.uri));
            return;
        }
        if !std::mem::replace(&mut self.refreshing, true) {
            self.ask("workspace/diagnostic/refresh", Value::Null, |state, _| state.refreshing = false);
        }
    }

    fn set_folders(&mut self, change: impl FnOnce(&mut Folders)) {
        change(&mut self.folders);
        let effects = self.analysis.set_roots(self.folders.paths());
        self.watch_roots();
        self.apply(effects);
        self.everything_changed();
    }

    /// Starts what a change leads to.
    pub(super) fn apply(&mut self, effects: Effects) {
        self.tell_traces();
        for place in effects.stale {
            let uri = match self.analysis.document(&place) {
                Some(open) => open.clone(),
                None if !self.pushes() => continue,
                None => {
                    let Some(uri) = workspace::uri_of(&place.root.join(&*place.path)) else { continue };
                    self.closed.insert(uri.clone(), place);
                    uri
                }
            };
            self.mark(&uri);
        }
        for place in effects.read {
            let from = place.clone();
            self.tasks.compute(
                move || crate::workbench::Reader::new(&from.root).text(&from.path),
                move |state, text| {
                    let effects = state.analysis.set_on_disk(&place, text.as_deref());
                    state.apply(effects);
                },
            );
        }
        for root in effects.scan {
            self.scan(root);
        }
        for root in effects.plan {
            self.plan(root);
        }
        if effects.lenses {
            self.refresh_views();
        }
        if effects.tokens {
            self.refresh_tokens();
        }
    }

    /// Something was done in a root: what it wrote is read and everything looked at again, whether or not whoever watches
    /// the files tells of it.
    pub(super) fn refresh(&mut self, root: Arc<Path>) {
        self.plan(root.clone());
        self.scan(root);
    }

    /// Reads a root from disk; one reading at a time, and another one after it where something came in between.
    fn scan(&mut self, root: Arc<Path>) {
        if let Some(again) = self.scanning.get_mut(&root) {
            *again = true;
            return;
        }
        self.scanning.insert(root.clone(), false);
        let (from, known) = (root.clone(), self.analysis.blobs(&root));
        self.tasks.compute(
            move || crate::workbench::rescan(&from, &known),
            move |state, files| {
                let effects = state.analysis.set_scanned(&root, files);
                state.apply(effects);
                state.judge_all(&root);
                state.untidy = true;
                if state.scanning.remove(&root) == Some(true) {
                    state.scan(root);
                }
            },
        );
    }

    fn set_settings(&mut self, settings: Settings) {
        if *self.settings != settings {
            self.keep_settings(settings);
            self.everything_changed();
        }
    }

    /// Keeps settings, and says which of them contradict each other.
    fn keep_settings(&mut self, settings: Settings) {
        for disputed in &settings.disputed {
            log(Level::Warn, format_args!("settings: {disputed}"));
            self.outbox.show(MessageKind::Warning, disputed);
        }
        self.settings = Arc::new(settings);
    }

    fn ask_for_configuration(&mut self) {
        if !self.client.configuration {
            return;
        }
        if self.configuration != Configuration::Known {
            self.configuration = Configuration::AskAgain;
            return;
        }
        self.configuration = Configuration::Asked;
        self.ask("workspace/configuration", json!({ "items": [{ "section": "tollgate" }] }), |state, answer| {
            let again = std::mem::take(&mut state.configuration) == Configuration::AskAgain;
            if let Ok(sections) = answer {
                state.set_settings(Settings::read(sections.get(0).unwrap_or(&Value::Null)));
            }
            if again {
                state.ask_for_configuration();
            }
        });
    }
}

/// A reply that is still being worked on.
pub(super) type Reply<R> = BoxFuture<'static, jsonrpc::Result<R>>;
