//! `workspace/executeCommand`: what lenses and actions start. An untrusted root starts nothing, whatever is asked.

use super::navigation::View;
use crate::lsp::{
    analysis::Place,
    commands, convert,
    lane::Lane,
    nonces::Shown,
    outbox::{MessageKind, Outbox},
    progress::Bar,
    state::{Reply, State},
};
use crate::workbench::documents::{Word, attest as attested};
use crate::workbench::{Started, Workbench, failing};
use futures_util::FutureExt;
use ide::live::{PassLive, Trust};
use runner::home::Home;
use runner::process::Cancel;
use serde_json::{Value, json};
use spec::record::Verdict;
use std::{
    future,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use text::Span;
use tower_lsp::{
    gen_lsp_types::ExecuteCommandParams,
    jsonrpc::{Error, ErrorCode},
};

/// How long a question waits: a click much later is about something that the person no longer has in mind.
const PATIENCE: Duration = Duration::from_secs(60);

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
        "tollgate.agentReview" => agent_review(state, text("root"), text("ticket"), text("pass")),
        "tollgate.gate" => check_gate(state, text("root"), text("ticket"), text("pass")),
        "tollgate.apply" => apply(state, text("root"), text("run")),
        "tollgate.makeCurrent" => make_current(state, text("root"), text("ticket")),
        "tollgate.decide" => decide(state, &arguments),
        "tollgate.open" => open(state, &arguments),
        "tollgate.regenerate" => regenerate(state, text("root"), text("document")),
        "tollgate.attest" => attest(state, text("root"), text("document"), text("section"), text("reason")),
        "tollgate.rule" => explain_rule(state, &text("rule").unwrap_or_default()),
        "tollgate.cancel" => match text("run") {
            Some(run) => cancel(state, text("root"), run),
            None => Err(Error::invalid_params("`tollgate.cancel` takes {\"run\": …}")),
        },
        other => Err(Error::invalid_params(format!("there is no command `{}`", crate::lsp::plain::plain(other)))),
    };
    done.unwrap_or_else(|error| {
        if error.code == ErrorCode::ServerError(-32803) {
            note_refusal(state, arguments.get("root").and_then(Value::as_str), &params.command, &error);
        }
        future::ready(Err(error)).boxed()
    })
}

/// Keeps that something was tried and refused, for who looks later.
pub(super) fn note_refusal(state: &State, root: Option<&str>, what: &str, error: &Error) {
    let root = root.map(str::to_owned);
    let root = root.or_else(|| Some(state.analysis.folders().next()?.to_string_lossy().into_owned()));
    let (what, by, why) = (what.to_owned(), state.client.name.clone(), error.message.to_string());
    let write = move || {
        if let Some(home) = Home::from_environment() {
            runner::audit::refused(&home, &root.unwrap_or_default(), &what, &by, &why);
        }
    };
    state.tasks.compute(write, |_, ()| {});
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
            tasks.lane.update(move |state| state.refresh(root));
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

pub(super) fn named_pass(
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

/// The pass whose gate is meant: where none is named, the next one, else the one that waits for a person.
fn gated_pass(
    state: &State,
    root: &Path,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<(String, String), Error> {
    let live = state.analysis.of_root(root).map(|known| known.live.clone()).unwrap_or_default();
    let meant = ticket.as_ref().or(live.current.as_ref().map(|(ticket, _)| ticket));
    let known = meant.and_then(|ticket| live.tickets.get(ticket)).filter(|ticket| ticket.next.is_none());
    let waits = known.and_then(|ticket| ticket.passes.iter().find(|pass| pass.pending && pass.checks));
    let pass = pass.or_else(|| waits.map(|pass| pass.id.clone()));
    named_pass(state, root, ticket, pass)
}

fn run(
    state: &mut State,
    root: Option<String>,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<Reply<Value>, Error> {
    let root = trusted_root(state, root)?;
    let (ticket, pass) = named_pass(state, &root, ticket, pass)?;
    let shown = seen_pass(state, &root, &ticket, &pass)?;
    let starts = shown.map(|pass| [pass.model, pass.estimate]).unwrap_or_default();
    let starts = starts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let starts = if starts.is_empty() { String::new() } else { format!(" It starts {starts}.") };
    let question = (format!("Run pass {pass} of {ticket}?{starts}"), "Run");
    let starting = pass.clone();
    launch(state, root, pass, question, move |bench| bench.start_run(&ticket, &starting))
}

/// Lets the agent of a gate review what waits for it, as `tollgate gate` does: the named pass, else the one that waits.
fn agent_review(
    state: &mut State,
    root: Option<String>,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<Reply<Value>, Error> {
    let root = trusted_root(state, root)?;
    let live = state.analysis.of_root(&root).map(|known| known.live.clone()).unwrap_or_default();
    let meant = ticket.as_ref().or(live.current.as_ref().map(|(ticket, _)| ticket));
    let known = meant.and_then(|ticket| live.tickets.get(ticket));
    let waits = known.and_then(|ticket| ticket.passes.iter().find(|pass| pass.review.is_some()));
    let pass = pass.or_else(|| waits.map(|pass| pass.id.clone()));
    let (ticket, pass) = named_pass(state, &root, ticket, pass)?;
    let Some(review) = seen_pass(state, &root, &ticket, &pass)?.and_then(|pass| pass.review) else {
        return Err(refused(format!("Pass {pass} of {ticket} waits for no agent's review.")));
    };
    let starts = format!("It starts {}, {}.", review.model, review.estimate);
    let question = (format!("Let {} review pass {pass} of {ticket}? {starts}", review.agent), "Review");
    let starting = pass.clone();
    launch(state, root, pass, question, move |bench| bench.start_review(&ticket, &starting))
}

/// A pass as it is shown. One whose words this user has not seen starts nothing.
fn seen_pass(state: &State, root: &Path, ticket: &str, pass: &str) -> Result<Option<PassLive>, Error> {
    let live = state.analysis.of_root(root).map(|known| known.live.clone()).unwrap_or_default();
    let shown = live.tickets.get(ticket).and_then(|ticket| ticket.passes.iter().find(|known| known.id == pass));
    if shown.is_some_and(|pass| pass.unseen.is_some()) {
        let why = "what it tells its agent is not what you have seen. Look at it first.";
        return Err(refused(format!("untrusted: pass {pass}: {why}")));
    }
    Ok(shown.cloned())
}

/// Starts an agent, after the person said yes to the first of a root. `question` has its words and the button that says yes.
fn launch(
    state: &mut State,
    root: Arc<Path>,
    pass: String,
    (message, yes): (String, &'static str),
    start: impl FnOnce(&mut Workbench) -> anyhow::Result<Started> + Send + 'static,
) -> Result<Reply<Value>, Error> {
    let asks = !state.confirmed.contains(&root);
    if asks && !state.asking.insert(root.clone()) {
        return Err(refused("You are being asked about a run already."));
    }
    let asked = asks.then(|| {
        let actions = json!([{"title": yes}, {"title": "Not now"}]);
        state.outbox.request("window/showMessageRequest", json!({"type": 3, "message": message, "actions": actions}))
    });
    let (tasks, outbox, bench) = (state.tasks.clone(), state.outbox.clone(), state.planner.bench(&root));
    Ok(async move {
        if let Some(asked) = asked {
            // No answer in time, an error and "Not now" are the same: nothing is started.
            let waiting = tasks.runtime.spawn(async move { tokio::time::timeout(PATIENCE, asked).await });
            let answer = waiting.await.ok().and_then(Result::ok).and_then(Result::ok).unwrap_or_default();
            let answered = root.clone();
            tasks.lane.update(move |state| _ = state.asking.remove(&answered));
            if answer.get("title").and_then(Value::as_str) != Some(yes) {
                return Ok(json!({ "started": false }));
            }
            let confirmed = root.clone();
            tasks.lane.update(move |state| _ = state.confirmed.insert(confirmed));
        }
        let (from, planned) = (root.clone(), root.clone());
        let start = move || bench.with(&from, start);
        let started = tasks.runtime.spawn_blocking(start).await.map_err(|_| Error::internal_error())?;
        match started {
            Ok(started) => {
                let run = started.run.clone();
                listen(started, pass, planned, tasks.lane, outbox);
                Ok(json!({"started": true, "run": run}))
            }
            Err(error) => {
                outbox.show(MessageKind::Error, &format!("{error:#}"));
                Err(refused(crate::lsp::plain::plain(&format!("{error:#}"))))
            }
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

/// Follows a run that was started: every word of it is a reason to look again. It goes on when we leave.
fn listen(started: Started, pass: String, root: Arc<Path>, lane: Lane, outbox: Outbox) {
    let Started { mut child, .. } = started;
    let follow = move || {
        let lines = child.stdout.take().map(|output| BufReader::new(output).lines());
        for line in lines.into_iter().flatten().map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            let message = event.get("message").and_then(Value::as_str).unwrap_or_default();
            match event.get("event").and_then(Value::as_str) {
                Some("refused_to_start") => outbox.show(MessageKind::Error, message),
                Some("ended") if event.get("outcome").and_then(Value::as_str) != Some("ok") => {
                    let ended = match event.get("outcome").and_then(Value::as_str) {
                        Some("gate_failed") => "its gate failed, and its change is kept",
                        _ => "it ended without a result",
                    };
                    outbox.show(MessageKind::Warning, &format!("Pass {pass}: {ended}: {message}"));
                }
                Some("review_ended") => {
                    let good = event.get("good").and_then(Value::as_bool) == Some(true);
                    let kind = if good { MessageKind::Information } else { MessageKind::Warning };
                    outbox.show(kind, &format!("Review of pass {pass}: {message}"));
                }
                _ => {}
            }
            let root = root.clone();
            lane.update(move |state| state.plan(root));
        }
        let _ = child.wait();
        lane.update(move |state| state.refresh(root));
    };
    // Where no thread can be had the run goes on unseen until the next look.
    let _ = std::thread::Builder::new().name("run".into()).spawn(follow);
}

fn check_gate(
    state: &mut State,
    root: Option<String>,
    ticket: Option<String>,
    pass: Option<String>,
) -> Result<Reply<Value>, Error> {
    let root = trusted_root(state, root)?;
    let (ticket, pass) = gated_pass(state, &root, ticket, pass)?;
    let token = format!("gate {} {ticket} {pass}", root.display());
    if state.planner.checks.contains_key(&token) {
        return Err(refused(format!("The gate of pass {pass} is being checked already.")));
    }
    let cancel = Cancel::default();
    state.planner.checks.insert(token.clone(), cancel.clone());
    let bar = Bar::ask(state, token.clone(), format!("Tollgate: gate of pass {pass}"));
    let (from, outbox, lane) = (root.clone(), state.outbox.clone(), state.tasks.lane.clone());
    let check = move || {
        let bar = bar.open();
        // A workbench of its own: the commands may take minutes, and looking goes on meanwhile.
        let checked = Workbench::open(&from).and_then(|mut bench| {
            bench.check_gate((&ticket, &pass), &cancel, &mut |result| {
                bar.report(&format!("{}: {}", result.id, result.message));
            })
        });
        lane.update(move |state| _ = state.planner.checks.remove(&token));
        let results = checked?.results;
        match failing(&results) {
            None => outbox
                .show(MessageKind::Information, &format!("Gate of pass {pass}: every check passes on the work tree.")),
            Some(what) => outbox.show(MessageKind::Warning, &format!("Gate of pass {pass} failed: {what}")),
        }
        Ok(json!({ "state": runner::verify::state(&results) }))
    };
    Ok(job(state, check, Some(root)))
}

/// Puts the change of the named run, else of the newest that keeps one, into the work tree.
fn apply(state: &mut State, root: Option<String>, run: Option<String>) -> Result<Reply<Value>, Error> {
    let root = trusted_root(state, root)?;
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    let apply = move |bench: &mut Workbench| {
        let newest = || anyhow::Ok(bench.keeping()?.into_iter().next().map(|keeping| keeping.run));
        let run = run.map_or_else(newest, |run| Ok(Some(run)))?;
        let run = run.ok_or_else(|| anyhow::anyhow!("No run here keeps a change."))?;
        bench.apply(&run).map(|()| json!({"applied": true, "run": run}))
    };
    Ok(job(state, move || bench.with(&from, apply), Some(root)))
}

/// Makes a ticket the current one: a word about this user's editors, which starts nothing, so it needs no trust.
fn make_current(state: &mut State, root: Option<String>, ticket: Option<String>) -> Result<Reply<Value>, Error> {
    let ticket = ticket.ok_or_else(|| Error::invalid_params("`tollgate.makeCurrent` takes {\"ticket\": …}"))?;
    let root = root_of(state, root)?;
    let known = state.analysis.of_root(&root).is_some_and(|known| known.project.ticket(&ticket).is_some());
    if !known {
        return Err(refused(format!("There is no ticket `{}` here.", crate::lsp::plain::plain(&ticket))));
    }
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    let made = json!({ "ticket": ticket });
    Ok(job(state, move || bench.with(&from, |bench| bench.make_current(&ticket)).map(|()| made), Some(root)))
}

/// Opens a file of a root at a place, in the client.
fn open(state: &mut State, arguments: &Value) -> Result<Reply<Value>, Error> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let number =
        |name: &str| arguments.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let root = root_of(state, text("root"))?;
    let path = text("path").ok_or_else(|| Error::invalid_params("`tollgate.open` takes {\"path\": …}"))?;
    if !state.client.shows_documents {
        return Err(refused("This editor opens no files when it is told to."));
    }
    let snapshot = state.snapshot(None);
    let span = Span::new(number("from").unwrap_or(0), number("to").unwrap_or(0));
    let outbox = state.outbox.clone();
    Ok(async move {
        let place = Place { root: root.clone(), path: path.as_str().into() };
        let known = snapshot.analysis.of_root(&root).cloned().unwrap_or_default();
        let location = View::new(&snapshot, &known, root).location(&path, span);
        let uri = snapshot.analysis.uri(&place).ok_or_else(Error::internal_error)?;
        let selection = location.map(|location| location.range);
        let shown = json!({"uri": &*uri, "takeFocus": true, "selection": selection});
        outbox.request("window/showDocument", shown).await.map_err(|_| Error::internal_error())?;
        Ok(json!({ "shown": true }))
    }
    .boxed())
}

/// Lets the client write the regions of a document anew that nobody touched, and names of which there is one reading.
fn regenerate(state: &mut State, root: Option<String>, document: Option<String>) -> Result<Reply<Value>, Error> {
    let root = root_of(state, root)?;
    let path = document.ok_or_else(|| Error::invalid_params("`tollgate.regenerate` takes {\"document\": …}"))?;
    state.catch_up();
    if !state.client.applies_edits {
        return Err(refused("This editor takes no edits from a server: use `tollgate docs sync --write`."));
    }
    let place = Place { root: root.clone(), path: path.as_str().into() };
    let known = state.analysis.of_root(&root).map(|known| known.documents.clone()).unwrap_or_default();
    let open = state.analysis.document(&place).and_then(|uri| state.documents.get(uri)).cloned();
    let now = open.as_ref().map(|document| document.buffer.text());
    let page = known.page(&path).cloned().ok_or_else(|| refused("There is no such document."))?;
    let mended = ide::documents::mending::fix_all(&known, &path, now.as_deref());
    let mended = mended.ok_or_else(|| refused("Nothing in it can be written anew for certain right now."))?;
    let text = now.unwrap_or_else(|| page.text.clone());
    let encoding = state.client.encoding;
    let edit =
        |edit: &ide::TextEdit| json!({"range": convert::range_in(&text, edit.span, encoding), "newText": edit.text});
    let edits: Vec<Value> = mended.edits.iter().map(edit).collect();
    let uri = state.analysis.snapshot(None).uri(&place).ok_or_else(Error::internal_error)?;
    let changed = match state.client.edits_versioned {
        true => {
            let version = open.and_then(|document| document.version);
            json!({"documentChanges": [{"textDocument": {"uri": &*uri, "version": version}, "edits": edits}]})
        }
        false => json!({"changes": {(&*uri): edits}}),
    };
    let (outbox, count) = (state.outbox.clone(), mended.count);
    Ok(async move {
        let label = format!("Regenerate {path}");
        let answer = outbox.request("workspace/applyEdit", json!({"label": label, "edit": changed})).await;
        let applied = answer.is_ok_and(|answer| answer.get("applied") == Some(&Value::Bool(true)));
        Ok(json!({ "applied": applied, "count": count }))
    }
    .boxed())
}

/// A person says that a document, or a section of it, is in step with the code.
fn attest(
    state: &mut State,
    root: Option<String>,
    document: Option<String>,
    section: Option<String>,
    reason: Option<String>,
) -> Result<Reply<Value>, Error> {
    let root = root_of(state, root)?;
    let path = document.ok_or_else(|| Error::invalid_params("`tollgate.attest` takes {\"document\": …}"))?;
    let known = state.analysis.of_root(&root).cloned().unwrap_or_default();
    let page = known.documents.page(&path).cloned().ok_or_else(|| refused("There is no such document."))?;
    let ticket = known.live.current.as_ref().map(|(ticket, _)| ticket.clone());
    let from = root.clone();
    let work = move || {
        let word = Word { section: section.as_deref(), reason: reason.as_deref(), ticket: ticket.as_deref() };
        Ok(json!({ "attested": attested(&from, &page, &word)? }))
    };
    let lock = root.join(docs::lock::PATH);
    let (done, lane) = (job(state, work, None), state.tasks.lane.clone());
    Ok(async move {
        let done = done.await;
        lane.update(move |state| state.paths_changed(&[lock]));
        done
    }
    .boxed())
}

/// Approves or rejects a gate that was shown: the nonce says what over.
fn decide(state: &mut State, arguments: &Value) -> Result<Reply<Value>, Error> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let shown = state.nonces.take(&text("nonce"));
    let Some(Shown::Gate { root, ticket, pass, subjects }) = shown else {
        return Err(refused("This gate was not shown, or was decided already. Look at it again."));
    };
    if (ticket.as_str(), pass.as_str()) != (text("ticket").as_str(), text("pass").as_str()) {
        return Err(refused("The nonce belongs to another gate."));
    }
    let verdict = match text("decision").as_str() {
        "APPROVED" => Verdict::Approved,
        "REJECTED" => Verdict::Rejected,
        other => return Err(Error::invalid_params(format!("`{other}` is not APPROVED or REJECTED"))),
    };
    let root = trusted_root(state, Some(root))?;
    let reason = text("reason");
    if verdict == Verdict::Rejected && reason.trim().is_empty() {
        return Err(refused("A rejection needs a reason."));
    }
    let channel = state.client.name.split(' ').next().unwrap_or("editor").to_lowercase();
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    let work = move |bench: &mut Workbench| bench.decide((&ticket, &pass), verdict, &reason, &channel, &subjects);
    Ok(job(state, move || bench.with(&from, work).map(|record| json!({ "record": record })), Some(root)))
}

/// Shows the page of a rule: as a document, where the client opens one, else its reason as a message.
fn explain_rule(state: &mut State, rule: &str) -> Result<Reply<Value>, Error> {
    let page = ide::rules::manual(rule).ok_or_else(|| refused("There is no such rule."))?;
    let (shows, outbox, tasks) = (state.client.shows_documents, state.outbox.clone(), state.tasks.clone());
    let rule = rule.to_owned();
    Ok(async move {
        let reason =
            page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default().to_owned();
        let uri = if shows {
            let write = move || crate::workbench::manual_page(&rule, &page);
            let path = tasks.runtime.spawn_blocking(write).await.ok().and_then(Result::ok);
            path.and_then(|path| crate::lsp::workspace::uri_of(&path))
        } else {
            None
        };
        match uri {
            Some(uri) => _ = outbox.request("window/showDocument", json!({"uri": &*uri, "takeFocus": true})).await,
            None => outbox.show(MessageKind::Information, &reason),
        }
        Ok(json!({ "shown": true }))
    }
    .boxed())
}
