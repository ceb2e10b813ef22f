//! What the real opencode makes of agents, against what `spec::portability` says of them. Nothing is asked of a model.

use serde_json::Value;
use spec::portability::{Effect, judge, outcome};
use spec::{SpecFile, System};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `install.sh` puts it.
fn opencode() -> Option<PathBuf> {
    let path = Path::new(super::CHECKOUT).join("target/agents/opencode/node_modules/.bin/opencode");
    let found = path.canonicalize().ok();
    #[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
    if found.is_none() {
        println!("skipped: opencode is not installed; tests/agents/install.sh does it");
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
    let Some(program) = opencode() else { return };
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
    let Some(program) = opencode() else { return };
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
