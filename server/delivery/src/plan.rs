//! The plan of a ticket: its passes in order, the state of each and why, what each would read, write, cost and be judged
//! by, and which one is next. It is what `tollgate explain`, hovers and lenses show, and what a run starts from.
//!
//! [`plan`] is a function of its arguments and never fails: what is missing or wrong is a blocked pass with a sentence.

mod expand;
mod state;
#[cfg(test)]
mod tests;

use crate::agent::{self, ResolvedAgent};
use crate::attest::{self, Weighed};
use crate::budget::{self, Objection, Place, ScopeLimit, SetBy};
use crate::choice::{self, WorkflowChoice};
use crate::condition::Condition;
use crate::forecast::{self, Forecast, Past, Traits, Wanted};
use crate::gate::{GateVerdict, Lost, PlacedGate};
use crate::inputs::{self, InputView};
use crate::limits::Raises;
use crate::prices::PriceMap;
use crate::prompt;
use crate::review;
use crate::route::{self, Candidate, Route, Terms};
use crate::settings::{self, Settings, Sources};
use crate::template::{Names, Value};
use crate::world::{Overrides, World};
use expand::Outputs;
use serde::Serialize;
use spec::cost::Scope;
use spec::model::{Gate, OnReject, Pass, PassType, StatusCategory, Ticket, Workflow};
use spec::record::{FileId, Receipt, Record, Strength, Subject};
use spec::{Project, SpecFile, Usd};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use text::{BlobId, Span};

pub use expand::WriteScope;

/// The plan of one ticket. Its JSON is stable: keys are added, never renamed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Plan {
    /// Always 1.
    pub schema_version: u32,
    /// The ticket.
    pub ticket: TicketView,
    /// Its workflow and why that one.
    pub workflow: WorkflowChoice,
    /// The workflow's file: path and content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_file: Option<FileId>,
    /// Values of the workflow's inputs.
    pub inputs: Vec<InputView>,
    /// Passes so that each stands behind those it needs.
    pub passes: Vec<PassPlan>,
    /// What to do now.
    pub next: Next,
    /// What the ticket has cost so far, as far as it is settled.
    pub spent: Usd,
    /// What is set aside for runs that have not settled.
    pub held: Usd,
    /// Budgets that hold for the whole ticket, wide to narrow.
    pub budgets: Vec<HeadRoom>,
    /// What the passes that are still to be run may cost together, retries included; none without history.
    pub remaining: Option<Range>,
    /// What a person should know beside.
    pub notes: Vec<String>,
}

/// The ticket as far as a plan shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TicketView {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Option<String>,
    /// Status as written.
    pub status: Option<String>,
    /// Its file; none when there is no such ticket.
    pub path: Option<String>,
}

/// What to do now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Next {
    /// The pass to run; none when nothing can be run.
    pub pass: Option<String>,
    /// Why that one, or why none: one sentence.
    pub why: String,
}

/// One pass of the plan.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PassPlan {
    /// Its id.
    pub id: String,
    /// `agent`, `command`, `gate` or `workflow`.
    #[serde(rename = "type")]
    pub pass_type: &'static str,
    /// `spec`, `design`, …
    pub kind: Option<String>,
    /// Where it stands in the workflow's file.
    pub span: Span,
    /// Passes before it.
    pub needs: Vec<String>,
    /// Its state.
    #[serde(flatten)]
    pub state: PassState,
    /// Why it is in that state: the first sentence says it, the others give detail.
    pub why: Vec<String>,
    /// The agent.
    pub agent: Option<String>,
    /// Tier, model, limits, each with who decided it.
    pub settings: Settings,
    /// Harness and model, with the reasons; none for a pass that needs none.
    pub route: Option<Route>,
    /// What a command pass runs.
    pub argv: Vec<String>,
    /// What it reads, with content ids.
    pub inputs: Vec<FileId>,
    /// Values of workflow inputs it names.
    pub values: Vec<(String, String)>,
    /// Inputs that are not there.
    pub missing: Vec<String>,
    /// What it writes.
    pub outputs: Vec<OutputPlan>,
    /// All it may write.
    pub write_scope: WriteScope,
    /// Key of the cache over the present contents; none when the cache is off.
    pub cache_key: Option<String>,
    /// The run a cached result comes from, or whose result is in the work tree.
    pub run: Option<String>,
    /// Number the next attempt would have.
    pub attempt: u32,
    /// Attempts over the present inputs so far, and how many there may be.
    pub tries: (u32, u32),
    /// True when the next attempt starts from a clean work tree.
    pub from_scratch: bool,
    /// What one attempt may cost.
    pub estimate: Estimate,
    /// The budget that stops it, where one does.
    #[serde(skip)]
    pub over: Option<Objection>,
    /// Money at which an attempt is stopped, and that is set aside for it.
    pub cap: Usd,
    /// Every budget that holds for it, wide to narrow.
    pub budgets: Vec<HeadRoom>,
    /// The gate.
    pub gate: Option<GatePlan>,
    /// Resources it leases.
    pub reservations: Vec<ReservationPlan>,
    /// SHA-256 of the prompt.
    pub prompt_hash: Option<String>,
    /// The prompt.
    #[serde(skip)]
    pub prompt: Option<String>,
}

/// The state of a pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PassState {
    /// Its result is in the work tree and its gate is closed.
    Done,
    /// A run already did this from the same inputs; its result only has to be taken. Costs nothing.
    Cached,
    /// It was done, and what it was made from or what it made has changed.
    Stale,
    /// Can be run.
    Ready,
    /// Runs now.
    Running {
        /// Phase word.
        phase: String,
        /// Spent so far as far as seen.
        spent: Usd,
    },
    /// Its verify commands have to be run over what is in the work tree.
    WaitingForChecks,
    /// An agent's review is missing; a person may decide instead.
    WaitingForReview {
        /// The agent.
        agent: String,
    },
    /// A person has to decide.
    WaitingForHuman,
    /// The last attempt failed or was sent back.
    Failed {
        /// True when it may be tried again.
        again: bool,
    },
    /// Cannot be run.
    Blocked {
        /// Passes it waits for; empty when the reason lies in itself.
        by: Vec<String>,
    },
    /// Its condition does not hold, or its gate lets the work go on without it.
    Skipped,
    /// A budget has no room for it.
    StoppedByBudget,
}

impl PassState {
    /// True when later passes may go on.
    pub fn is_closed(&self) -> bool {
        matches!(self, PassState::Done | PassState::Skipped)
    }

    /// True when `run` may start it.
    pub fn is_runnable(&self) -> bool {
        matches!(self, PassState::Ready | PassState::Cached | PassState::Stale | PassState::Failed { again: true })
    }

    /// True when a person has something to decide.
    pub fn wants_person(&self) -> bool {
        matches!(self, PassState::WaitingForHuman | PassState::WaitingForReview { .. })
    }

    /// The state as the rest of a sentence that begins with the pass.
    pub fn clause(&self) -> String {
        match self {
            PassState::Failed { .. } => "has failed".to_owned(),
            state => format!("is {}", state.word()),
        }
    }

    /// The state in words for people.
    pub fn word(&self) -> &'static str {
        match self {
            PassState::Done => "done",
            PassState::Cached => "cached",
            PassState::Stale => "stale",
            PassState::Ready => "ready",
            PassState::Running { .. } => "running",
            PassState::WaitingForChecks => "waiting for checks",
            PassState::WaitingForReview { .. } => "waiting for review",
            PassState::WaitingForHuman => "waiting for a person",
            PassState::Failed { .. } => "failed",
            PassState::Blocked { .. } => "blocked",
            PassState::Skipped => "skipped",
            PassState::StoppedByBudget => "stopped by budget",
        }
    }
}

/// One output of a pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutputPlan {
    /// Its id.
    pub id: Option<String>,
    /// `file`, `diff`, …
    pub kind: String,
    /// The one file, when it is one.
    pub path: Option<String>,
    /// Its present content.
    pub blob: Option<BlobId>,
    /// Globs it may write.
    pub writes: Vec<String>,
    /// False when the pass may end without it.
    pub required: bool,
}

/// The gate of a pass.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GatePlan {
    /// State and parts.
    #[serde(flatten)]
    pub verdict: GateVerdict,
    /// The file it is written in.
    pub path: String,
    /// Ids of its verify commands.
    pub verify: Vec<String>,
    /// The reviewing agent.
    pub reviewer: Option<ReviewPlan>,
    /// How hard a person's decision must be to forge.
    pub strength: Strength,
    /// What a decision has to be made over.
    pub subjects: Vec<Subject>,
    /// The files among them: what the pass wrote, as it is now.
    pub files: Vec<FileId>,
}

/// A reviewing agent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ReviewPlan {
    /// Its name.
    pub agent: String,
    /// Harness and model.
    pub route: Option<Route>,
    /// Why it may not judge this work, if so.
    pub dependent: Option<String>,
    /// What one review may cost; comes to the cost of the pass.
    pub estimate: Estimate,
    /// Money at which a review is stopped, and that is set aside for it.
    pub cap: Usd,
    /// Tier, model, limits of the reviewer.
    #[serde(skip)]
    pub settings: Option<Settings>,
    /// The part of its prompt that is known beforehand.
    #[serde(skip)]
    pub brief: String,
}

/// What an attempt may cost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "basis")]
pub enum Estimate {
    /// Nothing: a command, a gate, or a result that only has to be taken.
    Nothing,
    /// Too few comparable runs to say anything but the cap.
    NoHistory,
    /// Comparable runs.
    History(Range),
}

/// A range of cost with its evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Range {
    /// Half of the runs cost at most this.
    pub p50: Usd,
    /// Nine of ten cost at most this.
    pub p90: Usd,
    /// How many there are.
    pub n: usize,
    /// What they have in common.
    pub of: &'static str,
}

impl From<Forecast> for Range {
    fn from(forecast: Forecast) -> Range {
        Range { p50: forecast.p50, p90: forecast.p90, n: forecast.n, of: forecast.class.words() }
    }
}

/// The room that a budget leaves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeadRoom {
    /// Whose: `project month`, `ticket`.
    pub budget: String,
    /// Its scope.
    pub scope: Scope,
    /// Its period: `2026-11`, or empty for a lifetime.
    pub period: String,
    /// The limit.
    pub limit: Usd,
    /// Settled and held.
    pub committed: Usd,
    /// What a run may still set aside.
    pub left: Usd,
    /// `ok`, `approaching`, `at`, `over`.
    pub state: &'static str,
    /// Whose file sets it: `user`, `config`, `workflow`, `ticket`.
    pub set_by: &'static str,
}

/// A resource that a pass leases.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReservationPlan {
    /// Resource id of the config.
    pub resource: String,
    /// True when nobody else may hold it.
    pub exclusive: bool,
    /// Shared leases at once; 1 where the config does not say.
    pub capacity: u32,
    /// Part of the resource.
    pub scope: Option<String>,
    /// How long at most, in seconds.
    pub lease: Option<u64>,
}

/// Plans a ticket.
pub fn plan(project: &Project, ticket: &str, world: &World) -> Plan {
    let Some((file, content)) = project.ticket(ticket) else { return no_ticket(ticket) };
    let workflow = choice::choose(project, content);
    let mut plan = Plan { ticket: view(ticket, file, content), workflow, ..no_ticket(ticket) };
    let Some((workflow_file, workflow)) = plan.workflow.workflow.as_deref().and_then(|name| project.workflow(name))
    else {
        plan.next.why = plan.workflow.why.clone();
        return plan;
    };
    if let Some(blind) = [file, workflow_file].into_iter().find(|file| file.text().is_none()) {
        plan.next.why = format!("`{}` cannot be read just now", prompt::one_line(&blind.path, 120));
        return plan;
    }
    plan.workflow_file = Some(FileId { path: workflow_file.path.clone(), blob: Some(workflow_file.blob()) });
    let planner = Planner::new(project, world, (ticket, file, content), (workflow_file, workflow));
    plan.notes = planner.notes();
    plan.inputs = inputs::views(workflow, content, &world.overrides);
    let mut closed: BTreeMap<&str, Ended> = BTreeMap::new();
    for pass in &planner.order {
        let planned = planner.pass(pass, &closed);
        let aborted = planner.aborts(pass) && planned.state == PassState::Failed { again: false };
        closed.insert(pass.id, Ended { closed: planned.state.is_closed(), outcome: outcome(&planned.state), aborted });
        plan.passes.push(planned);
    }
    planner.add_money(&mut plan);
    let category = project.category(file, content);
    plan.next = next(&plan, category, closed.values().any(|ended| ended.aborted));
    plan
}

/// Paths whose texts [`plan`] wants to see in [`World::texts`]: the outputs that checks on text look into.
pub fn wanted_texts(project: &Project, ticket: &str, overrides: &Overrides) -> Vec<String> {
    let Some((file, content)) = project.ticket(ticket) else { return Vec::new() };
    let Some(workflow) = choice::choose(project, content).workflow else { return Vec::new() };
    let Some((workflow_file, workflow)) = project.workflow(&workflow) else { return Vec::new() };
    let world = World { overrides: overrides.clone(), ..World::default() };
    let planner = Planner::new(project, &world, (ticket, file, content), (workflow_file, workflow));
    let gates = planner.order.iter().filter_map(|pass| planner.gate(pass).ok().flatten());
    let checks = gates.flat_map(|placed| placed.gate.criteria.iter().filter_map(|criterion| criterion.check.as_ref()));
    let paths: BTreeSet<String> =
        checks.filter_map(|check| planner.outputs.path(&check.output).map(str::to_owned)).collect();
    paths.into_iter().collect()
}

/// Past runs of a project at today's prices, for [`World::history`].
pub fn history(project: &Project, prices: &PriceMap) -> Vec<Past> {
    let receipts: Vec<&Receipt> = project.receipts().collect();
    let tiers = route::tiers(project.config().map(|(_, config)| config));
    forecast::history(&receipts, prices, &|receipt| {
        let pass = project.workflow(&receipt.workflow).and_then(|(_, workflow)| {
            workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|id| id.value == receipt.pass))
        });
        let stands = |tier: &&route::Tier| {
            let same = |c: &route::Candidate| c.harness == receipt.harness && c.model == receipt.model_requested;
            tier.candidates.iter().any(same)
        };
        Traits {
            kind: pass.and_then(|pass| pass.kind.as_ref()).map(|kind| kind.value.clone()),
            tier: tiers.iter().find(stands).map(|tier| tier.name.clone()),
        }
    })
}

fn no_ticket(id: &str) -> Plan {
    let why = format!("there is no ticket `{}`", prompt::one_line(id, 60));
    Plan {
        schema_version: 1,
        ticket: TicketView { id: id.to_owned(), title: None, status: None, path: None },
        workflow: WorkflowChoice { workflow: None, why: why.clone(), rejected: Vec::new() },
        workflow_file: None,
        inputs: Vec::new(),
        passes: Vec::new(),
        next: Next { pass: None, why },
        spent: Usd::ZERO,
        held: Usd::ZERO,
        budgets: Vec::new(),
        remaining: None,
        notes: Vec::new(),
    }
}

fn view(id: &str, file: &SpecFile, ticket: &Ticket) -> TicketView {
    let text = |value: &Option<text::Spanned<String>>| value.as_ref().map(|value| prompt::one_line(&value.value, 200));
    TicketView {
        id: id.to_owned(),
        title: text(&ticket.title),
        status: text(&ticket.status),
        path: Some(file.path.clone()),
    }
}

/// The type as files write it.
pub(crate) fn type_word(pass_type: PassType) -> &'static str {
    match pass_type {
        PassType::Agent => "agent",
        PassType::Command => "command",
        PassType::Gate => "gate",
        PassType::Workflow => "workflow",
    }
}

/// What later passes and conditions may know of an earlier pass.
struct Ended {
    closed: bool,
    /// Word for conditions; none while it is open.
    outcome: Option<&'static str>,
    aborted: bool,
}

fn outcome(state: &PassState) -> Option<&'static str> {
    match state {
        PassState::Done => Some("ok"),
        PassState::Skipped => Some("skipped"),
        PassState::Failed { again: false } => Some("failed"),
        _ => None,
    }
}

/// Record ids are shown and become names of folders; what is none was not written by us.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Stands for a gate that the base branch has and this one has not.
static NO_GATE: LazyLock<Gate> = LazyLock::new(Gate::default);

/// A pass that has an id.
#[derive(Clone, Copy)]
struct Named<'a> {
    id: &'a str,
    pass: &'a Pass,
}

/// Everything that is the same for all passes of one plan.
struct Planner<'a> {
    project: &'a Project,
    world: &'a World,
    ticket: (&'a str, &'a Arc<SpecFile>, &'a Ticket),
    workflow: (&'a Arc<SpecFile>, &'a Workflow),
    names: Names,
    outputs: Outputs,
    /// Passes in order; those in a circle last.
    order: Vec<Named<'a>>,
    circle: BTreeSet<&'a str>,
    /// pass → everything it needs, directly or not
    ancestors: BTreeMap<&'a str, BTreeSet<&'a str>>,
    receipts: Vec<&'a Receipt>,
    /// Runs of agents that judged, oldest first.
    reviews: Vec<&'a Receipt>,
    /// Weighed, oldest first.
    decisions: Vec<Weighed<'a>>,
    /// Found out once for all passes.
    raises: OnceCell<Raises<'a>>,
}

impl<'a> Planner<'a> {
    fn new(
        project: &'a Project,
        world: &'a World,
        ticket: (&'a str, &'a Arc<SpecFile>, &'a Ticket),
        workflow: (&'a Arc<SpecFile>, &'a Workflow),
    ) -> Planner<'a> {
        let mut names = Names::new(ticket.0, ticket.2, Some(workflow.1), &world.overrides);
        let (order, circle) = order(workflow.1);
        let outputs = Outputs::new(&order, &names);
        outputs.add_names(&mut names);
        for pass in &order {
            names.set(format!("passes.{}.outcome", pass.id), Value::Nothing);
        }
        let name = workflow.1.name.as_ref().map(|name| name.value.as_str());
        let mut receipts: Vec<&Receipt> = Vec::new();
        let mut decisions: Vec<Weighed<'_>> = Vec::new();
        let records = project.records(ticket.0);
        let known: BTreeSet<BlobId> = records.iter().map(|(file, _)| file.blob()).collect();
        for (file, record) in records {
            match record {
                // the folder is where a record lies; what it is about, it says itself
                Record::Run(receipt) if receipt.ticket == ticket.0 && Some(receipt.workflow.as_str()) == name => {
                    receipts.push(receipt);
                }
                Record::Decision(decision) => {
                    let made = &decision.predicate;
                    if made.ticket == ticket.0 && Some(made.workflow.as_str()) == name && made.budget.is_none() {
                        let signature = world.signatures.get(&file.blob());
                        let mut weighed = attest::weigh(decision, file.blob(), signature, world.base.as_deref());
                        if made.prev.iter().any(|before| !known.contains(before)) {
                            weighed.void = Some("a record before it was changed or is missing".to_owned());
                        }
                        decisions.push(weighed);
                    }
                }
                _ => {}
            }
        }
        let replaced: BTreeSet<&str> = receipts.iter().filter_map(|receipt| receipt.supersedes.as_deref()).collect();
        receipts.retain(|receipt| is_id(&receipt.run) && !replaced.contains(receipt.run.as_str()));
        decisions.retain(|weighed| is_id(&weighed.decision.predicate.id));
        let ancestors = ancestors(&order);
        let (receipts, reviews) = receipts.into_iter().partition(|receipt| receipt.purpose.is_pass());
        Planner {
            project,
            world,
            ticket,
            workflow,
            names,
            outputs,
            order,
            circle,
            ancestors,
            receipts,
            reviews,
            decisions,
            raises: OnceCell::new(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let unnamed = self.workflow.1.passes.len() - self.order.len();
        if unnamed > 0 {
            notes.push(format!("{unnamed} pass(es) have no id, or one that was used before, and are left out"));
        }
        for name in inputs::unknown(self.workflow.1, self.ticket.2) {
            let name = prompt::one_line(&name.value, 60);
            notes.push(format!("the ticket sets input `{name}`, which the workflow does not have"));
        }
        for needed in &self.ticket.2.dependencies {
            let open = match self.project.ticket(&needed.value) {
                None => Some("does not exist"),
                Some((from, other)) => {
                    let done = self.project.category(from, other) == Some(StatusCategory::Done);
                    (!done).then_some("is not done")
                }
            };
            if let Some(open) = open {
                notes.push(format!("the ticket depends on `{}`, which {open}", prompt::one_line(&needed.value, 60)));
            }
        }
        notes
    }

    /// The gate of a pass; the error is a sentence. One that the branch has thrown away is there with nothing in it, so
    /// that what the base branch asks for has a place.
    fn gate(&self, named: &Named<'a>) -> Result<Option<PlacedGate<'a>>, String> {
        let mut placed = crate::gate::of_pass(self.project, self.workflow.0, named.pass)?;
        if let Some(placed) = placed.as_mut().filter(|placed| placed.on_reject == Some(OnReject::Skip))
            && let Some((_, old)) = self.base_gate(named)
        {
            // a branch cannot let its own rejected work go on
            placed.on_reject = old.on_reject.as_ref().map(|word| word.value);
        }
        let thrown_away = || self.lost(named, &NO_GATE).map(|_| PlacedGate::new(&NO_GATE, self.workflow.0));
        Ok(placed.or_else(thrown_away))
    }

    /// The gate that the pass has on the base branch, with the branch's name.
    fn base_gate(&self, named: &Named<'_>) -> Option<(&'a str, &'a Gate)> {
        let base = self.world.base.as_deref()?;
        let (file, workflow) = base.project.workflow(&self.workflow.1.name.as_ref()?.value)?;
        let pass = workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|id| id.value == named.id))?;
        Some((&base.name, crate::gate::of_pass(&base.project, file, pass).ok()??.gate))
    }

    /// What the base branch's gate asks for and this one does not.
    fn lost(&self, named: &Named<'_>, gate: &Gate) -> Option<Lost> {
        let (base, old) = self.base_gate(named)?;
        Lost::between(base, old, gate)
    }

    /// How hard a person's decision on a gate must be to forge: the most that gate, policy and the base branch ask for.
    fn strength(&self, named: &Named<'_>, gate: &Gate) -> Strength {
        let policy = |project: &'a Project| project.config().and_then(|(_, config)| config.strength.as_ref());
        let base = self.world.base.as_deref().and_then(|base| policy(&base.project));
        let old = self.base_gate(named).and_then(|(_, gate)| gate.strength.as_ref());
        let asked = [gate.strength.as_ref(), old, policy(self.project), base];
        asked.into_iter().flatten().map(|strength| strength.value).max().unwrap_or(Strength::Ui)
    }

    /// True when the gate ends the ticket with a rejection.
    fn aborts(&self, named: &Named<'a>) -> bool {
        let gate = self.gate(named).ok().flatten();
        gate.is_some_and(|placed| placed.on_reject == Some(OnReject::Abort))
    }

    /// The plan of one pass, given how the passes before it ended.
    fn pass(&self, named: &Named<'a>, before: &BTreeMap<&str, Ended>) -> PassPlan {
        let pass = named.pass;
        let mut problems = Vec::new();
        let agent = self.agent(pass, &mut problems);
        let settings = self.settings(pass, agent.as_ref());
        let route = (pass.pass_type == PassType::Agent).then(|| self.route(&settings, None));
        let (inputs, values, missing) = self.inputs(named, agent.as_ref(), &mut problems);
        let task = self.task(named, &mut problems);
        let write_scope = self.outputs.write_scope(named.id, agent.as_ref(), &mut problems);
        let gate = self.gate(named).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        self.check_kind(named, &mut problems);
        let work = state::Work {
            named: *named,
            agent: agent.as_ref(),
            settings: &settings,
            task: &task,
            inputs: &inputs,
            values: &values,
            route: route.as_ref(),
        };
        let found = self.state(&work, gate.as_ref(), before, &missing, &problems);
        let outputs = self.outputs.plans(named.id, &self.world.files);
        let prompt = (pass.pass_type == PassType::Agent && problems.is_empty())
            .then(|| self.prompt(&work, gate.as_ref(), &outputs, &write_scope, &found.findings));
        let estimate = self.estimate(named, &settings, route.as_ref(), &found.state);
        PassPlan {
            id: named.id.to_owned(),
            pass_type: type_word(pass.pass_type),
            kind: pass.kind.as_ref().map(|kind| kind.value.clone()),
            span: pass.span,
            needs: pass.needs.iter().map(|need| need.value.clone()).collect(),
            state: found.state,
            why: found.why,
            agent: agent.map(|agent| agent.name),
            cap: route.as_ref().map_or(Usd::ZERO, |route| route.cap(settings.usd.value)),
            estimate,
            settings,
            route,
            argv: pass.run.as_ref().map(|run| run.value.argv.clone()).unwrap_or_default(),
            inputs,
            values,
            missing,
            outputs,
            write_scope,
            cache_key: found.cache_key,
            run: found.run,
            attempt: found.attempt,
            tries: found.tries,
            from_scratch: found.from_scratch,
            gate: found.gate,
            over: found.over,
            budgets: self.limits(named.id).iter().map(|limit| self.head_room(limit)).collect(),
            reservations: self.reservations(pass),
            prompt_hash: prompt.as_deref().map(prompt::hash),
            prompt,
        }
    }

    /// What the agent is told.
    fn prompt(
        &self,
        work: &state::Work<'_, '_>,
        gate: Option<&PlacedGate<'_>>,
        outputs: &[OutputPlan],
        scope: &WriteScope,
        findings: &[String],
    ) -> String {
        let must: Vec<String> = outputs.iter().filter(|it| it.required).filter_map(|it| it.path.clone()).collect();
        let wants_ticket = work.inputs.iter().any(|file| file.path.starts_with("ticket:"));
        let ticket = wants_ticket.then(|| prompt::ticket_text(self.ticket.0, self.ticket.2, self.ticket.1));
        prompt::text(&prompt::Parts {
            task: work.task,
            agent: work.agent,
            ticket: ticket.as_deref(),
            inputs: work.inputs,
            values: work.values,
            gate: gate.map(|placed| placed.gate),
            must_write: &must,
            may_write: &scope.allowed,
            narrowed: scope.narrowed.as_deref(),
            findings,
        })
    }

    /// What one attempt may cost.
    fn estimate(&self, named: &Named<'_>, settings: &Settings, route: Option<&Route>, state: &PassState) -> Estimate {
        match route {
            Some(route) if *state != PassState::Cached => {
                self.estimate_of(route.choice.as_ref(), || self.wanted(named, settings, Some(route)))
            }
            _ => Estimate::Nothing,
        }
    }

    fn estimate_of<'w>(&self, choice: Option<&Candidate>, wanted: impl FnOnce() -> Option<Wanted<'w>>) -> Estimate {
        if choice.is_some_and(Candidate::is_command) {
            return Estimate::Nothing;
        }
        let forecast = wanted().and_then(|wanted| forecast::pass(&self.world.history, &wanted));
        forecast.map_or(Estimate::NoHistory, |forecast| Estimate::History(forecast.into()))
    }

    /// What a forecast of the review of a pass is asked about.
    fn wanted_review<'w>(&'w self, named: Named<'w>, settings: &'w Settings, route: &'w Route) -> Option<Wanted<'w>> {
        let choice = route.choice.as_ref()?;
        Some(Wanted {
            workflow: self.workflow.1.name.as_ref().map_or("", |name| name.value.as_str()),
            pass: named.id,
            review: true,
            kind: Some(forecast::REVIEW),
            harness: &choice.harness,
            model: choice.model.as_deref(),
            tier: Some(&settings.tier.value),
        })
    }

    fn agent(&self, pass: &Pass, problems: &mut Vec<String>) -> Option<ResolvedAgent> {
        if pass.pass_type != PassType::Agent {
            return None;
        }
        let Some(name) = &pass.agent else {
            problems.push("it names no agent".to_owned());
            return None;
        };
        let agent = agent::resolve(self.project, &name.value);
        match &agent {
            None => problems.push(format!("there is no agent `{}`", prompt::one_line(&name.value, 60))),
            Some(agent) => {
                if let Some(missing) = &agent.missing {
                    let missing = prompt::one_line(missing, 80);
                    problems.push(format!("agent `{}` extends `{missing}`, which is not there", agent.name));
                }
                let generates = pass.kind.as_ref().is_some_and(|kind| kind.value == "generation");
                if generates && agent.category.as_deref() == Some("orchestrator") {
                    problems.push(format!("`{}` is an orchestrator and may not take a generating pass", agent.name));
                }
            }
        }
        agent
    }

    fn settings(&self, pass: &Pass, agent: Option<&ResolvedAgent>) -> Settings {
        settings::decide(&Sources {
            user: &self.world.user,
            config: self.project.config().map(|(file, config)| (file.path.as_str(), config)),
            workflow: (&self.workflow.0.path, self.workflow.1),
            agent,
            pass,
            ticket: (&self.ticket.1.path, self.ticket.2),
            overrides: &self.world.overrides,
        })
    }

    fn route(&self, settings: &Settings, judged: Option<&str>) -> Route {
        let installed: Vec<&str> = self.world.harnesses.iter().map(|harness| harness.alias.as_str()).collect();
        let config = self.project.config().map(|(_, config)| config);
        route::route(settings, &Terms { config, installed: &installed, judged })
    }

    /// The reviewing agent of a gate: who, with what, at what cost, and whether it may.
    fn review(&self, gate: &PlacedGate<'_>, work: &state::Work<'_, '_>) -> Option<ReviewPlan> {
        let name = review::asked_agent(gate.gate)?;
        let mut plan = ReviewPlan {
            agent: name.to_owned(),
            route: None,
            dependent: None,
            estimate: Estimate::NoHistory,
            cap: Usd::ZERO,
            settings: None,
            brief: String::new(),
        };
        let Some(reviewer) = agent::resolve(self.project, name) else {
            plan.dependent = Some(format!("there is no agent `{}`", prompt::one_line(name, 60)));
            return Some(plan);
        };
        let generated = work.route.and_then(|route| route.choice.as_ref());
        let judged = generated.map(|choice| choice.model.as_deref().unwrap_or(&choice.harness));
        let settings = self.settings(&Pass::default(), Some(&reviewer));
        let route = self.route(&settings, judged);
        let same_model =
            route.choice.as_ref().map(|c| (&c.harness, &c.model)) == generated.map(|c| (&c.harness, &c.model));
        let makers: Vec<ResolvedAgent> = match work.agent {
            Some(agent) => vec![agent.clone()],
            None => work.named.pass.needs.iter().filter_map(|need| self.maker(&need.value)).collect(),
        };
        plan.dependent = makers.iter().find_map(|maker| agent::dependence(&reviewer, maker, same_model));
        if let (None, Some(judged)) = (&route.choice, judged)
            && self.route(&settings, None).choice.is_some()
        {
            let (maker, judged) = (work.agent.map_or("the pass", |agent| &agent.name), prompt::one_line(judged, 60));
            plan.dependent.get_or_insert_with(|| {
                format!("`{name}` has no model of another family than `{judged}`, with which `{maker}` works")
            });
        }
        plan.estimate = self.estimate_of(route.choice.as_ref(), || self.wanted_review(work.named, &settings, &route));
        plan.cap = route.cap(settings.usd.value);
        let ticket = prompt::ticket_text(self.ticket.0, self.ticket.2, self.ticket.1);
        plan.brief = review::brief(&reviewer, work.task, Some(&ticket), gate.gate);
        (plan.route, plan.settings) = (Some(route), Some(settings));
        Some(plan)
    }

    /// The agent that did a pass.
    fn maker(&self, pass: &str) -> Option<ResolvedAgent> {
        let named = self.order.iter().find(|named| named.id == pass)?;
        agent::resolve(self.project, &named.pass.agent.as_ref()?.value)
    }

    /// The task with its templates filled.
    fn task(&self, named: &Named<'_>, problems: &mut Vec<String>) -> String {
        let (file, workflow) = self.workflow;
        if named.pass.pass_type == PassType::Command {
            // what a command pass does is its argv: no templates, no section needed
            return named.pass.run.as_ref().map(|run| crate::cache::canonical(&run.value.argv)).unwrap_or_default();
        }
        let Some(task) = prompt::task_text(file, &workflow.sections, named.id) else {
            if named.pass.pass_type == PassType::Agent {
                problems.push(format!("the workflow has no section `## {}` that says what to do", named.id));
            }
            return String::new();
        };
        match crate::template::fill(&task, &self.names) {
            Ok(filled) => filled,
            Err(errors) => {
                problems.extend(errors.into_iter().map(|error| format!("in its task: {}", error.message)));
                String::new()
            }
        }
    }

    /// What makes a pass unable to run by itself.
    fn check_kind(&self, named: &Named<'_>, problems: &mut Vec<String>) {
        let pass = named.pass;
        match pass.pass_type {
            PassType::Command if pass.run.as_ref().is_none_or(|run| run.value.argv.is_empty()) => {
                problems.push("it has no command to run".to_owned());
            }
            PassType::Workflow => problems.push("a pass of type `workflow` cannot be run yet".to_owned()),
            PassType::Gate if pass.gate.is_none() => problems.push("it has no gate".to_owned()),
            _ => {}
        }
        if self.circle.contains(named.id) {
            problems.push("its `needs` lead back to itself".to_owned());
        }
        for need in &pass.needs {
            if !self.order.iter().any(|other| other.id == need.value) {
                problems.push(format!("it needs `{}`, which is no pass", prompt::one_line(&need.value, 60)));
            }
        }
    }

    /// Every limit that holds for a pass; none when the time is not known.
    fn limits(&self, pass: &str) -> Vec<ScopeLimit> {
        let workflow = self.workflow.1.name.as_ref().map(|name| name.value.as_str());
        let raises = self.raises.get_or_init(|| Raises::of(self.project, self.world));
        crate::limits::limits(self.project, self.world, raises, (self.ticket.0, workflow, pass))
    }

    /// The money of the whole ticket.
    fn add_money(&self, plan: &mut Plan) {
        let limits = self.limits("");
        let whole = limits.iter().filter(|limit| !matches!(limit.scope, Scope::Pass(_)));
        plan.budgets = whole.map(|limit| self.head_room(limit)).collect();
        let config = self.project.config().map(|(_, config)| config);
        let own = Place::of(&self.world.repository, config, self.ticket.0, "").path();
        let own = own.iter().find(|scope| matches!(scope, Scope::Ticket(_)));
        if let Some(money) = self.world.money.iter().find(|money| Some(&money.scope) == own && money.period.is_empty())
        {
            plan.spent = money.settled;
            plan.held = money.held;
        }
        let open = self.order.iter().zip(&plan.passes).filter(|(_, planned)| {
            planned.route.is_some()
                && !planned.state.is_closed()
                && planned.state != PassState::Cached
                && !planned.state.wants_person()
        });
        let wanted: Option<Vec<Wanted<'_>>> = open
            .flat_map(|(named, planned)| {
                let reviewed = planned.gate.as_ref().and_then(|gate| gate.reviewer.as_ref());
                let review = reviewed.filter(|review| review.estimate != Estimate::Nothing).and_then(|review| {
                    Some(self.wanted_review(*named, review.settings.as_ref()?, review.route.as_ref()?))
                });
                [Some(self.wanted(named, &planned.settings, planned.route.as_ref())), review].into_iter().flatten()
            })
            .collect();
        plan.remaining = wanted.and_then(|wanted| forecast::ticket(&self.world.history, &wanted)).map(Range::from);
    }

    /// What a forecast of the pass is asked about.
    fn wanted<'w>(&'w self, named: &Named<'w>, settings: &'w Settings, route: Option<&'w Route>) -> Option<Wanted<'w>> {
        let choice = route?.choice.as_ref()?;
        Some(Wanted {
            workflow: self.workflow.1.name.as_ref().map_or("", |name| name.value.as_str()),
            pass: named.id,
            review: false,
            kind: named.pass.kind.as_ref().map(|kind| kind.value.as_str()),
            harness: &choice.harness,
            model: choice.model.as_deref(),
            tier: Some(&settings.tier.value),
        })
    }

    fn head_room(&self, limit: &ScopeLimit) -> HeadRoom {
        let committed = budget::committed(limit, &self.world.money);
        HeadRoom {
            budget: budget::whose(limit),
            scope: limit.scope.clone(),
            period: limit.period_name.clone(),
            limit: limit.limit,
            committed,
            left: limit.limit.minus(committed).max(Usd::ZERO),
            state: budget::state(committed, limit.limit, limit.warn_at, None).word(),
            set_by: match limit.set_by {
                SetBy::User => "user",
                SetBy::Project => "config",
                SetBy::Workflow => "workflow",
                SetBy::Ticket => "ticket",
            },
        }
    }

    fn reservations(&self, pass: &Pass) -> Vec<ReservationPlan> {
        let resources = self.project.config().map(|(_, config)| config.resources.as_slice()).unwrap_or_default();
        let plan = |wanted: &spec::model::Reservation| {
            let id = &wanted.resource.value;
            let known = resources.iter().find(|known| known.id.as_ref().is_some_and(|known| known.value == *id));
            ReservationPlan {
                resource: id.clone(),
                exclusive: wanted.exclusive,
                capacity: known.and_then(|known| known.capacity.as_ref()).map_or(1, |capacity| capacity.value),
                scope: wanted.scope.as_ref().map(|scope| scope.value.clone()),
                lease: wanted.lease.as_ref().map(|lease| lease.value.as_secs()),
            }
        };
        pass.reserve.iter().map(plan).collect()
    }

    /// Whether the condition holds; `Err` is a sentence, with the pass it waits for where it is only too early.
    fn condition(&self, pass: &Pass, before: &BTreeMap<&str, Ended>) -> Result<bool, (String, Option<String>)> {
        let Some(text) = &pass.condition else { return Ok(true) };
        let wrong =
            |error: crate::condition::ConditionError| (format!("its condition is wrong: {}", error.message), None);
        let condition = Condition::parse(&text.value).map_err(wrong)?;
        let mut names = self.names.clone();
        for (id, ended) in before {
            if let Some(outcome) = ended.outcome {
                names.set(format!("passes.{id}.outcome"), Value::Text(outcome.to_owned()));
            }
        }
        for name in condition.names() {
            let pass = name.strip_prefix("passes.").and_then(|rest| rest.strip_suffix(".outcome"));
            if let Some(open) = pass.filter(|_| names.get(name) == Some(&Value::Nothing)) {
                return Err((format!("its condition looks at `{open}`, which has not ended"), Some(open.to_owned())));
            }
        }
        condition.holds(&names).map_err(wrong)
    }
}

/// Passes so that each stands behind those it needs, in the file's order where that leaves a choice; with the ids of
/// those that stand in a circle (or behind one), which come last.
fn order(workflow: &Workflow) -> (Vec<Named<'_>>, BTreeSet<&str>) {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Named<'_>> = Vec::new();
    for pass in &workflow.passes {
        if let Some(id) = &pass.id
            && seen.insert(id.value.as_str())
        {
            waiting.push(Named { id: &id.value, pass });
        }
    }
    let mut order: Vec<Named<'_>> = Vec::with_capacity(waiting.len());
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let free = |named: &Named<'_>, placed: &BTreeSet<&str>| {
        // a need that is no pass cannot be waited for; it is reported on the pass itself
        named.pass.needs.iter().all(|need| placed.contains(need.value.as_str()) || !seen.contains(need.value.as_str()))
    };
    while let Some(at) = waiting.iter().position(|named| free(named, &placed)) {
        let named = waiting.remove(at);
        placed.insert(named.id);
        order.push(named);
    }
    let circle = waiting.iter().map(|named| named.id).collect();
    order.extend(waiting);
    (order, circle)
}

/// Everything each pass needs, directly or not.
fn ancestors<'a>(order: &[Named<'a>]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for named in order {
        let mut own = BTreeSet::new();
        for need in &named.pass.needs {
            own.insert(need.value.as_str());
            own.extend(all.get(need.value.as_str()).into_iter().flatten());
        }
        all.insert(named.id, own);
    }
    all
}

impl Plan {
    /// What to do now, with every reason of the pass that stands in the way.
    pub fn next_in_full(&self) -> String {
        let blocked = |pass: &&PassPlan| matches!(&pass.state, PassState::Blocked { by } if by.is_empty());
        let pass =
            self.passes.iter().filter(blocked).find(|pass| self.next.why.starts_with(&format!("`{}` ", pass.id)));
        let more = pass.map_or(&[][..], |pass| pass.why.get(1..).unwrap_or_default());
        [std::slice::from_ref(&self.next.why), more].concat().join("; ")
    }
}

/// What to do now.
fn next(plan: &Plan, category: Option<StatusCategory>, aborted: bool) -> Next {
    let none = |why: String| Next { pass: None, why };
    let given_up = |pass: &&PassPlan| aborted && pass.state == PassState::Failed { again: false };
    if let Some(pass) = plan.passes.iter().find(given_up) {
        return none(format!("`{}` failed, and its gate says that the ticket stops", pass.id));
    }
    if category == Some(StatusCategory::Done) {
        return none("the ticket is done".to_owned());
    }
    if let Some(pass) = plan.passes.iter().find(|pass| pass.state.is_runnable()) {
        let first = pass.why.first().cloned().unwrap_or_default();
        return Next { pass: Some(pass.id.clone()), why: format!("`{}` {}: {first}", pass.id, pass.state.clause()) };
    }
    // passes that wait for others say less than the ones they wait for
    let open = |pass: &&PassPlan| !pass.state.is_closed();
    let cause = |pass: &&PassPlan| !matches!(&pass.state, PassState::Blocked { by } if !by.is_empty());
    match plan.passes.iter().filter(open).find(cause).or_else(|| plan.passes.iter().find(open)) {
        Some(pass) => {
            let first = pass.why.first().cloned().unwrap_or_default();
            none(format!("`{}` {}: {first}", pass.id, pass.state.clause()))
        }
        None if plan.passes.is_empty() => none("the workflow has no passes".to_owned()),
        None => none("all passes are done".to_owned()),
    }
}
