//! What the readers of hosts share: a Markdown file with front matter or a TOML or JSON file becomes an agent or a guide.

use super::{Reading, System, front};
use crate::agent;
use crate::facts::{Collector, meaning};
use crate::guide::{Guide, GuideKind};
use crate::host::{BUILT_IN, Front, HostAgent, HostKey, MARK, Provenance, Shape};
use crate::model::{Agent, PassSettings};
use crate::project::Content;
use crate::read as take;
use syntax::yaml::{Kind, Node, Style};
use syntax::{front_matter, json, toml};
use text::{Span, Spanned};

/// Words kept of a guide's description, in characters.
const GUIDE_WORDS: usize = 240;

/// A file as its host lays it out: a tree of keys, and words.
pub(super) struct Sheet<'t> {
    pub text: &'t str,
    pub root: Node,
    pub body: Span,
    pub front: Front,
    /// Where a name stands that the text does not say.
    pub place: Span,
    /// The words without escapes, where they stand in a value.
    words: Option<u64>,
}

impl<'t> Sheet<'t> {
    /// Front matter and a body.
    pub(super) fn markdown(text: &'t str) -> Sheet<'t> {
        let split = front_matter::split(text);
        let (document, front) = front::read(text, &split);
        let place = Span::empty(split.open.start as usize);
        Sheet { text, root: document.root, body: split.body, front, place, words: None }
    }

    /// A table; its words stand under `words`.
    pub(super) fn toml(text: &'t str, words: &str) -> Sheet<'t> {
        let document = toml::read(text, Span::new(0, text.len()));
        Sheet::tree(text, document, words)
    }

    /// An object; its words stand under `words`.
    pub(super) fn json(text: &'t str, words: &str) -> Sheet<'t> {
        let document = json::read(text, Span::new(0, text.len()));
        Sheet::tree(text, document, words)
    }

    /// An object inside of another one, known there by the key at `place`; its words stand under `words`.
    pub(super) fn entry(text: &'t str, root: Node, words: &str, place: Span) -> Sheet<'t> {
        let body = root.get(words).map_or(Span::empty(place.end as usize), |node| inner(text, node));
        let words = root.get(words).and_then(Node::scalar).map(agent::words);
        Sheet { text, root, body, front: Front::Sound, place, words }
    }

    fn tree(text: &'t str, document: syntax::yaml::Document, words: &str) -> Sheet<'t> {
        let broken = document.problems.iter().find(|_| !document.valid).map(|problem| {
            let why = match &problem.kind {
                syntax::yaml::ProblemKind::Invalid(why) => why.as_str().into(),
                _ => "it cannot be read".into(),
            };
            crate::host::Broken { span: problem.span, why, plain: false, claude: false, opencode: Some(false) }
        });
        let front = broken.map_or(Front::Sound, |broken| Front::Broken(Box::new(broken)));
        let body = document.root.get(words).map_or(Span::empty(text.len()), |node| inner(text, node));
        let words = document.root.get(words).and_then(Node::scalar).map(agent::words);
        Sheet { text, root: document.root, body, front, place: Span::empty(0), words }
    }

    /// The agent that stands here; `name` is what it is called where the text does not say so.
    pub(super) fn agent(self, system: System, name: &str) -> Reading {
        let root = &self.root;
        let turns = ["maxTurns", "max_turns", "steps", "maxSteps"];
        let efforts = ["effort", "reasoning-effort", "model_reasoning_effort"];
        let mut agent = Agent {
            name: text_of(root, "name").or_else(|| Some(Spanned::new(name.to_owned(), self.place))),
            description: text_of(root, "description"),
            tools: root.get("tools").map(|tools| tool_names(self.text, tools)).unwrap_or_default(),
            disallowed_tools: root.get("disallowedTools").map(|it| tool_names(self.text, it)).unwrap_or_default(),
            skills: names_of(self.text, root, &["skills", "skill"]),
            settings: PassSettings {
                model: text_of(root, "model").filter(|model| model.value != "inherit"),
                effort: efforts.iter().find_map(|key| take::text(root, key)),
                max_turns: turns.iter().find_map(|key| take::integer(root, key)),
                ..PassSettings::default()
            },
            body: self.body,
            ..Agent::default()
        };
        agent.sense = agent::sense(self.text, &agent);
        agent.sense.body = self.words.unwrap_or(agent.sense.body);
        // A map of switches says what is off; the rest is on.
        if matches!(root.get("tools").map(|tools| &tools.kind), Some(Kind::Map(_))) {
            agent.sense.tools = None;
        }
        let mut leads_to = handoffs(root);
        leads_to.extend(take::list(root, "agents").into_iter().filter(|agent| agent.value != "*"));
        if system == System::ClaudeCode {
            leads_to.extend(agent.tools.iter().flat_map(|tool| agents_of(self.text, tool)));
        }
        let keys = root.entries().iter().map(|entry| HostKey {
            name: entry.key.value.as_str().into(),
            span: entry.key.span,
            value: entry.value.span,
            shape: Shape::of(&entry.value),
        });
        let host =
            HostAgent { system, front: self.front, keys: keys.collect(), leads_to, provenance: provenance(self.text) };
        agent.host = Some(Box::new(host));
        let mut names = Collector::default();
        // A note beside agents is none; only opencode takes one without front matter.
        let is_note =
            agent.host.as_ref().is_some_and(|host| host.front == Front::Missing) && system != System::OpenCode;
        if !is_note {
            names.agent(&agent, name, self.place);
        }
        let facts = names.facts(meaning(root));
        Reading { content: Content::Agent(Box::new(agent)), facts, problems: Vec::new() }
    }

    /// The guide that stands here; `name` is what it is called where the text does not say so, or always for one that is
    /// called by its file.
    pub(super) fn guide(self, system: System, kind: GuideKind, name: &str, by_file: bool) -> Reading {
        let root = &self.root;
        let own = text_of(root, "name").filter(|_| !by_file);
        let mut agent = text_of(root, "agent");
        // modes of the editor's own
        if system == System::Copilot {
            agent = agent.filter(|agent| !BUILT_IN.iter().any(|known| agent.value.eq_ignore_ascii_case(known)));
        }
        let tools = ["tools", "allowed-tools"].iter().find_map(|key| root.get(key));
        let guide = Guide {
            system,
            kind,
            name: own.unwrap_or_else(|| Spanned::new(name.to_owned(), self.place)),
            description: text_of(root, "description").map(|words| words.map(|words| short(&words))),
            agent,
            model: text_of(root, "model").filter(|model| model.value != "inherit"),
            skills: names_of(self.text, root, &["skills"]),
            leads_to: handoffs(root),
            tools: tools.map(|tools| tool_names(self.text, tools)).unwrap_or_default(),
            body: self.body,
        };
        let mut names = Collector::default();
        names.guide(&guide);
        let facts = names.facts(meaning(root));
        Reading { content: Content::Guide(Box::new(guide)), facts, problems: Vec::new() }
    }
}

/// The text under `key`, when it is one.
fn text_of(root: &Node, key: &str) -> Option<Spanned<String>> {
    let node = root.get(key)?;
    matches!(Shape::of(node), Shape::Text(_)).then(|| take::word(node)).flatten()
}

/// The names under the first of `keys` that is there: a list, or one text with commas.
fn names_of(text: &str, root: &Node, keys: &[&str]) -> Vec<Spanned<String>> {
    let node = keys.iter().find_map(|key| root.get(key));
    node.filter(|node| !matches!(node.kind, Kind::Map(_))).map(|node| tool_names(text, node)).unwrap_or_default()
}

/// `handoffs: [{label, agent, prompt}]`.
fn handoffs(root: &Node) -> Vec<Spanned<String>> {
    let items = root.get("handoffs").map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| take::text(item, "agent")).collect()
}

/// The agents in `Agent(reviewer, tester)`, which older versions call `Task(…)`: those of plugins are elsewhere.
fn agents_of(text: &str, tool: &Spanned<String>) -> Vec<Spanned<String>> {
    let written = tool.span.of(text);
    let named = ["Agent(", "Task("].iter().find_map(|tool| {
        let (before, rest) =
            written.split_once(tool).filter(|(before, _)| before.trim_matches(['"', '\'']).is_empty())?;
        Some((before.len() + tool.len(), rest.split_once(')')?.0))
    });
    let Some((start, names)) = named else { return Vec::new() };
    let mut at = tool.span.start as usize + start;
    let mut found = Vec::new();
    for part in names.split(',') {
        let name = part.trim();
        if !name.is_empty() && !name.contains([':', '*']) {
            let from = at + part.len() - part.trim_start().len();
            found.push(Spanned::new(name.to_owned(), Span::new(from, from + name.len())));
        }
        at += part.len() + 1;
    }
    found
}

/// Tools are a list, one text with commas, or a map of switches, depending on the host. A comma inside `Bash(…)` is none.
pub(super) fn tool_names(text: &str, node: &Node) -> Vec<Spanned<String>> {
    match &node.kind {
        Kind::Map(entries) => {
            let on = entries.iter().filter(|entry| entry.value.scalar() != Some("false"));
            on.map(|entry| entry.key.clone()).collect()
        }
        Kind::Scalar(_) => {
            let source = node.span.of(text);
            let mut found = Vec::new();
            let (mut from, mut depth) = (0, 0_usize);
            let ends = source.char_indices().chain([(source.len(), ',')]);
            for (at, letter) in ends {
                match letter {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    ',' if depth == 0 || at == source.len() => {
                        let part = &source[from..at];
                        let name = part.trim().trim_matches(['"', '\'']).trim();
                        if let Some(offset) = part.find(name).filter(|_| !name.is_empty()) {
                            let start = node.span.start as usize + from + offset;
                            found.push(Spanned::new(name.to_owned(), Span::new(start, start + name.len())));
                        }
                        from = at + 1;
                    }
                    _ => {}
                }
            }
            found
        }
        _ => take::words(node),
    }
}

/// The text of a scalar without its quotes.
fn inner(text: &str, node: &Node) -> Span {
    let Kind::Scalar(scalar) = &node.kind else { return Span::empty(node.span.start as usize) };
    let source = node.span.of(text);
    let quotes = match scalar.style {
        Style::Plain | Style::Block if source.starts_with("\"\"\"") || source.starts_with("'''") => 3,
        Style::Plain => 0,
        Style::Single | Style::Double if source.starts_with("\"\"\"") || source.starts_with("'''") => 3,
        Style::Single | Style::Double => 1,
        Style::Block => 0,
    };
    let end = (node.span.end as usize).saturating_sub(quotes);
    Span::new((node.span.start as usize + quotes).min(end), end)
}

/// The last name of a path without its endings.
pub(super) fn stem<'p>(path: &'p str, endings: &[&str]) -> &'p str {
    let name = path.rsplit('/').next().unwrap_or(path);
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The folder that a skill is: `review` of `.claude/skills/review/SKILL.md`.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or_default()
}

/// True for `<name>/SKILL`: what is left of the path of a skill.
pub(super) fn is_skill(inside: &str) -> bool {
    inside.strip_suffix("/SKILL").is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// One line, cut.
fn short(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(GUIDE_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The comment in the first lines of a projected file.
fn provenance(text: &str) -> Option<Provenance> {
    const LINES: usize = 4;
    let head: usize = text.split_inclusive('\n').take(LINES).map(str::len).sum();
    let at = text[..head].find(MARK)? + MARK.len();
    let line = text[at..].lines().next().unwrap_or_default();
    let (source, rest) = line.split_once(" sha256:")?;
    let word = |rest: &str| rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let digest = &rest[..word(rest)];
    let from = at + source.len() + " sha256:".len();
    let behind = &rest[digest.len()..];
    let own = behind.strip_prefix(" text:").map(|own| &own[..word(own)]);
    let place = |start: usize, part: &str| Spanned::new(part.to_owned(), Span::new(start, start + part.len()));
    let rest = own.map(|own| place(from + digest.len() + " text:".len(), own));
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let untouched = rest.as_ref().is_some_and(|own| own.value == crate::host::digest_without_line(text, line_start));
    Some(Provenance { source: place(at, source), digest: place(from, digest), rest, untouched })
}

/// Keys of the standard for skills, which all hosts read; some read more.
pub(super) mod skill {
    use crate::schema::{Key, Value, key};

    pub(crate) const NAME: Key =
        key("name", Value::Text, "What it is called: 1 to 64 of small letters, digits and single `-`, as its folder.")
            .or("the name of its folder");
    pub(crate) const DESCRIPTION: Key = key(
        "description",
        Value::Text,
        "What it does and when to use it: by this an agent chooses it. At most 1,024 characters.",
    );
    pub(crate) const LICENSE: Key = key("license", Value::Text, "The license it is under, or the file that says so.");
    pub(crate) const COMPATIBILITY: Key =
        key("compatibility", Value::Text, "What it needs: a product, programs, the network. At most 500 characters.");
    pub(crate) const METADATA: Key =
        key("metadata", Value::Table(&Value::Text), "Texts of your own by name; hosts pass over them.");
    pub(crate) const ALLOWED_TOOLS: Key = key(
        "allowed-tools",
        Value::OneOrMore(&Value::Text),
        "Tools that it may use without asking. An experiment of the standard.",
    );
}

/// A skill, where a host reads the keys of the standard and no more.
macro_rules! standard_skill {
    ($name:ident, $system:expr, $source:expr) => {
        static $name: crate::schema::KeyTable = crate::schema::KeyTable {
            system: $system,
            title: "a skill",
            source: $source,
            keys: &[
                crate::schema::Key { required: true, ..crate::foreign::host::skill::NAME },
                crate::schema::Key { required: true, ..crate::foreign::host::skill::DESCRIPTION },
                crate::foreign::host::skill::LICENSE,
                crate::foreign::host::skill::COMPATIBILITY,
                crate::foreign::host::skill::METADATA,
                crate::foreign::host::skill::ALLOWED_TOOLS,
            ],
        };
    };
}
pub(super) use standard_skill;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_written_in_many_ways() {
        let names = |yaml: &str| {
            let root = syntax::yaml::read(yaml, Span::new(0, yaml.len())).root;
            let found = tool_names(yaml, root.get("tools").unwrap());
            found.iter().for_each(|name| assert_eq!(name.span.of(yaml).trim_matches('"'), name.value));
            found.into_iter().map(|name| name.value).collect::<Vec<_>>().join("|")
        };
        assert_eq!(names("tools: Read, Grep"), "Read|Grep");
        assert_eq!(names("tools: \"Read, Grep\""), "Read|Grep");
        assert_eq!(names("tools: Bash(git add:*, git log:*), Read"), "Bash(git add:*, git log:*)|Read");
        assert_eq!(names("tools: [read, \"edit\"]"), "read|edit");
        assert_eq!(names("tools: {read: true, edit: false}"), "read");
        assert_eq!(names("tools: \"*\""), "*");
        assert_eq!(names("tools:"), "");
    }
}
