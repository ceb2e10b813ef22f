//! Codex, `exec --json`.
//!
//! What its stream means:
//! - `turn.completed.usage` counts every input token in `input_tokens`, cached ones too, and is the total of the whole
//!   thread: a pass always starts a fresh thread, and the last total is taken, never a sum.
//! - `output_tokens` includes reasoning. Nothing says the model or money.
//! - `turn.failed` has no usage at all, and a killed CLI says nothing: the rollout file of the thread has a record per
//!   response and the model.
//! - a write that its sandbox stops leaves no item and exit 0.

use super::folders::Folder;
use super::{Event, Harness, ModelUsage, Reader, Report, one_line, text, tokens};
use crate::files;
use serde_json::Value;
use spec::cost::{Completeness, Usage};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Codex.
pub struct Codex;

impl Harness for Codex {
    fn alias(&self) -> &'static str {
        "codex"
    }

    fn program(&self) -> &'static str {
        "codex"
    }

    fn arguments(&self) -> &'static [&'static [&'static str]] {
        &[
            &["exec", "--json", "-s", "workspace-write"],
            &["-m", "{model}"],
            &["-c", "model_reasoning_effort={effort}"],
            &["-"],
        ]
    }

    fn review_arguments(&self) -> &'static [&'static [&'static str]] {
        &[
            &["exec", "--json", "-s", "read-only"],
            &["-m", "{model}"],
            &["-c", "model_reasoning_effort={effort}"],
            &["-"],
        ]
    }

    fn environment(&self) -> &'static [&'static str] {
        &["CODEX_HOME", "CODEX_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"]
    }

    fn folders(&self) -> &'static [Folder] {
        const OWN: Folder = Folder {
            variable: "CODEX_HOME",
            usual: ".codex",
            beside: None,
            fresh: &[
                "sessions",
                "archived_sessions",
                "history.jsonl",
                "shell_snapshots",
                "thread-writer-locks",
                "state_*",
                "thread_history_*",
                "goals_*",
                "queue_*",
                "memories_*",
                "logs_*",
                "log",
                "tmp",
                ".tmp",
                "cache",
                "models_cache.json",
                "version.json",
                "skills/.system",
            ],
            copied: &["installation_id"],
            logins: &["auth.json"],
        };
        &[OWN]
    }

    fn has_sandbox(&self) -> bool {
        true
    }

    fn reader(&self, requested: Option<&str>, environment: &BTreeMap<String, String>) -> Box<dyn Reader> {
        Box::new(Stream {
            model: requested.unwrap_or("unknown").to_owned(),
            sessions: home(environment).map(|home| home.join("sessions")),
            ..Stream::default()
        })
    }
}

fn home(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let own = environment.get("CODEX_HOME").map(PathBuf::from);
    own.or_else(|| environment.get("HOME").map(|home| Path::new(home).join(".codex")))
}

#[derive(Default)]
struct Stream {
    model: String,
    sessions: Option<PathBuf>,
    rollout: Option<PathBuf>,
    total: Option<Usage>,
    report: Report,
}

/// Disjoint buckets from Codex's inclusive numbers.
fn usage_of(usage: &Value) -> Usage {
    let (read, written) = (tokens(usage, "cached_input_tokens"), tokens(usage, "cache_write_input_tokens"));
    Usage {
        uncached_input: tokens(usage, "input_tokens").saturating_sub(read.saturating_add(written)),
        cache_read: read,
        cache_write_unknown: written,
        output: tokens(usage, "output_tokens"),
        reasoning: tokens(usage, "reasoning_output_tokens"),
        ..Usage::default()
    }
}

impl Reader for Stream {
    fn line(&mut self, line: &[u8]) -> Vec<Event> {
        let Ok(event) = serde_json::from_slice::<Value>(line) else { return Vec::new() };
        self.report.spoke = true;
        match text(&event, "type") {
            "thread.started" => self.report.session = event["thread_id"].as_str().map(str::to_owned),
            "turn.completed" => {
                self.total = Some(usage_of(&event["usage"]));
                self.report.failure = None;
                self.report.complete = true;
                return vec![Event::Spent];
            }
            "turn.failed" => self.report.failure = Some(one_line(text(&event["error"], "message"))),
            "error" => self.report.failure = Some(one_line(text(&event, "message"))),
            "item.started" | "item.completed" => return self.item(&event["item"], text(&event, "type")),
            _ => {}
        }
        Vec::new()
    }

    fn so_far(&mut self) -> Vec<ModelUsage> {
        match self.total {
            Some(total) => vec![self.row(total, Completeness::Partial, None)],
            None => self
                .evidence()
                .map(|(usage, calls)| self.row(usage, Completeness::Partial, Some(calls)))
                .into_iter()
                .collect(),
        }
    }

    fn report(&mut self) -> Report {
        let evidence = self.evidence();
        self.report.usage = match (self.total, evidence) {
            (Some(total), evidence) => vec![self.row(total, Completeness::Exact, evidence.map(|(_, calls)| calls))],
            (None, Some((usage, calls))) => vec![self.row(usage, Completeness::Partial, Some(calls))],
            (None, None) => Vec::new(),
        };
        self.report.clone()
    }
}

impl Stream {
    fn row(&self, usage: Usage, completeness: Completeness, calls: Option<u32>) -> ModelUsage {
        ModelUsage { model: self.model.clone(), usage, completeness, calls, reported: None }
    }

    fn item(&mut self, item: &Value, moment: &str) -> Vec<Event> {
        match (text(item, "type"), moment) {
            ("agent_message", "item.completed") => {
                self.report.answer = text(item, "text").to_owned();
                vec![Event::Text(one_line(text(item, "text")))]
            }
            ("command_execution", "item.started") => {
                vec![Event::Tool { name: "exec".into(), detail: one_line(text(item, "command")) }]
            }
            ("file_change", "item.completed") => {
                let changes = item["changes"].as_array().into_iter().flatten();
                changes
                    .map(|change| Event::Tool { name: "edit".into(), detail: one_line(text(change, "path")) })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Usage and number of responses by the thread's rollout file, and the model it names.
    fn evidence(&mut self) -> Option<(Usage, u32)> {
        let thread = self.report.session.clone()?;
        if self.rollout.is_none() {
            self.rollout = find_rollout(self.sessions.as_deref()?, &thread);
        }
        let rollout = files::read_own(self.rollout.as_deref()?, 256 << 20).ok()?;
        let (mut sum, mut seen) = (Usage::default(), BTreeSet::new());
        for line in rollout.split(|byte| *byte == b'\n') {
            let Ok(record) = serde_json::from_slice::<Value>(line) else { continue };
            let payload = &record["payload"];
            match text(&record, "type") {
                "turn_context" if !text(payload, "model").is_empty() => self.model = text(payload, "model").to_owned(),
                "session_meta" => self.report.version = payload["cli_version"].as_str().map(str::to_owned),
                "token_usage_record" if seen.insert(text(payload, "response_id").to_owned()) => {
                    sum = sum.plus(usage_of(&payload["usage"]));
                }
                _ => {}
            }
        }
        (!seen.is_empty()).then(|| (sum, u32::try_from(seen.len()).unwrap_or(u32::MAX)))
    }
}

/// `sessions/<year>/<month>/<day>/rollout-…-<thread>.jsonl`; the newest days are looked at first.
fn find_rollout(sessions: &Path, thread: &str) -> Option<PathBuf> {
    let sorted = |folder: &Path| -> Vec<PathBuf> {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        entries.sort();
        entries.reverse();
        entries.truncate(4096);
        entries
    };
    if thread.len() < 8 || thread.contains('/') {
        return None;
    }
    let days =
        sorted(sessions).into_iter().take(2).flat_map(|year| sorted(&year).into_iter().take(2)).flat_map(|month| {
            // a thread that started before midnight or in another time zone
            sorted(&month).into_iter().take(3)
        });
    days.flat_map(|day| sorted(&day)).find(|file| {
        file.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(&format!("{thread}.jsonl")))
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(home: &Path, events: &[Value]) -> Report {
        let environment = BTreeMap::from([("CODEX_HOME".to_owned(), home.display().to_string())]);
        let mut reader = Codex.reader(Some("asked-for"), &environment);
        for event in events {
            reader.line(event.to_string().as_bytes());
        }
        reader.report()
    }

    fn usage(times: u64) -> Value {
        json!({"input_tokens": 2100 * times, "cached_input_tokens": 1900 * times, "cache_write_input_tokens": 150 * times,
               "output_tokens": 88 * times, "reasoning_output_tokens": 33 * times})
    }

    const TRUTH: Usage = Usage {
        uncached_input: 50,
        cache_read: 1900,
        cache_write_5m: 0,
        cache_write_1h: 0,
        cache_write_unknown: 150,
        output: 88,
        reasoning: 33,
    };

    #[test]
    fn input_is_inclusive_and_the_last_total_is_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let report = read(
            folder.path(),
            &[
                json!({"type": "turn.completed", "usage": usage(1)}),
                json!({"type": "turn.completed", "usage": usage(2)}),
            ],
        );
        assert_eq!(report.usage[0].usage, TRUTH.plus(TRUTH));
        assert_eq!((report.usage[0].model.as_str(), report.usage[0].completeness), ("asked-for", Completeness::Exact));
    }

    #[test]
    fn a_failed_turn_says_nothing_so_the_rollout_does() {
        let folder = tempfile::tempdir().unwrap();
        let day = folder.path().join("sessions/2026/11/20");
        std::fs::create_dir_all(&day).unwrap();
        let record =
            |id: &str| json!({"type": "token_usage_record", "payload": {"response_id": id, "usage": usage(1)}});
        let lines = [
            json!({"type": "session_meta", "payload": {"cli_version": "0.1"}}),
            json!({"type": "turn_context", "payload": {"model": "served"}}),
            record("r1"),
            record("r1"),
            record("r2"),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(day.join("rollout-2026-11-20T10-00-00-thread-0001.jsonl"), text + "{\"torn").unwrap();
        let events = [
            json!({"type": "thread.started", "thread_id": "thread-0001"}),
            json!({"type": "turn.failed", "error": {"message": "stream\ndisconnected"}}),
        ];
        let report = read(folder.path(), &events);
        assert_eq!(report.failure.as_deref(), Some("stream disconnected"));
        assert_eq!(report.usage[0].usage, TRUTH.plus(TRUTH), "a record written twice counts once");
        assert_eq!((report.usage[0].model.as_str(), report.usage[0].calls), ("served", Some(2)));
        assert_eq!(report.usage[0].completeness, Completeness::Partial);
        assert!(read(folder.path(), &events[1..]).usage.is_empty(), "nothing seen is nothing said");
    }

    #[test]
    fn a_thread_name_cannot_lead_elsewhere() {
        assert_eq!(find_rollout(Path::new("/"), "../../etc/passwd"), None);
        assert_eq!(find_rollout(Path::new("/"), ""), None);
    }
}
