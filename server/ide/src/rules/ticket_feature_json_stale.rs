//! `ticket/feature-json-stale`: Spec Kit's pointer names another feature than the branch.

use super::context::*;
use spec::work::Document;

pub(super) const RULE: Rule = Rule {
    id: "ticket/feature-json-stale",
    severity: Severity::Warning,
    why: "Spec Kit writes into the feature that the file names, whatever branch is checked out.",
    bad: &[
        (".specify/feature.json", "{\"feature_directory\": \"specs/⟦004-late-fees⟧\"}\n"),
        ("specs/004-late-fees/spec.md", "# Feature Specification: Late fees\n"),
        ("specs/005-tax/spec.md", "# Feature Specification: Tax, on its branch 005-tax\n"),
    ],
    good: &[
        (".specify/feature.json", "{\"feature_directory\": \"specs/005-tax\"}\n"),
        ("specs/004-late-fees/spec.md", "# Feature Specification: Late fees\n"),
        ("specs/005-tax/spec.md", "# Feature Specification: Tax, on its branch 005-tax\n"),
    ],
    fix: "Name the feature of the branch, or check out the branch of the feature.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| work.document == Document::Pointer) else { return };
    let (Some(named), Some(branch)) = (work.feature.as_deref(), context.live.branch.as_deref()) else { return };
    // A branch of no feature says nothing, and neither does one of a feature that is not here.
    let Some(meant) =
        delivery::feature::of_branch(context.project, branch).filter(|meant| meant != named && !meant.contains(':'))
    else {
        return;
    };
    let short = |name: &str| crate::diagnostic::one_line(name, 40);
    let message = format!("This names {}, but the branch belongs to {}", short(named), short(&meant));
    let title = format!("Change it to `{}`", short(&meant));
    found.push(RULE.at(work.place, message).fix(title, context.path(), work.place, meant));
}
