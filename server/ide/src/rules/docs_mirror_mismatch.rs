//! `docs/mirror-mismatch`: a fence that restates declarations says something else than the code.

use super::documents::*;
use crate::diagnostic::one_line;
use docs::mirror::DifferenceKind;

pub(super) const RULE: Rule = Rule {
    id: "docs/mirror-mismatch",
    severity: Severity::Warning,
    why: "Readers copy what stands in the fence, and it no longer compiles or means something else.",
    bad: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n```ts mirror=src/ledger.ts#Ledger\ninterface Ledger {\n  ⟦total⟧: number\n}\n```\n",
        ),
        ("src/ledger.ts", "export interface Ledger {\n  total: bigint\n  currency: string\n}\n"),
    ],
    good: &[
        (
            "docs/ledger.md",
            "# Ledger\n\n```ts mirror=src/ledger.ts#Ledger\ninterface Ledger {\n  total: bigint\n}\n```\n",
        ),
        ("src/ledger.ts", "export interface Ledger {\n  total: bigint\n  currency: string\n}\n"),
    ],
    fix: "Replace the member with the declaration that the code has: the fix does it.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for difference in view.page.iter().flat_map(|page| &page.mirrors).flatten().flatten() {
        let name = &difference.member;
        let room = 100_usize.saturating_sub(name.chars().count()) / 2;
        let (message, related) = match &difference.kind {
            DifferenceKind::Declared { document, code } => (
                format!("`{name}` differs: - {} + {}", one_line(document, room), one_line(code, room)),
                format!("+ {code}"),
            ),
            DifferenceKind::Missing(None) => {
                (format!("`{name}` is not in {}", difference.path), "it is mirrored from here".to_owned())
            }
            DifferenceKind::Missing(Some(nearest)) => (
                format!("`{name}` is not in {}; did you mean `{nearest}`?", difference.path),
                "it is mirrored from here".to_owned(),
            ),
        };
        let mut diagnostic = RULE.at(difference.span, message);
        if let Some(place) = difference.place {
            diagnostic = diagnostic.related(&difference.path, place, &related);
        }
        if let Some((span, text)) = &difference.fix {
            diagnostic = diagnostic.fix("Replace this member with the code's", view.path, *span, text.clone());
        }
        found.push(diagnostic);
    }
}
