//! What a run tells while it lives. The JSON is stable: kinds and members are added, never renamed.

use serde::{Deserialize, Serialize};
use spec::Usd;
use spec::cost::CostRow;
use spec::record::{CheckResult, FileId, GateState, Outcome};

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
