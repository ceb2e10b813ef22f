//! `yaml/invalid`: text that is not YAML.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "yaml/invalid",
    severity: Severity::Error,
    why: "One tool guesses what was meant, the next one drops the whole file without a word.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
assignee: ⟦@⟧mira
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
assignee: "@mira"
---
"#,
    )],
    fix: "Mend the YAML at the marked place; a value with `: `, or one that starts with `@`, `*`, `&` or a bracket, stands in quotes.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::InvalidYaml(words) = kind else { continue };
        let mut diagnostic = RULE.at(span, format!("Not valid YAML: {words}"));
        if words.contains("quotes") {
            diagnostic = quote(context, diagnostic, span);
        } else if words.contains("is not closed") {
            diagnostic = close(context, diagnostic, span);
        }
        found.push(diagnostic);
    }
}

/// Puts the value of the line in quotes.
fn quote(context: &Context<'_>, diagnostic: Diagnostic, span: Span) -> Diagnostic {
    let start = context.line_start(span.start as usize);
    let line = context.text()[start..].lines().next().unwrap_or_default();
    let Some(colon) = line.find(": ") else { return diagnostic };
    let value = line[colon + 2..].trim();
    if value.is_empty() || value.contains(['"', '\\']) || value.contains(" #") {
        return diagnostic;
    }
    let from = start + colon + 2 + (line[colon + 2..].len() - line[colon + 2..].trim_start().len());
    let text = format!("\"{value}\"");
    diagnostic.fix("Put the value in quotes", context.path(), Span::new(from, from + value.len()), text)
}

/// Closes a bracket or quote at the end of its line.
fn close(context: &Context<'_>, diagnostic: Diagnostic, span: Span) -> Diagnostic {
    let close = match span.of(context.text()) {
        "[" => "]",
        "{" => "}",
        quote => quote,
    };
    let rest = &context.text()[span.start as usize..];
    let end = span.start as usize + rest.lines().next().unwrap_or_default().trim_end().len();
    diagnostic.fix(format!("Write the missing `{close}`"), context.path(), Span::empty(end), close)
}
