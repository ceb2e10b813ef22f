//! The reader thread: bytes to messages. It never waits for a handler. Answers to our questions, cancellations and the end
//! are dealt with here, past the lane; everything else goes into it.

use super::{
    codec::{Codec, Frame},
    lane::{Event, Lane},
    log::{Level, log},
    message::{Body, Id, Message, parse},
    outbox::Outbox,
    requests::{Batch, ReplyTo, Requests},
};
use std::{
    io::{ErrorKind, Read},
    ops::ControlFlow,
    thread,
    time::Duration,
};
use tower_lsp::jsonrpc::Error;

/// Bytes that may wait in the lane and in the outbox together before we read more slowly. The lane never waits for the
/// client, so a pause here cannot become a standstill.
const BACKLOG: usize = 256 << 20;

/// What reads.
pub(super) struct Reader {
    pub(super) lane: Lane,
    pub(super) requests: Requests,
    pub(super) outbox: Outbox,
}

impl Reader {
    /// Reads until `exit` or the end of the input.
    pub(super) fn run(&self, mut input: impl Read) {
        let (mut codec, mut chunk) = (Codec::default(), vec![0; 64 << 10]);
        loop {
            match input.read(&mut chunk) {
                Ok(0) => return log(Level::Info, format_args!("end of input")),
                Ok(length) => codec.feed(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return log(Level::Warn, format_args!("input cannot be read: {error}")),
            }
            while let Some(frame) = codec.next() {
                if self.frame(frame).is_break() {
                    return log(Level::Info, format_args!("exit"));
                }
            }
            while self.lane.waiting() + self.outbox.unsent() > BACKLOG {
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    fn frame(&self, frame: Frame) -> ControlFlow<()> {
        let body = match frame {
            Frame::Body(body) => body,
            Frame::Bad(fault) => {
                log(Level::Warn, format_args!("{fault}"));
                let mut error = Error::parse_error();
                error.message = fault.to_string().into();
                self.requests.refuse(&ReplyTo::Client, None, error);
                return ControlFlow::Continue(());
            }
        };
        let bytes = body.len();
        match parse(&body) {
            Body::One(message) => self.message(message, &ReplyTo::Client, bytes),
            Body::Batch(messages) => {
                let answered =
                    |message: &&Message| matches!(message, Message::Request { .. } | Message::Invalid { .. });
                let replies = ReplyTo::Batch(Batch::of(messages.iter().filter(answered).count()));
                messages.into_iter().try_for_each(|message| self.message(message, &replies, bytes))
            }
            Body::Unreadable => {
                log(Level::Warn, format_args!("a message of {bytes} bytes is no JSON"));
                self.requests.refuse(&ReplyTo::Client, None, Error::parse_error());
                self.lane.update(move |state| {
                    let lost = String::from_utf8_lossy(&body);
                    if lost.contains("textDocument/did") {
                        state.lose(|uri| lost.contains(uri));
                    }
                });
                ControlFlow::Continue(())
            }
        }
    }

    fn message(&self, message: Message, reply_to: &ReplyTo, bytes: usize) -> ControlFlow<()> {
        match message {
            Message::Request { id, method, params } => {
                if let Some(ticket) = self.requests.enter(id, &method, reply_to.clone()) {
                    self.lane.push(Event::Request { ticket, method, params }, bytes);
                }
            }
            Message::Notification { method, .. } if method == "exit" => return ControlFlow::Break(()),
            Message::Notification { method, params } if method == "$/cancelRequest" => {
                if let Some(id) = params.as_ref().and_then(|params| params.get("id")).and_then(Id::read) {
                    self.requests.cancel(&id);
                }
            }
            Message::Notification { method, params } => self.lane.push(Event::Notification { method, params }, bytes),
            Message::Reply { id, outcome } => self.outbox.deliver(&id, outcome),
            Message::Invalid { id } => {
                log(Level::Warn, format_args!("a message of {bytes} bytes is no JSON-RPC 2.0"));
                self.requests.refuse(reply_to, id.as_ref(), Error::invalid_request());
            }
        }
        ControlFlow::Continue(())
    }
}
