//! `suppression/unknown-rule`: a comment that ignores a rule that does not exist, or one that no comment can ignore.

use super::context::*;
use crate::severities::is_protected;
use crate::suppressions::{can_be_ignored, markers};

pub(super) const RULE: Rule = Rule {
    id: "suppression/unknown-rule",
    severity: Severity::Warning,
    why: "The rule you meant goes on reporting, and the comment looks as if it did not.",
    bad: &[(
        ".tollgate/tickets/bug-9.md",
        r#"---
schema_version: 1
id: bug-9
title: Totals differ
status: To Do
type: feature
# tollgate-ignore ⟦ticket/unknown-state⟧: the board of the warehouse writes it
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/bug-9.md",
        r#"---
schema_version: 1
id: bug-9
title: Totals differ
# tollgate-ignore ticket/unknown-status: the board of the warehouse writes it
status: Parked
type: feature
---
"#,
    )],
    fix: "Take the id of a rule; `tollgate rules` lists them.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for marker in markers(context.file, context.text()) {
        if !marker.is_known() {
            let words =
                format!("There is no `{}`; `tollgate-ignore` is for its line or the next", marker.keyword.value);
            let title = "Change it to `tollgate-ignore`";
            found.push(RULE.at(marker.keyword.span, words).fix(
                title,
                context.path(),
                marker.keyword.span,
                "tollgate-ignore",
            ));
            continue;
        }
        for id in marker.ids.iter().filter(|id| !can_be_ignored(&id.value) && !is_protected(&id.value)) {
            let known = || super::all().iter().map(|rule| rule.id).filter(|id| can_be_ignored(id));
            if crate::severities::ids().any(|(known, _, _)| known == id.value) {
                let words = format!("`{}` cannot be ignored by a comment; give it a severity instead", id.value);
                found.push(RULE.at(id.span, words));
                continue;
            }
            let meant = spec::values::nearest(&id.value, known()).map(str::to_owned);
            found.push(context.did_you_mean(&RULE, &format!("There is no rule `{}`", id.value), meant, id.span));
        }
    }
}
