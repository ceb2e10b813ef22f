//! Files that mean harm: reading and judging them ends soon, and says little.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

use spec::{Project, SpecFile};
use std::sync::Arc;
use std::time::Duration;

/// Processor time, so that a busy machine changes nothing. A debug build is far slower than what people run; what grows
/// with the square of a size is not let through by this either.
const PATIENCE: Duration = Duration::from_secs(5);

/// What this thread has used so far; nothing where the system does not tell.
fn used() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).map_or(Duration::ZERO, Duration::from_nanos)
}

fn check(what: &str, path: &str, text: &str) -> usize {
    let start = used();
    let mut project = Project::default();
    project.set(Arc::new(SpecFile::read(path, text).expect("one of ours")));
    let found = ide::rules::check(&project, path);
    assert!(used() - start < PATIENCE, "{what} took {:?}", used() - start);
    for diagnostic in &found {
        assert!(text.get(diagnostic.span.range()).is_some(), "{what}: {diagnostic:?}");
        assert!(diagnostic.message.chars().count() <= 120 && !diagnostic.message.contains(['\n', '\u{1b}']), "{what}");
    }
    found.len()
}

#[test]
fn hostile_files_end_soon() {
    let ticket = |inner: &str, body: &str| {
        format!("---\nschema_version: 1\nid: t\ntitle: T\nstatus: Done\n{inner}\n---\n{body}")
    };
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let path = ".tollgate/tickets/t.md";
    let workflow = ".tollgate/workflows/w.md";
    for (what, path, text) in [
        ("unknown keys", path, ticket(&lines(50_000, &|n| format!("statsu{n}: x\n")), "")),
        ("one key again and again", path, ticket(&lines(50_000, &|_| "size: x\n".to_owned()), "")),
        ("one long key", path, ticket(&format!("{}: x", "k".repeat(1 << 19)), "")),
        ("one long value", path, ticket(&format!("size: {}", "\u{1b}v".repeat(1 << 18)), "")),
        ("aliases", path, ticket(&format!("labels: &a [x]\n{}", lines(20_000, &|n| format!("x-{n}: *a\n"))), "")),
        ("brackets", path, ticket(&format!("labels: {}", "[".repeat(50_000)), "")),
        ("headings", path, ticket("", &"## Acceptance Criteria\n- [ ] #1 x\n".repeat(20_000))),
        ("invisible characters", path, ticket("", &"\u{200b}".repeat(200_000))),
        ("items", path, ticket("", &"- [ ] AC-1 (evidence: (check: ((((\n".repeat(20_000))),
        ("templates", workflow, format!("---\nname: w\npasses: []\n---\n## a\n{}", "{{ a.b".repeat(100_000))),
        ("more templates", workflow, format!("---\nname: w\npasses: []\n---\n## a\n{}", "{{ a.b }} ".repeat(20_000))),
        (
            "passes that need each other",
            workflow,
            format!(
                "---\nname: w\npasses:\n{}---\n",
                lines(300, &|n| format!(
                    "  - {{id: p{n}, type: command, run: a, needs: [{}]}}\n",
                    lines(20, &|m| format!("p{}, ", (n * 7 + m * 13) % 300))
                ))
            ),
        ),
        (
            "globs",
            workflow,
            format!(
                "---\nname: w\npasses: [{{id: a, outputs: [{{id: x, writes: [\"{}\"]}}]}}]\n---\n",
                "{a,".repeat(5_000)
            ),
        ),
        (
            "stars",
            workflow,
            format!(
                "---\nname: w\npasses: [{{id: a, outputs: [{{id: x, writes: [\"{}\"]}}]}}]\n---\n",
                "*a".repeat(5_000)
            ),
        ),
        ("front matter that never closes", path, format!("---\n{}", "a: b\n".repeat(100_000))),
        ("fences", path, ticket("", &"```\n~~~\n".repeat(50_000))),
        ("comments", path, ticket("", &"<!--\n".repeat(50_000))),
        ("quotes", path, ticket("", &"> ".repeat(50_000))),
        ("links", path, ticket("", &"[a](".repeat(50_000))),
    ] {
        let found = check(what, path, &text);
        assert!(found <= 500, "{what}: {found}");
    }
}

#[test]
fn tickets_that_wait_for_each_other_in_a_long_row() {
    let mut project = Project::default();
    for n in 0..3_000 {
        let text =
            format!("---\nschema_version: 1\nid: t-{n}\ntitle: T\nstatus: Done\ndependencies: [t-{}]\n---\n", n + 1);
        project.set(Arc::new(SpecFile::read(&format!(".tollgate/tickets/t-{n}.md"), &text).expect("a ticket")));
    }
    let start = used();
    for n in 0..3_000 {
        ide::rules::check(&project, &format!(".tollgate/tickets/t-{n}.md"));
    }
    assert!(used() - start < PATIENCE, "{:?}", used() - start);
}
