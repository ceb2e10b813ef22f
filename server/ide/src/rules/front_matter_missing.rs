//! `front-matter/missing`: a file of ours without front matter.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "front-matter/missing",
    severity: Severity::Error,
    why: "Without front matter the file has no id, no status and no place in any workflow: nothing reads it.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"⟦⟧A lamp flickers.
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
    fix: "Write the keys between two lines `---` at the very start of the file.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if *kind == ProblemKind::FrontMatterMissing {
            let (stem, newline) = (context.file.stem(), context.newline());
            let keys = match context.file.kind {
                FileKind::Ticket => vec![format!("id: {stem}"), format!("title: {stem}"), "status: To Do".to_owned()],
                FileKind::Agent => vec![format!("name: {stem}"), "description: ".to_owned()],
                FileKind::Workflow => vec![format!("name: {stem}"), "passes: []".to_owned()],
                _ => vec![format!("name: {stem}")],
            };
            let text = format!("---{newline}schema_version: 1{newline}{}{newline}---{newline}", keys.join(newline));
            let diagnostic = RULE.at(span, "The file has no front matter: it starts with a line `---`");
            found.push(diagnostic.fix("Write front matter", context.path(), Span::empty(span.start as usize), text));
        }
    }
}
