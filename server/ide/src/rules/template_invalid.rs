//! `template/invalid`: an expression in `{{ … }}` that cannot be read.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "template/invalid",
    severity: Severity::Error,
    why: "What cannot be read cannot be filled in, and the pass would not start.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend {{ ticket.title ⟦+⟧ 1 }}.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend {{ ticket.title }}.
"#,
    )],
    fix: "Write one name; conditions know `==`, `!=`, `&&`, `||`, `!` and texts in quotes. `\\{{` writes the braces themselves.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use syntax::template::Fault;
    for expression in context.file.templates() {
        let Some(fault) = &expression.fault else { continue };
        let token = fault.span.of(context.text());
        let diagnostic = match fault.value {
            Fault::Unclosed => {
                let rest = &context.text()[fault.span.end as usize..];
                let line = rest.lines().next().unwrap_or_default();
                let name = line.len() - line.trim_start().len()
                    + line
                        .trim_start()
                        .bytes()
                        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
                        .count();
                let end = fault.span.end as usize + name;
                let diagnostic = RULE.at(fault.span, "This template is not closed: `}}` is missing on its line");
                diagnostic.fix("Write the missing `}}`", context.path(), Span::empty(end), " }}")
            }
            Fault::Empty => RULE.at(fault.span, "This template is empty"),
            Fault::Unexpected => RULE.at(fault.span, format!("`{token}` has no meaning in a template")),
        };
        let escaped = format!(
            "\\{}",
            Span::new(expression.span.start as usize, expression.span.start as usize + 2).of(context.text())
        );
        let braces = Span::new(expression.span.start as usize, expression.span.start as usize + 2);
        let in_body = expression.span.start > context.file.yaml().end;
        found.push(if in_body {
            diagnostic.fix("Write the braces as they stand: `\\{{`", context.path(), braces, escaped)
        } else {
            diagnostic
        });
    }
}
