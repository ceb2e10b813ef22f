//! The model of our own files. Every value keeps its span; what could not be read is absent here and named in the
//! file's problems. Optional means "not written": defaults are applied by `delivery`, so that hovers can tell them apart.

use crate::money::Usd;
use crate::record::Strength;
use globset::GlobSet;
use std::collections::BTreeMap;
use std::time::Duration;
use text::{Span, Spanned};

pub use syntax::markdown::Section;

/// A workflow: the lifecycle of one kind of ticket.
#[derive(Clone, Default, Debug)]
pub struct Workflow {
    /// Its name; must equal the file's stem.
    pub name: Option<Spanned<String>>,
    /// Quoted `X.Y.Z`.
    pub version: Option<Spanned<String>>,
    /// One line for lists.
    pub description: Option<Spanned<String>>,
    /// Why it exists.
    pub intent: Option<Spanned<String>>,
    /// Ticket types it serves.
    pub ticket_types: Vec<Spanned<String>>,
    /// Labels a ticket must carry.
    pub required_labels: Vec<Spanned<String>>,
    /// Declared inputs.
    pub inputs: Vec<InputDecl>,
    /// Defaults for every pass.
    pub defaults: PassSettings,
    /// Lifetime budget of one ticket in this workflow.
    pub budget: Option<BudgetLimit>,
    /// The passes in file order.
    pub passes: Vec<Pass>,
    /// The `passes:` key, for messages about the whole list.
    pub passes_span: Option<Span>,
    /// Body sections by heading, in order.
    pub sections: Vec<Section>,
}

/// A declared workflow input.
#[derive(Clone, Debug)]
pub struct InputDecl {
    /// Its name.
    pub name: Spanned<String>,
    /// `string`, `number` or `boolean`.
    pub kind: Option<Spanned<String>>,
    /// Default value as text.
    pub default: Option<Spanned<String>>,
    /// Allowed values.
    pub allowed: Vec<Spanned<String>>,
}

/// Keys that a pass, the workflow's defaults and an agent share. Later wins: built-in, user, config, workflow defaults,
/// agent, pass, ticket, command line.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct PassSettings {
    /// Tier name.
    pub tier: Option<Spanned<String>>,
    /// Pinned model.
    pub model: Option<Spanned<String>>,
    /// Effort dial of the model.
    pub effort: Option<Spanned<String>>,
    /// Harness alias.
    pub harness: Option<Spanned<String>>,
    /// Wall-clock limit.
    pub timeout: Option<Spanned<Duration>>,
    /// Limit on model turns.
    pub max_turns: Option<Spanned<u32>>,
    /// Money cap of one attempt.
    pub usd: Option<Spanned<Usd>>,
}

/// What kind of step a pass is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PassType {
    /// A harness does it.
    #[default]
    Agent,
    /// A plain command does it.
    Command,
    /// Only a gate.
    Gate,
    /// Another workflow.
    Workflow,
}

/// One pass.
#[derive(Clone, Default, Debug)]
pub struct Pass {
    /// Its id. A pass without one is kept, so that its other keys still get service.
    pub id: Option<Spanned<String>>,
    /// The whole list item.
    pub span: Span,
    /// Kind of step.
    pub pass_type: PassType,
    /// `spec`, `design`, `generation`, …
    pub kind: Option<Spanned<String>>,
    /// Passes that must be done before.
    pub needs: Vec<Spanned<String>>,
    /// Agent name.
    pub agent: Option<Spanned<String>>,
    /// Tier, model, limits as written on the pass (`limits:` included).
    pub settings: PassSettings,
    /// `if:` text with its braces.
    pub condition: Option<Spanned<String>>,
    /// What it may read to build its prompt.
    pub inputs: Vec<Spanned<InputRef>>,
    /// All it may write.
    pub outputs: Vec<Output>,
    /// `cache.key` globs; empty means the default key.
    pub cache_key: Vec<Spanned<String>>,
    /// `cache.off`.
    pub cache_off: bool,
    /// Resources to lease.
    pub reserve: Vec<Reservation>,
    /// The gate.
    pub gate: Option<Gate>,
    /// `run:` of a command pass.
    pub run: Option<Spanned<Command>>,
    /// `workflow:` of a workflow pass.
    pub workflow: Option<Spanned<String>>,
}

/// An element of `inputs:`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InputRef {
    /// The ticket itself.
    Ticket,
    /// `outputs.<id>`: an earlier pass's output.
    Output(String),
    /// `inputs.<name>`: a workflow input.
    Input(String),
    /// A glob from the root (may hold templates).
    Glob(String),
}

/// An element of `outputs:`.
#[derive(Clone, Default, Debug)]
pub struct Output {
    /// Its id.
    pub id: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
    /// One file (may hold templates).
    pub path: Option<Spanned<String>>,
    /// `file` (default), `diff`, …
    pub kind: Option<Spanned<String>>,
    /// Globs it may write.
    pub writes: Vec<Spanned<String>>,
    /// False when the pass may end without it.
    pub required: bool,
}

/// An argv: from a list, or from one string split like a POSIX shell splits words, with nothing else of a shell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Command {
    /// At least the program when valid.
    pub argv: Vec<String>,
}

/// An element of `reserve:`.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Resource id of the config.
    pub resource: Spanned<String>,
    /// True for `exclusive`.
    pub exclusive: bool,
    /// Part of the resource.
    pub scope: Option<Spanned<String>>,
    /// How long at most.
    pub lease: Option<Spanned<Duration>>,
}

/// A gate, inline or from `gates/<name>.md`.
#[derive(Clone, Default, Debug)]
pub struct Gate {
    /// The whole value.
    pub span: Span,
    /// Name of a shared gate, when written as a name.
    pub shared: Option<Spanned<String>>,
    /// Criteria of the front matter and of the body's `### Gate` list.
    pub criteria: Vec<Criterion>,
    /// Commands.
    pub verify: Vec<Verify>,
    /// Who looks at it.
    pub reviewer: Option<Reviewer>,
    /// `retry`, `rework`, `abort`, `skip`, `escalate`.
    pub on_reject: Option<Spanned<OnReject>>,
    /// Bound of the retry loop.
    pub max_iterations: Option<Spanned<u32>>,
    /// Where it goes after the bound.
    pub escalation: Option<Escalation>,
    /// How hard a person's decision must be to forge.
    pub strength: Option<Spanned<Strength>>,
}

/// What a rejection leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnReject {
    /// Again, with the findings and on top of the kept change.
    Retry,
    /// Throw the change away and start again.
    Rework,
    /// The ticket stops.
    Abort,
    /// Go on without it.
    Skip,
    /// Somebody else decides.
    Escalate,
}

/// One written line of a gate.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// Its id, unique in the gate.
    pub id: Option<Spanned<String>>,
    /// What must hold.
    pub must: Spanned<String>,
    /// Evidence words (`(evidence: …)` or `evidence:`).
    pub evidence: Vec<Spanned<String>>,
    /// `(check: absent "x" in outputs.y)` or `present`.
    pub check: Option<Spanned<TextCheck>>,
    /// False for `severity: recommended`.
    pub required: bool,
    /// The whole line or element.
    pub span: Span,
}

/// A check on text that needs no process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextCheck {
    /// True for `absent`, false for `present`.
    pub absent: bool,
    /// The words looked for.
    pub needle: String,
    /// The output looked into.
    pub output: String,
}

/// A verify command.
#[derive(Clone, Default, Debug)]
pub struct Verify {
    /// Its id.
    pub id: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
    /// What is run.
    pub command: Option<Spanned<Command>>,
    /// Format of its output.
    pub format: Option<Spanned<String>>,
    /// Wall-clock limit.
    pub timeout: Option<Spanned<Duration>>,
    /// True: a failure only warns.
    pub allow_failure: bool,
    /// Column unit override: `bytes`, `utf16`, `codepoints`, `display`.
    pub columns: Option<Spanned<String>>,
    /// Prefix of the checker's paths that stands for the root.
    pub root: Option<Spanned<String>>,
}

/// The reviewer of a gate.
#[derive(Clone, Default, Debug)]
pub struct Reviewer {
    /// The whole value.
    pub span: Span,
    /// Kind.
    pub kind: ReviewerType,
    /// Agent name for `agent` and `both`.
    pub agent: Option<Spanned<String>>,
    /// People or teams.
    pub from: Vec<Spanned<String>>,
    /// False: its word only warns.
    pub required: bool,
}

/// `reviewer.type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReviewerType {
    /// A person.
    #[default]
    Human,
    /// An agent.
    Agent,
    /// First the agent, then a person.
    Both,
}

impl ReviewerType {
    /// True when a person has to decide.
    pub fn wants_human(self) -> bool {
        self != ReviewerType::Agent
    }
}

/// Where a gate goes when it does not close.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// After so many attempts.
    pub after: Option<Spanned<u32>>,
    /// To whom.
    pub to: Option<Spanned<String>>,
    /// How long to wait.
    pub timeout: Option<Spanned<Duration>>,
}

/// An agent.
#[derive(Clone, Default, Debug)]
pub struct Agent {
    /// Its name; must equal the file's stem.
    pub name: Option<Spanned<String>>,
    /// Quoted `X.Y.Z`.
    pub version: Option<Spanned<String>>,
    /// When to use it.
    pub description: Option<Spanned<String>>,
    /// Role.
    pub category: Option<Spanned<String>>,
    /// Free words.
    pub capabilities: Vec<Spanned<String>>,
    /// Canonical tool names: read edit search execute agent web todo, `mcp:<server>/<tool>`.
    pub tools: Vec<Spanned<String>>,
    /// Tools it may not use, as written.
    pub disallowed_tools: Vec<Spanned<String>>,
    /// Skills of the host that it loads.
    pub skills: Vec<Spanned<String>>,
    /// Tier, model, effort, harness, limits.
    pub settings: PassSettings,
    /// Globs the agent must be given.
    pub context_requires: Vec<Spanned<String>>,
    /// Context limit in tokens.
    pub context_max_tokens: Option<Spanned<u32>>,
    /// What it may read.
    pub read: Vec<Spanned<String>>,
    /// What it may write, when narrowed.
    pub write: Option<Vec<Spanned<String>>>,
    /// Commands it may run.
    pub exec: Vec<Spanned<String>>,
    /// `none`, or provider aliases.
    pub network: Option<Spanned<String>>,
    /// Agents whose work it may judge because it shares nothing with them.
    pub independent_of: Vec<Spanned<String>>,
    /// Where it goes.
    pub escalation: Option<Escalation>,
    /// A host's agent file (path from the root) or another agent's name that this one adds to.
    pub extends: Option<Spanned<String>>,
    /// The body: the agent's instructions.
    pub body: Span,
    /// What it says, however it is laid out.
    pub sense: Sense,
    /// What only a host's agent file has.
    pub host: Option<Box<crate::host::HostAgent>>,
}

/// Hashes of what an agent's file says, so that files of two hosts can be held against each other without their texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Sense {
    /// Of the description's words.
    pub description: u64,
    /// Of the body's words.
    pub body: u64,
    /// The kinds of tools it may use, a bit each, where they are written and all known.
    pub tools: Option<u8>,
}

/// A ticket.
#[derive(Clone, Default, Debug)]
pub struct Ticket {
    /// Its id; must equal the file's stem.
    pub id: Option<Spanned<String>>,
    /// Title.
    pub title: Option<Spanned<String>>,
    /// As written.
    pub status: Option<Spanned<String>>,
    /// `feature`, `bug`, …
    pub ticket_type: Option<Spanned<String>>,
    /// `high`, `medium`, `low`.
    pub priority: Option<Spanned<String>>,
    /// People.
    pub assignee: Vec<Spanned<String>>,
    /// Labels.
    pub labels: Vec<Spanned<String>>,
    /// Ticket ids that must be done before.
    pub dependencies: Vec<Spanned<String>>,
    /// Parent ticket.
    pub parent: Option<Spanned<String>>,
    /// Milestone.
    pub milestone: Option<Spanned<String>>,
    /// Workflow name, when pinned.
    pub workflow: Option<Spanned<String>>,
    /// Size word.
    pub size: Option<Spanned<String>>,
    /// Path of a spec.
    pub spec: Option<Spanned<String>>,
    /// Id elsewhere.
    pub external_ref: Option<Spanned<String>>,
    /// Branch name.
    pub branch: Option<Spanned<String>>,
    /// Values of the workflow's inputs.
    pub inputs: Vec<(Spanned<String>, Spanned<String>)>,
    /// Lifetime budget.
    pub budget: Option<BudgetLimit>,
    /// Tier, model, harness pinned by the ticket.
    pub settings: PassSettings,
    /// Lines of `## Acceptance Criteria`.
    pub acceptance: Vec<Checkbox>,
    /// Lines of `## Definition of Done`.
    pub done: Vec<Checkbox>,
    /// All sections.
    pub sections: Vec<Section>,
}

/// State of a ticket, whatever its source calls it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StatusCategory {
    /// Not started.
    Todo,
    /// Being worked on.
    Active,
    /// In review.
    Review,
    /// Cannot go on.
    Blocked,
    /// Finished.
    Done,
}

impl StatusCategory {
    /// What a status word of any tracker means; `None` for a word we do not know.
    pub fn of(status: &str) -> Option<StatusCategory> {
        let mut plain = String::with_capacity(status.len());
        for letter in status.chars().filter(|letter| letter.is_alphanumeric()) {
            match letter.is_ascii() {
                true => plain.push(letter.to_ascii_lowercase()),
                false => plain.extend(letter.to_lowercase()),
            }
        }
        Some(match plain.as_str() {
            "todo"
            | "open"
            | "new"
            | "backlog"
            | "draft"
            | "ready"
            | "planned"
            | "proposed"
            | "triage"
            | "unstarted"
            | "pending"
            | "selectedfordevelopment" => StatusCategory::Todo,
            "inprogress" | "active" | "doing" | "started" | "wip" | "indeterminate" | "working" | "hooked" => {
                StatusCategory::Active
            }
            "review" | "inreview" | "reviewing" | "codereview" | "qa" | "testing" => StatusCategory::Review,
            "blocked" | "onhold" | "waiting" | "paused" | "deferred" | "pinned" => StatusCategory::Blocked,
            "done" | "closed" | "complete" | "completed" | "resolved" | "fixed" | "cancelled" | "canceled"
            | "wontfix" | "wontdo" | "duplicate" | "merged" | "shipped" | "released" | "archived" => {
                StatusCategory::Done
            }
            _ => return None,
        })
    }
}

/// A `- [ ] …` line.
#[derive(Clone, Debug)]
pub struct Checkbox {
    /// `#1`, `AC-1`, … when the line starts with one.
    pub id: Option<Spanned<String>>,
    /// The words.
    pub text: Spanned<String>,
    /// Ticked.
    pub checked: bool,
    /// The whole line.
    pub span: Span,
}

/// A limit with its warning levels.
#[derive(Clone, Debug)]
pub struct BudgetLimit {
    /// The limit.
    pub limit: Spanned<Usd>,
    /// Shares of the limit (0 to 1, in thousandths) at which to warn; default 800.
    pub warn_at: Vec<Spanned<u16>>,
    /// The whole value.
    pub span: Span,
}

/// `.tollgate/config.yaml`.
#[derive(Clone, Default, Debug)]
pub struct Config {
    /// `project.id`.
    pub project: Option<Spanned<String>>,
    /// `project.team`.
    pub team: Option<Spanned<String>>,
    /// `project.org`.
    pub org: Option<Spanned<String>>,
    /// `tickets.source`.
    pub ticket_source: Option<Spanned<String>>,
    /// Tiers in file order.
    pub tiers: Vec<Tier>,
    /// Budgets in file order.
    pub budgets: Vec<Budget>,
    /// `policy.max_tier`.
    pub max_tier: Option<Spanned<String>>,
    /// `policy.allowed_models`: globs; empty means all.
    pub allowed_models: Vec<Spanned<String>>,
    /// `policy.distinct_families_for_review`.
    pub distinct_families_for_review: bool,
    /// `policy.strength`: how hard every person's decision must be to forge.
    pub strength: Option<Spanned<Strength>>,
    /// `records: local` keeps records out of git.
    pub records_local: bool,
    /// Shared resources.
    pub resources: Vec<Resource>,
    /// Pools: name and `max_concurrent`.
    pub pools: Vec<(Spanned<String>, Option<Spanned<u32>>)>,
    /// Rows of `agents:`.
    pub agents: Vec<AgentRow>,
    /// Categories declared beside the known ones.
    pub categories: Vec<Spanned<String>>,
    /// `rules.severity`: rule id to severity word.
    pub severities: BTreeMap<String, Spanned<String>>,
    /// `rules.paths`, in file order.
    pub rule_paths: Vec<RulePaths>,
    /// `docs`, in file order.
    pub docs: Vec<DocsDefault>,
}

impl Config {
    /// The severity word that `rules` gives a rule in the file at `path` (from the root): of the entries of `paths` the last
    /// one that is about the file and names the rule, else the one of the whole repository.
    pub fn severity(&self, rule: &str, path: &str) -> Option<&Spanned<String>> {
        let about = self.rule_paths.iter().rev().filter(|entry| entry.severities.contains_key(rule));
        let nearest = about.into_iter().find(|entry| entry.globs.is_match(path));
        nearest.and_then(|entry| entry.severities.get(rule)).or_else(|| self.severities.get(rule))
    }
}

/// An element of `docs`: what is true of documents that do not say it themselves.
#[derive(Clone, Debug)]
pub struct DocsDefault {
    /// The documents.
    pub paths: GlobSet,
    /// Documents it is not about.
    pub exclude: GlobSet,
    /// `kind`.
    pub kind: Option<Spanned<String>>,
    /// `facet`.
    pub facets: Vec<Spanned<String>>,
    /// `owner`.
    pub owner: Option<Spanned<String>>,
    /// `mode`.
    pub mode: Option<DocsMode>,
}

/// How much is said of what has changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum DocsMode {
    /// `warn`.
    #[default]
    Warn,
    /// `suggest`.
    Suggest,
    /// `off`.
    Off,
}

/// What the configuration says of one document.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DocsOf<'a> {
    /// `kind`.
    pub kind: Option<&'a str>,
    /// `facet`.
    pub facets: Vec<&'a str>,
    /// `owner`.
    pub owner: Option<&'a str>,
    /// `mode`.
    pub mode: DocsMode,
}

impl Config {
    /// What `docs` says of the document at `path` (from the root): of each key the last entry that is about it and has it.
    pub fn docs_of(&self, path: &str) -> DocsOf<'_> {
        let mut found = DocsOf::default();
        for entry in self.docs.iter().filter(|entry| entry.paths.is_match(path) && !entry.exclude.is_match(path)) {
            found.kind = entry.kind.as_ref().map(|kind| kind.as_str()).or(found.kind);
            found.owner = entry.owner.as_ref().map(|owner| owner.as_str()).or(found.owner);
            found.mode = entry.mode.unwrap_or(found.mode);
            if !entry.facets.is_empty() {
                found.facets = entry.facets.iter().map(|facet| facet.as_str()).collect();
            }
        }
        found
    }
}

/// An element of `rules.paths`: severities in some files.
#[derive(Clone, Debug)]
pub struct RulePaths {
    /// The files, as globs from the root.
    pub paths: Vec<Spanned<String>>,
    /// The same, to be matched.
    pub globs: GlobSet,
    /// Rule id to severity word.
    pub severities: BTreeMap<String, Spanned<String>>,
    /// The whole element.
    pub span: Span,
}

/// One tier: an ordered list of candidates.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its name.
    pub name: Spanned<String>,
    /// First installed and allowed one wins.
    pub candidates: Vec<Candidate>,
}

/// One harness and model of a tier.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Harness alias.
    pub harness: Option<Spanned<String>>,
    /// Model as that harness names it.
    pub model: Option<Spanned<String>>,
    /// Effort dial.
    pub effort: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
}

/// `budgets[].scope`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BudgetScope {
    /// Widest.
    Org,
    /// A team.
    Team,
    /// The project.
    Project,
    /// Every ticket.
    Ticket,
    /// Every pass.
    Pass,
}

/// `budgets[].period`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Period {
    /// Calendar day, UTC.
    Day,
    /// ISO week, UTC.
    Week,
    /// Calendar month, UTC.
    Month,
    /// For ever.
    #[default]
    Lifetime,
}

/// One budget of the config.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Whose.
    pub scope: Option<Spanned<BudgetScope>>,
    /// For how long.
    pub period: Option<Spanned<Period>>,
    /// How much.
    pub limit: Option<BudgetLimit>,
    /// `require_approval`, `warn`.
    pub at_limit: Option<Spanned<String>>,
    /// `pause`, `warn`.
    pub over_limit: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
}

/// A shared resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id.
    pub id: Option<Spanned<String>>,
    /// `database`, `environment`, …
    pub kind: Option<Spanned<String>>,
    /// How many shared leases at once.
    pub capacity: Option<Spanned<u32>>,
    /// The whole element.
    pub span: Span,
}

/// A row of `agents:`: a host's agent bound without a file of ours.
#[derive(Clone, Debug)]
pub struct AgentRow {
    /// Name it is used by.
    pub name: Spanned<String>,
    /// The host's file.
    pub file: Option<Spanned<String>>,
    /// Role.
    pub category: Option<Spanned<String>>,
    /// Tier.
    pub tier: Option<Spanned<String>>,
    /// The whole row.
    pub span: Span,
}
