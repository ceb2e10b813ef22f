//! `trace/uncovered-requirement`: the tasks name the requirements, but not this one.

use super::context::*;
use delivery::trace::{counts, is_named, mentioned};
use spec::work::RequirementKind;

pub(super) const RULE: Rule = Rule {
    id: "trace/uncovered-requirement",
    severity: Severity::Hint,
    why: "It is wanted, and nobody is going to build it.",
    bad: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

- **FR-001**: Each day after the due date adds a fee
- **⟦FR-002⟧**: A fee is never higher than the price of the book
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [ ] T001 Table of fees (FR-001)
"#,
        ),
    ],
    good: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

- **FR-001**: Each day after the due date adds a fee
- **FR-002**: A fee is never higher than the price of the book
- **SC-001**: Nine of ten fees are paid without a call
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [ ] T001 Table of fees (FR-001–FR-002)
"#,
        ),
    ],
    fix: "Name it in the task that builds it, add a task, or take it out of the spec.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| !work.requirements.is_empty()) else { return };
    let Some(feature) = context.feature() else { return };
    let Some((tasks, list)) = feature.tasks else { return };
    let named = mentioned(tasks);
    let counts = counts(&feature);
    // Tasks that name none or a few by the way are not meant to cover them.
    if list.tasks.is_empty() || counts.covered * 2 < counts.requirements {
        return;
    }
    let (covered, all) = (counts.covered, counts.requirements);
    let wanted = work.requirements.iter().filter(|wanted| wanted.kind.is_built());
    for wanted in wanted.filter(|wanted| !is_named(&named, wanted)) {
        let what = if wanted.kind == RequirementKind::Requirement { "requirements" } else { "criteria" };
        let message = format!("No task names {}; {covered} of {all} {what} are named", wanted.id.value);
        found.push(RULE.at(wanted.id.span, message).related(&tasks.path, list.place, "The tasks"));
    }
}
