//! Claude Code, `-p --output-format stream-json`.
//!
//! What its stream means:
//! - `stream_event` carries the API's own events; only `message_delta` knows the output tokens. `assistant` events repeat
//!   the message with a placeholder of one output token.
//! - `result` is the end: `modelUsage` per model is right in every case, `usage` is the main loop only and all zero when
//!   the money cap ended the run. `subtype: "success"` comes with `is_error: true` when the API failed.
//! - `modelUsage` does not say for how long the cache was written; `usage.cache_creation` and the messages do.
//! - the cap is checked after a response, so the first call may cost many times the cap.
//! - the model `<synthetic>` is an error text of the CLI itself, never a call.
//! - a killed CLI writes no `result`: what its messages said is a lower bound.

use super::folders::Folder;
use super::{Event, Harness, ModelUsage, Reader, Report, dollars, one_line, text, tokens};
use serde_json::Value;
use spec::cost::{Completeness, Usage};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Claude Code.
pub struct Claude;

impl Harness for Claude {
    fn alias(&self) -> &'static str {
        "claude"
    }

    fn program(&self) -> &'static str {
        "claude"
    }

    fn arguments(&self) -> &'static [&'static [&'static str]] {
        &[
            &["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"],
            &["--permission-mode", "acceptEdits"],
            // the user's own settings, never those of the repository (hooks, permissions, servers)
            &["--setting-sources", "user", "--strict-mcp-config"],
            &["--model", "{model}"],
            &["--effort", "{effort}"],
            &["--max-budget-usd", "{usd}"],
            &["--max-turns", "{turns}"],
            &["--allowed-tools=Bash({exec})"],
        ]
    }

    fn review_arguments(&self) -> &'static [&'static [&'static str]] {
        &[
            &["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"],
            &["--permission-mode", "default", "--disallowed-tools=Edit,Write,NotebookEdit"],
            &["--setting-sources", "user", "--strict-mcp-config"],
            &["--model", "{model}"],
            &["--effort", "{effort}"],
            &["--max-budget-usd", "{usd}"],
            &["--max-turns", "{turns}"],
            &["--allowed-tools=Bash({exec})"],
        ]
    }

    fn environment(&self) -> &'static [&'static str] {
        &[
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_AUTH_TOKEN",
            "ANTHROPIC_BASE_URL",
            "ANTHROPIC_CUSTOM_HEADERS",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "CLAUDE_CODE_USE_BEDROCK",
            "CLAUDE_CODE_USE_VERTEX",
            "CLAUDE_CODE_MAX_RETRIES",
            "CLAUDE_CONFIG_DIR",
        ]
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("DISABLE_AUTOUPDATER", "1"), ("DISABLE_TELEMETRY", "1")]
    }

    fn folders(&self) -> &'static [Folder] {
        const OWN: Folder = Folder {
            variable: "CLAUDE_CONFIG_DIR",
            usual: ".claude",
            beside: Some(".claude.json"),
            fresh: &[
                "projects",
                "sessions",
                "session-env",
                "shell-snapshots",
                "file-history",
                "history.jsonl",
                "todos",
                "tasks",
                "plans",
                "jobs",
                "teams",
                "backups",
                "cache",
                "image-cache",
                "paste-cache",
                "debug",
                "logs",
                "telemetry",
                "statsig",
                "stats-cache.json",
                "usage-data",
                // how to reach an editor that is open
                "ide",
            ],
            copied: &[".claude.json"],
            logins: &[".credentials.json"],
        };
        &[OWN]
    }

    fn keys(&self, environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
        let home = environment.get("HOME").map(PathBuf::from);
        let clouds = [("CLAUDE_CODE_USE_BEDROCK", ".aws"), ("CLAUDE_CODE_USE_VERTEX", ".config/gcloud")];
        let used = clouds.into_iter().filter(|(variable, _)| environment.contains_key(*variable));
        used.filter_map(|(_, folder)| Some(home.as_ref()?.join(folder))).collect()
    }

    fn reader(&self, requested: Option<&str>, _: &BTreeMap<String, String>) -> Box<dyn Reader> {
        Box::new(Stream { requested: requested.unwrap_or("unknown").to_owned(), ..Stream::default() })
    }
}

#[derive(Default)]
struct Stream {
    requested: String,
    /// What each message said last, by message id.
    messages: BTreeMap<String, (String, Usage)>,
    /// The message at hand per loop (main loop or a sub-agent's).
    current: BTreeMap<String, String>,
    report: Report,
    ended: bool,
}

impl Reader for Stream {
    fn line(&mut self, line: &[u8]) -> Vec<Event> {
        let Ok(event) = serde_json::from_slice::<Value>(line) else { return Vec::new() };
        self.report.spoke = true;
        match text(&event, "type") {
            "system" if text(&event, "subtype") == "init" => {
                self.report.version = event.get("claude_code_version").and_then(Value::as_str).map(str::to_owned);
                self.report.session = event.get("session_id").and_then(Value::as_str).map(str::to_owned);
                Vec::new()
            }
            "stream_event" => self.api_event(&event),
            "assistant" => self.assistant(&event["message"]),
            "result" => {
                self.result(&event);
                vec![Event::Spent]
            }
            _ => Vec::new(),
        }
    }

    fn so_far(&mut self) -> Vec<ModelUsage> {
        if self.ended { self.report.usage.clone() } else { self.seen() }
    }

    fn report(&mut self) -> Report {
        if !self.ended {
            self.report.usage = self.seen();
        }
        self.report.clone()
    }
}

/// Usage of one message; every number of the API is disjoint already.
fn usage_of(usage: &Value) -> Usage {
    let created = tokens(usage, "cache_creation_input_tokens");
    let split = &usage["cache_creation"];
    let (short, long) = (tokens(split, "ephemeral_5m_input_tokens"), tokens(split, "ephemeral_1h_input_tokens"));
    Usage {
        uncached_input: tokens(usage, "input_tokens"),
        cache_read: tokens(usage, "cache_read_input_tokens"),
        cache_write_5m: short,
        cache_write_1h: long,
        cache_write_unknown: created.saturating_sub(short.saturating_add(long)),
        output: tokens(usage, "output_tokens"),
        reasoning: tokens(&usage["output_tokens_details"], "thinking_tokens"),
    }
}

/// The later of two reports of one message: every bucket only grows.
fn later(a: Usage, b: Usage) -> Usage {
    let written = |usage: Usage| usage.cache_write_5m + usage.cache_write_1h + usage.cache_write_unknown;
    let cache =
        if written(b) >= written(a) && b.cache_write_5m + b.cache_write_1h > 0 || written(a) == 0 { b } else { a };
    Usage {
        uncached_input: a.uncached_input.max(b.uncached_input),
        cache_read: a.cache_read.max(b.cache_read),
        cache_write_5m: cache.cache_write_5m,
        cache_write_1h: cache.cache_write_1h,
        cache_write_unknown: cache.cache_write_unknown,
        output: a.output.max(b.output),
        reasoning: a.reasoning.max(b.reasoning),
    }
}

impl Stream {
    fn heard(&mut self, id: &str, model: Option<&str>, usage: Usage) {
        let entry = self.messages.entry(id.to_owned()).or_insert_with(|| (self.requested.clone(), Usage::default()));
        if let Some(model) = model {
            entry.0 = model.to_owned();
        }
        entry.1 = later(entry.1, usage);
    }

    fn api_event(&mut self, event: &Value) -> Vec<Event> {
        let loop_of = text(event, "parent_tool_use_id").to_owned();
        let event = &event["event"];
        match text(event, "type") {
            "message_start" => {
                let message = &event["message"];
                let id = text(message, "id").to_owned();
                let model = Some(text(message, "model")).filter(|model| !model.is_empty());
                self.heard(&id, model, usage_of(&message["usage"]));
                self.current.insert(loop_of, id);
                vec![Event::Spent]
            }
            "message_delta" => {
                if let Some(id) = self.current.get(&loop_of).cloned() {
                    self.heard(&id, None, usage_of(&event["usage"]));
                }
                vec![Event::Spent]
            }
            _ => Vec::new(),
        }
    }

    fn assistant(&mut self, message: &Value) -> Vec<Event> {
        if text(message, "model") == "<synthetic>" {
            return Vec::new();
        }
        self.heard(text(message, "id"), Some(text(message, "model")), usage_of(&message["usage"]));
        let blocks = message["content"].as_array().into_iter().flatten();
        blocks
            .filter_map(|block| match text(block, "type") {
                "text" => Some(Event::Text(one_line(text(block, "text")))),
                "tool_use" => {
                    let input = &block["input"];
                    let detail =
                        ["file_path", "command", "pattern", "path"].iter().find_map(|key| input[*key].as_str());
                    Some(Event::Tool {
                        name: text(block, "name").to_owned(),
                        detail: one_line(detail.unwrap_or_default()),
                    })
                }
                _ => None,
            })
            .collect()
    }

    fn result(&mut self, event: &Value) {
        self.ended = true;
        self.report.complete = true;
        self.report.answer = text(event, "result").to_owned();
        let subtype = text(event, "subtype");
        self.report.over_budget = subtype == "error_max_budget_usd";
        if event["is_error"] == true || subtype != "success" {
            let errors = event["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let words = errors.chain([text(event, "result"), subtype]).find(|words| !words.is_empty());
            self.report.failure = Some(one_line(words.unwrap_or("the run failed")));
        }
        let denials = event["permission_denials"].as_array().into_iter().flatten();
        self.report.refused.extend(denials.map(|denial| one_line(text(denial, "tool_name"))));
        let models: Vec<(&String, &Value)> = event["modelUsage"].as_object().into_iter().flatten().collect();
        let only = models.len() == 1;
        let seen = self.seen();
        self.report.usage = models
            .into_iter()
            .map(|(model, usage)| {
                let streamed = seen.iter().find(|seen| seen.model == *model);
                let main_loop = only.then(|| usage_of(&event["usage"]));
                model_usage(model, usage, streamed, main_loop)
            })
            .collect();
        if self.report.usage.is_empty() {
            self.report.usage = seen;
        }
    }

    /// What the messages added up to so far.
    fn seen(&self) -> Vec<ModelUsage> {
        let mut sums = super::Sums::default();
        for (model, usage) in self.messages.values() {
            sums.add(model, *usage, None);
        }
        sums.list(Completeness::Partial)
    }
}

fn model_usage(model: &str, usage: &Value, streamed: Option<&ModelUsage>, main_loop: Option<Usage>) -> ModelUsage {
    let written = tokens(usage, "cacheCreationInputTokens");
    let (short, long) = [streamed.map(|seen| seen.usage), main_loop]
        .into_iter()
        .flatten()
        .map(|usage| (usage.cache_write_5m, usage.cache_write_1h))
        .find(|(short, long)| short + long > 0 && short + long <= written)
        .unwrap_or((0, 0));
    ModelUsage {
        model: model.to_owned(),
        usage: Usage {
            uncached_input: tokens(usage, "inputTokens"),
            cache_read: tokens(usage, "cacheReadInputTokens"),
            cache_write_5m: short,
            cache_write_1h: long,
            cache_write_unknown: written - short - long,
            output: tokens(usage, "outputTokens"),
            reasoning: streamed.map_or(0, |seen| seen.usage.reasoning),
        },
        completeness: Completeness::Exact,
        calls: streamed.and_then(|seen| seen.calls),
        // a model it does not know is priced like the dearest one; that number is not passed on
        reported: usage.get("costUSD").and_then(dollars).filter(|_| text(usage, "costBasis") != "unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spec::Usd;

    fn read(events: &[Value]) -> Box<dyn Reader> {
        let mut reader = Claude.reader(Some("model-a"), &BTreeMap::new());
        for event in events {
            reader.line(event.to_string().as_bytes());
        }
        reader
    }

    fn message_usage(output: u64) -> Value {
        json!({"input_tokens": 7, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 50,
               "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}, "output_tokens": output})
    }

    fn message(id: &str, output: u64) -> Vec<Value> {
        vec![
            json!({"type": "stream_event", "event": {"type": "message_start",
                "message": {"id": id, "model": "model-a", "usage": message_usage(1)}}, "parent_tool_use_id": null}),
            json!({"type": "assistant", "message": {"id": id, "model": "model-a", "usage": message_usage(1),
                "content": [{"type": "text", "text": "hello\nthere"}]}}),
            json!({"type": "stream_event", "event": {"type": "message_delta", "usage": {"output_tokens": output}}, "parent_tool_use_id": null}),
        ]
    }

    fn result(subtype: &str, is_error: bool, usage: Value, models: Value) -> Value {
        json!({"type": "result", "subtype": subtype, "is_error": is_error, "result": "words", "usage": usage, "modelUsage": models,
               "permission_denials": []})
    }

    fn model(cost: f64) -> Value {
        json!({"inputTokens": 7, "outputTokens": 40, "cacheReadInputTokens": 900, "cacheCreationInputTokens": 50, "costUSD": cost})
    }

    const TRUTH: Usage = Usage {
        uncached_input: 7,
        cache_read: 900,
        cache_write_5m: 20,
        cache_write_1h: 30,
        cache_write_unknown: 0,
        output: 40,
        reasoning: 0,
    };

    #[test]
    fn the_result_is_the_truth_and_the_placeholder_is_not() {
        let mut events = message("m1", 40);
        events.push(result("success", false, message_usage(40), json!({"model-a": model(0.013464)})));
        let report = read(&events).report();
        assert_eq!(report.usage.len(), 1);
        assert_eq!((report.usage[0].usage, report.usage[0].completeness), (TRUTH, Completeness::Exact));
        assert_eq!(report.usage[0].reported, Usd::parse("0.013464"));
        assert_eq!((report.usage[0].calls, report.failure), (Some(1), None));
    }

    #[test]
    fn over_budget_has_no_usage_but_model_usage() {
        let zero = json!({"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                          "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0}});
        let mut events = message("m1", 40);
        events.push(result("error_max_budget_usd", true, zero.clone(), json!({"model-a": model(0.5)})));
        let report = read(&events).report();
        assert_eq!(report.usage[0].usage, TRUTH, "the time to live comes from the messages");
        assert!(report.over_budget && report.failure.is_some());
        let without_stream =
            read(&[result("error_max_budget_usd", true, zero, json!({"model-a": model(0.5)}))]).report();
        assert_eq!(without_stream.usage[0].usage.cache_write_unknown, 50, "not known is said, not guessed");
    }

    #[test]
    fn a_kill_leaves_the_sum_of_the_messages() {
        let mut events = message("m1", 40);
        events.extend(message("m2", 60).into_iter().take(1));
        let report = read(&events).report();
        assert_eq!(report.usage[0].completeness, Completeness::Partial);
        assert_eq!(report.usage[0].usage, TRUTH.plus(Usage { output: 1, ..TRUTH }));
    }

    #[test]
    fn success_with_an_error_is_a_failure_and_synthetic_is_no_model() {
        let synthetic = json!({"type": "assistant", "message": {"id": "x", "model": "<synthetic>", "usage": {"input_tokens": 0},
                               "content": [{"type": "text", "text": "API Error"}]}});
        let mut reader = read(&[synthetic, result("success", true, json!({}), json!({}))]);
        let report = reader.report();
        assert_eq!(report.failure.as_deref(), Some("words"));
        assert!(report.usage.is_empty());
    }

    #[test]
    fn a_refused_write_is_named_and_a_guessed_price_is_dropped() {
        let mut end = result("success", false, message_usage(40), json!({"model-a": model(0.02)}));
        end["permission_denials"] = json!([{"tool_name": "Write", "tool_input": {}}]);
        end["modelUsage"]["model-a"]["costBasis"] = json!("unknown");
        let report = read(&[end]).report();
        assert_eq!(report.refused, ["Write"]);
        assert_eq!(report.usage[0].reported, None);
        assert_eq!(report.usage[0].usage, TRUTH, "one model: the main loop knows the time to live");
    }

    #[test]
    fn sub_agents_are_told_apart() {
        let start = |id: &str, model: &str, parent: Value| {
            json!({"type": "stream_event", "parent_tool_use_id": parent,
                "event": {"type": "message_start", "message": {"id": id, "model": model, "usage": message_usage(1)}}})
        };
        let delta = |output: u64, parent: Value| {
            json!({"type": "stream_event", "parent_tool_use_id": parent,
                "event": {"type": "message_delta", "usage": {"output_tokens": output}}})
        };
        let mut reader = read(&[
            start("m1", "model-a", Value::Null),
            start("m2", "model-b", json!("toolu_1")),
            delta(11, Value::Null),
            delta(22, json!("toolu_1")),
        ]);
        let outputs: Vec<u64> = reader.so_far().iter().map(|usage| usage.usage.output).collect();
        assert_eq!(outputs, [11, 22]);
    }

    #[test]
    fn noise_is_no_event() {
        let mut reader = Claude.reader(None, &BTreeMap::new());
        for line in [&b"not json"[..], b"", b"[]", b"3", b"{\"type\":\"result\"}", b"{\"type\":7}", b"\xff\xfe"] {
            reader.line(line);
        }
        assert!(reader.report().usage.is_empty());
    }
}
