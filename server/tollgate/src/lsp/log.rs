//! The server's own log: standard error and, when asked, a file. One line an entry, escaped by [`plain`].
//!
//! Entries go through a bounded queue to a thread of their own and are dropped when it is full: a client that does not
//! drain our standard error must not be able to stop the server. The level comes from `TOLLGATE_LOG`
//! (`off`, `error`, `warn`, `info`, `debug`; `warn` unless told).

use super::plain::plain;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        OnceLock,
        mpsc::{Receiver, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

/// How much an entry matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    /// Something of ours is broken.
    Error,
    /// Something of the client's is.
    Warn,
    /// Milestones of the session.
    Info,
    /// Every request with its duration.
    Debug,
}

struct Log {
    level: Option<Level>,
    queue: SyncSender<Entry>,
}

enum Entry {
    Line(String),
    Flush(std::sync::mpsc::Sender<()>),
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Starts the log. A second start changes nothing.
pub(super) fn start(file: Option<&Path>) -> io::Result<()> {
    let file = file.map(|path| OpenOptions::new().append(true).create(true).open(path)).transpose()?;
    let level = match std::env::var("TOLLGATE_LOG").unwrap_or_default().to_ascii_lowercase().as_str() {
        "off" => None,
        "error" => Some(Level::Error),
        "info" => Some(Level::Info),
        "debug" | "trace" => Some(Level::Debug),
        _ => Some(Level::Warn),
    };
    let (queue, entries) = sync_channel(1024);
    thread::Builder::new().name("log".into()).spawn(move || write_entries(&entries, file))?;
    let _ = LOG.set(Log { level, queue });
    Ok(())
}

/// Logs one entry; costs nothing when its level is off.
pub(super) fn log(level: Level, message: std::fmt::Arguments<'_>) {
    if let Some(log) = LOG.get().filter(|log| log.level >= Some(level)) {
        let line = format!("{} {level:?} {}\n", jiff::Timestamp::now(), plain(&message.to_string()));
        let _ = log.queue.try_send(Entry::Line(line));
    }
}

/// Waits, but not long, until what was logged is written.
pub(super) fn flush() {
    let (done, wait) = channel();
    if LOG.get().is_some_and(|log| log.queue.try_send(Entry::Flush(done)).is_ok()) {
        let _ = wait.recv_timeout(Duration::from_millis(200));
    }
}

fn write_entries(entries: &Receiver<Entry>, mut file: Option<File>) {
    for entry in entries {
        match entry {
            // A log that cannot be written has nobody to tell.
            Entry::Line(line) => {
                let _ = io::stderr().write_all(line.as_bytes());
                if let Some(file) = &mut file {
                    let _ = file.write_all(line.as_bytes());
                }
            }
            Entry::Flush(done) => drop(done.send(())),
        }
    }
}
