//! `tasks/wrong-phase`: a task stands below a heading or a task whose number or story is not its own.

use super::context::*;
use super::numbering::group_of;
use crate::diagnostic::one_line;
use spec::work::{System, Task, Work};

pub(super) const RULE: Rule = Rule {
    id: "tasks/wrong-phase",
    severity: Severity::Warning,
    why: "Whoever works through one group does not see it, and its number points to another.",
    bad: &[
        (
            "openspec/changes/add-late-fees/tasks.md",
            r#"## 1. Table

- [ ] 1.1 Write the table
- [ ] ⟦2.3⟧ Index it

## 2. Page

- [ ] 2.1 Show the fee
"#,
        ),
        (
            ".kiro/specs/late-fees/tasks.md",
            r#"# Implementation Plan

- [ ] 1. Table
  - [ ] 1.1 Write it
  - [ ] ⟦2.2⟧ Index it
- [ ] 2. Page
  - [ ] 2.1 Show the fee
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

## Phase 3: User Story 1 - See what I owe

- [ ] T001 [US1] Table of fees
- [ ] T002 [⟦US2⟧] Pay at the desk
"#,
        ),
    ],
    good: &[
        (
            "openspec/changes/add-late-fees/tasks.md",
            r#"## 1. Table

- [ ] 1.1 Write the table

## 2. Page

- [ ] 2.1 Show the fee

## Later

- [ ] 1.2 Index it
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

## Phase 3: User Story 1 - See what I owe

- [ ] T001 [US1] Table of fees

## Phase 4: Polish

- [ ] T002 [US1] Colours
"#,
        ),
    ],
    fix: "Move it to the group that it names, or give it the number or the story of the group that it stands in.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work() else { return };
    match work.system {
        System::SpecKit => stories(work, found),
        System::OpenSpec => groups(work, found, |task| group_of(work, task)),
        System::Kiro | System::Bmad => {
            // Parts that stand below the whole: a list that is numbered by its headings is another thing.
            let column = |task: &Task| {
                let line = context.text()[..task.span.start as usize].rfind('\n').map_or(0, |at| at + 1);
                task.span.start as usize - line
            };
            let whole = |task: &Task| {
                let before = work.tasks.partition_point(|other| other.span.start < task.span.start);
                let above = work.tasks[..before].iter().rfind(|other| column(other) < column(task))?;
                (!above.id.value.contains('.')).then_some(above.id.value.as_str())
            };
            groups(work, found, whole);
        }
        _ => {}
    }
}

/// Tasks whose first number is another than that of their group.
fn groups<'a>(work: &'a Work, found: &mut Vec<Diagnostic>, group: impl Fn(&Task) -> Option<&'a str>) {
    for task in work.tasks.iter().filter(|task| task.id.value.contains('.')) {
        let Some(group) = group(task) else { continue };
        let first = task.id.value.split('.').next().unwrap_or_default();
        if first.trim_start_matches('0') != group.trim_start_matches('0') {
            let message =
                format!("{} stands in group {group}; its number points to group {first}", one_line(&task.id, 20));
            found.push(RULE.at(task.id.span, message));
        }
    }
}

/// Tasks of one story in the phase of another.
fn stories(work: &Work, found: &mut Vec<Diagnostic>) {
    for task in &work.tasks {
        let Some(story) = &task.story else { continue };
        let phase = work.sections.iter().rfind(|section| section.level == 2 && section.span.contains(task.span));
        let Some(phase) = phase else { continue };
        // A phase that names several stories, or names them in another way, is for all of them.
        let Some((_, rest)) = phase.title.value.split_once("User Story ") else { continue };
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let alone = !number.is_empty() && !rest.contains("User Story") && !rest.contains("US");
        let more = rest[number.len()..].trim_start().starts_with(['&', ',', '/', '+', '–']);
        if alone && !more && story.value != format!("US{number}") && !rest[number.len()..].starts_with(" and ") {
            let message =
                format!("{} is of {}, but this is the phase of user story {number}", task.id.value, story.value);
            found.push(RULE.at(story.span, message));
        }
    }
}
