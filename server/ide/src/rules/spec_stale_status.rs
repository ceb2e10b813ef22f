//! `spec/stale-status`: the written status of a feature and the state of its tasks disagree.

use super::context::*;
use spec::model::StatusCategory;
use spec::work::{Document, Progress, Work};

pub(super) const RULE: Rule = Rule {
    id: "spec/stale-status",
    severity: Severity::Hint,
    why: "Who reads the spec believes its status and not the tasks.",
    bad: &[
        (
            "docs/sprint-artifacts/1-1-lend.md",
            r#"# Story 1.1: Lend

Status: done

## Acceptance Criteria

1. A book is lent once
"#,
        ),
        (
            "docs/sprint-artifacts/sprint-status.yaml",
            "development_status:\n  epic-1: in-progress\n  1-1-lend: ⟦review⟧\n",
        ),
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

**Status**: ⟦Draft⟧
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [x] T001 Table of fees
- [x] T002 Show the fee
"#,
        ),
    ],
    good: &[
        (
            "docs/sprint-artifacts/1-1-lend.md",
            r#"# Story 1.1: Lend

Status: done

## Acceptance Criteria

1. A book is lent once
"#,
        ),
        ("docs/sprint-artifacts/sprint-status.yaml", "development_status:\n  epic-1: in-progress\n  1-1-lend: done\n"),
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

**Status**: Complete
"#,
        ),
        (
            "specs/004-late-fees/tasks.md",
            r#"# Tasks: Late fees

- [x] T001 Table of fees
- [x] T002 Show the fee
"#,
        ),
    ],
    fix: "Write the status that the tasks say.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let judged = |work: &&Work| matches!(work.document, Document::Specification | Document::Story | Document::Overview);
    let Some(work) = context.work().filter(judged) else { return };
    if work.document == Document::Overview {
        return overview(context, work, found);
    }
    let Some(status) = &work.status else { return };
    let Some((_, tasks)) = context.feature().and_then(|feature| feature.tasks) else { return };
    let (all, written) = (tasks.tasks.len(), crate::diagnostic::one_line(&status.value, 40));
    match (StatusCategory::of(&status.value), tasks.progress()) {
        (Some(StatusCategory::Todo | StatusCategory::Active), Progress::Done) => {
            let message = format!("The status is `{written}`, but all {all} tasks are done");
            let done = if work.document == Document::Story { "review" } else { "Complete" };
            let title = format!("Change it to `{done}`");
            found.push(RULE.at(status.span, message).fix(title, context.path(), status.span, done));
        }
        // What was given up is done with, too, and its tasks stay open.
        (Some(StatusCategory::Done), Progress::Open | Progress::Begun) if is_complete(&status.value) => {
            let open = tasks.tasks.iter().filter(|task| !task.done).count();
            found.push(RULE.at(status.span, format!("The status is `{written}`, but {open} of {all} tasks are open")));
        }
        _ => {}
    }
}

/// An overview that gives a story another state than the story itself.
fn overview(context: &Context<'_>, work: &Work, found: &mut Vec<Diagnostic>) {
    for entry in &work.entries {
        let name = format!("{}{}", work.system.prefix(), entry.name.value);
        let Some(feature) = context.project.feature(&name) else { continue };
        let Some((file, story)) = feature.specifications.first() else { continue };
        let Some(own) = &story.status else { continue };
        let plain = |status: &str| status.trim().to_lowercase().replace([' ', '_'], "-");
        // Words that are no states (`Ready for Review, see below`) are a person's affair.
        let known = |status: &str| STATES.contains(&plain(status).as_str());
        if known(own) && known(&entry.status) && plain(own) != plain(&entry.status) {
            let message = format!("This says `{}`, the story itself `{}`", plain(&entry.status), plain(own));
            let fix = format!("Change it to `{}`", plain(own));
            found.push(RULE.at(entry.status.span, message).related(&file.path, own.span, "The story's own state").fix(
                fix,
                context.path(),
                entry.status.span,
                plain(own),
            ));
        }
    }
}

/// The states of a story of BMAD.
const STATES: [&str; 6] = ["backlog", "drafted", "ready-for-dev", "in-progress", "review", "done"];

fn is_complete(status: &str) -> bool {
    ["complete", "completed", "done", "shipped", "released"].iter().any(|word| status.trim().eq_ignore_ascii_case(word))
}
