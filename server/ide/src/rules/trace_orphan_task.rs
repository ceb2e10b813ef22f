//! `trace/orphan-task`: a task works for a requirement or a story that the spec does not have.

use super::context::*;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "trace/orphan-task",
    severity: Severity::Warning,
    why: "The task does what nobody asked for, or the requirement was lost.",
    bad: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

### User Story 1 - See what I owe (Priority: P1)

- **FR-001**: Each day after the due date adds a fee
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [ ] T001 Table of fees (FR-001)
- [ ] T002 [⟦US2⟧] Show the fee (⟦FR-021⟧)
"#,
        ),
    ],
    good: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

### User Story 1 - See what I owe (Priority: P1)

- **FR-001**: Each day after the due date adds a fee
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [ ] T001 [US1] Table of fees (FR-001), within SC-001 and RFC-2119
"#,
        ),
    ],
    fix: "Name the requirement that is meant, or write it into the spec.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| !work.tasks.is_empty()) else { return };
    let Some((spec, wanted)) = context.feature().and_then(|feature| feature.specification) else { return };
    // What a spec only mentions may be defined in a way that is not read.
    let known: HashSet<&Name> = spec.facts.names.iter().map(|(name, _, _)| name).collect();
    let prefixes: HashSet<&str> = wanted.requirements.iter().map(|wanted| prefix(&wanted.id.value)).collect();
    for task in &work.tasks {
        for (name, role, span) in context.file.names_in(task.span) {
            let id = name.text.rsplit('/').next().unwrap_or_default();
            let is_use = name.kind == NameKind::Requirement && *role == Role::Use;
            // A shortened id or one inside a range stands for what is read into it.
            if is_use && span.len() == id.len() && !known.contains(name) && prefixes.contains(prefix(id)) {
                found.push(RULE.at(*span, format!("The spec has no {id}")).related(
                    &spec.path,
                    wanted.place,
                    "The spec",
                ));
            }
        }
    }
}

fn prefix(id: &str) -> &str {
    id.trim_end_matches(|letter: char| !letter.is_ascii_uppercase())
}
