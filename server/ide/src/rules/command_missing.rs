//! `command/missing`: a pass of type `command` without a command.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "command/missing",
    severity: Severity::Error,
    why: "The pass can never run, and everything that needs it waits for ever.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: ⟦format⟧
    type: command
---
Formats the code.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: format
    type: command
    run: make format
---
Formats the code.
"#,
    )],
    fix: "Write `run:`, or take another `type:`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::PassType;
    let Some(workflow) = context.workflow() else { return };
    for (id, pass) in passes(workflow) {
        let written = context.problems().any(|(kind, span)| {
            matches!(kind, ProblemKind::ShellSyntax { .. } | ProblemKind::WrongType { .. }) && pass.span.contains(span)
        });
        if pass.pass_type == PassType::Command && pass.run.is_none() && !written {
            let diagnostic = RULE.at(id.span, format!("Pass `{}` is a command but has no `run:`", id.value));
            let column = id.span.start as usize - context.line_start(id.span.start as usize);
            let key = "id: ".len() + usize::from(id.span.len() > id.value.len());
            let text = format!("{}{}run: true", context.newline(), " ".repeat(column.saturating_sub(key)));
            let block = context.text()[..id.span.start as usize].ends_with("id: ");
            let flow = context.text().as_bytes().get(pass.span.start as usize) == Some(&b'{');
            found.push(if block && !flow {
                diagnostic.fix(
                    "Write `run: true`, which does nothing yet",
                    context.path(),
                    Span::empty(id.span.end as usize),
                    text,
                )
            } else {
                diagnostic
            });
        }
        if pass.pass_type != PassType::Command && pass.run.as_ref().is_some_and(|run| !run.argv.is_empty()) {
            let run = pass.run.as_ref().map_or(id.span, |run| run.span);
            found.push(RULE.at(run, format!("`run:` has no effect: pass `{}` is not of `type: command`", id.value)));
        }
    }
}
