//! A progress bar in the client for work on a thread of its own. It is gone when the work is, however that ended.

use super::{
    outbox::{Answer, Outbox},
    state::State,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::runtime::Handle;

/// A client that does not answer is shown nothing, and work does not wait for it longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that the client was asked for, where it shows any.
pub(super) struct Asked {
    answer: Option<BoxFuture<'static, Answer>>,
    runtime: Handle,
    title: String,
    bar: Bar,
}

/// A bar that is shown, or nothing.
pub(super) struct Bar {
    token: String,
    outbox: Outbox,
    shown: bool,
}

impl Bar {
    /// Asks for a bar that can be cancelled.
    pub(super) fn ask(state: &State, token: String, title: String) -> Asked {
        let request = || state.outbox.request("window/workDoneProgress/create", json!({ "token": token }));
        let answer = state.client.shows_progress.then(request);
        let bar = Bar { token, outbox: state.outbox.clone(), shown: false };
        Asked { answer, runtime: state.tasks.runtime.clone(), title, bar }
    }

    /// Says how far the work is.
    pub(super) fn report(&self, message: &str) {
        self.tell(&json!({"kind": "report", "message": message, "cancellable": true}));
    }

    fn tell(&self, value: &Value) {
        if self.shown {
            self.outbox.notify("$/progress", json!({"token": self.token, "value": value}));
        }
    }
}

impl Asked {
    /// Shows the bar. Waits for the client, so never in the lane.
    pub(super) fn open(self) -> Bar {
        let Asked { answer, runtime, title, mut bar } = self;
        let answered = |answer| runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
        bar.shown = answer.is_some_and(|answer| matches!(answered(answer), Ok(Ok(_))));
        bar.tell(&json!({"kind": "begin", "title": title, "cancellable": true}));
        bar
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.tell(&json!({"kind": "end"}));
    }
}
