//! `tasks/duplicate-id`: two tasks of one feature have the same id.

use super::context::*;
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
    let numbers = work.tasks.iter().filter_map(|task| task.id.trim_start_matches('T').parse::<u32>().ok());
    let mut free = numbers.max().unwrap_or(0);
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for task in &work.tasks {
        let Some(first) = seen.get(task.id.value.as_str()) else {
            seen.insert(&task.id.value, task.id.span);
            continue;
        };
        free += 1;
        let new = format!("T{free:03}");
        let message = format!("{} stands twice: two tasks have this id", task.id.value);
        found.push(RULE.at(task.id.span, message).related(context.path(), *first, "It stands here first").fix(
            format!("Number it {new}"),
            context.path(),
            task.id.span,
            new,
        ));
    }
}
