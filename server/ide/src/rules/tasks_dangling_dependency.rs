//! `tasks/dangling-dependency`: a task says that it comes after one that is not there.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tasks/dangling-dependency",
    severity: Severity::Warning,
    why: "Nobody can tell when the task may begin.",
    bad: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee (depends on T001, ⟦T012⟧)
"#,
    )],
    good: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee (depends on T001)
"#,
    )],
    fix: "Name the task that is meant, or remove the dependency.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work() else { return };
    for id in work.tasks.iter().flat_map(|task| &task.after) {
        let known = context.project.is_defined(&Name { kind: NameKind::Task, text: work.inside(id) });
        if !known {
            found.push(RULE.at(id.span, format!("There is no task {} here", id.value)));
        }
    }
}
