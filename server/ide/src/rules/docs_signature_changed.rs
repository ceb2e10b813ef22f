//! `docs/signature-changed`: what a section speaks of is declared otherwise than when somebody said that the section is right.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/signature-changed",
    severity: Severity::Warning,
    why: "The section describes parameters, types or columns that the code no longer has.",
    bad: &[
        ("docs/ledger.md", "# Ledger\n\n## ⟦Posting⟧ <!-- documents: src/ledger.rs#post -->\n\nIt takes an amount.\n"),
        ("src/ledger.rs", "pub fn ⟦post⟧(amount: i64, day: u32) {}\n"),
        (
            ".tollgate/docs.lock",
            "version = 1\n\n[[anchor]]\ndoc = \"docs/ledger.md\"\nsection = \"posting\"\ntarget = \"src/ledger.rs#post\"\nfacets = { sig = \"t1:0000000000000000\" }\n",
        ),
    ],
    good: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n## Posting <!-- documents: src/ledger.rs#post -->\n\nIt takes an amount and a day.\n",
        ),
        ("src/ledger.rs", "pub fn post(amount: i64, day: u32) {}\n"),
    ],
    fix: "Rewrite what is no longer so and say that the section is in step (`tollgate docs attest`), or say why it is still accurate.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    view.drifted(&RULE, &[Facet::Sig, Facet::Value], found);
}
