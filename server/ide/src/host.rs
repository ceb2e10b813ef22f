//! Service for agents of hosts: what every host makes of the file, where an agent works, and its projection.

use crate::Snapshot;
use crate::actions::{Action, ActionKind, Effect};
use crate::diagnostic::{Fix, TextEdit, one_line};
use delivery::explain::escaped;
use delivery::projection::{self, HOSTS, Projected, State};
use spec::host::HostAgent;
use spec::model::Agent;
use spec::portability::{self, judge, outcome};
use spec::{Content, FileKind, Name, NameKind, Role, SpecFile};
use std::fmt::Write as _;
use text::Span;

/// No more places than these are listed.
const MOST: usize = 12;

/// What every host makes of the file: a line each, those that read it where it lies first.
pub(crate) fn matrix(file: &SpecFile, agent: &Agent, host: &HostAgent) -> String {
    let here = portability::readers(&file.path);
    let mut hosts: Vec<_> = here.iter().copied().chain(portability::hosts()).collect();
    let mut seen = Vec::new();
    hosts.retain(|host| {
        !seen.contains(host) && {
            seen.push(*host);
            true
        }
    });
    let mut text = String::from("What each host makes of this file:\n");
    for system in hosts {
        let verdicts = judge(agent, host, system);
        let worst = outcome(&verdicts);
        let reads = if here.contains(&system) { " (reads it here)" } else { "" };
        let _ = write!(text, "\n- {}{reads}: {}", system.word(), worst.words());
        let why: Vec<&str> =
            verdicts.iter().filter(|verdict| verdict.effect == worst).map(|verdict| verdict.why.as_str()).collect();
        if !why.is_empty() {
            let _ = write!(text, ": {}", escaped(&one_line(&why.join("; "), 200)));
        }
    }
    text
}

/// Where an agent makes things and where it judges them: `makes `patch` of `mend`, judges `spec` of `feature``. Whoever is
/// known by one of the agent's names or extends it counts. Without `all`, nothing where it only works under its own name.
pub fn duties(snapshot: &Snapshot, agent: &str, all: bool) -> Option<String> {
    let project = &snapshot.project;
    let own = delivery::agent::Lineage::of(project, agent);
    let is_own = |name: &str| {
        name == agent
            || delivery::agent::Lineage::of(project, name)
                .files
                .iter()
                .any(|(file, _)| own.files.iter().any(|(mine, _)| mine.path == file.path))
    };
    let (mut makes, mut judges, mut under_others) = (Vec::new(), Vec::new(), all);
    for name in project.defined(NameKind::Workflow) {
        let Some((_, workflow)) = project.workflow(&name.text) else { continue };
        for pass in &workflow.passes {
            let Some(id) = &pass.id else { continue };
            let place = format!("`{}` of `{}`", one_line(&id.value, 60), one_line(&name.text, 60));
            if let Some(maker) = pass.agent.as_ref().filter(|maker| is_own(&maker.value)) {
                under_others |= maker.value != agent;
                makes.push(place.clone());
            }
            let gate = pass.gate.as_ref();
            let inline = gate.and_then(|gate| gate.reviewer.as_ref());
            let shared = gate.and_then(|gate| gate.shared.as_ref()).and_then(|shared| {
                match &project.definer(NameKind::Gate, &shared.value)?.content {
                    Content::Gate(_, gate, _) => gate.reviewer.as_ref(),
                    _ => None,
                }
            });
            let reviewer = inline.or(shared).and_then(|reviewer| reviewer.agent.as_ref());
            if let Some(reviewer) = reviewer.filter(|reviewer| is_own(&reviewer.value)) {
                under_others |= reviewer.value != agent;
                judges.push(place);
            }
        }
    }
    let list = |word: &str, mut places: Vec<String>| {
        let more = places.len().saturating_sub(MOST);
        places.truncate(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!places.is_empty()).then(|| format!("{word} {}{more}", places.join(", ")))
    };
    let parts: Vec<String> = list("makes", makes).into_iter().chain(list("judges", judges)).collect();
    (under_others && !parts.is_empty()).then(|| parts.join("; "))
}

/// The file under the cursor, where the name stands in its own definition.
pub(crate) fn hovered<'a>(snapshot: &'a Snapshot, path: &str, name: &Name, role: Role) -> Option<&'a SpecFile> {
    let file = snapshot.file(path).map(|file| &**file);
    let own = file.filter(|file| role == Role::Definition && file.host_agent().is_some());
    own.or_else(|| {
        let definer = snapshot.project.definer(NameKind::Agent, &name.text)?;
        definer.host_agent().map(|_| &**definer)
    })
}

/// Projects an agent of ours to the hosts: on its first lines, so that they are not offered everywhere.
pub(crate) fn actions(snapshot: &Snapshot, file: &SpecFile, lines: Span) -> Vec<Action> {
    let Content::Agent(agent) = &file.content else { return Vec::new() };
    let Some(name) = agent.name.as_ref() else { return Vec::new() };
    let asked = name.span.start <= lines.end && lines.start <= name.span.end;
    if file.kind != FileKind::Agent || !asked || projection::obstacle(file).is_some() {
        return Vec::new();
    }
    let all: Vec<Projected> =
        HOSTS.into_iter().filter_map(|host| projection::project(&snapshot.project, file, host)).collect();
    let free: Vec<&Projected> = all.iter().filter(|made| made.state.may_write()).collect();
    let name = one_line(&name.value, 60);
    let mut actions: Vec<Action> = Vec::new();
    for made in &free {
        let title = match made.state {
            State::Missing => format!("Project agent `{name}` to {}", made.host.word()),
            _ => format!("Project agent `{name}` to {} again", made.host.word()),
        };
        actions.extend(write(snapshot, title, &[made]));
    }
    if free.len() > 1 {
        actions.extend(write(snapshot, format!("Project agent `{name}` to all hosts"), &free));
    }
    actions
}

fn write(snapshot: &Snapshot, title: String, all: &[&Projected]) -> Option<Action> {
    let edits: Option<Vec<_>> = all
        .iter()
        .map(|made| {
            let length = match snapshot.file(&made.path) {
                Some(there) => there.text()?.len(),
                None => 0,
            };
            Some((made.path.clone(), TextEdit { span: Span::new(0, length), text: made.text.clone() }))
        })
        .collect();
    let fix = Fix { title: title.clone(), edits: edits?, preferred: false };
    Some(Action { title, kind: ActionKind::Refactor, effect: Effect::Edit(fix), diagnostic: None, preferred: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{actions, hover};
    use std::sync::Arc;

    const HOST: &str = ".claude/agents/pilot.md";

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in files {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    #[test]
    fn hovering_over_an_agent_shows_all_hosts_and_its_duties() {
        let text = "---\nname: pilot\ndescription: Brings ships in.\ntools: Read\n---\nYou do.\n";
        let flow = "---\nname: enter\npasses:\n  - id: steer\n    agent: captain\n    gate: {reviewer: {type: agent, agent: pilot}}\n---\n";
        let captain = "---\nname: captain\nextends: .claude/agents/pilot.md\n---\n";
        let snapshot =
            snapshot(&[(HOST, text), (".tollgate/workflows/enter.md", flow), (".tollgate/agents/captain.md", captain)]);
        let shown = hover::hover(&snapshot, HOST, None, text.find("pilot").unwrap()).unwrap().markdown;
        for line in [
            "- Claude Code (reads it here): loads it\n",
            "- GitHub Copilot (reads it here): loads it\n",
            "- opencode: refuses its whole configuration: \\`tools\\` must be a map of true and false\n",
            "- Gemini CLI: drops this file",
            "- Codex: drops this file: its agents are TOML",
            "makes `steer` of `enter`; judges `steer` of `enter`",
        ] {
            assert!(shown.contains(line), "{line}\n{shown}");
        }
    }

    #[test]
    fn an_agent_of_ours_is_offered_to_hosts_that_have_no_other() {
        let path = ".tollgate/agents/pilot.md";
        let text =
            "---\nschema_version: 1\nname: pilot\ndescription: Brings ships in.\ncategory: implementer\n---\nYou do.\n";
        let own = "---\nname: pilot\ndescription: Mine.\n---\n";
        let snapshot = snapshot(&[(path, text), (HOST, own)]);
        let at = text.find("pilot").unwrap();
        let offered = actions::actions(&snapshot, path, None, Span::new(at, at));
        let titles: Vec<&str> = offered.iter().map(|action| action.title.as_str()).collect();
        assert!(titles.contains(&"Project agent `pilot` to Codex"), "{titles:?}");
        assert!(titles.contains(&"Project agent `pilot` to all hosts"), "{titles:?}");
        assert!(
            !titles.iter().any(|title| title.contains("Claude")),
            "a file without provenance is never written over"
        );
        let elsewhere = actions::actions(&snapshot, path, None, Span::new(text.len(), text.len()));
        assert!(!elsewhere.iter().any(|action| action.title.starts_with("Project")));
    }
}
