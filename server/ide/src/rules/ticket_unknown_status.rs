//! `ticket/unknown-status`: a status word that says nothing to us.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "ticket/unknown-status",
    severity: Severity::Information,
    why: "A ticket whose state is not known is never found as the current one and never counted as done.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: ⟦Sideways⟧
type: feature
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
---
"#,
    )],
    fix: "Use a word that says to do, in progress, in review, blocked or done.",
    files: Files::Ours,
    check,
};

const USUAL: &[&str] = &["To Do", "In Progress", "In Review", "Blocked", "Done"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(status) = context.ticket().and_then(|ticket| ticket.status.as_ref()) else { return };
    if spec::model::StatusCategory::of(&status.value).is_some() {
        return;
    }
    let mut diagnostic =
        RULE.at(status.span, format!("`{}` does not say whether the ticket is open, active or done", status.value));
    for word in USUAL {
        diagnostic = diagnostic.fix(format!("Change it to `{word}`"), context.path(), status.span, *word);
    }
    diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
    found.push(diagnostic);
}
