//! `id/duplicate`: an id or name that stands for two things.

use super::context::*;

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
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
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
