//! A desk: one thread that owns one connection and does what it is asked, one thing after the other. SQLite is never
//! called from any other thread, and a handle to a desk can go anywhere.
//!
//! Writers of all processes pass one gate, an exclusive lock on `hub.lock`, before they begin: SQLite's own waiting is
//! sleep-and-retry without a queue, under which a busy writer starves the others for seconds.

use crate::{StoreError, place, schema};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Why something at a desk did not work; turned into a [`StoreError`] where the path is known.
#[derive(Debug)]
pub(crate) enum Failure {
    Sql(rusqlite::Error),
    Io(io::Error),
    Store(StoreError),
    Refused(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sql(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl Failure {
    fn at(self, path: &Path) -> StoreError {
        let message = match self {
            Failure::Store(error) => return error,
            Failure::Sql(error) => error.to_string(),
            Failure::Io(error) => error.to_string(),
            Failure::Refused(message) => message,
        };
        StoreError::Database { path: path.display().to_string(), message }
    }
}

/// What a desk is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// Money: a commit is on the disk before it is answered.
    Ledger,
    /// Heartbeats: the last ones may be lost with the power, nothing is ever damaged.
    Beats,
    /// Reading only; never waits for a writer.
    Reading,
}

/// What lies on a desk.
pub(crate) struct Desk {
    connection: Connection,
    gate: File,
}

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// The way to a desk.
#[derive(Clone)]
pub(crate) struct Door {
    jobs: Sender<Job>,
    path: PathBuf,
}

/// An answer that is being worked on.
pub(crate) struct Pending<T> {
    answer: Receiver<Result<T, Failure>>,
    path: PathBuf,
}

impl<T> Pending<T> {
    /// Waits for the answer.
    pub(crate) fn wait(self) -> Result<T, StoreError> {
        let gone = || Err(Failure::Refused("its thread has ended".to_owned()));
        self.answer.recv().unwrap_or_else(|_| gone()).map_err(|failure| failure.at(&self.path))
    }
}

impl Door {
    /// Opens a connection and gives it a thread, which ends with the last clone of the door.
    pub(crate) fn open(directory: &Path, purpose: Purpose) -> Result<Door, StoreError> {
        let path = directory.join("hub.db");
        let mut desk = Desk::open(directory, &path, purpose).map_err(|failure| failure.at(&path))?;
        let (jobs, inbox) = channel::<Job>();
        let name = format!("ledger-{purpose:?}").to_lowercase();
        let run = move || inbox.into_iter().for_each(|job| job(&mut desk));
        std::thread::Builder::new().name(name).spawn(run).map_err(|error| Failure::Io(error).at(&path))?;
        Ok(Door { jobs, path })
    }

    /// Hands work in. Errors come with the answer.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> Result<T, Failure> + Send + 'static,
    ) -> Pending<T> {
        let (reply, answer) = channel();
        // When the thread is gone, or the asker no longer waits, nobody is left to be told.
        let _ = self.jobs.send(Box::new(move |desk| drop(reply.send(work(desk)))));
        Pending { answer, path: self.path.clone() }
    }

    /// One write transaction: all of `work`, or nothing when it answers with a failure.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Pending<T> {
        self.ask(move |desk| desk.write(work))
    }

    /// One consistent look.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Pending<T> {
        self.ask(move |desk| work(&desk.connection.transaction()?))
    }
}

impl Desk {
    fn open(directory: &Path, path: &Path, purpose: Purpose) -> Result<Desk, Failure> {
        let gate = place::private_file(&directory.join("hub.lock"))?;
        drop(place::private_file(path)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        if !(in_wal_mode(&connection)? && schema::is_current(&connection)?) {
            let _inside = Inside::enter(&gate)?;
            switch_to_wal(&connection)?;
            schema::migrate(&mut connection)?;
        }
        let durable = if purpose == Purpose::Ledger { "FULL" } else { "NORMAL" };
        connection.pragma_update(None, "synchronous", durable)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "query_only", purpose == Purpose::Reading)?;
        Ok(Desk { connection, gate })
    }

    fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let _inside = Inside::enter(&self.gate)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// The connection, for what is no transaction.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

fn in_wal_mode(connection: &Connection) -> Result<bool, Failure> {
    Ok(connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))? == "wal")
}

/// The switch needs the whole file for a moment and does not use the busy timeout, so a reader of another process may
/// be in the way even inside the gate: it is tried again for some seconds.
fn switch_to_wal(connection: &Connection) -> Result<(), Failure> {
    let mut tries = 0;
    loop {
        match connection.query_row("PRAGMA journal_mode = wal", [], |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(Failure::Refused(format!("it stays in journal mode `{mode}`"))),
            Err(error) if tries < 500 && is_busy(&error) => tries += 1,
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Being inside the write gate. The kernel opens it for the next when a process dies inside.
struct Inside<'a>(&'a File);

impl Inside<'_> {
    fn enter(gate: &File) -> Result<Inside<'_>, Failure> {
        loop {
            match gate.lock() {
                Ok(()) => return Ok(Inside(gate)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Fails only on a closed file, and then the lock is gone with it.
        let _ = self.0.unlock();
    }
}
