//! `tool/unreadable`: the tool that owns the file cannot read it.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tool/unreadable",
    severity: Severity::Error,
    why: "The tool that owns the file stops at it or goes on as if it were not there, often without a word.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: Ship⟦:⟧ it
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"workflow:
  id: ship
  name: "Ship: it"
steps:
  - id: plan
    command: speckit.plan
"#,
    )],
    fix: "Mend the syntax at the marked place.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (problem, span) in context.problems() {
        if let ProblemKind::Unreadable(system, words) = problem {
            found.push(RULE.at(span, format!("{} cannot read this file: {words}", system.word())));
        }
    }
}
