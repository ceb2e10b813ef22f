//! The ordered lane: one thread that takes events one after the other and is the only one that changes the state.
//!
//! A notification runs to its end. A request's handler is polled once, which takes its snapshot, and finishes on the
//! runtime; so answers are never older than the changes sent before the question, and no handler can hold up the next.
//! Nothing here waits for the client.

use super::{
    lifecycle::{Ending, Phase, soften},
    log::{Level, log},
    outbox::Outbox,
    parent,
    requests::{Requests, Ticket},
    router::Backend,
    state::State,
};
use futures_util::FutureExt;
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Poll, Waker},
};
use tokio::runtime::Handle;
use tower_lsp::{
    LspService,
    jsonrpc::{Error, Request, Response},
};
use tower_service::Service;

/// What happens next.
pub(super) enum Event {
    /// The client asks.
    Request { ticket: Ticket, method: String, params: Option<Value> },
    /// The client tells.
    Notification { method: String, params: Option<Value> },
    /// A task brings its result.
    Update(Box<dyn FnOnce(&mut State) + Send>),
    /// The client has said its last word.
    Close,
}

/// The way into the lane. A clone leads to the same lane.
#[derive(Clone)]
pub(super) struct Lane {
    queue: Sender<(Event, usize)>,
    waiting: Arc<AtomicUsize>,
}

/// The other end of a [`Lane`].
pub(super) struct Inbox {
    queue: Receiver<(Event, usize)>,
    waiting: Arc<AtomicUsize>,
}

impl Lane {
    /// A lane without a driver yet.
    pub(super) fn new() -> (Lane, Inbox) {
        let (sender, receiver) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        (Lane { queue: sender, waiting: waiting.clone() }, Inbox { queue: receiver, waiting })
    }

    /// Adds an event that came as this many bytes. A lane that has ended takes events and does nothing.
    pub(super) fn push(&self, event: Event, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let _ = self.queue.send((event, bytes));
    }

    /// Adds a state change.
    pub(super) fn update(&self, change: impl FnOnce(&mut State) + Send + 'static) {
        self.push(Event::Update(Box::new(change)), 0);
    }

    /// Bytes of messages that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// What drives the lane.
pub(super) struct Driver {
    pub(super) inbox: Inbox,
    pub(super) service: LspService<Backend>,
    pub(super) state: Arc<Mutex<State>>,
    pub(super) requests: Requests,
    pub(super) outbox: Outbox,
    pub(super) runtime: Handle,
    /// Set when the client asked us to shut down.
    pub(super) shut_down: Arc<AtomicBool>,
    /// Told when the process that started us is gone.
    pub(super) ending: Sender<Ending>,
}

impl Driver {
    /// Runs until the client has said its last word.
    pub(super) fn run(mut self) {
        let (mut phase, mut ahead) = (Phase::default(), Ahead::default());
        while let Some(event) = ahead.next(&self.inbox) {
            match event {
                Event::Close => return,
                Event::Update(change) => {
                    self.guarded(|driver| change(&mut driver.lock()));
                }
                Event::Notification { method, params } => self.notification(&phase, &method, params),
                Event::Request { ticket, method, params } => self.request(&mut phase, &ticket, method, params),
            }
            self.lock().settle(|uri| ahead.will_change(uri));
        }
    }

    fn notification(&mut self, phase: &Phase, method: &str, params: Option<Value>) {
        if !phase.admits_notification() {
            return log(Level::Info, format_args!("{method} outside of a session was ignored"));
        }
        let params = params.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let document = params.pointer("/textDocument/uri").and_then(Value::as_str).map(str::to_owned);
        let call = Request::build(method.to_owned()).params(params).finish();
        let survived = self.guarded(|driver| {
            // Notifications are synchronous (see `router`), so one poll runs them to their end.
            let done = driver.service.call(call).now_or_never();
            if done.is_none() {
                log(Level::Error, format_args!("a notification handler waited and was dropped"));
            }
        });
        if let (false, Some(uri)) = (survived, document) {
            self.lock().lose(|other| other == uri);
        }
    }

    fn request(&mut self, phase: &mut Phase, ticket: &Ticket, method: String, params: Option<Value>) {
        if !self.requests.is_live(ticket) {
            return;
        }
        if let Err(error) = phase.admit_request(&method) {
            return self.requests.finish(ticket, Err(error));
        }
        let params = match (&*phase, method.as_str(), params) {
            (Phase::Fresh, "initialize", Some(params)) => Some(self.begin(params)),
            (_, _, params) => params,
        };
        let call = Request::build(method.clone()).id(ticket.serial.cast_signed());
        let call = params.into_iter().fold(call, |call, params| call.params(params)).finish();
        ticket.enter();
        let mut first = None;
        self.guarded(|driver| {
            let mut work = driver.service.call(call);
            let poll = work.poll_unpin(&mut Context::from_waker(Waker::noop()));
            first = Some((poll, work));
        });
        match first {
            None => self.requests.finish(ticket, Err(Error::internal_error())),
            Some((Poll::Ready(response), _)) => {
                let outcome = outcome(response);
                phase.after(&method, outcome.is_ok());
                if *phase == Phase::ShutDown {
                    self.shut_down.store(true, Ordering::SeqCst);
                }
                self.requests.finish(ticket, outcome);
            }
            Some((Poll::Pending, work)) => {
                let (requests, outbox, ticket) = (self.requests.clone(), self.outbox.clone(), ticket.clone());
                self.runtime.spawn(async move {
                    let response = AssertUnwindSafe(work).catch_unwind().await;
                    let outcome = response.map_or_else(
                        |_| {
                            outbox.apologise();
                            Err(Error::internal_error())
                        },
                        outcome,
                    );
                    requests.finish(&ticket, outcome);
                });
            }
        }
    }

    /// Reads what concerns us of `initialize`, however odd, and gives the rest to be read by its type.
    fn begin(&mut self, params: Value) -> Value {
        self.lock().begin(&params);
        if let Some(process) = params.get("processId").and_then(Value::as_i64) {
            parent::watch(process, self.ending.clone());
        }
        soften(params)
    }

    /// Runs a handler; a panic in it stays in it. The panic hook has logged it. False when there was one.
    fn guarded(&mut self, handler: impl FnOnce(&mut Driver)) -> bool {
        let survived = catch_unwind(AssertUnwindSafe(|| handler(self))).is_ok();
        if !survived {
            self.outbox.apologise();
        }
        survived
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Routed = Result<Option<Response>, tower_lsp::ExitedError>;

fn outcome(response: Routed) -> Result<Value, Error> {
    match response {
        Ok(Some(response)) => response.into_parts().1,
        // The router answers nothing to unknown methods that begin with `$/`.
        Ok(None) => Err(Error::method_not_found()),
        Err(_) => Err(Error::invalid_request()),
    }
}

/// The events that have arrived, and what they will change.
#[derive(Default)]
struct Ahead {
    events: VecDeque<Event>,
    changes: HashMap<Subject, usize>,
}

/// What a notification changes.
#[derive(PartialEq, Eq, Hash)]
enum Subject {
    Document(String),
    /// Files, folders or settings, on which every document's diagnostics may depend.
    Everything,
}

impl Ahead {
    /// The next event; waits when there is none.
    fn next(&mut self, inbox: &Inbox) -> Option<Event> {
        if self.events.is_empty() {
            self.take(inbox.queue.recv().ok()?, inbox);
        }
        while let Ok(more) = inbox.queue.try_recv() {
            self.take(more, inbox);
        }
        let event = self.events.pop_front()?;
        if let Some(subject) = subject(&event)
            && let Entry::Occupied(mut count) = self.changes.entry(subject)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        Some(event)
    }

    fn take(&mut self, (event, bytes): (Event, usize), inbox: &Inbox) {
        inbox.waiting.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(subject) = subject(&event) {
            *self.changes.entry(subject).or_default() += 1;
        }
        self.events.push_back(event);
    }

    /// True when the document, or something it may depend on, changes again in what has arrived.
    fn will_change(&self, uri: &str) -> bool {
        !self.changes.is_empty()
            && (self.changes.contains_key(&Subject::Everything)
                || self.changes.contains_key(&Subject::Document(uri.to_owned())))
    }
}

fn subject(event: &Event) -> Option<Subject> {
    let Event::Notification { method, params } = event else { return None };
    match &**method {
        "textDocument/didOpen" | "textDocument/didChange" | "textDocument/didClose" => {
            let uri = params.as_ref()?.pointer("/textDocument/uri")?.as_str()?;
            Some(Subject::Document(uri.to_owned()))
        }
        "workspace/didChangeWatchedFiles"
        | "workspace/didChangeConfiguration"
        | "workspace/didChangeWorkspaceFolders" => Some(Subject::Everything),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn notification(method: &str, uri: &str) -> Event {
        let params = json!({ "textDocument": { "uri": uri } });
        Event::Notification { method: method.to_owned(), params: Some(params) }
    }

    #[test]
    fn knows_what_changes_again_before_it_is_quiet() {
        let ((lane, inbox), mut ahead) = (Lane::new(), Ahead::default());
        lane.push(notification("textDocument/didChange", "a"), 3);
        lane.push(notification("textDocument/didChange", "a"), 4);
        lane.push(notification("workspace/didChangeConfiguration", ""), 5);
        lane.update(|_| {});
        assert_eq!(lane.waiting(), 12);
        let mut next = || {
            ahead.next(&inbox).unwrap();
            (ahead.will_change("a"), ahead.will_change("b"))
        };
        assert_eq!([next(), next(), next(), next()], [(true, true), (true, true), (false, false), (false, false)]);
        assert_eq!(lane.waiting(), 0);
    }
}
