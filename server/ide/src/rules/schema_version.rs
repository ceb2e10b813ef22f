//! `schema/version`: a file that does not say which format it is in.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/version",
    severity: Severity::Error,
    why: "A later version of the format may read a key in another way; with the number nothing has to be guessed.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: ⟦2⟧
id: t-1
title: A lamp flickers
status: To Do
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
    fix: "Write `schema_version: 1`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::SchemaVersion(written) = kind else { continue };
        found.push(match written {
            Some(written) => RULE
                .at(span, format!("`schema_version` is 1 in this version of the format, not `{written}`"))
                .fix("Change it to 1", context.path(), span, "1"),
            None => {
                let fence = span.of(context.text()) == "---";
                let at = if fence { context.next_line(span.end as usize) } else { span.start as usize };
                let line = format!("schema_version: 1{}", context.newline());
                let diagnostic = RULE.at(span, "The key `schema_version: 1` is missing");
                diagnostic.fix("Write `schema_version: 1`", context.path(), Span::empty(at), line)
            }
        });
    }
}
