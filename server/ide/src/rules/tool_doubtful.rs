//! `tool/doubtful`: the tool takes what stands there, and it hardly does what it says.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tool/doubtful",
    severity: Severity::Warning,
    why: "The tool passes over it without a word, or needs something that is not in this repository.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
steps:
  - id: build
    type: ⟦shel⟧
    run: make
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship
steps:
  - id: build
    type: shell
    run: make
"#,
    )],
    fix: "Correct the word, or make sure that what it needs is installed.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (problem, span) in context.problems() {
        if let ProblemKind::Doubtful(system, words) = problem {
            found.push(RULE.at(span, format!("{}: {words}", system.word())));
        }
    }
}
