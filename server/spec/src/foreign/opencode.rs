//! Reads what opencode keeps in a repository: agents (`.opencode/agent/**` and `.opencode/agents/**`, known by their path
//! unless they say a name), commands (`.opencode/command/**`, `.opencode/commands/**`) and skills
//! (`.opencode/skill/<name>/SKILL.md`, `.opencode/skills/<name>/SKILL.md`).

use super::host::{Sheet, folder, is_skill, standard_skill};
use super::keys;
use super::keys::table::*;
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
    keys: |path, text, _| {
        keys::front(
            text,
            match what(path)?.0 {
                None => &AGENT,
                Some(GuideKind::Command) => &COMMAND,
                Some(_) => &SKILL,
            },
        )
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

pub(super) const MODES: Words = &[
    word("primary", "You talk to it."),
    word("subagent", "Other agents start it, or you by `@`."),
    word("all", "Both."),
];

pub(super) const ACTIONS: Words =
    &[word("allow", "Without a question."), word("ask", "After a question."), word("deny", "Never.")];

pub(super) const COLORS: Words = &[
    word("primary", "A colour of the theme."),
    word("secondary", "A colour of the theme."),
    word("accent", "A colour of the theme."),
    word("success", "A colour of the theme."),
    word("warning", "A colour of the theme."),
    word("error", "A colour of the theme."),
    word("info", "A colour of the theme."),
];

/// One action, or one for each pattern.
const RULE: Value = MapOr(Of(&PATTERNS), &OneOf(ACTIONS));

static PATTERNS: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "patterns of a permission, of which the last that fits counts",
    source: PERMISSIONS,
    keys: &[key("*", OneOf(ACTIONS), "What no other pattern fits.")],
};

pub(super) const AGENTS: &str = "opencode 1.18.33 and its documentation: https://opencode.ai/docs/agents";
const PERMISSIONS: &str = "the documentation of opencode: https://opencode.ai/docs/permissions";

static AGENT: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "an agent",
    source: AGENTS,
    keys: &[
        key("name", Text, "What it is called.").or("its path below the folder of agents"),
        key("description", Text, "What it does and when to use it: by this other agents choose it."),
        key("mode", OneOf(MODES), "Who starts it.").or("`all`"),
        key("model", Text, "`provider/model`. Any other word is taken, and no model is found when it starts.")
            .or("as in the session"),
        key("variant", Text, "A variant of the model, such as how hard it thinks."),
        key("temperature", Number, "From 0, which is steady, to 1.").or("as the model has it"),
        key("top_p", Number, "From 0 to 1: another way to say how varied answers are."),
        key("steps", Integer, "Steps after which it must answer.").or("no limit"),
        key("maxSteps", Integer, "Steps after which it must answer.").but("Deprecated: `steps` says it"),
        key("tools", Table(&Boolean), "Tools by name, on or off. A list or a text keeps opencode from starting.")
            .but("Deprecated: `permission` says it"),
        key("permission", MapOr(Of(&PERMISSION), &OneOf(ACTIONS)), "What it may do without asking, by kind of tool."),
        key("hidden", Boolean, "True: it is not offered behind `@`.").or("`false`"),
        key("disable", Boolean, "True: as if it were not there.").or("`false`"),
        key("color", Open(COLORS), "`#rrggbb` or a colour of the theme. Any other word keeps opencode from starting."),
        key("prompt", Text, "Its instructions.").but("Ignored: the text below the front matter counts"),
        key("options", Any, "Options for the provider of the model. Keys that opencode does not know go there, too."),
    ],
};

pub(super) static PERMISSION: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "`permission`",
    source: PERMISSIONS,
    keys: &[
        key("*", RULE, "All that has no line of its own."),
        key("read", RULE, "Reads files; patterns are paths."),
        key("edit", RULE, "Changes files; patterns are paths."),
        key("glob", RULE, "Finds files by pattern."),
        key("grep", RULE, "Searches in files."),
        key("list", RULE, "Lists folders."),
        key("bash", RULE, "Runs commands; patterns are commands: `git *`."),
        key("task", RULE, "Starts agents; patterns are their names."),
        key("skill", RULE, "Uses skills; patterns are their names."),
        key("lsp", RULE, "Asks language servers."),
        key("todowrite", RULE, "Keeps a to-do list."),
        key("question", RULE, "Asks you questions."),
        key("webfetch", RULE, "Reads pages; patterns are addresses."),
        key("websearch", RULE, "Searches the web."),
        key("external_directory", RULE, "Anything outside of the folder it was started in."),
        key("doom_loop", RULE, "The same call for the third time."),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::OpenCode,
    title: "a command",
    source: "the documentation of opencode: https://opencode.ai/docs/commands",
    keys: &[
        key("description", Text, "One line, which is shown where commands are listed."),
        key("agent", Name(NameKind::Agent), "The agent that runs it.").or("the one that is chosen"),
        key("model", Text, "`provider/model`.").or("that of its agent"),
        key("subtask", Boolean, "True: it always runs as a subagent, whatever the agent's `mode`."),
    ],
};

standard_skill!(SKILL, System::OpenCode, "https://opencode.ai/docs/skills and https://agentskills.io/specification");

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
