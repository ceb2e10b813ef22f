//! The review of an agent, as a run of its own: admitted with money of its own, in a tree of its own that it cannot write,
//! with its own transcript, receipt and decision. Its word is read strictly; what cannot be read is an error of the gate
//! and is asked for once more.
//!
//! The pass has been settled and recorded before: whatever becomes of the review, the work and its cost are not lost, and
//! `tollgate gate` asks again. The change of the pass waits beside the ledger until the agent has nothing against it.

use super::call::Call;
use super::judge::rows;
use super::pulse::Pulse;
use super::record::write_record;
use super::record::{Pending, settle_and_record};
use super::watching::Watching;
use super::{Dispatch, Event, Ready, RunError};
use crate::clock::now;
use crate::files;
use crate::gates::Gates;
use crate::git::git;
use crate::harness::Task;
use crate::process::{self, Cancel, Limits, Spec, Stop};
use crate::tree::{Applied, Kept, State, Tree};
use crate::trust::Trusted;
use crate::world::Site;
use delivery::agent::ResolvedAgent;
use delivery::gate::{NewDecision, decision};
use delivery::plan::{GatePlan, PassPlan, Plan, ReviewPlan, plan};
use delivery::review::{self, Asked, Remark};
use delivery::world::{Overrides, World};
use findings::{Finding, Paths, Place};
use spec::cost::CostRow;
use spec::model::Gate;
use spec::record::{
    CheckResult, FileId, GateState, Outcome, Purpose, Receipt, Record, ReviewerKind, Strength, Verdict,
};
use spec::{Project, Usd};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use store::{Store, StoreError};
use text::BlobId;

/// How often an answer that does not count is asked for again.
const AGAIN: usize = 1;
/// Most of a diff that a prompt carries, in bytes, and of one file.
const LONGEST_DIFF: usize = 200 << 10;
const LONGEST_FILE: usize = 60 << 10;
/// Files whose last commit is looked up for a diff.
const MOST_FILES: usize = 60;

/// Something that an agent is to judge.
pub struct Reviewable {
    project: Project,
    world: World,
    plan: Plan,
    at: usize,
    /// The change that is judged before it is taken; none for what is in the work tree.
    kept: Option<Kept>,
    trusted: Trusted,
    /// The run that the review will be; none for a new one.
    run: Option<String>,
}

/// What a review came to.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Its run.
    pub run: String,
    /// What it says of the gate.
    pub result: CheckResult,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What it cost.
    pub cost: Vec<CostRow>,
    /// The decision's path from the root.
    pub decision: Option<String>,
    /// True when its word is required.
    pub required: bool,
}

impl Reviewed {
    /// True when nothing stands against going on.
    pub fn lets_pass(&self) -> bool {
        !self.required || matches!(self.result.state, GateState::Passed | GateState::Warned)
    }
}

impl Reviewable {
    /// Plans the ticket and finds what the agent of a pass's gate has to judge; none when it asks no agent, or has heard it
    /// over exactly these contents.
    pub fn find(
        site: &mut Site,
        store: &dyn Store,
        (ticket, pass): (&str, &str),
        overrides: Overrides,
        trusted: Trusted,
    ) -> Result<Option<Reviewable>, RunError> {
        let project = site.project()?;
        let world = site.world(&project, Some(store), ticket, overrides)?;
        let plan = plan(&project, ticket, &world);
        let Some(at) = plan.passes.iter().position(|known| known.id == pass) else { return Ok(None) };
        let planned = &plan.passes[at];
        let Some(gate) = planned.gate.as_ref().filter(|gate| gate.reviewer.is_some()) else { return Ok(None) };
        let heard = gate.verdict.heard || gate.verdict.approved;
        if heard || gate.files.is_empty() || !planned.needs.iter().all(|need| is_closed(&plan, need)) {
            return Ok(None);
        }
        let kept = planned.run.as_deref().map(|run| Kept::open(&site.home.run(run))).transpose()?.flatten();
        let judged = |kept: &Kept| {
            kept.state() == State::Kept
                && kept.root() == site.root.path()
                && kept.changes().iter().all(|change| {
                    let blob = change.after.map(|after| after.blob);
                    gate.files.iter().any(|file| file.path == change.path && file.blob == blob)
                        && world.files.get(&change.path).copied() != blob
                })
        };
        let kept = kept.filter(judged);
        Ok(Some(Reviewable { project, world, plan, at, kept, trusted, run: None }))
    }

    /// The same as the run of this id, which somebody waits for already.
    pub fn as_run(self, run: String) -> Reviewable {
        Reviewable { run: Some(run), ..self }
    }

    /// The pass.
    pub fn pass(&self) -> &PassPlan {
        &self.plan.passes[self.at]
    }

    /// Why its agent cannot be asked, as a clause; none when it can.
    pub fn barred(&self) -> Option<String> {
        let plan = self.review()?;
        let nothing = plan.route.as_ref().is_none_or(|route| route.choice.is_none());
        plan.dependent.clone().or_else(|| nothing.then(|| "nothing that is installed here can do it".to_owned()))
    }

    /// Who judges, with what, at what cost.
    pub fn review(&self) -> Option<&ReviewPlan> {
        self.gate_plan()?.reviewer.as_ref()
    }

    /// The run whose change is judged before it is taken.
    pub fn kept_run(&self) -> Option<&str> {
        self.kept.as_ref().and(self.pass().run.as_deref())
    }

    fn gate_plan(&self) -> Option<&GatePlan> {
        self.pass().gate.as_ref()
    }

    fn gate(&self) -> Option<&Gate> {
        super::live::gate_of(&self.project, &self.plan, &self.pass().id)
    }
}

fn is_closed(plan: &Plan, pass: &str) -> bool {
    plan.passes.iter().any(|known| known.id == pass && known.state.is_closed())
}

/// Reviews what a pass has just done and takes its change when nothing stands against it. What it came to is written into
/// the end that will be told.
pub(super) fn follow(
    site: &Site,
    store: &dyn Store,
    ready: &Ready,
    (ended, take): (&mut Event, bool),
    cancel: &Cancel,
    told: &mut dyn FnMut(&Event),
) {
    let Event::Ended { run, outcome, message, gate, cost, applied, .. } = ended else { return };
    let place = (ready.request.ticket.as_str(), ready.pass().id.as_str());
    let reviewed = Site::open(site.home.clone(), site.root.path()).map_err(RunError::from).and_then(|mut site| {
        let found = Reviewable::find(&mut site, store, place, ready.request.overrides.clone(), ready.trusted.clone())?;
        found.map(|found| self::review(&site, store, &found, cancel, told)).transpose()
    });
    let lets_pass = match reviewed {
        Ok(None) => true,
        Ok(Some(reviewed)) => {
            cost.extend(reviewed.cost.iter().cloned());
            let passes = reviewed.lets_pass();
            *gate = if passes { gate_of_two(*gate, reviewed.result.state) } else { reviewed.result.state };
            if !passes {
                *outcome = match reviewed.result.state {
                    GateState::Failed => Outcome::GateFailed,
                    _ if cancel.is_cancelled() => Outcome::Cancelled,
                    _ => Outcome::Error,
                };
                let kept = if take { "its change is kept: " } else { "" };
                *message = format!("{kept}{}: {}", reviewed.result.id, reviewed.result.message);
            }
            passes
        }
        Err(error) => {
            *gate = GateState::Pending;
            *message = format!("it waits for its review: {error}");
            false
        }
    };
    if lets_pass && take {
        told(&Event::Phase { phase: "applying".to_owned() });
        (*applied, *message) = match super::take(site, run) {
            Ok(Applied::Whole) => (true, message.clone()),
            Ok(Applied::Conflict(paths)) => {
                let paths = delivery::prompt::one_line(&paths.join(", "), 200);
                (false, format!("its change is kept: {paths} changed while it ran"))
            }
            Err(error) => (false, format!("its change is kept: {error}")),
        };
        if *applied {
            // what was said of the change is now said of the work tree
            let _ = Gates::copy_to_tree(&site.home, &site.root, place, run);
        }
    }
}

/// Takes the change that was judged before it was taken, where nothing stands against it and nothing in it needs a person.
/// Answers what became of it, in a sentence; nothing where there is no such change.
pub fn take_reviewed(site: &Site, wanted: &Reviewable, reviewed: &Reviewed) -> Result<Option<String>, RunError> {
    let Some((kept, run)) = wanted.kept.as_ref().zip(wanted.kept_run()).filter(|_| reviewed.lets_pass()) else {
        return Ok(None);
    };
    if let Some(change) = kept.changes().iter().find(|change| crate::protected::is_protected(&change.path)) {
        return Ok(Some(format!("{} needs a person: take the change with `tollgate run`", change.path)));
    }
    Ok(Some(match super::take(site, run)? {
        Applied::Whole => {
            let place = (wanted.plan.ticket.id.as_str(), wanted.pass().id.as_str());
            // what was said of the change is now said of the work tree
            let _ = Gates::copy_to_tree(&site.home, &site.root, place, run);
            format!("the change of run {run} was taken")
        }
        Applied::Conflict(paths) => {
            let paths = delivery::prompt::one_line(&paths.join(", "), 200);
            format!("the change of run {run} is kept: {paths} changed since")
        }
    }))
}

/// The worse of two states that let work pass.
fn gate_of_two(one: GateState, other: GateState) -> GateState {
    if [one, other].iter().all(|state| *state == GateState::Passed) { GateState::Passed } else { GateState::Warned }
}

/// Lets the agent judge: from admission to decision, receipt and findings.
pub fn review(
    site: &Site,
    store: &dyn Store,
    wanted: &Reviewable,
    cancel: &Cancel,
    sink: &mut dyn FnMut(&Event),
) -> Result<Reviewed, RunError> {
    let nothing = || RunError::NotRunnable("no agent is asked to review it".to_owned());
    let (gate_plan, plan, gate) = match (wanted.gate_plan(), wanted.review(), wanted.gate()) {
        (Some(gate_plan), Some(plan), Some(gate)) => (gate_plan, plan, gate),
        _ => return Err(nothing()),
    };
    if let Some(why) = &plan.dependent {
        return Err(RunError::NotRunnable(format!("`{}` may not review it: {why}", plan.agent)));
    }
    let agent = delivery::agent::resolve(&wanted.project, &plan.agent).ok_or_else(nothing)?;
    let choice = plan.route.as_ref().and_then(|route| route.choice.clone()).ok_or_else(|| {
        RunError::NotRunnable(format!("nothing that is installed here can do the review of `{}`", plan.agent))
    })?;
    let run = wanted.run.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let cap = plan.cap;
    let dispatch = Dispatch {
        site,
        project: &wanted.project,
        world: &wanted.world,
        plan: &wanted.plan,
        pass: wanted.pass(),
        run: &run,
        harness: &choice.harness,
        model: choice.model.clone(),
        hold: cap,
        purpose: Purpose::Review,
    };
    let grant = dispatch.grant(store)?;
    let folder = site.home.run(&run);
    files::make_own_folder(&folder.join("tmp"))?;
    let mut log = files::append_own(&folder.join("transcript.txt"))?;
    let mut told = |event: &Event| {
        // who looks on must not be able to end the run
        let _ = writeln!(log, "{}", delivery::prompt::visible(&event.words()));
        sink(event);
    };
    told(&Event::ReviewStarted {
        run: run.clone(),
        agent: agent.name.clone(),
        harness: choice.harness.clone(),
        model: choice.model.clone(),
        cap,
    });
    let mut judge = Judge {
        site,
        wanted,
        gate,
        gate_plan,
        plan,
        agent,
        alias: &choice.harness,
        run: &run,
        folder: &folder,
        started: now(),
        pulse: Pulse::new(store, &grant, cancel, cap, &site.user.prices, &mut told),
        rows: Vec::new(),
        transcript: None,
        isolation: "unknown".to_owned(),
        version: None,
    };
    let lost = judge.receipt(Outcome::Lost, &judge.broken("the process that supervised it disappeared".to_owned()));
    files::write_own(&folder.join("draft.json"), &serde_json::to_vec_pretty(&lost).unwrap_or_default())?;
    let judged = judge.attempt().unwrap_or_else(|error| Judged::Broken(Outcome::Error, error.to_string()));
    if judge.pulse.stale {
        return Err(RunError::Store(StoreError::Stale { token: grant.fence }));
    }
    let reviewed = judge.finish(store, grant.fence, judged)?;
    told(&Event::Reviewed {
        run: reviewed.run.clone(),
        state: reviewed.result.state,
        message: reviewed.result.message.clone(),
        cost: reviewed.cost.clone(),
        decision: reviewed.decision.clone(),
    });
    Ok(reviewed)
}

/// What an attempt came to.
enum Judged {
    /// Its answer counts.
    Said(Box<review::Review>, Vec<Finding>),
    /// It does not.
    Broken(Outcome, String),
}

/// A granted review while it lives.
struct Judge<'a> {
    site: &'a Site,
    wanted: &'a Reviewable,
    gate: &'a Gate,
    gate_plan: &'a GatePlan,
    plan: &'a ReviewPlan,
    agent: ResolvedAgent,
    alias: &'a str,
    run: &'a str,
    folder: &'a Path,
    started: String,
    pulse: Pulse<'a>,
    rows: Vec<CostRow>,
    transcript: Option<String>,
    isolation: String,
    version: Option<String>,
}

impl Judge<'_> {
    fn attempt(&mut self) -> Result<Judged, RunError> {
        self.pulse.phase("reviewing");
        let mut tree = Tree::prepare(&self.wanted.trusted, &self.site.root, self.folder, self.run)?;
        let before = self.before(&tree);
        if let Some(kept) = &self.wanted.kept
            && let Err(path) = tree.lay(kept)?
        {
            return Err(RunError::Changed(path));
        }
        self.unchanged(&tree)?;
        let (diff, not_shown) = diff(&tree, &self.gate_plan.files, &before);
        let asked = review::asked(self.gate);
        let checks = self.checks();
        let mut unreadable: Option<String> = None;
        for again in (0..=AGAIN).rev() {
            let prompt = review::prompt(
                &self.plan.brief,
                &asked,
                &review::Work {
                    files: &self.gate_plan.files,
                    diff: &diff,
                    not_shown: &not_shown,
                    checks: &checks,
                    unreadable: unreadable.as_deref(),
                },
            );
            let answer = match self.ask(&tree, prompt)? {
                Ok(answer) => answer,
                Err((outcome, why)) => return Ok(Judged::Broken(outcome, why)),
            };
            if let Some(path) = changed(&tree)? {
                let path = delivery::prompt::one_line(&path, 100);
                return Ok(Judged::Broken(
                    Outcome::OutOfScope,
                    format!("it changed {path}, and a reviewer writes nothing"),
                ));
            }
            match self.read(&answer, &asked, &tree) {
                Ok(judged) => return Ok(judged),
                Err(why) if again == 0 || !self.has_money() => return Ok(Judged::Broken(Outcome::Error, why)),
                Err(why) => unreadable = Some(why),
            }
        }
        Ok(Judged::Broken(Outcome::Error, "it gave no answer".to_owned()))
    }

    fn read(&self, answer: &str, asked: &[Asked], tree: &Tree) -> Result<Judged, String> {
        let review = review::read(answer, asked)?;
        let findings = review.remarks.iter().map(|remark| self.finding(remark, tree)).collect();
        Ok(Judged::Said(Box::new(review), findings))
    }

    /// True while another call may cost something.
    fn has_money(&self) -> bool {
        self.pulse.cap == Usd::ZERO || self.left() > Usd::ZERO
    }

    fn left(&self) -> Usd {
        let spent = self.rows.iter().filter_map(|row| row.computed.high()).fold(Usd::ZERO, Usd::plus);
        let unknown = self.rows.iter().any(|row| row.computed.high().is_none());
        if unknown { Usd::ZERO } else { self.pulse.cap.minus(spent).max(Usd::ZERO) }
    }

    /// Contents of the judged files before the pass: what a kept change started from, else the last commit.
    fn before(&self, tree: &Tree) -> BTreeMap<String, Option<String>> {
        let kept = self.wanted.kept.is_some();
        let from_commit = |path: &str| {
            let folder = tree.folder();
            let call = |words: &[&str]| git(&self.wanted.trusted, folder, Some(folder), words).ok();
            let id = call(&["rev-parse", "-q", "--verify", &format!("HEAD:{path}")])?;
            let text = call(&["cat-file", "blob", id.trim()])?;
            // one that is too long comes back cut
            (BlobId::of(text.as_bytes()).to_string() == id.trim()).then_some(text)
        };
        if self.wanted.pass().pass_type == "gate" {
            return BTreeMap::new();
        }
        let files = self.gate_plan.files.iter().take(MOST_FILES);
        let text = |path: &str| if kept { tree.root().read_text(path).ok() } else { from_commit(path) };
        files.map(|file| (file.path.clone(), text(&file.path))).collect()
    }

    /// What is judged, and what the agent obeys, are the very contents that were planned with and reviewed.
    fn unchanged(&self, tree: &Tree) -> Result<(), RunError> {
        for file in self.gate_plan.files.iter().filter(|file| !file.path.contains(':')) {
            if tree.base.get(&file.path).map(|version| version.blob) != file.blob {
                return Err(RunError::Changed(file.path.clone()));
            }
        }
        let obeyed = crate::contents::configuration(tree.root());
        let unseen = obeyed.into_iter().find(|(path, hash)| !self.wanted.trusted.has_reviewed(path, hash));
        unseen.map_or(Ok(()), |(path, _)| Err(RunError::Changed(path)))
    }

    /// What the verify commands said of these contents.
    fn checks(&self) -> Vec<CheckResult> {
        let parts = self.gate_plan.verdict.parts.iter().filter(|part| part.kind == delivery::gate::PartKind::Verify);
        parts
            .map(|part| CheckResult {
                id: part.id.clone(),
                state: part.state,
                exit: None,
                errors: 0,
                warnings: 0,
                message: part.message.clone(),
            })
            .collect()
    }

    /// Asks the agent once: its answer, or how it failed.
    fn ask(&mut self, tree: &Tree, prompt: String) -> Result<Result<String, (Outcome, String)>, RunError> {
        let choice = self.plan.route.as_ref().and_then(|route| route.choice.as_ref());
        let model = choice.and_then(|choice| choice.model.clone());
        let call = Call {
            site: self.site,
            trusted: &self.wanted.trusted,
            world: &self.wanted.world,
            alias: self.alias,
            tree,
            folder: self.folder,
            names: self.names(),
            agent: true,
            review: true,
        };
        let settings = self.plan.settings.as_ref();
        let argv = call.argv(&Task {
            model: model.clone(),
            effort: choice.and_then(|choice| choice.effort.clone()),
            cap: Some(self.left()).filter(|left| *left > Usd::ZERO),
            turns: settings.and_then(|settings| settings.max_turns.as_ref()).map(|turns| turns.value),
            exec: self.agent.exec.clone(),
            title: format!("{} {} review", self.wanted.plan.ticket.id, self.wanted.pass().id),
        })?;
        let given = call.give()?;
        let wall = settings.map_or(Limits::default().wall, |settings| settings.timeout.value);
        let transcript = self.folder.join("transcript.out");
        let spec = Spec {
            argv,
            folder: tree.folder().to_owned(),
            input: prompt.into_bytes(),
            limits: Limits { wall, ..Limits::default() },
            fence: Some(call.fence(&given)),
            run: self.run.to_owned(),
            keep: Some((transcript.clone(), self.folder.join("transcript.err"))),
            environment: given.environment.clone(),
        };
        let mut reader = call.harness().reader(model.as_deref(), &spec.environment);
        let cancel = self.pulse.cancel;
        let mut watch = Watching::new(&mut self.pulse, &mut *reader);
        let ended = process::run(&self.wanted.trusted, &spec, cancel, &mut watch)?;
        let report = reader.report();
        given.take_back();
        if self.alias != "command" {
            let silent = !report.spoke && ended.stopped.is_none();
            self.rows.extend(rows(&report, silent, model.as_deref(), self.pulse.prices));
        }
        self.isolation = ended.isolation.to_string();
        self.transcript = files::sha256_own(&transcript, u64::MAX).ok();
        self.version = report.version.clone();
        let seconds = ended.took.as_secs();
        Ok(match ended.stopped {
            Some(Stop::Money) => Err((Outcome::CapHit, format!("it was stopped at its cap of {}", self.pulse.cap))),
            Some(Stop::Time | Stop::Silence) => Err((Outcome::TimedOut, format!("it was stopped after {seconds} s"))),
            Some(_) => Err((Outcome::Cancelled, "it was stopped".to_owned())),
            None if report.over_budget => {
                Err((Outcome::CapHit, format!("the harness stopped at its cap of {}", self.pulse.cap)))
            }
            None => match report.failure {
                Some(failure) => Err((Outcome::Error, failure)),
                None if ended.exit != Some(0) => {
                    let code = ended.exit.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
                    let words = crate::harness::one_line(ended.errors.text().lines().last().unwrap_or_default());
                    Err((Outcome::Error, format!("it ended with {code}: {words}")))
                }
                None => Ok(report.answer),
            },
        })
    }

    fn names(&self) -> BTreeMap<String, String> {
        let names = [
            ("TOLLGATE_TICKET_ID", self.wanted.plan.ticket.id.clone()),
            ("TOLLGATE_PASS", self.wanted.pass().id.clone()),
            ("TOLLGATE_WORKFLOW", self.wanted.plan.workflow.workflow.clone().unwrap_or_default()),
            ("TOLLGATE_PURPOSE", "review".to_owned()),
            ("TOLLGATE_AGENT", format!("{}/{}", self.agent.name, self.alias)),
        ];
        names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A remark at its place in the judged contents.
    fn finding(&self, remark: &Remark, tree: &Tree) -> Finding {
        let (own, user) = (tree.folder().display().to_string(), self.site.root.path().display().to_string());
        let roots = [own.as_str(), user.as_str()];
        let path = remark.path.as_deref().and_then(|path| Paths { roots: &roots, prefix: None }.map(path));
        let place = path.and_then(|path| {
            let text = tree.root().read_text(&path).ok()?;
            Some(Place::new(&path, &text, review::anchor(remark, &text)?))
        });
        let lost = remark.path.as_ref().filter(|_| place.is_none());
        let lost =
            lost.map(|path| format!(" (said of {}, where it does not stand)", delivery::prompt::one_line(path, 80)));
        Finding {
            check: review::check_id(&self.agent.name),
            tool: self.agent.name.clone(),
            rule: remark.criterion.clone(),
            message: format!("{}{}", remark.message, lost.unwrap_or_default()),
            severity: remark.severity,
            place,
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// A review that does not count, among the results of the gate's checks.
    fn broken(&self, why: String) -> CheckResult {
        CheckResult {
            id: review::check_id(&self.agent.name),
            state: GateState::Error,
            exit: None,
            errors: 0,
            warnings: 0,
            message: why,
        }
    }

    fn receipt(&self, outcome: Outcome, result: &CheckResult) -> Receipt {
        let (plan, pass) = (&self.wanted.plan, self.wanted.pass());
        let route = self.plan.route.as_ref();
        let workflow = plan.workflow_file.as_ref().and_then(|file| file.blob);
        Receipt {
            schema_version: 1,
            run: self.run.to_owned(),
            ticket: plan.ticket.id.clone(),
            workflow: plan.workflow.workflow.clone().unwrap_or_default(),
            workflow_blob: workflow.unwrap_or_else(|| BlobId::of(b"")),
            pass: pass.id.clone(),
            purpose: Purpose::Review,
            attempt: pass.attempt.saturating_sub(1).max(1),
            agent: Some(self.agent.name.clone()),
            harness: self.alias.to_owned(),
            harness_version: self.version.clone(),
            model_requested: route.and_then(|route| route.choice.as_ref()?.model.clone()),
            reason: route.map(|route| route.why.join("; ")).unwrap_or_default(),
            inputs: self.gate_plan.files.clone(),
            outputs: Vec::new(),
            outcome,
            message: delivery::prompt::one_line(&result.message, 500),
            cache_key: String::new(),
            started: self.started.clone(),
            ended: now(),
            cost: self.rows.clone(),
            gate: result.state,
            checks: vec![result.clone()],
            isolation: self.isolation.clone(),
            transcript: self.transcript.clone(),
            supersedes: None,
            prev: Vec::new(),
        }
    }

    /// Receipt, decision, money, findings, in the order that a crash is survived by.
    fn finish(&mut self, store: &dyn Store, fence: i64, judged: Judged) -> Result<Reviewed, RunError> {
        let (outcome, result, findings) = match &judged {
            Judged::Said(review, findings) => {
                let outcome = if review.approves() { Outcome::Ok } else { Outcome::GateFailed };
                (outcome, review.check(&self.agent.name), findings.clone())
            }
            Judged::Broken(outcome, why) => (*outcome, self.broken(delivery::prompt::one_line(why, 200)), Vec::new()),
        };
        let receipt = self.receipt(outcome, &result);
        let pending = Pending { receipt, apply: false, hold: self.pulse.cap, seen: self.pulse.progress.spent };
        pending.write(self.folder)?;
        let decision = match &judged {
            Judged::Said(review, _) => Some(self.decide(review)?),
            Judged::Broken(..) => None,
        };
        settle_and_record(store, &self.site.root, &pending, fence)?;
        let place = (self.wanted.plan.ticket.id.as_str(), self.wanted.pass().id.as_str());
        let of_run = self.wanted.kept_run();
        // they can be made again with `tollgate gate`
        let _ = Gates::add(&self.site.home, &self.site.root, place, of_run, &self.gate_plan.files, &result, &findings);
        pending.done(self.folder)?;
        let required = self.gate.reviewer.as_ref().is_some_and(|reviewer| reviewer.required);
        Ok(Reviewed { run: self.run.to_owned(), result, findings, cost: self.rows.clone(), decision, required })
    }

    /// Records what the agent decided, over exactly what it saw. Answers the record's path from the root.
    fn decide(&self, review: &review::Review) -> Result<String, RunError> {
        let (plan, pass) = (&self.wanted.plan, self.wanted.pass());
        let generator = pass.agent.as_deref().and_then(|name| delivery::agent::resolve(&self.wanted.project, name));
        let (id, time) = (uuid::Uuid::now_v7().to_string(), now());
        let workflow_blob = plan.workflow_file.as_ref().and_then(|file| file.blob);
        let decision = decision(NewDecision {
            id: &id,
            time: &time,
            ticket: &plan.ticket.id,
            workflow: plan.workflow.workflow.as_deref().unwrap_or_default(),
            workflow_blob: workflow_blob.unwrap_or_else(|| BlobId::of(b"")),
            pass: &pass.id,
            attempt: pass.attempt.saturating_sub(1),
            run: pass.run.as_deref(),
            verdict: if review.approves() { Verdict::Approved } else { Verdict::Rejected },
            reason: &review.summary,
            criteria: review.criteria.clone(),
            budget: None,
            reviewer_kind: ReviewerKind::Agent,
            reviewer: &self.agent.name,
            generator: generator.as_ref(),
            channel: "run",
            strength: Strength::Ui,
            subjects: self.gate_plan.subjects.clone(),
            supersedes: None,
        })
        .map_err(RunError::Refused)?;
        Ok(write_record(&self.site.root, Record::Decision(Box::new(decision)))?)
    }
}

/// The first path that is not as it was in a tree that nobody may write.
fn changed(tree: &Tree) -> Result<Option<String>, RunError> {
    let judgement = tree.judge(&|_| false, &[])?;
    let refused = judgement.refused.into_iter().map(|(path, _)| path);
    Ok(judgement.outside.into_iter().chain(refused).next())
}

/// What changed, as one text, and the files that are too long or no text.
fn diff(tree: &Tree, files: &[FileId], before: &BTreeMap<String, Option<String>>) -> (String, Vec<String>) {
    let (mut diff, mut not_shown) = (String::new(), Vec::new());
    for file in files {
        let Some(old) = before.get(&file.path) else { continue };
        let new = if file.blob.is_some() { tree.root().read_text(&file.path).ok() } else { Some(String::new()) };
        let (old, is_new) = (old.as_deref().unwrap_or_default(), old.is_none());
        let shown = new.filter(|new| new.len() + old.len() <= 2 * LONGEST_FILE).map(|new| {
            let names = [if is_new { "/dev/null" } else { &file.path }, &file.path];
            let diff = similar::TextDiff::from_lines(old, &new);
            diff.unified_diff().context_radius(5).header(names[0], names[1]).to_string()
        });
        match shown.filter(|shown| shown.len() <= LONGEST_FILE && diff.len() + shown.len() <= LONGEST_DIFF) {
            Some(shown) => diff.push_str(&shown),
            None => not_shown.push(file.path.clone()),
        }
    }
    (diff, not_shown)
}
