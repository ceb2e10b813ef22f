//! `workspace/executeCommand`: what lenses and actions start. An untrusted root starts nothing, whatever is asked.

use crate::lsp::{
    commands,
    outbox::MessageKind,
    state::{Reply, State},
};
use futures_util::FutureExt;
use ide::live::Trust;
use serde_json::{Value, json};
use std::{
    future,
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_lsp::{
    gen_lsp_types::ExecuteCommandParams,
    jsonrpc::{Error, ErrorCode},
};

/// `-32803`: the request was understood and refused; the message is for the person.
pub(super) fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: message.into(), data: None }
}

/// Carries a command out.
pub(in crate::lsp) fn execute_command(state: &mut State, params: ExecuteCommandParams) -> Reply<Value> {
    let arguments = commands::arguments(params.arguments);
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let done = match params.command.as_str() {
        "tollgate.run" => run(state, text("root"), text("ticket"), text("pass")),
        "tollgate.cancel" => match text("run") {
            Some(run) => cancel(state, text("root"), run),
            None => Err(Error::invalid_params("`tollgate.cancel` takes {\"run\": …}")),
        },
        other => Err(Error::invalid_params(format!("there is no command `{}`", crate::lsp::plain::plain(other)))),
    };
    done.unwrap_or_else(|error| future::ready(Err(error)).boxed())
}

/// The root that is meant: the one named, else the only one, else the one of the front document.
pub(super) fn root_of(state: &State, named: Option<String>) -> Result<Arc<Path>, Error> {
    if let Some(named) = named {
        let wanted = PathBuf::from(named);
        let found = state.analysis.folders().find(|root| ***root == *wanted).cloned();
        return found.ok_or_else(|| refused("That folder is not open in this editor."));
    }
    if let Some(place) = state.front.as_ref().filter(|place| state.analysis.folders().any(|root| *root == place.root)) {
        return Ok(place.root.clone());
    }
    let mut folders = state.analysis.folders();
    folders.next().cloned().ok_or_else(|| refused("No folder is open."))
}

/// The root, when starting something in it is allowed.
fn trusted_root(state: &State, named: Option<String>) -> Result<Arc<Path>, Error> {
    let root = root_of(state, named)?;
    let trust = state.analysis.of_root(&root).map(|known| known.live.trust).unwrap_or_default();
    match trust {
        Trust::Reviewed => Ok(root),
        Trust::Restricted => Err(refused("untrusted: review the launch plan of this folder first.")),
        Trust::Changed => Err(refused("untrusted: the launch plan has changed since it was reviewed.")),
        Trust::Denied => Err(refused("untrusted: this folder was denied.")),
    }
}

/// Runs something that takes time, tells the person when it fails, and looks at the root again.
fn job(
    state: &mut State,
    work: impl FnOnce() -> anyhow::Result<Value> + Send + 'static,
    root: Option<Arc<Path>>,
) -> Reply<Value> {
    let (tasks, outbox) = (state.tasks.clone(), state.outbox.clone());
    async move {
        let done = tasks.runtime.spawn_blocking(work).await;
        if let Some(root) = root {
            tasks.lane.update(move |state| state.plan(root));
        }
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                outbox.show(MessageKind::Error, &format!("{error:#}"));
                Err(refused(crate::lsp::plain::plain(&format!("{error:#}"))))
            }
            Err(_) => Err(Error::internal_error()),
        }
    }
    .boxed()
}

fn named_pass(
    state: &State,
    root: &Path,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<(String, String), Error> {
    let live = state.analysis.of_root(root).map(|known| known.live.clone()).unwrap_or_default();
    let ticket = ticket.or_else(|| live.current.as_ref().map(|(ticket, _)| ticket.clone()));
    let ticket = ticket.ok_or_else(|| refused("There is no current ticket. Open one, or check out its branch."))?;
    let next = || live.tickets.get(&ticket).and_then(|ticket| ticket.next.clone());
    let why = || live.tickets.get(&ticket).map(|ticket| ticket.why.clone()).unwrap_or_default();
    let pass = pass.or_else(next).ok_or_else(|| refused(format!("{ticket} has no pass to run: {}", why())))?;
    Ok((ticket, pass))
}

fn run(
    state: &mut State,
    root: Option<String>,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<Reply<Value>, Error> {
    let root = trusted_root(state, root)?;
    let (ticket, pass) = named_pass(state, &root, ticket, pass)?;
    let live = state.analysis.of_root(&root).map(|known| known.live.clone()).unwrap_or_default();
    let shown = live.tickets.get(&ticket).and_then(|ticket| ticket.passes.iter().find(|known| known.id == pass));
    let title = shown.map_or_else(|| format!("Run pass {pass}"), ide::lenses::run_title);
    let asked = (!state.confirmed.contains(&root)).then(|| {
        let message = format!("{title} for {ticket}? This starts the agent.");
        let actions = json!([{"title": "Run"}, {"title": "Not now"}]);
        state.outbox.request("window/showMessageRequest", json!({"type": 3, "message": message, "actions": actions}))
    });
    let project = state.analysis.of_root(&root).map(|known| known.project.clone()).unwrap_or_default();
    let (tasks, outbox, bench) = (state.tasks.clone(), state.outbox.clone(), state.planner.bench(&root));
    Ok(async move {
        if let Some(asked) = asked {
            // No answer, an error and "Not now" are the same: nothing is started.
            let answer = asked.await.unwrap_or_default();
            if answer.get("title").and_then(Value::as_str) != Some("Run") {
                return Ok(json!({ "started": false }));
            }
            let confirmed = root.clone();
            tasks.lane.update(move |state| _ = state.confirmed.insert(confirmed));
        }
        let (from, planned) = (root.clone(), root.clone());
        let start = move || bench.with(&from, |bench| bench.start_run(&project, &ticket, &pass));
        let started = tasks.runtime.spawn_blocking(start).await;
        tasks.lane.update(move |state| state.plan(planned));
        match started {
            Ok(Ok(())) => Ok(json!({ "started": true })),
            Ok(Err(error)) => {
                outbox.show(MessageKind::Error, &format!("{error:#}"));
                Err(refused(crate::lsp::plain::plain(&format!("{error:#}"))))
            }
            Err(_) => Err(Error::internal_error()),
        }
    }
    .boxed())
}

fn cancel(state: &mut State, root: Option<String>, run: String) -> Result<Reply<Value>, Error> {
    let root = root_of(state, root)?;
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    let stop = move || bench.with(&from, |bench| Ok(json!({ "stopped": bench.stop(&run)? })));
    Ok(job(state, stop, Some(root)))
}
