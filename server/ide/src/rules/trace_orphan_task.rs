//! `trace/orphan-task`: a task works for a requirement or a story that the spec does not have.

use super::context::*;
use spec::work::{Document, id_of};
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
    let Some(feature) = context.feature() else { return };
    let Some((spec, first)) = feature.specifications.first() else { return };
    // What a spec only mentions may be defined in a way that is not read.
    let known: HashSet<&Name> = feature
        .specifications
        .iter()
        .flat_map(|(file, _)| &file.facts.names)
        .filter(|(_, role, _)| *role == Role::Definition || work.document != Document::Story)
        .map(|(name, _, _)| name)
        .collect();
    let shapes: HashSet<Shape<'_>> = feature.requirements().map(|(_, wanted)| shape(&wanted.id.value)).collect();
    for task in &work.tasks {
        for (name, role, span) in context.file.names_in(task.span) {
            let id = id_of(&name.text);
            let is_use = name.kind == NameKind::Requirement && *role == Role::Use;
            // A shortened id or one inside a range stands for what is read into it.
            if is_use && span.len() == id.len() && !known.contains(name) && shapes.contains(&shape(id)) {
                found.push(RULE.at(*span, format!("The spec has no {id}")).related(
                    &spec.path,
                    first.place,
                    "The spec",
                ));
            }
        }
    }
}

/// What an id begins with, and of how many parts its number is: a spec that has none of the kind may keep them elsewhere.
type Shape<'a> = (&'a str, usize);

fn shape(id: &str) -> Shape<'_> {
    let prefix = id.trim_end_matches(|letter: char| !letter.is_ascii_uppercase());
    (prefix, id[prefix.len()..].matches('.').count())
}
