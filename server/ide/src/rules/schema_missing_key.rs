//! `schema/missing-key`: a required key that is not there.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/missing-key",
    severity: Severity::Error,
    why: "Without it the file cannot do what it is for, and finds out only when a pass starts.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"⟦---⟧
schema_version: 1
id: t-1
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
    fix: "Write the key.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::MissingKey { key, of } = kind else { continue };
        let value = match *key {
            "id" | "name" => context.file.stem(),
            "title" => "…",
            "status" => "To Do",
            "passes" => "[]",
            _ => "",
        };
        let diagnostic = RULE.at(span, format!("The key `{key}` is missing in {of}"));
        let at_fence = span.of(context.text()) == "---";
        found.push(if at_fence {
            let at = context.next_line(span.end as usize);
            let line = format!("{key}: {value}").trim_end().to_owned() + context.newline();
            diagnostic.fix(format!("Write `{key}`"), context.path(), Span::empty(at), line)
        } else if matches!(span.of(context.text()), "{") {
            let text = format!("{key}: {}, ", if value.is_empty() { "\"\"" } else { value });
            diagnostic.fix(format!("Write `{key}`"), context.path(), Span::empty(span.end as usize), text)
        } else {
            let column = span.start as usize - context.line_start(span.start as usize);
            let text = format!("{key}: {value}").trim_end().to_owned() + context.newline() + &" ".repeat(column);
            diagnostic.fix(format!("Write `{key}`"), context.path(), Span::empty(span.start as usize), text)
        });
    }
}
