//! opencode, `run --format json`.
//!
//! What its stream means:
//! - `step_finish` is one model call; usage is their sum. `output` excludes reasoning, `input` excludes what was cached.
//! - a session without a title asks a model for one, and that call never appears: a title is always given.
//! - cost comes from the prices its user configured, so zero means "not configured"; the model is not named.
//! - a refused tool is a `tool_use` in state `error`; the run then ends with exit 0.
//! - it retries a failing provider without end: only our own clock ends that.

use super::folders::Folder;
use super::{Event, Harness, ModelUsage, Reader, Report, Sums, dollars, one_line, text, tokens};
use serde_json::Value;
use spec::cost::{Completeness, Usage};
use spec::money::Usd;
use std::collections::BTreeMap;
use std::path::Path;

/// opencode.
pub struct Opencode;

impl Harness for Opencode {
    fn alias(&self) -> &'static str {
        "opencode"
    }

    fn program(&self) -> &'static str {
        "opencode"
    }

    fn arguments(&self) -> &'static [&'static [&'static str]] {
        &[&["run", "--format", "json"], &["--title", "{title}"], &["-m", "{model}"], &["--variant", "{effort}"]]
    }

    fn review_arguments(&self) -> &'static [&'static [&'static str]] {
        &[
            &["run", "--format", "json", "--agent", "plan"],
            &["--title", "{title}"],
            &["-m", "{model}"],
            &["--variant", "{effort}"],
        ]
    }

    fn environment(&self) -> &'static [&'static str] {
        &[
            "OPENCODE_CONFIG",
            "OPENCODE_CONFIG_DIR",
            "OPENCODE_PERMISSION",
            "OPENCODE_DISABLE_MODELS_FETCH",
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
            "OPENROUTER_API_KEY",
            "GEMINI_API_KEY",
        ]
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[("OPENCODE_DISABLE_AUTOUPDATE", "1")]
    }

    fn folders(&self) -> &'static [Folder] {
        const fn folder(variable: &'static str, usual: &'static str, fresh: &'static [&'static str]) -> Folder {
            Folder { variable, usual, beside: None, fresh, copied: &[], logins: &[] }
        }
        const CONFIGURATION: Folder = Folder {
            // it installs the interface of plugins beside its configuration
            copied: &["opencode/package.json", "opencode/bun.lock", "opencode/package-lock.json"],
            ..folder("XDG_CONFIG_HOME", ".config", &["opencode/node_modules", "opencode/.gitignore"])
        };
        const DATA: Folder = Folder {
            logins: &["opencode/auth.json", "opencode/mcp-auth.json"],
            ..folder(
                "XDG_DATA_HOME",
                ".local/share",
                &[
                    "opencode/opencode.db*",
                    "opencode/storage",
                    "opencode/project",
                    "opencode/snapshot",
                    "opencode/worktree",
                    "opencode/repos",
                    "opencode/tool-output",
                    "opencode/log",
                ],
            )
        };
        const STATE: Folder = folder("XDG_STATE_HOME", ".local/state", &["opencode", "tollgate"]);
        const CACHE: Folder = folder("XDG_CACHE_HOME", ".cache", &["opencode/models.json", "opencode/version"]);
        &[CONFIGURATION, DATA, STATE, CACHE]
    }

    fn reader(&self, requested: Option<&str>, _: &BTreeMap<String, String>) -> Box<dyn Reader> {
        Box::new(Stream { model: requested.unwrap_or("unknown").to_owned(), ..Stream::default() })
    }
}

#[derive(Default)]
struct Stream {
    model: String,
    sums: Sums,
    /// A step that began and has not ended: its call is paid for and not reported yet.
    open: bool,
    report: Report,
}

impl Reader for Stream {
    fn line(&mut self, line: &[u8]) -> Vec<Event> {
        let Ok(event) = serde_json::from_slice::<Value>(line) else { return Vec::new() };
        self.report.spoke = true;
        if let Some(session) = event["sessionID"].as_str() {
            self.report.session = Some(session.to_owned());
        }
        let part = &event["part"];
        match text(&event, "type") {
            "step_start" => self.open = true,
            "step_finish" => {
                self.open = false;
                let spent = &part["tokens"];
                let reasoning = tokens(spent, "reasoning");
                let usage = Usage {
                    uncached_input: tokens(spent, "input"),
                    cache_read: tokens(&spent["cache"], "read"),
                    cache_write_unknown: tokens(&spent["cache"], "write"),
                    output: tokens(spent, "output").saturating_add(reasoning),
                    reasoning,
                    ..Usage::default()
                };
                let cost = dollars(&part["cost"]).filter(|cost| *cost != Usd::ZERO);
                self.sums.add(&self.model, usage, cost);
                return vec![Event::Spent];
            }
            "text" => {
                self.report.answer = text(part, "text").to_owned();
                return vec![Event::Text(one_line(text(part, "text")))];
            }
            "tool_use" => return self.tool(part),
            "error" => {
                let error = &event["error"];
                let words = [text(&error["data"], "message"), text(error, "message"), text(error, "name")];
                let words = words.into_iter().find(|words| !words.is_empty());
                self.report.failure = Some(one_line(words.unwrap_or("the run failed")));
            }
            _ => {}
        }
        Vec::new()
    }

    fn so_far(&mut self) -> Vec<ModelUsage> {
        self.sums.list(Completeness::Partial)
    }

    fn report(&mut self) -> Report {
        let whole = !self.open && self.report.failure.is_none();
        self.report.complete = whole && !self.sums.0.is_empty();
        self.report.usage = self.sums.list(if whole { Completeness::Exact } else { Completeness::Partial });
        self.report.clone()
    }
}

impl Stream {
    fn tool(&mut self, part: &Value) -> Vec<Event> {
        let (name, state) = (one_line(text(part, "tool")), &part["state"]);
        if text(state, "status") == "error" {
            self.report.refused.push(name.clone());
            return vec![Event::Refused(format!("{name}: {}", one_line(text(state, "error"))))];
        }
        let input = &state["input"];
        let detail = ["filePath", "command", "path", "pattern"].iter().find_map(|key| input[*key].as_str());
        let detail = Path::new(detail.unwrap_or_default()).display().to_string();
        vec![Event::Tool { name, detail: one_line(&detail) }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(events: &[Value]) -> Report {
        let mut reader = Opencode.reader(Some("provider/model"), &BTreeMap::new());
        for event in events {
            reader.line(event.to_string().as_bytes());
        }
        reader.report()
    }

    fn finish(cost: f64) -> Value {
        json!({"type": "step_finish", "sessionID": "s1", "part": {"tokens":
            {"total": 3000, "input": 600, "output": 70, "reasoning": 30, "cache": {"write": 0, "read": 2300}}, "cost": cost}})
    }

    #[test]
    fn steps_add_up_and_reasoning_is_output() {
        let report = read(&[json!({"type": "step_start"}), finish(0.01), json!({"type": "step_start"}), finish(0.02)]);
        let row = &report.usage[0];
        assert_eq!(
            row.usage,
            Usage { uncached_input: 1200, cache_read: 4600, output: 200, reasoning: 60, ..Usage::default() }
        );
        assert_eq!((row.calls, row.completeness), (Some(2), Completeness::Exact));
        assert_eq!((row.reported, row.model.as_str()), (Usd::parse("0.03"), "provider/model"));
    }

    #[test]
    fn an_open_step_is_money_not_seen_and_zero_cost_is_not_known() {
        let report = read(&[json!({"type": "step_start"}), finish(0.0), json!({"type": "step_start"})]);
        assert_eq!((report.usage[0].completeness, report.usage[0].reported), (Completeness::Partial, None));
    }

    #[test]
    fn a_refused_tool_is_named() {
        let refused = json!({"type": "tool_use", "part": {"tool": "write", "state": {"status": "error", "error": "auto-rejecting"}}});
        assert_eq!(read(&[refused]).refused, ["write"]);
        let failed = json!({"type": "error", "error": {"name": "APIError", "data": {"message": "no\nkey"}}});
        assert_eq!(read(&[failed]).failure.as_deref(), Some("no key"));
    }
}
