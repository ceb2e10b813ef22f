//! Methods for the protocol tests: they make a handler do what no handler should. Not in release builds.

use super::{
    router::Routes,
    state::{Reply, Snapshot, State},
};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::{
    future,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use tower_lsp::jsonrpc::{Error, Result};

static ANSWERS: AtomicUsize = AtomicUsize::new(0);

/// Adds the methods.
pub(super) fn add(routes: Routes) -> Routes {
    routes
        .view("tollgate/test/text", text)
        .view("tollgate/test/sleep", sleep)
        .view("tollgate/test/panic", |_, _: Value| -> Result<()> { panic!("asked to") })
        .task("tollgate/test/panicInLane", |_, _: Value| -> Reply<()> { panic!("asked to") })
        .notification("tollgate/test/panicInNotification", |_, _: Value| panic!("asked to"))
        .notification("tollgate/test/ask", ask)
        .task("tollgate/test/askAndWait", ask_and_wait)
        .task("tollgate/test/answers", |_, _: Value| future::ready(Ok(ANSWERS.load(Ordering::SeqCst))).boxed())
}

/// The server's copy of a document, and the version it belongs to.
fn text(snapshot: &Snapshot, _: Value) -> Result<Value> {
    let document = snapshot.document()?;
    Ok(document
        .map_or(Value::Null, |document| json!({ "text": &*document.buffer.text(), "version": document.version })))
}

/// Works for `ms` milliseconds, or until nobody waits any more.
fn sleep(snapshot: &Snapshot, params: Value) -> Result<Value> {
    let end = Instant::now() + Duration::from_millis(params.get("ms").and_then(Value::as_u64).unwrap_or_default());
    while Instant::now() < end {
        if snapshot.cancellation.is_cancelled() {
            return Err(Error::request_cancelled());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(json!("slept"))
}

/// Asks the client something; the answer counts when it comes.
fn ask(state: &mut State, params: Value) {
    state.ask("test/question", params, |_, answer| {
        if answer.is_ok() {
            ANSWERS.fetch_add(1, Ordering::SeqCst);
        }
    });
}

/// Asks the client something, and answers with what it said.
fn ask_and_wait(state: &mut State, params: Value) -> Reply<Value> {
    let answer = state.outbox.request("test/question", params);
    async move { answer.await.map_err(|_| Error::internal_error()) }.boxed()
}
