//! The launch plan: everything of a root that would become runnable if a person trusted it, and nothing else.
//!
//! Trust is bound to the hash of its canonical JSON. Maps, not lists, hold whatever has a name, so that a difference
//! between two plans can be told in words.

mod show;

pub use show::{commands, diff_markdown, markdown};

use crate::agent;
use crate::cache::{canonical, sha256};
use crate::route;
use crate::settings::{self, Sources};
use crate::words::{self, Words};
use crate::world::{Harness, Overrides, Program};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spec::model::{Pass, PassSettings, PassType, Ticket, Workflow};
use spec::{NameKind, Project, SpecFile, Usd};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names in a root that coding agents, editors and tool managers read as their configuration: commands, servers, hooks
/// and permissions can stand there. A folder ends with `/`. Names are matched at the root.
pub const AGENT_CONFIGURATION: [&str; 39] = [
    ".aider.conf.yml",
    ".amazonq/",
    ".beads/.env",
    ".beads/config.yaml",
    ".beads/hooks/",
    ".beads/metadata.json",
    ".beads/redirect",
    ".claude/",
    ".claude.json",
    ".clinerules",
    ".codex/",
    ".continue/",
    ".copilot/",
    ".cursor/",
    ".cursorrules",
    ".devcontainer/",
    ".env",
    ".envrc",
    ".gemini/",
    ".github/agents/",
    ".github/copilot-instructions.md",
    ".github/hooks/",
    ".goosehints",
    ".idea/",
    ".kiro/",
    ".mcp.json",
    ".mise.toml",
    ".opencode/",
    ".qwen/",
    ".roo/",
    ".vscode/",
    ".windsurf/",
    ".zed/",
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    "mcp.json",
    "opencode.json",
    "opencode.jsonc",
];

/// True for a path that is one of [`AGENT_CONFIGURATION`], lies in one, or holds one, in whatever case.
pub fn is_agent_configuration(path: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        let (inner, outer) = (inner.to_ascii_lowercase(), outer.to_ascii_lowercase());
        inner.strip_prefix(&outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    AGENT_CONFIGURATION
        .iter()
        .map(|name| name.trim_end_matches('/'))
        .any(|name| within(path, name) || within(name, path))
}

/// What the plan is made from beside the project.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Real path of the root.
    pub root: &'a str,
    /// Harnesses installed here.
    pub harnesses: &'a [Harness],
    /// Programs of commands that the workflows name, as they were found: first word of the argv and what it is.
    pub programs: &'a BTreeMap<String, Program>,
    /// SHA-256 of every file that is or lies below one of [`AGENT_CONFIGURATION`], by path from the root.
    pub configuration: &'a BTreeMap<String, String>,
    /// SHA-256 of every file of the root that [`wanted_scripts`] names, by path from the root.
    pub scripts: &'a BTreeMap<String, String>,
    /// The user's own defaults.
    pub user: &'a PassSettings,
}

/// The launch plan of a root.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LaunchPlan {
    /// What would run. Its hash is what trust is bound to.
    pub executable: Executable,
    /// The words that each pass would start an agent with, by `workflow/pass`.
    pub prompts: BTreeMap<String, Words>,
}

/// What would run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Executable {
    /// Always 1.
    pub schema_version: u32,
    /// Real path of the root.
    pub root: String,
    /// Harnesses that some tier, agent, pass or ticket names, by alias; those that are not installed are null.
    pub harnesses: BTreeMap<String, Option<Harness>>,
    /// Programs of commands, by the first word of their argv; those that were not found are null.
    pub programs: BTreeMap<String, Option<Program>>,
    /// Passes by `workflow/pass`.
    pub passes: BTreeMap<String, LaunchPass>,
    /// Settings that tickets bring with them, by ticket.
    pub tickets: BTreeMap<String, BTreeMap<String, String>>,
    /// Files by path with their SHA-256, and the names that are not there with `absent`.
    pub configuration: BTreeMap<String, String>,
}

/// One pass as it would run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LaunchPass {
    /// `agent`, `command`, `gate`, `workflow`.
    #[serde(rename = "type")]
    pub pass_type: String,
    /// Harness and model candidates that can do it here and now, in order.
    pub candidates: Vec<String>,
    /// What the agent is allowed.
    pub allowed: Allowed,
    /// Argv of a command pass.
    pub argv: Vec<String>,
    /// Files of the root that its commands name, by path, with their SHA-256, or [`WRITTEN`].
    #[serde(default)]
    pub scripts: BTreeMap<String, String>,
    /// All it may write, templates unfilled.
    pub write_scope: Vec<String>,
    /// Verify commands of its gate by id.
    pub verify: BTreeMap<String, LaunchVerify>,
    /// Reviewing agent with its candidates.
    pub reviewer: Option<(String, Vec<String>)>,
    /// Wall-clock limit in seconds.
    pub timeout: u64,
    /// Money cap of one attempt.
    pub cap: Usd,
}

/// What an agent's file allows it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Allowed {
    /// Canonical tool names; empty leaves it to the harness.
    pub tools: Vec<String>,
    /// Commands it may run.
    pub exec: Vec<String>,
    /// `none`, or provider aliases.
    pub network: Option<String>,
    /// Globs that narrow what it may write.
    pub write: Option<Vec<String>>,
}

/// A verify command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LaunchVerify {
    /// What runs.
    pub argv: Vec<String>,
    /// Wall-clock limit in seconds; none is the built-in one.
    pub timeout: Option<u64>,
}

impl LaunchPlan {
    /// `sha256:…` over the canonical JSON of [`Executable`].
    pub fn exec_hash(&self) -> String {
        format!("sha256:{}", sha256(canonical(&self.executable).as_bytes()))
    }

    /// `sha256:…` over the words of all passes.
    pub fn prompt_hash(&self) -> String {
        let words: BTreeMap<&String, &String> =
            self.prompts.iter().map(|(pass, words)| (pass, &words.sha256)).collect();
        format!("sha256:{}", sha256(canonical(&words).as_bytes()))
    }

    /// `sha256:…` over both: what is shown, and what a job names. Who says yes to it has seen the words, too.
    pub fn hash(&self) -> String {
        format!("sha256:{}", sha256(canonical(&(self.exec_hash(), self.prompt_hash())).as_bytes()))
    }
}

/// In the place of a hash: the workflow itself writes that file, and its commands look at what was written.
pub const WRITTEN: &str = "written by the workflow itself";

/// Every file of the root that some command names, with its SHA-256.
pub fn scripts(plan: &LaunchPlan) -> BTreeMap<String, String> {
    let all = plan.executable.passes.values().flat_map(|pass| &pass.scripts);
    all.filter(|(_, content)| *content != WRITTEN).map(|(path, content)| (path.clone(), content.clone())).collect()
}

/// Every path from the root that a word of a command names, whether or not a file is there.
pub fn wanted_scripts(project: &Project, root: &str) -> BTreeSet<String> {
    let of = |(_, file, workflow): (&str, &Arc<SpecFile>, &Workflow)| -> Vec<String> {
        workflow.passes.iter().flat_map(|pass| argvs(project, file, pass)).flat_map(|argv| named(&argv, root)).collect()
    };
    workflows(project).flat_map(of).collect()
}

/// The path from the root that a word of an argv names, where it is a path below it: `./a/../b.py` is `b.py`. The value of
/// `--option=path` counts, too.
pub fn script_path(word: &str, root: &str) -> Option<String> {
    let word = if word.starts_with('-') { word.split_once('=')?.1 } else { word };
    let word = match word.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) {
        Some(below) => below,
        None if word.starts_with('/') => return None,
        None => word,
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in word.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| !path.is_empty())
}

/// Paths that the words behind the program name. The program itself is hashed as such.
fn named(argv: &[String], root: &str) -> Vec<String> {
    argv.iter().skip(1).filter_map(|word| script_path(word, root)).collect()
}

/// Every argv of a pass: its own, and those of its gate.
fn argvs(project: &Project, file: &Arc<SpecFile>, pass: &Pass) -> Vec<Vec<String>> {
    let gate = crate::gate::of_pass(project, file, pass).ok().flatten();
    let verify = gate.map(|placed| placed.gate.verify.as_slice()).unwrap_or_default();
    let verify = verify.iter().filter_map(|verify| verify.command.as_ref());
    pass.run.iter().chain(verify).map(|command| command.value.argv.clone()).collect()
}

/// The first words of all commands that would run, for the caller to find the programs of.
pub fn wanted_programs(project: &Project) -> BTreeSet<String> {
    let commands = |(_, file, workflow): (&str, &Arc<SpecFile>, &Workflow)| -> Vec<String> {
        let argvs = workflow.passes.iter().flat_map(|pass| argvs(project, file, pass));
        argvs.filter_map(|argv| argv.into_iter().next()).collect()
    };
    // Tickets of Beads are asked from its own program.
    let beads = project.has_beads().then(|| "bd".to_owned());
    workflows(project).flat_map(commands).chain(beads).collect()
}

fn workflows(project: &Project) -> impl Iterator<Item = (&str, &Arc<SpecFile>, &Workflow)> {
    project.defined(NameKind::Workflow).filter_map(|name| {
        let (file, workflow) = project.workflow(&name.text)?;
        Some((name.text.as_str(), file, workflow))
    })
}

/// A pass with where it stands.
pub(crate) struct Placed<'a> {
    /// [`words::pass_name`]; of two passes with one id only the first can run, and has it, the other is shown all the same.
    pub(crate) key: String,
    pub(crate) file: &'a Arc<SpecFile>,
    pub(crate) workflow: &'a Workflow,
    pub(crate) pass: &'a Pass,
}

/// Every pass of every workflow.
pub(crate) fn passes(project: &Project) -> Vec<Placed<'_>> {
    let (mut all, mut known) = (Vec::new(), BTreeSet::new());
    for (name, file, workflow) in workflows(project) {
        for (at, pass) in workflow.passes.iter().enumerate() {
            let key = match &pass.id {
                Some(id) => words::pass_name(name, &id.value),
                None => format!("{}#{}", words::pass_name(name, ""), at + 1),
            };
            let key = if known.insert(key.clone()) { key } else { format!("{key}#{}", at + 1) };
            all.push(Placed { key, file, workflow, pass });
        }
    }
    all
}

/// Makes the launch plan of a root.
pub fn launch_plan(project: &Project, inputs: &Inputs<'_>) -> LaunchPlan {
    let mut plans = BTreeMap::new();
    let mut aliases: BTreeSet<String> = BTreeSet::new();
    let config = project.config().map(|(_, config)| config);
    for candidate in route::tiers(config).iter().flat_map(|tier| &tier.candidates) {
        aliases.insert(candidate.harness.clone());
    }
    for Placed { key, file, workflow, pass } in passes(project) {
        let (launch, pinned) = launch_pass(project, inputs, (file, workflow), pass);
        aliases.extend(pinned);
        plans.insert(key, launch);
    }
    let mut tickets = BTreeMap::new();
    for (id, (_, ticket)) in project.tickets() {
        let own = written(&ticket.settings);
        aliases.extend(ticket.settings.harness.iter().map(|harness| harness.value.clone()));
        if !own.is_empty() {
            tickets.insert(id.to_owned(), own);
        }
    }
    let installed = |alias: &str| inputs.harnesses.iter().find(|harness| harness.alias == alias).cloned();
    let programs = wanted_programs(project).into_iter().map(|word| (word.clone(), inputs.programs.get(&word).cloned()));
    LaunchPlan {
        executable: Executable {
            schema_version: 1,
            root: inputs.root.to_owned(),
            harnesses: aliases.iter().map(|alias| (alias.clone(), installed(alias))).collect(),
            programs: programs.collect(),
            passes: plans,
            tickets,
            configuration: configuration(inputs.configuration),
        },
        prompts: words::of_project(project),
    }
}

fn configuration(found: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = found.clone();
    for name in AGENT_CONFIGURATION {
        let there = |path: &String| path == name || name.ends_with('/') && path.starts_with(name);
        if !found.keys().any(there) {
            all.insert(name.to_owned(), "absent".to_owned());
        }
    }
    all
}

fn launch_pass(
    project: &Project,
    inputs: &Inputs<'_>,
    (file, workflow): (&Arc<SpecFile>, &Workflow),
    pass: &Pass,
) -> (LaunchPass, Vec<String>) {
    let agent = pass.agent.as_ref().and_then(|name| agent::resolve(project, &name.value));
    let settings = |pass: &Pass, agent: Option<&agent::ResolvedAgent>| {
        settings::decide(&Sources {
            user: inputs.user,
            config: project.config().map(|(file, config)| (file.path.as_str(), config)),
            workflow: (&file.path, workflow),
            agent,
            pass,
            ticket: ("", &Ticket::default()),
            overrides: &Overrides::default(),
        })
    };
    let mut pinned = Vec::new();
    let mut candidates = |settings: &settings::Settings| -> Vec<String> {
        pinned.extend(settings.harness.iter().map(|harness| harness.value.clone()));
        let installed: Vec<&str> = inputs.harnesses.iter().map(|harness| harness.alias.as_str()).collect();
        let config = project.config().map(|(_, config)| config);
        let route = route::route(settings, &route::Terms { config, installed: &installed, judged: None });
        let others = route.rejected.iter().filter(|passed| passed.fits).map(|passed| passed.candidate.shown());
        route.choice.iter().map(route::Candidate::shown).chain(others).collect()
    };
    let own = settings(pass, agent.as_ref());
    let gate = crate::gate::of_pass(project, file, pass).ok().flatten();
    let reviewer = gate.as_ref().and_then(|placed| placed.gate.reviewer.as_ref()?.agent.as_ref()).map(|name| {
        let reviewer = agent::resolve(project, &name.value);
        (name.value.clone(), candidates(&settings(&Pass::default(), reviewer.as_ref())))
    });
    let verify = gate.iter().flat_map(|placed| placed.gate.verify.iter().enumerate()).map(|(at, verify)| {
        let id = verify.id.as_ref().map_or_else(|| format!("verify-{}", at + 1), |id| id.value.clone());
        let argv = verify.command.as_ref().map(|command| command.value.argv.clone()).unwrap_or_default();
        (id, LaunchVerify { argv, timeout: verify.timeout.as_ref().map(|timeout| timeout.value.as_secs()) })
    });
    let verify: BTreeMap<String, LaunchVerify> = verify.collect();
    let paths = pass.outputs.iter().flat_map(|output| output.path.iter().chain(&output.writes));
    let own_outputs: BTreeSet<String> = workflow
        .passes
        .iter()
        .flat_map(|pass| &pass.outputs)
        .filter_map(|output| script_path(&output.path.as_ref()?.value, inputs.root))
        .collect();
    let scripts =
        argvs(project, file, pass).into_iter().flat_map(|argv| named(&argv, inputs.root)).filter_map(|path| {
            let content = if own_outputs.contains(&path) { WRITTEN } else { inputs.scripts.get(&path)? };
            Some((path, content.to_owned()))
        });
    let scripts = scripts.collect();
    let launch = LaunchPass {
        pass_type: crate::plan::type_word(pass.pass_type).to_owned(),
        candidates: if pass.pass_type == PassType::Agent { candidates(&own) } else { Vec::new() },
        allowed: agent
            .map(|agent| Allowed { tools: agent.tools, exec: agent.exec, network: agent.network, write: agent.write })
            .unwrap_or_default(),
        argv: pass.run.as_ref().map(|run| run.value.argv.clone()).unwrap_or_default(),
        scripts,
        write_scope: paths.map(|path| path.value.clone()).collect(),
        verify,
        reviewer,
        timeout: own.timeout.value.as_secs(),
        cap: own.usd.value,
    };
    (launch, pinned)
}

fn written(settings: &PassSettings) -> BTreeMap<String, String> {
    let text = |value: &Option<text::Spanned<String>>| value.as_ref().map(|value| value.value.clone());
    let all = [
        ("tier", text(&settings.tier)),
        ("model", text(&settings.model)),
        ("effort", text(&settings.effort)),
        ("harness", text(&settings.harness)),
        ("timeout", settings.timeout.as_ref().map(|timeout| format!("{}s", timeout.value.as_secs()))),
        ("max_turns", settings.max_turns.as_ref().map(|turns| turns.value.to_string())),
        ("usd", settings.usd.as_ref().map(|usd| usd.value.exact())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// One difference between two plans.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// Where: `passes · feature/generation · verify · tests · argv`.
    pub place: String,
    /// As it was; none when it is new.
    pub before: Option<String>,
    /// As it is; none when it is gone.
    pub after: Option<String>,
}

/// What a person has to look at again.
pub fn diff(old: &LaunchPlan, new: &LaunchPlan) -> Vec<Change> {
    let (old, new) = (leaves(&old.executable), leaves(&new.executable));
    let places: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = places.into_iter().filter(|place| old.get(*place) != new.get(*place));
    changed
        .map(|place| Change { place: place.clone(), before: old.get(place).cloned(), after: new.get(place).cloned() })
        .collect()
}

/// Every value of the plan that is no object, by the names that lead to it.
fn leaves(executable: &Executable) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    let mut todo = vec![(String::new(), serde_json::to_value(executable).unwrap_or(Value::Null))];
    while let Some((place, value)) = todo.pop() {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let place = if place.is_empty() { name } else { format!("{place} · {name}") };
                    todo.push((place, member));
                }
            }
            // an empty list or nothing says that something is not there
            Value::Null => {}
            Value::Array(list) if list.is_empty() => {}
            Value::String(text) => {
                leaves.insert(place, text);
            }
            other => {
                leaves.insert(place, other.to_string());
            }
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, SHOP};
    use std::collections::BTreeMap;

    fn harness(alias: &str, path: &str) -> Harness {
        let program = Program { path: path.into(), version: Some("1.0".into()), sha256: Some("ab".into()) };
        Harness {
            alias: alias.into(),
            program,
            review_argv: Vec::new(),
            argv: vec![path.into(), "-p".into(), "{prompt}".into()],
            environment: vec!["ANTHROPIC_API_KEY".into()],
        }
    }

    fn planned(bench: &Bench, harnesses: &[Harness], configuration: &[(&str, &str)]) -> LaunchPlan {
        let configuration: BTreeMap<String, String> =
            configuration.iter().map(|(path, hash)| ((*path).to_owned(), (*hash).to_owned())).collect();
        let programs = [("cargo".to_owned(), Program { path: "/usr/bin/cargo".into(), ..Program::default() })].into();
        let inputs = Inputs {
            root: "/shop",
            harnesses,
            programs: &programs,
            configuration: &configuration,
            scripts: &[("checks/money.py".to_owned(), "aa11".to_owned())].into(),
            user: &PassSettings::default(),
        };
        launch_plan(&bench.project, &inputs)
    }

    #[test]
    fn everything_executable_changes_the_hash_and_words_do_not() {
        let claude = [harness("claude", "/usr/bin/claude")];
        let first = planned(&Bench::new(SHOP), &claude, &[]);
        assert_eq!(first, planned(&Bench::new(SHOP), &claude, &[]));
        let changed = |from: &str, to: &str| planned(&Bench::new(&SHOP.replacen(from, to, 1)), &claude, &[]);
        for (from, to) in [
            ("cargo test", "cargo test --all"),
            ("writes: [\"src/**\"]", "writes: [\"**\"]"),
            ("limits: {usd: 4}", "limits: {usd: 5}"),
            ("model: opus", "model: fable"),
            ("agent: critic", "agent: specifier"),
            ("tier: standard}", "tier: light}"),
            ("type: feature\nassignee", "type: feature\nharness: codex\nassignee"),
        ] {
            assert_ne!(changed(from, to).exec_hash(), first.exec_hash(), "{from} → {to}");
        }
        for (from, to) in [
            ("Write it.", "Write it well."),
            ("You write code.", "You write good code."),
            ("nothing is left", "nothing at all is left"),
        ] {
            let plan = changed(from, to);
            assert_eq!(plan.exec_hash(), first.exec_hash(), "{from}");
            assert_ne!(plan.prompt_hash(), first.prompt_hash(), "{from}");
            assert_ne!(plan.hash(), first.hash(), "{from}");
        }
        let elsewhere = [harness("claude", "/tmp/claude")];
        assert_ne!(planned(&Bench::new(SHOP), &elsewhere, &[]).exec_hash(), first.exec_hash());
        let mcp = planned(&Bench::new(SHOP), &claude, &[(".mcp.json", "0123456789abcdef")]);
        assert_ne!(mcp.exec_hash(), first.exec_hash());
        let other = [harness("claude", "/usr/bin/claude"), harness("unused", "/bin/x")];
        assert_eq!(planned(&Bench::new(SHOP), &other, &[]).exec_hash(), first.exec_hash(), "nothing names it");
    }

    #[test]
    fn files_that_a_command_names_are_part_of_it() {
        let scripts = |command: &str| {
            let plan = planned(&Bench::new(&SHOP.replace("\"cargo test\"", command)), &[], &[]);
            plan.executable.passes["feature/code"].scripts.clone()
        };
        let money: BTreeMap<String, String> = [("checks/money.py".to_owned(), "aa11".to_owned())].into();
        for command in [
            "\"python3 checks/money.py\"",
            "\"sh -x ./checks//../checks/money.py\"",
            "\"tool --with=checks/money.py\"",
            "\"python3 /shop/checks/money.py\"",
        ] {
            assert_eq!(scripts(command), money, "{command}");
        }
        for command in
            ["\"cargo test\"", "\"python3 ../checks/money.py\"", "\"python3 /checks/money.py\"", "\"ls checks\""]
        {
            assert!(scripts(command).is_empty(), "{command}");
        }
        let output = SHOP.replace("kind: diff, writes: [\"src/**\"]", "path: checks/money.py");
        let plan = planned(&Bench::new(&output.replace("\"cargo test\"", "\"python3 checks/money.py\"")), &[], &[]);
        assert_eq!(plan.executable.passes["feature/code"].scripts["checks/money.py"], WRITTEN, "it is what is checked");
        let wanted = wanted_scripts(&Bench::new(&SHOP.replace("\"cargo test\"", "\"sh -c a/b.sh\"")).project, "/shop");
        assert!(wanted.contains("a/b.sh"), "{wanted:?}");
    }

    #[test]
    fn differences_are_told() {
        let claude = [harness("claude", "/usr/bin/claude")];
        let old = planned(&Bench::new(SHOP), &claude, &[]);
        let new =
            planned(&Bench::new(&SHOP.replace("cargo test", "cargo test --all")), &claude, &[(".mcp.json", "00ff")]);
        let said: Vec<_> = diff(&old, &new).into_iter().map(|c| (c.place, c.before, c.after)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            said,
            [
                ("configuration · .mcp.json".to_owned(), text("absent"), text("00ff")),
                (
                    "passes · feature/code · verify · tests · argv".to_owned(),
                    text(r#"["cargo","test"]"#),
                    text(r#"["cargo","test","--all"]"#)
                ),
            ]
        );
        assert!(diff(&old, &old).is_empty());
        let read: LaunchPlan = serde_json::from_str(&canonical(&new)).unwrap();
        assert_eq!(read.exec_hash(), new.exec_hash(), "a stored plan keeps its hash");
    }

    #[test]
    fn a_person_sees_every_word_and_nothing_hides() {
        let shop = SHOP.replace("command: \"cargo test\"", "command: [cargo, \"a`b\", \"x\u{202e}y\", \"<img>\"]");
        let shown = markdown(&planned(&Bench::new(&shop), &[harness("claude", "/usr/bin/claude")], &[]));
        assert!(shown.contains("is checked by `tests`: `cargo` `` a`b `` `x\\u{202e}y` `<img>`"), "{shown}");
        assert!(shown.contains("`codex` is not installed here"));
        assert!(shown.contains("- `claude`: `/usr/bin/claude`, version `1.0`, sha256 `ab`"));
        assert!(shown.contains("ends after 1800 s or $4.00"), "{shown}");
        assert_eq!(wanted_programs(&Bench::new(SHOP).project).into_iter().collect::<Vec<_>>(), ["cargo"]);
    }
}
