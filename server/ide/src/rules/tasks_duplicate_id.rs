//! `tasks/duplicate-id`: two tasks of one feature have the same id.

use super::context::*;
use super::numbering::{group_of, numbered, renumbered};
use crate::diagnostic::one_line;
use spec::work::{System, Task, Work};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "tasks/duplicate-id",
    severity: Severity::Warning,
    why: "An agent that is told to do the task, or to come after it, takes either.",
    bad: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee
- [ ] ⟦T001⟧ Waive a fee
"#,
    )],
    good: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee
- [ ] T002a Show it on the phone
"#,
    )],
    fix: "Give the later one an id of its own.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work() else { return };
    let mut highest: BTreeMap<&str, u32> = BTreeMap::new();
    for (series, number) in work.tasks.iter().filter_map(|task| numbered(&task.id)) {
        let highest = highest.entry(series).or_default();
        *highest = number.max(*highest);
    }
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for task in &work.tasks {
        if !counts(work, task) {
            continue;
        }
        let Some(first) = seen.get(task.id.value.as_str()) else {
            seen.insert(&task.id.value, task.id.span);
            continue;
        };
        // With a letter at its end an id is of the series of whole tasks.
        let series = numbered(&task.id).map_or("T", |(series, _)| series);
        let free = highest.entry(series).or_default();
        *free += 1;
        let new = renumbered(series, *free);
        let message = format!("{} stands twice: two tasks have this id", one_line(&task.id, 20));
        found.push(RULE.at(task.id.span, message).related(context.path(), *first, "It stands here first").fix(
            format!("Number it {new}"),
            context.path(),
            task.id.span,
            new,
        ));
    }
}

/// OpenSpec has ids only below headings with a number: elsewhere they are words.
fn counts(work: &Work, task: &Task) -> bool {
    work.system != System::OpenSpec || group_of(work, task).is_some()
}
