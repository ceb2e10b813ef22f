//! What the editor shows beside the files' own meaning: trust, the plan of the tickets, money, gates, runs, findings.
//! Plain data, made by the language server's planner from `delivery` and the store; read here, never changed.

use spec::money::Usd;
use std::collections::{BTreeMap, BTreeSet};
use text::Span;

use crate::diagnostic::Severity;

/// Something a lens or an action starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Run a pass (asks once before the first launch).
    Run {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
    /// Run the verify commands of a pass on the work tree.
    CheckGate {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
    /// Let the agent of a gate review what waits for it (asks once before the first launch).
    Review {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
    /// Approve a waiting gate.
    Approve {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
    /// Reject a waiting gate with a reason.
    Reject {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
    /// Make a ticket the current one, for as long as this branch is checked out.
    MakeCurrent {
        /// Ticket id.
        ticket: String,
    },
    /// Show the plan of a ticket.
    Explain {
        /// Ticket id.
        ticket: String,
    },
    /// Show what a feature asks for and what was done for it.
    Trace {
        /// The feature.
        feature: String,
    },
    /// Stop a run.
    Cancel {
        /// Run id.
        run: String,
    },
    /// Offer the kept change of a run to the work tree.
    Apply {
        /// Run id.
        run: String,
    },
    /// Show what a run printed.
    ShowLog {
        /// Run id.
        run: String,
    },
    /// Open a file at a place.
    Open {
        /// Path from the root.
        path: String,
        /// Where.
        span: Span,
    },
    /// Write the regions of a document anew that nobody touched.
    Regenerate {
        /// Path of the document.
        document: String,
    },
    /// Say that a section, or the whole document, is in step with the code.
    Attest {
        /// Path of the document.
        document: String,
        /// Slug of the section; all of it when none is named.
        section: Option<String>,
        /// True where it takes a reason: nobody changed the section.
        reason: bool,
    },
    /// Show the page of a rule.
    ExplainRule {
        /// Rule id.
        rule: String,
    },
    /// Show what would become runnable, to trust it or not.
    ReviewPlan,
    /// Show what a pass would tell its agent and the user has not seen.
    ReviewWords {
        /// Ticket id.
        ticket: String,
        /// Pass id.
        pass: String,
    },
}

/// Trust in this root.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Trust {
    /// Analysis and nothing else.
    #[default]
    Restricted,
    /// The present launch plan was reviewed.
    Reviewed,
    /// A plan was reviewed; it has changed since.
    Changed,
    /// A person said no.
    Denied,
}

/// Why the words of a pass have to be looked at before an agent is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unseen {
    /// They changed since the user saw them, and not in the user's editor.
    Changed,
    /// They, or the ticket, hold characters that nobody sees.
    Hidden,
}

/// State of a budget.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum BudgetState {
    /// No budget set.
    #[default]
    None,
    /// Below the first warning.
    Ok,
    /// Above a warning share.
    Approaching,
    /// At the limit.
    At,
    /// Over it.
    Over,
}

/// Everything live of one root.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct Live {
    /// Trust in the root.
    pub trust: Trust,
    /// The current ticket and the sentence that says which rule found it; `Err` holds why there is none.
    pub current: Option<(String, String)>,
    /// True: comments that ignore rules do not count (`check --ignore-suppressions`).
    pub ignore_suppressions: bool,
    /// The tickets that could be current, where no rule decided between them.
    pub ambiguous: Option<delivery::ticket::Ambiguous>,
    /// Where the tickets of Beads come from.
    pub beads: Option<BeadsLive>,
    /// The folder that was looked at, in full.
    pub root: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The user's own defaults.
    pub defaults: spec::model::PassSettings,
    /// Open tickets by id.
    pub tickets: BTreeMap<String, TicketLive>,
    /// Budgets with the place that sets them.
    pub budgets: Vec<BudgetLive>,
    /// Decisions that count for nothing, whatever they say.
    pub void: Vec<VoidRecord>,
    /// Findings of gates by path from the root.
    pub findings: BTreeMap<String, Vec<FindingLive>>,
    /// Texts of source files that findings stand in, by path from the root.
    pub sources: BTreeMap<String, std::sync::Arc<str>>,
    /// Files outside of the delivery folders that this was made from, by path from the root: few enough to be watched one
    /// by one.
    pub watched: BTreeSet<String>,
    /// The last commits, newest first, where features are kept whose work they may name.
    pub commits: Vec<delivery::trace::Commit>,
    /// What there is to say about prices.
    pub prices: PricesLive,
    /// Harness aliases found on this machine; `None` until the machine was looked at (only in a trusted root).
    pub installed: Option<Vec<String>>,
}

/// The tickets of Beads as its own program lists them.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct BeadsLive {
    /// The listing, an issue a line; none where the program was not asked.
    pub listing: Option<std::sync::Arc<str>>,
    /// Where the tickets come from and, where the program was not asked, why.
    pub why: String,
}

/// Whether prices can still be believed.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct PricesLive {
    /// Day of the shipped list and its age in days, when it is old.
    pub old: Option<(String, i32)>,
    /// Models of tiers that the shipped list prices.
    pub listed: BTreeSet<String>,
    /// Models of tiers whose harness reports other costs than the prices give.
    pub drifts: BTreeMap<String, delivery::prices::watch::Drift>,
}

/// One ticket.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct TicketLive {
    /// Workflow that serves it.
    pub workflow: Option<String>,
    /// Passes in plan order.
    pub passes: Vec<PassLive>,
    /// Pass id to run next.
    pub next: Option<String>,
    /// Why that one, or why none.
    pub why: String,
    /// Money settled.
    pub spent: Usd,
    /// Cost of some runs is unknown: `spent` is a lower bound.
    pub spent_unknown: bool,
    /// Its own limit.
    pub budget: Option<Usd>,
    /// State of that limit.
    pub budget_state: BudgetState,
    /// The whole plan as Markdown.
    pub markdown: String,
}

/// One pass of a ticket.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct PassLive {
    /// Pass id.
    pub id: String,
    /// State word: `done`, `ready`, `blocked`, …
    pub state: String,
    /// Why.
    pub why: String,
    /// Harness and model as shown.
    pub model: String,
    /// `≈$0.02–$0.31` or `no history`.
    pub estimate: String,
    /// Money settled on it.
    pub spent: Usd,
    /// Waits for a person.
    pub pending: bool,
    /// The review that is missing and that an agent here can do.
    pub review: Option<ReviewLive>,
    /// Gate failed or broke, with the sentence.
    pub failed: Option<String>,
    /// Run in progress.
    pub running: Option<RunningLive>,
    /// The budget that stops it and that a person may raise, in a sentence.
    pub over: Option<String>,
    /// Run whose change is kept and not yet applied.
    pub kept: Option<String>,
    /// May be started now.
    pub ready: bool,
    /// What its agent would be told has to be looked at first.
    pub unseen: Option<Unseen>,
    /// Has verify commands.
    pub checks: bool,
    /// Plan of this pass as Markdown.
    pub markdown: String,
}

/// A review that waits for its agent.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct ReviewLive {
    /// The agent.
    pub agent: String,
    /// Harness and model as shown.
    pub model: String,
    /// What it may cost: `≈$0.02–$0.31` or `no history, at most $1.00`.
    pub estimate: String,
}

/// A run in progress.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct RunningLive {
    /// Run id.
    pub run: String,
    /// Phase word.
    pub phase: String,
    /// Seen spend.
    pub spent: Usd,
}

/// A budget with the place that sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetLive {
    /// File that sets it.
    pub path: String,
    /// The amount's token.
    pub span: Span,
    /// `ticket bug-7`, `project shop (2026-11)`.
    pub name: String,
    /// The limit.
    pub limit: Usd,
    /// Settled and held.
    pub committed: Usd,
    /// State.
    pub state: BudgetState,
}

/// A recorded decision that cannot be verified.
#[derive(Clone, Debug, PartialEq)]
pub struct VoidRecord {
    /// The record.
    pub path: String,
    /// Its ticket.
    pub ticket: String,
    /// Why it counts for nothing: a clause.
    pub why: String,
}

/// A finding of a gate in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingLive {
    /// Where, in the text on disk.
    pub span: Span,
    /// Where in the content that was checked, to find it again in a text that has changed.
    pub place: findings::Place,
    /// What the checker would write instead.
    pub fixes: Vec<findings::Fix>,
    /// Severity.
    pub severity: Severity,
    /// `<check>/<rule>` words for people.
    pub rule: String,
    /// What the checker said.
    pub message: String,
    /// Ticket.
    pub ticket: String,
    /// Pass whose gate it is.
    pub pass: String,
    /// Check id.
    pub check: String,
    /// The function or type it stands in.
    pub within: Option<String>,
    /// The file changed since: the place is a guess.
    pub stale: bool,
}
