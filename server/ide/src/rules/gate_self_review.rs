//! `gate/self-review`: an agent that judges its own work.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/self-review",
    severity: Severity::Error,
    why: "Who made a thing finds it good: a review by the same instructions proves nothing.",
    bad: &[
        (
            ".tollgate/workflows/mend.md",
            r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: ⟦twin⟧}}
---
## patch
Mend it.
"#,
        ),
        (
            ".tollgate/agents/twin.md",
            r#"---
schema_version: 1
name: twin
description: The same again.
extends: implementer
---
Judge it.
"#,
        ),
    ],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: agent, agent: reviewer}}
---
## patch
Mend it.
"#,
    )],
    fix: "Take a reviewer that neither is, nor extends, nor is extended by the agent of the pass.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (pass, gate) in context.gates() {
        let Some(maker) = pass.and_then(|pass| pass.agent.as_ref()) else { continue };
        let shared =
            gate.shared.as_ref().and_then(|name| shared(context, &name.value).map(|reviewer| (name.span, reviewer)));
        let own = gate
            .reviewer
            .as_ref()
            .and_then(|reviewer| reviewer.agent.as_ref())
            .map(|agent| (agent.span, agent.value.clone()));
        for (span, reviewer) in own.into_iter().chain(shared) {
            let Some(words) = dependence(context, &maker.value, &reviewer) else { continue };
            let diagnostic = RULE.at(span, words);
            let is_agent = gate.shared.as_ref().is_none_or(|name| name.span != span);
            found.push(if is_agent { with_fixes(context, diagnostic, &maker.value) } else { diagnostic });
        }
    }
    // An agent that says it is independent of what it extends.
    let Some(agent) = context.agent() else { return };
    let own = agent.name.as_ref().map_or(context.file.stem(), |name| &name.value);
    let known = context.lineage(own).identities;
    for other in &agent.independent_of {
        if !context.lineage(&other.value).identities.is_disjoint(&known) {
            found.push(RULE.at(
                other.span,
                format!("`{own}` is not independent of `{}`: they share their instructions", other.value),
            ));
        }
    }
}

/// The reviewing agent of a shared gate.
fn shared(context: &Context<'_>, name: &str) -> Option<String> {
    match &context.project.definer(NameKind::Gate, name)?.content {
        Content::Gate(_, gate, _) => gate.reviewer.as_ref()?.agent.as_ref().map(|agent| agent.value.clone()),
        _ => None,
    }
}

/// Why the reviewer is not another one than the maker, if so.
fn dependence(context: &Context<'_>, maker: &str, reviewer: &str) -> Option<String> {
    let (judging, making) = (context.lineage(reviewer).identities, context.lineage(maker).identities);
    delivery::agent::kinship((reviewer, &judging), (maker, &making))
}

/// Other agents whose role is to judge.
fn with_fixes(context: &Context<'_>, mut diagnostic: Diagnostic, maker: &str) -> Diagnostic {
    let span = diagnostic.span;
    let verifiers = context.project.defined(NameKind::Agent).filter(|name| {
        context.has_category(&name.text, "verifier") && dependence(context, maker, &name.text).is_none()
    });
    for name in verifiers.take(3) {
        let text = name.text.as_str();
        diagnostic = diagnostic.fix(format!("Let `{text}` review it"), context.path(), span, text);
    }
    diagnostic
}
