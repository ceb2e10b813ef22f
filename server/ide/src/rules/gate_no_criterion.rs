//! `gate/no-criterion`: a gate that asks for nothing.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "gate/no-criterion",
    severity: Severity::Warning,
    why: "A reviewer without criteria approves what looks good, and nobody can say later what was checked.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    gate: ⟦{reviewer: {type: human}}⟧
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
    gate: {reviewer: {type: human}}
---
## patch
Mend it.

### Gate
- [ ] AC-1 the lamp is on (evidence: review)
"#,
    )],
    fix: "Write criteria under `### Gate` in the section of the pass, or a verify command.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (pass, gate) in context.gates() {
        if gate.shared.is_some() || !gate.criteria.is_empty() || !gate.verify.is_empty() {
            continue;
        }
        // A reviewing agent brings its own instructions; a person, or nobody, does not.
        if gate.reviewer.as_ref().is_some_and(|reviewer| reviewer.agent.is_some()) {
            continue;
        }
        let (span, what) = match pass.and_then(|pass| pass.id.as_ref()) {
            Some(id) => (gate.span, format!("The gate of pass `{}`", id.value)),
            None => {
                (context.file.facts.names.first().map_or(Span::empty(0), |(_, _, span)| *span), "This gate".to_owned())
            }
        };
        let diagnostic = RULE.at(span, format!("{what} has no criterion and no verify command"));
        let section = pass.and_then(|pass| pass.id.as_ref()).and_then(|id| {
            let sections = &context.workflow()?.sections;
            sections.iter().find(|section| section.level == 2 && section.title.value == id.value)
        });
        found.push(match section {
            Some(section) => {
                let newline = context.newline();
                let words = section.content.of(context.text()).trim_end().len();
                let at =
                    if words == 0 { section.content.start as usize } else { section.content.start as usize + words };
                let text = format!("{newline}{newline}### Gate{newline}- [ ] AC-1 … (evidence: review)");
                diagnostic.fix("Write a first criterion", context.path(), Span::empty(at), text)
            }
            None => diagnostic,
        });
    }
}
