//! The launch plan: everything of a root that would become runnable if a person trusted it, and nothing else.
//!
//! Trust is bound to the hash of its canonical JSON. Maps, not lists, hold whatever has a name, so that a difference
//! between two plans can be told in words.

use crate::agent;
use crate::cache::{canonical, sha256};
use crate::prompt::{is_hidden, task_text};
use crate::route;
use crate::settings::{self, Sources};
use crate::world::{Harness, Overrides, Program};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spec::model::{Pass, PassSettings, PassType, Ticket, Workflow};
use spec::{NameKind, Project, SpecFile, Usd};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// Names in a root that coding agents, editors and tool managers read as their configuration: commands, servers, hooks
/// and permissions can stand there. A folder ends with `/`. Names are matched at the root.
pub const AGENT_CONFIGURATION: [&str; 34] = [
    ".aider.conf.yml",
    ".amazonq/",
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
    /// The user's own defaults.
    pub user: &'a PassSettings,
}

/// The launch plan of a root.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LaunchPlan {
    /// What would run. Its hash is what trust is bound to.
    pub executable: Executable,
    /// SHA-256 of the words each pass would be started with (task, criteria, instructions), by `workflow/pass`.
    pub prompts: BTreeMap<String, String>,
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

    /// `sha256:…` over the prompts.
    pub fn prompt_hash(&self) -> String {
        format!("sha256:{}", sha256(canonical(&self.prompts).as_bytes()))
    }
}

/// The first words of all commands that would run, for the caller to find the programs of.
pub fn wanted_programs(project: &Project) -> BTreeSet<String> {
    let commands = |pass: &Pass, file: &Arc<SpecFile>| -> Vec<String> {
        let gate = crate::gate::of_pass(project, file, pass).ok().flatten();
        let verify = gate.map(|placed| placed.gate.verify.as_slice()).unwrap_or_default();
        let verify = verify.iter().filter_map(|verify| verify.command.as_ref());
        pass.run.iter().chain(verify).filter_map(|command| command.value.argv.first().cloned()).collect()
    };
    workflows(project)
        .flat_map(|(_, file, workflow)| workflow.passes.iter().flat_map(|p| commands(p, file)).collect::<Vec<_>>())
        .collect()
}

fn workflows(project: &Project) -> impl Iterator<Item = (&str, &Arc<SpecFile>, &Workflow)> {
    project.defined(NameKind::Workflow).filter_map(|name| {
        let (file, workflow) = project.workflow(&name.text)?;
        Some((name.text.as_str(), file, workflow))
    })
}

/// Makes the launch plan of a root.
pub fn launch_plan(project: &Project, inputs: &Inputs<'_>) -> LaunchPlan {
    let mut passes = BTreeMap::new();
    let mut prompts = BTreeMap::new();
    let mut aliases: BTreeSet<String> = BTreeSet::new();
    let config = project.config().map(|(_, config)| config);
    for candidate in route::tiers(config).iter().flat_map(|tier| &tier.candidates) {
        aliases.insert(candidate.harness.clone());
    }
    for (name, file, workflow) in workflows(project) {
        for (at, pass) in workflow.passes.iter().enumerate() {
            let id = pass.id.as_ref().map_or_else(|| format!("#{}", at + 1), |id| id.value.clone());
            // of two passes with one id only the first can run; the other is still shown
            let key = format!("{name}/{id}");
            let key = if passes.contains_key(&key) { format!("{key}#{}", at + 1) } else { key };
            prompts.insert(key.clone(), words(project, file, workflow, pass, &id));
            let (launch, pinned) = launch_pass(project, inputs, (file, workflow), pass);
            aliases.extend(pinned);
            passes.insert(key, launch);
        }
    }
    let mut tickets = BTreeMap::new();
    for name in project.defined(NameKind::Ticket) {
        let Some((_, ticket)) = project.ticket(&name.text) else { continue };
        let own = written(&ticket.settings);
        aliases.extend(ticket.settings.harness.iter().map(|harness| harness.value.clone()));
        if !own.is_empty() {
            tickets.insert(name.text.clone(), own);
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
            passes,
            tickets,
            configuration: configuration(inputs.configuration),
        },
        prompts,
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
    let launch = LaunchPass {
        pass_type: crate::plan::type_word(pass.pass_type).to_owned(),
        candidates: if pass.pass_type == PassType::Agent { candidates(&own) } else { Vec::new() },
        allowed: agent
            .map(|agent| Allowed { tools: agent.tools, exec: agent.exec, network: agent.network, write: agent.write })
            .unwrap_or_default(),
        argv: pass.run.as_ref().map(|run| run.value.argv.clone()).unwrap_or_default(),
        write_scope: paths.map(|path| path.value.clone()).collect(),
        verify,
        reviewer,
        timeout: own.timeout.value.as_secs(),
        cap: own.usd.value,
    };
    (launch, pinned)
}

/// Hash of the words a pass would be started with.
fn words(project: &Project, file: &Arc<SpecFile>, workflow: &Workflow, pass: &Pass, id: &str) -> String {
    let task = task_text(file, &workflow.sections, id).unwrap_or_default();
    let agent = pass.agent.as_ref().and_then(|name| agent::resolve(project, &name.value));
    let instructions = agent.map(|agent| agent.instructions).unwrap_or_default();
    let criteria: Vec<&str> =
        pass.gate.iter().flat_map(|gate| &gate.criteria).map(|criterion| criterion.must.value.as_str()).collect();
    let placed = crate::gate::of_pass(project, file, pass).ok().flatten();
    let reviewer = placed.as_ref().and_then(|placed| crate::review::asked_agent(placed.gate));
    let reviewer = reviewer.and_then(|name| agent::resolve(project, name)).map(|reviewer| reviewer.instructions);
    sha256(canonical(&(task, instructions, criteria, reviewer)).as_bytes())
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

/// The plan for a person: exactly what would become runnable.
pub fn markdown(plan: &LaunchPlan) -> String {
    let executable = &plan.executable;
    let mut text =
        format!("# What would become runnable\n\nRoot: {}\n\nPlan: `{}`\n", code(&executable.root), plan.exec_hash());
    text.push_str("\n## Agents\n\n");
    for (alias, harness) in &executable.harnesses {
        match harness {
            None => line(&mut text, &format!("{} is not installed here", code(alias))),
            Some(harness) => {
                line(
                    &mut text,
                    &format!("{}: {}{}", code(alias), code(&harness.program.path), version(&harness.program)),
                );
                line(&mut text, &format!("  is called {}", argv(&harness.argv)));
                if executable.passes.values().any(|pass| pass.reviewer.is_some()) {
                    line(&mut text, &format!("  is called {} for a review", argv(&harness.review_argv)));
                }
                if !harness.environment.is_empty() {
                    line(&mut text, &format!("  is given the variables {}", argv(&harness.environment)));
                }
            }
        }
    }
    if !executable.programs.is_empty() {
        text.push_str("\n## Programs\n\n");
        for (word, program) in &executable.programs {
            let found = program.as_ref().map(|program| format!("{}{}", code(&program.path), version(program)));
            line(&mut text, &format!("{}: {}", code(word), found.unwrap_or_else(|| "not found here".to_owned())));
        }
    }
    text.push_str("\n## Passes\n");
    for (name, pass) in &executable.passes {
        let _ = write!(text, "\n### {}\n\n", code(name));
        if !pass.argv.is_empty() {
            line(&mut text, &format!("runs {}", argv(&pass.argv)));
        }
        if !pass.candidates.is_empty() {
            line(&mut text, &format!("starts the first of: {}", argv(&pass.candidates)));
        } else if pass.pass_type == "agent" {
            line(&mut text, "cannot be started: no harness it may use is installed");
        }
        for (what, words) in [("tools", &pass.allowed.tools), ("commands", &pass.allowed.exec)] {
            if !words.is_empty() {
                line(&mut text, &format!("is allowed the {what} {}", argv(words)));
            }
        }
        let scope = if pass.write_scope.is_empty() { "nothing".to_owned() } else { argv(&pass.write_scope) };
        line(&mut text, &format!("may write {scope}"));
        for (id, verify) in &pass.verify {
            let limit = verify.timeout.map(|seconds| format!(", at most {seconds} s")).unwrap_or_default();
            line(&mut text, &format!("is checked by {}: {}{limit}", code(id), argv(&verify.argv)));
        }
        if let Some((agent, candidates)) = &pass.reviewer {
            let with = if candidates.is_empty() { "nothing that is installed".to_owned() } else { argv(candidates) };
            line(&mut text, &format!("is reviewed by {} with the first of: {with}", code(agent)));
        }
        line(&mut text, &format!("ends after {} s or {}", pass.timeout, pass.cap));
    }
    if !executable.tickets.is_empty() {
        text.push_str("\n## Tickets with settings of their own\n\n");
        for (id, settings) in &executable.tickets {
            let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            line(&mut text, &format!("{}: {}", code(id), argv(&settings)));
        }
    }
    text.push_str("\n## Configuration of agents in this root\n\n");
    let (absent, there): (Vec<_>, Vec<_>) = executable.configuration.iter().partition(|(_, hash)| *hash == "absent");
    for (path, hash) in there {
        line(&mut text, &format!("{} {}", code(path), code(hash.get(..12).unwrap_or(hash))));
    }
    let absent: Vec<String> = absent.into_iter().map(|(name, _)| name.clone()).collect();
    line(&mut text, &format!("not there: {}", argv(&absent)));
    text
}

/// Every command line that would become runnable, once each: agents, passes, verify commands.
pub fn commands(plan: &LaunchPlan) -> Vec<String> {
    let executable = &plan.executable;
    let reviews = executable.passes.values().any(|pass| pass.reviewer.is_some());
    let agents = executable
        .harnesses
        .values()
        .flatten()
        .flat_map(|harness| std::iter::once(&harness.argv).chain(reviews.then_some(&harness.review_argv)));
    let passes = executable
        .passes
        .values()
        .flat_map(|pass| std::iter::once(&pass.argv).chain(pass.verify.values().map(|verify| &verify.argv)));
    let mut all: Vec<String> = Vec::new();
    for argv in agents.chain(passes).filter(|argv| !argv.is_empty()) {
        let words = argv.join(" ");
        if !all.contains(&words) {
            all.push(words);
        }
    }
    all
}

/// Differences for a person.
pub fn diff_markdown(changes: &[Change]) -> String {
    let mut text = String::from("# What has changed since it was reviewed\n\n");
    for change in changes {
        let part = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), code);
        line(&mut text, &format!("{}: was {}, is {}", code(&change.place), part(&change.before), part(&change.after)));
    }
    text
}

fn line(text: &mut String, words: &str) {
    let indent = words.len() - words.trim_start().len();
    let _ = writeln!(text, "{}- {}", " ".repeat(indent), words.trim_start());
}

fn version(program: &Program) -> String {
    let version = program.version.as_deref().map(|version| format!(", version {}", code(version))).unwrap_or_default();
    let hash = program.sha256.as_deref().map(|hash| format!(", sha256 {}", code(hash))).unwrap_or_default();
    format!("{version}{hash}")
}

fn argv(words: &[String]) -> String {
    words.iter().map(|word| code(word)).collect::<Vec<_>>().join(" ")
}

/// A word as code, whole: what is trusted is never shortened, and nothing in it can end the code or hide.
fn code(word: &str) -> String {
    let mut shown = String::new();
    for letter in word.chars() {
        if is_hidden(letter) { shown.extend(letter.escape_unicode()) } else { shown.push(letter) }
    }
    let longest = shown.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 || shown.is_empty() || shown.starts_with(' ') { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
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
        }
        let elsewhere = [harness("claude", "/tmp/claude")];
        assert_ne!(planned(&Bench::new(SHOP), &elsewhere, &[]).exec_hash(), first.exec_hash());
        let mcp = planned(&Bench::new(SHOP), &claude, &[(".mcp.json", "0123456789abcdef")]);
        assert_ne!(mcp.exec_hash(), first.exec_hash());
        let other = [harness("claude", "/usr/bin/claude"), harness("unused", "/bin/x")];
        assert_eq!(planned(&Bench::new(SHOP), &other, &[]).exec_hash(), first.exec_hash(), "nothing names it");
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
