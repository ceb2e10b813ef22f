//! What the real opencode and the real Claude Code make of agents, against what `spec::portability` says of them. Nothing is asked of a model.

use serde_json::Value;
use spec::portability::{Effect, judge, outcome};
use spec::{SpecFile, System};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where `install.sh` puts it.
fn installed(name: &str) -> Option<PathBuf> {
    let path = Path::new(super::CHECKOUT).join(format!("target/agents/{name}/node_modules/.bin/{name}"));
    let found = path.canonicalize().ok();
    #[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
    if found.is_none() {
        println!("skipped: {name} is not installed; tests/agents/install.sh does it");
    }
    found
}

/// The agents that it has in a folder; `None` where it does not start.
fn loaded(program: &Path, folder: &Path) -> Option<BTreeSet<String>> {
    let home = folder.join("home");
    std::fs::create_dir_all(&home).unwrap();
    let root = folder.join("root");
    let git = Command::new("git").args(["init", "-q"]).current_dir(&root).status().unwrap();
    assert!(git.success());
    let mut command = Command::new(program);
    command.args(["debug", "config"]).current_dir(&root).env("HOME", &home);
    ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
        .iter()
        .for_each(|it| _ = command.env_remove(it));
    let output = command.output().unwrap();
    let config: Value = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())?;
    Some(config["agent"].as_object().map(|agents| agents.keys().cloned().collect()).unwrap_or_default())
}

/// Front matters, each of an agent of its own.
const AGENTS: &[&str] = &[
    "description: Reviews\n",
    "description: Reviews\nmode: subagent\npermission: {edit: deny, bash: {\"*\": ask}}\n",
    "description: Reviews\nunknown: 1\n",
    "description: Reviews\ncolor: blue\n",
    "description: Reviews\ncolor: \"#0000ff\"\n",
    "description: Reviews\ntools: Read, Grep\n",
    "description: Reviews\ntools: {read: true}\n",
    "description: Reviews\nmode: sometimes\n",
    "description: Reviews\nsteps: many\n",
    "description: [a, b]\n",
];

#[test]
#[ignore = "needs opencode: tests/agents/run"]
fn opencode_takes_what_it_is_said_to_take() {
    let Some(program) = installed("opencode") else { return };
    for front in AGENTS {
        let text = format!("---\n{front}---\nReview.\n");
        let folder = tempfile::tempdir().unwrap();
        let agents = folder.path().join("root/.opencode/agents");
        std::fs::create_dir_all(&agents).unwrap();
        std::fs::write(agents.join("reviewer.md"), &text).unwrap();
        let file = SpecFile::read(".opencode/agents/reviewer.md", &text).unwrap();
        let (agent, host) = file.host_agent().unwrap();
        let said = outcome(&judge(agent, host, System::OpenCode));
        match loaded(&program, folder.path()) {
            None => assert_eq!(said, Effect::Refuses, "it does not start: {front}"),
            Some(names) if names.contains("reviewer") => assert!(!said.loses(), "{said:?}, but it loads: {front}"),
            Some(_) => {
                assert!(matches!(said, Effect::Drops | Effect::Swallows), "{said:?}, but it is left out: {front}")
            }
        }
    }
}

#[test]
#[ignore = "needs opencode: tests/agents/run"]
fn opencode_has_the_agents_of_the_harbour_that_are_read() {
    let Some(program) = installed("opencode") else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let from = Path::new(super::CHECKOUT).join("fixtures/hosts/.");
    assert!(Command::new("cp").arg("-R").args([&from, &root]).status().unwrap().success());
    let mut read = BTreeSet::new();
    for path in [".opencode/agents/pilot.md", "opencode.json"] {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        let file = SpecFile::read(path, &text).unwrap();
        read.extend(file.host_agents().filter_map(|(agent, _)| Some(agent.name.as_ref()?.value.clone())));
    }
    assert_eq!(loaded(&program, folder.path()), Some(read));
}

/// What Claude Code says of its agents before it asks a model, which is not there.
fn of_claude(program: &Path, folder: &Path) -> BTreeSet<String> {
    let home = folder.join("home");
    std::fs::create_dir_all(&home).unwrap();
    let mut command = Command::new(program);
    command
        .args(["-p", "--verbose", "--input-format", "stream-json", "--output-format", "stream-json"])
        .current_dir(folder.join("root"))
        .env("HOME", &home)
        .env("ANTHROPIC_API_KEY", "none")
        .env("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env_remove("CLAUDE_CONFIG_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, r#"{{"type": "user", "message": {{"role": "user", "content": "hello"}}}}"#).unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut messages = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let agents = messages.find_map(|message| message["agents"].as_array().cloned());
    child.kill().unwrap();
    child.wait().unwrap();
    agents.expect("it says which agents it has").iter().filter_map(|it| Some(it.as_str()?.to_owned())).collect()
}

/// Front matters behind the name.
const CLAUDE_AGENTS: &[&str] = &[
    "description: Reviews\n",
    "",
    "description:\n",
    "description: Reviews\nunknown: 1\n",
    "description: Reviews\ncolor: mauve\n",
    "description: Reviews\ntools: Read, Agent(pilot)\n",
    "description: Reviews\ntools: {read: true}\n",
    "description: Reviews\nmodel: no-such-model\n",
    "description: Reviews\nmaxTurns: many\n",
    "description: Reviews\npermissionMode: sometimes\n",
    "description: [a, b]\n",
    "description: Use this: when x\n",
    "description: Use this:\n",
    "description: first line\nsecond line without key\n",
    "description: It. <example>Context: x. user: \"hi\" assistant: \"yo\"</example>\n",
    "description: a\ndescription: b\n",
    "description: a\n\n<example>\nContext: a\n</example>\n",
];

#[test]
#[ignore = "needs Claude Code: tests/agents/run"]
fn claude_takes_what_it_is_said_to_take() {
    let Some(program) = installed("claude") else { return };
    let folder = tempfile::tempdir().unwrap();
    let agents = folder.path().join("root/.claude/agents");
    std::fs::create_dir_all(&agents).unwrap();
    let text = |at: usize, front: &str| format!("---\nname: agent-{at}\n{front}---\nReview.\n");
    for (at, front) in CLAUDE_AGENTS.iter().enumerate() {
        std::fs::write(agents.join(format!("agent-{at}.md")), text(at, front)).unwrap();
    }
    let loaded = of_claude(&program, folder.path());
    assert!(loaded.contains("general-purpose"), "{loaded:?}");
    for (at, front) in CLAUDE_AGENTS.iter().enumerate() {
        let file = SpecFile::read(&format!(".claude/agents/agent-{at}.md"), &text(at, front)).unwrap();
        let (agent, host) = file.host_agent().unwrap();
        let said = outcome(&judge(agent, host, System::ClaudeCode));
        assert_eq!(loaded.contains(&format!("agent-{at}")), !said.loses(), "{said:?}: {front}");
    }
}

#[test]
#[ignore = "needs Claude Code: tests/agents/run"]
fn claude_has_the_agents_of_the_harbour_that_are_read() {
    let Some(program) = installed("claude") else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let from = Path::new(super::CHECKOUT).join("fixtures/hosts/.");
    assert!(Command::new("cp").arg("-R").args([&from, &root]).status().unwrap().success());
    let loaded = of_claude(&program, folder.path());
    let mut read = 0;
    for entry in std::fs::read_dir(root.join(".claude/agents")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let at = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let Some(file) = SpecFile::read(&at, &text) else { continue };
        let Some((agent, host)) = file.host_agent() else { continue };
        let said = outcome(&judge(agent, host, System::ClaudeCode));
        assert_eq!(loaded.contains(&agent.name.as_ref().unwrap().value), !said.loses(), "{said:?}: {at}");
        read += 1;
    }
    assert!(read > 0);
}
