//! `rules/unknown-id`: a severity for a rule that does not exist.

use super::context::*;
use crate::severities;

pub(super) const RULE: Rule = Rule {
    id: "rules/unknown-id",
    severity: Severity::Warning,
    why: "The rule you meant keeps its severity, and nobody notices.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
rules:
  severity: {⟦gate/unbounded-retries⟧: error}
  paths: [{paths: ["legacy/**"], severity: {⟦gate/no-criteria⟧: "off"}}]
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
rules:
  severity: {gate/unbounded-retry: error}
  paths: [{paths: ["legacy/**"], severity: {gate/no-criterion: "off"}}]
"#,
    )],
    fix: "Take the id of a rule; `tollgate rules` lists them.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.config().is_none_or(|config| config.severities.is_empty() && config.rule_paths.is_empty()) {
        return;
    }
    let known = || severities::ids().map(|(id, _, _)| id);
    for (id, _) in severities::written(context.file, context.text()) {
        if known().any(|known| known == id.value) {
            continue;
        }
        let meant = spec::values::nearest(&id.value, known()).map(str::to_owned);
        let words = format!("There is no rule `{}`", id.value);
        found.push(context.did_you_mean(&RULE, &words, meant, id.span));
    }
}
