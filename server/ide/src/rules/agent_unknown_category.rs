//! `agent/unknown-category`: a category that nobody declared.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "agent/unknown-category",
    severity: Severity::Warning,
    why: "Categories decide who may generate and who may judge; an unknown one decides nothing.",
    bad: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: ⟦verifer⟧
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
    fix: "Take a known category, or declare yours under `categories:` in the config.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let written: Vec<&Spanned<String>> = match (context.agent(), context.config()) {
        (Some(agent), _) => agent.category.iter().collect(),
        (_, Some(config)) => config.agents.iter().filter_map(|row| row.category.as_ref()).collect(),
        _ => return,
    };
    let declared = context.project.config().map(|(_, config)| config.categories.as_slice()).unwrap_or_default();
    let known =
        || spec::schema::CATEGORIES.iter().map(|word| word.word).chain(declared.iter().map(|word| word.value.as_str()));
    for category in written.into_iter().filter(|category| !known().any(|known| known == category.value)) {
        let meant = spec::values::nearest(&category.value, known()).map(str::to_owned);
        let words = format!("There is no agent category `{}`", category.value);
        found.push(context.did_you_mean(&RULE, &words, meant, category.span));
    }
}
