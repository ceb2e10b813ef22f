//! `yaml/lenient-only`: front matter that its own tool reads, or may read, and a strict reader of YAML refuses.
//!
//! Evidence: Backlog.md quotes `assignee: @ann` before it reads (`src/markdown/parser.ts`), and 3 of 89 tickets of its own
//! repository are written so; every parser of YAML refuses a value that begins with `@`.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "yaml/lenient-only",
    severity: Severity::Information,
    why: "One tool mends the line before it reads it; scripts, editors and other tools that read YAML refuse the file.",
    bad: &[(
        "backlog/tasks/task-1 - Ring.md",
        "---\nid: TASK-1\ntitle: Ring the bell\nstatus: To Do\nassignee: ⟦@⟧ann\n---\n",
    )],
    good: &[(
        "backlog/tasks/task-1 - Ring.md",
        "---\nid: TASK-1\ntitle: Ring the bell\nstatus: To Do\nassignee: '@ann'\n---\n",
    )],
    fix: "Put the value in quotes, as the tool itself does when it saves the file.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let (message, quotable) = match kind {
            ProblemKind::OnlyItsTool(tool) => {
                (format!("{tool} reads this; a strict reader of YAML refuses the file"), true)
            }
            ProblemKind::LooseYaml(words) => {
                let words = crate::diagnostic::one_line(words, 60);
                (format!("A strict reader of YAML refuses the file: {words}"), false)
            }
            _ => continue,
        };
        let diagnostic = RULE.at(span, message);
        found.push(if quotable { quoted(context, diagnostic, span) } else { diagnostic });
    }
}

/// Puts the plain value of the line in quotes.
fn quoted(context: &Context<'_>, diagnostic: Diagnostic, span: Span) -> Diagnostic {
    let start = context.line_start(span.start as usize);
    let line = context.text()[start..].lines().next().unwrap_or_default();
    let Some(at) = line.find(':').map(|at| at + 1) else { return diagnostic };
    let value = line[at..].trim();
    if !value.starts_with('@') || value.contains(['\'', '#']) {
        return diagnostic;
    }
    let from = start + at + (line[at..].len() - line[at..].trim_start().len());
    diagnostic.fix("Put the value in quotes", context.path(), Span::new(from, from + value.len()), format!("'{value}'"))
}
