//! Reads what tells Kiro's agents what to do: agents (`.kiro/agents/*.md`, `.kiro/agents/*.json`) and steering
//! (`.kiro/steering/*.md`). Its specs are work artifacts and read elsewhere.

use super::host::{Sheet, stem};
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".kiro/agents/*.md", ".kiro/agents/*.json", ".kiro/steering/*.md"],
    kind: |path| match place(path)? {
        ("agents", true) => Some(FileKind::HostAgent),
        ("steering", true) if path.ends_with(".md") => Some(FileKind::Guide),
        _ => None,
    },
    read: |path, text| {
        Some(match place(path)? {
            ("steering", _) => Sheet::markdown(text).guide(System::Kiro, GuideKind::Rule, stem(path, &[".md"]), true),
            _ if path.ends_with(".json") => Sheet::json(text, "prompt").agent(System::Kiro, stem(path, &[".json"])),
            _ => Sheet::markdown(text).agent(System::Kiro, stem(path, &[".md"])),
        })
    },
    keys: |path, text, _| match place(path)? {
        ("steering", _) => keys::front(text, &STEERING),
        _ if path.ends_with(".json") => keys::whole(text, Form::Json, &AGENT),
        _ => keys::front(text, &AGENT),
    },
};

/// The folder, and whether the file lies right in it and ends as its files do.
fn place(path: &str) -> Option<(&str, bool)> {
    let (folder, name) = path.strip_prefix(".kiro/")?.split_once('/')?;
    Some((folder, !name.contains('/') && (name.ends_with(".md") || name.ends_with(".json"))))
}

const AGENTS: &str = "the documentation of Kiro: https://kiro.dev/docs/custom-agents/configuration-reference/";
const OF_V2: &str = "Of Kiro's command line 2: `/upgrade-agent` makes `permissions` of it";

const TOOLS: Words = &[
    word("read", "Reads files."),
    word("write", "Changes files."),
    word("shell", "Runs commands."),
    word("web", "Reads the web."),
    word("@builtin", "All of Kiro's own."),
    word("*", "All."),
];

static AGENT: KeyTable = KeyTable {
    system: System::Kiro,
    title: "an agent",
    source: AGENTS,
    keys: &[
        key("name", Text, "What it is called.").or("the name of its file"),
        key("description", Text, "What it is for: by this it is chosen."),
        key("prompt", Text, "What it is told, or `file://…`. In Markdown that is the text below."),
        key("model", Text, "Its model.").or("the one that is chosen"),
        key("tools", List(&Open(TOOLS)), "The tools it has; `@server` and `@server/tool` are those of MCP servers."),
        key("excludedTools", List(&Text), "Tools that it does not have even where `tools` brings them."),
        key("permissions", Any, "What it may do without asking: rules by capability."),
        key("mcpServers", Any, "MCP servers of its own, by name."),
        key("includeMcpJson", Boolean, "True: it has the MCP servers of the workspace, too."),
        key("includePowers", Boolean, "True: it has the powers that are installed, too."),
        key("resources", List(&Any), "What it has at hand: `file://…`, `skill://…`, or a map of a knowledge base."),
        key("hooks", Map(Of(&HOOKS)), "Commands that are run at certain moments."),
        key("welcomeMessage", Text, "What is shown when it is chosen."),
        key("toolsSettings", Any, "Settings of single tools.").but(OF_V2),
        key("allowedTools", List(&Text), "Tools that it uses without asking.").but(OF_V2),
        key("toolAliases", Table(&Text), "Other names for tools.")
            .but("Of Kiro's command line 2: whole names are written now"),
        key("keyboardShortcut", Text, "The keys that choose it.").but("Of Kiro's command line 2: no longer read"),
    ],
};

const COMMANDS: Value = List(&Map(Of(&COMMAND)));

static HOOKS: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`hooks`",
    source: AGENTS,
    keys: &[
        key("agentSpawn", COMMANDS, "When it starts."),
        key("userPromptSubmit", COMMANDS, "When you send words."),
        key("preToolUse", COMMANDS, "Before a tool is used; may forbid it."),
        key("postToolUse", COMMANDS, "After a tool was used."),
        key("stop", COMMANDS, "When it has answered."),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::Kiro,
    title: "a hook of an agent",
    source: AGENTS,
    keys: &[
        required("command", Text, "What is run."),
        key("matcher", Text, "Only for this tool.").or("for all"),
        key("timeout_ms", Integer, "Milliseconds after which it is stopped.").or("30000"),
    ],
};

const INCLUSIONS: Words = &[
    word("always", "In every conversation (default)."),
    word("fileMatch", "Where a file is at hand that `fileMatchPattern` fits."),
    word("manual", "Where it is named: `#name` or `/name`."),
    word("auto", "Where its `description` fits what is asked for."),
];

static STEERING: KeyTable = KeyTable {
    system: System::Kiro,
    title: "steering",
    source: "the documentation of Kiro: https://kiro.dev/docs/steering/",
    keys: &[
        key("inclusion", OneOf(INCLUSIONS), "When it is read.").or("`always`"),
        key("fileMatchPattern", OneOrMore(&Glob), "`inclusion: fileMatch`: a glob or a list of them."),
        key("name", Text, "`inclusion: auto`: what it is called."),
        key("description", Text, "`inclusion: auto`: when to read it."),
    ],
};

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_in_two_formats_and_steering() {
        let json = "{\n  \"name\": \"reviewer\",\n  \"description\": \"Reviews\",\n  \"tools\": [\"read\"],\n  \"prompt\": \"You review.\"\n}\n";
        let said_of = "agent reviewer of Kiro\ndescription: Reviews\ntools: read\nAgent reviewer Definition";
        assert_eq!(said(".kiro/agents/reviewer.json", json), said_of);
        let markdown = "---\nname: reviewer\ndescription: Reviews\ntools: [read]\n---\nYou review.\n";
        assert_eq!(said(".kiro/agents/reviewer.md", markdown), said_of);
        assert_eq!(said(".kiro/steering/product.md", "# Product\n"), "rule product of Kiro\n");
        assert_eq!(said(".kiro/agents/deep/a.md", ""), "not ours");
        assert_eq!(said(".kiro/settings/a.json", ""), "not ours");
    }
}
