//! `docs/body-changed`: what a section speaks of does something else now, where the document asks to be told.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/body-changed",
    severity: Severity::Hint,
    why: "The section explains how it works, and it may work otherwise now.",
    bad: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n## ⟦Posting⟧ <!-- documents: {target: \"src/ledger.rs#post\", facet: [body]} -->\n\nIt rounds up.\n",
        ),
        ("src/ledger.rs", "pub fn ⟦post⟧(amount: f64) -> f64 {\n    amount.floor()\n}\n"),
        (
            ".tollgate/docs.lock",
            "version = 1\n\n[[anchor]]\ndoc = \"docs/ledger.md\"\nsection = \"posting\"\ntarget = \"src/ledger.rs#post\"\nfacets = { body = \"t1:0000000000000000\" }\n",
        ),
    ],
    good: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n## Posting <!-- documents: {target: \"src/ledger.rs#post\", facet: [body]} -->\n\nIt rounds down.\n",
        ),
        ("src/ledger.rs", "pub fn post(amount: f64) -> f64 {\n    amount.floor()\n}\n"),
    ],
    fix: "Read the code, and say that the section is in step once it is (`tollgate docs attest`).",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.drifted(&RULE, &[Facet::Body], found);
}
