//! `agent/refused`: an agent file for which its host does not start at all.

use super::context::*;
use spec::System;
use spec::host::HostAgent;
use spec::model::Agent;
use spec::portability::{self, Effect, Verdict};
use spec::tools::{TOOLS, Tool};

pub(super) const RULE: Rule = Rule {
    id: "agent/refused",
    severity: Severity::Error,
    why: "opencode refuses its whole configuration for one value of another type: nobody in the repository can start it.",
    bad: &[
        (
            ".opencode/agents/pilot.md",
            r#"---
description: Brings ships in.
mode: subagent
tools: ⟦Read, Grep⟧
color: ⟦blue⟧
---
You bring ships in.
"#,
        ),
        (
            "opencode.json",
            r#"{
  "agent": {
    "pilot": {"description": "Brings ships in.", "color": ⟦"blue"⟧}
  }
}
"#,
        ),
    ],
    good: &[(
        ".opencode/agents/pilot.md",
        r##"---
description: Brings ships in.
mode: subagent
permission: {"*": deny, read: allow, grep: allow}
color: "#0000ff"
---
You bring ships in.
"##,
    )],
    fix: "Write the value as opencode wants it: tools as `permission`, colours as `#rrggbb`.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(owner) = portability::readers(context.path()).first() else { return };
    for (agent, host) in context.file.host_agents() {
        for verdict in portability::judge(agent, host, *owner) {
            if verdict.effect == Effect::Refuses {
                let diagnostic = RULE.at(verdict.span, format!("{} does not start: {}", owner.word(), verdict.why));
                found.push(mended(context, diagnostic, (agent, host), &verdict));
            }
        }
    }
}

fn mended(
    context: &Context<'_>,
    diagnostic: Diagnostic,
    (agent, host): (&Agent, &HostAgent),
    verdict: &Verdict,
) -> Diagnostic {
    let Some(key) = host.key(&verdict.key) else { return diagnostic };
    let span = key.span.cover(key.value);
    match verdict.key.as_str() {
        "tools" if host.key("permission").is_none() => {
            let kinds: Option<Vec<Tool>> = agent.tools.iter().map(|tool| Tool::of(&tool.value)).collect();
            let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) else { return diagnostic };
            let names = TOOLS.iter().filter(|tool| kinds.contains(tool)).flat_map(|tool| tool.names(System::OpenCode));
            // JSON wants quotes everywhere, and is YAML all the same; there they are kept away.
            let quote = if context.file.manifest().is_some() { "\"" } else { "" };
            let allowed: Vec<String> =
                names.map(|name| format!(", {quote}{name}{quote}: {quote}allow{quote}")).collect();
            let text = format!("{quote}permission{quote}: {{\"*\": {quote}deny{quote}{}}}", allowed.concat());
            diagnostic.fix("Say it as permissions", context.path(), span, text)
        }
        "color" => {
            let known = [("red", "#ff0000"), ("blue", "#0000ff"), ("green", "#00ff00"), ("yellow", "#ffff00")];
            let named = known.iter().find(|(name, _)| verdict.span.of(context.text()).trim_matches('"') == *name);
            let Some((_, hex)) = named else { return diagnostic };
            diagnostic.fix(format!("Change it to `{hex}`"), context.path(), verdict.span, format!("\"{hex}\""))
        }
        _ => diagnostic,
    }
}
