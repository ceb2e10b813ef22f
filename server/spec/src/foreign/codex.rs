//! Reads what Codex keeps in a repository: agents (`.codex/agents/*.toml`) and the skills that it shares with others
//! (`.agents/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill, stem};
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
};

fn is_agent(path: &str) -> bool {
    path.strip_prefix(".codex/agents/").is_some_and(|name| name.ends_with(".toml") && !name.contains('/'))
}

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
