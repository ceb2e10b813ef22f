//! `command/shell-syntax`: a command that wants a shell.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "command/shell-syntax",
    severity: Severity::Error,
    why: "There is no shell: the pipe would be handed to the program as a word, and a gate would pass that never ran.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {verify: [{id: tests, command: "make test ⟦|⟧ tee log"}]}
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
    gate: {verify: [{id: tests, command: "scripts/test.sh 'a word'"}]}
---
## patch
Mend it.
"#,
    )],
    fix: "Put it in a script of the repository and call that; or take the character in quotes when it is meant as it stands.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::ShellSyntax { found: token } = kind else { continue };
        let message = match token.as_str() {
            "" => "The command is empty".to_owned(),
            "'" | "\"" => format!("This {token} is not closed"),
            token => format!("`{token}` needs a shell, and there is none: put the command in a script"),
        };
        found.push(RULE.at(span, message));
    }
}
