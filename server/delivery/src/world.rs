//! What the decisions are given: everything about the machine and the moment, as plain data.
//!
//! `runner` gathers it; two equal worlds and projects give equal plans.

use crate::attest::{Base, Signature};
use crate::forecast::Past;
use serde::{Deserialize, Serialize};
use spec::Usd;
use spec::cost::ScopeMoney;
use spec::model::{Budget, PassSettings};
use spec::record::{CheckResult, FileId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use text::BlobId;

/// The machine and the moment.
#[derive(Clone, Default, Debug)]
pub struct World {
    /// Files of the repository that version control does not ignore: path from the root (`/` separated) and content.
    pub files: Arc<BTreeMap<String, BlobId>>,
    /// Texts of the files that text checks look into ([`crate::plan::wanted_texts`] names them).
    pub texts: BTreeMap<String, Arc<str>>,
    /// Harnesses installed on this machine.
    pub harnesses: Vec<Harness>,
    /// Repository id: canonical root path.
    pub repository: String,
    /// Budgets of the user's own configuration.
    pub budgets: Vec<Budget>,
    /// Money of every scope and period that a run of the ticket books on.
    pub money: Vec<ScopeMoney>,
    /// Past runs at today's prices ([`crate::plan::history`] makes them from the project's receipts).
    pub history: Vec<Past>,
    /// Runs that have not ended.
    pub running: Vec<RunningRun>,
    /// What checkers and reviewers found in a run, in words, by run id: the next attempt is told.
    pub findings: BTreeMap<String, Vec<String>>,
    /// Results of verify commands that were run on the work tree without a run (`tollgate gate`).
    pub checks: Vec<LooseChecks>,
    /// The base branch, where there is one and it could be read: it needs git, and so trust.
    pub base: Option<Arc<Base>>,
    /// What the signatures beside records turned out to be, by the content of the record.
    pub signatures: BTreeMap<BlobId, Signature>,
    /// Contents of the decisions that this user made on this machine.
    pub decided: BTreeSet<BlobId>,
    /// RFC 3339.
    pub now: String,
    /// The user's own defaults.
    pub user: PassSettings,
    /// What the command line (or the editor's request) says for this time only.
    pub overrides: Overrides,
}

/// A harness that can be started on this machine.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Harness {
    /// Alias that tiers name: `claude`, `codex`, `opencode`.
    pub alias: String,
    /// Resolved program.
    pub program: Program,
    /// How it is called, values of one run left as `{prompt}`, `{model}`, …
    pub argv: Vec<String>,
    /// The same for a review, which writes nothing.
    #[serde(default)]
    pub review_argv: Vec<String>,
    /// Names of the environment variables it is given beside the common allow-list; never their values.
    pub environment: Vec<String>,
}

/// A program as it was found: what trust is bound to.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Program {
    /// Real path.
    pub path: String,
    /// What it says its version is, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A run that has not ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunningRun {
    /// Its id.
    pub run: String,
    /// Ticket id.
    pub ticket: String,
    /// Pass id.
    pub pass: String,
    /// `preparing`, `running`, `checking`, `applying`.
    pub phase: String,
    /// Spent so far as far as seen; a lower bound.
    pub spent: Usd,
}

/// Verify results over exact contents that no run produced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LooseChecks {
    /// Ticket id.
    pub ticket: String,
    /// Pass id.
    pub pass: String,
    /// The files that were there when they ran: the outputs of the pass.
    pub subjects: Vec<FileId>,
    /// One per verify command.
    pub results: Vec<CheckResult>,
}

/// What holds for this time only.
#[derive(Clone, Default, Debug)]
pub struct Overrides {
    /// Tier, model, effort, harness, limits.
    pub settings: PassSettings,
    /// Values of the workflow's inputs.
    pub inputs: BTreeMap<String, String>,
}
