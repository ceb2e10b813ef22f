//! The book of money and of live work: ledger, holds, runs, leases. One embedded database per user; the same trait is
//! shaped for a team's database. It knows no policy: decisions come in as closures that run inside the transaction.
//!
//! Entry points: [`Store`] is what everybody else knows; [`Sqlite`] is the embedded one.

mod desk;
mod place;
mod schema;
mod sqlite;

pub use sqlite::{HEARTBEAT, LEASE, Sqlite};

use serde::{Deserialize, Serialize};
use spec::cost::{CostRow, Scope, ScopeMoney};
use spec::money::Usd;
use spec::record::{Outcome, Purpose};

/// Errors of the store. All of them leave the store as it was.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is damaged.
    #[error("the ledger {path} cannot be used: {message}")]
    Database {
        /// Where it lies.
        path: String,
        /// What it said.
        message: String,
    },
    /// The file system does not offer what SQLite's write-ahead log needs.
    #[error(
        "the state directory {path} lies on {kind}, where the ledger cannot be shared safely; set XDG_STATE_HOME to a local disk"
    )]
    UnsafeFileSystem {
        /// The directory.
        path: String,
        /// Kind of file system.
        kind: String,
    },
    /// Somebody else holds this grant now, or there is no such run; nothing was changed.
    #[error("this run was taken over (fencing token {token} is stale)")]
    Stale {
        /// The overtaken token.
        token: i64,
    },
    /// An amount the ledger cannot hold exactly: below zero, or above 9.2 million dollars.
    #[error("the ledger cannot book {amount:?}: an amount must lie between $0 and $9.2 million")]
    Amount {
        /// The amount.
        amount: Usd,
    },
}

/// A new run that asks to start: its money and resources are granted together or not at all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NewRun {
    /// Time-ordered id; asking again with the same id grants nothing twice.
    pub run: String,
    /// Repository id: canonical root path.
    pub repository: String,
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// Pass id.
    pub pass: String,
    /// Harness alias, for lists.
    pub harness: String,
    /// Model, for lists.
    pub model: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The pass's `kind:`, or `review`.
    #[serde(default)]
    pub kind: Option<String>,
    /// What it was thought to cost when it was admitted; none without history.
    #[serde(default)]
    pub forecast: Option<Forecast>,
    /// Money to set aside = cap of the run.
    pub hold: Usd,
    /// Scope path with the period each is booked in, wide to narrow.
    pub scopes: Vec<(Scope, String)>,
    /// Resources to lease, all or none.
    pub leases: Vec<LeaseRequest>,
    /// The process that supervises the run.
    pub supervisor: ProcessId,
}

/// A range of cost as it was shown before the run: kept, so that it can be told how good such ranges are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Forecast {
    /// Half of such runs were thought to cost at most this.
    pub p50: Usd,
    /// Nine of ten were thought to cost at most this.
    pub p90: Usd,
    /// How many runs stood behind it.
    pub n: usize,
    /// What they had in common.
    pub of: String,
}

/// A resource wanted by a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// Resource id, qualified with the repository.
    pub resource: String,
    /// Exclusive or shared.
    pub exclusive: bool,
    /// How many shared leases the resource bears.
    pub capacity: u32,
}

/// A process that can be told from a later one with the same number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// Its start time in clock ticks since boot (`/proc/<pid>/stat` field 22).
    pub started: u64,
}

/// What the policy says to a new run, given the money of every scope of its path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Admission {
    /// Set the money aside and start.
    Grant,
    /// Not now, with the sentence to show.
    Refuse(String),
}

/// A granted run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The run.
    pub run: String,
    /// Monotonic; every later write names it.
    pub fence: i64,
}

/// The answer to a request for a grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GrantAnswer {
    /// Go.
    Granted(Grant),
    /// The policy refused.
    Refused(String),
    /// A resource is taken.
    Wait {
        /// The resource.
        resource: String,
        /// Runs that hold it.
        behind: Vec<String>,
    },
}

/// Live facts of a run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// `preparing`, `running`, `checking`, `applying`.
    pub phase: String,
    /// Spent so far as far as seen; a lower bound.
    pub spent: Usd,
    /// One line for people.
    pub line: String,
    /// The child's process group leader, once started.
    pub child: Option<ProcessId>,
}

/// What the supervisor is told at a heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Directive {
    /// Go on.
    Continue,
    /// A person wants it to end.
    Stop,
}

/// State of a run in the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Supervised.
    Running,
    /// Over, money settled.
    Settled,
    /// The supervisor is gone; money stays held until settled from evidence.
    Quarantined,
}

/// One run as the store knows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunRow {
    /// What was asked.
    pub new: NewRun,
    /// Fencing token.
    pub fence: i64,
    /// State.
    pub state: RunState,
    /// Last progress.
    pub progress: Progress,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339 of the last heartbeat or the end.
    pub seen: String,
}

/// A settled cost line of the ledger.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The run.
    pub run: String,
    /// Repository id.
    pub repository: String,
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// Pass id.
    pub pass: String,
    /// RFC 3339, of dispatch.
    pub time: String,
    /// How the run ended.
    pub outcome: Outcome,
    /// The cost of one model.
    pub cost: CostRow,
    /// What was booked for it (the computed high end, or the hold where the cost is unknown).
    pub booked: Usd,
}

/// The store. Implementations must make `grant` and `settle` one transaction each.
///
/// Every call blocks until it is done; an async caller puts it on a blocking thread. The store gives the times.
pub trait Store: Send + Sync {
    /// Claims a run: reads the money of its scopes, lets `decide` rule, and writes hold and leases, or nothing.
    ///
    /// `decide` runs while the write transaction is open, so it must be quick and must not call the store. Asking again
    /// with the id of a running run answers with the same grant and asks nobody; an id that has ended is refused.
    fn grant(
        &self,
        new: &NewRun,
        decide: &mut dyn FnMut(&[ScopeMoney]) -> Admission,
    ) -> Result<GrantAnswer, StoreError>;

    /// Writes progress and extends the leases; tells whether to go on. `spent` never goes down. After `Stale` the child
    /// must be ended: another process answers for this run now.
    fn heartbeat(&self, grant: &Grant, progress: &Progress) -> Result<Directive, StoreError>;

    /// Ends a run: books the rows on every scope, gives hold and leases back. Settling again with the same rows
    /// changes nothing; late extra rows are added; a row that comes again with more money is raised, never lowered. So
    /// any order and repetition of calls ends in the same money. The first outcome stays. `booked` per row is decided
    /// by the caller, who must not book a failed run as nothing.
    fn settle(&self, run: &str, fence: i64, outcome: Outcome, rows: &[(CostRow, Usd)]) -> Result<(), StoreError>;

    /// Asks a running run to stop. False when there is no such running run.
    fn stop(&self, run: &str) -> Result<bool, StoreError>;

    /// Marks runs whose supervisor is gone (`alive` says no) as quarantined, and returns all quarantined runs. Their
    /// money stays held, and they carry a new fencing token: with it the caller settles from evidence.
    fn quarantine(&self, alive: &dyn Fn(ProcessId) -> bool) -> Result<Vec<RunRow>, StoreError>;

    /// Money of the scopes, zero where nothing is booked.
    fn money(&self, scopes: &[(Scope, String)]) -> Result<Vec<ScopeMoney>, StoreError>;

    /// Runs of a repository, newest first.
    fn runs(&self, repository: &str, limit: u32) -> Result<Vec<RunRow>, StoreError>;

    /// One run.
    fn run(&self, run: &str) -> Result<Option<RunRow>, StoreError>;

    /// Ledger lines of a repository, optionally of one ticket, oldest first.
    fn ledger(&self, repository: &str, ticket: Option<&str>) -> Result<Vec<LedgerRow>, StoreError>;

    /// Books receipts that are in git but not in the store (another machine ran them) and returns how many runs were
    /// new. Idempotent by run id; a run with an amount that cannot be booked is left out whole. `scopes` is asked once
    /// per run, with its first row.
    fn import(
        &self,
        repository: &str,
        rows: &[LedgerRow],
        scopes: &dyn Fn(&LedgerRow) -> Vec<(Scope, String)>,
    ) -> Result<usize, StoreError>;

    /// A number that changes whenever anybody has committed, in this process or another. Cheap enough to poll.
    fn version(&self) -> Result<u64, StoreError>;
}
