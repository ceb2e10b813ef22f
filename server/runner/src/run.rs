//! One pass from confirmation to receipt.
//!
//! The order of the steps is what a crash is survived by: money is set aside before anything starts, the receipt is
//! written into the run's folder before anything is applied, the change is applied by a journal, and the money is settled
//! and the record written last. [`crate::recover`] finishes whatever was left.

mod call;
mod event;
mod judge;
mod live;
mod pulse;
mod record;
pub mod review;
mod watching;

pub use event::{Event, word};
pub(crate) use judge::rows;
pub(crate) use record::{Pending, settle_and_record};
pub(crate) use record::{compose, ends, keep_bytes_in_git, keep_out_of_git, path_of};

use crate::base::BaseError;
use crate::files::{self, FileError};
use crate::process::{Cancel, ProcessError};
use crate::signing::SignError;
use crate::tree::{Applied, Kept, TreeError};
use crate::trust::{self, Trusted};
use crate::world::{Site, WorldError, now};
use delivery::budget::{self, Decision};
use delivery::forecast::REVIEW;
use delivery::launch::LaunchPlan;
use delivery::limits::{Raises, books, limits};
use delivery::plan::{Estimate, PassPlan, PassState, Plan, plan};
use delivery::words::{Unseen, ticket_key};
use delivery::world::{Overrides, World};
use live::{Done, Live};
use pulse::Pulse;
use spec::record::{GateState, Outcome, Purpose};
use spec::{Project, Usd};
use std::io::Write;
use std::time::SystemTime;
use store::{Admission, Forecast, Grant, GrantAnswer, LeaseRequest, NewRun, Store, StoreError};

/// Errors that leave nothing behind but what [`crate::recover`] finishes.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing can be run, with the reason.
    #[error("{0}")]
    NotRunnable(String),
    /// The plan at hand is not the one that was reviewed.
    #[error("this root is not trusted: {}", delivery_words(.0))]
    Untrusted(delivery::trust::Trust),
    /// What an agent would be told is not what this user has seen.
    #[error("{}. Look at it in the editor, or with `tollgate run` in a terminal", unseen_words(.0))]
    Unseen(Vec<Unseen>),
    /// A budget or a resource says no.
    #[error("{0}")]
    Refused(String),
    /// What was planned is not what is there any more.
    #[error("{0} changed since it was planned; look at the plan again")]
    Changed(String),
    /// See inside.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// See inside.
    #[error(transparent)]
    Sign(#[from] SignError),
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

fn unseen_words(unseen: &[Unseen]) -> String {
    unseen.iter().map(Unseen::sentence).collect::<Vec<_>>().join("; ")
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
    let mut world = site.world(&project, Some(store), &request.ticket, request.overrides.clone())?;
    let launch = site.launch_plan(&project, &world);
    let trusted = trust::check(&site.home, &launch, request.trust_plan.as_deref());
    if let Ok(trusted) = &trusted {
        site.learn_base(trusted, &mut world)?;
    }
    let plan = plan(&project, &request.ticket, &world);
    let wanted = match request.pass.as_ref().or(plan.next.pass.as_ref()) {
        Some(pass) => pass.clone(),
        None if plan.passes.iter().any(|pass| pass.over.is_some()) => {
            return Err(RunError::Refused(plan.next_in_full()));
        }
        None => return Err(RunError::NotRunnable(plan.next_in_full())),
    };
    let Some(at) = plan.passes.iter().position(|pass| pass.id == wanted) else {
        return Err(RunError::NotRunnable(format!("the workflow has no pass `{wanted}`")));
    };
    let pass = &plan.passes[at];
    let why = pass.why.join("; ");
    match &pass.state {
        state if state.is_runnable() => {}
        PassState::StoppedByBudget => return Err(RunError::Refused(why)),
        state => return Err(RunError::NotRunnable(format!("pass `{wanted}` {}: {why}", state.clause()))),
    }
    let trusted = trusted.map_err(RunError::Untrusted)?;
    // a result that is taken was made with the words of then
    if pass.state != PassState::Cached {
        only_seen_words(site, &project, &launch, (&plan, &wanted), request.trust_plan.as_deref())?;
    }
    Ok(Ready { project, world, plan, at, trusted, request })
}

/// Refuses where an agent of this pass, the reviewing one too, would be told what this user has not seen.
pub(crate) fn only_seen_words(
    site: &Site,
    project: &Project,
    launch: &LaunchPlan,
    (plan, pass): (&Plan, &str),
    trust_plan: Option<&str>,
) -> Result<(), RunError> {
    let workflow = plan.workflow.workflow.as_deref().unwrap_or_default();
    let mut unseen = site.unseen(project, &launch.prompts, (workflow, pass), &plan.ticket.id);
    if trust_plan == Some(&launch.hash()) {
        // the job named the words of every pass; what a ticket hides it did not
        unseen.retain(|unseen| unseen.key == ticket_key(&plan.ticket.id));
    }
    if unseen.is_empty() { Ok(()) } else { Err(RunError::Unseen(unseen)) }
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
    let cap = pass.cap;
    let dispatch = Dispatch {
        site,
        project: &ready.project,
        world: &ready.world,
        plan: &ready.plan,
        pass,
        run: &run,
        harness: &harness,
        model: model.clone(),
        hold: cap,
        purpose: Purpose::Pass,
    };
    let grant = dispatch.grant(store)?;
    // what is not taken away now is taken away at another start
    let _ = crate::prune::prune(&site.home, store, &site.repository(), &now());
    crate::caches::trim(&site.home, SystemTime::now());
    let folder = site.home.run(&run);
    files::make_own_folder(&folder.join("tmp"))?;
    let mut events = files::append_own(&folder.join("events.jsonl"))?;
    let mut log = files::append_own(&folder.join("transcript.txt"))?;
    let mut told = |event: &Event| {
        let line = serde_json::to_string(event).unwrap_or_default();
        // who looks on must not be able to end the run
        let _ = writeln!(events, "{line}");
        let _ = writeln!(log, "{}", delivery::prompt::visible(&event.words()));
        sink(event);
    };
    told(&Event::Started {
        run: run.clone(),
        ticket: ready.request.ticket.clone(),
        pass: pass.id.clone(),
        harness: harness.clone(),
        model: model.clone(),
        cap,
        isolation: crate::isolation::available(site.root.path()).to_string(),
    });
    let mut live = Live {
        site,
        ready,
        run: &run,
        folder: &folder,
        pulse: Pulse::new(store, &grant, cancel, cap, &site.user.prices, &mut told),
        rows: Vec::new(),
    };
    let started = now();
    live.draft(&harness, model.clone(), &started)?;
    let mut attempt = live.attempt(&harness, model.as_deref());
    if live.pulse.stale {
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
    let mut ended = live.finish(receipt, &done)?;
    if done.review {
        review::follow(site, store, ready, (&mut ended, done.take_after), cancel, &mut told);
    }
    told(&ended);
    Ok(ended)
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

/// A run that asks to be admitted: to do a pass, or to review it.
struct Dispatch<'a> {
    site: &'a Site,
    project: &'a Project,
    world: &'a World,
    plan: &'a Plan,
    pass: &'a PassPlan,
    run: &'a str,
    harness: &'a str,
    model: Option<String>,
    /// Money to set aside.
    hold: Usd,
    purpose: Purpose,
}

impl Dispatch<'_> {
    /// Sets the money aside and takes the resources, or says why not.
    fn grant(&self, store: &dyn Store) -> Result<Grant, RunError> {
        let new = self.new_run()?;
        let (ticket, workflow) = (&self.plan.ticket.id, self.plan.workflow.workflow.as_deref());
        let raises = Raises::of(self.project, self.world);
        let limits = limits(self.project, self.world, &raises, (ticket, workflow, &self.pass.id));
        // what other machines spent on this project counts before anything new is set aside
        crate::books::import_receipts(store, &new.repository, self.project)?;
        let answer = store.grant(&new, &mut |money| match budget::admit(&limits, money, self.hold) {
            Decision::Grant { .. } => Admission::Grant,
            Decision::Refuse(objection) => Admission::Refuse(objection.to_string()),
        })?;
        match answer {
            GrantAnswer::Granted(grant) => Ok(grant),
            GrantAnswer::Refused(why) => Err(RunError::Refused(why)),
            GrantAnswer::Wait { resource, behind } => {
                let behind = behind.join(", ");
                Err(RunError::Refused(format!("`{resource}` is held by run {behind}; try again when it has ended")))
            }
        }
    }

    fn new_run(&self) -> Result<NewRun, RunError> {
        let repository = self.site.repository();
        let scopes = books(self.project, self.world, &self.plan.ticket.id, &self.pass.id);
        if scopes.is_empty() {
            return Err(RunError::NotRunnable("the time is not known".to_owned()));
        }
        let review = self.pass.gate.as_ref().and_then(|gate| gate.reviewer.as_ref());
        let (kind, estimate) = match self.purpose {
            Purpose::Pass => (self.pass.kind.clone(), Some(&self.pass.estimate)),
            Purpose::Review => (Some(REVIEW.to_owned()), review.map(|review| &review.estimate)),
        };
        let leases = self.pass.reservations.iter().filter(|_| self.purpose.is_pass()).map(|wanted| LeaseRequest {
            resource: format!("{repository}:{}", wanted.resource),
            exclusive: wanted.exclusive,
            capacity: wanted.capacity,
        });
        Ok(NewRun {
            run: self.run.to_owned(),
            ticket: self.plan.ticket.id.clone(),
            workflow: self.plan.workflow.workflow.clone().unwrap_or_default(),
            pass: self.pass.id.clone(),
            harness: self.harness.to_owned(),
            model: self.model.clone(),
            purpose: self.purpose,
            kind,
            forecast: match estimate {
                Some(Estimate::History(range)) => {
                    Some(Forecast { p50: range.p50, p90: range.p90, n: range.n, of: range.of.to_owned() })
                }
                _ => None,
            },
            hold: self.hold,
            scopes,
            leases: leases.collect(),
            supervisor: crate::sweep::this_process(),
            repository,
        })
    }
}
