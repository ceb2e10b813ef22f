//! Readers on whole files: what they understand, and that nothing makes them fail.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use proptest::prelude::*;
use spec::model::{InputRef, OnReject, PassType, ReviewerType, StatusCategory};
use spec::{Content, FileKind, NameKind, ProblemKind, Project, Role, SpecFile};
use std::sync::Arc;

const WORKFLOW: &str = r#"---
schema_version: 1
name: feature
version: "1.2.0"
description: From a ticket to merged, documented code
ticket: {types: [feature], required_labels: []}
inputs:
  scope: {type: string, default: full, enum: [full, backend-only]}
defaults: {tier: standard, timeout: 30m, max_turns: 40}
budget: {limit_usd: 12, warn_at: 0.8}
passes:
  - id: spec
    kind: spec
    agent: specifier
    inputs: [ticket, "docs/contexts/**/*.md", inputs.scope]
    outputs: [{id: spec, path: "specs/{{ticket.slug}}/spec.md"}]
    gate:
      reviewer: {type: human, from: ["@product"]}
      on_reject: retry
      max_iterations: 3
      escalation: {after: 3, to: "@leads", timeout: 24h}
  - id: generation
    needs: [spec]
    agent: implementer
    tier: deep
    if: "{{ inputs.scope == 'full' }}"
    inputs: ["outputs.spec", "src/**"]
    outputs: [{id: patch, kind: diff, writes: ["src/**"]}]
    reserve: [{resource: orders-db, mode: exclusive, lease: 5m}]
    limits: {usd: 4, turns: 60, timeout: 45m}
    gate:
      verify:
        - {id: tests, command: "cargo test --workspace", format: cargo, timeout: 10m}
        - {id: lint, command: [cargo, clippy], allow_failure: true}
      reviewer: {type: agent, agent: code-reviewer, required: true}
  - id: docs
    type: command
    needs: [generation]
    run: tollgate docs sync
    gate: shared
---
# Feature

## spec
Write it for {{ ticket.identifier }} with {{inputs.scope}}.

### Gate
- [ ] AC-1 every requirement has an id (evidence: review)
- [ ] AC-2 nothing is open (check: absent "TODO" in outputs.spec)

## generation
Do it.

## docs
Sync.
"#;

fn read(path: &str, text: &str) -> SpecFile {
    SpecFile::read(path, text).unwrap()
}

#[test]
fn a_workflow_says_all_it_says() {
    let file = read(".tollgate/workflows/feature.md", WORKFLOW);
    assert_eq!(file.problems, []);
    let Content::Workflow(workflow) = &file.content else { panic!() };
    assert_eq!(workflow.passes.len(), 3);
    let [spec, generation, docs] = &workflow.passes[..] else { panic!() };
    assert_eq!(
        spec.inputs.iter().map(|input| input.value.clone()).collect::<Vec<_>>(),
        [InputRef::Ticket, InputRef::Glob("docs/contexts/**/*.md".to_owned()), InputRef::Input("scope".to_owned())]
    );
    let gate = spec.gate.as_ref().unwrap();
    assert_eq!(gate.on_reject.as_ref().map(|word| word.value), Some(OnReject::Retry));
    assert_eq!(gate.reviewer.as_ref().map(|reviewer| reviewer.kind), Some(ReviewerType::Human));
    assert_eq!(gate.criteria.len(), 2);
    assert_eq!(gate.criteria[1].check.as_ref().map(|check| check.output.as_str()), Some("spec"));
    assert_eq!(generation.settings.timeout.as_ref().map(|time| time.value.as_secs()), Some(45 * 60));
    assert_eq!(generation.settings.usd.as_ref().map(|usd| usd.to_string()).as_deref(), Some("$4.00"));
    assert!(generation.reserve[0].exclusive);
    assert_eq!(docs.pass_type, PassType::Command);
    assert_eq!(docs.run.as_ref().unwrap().argv, ["tollgate", "docs", "sync"]);
    assert_eq!(docs.gate.as_ref().unwrap().shared.as_ref().map(|name| name.value.as_str()), Some("shared"));
    assert_eq!(
        workflow.sections.iter().map(|section| section.title.as_str()).collect::<Vec<_>>(),
        ["Feature", "spec", "Gate", "generation", "docs"]
    );
}

#[test]
fn every_name_stands_where_it_is_said_to_stand() {
    let file = read(".tollgate/workflows/feature.md", WORKFLOW);
    for (name, role, span) in &file.facts.names {
        let own = name.text.rsplit('/').next().unwrap();
        assert_eq!(span.of(WORKFLOW), own, "{name:?} {role:?}");
    }
    let used = |kind: NameKind| -> Vec<&str> {
        let uses = file.facts.names.iter().filter(|(name, role, _)| name.kind == kind && *role == Role::Use);
        uses.map(|(name, _, _)| name.text.as_str()).collect()
    };
    assert_eq!(used(NameKind::Agent), ["specifier", "implementer", "code-reviewer"]);
    assert_eq!(used(NameKind::Tier), ["standard", "deep"]);
    assert_eq!(used(NameKind::Pass), ["feature/spec", "feature/generation"]);
    assert_eq!(used(NameKind::Output), ["feature/spec", "feature/spec"]);
    assert_eq!(used(NameKind::Input), ["feature/scope", "feature/scope", "feature/scope"]);
    assert_eq!(used(NameKind::Gate), ["shared"]);
    assert_eq!(used(NameKind::Resource), ["orders-db"]);
}

#[test]
fn words_of_the_body_mean_nothing_to_others_but_keys_do() {
    let before = read(".tollgate/workflows/feature.md", WORKFLOW).facts;
    let same = |text: &str| read(".tollgate/workflows/feature.md", text).facts.same_names(&before);
    assert!(same(&WORKFLOW.replace("Do it.", "Do it well, and then rest.")));
    assert!(same(&WORKFLOW.replace("From a ticket", "From the ticket")));
    assert!(!same(&WORKFLOW.replace("limit_usd: 12", "limit_usd: 13")));
    assert!(!same(&WORKFLOW.replace("agent: implementer", "agent: writer")));
}

#[test]
fn line_ends_and_marks_change_nothing() {
    for text in [WORKFLOW.replace('\n', "\r\n"), WORKFLOW.replace('\n', "\r"), format!("\u{feff}{WORKFLOW}")] {
        let file = read(".tollgate/workflows/feature.md", &text);
        assert_eq!(file.problems, []);
        for (name, _, span) in &file.facts.names {
            assert_eq!(span.of(&text), name.text.rsplit('/').next().unwrap());
        }
    }
}

#[test]
fn paths_decide_what_a_file_is() {
    for (path, kind) in [
        (".tollgate/config.yaml", Some(FileKind::Config)),
        (".tollgate/workflows/feature.md", Some(FileKind::Workflow)),
        (".tollgate/agents/a.md", Some(FileKind::Agent)),
        (".tollgate/gates/a.md", Some(FileKind::Gate)),
        (".tollgate/tickets/t-1.md", Some(FileKind::Ticket)),
        (".tollgate/records/t-1/0190.json", Some(FileKind::Record)),
        (".claude/agents/team/reviewer.md", Some(FileKind::HostAgent)),
        (".github/agents/reviewer.agent.md", Some(FileKind::HostAgent)),
        (".opencode/agent/reviewer.md", Some(FileKind::HostAgent)),
        (".tollgate/agents/deep/a.md", None),
        (".tollgate/agents/.md", None),
        (".tollgate/docs.lock", None),
        ("agents/a.md", None),
        ("sub/.tollgate/agents/a.md", None),
        (".claude/agents/a.txt", None),
        ("", None),
    ] {
        assert_eq!(FileKind::of(path), kind, "{path}");
    }
}

#[test]
fn hosts_files_are_read_and_never_judged() {
    let text = "---\nname: reviewer\ndescription: Use when: code changes\ntools: Read, Grep\nmodel: sonnet\nnope: 1\n---\nReview.\u{202e}\n";
    let file = read(".claude/agents/reviewer.md", text);
    assert_eq!(file.problems, []);
    let Content::Agent(agent) = &file.content else { panic!() };
    assert_eq!(agent.tools.iter().map(|tool| tool.span.of(text)).collect::<Vec<_>>(), ["Read", "Grep"]);
    assert_eq!(agent.description.as_ref().map(|words| words.value.as_str()), Some("Use when: code changes"));
    let file = read(".opencode/agents/docs.md", "---\ndescription: x\ntools: {write: false, read: true}\n---\n");
    let Content::Agent(agent) = &file.content else { panic!() };
    assert_eq!(agent.name.as_ref().map(|name| name.value.as_str()), Some("docs"));
    assert_eq!(agent.tools.iter().map(|tool| tool.value.as_str()).collect::<Vec<_>>(), ["read"]);
}

#[test]
fn too_large_is_said_and_not_read() {
    let large = "x".repeat(spec::FILE_LIMIT + 1);
    let file = read(".tollgate/tickets/t-1.md", &large);
    assert!(matches!(file.problems[0].kind, ProblemKind::TooLarge(_)));
    let front = format!("---\nid: {}\n---\n## Notes\n", "x".repeat(1 << 20));
    let file = read(".tollgate/tickets/t-1.md", &front);
    assert!(matches!(file.problems[..], [spec::Problem { kind: ProblemKind::TooLarge(_), .. }]));
    let Content::Ticket(ticket) = &file.content else { panic!() };
    assert_eq!(ticket.sections.len(), 1);
}

#[test]
fn status_words_of_many_trackers() {
    for (word, category) in [
        ("To Do", StatusCategory::Todo),
        ("in_progress", StatusCategory::Active),
        ("In Review", StatusCategory::Review),
        ("On Hold", StatusCategory::Blocked),
        ("Won't Fix", StatusCategory::Done),
        ("CLOSED", StatusCategory::Done),
    ] {
        assert_eq!(StatusCategory::of(word), Some(category), "{word}");
    }
    assert_eq!(StatusCategory::of("sideways"), None);
}

const PATHS: &[&str] = &[
    ".tollgate/config.yaml",
    ".tollgate/workflows/feature.md",
    ".tollgate/agents/a.md",
    ".tollgate/gates/a.md",
    ".tollgate/tickets/t-1.md",
    ".tollgate/records/t-1/0190.json",
    ".claude/agents/a.md",
];

/// Everything that has a place stands in the text.
fn spans_fit(file: &SpecFile) {
    for problem in &file.problems {
        assert!(file.text().unwrap().get(problem.span.range()).is_some(), "{problem:?}");
    }
    for (name, _, span) in &file.facts.names {
        assert!(file.text().unwrap().get(span.range()).is_some(), "{name:?} {span:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read(text in "(---\n)?\\PC{0,60}(\n[a-z]+: \\PC{0,20}){0,6}(\n---\n)?\\PC{0,60}") {
        for path in PATHS {
            spans_fit(&read(path, &text));
        }
    }

    #[test]
    fn mutated_files_are_read(at in 0..WORKFLOW.len(), length in 0usize..40, insert in prop::sample::select(vec![
        "", "\"", "'", "[", "]", "{", "}", ": ", "- ", "\n", "---\n", "é", "\u{202e}", "{{", "}}", "  ", "#", "&a ", "*", "(check: ", "|",
    ])) {
        let mut text = WORKFLOW.to_owned();
        let end = (at + length).min(text.len());
        text.replace_range(at..end, insert);
        for path in PATHS {
            let file = Arc::new(read(path, &text));
            spans_fit(&file);
            let mut project = Project::default();
            project.set(Arc::clone(&file));
            project.remove(path);
        }
    }
}

fn ticket(id: &str, dependencies: &str) -> Arc<SpecFile> {
    let text =
        format!("---\nschema_version: 1\nid: {id}\ntitle: T\nstatus: To Do\ndependencies: [{dependencies}]\n---\n");
    Arc::new(read(&format!(".tollgate/tickets/{id}.md"), &text))
}

#[test]
fn a_project_knows_who_depends_on_a_change() {
    let mut project = Project::default();
    assert_eq!(project.set(ticket("a", "")), [""; 0]);
    assert_eq!(project.set(ticket("b", "a")), [".tollgate/tickets/a.md"], "its references changed");
    assert_eq!(project.set(ticket("b", "a")), [""; 0], "nothing changed");
    assert_eq!(project.set(ticket("a", "c")), [".tollgate/tickets/b.md"]);
    let name = |text: &str| spec::Name { kind: NameKind::Ticket, text: text.to_owned() };
    assert!(project.is_defined(&name("a")) && !project.is_defined(&name("c")));
    assert_eq!(project.remove(".tollgate/tickets/a.md"), [".tollgate/tickets/b.md"]);
    assert!(!project.is_defined(&name("a")));
    assert_eq!(project.defined(NameKind::Ticket).map(|name| name.text.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(project.places(&name("a")).len(), 1, "b still uses it");
}

/// Time this thread was on a processor, in nanoseconds: a busy machine does not change it.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default()
}

fn measured(what: &str, bytes: usize, run: impl Fn()) {
    let start = processor_time();
    (0..2_000).for_each(|_| run());
    let each = (processor_time() - start) / 2_000;
    println!("{what}: {each} ns, {} MB/s", bytes as u64 * 1000 / each.max(1));
}

/// `cargo test --release -p spec --test reading -- --ignored --nocapture speed` (Linux)
#[test]
#[ignore = "a measurement"]
fn speed() {
    let ticket = "---\nschema_version: 1\nid: t-1\ntitle: \"The cart shows one total\"\nstatus: In Progress\ntype: bug\npriority: high\nassignee: [\"@mira\"]\nlabels: [production, money]\ndependencies: [sec-3]\ncreated_date: 2026-09-14\nworkflow: production-bug\nsize: small\nbudget: {limit_usd: 4}\n---\n";
    let prose = "A customer put three bulbs into the cart and used a voucher. The page said 8.99; the card was charged\n9.00. Support has *eleven* such cases, all with a percentage, never with a fixed amount.\n\n- the browser rounds half to even\n- the service does not\n\n";
    let criteria =
        "- [ ] #1 three bulbs cost 899, in the cart and in the order\n- [ ] #2 the service rounds every percentage\n\n";
    let chapter = format!("## Description\n\n{}## Acceptance Criteria\n{criteria}## Notes\n\n", prose.repeat(8));
    let body = chapter.as_str();
    for (name, path, head) in
        [("ticket", ".tollgate/tickets/t-1.md", ticket), ("workflow", ".tollgate/workflows/feature.md", WORKFLOW)]
    {
        let text: Arc<str> = Arc::from(format!("{head}{}", body.repeat((7_000 - head.len()) / body.len())));
        let yaml = syntax::front_matter::split(&text).yaml;
        let body = text::Span::new(yaml.end as usize, text.len());
        measured("  content id", text.len(), || _ = std::hint::black_box(text::BlobId::of(text.as_bytes())));
        measured("  yaml", yaml.len(), || _ = std::hint::black_box(syntax::yaml::read(&text, yaml)));
        measured("  markdown", body.len(), || _ = std::hint::black_box(syntax::markdown::read(&text, body)));
        measured(name, text.len(), || _ = std::hint::black_box(SpecFile::read_shared(path, Arc::clone(&text))));
    }
}

#[test]
fn defaults_of_documents_are_laid_over_each_other() {
    use spec::model::DocsMode;
    let text = "schema_version: 1\ndocs:\n  - {path: \"docs/**\", kind: guide, owner: team-docs}\n  - {path: [\"docs/api/**\"], exclude: docs/api/old/**, kind: api, facet: [sig, body], mode: suggest}\n  - {path: docs/api/x.md, mode: \"off\"}\n";
    let file = SpecFile::read(".tollgate/config.yaml", text).unwrap();
    assert_eq!(file.problems, []);
    let Content::Config(config) = &file.content else { panic!() };
    let of = |path: &str| {
        let found = config.docs_of(path);
        (found.kind, found.facets.join(" "), found.owner, found.mode)
    };
    assert_eq!(of("docs/a.md"), (Some("guide"), String::new(), Some("team-docs"), DocsMode::Warn));
    assert_eq!(of("docs/api/a.md"), (Some("api"), "sig body".into(), Some("team-docs"), DocsMode::Suggest));
    assert_eq!(of("docs/api/old/a.md").0, Some("guide"));
    assert_eq!(of("docs/api/x.md").3, DocsMode::Off);
    assert_eq!(of("README.md"), (None, String::new(), None, DocsMode::Warn));
    let wrong = "schema_version: 1\ndocs:\n  - {kind: apii, facet: sgi, check: x}\n";
    assert_eq!(SpecFile::read(".tollgate/config.yaml", wrong).unwrap().problems.len(), 4);
}
