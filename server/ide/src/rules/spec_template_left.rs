//! `spec/template-left`: a placeholder of the tool's template that nobody replaced.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "spec/template-left",
    severity: Severity::Information,
    why: "An agent takes the placeholder for what is wanted.",
    bad: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: ⟦[FEATURE NAME]⟧

**Created**: ⟦[DATE]⟧

- **FR-001**: The system MUST ⟦[one thing, e.g., "count the books"]⟧
"#,
        ),
        (
            ".specify/memory/constitution.md",
            r#"# ⟦[PROJECT_NAME]⟧ Constitution

### I. Money is an integer
"#,
        ),
    ],
    good: &[
        (
            "specs/004-late-fees/spec.md",
            r#"# Feature Specification: Late fees

**Created**: 2026-03-02

- **FR-001**: Exports are named `fees-[DATE].csv`
"#,
        ),
        (
            ".specify/memory/constitution.md",
            r#"# Library Constitution

### I. Money is an integer
"#,
        ),
    ],
    fix: "Replace it, or remove the line.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let remains = context.work().map_or(&[][..], |work| &work.remains);
    found.extend(remains.iter().map(|span| {
        let words = crate::diagnostic::one_line(span.of(context.text()), 40);
        RULE.at(*span, format!("`{words}` is left from the template"))
    }));
}
