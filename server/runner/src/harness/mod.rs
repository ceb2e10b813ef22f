//! Agent CLIs as they are: how each is called and how its stream is read. An agent's own loop, tools and permissions stay
//! its own; flags that skip its trust questions are never given. A reader turns the stream into usage in disjoint buckets
//! and never decides whether the pass did its work: an exit code and a `success` say nothing (a refused write ends every
//! one of them with exit 0), the outputs do.

pub mod claude;
pub mod codex;
pub mod command;
pub mod folders;
pub mod opencode;

use folders::Folder;
use serde_json::Value;
use spec::cost::{Completeness, Usage};
use spec::money::Usd;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What one run asks of a harness. The prompt goes to standard input, where no word of it can be read as an option.
#[derive(Clone, Default, Debug)]
pub struct Task {
    /// Model as the harness names it.
    pub model: Option<String>,
    /// Effort dial.
    pub effort: Option<String>,
    /// Money cap, handed down where the harness has one: a second fence, it overshoots by one call.
    pub cap: Option<Usd>,
    /// Limit on turns, handed down where the harness has one.
    pub turns: Option<u32>,
    /// Command patterns the agent may run without asking.
    pub exec: Vec<String>,
    /// A title for the harness's own session list.
    pub title: String,
}

/// A harness: one agent CLI, or a plain command.
pub trait Harness: Send + Sync {
    /// Its alias.
    fn alias(&self) -> &'static str;

    /// The program that is looked for when the user configured no command.
    fn program(&self) -> &'static str;

    /// Arguments behind the program, with `{model}`, `{effort}`, `{usd}`, `{turns}`, `{exec}`, `{title}` where a value of
    /// the run goes. A group is left out when its value is not known. This is what a launch plan shows.
    fn arguments(&self) -> &'static [&'static [&'static str]];

    /// The same for a review, which reads and writes nothing: the harness's own way to be kept from writing, in front of
    /// the fence.
    fn review_arguments(&self) -> &'static [&'static [&'static str]] {
        self.arguments()
    }

    /// Names of environment variables it is given beside the common ones.
    fn environment(&self) -> &'static [&'static str];

    /// Variables set to fixed values: no self-update, no telemetry, bounded retries.
    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Folders of the user that the CLI takes for its own.
    fn folders(&self) -> &'static [Folder] {
        &[]
    }

    /// Keys of the user, beside its own folders, that it reads under this environment.
    fn keys(&self, _environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
        Vec::new()
    }

    /// True for a CLI that runs its tools in a sandbox of its own made of mounts.
    fn has_sandbox(&self) -> bool {
        false
    }

    /// A reader for one run.
    fn reader(&self, requested: Option<&str>, environment: &BTreeMap<String, String>) -> Box<dyn Reader>;
}

/// Reads the stream of one run.
pub trait Reader: Send {
    /// One line of standard output.
    fn line(&mut self, line: &[u8]) -> Vec<Event>;

    /// What was spent so far, as far as seen: a lower bound.
    fn so_far(&mut self) -> Vec<ModelUsage>;

    /// What it comes to, after the end of the process. May read the CLI's own session log where the stream says too little.
    fn report(&mut self) -> Report;
}

/// Something worth showing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A line of text of the agent.
    Text(String),
    /// A tool is used.
    Tool {
        /// Its name.
        name: String,
        /// Path or command, shortened.
        detail: String,
    },
    /// A tool was refused by the harness.
    Refused(String),
    /// The usage seen so far changed.
    Spent,
}

/// Tokens of one model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelUsage {
    /// As the harness named it; what was asked for where it says nothing.
    pub model: String,
    /// Its tokens.
    pub usage: Usage,
    /// How far they can be believed.
    pub completeness: Completeness,
    /// Number of model calls, where known.
    pub calls: Option<u32>,
    /// What the harness said it cost.
    pub reported: Option<Usd>,
}

/// What a stream came to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Report {
    /// One per model.
    pub usage: Vec<ModelUsage>,
    /// True when the harness wrote its final record: a model that is not in `usage` was then not called.
    pub complete: bool,
    /// True when it said anything at all; a CLI that ends without a word has called nobody.
    pub spoke: bool,
    /// What the harness says its version is.
    pub version: Option<String>,
    /// Its session or thread.
    pub session: Option<String>,
    /// Why it failed, when it said so.
    pub failure: Option<String>,
    /// True when its own money cap ended it.
    pub over_budget: bool,
    /// Tools it was refused.
    pub refused: Vec<String>,
    /// The agent's last words.
    pub answer: String,
}

/// The built-in harness of that alias.
pub fn find(alias: &str) -> Option<&'static dyn Harness> {
    ALL.into_iter().find(|harness| harness.alias() == alias)
}

/// All built-in harnesses. `command` is there only for who named a program for it.
pub const ALL: [&dyn Harness; 4] = [&claude::Claude, &codex::Codex, &opencode::Opencode, &command::Command];

/// Arguments with the values of one run put in; groups without a value are left out, `{exec}` repeats its group. A value
/// that would be read as an option is refused: files of a repository choose it. The error is a sentence.
pub fn fill(groups: &[&[&str]], task: &Task) -> Result<Vec<String>, String> {
    let mut filled = Vec::new();
    for group in groups {
        let place = group.iter().find_map(|word| {
            let start = word.find('{')?;
            Some(&word[start..=start + word[start..].find('}')?])
        });
        let values: Vec<String> = match place {
            None => vec![String::new()],
            Some("{model}") => task.model.iter().cloned().collect(),
            Some("{effort}") => task.effort.iter().cloned().collect(),
            Some("{usd}") => task.cap.iter().map(|cap| cap.exact()).collect(),
            Some("{turns}") => task.turns.iter().map(u32::to_string).collect(),
            Some("{title}") => vec![task.title.clone()],
            Some("{exec}") => task.exec.clone(),
            Some(_) => Vec::new(),
        };
        for value in values {
            if value.starts_with('-') && group.iter().any(|word| place == Some(word)) {
                return Err(format!("`{}` would be read as an option", one_line(&value)));
            }
            filled
                .extend(group.iter().map(|word| place.map_or((*word).to_owned(), |place| word.replace(place, &value))));
        }
    }
    Ok(filled)
}

/// Arguments as a launch plan shows them.
pub fn template(groups: &[&[&str]]) -> Vec<String> {
    groups.iter().flat_map(|group| group.iter().map(|word| (*word).to_owned())).collect()
}

/// A whole number of tokens; anything else is none.
fn tokens(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// A text member; empty when it is missing.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An amount that came as a JSON number: the shortest decimal of it, to a pico-dollar.
fn dollars(value: &Value) -> Option<Usd> {
    let number = value.as_f64().filter(|number| number.is_finite() && *number >= 0.0 && *number < 1e12)?;
    let text = format!("{number:.12}");
    Usd::parse(text.trim_end_matches('0').trim_end_matches('.'))
}

/// One line of at most 200 characters without control characters.
pub fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    clean.trim().to_owned()
}

/// Usage per model, added up from single records.
#[derive(Default, Debug)]
struct Sums(BTreeMap<String, ModelUsage>);

impl Sums {
    fn add(&mut self, model: &str, usage: Usage, reported: Option<Usd>) {
        let sum = self.0.entry(model.to_owned()).or_insert_with(|| ModelUsage {
            model: model.to_owned(),
            usage: Usage::default(),
            completeness: Completeness::Partial,
            calls: Some(0),
            reported: None,
        });
        sum.usage = sum.usage.plus(usage);
        sum.calls = sum.calls.map(|calls| calls.saturating_add(1));
        sum.reported = match (sum.reported, reported) {
            (Some(before), Some(more)) => Some(before.plus(more)),
            (before, more) => before.or(more),
        };
    }

    fn list(&self, completeness: Completeness) -> Vec<ModelUsage> {
        self.0.values().cloned().map(|usage| ModelUsage { completeness, ..usage }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_into_groups_and_groups_without_a_value_stay_out() {
        let groups: &[&[&str]] =
            &[&["-p"], &["--model", "{model}"], &["--cap", "{usd}"], &["--allow", "Run({exec})"], &["-"]];
        let task = Task { model: Some("one; rm -rf".into()), exec: vec!["a *".into(), "b".into()], ..Task::default() };
        assert_eq!(
            fill(groups, &task).unwrap(),
            ["-p", "--model", "one; rm -rf", "--allow", "Run(a *)", "--allow", "Run(b)", "-"]
        );
    }

    #[test]
    fn a_value_is_no_option() {
        let model = |model: &str| Task { model: Some(model.into()), exec: vec!["-x".into()], ..Task::default() };
        let groups: &[&[&str]] = &[&["--model", "{model}"], &["--allow=Run({exec})"]];
        assert_eq!(fill(groups, &model("--yolo")), Err("`--yolo` would be read as an option".into()));
        assert_eq!(fill(groups, &model("a-b")).unwrap(), ["--model", "a-b", "--allow=Run(-x)"]);
    }

    #[test]
    fn no_harness_is_told_to_skip_trust() {
        for harness in ALL {
            for word in [harness.arguments(), harness.review_arguments()].into_iter().flat_map(template) {
                for bad in ["danger", "skip", "yolo", "bypass", "--auto", "--approve"] {
                    assert!(!word.contains(bad), "{}: {word}", harness.alias());
                }
            }
        }
    }

    #[test]
    fn reported_dollars_are_the_shortest_decimal() {
        for (json, exact) in [
            ("0.013464", "0.013464"),
            ("0.031133099999999997", "0.0311331"),
            ("0", "0"),
            ("3", "3"),
            ("1e-7", "0.0000001"),
        ] {
            assert_eq!(dollars(&serde_json::from_str(json).unwrap()), Usd::parse(exact), "{json}");
        }
        for bad in ["-1", "\"1\"", "1e300", "null"] {
            assert_eq!(dollars(&serde_json::from_str(bad).unwrap()), None, "{bad}");
        }
    }
}
