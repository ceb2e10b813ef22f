//! What an agent may do, whatever its host calls the tool: our words are those of Copilot's aliases.

use crate::foreign::System;

/// A kind of tool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tool {
    /// Reads files.
    Read,
    /// Writes files.
    Edit,
    /// Looks for files and in them.
    Search,
    /// Runs commands.
    Execute,
    /// Starts other agents.
    Agent,
    /// Looks at the web.
    Web,
    /// Keeps a list of things to do.
    Todo,
}

/// All, in the order in which they are written.
pub const TOOLS: [Tool; 7] = [Tool::Read, Tool::Edit, Tool::Search, Tool::Execute, Tool::Agent, Tool::Web, Tool::Todo];

/// What hosts call each. No name means different things to two of them.
const NAMES: &[(Tool, &[&str])] = &[
    (Tool::Read, &["read", "notebookread", "view", "read_file", "read_many_files", "fs_read"]),
    (Tool::Edit, &["edit", "write", "multiedit", "notebookedit", "patch", "replace", "write_file", "fs_write"]),
    (Tool::Search, &["search", "grep", "glob", "ls", "list", "grep_search", "search_file_content", "list_directory"]),
    (Tool::Execute, &["execute", "bash", "shell", "powershell", "run_shell_command", "execute_bash"]),
    (Tool::Agent, &["agent", "task", "custom-agent", "subagent"]),
    (Tool::Web, &["web", "webfetch", "websearch", "web_fetch", "web_search", "google_web_search"]),
    (Tool::Todo, &["todo", "todowrite", "todoread", "write_todos"]),
];

impl Tool {
    /// What a host's name for a tool stands for: `Bash(git log:*)` runs commands. `None` for tools of servers and for what
    /// nothing is known of.
    pub fn of(name: &str) -> Option<Tool> {
        let plain = name.split('(').next().unwrap_or(name).trim().to_ascii_lowercase();
        NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(tool, _)| *tool)
    }

    /// Our word.
    pub fn word(self) -> &'static str {
        NAMES.iter().find(|(tool, _)| *tool == self).map_or("", |(_, names)| names[0])
    }

    /// What a host calls it: all of it, so that the agent may do as much as with our word.
    pub fn names(self, host: System) -> &'static [&'static str] {
        match (host, self) {
            (System::ClaudeCode, Tool::Read) => &["Read"],
            (System::ClaudeCode, Tool::Edit) => &["Edit", "Write"],
            (System::ClaudeCode, Tool::Search) => &["Grep", "Glob"],
            (System::ClaudeCode, Tool::Execute) => &["Bash"],
            (System::ClaudeCode, Tool::Agent) => &["Agent"],
            (System::ClaudeCode, Tool::Web) => &["WebFetch", "WebSearch"],
            (System::ClaudeCode, Tool::Todo) => &["TodoWrite"],
            (System::Gemini, Tool::Read) => &["read_file", "read_many_files"],
            (System::Gemini, Tool::Edit) => &["replace", "write_file"],
            (System::Gemini, Tool::Search) => &["list_directory", "glob", "grep_search"],
            (System::Gemini, Tool::Execute) => &["run_shell_command"],
            (System::Gemini, Tool::Web) => &["web_fetch", "google_web_search"],
            (System::Gemini, Tool::Todo) => &["write_todos"],
            // a subagent of Gemini CLI starts no other
            (System::Gemini, Tool::Agent) => &[],
            // the keys of opencode's permissions
            (System::OpenCode, Tool::Read) => &["read"],
            (System::OpenCode, Tool::Edit) => &["edit"],
            (System::OpenCode, Tool::Search) => &["grep", "glob", "list"],
            (System::OpenCode, Tool::Execute) => &["bash"],
            (System::OpenCode, Tool::Agent) => &["task"],
            (System::OpenCode, Tool::Web) => &["webfetch", "websearch"],
            (System::OpenCode, Tool::Todo) => &["todowrite"],
            (System::Kiro, Tool::Read) => &["read"],
            (System::Kiro, Tool::Edit) => &["write"],
            (System::Kiro, Tool::Execute) => &["shell"],
            (System::Kiro, Tool::Web) => &["web"],
            (System::Kiro, _) => &[],
            (_, Tool::Read) => &["read"],
            (_, Tool::Edit) => &["edit"],
            (_, Tool::Search) => &["search"],
            (_, Tool::Execute) => &["execute"],
            (_, Tool::Agent) => &["agent"],
            (_, Tool::Web) => &["web"],
            (_, Tool::Todo) => &["todo"],
        }
    }
}

/// A set of tools, where all of its names are known.
pub(crate) fn set<'a>(names: impl Iterator<Item = &'a str>) -> Option<u8> {
    names.map(Tool::of).try_fold(0, |set, tool| Some(set | 1 << tool? as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_tool() {
        for host in [System::ClaudeCode, System::Copilot, System::OpenCode, System::Gemini, System::Kiro] {
            for tool in TOOLS {
                for name in tool.names(host) {
                    assert_eq!(Tool::of(name), Some(tool), "{host:?} {name}");
                }
            }
        }
        assert_eq!(Tool::of("Bash(git log:*)"), Some(Tool::Execute));
        assert_eq!(Tool::of("mcp__github"), None);
        assert_eq!(set(["Read", "Grep"].into_iter()), set(["search", "read"].into_iter()));
        assert_eq!(set(["Read", "mcp__x"].into_iter()), None);
    }
}
