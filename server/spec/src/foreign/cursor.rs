//! Reads what Cursor keeps in a repository: agents (`.cursor/agents/*.md`), commands (`.cursor/commands/*.md`), skills
//! (`.cursor/skills/<name>/SKILL.md`) and rules (`.cursor/rules/**/*.mdc`).

use super::host::{Sheet, folder, is_skill, skill, stem};
use super::keys;
use super::keys::table::*;
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".cursor/agents/*.md", ".cursor/commands/*.md", ".cursor/skills/*/SKILL.md", ".cursor/rules/**"],
    kind: |path| what(path).map(|kind| if kind.is_some() { FileKind::Guide } else { FileKind::HostAgent }),
    read: |path, text| {
        let sheet = Sheet::markdown(text);
        Some(match what(path)? {
            None => sheet.agent(System::Cursor, stem(path, &[".md"])),
            Some(GuideKind::Skill) => sheet.guide(System::Cursor, GuideKind::Skill, folder(path), false),
            Some(kind) => sheet.guide(System::Cursor, kind, stem(path, &[".mdc", ".md"]), true),
        })
    },
    keys: |path, text, _| {
        keys::front(
            text,
            match what(path)? {
                None => &AGENT,
                Some(GuideKind::Rule) => &RULE,
                Some(GuideKind::Skill) => &SKILL,
                // a command is plain Markdown
                Some(_) => return None,
            },
        )
    },
};

/// The kind of guide at a path; `None` inside for an agent.
fn what(path: &str) -> Option<Option<GuideKind>> {
    let (place, inside) = path.strip_prefix(".cursor/")?.split_once('/')?;
    let flat = |ending: &str| inside.len() > ending.len() && inside.ends_with(ending) && !inside.contains('/');
    match place {
        "agents" => flat(".md").then_some(None),
        "commands" => flat(".md").then_some(Some(GuideKind::Command)),
        "skills" => is_skill(inside.strip_suffix(".md")?).then_some(Some(GuideKind::Skill)),
        // a rule in plain Markdown is not read
        "rules" => inside.ends_with(".mdc").then_some(Some(GuideKind::Rule)),
        _ => None,
    }
}

const MODELS: Words = &[word("inherit", "That of the conversation."), word("fast", "A small, quick one.")];

static AGENT: KeyTable = KeyTable {
    system: System::Cursor,
    title: "an agent",
    source: "the documentation of Cursor: https://cursor.com/docs/context/subagents",
    keys: &[
        key("name", Text, "What it is called: small letters and `-`.").or("the name of its file"),
        key("description", Text, "When to use it: by this it is chosen."),
        key("model", Open(MODELS), "Its model.").or("`inherit`"),
        key("readonly", Boolean, "True: it changes nothing.").or("`false`"),
        key("is_background", Boolean, "True: nobody waits for it.").or("`false`"),
    ],
};

/// Which of these are written decides when the rule is read.
static RULE: KeyTable = KeyTable {
    system: System::Cursor,
    title: "a rule",
    source: "the documentation of Cursor: https://cursor.com/docs/context/rules",
    keys: &[
        key("description", Text, "What it is about: an agent decides by this whether to read it."),
        key("globs", OneOrMore(&Glob), "Globs with commas between: it is read where such a file is at hand."),
        key("alwaysApply", Boolean, "True: it is always read, whatever else stands here. Only the bare word counts.")
            .or("`false`"),
    ],
};

static SKILL: KeyTable = KeyTable {
    system: System::Cursor,
    title: "a skill",
    source: "https://cursor.com/docs/context/skills and https://agentskills.io/specification",
    keys: &[
        Key { required: true, ..skill::NAME },
        Key { required: true, ..skill::DESCRIPTION },
        key("disable-model-invocation", Boolean, "True: only you start it.").or("`false`"),
        skill::LICENSE,
        skill::COMPATIBILITY,
        skill::METADATA,
    ],
};

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_and_rules() {
        assert_eq!(
            said(".cursor/agents/reviewer.md", "---\nname: reviewer\ndescription: Reviews\nreadonly: true\n---\nR.\n"),
            "agent reviewer of Cursor\ndescription: Reviews\nAgent reviewer Definition"
        );
        assert_eq!(said(".cursor/rules/deep/a.mdc", "---\nalwaysApply: true\n---\n"), "rule a of Cursor\n");
        assert_eq!(said(".cursor/rules/a.md", ""), "not ours");
        assert!(said(".cursor/commands/go.md", "Go.\n").starts_with("command go of Cursor"));
    }
}
