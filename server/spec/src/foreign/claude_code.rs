//! Reads what Claude Code keeps in a repository: agents (`.claude/agents/**/*.md`, known by their key `name`), skills
//! (`.claude/skills/<name>/SKILL.md`), commands (`.claude/commands/**/*.md`, known by their file) and rules
//! (`.claude/rules/**/*.md`).

use super::host::{Sheet, stem};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".claude/agents/**", ".claude/skills/*/SKILL.md", ".claude/commands/**", ".claude/rules/**"],
    kind: |path| what(path).map(|what| if what.is_some() { FileKind::Guide } else { FileKind::HostAgent }),
    read: |path, text| {
        let sheet = Sheet::markdown(text);
        Some(match what(path)? {
            None => sheet.agent(System::ClaudeCode, stem(path, &[".md"])),
            Some(GuideKind::Skill) => {
                sheet.guide(System::ClaudeCode, GuideKind::Skill, super::host::folder(path), false)
            }
            Some(kind) => sheet.guide(System::ClaudeCode, kind, stem(path, &[".md"]), true),
        })
    },
};

/// The kind of guide at a path; `None` inside for an agent.
fn what(path: &str) -> Option<Option<GuideKind>> {
    let rest = path.strip_prefix(".claude/")?.strip_suffix(".md")?;
    let (folder, inside) = rest.split_once('/')?;
    Some(match folder {
        "agents" => None,
        "skills" => super::host::is_skill(inside).then_some(Some(GuideKind::Skill))?,
        "commands" => Some(GuideKind::Command),
        "rules" => Some(GuideKind::Rule),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_are_known_by_their_key() {
        let text = "---\nname: reviewer\ndescription: Use when: code changes\ntools: Read, Bash(git log:*, git diff:*)\nskills: [rust-review]\nmodel: inherit\n---\nReview.\n";
        assert_eq!(
            said(".claude/agents/team/x.md", text),
            "agent reviewer of Claude Code\n\
             description: Use when: code changes\n\
             tools: Read | Bash(git log:*, git diff:*)\n\
             skills: rust-review\n\
             strict readers stop at `:`: Claude Code true, opencode Some(true)\n\
             Agent reviewer Definition | Skill rust-review Use"
        );
    }

    #[test]
    fn a_description_that_a_formatter_folded_is_whole() {
        let text = "---\nname: reviewer\ndescription:\n  Reviews a change\n  and says why\ntools: \"*\"\n---\n";
        assert_eq!(
            said(".claude/agents/x.md", text),
            "agent reviewer of Claude Code\n\
             description: Reviews a change and says why\n\
             tools: *\n\
             Agent reviewer Definition"
        );
    }

    #[test]
    fn a_readme_beside_them_is_no_agent() {
        assert_eq!(said(".claude/agents/README.md", "# Our agents\n"), "agent README of Claude Code\nno front matter");
    }

    #[test]
    fn skills_commands_and_rules() {
        let skill =
            "---\nname: rust-review\ndescription: How we review\nagent: reviewer\nallowed-tools: Read, Grep\n---\n";
        assert_eq!(
            said(".claude/skills/rust-review/SKILL.md", skill),
            "skill rust-review of Claude Code\n\
             description: How we review\n\
             tools: Read | Grep\n\
             Skill rust-review Definition | Agent reviewer Use"
        );
        assert_eq!(
            said(".claude/skills/plain/SKILL.md", "Words.\n"),
            "skill plain of Claude Code\nSkill plain Definition"
        );
        assert_eq!(
            said(".claude/commands/git/commit.md", "---\nname: other\n---\nCommit.\n"),
            "command commit of Claude Code\nCommand commit Definition"
        );
        assert_eq!(said(".claude/rules/tests.md", "---\npaths: [a]\n---\n"), "rule tests of Claude Code\n");
        for path in [".claude/skills/SKILL.md", ".claude/skills/a/NOTES.md", ".claude/agents/a.txt", ".claude/a.md"] {
            assert_eq!(said(path, "---\nname: a\n---\n"), "not ours", "{path}");
        }
    }
}
