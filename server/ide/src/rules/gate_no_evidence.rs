//! `gate/no-evidence`: a criterion that nothing shows to hold.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/no-evidence",
    severity: Severity::Hint,
    why: "Without evidence a criterion is an opinion: the next person has to check it all over again.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: {reviewer: {type: human}}
---
## patch
Mend it.

### Gate
- [ ] AC-1 ⟦the lamp is on⟧
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
    gate: {reviewer: {type: human}}
---
## patch
Mend it.

### Gate
- [ ] AC-1 the lamp is on (evidence: tests)
"#,
    )],
    fix: "Say what shows it: `(evidence: review)`, `(evidence: tests)`, or `(check: absent \"words\" in outputs.x)`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, gate) in context.gates() {
        for criterion in &gate.criteria {
            if !criterion.required || !criterion.evidence.is_empty() || criterion.check.is_some() {
                continue;
            }
            let diagnostic = RULE.at(criterion.must.span, "Nothing shows that this holds: name its evidence");
            let in_body = criterion.span.start > context.file.yaml().end;
            found.push(if in_body {
                let end = Span::empty(criterion.must.span.end as usize);
                diagnostic.fix("Add `(evidence: review)`", context.path(), end, " (evidence: review)")
            } else {
                let end = Span::empty(criterion.must.span.end as usize);
                let flow = context.text().as_bytes().get(criterion.span.start as usize) == Some(&b'{');
                if flow {
                    diagnostic.fix("Add `evidence: review`", context.path(), end, ", evidence: review")
                } else {
                    diagnostic
                }
            });
        }
    }
}
