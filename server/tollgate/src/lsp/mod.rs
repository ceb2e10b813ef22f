//! The language server: `tollgate lsp`.
//!
//! Bytes take this way, one file a station:
//!
//! ```text
//! stdin ─ stdio ─ codec ─ message ─ reader ─ lane ─ router ─ handlers ─ requests ─ outbox ─ stdout
//! ```
//!
//! * The *reader* thread turns bytes into messages and never waits for anybody.
//! * The *lane* thread owns the [`state`] and handles one message after the other; it never waits for the client.
//! * Work runs on a small tokio runtime and brings its results back into the lane.
//! * The *writer* thread is the only one that writes standard output.
//!
//! `tower_lsp` gives the types and routes a method to its handler. Its own loop and client are not used: they reorder
//! messages, stand still when four handlers wait for the client, and end with a malformed frame or a panic.
//!
//! Only [`convert`] knows positions; only [`analysis`] talks to `ide`. Idle, all threads sleep and none has a timer.

mod analysis;
mod client;
mod closed;
mod codec;
mod commands;
mod convert;
mod diagnostics;
mod documents;
mod handlers;
mod judging;
mod lane;
mod lifecycle;
mod log;
mod manual;
mod message;
mod nonces;
mod outbox;
mod parent;
pub(crate) mod plain;
mod planner;
#[cfg(debug_assertions)]
mod probes;
mod progress;
mod reader;
mod requests;
mod router;
mod settings;
mod state;
mod state_watch;
mod stdio;
mod token_memory;
mod traces;
mod watch;
mod watching;
mod workspace;
mod workspace_edit;

use lane::{Driver, Event, Lane};
use lifecycle::Ending;
use log::Level;
use outbox::Outbox;
use reader::Reader;
use requests::Requests;
use state::{State, Tasks};
use std::{
    io,
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::{self, Runtime};

/// How long what is still on its way may take once the client has said its last word.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves one client. The exit code is 0 when it asked us to shut down before it left, else 1.
pub(crate) fn serve(log_file: Option<&Path>) -> anyhow::Result<ExitCode> {
    log::start(log_file)?;
    runner::memory::share();
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may hold a document's text; a literal one cannot.
        let message = panic.payload().downcast_ref::<&str>().unwrap_or(&"(message withheld)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        log::log(Level::Error, format_args!("internal error at {place}: {message}"));
    }));
    let (input, output) = stdio::take()?;
    let runtime = start_runtime()?;
    let (outbox, frames) = Outbox::new();
    let (lane, inbox) = Lane::new();
    let requests = Requests::new(outbox.clone());
    let tasks = Tasks::new(runtime.handle().clone(), lane.clone(), outbox.clone());
    let state = Arc::new(Mutex::new(State::new(outbox.clone(), tasks)));
    let shut_down = Arc::new(AtomicBool::new(false));
    let (ending, ended) = channel();
    let (drained, lane_ended) = channel::<()>();

    let driver = Driver {
        inbox,
        service: router::service(state.clone(), outbox.clone()),
        state,
        requests: requests.clone(),
        outbox: outbox.clone(),
        runtime: runtime.handle().clone(),
        shut_down: shut_down.clone(),
        ending: ending.clone(),
    };
    start_thread("lane", move || {
        driver.run();
        drop(drained);
    })?;
    start_writer(ending.clone(), outbox.clone(), frames, output)?;
    let reader = Reader { lane: lane.clone(), requests: requests.clone(), outbox: outbox.clone() };
    start_thread("read", move || {
        reader.run(input);
        reader.lane.push(Event::Close, 0);
        reader.outbox.client_gone();
        let _ = ending.send(Ending::Asked);
    })?;

    let end = ended.recv().unwrap_or(Ending::Asked);
    log::log(Level::Info, format_args!("leaving: {end:?}"));
    if end == Ending::Asked {
        let deadline = Instant::now() + LAST_WORDS;
        let _ = lane_ended.recv_timeout(LAST_WORDS);
        wait_until(deadline, || (requests.is_empty() || shut_down.load(Ordering::SeqCst)) && outbox.unsent() == 0);
    }
    log::flush();
    runtime.shutdown_background();
    Ok(if shut_down.load(Ordering::SeqCst) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start_runtime() -> io::Result<Runtime> {
    runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .max_blocking_threads(6)
        // Threads that time out wake up to do so; these cost nothing while they sleep.
        .thread_keep_alive(Duration::from_secs(24 * 60 * 60))
        .thread_name("work")
        .build()
}

fn start_writer(
    ending: Sender<Ending>,
    outbox: Outbox,
    frames: std::sync::mpsc::Receiver<Vec<u8>>,
    output: std::fs::File,
) -> io::Result<()> {
    start_thread("write", move || {
        if let Err(error) = outbox::write_frames(&frames, &outbox, output) {
            log::log(Level::Info, format_args!("output cannot be written: {error}"));
            let _ = ending.send(Ending::Deaf);
        }
    })
}

fn start_thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(body).map(drop)
}

/// Used only while leaving, so looking again and again costs nobody anything.
fn wait_until(deadline: Instant, done: impl Fn() -> bool) {
    while !done() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
}
