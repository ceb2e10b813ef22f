//! Readers of other tools' files, one file each, all onto the models that they share: work artifacts (`crate::work`),
//! workflows (`crate::flow`), instructions (`crate::guide`), boards of tickets (`crate::board`), and agents.
//!
//! A reader says first whether a text is its tool's at all: a path alone proves nothing, and a name alone even less. What it
//! reports as a problem is certainly wrong for the tool that owns the file; everything else it passes over in silence.

pub(crate) mod agentic_workflows;
mod atomic;
mod atomic_agents;
pub(crate) mod backlog;
pub(crate) mod beads;
mod bmad;
mod bmad_skill;
mod boxes;
mod claude_code;
mod codex;
mod copilot;
mod cursor;
pub(crate) mod formulas;
mod front;
mod gemini;
pub(crate) mod host;
mod ids;
pub(crate) mod keys;
mod kiro;
mod kiro_agents;
mod kiro_hook;
mod kiro_workflow;
mod open_spec;
mod opencode;
mod opencode_config;
mod pyyaml;
pub(crate) mod spec_kit;
mod spec_kit_manifest;
mod spec_kit_registry;
mod spec_kit_workflow;
pub(crate) mod symphony;
pub(crate) mod taskmaster;

use crate::problem::Problem;
use crate::project::{Content, Facts, FileKind};
use keys::Keys;

/// The tool that a file belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum System {
    /// Spec Kit: `.specify/`, `specs/<feature>/`.
    SpecKit,
    /// Claude Code: `.claude/`.
    ClaudeCode,
    /// GitHub Copilot and VS Code: `.github/agents/`, `.github/prompts/`.
    Copilot,
    /// opencode: `.opencode/`, `opencode.json`.
    OpenCode,
    /// Gemini CLI: `.gemini/`.
    Gemini,
    /// Codex: `.codex/`, `.agents/skills/`.
    Codex,
    /// Cursor: `.cursor/`.
    Cursor,
    /// Kiro: `.kiro/`.
    Kiro,
    /// GitHub Agentic Workflows: `.github/workflows/*.md`.
    AgenticWorkflows,
    /// Symphony: `WORKFLOW.md`.
    Symphony,
    /// Gas Town and Beads share formulas: `*.formula.toml`.
    GasTown,
    /// Beads: `.beads/`.
    Beads,
    /// Atomic: `.atomic/`.
    Atomic,
    /// OpenSpec: `openspec/`.
    OpenSpec,
    /// Backlog.md: `backlog/`.
    Backlog,
    /// Task Master: `.taskmaster/`.
    TaskMaster,
    /// BMAD: `_bmad/`, stories and sprint status.
    Bmad,
}

impl System {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            System::SpecKit => "Spec Kit",
            System::ClaudeCode => "Claude Code",
            System::Copilot => "GitHub Copilot",
            System::OpenCode => "opencode",
            System::Gemini => "Gemini CLI",
            System::Codex => "Codex",
            System::Cursor => "Cursor",
            System::Kiro => "Kiro",
            System::AgenticWorkflows => "GitHub Agentic Workflows",
            System::Symphony => "Symphony",
            System::GasTown => "Gas Town",
            System::Beads => "Beads",
            System::Atomic => "Atomic",
            System::OpenSpec => "OpenSpec",
            System::Backlog => "Backlog.md",
            System::TaskMaster => "Task Master",
            System::Bmad => "BMAD",
        }
    }

    /// What stands before names of this system's things in the graph, so that two systems may use one name. Spec Kit's
    /// features have none.
    pub fn prefix(self) -> &'static str {
        match self {
            System::SpecKit => "",
            System::ClaudeCode => "claude:",
            System::Copilot => "copilot:",
            System::OpenCode => "opencode:",
            System::Gemini => "gemini:",
            System::Codex => "codex:",
            System::Cursor => "cursor:",
            System::Kiro => "kiro:",
            System::AgenticWorkflows => "gh-aw:",
            System::Symphony => "symphony:",
            System::GasTown => "gastown:",
            System::Beads => "beads:",
            System::Atomic => "atomic:",
            System::OpenSpec => "openspec:",
            System::Backlog => "backlog:",
            System::TaskMaster => "taskmaster:",
            System::Bmad => "bmad:",
        }
    }
}

/// What a reader understood.
pub(crate) struct Reading {
    /// What the file says.
    pub content: Content,
    /// Names it defines and uses.
    pub facts: Facts,
    /// What is certainly wrong for the tool that owns it.
    pub problems: Vec<Problem>,
}

/// A reader of one tool's files.
pub(crate) struct Reader {
    /// Where they lie: see [`crate::places`].
    pub places: &'static [&'static str],
    /// What the file at a path may be to the tool; `None` when it is not one of its files.
    pub kind: fn(path: &str) -> Option<FileKind>,
    /// Reads the text at such a path; `None` when the text is not the tool's.
    pub read: fn(path: &str, text: &str) -> Option<Reading>,
    /// The keys that may stand around an offset of such a text; `None` where it has none.
    pub keys: fn(path: &str, text: &str, offset: usize) -> Option<Keys>,
}

/// All readers. Where two know a path, the first whose kind it is reads it.
pub(crate) const READERS: &[&Reader] = &[
    &spec_kit::READER,
    &spec_kit_workflow::READER,
    &spec_kit_manifest::READER,
    &spec_kit_registry::READER,
    &kiro::READER,
    &open_spec::READER,
    &bmad::READER,
    &bmad_skill::READER,
    &formulas::READER,
    &agentic_workflows::READER,
    &symphony::READER,
    &claude_code::READER,
    &copilot::READER,
    &opencode::READER,
    &opencode_config::READER,
    &gemini::READER,
    &codex::READER,
    &cursor::READER,
    &kiro_agents::READER,
    &atomic_agents::READER,
    &kiro_workflow::READER,
    &kiro_hook::READER,
    &atomic::READER,
    &backlog::READER,
    &beads::READER,
    &taskmaster::READER,
];

/// The reader of a path.
pub(crate) fn reader(path: &str) -> Option<(FileKind, &'static Reader)> {
    READERS.iter().find_map(|reader| Some(((reader.kind)(path)?, *reader)))
}

/// See [`crate::work::is_id`].
pub(crate) fn is_id(word: &str) -> bool {
    matches!(ids::leading(word), Some((_, length)) if length == word.len())
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::SpecFile;
    use crate::host::Front;
    use crate::project::Content;
    use std::fmt::Write;

    /// What a reader of a host says about a file, a line each, for the tests of the readers.
    pub(crate) fn said(path: &str, text: &str) -> String {
        let Some(file) = SpecFile::read(path, text) else { return "not ours".to_owned() };
        assert_eq!(file.problems, []);
        let list = |label: &str, words: &[text::Spanned<String>]| {
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            if words.is_empty() { String::new() } else { format!("{label}: {}\n", words.join(" | ")) }
        };
        let description = |words: &Option<text::Spanned<String>>| list("description", words.as_slice());
        let mut said = String::new();
        match &file.content {
            Content::Agent(agent) => {
                let host = agent.host.as_ref().unwrap();
                let _ = writeln!(said, "agent {} of {}", agent.name.as_ref().unwrap().value, host.system.word());
                said += &description(&agent.description);
                said += &list("tools", &agent.tools);
                said += &list("skills", &agent.skills);
                said += &list("leads to", &host.leads_to);
                match &host.front {
                    Front::Missing => said += "no front matter\n",
                    Front::Sound => {}
                    Front::Broken(broken) if broken.plain => said += "plain readers go on\n",
                    Front::Broken(broken) => {
                        let _ = writeln!(
                            said,
                            "strict readers stop at `{}`: Claude Code {}, opencode {:?}",
                            broken.span.of(text),
                            broken.claude,
                            broken.opencode
                        );
                    }
                }
            }
            Content::Guide(guide) => {
                let _ = writeln!(said, "{} {} of {}", guide.kind.word(), guide.name.value, guide.system.word());
                said += &description(&guide.description);
                said += &list("tools", &guide.tools);
                said += &list("skills", &guide.skills);
                said += &list("leads to", &guide.leads_to);
            }
            other => panic!("{other:?}"),
        }
        let names: Vec<String> =
            file.facts.names.iter().map(|(name, role, _)| format!("{:?} {} {role:?}", name.kind, name.text)).collect();
        said += &names.join(" | ");
        if names.is_empty() && matches!(file.content, Content::Agent(_)) {
            said.pop();
        }
        said
    }
}
