//! One pass from confirmation to receipt.
//!
//! The order of the steps is what a crash is survived by: money is set aside before anything starts, the receipt is
//! written into the run's folder before anything is applied, the change is applied by a journal, and the money is settled
//! and the record written last. [`crate::recover`] finishes whatever was left.

use crate::files::{self, FileError, Root};
use crate::gates::{Checked, Gates};
use crate::harness::{self, Event as Heard, Harness, ModelUsage, Reader, Report, Task};
use crate::isolation::Fence;
use crate::process::{self, Cancel, Ended, Flow, Limits, ProcessError, Spec, Stop, Watch};
use crate::tree::{Applied, Judgement, Kept, Tree, TreeError};
use crate::trust::{self, Trusted};
use crate::verify::{self, Bench};
use crate::world::{Site, WorldError, now};
use delivery::budget::{self, Calendar, Decision, Place, ScopeLimit};
use delivery::glob::Glob;
use delivery::plan::{PassPlan, PassState, Plan, plan};
use delivery::prices::PriceMap;
use delivery::world::{Overrides, World};
use serde::{Deserialize, Serialize};
use spec::cost::{Basis, Completeness, Cost, CostRow, Usage};
use spec::model::Gate;
use spec::record::{CheckResult, FileId, GateState, Outcome, Receipt, Record};
use spec::{Project, Usd};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::{Admission, Directive, Grant, GrantAnswer, LeaseRequest, NewRun, ProcessId, Progress, Store, StoreError};
use text::BlobId;

/// Errors that leave nothing behind but what [`crate::recover`] finishes.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing can be run, with the reason.
    #[error("{0}")]
    NotRunnable(String),
    /// The plan at hand is not the one that was reviewed.
    #[error("this root is not trusted: {}", delivery_words(.0))]
    Untrusted(delivery::trust::Trust),
    /// A budget or a resource says no.
    #[error("{0}")]
    Refused(String),
    /// What was planned is not what is there any more.
    #[error("{0} changed since it was planned; look at the plan again")]
    Changed(String),
    /// See inside.
    #[error(transparent)]
    World(#[from] WorldError),
    /// See inside.
    #[error(transparent)]
    File(#[from] FileError),
    /// See inside.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See inside.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// See inside.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

fn delivery_words(state: &delivery::trust::Trust) -> String {
    use delivery::trust::Trust;
    match state {
        Trust::Restricted { why } => format!("{why}. Review what would run with `tollgate trust`"),
        Trust::Changed { .. } => "what would run has changed since it was reviewed. See `tollgate trust`".to_owned(),
        Trust::Denied => "a person said no to this path. See `tollgate trust`".to_owned(),
        Trust::Reviewed { .. } => "the plan was reviewed".to_owned(),
    }
}

/// What is told while a pass runs: one JSON object per line of `events.jsonl` and of `tollgate run --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run was admitted.
    Started {
        /// Run id.
        run: String,
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
        /// Harness alias.
        harness: String,
        /// Model asked for.
        model: Option<String>,
        /// Money set aside, which is the cap.
        cap: Usd,
        /// How the child is fenced: `bubblewrap`, `landlock`, `not isolated`.
        isolation: String,
    },
    /// What is being done now: `preparing`, `running`, `checking`, `applying`.
    Phase {
        /// The word.
        phase: String,
    },
    /// The agent said something.
    Text {
        /// One line.
        line: String,
    },
    /// The agent uses a tool.
    Tool {
        /// Its name.
        name: String,
        /// Path or command.
        detail: String,
    },
    /// The harness refused a tool.
    Refused {
        /// Which.
        tool: String,
    },
    /// Spent so far, as far as seen.
    Spent {
        /// A lower bound.
        spent: Usd,
        /// True when some of it has no known price.
        unknown: bool,
    },
    /// A verify command ended.
    Check {
        /// Its result.
        #[serde(flatten)]
        result: CheckResult,
    },
    /// The end.
    Ended {
        /// Run id.
        run: String,
        /// How.
        outcome: Outcome,
        /// One sentence.
        message: String,
        /// State of the automatic part of the gate.
        gate: GateState,
        /// What it cost.
        cost: Vec<CostRow>,
        /// What it wrote.
        outputs: Vec<FileId>,
        /// True when the work tree has the change.
        applied: bool,
        /// The receipt, from the root.
        record: Option<String>,
    },
}

/// What is asked for.
#[derive(Clone, Default, Debug)]
pub struct Request {
    /// Ticket id.
    pub ticket: String,
    /// Pass id; none takes the next one.
    pub pass: Option<String>,
    /// Run id, when the caller wants to know it beforehand (a UUIDv7).
    pub run: Option<String>,
    /// Hash of the launch plan, for jobs without a person.
    pub trust_plan: Option<String>,
    /// Settings for this time only.
    pub overrides: Overrides,
    /// True when a person saw this very pass and said yes.
    pub by_person: bool,
}

/// A pass that may be run, as it is shown before it is.
pub struct Ready {
    /// Everything read from the root.
    pub project: Project,
    /// What the plan was made from.
    pub world: World,
    /// The plan.
    pub plan: Plan,
    /// Place of the pass in the plan.
    at: usize,
    trusted: Trusted,
    request: Request,
}

impl Ready {
    /// The pass.
    pub fn pass(&self) -> &PassPlan {
        &self.plan.passes[self.at]
    }

    /// Paths that taking a cached result would change.
    pub fn would_take(&self, site: &Site) -> Vec<String> {
        let run = self.pass().run.as_ref().filter(|_| self.pass().state == PassState::Cached);
        let kept = run.and_then(|run| Kept::open(&site.home.run(run)).ok().flatten());
        kept.iter().flat_map(|kept| kept.changes()).map(|change| change.path.clone()).collect()
    }
}

/// Plans, and finds out whether the pass may run: its state, and trust.
pub fn prepare(site: &mut Site, store: &dyn Store, request: Request) -> Result<Ready, RunError> {
    let project = site.project()?;
    let world = site.world(&project, Some(store), &request.ticket, request.overrides.clone())?;
    let plan = plan(&project, &request.ticket, &world);
    let wanted = match request.pass.as_ref().or(plan.next.pass.as_ref()) {
        Some(pass) => pass.clone(),
        None => return Err(RunError::NotRunnable(plan.next.why)),
    };
    let Some(at) = plan.passes.iter().position(|pass| pass.id == wanted) else {
        return Err(RunError::NotRunnable(format!("the workflow has no pass `{wanted}`")));
    };
    let pass = &plan.passes[at];
    let why = pass.why.join("; ");
    match &pass.state {
        state if state.is_runnable() => {}
        PassState::StoppedByBudget => return Err(RunError::Refused(why)),
        state => return Err(RunError::NotRunnable(format!("pass `{wanted}` is {}: {why}", state.word()))),
    }
    let hash = site.launch_plan(&project, &world)?.exec_hash();
    let trusted = trust::check(&site.home, &site.repository(), &hash, request.trust_plan.as_deref());
    let trusted = trusted.map_err(RunError::Untrusted)?;
    Ok(Ready { project, world, plan, at, trusted, request })
}

/// Runs a pass to its end.
pub fn run(
    site: &Site,
    store: &dyn Store,
    ready: &Ready,
    cancel: &Cancel,
    sink: &mut dyn FnMut(&Event),
) -> Result<Event, RunError> {
    let pass = ready.pass();
    if pass.state == PassState::Cached {
        return take_cached(site, ready, sink);
    }
    let run = ready.request.run.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let choice = pass.route.as_ref().and_then(|route| route.choice.clone());
    let harness = match (pass.pass_type, &choice) {
        ("agent", Some(choice)) => choice.harness.clone(),
        ("command", _) => "command".to_owned(),
        ("agent", None) => return Err(RunError::NotRunnable("no harness can do it".to_owned())),
        (other, _) => return Err(RunError::NotRunnable(format!("a pass of type `{other}` has nothing to run"))),
    };
    let model = choice.as_ref().and_then(|choice| choice.model.clone());
    let cap = if harness == "command" { Usd::ZERO } else { pass.cap };
    let new = new_run(site, ready, &run, &harness, model.clone(), cap)?;
    let limits = limits(site, ready, pass);
    // what other machines spent on this project counts before anything new is set aside
    crate::books::import_receipts(store, &new.repository, &ready.project)?;
    let answer = store.grant(&new, &mut |money| match budget::admit(&limits, money, cap) {
        Decision::Grant { .. } => Admission::Grant,
        Decision::Refuse(objection) => Admission::Refuse(objection.to_string()),
    })?;
    let grant = match answer {
        GrantAnswer::Granted(grant) => grant,
        GrantAnswer::Refused(why) => return Err(RunError::Refused(why)),
        GrantAnswer::Wait { resource, behind } => {
            let behind = behind.join(", ");
            return Err(RunError::Refused(format!(
                "`{resource}` is held by run {behind}; try again when it has ended"
            )));
        }
    };
    let folder = site.home.run(&run);
    files::make_own_folder(&folder.join("tmp"))?;
    let mut events = files::append_own(&folder.join("events.jsonl"))?;
    let mut told = |event: &Event| {
        let line = serde_json::to_string(event).unwrap_or_default();
        // who looks on must not be able to end the run
        let _ = writeln!(events, "{line}");
        sink(event);
    };
    told(&Event::Started {
        run: run.clone(),
        ticket: ready.request.ticket.clone(),
        pass: pass.id.clone(),
        harness: harness.clone(),
        model: model.clone(),
        cap,
        isolation: crate::isolation::available().to_string(),
    });
    let mut live = Live {
        site,
        store,
        ready,
        run: &run,
        folder: &folder,
        grant: &grant,
        cancel,
        cap,
        prices: site.user.prices.clone(),
        told: &mut told,
        progress: Progress::default(),
        beat: Instant::now(),
        looked: Instant::now(),
        stale: false,
        rows: Vec::new(),
    };
    let started = now();
    live.draft(&harness, model.clone(), &started)?;
    let mut attempt = live.attempt(&harness, model.as_deref());
    if live.stale {
        // somebody else answers for this run now: neither money nor files are ours to touch
        return Err(RunError::Store(StoreError::Stale { token: grant.fence }));
    }
    let done = match &mut attempt {
        Ok(done) => std::mem::take(done),
        Err(error) => {
            let rows = live.rows.clone();
            Done { outcome: Some(Outcome::Error), message: error.to_string(), rows, ..Done::default() }
        }
    };
    let receipt = live.receipt(&harness, model, started, done.clone());
    live.finish(receipt, &done)
}

/// Takes the result of an earlier run that is kept.
fn take_cached(site: &Site, ready: &Ready, sink: &mut dyn FnMut(&Event)) -> Result<Event, RunError> {
    let pass = ready.pass();
    let Some(run) = &pass.run else { return Err(RunError::NotRunnable("there is no run to take".to_owned())) };
    let Some(mut kept) = Kept::open(&site.home.run(run))? else {
        return Err(RunError::NotRunnable(format!(
            "the result of run {run} is not on this machine; edit an input or run it again with another tier"
        )));
    };
    let guarded: Vec<&str> = kept
        .changes()
        .iter()
        .map(|change| change.path.as_str())
        .filter(|path| crate::protected::is_protected(path))
        .collect();
    if !guarded.is_empty() && !ready.request.by_person {
        let message = format!("the result of run {run} changes {}: a person has to take it", guarded.join(", "));
        return Err(RunError::NotRunnable(message));
    }
    let message = match kept.apply()? {
        Applied::Whole => format!("the result of run {run} was taken; it costs nothing again"),
        Applied::Conflict(paths) => {
            return Err(RunError::NotRunnable(format!(
                "{} changed since run {run} started from it; nothing was taken",
                paths.join(", ")
            )));
        }
    };
    let ended = Event::Ended {
        run: run.clone(),
        outcome: Outcome::Ok,
        message,
        gate: GateState::Passed,
        cost: Vec::new(),
        outputs: Vec::new(),
        applied: true,
        record: None,
    };
    sink(&ended);
    Ok(ended)
}

/// Takes the kept change of a run into the work tree, because a person asked for it; also where it needs one.
pub fn take(site: &Site, run: &str) -> Result<Applied, RunError> {
    let plain = !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let kept = if plain { Kept::open(&site.home.run(run))? } else { None };
    match kept.filter(|kept| kept.root() == site.root.path()) {
        Some(mut kept) => Ok(kept.apply()?),
        None => Err(RunError::NotRunnable("there is no kept change of that run for this root".to_owned())),
    }
}

fn limits(site: &Site, ready: &Ready, pass: &PassPlan) -> Vec<ScopeLimit> {
    let Some(calendar) = Calendar::at(&ready.world.now) else { return Vec::new() };
    let repository = site.repository();
    let config = ready.project.config().map(|(_, config)| config);
    let workflow = ready.plan.workflow.workflow.as_deref().and_then(|name| ready.project.workflow(name));
    let ticket = ready.project.ticket(&ready.request.ticket).map(|(_, ticket)| ticket);
    let place = Place::of(&repository, config, &ready.request.ticket, &pass.id);
    budget::limits(&place, &calendar, &ready.world.budgets, config, workflow.map(|(_, workflow)| workflow), ticket)
}

fn new_run(
    site: &Site,
    ready: &Ready,
    run: &str,
    harness: &str,
    model: Option<String>,
    cap: Usd,
) -> Result<NewRun, RunError> {
    let repository = site.repository();
    let pass = ready.pass();
    let config = ready.project.config().map(|(_, config)| config);
    let place = Place::of(&repository, config, &ready.request.ticket, &pass.id);
    let Some(calendar) = Calendar::at(&ready.world.now) else {
        return Err(RunError::NotRunnable("the time is not known".to_owned()));
    };
    let leases = pass.reservations.iter().map(|wanted| LeaseRequest {
        resource: format!("{repository}:{}", wanted.resource),
        exclusive: wanted.exclusive,
        capacity: wanted.capacity,
    });
    Ok(NewRun {
        run: run.to_owned(),
        ticket: ready.request.ticket.clone(),
        workflow: ready.plan.workflow.workflow.clone().unwrap_or_default(),
        pass: pass.id.clone(),
        harness: harness.to_owned(),
        model,
        hold: cap,
        scopes: place.books(&calendar),
        leases: leases.collect(),
        supervisor: process::this_process(),
        repository,
    })
}

/// What an attempt came to, before it is written down.
#[derive(Clone, Default)]
struct Done {
    outcome: Option<Outcome>,
    message: String,
    report: Report,
    rows: Vec<CostRow>,
    outputs: Vec<FileId>,
    gate: Option<GateState>,
    checks: Vec<CheckResult>,
    findings: Vec<findings::Finding>,
    isolation: String,
    transcript: Option<String>,
    /// A change is kept, and nothing stands against taking it.
    apply: bool,
    kept: bool,
    version: Option<String>,
}

/// A granted run while it lives.
struct Live<'a> {
    site: &'a Site,
    store: &'a dyn Store,
    ready: &'a Ready,
    run: &'a str,
    folder: &'a Path,
    grant: &'a Grant,
    cancel: &'a Cancel,
    cap: Usd,
    prices: PriceMap,
    told: &'a mut dyn FnMut(&Event),
    progress: Progress,
    beat: Instant,
    looked: Instant,
    stale: bool,
    /// What the harness cost, as soon as it is known: it is booked whatever goes wrong afterwards.
    rows: Vec<CostRow>,
}

impl Live<'_> {
    fn phase(&mut self, phase: &str) {
        self.progress.phase = phase.to_owned();
        (self.told)(&Event::Phase { phase: phase.to_owned() });
        self.heartbeat();
    }

    /// Tells the store how far it is; what it wants is kept in the wish to end.
    fn heartbeat(&mut self) {
        self.beat = Instant::now();
        match self.store.heartbeat(self.grant, &self.progress) {
            Ok(Directive::Stop) => self.cancel.cancel(),
            Err(StoreError::Stale { .. }) => {
                self.stale = true;
                self.cancel.cancel();
            }
            // a busy disk is no reason to end a run; the lease bears several missed beats
            Ok(Directive::Continue) | Err(_) => {}
        }
    }

    /// Ends the run when its review is taken back.
    fn look_at_trust(&mut self) {
        self.looked = Instant::now();
        let headless = self.ready.request.trust_plan.is_some();
        let state = trust::read(&self.site.home, &self.site.repository(), self.ready.trusted.plan());
        let over = if headless { state == delivery::trust::Trust::Denied } else { !state.may_run() };
        if over {
            self.cancel.cancel();
        }
    }

    fn attempt(&mut self, alias: &str, model: Option<&str>) -> Result<Done, RunError> {
        self.phase("preparing");
        let tree = Tree::prepare(&self.ready.trusted, &self.site.root, self.folder, self.run)?;
        self.unchanged(&tree)?;
        self.phase("running");
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
        self.check(&tree, &mut done)?;
        let waits = judgement.proposals;
        done.apply = kept && done.outcome == Some(Outcome::Ok) && waits.is_empty();
        if done.outcome == Some(Outcome::Ok) && !waits.is_empty() {
            done.message = format!("{} needs a person: take the change with `tollgate run` again", waits.join(", "));
        }
        Ok(done)
    }

    /// The bytes that were planned with are the bytes in the tree, or nothing runs.
    fn unchanged(&self, tree: &Tree) -> Result<(), RunError> {
        let pass = self.ready.pass();
        let planned = pass.inputs.iter().chain(self.ready.plan.workflow_file.iter());
        for file in planned.filter(|file| !file.path.contains(':')) {
            let now = tree.base.get(&file.path).map(|version| version.blob);
            if file.blob.is_some() && now != file.blob && !tree.left_out.contains(&file.path) {
                return Err(RunError::Changed(file.path.clone()));
            }
        }
        Ok(())
    }

    /// Runs the harness and prices what it used.
    fn work(&mut self, tree: &Tree, alias: &str, model: Option<&str>) -> Result<(Ended, Report), RunError> {
        let plain = harness::command::Command;
        let known: &dyn Harness = harness::find(alias).unwrap_or(&plain);
        let environment = self.environment(known, alias, tree);
        let argv = self.argv(known, alias, tree)?;
        let pass = self.ready.pass();
        let spec = Spec {
            argv,
            folder: tree.folder().to_owned(),
            input: pass.prompt.clone().unwrap_or_default().into_bytes(),
            limits: Limits { wall: pass.settings.timeout.value, ..Limits::default() },
            fence: Some(self.fence(known, tree, &environment)),
            run: self.run.to_owned(),
            keep: Some((self.folder.join("transcript.out"), self.folder.join("transcript.err"))),
            environment,
        };
        let mut reader = known.reader(model, &spec.environment);
        let cancel = self.cancel.clone();
        let mut watch = Watching { live: self, reader: &mut *reader, priced: Instant::now() };
        let ended = process::run(&watch.live.ready.trusted, &spec, &cancel, &mut watch)?;
        let report = reader.report();
        if alias != "command" {
            let silent = !report.spoke && ended.stopped.is_none();
            self.rows = rows(&report, silent, model, &self.prices);
        }
        Ok((ended, report))
    }

    fn environment(&self, harness: &dyn Harness, alias: &str, tree: &Tree) -> BTreeMap<String, String> {
        let mut environment = process::common_environment();
        let given =
            harness.environment().iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        environment.extend(given);
        environment.extend(harness.settings().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let own = self.site.user.harnesses.get(alias).filter(|_| self.ready.pass().pass_type == "agent");
        if let Some(own) = own {
            environment.extend(own.environment.clone());
        }
        environment.extend(crate::git::ceiling(tree.folder()));
        environment.extend(self.names());
        environment.insert("TMPDIR".to_owned(), self.folder.join("tmp").display().to_string());
        environment
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
        let inputs = pass.values.iter().map(|(name, value)| (variable(name), value.clone()));
        names.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(inputs).collect()
    }

    fn argv(&self, known: &dyn Harness, alias: &str, tree: &Tree) -> Result<Vec<String>, RunError> {
        let pass = self.ready.pass();
        if pass.pass_type == "command" {
            let missing = || RunError::NotRunnable(format!("the program of pass `{}` was not found", pass.id));
            return verify::resolved(pass.argv.clone(), tree.root()).ok_or_else(missing);
        }
        // the program that trust was given to, by its real path
        let planned = self.ready.world.harnesses.iter().find(|harness| harness.alias == alias);
        let planned = planned.ok_or_else(|| RunError::NotRunnable(format!("`{alias}` is not installed here")))?;
        let choice = pass.route.as_ref().and_then(|route| route.choice.as_ref());
        let agent = pass.agent.as_deref().and_then(|name| delivery::agent::resolve(&self.ready.project, name));
        let task = Task {
            prompt: String::new(),
            model: choice.and_then(|choice| choice.model.clone()),
            effort: choice.and_then(|choice| choice.effort.clone()),
            cap: (self.cap > Usd::ZERO).then_some(self.cap),
            turns: pass.settings.max_turns.as_ref().map(|turns| turns.value),
            exec: agent.map(|agent| agent.exec).unwrap_or_default(),
            title: format!("{} {}", self.ready.request.ticket, pass.id),
        };
        let own = self.site.user.harnesses.get(alias).map(|own| own.command.as_slice()).unwrap_or_default();
        let mut argv = vec![planned.program.path.clone()];
        argv.extend(own.iter().skip(1).cloned());
        argv.extend(harness::fill(known.arguments(), &task));
        Ok(argv)
    }

    fn fence(&self, known: &dyn Harness, tree: &Tree, environment: &BTreeMap<String, String>) -> Fence {
        let mut write = known.writable(environment);
        for folder in write.iter().filter(|path| path.extension().is_none()) {
            // where it cannot be made the CLI says so itself
            let _ = files::make_own_folder(folder);
        }
        write.push(tree.folder().to_owned());
        let paths = environment.values().map(PathBuf::from).filter(|path| path.is_absolute() && path.exists());
        let programs = self.ready.world.harnesses.iter().map(|harness| PathBuf::from(&harness.program.path));
        let mut show: Vec<PathBuf> = paths.chain(programs).collect();
        show.push(self.site.root.path().to_owned());
        show.retain(|path| !self.site.home.state.starts_with(path) || path.starts_with("/tmp"));
        Fence {
            write,
            hide: vec![self.site.home.state.clone()],
            temporary: self.folder.join("tmp"),
            show,
            own_sandbox: known.has_sandbox(),
        }
    }

    /// Runs the gate's commands in the tree.
    fn check(&mut self, tree: &Tree, done: &mut Done) -> Result<(), RunError> {
        let ready = self.ready;
        done.outcome = Some(Outcome::Ok);
        done.message = "the pass did its work".to_owned();
        let Some(gate) = gate(ready).filter(|gate| !gate.verify.is_empty()) else {
            done.gate = Some(GateState::Passed);
            return Ok(());
        };
        self.phase("checking");
        let names = self.names();
        let bench = Bench {
            home: &self.site.home,
            tree: tree.root(),
            user: &self.site.root,
            run: self.run,
            folder: self.folder,
            names: &names,
        };
        let cancel = self.cancel.clone();
        let (told, results) = {
            let mut told = Vec::new();
            let mut watch = Beating { live: self };
            let results = verify::verify(&ready.trusted, &bench, gate, &cancel, &mut watch, &mut |result| {
                told.push(result.clone())
            })?;
            (told, results)
        };
        for result in told {
            (self.told)(&Event::Check { result });
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

    fn receipt(&self, harness: &str, model: Option<String>, started: String, done: Done) -> Receipt {
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
            supersedes: None,
        }
    }

    /// Writes down what is known before anything starts, for who has to finish a run whose supervisor disappeared.
    fn draft(&self, harness: &str, model: Option<String>, started: &str) -> Result<(), RunError> {
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
    fn finish(&mut self, mut receipt: Receipt, done: &Done) -> Result<Event, RunError> {
        let pending =
            Pending { receipt: receipt.clone(), apply: done.apply, hold: self.cap, seen: self.progress.spent };
        pending.write(self.folder)?;
        let mut applied = false;
        if done.apply {
            self.phase("applying");
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
        let path = settle_and_record(self.store, &self.site.root, &pending_with(&pending, &receipt), self.grant.fence)?;
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
        (self.told)(&ended);
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

fn pending_with(pending: &Pending, receipt: &Receipt) -> Pending {
    Pending { receipt: receipt.clone(), ..pending.clone() }
}

/// The gate of the pass.
fn gate(ready: &Ready) -> Option<&Gate> {
    let (file, workflow) = ready.project.workflow(ready.plan.workflow.workflow.as_deref()?)?;
    let id = &ready.pass().id;
    let pass = workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|own| own.value == *id))?;
    Some(delivery::gate::of_pass(&ready.project, file, pass).ok()??.gate)
}

fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("TOLLGATE_INPUT_{}", name.trim_start_matches("inputs.").chars().map(plain).collect::<String>())
}

/// What the pass may write. Names that need a person are inside where the globs say so, and become proposals.
fn scope(pass: &PassPlan) -> impl Fn(&str) -> bool {
    let globs: Vec<Glob> = pass.write_scope.allowed.iter().filter_map(|glob| Glob::new(glob).ok()).collect();
    let scope = pass.write_scope.clone();
    move |path: &str| {
        scope.permits(path)
            || (crate::protected::is_protected(path)
                && scope.narrowed.is_none()
                && globs.iter().any(|glob| glob.matches(path)))
    }
}

fn required(pass: &PassPlan) -> Vec<String> {
    pass.outputs.iter().filter(|output| output.required).filter_map(|output| output.path.clone()).collect()
}

/// Why the run is no success, where it is none; looked at in the order in which the reasons explain each other.
fn judged(
    pass: &PassPlan,
    ended: &Ended,
    report: &Report,
    judgement: &Judgement,
    tree: &Tree,
    required: &[String],
) -> Option<(Outcome, String)> {
    let seconds = ended.took.as_secs();
    match ended.stopped {
        Some(Stop::Money) => return Some((Outcome::CapHit, format!("it was stopped at its cap of {}", pass.cap))),
        Some(Stop::Time | Stop::Silence) => {
            return Some((Outcome::TimedOut, format!("it was stopped after {seconds} s")));
        }
        Some(Stop::Cancelled) => return Some((Outcome::Cancelled, "it was stopped".to_owned())),
        None if report.over_budget => {
            return Some((Outcome::CapHit, format!("the harness stopped at its cap of {}", pass.cap)));
        }
        None => {}
    }
    if let Some(failure) = &report.failure {
        return Some((Outcome::Error, failure.clone()));
    }
    if ended.exit != Some(0) {
        let words = harness::one_line(ended.errors.text().lines().last().unwrap_or_default());
        let code = ended.exit.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        return Some((Outcome::Error, format!("it ended with {code}: {words}")));
    }
    let outside: Vec<&str> = judgement.outside.iter().map(String::as_str).collect();
    let refused: Vec<String> = judgement.refused.iter().map(|(path, why)| format!("{path} ({why})")).collect();
    if !outside.is_empty() || !refused.is_empty() {
        let all: Vec<String> = outside.into_iter().map(str::to_owned).chain(refused).take(5).collect();
        return Some((
            Outcome::OutOfScope,
            format!("it changed what it may not: {}; nothing was applied", all.join(", ")),
        ));
    }
    let missing: Vec<&str> =
        required.iter().filter(|path| tree.root().open_regular(path, u64::MAX).is_err()).map(String::as_str).collect();
    let unused = if report.refused.is_empty() {
        String::new()
    } else {
        format!(" (the harness refused {})", report.refused.join(", "))
    };
    if !missing.is_empty() {
        return Some((Outcome::NoOutput, format!("{} was not written{unused}", missing.join(", "))));
    }
    let wanted = pass.outputs.iter().any(|output| output.required);
    if pass.pass_type == "agent" && wanted && judgement.changes.is_empty() {
        return Some((Outcome::NoOutput, format!("it changed nothing{unused}")));
    }
    None
}

/// One row per model. Where nothing can be known, one row says so and the whole hold is booked.
///
/// `silent` is a CLI that ended by itself without a word: it has called nobody.
pub(crate) fn rows(report: &Report, silent: bool, model: Option<&str>, prices: &PriceMap) -> Vec<CostRow> {
    let row = |seen: &ModelUsage| CostRow {
        model: seen.model.clone(),
        usage: seen.usage,
        completeness: seen.completeness,
        calls: seen.calls,
        computed: prices.cost(&seen.model, &seen.usage, seen.calls),
        reported: seen.reported,
        basis: prices.basis(&seen.model),
        price_map: prices.version(),
    };
    if !report.usage.is_empty() {
        return report.usage.iter().map(row).collect();
    }
    let known = report.complete || silent;
    vec![CostRow {
        model: model.unwrap_or("unknown").to_owned(),
        usage: Usage::default(),
        completeness: if known { Completeness::Exact } else { Completeness::Unknown },
        calls: known.then_some(0),
        computed: if known { Cost::exact(Usd::ZERO) } else { Cost::Unknown },
        reported: None,
        basis: Basis::ListEstimate,
        price_map: prices.version(),
    }]
}

/// Reads the stream, watches the money, keeps the store told.
struct Watching<'a, 'b> {
    live: &'a mut Live<'b>,
    reader: &'a mut dyn Reader,
    priced: Instant,
}

impl Watching<'_, '_> {
    fn price(&mut self) -> Flow {
        self.priced = Instant::now();
        let (mut low, mut high, mut unknown) = (Usd::ZERO, Usd::ZERO, false);
        for seen in self.reader.so_far() {
            match self.live.prices.cost(&seen.model, &seen.usage, seen.calls) {
                Cost::Known { low: least, high: most } => (low, high) = (low.plus(least), high.plus(most)),
                Cost::Unknown => unknown = true,
            }
        }
        if low > self.live.progress.spent {
            self.live.progress.spent = low;
            (self.live.told)(&Event::Spent { spent: low, unknown });
        }
        if self.live.cap > Usd::ZERO && high >= self.live.cap { Flow::Stop(Stop::Money) } else { Flow::Continue }
    }
}

impl Watch for Watching<'_, '_> {
    fn started(&mut self, child: ProcessId) {
        self.live.progress.child = Some(child);
        self.live.heartbeat();
    }

    fn line(&mut self, line: &[u8]) -> Flow {
        let mut flow = Flow::Continue;
        for heard in self.reader.line(line) {
            match heard {
                Heard::Text(line) if !line.is_empty() => {
                    self.live.progress.line = line.clone();
                    (self.live.told)(&Event::Text { line });
                }
                Heard::Text(_) => {}
                Heard::Tool { name, detail } => {
                    self.live.progress.line = format!("{name} {detail}");
                    (self.live.told)(&Event::Tool { name, detail });
                }
                Heard::Refused(tool) => (self.live.told)(&Event::Refused { tool }),
                Heard::Spent => flow = self.price(),
            }
        }
        flow
    }

    fn tick(&mut self) -> Flow {
        beat(self.live);
        // a stream that says nothing of money may have a log that does
        if self.priced.elapsed() >= Duration::from_secs(1) { self.price() } else { Flow::Continue }
    }
}

/// Keeps the store told while checkers run.
struct Beating<'a, 'b> {
    live: &'a mut Live<'b>,
}

impl Watch for Beating<'_, '_> {
    fn tick(&mut self) -> Flow {
        beat(self.live);
        Flow::Continue
    }
}

fn beat(live: &mut Live<'_>) {
    if live.beat.elapsed() >= Duration::from_secs(1) {
        live.heartbeat();
    }
    if live.looked.elapsed() >= Duration::from_millis(500) {
        live.look_at_trust();
    }
}

/// A receipt that is not written down everywhere yet, and what has to be done with it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) receipt: Receipt,
    pub(crate) apply: bool,
    pub(crate) hold: Usd,
    pub(crate) seen: Usd,
}

impl Pending {
    fn write(&self, folder: &Path) -> Result<(), FileError> {
        files::write_own(&folder.join("receipt.json"), &serde_json::to_vec_pretty(self).unwrap_or_default())
    }

    /// What an earlier supervisor left in a run's folder.
    pub(crate) fn read(folder: &Path) -> Option<Pending> {
        serde_json::from_slice(&files::read_own(&folder.join("receipt.json"), 64 << 20).ok()?).ok()
    }

    /// Everything is written down; the tree is no longer needed.
    pub(crate) fn done(&self, folder: &Path) -> Result<(), FileError> {
        // what is left is only disk space
        let _ = std::fs::remove_dir_all(folder.join("tree"));
        let _ = std::fs::remove_dir_all(folder.join("tmp"));
        Ok(())
    }
}

/// Books the money and writes the record; doing it again changes nothing. Answers the record's path from the root.
pub(crate) fn settle_and_record(
    store: &dyn Store,
    root: &Root,
    pending: &Pending,
    fence: i64,
) -> Result<String, RunError> {
    let receipt = &pending.receipt;
    let booked = budget::bookings(&receipt.cost, pending.hold, pending.seen);
    let rows: Vec<(CostRow, Usd)> = receipt.cost.iter().cloned().zip(booked).collect();
    // the record first: an unsettled run is found again at the next start, a settled one is looked at no more
    let path = format!(".tollgate/records/{}/{}.json", receipt.ticket, receipt.run);
    write_record(root, &path, &Record::Run(Box::new(receipt.clone())))?;
    store.settle(&receipt.run, fence, receipt.outcome, &rows)?;
    Ok(path)
}

/// `records: local`: git is told once to look away.
fn keep_out_of_git(root: &Root) -> Result<(), FileError> {
    let path = ".tollgate/records/.gitignore";
    if root.kind(path)?.is_some() { Ok(()) } else { root.write(path, b"*\n") }
}

/// Writes a record file; a record that is there already is never replaced.
pub fn write_record(root: &Root, path: &str, record: &Record) -> Result<(), FileError> {
    if root.kind(path)?.is_some() {
        return Ok(());
    }
    let mut text = serde_json::to_vec_pretty(record).unwrap_or_default();
    text.push(b'\n');
    root.write(path, &text)
}
