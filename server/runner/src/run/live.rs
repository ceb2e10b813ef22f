//! A granted run from its tree to its receipt.

use super::call::Call;
use super::judge::{judged, required, rows, scope};
use super::pulse::Pulse;
use super::record::{Pending, keep_out_of_git, settle_and_record};
use super::watching::{Beating, Watching};
use super::{Event, Ready, RunError};
use crate::dependencies;
use crate::files;
use crate::gates::{Checked, Gates};
use crate::harness::{Report, Task};
use crate::process::{self, Ended, Limits, Spec};
use crate::tree::{Applied, Kept, Tree};
use crate::verify::{self, Bench};
use crate::world::{Site, now};
use delivery::plan::{Plan, ReviewPlan};
use spec::cost::CostRow;
use spec::model::Gate;
use spec::record::{CheckResult, FileId, GateState, Outcome, Receipt};
use spec::{Project, Usd};
use std::collections::BTreeMap;
use std::path::Path;
use text::BlobId;

/// What an attempt came to, before it is written down.
#[derive(Clone, Default)]
pub(super) struct Done {
    pub(super) outcome: Option<Outcome>,
    pub(super) message: String,
    pub(super) report: Report,
    pub(super) rows: Vec<CostRow>,
    pub(super) outputs: Vec<FileId>,
    pub(super) gate: Option<GateState>,
    pub(super) checks: Vec<CheckResult>,
    pub(super) findings: Vec<findings::Finding>,
    pub(super) isolation: String,
    pub(super) transcript: Option<String>,
    /// A change is kept, and nothing stands against taking it.
    pub(super) apply: bool,
    pub(super) kept: bool,
    /// An agent judges the change next.
    pub(super) review: bool,
    /// The change is taken when the agent has nothing against it.
    pub(super) take_after: bool,
    pub(super) version: Option<String>,
}

/// A granted run while it lives.
pub(super) struct Live<'a> {
    pub(super) site: &'a Site,
    pub(super) ready: &'a Ready,
    pub(super) run: &'a str,
    pub(super) folder: &'a Path,
    pub(super) pulse: Pulse<'a>,
    /// What the harness cost, as soon as it is known: it is booked whatever goes wrong afterwards.
    pub(super) rows: Vec<CostRow>,
}

impl Live<'_> {
    pub(super) fn attempt(&mut self, alias: &str, model: Option<&str>) -> Result<Done, RunError> {
        self.pulse.phase("preparing");
        let mut tree = Tree::prepare(&self.ready.trusted, &self.site.root, self.folder, self.run)?;
        let installs =
            dependencies::are_installed_by(gate_of(&self.ready.project, &self.ready.plan, &self.ready.pass().id));
        if !installs {
            tree.provide(&self.site.root)?;
        }
        self.unchanged(&tree)?;
        self.pulse.phase("running");
        let (ended, report) = self.work(&tree, alias, model)?;
        let pass = self.ready.pass();
        let mut done = Done {
            rows: self.rows.clone(),
            isolation: ended.isolation.to_string(),
            transcript: files::sha256_own(&self.folder.join("transcript.out"), u64::MAX).ok(),
            version: report.version.clone(),
            ..Done::default()
        };
        let required = required(pass);
        let judgement = tree.judge(&scope(pass), &required)?;
        done.outputs = judgement.outputs();
        let verdict = judged(pass, &ended, &report, &judgement, &tree, &required);
        done.report = report;
        if let Some((outcome, message)) = verdict {
            (done.outcome, done.message) = (Some(outcome), message);
            return Ok(done);
        }
        let kept = !judgement.changes.is_empty();
        if kept {
            tree.keep(self.run, &self.site.root, self.folder, &judgement.changes)?;
        }
        done.kept = kept;
        tree.clear(&judgement.changes)?;
        if !installs {
            tree.provide(&self.site.root)?;
        }
        self.check(&tree, &mut done)?;
        let waits = judgement.proposals;
        done.apply = kept && done.outcome == Some(Outcome::Ok) && waits.is_empty();
        let reviewed = pass.gate.as_ref().and_then(|gate| gate.reviewer.as_ref());
        done.review = done.outcome == Some(Outcome::Ok) && reviewed.is_some_and(can_review);
        (done.apply, done.take_after) = (done.apply && !done.review, done.apply && done.review);
        if done.outcome == Some(Outcome::Ok) && !waits.is_empty() {
            done.message = format!("{} needs a person: take the change with `tollgate run` again", waits.join(", "));
        }
        Ok(done)
    }

    /// The bytes that were planned with, and those an agent will obey as they were reviewed, are the bytes in the tree, or
    /// nothing runs.
    fn unchanged(&self, tree: &Tree) -> Result<(), RunError> {
        let pass = self.ready.pass();
        let planned = pass.inputs.iter().chain(self.ready.plan.workflow_file.iter());
        for file in planned.filter(|file| !file.path.contains(':')) {
            let now = tree.base.get(&file.path).map(|version| version.blob);
            if file.blob.is_some() && now != file.blob && !tree.left_out.contains(&file.path) {
                return Err(RunError::Changed(file.path.clone()));
            }
        }
        let obeyed = crate::contents::configuration(tree.root());
        let unseen = obeyed.into_iter().find(|(path, hash)| !self.ready.trusted.has_reviewed(path, hash));
        unseen.map_or(Ok(()), |(path, _)| Err(RunError::Changed(path)))
    }

    /// Runs the harness and prices what it used.
    fn work(&mut self, tree: &Tree, alias: &str, model: Option<&str>) -> Result<(Ended, Report), RunError> {
        let ready = self.ready;
        let pass = ready.pass();
        let call = Call {
            site: self.site,
            trusted: &ready.trusted,
            world: &ready.world,
            alias,
            tree,
            folder: self.folder,
            names: self.names(),
            agent: pass.pass_type == "agent",
            review: false,
        };
        let given = call.give()?;
        let spec = Spec {
            argv: self.argv(&call)?,
            folder: tree.folder().to_owned(),
            input: pass.prompt.clone().unwrap_or_default().into_bytes(),
            limits: Limits { wall: pass.settings.timeout.value, ..Limits::default() },
            fence: Some(call.fence(&given)),
            run: self.run.to_owned(),
            keep: Some((self.folder.join("transcript.out"), self.folder.join("transcript.err"))),
            environment: given.environment.clone(),
        };
        let mut reader = call.harness().reader(model, &spec.environment);
        let cancel = self.pulse.cancel;
        let mut watch = Watching::new(&mut self.pulse, &mut *reader);
        let ended = process::run(&ready.trusted, &spec, cancel, &mut watch)?;
        let report = reader.report();
        given.take_back();
        if alias != "command" {
            let silent = !report.spoke && ended.stopped.is_none();
            self.rows = rows(&report, silent, model, self.pulse.prices);
        }
        Ok((ended, report))
    }

    /// What commands may know of the run; a template value reaches them only so.
    fn names(&self) -> BTreeMap<String, String> {
        let pass = self.ready.pass();
        let workflow = self.ready.plan.workflow.workflow.clone().unwrap_or_default();
        let names = [
            ("TOLLGATE_TICKET_ID", self.ready.request.ticket.clone()),
            ("TOLLGATE_PASS", pass.id.clone()),
            ("TOLLGATE_WORKFLOW", workflow),
            ("TOLLGATE_ATTEMPT", pass.attempt.to_string()),
        ];
        let agent = pass.agent.as_ref().map(|agent| {
            let choice = pass.route.as_ref().and_then(|route| route.choice.as_ref());
            let harness = choice.map_or(String::new(), |choice| format!("/{}", choice.harness));
            ("TOLLGATE_AGENT".to_owned(), format!("{agent}{harness}"))
        });
        let inputs = pass.values.iter().map(|(name, value)| (variable(name), value.clone()));
        names.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(agent).chain(inputs).collect()
    }

    fn argv(&self, call: &Call<'_>) -> Result<Vec<String>, RunError> {
        let pass = self.ready.pass();
        if pass.pass_type == "command" {
            let refused = |why| RunError::NotRunnable(format!("pass `{}` cannot start: {why}", pass.id));
            return self.ready.trusted.resolve(pass.argv.clone(), call.tree.root()).map_err(refused);
        }
        let choice = pass.route.as_ref().and_then(|route| route.choice.as_ref());
        let agent = pass.agent.as_deref().and_then(|name| delivery::agent::resolve(&self.ready.project, name));
        call.argv(&Task {
            model: choice.and_then(|choice| choice.model.clone()),
            effort: choice.and_then(|choice| choice.effort.clone()),
            cap: (self.pulse.cap > Usd::ZERO).then_some(self.pulse.cap),
            turns: pass.settings.max_turns.as_ref().map(|turns| turns.value),
            exec: agent.map(|agent| agent.exec).unwrap_or_default(),
            title: format!("{} {}", self.ready.request.ticket, pass.id),
        })
    }

    /// Runs the gate's commands in the tree.
    fn check(&mut self, tree: &Tree, done: &mut Done) -> Result<(), RunError> {
        let ready = self.ready;
        done.outcome = Some(Outcome::Ok);
        done.message = "the pass did its work".to_owned();
        let Some(gate) = gate_of(&ready.project, &ready.plan, &ready.pass().id).filter(|gate| !gate.verify.is_empty())
        else {
            done.gate = Some(GateState::Passed);
            return Ok(());
        };
        self.pulse.phase("checking");
        let names = self.names();
        let bench = Bench {
            home: &self.site.home,
            tree: tree.root(),
            user: &self.site.root,
            installed: tree.installed(),
            run: self.run,
            folder: self.folder,
            names: &names,
        };
        let cancel = self.pulse.cancel;
        let (told, results) = {
            let mut told = Vec::new();
            let mut watch = Beating { pulse: &mut self.pulse };
            let results = verify::verify(&ready.trusted, &bench, gate, cancel, &mut watch, &mut |result| {
                told.push(result.clone())
            })?;
            (told, results)
        };
        for result in told {
            (self.pulse.told)(&Event::Check { result });
        }
        (done.checks, done.findings) = results;
        let state = verify::state(&done.checks);
        done.gate = Some(state);
        let named = |state: GateState| {
            let checks = done.checks.iter().filter(|check| check.state == state);
            checks.map(|check| format!("{}: {}", check.id, check.message)).collect::<Vec<_>>().join("; ")
        };
        match state {
            GateState::Error if cancel.is_cancelled() => {
                (done.outcome, done.message) =
                    (Some(Outcome::Cancelled), "it was stopped while it was checked".to_owned());
            }
            GateState::Error => (done.outcome, done.message) = (Some(Outcome::Error), named(state)),
            GateState::Failed => (done.outcome, done.message) = (Some(Outcome::GateFailed), named(state)),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn receipt(&self, harness: &str, model: Option<String>, started: String, done: Done) -> Receipt {
        let pass = self.ready.pass();
        let route = pass.route.as_ref();
        let workflow = self.ready.plan.workflow_file.as_ref().and_then(|file| file.blob);
        Receipt {
            schema_version: 1,
            run: self.run.to_owned(),
            ticket: self.ready.request.ticket.clone(),
            workflow: self.ready.plan.workflow.workflow.clone().unwrap_or_default(),
            workflow_blob: workflow.unwrap_or_else(|| BlobId::of(b"")),
            pass: pass.id.clone(),
            purpose: spec::record::Purpose::Pass,
            attempt: pass.attempt,
            agent: pass.agent.clone(),
            harness: harness.to_owned(),
            harness_version: done.version,
            model_requested: model,
            reason: route.map(|route| route.why.join("; ")).unwrap_or_else(|| "a plain command".to_owned()),
            inputs: pass.inputs.clone(),
            outputs: done.outputs,
            outcome: done.outcome.unwrap_or(Outcome::Error),
            message: delivery::prompt::one_line(&done.message, 500),
            cache_key: pass.cache_key.clone().unwrap_or_default(),
            started,
            ended: now(),
            cost: done.rows,
            gate: done.gate.unwrap_or(GateState::Pending),
            checks: done.checks,
            isolation: done.isolation,
            transcript: done.transcript,
            prev: Vec::new(),
            supersedes: None,
        }
    }

    /// Writes down what is known before anything starts, for who has to finish a run whose supervisor disappeared.
    pub(super) fn draft(&self, harness: &str, model: Option<String>, started: &str) -> Result<(), RunError> {
        let lost = Done {
            outcome: Some(Outcome::Lost),
            message: "the process that supervised it disappeared".to_owned(),
            isolation: "unknown".to_owned(),
            ..Done::default()
        };
        let receipt = self.receipt(harness, model, started.to_owned(), lost);
        let bytes = serde_json::to_vec_pretty(&receipt).unwrap_or_default();
        Ok(files::write_own(&self.folder.join("draft.json"), &bytes)?)
    }

    /// Receipt, change, money, record, in the order that a crash is survived by.
    pub(super) fn finish(&mut self, mut receipt: Receipt, done: &Done) -> Result<Event, RunError> {
        let pending = Pending {
            receipt: receipt.clone(),
            apply: done.apply,
            hold: self.pulse.cap,
            seen: self.pulse.progress.spent,
        };
        pending.write(self.folder)?;
        let mut applied = false;
        if done.apply {
            self.pulse.phase("applying");
            match Kept::open(self.folder)?.map(|mut kept| kept.apply()).transpose() {
                Ok(Some(Applied::Whole)) => applied = true,
                Ok(Some(Applied::Conflict(paths))) => {
                    let paths = delivery::prompt::one_line(&paths.join(", "), 200);
                    receipt.message = format!("its change is kept: {paths} changed while it ran");
                }
                Ok(None) => {}
                Err(error) => receipt.message = format!("its change is kept: {error}"),
            }
        }
        if self.ready.project.config().is_some_and(|(_, config)| config.records_local) {
            keep_out_of_git(&self.site.root)?;
        }
        let path = settle_and_record(
            self.pulse.store,
            &self.site.root,
            &pending_with(&pending, &receipt),
            self.pulse.grant.fence,
        )?;
        self.remember(&receipt, done, applied);
        pending.done(self.folder)?;
        let ended = Event::Ended {
            run: receipt.run.clone(),
            outcome: receipt.outcome,
            message: receipt.message.clone(),
            gate: receipt.gate,
            cost: receipt.cost.clone(),
            outputs: receipt.outputs.clone(),
            applied,
            record: Some(path),
        };
        Ok(ended)
    }

    /// Keeps results and findings for editors, and for the next attempt.
    fn remember(&self, receipt: &Receipt, done: &Done, applied: bool) {
        if receipt.checks.is_empty() {
            return;
        }
        let checked = |run: Option<String>| Checked {
            ticket: receipt.ticket.clone(),
            pass: receipt.pass.clone(),
            run,
            time: receipt.ended.clone(),
            subjects: receipt.outputs.clone(),
            results: receipt.checks.clone(),
            findings: done.findings.clone(),
        };
        // they can be made again with `tollgate gate`
        let _ = Gates::put(&self.site.home, &self.site.root, checked(Some(receipt.run.clone())));
        if applied {
            let _ = Gates::put(&self.site.home, &self.site.root, checked(None));
        }
    }
}

/// True where an agent may judge, and something installed here can do it.
fn can_review(review: &ReviewPlan) -> bool {
    review.dependent.is_none() && review.route.as_ref().is_some_and(|route| route.choice.is_some())
}

fn pending_with(pending: &Pending, receipt: &Receipt) -> Pending {
    Pending { receipt: receipt.clone(), ..pending.clone() }
}

/// The gate of a pass.
pub(super) fn gate_of<'a>(project: &'a Project, plan: &Plan, id: &str) -> Option<&'a Gate> {
    let (file, workflow) = project.workflow(plan.workflow.workflow.as_deref()?)?;
    let pass = workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|own| own.value == *id))?;
    Some(delivery::gate::of_pass(project, file, pass).ok()??.gate)
}

fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("TOLLGATE_INPUT_{}", name.trim_start_matches("inputs.").chars().map(plain).collect::<String>())
}
