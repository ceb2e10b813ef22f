//! Reads what Codex keeps in a repository: agents (`.codex/agents/*.toml`) and the skills that it shares with others
//! (`.agents/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill, standard_skill, stem};
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".codex/agents/*.toml", ".agents/skills/*/SKILL.md"],
    kind: |path| {
        if is_agent(path) {
            return Some(FileKind::HostAgent);
        }
        let inside = path.strip_prefix(".agents/skills/")?.strip_suffix(".md")?;
        is_skill(inside).then_some(FileKind::Guide)
    },
    read: |path, text| {
        Some(if is_agent(path) {
            Sheet::toml(text, "developer_instructions").agent(System::Codex, stem(path, &[".toml"]))
        } else {
            Sheet::markdown(text).guide(System::Codex, GuideKind::Skill, folder(path), false)
        })
    },
    keys: |path, text, _| {
        if is_agent(path) { keys::whole(text, Form::Toml, &AGENT) } else { keys::front(text, &SKILL) }
    },
};

fn is_agent(path: &str) -> bool {
    path.strip_prefix(".codex/agents/").is_some_and(|name| name.ends_with(".toml") && !name.contains('/'))
}

const EFFORT: Words = &[
    word("none", "Not at all."),
    word("minimal", "Hardly."),
    word("low", "A little."),
    word("medium", "The usual."),
    word("high", "Long."),
    word("xhigh", "Very long."),
];

static AGENT: KeyTable = KeyTable {
    system: System::Codex,
    title: "an agent",
    source: "the documentation of Codex: https://developers.openai.com/codex/subagents",
    keys: &[
        required("name", Text, "What it is called; its file may be called otherwise."),
        required("description", Text, "When to use it: by this it is chosen."),
        required("developer_instructions", Text, "What it is told."),
        key("nickname_candidates", List(&Text), "Names of which each that is started gets one, only to be shown."),
        key("model", Text, "Its model.").or("that of the session"),
        key("model_reasoning_effort", OneOf(EFFORT), "How hard the model thinks.").or("as in the session"),
        key("skills", Map(Of(&SKILLS)), "Skills that are on or off for it."),
        key("sandbox_mode", OneOf(SANDBOXES), "What its commands may touch; what is chosen in the session wins.")
            .or("as in the session"),
        key("approval_policy", Text, "What it asks for; what is chosen in the session wins.").or("as in the session"),
        key("mcp_servers", Any, "MCP servers of its own, by name.").or("those of the session"),
        key("model_provider", Text, "Who serves the model.").or("as in the session"),
    ],
};

const SANDBOXES: Words = &[
    word("read-only", "Nothing is written."),
    word("workspace-write", "Only the folder it works in is written to."),
    word("danger-full-access", "Everything."),
];

static SKILLS: KeyTable = KeyTable {
    system: System::Codex,
    title: "`skills`",
    source: "the documentation of Codex: https://developers.openai.com/codex/skills",
    keys: &[key("config", List(&Map(Of(&SKILL_SWITCH))), "A skill each, on or off.")],
};

static SKILL_SWITCH: KeyTable = KeyTable {
    system: System::Codex,
    title: "an entry of `skills.config`",
    source: "the documentation of Codex: https://developers.openai.com/codex/skills",
    keys: &[
        required("path", Path, "The folder of the skill, or its `SKILL.md`."),
        key("enabled", Boolean, "False: it is not there.").or("`true`"),
    ],
};

standard_skill!(
    SKILL,
    System::Codex,
    "https://developers.openai.com/codex/skills and https://agentskills.io/specification"
);

#[cfg(test)]
mod tests {
    use crate::SpecFile;
    use crate::foreign::tests::said;

    #[test]
    fn an_agent_is_a_table() {
        let text = "# ours\nname = \"reviewer\"\ndescription = \"Reviews\"\nmodel = \"gpt-5\"\nmodel_reasoning_effort = \"high\"\ndeveloper_instructions = '''\nYou review.\n'''\n";
        assert_eq!(
            said(".codex/agents/reviewer.toml", text),
            "agent reviewer of Codex\n\
             description: Reviews\n\
             Agent reviewer Definition"
        );
        let file = SpecFile::read(".codex/agents/reviewer.toml", text).unwrap();
        let (agent, _) = file.host_agent().unwrap();
        assert_eq!(agent.body.of(text), "\nYou review.\n");
        assert_eq!(agent.settings.effort.as_ref().unwrap().value, "high");
        assert!(said(".agents/skills/lint/SKILL.md", "---\nname: lint\n---\n").starts_with("skill lint of Codex"));
        assert_eq!(said(".codex/agents/a.md", ""), "not ours");
    }
}
