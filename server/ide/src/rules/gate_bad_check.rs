//! `gate/bad-check`: a check or evidence of a criterion that cannot be read.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/bad-check",
    severity: Severity::Error,
    why: "A check that is not understood checks nothing.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md}]
  - id: patch
    needs: [plan]
    agent: implementer
    inputs: [outputs.plan]
---
## plan
Plan it.

### Gate
- [ ] AC-1 nothing is open (evidence: review) ⟦(check: without "TODO" in outputs.plan)⟧

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
  - id: plan
    agent: planner
    outputs: [{id: plan, path: plan.md}]
  - id: patch
    needs: [plan]
    agent: implementer
    inputs: [outputs.plan]
---
## plan
Plan it.

### Gate
- [ ] AC-1 nothing is open (check: absent "TODO" in outputs.plan)

## patch
Mend it.
"#,
    )],
    fix: "Write `(check: absent \"words\" in outputs.<id>)` or `(check: present \"words\" in outputs.<id>)`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::BadCheck(words) = kind {
            found.push(RULE.at(span, format!("This cannot be read: {words}")));
        }
    }
}
