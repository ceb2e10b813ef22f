//! `spec/needs-clarification`: a question in a spec or a plan that nobody has answered.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "spec/needs-clarification",
    severity: Severity::Information,
    why: "Whoever builds it will guess the answer.",
    bad: &[(
        "specs/004-late-fees/spec.md",
        r#"# Feature Specification: Late fees

- **FR-001**: A librarian can waive a fee ⟦[NEEDS CLARIFICATION: also a part of it?]⟧
"#,
    )],
    good: &[(
        "specs/004-late-fees/spec.md",
        r#"# Feature Specification: Late fees

- **FR-001**: A librarian can waive a fee, or a part of it
"#,
    )],
    fix: "Write the answer where the question stands.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let questions = context.work().map_or(&[][..], |work| &work.questions);
    found.extend(questions.iter().map(|span| RULE.at(*span, "A question is open: put its answer here")));
}
