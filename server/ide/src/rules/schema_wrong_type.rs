//! `schema/wrong-type`: a value of the wrong type.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/wrong-type",
    severity: Severity::Error,
    why: "The value is not used at all, though it looks as if it were.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md, kind: report}]
  - id: patch
    needs: ⟦plan⟧
    agent: implementer
---
## plan
Plan it.

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
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md, kind: report}]
  - id: patch
    needs: [plan]
    agent: implementer
---
## plan
Plan it.

## patch
Mend it.
"#,
    )],
    fix: "Write what the key takes.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::WrongType { expected, found: written, key } = kind else { continue };
        let message = match *written {
            "nothing" => format!("`{key}` takes {expected}, but nothing is written"),
            "text" => format!("`{key}` takes {expected}, not `{}`", span.of(context.text())),
            other => format!("`{key}` takes {expected}, not {other}"),
        };
        let mut diagnostic = RULE.at(span, message);
        if *expected == "a list" && *written == "text" {
            let list = format!("[{}]", span.of(context.text()));
            diagnostic = diagnostic.fix("Make it a list", context.path(), span, list);
        }
        if *expected == "`true` or `false`" {
            let word = span.of(context.text()).to_ascii_lowercase();
            let meant = if matches!(word.as_str(), "yes" | "on" | "1") { "true" } else { "false" };
            diagnostic = diagnostic.fix(format!("Change it to `{meant}`"), context.path(), span, meant);
        }
        found.push(diagnostic);
    }
}
