//! What each host makes of an agent file: one table of what hosts take, and the judgement that follows from it.
//!
//! A host's answer to a key that it does not know or to a value of another shape differs more than anything else between
//! them: one ignores it, one refuses the file, one refuses to start at all. For the rows of the tests below Claude Code 2.1.328,
//! Copilot CLI 1.0.102 and opencode 1.18.33 were run on a file each, and Gemini CLI 0.61.0's own reader was called. Keys that no
//! row has, and Codex, are from their documentation (`reference/formats.md` §0.2, §2).

use crate::foreign::System;
use crate::host::{Front, HostAgent, HostKey, Shape};
use crate::model::Agent;
use text::{Span, Spanned};

/// What a host makes of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
    /// It takes it.
    Loads,
    /// It passes over the key.
    Ignores,
    /// It gives the key to the provider of the model as an option.
    PassesOn,
    /// It takes it, and cannot find the model when the agent starts.
    Unresolved,
    /// It takes the whole file for the agent's words.
    Swallows,
    /// It leaves the file out and says so nowhere but in a log.
    Drops,
    /// It does not start: its whole configuration is refused.
    Refuses,
}

impl Effect {
    /// What it does with the file, as the words behind the host's name.
    pub fn words(self) -> &'static str {
        match self {
            Effect::Loads => "loads it",
            Effect::Ignores => "loads it and ignores a key",
            Effect::PassesOn => "loads it and passes a key on to the model's provider",
            Effect::Unresolved => "loads it and cannot resolve its model",
            Effect::Swallows => "takes the whole file for the agent's words",
            Effect::Drops => "drops this file",
            Effect::Refuses => "refuses its whole configuration",
        }
    }

    /// True when the agent is not there as it was written.
    pub fn loses(self) -> bool {
        self >= Effect::Swallows
    }
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// Whatever stands there.
    Anything,
    /// A text.
    Text,
    /// A text with something in it.
    Filled,
    /// A text of small letters, digits, `-` and `_`.
    Slug,
    /// A text without a colon.
    NoColon,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// A list of the tools of Gemini CLI.
    GeminiTools,
    /// `true` or `false`.
    Truth,
    /// A number.
    Number,
    /// A whole number above zero.
    Positive,
    /// A map of names to `true` or `false`.
    Switches,
    /// A map.
    Map,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `#rrggbb` or one of the theme's colours.
    Color,
    /// `allow`, `ask`, `deny`, or a map that ends in those.
    Permission,
    /// A text; one without `/` names no model.
    Model,
}

impl Takes {
    /// What it takes, as the words behind "must be".
    fn words(self) -> &'static str {
        match self {
            Takes::Anything => "anything",
            Takes::Text | Takes::Model => "text",
            Takes::Filled => "a text that is not empty",
            Takes::Slug => "small letters, digits, `-` and `_`",
            Takes::NoColon => "a text without `:`",
            Takes::Texts => "a list",
            Takes::TextOrTexts => "text or a list",
            Takes::GeminiTools => "a list of Gemini CLI's own tools",
            Takes::Truth => "true or false",
            Takes::Number => "a number",
            Takes::Positive => "a whole number above 0",
            Takes::Switches => "a map of true and false",
            Takes::Map => "a map",
            Takes::OneOf(_) => "one of its words",
            Takes::Color => "#rrggbb or a colour of its theme",
            Takes::Permission => "allow, ask or deny, or a map of those",
        }
    }
}

/// One key of a host: its name, what it takes, what becomes of the file when something else stands there.
type Row = (&'static str, Takes, Effect);

/// A host.
struct Host {
    system: System,
    /// Keys that must be there, with what becomes of the file without them.
    required: &'static [(&'static str, Effect)],
    keys: &'static [Row],
    /// What becomes of the file for a key that is not listed.
    unknown: Effect,
}

use Effect::{Drops, Ignores, Loads, PassesOn, Refuses, Unresolved};

/// The table. Keys that no version of a host minds are listed with [`Takes::Anything`].
const HOSTS: &[Host] = &[
    Host {
        system: System::ClaudeCode,
        required: &[("name", Drops), ("description", Drops)],
        keys: &[
            ("name", Takes::NoColon, Drops),
            ("description", Takes::Filled, Drops),
            ("tools", Takes::Anything, Loads),
            ("disallowedTools", Takes::Anything, Loads),
            ("model", Takes::Anything, Loads),
            ("permissionMode", Takes::Anything, Loads),
            ("maxTurns", Takes::Anything, Loads),
            ("skills", Takes::Anything, Loads),
            ("mcpServers", Takes::Anything, Loads),
            ("hooks", Takes::Anything, Loads),
            ("memory", Takes::Anything, Loads),
            ("background", Takes::Anything, Loads),
            ("effort", Takes::Anything, Loads),
            ("isolation", Takes::Anything, Loads),
            ("color", Takes::Anything, Loads),
            ("initialPrompt", Takes::Anything, Loads),
            ("omitClaudeMd", Takes::Anything, Loads),
            ("autoCompactWindow", Takes::Anything, Loads),
            ("experimental", Takes::Anything, Loads),
        ],
        unknown: Ignores,
    },
    Host {
        system: System::Copilot,
        required: &[("description", Drops)],
        keys: &[
            ("description", Takes::Text, Drops),
            ("name", Takes::Text, Drops),
            ("tools", Takes::TextOrTexts, Drops),
            ("model", Takes::TextOrTexts, Drops),
            ("mcp-servers", Takes::Map, Drops),
            ("infer", Takes::Truth, Drops),
            ("user-invocable", Takes::Truth, Drops),
            ("disable-model-invocation", Takes::Truth, Drops),
            ("reasoning-effort", Takes::Text, Drops),
            ("skills", Takes::Texts, Drops),
            ("hooks", Takes::Map, Drops),
            // of VS Code, which the command line passes over
            ("handoffs", Takes::Anything, Loads),
            ("target", Takes::Anything, Loads),
            ("argument-hint", Takes::Anything, Loads),
            ("agents", Takes::Anything, Loads),
        ],
        unknown: Ignores,
    },
    Host {
        system: System::OpenCode,
        required: &[],
        keys: &[
            ("name", Takes::Text, Refuses),
            ("description", Takes::Text, Refuses),
            ("mode", Takes::OneOf(&["primary", "subagent", "all"]), Refuses),
            ("model", Takes::Model, Refuses),
            ("variant", Takes::Text, Refuses),
            ("temperature", Takes::Number, Refuses),
            ("top_p", Takes::Number, Refuses),
            ("steps", Takes::Positive, Refuses),
            ("maxSteps", Takes::Positive, Refuses),
            ("tools", Takes::Switches, Refuses),
            ("permission", Takes::Permission, Refuses),
            ("hidden", Takes::Truth, Refuses),
            ("disable", Takes::Truth, Refuses),
            ("color", Takes::Color, Refuses),
            // the body wins
            ("prompt", Takes::Anything, Loads),
            ("options", Takes::Anything, Loads),
        ],
        unknown: PassesOn,
    },
    Host {
        system: System::Gemini,
        required: &[("name", Drops), ("description", Drops)],
        keys: &[
            ("kind", Takes::OneOf(&["local", "remote"]), Drops),
            ("name", Takes::Slug, Drops),
            ("description", Takes::Filled, Drops),
            ("display_name", Takes::Text, Drops),
            ("tools", Takes::GeminiTools, Drops),
            ("mcp_servers", Takes::Map, Drops),
            ("model", Takes::Text, Drops),
            ("temperature", Takes::Number, Drops),
            ("max_turns", Takes::Positive, Drops),
            ("timeout_mins", Takes::Positive, Drops),
            ("agent_card_url", Takes::Text, Drops),
            ("agent_card_json", Takes::Text, Drops),
            ("auth", Takes::Map, Drops),
        ],
        unknown: Drops,
    },
    Host {
        system: System::Codex,
        required: &[("name", Drops), ("description", Drops), ("developer_instructions", Drops)],
        keys: &[],
        unknown: Ignores,
    },
];

/// Tools of Gemini CLI 0.61; `mcp_…` and wildcards beside them.
pub const GEMINI_TOOLS: &[&str] = &[
    "glob",
    "grep_search",
    "search_file_content",
    "list_directory",
    "read_file",
    "read_many_files",
    "replace",
    "write_file",
    "run_shell_command",
    "web_fetch",
    "google_web_search",
    "write_todos",
    "activate_skill",
];

/// Tools of Gemini CLI that some of its versions know: nothing is said of them.
const GEMINI_TOOLS_OF_SOME: &[&str] =
    &["save_memory", "ask_user", "enter_plan_mode", "exit_plan_mode", "get_internal_docs", "codebase_investigator"];

/// What a host makes of one thing in a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The host.
    pub host: System,
    /// What becomes of the file.
    pub effect: Effect,
    /// The token; that of the front matter's start where something is missing.
    pub span: Span,
    /// The key, where it is one; empty for the whole front matter.
    pub key: String,
    /// Why, as a clause.
    pub why: String,
}

/// The hosts of which the table says something, in its order.
pub fn hosts() -> impl Iterator<Item = System> {
    HOSTS.iter().map(|host| host.system)
}

/// The keys of an agent that the table knows of a host.
#[cfg(test)]
pub(crate) fn keys(host: System) -> impl Iterator<Item = &'static str> {
    let host = HOSTS.iter().find(|known| known.system == host);
    host.into_iter()
        .flat_map(|host| host.keys.iter().map(|(name, _, _)| *name).chain(host.required.iter().map(|(name, _)| *name)))
}

/// What a host makes of a key at the root of an agent: whether it knows it, and what becomes of the file for a value of
/// another kind, or for the key where it does not. `None` where the table says nothing of the host's keys.
pub fn of_key(host: System, key: &str) -> Option<(bool, Effect)> {
    let host = HOSTS.iter().find(|known| known.system == host).filter(|host| !host.keys.is_empty())?;
    let row = host.keys.iter().find(|(name, _, _)| *name == key);
    Some(row.map_or((false, host.unknown), |(_, _, effect)| (true, *effect)))
}

/// The hosts that read agents at a path: its owner first. Copilot's command line reads the agents of Claude Code too.
pub fn readers(path: &str) -> &'static [System] {
    const CLAUDE: &[System] = &[System::ClaudeCode, System::Copilot];
    let ends = |ending: &str| path.ends_with(ending);
    if path.starts_with(".claude/agents/") {
        CLAUDE
    } else if path.starts_with(".github/agents/") {
        &[System::Copilot]
    } else if path.starts_with(".opencode/") || matches!(path, "opencode.json" | "opencode.jsonc") {
        &[System::OpenCode]
    } else if path.starts_with(".gemini/agents/") && ends(".md") {
        &[System::Gemini]
    } else if path.starts_with(".codex/agents/") {
        &[System::Codex]
    } else {
        &[]
    }
}

/// What a host would make of the agent if it found it: nothing to say when it just loads it.
pub fn judge(agent: &Agent, here: &HostAgent, host: System) -> Vec<Verdict> {
    let Some(host) = HOSTS.iter().find(|known| known.system == host) else { return Vec::new() };
    let verdict =
        |effect, span, key: &str, why: String| Verdict { host: host.system, effect, span, key: key.to_owned(), why };
    let is_toml = here.system == System::Codex;
    if is_toml != (host.system == System::Codex) {
        let why = if is_toml { "its agents are Markdown" } else { "its agents are TOML" };
        return vec![verdict(Effect::Drops, start(agent), "", why.to_owned())];
    }
    match &here.front {
        Front::Missing => {
            let effect = if host.system == System::OpenCode { Effect::Swallows } else { Effect::Drops };
            return vec![verdict(effect, start(agent), "", "it has no front matter".to_owned())];
        }
        Front::Broken(broken) => {
            let loads = match host.system {
                System::ClaudeCode => Some(broken.claude),
                System::OpenCode => broken.opencode,
                _ => Some(broken.plain),
            };
            match loads {
                None => return Vec::new(),
                Some(true) => {}
                Some(false) => {
                    let effect = if host.system == System::OpenCode { Effect::Swallows } else { Effect::Drops };
                    return vec![verdict(effect, broken.span, "", broken.why.to_string())];
                }
            }
        }
        Front::Sound => {}
    }
    let mut found = Vec::new();
    for (name, effect) in host.required {
        if here.key(name).is_none() {
            found.push(verdict(*effect, start(agent), "", format!("it has no `{name}`")));
        }
    }
    for key in &here.keys {
        let row = host.keys.iter().find(|(name, _, _)| *name == &*key.name);
        match row {
            None if host.unknown == Loads || host.keys.is_empty() => {}
            None => found.push(verdict(host.unknown, key.span, &key.name, format!("it does not know `{}`", key.name))),
            Some((name, takes, effect)) => match fault(*takes, key, agent) {
                None => {}
                Some(Fault::Model) => {
                    found.push(verdict(Unresolved, key.value, name, "a model is written `provider/model`".to_owned()));
                }
                Some(Fault::Tool(tool)) => {
                    found.push(verdict(*effect, tool.span, name, format!("it has no tool `{}`", tool.value)));
                }
                Some(Fault::Value) => {
                    let why = match (takes, &key.shape) {
                        (Takes::NoColon, Shape::Text(_)) => format!("`{name}` has a `:` in it"),
                        (Takes::Filled, Shape::Empty | Shape::Nothing) => format!("it has no `{name}`"),
                        _ => format!("`{name}` must be {}", takes.words()),
                    };
                    found.push(verdict(*effect, key.value, name, why));
                }
            },
        }
    }
    found
}

/// The worst of what a host makes of a file.
pub fn outcome(verdicts: &[Verdict]) -> Effect {
    verdicts.iter().map(|verdict| verdict.effect).max().unwrap_or(Loads)
}

fn start(agent: &Agent) -> Span {
    agent.host.as_ref().and_then(|host| host.keys.first()).map_or(Span::empty(0), |first| first.span)
}

enum Fault<'a> {
    Value,
    Model,
    Tool(&'a Spanned<String>),
}

fn fault<'a>(takes: Takes, key: &HostKey, agent: &'a Agent) -> Option<Fault<'a>> {
    let is_text = matches!(key.shape, Shape::Text(_) | Shape::Empty);
    let text = match &key.shape {
        Shape::Text(text) => &**text,
        _ => "",
    };
    let good = match takes {
        Takes::Anything => true,
        Takes::Text => is_text,
        Takes::Filled => matches!(key.shape, Shape::Text(_)),
        Takes::Slug => {
            is_text
                && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
                && key.shape != Shape::Empty
        }
        Takes::NoColon => matches!(key.shape, Shape::Text(_)) && !text.contains(':'),
        Takes::Texts => matches!(key.shape, Shape::Texts(_)),
        Takes::TextOrTexts => is_text || matches!(key.shape, Shape::Texts(_)),
        Takes::Truth => key.shape == Shape::Truth,
        Takes::Number => matches!(key.shape, Shape::Number(_)),
        Takes::Positive => matches!(key.shape, Shape::Number(number) if number > 0.0 && number.fract() == 0.0),
        Takes::Switches => key.shape == Shape::Switches,
        Takes::Map => matches!(key.shape, Shape::Switches | Shape::Map(_)),
        Takes::OneOf(words) => words.contains(&text),
        Takes::Color => {
            let hex = text
                .strip_prefix('#')
                .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let theme = ["primary", "secondary", "accent", "success", "warning", "error", "info"];
            hex || theme.contains(&text)
        }
        Takes::Permission => {
            let is_action = |word: &str| matches!(word, "allow" | "ask" | "deny");
            match &key.shape {
                Shape::Map(words) => words.iter().all(|word| is_action(word)),
                // an empty map is one of switches
                Shape::Switches => key.value.len() <= 2,
                _ => is_action(text),
            }
        }
        Takes::Model if is_text && !text.is_empty() && !text.contains('/') => return Some(Fault::Model),
        Takes::Model => is_text,
        Takes::GeminiTools => {
            if !matches!(key.shape, Shape::Texts(_)) {
                return Some(Fault::Value);
            }
            let known = |tool: &str| {
                GEMINI_TOOLS.contains(&tool)
                    || GEMINI_TOOLS_OF_SOME.contains(&tool)
                    || tool.contains('*')
                    || tool.starts_with("mcp_")
                    || tool.starts_with("discovered_tool_")
                    || tool.contains("__")
            };
            return agent.tools.iter().find(|tool| !known(&tool.value)).map(Fault::Tool);
        }
    };
    (!good).then_some(Fault::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpecFile;

    fn effect(path: &str, yaml: &str, host: System) -> Effect {
        let text = format!("---\n{yaml}\n---\nBody\n");
        let file = SpecFile::read(path, &text).unwrap();
        let (agent, here) = file.host_agent().unwrap();
        let verdicts = judge(agent, here, host);
        for verdict in &verdicts {
            assert!(text.get(verdict.span.range()).is_some(), "{verdict:?}");
        }
        outcome(&verdicts)
    }

    /// The rows of `reference/formats.md` §0.2, each cell as it was seen.
    #[test]
    fn the_matrix_row_by_row() {
        use System::{ClaudeCode, Copilot, Gemini, OpenCode};
        let hosts = [ClaudeCode, Copilot, OpenCode, Gemini];
        let rows: &[(&str, [Effect; 4])] = &[
            ("", [Loads, Loads, Loads, Loads]),
            ("metadata: {a: b}", [Ignores, Ignores, PassesOn, Drops]),
            ("tollgate: {a: b}", [Ignores, Ignores, PassesOn, Drops]),
            ("tools: Read, Grep", [Loads, Loads, Refuses, Drops]),
            ("tools: [read]", [Loads, Loads, Refuses, Drops]),
            ("tools: []", [Loads, Loads, Refuses, Loads]),
            ("tools: \"*\"", [Loads, Loads, Refuses, Drops]),
            ("tools: {read: true}", [Loads, Drops, Loads, Drops]),
            ("color: blue", [Loads, Ignores, Refuses, Drops]),
            ("color: \"#ff0000\"", [Loads, Ignores, Loads, Drops]),
            ("model: sonnet", [Loads, Loads, Unresolved, Loads]),
            ("model: inherit", [Loads, Loads, Unresolved, Loads]),
            ("model: [a, b]", [Loads, Loads, Refuses, Drops]),
            ("tools:", [Loads, Drops, Refuses, Drops]),
            ("tools: [read_file, \"mcp_*\"]", [Loads, Loads, Refuses, Loads]),
            ("permission: {edit: deny, bash: {\"git *\": allow}}", [Ignores, Ignores, Loads, Drops]),
            ("permission: {edit: never}", [Ignores, Ignores, Refuses, Drops]),
            ("mode: sub", [Ignores, Ignores, Refuses, Drops]),
            ("steps: 0", [Ignores, Ignores, Refuses, Drops]),
            ("temperature: high", [Ignores, Ignores, Refuses, Drops]),
            ("max_turns: 5", [Ignores, Ignores, PassesOn, Loads]),
            ("infer: maybe", [Ignores, Drops, PassesOn, Drops]),
            ("handoffs: []", [Ignores, Loads, PassesOn, Drops]),
            ("# generated by tollgate from .tollgate/agents/a.md sha256:0", [Loads, Loads, Loads, Loads]),
        ];
        for (extra, expected) in rows {
            let yaml = format!("name: a\ndescription: d\n{extra}");
            for (host, expected) in hosts.iter().zip(expected) {
                assert_eq!(effect(".claude/agents/a.md", &yaml, *host), *expected, "{extra} {host:?}");
            }
        }
    }

    #[test]
    fn what_is_missing_or_not_yaml() {
        use System::{ClaudeCode, Copilot, Gemini, OpenCode};
        let path = ".claude/agents/a.md";
        for (yaml, expected) in [
            ("name: a", [Drops, Drops, Loads, Drops]),
            ("description: d", [Drops, Loads, Loads, Drops]),
            ("name: \"x:y\"\ndescription: d", [Drops, Loads, Loads, Drops]),
            ("name: 5\ndescription: d", [Drops, Drops, Refuses, Drops]),
            ("name: a\ndescription: \"\"", [Drops, Loads, Loads, Drops]),
            ("name: a\ndescription: [d]", [Drops, Drops, Refuses, Drops]),
            ("name: a\ndescription: Use: it", [Loads, Drops, Loads, Drops]),
            ("name: a\ndescription: @it", [Loads, Drops, Effect::Swallows, Drops]),
        ] {
            for (host, expected) in [ClaudeCode, Copilot, OpenCode, Gemini].iter().zip(expected) {
                assert_eq!(effect(path, yaml, *host), expected, "{yaml} {host:?}");
            }
        }
    }
}
