//! `budget/duplicate-scope`: a scope with two budgets for one period.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "budget/duplicate-scope",
    severity: Severity::Error,
    why: "Nobody can say which limit holds.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
budgets:
  - {scope: ticket, limit_usd: 15}
  - {scope: ⟦ticket⟧, limit_usd: 20}
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
budgets:
  - {scope: project, period: day, limit_usd: 20}
  - {scope: project, period: month, limit_usd: 400}
"#,
    )],
    fix: "Keep one of the two, or give them different periods.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::DuplicateId { what: "budget scope", id, first } = kind else { continue };
        let diagnostic = RULE.at(span, format!("Scope `{id}` has another budget for the same period"));
        found.push(diagnostic.related(context.path(), *first, "the first one"));
    }
}
