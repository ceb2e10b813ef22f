//! `agent/unknown-tool`: a tool that no host has under this name.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "agent/unknown-tool",
    severity: Severity::Warning,
    why: "The agent gets fewer tools than you think, or the host refuses the file.",
    bad: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
tools: [read, ⟦serach⟧]
---
You look at changes.
"#,
    )],
    good: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
tools: [read, search, "mcp:github/get_issue"]
---
You look at changes.
"#,
    )],
    fix: "Use `read`, `edit`, `search`, `execute`, `agent`, `web`, `todo`, or `mcp:<server>/<tool>`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(agent) = context.agent() else { return };
    let known = || spec::schema::TOOLS.iter().map(|word| word.word);
    for tool in &agent.tools {
        let is_mcp = tool.value.strip_prefix("mcp:").is_some_and(|rest| !rest.is_empty());
        if is_mcp || known().any(|known| known == tool.value) {
            continue;
        }
        let meant = canonical(&tool.value).or_else(|| spec::values::nearest(&tool.value, known()));
        let words = format!("There is no tool `{}`", tool.value);
        found.push(context.did_you_mean(&RULE, &words, meant.map(str::to_owned), tool.span));
    }
}

/// Hosts' own names for the same tools.
fn canonical(tool: &str) -> Option<&'static str> {
    Some(match tool.to_ascii_lowercase().as_str() {
        "write" | "multiedit" | "notebookedit" | "patch" => "edit",
        "grep" | "glob" | "ls" | "list" => "search",
        "bash" | "shell" | "terminal" | "run" => "execute",
        "task" => "agent",
        "webfetch" | "websearch" | "fetch" => "web",
        "todowrite" | "todoread" => "todo",
        _ => return None,
    })
}
