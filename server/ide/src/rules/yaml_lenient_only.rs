//! `yaml/lenient-only`: front matter that its own tool reads, or may read, and a strict reader of YAML refuses.
//!
//! Of agents of Claude Code it is known who refuses them: Copilot CLI, which reads the same folder. There it is a hint.
//!
//! Evidence: Backlog.md quotes `assignee: @ann` before it reads (`src/markdown/parser.ts`), and 3 of 89 tickets of its own
//! repository are written so; every parser of YAML refuses a value that begins with `@`.

use super::context::*;
use spec::host::Front;
use spec::portability;

pub(super) const RULE: Rule = Rule {
    id: "yaml/lenient-only",
    severity: Severity::Information,
    why: "One tool mends the line before it reads it; scripts, editors and other tools that read YAML refuse the file.",
    bad: &[
        (
            "backlog/tasks/task-1 - Ring.md",
            "---\nid: TASK-1\ntitle: Ring the bell\nstatus: To Do\nassignee: ⟦@⟧ann\n---\n",
        ),
        (
            ".claude/agents/harbour-master.md",
            "---\nname: harbour-master\ndescription: Use when ships wait⟦:⟧ it says who may enter\n---\nYou say it.\n",
        ),
    ],
    good: &[(
        "backlog/tasks/task-1 - Ring.md",
        "---\nid: TASK-1\ntitle: Ring the bell\nstatus: To Do\nassignee: '@ann'\n---\n",
    )],
    fix: "Put the value in quotes, as the tool itself does when it saves the file.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    host_agent(context, found);
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

/// An agent that its own host mends, while another host that reads it does not.
fn host_agent(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some((agent, host)) = context.file.host_agent() else { return };
    let Front::Broken(broken) = &host.front else { return };
    let [owner, others @ ..] = portability::readers(context.path()) else { return };
    let lost = |system| portability::outcome(&portability::judge(agent, host, system)).loses();
    let drop: Vec<&str> = others.iter().filter(|system| lost(**system)).map(|system| system.word()).collect();
    if drop.is_empty() || lost(*owner) {
        return;
    }
    let words = format!("{} loads this file, {} drops it: {}", owner.word(), drop.join(" and "), broken.why);
    let mut diagnostic = RULE.at(broken.span, words);
    diagnostic.severity = Severity::Hint;
    found.push(match in_quotes(context, broken.span) {
        Some((span, text)) => diagnostic.fix("Put the value in double quotes", context.path(), span, text),
        None => diagnostic,
    });
}

/// The value of the line in double quotes, and its place.
fn in_quotes(context: &Context<'_>, at: Span) -> Option<(Span, String)> {
    let start = context.line_start(at.start as usize);
    let line = context.text().get(start..)?.lines().next()?;
    let colon = line.find(':')?;
    let key = &line[..colon];
    let value = line[colon + 1..].trim();
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_key || value.is_empty() || value.starts_with(['"', '\'']) {
        return None;
    }
    let from = start + line.len() - line[colon + 1..].trim_start().len();
    let text = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    Some((Span::new(from, from + value.len()), text))
}
