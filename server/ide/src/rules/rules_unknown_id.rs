//! `rules/unknown-id`: a severity for a rule that does not exist.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "rules/unknown-id",
    severity: Severity::Warning,
    why: "The rule you meant keeps its severity, and nobody notices.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
rules: {severity: {⟦gate/unbounded-retries⟧: error}}
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
rules: {severity: {gate/unbounded-retry: error}}
"#,
    )],
    fix: "Take the id of a rule; `tollgate rules` lists them.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.config().is_none_or(|config| config.severities.is_empty()) {
        return;
    }
    let known = || super::all().iter().map(|rule| rule.id).chain(crate::states::ALL.iter().map(|state| state.id));
    // The keys' places: the model keeps those of the words.
    let document = syntax::yaml::read(context.text(), context.file.yaml());
    let severities = document.root.get("rules").and_then(|rules| rules.get("severity"));
    for entry in severities.map(syntax::yaml::Node::entries).unwrap_or_default() {
        if known().any(|id| id == entry.key.value) {
            continue;
        }
        let meant = spec::values::nearest(&entry.key.value, known()).map(str::to_owned);
        let words = format!("There is no rule `{}`", entry.key.value);
        found.push(context.did_you_mean(&RULE, &words, meant, entry.key.span));
    }
}
