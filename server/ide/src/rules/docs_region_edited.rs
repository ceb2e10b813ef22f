//! `docs/region-edited`: somebody wrote into a generated region by hand.

use super::documents::*;
use docs::region;

pub(super) const RULE: Rule = Rule {
    id: "docs/region-edited",
    severity: Severity::Error,
    why: "What was written by hand is lost when the region is written anew.",
    bad: &[
        ("docs/adr/0001-cents.md", "# Count cents\n\nStatus: accepted\n"),
        (
            "docs/decisions.md",
            "# Decisions\n\n⟦<!-- generated: adr-index docs/adr -->⟧\n\nOur own words.\n\n<!-- /generated sum:t1:00000000 -->\n",
        ),
    ],
    good: &[("docs/decisions.md", "# Decisions\n\nOur own words.\n")],
    fix: "Keep the words and take the markers out, or let the region be written anew and put the words elsewhere.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for written in view.page.iter().flat_map(|page| &page.regions) {
        if !matches!(written.state, Ok(region::State::Edited)) {
            continue;
        }
        let kind = written.region.kind.value;
        let message = format!("This `{kind}` was edited by hand: keep the words, or write it anew");
        let mut diagnostic = RULE.at(written.region.open, message);
        if let Some(edit) = &written.regenerated {
            let title = "Regenerate this region, without what was written by hand";
            diagnostic = diagnostic.fix(title, view.path, edit.span, edit.text.clone());
        }
        let edits = written.detached.iter().map(|edit| (view.path.to_owned(), edit.clone())).collect();
        let title = "Keep what was written by hand, and detach the region".to_owned();
        diagnostic.fixes.push(Fix { title, edits, preferred: false });
        diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
        found.push(diagnostic);
    }
}
