//! `docs/surface-changed`: files that a document speaks of as a whole have other public symbols than when it was right.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/surface-changed",
    severity: Severity::Information,
    why: "Something new is public, and the document that should name it does not.",
    bad: &[
        ("docs/ledger.md", "---\ndocuments:\n  - ⟦src/ledger/**⟧\n---\n# Ledger\n\nThere is `post`.\n"),
        ("src/ledger/post.rs", "pub fn post() {}\npub fn ⟦refund⟧() {}\n"),
        (
            ".tollgate/docs.lock",
            "version = 1\n\n[[anchor]]\ndoc = \"docs/ledger.md\"\nsection = \"\"\ntarget = \"src/ledger/**\"\nfacets = { surface = \"t1:0000000000000000\" }\nsymbols = [\n  \"post\",\n]\n",
        ),
    ],
    good: &[
        ("docs/ledger.md", "---\ndocuments:\n  - src/ledger/**\n---\n# Ledger\n\nThere is `post` and `refund`.\n"),
        ("src/ledger/post.rs", "pub fn post() {}\npub fn refund() {}\n"),
    ],
    fix: "Describe what is new, bind it or make it private, and say that the document is in step (`tollgate docs attest`).",
    files: Files::Documents,
    check: nothing,
};

/// No more symbols than these are named or offered.
const MOST: usize = 3;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let first = found.len();
    view.drifted(&RULE, &[Facet::Surface], found);
    let Some(page) = view.page else { return };
    // What is new can be bound by itself, beside the files.
    for diagnostic in &mut found[first..] {
        let of = |number: &usize| page.document.anchors[*number].span == diagnostic.span;
        let new: Vec<_> = page.added.iter().filter(|new| of(&new.anchor)).take(MOST).collect();
        for new in new {
            let Some(edit) = view.bound_beside(diagnostic.span, &format!("{}#{}", new.source, new.name)) else {
                continue;
            };
            let title = format!("Bind the document to `{}`, too", new.name);
            let mut with = diagnostic.clone().fix(title, view.path, edit.span, edit.text);
            with.fixes.iter_mut().for_each(|fix| fix.preferred = false);
            *diagnostic = with;
        }
    }
}
