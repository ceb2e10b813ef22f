//! Which method is served by what, and in which of three ways. The way is in the type of the handler:
//!
//! * [`Routes::notification`] — `fn(&mut State, P)`: a state change. It runs in the lane, to its end, in order; being
//!   synchronous it cannot wait for the client.
//! * [`Routes::view`] — `fn(&Snapshot, P) -> Result<R>`: an answer from a snapshot that is taken in the lane and computed
//!   on a thread of its own. It cannot change anything.
//! * [`Routes::task`] — `fn(&mut State, P) -> Reply<R>`: a state change in the lane, then something that may wait.

use super::{
    handlers,
    log::{Level, log},
    outbox::Outbox,
    state::{Reply, Snapshot, State},
};
use futures_util::FutureExt;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tower_lsp::{
    LanguageServer, LspService, LspServiceBuilder,
    gen_lsp_types::{InitializeParams, InitializeResult, InitializedParams},
    jsonrpc::{Error, ErrorCode, Result},
};

/// What the handlers share: the state, locked by the lane only.
pub(super) struct Backend {
    state: Arc<Mutex<State>>,
    outbox: Outbox,
}

impl Backend {
    fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked is answered for elsewhere; the documents it left are still the client's.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        Ok(handlers::initialize(&mut self.state(), &params))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.state().initialized();
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// Everything that is served.
pub(super) fn service(state: Arc<Mutex<State>>, outbox: Outbox) -> LspService<Backend> {
    let builder = LspService::build_with_lifecycle_methods(|_| Backend { state, outbox });
    let routes = Routes(builder)
        .notification("textDocument/didOpen", State::opened)
        .notification("textDocument/didChange", State::changed)
        .notification("textDocument/didSave", State::saved)
        .notification("textDocument/didClose", State::closed)
        .notification("workspace/didChangeConfiguration", State::configuration_changed)
        .notification("workspace/didChangeWatchedFiles", State::files_changed)
        .notification("workspace/didChangeWorkspaceFolders", State::folders_changed)
        .notification("workspace/didRenameFiles", handlers::did_rename_files)
        .notification("$/setTrace", |_, _: Value| {})
        .notification("window/workDoneProgress/cancel", State::progress_cancelled)
        .view("textDocument/documentSymbol", handlers::document_symbol)
        .view("textDocument/foldingRange", handlers::folding_range)
        .view("textDocument/diagnostic", handlers::diagnostic)
        .view("textDocument/hover", handlers::hover)
        .view("textDocument/completion", handlers::completion)
        .view("completionItem/resolve", handlers::completion_resolve)
        .view("textDocument/codeLens", handlers::code_lens)
        .view("textDocument/inlayHint", handlers::inlay_hint)
        .view("textDocument/codeAction", handlers::code_action)
        .view("textDocument/semanticTokens/full", handlers::semantic_tokens_full)
        .view("textDocument/semanticTokens/full/delta", handlers::semantic_tokens_delta)
        .view("textDocument/semanticTokens/range", handlers::semantic_tokens_range)
        .view("textDocument/formatting", handlers::formatting)
        .view("textDocument/rangeFormatting", handlers::range_formatting)
        .view("codeAction/resolve", handlers::resolve_code_action)
        .view("textDocument/definition", handlers::definition)
        .view("textDocument/references", handlers::references)
        .view("textDocument/documentHighlight", handlers::document_highlight)
        .view("textDocument/prepareRename", handlers::prepare_rename)
        .view("textDocument/rename", handlers::rename)
        .view("workspace/willRenameFiles", handlers::will_rename_files)
        .view("textDocument/prepareCallHierarchy", handlers::prepare_call_hierarchy)
        .view("callHierarchy/incomingCalls", handlers::incoming_calls)
        .view("callHierarchy/outgoingCalls", handlers::outgoing_calls)
        .view("textDocument/documentLink", handlers::document_link)
        .view("textDocument/selectionRange", handlers::selection_range)
        .view("workspace/symbol", handlers::workspace_symbol)
        .task("workspace/executeCommand", handlers::execute_command)
        .task("tollgate/explain", handlers::explain)
        .task("tollgate/trace", handlers::trace)
        .task("tollgate/rule", handlers::rule)
        .task("tollgate/trustPlan", handlers::trust_plan)
        .task("tollgate/trustAllow", handlers::trust_allow)
        .task("tollgate/trustRevoke", handlers::trust_revoke)
        .task("tollgate/words", handlers::words)
        .task("tollgate/wordsAccept", handlers::words_accept)
        .task("tollgate/pendingGates", handlers::pending_gates)
        .task("tollgate/runLog", handlers::run_log)
        .task("tollgate/debugInformation", handlers::debug_information);
    #[cfg(debug_assertions)]
    let routes = super::probes::add(routes);
    routes.0.finish().0
}

/// The table while it is written.
pub(super) struct Routes(LspServiceBuilder<Backend>);

impl Routes {
    /// A state change that nobody waits for.
    pub(super) fn notification<P>(self, method: &'static str, handler: fn(&mut State, P)) -> Routes
    where
        P: DeserializeOwned + Send + 'static,
    {
        Routes(self.0.custom_method(method, move |backend: &Backend, params: Value| {
            match serde_json::from_value(params) {
                Ok(params) => handler(&mut backend.state(), params),
                Err(error) => log(Level::Warn, format_args!("{method} cannot be read and was ignored: {error}")),
            }
            future::ready(())
        }))
    }

    /// An answer that only looks.
    pub(super) fn view<P, R>(self, method: &'static str, handler: fn(&Snapshot, P) -> Result<R>) -> Routes
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
    {
        Routes(
            self.0
                .custom_method(method, move |backend: &Backend, about: AboutDocument<P>| backend.look(about, handler)),
        )
    }

    /// A state change with an answer that may take its time.
    pub(super) fn task<P, R>(self, method: &'static str, handler: fn(&mut State, P) -> Reply<R>) -> Routes
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
    {
        Routes(self.0.custom_method(method, move |backend: &Backend, params: P| handler(&mut backend.state(), params)))
    }
}

impl Backend {
    fn look<P, R>(&self, about: AboutDocument<P>, handler: fn(&Snapshot, P) -> Result<R>) -> Reply<R>
    where
        P: Send + 'static,
        R: Send + 'static,
    {
        let mut state = self.state();
        state.catch_up();
        let snapshot = state.snapshot(about.uri.as_deref());
        let work = state.tasks.runtime.spawn_blocking(move || {
            if snapshot.cancellation.is_cancelled() {
                return Err(Error::request_cancelled());
            }
            handler(&snapshot, about.params)
        });
        let outbox = self.outbox.clone();
        async move {
            work.await.unwrap_or_else(|failed| {
                if failed.is_panic() {
                    outbox.apologise();
                    return Err(Error::internal_error());
                }
                Err(server_cancelled())
            })
        }
        .boxed()
    }
}

/// `-32802`: the server gives the request up, here because it is leaving.
fn server_cancelled() -> Error {
    Error::new(ErrorCode::ServerError(-32802))
}

/// Parameters, and the document they are about as the client spells it.
struct AboutDocument<P> {
    uri: Option<String>,
    params: P,
}

impl<'de, P: DeserializeOwned> Deserialize<'de> for AboutDocument<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        // What is resolved carries its document in its data.
        let uri = value.pointer("/textDocument/uri").or_else(|| value.pointer("/data/uri"));
        let uri = uri.and_then(Value::as_str).map(str::to_owned);
        let params = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
        Ok(AboutDocument { uri, params })
    }
}
