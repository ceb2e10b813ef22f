//! `suppression/no-reason`: a comment that ignores a rule and does not say why.

use super::context::*;
use crate::suppressions::markers;

pub(super) const RULE: Rule = Rule {
    id: "suppression/no-reason",
    severity: Severity::Warning,
    why: "Without a reason nothing is ignored: whoever reads the file next could not tell whether it still holds.",
    bad: &[(
        ".tollgate/tickets/bug-9.md",
        r#"---
schema_version: 1
id: bug-9
title: Totals differ
status: To Do
type: feature
# tollgate-ignore ticket/unknown-status: ⟦TODO⟧
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
    fix: "Write the reason behind the colon.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for marker in markers(context.file, context.text()) {
        let Err(place) = marker.reason else { continue };
        if !marker.is_known() {
            continue; // said as what it is
        }
        let Some(first) = marker.ids.first() else {
            found.push(RULE.at(marker.keyword.span, "Name the rule to ignore, and say why: `<rule>: <reason>`"));
            continue;
        };
        let written = place.of(context.text());
        let diagnostic = RULE.at(place, format!("Say why `{}` is ignored; without a reason it is not", first.value));
        // A place to write at; what is written there is the person's.
        let placeholder = crate::suppressions::PLACEHOLDER;
        let diagnostic = if written == ":" {
            diagnostic.fix(
                "Write the reason",
                context.path(),
                Span::empty(place.end as usize),
                format!(" {placeholder}"),
            )
        } else if marker.ids.iter().any(|id| id.span == place) {
            let end = Span::empty(place.end as usize);
            diagnostic.fix("Write the reason", context.path(), end, format!(": {placeholder}"))
        } else {
            diagnostic
        };
        let mut diagnostic = diagnostic.fix(
            "Remove the comment",
            context.path(),
            crate::suppressions::whole_comment(context.text(), &marker),
            "",
        );
        diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
        found.push(diagnostic);
    }
}
