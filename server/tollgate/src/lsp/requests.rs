//! The table of requests in flight: an id goes in once, exactly one reply goes out, whoever comes first.
//!
//! A request is entered by the reader, before it waits for the lane, so a cancellation that follows at once finds it.

use super::{
    log::{Level, log},
    message::{Id, reply},
    outbox::Outbox,
    plain::plain,
};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tower_lsp::jsonrpc::Error;

/// Tells work that nobody waits for it any more.
#[derive(Clone, Default, Debug)]
pub(super) struct Cancellation(Arc<AtomicBool>);

thread_local! {
    static CURRENT: RefCell<Cancellation> = RefCell::default();
}

impl Cancellation {
    /// True once the reply has gone out without this work.
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The cancellation of the request that this thread is starting. Handlers are started in the lane with their
    /// parameters only, because the router has no place for more.
    pub(super) fn current() -> Cancellation {
        CURRENT.with_borrow(Clone::clone)
    }

    fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A request's place in the table.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    id: Id,
    /// Unique for the session, unlike `id`, which a client may use again.
    pub(super) serial: u64,
    cancellation: Cancellation,
}

impl Ticket {
    /// Makes this request's cancellation the current one of the thread.
    pub(super) fn enter(&self) {
        CURRENT.set(self.cancellation.clone());
    }
}

/// Where the reply goes.
#[derive(Clone)]
pub(super) enum ReplyTo {
    /// Out as a message of its own.
    Client,
    /// Out with the others of its batch.
    Batch(Arc<Batch>),
}

/// The replies to a batch, sent as one message when the last one is in.
pub(super) struct Batch(Mutex<(usize, Vec<Value>)>);

impl Batch {
    /// A batch that waits for this many replies.
    pub(super) fn of(replies: usize) -> Arc<Batch> {
        Arc::new(Batch(Mutex::new((replies, Vec::with_capacity(replies)))))
    }
}

struct Entry {
    serial: u64,
    method: String,
    cancellation: Cancellation,
    reply_to: ReplyTo,
    since: Instant,
}

/// The table. A clone is the same table.
#[derive(Clone)]
pub(super) struct Requests(Arc<Table>);

struct Table {
    live: Mutex<HashMap<Id, Entry>>,
    serial: AtomicU64,
    outbox: Outbox,
}

impl Requests {
    /// An empty table whose replies leave through `outbox`.
    pub(super) fn new(outbox: Outbox) -> Requests {
        Requests(Arc::new(Table { live: Mutex::default(), serial: AtomicU64::new(1), outbox }))
    }

    /// Enters a request. An id that is in flight is refused with `-32600`, and the first keeps its place.
    pub(super) fn enter(&self, id: Id, method: &str, reply_to: ReplyTo) -> Option<Ticket> {
        let ticket = Ticket {
            id: id.clone(),
            serial: self.0.serial.fetch_add(1, Ordering::Relaxed),
            cancellation: Cancellation::default(),
        };
        let mut live = self.live();
        if live.contains_key(&id) {
            drop(live);
            let mut error = Error::invalid_request();
            error.message = "a request with this id is still in flight".into();
            self.send(&reply_to, reply(Some(&id), Err(error)));
            return None;
        }
        let (serial, cancellation) = (ticket.serial, ticket.cancellation.clone());
        live.insert(id, Entry { serial, method: method.to_owned(), cancellation, reply_to, since: Instant::now() });
        Some(ticket)
    }

    /// True while nobody has replied.
    pub(super) fn is_live(&self, ticket: &Ticket) -> bool {
        self.live().get(&ticket.id).is_some_and(|entry| entry.serial == ticket.serial)
    }

    /// Replies, unless somebody already has.
    pub(super) fn finish(&self, ticket: &Ticket, outcome: Result<Value, Error>) {
        let entry = {
            let mut live = self.live();
            if live.get(&ticket.id).is_none_or(|entry| entry.serial != ticket.serial) {
                return;
            }
            live.remove(&ticket.id)
        };
        if let Some(entry) = entry {
            self.conclude(&ticket.id, &entry, outcome);
        }
    }

    /// `$/cancelRequest`: replies `-32800` at once and tells the work. The lifecycle cannot be cancelled.
    pub(super) fn cancel(&self, id: &Id) {
        let entry = {
            let mut live = self.live();
            if live.get(id).is_none_or(|entry| matches!(entry.method.as_str(), "initialize" | "shutdown")) {
                return;
            }
            live.remove(id)
        };
        if let Some(entry) = entry {
            entry.cancellation.cancel();
            self.conclude(id, &entry, Err(Error::request_cancelled()));
        }
    }

    /// Replies to something that never became a request.
    pub(super) fn refuse(&self, reply_to: &ReplyTo, id: Option<&Id>, error: Error) {
        self.send(reply_to, reply(id, Err(error)));
    }

    /// True when nothing waits for a reply.
    pub(super) fn is_empty(&self) -> bool {
        self.live().is_empty()
    }

    fn conclude(&self, id: &Id, entry: &Entry, outcome: Result<Value, Error>) {
        let code = outcome.as_ref().err().map(|error| error.code);
        log(Level::Debug, format_args!("{} {id}: {:?} in {:?}", entry.method, code, entry.since.elapsed()));
        let outcome = outcome.map_err(|mut error| {
            error.message = plain(&error.message).into();
            error
        });
        self.send(&entry.reply_to, reply(Some(id), outcome));
    }

    fn send(&self, reply_to: &ReplyTo, message: Value) {
        match reply_to {
            ReplyTo::Client => self.0.outbox.send(&message),
            ReplyTo::Batch(batch) => {
                let mut batch = batch.0.lock().unwrap_or_else(PoisonError::into_inner);
                batch.1.push(message);
                if batch.1.len() == batch.0 {
                    self.0.outbox.send(&Value::Array(std::mem::take(&mut batch.1)));
                }
            }
        }
    }

    fn live(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Entry>> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (Requests, std::sync::mpsc::Receiver<Vec<u8>>) {
        let (outbox, sent) = Outbox::new();
        (Requests::new(outbox), sent)
    }

    fn sent(queue: &std::sync::mpsc::Receiver<Vec<u8>>) -> Vec<Value> {
        let body = |bytes: Vec<u8>| {
            let start = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
            serde_json::from_slice(&bytes[start..]).unwrap()
        };
        queue.try_iter().map(body).collect()
    }

    #[test]
    fn replies_once_however_many_try() {
        let (requests, queue) = table();
        let id = Id::Text("a".into());
        let ticket = requests.enter(id.clone(), "m", ReplyTo::Client).unwrap();
        requests.cancel(&id);
        requests.cancel(&id);
        requests.finish(&ticket, Ok(Value::Null));
        let replies = sent(&queue);
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0]["error"]["code"], -32800);
        assert!(ticket.cancellation.is_cancelled());
    }

    #[test]
    fn a_late_result_does_not_answer_the_next_request_of_that_id() {
        let (requests, queue) = table();
        let id = Id::Number(1.into());
        let first = requests.enter(id.clone(), "m", ReplyTo::Client).unwrap();
        requests.cancel(&id);
        let second = requests.enter(id.clone(), "m", ReplyTo::Client).unwrap();
        requests.finish(&first, Ok(1.into()));
        requests.finish(&second, Ok(2.into()));
        assert_eq!(sent(&queue).iter().filter(|reply| reply["result"] == 2).count(), 1);
        assert!(requests.is_empty());
    }

    #[test]
    fn an_id_in_flight_is_refused_and_a_batch_is_answered_whole() {
        let (requests, queue) = table();
        let batch = ReplyTo::Batch(Batch::of(2));
        let id = Id::Number(7.into());
        let ticket = requests.enter(id.clone(), "m", batch.clone()).unwrap();
        assert!(requests.enter(id, "m", batch).is_none());
        assert!(sent(&queue).is_empty());
        requests.finish(&ticket, Ok(true.into()));
        let replies = sent(&queue);
        assert_eq!((replies.len(), replies[0].as_array().unwrap().len()), (1, 2));
    }
}
