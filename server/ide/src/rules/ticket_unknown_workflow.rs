//! `ticket/unknown-workflow`: a ticket pinned to a workflow that is not there.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ticket/unknown-workflow",
    severity: Severity::Error,
    why: "A pinned workflow is never replaced by another: the ticket cannot start.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
workflow: ⟦featur⟧
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
workflow: feature
---
"#,
    )],
    fix: "Take the name of a workflow that exists.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.file.kind == FileKind::Ticket {
        for (written, span) in context.undefined(NameKind::Workflow) {
            found.push(context.unknown(&RULE, NameKind::Workflow, "workflow", written, span));
        }
    }
}
