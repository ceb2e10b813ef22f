//! `docs/dangling-target`: a document speaks of something that is not there.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/dangling-target",
    severity: Severity::Error,
    why: "The reader looks for code that was renamed, moved or removed, and nobody is told when it changes.",
    bad: &[
        (
            "docs/ledger.md",
            "---\nkind: guide\ndocuments:\n  - ⟦src/ledger.rs#post_entries⟧\n---\n# Ledger\n\nPosting books an entry, see [`Day`](⟦../src/day.rs#Day⟧).\n",
        ),
        ("src/ledger.rs", "pub fn post_entry(amount: i64) {}\n"),
    ],
    good: &[
        (
            "docs/ledger.md",
            "---\nkind: guide\ndocuments:\n  - src/ledger.rs#post_entry\n---\n# Ledger\n\nPosting books an entry.\n",
        ),
        ("src/ledger.rs", "pub fn post_entry(amount: i64) {}\n"),
    ],
    fix: "Name what is meant now, or take the binding out where nothing is left to speak of.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(page) = view.page else { return };
    for judgement in &page.judgements {
        let State::Dangling(gone) = &judgement.state else { continue };
        let anchor = &page.document.anchors[judgement.anchor];
        let (path, name) = (anchor.target.path.as_str(), &anchor.target.fragment);
        let message = match gone {
            Gone::File => format!("There is no file `{path}`"),
            Gone::Symbol => format!("`{name}` is not in {path}"),
            Gone::Everything => format!("No file matches `{}`", anchor.target),
        };
        let candidates = page.candidates.iter().find(|(number, _)| *number == judgement.anchor);
        let candidates = candidates.map_or(&[][..], |(_, all)| all);
        let mut diagnostic = RULE.at(anchor.span, message);
        for candidate in candidates {
            let written = view.written(anchor, &candidate.target);
            let title = match candidate.exact {
                true => format!("Follow to `{written}`: {}", candidate.how.words()),
                false => format!("Name `{written}` instead: {}", candidate.how.words()),
            };
            diagnostic = diagnostic.fix(title, view.path, anchor.span, written);
        }
        for (fix, candidate) in diagnostic.fixes.iter_mut().zip(candidates) {
            fix.preferred = candidate.exact;
        }
        if let Some(edit) = view.unbound(anchor) {
            let edits = vec![(view.path.to_owned(), edit)];
            let title = "Take this binding out".to_owned();
            diagnostic.fixes.push(Fix { title, edits, preferred: false });
        }
        found.push(diagnostic);
    }
}
