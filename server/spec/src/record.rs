//! Records: the JSON files a repository keeps of runs and gate decisions (`.tollgate/records/<ticket>/<id>.json`).
//! Written once, never edited; a later record may name what it supersedes.

use crate::cost::{CostRow, Scope};
use crate::money::Usd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use text::BlobId;

/// One record file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A pass was run.
    Run(Box<Receipt>),
    /// A gate was decided.
    Decision(Box<Decision>),
}

/// Name of the folder of a ticket's records. The id of another tool's ticket may hold what no folder may be called:
/// such characters are written as in an address (`tower/1` is `tower%2F1`).
pub fn folder(ticket: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let ours = ticket.chars().all(plain_letter) && !ticket.starts_with('.') && !ticket.is_empty();
    if ours {
        return ticket.to_owned();
    }
    let mut name = String::new();
    for (at, byte) in ticket.bytes().enumerate() {
        match plain(byte) && !(at == 0 && byte == b'.') {
            true => name.push(char::from(byte)),
            false => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.is_empty() { "%".to_owned() } else { name }
}

/// What may stand in the name of a folder on every system, and is no mark of ours.
fn plain_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | ' ' | '#' | '@' | '+' | '~')
}

impl Record {
    /// Its id: the name of its file.
    pub fn id(&self) -> &str {
        match self {
            Record::Run(receipt) => &receipt.run,
            Record::Decision(decision) => &decision.predicate.id,
        }
    }

    /// The ticket it is of.
    pub fn ticket(&self) -> &str {
        match self {
            Record::Run(receipt) => &receipt.ticket,
            Record::Decision(decision) => &decision.predicate.ticket,
        }
    }

    /// The records before it, by content.
    pub fn prev(&self) -> &[BlobId] {
        match self {
            Record::Run(receipt) => &receipt.prev,
            Record::Decision(decision) => &decision.predicate.prev,
        }
    }

    /// The same record behind these.
    pub fn behind(mut self, prev: Vec<BlobId>) -> Record {
        match &mut self {
            Record::Run(receipt) => receipt.prev = prev,
            Record::Decision(decision) => decision.predicate.prev = prev,
        }
        self
    }
}

/// The ends of a ticket's chain: the records that no other one names as the one before it.
pub fn heads<'a>(records: impl Iterator<Item = (BlobId, &'a Record)>) -> Vec<BlobId> {
    let records: Vec<(BlobId, &Record)> = records.collect();
    let followed: BTreeSet<BlobId> = records.iter().flat_map(|(_, record)| record.prev()).copied().collect();
    let own: BTreeSet<BlobId> = records.iter().map(|(blob, _)| *blob).collect();
    own.difference(&followed).copied().collect()
}

/// A file by path (relative to the root, `/` separated) and content.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct FileId {
    /// Path from the root.
    pub path: String,
    /// Content id; `None` when the pass removed the file.
    pub blob: Option<BlobId>,
}

/// What a run was for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To do the pass.
    #[default]
    Pass,
    /// To judge what the pass did: it wrote nothing, and its decision is a record of its own.
    Review,
}

impl Purpose {
    /// True for a run that did the pass.
    pub fn is_pass(&self) -> bool {
        *self == Purpose::Pass
    }
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Outputs are there, nothing else was touched, no required check failed.
    Ok,
    /// The work was done and a required check of the gate said no.
    GateFailed,
    /// The harness ended without the required outputs, or touched what it may not.
    NoOutput,
    /// A changed file lies outside what the pass may write; nothing was applied.
    OutOfScope,
    /// The harness or a checker broke.
    Error,
    /// A person stopped it.
    Cancelled,
    /// The money cap stopped it.
    CapHit,
    /// The time cap stopped it.
    TimedOut,
    /// The supervising process disappeared; cost was reconciled from what it left.
    Lost,
}

/// State of a gate over exact contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GateState {
    /// Everything required holds.
    Passed,
    /// Required holds, something recommended does not.
    Warned,
    /// Something required does not hold.
    Failed,
    /// Waits for a reviewer.
    Pending,
    /// A checker crashed or could not be read: never a pass.
    Error,
}

/// The receipt of one run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Always 1.
    pub schema_version: u32,
    /// Time-ordered id (UUIDv7).
    pub run: String,
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// The workflow file's content.
    pub workflow_blob: BlobId,
    /// Pass id.
    pub pass: String,
    /// `review` for the run of an agent that judged the pass; its inputs are what it judged.
    #[serde(default, skip_serializing_if = "Purpose::is_pass")]
    pub purpose: Purpose,
    /// n-th try of this pass for this ticket, from 1.
    pub attempt: u32,
    /// Agent name; none for a command pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Harness alias.
    pub harness: String,
    /// What the harness says its version is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness_version: Option<String>,
    /// Model asked for, and the words why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_requested: Option<String>,
    /// Why this harness and model.
    pub reason: String,
    /// Files the pass was given.
    pub inputs: Vec<FileId>,
    /// Files the pass wrote.
    pub outputs: Vec<FileId>,
    /// How it ended.
    pub outcome: Outcome,
    /// One sentence for a person.
    pub message: String,
    /// Key of the content-addressed cache.
    pub cache_key: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub ended: String,
    /// One row per model.
    pub cost: Vec<CostRow>,
    /// State of the automatic part of the gate after this run.
    pub gate: GateState,
    /// Result of each verify command; for a review what it came to.
    #[serde(default)]
    pub checks: Vec<CheckResult>,
    /// Whether the child was isolated, and how.
    pub isolation: String,
    /// SHA-256 of the transcript kept beside the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Contents of the records of the ticket that were there and had no follower when this one was written: the chain
    /// in which a record that is edited, taken out or put elsewhere is missed. Branches that are merged have several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prev: Vec<BlobId>,
    /// Record id this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

/// Result of one verify command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// `verify[].id`.
    pub id: String,
    /// What it says of the gate.
    pub state: GateState,
    /// Exit code; none when it was killed or never started.
    pub exit: Option<i32>,
    /// Number of findings at error severity.
    pub errors: u32,
    /// Number of other findings.
    pub warnings: u32,
    /// One sentence for a person.
    pub message: String,
}

/// Who decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewerKind {
    /// A person.
    Human,
    /// An agent; never satisfies a gate that wants a human.
    Agent,
}

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The gate is open.
    Approved,
    /// The work goes back.
    Rejected,
    /// Passed in spite of a named defect.
    Waived,
    /// Somebody else has to decide.
    Escalated,
}

/// How hard the decision is to forge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A click in the editor or a typed command: any code of the same user could have made it.
    Ui,
    /// A signature by a presence-bound key.
    Os,
    /// A review of a named account, read back from the forge.
    Forge,
}

/// A gate decision: an in-toto Statement v1 over the git blob ids of what was reviewed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Always 1.
    pub schema_version: u32,
    /// Always `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub statement: String,
    /// What was reviewed.
    pub subject: Vec<Subject>,
    /// Always `https://tollgate.dev/gate-decision/v0.1`.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The decision itself.
    pub predicate: DecisionPredicate,
}

/// One reviewed file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// Path from the root.
    pub name: String,
    /// Its content.
    pub digest: Digest,
}

/// The digest set of in-toto; we use git blob ids.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Digest {
    /// Content id.
    #[serde(rename = "gitBlob")]
    pub git_blob: BlobId,
}

/// The predicate of a gate decision.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DecisionPredicate {
    /// Record id (UUIDv7).
    pub id: String,
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// Content of the workflow file whose criteria were judged.
    pub workflow_blob: BlobId,
    /// Pass id.
    pub pass: String,
    /// The attempt that was judged.
    pub attempt: u32,
    /// The run that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The decision.
    pub decision: Verdict,
    /// Why, in words; required for a rejection.
    pub reason: String,
    /// Result per criterion id.
    #[serde(default)]
    pub criteria: Vec<CriterionResult>,
    /// What a budget was raised by; then the decision is on money and not on a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetRaise>,
    /// Kind of reviewer.
    pub reviewer_kind: ReviewerKind,
    /// Who: `name <mail>` of the person or the agent's name.
    pub reviewer: String,
    /// The agent whose work was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Where the decision was made: `vscode`, `nvim`, `terminal`, …
    pub channel: String,
    /// How hard it is to forge.
    pub strength: Strength,
    /// RFC 3339.
    pub time: String,
    /// Contents of the records of the ticket that were there and had no follower when this one was written: the chain
    /// in which a record that is edited, taken out or put elsewhere is missed. Branches that are merged have several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prev: Vec<BlobId>,
    /// Record id this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

/// More money in one scope and period than the limit there allows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BudgetRaise {
    /// Whose money.
    pub scope: Scope,
    /// The period: `2026-11`, or empty for a lifetime.
    pub period: String,
    /// The limit that it goes beyond, in dollars; another limit is another decision.
    #[serde(rename = "limit_usd")]
    pub limit: Usd,
    /// By how much, in dollars.
    #[serde(rename = "more_usd")]
    pub more: Usd,
}

/// Result for one criterion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CriterionResult {
    /// Criterion id.
    pub id: String,
    /// `satisfied`, `not-satisfied` or `not-applicable`.
    pub status: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
