//! `agent/portability`: an agent that its own host takes and another host that reads it does not.

use super::context::*;
use spec::System;
use spec::host::{Front, HostAgent};
use spec::model::Agent;
use spec::portability::{self, Effect};

pub(super) const RULE: Rule = Rule {
    id: "agent/portability",
    severity: Severity::Hint,
    why: "Copilot's command line reads the agents of Claude Code too; what it does not take of a file is not there for it.",
    bad: &[
        (
            ".claude/agents/pilot.md",
            r#"---
name: pilot
description: Brings ships in.
tools: ⟦{read: true}⟧
---
You bring ships in.
"#,
        ),
        (
            ".opencode/agents/lookout.md",
            r#"---
description: Looks out.
model: ⟦sonnet⟧
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
tools: Read, Grep
color: blue
---
You bring ships in.
"#,
    )],
    fix: "Write the value so that each host that reads the file takes it, or keep a file for each.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let [owner, others @ ..] = portability::readers(context.path()) else { return };
    for (agent, host) in context.file.host_agents() {
        by_itself(agent, host, *owner, others, found);
    }
}

fn by_itself(agent: &Agent, host: &HostAgent, owner: System, others: &[System], found: &mut Vec<Diagnostic>) {
    if matches!(host.front, Front::Missing) {
        return;
    }
    let own = portability::judge(agent, host, owner);
    for verdict in own.iter().filter(|verdict| verdict.effect == Effect::Unresolved) {
        found.push(RULE.at(verdict.span, format!("{} will not find this model: {}", owner.word(), verdict.why)));
    }
    // Of a file that its own host leaves out there is more to say than this; of its YAML another rule speaks.
    if portability::outcome(&own).loses() || matches!(host.front, Front::Broken(_)) {
        return;
    }
    for other in others {
        for verdict in portability::judge(agent, host, *other).iter().filter(|verdict| verdict.effect.loses()) {
            let who = if *other == System::Copilot { "Copilot CLI" } else { other.word() };
            found.push(RULE.at(verdict.span, format!("{who} {}: {}", verdict.effect.words(), verdict.why)));
        }
    }
}
