//! `file/too-large`: files and front matters beyond every honest size.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "file/too-large",
    severity: Severity::Error,
    why: "What is larger than the limits is not read, so that no file of a repository can stall the editor.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
x-deep: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [{a: [⟦{⟧a: 1}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]
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
    fix: "Split the file; front matter holds at most 1 MB, a file 8 MB, nesting 64 levels.",
    files: Files::All,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::TooLarge(words) = kind {
            found.push(RULE.at(span, format!("Too large to be read: {words}")));
        }
    }
}
