//! `docs/region-out-of-date`: a generated region says what its sources no longer say.

use super::documents::*;
use docs::region;

pub(super) const RULE: Rule = Rule {
    id: "docs/region-out-of-date",
    severity: Severity::Warning,
    why: "A table that is kept by a machine is believed, and this one is no longer true.",
    bad: &[
        ("docs/adr/0001-cents.md", "# Count cents\n\nStatus: accepted\n"),
        ("docs/decisions.md", "# Decisions\n\n⟦<!-- generated: adr-index docs/adr -->⟧\n<!-- /generated -->\n"),
    ],
    good: &[("docs/decisions.md", "# Decisions\n\nThey are in `docs/adr`.\n")],
    fix: "Let it be written anew: by the fix, or by `tollgate docs sync --write`.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for written in view.page.iter().flat_map(|page| &page.regions) {
        let (kind, conflict) = match written.state {
            Ok(region::State::OutOfDate) => (written.region.kind.value, false),
            Ok(region::State::Conflict) => (written.region.kind.value, true),
            _ => continue,
        };
        let message = match conflict {
            true => "A merge left both sides in this region; written anew it is right".to_owned(),
            false if written.region.sum.is_none() => format!("This `{kind}` was not written yet"),
            false => format!("This `{kind}` is out of date: its sources say something else now"),
        };
        let mut diagnostic = RULE.at(written.region.open, message);
        if let Some(edit) = &written.regenerated {
            diagnostic = diagnostic.fix("Regenerate this region", view.path, edit.span, edit.text.clone());
        }
        found.push(diagnostic);
    }
}
