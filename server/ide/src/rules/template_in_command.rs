//! `template/in-command`: a template in a command.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "template/in-command",
    severity: Severity::Error,
    why: "Text of a ticket would become words of a command line: whoever writes tickets could run what they like.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: note
    type: command
    run: "scripts/note.sh ⟦{{ticket.title}}⟧"
---
Notes it.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: note
    type: command
    run: scripts/note.sh
---
The script reads `TOLLGATE_TICKET_TITLE`.
"#,
    )],
    fix: "Read the value from the environment: `TOLLGATE_TICKET_ID`, `TOLLGATE_TICKET_TITLE`, … are set for every command.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let commands =
        context.workflow().into_iter().flat_map(|workflow| &workflow.passes).filter_map(|pass| pass.run.as_ref());
    let gates = context.gates();
    let verify = gates.iter().flat_map(|(_, gate)| &gate.verify).filter_map(|verify| verify.command.as_ref());
    for command in commands.chain(verify) {
        for expression in syntax::template::expressions(context.text(), command.span) {
            let message = "A template never reaches a command: read the value from the environment (`TOLLGATE_…`)";
            found.push(RULE.at(expression.span, message));
        }
    }
}
