//! `id/bad`: an id that is not one.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "id/bad",
    severity: Severity::Error,
    why: "Ids become file names, branch names and environment variables on every platform; capitals and spaces break there.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: ⟦Fix It⟧
    type: command
    run: make fix
---
Nothing to say.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: fix-it
    type: command
    run: make fix
---
Nothing to say.
"#,
    )],
    fix: "Use lower-case letters, digits and `-`, and start with a letter or digit.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::BadId(written) = kind else { continue };
        let message = format!("`{written}` is not an id: use lower-case letters, digits and `-`");
        let mut diagnostic = RULE.at(span, message);
        let meant = spec::values::to_id(written);
        if !meant.is_empty() {
            diagnostic = diagnostic.fix(format!("Change it to `{meant}`"), context.path(), span, meant);
        }
        found.push(diagnostic);
    }
}
