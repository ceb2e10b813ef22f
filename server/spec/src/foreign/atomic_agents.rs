//! Reads the agents of Atomic (`.atomic/agents/**/*.md`). Atomic does not read YAML: each line of the front matter is a key, a
//! colon and a value, whatever else the value holds.

use super::host::{Sheet, stem};
use super::keys;
use super::keys::table::*;
use super::{Reader, System};
use crate::host::Front;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".atomic/agents/**"],
    kind: |path| {
        (path.strip_prefix(".atomic/agents/")?.len() > 3 && path.ends_with(".md")).then_some(FileKind::HostAgent)
    },
    read: |path, text| {
        let mut sheet = Sheet::markdown(text);
        // Nothing in a line can be wrong for it.
        if sheet.front != Front::Missing {
            sheet.front = Front::Sound;
        }
        Some(sheet.agent(System::Atomic, stem(path, &[".md"])))
    },
    keys: |_, text, _| keys::front(text, &AGENT),
};

const MODES: Words = &[
    word("replace", "Its text stands instead of Atomic's own."),
    word("append", "Its text comes behind Atomic's own."),
];
const CONTEXTS: Words = &[word("fresh", "It begins with nothing."), word("fork", "It has the conversation so far.")];
const THINKING: Words = &[
    word("off", "Not at all."),
    word("minimal", "Hardly."),
    word("low", "A little."),
    word("medium", "The usual."),
    word("high", "Long."),
    word("xhigh", "Very long."),
];

static AGENT: KeyTable = KeyTable {
    system: System::Atomic,
    title: "an agent",
    source: "the source of Atomic (June 2026), which reads each line by itself and no YAML",
    keys: &[
        required("name", Text, "What it is called."),
        required("description", Text, "What it is for. A file without it is no agent."),
        key("package", Text, "What stands before its name, with a dot between."),
        key("tools", OneOrMore(&Text), "The tools it has, with commas between.").or("all"),
        key("model", Text, "Its model.").or("that of the session"),
        key("fallbackModels", OneOrMore(&Text), "Models that are tried when the first cannot be had."),
        key("fallbackThinkingLevels", OneOrMore(&Open(THINKING)), "How hard each of `fallbackModels` thinks."),
        key("thinking", Open(THINKING), "How hard the model thinks."),
        key("systemPromptMode", OneOf(MODES), "Where its text stands."),
        key("inheritProjectContext", Boolean, "True: it has AGENTS.md and the like."),
        key("inheritSkills", Boolean, "True: it has the skills of the session."),
        key("defaultContext", OneOf(CONTEXTS), "What it begins with.").or("`fresh`"),
        key("skills", OneOrMore(&Name(NameKind::Skill)), "Skills whose text it has from the start."),
        key("skill", OneOrMore(&Name(NameKind::Skill)), "The same as `skills`."),
        key("extensions", OneOrMore(&Text), "Extensions that are loaded for it."),
        key("output", Path, "The file that its answer goes to."),
        key("defaultReads", OneOrMore(&Path), "Files that it reads first."),
        key("defaultProgress", Boolean, "True: it keeps a file about how far it is."),
        key("interactive", Boolean, "True: you can talk to it while it runs."),
        key("maxSubagentDepth", Integer, "How many agents may be started below each other."),
        key("completionGuard", Boolean, "True: it cannot end before it has done what was asked."),
    ],
};

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn a_line_is_a_key_and_a_value() {
        let text = "---\nname: scout\ndescription: Looks: far and wide\ntools: read, grep\nfallbackModels: a, b\nskills: maps, tides\n---\nLook.\n";
        assert_eq!(
            said(".atomic/agents/deep/scout.md", text),
            "agent scout of Atomic\n\
             description: Looks: far and wide\n\
             tools: read | grep\n\
             skills: maps | tides\n\
             Agent scout Definition | Skill maps Use | Skill tides Use"
        );
        assert_eq!(said(".atomic/agents/a.txt", ""), "not ours");
    }
}
