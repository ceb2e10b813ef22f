//! One agent of ours as the files of every host: what each of them can say of it, and no key more.
//!
//! The first lines of a projected file say what it was made from, with digests of the source and of the rest of the file. So
//! it can be told without a word of either whether the source has changed since, and whether somebody has changed the file. A
//! file without that line is somebody's own and is never written over.

use spec::host::{MARK, digest};
use spec::model::Agent;
use spec::tools::{TOOLS, Tool};
use spec::{Content, Project, SpecFile, System};
use std::fmt::Write as _;

/// The hosts that an agent can be projected to.
pub const HOSTS: [System; 7] = [
    System::ClaudeCode,
    System::Copilot,
    System::OpenCode,
    System::Gemini,
    System::Codex,
    System::Cursor,
    System::Kiro,
];

/// A file as it is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Projected {
    /// Whose it is.
    pub host: System,
    /// Path from the root.
    pub path: String,
    /// All of it.
    pub text: String,
    /// How the file there compares.
    pub state: State,
    /// What of the agent the host cannot say.
    pub lost: Vec<String>,
}

/// How the file at the path of a projection compares with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// There is none.
    Missing,
    /// It is as it is to be.
    Same,
    /// It was made from an older source, or with other tiers.
    Stale,
    /// Somebody has changed it since it was made.
    Edited,
    /// Nobody has projected it: it is somebody's own.
    Foreign,
}

impl State {
    /// True when it may be written without a question.
    pub fn may_write(self) -> bool {
        matches!(self, State::Missing | State::Stale)
    }
}

/// The word by which a host is named on the command line, which is that of its harness.
pub fn word(host: System) -> &'static str {
    match host {
        System::ClaudeCode => "claude",
        System::Copilot => "copilot",
        System::OpenCode => "opencode",
        System::Gemini => "gemini",
        System::Codex => "codex",
        System::Cursor => "cursor",
        System::Kiro => "kiro",
        _ => "",
    }
}

/// Why an agent cannot be projected, if so.
pub fn obstacle(source: &SpecFile) -> Option<String> {
    let Content::Agent(agent) = &source.content else { return Some("it is no agent".to_owned()) };
    if agent.host.is_some() {
        return Some("it is a host's own".to_owned());
    }
    if let Some(base) = &agent.extends {
        return Some(format!("it only adds to `{}`", base.value));
    }
    let missing = [("name", agent.name.is_none()), ("description", agent.description.is_none())];
    missing.into_iter().find(|(_, missing)| *missing).map(|(key, _)| format!("it has no `{key}`"))
}

/// The file of a host for an agent of ours; `None` where there is an [`obstacle`] or the source's text is not at hand.
pub fn project(project: &Project, source: &SpecFile, host: System) -> Option<Projected> {
    if obstacle(source).is_some() {
        return None;
    }
    let (Content::Agent(agent), text) = (&source.content, source.text()?) else { return None };
    let body = source.told(agent.body)?;
    let mut writer = Writer { agent, host, keys: String::new(), lost: Vec::new() };
    writer.keys(project);
    let body = body.as_ref();
    let (before, after) = match host {
        System::Codex => ("", writer.keys + &instructions(body)),
        _ => ("---\n", format!("{}---\n{body}", writer.keys)),
    };
    let made_from = digest(text);
    let own = digest(&[before, &after].concat().replace("\r\n", "\n"));
    let mark = format!("# {MARK}{} sha256:{made_from} text:{own}\n", source.path);
    let name = agent.name.as_ref().map_or(source.stem(), |name| name.value.as_str());
    let path = path(host, name);
    let state = match project.file(&path).map(|file| file.host_agent().and_then(|(_, host)| host.provenance.as_ref())) {
        None => State::Missing,
        Some(None) => State::Foreign,
        Some(Some(there)) if !there.untouched => State::Edited,
        Some(Some(there)) => {
            let rest = there.rest.as_ref().is_some_and(|rest| rest.value == own);
            let same = there.digest.value == made_from && there.source.value == source.path && rest;
            if same { State::Same } else { State::Stale }
        }
    };
    let text = [before, &mark, &after].concat();
    Some(Projected { host, path, text, state, lost: writer.lost })
}

fn path(host: System, name: &str) -> String {
    match host {
        System::ClaudeCode => format!(".claude/agents/{name}.md"),
        System::Copilot => format!(".github/agents/{name}.agent.md"),
        System::OpenCode => format!(".opencode/agents/{name}.md"),
        System::Gemini => format!(".gemini/agents/{name}.md"),
        System::Codex => format!(".codex/agents/{name}.toml"),
        System::Cursor => format!(".cursor/agents/{name}.md"),
        _ => format!(".kiro/agents/{name}.md"),
    }
}

/// Writes the keys of one host.
struct Writer<'a> {
    agent: &'a Agent,
    host: System,
    keys: String,
    lost: Vec<String>,
}

impl Writer<'_> {
    fn key(&mut self, key: &str, value: &str) {
        let sign = if self.host == System::Codex { " =" } else { ":" };
        let _ = writeln!(self.keys, "{key}{sign} {value}");
    }

    fn keys(&mut self, project: &Project) {
        let agent = self.agent;
        if let Some(name) = agent.name.as_ref().filter(|_| self.host != System::OpenCode) {
            // What YAML would take for a number or a truth is quoted.
            let word = name.value.starts_with(|first: char| first.is_ascii_alphabetic());
            let odd = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&name.value.as_str());
            let plain = word && !odd && self.host != System::Codex;
            let name = if plain { name.value.clone() } else { quoted(&name.value) };
            self.key("name", &name);
        }
        if let Some(description) = &agent.description {
            self.key("description", &quoted(&description.value));
        }
        if self.host == System::OpenCode {
            self.key("mode", "subagent");
        }
        self.tools();
        let (model, effort) = model(project, agent, self.host);
        if let Some(model) = model {
            self.key("model", &quoted(&model));
        }
        match (self.host, effort) {
            (System::ClaudeCode, Some(effort)) => self.key("effort", &quoted(&effort)),
            (System::Codex, Some(effort)) => self.key("model_reasoning_effort", &quoted(&effort)),
            (_, Some(_)) => self.lost.push("effort".to_owned()),
            (_, None) => {}
        }
        if let Some(turns) = agent.settings.max_turns.as_ref().map(|turns| turns.value.to_string()) {
            match self.host {
                System::ClaudeCode => self.key("maxTurns", &turns),
                System::OpenCode => self.key("steps", &turns),
                System::Gemini => self.key("max_turns", &turns),
                _ => self.lost.push("maxTurns".to_owned()),
            }
        }
        if !agent.skills.is_empty() {
            let skills: Vec<String> = agent.skills.iter().map(|skill| quoted(&skill.value)).collect();
            match self.host {
                System::ClaudeCode | System::Copilot => self.key("skills", &format!("[{}]", skills.join(", "))),
                _ => self.lost.push("skills".to_owned()),
            }
        }
    }

    fn tools(&mut self) {
        let kinds = |names: &[text::Spanned<String>]| -> Vec<Tool> {
            let known: Vec<Tool> = names.iter().filter_map(|name| Tool::of(&name.value)).collect();
            TOOLS.into_iter().filter(|tool| known.contains(tool)).collect()
        };
        let (may, may_not) = (kinds(&self.agent.tools), kinds(&self.agent.disallowed_tools));
        // Where both are said, what is left is what it may do.
        let left: Vec<Tool> = may.iter().copied().filter(|tool| !may_not.contains(tool)).collect();
        let servers: Vec<(&str, &str)> = self.agent.tools.iter().filter_map(|tool| server(&tool.value)).collect();
        let host = self.host;
        let names = |tools: &[Tool]| -> Vec<String> {
            tools.iter().flat_map(|tool| tool.names(host)).map(|name| (*name).to_owned()).collect()
        };
        let limited = !self.agent.tools.is_empty();
        let runs = left.contains(&Tool::Execute) || !limited;
        if runs && !self.agent.exec.is_empty() && (self.host != System::OpenCode || !limited) {
            self.lost.push("resources.exec".to_owned());
        }
        match self.host {
            System::ClaudeCode => {
                let mut all = names(&may);
                all.extend(servers.iter().map(|(server, tool)| format!("mcp__{server}__{tool}").replace("__*", "")));
                let not = names(&may_not);
                if limited {
                    self.key("tools", &all.join(", "));
                }
                if !not.is_empty() {
                    self.key("disallowedTools", &not.join(", "));
                }
            }
            System::Copilot | System::Gemini | System::Kiro => {
                let gemini = self.host == System::Gemini;
                let server = |(server, tool): &(&str, &str)| match gemini {
                    true => format!("mcp_{server}_{tool}"),
                    false => format!("{server}/{tool}"),
                };
                if limited {
                    let mut all = names(&left);
                    all.extend(servers.iter().map(server).filter(|_| self.host != System::Kiro));
                    let all: Vec<String> = all.iter().map(|name| quoted(name)).collect();
                    self.key("tools", &format!("[{}]", all.join(", ")));
                } else if !may_not.is_empty() {
                    let rest: Vec<Tool> = TOOLS.into_iter().filter(|tool| !may_not.contains(tool)).collect();
                    let all: Vec<String> = names(&rest).iter().map(|name| quoted(name)).collect();
                    self.key("tools", &format!("[{}]", all.join(", ")));
                }
            }
            System::OpenCode => {
                let mut words = Vec::new();
                if limited {
                    words.push("\"*\": deny".to_owned());
                    for name in names(&left) {
                        words.push(format!("{name}: {}", self.action(&name)));
                    }
                    words.extend(servers.iter().map(|(server, tool)| format!("\"{server}_{tool}\": allow")));
                } else {
                    words.extend(names(&may_not).iter().map(|name| format!("{name}: deny")));
                }
                if !words.is_empty() {
                    self.key("permission", &format!("{{{}}}", words.join(", ")));
                }
            }
            System::Cursor => {
                let writes = |tool: &Tool| matches!(tool, Tool::Edit | Tool::Execute);
                let reads_only = (limited && !left.iter().any(writes)) || may_not.contains(&Tool::Edit);
                if reads_only {
                    self.key("readonly", "true");
                } else if limited {
                    self.lost.push("tools".to_owned());
                }
            }
            _ if limited || !may_not.is_empty() => self.lost.push("tools".to_owned()),
            _ => {}
        }
    }

    /// What opencode says of a tool: a shell is allowed for the commands that the agent may run.
    fn action(&self, name: &str) -> String {
        if name != "bash" || self.agent.exec.is_empty() {
            return "allow".to_owned();
        }
        let commands: Vec<String> =
            self.agent.exec.iter().map(|command| format!(", {}: allow", quoted(&command.value))).collect();
        format!("{{\"*\": deny{}}}", commands.concat())
    }
}

/// `mcp:<server>/<tool>`.
fn server(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("mcp:")?.split_once('/')
}

/// The model and effort of an agent in a host: what is pinned, where it is a model of that host; else the first candidate of
/// its tier that runs there.
fn model(project: &Project, agent: &Agent, host: System) -> (Option<String>, Option<String>) {
    let settings = &agent.settings;
    let effort = settings.effort.as_ref().map(|effort| effort.value.clone());
    let harness = settings.harness.as_ref().map(|harness| harness.value.as_str());
    if let Some(pinned) = settings.model.as_ref().filter(|model| model.value != "inherit") {
        let fits = harness.map_or_else(|| is_of(&pinned.value, host), |harness| harness == word(host));
        return (fits.then(|| pinned.value.clone()), effort);
    }
    let candidate = settings.tier.as_ref().and_then(|tier| {
        let (_, config) = project.config()?;
        let tier = config.tiers.iter().find(|known| known.name.value == tier.value)?;
        tier.candidates.iter().find(|it| it.harness.as_ref().is_some_and(|harness| harness.value == word(host)))
    });
    let model = candidate.and_then(|candidate| candidate.model.as_ref()).map(|model| model.value.clone());
    let own = candidate.and_then(|candidate| candidate.effort.as_ref()).map(|effort| effort.value.clone());
    (model, effort.or(own))
}

/// True when a model's name is one that only this host writes so.
fn is_of(model: &str, host: System) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| model.starts_with(word));
    match host {
        System::OpenCode => model.contains('/'),
        System::ClaudeCode => starts(&["claude-", "opus", "sonnet", "haiku", "fable"]),
        System::Gemini => starts(&["gemini-"]),
        System::Codex => starts(&["gpt-", "codex-"]),
        _ => false,
    }
}

/// In double quotes, as YAML and TOML both read it.
fn quoted(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 2);
    out.push('"');
    for letter in words.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// The words of a Codex agent. What no literal can hold is escaped.
fn instructions(body: &str) -> String {
    let odd = body.contains("'''")
        || body.ends_with('\'')
        || body.chars().any(|it| it.is_control() && !"\n\t\r".contains(it));
    if !odd {
        return format!("developer_instructions = '''\n{body}'''\n");
    }
    let inner = |line: &str| {
        let all = quoted(line);
        all[1..all.len() - 1].to_owned()
    };
    let lines: Vec<String> = body.split('\n').map(inner).collect();
    format!("developer_instructions = \"\"\"\n{}\"\"\"\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use spec::portability::{Effect, judge, outcome};

    const AGENTS: &str = r#"//- .tollgate/config.yaml
schema_version: 1
tiers:
  deep:
    - {harness: claude, model: opus, effort: high}
    - {harness: opencode, model: anthropic/claude-opus}
    - {harness: codex, model: gpt-5.5}
//- .tollgate/agents/reviewer.md
---
schema_version: 1
name: reviewer
description: "Reviews a patch: against \"the spec\" and C:\\contracts."
category: verifier
tools: [read, search, execute, "mcp:github/list_issues"]
skills: [rust-review]
tier: deep
maxTurns: 30
resources: {exec: ["cargo test*"]}
---
# How you review

You look at `a: b` and '''quotes''' \n, "all" of it.
//- .tollgate/agents/plain.md
---
schema_version: 1
name: plain
description: Does it all.
disallowedTools: [edit]
---
You do it.
//- .tollgate/agents/bound.md
---
schema_version: 1
name: bound
description: Adds.
extends: .claude/agents/x.md
---
//- .claude/agents/plain.md
---
name: plain
description: Somebody's own.
---
"#;

    fn made(name: &str, host: System) -> Projected {
        let bench = Bench::new(AGENTS);
        let source = bench.project.file(&format!(".tollgate/agents/{name}.md")).unwrap();
        project(&bench.project, source, host).unwrap()
    }

    #[test]
    fn each_host_reads_back_the_same_agent() {
        let bench = Bench::new(AGENTS);
        for name in ["reviewer", "plain"] {
            let source = bench.project.file(&format!(".tollgate/agents/{name}.md")).unwrap();
            let Content::Agent(agent) = &source.content else { panic!() };
            for host in HOSTS {
                let made = project(&bench.project, source, host).unwrap();
                let file = SpecFile::read(&made.path, &made.text).unwrap();
                let (read, here) = file.host_agent().unwrap();
                assert_eq!(here.system, host);
                assert_eq!(read.name.as_ref().unwrap().value, name, "{host:?}");
                assert_eq!(
                    read.description.as_ref().unwrap().value,
                    agent.description.as_ref().unwrap().value,
                    "{host:?}"
                );
                assert_eq!(read.sense.body, agent.sense.body, "{host:?}\n{}", made.text);
                let from = here.provenance.as_ref().unwrap();
                assert!(from.untouched, "{host:?}\n{}", made.text);
                assert_eq!(
                    (from.source.value.as_str(), from.digest.value.as_str()),
                    (source.path.as_str(), &*digest(source.text().unwrap()))
                );
                let verdicts = judge(read, here, host);
                assert!(outcome(&verdicts) <= Effect::Loads, "{host:?} {verdicts:?}\n{}", made.text);
            }
        }
    }

    #[test]
    fn each_host_is_told_what_it_can_say() {
        let keys = |name: &str, host| {
            let text = made(name, host).text;
            let lines = text.lines().skip_while(|line| *line == "---" || line.starts_with('#'));
            lines
                .take_while(|line| *line != "---" && !line.starts_with("developer"))
                .map(|line| line.to_owned() + "\n")
                .collect::<String>()
        };
        let description = r#"description: "Reviews a patch: against \"the spec\" and C:\\contracts.""#;
        assert_eq!(
            keys("reviewer", System::ClaudeCode),
            format!(
                "name: reviewer\n{description}\ntools: Read, Grep, Glob, Bash, mcp__github__list_issues\nmodel: \"opus\"\neffort: \"high\"\nmaxTurns: 30\nskills: [\"rust-review\"]\n"
            )
        );
        assert_eq!(
            keys("reviewer", System::Copilot),
            format!(
                "name: reviewer\n{description}\ntools: [\"read\", \"search\", \"execute\", \"github/list_issues\"]\nskills: [\"rust-review\"]\n"
            )
        );
        assert_eq!(
            keys("reviewer", System::OpenCode),
            format!(
                "{description}\nmode: subagent\npermission: {{\"*\": deny, read: allow, grep: allow, glob: allow, list: allow, bash: {{\"*\": deny, \"cargo test*\": allow}}, \"github_list_issues\": allow}}\nmodel: \"anthropic/claude-opus\"\nsteps: 30\n"
            )
        );
        assert_eq!(
            keys("reviewer", System::Gemini),
            format!(
                "name: reviewer\n{description}\ntools: [\"read_file\", \"read_many_files\", \"list_directory\", \"glob\", \"grep_search\", \"run_shell_command\", \"mcp_github_list_issues\"]\nmax_turns: 30\n"
            )
        );
        assert_eq!(
            keys("reviewer", System::Codex),
            format!("name = \"reviewer\"\n{}\nmodel = \"gpt-5.5\"\n", description.replacen(':', " =", 1))
        );
        assert_eq!(made("reviewer", System::Codex).lost, ["resources.exec", "tools", "maxTurns", "skills"]);
        assert!(keys("plain", System::Cursor).ends_with("readonly: true\n"));
        assert!(keys("plain", System::ClaudeCode).ends_with("disallowedTools: Edit, Write\n"));
        assert!(keys("plain", System::OpenCode).ends_with("permission: {edit: deny}\n"));
        assert!(!keys("plain", System::Gemini).contains("write_file"));
    }

    #[test]
    fn what_is_there_decides_whether_it_may_be_written() {
        let bench = Bench::new(AGENTS);
        let source = bench.project.file(".tollgate/agents/reviewer.md").unwrap();
        let made = project(&bench.project, source, System::ClaudeCode).unwrap();
        assert_eq!(made.state, State::Missing);
        let state = |text: &str| {
            let mut all = bench.project.clone();
            all.set(std::sync::Arc::new(SpecFile::read(&made.path, text).unwrap()));
            project(&all, source, System::ClaudeCode).unwrap().state
        };
        assert_eq!(state(&made.text), State::Same);
        assert_eq!(state(&made.text.replace('\n', "\r\n")), State::Same, "git may have changed the ends of lines");
        assert_eq!(state(&made.text.replace("You look", "You glance")), State::Edited);
        assert_eq!(state(&made.text.replace(&digest(source.text().unwrap()), "0123456789abcdef")), State::Stale);
        assert_eq!(state("---\nname: reviewer\ndescription: x\n---\n"), State::Foreign);
        assert!(obstacle(bench.project.file(".tollgate/agents/bound.md").unwrap()).is_some());
    }
}
