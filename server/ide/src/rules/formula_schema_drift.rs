//! `formula/schema-drift`: one of the two programs that read a formula takes less of it than the other.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "formula/schema-drift",
    severity: Severity::Hint,
    why: "Gas Town and Beads read the same formula with two schemas: a gate that one passes over stops nobody there.",
    bad: &[(
        ".beads/formulas/lend-book.formula.toml",
        r#"formula = "lend-book"
version = 1

[[steps]]
id = "find"
title = "Find the book"
⟦acceptance⟧ = "the book lies on the desk"

[[steps]]
id = "hand-out"
title = "Hand it out"
needs = ["find"]

[steps.⟦gate⟧]
type = "human"
"#,
    )],
    good: &[(
        ".beads/formulas/lend-book.formula.toml",
        r#"formula = "lend-book"
version = 1

[[steps]]
id = "find"
title = "Find the book"
description = "Done when the book lies on the desk."

[[steps]]
id = "hand-out"
title = "Hand it out"
needs = ["find"]
"#,
    )],
    fix: "Say it in a way that both read, or keep the formula for the program that is meant.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::ReadersDiffer(words) = kind {
            let mut letters = words.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            found.push(RULE.at(span, format!("{first}{}", letters.as_str())));
        }
    }
}
