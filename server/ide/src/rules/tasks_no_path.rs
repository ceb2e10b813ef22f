//! `tasks/no-path`: all tasks of the stories name a file, but not this one.

use super::context::*;
use spec::work::{System, Task};

pub(super) const RULE: Rule = Rule {
    id: "tasks/no-path",
    severity: Severity::Hint,
    why: "Spec Kit asks for the file in each task of a story: without it two tasks may be given the same one.",
    bad: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Set up
- [ ] T002 [US1] Table in `migrations/0007.sql`
- [ ] T003 [US1] Read it in `src/fees.rs`
- [ ] T004 [US1] Show it in `src/page.rs`
- [ ] ⟦T005⟧ [US1] Tell the reader
- [ ] T006 [US1] Route in `src/routes.rs`
- [ ] T007 [US2] Pay in `src/desk.rs`
- [ ] T008 [US2] Print in `src/print.rs`
- [ ] T009 [US2] Count in `src/till.rs`
- [ ] T010 [US2] Report in `src/report.rs`
- [ ] T011 [US2] Mail in `src/mail.rs`
- [ ] T012 [US2] Undo in `src/undo.rs`
"#,
    )],
    good: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 [US1] Table in `migrations/0007.sql`
- [ ] T002 [US1] Tell the reader
"#,
    )],
    fix: "Name the file that the task changes.",
    files: Files::Others,
    check,
};

/// Fewer tasks show no custom.
const CUSTOM: usize = 8;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| work.system == System::SpecKit) else { return };
    let all = || work.tasks.iter().filter(|task| task.story.is_some());
    let bare: Vec<&Task> = all().filter(|task| names_no_path(task)).collect();
    // Only an exception from a custom is one: a tenth of the tasks at most.
    if all().count() < CUSTOM || bare.len() * 10 > all().count() {
        return;
    }
    found.extend(
        bare.iter().map(|task| RULE.at(task.id.span, format!("{} names no file; nearly all others do", task.id.value))),
    );
}

/// Paths are written with backticks and without. Words kept are cut, so that a path at the very end may be lost.
fn names_no_path(task: &Task) -> bool {
    task.paths.is_empty() && !task.words.contains(['/', '`', '…']) && !task.words.contains(".")
}
