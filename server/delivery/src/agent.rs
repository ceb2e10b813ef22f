//! An agent as a pass will use it: its own file, what it extends, and the config row that binds a host's file, put
//! together; with everything it is known by, so that a reviewer can be told from a copy of the generator.

use spec::model::{Agent, AgentRow, PassSettings};
use spec::{Content, Name, NameKind, Project, SpecFile};
use std::collections::BTreeSet;
use text::Spanned;

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

/// What stands behind an agent's name: our file, else a row of the config and the host's file it binds, else a host's
/// agent of that name; and everything that is extended from there.
#[derive(Clone, Default, Debug)]
pub struct Lineage<'a> {
    /// The row of the config, with its file.
    pub row: Option<(&'a SpecFile, &'a AgentRow)>,
    /// The files, nearest first.
    pub files: Vec<(&'a SpecFile, &'a Agent)>,
    /// Names and files it is known by, its own and of everything it extends.
    pub identities: BTreeSet<String>,
    /// What is extended or bound, and is not there.
    pub missing: Option<String>,
}

impl<'a> Lineage<'a> {
    /// Looks the name up. Nothing but the name itself is known of an agent that nothing defines.
    pub fn of(project: &'a Project, name: &str) -> Lineage<'a> {
        let mut lineage = Lineage { identities: BTreeSet::from([name.to_owned()]), ..Lineage::default() };
        let mut next = project.agent(name).map(|(file, _)| file.path.clone()).or_else(|| {
            let (file, config) = project.config()?;
            let row = config.agents.iter().find(|row| row.name.value == name);
            lineage.row = row.map(|row| (&**file, row));
            row?.file.as_ref().map(|file| file.value.clone())
        });
        for _ in 0..=CHAIN {
            let Some(base) = next.take() else { break };
            let Some((file, agent)) = find(project, &base) else {
                lineage.missing = Some(base);
                break;
            };
            if !lineage.identities.insert(file.path.clone()) {
                break;
            }
            lineage.identities.insert(base);
            lineage.identities.extend(agent.name.as_ref().map(|name| name.value.clone()));
            lineage.files.push((file, agent));
            next = agent.extends.as_ref().map(|extends| extends.value.clone());
        }
        lineage
    }

    /// True when nothing defines the name.
    pub fn is_unknown(&self) -> bool {
        self.row.is_none() && self.files.is_empty()
    }

    /// The role: of the row, else of the nearest file that says one.
    pub fn category(&self) -> Option<&'a Spanned<String>> {
        let row = self.row.and_then(|(_, row)| row.category.as_ref());
        row.or_else(|| self.files.iter().find_map(|(_, agent)| agent.category.as_ref()))
    }
}

/// What `extends` names: a file from the root, or an agent's name.
fn find<'a>(project: &'a Project, named: &str) -> Option<(&'a SpecFile, &'a Agent)> {
    let path = named.trim_start_matches("./");
    let name = Name { kind: NameKind::Agent, text: named.to_owned() };
    // a row of the config may have the name, too
    project.file(path).into_iter().chain(project.definers(&name)).find_map(|file| match &file.content {
        Content::Agent(agent) => Some((&**file, &**agent)),
        _ => None,
    })
}

/// Puts together the agent of that name.
pub fn resolve(project: &Project, name: &str) -> Option<ResolvedAgent> {
    let lineage = Lineage::of(project, name);
    let row = lineage.row.map(|(file, row)| (file.path.clone(), row));
    let path = row.as_ref().map(|(path, _)| path.clone()).or_else(|| Some(lineage.files.first()?.0.path.clone()))?;
    let settings = row.map(|(path, row)| (path, PassSettings { tier: row.tier.clone(), ..PassSettings::default() }));
    let mut agent = ResolvedAgent {
        name: name.to_owned(),
        path,
        category: lineage.category().map(|category| category.value.clone()),
        settings: settings.into_iter().collect(),
        ..ResolvedAgent::default()
    };
    lineage.files.iter().for_each(|(file, own)| add(&mut agent, file, own));
    agent.identities = lineage.identities;
    agent.missing = lineage.missing.or(agent.missing);
    Some(agent)
}

/// Adds a file's say; what is already there was nearer and stays.
fn add(agent: &mut ResolvedAgent, file: &SpecFile, own: &Agent) {
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
    let Some(body) = file.told(own.body) else {
        // an agent without its instructions is another agent
        agent.missing.get_or_insert_with(|| file.path.clone());
        return;
    };
    agent.instructions = match (body.trim(), agent.instructions.as_str()) {
        ("", kept) => kept.to_owned(),
        (body, "") => body.to_owned(),
        (body, kept) => format!("{body}\n\n{kept}"),
    };
}

/// Why one agent may not judge another's work by what stands behind their names, if so: they are the same, one extends
/// the other, or both extend a third. Each is a name with its [`Lineage::identities`].
pub fn kinship(
    (reviewer, judging): (&str, &BTreeSet<String>),
    (maker, making): (&str, &BTreeSet<String>),
) -> Option<String> {
    if reviewer == maker {
        return Some(format!("`{reviewer}` would judge its own work"));
    }
    let common = making.intersection(judging).next()?;
    Some(if judging.contains(maker) {
        format!("`{reviewer}` extends `{maker}`, whose work it would judge")
    } else if making.contains(reviewer) {
        format!("`{maker}` extends `{reviewer}`, which would judge it")
    } else {
        format!("`{reviewer}` and `{maker}` both extend `{common}`: it would judge its own kind")
    })
}

/// Why the reviewer is not independent of the generator, if so: [`kinship`], or a copy of its instructions under another
/// name on the same model.
pub fn dependence(reviewer: &ResolvedAgent, generator: &ResolvedAgent, same_model: bool) -> Option<String> {
    let kin = kinship((&reviewer.name, &reviewer.identities), (&generator.name, &generator.identities));
    if kin.is_some() {
        return kin;
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
