//! `name/mismatch`: a name that differs from the file it stands in.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "name/mismatch",
    severity: Severity::Warning,
    why: "People look for the file by the name they read elsewhere, and do not find it.",
    bad: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: ⟦assistant⟧
description: Looks at changes.
category: verifier
---
You look at changes.
"#,
    )],
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
    fix: "Use the name of the file, or rename the file.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::NameMismatch { name, stem } = kind else { continue };
        let lower = context.path().to_ascii_lowercase();
        if lower != context.path() && context.project.file(&lower).is_some() {
            continue; // said by `file/case-conflict`
        }
        let mut diagnostic = RULE.at(span, format!("The file is called `{stem}`, but says it is `{name}`"));
        if spec::values::is_id(stem) {
            diagnostic = diagnostic.fix(format!("Change it to `{stem}`"), context.path(), span, stem.as_str());
        }
        found.push(diagnostic);
    }
}
