//! `agent/unknown-target`: an agent or skill that a host's file names and nothing in the repository defines.

use super::context::*;
use spec::System;

pub(super) const RULE: Rule = Rule {
    id: "agent/unknown-target",
    severity: Severity::Hint,
    why: "VS Code leaves out a handoff to an agent that is not there, and a prompt runs with another; neither says so.",
    bad: &[
        (
            ".github/agents/planner.agent.md",
            r#"---
description: Plans.
handoffs:
  - {label: Build it, agent: ⟦implementor⟧}
---
You plan.
"#,
        ),
        (
            ".github/prompts/plan-it.prompt.md",
            r#"---
agent: ⟦nobody-here⟧
---
Plan it.
"#,
        ),
    ],
    good: &[(
        ".github/agents/planner.agent.md",
        r#"---
description: Plans.
handoffs:
  - {label: Build it, agent: implementer}
  - {label: Ask, agent: ask}
---
You plan.
"#,
    )],
    fix: "Name an agent or a skill that is there.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let (agents, skills): (Vec<_>, &[Spanned<String>]) = match &context.file.content {
        Content::Agent(agent) => {
            // of Copilot alone is known what becomes of it
            let Some(host) = agent.host.as_ref().filter(|host| host.system == System::Copilot) else { return };
            (host.leads_to.iter().collect(), &agent.skills)
        }
        Content::Guide(guide) if guide.system == System::Copilot => {
            (guide.agent.iter().chain(&guide.leads_to).collect(), &guide.skills)
        }
        _ => return,
    };
    for name in agents {
        if is_known_agent(context, &name.value) {
            continue;
        }
        found.push(context.unknown(&RULE, NameKind::Agent, "agent", &name.value, name.span));
    }
    let any = context.project.defined(NameKind::Skill).next().is_some();
    for name in skills.iter().filter(|name| any && !name.value.contains(':')) {
        let skill = Name { kind: NameKind::Skill, text: name.value.clone() };
        if !context.project.is_defined(&skill) {
            found.push(context.unknown(&RULE, NameKind::Skill, "skill", &name.value, name.span));
        }
    }
}

/// Hosts bring agents of their own, know one by its file as well as by its name, and do not look at capitals.
fn is_known_agent(context: &Context<'_>, name: &str) -> bool {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let brought_along = spec::host::BUILT_IN.iter().any(|known| same(known));
    let exact = Name { kind: NameKind::Agent, text: name.to_owned() };
    brought_along
        || context.project.is_defined(&exact)
        || context.project.defined(NameKind::Agent).any(|known| same(&known.text))
        || context.project.files().any(|file| {
            let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
            file.kind == FileKind::HostAgent && same(stem)
        })
}
