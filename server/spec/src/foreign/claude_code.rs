//! Reads what Claude Code keeps in a repository: agents (`.claude/agents/**/*.md`, known by their key `name`), skills
//! (`.claude/skills/<name>/SKILL.md`), commands (`.claude/commands/**/*.md`, known by their file) and rules
//! (`.claude/rules/**/*.md`).

use super::host::{Sheet, skill, stem};
use super::keys::table::*;
use super::{Reader, System, keys};
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
    keys: |path, text, _| {
        keys::front(
            text,
            match what(path)? {
                None => &AGENT,
                Some(GuideKind::Rule) => &RULE,
                Some(GuideKind::Command) => &COMMAND,
                Some(_) => &SKILL,
            },
        )
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

const AGENTS: &str = "Claude Code 2.1.328 and its documentation: https://code.claude.com/docs/en/sub-agents";
const SKILLS: &str = "Claude Code 2.1.328 and its documentation: https://code.claude.com/docs/en/skills";

const MODELS: Words = &[
    word("inherit", "That of the conversation."),
    word("haiku", "The newest small one."),
    word("sonnet", "The newest one for every day."),
    word("opus", "The newest large one."),
    word("fable", "The newest of that family."),
];

const TOOLS: Words = &[
    word("Read", "Reads files."),
    word("Edit", "Changes parts of files."),
    word("Write", "Writes whole files."),
    word("NotebookEdit", "Changes notebooks."),
    word("Grep", "Searches in files."),
    word("Glob", "Finds files by pattern."),
    word("Bash", "Runs commands; `Bash(git log:*)` only some."),
    word("Agent", "Starts other agents; `Agent(reviewer)` only some."),
    word("Skill", "Uses skills."),
    word("WebFetch", "Reads a page of the web."),
    word("WebSearch", "Searches the web."),
    word("TodoWrite", "Keeps a to-do list."),
];

const EFFORT: Key = key("effort", Open(EFFORTS), "How hard the model thinks.").or("as in the session");
const MODEL: Key = key("model", Open(MODELS), "An alias, or the full name of a model.").or("`inherit`");
const HOOKS_KEY: Key = key("hooks", Map(Of(&HOOKS)), "Hooks by event, which hold only while it runs.");
const SHELLS: Words = &[word("bash", "Bash."), word("powershell", "PowerShell.")];

static AGENT: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "an agent",
    source: AGENTS,
    keys: &[
        required("name", Text, "What it is called: small letters and `-`, no `:`. Its file may be called otherwise."),
        required(
            "description",
            Text,
            "When to use it: by this Claude chooses it. A file without it is skipped without a word.",
        ),
        key("tools", OneOrMore(&Open(TOOLS)), "The only tools it has: a list, or one text with commas.")
            .or("all tools of the conversation"),
        key("disallowedTools", OneOrMore(&Open(TOOLS)), "Tools taken away from those that it has."),
        MODEL,
        key("permissionMode", OneOf(PERMISSION_MODES), "What it may do without asking. Agents of plugins: ignored.")
            .or("as in the session"),
        key("maxTurns", Integer, "Turns after which it stops.").or("no limit"),
        key("skills", OneOrMore(&Name(NameKind::Skill)), "Skills whose whole text it has from the start."),
        key(
            "mcpServers",
            Any,
            "MCP servers: names of known ones, or maps that define one. Agents of plugins: ignored.",
        ),
        HOOKS_KEY,
        key("memory", OneOf(MEMORY), "Where it keeps notes from one conversation to the next.").or("it keeps none"),
        key("background", Boolean, "True: always runs in the background.").or("`false`"),
        EFFORT,
        key("isolation", OneOf(ISOLATION), "Where it works.").or("in the folder of the conversation"),
        key(
            "color",
            OneOf(COLORS),
            "Its colour in the list of tasks. Copilot ignores it; opencode refuses to start over a name.",
        ),
        key("initialPrompt", Text, "The first words to it when it runs as the main agent."),
        key("omitClaudeMd", Boolean, "True: it does not get CLAUDE.md.").or("`false`"),
        key("autoCompactWindow", Integer, "Tokens at which its conversation is made shorter."),
        key("experimental", Any, "Settings that may change with any version."),
    ],
};

const PERMISSION_MODES: Words = &[
    word("default", "Asks as usual."),
    word("manual", "Asks for everything."),
    word("acceptEdits", "Changes files without asking."),
    word("auto", "A classifier decides instead of you."),
    word("dontAsk", "Refuses what would have to be asked."),
    word("bypassPermissions", "Does everything without asking."),
    word("plan", "Reads and plans, changes nothing."),
];

const MEMORY: Words = &[
    word("user", "For all your projects: `~/.claude/agent-memory/`."),
    word("project", "In the repository: `.claude/agent-memory/`."),
    word("local", "In the repository, kept out of git."),
];

const ISOLATION: Words = &[word("worktree", "In a git work tree of its own.")];

const COLORS: Words = &[
    word("red", ""),
    word("blue", ""),
    word("green", ""),
    word("yellow", ""),
    word("purple", ""),
    word("orange", ""),
    word("pink", ""),
    word("cyan", ""),
];

static HOOKS: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "`hooks`",
    source: HOOKS_PAGE,
    keys: &[
        key("PreToolUse", EVENT, "Before a tool is used; may forbid it."),
        key("PostToolUse", EVENT, "After a tool was used."),
        key("PostToolUseFailure", EVENT, "After a tool failed."),
        key("PermissionRequest", EVENT, "When you would be asked; may answer."),
        key("UserPromptSubmit", EVENT, "When you send words; may stop them."),
        key("SessionStart", EVENT, "When a session begins or goes on."),
        key("SessionEnd", EVENT, "When a session ends."),
        key("SubagentStart", EVENT, "When an agent is started."),
        key("SubagentStop", EVENT, "When an agent has ended."),
        key("Stop", EVENT, "When it has ended; in an agent's file read as `SubagentStop`."),
        key("PreCompact", EVENT, "Before a conversation is made shorter."),
        key("Notification", EVENT, "When Claude Code wants your attention."),
        key("TaskCompleted", EVENT, "When a task is marked as done; may forbid it."),
        key("InstructionsLoaded", EVENT, "When CLAUDE.md or a rule was read."),
    ],
};

const HOOKS_PAGE: &str = "the documentation of Claude Code: https://code.claude.com/docs/en/hooks";
const EVENT: Value = List(&Map(Of(&MATCHER)));

static MATCHER: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "an entry of a hook's event",
    source: HOOKS_PAGE,
    keys: &[
        key(
            "matcher",
            Text,
            "Which tools or sources it is for: a name or a pattern. A list makes the settings invalid.",
        )
        .or("all"),
        required("hooks", List(&Map(Of(&HOOK))), "What is done."),
    ],
};

static HOOK: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "a hook",
    source: HOOKS_PAGE,
    keys: &[
        required("type", OneOf(HOOK_TYPES), "What it does."),
        key("command", Text, "`type: command`: what is run. The event comes as JSON on standard input."),
        key("args", List(&Text), "`type: command`: arguments, which no shell looks at."),
        key("prompt", Text, "`type: prompt` and `agent`: what is asked; `$ARGUMENTS` is the event."),
        key("url", Text, "`type: http`: where the event is sent."),
        key("server", Text, "`type: mcp_tool`: the MCP server."),
        key("tool", Text, "`type: mcp_tool`: its tool."),
        key("if", Text, "Only for calls that such a permission rule fits: `Bash(git *)`."),
        key("shell", OneOf(SHELLS), "What runs the command.").or("`bash`"),
        key("timeout", Integer, "Seconds after which it is stopped.").or("600 for a command"),
        key("onFailure", Text, "What happens when it cannot be run."),
        key("async", Boolean, "True: nobody waits for it.").or("`false`"),
        key("once", Boolean, "True: only once in a session. In skills only.").or("`false`"),
        key("statusMessage", Text, "What is shown while it runs."),
    ],
};

const HOOK_TYPES: Words = &[
    word("command", "Runs a command."),
    word("prompt", "Asks a model."),
    word("agent", "Asks an agent, which may use tools."),
    word("http", "Sends the event to an address."),
    word("mcp_tool", "Calls a tool of an MCP server."),
];

const WHEN_TO_USE: Key = key(
    "when_to_use",
    Text,
    "More on when to use it, behind the description; both are cut at 1,536 characters together.",
);
const ARGUMENT_HINT: Key = key("argument-hint", Text, "What is shown behind its name: `[issue] [branch]`.");
const ARGUMENTS: Key = key("arguments", OneOrMore(&Text), "Names of its arguments, which its text has as `$name`.");
const NO_MODEL: Key =
    key("disable-model-invocation", Boolean, "True: only you start it, Claude never does.").or("`false`");
const BY_USER: Key = key("user-invocable", Boolean, "False: not in the menu of `/`; only Claude uses it.").or("`true`");
const ALLOWED: Key = key("allowed-tools", OneOrMore(&Open(TOOLS)), "Tools that are used without asking while it runs.");
const DISALLOWED: Key = key("disallowed-tools", OneOrMore(&Open(TOOLS)), "Tools that are gone while it runs.");
const CONTEXT: Key = key("context", OneOf(CONTEXTS), "Where it runs.").or("in the conversation");
const AS_AGENT: Key =
    key("agent", Name(NameKind::Agent), "`context: fork`: which agent runs it.").or("`general-purpose`");
const BACKGROUND: Key = key("background", Boolean, "`context: fork`: true runs it in the background.");
const PATHS: Key = key("paths", OneOrMore(&Glob), "Globs: it is only offered where such files are worked on.");
const SHELL: Key = key("shell", OneOf(SHELLS), "What runs the commands of its text.").or("`bash`");
const CONTEXTS: Words = &[word("fork", "In an agent of its own, which does not see the conversation.")];

static SKILL: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "a skill",
    source: SKILLS,
    keys: &[
        skill::NAME,
        skill::DESCRIPTION,
        WHEN_TO_USE,
        ARGUMENT_HINT,
        ARGUMENTS,
        NO_MODEL,
        BY_USER,
        ALLOWED,
        DISALLOWED,
        MODEL,
        EFFORT,
        CONTEXT,
        AS_AGENT,
        BACKGROUND,
        HOOKS_KEY,
        PATHS,
        SHELL,
        skill::METADATA,
        skill::LICENSE,
        skill::COMPATIBILITY,
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "a command",
    source: SKILLS,
    keys: &[
        key("name", Text, "A command is called by its file.").but("Ignored: the name of the file counts"),
        skill::DESCRIPTION,
        WHEN_TO_USE,
        ARGUMENT_HINT,
        ARGUMENTS,
        NO_MODEL,
        BY_USER,
        ALLOWED,
        DISALLOWED,
        MODEL,
        EFFORT,
        CONTEXT,
        AS_AGENT,
        BACKGROUND,
        HOOKS_KEY,
        PATHS,
        SHELL,
    ],
};

static RULE: KeyTable = KeyTable {
    system: System::ClaudeCode,
    title: "a rule",
    source: "the documentation of Claude Code: https://code.claude.com/docs/en/memory",
    keys: &[key("paths", OneOrMore(&Glob), "Globs: the rule is read when such a file is.").or("it is always read")],
};

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
    fn agents_that_it_may_start_are_named() {
        let text = "---\nname: lead\ndescription: Leads\ntools: Agent(reviewer, shop:tester , writer), Read, Task(pilot), Agent\n---\n";
        assert_eq!(
            said(".claude/agents/lead.md", text),
            "agent lead of Claude Code\n\
             description: Leads\n\
             tools: Agent(reviewer, shop:tester , writer) | Read | Task(pilot) | Agent\n\
             leads to: reviewer | writer | pilot\n\
             Agent lead Definition | Agent reviewer Use | Agent writer Use | Agent pilot Use"
        );
        let text = "---\nname: lead\ndescription: Leads\ntools: [\"Agent(reviewer, writer)\", 'Task(pilot)']\n---\n";
        let file = crate::SpecFile::read(".claude/agents/lead.md", text).unwrap();
        let (_, host) = file.host_agent().unwrap();
        let places: Vec<&str> = host.leads_to.iter().map(|name| name.span.of(text)).collect();
        assert_eq!(places, ["reviewer", "writer", "pilot"]);
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
