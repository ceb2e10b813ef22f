//! Repositories that are kept with other tools, opened as they are: served whole, and nothing in them is called wrong that
//! is not. And files of the same names that mean harm.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::disallowed_methods)]

mod fixture;
#[path = "../../../tests/growth.rs"]
mod growth;

use fixture::open;
use ide::Snapshot;
use spec::SpecFile;
use std::sync::Arc;

/// All that is said of the files of a repository.
fn said(snapshot: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for file in snapshot.project.files() {
        for diagnostic in ide::diagnostics::diagnostics(snapshot, &file.path, None) {
            let words = diagnostic.span.of(file.text().unwrap());
            found.push(format!("{} {} {}: {words}", file.path, diagnostic.severity.word(), diagnostic.code));
        }
    }
    found
}

/// Repositories with the number of work artifacts in them, and all that is said of them. Their own tools accept every file,
/// so nothing may be an error.
const REPOSITORIES: [(&str, usize, &[&str]); 4] = [
    (
        "speckit",
        9,
        &[
            "specs/002-reservations/spec.md hint trace/uncovered-requirement: FR-004",
            "specs/002-reservations/spec.md info spec/needs-clarification: [NEEDS CLARIFICATION: how many open days?]",
        ],
    ),
    ("openspec", 14, &[]),
    (
        "kiro",
        9,
        &[
            ".kiro/specs/late-fees/requirements.md hint trace/uncovered-requirement: 1",
            ".kiro/specs/late-fees/tasks.md warning trace/orphan-task: 2.4",
        ],
    ),
    ("bmad", 4, &["_bmad-output/implementation-artifacts/sprint-status.yaml hint spec/stale-status: ready-for-dev"]),
];

#[test]
fn nothing_is_called_wrong_that_is_not() {
    for (name, files, expected) in REPOSITORIES {
        let snapshot = open(name);
        let found = said(&snapshot);
        let said: Vec<&str> = found.iter().map(String::as_str).collect();
        let read = snapshot.project.files().filter(|file| file.work().is_some()).count();
        assert_eq!((read, said.as_slice()), (files, expected), "{name}");
        assert!(!found.iter().any(|line| line.contains(" error ")), "{name}");
    }
}

#[test]
fn everything_is_served() {
    for (name, path, expected) in [
        ("speckit", "specs/001-late-fees/spec.md", "4 of 4 requirements covered · 7 of 7 tasks done"),
        ("speckit", "specs/002-reservations/tasks.md", "4 of 5 requirements covered · 2 of 6 tasks done"),
        ("openspec", "openspec/changes/add-late-fees/tasks.md", "5 requirements · 3 of 8 tasks done"),
        ("openspec", "openspec/changes/notify-readers/specs/notices/spec.md", "1 requirement · no tasks yet"),
        ("kiro", ".kiro/specs/late-fees/requirements.md", "5 of 6 requirements covered · 3 of 8 tasks done"),
        ("kiro", ".kiro/specs/notices/tasks.md", "2 of 2 requirements covered · 0 of 3 tasks done"),
        ("kiro", ".kiro/specs/torn-pages/tasks.md", "3 of 3 requirements covered · 1 of 3 tasks done"),
        (
            "bmad",
            "_bmad-output/implementation-artifacts/1-2-late-fees.md",
            "3 of 3 requirements covered · 2 of 3 tasks done",
        ),
        (
            "bmad",
            "_bmad-output/implementation-artifacts/epic-2/2-1-notices.md",
            "2 of 2 requirements covered · 0 of 2 tasks done",
        ),
    ] {
        assert_eq!(ide::lenses::lenses(&open(name), path)[0].title, expected, "{path}");
    }
    for (name, _, _) in REPOSITORIES {
        let snapshot = open(name);
        for file in snapshot.project.files() {
            let has_headings = file.work().is_some_and(|work| !work.sections.is_empty());
            let outline = ide::symbols::document_symbols(&snapshot, &file.path);
            assert!(!outline.is_empty() || !has_headings, "{}", file.path);
            for (what, _, span) in file.facts.names.iter().filter(|(_, _, span)| !span.is_empty()) {
                let hover = ide::hover::hover(&snapshot, &file.path, None, span.start as usize).expect("a hover");
                assert!(!hover.markdown.is_empty());
                // Agents of the user, and commands that a tool brings itself, stand in no file of the repository.
                let elsewhere = matches!(what.kind, spec::NameKind::Agent | spec::NameKind::Command);
                if elsewhere && !snapshot.project.is_defined(what) {
                    continue;
                }
                let definition = ide::navigation::definition(&snapshot, &file.path, span.start as usize);
                let missing = MISSING.contains(&what.text.as_str());
                assert!(definition.is_empty() == missing, "{} of {}", what.text, file.path);
            }
        }
    }
}

/// Names that nothing defines in the repositories: a graph that OpenSpec brings along, what archived changes speak of, a
/// criterion that is said to be unknown, stories that nobody has written yet.
const MISSING: [&str; 4] =
    ["openspec:spec-driven", "openspec:specs:lending/A copy is lent", "kiro:late-fees/2.4", "bmad:1-3-receipts"];

/// A spec and its tasks, of a size.
type Texts<'a> = &'a dyn Fn(usize) -> [String; 2];

#[test]
fn hostile_work_artifacts_end_soon() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let requirement = "- **FR-001**: x\n".to_owned();
    let cases: &[(&str, usize, Texts<'_>)] = &[
        ("many of both", 4_000, &|n| {
            let task = |n: usize| format!("- [ ] T{n:05} x (FR-{:04}; depends on T{:05})\n", n + 5, n + 7);
            [many(n, &|n| format!("- **FR-{n:04}**: x\n")), many(n, &task)]
        }),
        ("one task for all", 4_000, &|n| {
            let named = many(n, &|n| format!("FR-{n:04} "));
            [many(n, &|n| format!("- **FR-{n:04}**: x\n")), format!("- [ ] T001 {named}\n")]
        }),
        ("ranges", 8_000, &|n| [requirement.clone(), format!("- [ ] T001 {}\n", "FR-001–FR-200 ".repeat(n))]),
        ("one id again and again", 8_000, &|n| [requirement.repeat(n), "- [ ] T001 x\n".repeat(n)]),
        ("gaps", 12_000, &|n| [String::new(), many(n, &|n| format!("- [ ] T{:05} x\n", n + n / 5))]),
        ("dependencies", 8_000, &|n| [String::new(), format!("- [ ] T001 {}\n", "depends on T002 ".repeat(n))]),
        ("questions", 8_000, &|n| [format!("- **FR-001**: {}\n", "[NEEDS CLARIFICATION: ".repeat(n)), String::new()]),
        ("more questions", 8_000, &|n| {
            [format!("- **FR-001**: {}\n", "`[NEEDS CLARIFICATION: x]`".repeat(n)), String::new()]
        }),
        ("brackets", 40_000, &|n| {
            [format!("- **FR-001**: {}\n", "[".repeat(n)), format!("- [ ] T001 {}\n", "[P]".repeat(n / 2))]
        }),
        ("cells", 20_000, &|n| ["| FR-001 ".repeat(n), "- [ ] **".repeat(n / 2)]),
        ("headings", 8_000, &|n| ["### User Story 1 - x (Priority:\n".repeat(n), "## [US1]\n".repeat(n)]),
    ];
    for (what, size, texts) in cases {
        growth::assert_linear(what, *size, &|size| judge(what, size, &texts(size)));
    }
}

/// Reads and judges a feature.
fn judge(what: &str, size: usize, [wanted, work]: &[String; 2]) {
    let mut project = spec::Project::default();
    for (path, text) in [
        ("specs/001-a/spec.md", format!("# Feature Specification: x\n\n{wanted}")),
        ("specs/001-a/tasks.md", format!("# Tasks: x\n\n{work}")),
        (".specify/memory/constitution.md", format!("# x\n{}", "[A_".repeat(size))),
        (".specify/feature.json", format!("{{\"feature_directory\": \"{}", "[".repeat(size))),
    ] {
        project.set(Arc::new(SpecFile::read(path, &text).expect("one of ours")));
    }
    for path in ["specs/001-a/spec.md", "specs/001-a/tasks.md"] {
        for found in ide::rules::check(&project, path) {
            assert!(found.message.chars().count() <= 120 && found.severity != ide::Severity::Error, "{what}");
        }
    }
    delivery::trace::trace(&project, "001-a").map(|trace| delivery::trace::markdown(&trace)).expect("a trace");
}
