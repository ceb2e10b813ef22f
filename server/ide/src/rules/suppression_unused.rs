//! `suppression/unused`: a comment that ignores nothing.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: crate::suppressions::UNUSED,
    severity: Severity::Warning,
    why: "What it ignored is mended, or stands elsewhere now; left there it hides the next one.",
    bad: &[(
        ".tollgate/tickets/bug-9.md",
        r#"---
schema_version: 1
id: bug-9
title: Totals differ
⟦# tollgate-ignore ticket/unknown-status: the board of the warehouse writes it⟧
status: To Do
type: feature
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/bug-9.md",
        r#"---
schema_version: 1
id: bug-9
title: Totals differ
# tollgate-ignore ticket/unknown-status: the board of the warehouse writes it
status: Parked
type: feature
---
"#,
    )],
    fix: "Remove the comment, or the one rule of it that says nothing.",
    files: Files::Ours,
    check,
};

/// Said by `suppressions::apply`, which knows what all the other rules said.
fn check(_: &Context<'_>, _: &mut Vec<Diagnostic>) {}
