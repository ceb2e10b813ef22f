//! `gate/no-reviewer`: a review by an agent that is not named.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/no-reviewer",
    severity: Severity::Error,
    why: "The gate waits for ever for somebody who was never asked.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: ⟦{type: agent}⟧, verify: [{id: tests, command: make test}]}
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
    gate: {reviewer: {type: agent, agent: reviewer}}
---
## patch
Mend it.
"#,
    )],
    fix: "Write `agent:` with the name of the reviewing agent.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::ReviewerType;
    for (_, gate) in context.gates() {
        let Some(reviewer) = &gate.reviewer else { continue };
        match (&reviewer.agent, reviewer.kind) {
            (None, ReviewerType::Agent | ReviewerType::Both) => {
                found.push(RULE.at(reviewer.span, "The reviewing agent is not named: `agent:` is missing"));
            }
            (Some(agent), ReviewerType::Human) => {
                found.push(RULE.at(
                    agent.span,
                    "This agent is not asked: the reviewer is a person unless `type:` says `agent` or `both`",
                ));
            }
            _ => {}
        }
    }
}
