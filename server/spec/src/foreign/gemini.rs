//! Reads what Gemini CLI keeps in a repository: agents (`.gemini/agents/*.md`), commands (`.gemini/commands/**/*.toml`) and
//! skills (`.gemini/skills/<name>/SKILL.md`). A command in a folder is called `/folder:name`.

use super::host::{Sheet, folder, is_skill, stem};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".gemini/agents/*.md", ".gemini/commands/**", ".gemini/skills/*/SKILL.md"],
    kind: |path| what(path).map(|kind| if kind.is_some() { FileKind::Guide } else { FileKind::HostAgent }),
    read: |path, text| {
        Some(match what(path)? {
            None => Sheet::markdown(text).agent(System::Gemini, stem(path, &[".md"])),
            Some(GuideKind::Command) => {
                let inside = path.strip_prefix(".gemini/commands/")?.strip_suffix(".toml")?;
                let name = inside.replace('/', ":");
                Sheet::toml(text, "prompt").guide(System::Gemini, GuideKind::Command, &name, true)
            }
            Some(kind) => Sheet::markdown(text).guide(System::Gemini, kind, folder(path), false),
        })
    },
};

/// The kind of guide at a path; `None` inside for an agent.
fn what(path: &str) -> Option<Option<GuideKind>> {
    let (place, inside) = path.strip_prefix(".gemini/")?.split_once('/')?;
    match place {
        "agents" => (inside.ends_with(".md") && !inside.contains('/')).then_some(None),
        "commands" => inside.ends_with(".toml").then_some(Some(GuideKind::Command)),
        "skills" => is_skill(inside.strip_suffix(".md")?).then_some(Some(GuideKind::Skill)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_and_commands() {
        assert_eq!(
            said(
                ".gemini/agents/reviewer.md",
                "---\nname: reviewer\ndescription: Reviews\ntools: [read_file]\nmax_turns: 5\n---\nR.\n"
            ),
            "agent reviewer of Gemini CLI\n\
             description: Reviews\n\
             tools: read_file\n\
             Agent reviewer Definition"
        );
        assert_eq!(
            said(
                ".gemini/commands/git/commit.toml",
                "description = \"Commits\"\nprompt = \"\"\"\nCommit it.\n\"\"\"\n"
            ),
            "command git:commit of Gemini CLI\n\
             description: Commits\n\
             Command git:commit Definition"
        );
        assert_eq!(said(".gemini/agents/deep/a.md", ""), "not ours");
        assert_eq!(said(".gemini/commands/a.md", ""), "not ours");
    }
}
