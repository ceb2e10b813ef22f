//! `docs/bad-binding`: a document says what it documents in a way that nobody can follow.

use super::documents::*;

pub(super) const RULE: Rule = Rule {
    id: "docs/bad-binding",
    severity: Severity::Warning,
    why: "The binding counts for nothing, and the document drifts unseen.",
    bad: &[("docs/ledger.md", "---\ndocuments:\n  - ⟦src/ledger.rs#L10⟧\n---\n# Ledger\n")],
    good: &[("docs/ledger.md", "# Ledger\n")],
    fix: "Name a file, a symbol of it (`src/ledger.rs#post`), a JSON pointer, a table or a glob.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(page) = view.page else { return };
    for problem in &page.document.problems {
        found.push(RULE.at(problem.span, sentence(&problem.kind.to_string())));
    }
    for fault in page.mirrors.iter().filter_map(|mirror| mirror.as_ref().err()).filter(|fault| !fault.is_unknown()) {
        found.push(RULE.at(fault.span, sentence(&fault.kind.to_string())));
    }
}
