//! Requests of our own: plans, trust, gates and logs as an editor plugin shows them.

use super::execute_command::{named_pass, note_refusal, refused, root_of};
use crate::lsp::{
    nonces::Shown,
    state::{Reply, State},
};
use crate::workbench::{Word, unseen_hash};
use delivery::words::Unseen;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::future;
use tower_lsp::jsonrpc::Error;

fn text(params: &Value, name: &str) -> Option<String> {
    params.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn answer(result: Result<Value, Error>) -> Reply<Value> {
    future::ready(result).boxed()
}

/// Runs something that takes time and brings its result into the lane for the last word.
fn later<T: Send + 'static>(
    state: &mut State,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    then: impl FnOnce(&mut State, T) -> Result<Value, Error> + Send + 'static,
) -> Reply<Value> {
    let tasks = state.tasks.clone();
    async move {
        let done = tasks.runtime.spawn_blocking(work).await.map_err(|_| Error::internal_error())?;
        let found = done.map_err(|error| refused(crate::lsp::plain::plain(&format!("{error:#}"))))?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        tasks.lane.update(move |state| _ = sender.send(then(state, found)));
        receiver.await.map_err(|_| Error::internal_error())?
    }
    .boxed()
}

/// True when this client is one that shows a person what a nonce answers for. A client that cannot, and one that a run
/// started for itself, gets the text and no nonce.
fn is_shown_by(state: &State, command: &str) -> bool {
    state.client.commands.iter().any(|known| known == command) && !runner::gate::under_a_run()
}

/// `tollgate/explain`
pub(in crate::lsp) fn explain(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let live = state.analysis.of_root(&root).map(|known| known.live.clone()).unwrap_or_default();
    let ticket = text(&params, "ticket").or_else(|| live.current.as_ref().map(|(ticket, _)| ticket.clone()));
    let Some(ticket) = ticket else {
        return answer(Err(refused("There is no current ticket. Open one, or check out its branch.")));
    };
    let markdown = live.tickets.get(&ticket).map(|known| known.markdown.clone());
    answer(match markdown {
        Some(markdown) => Ok(json!({"ticket": ticket, "markdown": markdown})),
        None => Err(refused(format!("There is no ticket {}.", crate::lsp::plain::plain(&ticket)))),
    })
}

/// `tollgate/trace`: the coverage of a feature as a page, which is kept true from then on.
pub(in crate::lsp) fn trace(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let named = text(&params, "feature");
    answer(match (state.trace(&root, named.as_deref()), named) {
        (Some((feature, markdown)), _) => {
            Ok(json!({"root": root.to_string_lossy(), "feature": feature, "markdown": markdown}))
        }
        (None, Some(named)) => Err(refused(format!("There is no feature {}.", crate::lsp::plain::plain(&named)))),
        (None, None) => Err(refused("No feature is current. Open one of its files, or check out its branch.")),
    })
}

/// `tollgate/rule`: the page of a rule, or of anything else that a diagnostic's code names.
pub(in crate::lsp) fn rule(_: &mut State, params: Value) -> Reply<Value> {
    let rule = text(&params, "rule").unwrap_or_default();
    answer(match ide::rules::manual(&rule) {
        Some(markdown) => Ok(json!({"rule": rule, "markdown": markdown})),
        None => Err(refused(format!("There is no rule {}.", crate::lsp::plain::plain(&rule)))),
    })
}

/// `tollgate/trustPlan`: what would become runnable, with the nonce for saying yes.
pub(in crate::lsp) fn trust_plan(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&from, |bench| bench.launch_plan()),
        move |state, plan| {
            let root = root.to_string_lossy().into_owned();
            let shown = Shown::Plan { root: root.clone(), hash: plan.hash.clone() };
            let nonce = is_shown_by(state, "tollgate.reviewPlan").then(|| state.nonces.give(shown));
            Ok(
                json!({"root": root, "state": plan.state.word(), "hash": plan.hash, "markdown": plan.markdown, "commands": plan.commands, "nonce": nonce}),
            )
        },
    )
}

/// `tollgate/trustAllow`: yes to exactly the plan that was shown.
pub(in crate::lsp) fn trust_allow(state: &mut State, params: Value) -> Reply<Value> {
    let shown = state.nonces.take(&text(&params, "nonce").unwrap_or_default());
    let (root, hash) = match shown {
        Some(Shown::Plan { root, hash }) if Some(&hash) == text(&params, "hash").as_ref() => (root, hash),
        _ => {
            let error = refused("This plan was not shown. Review it again.");
            note_refusal(state, text(&params, "root").as_deref(), "tollgate/trustAllow", &error);
            return answer(Err(error));
        }
    };
    let root = match root_of(state, Some(root)) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&from, |bench| bench.record(Word::Allow(hash))),
        move |state, trusted| {
            state.plan(root);
            Ok(json!({ "state": trusted.word() }))
        },
    )
}

/// `tollgate/trustRevoke`
pub(in crate::lsp) fn trust_revoke(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&from, |bench| bench.record(Word::Revoke)),
        move |state, trust| {
            state.plan(root);
            Ok(json!({ "state": trust.word() }))
        },
    )
}

/// `tollgate/words`: what a pass would tell its agent and this user has not seen, with the nonce for saying yes.
pub(in crate::lsp) fn words(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (ticket, pass) = match named_pass(state, &root, text(&params, "ticket"), text(&params, "pass")) {
        Ok(named) => named,
        Err(error) => return answer(Err(error)),
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    let (of, named) = ((ticket.clone(), pass.clone()), root.to_string_lossy().into_owned());
    later(
        state,
        move || bench.with(&from, |bench| bench.unseen(&of.0, &of.1)),
        move |state, unseen| {
            let hash = unseen_hash(&unseen);
            let shown =
                Shown::Words { root: named.clone(), ticket: ticket.clone(), pass: pass.clone(), hash: hash.clone() };
            let shows = !unseen.is_empty() && is_shown_by(state, "tollgate.reviewWords");
            let nonce = shows.then(|| state.nonces.give(shown));
            let sentences: Vec<String> = unseen.iter().map(Unseen::sentence).collect();
            let markdown: Vec<String> = unseen.iter().map(Unseen::markdown).collect();
            Ok(json!({"root": named, "ticket": ticket, "pass": pass, "sentences": sentences,
                "markdown": markdown.join("\n"), "hash": hash, "nonce": nonce}))
        },
    )
}

/// `tollgate/wordsAccept`: yes to exactly the words that were shown.
pub(in crate::lsp) fn words_accept(state: &mut State, params: Value) -> Reply<Value> {
    let shown = state.nonces.take(&text(&params, "nonce").unwrap_or_default());
    let (root, ticket, pass, hash) = match shown {
        Some(Shown::Words { root, ticket, pass, hash }) if Some(&hash) == text(&params, "hash").as_ref() => {
            (root, ticket, pass, hash)
        }
        _ => {
            let error = refused("These words were not shown. Look at them again.");
            note_refusal(state, text(&params, "root").as_deref(), "tollgate/wordsAccept", &error);
            return answer(Err(error));
        }
    };
    let root = match root_of(state, Some(root)) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&from, |bench| bench.see(&ticket, &pass, &hash)),
        move |state, accepted| {
            state.plan(root);
            Ok(json!({ "accepted": accepted }))
        },
    )
}

/// `tollgate/pendingGates`: gates that wait for a person, with what they are over and a nonce each.
pub(in crate::lsp) fn pending_gates(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let Some(project) = state.analysis.of_root(&root).map(|known| known.project.clone()) else {
        return answer(Ok(json!([])));
    };
    let (from, bench) = (root.clone(), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&from, |bench| bench.pending_gates(&project)),
        move |state, gates| {
            let root = root.to_string_lossy().into_owned();
            let shows = is_shown_by(state, "tollgate.approve");
            let rows = gates.into_iter().map(|gate| {
                let shown = Shown::Gate {
                    root: root.clone(),
                    ticket: gate.ticket.clone(),
                    pass: gate.pass.clone(),
                    subjects: gate.subjects,
                };
                let nonce = shows.then(|| state.nonces.give(shown));
                json!({"root": root, "kind": gate.kind, "ticket": gate.ticket, "pass": gate.pass, "title": gate.title, "markdown": gate.markdown, "nonce": nonce})
            });
            Ok(rows.collect())
        },
    )
}

/// `tollgate/runLog`: what a run printed; the newest one when none is named.
pub(in crate::lsp) fn run_log(state: &mut State, params: Value) -> Reply<Value> {
    let root = match root_of(state, text(&params, "root")) {
        Ok(root) => root,
        Err(error) => return answer(Err(error)),
    };
    let (run, bench) = (text(&params, "run"), state.planner.bench(&root));
    later(
        state,
        move || bench.with(&root, |bench| bench.run_log(run.as_deref())),
        |_, log| Ok(json!({"run": log.run, "path": log.path, "text": log.text})),
    )
}
