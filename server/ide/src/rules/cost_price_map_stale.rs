//! `cost/price-map-stale`: costs are computed with a list of prices that has become old.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "cost/price-map-stale",
    severity: Severity::Information,
    why: "Providers change prices without a word: forecasts, caps and budgets may be counted at old ones.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: command, model: ollama/qwen3-coder}, {harness: claude, model: ⟦sonnet⟧}]
  deep: [{harness: claude, model: opus}]
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: command, model: ollama/qwen3-coder}]
"#,
    )],
    fix: "Update Tollgate, which brings a newer list, or write what you pay under `prices` of your own configuration.",
    files: Files::Ours,
    check,
};

/// Said once, at the first model that the list prices.
fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some((config, (as_of, days))) = context.config().zip(context.live.prices.old.as_ref()) else { return };
    let models = config.tiers.iter().flat_map(|tier| &tier.candidates).filter_map(|one| one.model.as_ref());
    let first = models.into_iter().find(|model| context.live.prices.listed.contains(&model.value));
    found.extend(first.map(|model| {
        RULE.at(
            model.span,
            format!("The list of prices is of {as_of}, {days} days old: costs may be counted at old prices"),
        )
    }));
}
