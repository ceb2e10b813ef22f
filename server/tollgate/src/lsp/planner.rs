//! Keeps what lenses, hints and hovers show of plans, money, gates and trust. Looking takes milliseconds and the disk, so
//! it happens on a thread of its own, a moment after the last cause, one look a root at a time.

use super::{
    documents::Standing,
    log::{Level, log},
    state::State,
};
use crate::workbench::{Look, Shared, tells_agents};
use runner::process::Cancel;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

/// How long after a cause to look: typing goes on, and one look serves many causes.
const PAUSE: Duration = Duration::from_millis(120);

/// How many pauses in which something new came in are waited for.
const PAUSES: u32 = 8;

/// Which roots are looked at, and which again afterwards.
#[derive(Default)]
pub(super) struct Planner {
    looking: HashMap<Arc<Path>, bool>,
    /// Runs that have a progress bar in the client.
    shown_runs: HashMap<String, Arc<Path>>,
    /// What each root's status was when it was last sent.
    statuses: HashMap<Arc<Path>, Value>,
    refreshing: HashSet<&'static str>,
    /// Gates that are being checked, by the token of their progress bar.
    pub(super) checks: HashMap<String, Cancel>,
    benches: HashMap<Arc<Path>, Shared>,
}

impl Planner {
    /// True when a root is looked at, or soon will be.
    pub(super) fn is_looking(&self) -> bool {
        !self.looking.is_empty()
    }

    /// The workbench of a root.
    pub(super) fn bench(&mut self, root: &Arc<Path>) -> Shared {
        self.benches.entry(root.clone()).or_default().clone()
    }
}

impl State {
    /// Looks at a root again, soon.
    pub(super) fn plan(&mut self, root: Arc<Path>) {
        if let Some(again) = self.planner.looking.get_mut(&root) {
            *again = true;
            return;
        }
        self.planner.looking.insert(root.clone(), false);
        self.look_later(root, PAUSES);
    }

    /// Looks after a pause without a new cause, or after so many pauses at the latest: who types is not looked at between
    /// two keys, and what runs is seen to move.
    fn look_later(&self, root: Arc<Path>, pauses: u32) {
        let lane = self.tasks.lane.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(PAUSE).await;
            lane.update(move |state| match state.planner.looking.get_mut(&root) {
                Some(again) if *again && pauses > 1 => {
                    *again = false;
                    state.look_later(root, pauses - 1);
                }
                _ => state.look(root),
            });
        });
    }

    /// Looks at every folder again, soon.
    pub(super) fn plan_all(&mut self) {
        let roots: Vec<Arc<Path>> = self.analysis.folders().cloned().collect();
        roots.into_iter().for_each(|root| self.plan(root));
    }

    fn look(&mut self, root: Arc<Path>) {
        let Some(known) = self.analysis.of_root(&root).cloned() else {
            self.planner.looking.remove(&root);
            return;
        };
        // Causes from here on are not seen by this look.
        self.planner.looking.insert(root.clone(), false);
        let (from, bench) = (root.clone(), self.planner.bench(&root));
        let look = Look { open_file: self.front_file(&root), named: None, open: self.analysis.open_in(&root) };
        self.tasks.compute(
            move || {
                let circles = known.project.tickets_on_circles();
                let seen = bench
                    .with(&from, |bench| Ok((bench.live(&known.project, &look)?, bench.state_folders(&known.project))));
                (seen, circles)
            },
            move |state, (seen, circles)| {
                let effects = state.analysis.set_circles(&root, circles);
                state.apply(effects);
                let (live, folders) = seen.unwrap_or_else(|error| {
                    log(Level::Warn, format_args!("a look at a folder failed: {error:#}"));
                    (ide::Live::default(), Vec::new())
                });
                state.state_watch.add(folders, &state.tasks.lane);
                let again = state.planner.looking.remove(&root) == Some(true);
                let changed = state.analysis.of_root(&root).is_some_and(|known| *known.live != live);
                if changed {
                    let effects = state.analysis.set_live(&root, live);
                    state.apply(effects);
                    state.refresh_views();
                    state.watch_sources();
                }
                state.tell_status(&root);
                state.tell_runs(&root);
                if again {
                    state.plan(root);
                }
            },
        );
    }

    /// The document that was opened or changed last, when it is below the root.
    fn front_file(&self, root: &Path) -> Option<String> {
        let place = self.front.as_ref().filter(|place| &*place.root == root)?;
        Some(place.path.to_string())
    }

    /// A document was saved in this editor: what it says to agents its user has seen. Only an editor that shows a person
    /// what is unseen counts as one.
    pub(super) fn keep_what_was_saved(&mut self, uri: &str) {
        let shows = self.client.commands.iter().any(|command| command == "tollgate.reviewWords");
        let Some(place) = self.analysis.place(uri).filter(|place| shows && tells_agents(&place.path)).cloned() else {
            return;
        };
        let Some(document) = self.documents.get(uri).filter(|document| document.standing() == Standing::Known) else {
            return;
        };
        let (text, bench) = (document.buffer.text(), self.planner.bench(&place.root));
        self.tasks.compute(
            move || bench.with(&place.root, |bench| bench.saved(&place.path, &text)).map(|()| place.root),
            |state, root| match root {
                Ok(root) => state.plan(root),
                Err(error) => log(Level::Warn, format_args!("what was saved could not be kept as seen: {error:#}")),
            },
        );
    }

    /// Asks the client to ask for lenses and hints again; one question of a kind at a time.
    pub(super) fn refresh_views(&mut self) {
        let kinds = [
            ("workspace/codeLens/refresh", self.client.refreshes_lenses),
            ("workspace/inlayHint/refresh", self.client.refreshes_hints),
        ];
        for (method, offered) in kinds {
            self.refresh_kind(method, offered);
        }
    }

    /// Asks the client to ask for tokens again: a name of another open file came or went.
    pub(super) fn refresh_tokens(&mut self) {
        self.refresh_kind("workspace/semanticTokens/refresh", self.client.refreshes_tokens);
    }

    fn refresh_kind(&mut self, method: &'static str, offered: bool) {
        if offered && self.planner.refreshing.insert(method) {
            self.ask(method, Value::Null, move |state, _| {
                state.planner.refreshing.remove(method);
            });
        }
    }

    /// Sends `tollgate/status` when it says something new.
    fn tell_status(&mut self, root: &Arc<Path>) {
        // Only our own plugins know what it means.
        if self.client.commands.is_empty() {
            return;
        }
        let Some(known) = self.analysis.of_root(root) else { return };
        let status = status(root, known);
        if self.planner.statuses.get(root) != Some(&status) {
            self.outbox.notify("tollgate/status", &status);
            self.planner.statuses.insert(root.clone(), status);
        }
    }

    /// Opens, moves and closes the progress bars of runs.
    fn tell_runs(&mut self, root: &Arc<Path>) {
        if !self.client.shows_progress {
            return;
        }
        let Some(known) = self.analysis.of_root(root).cloned() else { return };
        let passes = known.live.tickets.values().flat_map(|ticket| &ticket.passes);
        let running: Vec<_> = passes.filter_map(|pass| Some((pass.id.clone(), pass.running.clone()?))).collect();
        for (pass, run) in &running {
            let line = format!("{} · {}", run.phase, run.spent);
            if self.planner.shown_runs.insert(run.run.clone(), root.clone()).is_none() {
                let (token, title) = (run.run.clone(), format!("Tollgate: pass {pass}"));
                self.ask("window/workDoneProgress/create", json!({ "token": token }), move |state, _| {
                    let value = json!({"kind": "begin", "title": title, "message": line, "cancellable": true});
                    state.outbox.notify("$/progress", json!({"token": token, "value": value}));
                });
            } else {
                let value = json!({"kind": "report", "message": line, "cancellable": true});
                self.outbox.notify("$/progress", json!({"token": run.run, "value": value}));
            }
        }
        let ended = |run: &String| !running.iter().any(|(_, running)| running.run == *run);
        let shown = self.planner.shown_runs.iter().filter(|(run, at)| *at == root && ended(run));
        let gone: Vec<String> = shown.map(|(run, _)| run.clone()).collect();
        for run in gone {
            self.planner.shown_runs.remove(&run);
            self.outbox.notify("$/progress", json!({"token": run, "value": {"kind": "end"}}));
        }
    }

    /// `window/workDoneProgress/cancel`: the person pressed the button of a progress bar.
    pub(super) fn progress_cancelled(&mut self, params: Value) {
        if let Some(check) =
            params.get("token").and_then(Value::as_str).and_then(|token| self.planner.checks.get(token))
        {
            return check.cancel();
        }
        let Some(run) =
            params.get("token").and_then(Value::as_str).filter(|run| self.planner.shown_runs.contains_key(*run))
        else {
            return;
        };
        let (run, Some(root)) = (run.to_owned(), self.planner.shown_runs.get(run).cloned()) else { return };
        let bench = self.planner.bench(&root);
        self.tasks.compute(move || bench.with(&root, |bench| bench.stop(&run)), |_, _| {});
    }
}

/// The status of a root, as the contract with the editor plugins has it.
fn status(root: &Path, known: &ide::Snapshot) -> Value {
    use ide::live::{BudgetState, Trust};
    let live = &known.live;
    let current = live.current.as_ref().and_then(|(id, rule)| Some((id, rule, live.tickets.get(id)?)));
    let title =
        |id: &str| known.project.ticket(id).and_then(|(_, ticket)| ticket.title.clone()).map(|title| title.value);
    let running: Vec<Value> = live
        .tickets
        .values()
        .flat_map(|ticket| &ticket.passes)
        .filter_map(|pass| {
            let run = pass.running.as_ref()?;
            Some(json!({"run": run.run, "pass": pass.id, "phase": run.phase, "spent": run.spent.to_string()}))
        })
        .collect();
    let waiting: Vec<Value> = live
        .tickets
        .iter()
        .flat_map(|(ticket, known)| known.passes.iter().map(move |pass| (ticket, pass)))
        .filter(|(_, pass)| pass.pending)
        .map(|(ticket, pass)| json!({"ticket": ticket, "pass": pass.id}))
        .collect();
    json!({
        "root": root.to_string_lossy(),
        "trust": match live.trust {
            Trust::Restricted => "restricted",
            Trust::Reviewed => "reviewed",
            Trust::Changed => "changed",
            Trust::Denied => "denied",
        },
        "ticket": current.map(|(id, rule, _)| json!({"id": id, "title": title(id).unwrap_or_default(), "rule": rule})),
        "ambiguous": live.ambiguous.as_ref().map(|ambiguous| json!({"tickets": ambiguous.tickets, "why": ambiguous.words()})),
        "beads": live.beads.as_ref().map(|beads| &beads.why),
        "next": current.and_then(|(_, _, ticket)| {
            let next = ticket.next.as_ref()?;
            let pass = ticket.passes.iter().find(|pass| pass.id == *next)?;
            Some(json!({"pass": next, "title": ide::lenses::cost_words(pass), "unseen": pass.unseen.is_some()}))
        }),
        "spent": current.map_or_else(|| "$0.00".to_owned(), |(_, _, ticket)| ticket.spent.to_string()),
        "budget": current.and_then(|(_, _, ticket)| ticket.budget).map(|budget| budget.to_string()),
        "budget_state": match current.map(|(_, _, ticket)| ticket.budget_state).unwrap_or_default() {
            BudgetState::None => "none",
            BudgetState::Ok => "ok",
            BudgetState::Approaching => "approaching",
            BudgetState::At => "at",
            BudgetState::Over => "over",
        },
        "running": running,
        "waiting": waiting,
    })
}
