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
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let path = context.path();
    if context.file.kind == FileKind::Work {
        return;
    }
    // One of two conflicting paths has a capital letter: only those have to look around.
    if !path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return;
    }
    let conflicts = context.project.files().filter(|file| file.path != path && file.path.eq_ignore_ascii_case(path));
    for other in conflicts {
        let place = context.file.facts.names.first().map_or(Span::empty(0), |(_, _, span)| *span);
        let diagnostic = RULE.at(place, format!("{} differs from this file's path only in case", other.path));
        found.push(diagnostic.related(&other.path, Span::empty(0), "the other file"));
    }
}
