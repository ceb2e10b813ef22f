//! `docs/undeclared-edge`: one bounded context uses another, and no relation says so.

use super::documents::*;
use crate::diagnostic::TextEdit;
use docs::target::relative;
use text::Span;

pub(super) const RULE: Rule = Rule {
    id: "docs/undeclared-edge",
    severity: Severity::Warning,
    why: "The map of contexts shows a border that the code has already crossed.",
    bad: &[
        (
            "docs/ledger.md",
            "---\nkind: bounded-context\ndocuments: [\"src/ledger/**\"]\nrelations:\n  - {to: ⟦desk.md⟧, role: upstream}\n---\n# Ledger\n",
        ),
        ("docs/desk.md", "---\nkind: bounded-context\ndocuments: [\"src/desk/**\"]\n---\n# Desk\n"),
        ("docs/billing.md", "---\nkind: bounded-context\ndocuments: [\"src/billing/**\"]\n---\n# Billing\n"),
        ("src/ledger/post.py", "from ⟦src.billing.bill⟧ import charge\n"),
        ("src/desk/desk.py", "def show():\n    pass\n"),
        ("src/billing/bill.py", "def charge():\n    pass\n"),
    ],
    good: &[
        (
            "docs/ledger.md",
            "---\nkind: bounded-context\ndocuments: [\"src/ledger/**\"]\nrelations:\n  - {to: billing.md, role: downstream}\n---\n# Ledger\n",
        ),
        ("docs/billing.md", "---\nkind: bounded-context\ndocuments: [\"src/billing/**\"]\n---\n# Billing\n"),
        ("src/ledger/post.py", "from src.billing.bill import charge\n"),
        ("src/billing/bill.py", "def charge():\n    pass\n"),
    ],
    fix: "Declare the relation in one of the two documents, or do without the import.",
    files: Files::Documents,
    check: nothing,
};

pub(super) fn check(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for edge in view.edges().iter().filter(|edge| edge.undeclared) {
        let title = |path: &str| {
            let title = view.documents.page(path).and_then(|page| page.document.title.as_ref());
            title.map_or_else(|| path.to_owned(), |title| title.value.clone())
        };
        let (from, to) = (title(&edge.from), title(&edge.to));
        if let Some(page) = view.page.filter(|page| page.document.path == edge.from) {
            let first = page.document.relations.first().map(|relation| relation.to.span);
            let span = first.or(page.document.title.as_ref().map(|title| title.span)).unwrap_or_default();
            let used = edge.imports.first().map(|used| format!(": {} imports {}", used.path, used.source));
            let message = format!("{from} uses {to}, and no relation says so{}", used.unwrap_or_default());
            let mut diagnostic = RULE.at(span, message);
            for used in edge.imports.iter().take(8) {
                diagnostic = diagnostic.related(&used.path, used.span, "here it is used");
            }
            let written = relative(&page.document.path, &edge.to);
            if let Some(edit) = declared(view, &written) {
                let title = format!("Declare the relation to {to}");
                diagnostic = diagnostic.fix(title, view.path, edit.span, edit.text);
                diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
            }
            found.push(diagnostic);
        }
        for used in edge.imports.iter().filter(|used| *used.path == *view.path) {
            let message = format!("{from} may not know {to}: {} declares no relation", edge.from);
            found.push(RULE.at(used.span, message).related(&edge.from, Span::default(), "the context that uses it"));
        }
    }
}

/// The edit that adds a relation to the front matter.
fn declared(view: &View<'_>, to: &str) -> Option<TextEdit> {
    let page = view.page?;
    let entry = format!("- {{ to: {to}, role: downstream }}");
    if let Some(last) = page.document.relations.last() {
        let line = page.line_of(last.to.span)?;
        let indent = line.text.len() - line.text.trim_start().len();
        let is_item = line.text.trim_start().starts_with("- ");
        return is_item
            .then(|| TextEdit { span: Span::empty(line.end), text: format!("\n{}{entry}", &line.text[..indent]) });
    }
    let yaml = syntax::front_matter::split(&page.text).yaml;
    (!yaml.is_empty()).then(|| TextEdit {
        span: Span::empty(yaml.end as usize),
        text: format!("{}relations:\n  {entry}\n", if yaml.of(&page.text).ends_with('\n') { "" } else { "\n" }),
    })
}
