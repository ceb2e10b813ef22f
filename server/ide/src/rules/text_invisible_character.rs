//! `text/invisible-character`: characters that people do not see.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "text/invisible-character",
    severity: Severity::Warning,
    why: "Hidden characters make an agent read another text than the reviewer who approved it.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        "---\nschema_version: 1\nid: t-1\ntitle: A lamp flickers\nstatus: To Do\ntype: feature\n---\nMend the lamp.⟦\u{200b}⟧\n",
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
Mend the lamp.
"#,
    )],
    fix: "Remove the character.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::InvisibleCharacter(code) = kind else { continue };
        let diagnostic = RULE
            .at(span, format!("An invisible character ({code}) stands here: people and agents read different texts"));
        found.push(diagnostic.fix("Remove it", context.path(), span, ""));
    }
}
