//! Reads the agent files of hosts (`.claude/agents/*.md`, `.github/agents/*.md`, `.opencode/agents/*.md`) for name,
//! description, tools and model. They belong to other tools: nothing in them is ever reported.

use super::{Reader, Reading};
use crate::facts::{Collector, meaning};
use crate::model::{Agent, PassSettings};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::yaml::{Kind, Node};
use syntax::{front_matter, yaml};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[".claude/agents/**", ".github/agents/**", ".opencode/agents/**", ".opencode/agent/**"],
    kind,
    read,
};

fn kind(path: &str) -> Option<FileKind> {
    let below = |folder: &&str| path.strip_prefix(folder.trim_end_matches("**")).is_some();
    (READER.places.iter().any(below) && path.ends_with(".md")).then_some(FileKind::HostAgent)
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let split = front_matter::split(text);
    let root = yaml::read(text, split.yaml).root;
    let agent = agent(text, &root, split.body, path);
    let mut names = Collector::default();
    names.agent(&agent, stem(path), Span::empty(split.open.start as usize));
    let facts = names.facts(meaning(&root));
    Some(Reading { content: Content::Agent(Box::new(agent)), facts, problems: Vec::new() })
}

fn agent(text: &str, root: &Node, body: Span, path: &str) -> Agent {
    Agent {
        // opencode names agents by their file; Claude and Copilot by the key.
        name: take::text(root, "name")
            .or_else(|| Some(Spanned::new(stem(path).to_owned(), Span::empty(body.start as usize)))),
        description: take::text(root, "description"),
        tools: root.get("tools").map(|tools| tool_names(text, tools)).unwrap_or_default(),
        settings: PassSettings {
            model: take::text(root, "model").filter(|model| model.value != "inherit"),
            effort: take::text(root, "effort"),
            max_turns: take::integer(root, "maxTurns"),
            ..PassSettings::default()
        },
        body,
        ..Agent::default()
    }
}

/// `architecture-review` of `.claude/agents/architecture-review.md`, `review` of `review.agent.md`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".md").unwrap_or(name);
    name.strip_suffix(".agent").unwrap_or(name)
}

/// Tools are a list, one text with commas, or a map of switches, depending on the host.
fn tool_names(text: &str, node: &Node) -> Vec<Spanned<String>> {
    match &node.kind {
        Kind::Map(entries) => {
            let on = entries.iter().filter(|entry| entry.value.scalar() != Some("false"));
            on.map(|entry| entry.key.clone()).collect()
        }
        Kind::Scalar(_) => {
            let mut found = Vec::new();
            let mut at = node.span.start as usize;
            for part in node.span.of(text).split(',') {
                let name = part.trim().trim_matches(['"', '\'']);
                if let Some(offset) = part.find(name).filter(|_| !name.is_empty()) {
                    found.push(Spanned::new(name.to_owned(), Span::new(at + offset, at + offset + name.len())));
                }
                at += part.len() + 1;
            }
            found
        }
        _ => take::words(node),
    }
}
