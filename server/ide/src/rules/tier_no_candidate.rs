//! `tier/no-candidate`: a tier that nothing can serve.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tier/no-candidate",
    severity: Severity::Error,
    why: "Every pass of this tier stops before it starts.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  ⟦standard⟧: []
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: claude, model: sonnet}]
"#,
    )],
    fix: "Add a candidate with a harness and a model that the policy allows.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(config) = context.config() else { return };
    let allowed: Vec<_> =
        config.allowed_models.iter().filter_map(|glob| globset::Glob::new(&glob.value).ok()).collect();
    for tier in &config.tiers {
        let usable = tier.candidates.iter().filter(|candidate| candidate.harness.is_some());
        let permitted = |model: &str| {
            config.allowed_models.is_empty() || allowed.iter().any(|glob| glob.compile_matcher().is_match(model))
        };
        if usable.clone().count() == 0 {
            found.push(RULE.at(tier.name.span, format!("Tier `{}` has no candidate", tier.name.value)));
        } else if !usable.clone().any(|candidate| candidate.model.as_ref().is_none_or(|model| permitted(&model.value)))
        {
            let message = format!("No candidate of tier `{}` is allowed by `policy.allowed_models`", tier.name.value);
            found.push(RULE.at(tier.name.span, message));
        }
    }
}
