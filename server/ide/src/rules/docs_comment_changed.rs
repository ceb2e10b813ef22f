//! `docs/comment-changed`: the documentation comment of what a section speaks of says something else now.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/comment-changed",
    severity: Severity::Hint,
    why: "Whoever rewrote the comment learned something that the section may not say.",
    bad: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n## ⟦Posting⟧ <!-- documents: {target: \"src/ledger.rs#post\", facet: [doc]} -->\n\nIt takes cents.\n",
        ),
        ("src/ledger.rs", "/// Books an amount in pico-dollars.\npub fn ⟦post⟧(amount: i64) {}\n"),
        (
            ".tollgate/docs.lock",
            "version = 1\n\n[[anchor]]\ndoc = \"docs/ledger.md\"\nsection = \"posting\"\ntarget = \"src/ledger.rs#post\"\nfacets = { doc = \"t1:0000000000000000\" }\n",
        ),
    ],
    good: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n## Posting <!-- documents: {target: \"src/ledger.rs#post\", facet: [doc]} -->\n\nIt takes pico-dollars.\n",
        ),
        ("src/ledger.rs", "/// Books an amount in pico-dollars.\npub fn post(amount: i64) {}\n"),
    ],
    fix: "Read the comment, and say that the section is in step once it is (`tollgate docs attest`).",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.drifted(&RULE, &[Facet::Doc], found);
}
