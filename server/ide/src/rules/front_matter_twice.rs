//! `front-matter/twice`: a second block of front matter.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "front-matter/twice",
    severity: Severity::Warning,
    why: "Only the first block counts; what the second one says looks effective and is not.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
---
⟦---
status: Done
---⟧
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
    fix: "Move what you need into the first block and remove the second.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if *kind == ProblemKind::FrontMatterTwice {
            let end = context.next_line(span.end as usize);
            let whole = Span::new(span.start as usize, end);
            let diagnostic = RULE.at(span, "This second block of front matter has no effect");
            let mut diagnostic = diagnostic.fix("Remove it", context.path(), whole, "");
            diagnostic.unnecessary = true;
            found.push(diagnostic);
        }
    }
}
