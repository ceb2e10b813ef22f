//! What the server says: replies, notifications, and requests of its own.
//!
//! The queue has no bound and sending never waits, so nothing that runs in the lane can be stopped by a client that does
//! not read. [`Outbox::unsent`] lets the reader slow down instead. Answers to our requests are delivered by the reader
//! thread past the lane; a client that never answers costs one map entry.

use super::{
    log::{Level, log},
    message::Id,
};
use futures_util::{FutureExt, future::BoxFuture};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
};
use tokio::sync::oneshot;

/// What the client answered to a request of ours; the error is its error object, or null when it left.
pub(super) type Answer = Result<Value, Value>;

/// The way out. A clone is the same way.
#[derive(Clone)]
pub(super) struct Outbox(Arc<Inner>);

struct Inner {
    queue: Sender<Vec<u8>>,
    unsent: AtomicUsize,
    waiting: Mutex<Waiting>,
    next: AtomicI64,
    apologised: AtomicBool,
}

enum Waiting {
    For(HashMap<i64, oneshot::Sender<Answer>>),
    ClientGone,
}

#[derive(Serialize)]
struct Call<'a, P> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    method: &'a str,
    params: P,
}

impl Outbox {
    /// An outbox, and the frames that [`write_frames`] has to write.
    pub(super) fn new() -> (Outbox, Receiver<Vec<u8>>) {
        let (queue, frames) = channel();
        let inner = Inner {
            queue,
            unsent: AtomicUsize::new(0),
            waiting: Mutex::new(Waiting::For(HashMap::new())),
            next: AtomicI64::new(1),
            apologised: AtomicBool::new(false),
        };
        (Outbox(Arc::new(inner)), frames)
    }

    /// Sends a message as it is.
    pub(super) fn send(&self, message: &impl Serialize) {
        let body = match serde_json::to_vec(message) {
            Ok(body) => body,
            Err(error) => return log(Level::Error, format_args!("a message could not be written: {error}")),
        };
        let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        frame.extend_from_slice(&body);
        self.0.unsent.fetch_add(frame.len(), Ordering::Relaxed);
        // Fails only when the writer is gone, and then the process is leaving.
        let _ = self.0.queue.send(frame);
    }

    /// Sends a notification.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(&Call { jsonrpc: "2.0", id: None, method, params });
    }

    /// Sends a request at once. Await the answer in a spawned task, never in the lane.
    pub(super) fn request(&self, method: &str, params: impl Serialize) -> BoxFuture<'static, Answer> {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        if let Waiting::For(waiting) = &mut *self.waiting() {
            waiting.insert(id, answer);
        }
        self.send(&Call { jsonrpc: "2.0", id: Some(id), method, params });
        async move { answered.await.unwrap_or(Err(Value::Null)) }.boxed()
    }

    /// Hands an answer to whoever asked. One that nobody asked for is dropped.
    pub(super) fn deliver(&self, id: &Id, answer: Answer) {
        let Id::Number(number) = id else { return };
        let asked = match (&mut *self.waiting(), number.as_i64()) {
            (Waiting::For(waiting), Some(number)) => waiting.remove(&number),
            _ => None,
        };
        if let Some(asked) = asked {
            let _ = asked.send(answer);
        }
    }

    /// The client will answer nothing more: everybody who waits is told so.
    pub(super) fn client_gone(&self) {
        *self.waiting() = Waiting::ClientGone;
    }

    /// Shows a message of ours to the person.
    pub(super) fn show(&self, kind: MessageKind, message: &str) {
        self.notify("window/showMessage", json!({ "type": kind as u8, "message": super::plain::plain(message) }));
    }

    /// Tells the person, once a session, that something of ours broke. Where it broke is in the log.
    pub(super) fn apologise(&self) {
        if !self.0.apologised.swap(true, Ordering::Relaxed) {
            self.show(
                MessageKind::Error,
                "Tollgate hit an internal error and goes on without that answer. Its log says where.",
            );
        }
    }

    /// Bytes that the client has not taken yet.
    pub(super) fn unsent(&self) -> usize {
        self.0.unsent.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `MessageType` of the protocol.
#[derive(Clone, Copy, Debug)]
pub(super) enum MessageKind {
    /// Something failed.
    Error = 1,
    /// Something did not go as wished.
    Warning = 2,
    /// Something that was asked for is done.
    Information = 3,
}

/// Writes frames until the queue ends or the client stops reading for good. Small ones leave together.
pub(super) fn write_frames(frames: &Receiver<Vec<u8>>, outbox: &Outbox, mut out: impl Write) -> io::Result<()> {
    while let Ok(mut bytes) = frames.recv() {
        while bytes.len() < 64 << 10
            && let Ok(more) = frames.try_recv()
        {
            bytes.extend_from_slice(&more);
        }
        out.write_all(&bytes)?;
        out.flush()?;
        outbox.0.unsent.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reaches_who_asked_and_silence_ends_with_the_client() {
        let (outbox, frames) = Outbox::new();
        let (first, second) = (outbox.request("a", ()), outbox.request("b", ()));
        outbox.deliver(&Id::Number(2.into()), Ok(5.into()));
        outbox.deliver(&Id::Number(77.into()), Ok(6.into()));
        outbox.deliver(&Id::Text("x".into()), Ok(7.into()));
        outbox.client_gone();
        assert_eq!(second.now_or_never(), Some(Ok(5.into())));
        assert_eq!(first.now_or_never(), Some(Err(Value::Null)));
        assert_eq!(outbox.request("c", ()).now_or_never(), Some(Err(Value::Null)));
        assert_eq!(frames.try_iter().count(), 3);
    }
}
