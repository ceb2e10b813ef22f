//! `file/case-conflict`: two paths that differ only in case.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "file/case-conflict",
    severity: Severity::Error,
    why: "On most laptops the two are one file: a checkout there loses one of them without a word.",
    bad: &[
        (
            ".tollgate/agents/Helper.md",
            r#"---
schema_version: 1
name: ⟦helper⟧
description: Looks at changes.
category: verifier
---
You look at changes.
"#,
        ),
        (
            ".tollgate/agents/helper.md",
            r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
---
You look at changes.
"#,
        ),
    ],
    good: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
---
You look at changes.
"#,
    )],
    fix: "Rename one of the two; ids are lower-case.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // One of two conflicting paths has a capital letter: only those look around.
    for other in context.project.differ_in_case(context.path()) {
        let place = context.file.facts.names.first().map_or(Span::empty(0), |(_, _, span)| *span);
        let diagnostic = RULE.at(place, format!("{other} differs from this file's path only in case"));
        found.push(diagnostic.related(other, Span::empty(0), "the other file"));
    }
}
