//! A repository in which every host has an agent, opened as it is: served from the workflow to the agent to the skill, and
//! nothing that a host takes is called an error.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::disallowed_methods)]

mod fixture;

use ide::Snapshot;
use ide::navigation::{definition, references};
use spec::SpecFile;
use std::sync::Arc;

/// Every file below `fixtures/hosts` that is read, with others beside or instead of them.
fn open(others: &[(&str, &str)]) -> Snapshot {
    let mut snapshot = fixture::open("hosts");
    for (path, text) in others {
        snapshot.project.set(Arc::new(SpecFile::read(path, text).expect("one that is read")));
    }
    snapshot
}

fn said(snapshot: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for file in snapshot.project.files() {
        for diagnostic in ide::diagnostics::diagnostics(snapshot, &file.path, None) {
            let words = diagnostic.span.of(file.text().unwrap()).lines().next().unwrap_or_default();
            found.push(format!("{} {} {}: {words}", file.path, diagnostic.severity.word(), diagnostic.code));
        }
    }
    found
}

#[test]
fn nothing_that_a_host_takes_is_an_error() {
    let snapshot = open(&[]);
    assert_eq!(snapshot.project.files().count(), 22);
    assert_eq!(
        said(&snapshot),
        [
            ".claude/agents/pilot.md hint agent/drifted: pilot",
            ".claude/agents/pilot.md hint yaml/lenient-only: :",
            ".opencode/agents/pilot.md hint agent/drifted: ---",
        ]
    );
}

#[test]
fn names_lead_from_the_workflow_to_the_agent_to_its_skill_and_back() {
    let snapshot = open(&[]);
    let inside = |path: &str, word: &str| snapshot.file(path).unwrap().text().unwrap().find(word).unwrap() + 1;
    let lead = |path: &str, word: &str| -> Vec<String> {
        definition(&snapshot, path, inside(path, word)).into_iter().map(|place| place.path).collect()
    };
    let flow = ".tollgate/workflows/arrival.md";
    assert_eq!(lead(flow, "pilot"), [".claude/agents/pilot.md", ".opencode/agents/pilot.md", "opencode.json"]);
    assert_eq!(lead(flow, "harbour-master"), [".github/agents/harbour-master.agent.md"]);
    assert_eq!(lead(".claude/agents/pilot.md", "chart-check"), [".claude/skills/chart-check/SKILL.md"]);
    assert_eq!(lead(".claude/agents/lookout.md", "tide-tables"), [".agents/skills/tide-tables/SKILL.md"]);
    assert_eq!(lead(".atomic/agents/diver.md", "tide-tables"), [".agents/skills/tide-tables/SKILL.md"]);
    assert_eq!(lead(".github/prompts/enter.prompt.md", "harbour-master"), [".github/agents/harbour-master.agent.md"]);
    assert_eq!(lead(".claude/commands/arrivals.md", "lookout"), [".claude/agents/lookout.md"]);
    assert_eq!(lead(".github/agents/harbour-master.agent.md", "pilot").len(), 3, "a handoff");
    let skill = ".agents/skills/tide-tables/SKILL.md";
    let users: Vec<String> =
        references(&snapshot, skill, inside(skill, "tide-tables"), false).into_iter().map(|place| place.path).collect();
    assert_eq!(users, [".atomic/agents/diver.md", ".claude/agents/lookout.md"]);
    let hover = ide::hover::hover(&snapshot, flow, None, inside(flow, "pilot")).unwrap().markdown;
    assert!(hover.contains("Claude Code (reads it here)"), "{hover}");
    let shown = ide::symbols::project_symbols(&snapshot, "chart", 10);
    assert_eq!(shown.iter().map(|symbol| symbol.name.as_str()).collect::<Vec<_>>(), ["chart-check"]);
}

#[test]
fn who_makes_and_who_judges_is_told_apart_through_every_binding() {
    let flow = |maker: &str, reviewer: &str| {
        format!(
            "---\nschema_version: 1\nname: arrival\nticket: {{types: [feature]}}\npasses:\n  - id: enter\n    kind: generation\n    agent: {maker}\n    gate: {{reviewer: {{type: agent, agent: {reviewer}}}, criteria: [{{id: AC-1, must: x, evidence: [review]}}]}}\n---\n## enter\nDo.\n"
        )
    };
    let overlay = "---\nschema_version: 1\nname: mate\ndescription: Helps.\nextends: .claude/agents/pilot.md\n---\n";
    let elsewhere = overlay.replace(".claude", ".opencode");
    let config = "schema_version: 1\nagents:\n  steersman: {file: .claude/agents/pilot.md, category: implementer}\n  boss: {file: .claude/agents/lookout.md, category: orchestrator}\n";
    for (maker, reviewer, mate, expected) in [
        ("pilot", "pilot", overlay, "error gate/self-review: pilot"),
        ("pilot", "mate", overlay, "error gate/self-review: mate"),
        ("mate", "pilot", overlay, "error gate/self-review: pilot"),
        ("pilot", "mate", &elsewhere, "error gate/self-review: mate"),
        ("steersman", "mate", overlay, "error gate/self-review: mate"),
        ("pilot", "steersman", overlay, "error gate/self-review: steersman"),
        ("boss", "warden", overlay, "error agent/orchestrator-generates: boss"),
    ] {
        let workflow = flow(maker, reviewer);
        let snapshot = open(&[
            (".tollgate/workflows/arrival.md", &workflow),
            (".tollgate/agents/mate.md", mate),
            (".tollgate/config.yaml", config),
        ]);
        let errors: Vec<String> = said(&snapshot).into_iter().filter(|line| line.contains(" error ")).collect();
        assert_eq!(errors, [format!(".tollgate/workflows/arrival.md {expected}")], "{maker} {reviewer}");
    }
    let snapshot = open(&[(".tollgate/workflows/arrival.md", &flow("pilot", "lookout"))]);
    assert!(!said(&snapshot).iter().any(|line| line.contains(" error ")), "two agents of one host are two");
}

#[test]
fn a_projected_agent_is_watched_from_both_sides() {
    use delivery::projection::{HOSTS, project};
    let mut snapshot = open(&[]);
    let source = snapshot.file(".tollgate/agents/warden.md").unwrap().clone();
    for host in HOSTS {
        let made = project(&snapshot.project, &source, host).unwrap();
        snapshot.project.set(Arc::new(SpecFile::read(&made.path, &made.text).unwrap()));
    }
    let before = said(&open(&[]));
    assert_eq!(said(&snapshot), before, "what was just projected has neither drifted nor is it kept from anybody");
    let text = source.text().unwrap().replace("the gate.", "both gates.");
    let told = snapshot.project.set(Arc::new(SpecFile::read(&source.path, &text).unwrap()));
    assert_eq!(told.len(), HOSTS.len(), "{told:?}");
    let late: Vec<String> = said(&snapshot).into_iter().filter(|line| line.contains("projection-drift")).collect();
    assert_eq!(late.len(), HOSTS.len(), "{late:?}");
    assert!(late[0].contains(" warning "));
}

#[test]
fn a_drift_is_heard_of_on_the_other_side_only() {
    let mut snapshot = open(&[]);
    let path = ".opencode/agents/pilot.md";
    let text =
        snapshot.file(path).unwrap().text().unwrap().replace(
            "You bring ships in, by day only.",
            "You bring ships in. Look at the chart first, then at the tide.",
        );
    let told = snapshot.project.set(Arc::new(SpecFile::read(path, &text).unwrap()));
    assert_eq!(told, [".claude/agents/pilot.md"], "not the workflow, not the skill");
    assert!(!said(&snapshot).iter().any(|line| line.contains("drifted")));
}
