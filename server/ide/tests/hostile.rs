//! Files that mean harm: reading and judging them ends soon, and says little.
#![allow(clippy::expect_used)]

#[path = "../../../tests/growth.rs"]
mod growth;

use growth::assert_linear;
use spec::{Project, SpecFile};
use std::sync::Arc;

fn check(what: &str, path: &str, text: &str) -> usize {
    let mut project = Project::default();
    project.set(Arc::new(SpecFile::read(path, text).expect("one of ours")));
    let found = ide::rules::check(&project, path);
    for diagnostic in &found {
        assert!(text.get(diagnostic.span.range()).is_some(), "{what}: {diagnostic:?}");
        assert!(diagnostic.message.chars().count() <= 120 && !diagnostic.message.contains(['\n', '\u{1b}']), "{what}");
    }
    found.len()
}

/// A text of a size.
type Text<'a> = &'a dyn Fn(usize) -> String;

#[test]
fn hostile_files_end_soon() {
    let ticket = |inner: &str, body: &str| {
        format!("---\nschema_version: 1\nid: t\ntitle: T\nstatus: Done\n{inner}\n---\n{body}")
    };
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let path = ".tollgate/tickets/t.md";
    let workflow = ".tollgate/workflows/w.md";
    let section = |body: &str| format!("---\nname: w\npasses: []\n---\n## a\n{body}");
    let writes =
        |glob: &str| format!("---\nname: w\npasses: [{{id: a, outputs: [{{id: x, writes: [\"{glob}\"]}}]}}]\n---\n");
    let cases: &[(&str, &str, usize, Text<'_>)] = &[
        ("unknown keys", path, 50_000, &|n| ticket(&lines(n, &|n| format!("statsu{n}: x\n")), "")),
        ("one key again and again", path, 50_000, &|n| ticket(&"size: x\n".repeat(n), "")),
        ("one long key", path, 1 << 19, &|n| ticket(&format!("{}: x", "k".repeat(n)), "")),
        ("one long value", path, 1 << 18, &|n| ticket(&format!("size: {}", "\u{1b}v".repeat(n)), "")),
        ("aliases", path, 20_000, &|n| {
            ticket(&format!("labels: &a [x]\n{}", lines(n, &|n| format!("x-{n}: *a\n"))), "")
        }),
        ("brackets", path, 50_000, &|n| ticket(&format!("labels: {}", "[".repeat(n)), "")),
        ("headings", path, 20_000, &|n| ticket("", &"## Acceptance Criteria\n- [ ] #1 x\n".repeat(n))),
        ("invisible characters", path, 200_000, &|n| ticket("", &"\u{200b}".repeat(n))),
        ("items", path, 20_000, &|n| ticket("", &"- [ ] AC-1 (evidence: (check: ((((\n".repeat(n))),
        ("templates", workflow, 100_000, &|n| section(&"{{ a.b".repeat(n))),
        ("more templates", workflow, 20_000, &|n| section(&"{{ a.b }} ".repeat(n))),
        ("passes that need each other", workflow, 400, &|n| {
            let needs = |pass: usize| lines(20, &|m| format!("p{}, ", (pass * 7 + m * 13) % n));
            let pass = |pass| format!("  - {{id: p{pass}, type: command, run: a, needs: [{}]}}\n", needs(pass));
            format!("---\nname: w\npasses:\n{}---\n", lines(n, &pass))
        }),
        ("globs", workflow, 5_000, &|n| writes(&"{a,".repeat(n))),
        ("stars", workflow, 5_000, &|n| writes(&"*a".repeat(n))),
        ("front matter that never closes", path, 100_000, &|n| format!("---\n{}", "a: b\n".repeat(n))),
        ("fences", path, 50_000, &|n| ticket("", &"```\n~~~\n".repeat(n))),
        ("comments", path, 50_000, &|n| ticket("", &"<!--\n".repeat(n))),
        ("links", path, 20_000, &|n| ticket("", &"[a](t-2.md [`](".repeat(n))),
        ("quotes", path, 50_000, &|n| ticket("", &"> ".repeat(n))),
        ("links", path, 50_000, &|n| ticket("", &"[a](".repeat(n))),
    ];
    for (what, path, size, text) in cases {
        assert_linear(what, *size, &|size| {
            let found = check(what, path, &text(size));
            assert!(found <= 500, "{what}: {found}");
        });
    }
}

#[test]
fn tickets_that_wait_for_each_other_in_a_long_row() {
    assert_linear("a long row", 3_000, &|size| {
        let mut project = Project::default();
        for n in 0..size {
            let next = n + 1;
            let text =
                format!("---\nschema_version: 1\nid: t-{n}\ntitle: T\nstatus: Done\ndependencies: [t-{next}]\n---\n");
            project.set(Arc::new(SpecFile::read(&format!(".tollgate/tickets/t-{n}.md"), &text).expect("a ticket")));
        }
        for n in 0..size {
            ide::rules::check(&project, &format!(".tollgate/tickets/t-{n}.md"));
        }
    });
}
