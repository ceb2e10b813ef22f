//! The real `tollgate run` with plain commands: scope, gate, budget-free receipts, and what is left when the supervisor is
//! killed at any moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

struct Place {
    folder: tempfile::TempDir,
    trust: String,
}

impl Place {
    /// A repository whose only pass runs `work.sh` and may write `a.txt` and `b.txt`.
    fn new(work: &str, verify: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place { folder, trust: String::new() };
        for path in ["home", "repo/.tollgate/workflows", "repo/.tollgate/tickets"] {
            fs::create_dir_all(place.path(path)).unwrap();
        }
        place.write(".tollgate/config.yaml", "schema_version: 1\nproject: {id: demo}\ntickets: {source: files}\n");
        place.write(
            ".tollgate/workflows/make.md",
            &format!(
                "---\nschema_version: 1\nname: make\nversion: \"1.0.0\"\ndescription: One pass\nticket: {{types: [task]}}\npasses:\n  - id: make\n    type: command\n    run: sh work.sh\n    inputs: [seed.txt, work.sh]\n    outputs: [{{id: a, path: a.txt}}, {{id: b, path: b.txt}}]\n    limits: {{timeout: 30s}}\n    gate:\n      verify:\n        - {{id: check, command: \"{verify}\"}}\n---\n# Make\n\n## make\nMake the files.\n"
            ),
        );
        place.write(
            ".tollgate/tickets/t-1.md",
            "---\nid: t-1\ntitle: Make\nstatus: In Progress\ntype: task\n---\n## Description\nx\n",
        );
        place.write("seed.txt", "0\n");
        place.write("work.sh", work);
        for words in [
            &["init", "-q", "."][..],
            &["add", "."],
            &["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "first"],
        ] {
            assert!(Command::new("git").args(words).current_dir(place.path("repo")).status().unwrap().success());
        }
        place.trust = place.trust_hash();
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path("repo").join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path("repo").join(path)).ok()
    }

    fn tollgate(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments).current_dir(self.path("repo")).env("HOME", self.path("home")).stdin(Stdio::null());
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(name);
        }
        command
    }

    /// What a person's yes comes to; saying it takes a terminal or an editor.
    fn allow(&self) {
        let home = runner::home::Home { state: self.path("home/.local/state/tollgate"), configuration: PathBuf::new() };
        let mut site = runner::world::Site::open(home.clone(), &self.path("repo")).unwrap();
        let project = site.project().unwrap();
        let world = site.world(&project, None, "", Default::default()).unwrap();
        let plan = site.launch_plan(&project, &world);
        assert_eq!(plan.hash(), self.trust, "what is said yes to is what was shown");
        let action = delivery::trust::Action::Allow { exec_hash: plan.exec_hash() };
        runner::trust::record(&home, &site.repository(), action).unwrap();
    }

    fn trust_hash(&self) -> String {
        let output = self.tollgate(&["trust", "--json"]).output().unwrap();
        let trust: Value = serde_json::from_slice(&output.stdout).unwrap();
        trust["hash"].as_str().unwrap().to_owned()
    }

    fn command(&self) -> Command {
        self.tollgate(&["run", "t-1", "--yes", "--json", "--trust-plan", &self.trust])
    }

    /// The last event of a run to its end.
    fn run(&self) -> Value {
        let output = self.command().output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = text.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        serde_json::from_str(last).unwrap()
    }

    fn receipts(&self) -> Vec<Value> {
        let entries = fs::read_dir(self.path("repo/.tollgate/records/t-1")).into_iter().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect()
    }
}

/// Processes with a word of their command line or environment.
fn processes_with(word: &str) -> Vec<u32> {
    let has = |pid: &u32| {
        ["environ", "cmdline"].iter().any(|file| {
            let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
    };
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.filter(has).filter(|pid| *pid != std::process::id()).collect()
}

const WORK: &str = "cp seed.txt a.txt\ncp seed.txt b.txt\n";

#[test]
fn a_command_does_its_work_and_is_not_done_twice() {
    let place = Place::new(WORK, "cmp a.txt b.txt");
    let ended = place.run();
    assert_eq!((ended["outcome"].as_str(), ended["applied"].as_bool()), (Some("ok"), Some(true)), "{ended}");
    assert_eq!(place.read("b.txt").as_deref(), Some("0\n"));
    assert_eq!(place.receipts()[0]["cost"], serde_json::json!([]));
    assert_eq!(place.run()["event"], "refused_to_start");
    place.write("seed.txt", "1\n");
    assert_eq!(place.run()["outcome"], "ok", "an input has changed");
    assert_eq!(place.read("a.txt").as_deref(), Some("1\n"));
    let receipts = place.receipts();
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[1]["attempt"], 2);
}

#[test]
fn a_gate_that_says_no_keeps_the_work_tree_as_it_was() {
    let place = Place::new("echo x > a.txt; echo y > b.txt\n", "cmp a.txt b.txt");
    let ended = place.run();
    assert_eq!((ended["outcome"].as_str(), ended["gate"].as_str()), (Some("gate_failed"), Some("FAILED")), "{ended}");
    assert_eq!((place.read("a.txt"), place.read("b.txt")), (None, None));
}

#[test]
fn work_outside_the_scope_and_work_that_fails_are_not_taken() {
    let outside = Place::new(&format!("{WORK}echo x > c.txt\n"), "true");
    assert_eq!(outside.run()["outcome"], "out_of_scope");
    assert_eq!((outside.read("a.txt"), outside.read("c.txt")), (None, None));
    let link = Place::new(&format!("{WORK}rm a.txt; ln -s /etc/passwd a.txt\n"), "true");
    assert_eq!(link.run()["outcome"], "out_of_scope");
    let failing = Place::new(&format!("{WORK}exit 3\n"), "true");
    assert_eq!(failing.run()["outcome"], "error");
    let lazy = Place::new("true\n", "true");
    assert_eq!(lazy.run()["outcome"], "no_output");
    for place in [link, failing, lazy] {
        assert_eq!(place.read("a.txt"), None);
    }
}

#[test]
fn the_trees_own_git_cannot_run_anything_of_ours_outside() {
    let work = format!(
        "{WORK}git config core.fsmonitor \"$PWD/evil.sh\"; git config core.hooksPath \"$PWD\"\nprintf '#!/bin/sh\\ntouch {{marker}}\\n' > .git/evil.sh; chmod +x .git/evil.sh\n"
    );
    let place = Place::new("", "git status --short");
    let marker = place.path("pwned");
    place.write(
        "work.sh",
        &work.replace("{marker}", &marker.display().to_string()).replace("$PWD/evil.sh", "$PWD/.git/evil.sh"),
    );
    let place = Place { trust: place.trust_hash(), ..place };
    assert_eq!(place.run()["outcome"], "ok");
    assert!(!marker.exists());
    assert!(!Path::new(&place.path("repo/.git/evil.sh")).exists());
}

#[test]
fn a_child_gets_no_environment_but_the_listed() {
    let place = Place::new("env | cut -d= -f1 | sort > a.txt; cp a.txt b.txt\n", "true");
    place.write(".env", "ANTHROPIC_BASE_URL=http://127.0.0.1:9\nPATH=/nowhere\n");
    let place = Place { trust: place.trust_hash(), ..place };
    let hostile = [
        ("LD_PRELOAD", ""),
        ("NODE_OPTIONS", "--require x"),
        ("GIT_DIR", "/x"),
        ("SSH_AUTH_SOCK", "/x"),
        ("SECRET_TOKEN", "s"),
    ];
    let output = place.command().envs(hostile).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let names = place.read("a.txt").unwrap();
    for (name, _) in hostile {
        assert!(!names.lines().any(|line| line == name), "{name}");
    }
    assert!(!names.contains("ANTHROPIC") && names.contains("TOLLGATE_RUN") && names.contains("TOLLGATE_TICKET_ID"));
}

#[test]
fn taking_the_review_back_ends_a_run_within_two_seconds() {
    let place = Place::new(
        &format!("setsid sh -c 'trap \"\" TERM; sleep 303' &\ntrap '' TERM\n{WORK}sleep 304 & wait\n"),
        "true",
    );
    place.allow();
    let mut run = place.tollgate(&["run", "t-1", "--yes", "--json"]).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while processes_with("sleep\x00304").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it runs");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(place.tollgate(&["trust", "--revoke"]).output().unwrap().status.code(), Some(3));
    let revoked = Instant::now();
    while !processes_with("sleep\x00304").is_empty() || !processes_with("sleep\x00303").is_empty() {
        assert!(revoked.elapsed() < Duration::from_secs(3), "{:?}", revoked.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    run.wait().unwrap();
    assert_eq!(place.receipts()[0]["outcome"], "cancelled");
    assert_eq!(place.read("a.txt"), None);
}

#[test]
fn a_program_of_the_user_is_a_harness_and_gets_the_prompt() {
    let place = Place::new("", "grep -q Make a.txt");
    place.write(
        ".tollgate/workflows/make.md",
        "---\nschema_version: 1\nname: make\nversion: \"1.0.0\"\ndescription: One pass\nticket: {types: [task]}\npasses:\n  - id: make\n    agent: writer\n    tier: plain\n    inputs: [ticket]\n    outputs: [{id: a, path: a.txt}]\n---\n# Make\n\n## make\nMake the file a.txt.\n",
    );
    place.write(
        ".tollgate/config.yaml",
        "schema_version: 1\nproject: {id: demo}\nrecords: local\ntiers:\n  plain: [{harness: command}]\n",
    );
    fs::create_dir_all(place.path("repo/.tollgate/agents")).unwrap();
    place.write(".tollgate/agents/writer.md", "---\nschema_version: 1\nname: writer\nversion: \"1.0.0\"\ndescription: Writes\ncategory: implementer\n---\nYou write.\n");
    fs::create_dir_all(place.path("home/.config/tollgate")).unwrap();
    let refused =
        place.tollgate(&["run", "t-1", "--yes", "--json", "--trust-plan", &place.trust_hash()]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "no such harness is configured");
    fs::write(
        place.path("home/.config/tollgate/config.yaml"),
        "harnesses: {command: {command: [/bin/sh, -c, 'cat > a.txt; env > b.tmp; rm b.tmp'], env: {OWN: x}}}\n",
    )
    .unwrap();
    let place = Place { trust: place.trust_hash(), ..place };
    let ended = place.run();
    assert_eq!(ended["outcome"], "ok", "{ended}");
    assert!(place.read("a.txt").unwrap().contains("Make the file a.txt."));
    assert_eq!(place.read(".tollgate/records/.gitignore").as_deref(), Some("*\n"));
}

#[test]
fn a_program_that_was_replaced_after_the_review_does_not_run() {
    let place = Place::new(WORK, "true");
    place.write(
        ".tollgate/workflows/make.md",
        &place.read(".tollgate/workflows/make.md").unwrap().replace("sh work.sh", "./work.sh"),
    );
    let script = place.path("repo/work.sh");
    place.write("work.sh", &format!("#!/bin/sh\n{WORK}"));
    Command::new("chmod").args(["+x", script.to_str().unwrap()]).status().unwrap();
    let place = Place { trust: place.trust_hash(), ..place };
    place.write("work.sh", &format!("#!/bin/sh\n{WORK}echo more > a.txt\n"));
    let refused = place.command().output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stdout));
    assert_eq!(place.read("a.txt"), None);
    place.write("work.sh", &format!("#!/bin/sh\n{WORK}"));
    assert_eq!(place.run()["outcome"], "ok");
}

#[test]
fn killed_at_any_moment_it_leaves_all_or_nothing_and_nobody_behind() {
    let work =
        format!("setsid sleep 301 & setsid setsid sh -c 'trap \"\" TERM; sleep 302' &\nsleep 0.1\n{WORK}sleep 0.1\n");
    let place = Place::new(&work, "cmp a.txt b.txt");
    let mark = place.path("repo").canonicalize().unwrap().display().to_string();
    for round in 0..14u64 {
        place.write("seed.txt", &format!("{round}\n"));
        let before = place.read("a.txt");
        let mut run = place.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        // moments from before the grant to after the receipt
        while begun.elapsed() < Duration::from_millis(60 + round * 67) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // first who could still start a supervisor, then the supervisor
        let _ = run.kill();
        run.wait().unwrap();
        let here = processes_with(&mark);
        for pid in processes_with("--supervise").into_iter().filter(|pid| here.contains(pid)) {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            // a kill is done when the process is gone, not when it was sent
            while fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| !words.is_empty()) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let next = place.tollgate(&["run", "no-such-ticket", "--yes"]).output().unwrap();
        let said = String::from_utf8_lossy(&next.stderr).into_owned();
        assert!(said.contains("no-such-ticket"), "the next start: {said}");
        let (a, b) = (place.read("a.txt"), place.read("b.txt"));
        assert_eq!(a, b, "round {round}: both or none");
        assert!(a == before || a.as_deref() == Some(&*format!("{round}\n")), "round {round}: {a:?}");
        let runs = fs::read_dir(place.path("home/.local/state/tollgate/runs")).into_iter().flatten();
        for run in runs.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()) {
            assert_eq!(processes_with(&format!("TOLLGATE_RUN={run}")), [0; 0], "round {round}");
        }
    }
    let runs: Vec<String> =
        place.receipts().iter().map(|receipt| receipt["run"].as_str().unwrap().to_owned()).collect();
    assert!(place.receipts().iter().any(|receipt| receipt["outcome"] == "lost"), "some were killed in the middle");
    let mut once = runs.clone();
    once.dedup();
    assert_eq!(runs, once, "one receipt per run");
    let cost = place.tollgate(&["cost", "--json"]).output().unwrap();
    let cost: Value = serde_json::from_slice(&cost.stdout).unwrap();
    let held = cost["tickets"][0]["running"].as_array().map_or(0, Vec::len);
    assert_eq!(held, 0, "nothing counts as running: {cost}");
    place.write("seed.txt", "last\n");
    assert_eq!(place.run()["outcome"], "ok", "and the next run is an ordinary one");
}

/// What plays both agents: it writes `a.txt`, or answers what a file says when it is asked for a review.
const BOTH: &str = r#"if [ "$TOLLGATE_PURPOSE" = review ]; then
  cat > "$TMPDIR/prompt"
  grep -q 'AC-1' "$TMPDIR/prompt" && grep -q '^+made of 0' "$TMPDIR/prompt" || { echo 'not what was asked'; exit 9; }
  echo spoiled >> a.txt; echo more > b.txt
  cat "$ANSWER"
else
  cat > "$TMPDIR/prompt"
  printf 'made of '; cat seed.txt
  { printf 'made of '; cat seed.txt; } > a.txt
  if grep -q 'too short' "$TMPDIR/prompt"; then echo 'and long' >> a.txt; fi
fi 2> /dev/null
"#;

/// A repository whose only pass is an agent's and is reviewed by another one, as `reviewer` says.
fn reviewed(reviewer: &str) -> Place {
    let place = Place::new("", "true");
    place.write(
        ".tollgate/workflows/make.md",
        &format!("---\nschema_version: 1\nname: make\nversion: \"1.0.0\"\ndescription: One pass\nticket: {{types: [task]}}\npasses:\n  - id: make\n    agent: writer\n    tier: plain\n    inputs: [ticket, seed.txt]\n    outputs: [{{id: a, path: a.txt}}]\n    gate:\n      verify:\n        - {{id: there, command: \"grep -q made a.txt\"}}\n      reviewer: {reviewer}\n      on_reject: retry\n      max_iterations: 3\n---\n# Make\n\n## make\nMake the file a.txt.\n\n### Gate\n- [ ] AC-1 it says what it is made of (evidence: review)\n"),
    );
    place.write(
        ".tollgate/config.yaml",
        "schema_version: 1\nproject: {id: demo}\ntiers:\n  plain: [{harness: command}]\n  standard: [{harness: command}]\n",
    );
    fs::create_dir_all(place.path("repo/.tollgate/agents")).unwrap();
    for (name, category, words) in [("writer", "implementer", "You write."), ("critic", "verifier", "You look.")] {
        let text = format!(
            "---\nschema_version: 1\nname: {name}\nversion: \"1.0.0\"\ndescription: {name}\ncategory: {category}\n---\n{words}\n"
        );
        place.write(&format!(".tollgate/agents/{name}.md"), &text);
    }
    fs::create_dir_all(place.path("home/.config/tollgate")).unwrap();
    fs::write(place.path("both.sh"), BOTH).unwrap();
    let (script, answer) = (place.path("both.sh"), place.path("answer"));
    let configuration = serde_json::json!({"harnesses": {"command": {
        "command": ["/bin/sh", script], "env": {"ANSWER": answer}}}});
    fs::write(place.path("home/.config/tollgate/config.yaml"), configuration.to_string()).unwrap();
    place.answer("");
    // what a gate asks for is read from the base branch
    for words in
        [&["add", "."][..], &["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "second"]]
    {
        assert!(Command::new("git").args(words).current_dir(place.path("repo")).status().unwrap().success());
    }
    Place { trust: place.trust_hash(), ..place }
}

impl Place {
    fn answer(&self, text: &str) {
        fs::write(self.path("answer"), text).unwrap();
    }

    fn says(&self, decision: &str, verdict: &str, findings: Value) {
        let answer = serde_json::json!({
            "decision": decision, "summary": "Looked at all of it.",
            "criteria": [{"id": "AC-1", "verdict": verdict, "evidence": "a.txt:1"}], "findings": findings,
        });
        self.answer(&format!("I have read it.\n```json\n{answer:#}\n```\n"));
    }

    fn explain(&self) -> Value {
        let output = self.tollgate(&["explain", "t-1", "--json"]).output().unwrap();
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        plan["passes"][0].clone()
    }

    fn of_kind(&self, kind: &str) -> Vec<Value> {
        let kind_of = |record: &Value| match (record["kind"].as_str(), record["purpose"].as_str()) {
            (Some("run"), Some(purpose)) => purpose.to_owned(),
            (kind, _) => kind.unwrap_or_default().to_owned(),
        };
        self.receipts().into_iter().filter(|record| kind_of(record) == kind).collect()
    }
}

const ASKED: &str = "{type: agent, agent: critic, required: true}";

#[test]
fn an_agent_reviews_before_the_change_is_taken() {
    let place = reviewed(ASKED);
    place.says("approve", "satisfied", serde_json::json!([]));
    let ended = place.run();
    assert_eq!((ended["outcome"].as_str(), ended["applied"].as_bool()), (Some("ok"), Some(true)), "{ended}");
    assert_eq!(place.read("a.txt").as_deref(), Some("made of 0\n"), "a reviewer writes nothing");
    assert_eq!(place.read("b.txt"), None);
    let (runs, reviews, decisions) = (place.of_kind("run"), place.of_kind("review"), place.of_kind("decision"));
    assert_eq!((runs.len(), reviews.len(), decisions.len()), (1, 1, 1));
    assert_eq!((&reviews[0]["agent"], &reviews[0]["inputs"]), (&"critic".into(), &runs[0]["outputs"]));
    let decision = &decisions[0]["predicate"];
    assert_eq!(
        (&decision["decision"], &decision["reviewer_kind"], &decision["reviewer"], &decision["run"]),
        (&"APPROVED".into(), &"agent".into(), &"critic".into(), &runs[0]["run"])
    );
    assert_eq!(decision["criteria"][0]["status"], "satisfied");
    assert_eq!(place.explain()["state"], "done");
}

#[test]
fn work_that_is_sent_back_stays_out_and_the_next_attempt_is_told() {
    let place = reviewed(ASKED);
    let finding = serde_json::json!([{"path": "./a.txt", "line": 1, "quote": "made of", "severity": "error",
        "criterion": "AC-1", "message": "too short"}]);
    place.says("approve", "satisfied", finding);
    let ended = place.run();
    assert_eq!((&ended["outcome"], &ended["gate"]), (&"gate_failed".into(), &"FAILED".into()), "{ended}");
    assert_eq!(place.read("a.txt"), None);
    assert_eq!(place.of_kind("decision")[0]["predicate"]["decision"], "REJECTED");
    let pass = place.explain();
    assert_eq!((&pass["state"], &pass["again"]), (&"failed".into(), &true.into()), "{pass}");
    place.says("approve", "satisfied", serde_json::json!([]));
    assert_eq!(place.run()["applied"], true);
    assert_eq!(place.read("a.txt").as_deref(), Some("made of 0\nand long\n"), "it was told what was wrong");
    assert_eq!(place.of_kind("run")[1]["attempt"], 2, "a review is no attempt");
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error_and_asked_for_once_more() {
    let place = reviewed(ASKED);
    place.answer("Looks good to me, approved!\n");
    let ended = place.run();
    assert_eq!(
        (&ended["outcome"], &ended["gate"], &ended["applied"]),
        (&"error".into(), &"ERROR".into(), &false.into())
    );
    assert!(place.of_kind("decision").is_empty());
    let review = &place.of_kind("review")[0];
    assert_eq!((&review["outcome"], &review["gate"]), (&"error".into(), &"ERROR".into()), "{review}");
    let transcript = format!("home/.local/state/tollgate/runs/{}/transcript.out", review["run"].as_str().unwrap());
    assert_eq!(fs::read_to_string(place.path(&transcript)).unwrap().matches("Looks good").count(), 2);
    assert_eq!(place.explain()["state"], "waiting_for_review");
    let gate = |arguments: &[&str]| {
        let all = [&["gate", "t-1", "--json", "--trust-plan", &place.trust], arguments].concat();
        let output = place.tollgate(&all).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(gate(&[])["review"], Value::Null, "nobody said yes to its cost");
    place.says("approve", "not-applicable", serde_json::json!([]));
    let said = gate(&["--yes"]);
    assert_eq!((&said["review"]["state"], &said["state"]), (&"PASSED".into(), &"PASSED".into()), "{said}");
    assert_eq!(place.read("a.txt").as_deref(), Some("made of 0\n"), "and the change is taken");
    assert_eq!(place.explain()["state"], "done");
}

#[test]
fn who_may_not_judge_is_named_before_anything_starts() {
    let place = reviewed("{type: agent, agent: writer, required: true}");
    let refused = place.run();
    let message = refused["message"].as_str().unwrap();
    assert_eq!(refused["event"], "refused_to_start");
    assert!(message.contains("`writer` may not review the work of `writer`"), "{message}");
    assert!(place.receipts().is_empty() && !place.path("home/.local/state/tollgate/runs").exists());
}

#[test]
fn a_review_that_only_warns_lets_the_change_in_and_a_person_comes_after_an_agent() {
    let warns = reviewed("{type: agent, agent: critic, required: false}");
    warns.says("reject", "not-satisfied", serde_json::json!([]));
    let ended = warns.run();
    assert_eq!((&ended["outcome"], &ended["gate"], &ended["applied"]), (&"ok".into(), &"WARNED".into(), &true.into()));
    assert_eq!(warns.explain()["state"], "done");
    let both = reviewed("{type: both, agent: critic, from: [\"@leads\"]}");
    both.says("approve", "satisfied", serde_json::json!([]));
    assert_eq!(both.run()["applied"], true, "a person reviews it where they work");
    assert_eq!(both.explain()["state"], "waiting_for_human");
}
