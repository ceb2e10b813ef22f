//! `workflow/no-agent`: a pass that nobody does.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/no-agent",
    severity: Severity::Error,
    why: "A pass of type `agent` without an agent has nobody to be given to.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: ⟦patch⟧
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
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Write `agent:`, or another `type:`; a pass of type `workflow` names its `workflow:`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::PassType;
    let Some(workflow) = context.workflow() else { return };
    for (id, pass) in passes(workflow) {
        let missing = match pass.pass_type {
            PassType::Agent if pass.agent.is_none() && pass.run.is_some() => "`type: command`, or `agent:`",
            PassType::Agent if pass.agent.is_none() => "`agent:`",
            PassType::Workflow if pass.workflow.is_none() => "`workflow:`",
            _ => continue,
        };
        found.push(RULE.at(id.span, format!("Nobody does pass `{}`: it needs {missing}", id.value)));
    }
}
