//! `ticket/unknown-reference`: a ticket that is not there.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ticket/unknown-reference",
    severity: Severity::Error,
    why: "The ticket waits for something that nobody will ever finish.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
dependencies: [⟦t-99⟧]
---
"#,
    )],
    good: &[
        (
            ".tollgate/tickets/t-1.md",
            r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
dependencies: [t-2]
---
"#,
        ),
        (
            ".tollgate/tickets/t-2.md",
            r#"---
schema_version: 1
id: t-2
title: A lamp flickers
status: To Do
type: feature
---
"#,
        ),
    ],
    fix: "Take the id of a ticket that exists.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.file.kind == FileKind::Ticket {
        for (written, span) in context.undefined(NameKind::Ticket) {
            found.push(context.unknown(&RULE, NameKind::Ticket, "ticket", written, span));
        }
    }
}
