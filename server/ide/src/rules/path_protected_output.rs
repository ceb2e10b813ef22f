//! `path/protected-output`: an output on files that decide what may run.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "path/protected-output",
    severity: Severity::Error,
    why: "Who may write hooks, agent settings, CI files or the gates themselves can let everything else through.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**", ⟦".github/workflows/*.yml"⟧]}]
---
## patch
Mend it.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Name the folders that the pass is about; changes to protected files are made by people.",
    files: Files::Ours,
    check,
};

/// Files that decide what may run, by the folder or file that is protected.
const PROTECTED: &[(&str, &[&str])] = &[
    (".git", &[".git/config", ".git/hooks/pre-commit"]),
    (
        ".tollgate",
        &[".tollgate/config.yaml", ".tollgate/workflows/x.md", ".tollgate/agents/x.md", ".tollgate/gates/x.md"],
    ),
    (".tollgate/records", &[".tollgate/records/x/x.json"]),
    (".claude", &[".claude/settings.json", ".claude/agents/x.md", ".claude/hooks/x.sh"]),
    (".codex", &[".codex/config.toml"]),
    (".gemini", &[".gemini/settings.json"]),
    (".opencode", &[".opencode/agents/x.md", ".opencode/opencode.json"]),
    (".cursor", &[".cursor/mcp.json", ".cursor/rules/x.mdc"]),
    (".kiro", &[".kiro/settings/mcp.json"]),
    (".vscode", &[".vscode/tasks.json", ".vscode/settings.json"]),
    (".devcontainer", &[".devcontainer/devcontainer.json"]),
    (".husky", &[".husky/pre-commit"]),
    (".github/workflows", &[".github/workflows/x.yml"]),
    (".github/agents", &[".github/agents/x.agent.md"]),
    (".mcp.json", &[".mcp.json"]),
    ("opencode.json", &["opencode.json"]),
    (".envrc", &[".envrc"]),
    (".gitmodules", &[".gitmodules"]),
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    for output in workflow.passes.iter().flat_map(|pass| &pass.outputs) {
        for glob in output.writes.iter().chain(&output.path) {
            if let Some((folder, example)) = protected(&glob.value) {
                let message = if glob.value.trim_start_matches("./").to_ascii_lowercase().starts_with(folder) {
                    format!("A pass may not write `{folder}`: it decides what may run")
                } else {
                    format!("This glob takes in `{example}`, which decides what may run")
                };
                found.push(RULE.at(glob.span, message));
            }
        }
    }
}

/// The protected folder that a glob takes in, and one of its files.
fn protected(glob: &str) -> Option<(&'static str, &'static str)> {
    let glob = glob.trim_start_matches("./").trim_end_matches('/').to_ascii_lowercase();
    let direct = PROTECTED.iter().filter(|(folder, _)| glob == *folder || glob.starts_with(&format!("{folder}/")));
    if let Some((folder, examples)) = direct.max_by_key(|(folder, _)| folder.len()) {
        return examples.first().map(|example| (*folder, *example));
    }
    let starts_open = glob.split('/').next().is_some_and(|first| first.contains(['*', '?', '[', '{']));
    if !starts_open {
        return None;
    }
    let matcher = globset::GlobBuilder::new(&glob).literal_separator(true).build().ok()?.compile_matcher();
    PROTECTED.iter().find_map(|(folder, examples)| {
        examples.iter().find(|example| matcher.is_match(example)).map(|example| (*folder, *example))
    })
}
