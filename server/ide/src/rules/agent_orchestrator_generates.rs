//! `agent/orchestrator-generates`: an orchestrator that makes things itself.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "agent/orchestrator-generates",
    severity: Severity::Error,
    why: "Who gives out the work and also does it has nobody left who looks at it.",
    bad: &[
        (
            ".tollgate/workflows/mend.md",
            r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    kind: generation
    agent: ⟦boss⟧
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
        ),
        (
            ".tollgate/agents/boss.md",
            r#"---
schema_version: 1
name: boss
description: Gives out the work.
category: orchestrator
---
You give out the work.
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
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Give the pass to an agent of a category that makes things.",
    files: Files::Ours,
    check,
};

/// Kinds of passes that make something.
const GENERATING: &[&str] = &["spec", "design", "ir", "generation", "patch", "docs", "test", "integration"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.workflow() else { return };
    for pass in &workflow.passes {
        let Some(agent) = &pass.agent else { continue };
        if !context.has_category(&agent.value, "orchestrator") {
            continue;
        }
        let kind = pass.kind.as_ref().map(|kind| kind.value.as_str());
        let changes = pass.outputs.iter().any(|output| !output.writes.is_empty());
        if changes || kind.is_some_and(|kind| GENERATING.contains(&kind)) {
            found.push(
                RULE.at(
                    agent.span,
                    format!("`{}` is an orchestrator: it never takes a pass that generates", agent.value),
                ),
            );
        }
    }
}
