//! Reads what GitHub Copilot and VS Code keep in a repository: agents (`.github/agents/*.md`, `*.agent.md`, and the older
//! `.github/chatmodes/*.chatmode.md`), prompts (`.github/prompts/*.prompt.md`), instructions
//! (`.github/instructions/*.instructions.md`) and skills (`.github/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill, skill, stem};
use super::keys;
use super::keys::table::*;
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
    keys: |path, text, _| {
        let table = match what(path)?.0 {
            None => &AGENT,
            Some(GuideKind::Command) => &PROMPT,
            Some(GuideKind::Rule) => &INSTRUCTIONS,
            Some(_) => &SKILL,
        };
        keys::front(text, table)
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

const TOOLS: Words = &[
    word("read", "Reads files."),
    word("edit", "Changes files."),
    word("search", "Searches files."),
    word("execute", "Runs commands."),
    word("agent", "Starts other agents."),
    word("web", "Reads the web."),
    word("todo", "Keeps a to-do list."),
    word("*", "All."),
];

const TARGETS: Words = &[
    word("vscode", "Only VS Code offers it."),
    word("github-copilot", "Only Copilot on GitHub and its command line do."),
];

static AGENT: KeyTable = KeyTable {
    system: System::Copilot,
    title: "an agent",
    source: "Copilot CLI 1.0.102 and https://code.visualstudio.com/docs/agents/reference/custom-agent-file-reference",
    keys: &[
        key("name", Text, "What it is called.").or("the name of its file"),
        required(
            "description",
            Text,
            "What it is for: by this it is chosen. The command line leaves a file without it out.",
        ),
        key(
            "tools",
            OneOrMore(&Open(TOOLS)),
            "The only tools it has; `server/tool` and `server/*` are those of MCP servers.",
        )
        .or("all tools"),
        key("model", OneOrMore(&Text), "Its model; VS Code takes the first of a list that is there.")
            .or("as in the session"),
        key("target", OneOf(TARGETS), "Where it is offered. The command line passes over it.").or("everywhere"),
        key("mcp-servers", Any, "MCP servers of its own, by name. Of the command line and GitHub; VS Code ignores it."),
        key("agents", OneOrMore(&Name(NameKind::Agent)), "Agents that it may start; `*` is all. Of VS Code.").or("all"),
        key(
            "handoffs",
            List(&Map(Of(&HANDOFF))),
            "Buttons that lead on to another agent. Of VS Code; others pass over it.",
        ),
        key("argument-hint", Text, "What is shown in the empty field when it is chosen. Of VS Code."),
        key("user-invocable", Boolean, "False: it is not in the list of agents.").or("`true`"),
        key("disable-model-invocation", Boolean, "True: other agents cannot start it.").or("`false`"),
        key("reasoning-effort", Open(EFFORTS), "How hard the model thinks. Of the command line."),
        key("skills", List(&Name(NameKind::Skill)), "Skills whose text it has from the start. Of the command line."),
        key("hooks", Any, "Hooks that hold while it runs, by event."),
        key("metadata", Table(&Text), "Texts of your own, which GitHub keeps. The command line warns and ignores it."),
        key("infer", Boolean, "Whether other agents may start it.")
            .but("Deprecated: `user-invocable` and `disable-model-invocation` say it"),
    ],
};

static HANDOFF: KeyTable = KeyTable {
    system: System::Copilot,
    title: "a handoff",
    source: "https://code.visualstudio.com/docs/agents/reference/custom-agent-file-reference",
    keys: &[
        required("label", Text, "What stands on the button."),
        required(
            "agent",
            Name(NameKind::Agent),
            "The agent that goes on. Nothing happens when there is none of that name.",
        ),
        key("prompt", Text, "What is said to it."),
        key("send", Boolean, "True: it is sent at once.").or("`false`"),
        key("showContinueOn", Boolean, "False: no choice of where to go on.").or("`true`"),
        key("model", Text, "The model that it goes on with."),
    ],
};

const MODES: Words = &[word("ask", "Answers only."), word("agent", "Works on its own."), word("plan", "Plans first.")];

static PROMPT: KeyTable = KeyTable {
    system: System::Copilot,
    title: "a prompt",
    source: "https://code.visualstudio.com/docs/copilot/customization/prompt-files",
    keys: &[
        key("description", Text, "One line about it."),
        key("name", Text, "What it is called behind `/`.").or("the name of its file"),
        key("argument-hint", Text, "What is shown behind its name."),
        key("agent", NameOr(NameKind::Agent, MODES), "What runs it: `ask`, `agent`, `plan`, or an agent's name.")
            .or("the one that is chosen"),
        key("model", Text, "Its model.").or("the one that is chosen"),
        key("tools", OneOrMore(&Open(TOOLS)), "The tools that it may use.").or("those of its agent"),
        key("mode", Open(MODES), "What runs it.").but("Deprecated: `agent` says it"),
    ],
};

static INSTRUCTIONS: KeyTable = KeyTable {
    system: System::Copilot,
    title: "instructions",
    source: "https://code.visualstudio.com/docs/copilot/customization/custom-instructions",
    keys: &[
        required("applyTo", Glob, "Globs with commas between: the instructions hold where such files are worked on."),
        key("description", Text, "What they are about."),
        key("name", Text, "What they are called.").or("the name of their file"),
        key("excludeAgent", OneOf(EXCLUDED), "Who does not read them."),
    ],
};

const EXCLUDED: Words =
    &[word("code-review", "Copilot's review of pull requests."), word("coding-agent", "Copilot's agent on GitHub.")];

static SKILL: KeyTable = KeyTable {
    system: System::Copilot,
    title: "a skill",
    source: "https://agentskills.io/specification and https://code.visualstudio.com/docs/copilot/customization/agent-skills",
    keys: &[
        Key { required: true, ..skill::NAME },
        Key { required: true, ..skill::DESCRIPTION },
        key("argument-hint", Text, "What is shown behind its name."),
        key("user-invocable", Boolean, "False: it is not in the menu of `/`.").or("`true`"),
        key("disable-model-invocation", Boolean, "True: only you start it.").or("`false`"),
        skill::LICENSE,
        skill::COMPATIBILITY,
        skill::METADATA,
        skill::ALLOWED_TOOLS,
    ],
};

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
