//! `ticket/unknown-reference`: a ticket that is not there.

use super::context::*;
use spec::System;
use spec::board::Shelf;

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
    files: Files::All,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let board = context.file.board().filter(|board| board.shelf == Shelf::Current);
    for card in board.iter().flat_map(|board| &board.tickets) {
        let (severity, where_it_is_not) = match board.map(|board| board.system) {
            // `validate-dependencies` of Task Master says the same; a tag is a world of its own.
            Some(System::TaskMaster) => (Severity::Warning, "in this tag"),
            // Backlog.md looks into other branches as well.
            Some(System::Backlog) => (Severity::Information, "in this work tree"),
            // An export leaves out what others need not see.
            _ => return,
        };
        let unknown = |id: &&Spanned<String>| {
            !context.project.is_defined(&Name { kind: NameKind::Ticket, text: id.value.clone() })
        };
        for id in card.ticket.dependencies.iter().filter(unknown) {
            let written = crate::diagnostic::one_line(id.span.of(context.text()), 40);
            let mut diagnostic = RULE.at(id.span, format!("There is no ticket `{written}` {where_it_is_not}"));
            diagnostic.severity = severity;
            found.push(diagnostic);
        }
    }
    if context.file.kind == FileKind::Ticket {
        for (written, span) in context.undefined(NameKind::Ticket) {
            found.push(context.unknown(&RULE, NameKind::Ticket, "ticket", written, span));
        }
    }
}
