//! `id/duplicate`: an id or name that stands for two things.

use super::context::*;
use spec::System;
use spec::board::{Board, Shelf};

pub(super) const RULE: Rule = Rule {
    id: "id/duplicate",
    severity: Severity::Error,
    why: "Who uses the id gets one of the two, and nobody can say which.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
  - id: ⟦patch⟧
    agent: implementer
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
  - id: polish
    agent: implementer
---
## patch
Mend it.

## polish
Polish it.
"#,
    )],
    fix: "Give one of the two another id.",
    files: Files::All,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(board) = context.file.board() {
        return of_board(context, board, found);
    }
    if context.file.kind.is_foreign() {
        return;
    }
    for (kind, span) in context.problems() {
        let ProblemKind::DuplicateId { what, id, first } = kind else { continue };
        if *what != "budget scope" {
            let diagnostic = RULE.at(span, format!("There is another {what} `{id}` in this file"));
            found.push(diagnostic.related(context.path(), *first, "the first one"));
        }
    }
    let whole_files = [NameKind::Workflow, NameKind::Agent, NameKind::Gate, NameKind::Ticket];
    for (name, role, span) in &context.file.facts.names {
        if *role != Role::Definition || !whole_files.contains(&name.kind) {
            continue;
        }
        let others = context
            .project
            .definers(name)
            .filter(|file| !file.path.eq_ignore_ascii_case(context.path()) && !file.kind.is_foreign());
        for other in others {
            let there = other.facts.names.iter().find(|(known, role, _)| known == name && *role == Role::Definition);
            let diagnostic = RULE.at(*span, format!("`{}` is also defined in {}", name.text, other.path));
            let place = there.map_or(Span::empty(0), |(_, _, span)| *span);
            found.push(diagnostic.related(&other.path, place, "the other one"));
        }
    }
}

/// Tickets of another tool: their tool takes the first of the two, or refuses the id.
fn of_board(context: &Context<'_>, board: &Board, found: &mut Vec<Diagnostic>) {
    let twice = context.problems().filter_map(|(kind, span)| match kind {
        ProblemKind::DuplicateId { id, first, .. } => Some((id, *first, span)),
        _ => None,
    });
    for (id, first, span) in twice {
        let mut diagnostic = RULE.at(span, format!("There is another ticket `{id}` in this file"));
        diagnostic.severity = Severity::Warning;
        found.push(diagnostic.related(context.path(), first, "the first one"));
    }
    let ([card], Shelf::Current, System::Backlog) = (board.tickets.as_slice(), board.shelf, board.system) else {
        return;
    };
    let Some(id) = &card.ticket.id else { return };
    let name = Name { kind: NameKind::Ticket, text: id.value.clone() };
    let is_one = |file: &&std::sync::Arc<spec::SpecFile>| {
        file.path != context.path()
            && file.board().is_some_and(|it| it.system == board.system && it.shelf == board.shelf)
    };
    for other in context.project.definers(&name).filter(is_one) {
        let place = other.ticket(&id.value).and_then(|it| it.id.as_ref()).map_or(Span::empty(0), |id| id.span);
        let path = crate::diagnostic::one_line(&other.path, 60);
        let mut diagnostic = RULE.at(id.span, format!("`{}` is also defined in {path}", id.value));
        diagnostic.severity = Severity::Warning;
        found.push(diagnostic.related(&other.path, place, "the other one"));
    }
}
