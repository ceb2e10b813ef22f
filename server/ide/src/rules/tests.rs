//! Runs the examples of every rule.

use super::*;
use docs::tree::{Texts, Tree};
use spec::SpecFile;
use std::sync::Arc;

/// A small project around the examples, so that they can be short. An example's own files replace these.
const AROUND: &[(&str, &str)] = &[
    (
        ".tollgate/config.yaml",
        "schema_version: 1\ntiers:\n  standard: [{harness: claude, model: sonnet}]\n  deep: [{harness: claude, model: opus}]\nbudgets:\n  - {scope: project, period: month, limit_usd: 400}\n  - {scope: ticket, limit_usd: 15}\n",
    ),
    (
        ".tollgate/agents/implementer.md",
        "---\nschema_version: 1\nname: implementer\ncategory: implementer\n---\nYou write code.\n",
    ),
    (".tollgate/agents/planner.md", "---\nschema_version: 1\nname: planner\ncategory: architect\n---\nYou plan.\n"),
    (".tollgate/agents/reviewer.md", "---\nschema_version: 1\nname: reviewer\ncategory: verifier\n---\nYou judge.\n"),
    (
        ".tollgate/workflows/feature.md",
        "---\nschema_version: 1\nname: feature\nticket: {types: [feature]}\npasses: [{id: build, agent: implementer}]\n---\n## build\nBuild it.\n",
    ),
];

/// A text without its marks, and the places they marked.
fn unmark(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut plain = String::new();
    let mut marks = Vec::new();
    for character in text.chars() {
        match character {
            '⟦' => marks.push((plain.len(), plain.len())),
            '⟧' => marks.last_mut().expect("an opening mark").1 = plain.len(),
            other => plain.push(other),
        }
    }
    (plain, marks)
}

fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    for (path, text) in AROUND.iter().chain(files) {
        if let Some(file) = SpecFile::read(path, &unmark(text).0) {
            project.set(Arc::new(file));
        }
    }
    project
}

/// The documents among the examples, judged, and everything beside them.
fn documents(files: &[(&str, &str)]) -> (Texts, Documents) {
    let mut tree = Texts::default();
    for (path, text) in files.iter().filter(|(path, _)| SpecFile::read(path, "").is_none()) {
        tree.set(path, &unmark(text).0);
    }
    let documents = Documents::of(&tree);
    (tree, documents)
}

/// What the examples of a rule presuppose beside the files.
fn live(rule: &str) -> Live {
    let mut live = Live::default();
    match rule {
        "cost/price-map-stale" => {
            live.prices.old = Some(("2026-11-20".to_owned(), 61));
            live.prices.listed = ["sonnet", "opus"].map(str::to_owned).into();
        }
        "cost/price-drift" => {
            let usd = |text: &str| spec::Usd::parse(text).expect("an amount");
            let (reported, low, high) = (usd("4.2"), usd("2.8"), usd("3"));
            let drift = delivery::prices::watch::Drift { runs: 5, reported, low, high };
            live.prices.drifts.insert("sonnet".to_owned(), drift);
        }
        "ticket/stale-status" => {
            let pass = crate::live::PassLive { id: "mend".into(), state: "done".into(), ..Default::default() };
            let ticket = crate::live::TicketLive { passes: vec![pass], ..Default::default() };
            live.tickets.insert("t-1".to_owned(), ticket);
        }
        "ticket/feature-json-stale" => live.branch = Some("feat/005-tax".to_owned()),
        _ => {}
    }
    live
}

/// What the rules say about the example of a rule: code and place, by path.
fn found(rule: &str, files: &[(&str, &str)]) -> Vec<(String, String, usize, usize)> {
    let project = project(files);
    let mut found = Vec::new();
    for path in project.files().map(|file| file.path.clone()) {
        for diagnostic in check_live(&project, &live(rule), &path) {
            let span = diagnostic.span;
            found.push((path.clone(), diagnostic.code, span.start as usize, span.end as usize));
        }
    }
    let (_, documents) = documents(files);
    for path in documents.paths() {
        for diagnostic in check_documents(&documents, path) {
            let span = diagnostic.span;
            found.push((path.to_owned(), diagnostic.code, span.start as usize, span.end as usize));
        }
    }
    found
}

#[test]
fn every_bad_example_is_reported_at_its_marks_and_nothing_else_is() {
    for rule in all() {
        let mut expected = Vec::new();
        for (path, text) in rule.bad {
            let marks = unmark(text).1.into_iter();
            expected.extend(marks.map(|(start, end)| ((*path).to_owned(), rule.id.to_owned(), start, end)));
        }
        expected.sort();
        let mut found = found(rule.id, rule.bad);
        found.sort();
        assert!(!expected.is_empty(), "{}: the bad example has no mark", rule.id);
        assert_eq!(found, expected, "{}", rule.id);
    }
}

#[test]
fn every_good_example_is_clean() {
    assert_eq!(found("", &[]), [], "the project around the examples");
    for rule in all() {
        assert_eq!(found(rule.id, rule.good), [], "{}", rule.id);
    }
}

/// Applies the edits of a fix, last place first.
fn apply(project: &Project, fix: &crate::Fix) -> Project {
    let mut fixed = project.clone();
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|(_, edit)| std::cmp::Reverse(edit.span));
    for (path, edit) in edits {
        let mut text = fixed.file(&path).map_or(String::new(), |file| file.text().unwrap().to_string());
        text.replace_range(edit.span.range(), &edit.text);
        fixed.set(Arc::new(SpecFile::read(&path, &text).expect("one of ours")));
    }
    fixed
}

#[test]
fn every_preferred_fix_of_a_bad_example_mends_it() {
    let mut with_fix = 0;
    for rule in all() {
        let mut project = project(rule.bad);
        let paths: Vec<String> = project.files().map(|file| file.path.clone()).collect();
        // Each fix takes its own diagnostic away; some examples have several.
        for _ in 0..4 {
            let all = paths.iter().flat_map(|path| check(&project, path)).collect::<Vec<_>>();
            let Some(fix) = all.iter().find_map(|diagnostic| diagnostic.fixes.iter().find(|fix| fix.preferred)) else {
                break;
            };
            let fixed = apply(&project, fix);
            let left = paths.iter().flat_map(|path| check(&fixed, path)).filter(|left| left.code == rule.id).count();
            let before = all.iter().filter(|diagnostic| diagnostic.code == rule.id).count();
            assert!(left < before, "{}: `{}` mends nothing", rule.id, fix.title);
            with_fix += 1;
            if left == 0 {
                break;
            }
            project = fixed;
        }
    }
    assert!(with_fix >= 30, "only {with_fix} rules have a fix that was tried");
}

#[test]
fn what_mends_a_document_mends_it() {
    let count = |documents: &Documents, code: &str| {
        let all = documents.paths().flat_map(|path| check_documents(documents, path));
        all.filter(|diagnostic| diagnostic.code == code).count()
    };
    let mut tried = Vec::new();
    for rule in all().iter().filter(|rule| rule.files == Files::Documents) {
        let (tree, documents) = documents(rule.bad);
        let before = count(&documents, rule.id);
        let found: Vec<Diagnostic> = documents.paths().flat_map(|path| check_documents(&documents, path)).collect();
        for fix in found.iter().filter(|diagnostic| diagnostic.code == rule.id).flat_map(|it| &it.fixes) {
            // one binding more does not make the files what they were
            if rule.id == "docs/surface-changed" {
                continue;
            }
            let mut tree = tree.clone();
            let mut edits: Vec<_> = fix.edits.iter().collect();
            edits.sort_by_key(|(_, edit)| std::cmp::Reverse(edit.span));
            for (path, edit) in edits {
                let mut text = tree.text(path).expect("a text").to_string();
                text.replace_range(edit.span.range(), &edit.text);
                tree.set(path, &text);
            }
            assert!(count(&Documents::of(&tree), rule.id) < before, "{}: `{}` mends nothing", rule.id, fix.title);
            tried.push(rule.id);
        }
    }
    tried.dedup();
    let expected = [
        "docs/dangling-target",
        "docs/mirror-mismatch",
        "docs/region-edited",
        "docs/region-out-of-date",
        "docs/undeclared-edge",
    ];
    assert_eq!(tried, expected);
}

#[test]
fn every_rule_is_written_well() {
    assert!(all().len() >= 30);
    for pair in all().windows(2) {
        assert!(pair[0].id < pair[1].id, "{} stands behind {}", pair[1].id, pair[0].id);
    }
    for rule in all() {
        assert!(rule.why.ends_with('.') && rule.fix.ends_with('.'), "{}", rule.id);
        let page = manual(rule.id).expect("a page");
        assert!(page.contains(rule.why) && !page.contains('⟦'), "{}", rule.id);
        let project = project(rule.bad);
        for path in project.files().map(|file| file.path.clone()) {
            for diagnostic in check_live(&project, &live(rule.id), &path) {
                assert!(
                    diagnostic.message.chars().count() <= crate::diagnostic::MESSAGE_LIMIT
                        && !diagnostic.message.ends_with('.')
                );
                assert!(diagnostic.fixes.iter().filter(|fix| fix.preferred).count() <= 1, "{}", rule.id);
            }
        }
    }
    assert_eq!(manual("no/such"), None);
}

#[test]
fn the_config_sets_severities_and_turns_rules_off() {
    let ticket = (
        ".tollgate/tickets/t-1.md",
        "---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\ntype: feature\nnope: 1\n---\n",
    );
    let severity = |word: &str| {
        let config = format!("schema_version: 1\nrules: {{severity: {{schema/unknown-key: {word}}}}}\n");
        let project = project(&[ticket, (".tollgate/config.yaml", &config)]);
        check(&project, ticket.0).first().map(|diagnostic| diagnostic.severity)
    };
    assert_eq!(severity("error"), Some(Severity::Error));
    assert_eq!(severity("hint"), Some(Severity::Hint));
    assert_eq!(severity("off"), None);
}

#[test]
fn files_of_other_tools_are_never_judged() {
    let host = (
        ".claude/agents/x.md",
        "---\nname: X Y\ndescription: d\nnope: 1\ntools: Bash(*)\nhooks: {}\n---\n{{ nope }}\u{202e}",
    );
    assert_eq!(check(&project(&[host]), host.0), []);
    assert_eq!(check(&project(&[]), "src/main.rs"), []);
}

#[test]
fn work_artifacts_of_other_tools_are_never_called_an_error() {
    let of_work =
        |rule: &&Rule| rule.bad.iter().any(|(path, _)| spec::FileKind::of(path) == Some(spec::FileKind::Work));
    let rules: Vec<_> = all().iter().filter(of_work).collect();
    assert!(rules.len() >= 8);
    assert!(rules.iter().all(|rule| rule.severity != Severity::Error));
}

#[test]
fn the_repository_of_defects_has_every_rule_of_our_files() {
    let expected = include_str!("../../../../fixtures/defects/expected.txt");
    // What the machine, the branch, the day or the runs decide, what is too large to commit, and what not every file system holds.
    let apart =
        ["cost/price-drift", "cost/price-map-stale", "file/case-conflict", "file/too-large", "ticket/stale-status"];
    for rule in all().iter().filter(|rule| rule.files != Files::Others && !apart.contains(&rule.id)) {
        let has = expected.lines().any(|line| line.ends_with(&format!(" {}", rule.id)));
        assert!(has, "{}: add an example to fixtures/defects, then UPDATE=1 tests/cli/run defects", rule.id);
    }
}
