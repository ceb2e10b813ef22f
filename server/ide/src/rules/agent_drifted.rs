//! `agent/drifted`: the same agent in the files of two hosts that do not say the same any more.

use super::context::*;
use spec::model::Sense;

pub(super) const RULE: Rule = Rule {
    id: "agent/drifted",
    severity: Severity::Hint,
    why: "Who works with the one host gets another agent than who works with the other, under the same name.",
    bad: &[
        (
            ".claude/agents/pilot.md",
            r#"---
name: ⟦pilot⟧
description: Brings ships in.
tools: Read, Grep
---
You bring ships in.
"#,
        ),
        (
            ".github/agents/pilot.agent.md",
            r#"---
name: ⟦pilot⟧
description: Brings ships in.
tools: [read, search]
---
You bring ships in, by day only.
"#,
        ),
    ],
    good: &[
        (
            ".claude/agents/pilot.md",
            r#"---
name: pilot
description: Brings ships in.
tools: Read, Grep
---
You bring ships in.
"#,
        ),
        (
            ".github/agents/pilot.agent.md",
            r#"---
name: pilot
description: "Brings ships
  in."
tools: [read, search]
---

You bring   ships in.
"#,
        ),
    ],
    fix: "Make them say the same; or keep one agent in `.tollgate/agents` and project it to the hosts.",
    files: Files::Others,
    check,
};

/// No more places than these are shown.
const MOST: usize = 8;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some((agent, host)) = context.file.host_agent() else { return };
    let Some(name) = agent.name.as_ref().filter(|_| host.provenance.is_none()) else { return };
    let same = Name { kind: NameKind::Agent, text: name.value.clone() };
    let others = context.project.definers(&same).filter_map(|file| {
        let (other, there) = file.host_agent()?;
        let elsewhere = there.system != host.system && there.provenance.is_none();
        let parts = differ(&agent.sense, &other.sense);
        (elsewhere && !parts.is_empty()).then_some((file, other, there, parts))
    });
    let others: Vec<_> = others.collect();
    let Some((_, _, first, parts)) = others.first() else { return };
    let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
    let words = format!(
        "`{}` is another agent in {}{more}: {} {}",
        name.value,
        first.system.word(),
        parts.join(" and "),
        if parts.len() == 1 && parts[0] != "tools" { "differs" } else { "differ" },
    );
    let place = if name.span.is_empty() { context.first_line() } else { name.span };
    let mut diagnostic = RULE.at(place, words);
    for (file, other, there, parts) in others.iter().take(MOST) {
        let place = other.name.as_ref().map(|name| name.span).unwrap_or_default();
        let words = format!("{}: another {}", there.system.word(), parts.join(" and "));
        diagnostic = diagnostic.related(&file.path, place, &words);
    }
    found.push(diagnostic);
}

/// What two files do not say alike.
fn differ(one: &Sense, other: &Sense) -> Vec<&'static str> {
    let tools = matches!((one.tools, other.tools), (Some(one), Some(other)) if one != other);
    let parts =
        [("description", one.description != other.description), ("body", one.body != other.body), ("tools", tools)];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}
