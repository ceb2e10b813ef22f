//! `schema/duplicate-key`: a key that stands twice in one map.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/duplicate-key",
    severity: Severity::Error,
    why: "One reader takes the first value, the next one the last: nobody can say which limit holds.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
size: small
⟦size⟧: large
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
size: large
---
"#,
    )],
    fix: "Keep one of the two.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::DuplicateKey(key) = kind else { continue };
        let mut diagnostic = RULE.at(span, format!("`{key}` is written twice here; only the first one counts"));
        diagnostic.unnecessary = true;
        // A whole line with a plain value can go without a look at what is below it.
        let (start, end) = (context.line_start(span.start as usize), context.next_line(span.end as usize));
        let line = &context.text()[start..end];
        let alone =
            line.trim_start().starts_with(key.as_str()) && !line.trim_end().ends_with([':', '|', '>', '[', '{', ',']);
        if alone {
            diagnostic = diagnostic.fix("Remove this line", context.path(), Span::new(start, end), "");
        }
        found.push(diagnostic);
    }
}
