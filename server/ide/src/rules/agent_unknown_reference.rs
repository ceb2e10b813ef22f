//! `agent/unknown-reference`: an agent or file that is not there.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "agent/unknown-reference",
    severity: Severity::Error,
    why: "The agent would run without the instructions it builds on.",
    bad: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
extends: ⟦.claude/agents/reviewer.md⟧
---
You look at changes.
"#,
    )],
    good: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
extends: implementer
---
You look at changes.
"#,
    )],
    fix: "Name an agent, or a file below `.claude/agents`, `.github/agents` or `.opencode/agents` that exists.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if matches!(context.file.kind, FileKind::Agent | FileKind::Config) {
        for (written, span) in context.undefined(NameKind::Agent) {
            found.push(context.unknown(&RULE, NameKind::Agent, "agent", written, span));
        }
    }
    let extends = context.agent().and_then(|agent| agent.extends.as_ref());
    let rows = context.config().into_iter().flat_map(|config| &config.agents).filter_map(|row| row.file.as_ref());
    for file in extends.into_iter().filter(|extends| extends.value.contains('/')).chain(rows) {
        let path = file.value.trim_start_matches("./");
        if context.project.file(path).is_some_and(|file| matches!(file.content, Content::Agent(_))) {
            continue;
        }
        let hosts =
            context.project.files().filter(|file| file.kind == FileKind::HostAgent).map(|file| file.path.as_str());
        let meant = spec::values::nearest(path, hosts).map(str::to_owned);
        found.push(context.did_you_mean(&RULE, &format!("There is no agent file {path}"), meant, file.span));
    }
    if let Some((agent, extends)) = context.agent().and_then(|agent| Some((agent, agent.extends.as_ref()?))) {
        let own = agent.name.as_ref().map_or(context.file.stem(), |name| &name.value);
        if extends.value == own || extends.value == context.path() {
            found.push(RULE.at(extends.span, "An agent cannot extend itself"));
        }
    }
}
