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
    /// What is being done now: `preparing`, `running`, `checking`, `reviewing`, `applying`.
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
    /// An agent begins to judge what a pass did: a run of its own, with money of its own.
    ReviewStarted {
        /// Run id of the review.
        run: String,
        /// The agent.
        agent: String,
        /// Harness alias.
        harness: String,
        /// Model asked for.
        model: Option<String>,
        /// Money set aside, which is the cap.
        cap: Usd,
    },
    /// What the agent said.
    Reviewed {
        /// Run id of the review.
        run: String,
        /// `ERROR` where its answer did not count.
        state: GateState,
        /// One sentence.
        message: String,
        /// What it cost.
        cost: Vec<CostRow>,
        /// The decision, from the root; none where there is none.
        decision: Option<String>,
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

impl Event {
    /// The event in words for a terminal or a log; more than one line where it names files.
    pub fn words(&self) -> String {
        match self {
            Event::Started { run, pass, harness, model, cap, isolation, .. } => {
                let model = model.as_ref().map(|model| format!(" · {model}")).unwrap_or_default();
                let warning = if isolation == "not isolated" {
                    "\nnot isolated: neither bubblewrap nor Landlock works here; the run can write wherever you can"
                } else {
                    ""
                };
                format!("pass {pass} · {harness}{model} · {} · run {run}{warning}", at_most(*cap))
            }
            Event::Phase { phase } => format!("· {phase}"),
            Event::Text { line } => format!("  {line}"),
            Event::Tool { name, detail } => format!("  {name} {detail}"),
            Event::Refused { tool } => format!("  refused: {tool}"),
            Event::Spent { spent, unknown } => {
                format!("  spent {spent}{}", if *unknown { " and more whose price is unknown" } else { "" })
            }
            Event::Check { result } => format!("  check {}: {}, {}", result.id, word(&result.state), result.message),
            Event::ReviewStarted { run, agent, harness, model, cap } => {
                let model = model.as_ref().map(|model| format!(" · {model}")).unwrap_or_default();
                format!("review by {agent} · {harness}{model} · {} · run {run}", at_most(*cap))
            }
            Event::Reviewed { state, message, .. } => format!("  review: {}, {message}", word(state)),
            Event::Ended { outcome, message, applied, outputs, .. } => {
                let files = outputs
                    .iter()
                    .filter(|_| *applied)
                    .map(|file| format!("\n  {} {}", if file.blob.is_some() { "wrote" } else { "removed" }, file.path));
                format!("{}: {message}{}", word(outcome), files.collect::<String>())
            }
        }
    }
}

/// What is set aside; nothing where no model is asked.
fn at_most(cap: Usd) -> String {
    if cap == Usd::ZERO { "no cost".to_owned() } else { format!("at most {cap}") }
}

/// The word of an outcome or a state, as in records, for people.
pub fn word(value: &impl Serialize) -> String {
    let word = serde_json::to_value(value).ok().and_then(|word| Some(word.as_str()?.replace('_', " ").to_lowercase()));
    word.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_words() {
        let ended = Event::Ended {
            run: "r".into(),
            outcome: Outcome::NoOutput,
            message: "out.txt was not written".into(),
            gate: GateState::Pending,
            cost: vec![],
            outputs: vec![FileId { path: "a".into(), blob: None }],
            applied: true,
            record: None,
        };
        assert_eq!(ended.words(), "no output: out.txt was not written\n  removed a");
        assert_eq!(word(&GateState::Failed), "failed");
    }
}
