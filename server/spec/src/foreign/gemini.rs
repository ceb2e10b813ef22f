//! Reads what Gemini CLI keeps in a repository: agents (`.gemini/agents/*.md`), commands (`.gemini/commands/**/*.toml`) and
//! skills (`.gemini/skills/<name>/SKILL.md`). A command in a folder is called `/folder:name`.

use super::host::{Sheet, folder, is_skill, standard_skill, stem};
use super::keys::table::*;
use super::keys::{self, Form};
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
    keys: |path, text, _| match what(path)? {
        None => keys::front(text, &AGENT),
        Some(GuideKind::Command) => keys::whole(text, Form::Toml, &COMMAND),
        Some(_) => keys::front(text, &SKILL),
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

const AGENTS: &str = "Gemini CLI 0.61.0 (its own reader) and https://geminicli.com/docs/core/subagents";

const KINDS: Words = &[word("local", "It runs here."), word("remote", "It is asked by the agent-to-agent protocol.")];

const TOOLS: Words = &[
    word("read_file", "Reads a file."),
    word("read_many_files", "Reads many files."),
    word("list_directory", "Lists a folder."),
    word("glob", "Finds files by pattern."),
    word("grep_search", "Searches in files."),
    word("search_file_content", "Searches in files; the older name."),
    word("replace", "Changes parts of files."),
    word("write_file", "Writes whole files."),
    word("run_shell_command", "Runs commands."),
    word("web_fetch", "Reads pages."),
    word("google_web_search", "Searches the web."),
    word("write_todos", "Keeps a to-do list."),
    word("activate_skill", "Uses skills."),
    word("*", "All."),
];

/// Any other key and the file is refused.
static AGENT: KeyTable = KeyTable {
    system: System::Gemini,
    title: "an agent",
    source: AGENTS,
    keys: &[
        key("kind", OneOf(KINDS), "Where it runs.").or("`local`"),
        required("name", Text, "What it is called: small letters, digits, `-` and `_`."),
        required("description", Text, "What it is for: by this it is chosen."),
        key("display_name", Text, "What is shown instead of the name."),
        key("tools", List(&Open(TOOLS)), "The only tools it has, by Gemini CLI's own names, or patterns: `mcp_*`.")
            .or("those of the session"),
        key("mcp_servers", Any, "MCP servers of its own, by name."),
        key("model", Text, "Its model, or `inherit`.").or("`inherit`"),
        key("temperature", Number, "From 0, which is steady, to 2.").or("1"),
        key("max_turns", Integer, "Turns after which it stops.").or("30"),
        key("timeout_mins", Integer, "Minutes after which it stops.").or("10"),
        key("agent_card_url", Text, "`kind: remote`: where its card is."),
        key("agent_card_json", Text, "`kind: remote`: its card itself."),
        key("auth", Any, "`kind: remote`: how to sign in."),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::Gemini,
    title: "a command",
    source: "the documentation of Gemini CLI: https://geminicli.com/docs/cli/custom-commands",
    keys: &[
        required(
            "prompt",
            Text,
            "What is sent: `{{args}}` is what stands behind the name, `!{…}` a command, `@{…}` a file.",
        ),
        key("description", Text, "One line, which `/help` shows.").or("made from the name of the file"),
    ],
};

standard_skill!(
    SKILL,
    System::Gemini,
    "https://geminicli.com/docs/cli/skills and https://agentskills.io/specification"
);

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
