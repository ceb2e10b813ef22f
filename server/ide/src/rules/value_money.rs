//! `value/money`: something that is not an amount of dollars.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "value/money",
    severity: Severity::Error,
    why: "A budget that cannot be read limits nothing.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
budget: {limit_usd: ⟦$15⟧}
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
budget: {limit_usd: 15}
---
"#,
    )],
    fix: "Write a plain decimal number of US dollars: `15`, `0.50`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::BadMoney(written) = kind else { continue };
        let mut diagnostic = RULE.at(span, format!("`{written}` is not an amount of dollars such as `4.50`"));
        let plain: String = written.trim_matches(['$', ' ', 'U', 'S', 'D']).to_owned();
        if spec::values::money(&plain).is_some() {
            diagnostic = diagnostic.fix(format!("Change it to `{plain}`"), context.path(), span, plain);
        }
        found.push(diagnostic);
    }
}
