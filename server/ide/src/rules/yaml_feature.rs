//! `yaml/feature`: anchors, aliases, tags and merge keys.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "yaml/feature",
    severity: Severity::Error,
    why: "An alias makes one line mean another one far away, and hosts read tags each in their own way; a reviewer sees neither.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
labels: ⟦&all⟧ [bug]
documentation: ⟦*all⟧
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
labels: [bug]
documentation: [bug]
---
"#,
    )],
    fix: "Write the value itself where it is needed.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::YamlFeature(name) = kind else { continue };
        let article = if name.starts_with('a') { "An" } else { "A" };
        let mut diagnostic = RULE.at(span, format!("{article} {name} is not allowed here: write the value itself"));
        if matches!(*name, "anchor" | "tag") {
            let rest = &context.text()[span.end as usize..];
            let gap = rest.len() - rest.trim_start_matches(' ').len();
            let whole = Span::new(span.start as usize, span.end as usize + gap);
            diagnostic = diagnostic.fix(format!("Remove the {name}"), context.path(), whole, "");
        }
        found.push(diagnostic);
    }
}
