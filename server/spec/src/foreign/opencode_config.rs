//! Reads the agents and commands in opencode's configuration: `agent{}`, `mode{}` (agents, as old versions call them) and
//! `command{}` of `opencode.json` and `opencode.jsonc`, at the root or in `.opencode/`.
//!
//! An agent is known there by its key; a `name` in it is an option of its model. What is reported is what opencode 1.18.33
//! does not start for (`opencode debug config`): text that is no JSON with comments, an agent or command that is no map, a
//! command without its `template`. What it makes of an agent's keys, `crate::portability` says, as of an agent's own file.
//!
//! ```json
//! {"agent": {"reviewer": {"description": "Reviews", "prompt": "{file:./prompts/review.md}"}},
//!  "command": {"review": {"template": "Review $ARGUMENTS", "agent": "reviewer"}}}
//! ```
//! `{file:…}` and `{env:…}` are put in before the text is read, so a text with one may be JSON only then.

use super::host::Sheet;
use super::keys::table::*;
use super::keys::{self, Form};
use super::opencode::{ACTIONS, AGENTS, COLORS, MODES, PERMISSION};
use super::{Reader, Reading, System};
use crate::facts::{Collector, meaning};
use crate::host::Shape;
use crate::manifest::{Manifest, Part};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::json;
use syntax::yaml::{self, Entry, Kind, Node};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"],
    kind: |path| READER.places.contains(&path).then_some(FileKind::Manifest),
    read: |_, text| read(text),
    keys: |_, text, _| keys::whole(text, Form::Json, &CONFIG),
};

static CONFIG: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "the configuration of opencode",
    source: "opencode 1.18.33 and its documentation: https://opencode.ai/docs/config",
    keys: &[
        key("agent", Table(&Map(Of(&AGENT))), "Agents by name. One that has a file, too, is put together of both."),
        key("mode", Table(&Map(Of(&AGENT))), "Agents that you talk to, by name.").but("Deprecated: `agent` says it"),
        key("command", Table(&Map(Of(&COMMAND))), "Commands by name: `/name`."),
        key("default_agent", Name(NameKind::Agent), "The agent that a session begins with.").or("`build`"),
        key("permission", MapOr(Of(&PERMISSION), &OneOf(ACTIONS)), "What every agent may do without asking."),
    ],
};

static AGENT: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "an agent in the configuration",
    source: AGENTS,
    keys: &[
        key("description", Text, "What it does and when to use it: by this other agents choose it."),
        key("prompt", Text, "Its instructions; `{file:./path}` takes them from a file, which must be there."),
        key("mode", OneOf(MODES), "Who starts it.").or("`all`"),
        key("model", Text, "`provider/model`.").or("as in the session"),
        key("permission", MapOr(Of(&PERMISSION), &OneOf(ACTIONS)), "What it may do without asking, by kind of tool."),
        key("tools", Table(&Boolean), "Tools by name, on or off.").but("Deprecated: `permission` says it"),
        key("temperature", Number, "From 0, which is steady, to 1.").or("as the model has it"),
        key("steps", Integer, "Steps after which it must answer.").or("no limit"),
        key("color", Open(COLORS), "`#rrggbb` or a colour of the theme. Any other word keeps opencode from starting."),
        key("hidden", Boolean, "True: it is not offered behind `@`.").or("`false`"),
        key("disable", Boolean, "True: as if it were not there.").or("`false`"),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "a command in the configuration",
    source: "opencode 1.18.33 and its documentation: https://opencode.ai/docs/commands",
    keys: &[
        required("template", Text, "What the agent is told. Without it opencode does not start."),
        key("description", Text, "One line, which is shown where commands are listed."),
        key("agent", Name(NameKind::Agent), "The agent that runs it.").or("the one that is chosen"),
        key("model", Text, "`provider/model`.").or("that of its agent"),
        key("subtask", Boolean, "True: it always runs as a subagent, whatever the agent's `mode`."),
    ],
};

fn read(text: &str) -> Option<Reading> {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let schema = root.get("$schema").and_then(Node::scalar).unwrap_or_default();
    let of = |key: &str| root.get(key).map(Node::entries).unwrap_or_default();
    let is_its =
        schema.contains("opencode.ai") || ["agent", "mode", "command"].iter().any(|key| root.get(key).is_some());
    if !is_its {
        return None;
    }
    let mut problems = Vec::new();
    let mut refuse = |span: Span, words: String| {
        problems.push(Problem { kind: ProblemKind::Refused(System::OpenCode, words), span });
    };
    let invalid = document.problems.iter().find_map(|problem| match &problem.kind {
        yaml::ProblemKind::Invalid(words) => Some((words.clone(), problem.span)),
        _ => None,
    });
    let is_filled_in = text.contains("{env:") || text.contains("{file:");
    if let Some((words, span)) = invalid.filter(|_| !is_filled_in) {
        refuse(span, words);
    }
    let mut manifest = Manifest::new(System::OpenCode, "configuration");
    let mut names = Collector::default();
    for entry in of("agent").iter().chain(of("mode")) {
        if !matches!(entry.value.kind, Kind::Map(_)) {
            refuse(entry.value.span, "an agent must be a map".to_owned());
            continue;
        }
        let part = Part { kind: "agent", file: prompt_file(text, &entry.value), ..part(entry) };
        // The last word on whether it is there.
        if !take::boolean(&entry.value, "disable", false) {
            agent(text, entry, &mut manifest, &mut names);
        }
        manifest.parts.push(part);
    }
    for entry in of("command") {
        let Kind::Map(_) = entry.value.kind else {
            refuse(entry.value.span, "a command must be a map".to_owned());
            continue;
        };
        match entry.value.get("template") {
            None => refuse(entry.key.span, "a command needs a `template`".to_owned()),
            Some(node) if !matches!(Shape::of(node), Shape::Text(_) | Shape::Empty) => {
                refuse(node.span, format!("`template` must be text, not {}", Shape::of(node).word()));
            }
            Some(_) => {}
        }
        let starts = take::text(&entry.value, "agent").map(|agent| (NameKind::Agent, agent));
        manifest.parts.push(Part { kind: "command", starts, ..part(entry) });
    }
    names.manifest(&manifest);
    let facts = names.facts(meaning(root));
    Some(Reading { content: Content::Manifest(Box::new(manifest)), facts, problems })
}

fn part(entry: &Entry) -> Part {
    let span = entry.key.span.cover(entry.value.span);
    let description = take::text(&entry.value, "description");
    Part { name: Some(entry.key.clone()), description, span, ..Part::default() }
}

/// Reads an entry as the agent's own file is read.
fn agent(text: &str, entry: &Entry, manifest: &mut Manifest, names: &mut Collector) {
    let mut root = entry.value.clone();
    if let Kind::Map(entries) = &mut root.kind {
        entries.retain(|entry| entry.key.value != "name");
    }
    let sheet = Sheet::entry(text, root, "prompt", entry.key.span);
    let reading = sheet.agent(System::OpenCode, &entry.key.value);
    if let Content::Agent(agent) = reading.content {
        names.take(reading.facts);
        manifest.agents.push(*agent);
    }
}

/// `"prompt": "{file:./prompts/review.md}"`: the path in it.
fn prompt_file(text: &str, agent: &Node) -> Option<Spanned<String>> {
    let node = agent.get("prompt")?;
    let path = node.scalar()?.trim().strip_prefix("{file:")?.strip_suffix('}')?;
    let start = node.span.start as usize + node.span.of(text).find(path)?;
    Some(Spanned::new(path.to_owned(), Span::new(start, start + path.len())))
}

#[cfg(test)]
mod tests {
    use crate::SpecFile;
    use crate::portability::{Effect, judge};
    use crate::problem::ProblemKind;
    use crate::project::{Content, Project, Role};
    use crate::{NameKind, System};
    use std::sync::Arc;

    const CONFIG: &str = r##"{
  "$schema": "https://opencode.ai/config.json", // comments are taken
  "agent": {
    "reviewer": {"description": "Reviews", "mode": "subagent", "prompt": "{file:./prompts/review.md}", "name": "x"},
    "painter": {"color": "blue", "tools": {"read": true, "bash": false}},
    "build": {"disable": true},
  },
  "command": {
    "review": {"template": "Review it", "agent": "reviewer", "description": "Looks at it"}
  }
}
"##;

    fn read(text: &str) -> Option<SpecFile> {
        SpecFile::read("opencode.json", text)
    }

    fn refusals(text: &str) -> Vec<String> {
        let file = read(text).unwrap();
        let words = file.problems.iter().map(|problem| match &problem.kind {
            ProblemKind::Refused(System::OpenCode, words) => format!("{}: {words}", problem.span.of(text)),
            other => panic!("{other:?}"),
        });
        words.collect()
    }

    #[test]
    fn agents_and_commands_are_names_as_in_files_of_their_own() {
        let file = read(CONFIG).unwrap();
        assert_eq!(file.problems, []);
        let names: Vec<_> = file
            .facts
            .names
            .iter()
            .map(|(name, role, span)| {
                assert_eq!(span.of(CONFIG), name.text);
                format!("{:?} {} {role:?}", name.kind, name.text)
            })
            .collect();
        assert_eq!(
            names,
            [
                "Agent reviewer Definition",
                "Agent painter Definition",
                "Command review Definition",
                "Agent reviewer Use"
            ]
        );
        let Content::Manifest(manifest) = &file.content else { panic!() };
        let parts: Vec<_> =
            manifest.parts.iter().map(|part| (part.kind, part.name.as_ref().unwrap().value.as_str())).collect();
        assert_eq!(parts, [("agent", "reviewer"), ("agent", "painter"), ("agent", "build"), ("command", "review")]);
        assert_eq!(manifest.parts[0].file.as_ref().unwrap().span.of(CONFIG), "./prompts/review.md");
        let (painter, host) = file.host_agents().nth(1).unwrap();
        assert_eq!(painter.tools.iter().map(|tool| tool.value.as_str()).collect::<Vec<_>>(), ["read"]);
        let verdicts = judge(painter, host, System::OpenCode);
        assert_eq!(verdicts[0].effect, Effect::Refuses);
        assert_eq!(verdicts[0].span.of(CONFIG).trim_matches('"'), "blue");
    }

    #[test]
    fn a_file_of_the_same_name_in_markdown_is_the_same_agent() {
        let mut project = Project::default();
        project.set(Arc::new(read(CONFIG).unwrap()));
        let text = "---\ndescription: Reviews\n---\nReview.\n";
        project.set(Arc::new(SpecFile::read(".opencode/agent/reviewer.md", text).unwrap()));
        let name = crate::Name { kind: NameKind::Agent, text: "reviewer".into() };
        let places = project.places(&name);
        assert_eq!(places.iter().filter(|(_, role, _)| *role == Role::Definition).count(), 2);
    }

    #[test]
    fn says_what_opencode_does_not_start_for() {
        assert_eq!(refusals(r#"{"command": {"go": {"description": "d"}}}"#), ["\"go\": a command needs a `template`"]);
        assert_eq!(refusals(r#"{"command": {"go": {"template": 5}}}"#), ["5: `template` must be text, not a number"]);
        assert_eq!(refusals(r#"{"agent": {"a": "text"}}"#), ["\"text\": an agent must be a map"]);
        assert_eq!(refusals(r#"{"agent": {"a": {"prompt": "x"}"#).len(), 1);
        assert!(refusals(r#"{"agent": {"a": {"steps": {env:STEPS}}}}"#).is_empty(), "it is put in before");
        assert!(refusals("{\"mode\": {\"a\": {},}, }").is_empty());
    }

    #[test]
    fn another_opencode_json_is_left_alone() {
        assert!(read(r#"{"version": "1", "files": []}"#).is_none());
        assert!(SpecFile::read("docs/opencode.json", CONFIG).is_none());
        assert!(SpecFile::read(".opencode/opencode.jsonc", CONFIG).is_some());
    }
}
