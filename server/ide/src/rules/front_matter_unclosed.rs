//! `front-matter/unclosed`: front matter that nothing closes.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "front-matter/unclosed",
    severity: Severity::Error,
    why: "Other readers take the whole file for YAML or for none: the agents that read it get another text than you see.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"⟦---⟧
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature

# Notes
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
    fix: "Close the front matter with a line `---` before the text starts.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if *kind == ProblemKind::FrontMatterUnclosed {
            let yaml = context.file.yaml();
            let words = yaml.of(context.text()).trim_end().len();
            let end = if words == 0 { span.end as usize } else { yaml.start as usize + words };
            let text = format!("{}---", context.newline());
            let diagnostic = RULE.at(span, "The front matter is not closed: a line `---` is missing");
            found.push(diagnostic.fix("Close it", context.path(), Span::empty(end), text));
        }
    }
}
