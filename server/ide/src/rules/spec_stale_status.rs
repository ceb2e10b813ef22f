//! `spec/stale-status`: the written status of a feature and the state of its tasks disagree.

use super::context::*;
use spec::model::StatusCategory;
use spec::work::{Document, Progress};

pub(super) const RULE: Rule = Rule {
    id: "spec/stale-status",
    severity: Severity::Hint,
    why: "Who reads the spec believes its status and not the tasks.",
    bad: &[
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
    let Some(work) = context.work().filter(|work| work.document == Document::Specification) else { return };
    let Some(status) = &work.status else { return };
    let Some((_, tasks)) = context.feature().and_then(|feature| feature.tasks) else { return };
    let (all, written) = (tasks.tasks.len(), crate::diagnostic::one_line(&status.value, 40));
    match (StatusCategory::of(&status.value), tasks.progress()) {
        (Some(StatusCategory::Todo | StatusCategory::Active), Progress::Done) => {
            let message = format!("The status is `{written}`, but all {all} tasks are done");
            found.push(RULE.at(status.span, message).fix(
                "Change it to `Complete`",
                context.path(),
                status.span,
                "Complete",
            ));
        }
        // What was given up is done with, too, and its tasks stay open.
        (Some(StatusCategory::Done), Progress::Open | Progress::Begun) if is_complete(&status.value) => {
            let open = tasks.tasks.iter().filter(|task| !task.done).count();
            found.push(RULE.at(status.span, format!("The status is `{written}`, but {open} of {all} tasks are open")));
        }
        _ => {}
    }
}

fn is_complete(status: &str) -> bool {
    ["complete", "completed", "done", "shipped", "released"].iter().any(|word| status.trim().eq_ignore_ascii_case(word))
}
