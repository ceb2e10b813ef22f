//! `trace/done-without-gate`: all tasks of a feature are done, and what has to be agreed to is not.

use super::context::*;
use crate::diagnostic::one_line;
use crate::trace::is_bound;
use spec::work::{Document, Progress};

pub(super) const RULE: Rule = Rule {
    id: "trace/done-without-gate",
    severity: Severity::Warning,
    why: "Ticked boxes say that the work was done, not that anybody looked: its checklist, approval or gate is still open.",
    bad: &[
        ("specs/004-late-fees/tasks.md", "# ⟦Tasks: Late fees⟧\n\n- [x] T001 Table of fees\n- [x] T002 Show the fee\n"),
        (
            "specs/004-late-fees/checklists/money.md",
            "# Money Checklist\n\n- [x] CHK001 Is rounding said?\n- [ ] CHK002 Is a zero fee shown?\n",
        ),
        (".kiro/specs/fees/tasks.md", "# ⟦Implementation Plan⟧\n\n- [x] 1. Table of fees\n- [ ]* 2. Property test\n"),
        (
            ".kiro/specs/fees/spec.json",
            r#"{"approvals": {"design": {"approved": true}, "tasks": {"generated": true, "approved": false}}}"#,
        ),
    ],
    good: &[
        ("specs/004-late-fees/tasks.md", "# Tasks: Late fees\n\n- [x] T001 Table of fees\n- [ ] T002 Show the fee\n"),
        ("specs/004-late-fees/checklists/money.md", "# Money Checklist\n\n- [ ] CHK001 Is rounding said?\n"),
        (".kiro/specs/fees/tasks.md", "# Implementation Plan\n\n- [x] 1. Table of fees\n"),
        (".kiro/specs/fees/spec.json", r#"{"approvals": {"tasks": {"generated": true, "approved": true}}}"#),
    ],
    fix: "Go through what is open, or untick the task that is not done.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let holds_tasks = |work: &&spec::work::Work| matches!(work.document, Document::Tasks | Document::Story);
    let Some(work) = context.work().filter(holds_tasks) else { return };
    let (Some(feature), Some(name)) = (context.feature(), work.feature.as_deref()) else { return };
    if work.progress() != Progress::Done {
        return;
    }
    let all = "All tasks are done, but";
    for (file, list) in feature.checklists.iter().chain(&feature.approvals) {
        let open = list.checks.iter().filter(|check| !check.done).count();
        let Some(first) = list.checks.iter().find(|check| !check.done) else { continue };
        let (count, path) = (list.checks.len(), one_line(file.path.rsplit('/').next().unwrap_or_default(), 30));
        let words = match list.document {
            Document::Approvals => format!("{all} {open} of {count} documents in {path} are not approved"),
            _ => format!("{all} {open} of {count} items of the checklist {path} are open"),
        };
        found.push(RULE.at(work.place, words).related(&file.path, first.span, "Open"));
    }
    for (id, ticket) in &context.live.tickets {
        let Some(pass) = ticket.passes.iter().find(|pass| pass.pending || pass.failed.is_some()) else { continue };
        if is_bound(context.project, &feature, name, id) {
            let state = if pass.pending { "waits for a person" } else { "has failed" };
            let (pass, id) = (one_line(&pass.id, 30), one_line(id, 30));
            found.push(RULE.at(work.place, format!("{all} the gate of pass `{pass}` of ticket `{id}` {state}")));
        }
    }
}
