//! Reads what Cursor keeps in a repository: agents (`.cursor/agents/*.md`), commands (`.cursor/commands/*.md`), skills
//! (`.cursor/skills/<name>/SKILL.md`) and rules (`.cursor/rules/**/*.mdc`).

use super::host::{Sheet, folder, is_skill, stem};
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
