//! Real agent CLIs through the real `tollgate run`, against a scripted model on loopback: what the ledger books is what
//! the model counted, to the token; what was refused, stopped or killed is said so, is paid for, and leaves no process.
//!
//! The CLIs are installed by `tests/agents/install.sh`; without them these tests are not run
//! (`cargo test --test agents -- --ignored --test-threads 2`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod hosts;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A home, a repository with one ticket per agent, and a model that plays a script.
struct Stage {
    folder: tempfile::TempDir,
    model: Child,
    trust: String,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // the model ends with its standard input
        drop(self.model.stdin.take());
        let _ = self.model.wait();
    }
}

impl Stage {
    /// `limits` of the pass, and the steps of the model.
    fn new(limits: &str, steps: Value) -> Stage {
        Stage::gated(limits, "", steps)
    }

    /// The same, with `gate` behind the verify command of the pass.
    fn gated(limits: &str, gate: &str, steps: Value) -> Stage {
        // agents refuse to work with their home below the temporary folder
        let base = Path::new(CHECKOUT).join("target/agents-tests");
        fs::create_dir_all(&base).unwrap();
        let folder = tempfile::tempdir_in(base.canonicalize().unwrap()).unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in [
            "home/.config/tollgate",
            "home/.codex",
            "repo/.tollgate/workflows",
            "repo/.tollgate/agents",
            "repo/.tollgate/tickets",
        ] {
            fs::create_dir_all(at(path)).unwrap();
        }
        fs::write(at("steps.json"), steps.to_string()).unwrap();
        let (model, port) = start_model(folder.path());
        write_home(folder.path(), port);
        write_repository(&at("repo"), limits, gate);
        let mut stage = Stage { folder, model, trust: String::new() };
        let trust = stage.tollgate(&["trust", "--json"]).output().unwrap();
        let trust: Value = serde_json::from_slice(&trust.stdout).unwrap();
        stage.trust = trust["hash"].as_str().unwrap().to_owned();
        stage
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn tollgate(&self, arguments: &[&str]) -> Command {
        let home = self.path("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments).current_dir(self.path("repo")).env("HOME", &home);
        for name in [
            "XDG_STATE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
        ] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    fn run_arguments<'a>(&'a self, agent: &'a str) -> [&'a str; 6] {
        ["run", agent, "--yes", "--json", "--trust-plan", &self.trust]
    }

    /// Runs the pass of an agent to its end.
    fn run(&self, agent: &str) -> (Output, Vec<Value>) {
        let output = self.tollgate(&self.run_arguments(agent)).output().unwrap();
        let events =
            String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output, events)
    }

    fn ended(&self, agent: &str) -> Value {
        let (output, events) = self.run(agent);
        let last = events.into_iter().next_back();
        last.unwrap_or_else(|| panic!("no event: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// What the model counted.
    fn calls(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("calls.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The tokens of the ledger, by `tollgate cost`.
    fn ledger(&self, ticket: &str) -> Value {
        let output = self.tollgate(&["cost", ticket, "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["tickets"][0].clone()
    }

    fn receipts(&self, ticket: &str) -> Vec<Value> {
        let folder = self.path(&format!("repo/.tollgate/records/{ticket}"));
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect()
    }

    /// Processes that carry the marker of one of this stage's runs.
    fn leftovers(&self) -> Vec<String> {
        let runs: Vec<String> = fs::read_dir(self.path("home/.local/state/tollgate/runs"))
            .into_iter()
            .flatten()
            .map(|entry| format!("TOLLGATE_RUN={}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let marked = |process: &PathBuf| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| runs.iter().any(|run| run.as_bytes() == entry))
        };
        processes
            .filter(marked)
            .map(|process| fs::read_to_string(process.join("cmdline")).unwrap_or_default())
            .collect()
    }
}

fn start_model(folder: &Path) -> (Child, u16) {
    let script = Path::new(CHECKOUT).join("tests/agents/model_server.py");
    let mut model = Command::new("python3")
        .arg(script)
        .args(["--script", "steps.json", "--calls", "calls.jsonl"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 plays the model");
    let mut port = String::new();
    BufReader::new(model.stdout.take().unwrap()).read_line(&mut port).unwrap();
    (model, port.trim().parse().unwrap())
}

fn write_home(folder: &Path, port: u16) {
    let cli = |name: &str| {
        let path = Path::new(CHECKOUT).join(format!("target/agents/{name}/node_modules/.bin/{name}"));
        path.canonicalize().unwrap_or_else(|_| panic!("{name} is not installed: run tests/agents/install.sh"))
    };
    let opencode_config = folder.join("opencode.json");
    let configuration = json!({"harnesses": {
        "claude": {"command": [cli("claude")], "env": {
            "ANTHROPIC_BASE_URL": format!("http://127.0.0.1:{port}"), "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_MAX_RETRIES": "1", "NO_PROXY": "127.0.0.1"}},
        "codex": {"command": [cli("codex")], "env": {"SCRIPTED_KEY": "none", "NO_PROXY": "127.0.0.1"}},
        "opencode": {"command": [cli("opencode")], "env": {
            "OPENCODE_CONFIG": opencode_config, "OPENCODE_DISABLE_MODELS_FETCH": "1", "NO_PROXY": "127.0.0.1",
            "OPENCODE_PERMISSION": "{\"bash\":\"ask\"}"}},
    }});
    fs::write(folder.join("home/.config/tollgate/config.yaml"), configuration.to_string()).unwrap();
    let codex = format!(
        "model_provider = \"scripted\"\ncheck_for_update_on_startup = false\n[model_providers.scripted]\nname = \"scripted\"\n\
         base_url = \"http://127.0.0.1:{port}/v1\"\nenv_key = \"SCRIPTED_KEY\"\nwire_api = \"responses\"\n\
         request_max_retries = 1\nstream_max_retries = 1\n[analytics]\nenabled = false\n"
    );
    fs::write(folder.join("home/.codex/config.toml"), codex).unwrap();
    let opencode = json!({"autoupdate": false, "share": "disabled", "provider": {"scripted": {
        "npm": "@ai-sdk/openai-compatible", "name": "scripted",
        "options": {"baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": "none"},
        "models": {"model-one": {"name": "One", "limit": {"context": 128_000, "output": 8_192}}}}}});
    fs::write(opencode_config, opencode.to_string()).unwrap();
}

fn write_repository(repository: &Path, limits: &str, gate: &str) {
    let write = |path: &str, text: String| fs::write(repository.join(".tollgate").join(path), text).unwrap();
    let tiers = "tiers:\n  claude: [{harness: claude, model: claude-sonnet-4-5}]\n  codex: [{harness: codex, model: gpt-5.1}]\n  opencode: [{harness: opencode, model: scripted/model-one}]\n";
    write("config.yaml", format!("schema_version: 1\nproject: {{id: demo}}\ntickets: {{source: files}}\n{tiers}"));
    write("agents/critic.md", "---\nschema_version: 1\nname: critic\nversion: \"1.0.0\"\ndescription: Looks\ncategory: verifier\n---\nYou look for mistakes.\n".into());
    write("agents/writer.md", "---\nschema_version: 1\nname: writer\nversion: \"1.0.0\"\ndescription: Writes\ncategory: implementer\n---\nYou write files.\n".into());
    for agent in ["claude", "codex", "opencode"] {
        write(
            &format!("workflows/with-{agent}.md"),
            format!(
                "---\nschema_version: 1\nname: with-{agent}\nversion: \"1.0.0\"\ndescription: One pass\nticket: {{types: [{agent}]}}\ndefaults: {{tier: {agent}}}\npasses:\n  - id: write\n    kind: generation\n    agent: writer\n    tier: {agent}\n    inputs: [ticket]\n    outputs: [{{id: out, path: out.txt}}]\n    limits: {limits}\n    gate:\n      verify:\n        - {{id: there, command: \"grep -q hello out.txt\"}}\n{gate}---\n# One pass\n\n## write\nWrite out.txt for {{{{ticket.identifier}}}}.\n"
            ),
        );
        write(
            &format!("tickets/{agent}.md"),
            format!(
                "---\nid: {agent}\ntitle: Write it\nstatus: In Progress\ntype: {agent}\n---\n## Description\nWrite out.txt\n"
            ),
        );
    }
    for words in [
        &["init", "-q", "."][..],
        &["add", "."],
        &["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "first"],
    ] {
        assert!(Command::new("git").args(words).current_dir(repository).status().unwrap().success());
    }
}

const WRITE: &str = r#"[{"write": "out.txt", "content": "hello"}, {"text": "done"}]"#;

/// The true usage in the buckets that the protocol of this agent can tell apart.
fn truth(agent: &str, calls: &[Value]) -> Value {
    let sum = |bucket: &str| calls.iter().map(|call| call["usage"][bucket].as_u64().unwrap()).sum::<u64>();
    let (short, long) = (sum("cache_write_5m"), sum("cache_write_1h"));
    let mut usage = json!({"uncached_input": sum("uncached_input"), "cache_read": sum("cache_read"), "cache_write_5m": 0,
        "cache_write_1h": 0, "cache_write_unknown": 0, "output": sum("output"), "reasoning": sum("reasoning")});
    match agent {
        "claude" => {
            (usage["cache_write_5m"], usage["cache_write_1h"]) = (short.into(), long.into());
            // this protocol counts reasoning as output and does not name it
            usage["reasoning"] = 0.into();
        }
        "codex" => usage["cache_write_unknown"] = (short + long).into(),
        // chat completions have no word for cache writes: they arrive as plain input
        _ => usage["uncached_input"] = (sum("uncached_input") + short + long).into(),
    }
    usage
}

fn writes_and_books(agent: &str) {
    let stage = Stage::new("{usd: 4, timeout: 90s}", serde_json::from_str(WRITE).unwrap());
    let (output, events) = stage.run(agent);
    assert!(output.status.success(), "{events:?} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(stage.path("repo/out.txt")).unwrap(), "hello");
    let calls = stage.calls();
    assert_eq!(calls.len(), 2, "no request that the ledger does not see");
    assert_eq!(stage.ledger(agent)["tokens"], truth(agent, &calls), "the ledger is what the model counted");
    let receipts = stage.receipts(agent);
    assert_eq!(receipts.len(), 1);
    let receipt = &receipts[0];
    assert_eq!((receipt["outcome"].as_str(), receipt["gate"].as_str()), (Some("ok"), Some("PASSED")));
    assert_eq!(receipt["cost"][0]["usage"], truth(agent, &calls));
    assert_eq!((&receipt["cost"][0]["completeness"], &receipt["cost"][0]["calls"]), (&json!("exact"), &json!(2)));
    assert_eq!(receipt["outputs"][0]["path"], "out.txt");
    assert_eq!(stage.leftovers(), [""; 0]);
    let again = stage.tollgate(&stage.run_arguments(agent)).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "what is done is not run again");
    assert_eq!(stage.calls().len(), 2);
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn claude_writes_and_the_ledger_is_what_the_model_counted() {
    writes_and_books("claude");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn codex_writes_and_the_ledger_is_what_the_model_counted() {
    writes_and_books("codex");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn opencode_writes_and_the_ledger_is_what_the_model_counted() {
    writes_and_books("opencode");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn a_refused_write_ends_with_exit_0_and_is_no_output() {
    // outside of what each of them may do: claude and opencode ask for a shell, codex may not leave its folder
    let shell = json!([{"bash": "curl -s http://127.0.0.1:9/ -o out.txt || touch /usr/out.txt"}, {"text": "done"}]);
    let stage = Stage::new("{usd: 4, timeout: 90s}", shell);
    for agent in ["claude", "codex", "opencode"] {
        let ended = stage.ended(agent);
        assert_eq!(ended["outcome"], "no_output", "{agent}: {ended}");
        assert_eq!(ended["applied"], false);
        assert!(!stage.path("repo/out.txt").exists());
        let receipt = &stage.receipts(agent)[0];
        assert_ne!(receipt["cost"][0]["usage"]["output"], 0, "{agent}: what was refused is paid for");
    }
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn a_change_outside_the_scope_is_thrown_away() {
    let stage = Stage::new(
        "{usd: 4, timeout: 90s}",
        json!([{"write": "out.txt", "content": "hello"}, {"write": "README.md", "content": "x"}, {"text": "done"}]),
    );
    let ended = stage.ended("claude");
    assert_eq!(ended["outcome"], "out_of_scope", "{ended}");
    assert!(!stage.path("repo/out.txt").exists() && !stage.path("repo/README.md").exists());
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn the_money_cap_ends_a_run_and_what_was_spent_is_booked() {
    let endless = json!([{"write": "out.txt", "content": "hello"}]);
    for agent in ["claude", "codex"] {
        let stage = Stage::new("{usd: 0.05, timeout: 90s}", endless.clone());
        let ended = stage.ended(agent);
        assert_eq!(ended["outcome"], "cap_hit", "{agent}: {ended}");
        let ledger = stage.ledger(agent);
        let spent: f64 = ledger["cost"]["high"].as_str().unwrap().parse().unwrap();
        assert!(spent >= 0.04, "{agent}: {ledger}");
        assert!(!stage.path("repo/out.txt").exists());
        assert_eq!(stage.leftovers(), [""; 0]);
    }
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn the_time_cap_ends_endless_retries() {
    let stage = Stage::new("{usd: 4, timeout: 8s}", json!([{"status": 500}]));
    let begun = Instant::now();
    let ended = stage.ended("opencode");
    assert_eq!(ended["outcome"], "timed_out", "{ended}");
    assert!(begun.elapsed() < Duration::from_secs(25));
    assert_eq!(stage.leftovers(), [""; 0]);
}

/// Starts a run and waits until the model was asked.
fn started(stage: &Stage, agent: &str) -> Child {
    let run = stage.tollgate(&stage.run_arguments(agent)).stdout(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while stage.leftovers().is_empty() || stage.calls().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(40), "nothing started");
        std::thread::sleep(Duration::from_millis(100));
    }
    run
}

/// The process that supervises the only run of a stage.
fn supervisor(stage: &Stage) -> u32 {
    let root = stage.path("repo").canonicalize().unwrap().display().to_string();
    let supervises = |pid: &u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = words.split(|byte| *byte == 0).collect();
        words.contains(&&b"--supervise"[..]) && words.contains(&root.as_bytes())
    };
    let mut pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(supervises).expect("there is a supervisor")
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn a_killed_supervisor_loses_no_cost_and_leaves_no_process_after_the_next_start() {
    for agent in ["claude", "codex"] {
        let stage = Stage::new(
            "{usd: 4, timeout: 90s}",
            json!([{"write": "out.txt", "content": "hello"}, {"text": "done", "sleep": 60}]),
        );
        let mut run = started(&stage, agent);
        std::thread::sleep(Duration::from_millis(1500));
        let killed = Command::new("kill").args(["-9", &supervisor(&stage).to_string()]).status().unwrap();
        assert!(killed.success());
        run.wait().unwrap();
        let next = stage.tollgate(&["run", "no-such-ticket", "--yes"]).output().unwrap();
        let said = String::from_utf8_lossy(&next.stderr).into_owned();
        assert!(said.contains("recorded as lost"), "{agent}: {said}");
        assert_eq!(stage.leftovers(), [""; 0]);
        let receipt = &stage.receipts(agent)[0];
        assert_eq!(receipt["outcome"], "lost");
        assert_eq!(
            receipt["cost"][0]["usage"],
            truth(agent, &stage.calls()[..1]),
            "{agent}: what the first call cost is known"
        );
        assert_eq!(stage.ledger(agent)["tokens"], receipt["cost"][0]["usage"], "and booked");
        assert!(!stage.path("repo/out.txt").exists(), "nothing is half applied");
    }
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn whoever_started_it_goes_away_and_the_run_ends_politely() {
    let stage = Stage::new(
        "{usd: 4, timeout: 90s}",
        json!([{"write": "out.txt", "content": "hello"}, {"text": "done", "sleep": 60}]),
    );
    let mut run = started(&stage, "claude");
    std::thread::sleep(Duration::from_millis(500));
    run.kill().unwrap();
    run.wait().unwrap();
    let begun = Instant::now();
    while stage.receipts("claude").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "the supervisor noticed");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(stage.receipts("claude")[0]["outcome"], "cancelled");
    // the supervisor itself, which wrote the receipt, ends last
    while !stage.leftovers().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", stage.leftovers());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn without_trust_nothing_is_started_and_a_changed_plan_is_another_plan() {
    let stage = Stage::new("{usd: 4, timeout: 90s}", serde_json::from_str(WRITE).unwrap());
    let untrusted = stage.tollgate(&["run", "claude", "--yes"]).output().unwrap();
    assert_eq!(untrusted.status.code(), Some(3));
    fs::create_dir(stage.path("repo/.claude")).unwrap();
    fs::write(stage.path("repo/.claude/settings.json"), "{}").unwrap();
    let changed = stage.tollgate(&stage.run_arguments("claude")).output().unwrap();
    assert_eq!(changed.status.code(), Some(3));
    assert!(stage.calls().is_empty() && !stage.path("home/.local/state/tollgate/runs").exists());
}

/// What a reviewer says that was given the change.
fn verdict(decision: &str, findings: Value) -> String {
    json!({"decision": decision, "summary": "Read it.", "criteria": [], "findings": findings}).to_string()
}

fn reviews(agent: &str) {
    let reviewer = "      reviewer: {type: agent, agent: critic}\n";
    let finding =
        json!([{"path": "out.txt", "line": 1, "quote": "hello", "severity": "error", "message": "too friendly"}]);
    // it looks before it speaks, and tries to write, which it may not; opencode ends at a tool that it has to ask for
    let said = json!({"text": format!("I looked.\n```json\n{}\n```", verdict("approve", json!([])))});
    let tries = json!({"bash": "cat out.txt; echo spoiled > out.txt"});
    let look = if agent == "opencode" { json!([said]) } else { json!([tries, said]) };
    let asked = look.as_array().unwrap().len();
    let stage = Stage::gated(
        "{usd: 4, timeout: 90s}",
        reviewer,
        json!({"steps": serde_json::from_str::<Value>(WRITE).unwrap(), "review": look}),
    );
    let ended = stage.ended(agent);
    assert_eq!((&ended["outcome"], &ended["applied"]), (&json!("ok"), &json!(true)), "{agent}: {ended}");
    assert_eq!(fs::read_to_string(stage.path("repo/out.txt")).unwrap(), "hello", "a reviewer writes nothing");
    let calls = stage.calls();
    assert_eq!(calls.len(), 2 + asked, "two calls of the pass, and the review's own");
    assert_eq!(stage.ledger(agent)["tokens"], truth(agent, &calls), "both are booked");
    let receipts = stage.receipts(agent);
    let review = receipts.iter().find(|record| record["purpose"] == "review").expect("the review has a receipt");
    assert_eq!(review["cost"][0]["usage"], truth(agent, &calls[2..]), "{review}");
    let decision = receipts.iter().find(|record| record["kind"] == "decision").expect("and a decision");
    assert_eq!(decision["predicate"]["reviewer_kind"], "agent");
    assert_eq!(stage.leftovers(), [""; 0]);

    let no = json!([{"text": verdict("approve", finding)}]);
    let stage = Stage::gated(
        "{usd: 4, timeout: 90s}",
        reviewer,
        json!({"steps": serde_json::from_str::<Value>(WRITE).unwrap(), "review": no}),
    );
    let ended = stage.ended(agent);
    assert_eq!((&ended["outcome"], &ended["gate"]), (&json!("gate_failed"), &json!("FAILED")), "{agent}: {ended}");
    assert!(!stage.path("repo/out.txt").exists(), "what was sent back is not taken");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn claude_reviews_with_money_of_its_own_and_writes_nothing() {
    reviews("claude");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn codex_reviews_with_money_of_its_own_and_writes_nothing() {
    reviews("codex");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn opencode_reviews_with_money_of_its_own_and_writes_nothing() {
    reviews("opencode");
}

#[test]
#[ignore = "needs tests/agents/install.sh"]
fn a_budget_without_room_for_the_review_keeps_the_change_until_there_is() {
    let reviewer = "      reviewer: {type: agent, agent: critic}\n";
    let said = json!([{"text": verdict("approve", json!([]))}]);
    let stage = Stage::gated(
        "{usd: 4, timeout: 90s}",
        reviewer,
        json!({"steps": serde_json::from_str::<Value>(WRITE).unwrap(), "review": said}),
    );
    let config = stage.path("repo/.tollgate/config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    // room for the pass, and not for what it cost and the review beside
    fs::write(&config, format!("{text}budgets: [{{scope: ticket, limit_usd: 4}}]\n")).unwrap();
    let critic = stage.path("repo/.tollgate/agents/critic.md");
    let dear = fs::read_to_string(&critic).unwrap().replace("category:", "limits: {usd: 3.99}\ncategory:");
    fs::write(&critic, dear).unwrap();
    let hash = stage.tollgate(&["trust", "--json"]).output().unwrap();
    let hash: Value = serde_json::from_slice(&hash.stdout).unwrap();
    let run = ["run", "claude", "--yes", "--json", "--trust-plan", hash["hash"].as_str().unwrap()];
    let output = stage.tollgate(&run).output().unwrap();
    let ended: Value = serde_json::from_str(String::from_utf8_lossy(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!((&ended["gate"], &ended["applied"]), (&json!("PENDING"), &json!(false)), "{ended}");
    assert_eq!(stage.calls().len(), 2, "no money was spent on a review");
    assert!(!stage.path("repo/out.txt").exists());
}
