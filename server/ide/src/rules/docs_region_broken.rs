//! `docs/region-broken`: nobody can tell what a generated region should say, or where it ends.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/region-broken",
    severity: Severity::Error,
    why: "The region looks as if a machine kept it, and none does.",
    bad: &[("docs/decisions.md", "# Decisions\n\n⟦<!-- generated: adr-index docs/adr -->⟧\n\nNo end.\n")],
    good: &[("docs/decisions.md", "# Decisions\n\nNo region.\n")],
    fix: "Write the marker as the message says, or take both markers out.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(page) = view.page else { return };
    for problem in &page.document.marker_problems {
        found.push(RULE.at(problem.span, sentence(&problem.kind.to_string())));
    }
    for written in &page.regions {
        if let Err(fault) = &written.state
            && !fault.is_unknown()
        {
            found.push(RULE.at(fault.span, sentence(&fault.kind.to_string())));
        }
    }
}
