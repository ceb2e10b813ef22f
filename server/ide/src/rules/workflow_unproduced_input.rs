//! `workflow/unproduced-input`: an output that is read before it is made.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "workflow/unproduced-input",
    severity: Severity::Error,
    why: "The pass may start before the one that writes its input, and then works on nothing.",
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
    agent: implementer
    inputs: [⟦outputs.plan⟧]
---
## plan
Plan it.

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

## patch
Mend it.
"#,
    )],
    fix: "Add the pass that makes it to `needs`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    use spec::model::InputRef;
    let Some(workflow) = context.workflow() else { return };
    let mut needs = Needs::of(workflow);
    if needs.is_empty() {
        return;
    }
    let makers: std::collections::BTreeMap<&str, &Spanned<String>> = passes(workflow)
        .flat_map(|(id, pass)| pass.outputs.iter().filter_map(move |made| Some((made.id.as_ref()?.value.as_str(), id))))
        .collect();
    for (id, pass) in passes(workflow) {
        for input in &pass.inputs {
            let InputRef::Output(output) = &input.value else { continue };
            let Some(maker) = makers.get(output.as_str()) else { continue };
            if needs.before(id.value.as_str()).contains(maker.value.as_str()) {
                continue;
            }
            if maker.value == id.value {
                found.push(RULE.at(input.span, format!("Pass `{}` makes `outputs.{output}` itself", id.value)));
                continue;
            }
            let words =
                format!("`outputs.{output}` is made by `{}`, which pass `{}` does not need", maker.value, id.value);
            found.push(add_need(context, RULE.at(input.span, words), id, pass, &maker.value));
        }
    }
}

/// Adds a need: at the end of the list that is there, else as a key of its own below the id.
fn add_need(
    context: &Context<'_>,
    diagnostic: Diagnostic,
    id: &Spanned<String>,
    pass: &spec::model::Pass,
    need: &str,
) -> Diagnostic {
    let title = format!("Add `{need}` to `needs`");
    if let Some(last) = pass.needs.last() {
        let same_line = context.text()[last.span.end as usize..].trim_start().starts_with([']', ',']);
        let text = if same_line { format!(", {need}") } else { return diagnostic };
        return diagnostic.fix(title, context.path(), Span::empty(last.span.end as usize), text);
    }
    let start = id.span.start as usize;
    if context.text().as_bytes().get(pass.span.start as usize) == Some(&b'{') {
        let text = format!(", needs: [{need}]");
        return diagnostic.fix(title, context.path(), Span::empty(id.span.end as usize), text);
    }
    let column = start - context.line_start(start);
    let text = format!("{}{}needs: [{need}]", context.newline(), " ".repeat(column.saturating_sub("id: ".len())));
    diagnostic.fix(title, context.path(), Span::empty(id.span.end as usize), text)
}
