//! `schema/unknown-value`: a word that is not one of the allowed ones.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "schema/unknown-value",
    severity: Severity::Error,
    why: "The default is used instead, which is seldom what the word was meant to say.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: reviewer}, on_reject: ⟦retri⟧, max_iterations: 2}
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
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: reviewer}, on_reject: retry, max_iterations: 2}
---
## patch
Mend it.
"#,
    )],
    fix: "Take one of the allowed words.",
    files: Files::Ours,
    check,
};

/// More words than these are not all named and offered.
const FEW: usize = 8;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::UnknownValue { value, key, suggestion, allowed } = kind else { continue };
        let words: Vec<String> = allowed.iter().map(|word| format!("`{}`", word.word)).collect();
        let nearest = suggestion.as_deref();
        let which = match nearest {
            _ if words.len() <= FEW => format!(": it is one of {}", words.join(", ")),
            Some(nearest) => format!("; did you mean `{nearest}`?"),
            None => format!(": it is {}, … or another word that completion lists", words[..2].join(", ")),
        };
        let mut diagnostic = RULE.at(span, format!("`{key}` cannot be `{value}`{which}"));
        for word in nearest
            .into_iter()
            .chain(allowed.iter().map(|word| word.word).filter(|word| Some(*word) != nearest))
            .take(FEW)
        {
            diagnostic = diagnostic.fix(format!("Change it to `{word}`"), context.path(), span, word);
        }
        if nearest.is_none() {
            diagnostic.fixes.iter_mut().for_each(|fix| fix.preferred = false);
        }
        found.push(diagnostic);
    }
}
