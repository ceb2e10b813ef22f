//! `tool/refused`: the tool that owns the file does not take it.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "tool/refused",
    severity: Severity::Error,
    why: "The tool that owns the file refuses all of it when it is started, and says so only then.",
    bad: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"schema_version: "1.0"
workflow:
  id: ship
  name: Ship
  version: ⟦1.0⟧
requires:
  ⟦permissions⟧: [shell]
steps:
  - id: plan
    command: speckit.plan
  - id: more
    type: if
    condition: ⟦inputs.size > 3⟧
    then: []
"#,
    )],
    good: &[(
        ".specify/workflows/ship/workflow.yml",
        r#"schema_version: "1.0"
workflow:
  id: ship
  name: Ship
  version: "1.0.0"
inputs:
  size: {type: number, default: 1}
requires:
  speckit_version: ">=0.8.5"
steps:
  - id: plan
    command: speckit.plan
  - id: more
    type: if
    condition: "{{ inputs.size > 3 }}"
    then: []
"#,
    )],
    fix: "Write what the tool takes: the message says what that is.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (problem, span) in context.problems() {
        if let ProblemKind::Refused(system, words) = problem {
            let diagnostic = RULE.at(span, format!("{} refuses this: {words}", system.word()));
            found.push(mended(context, diagnostic, words, span));
        }
    }
}

/// What is only missing its quotes or its last number gets them.
fn mended(context: &Context<'_>, diagnostic: Diagnostic, words: &str, span: Span) -> Diagnostic {
    let written = span.of(context.text());
    let plain = !written.is_empty() && !written.starts_with(['"', '\'', '[', '{', '|', '>']);
    if words.ends_with("put it in quotes") && plain {
        return diagnostic.fix("Put it in quotes", context.path(), span, format!("\"{written}\""));
    }
    if words.ends_with("put it in `{{ }}`") && plain && !written.contains(['{', '}', '"', '\\']) {
        return diagnostic.fix("Put it in `{{ }}`", context.path(), span, format!("\"{{{{ {written} }}}}\""));
    }
    let bare = written.trim_matches(['"', '\'']);
    let numbers = bare.split('.').count();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if words.starts_with("`version` must be") && numbers <= 3 && bare.split('.').all(number) {
        let version = format!("\"{bare}{}\"", ".0".repeat(3 - numbers));
        return diagnostic.fix(format!("Change it to {version}"), context.path(), span, version);
    }
    diagnostic
}
