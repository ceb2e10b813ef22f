//! An agent as a pass will use it: its own file, what it extends, and the config row that binds a host's file, put
//! together; with everything it is known by, so that a reviewer can be told from a copy of the generator.

use spec::model::{Agent, PassSettings};
use spec::{Content, Project, SpecFile};
use std::collections::BTreeSet;
use text::Span;

/// An agent put together.
#[derive(Clone, Default, Debug)]
pub struct ResolvedAgent {
    /// The name it was asked for by.
    pub name: String,
    /// Its file (or the config, for a row there).
    pub path: String,
    /// Role.
    pub category: Option<String>,
    /// Settings of its own, then of what it extends, each with the file it stands in.
    pub settings: Vec<(String, PassSettings)>,
    /// Its instructions: what it extends first, then its own.
    pub instructions: String,
    /// Canonical tool names.
    pub tools: Vec<String>,
    /// Commands it may run.
    pub exec: Vec<String>,
    /// `none`, or provider aliases.
    pub network: Option<String>,
    /// Globs it may write, when narrowed by itself or by what it extends.
    pub write: Option<Vec<String>>,
    /// Globs it must be given.
    pub context: Vec<String>,
    /// Names and files it is known by, its own and of everything it extends.
    pub identities: BTreeSet<String>,
    /// What `extends` names and nothing defines.
    pub missing: Option<String>,
}

/// Longer chains of `extends` are cycles or mischief.
const CHAIN: usize = 8;

/// Puts together the agent of that name: our file, else a row of the config, else a host's agent of that name.
pub fn resolve(project: &Project, name: &str) -> Option<ResolvedAgent> {
    let mut agent = ResolvedAgent { name: name.to_owned(), ..ResolvedAgent::default() };
    agent.identities.insert(name.to_owned());
    let mut next = match project.agent(name) {
        Some((file, own)) => {
            agent.path.clone_from(&file.path);
            add(&mut agent, file, own);
            own.extends.as_ref().map(|extends| extends.value.clone())
        }
        None => row(project, &mut agent, name).or_else(|| host(project, name).map(|file| file.path.clone())),
    };
    if agent.path.is_empty() {
        agent.path.clone_from(next.as_ref()?);
    }
    for _ in 0..CHAIN {
        let Some(base) = next.take() else { break };
        let Some((file, own)) = find(project, &base) else {
            agent.missing.get_or_insert(base);
            break;
        };
        if agent.identities.contains(&file.path) {
            break;
        }
        agent.identities.insert(base);
        add(&mut agent, file, own);
        next = own.extends.as_ref().map(|extends| extends.value.clone());
    }
    Some(agent)
}

/// A row of `agents:` in the config; returns the host's file it binds.
fn row(project: &Project, agent: &mut ResolvedAgent, name: &str) -> Option<String> {
    let (file, config) = project.config()?;
    let row = config.agents.iter().find(|row| row.name.value == name)?;
    agent.path.clone_from(&file.path);
    agent.category = row.category.as_ref().map(|category| category.value.clone());
    let settings = PassSettings { tier: row.tier.clone(), ..PassSettings::default() };
    agent.settings.push((file.path.clone(), settings));
    row.file.as_ref().map(|file| file.value.clone())
}

/// A host's agent file of that name or stem.
fn host<'a>(project: &'a Project, name: &str) -> Option<&'a SpecFile> {
    project.files().map(|file| &**file).filter(|file| file.kind == spec::FileKind::HostAgent).find(|file| {
        let own = match &file.content {
            Content::Agent(agent) => agent.name.as_ref().map(|name| name.value.as_str()),
            _ => None,
        };
        own == Some(name) || own.is_none() && stem(&file.path) == name
    })
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

/// What `extends` names: a file from the root, or an agent's name.
fn find<'a>(project: &'a Project, named: &str) -> Option<(&'a SpecFile, &'a Agent)> {
    let path = named.trim_start_matches("./");
    let file = project.file(path).map(|file| &**file);
    let file = file.or_else(|| project.agent(named).map(|(file, _)| &**file)).or_else(|| host(project, named))?;
    match &file.content {
        Content::Agent(agent) => Some((file, agent)),
        _ => None,
    }
}

/// Adds a file's say; what is already there was nearer and stays.
fn add(agent: &mut ResolvedAgent, file: &SpecFile, own: &Agent) {
    agent.identities.insert(file.path.clone());
    if let Some(name) = &own.name {
        agent.identities.insert(name.value.clone());
    }
    if agent.category.is_none() {
        agent.category = own.category.as_ref().map(|category| category.value.clone());
    }
    agent.settings.push((file.path.clone(), own.settings.clone()));
    if agent.tools.is_empty() {
        agent.tools = own.tools.iter().map(|tool| tool.value.clone()).collect();
    }
    if agent.exec.is_empty() {
        agent.exec = own.exec.iter().map(|command| command.value.clone()).collect();
    }
    if agent.network.is_none() {
        agent.network = own.network.as_ref().map(|network| network.value.clone());
    }
    if agent.write.is_none() {
        agent.write = own.write.as_ref().map(|globs| globs.iter().map(|glob| glob.value.clone()).collect());
    }
    agent.context.extend(own.context_requires.iter().map(|glob| glob.value.clone()));
    let body = body(file, own.body);
    agent.instructions = match (body, agent.instructions.as_str()) {
        ("", kept) => kept.to_owned(),
        (body, "") => body.to_owned(),
        (body, kept) => format!("{body}\n\n{kept}"),
    };
}

fn body(file: &SpecFile, span: Span) -> &str {
    span.of(&file.text).trim()
}

/// Why the reviewer is not independent of the generator, if so: the same agent, one that extends the other, one that
/// shares a base with it, or a copy of its instructions under another name on the same model.
pub fn dependence(reviewer: &ResolvedAgent, generator: &ResolvedAgent, same_model: bool) -> Option<String> {
    if reviewer.name == generator.name {
        return Some(format!("`{}` made what it is to judge", reviewer.name));
    }
    if let Some(shared) = reviewer.identities.intersection(&generator.identities).next() {
        return Some(format!("`{}` and `{}` are both `{shared}`", reviewer.name, generator.name));
    }
    let words = |agent: &ResolvedAgent| agent.instructions.split_whitespace().collect::<Vec<_>>().join(" ");
    let own = words(reviewer);
    if same_model && !own.is_empty() && own == words(generator) {
        return Some(format!("`{}` is a copy of `{}` under another name", reviewer.name, generator.name));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    const AGENTS: &str = r#"//- .tollgate/config.yaml
schema_version: 1
agents:
  bound: {file: .claude/agents/host.md, category: verifier, tier: deep}
//- .claude/agents/host.md
---
name: host
description: A host's own agent.
model: opus
---
You are the host's.
//- .tollgate/agents/overlay.md
---
schema_version: 1
name: overlay
extends: .claude/agents/host.md
category: verifier
tier: light
---
And you are terse.
//- .tollgate/agents/maker.md
---
schema_version: 1
name: maker
category: implementer
resources: {write: ["src/**"]}
---
You write   code.
//- .tollgate/agents/copy.md
---
schema_version: 1
name: copy
category: verifier
---
You write code.
//- .tollgate/agents/child.md
---
schema_version: 1
name: child
extends: maker
---
//- .tollgate/agents/ring.md
---
schema_version: 1
name: ring
extends: ring
---
x
//- .tollgate/agents/lost.md
---
schema_version: 1
name: lost
extends: .claude/agents/gone.md
---
x
"#;

    fn agent(name: &str) -> ResolvedAgent {
        resolve(&Bench::new(AGENTS).project, name).unwrap()
    }

    #[test]
    fn what_is_extended_is_put_below() {
        let overlay = agent("overlay");
        assert_eq!(overlay.instructions, "You are the host's.\n\nAnd you are terse.");
        assert_eq!(
            overlay.settings.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            [".tollgate/agents/overlay.md", ".claude/agents/host.md"]
        );
        let bound = agent("bound");
        assert_eq!((bound.instructions.as_str(), bound.category.as_deref()), ("You are the host's.", Some("verifier")));
        assert_eq!(agent("child").write, Some(vec!["src/**".to_owned()]));
        assert_eq!(agent("host").path, ".claude/agents/host.md");
        assert_eq!(agent("lost").missing.as_deref(), Some(".claude/agents/gone.md"));
        assert_eq!(agent("ring").instructions, "x");
        assert!(resolve(&Bench::new(AGENTS).project, "nobody").is_none());
    }

    #[test]
    fn a_reviewer_is_told_from_its_copies() {
        let dependent = |reviewer: &str, generator: &str, same_model| {
            dependence(&agent(reviewer), &agent(generator), same_model).is_some()
        };
        assert!(dependent("maker", "maker", false));
        assert!(dependent("child", "maker", false));
        assert!(dependent("maker", "child", false));
        assert!(dependent("overlay", "bound", false), "both are the host's agent");
        assert!(dependent("copy", "maker", true));
        assert!(!dependent("copy", "maker", false));
        assert!(!dependent("overlay", "maker", true));
    }
}
