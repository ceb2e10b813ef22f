//! `schema/unknown-key`: a key that the format does not have.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/unknown-key",
    severity: Severity::Warning,
    why: "A misspelt key is silently without effect: the limit or the gate it should set does not exist.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
⟦prioritty⟧: high
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
priority: high
x-team-note: keys that start with x- are yours
---
"#,
    )],
    fix: "Take the key that was meant, or start your own with `x-`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::UnknownKey { key, suggestion, of, map } = kind else { continue };
        if super::trust_setting_in_repository::is_setting(key, *map) {
            continue; // said there, with its reason
        }
        let diagnostic =
            context.did_you_mean(&RULE, &format!("There is no key `{key}` in {of}"), suggestion.clone(), span);
        let own = format!("x-{}", key.replace('_', "-"));
        found.push(diagnostic.fix(format!("Make it your own: `{own}`"), context.path(), span, own));
    }
}
