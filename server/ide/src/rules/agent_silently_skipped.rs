//! `agent/silently-skipped`: an agent that its own host leaves out without a word.

use super::context::*;
use spec::System;
use spec::host::Front;
use spec::portability::{self, Effect};

pub(super) const RULE: Rule = Rule {
    id: "agent/silently-skipped",
    severity: Severity::Warning,
    why: "The host starts as if the file were not there; at best a log says why.",
    bad: &[
        (
            ".claude/agents/pilot.md",
            r#"---
⟦name⟧: pilot
tools: Read
---
You bring ships in.
"#,
        ),
        (
            ".gemini/agents/stoker.md",
            r#"---
name: stoker
description: Keeps the fire.
⟦color⟧: blue
---
You keep the fire.
"#,
        ),
        (
            ".claude/agents/lookout.md",
            r#"---
name: ⟦"sea:lookout"⟧
description: Looks out.
---
You look out.
"#,
        ),
    ],
    good: &[(
        ".claude/agents/pilot.md",
        r#"---
name: pilot
description: Brings ships in.
tools: Read
---
You bring ships in.
"#,
    )],
    fix: "Give the host what it asks for: the message says what is missing or not to its liking.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some((agent, host)) = context.file.host_agent() else { return };
    let Some(owner) = portability::readers(context.path()).first() else { return };
    // A note beside agents.
    if host.front == Front::Missing {
        return;
    }
    // VS Code reads the same files and asks for less.
    let who = if *owner == System::Copilot { "Copilot CLI" } else { owner.word() };
    for verdict in portability::judge(agent, host, *owner) {
        match verdict.effect {
            Effect::Drops => {
                found.push(RULE.at(verdict.span, format!("{who} will not load this file: {}", verdict.why)));
            }
            Effect::Swallows => {
                let words = format!("{who} takes the whole file for the agent's words: {}", verdict.why);
                found.push(RULE.at(verdict.span, words));
            }
            _ => {}
        }
    }
    if *owner == System::ClaudeCode {
        twice(context, found);
    }
}

/// Claude Code knows agents by their names alone.
fn twice(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some((agent, _)) = context.file.host_agent() else { return };
    let Some(name) = agent.name.as_ref().filter(|name| !name.span.is_empty()) else { return };
    let same = Name { kind: NameKind::Agent, text: name.value.clone() };
    let others = context.project.definers(&same).filter(|file| {
        let is_claude = file.host_agent().is_some_and(|(_, host)| host.system == System::ClaudeCode);
        is_claude && file.path != context.path()
    });
    let others: Vec<_> = others.collect();
    if others.is_empty() {
        return;
    }
    let words = format!("Claude Code loads one of {} agents `{}`, and which is not said", others.len() + 1, name.value);
    let mut diagnostic = RULE.at(name.span, words);
    for other in others.iter().take(8) {
        let place = other.host_agent().and_then(|(agent, _)| agent.name.as_ref()).map(|name| name.span);
        diagnostic = diagnostic.related(&other.path, place.unwrap_or_default(), "The same name stands here");
    }
    found.push(diagnostic);
}
