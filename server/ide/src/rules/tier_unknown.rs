//! `tier/unknown`: a tier that the config does not have.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tier/unknown",
    severity: Severity::Error,
    why: "Nothing says which model the pass gets, so it gets none.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
defaults: {tier: ⟦standart⟧}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
defaults: {tier: standard}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Take a tier of the config, or add it there.",
    files: Files::Ours,
    check,
};

/// Tiers that are there as long as the config has none of its own.
const BUILT_IN: &[&str] = &["light", "standard", "deep"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let has_own = context.project.config().is_some_and(|(_, config)| !config.tiers.is_empty());
    for (written, span) in context.undefined(NameKind::Tier) {
        if has_own {
            found.push(context.unknown(&RULE, NameKind::Tier, "tier", written, span));
        } else if !BUILT_IN.contains(&written) {
            let meant = spec::values::nearest(written, BUILT_IN.iter().copied()).map(str::to_owned);
            found.push(context.did_you_mean(&RULE, &format!("There is no tier `{written}`"), meant, span));
        }
    }
}
