//! `record/invalid`: a record that cannot be read.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "record/invalid",
    severity: Severity::Error,
    why: "Records are the only lasting proof of what was spent and approved; a broken one counts as none.",
    bad: &[(
        ".tollgate/records/t-1/0190a000.json",
        r#"{"kind": "run", ⟦o⟧ops}
"#,
    )],
    good: &[],
    fix: "Restore the file from git: records are written once and never edited.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::BadRecord(words) = kind {
            found.push(RULE.at(span, format!("This record cannot be used: {words}")));
        }
    }
}
