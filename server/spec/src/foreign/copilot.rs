//! Reads what GitHub Copilot and VS Code keep in a repository: agents (`.github/agents/*.md`, `*.agent.md`, and the older
//! `.github/chatmodes/*.chatmode.md`), prompts (`.github/prompts/*.prompt.md`), instructions
//! (`.github/instructions/*.instructions.md`) and skills (`.github/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill, stem};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[
        ".github/agents/**",
        ".github/chatmodes/*.chatmode.md",
        ".github/prompts/**",
        ".github/instructions/**",
        ".github/skills/*/SKILL.md",
    ],
    kind: |path| what(path).map(|(kind, _)| if kind.is_some() { FileKind::Guide } else { FileKind::HostAgent }),
    read: |path, text| {
        let (kind, ending) = what(path)?;
        let sheet = Sheet::markdown(text);
        Some(match kind {
            None => sheet.agent(System::Copilot, &agent_name(path, ending)),
            Some(GuideKind::Skill) => sheet.guide(System::Copilot, GuideKind::Skill, folder(path), false),
            Some(kind) => sheet.guide(System::Copilot, kind, stem(path, &[ending]), false),
        })
    },
};

/// The kind of guide at a path, `None` inside for an agent; and how its file name ends.
fn what(path: &str) -> Option<(Option<GuideKind>, &'static str)> {
    let (folder, inside) = path.strip_prefix(".github/")?.split_once('/')?;
    let ends = |ending: &'static str| inside.len() > ending.len() && inside.ends_with(ending);
    Some(match folder {
        "agents" if ends(".agent.md") => (None, ".agent.md"),
        "agents" if ends(".md") => (None, ".md"),
        "chatmodes" if ends(".chatmode.md") => (None, ".chatmode.md"),
        "prompts" if ends(".prompt.md") => (Some(GuideKind::Command), ".prompt.md"),
        "instructions" if ends(".instructions.md") => (Some(GuideKind::Rule), ".instructions.md"),
        "skills" if is_skill(inside.strip_suffix(".md")?) => (Some(GuideKind::Skill), ".md"),
        _ => return None,
    })
}

/// `team--reviewer` of `.github/agents/team/reviewer.agent.md`, as its command line calls it.
fn agent_name(path: &str, ending: &str) -> String {
    let inside = path.splitn(3, '/').nth(2).unwrap_or(path);
    inside.strip_suffix(ending).unwrap_or(inside).replace('/', "--")
}

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_lead_to_others() {
        let text = "---\ndescription: Plans\ntools: ['read', 'search']\nagents: [\"*\", researcher]\nhandoffs:\n  - label: Build it\n    agent: builder\n    send: true\n---\nPlan.\n";
        assert_eq!(
            said(".github/agents/team/planner.agent.md", text),
            "agent team--planner of GitHub Copilot\n\
             description: Plans\n\
             tools: read | search\n\
             leads to: builder | researcher\n\
             Agent team--planner Definition | Agent researcher Use | Agent builder Use"
        );
        assert!(said(".github/chatmodes/old.chatmode.md", "---\ndescription: x\n---\n").starts_with("agent old of"));
        assert!(
            said(".github/agents/plain.md", "---\nname: Plain One\ndescription: x\n---\n")
                .starts_with("agent Plain One")
        );
    }

    #[test]
    fn a_list_over_lines_that_are_not_indented_is_one() {
        let text = "---\ndescription: x\ntools: [\n'read',\n'edit'\n]\n---\n";
        assert!(said(".github/agents/a.agent.md", text).contains("plain readers go on"));
    }

    #[test]
    fn prompts_instructions_and_skills() {
        let prompt = "---\nagent: planner\ndescription: Plan a feature\nmodel: x\n---\n";
        assert_eq!(
            said(".github/prompts/plan-feature.prompt.md", prompt),
            "command plan-feature of GitHub Copilot\n\
             description: Plan a feature\n\
             Command plan-feature Definition | Agent planner Use"
        );
        assert!(
            !said(".github/prompts/a.prompt.md", "---\nagent: agent\n---\n").contains("Use"),
            "a mode of the editor"
        );
        assert_eq!(
            said(".github/instructions/rust.instructions.md", "---\napplyTo: '**/*.rs'\n---\n"),
            "rule rust of GitHub Copilot\n"
        );
        assert!(said(".github/skills/lint/SKILL.md", "---\nname: lint\n---\n").starts_with("skill lint"));
        for path in [".github/prompts/a.md", ".github/workflows/a.md", ".github/agents/.md", ".github/README.md"] {
            assert_eq!(said(path, "---\nname: a\n---\n"), "not ours", "{path}");
        }
    }
}
