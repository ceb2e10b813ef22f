//! `ghaw/old-key`: a key of an agentic workflow that has another name or place now.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ghaw/old-key",
    severity: Severity::Hint,
    why: "Later versions of the compiler refuse the old key; until then both work.",
    bad: &[(
        ".github/workflows/shared/limits.md",
        r#"---
⟦timeout_minutes⟧: 20
⟦rate-limit⟧:
  ⟦max-runs⟧: 5
  window: 60
---
"#,
    )],
    good: &[(
        ".github/workflows/shared/limits.md",
        r#"---
timeout-minutes: 20
user-rate-limit:
  max-runs-per-window: 5
  window: 60
---
"#,
    )],
    fix: "Take the new name, or let `gh aw fix --write` do it for all workflows.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::OldKey { key, instead, renamed } = kind else { continue };
        let diagnostic = match renamed {
            true => RULE.at(span, format!("`{key}` is called `{instead}` now")).fix(
                format!("Change it to `{instead}`"),
                context.path(),
                span,
                *instead,
            ),
            false => RULE.at(span, format!("`{key}` stands below `{instead}` now")),
        };
        found.push(diagnostic);
    }
}
