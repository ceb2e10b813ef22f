//! Names that no run writes by itself: what git, editors, agents, build servers and Tollgate execute or obey. A change to
//! one of them is a proposal for a person.

const FOLDERS: [&str; 17] = [
    ".git",
    ".tollgate",
    ".claude",
    ".codex",
    ".gemini",
    ".opencode",
    ".cursor",
    ".windsurf",
    ".agents",
    ".vscode",
    ".idea",
    ".zed",
    ".nvim",
    ".devcontainer",
    ".husky",
    ".cargo",
    ".hg",
];

const FILES: [&str; 20] = [
    ".gitmodules",
    ".gitattributes",
    ".gitconfig",
    ".mcp.json",
    "mcp.json",
    "opencode.json",
    "opencode.jsonc",
    ".cursorrules",
    ".windsurfrules",
    ".envrc",
    ".env",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pre-commit-config.yaml",
    ".nvim.lua",
    ".nvimrc",
    ".exrc",
    "claude.md",
    "agents.md",
];

const BELOW_GITHUB: [&str; 8] =
    ["workflows", "actions", "agents", "prompts", "instructions", "chatmodes", "codeowners", "copilot-instructions.md"];

/// True when a change of this path needs a person.
pub fn is_protected(path: &str) -> bool {
    let parts: Vec<String> = path.split('/').map(folded).collect();
    let dangerous = |part: &String| FOLDERS.contains(&part.as_str()) || FILES.contains(&part.as_str());
    let hidden_by_short_name = |part: &String| part.starts_with("git~") || part.starts_with(".env.");
    let github = parts.windows(2).any(|pair| pair[0] == ".github" && BELOW_GITHUB.contains(&pair[1].as_str()));
    let obeyed = delivery::launch::is_agent_configuration(&parts.join("/"));
    github || obeyed || parts.iter().any(|part| dangerous(part) || hidden_by_short_name(part))
}

/// The name as a careless file system would understand it: letters without case, characters it ignores left out.
fn folded(part: &str) -> String {
    let ignored =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let plain: String = part.chars().filter(|c| !ignored(*c)).collect();
    // the two signs whose lower case is an ASCII letter
    plain.replace('\u{212a}', "k").replace('\u{17f}', "s").to_lowercase().trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_them_however_they_are_spelt() {
        for path in [
            ".git/hooks/post-checkout",
            ".GIT/config",
            ".g\u{200c}it/config",
            "GIT~1/config",
            "sub/.git",
            ".tollgate/config.yaml",
            ".Claude/settings.json",
            ".vscode/tasks.json",
            ".github/workflows/ci.yml",
            ".GitHub/Workflows/ci.yml",
            "deep/er/.mcp.json",
            "AGENTS.md",
            "GEMINI.md",
            ".mise.toml",
            ".kiro/settings/mcp.json",
            ".env.local",
        ] {
            assert!(is_protected(path), "{path}");
        }
        for path in ["src/main.rs", "docs/git.md", ".github/ISSUE_TEMPLATE/bug.md", "specs/.gitkeep", "environment.md"]
        {
            assert!(!is_protected(path), "{path}");
        }
    }
}
