//! Reads what opencode keeps in a repository: agents (`.opencode/agent/**` and `.opencode/agents/**`, known by their path
//! unless they say a name), commands (`.opencode/command/**`, `.opencode/commands/**`) and skills
//! (`.opencode/skill/<name>/SKILL.md`, `.opencode/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[
        ".opencode/agents/**",
        ".opencode/agent/**",
        ".opencode/commands/**",
        ".opencode/command/**",
        ".opencode/skills/*/SKILL.md",
        ".opencode/skill/*/SKILL.md",
    ],
    kind: |path| what(path).map(|(kind, _)| if kind.is_some() { FileKind::Guide } else { FileKind::HostAgent }),
    read: |path, text| {
        let (kind, name) = what(path)?;
        let sheet = Sheet::markdown(text);
        Some(match kind {
            None => sheet.agent(System::OpenCode, name),
            Some(kind) => sheet.guide(System::OpenCode, kind, name, kind == GuideKind::Command),
        })
    },
};

/// The kind of guide at a path, `None` inside for an agent; and the name that the path says.
fn what(path: &str) -> Option<(Option<GuideKind>, &str)> {
    let (place, inside) = path.strip_prefix(".opencode/")?.strip_suffix(".md")?.split_once('/')?;
    Some(match place {
        "agent" | "agents" if !inside.is_empty() => (None, inside),
        "command" | "commands" if !inside.is_empty() => (Some(GuideKind::Command), inside),
        "skill" | "skills" if is_skill(inside) => (Some(GuideKind::Skill), folder(path)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_are_known_by_their_path_unless_they_say_a_name() {
        let text =
            "---\ndescription: Reviews\nmode: subagent\ntools: {write: false, read: true}\nsteps: 20\n---\nReview.\n";
        assert_eq!(
            said(".opencode/agents/team/reviewer.md", text),
            "agent team/reviewer of opencode\n\
             description: Reviews\n\
             tools: read\n\
             Agent team/reviewer Definition"
        );
        assert!(said(".opencode/agent/a.md", "---\nname: other\n---\n").starts_with("agent other of opencode"));
        assert_eq!(
            said(".opencode/agents/bare.md", "You review.\n"),
            "agent bare of opencode\nno front matter\nAgent bare Definition",
            "it takes a file without front matter"
        );
    }

    #[test]
    fn commands_start_agents() {
        assert_eq!(
            said(".opencode/command/review.md", "---\nagent: reviewer\ndescription: Review it\n---\nGo.\n"),
            "command review of opencode\n\
             description: Review it\n\
             Command review Definition | Agent reviewer Use"
        );
        assert!(said(".opencode/skills/lint/SKILL.md", "---\nname: lint\n---\n").starts_with("skill lint"));
        assert_eq!(said(".opencode/plugin/a.md", ""), "not ours");
    }
}
