//! `cost/price-drift`: a harness reports other costs than the prices give.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "cost/price-drift",
    severity: Severity::Information,
    why: "One of the two is wrong: budgets are counted with our prices, and the harness says that it costs something else.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: claude, model: ⟦sonnet⟧}]
  deep: [{harness: claude, model: opus}]
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: claude, model: opus}]
"#,
    )],
    fix: "Look at your provider's price list; write what you pay under `prices` of your own configuration, or update the harness.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(config) = context.config().filter(|_| !context.live.prices.drifts.is_empty()) else { return };
    for model in config.tiers.iter().flat_map(|tier| &tier.candidates).filter_map(|one| one.model.as_ref()) {
        let Some(drift) = context.live.prices.drifts.get(&model.value) else { continue };
        let priced =
            if drift.low == drift.high { drift.high.to_string() } else { format!("{}–{}", drift.low, drift.high) };
        let words = format!(
            "The harness reported {} for the last {} runs, our prices give {priced}",
            drift.reported, drift.runs
        );
        found.push(RULE.at(model.span, words));
    }
}
