//! `suppression/protected`: a comment or a setting that would quiet what is about trust and safety.

use super::context::*;
use crate::severities::{self, is_protected};
use crate::suppressions::{self, markers};

pub(super) const RULE: Rule = Rule {
    id: "suppression/protected",
    severity: Severity::Warning,
    why: "What speaks of trust, records, money, paths or gates stays, so that a file of the checkout cannot hide it.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers: {standard: [{harness: claude, model: sonnet}]}
rules:
  severity: {⟦path/escapes-root⟧: "off", gate/failed: error}
  paths: [{paths: ["**"], severity: {⟦record/invalid⟧: hint}}]
# tollgate-ignore-file ⟦trust/setting-in-repository⟧: we know what we do
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers: {standard: [{harness: claude, model: sonnet}]}
rules: {severity: {gate/no-criterion: "off", gate/failed: error}}
"#,
    )],
    fix: "Take it out, and mend what the rule says.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for marker in markers(context.file, context.text()) {
        for id in marker.ids.iter().filter(|id| is_protected(&id.value)) {
            let alone = marker.ids.len() == 1;
            let span = match alone {
                true => suppressions::whole_comment(context.text(), &marker),
                false => suppressions::without(&marker, id),
            };
            let words = format!("`{}` cannot be ignored: it is about trust and safety", id.value);
            let title = if alone { "Remove the comment" } else { "Remove it from the comment" };
            found.push(RULE.at(id.span, words).fix(title, context.path(), span, ""));
        }
    }
    if context.config().is_none_or(|config| config.severities.is_empty() && config.rule_paths.is_empty()) {
        return;
    }
    for (id, word) in severities::written(context.file, context.text()) {
        let Some((_, own, _)) = severities::ids().find(|(known, _, _)| is_protected(known) && *known == id.value)
        else {
            continue;
        };
        let wanted = word.as_deref().and_then(Severity::parse);
        let off = word.as_deref() == Some("off");
        if off || wanted.is_some_and(|wanted| wanted > own) {
            let words = format!("`{}` stays {}: it is about trust and safety", id.value, own.word());
            found.push(RULE.at(id.span, words));
        }
    }
}
