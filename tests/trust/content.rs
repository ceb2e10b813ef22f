//! Texts that are made to hurt whoever reads them: each ends as a diagnostic, soon, and as one plain line.

use crate::{
    editor,
    place::{self, Called, Place},
};
use serde_json::{Value, json};
use std::{
    fs,
    time::{Duration, Instant},
};

const TICKET: &str = ".tollgate/tickets/t-1.md";

/// A checkout whose ticket has this text.
fn with_ticket(text: &[u8]) -> Place {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    fs::write(place.root.join(TICKET), text).unwrap();
    place
}

fn check(place: &Place) -> (Called, Duration) {
    let since = Instant::now();
    let called = place.call(&["check", "--format", "json"]);
    assert!(matches!(called.code, Some(0 | 1)), "{called:?}");
    assert!(called.err.is_empty(), "{}", called.err);
    (called, since.elapsed())
}

fn told(called: &Called, path: &str) -> Vec<(String, u64)> {
    let report = called.json();
    let rows = report["diagnostics"].as_array().unwrap().iter().filter(|row| row["path"] == path);
    rows.map(|row| (row["code"].as_str().unwrap().to_owned(), row["range"]["start"]["line"].as_u64().unwrap_or(0)))
        .collect()
}

/// YAML that would grow, nest or mean something else than it says ends as diagnostics in no time, and scalars stay words.
#[test]
fn tg23_yaml_cannot_explode() {
    let front = |yaml: &str| format!("---\nschema_version: 1\nid: t-1\n{yaml}\n---\nText.\n").into_bytes();
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let last = at - 1;
        bomb.push_str(&format!(
            "a{at}: &a{at} [*a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}, *a{last}]\n"
        ));
    }
    let many: String = (0..100_000).map(|at| format!("x-{at}: {at}\n")).collect();
    for (what, text) in [
        ("an alias bomb", bomb),
        ("a merge cycle", "x-a: &a\n  <<: *a\n".to_owned()),
        ("depth in a line", "[".repeat(10_000)),
        ("depth in lines", (0..400).map(|at| format!("{}x:\n", " ".repeat(at))).collect()),
        ("braces", "{a: ".repeat(10_000)),
        ("a long key", format!("{}: 1", "k".repeat(900_000))),
        ("many keys", many),
        ("a key twice", "title: a\ntitle: b".to_owned()),
        ("tags", "title: !!python/object/apply:os.system [touch x]\nx-b: !!binary aGk=".to_owned()),
    ] {
        let place = with_ticket(&front(&text));
        let (called, took) = check(&place);
        assert!(!told(&called, TICKET).is_empty() || what == "many keys", "{what}: {}", called.out);
        // a debug build on a busy machine; the release build has its own budget
        assert!(took < Duration::from_secs(4), "{what}: {took:?}");
    }
    for word in ["yes", "no", "1e3", "0o7", "~", "null", "2026-01-01", "0x10"] {
        let place = with_ticket(&front(&format!("title: {word}\nstatus: In Progress\nworkflow: flow")));
        let plan = place.call(&["explain", "t-1", "--json"]).json();
        let title = &plan["ticket"]["title"];
        assert!(title == word || (title.is_null() && ["~", "null"].contains(&word)), "{word}: {title}");
    }
}

/// Front matter that is never closed, comes twice, follows a byte order mark, has lone carriage returns or is far too long
/// is told at the place, and nothing hangs or falls.
#[test]
fn tg24_front_matter_in_odd_shapes() {
    let whole = "---\nschema_version: 1\nid: t-1\ntitle: T\n---\nText.\n";
    for (what, text) in [
        ("not closed", whole.replacen("\n---\nText", "\nText", 1)),
        ("twice", whole.replace("Text.", "---\nid: t-2\n---\n")),
        ("after a mark", format!("\u{feff}{whole}")),
        ("carriage returns", whole.replace('\n', "\r")),
        ("5 MB", whole.replace("title: T", &format!("title: {}", "t".repeat(5 << 20)))),
    ] {
        let place = with_ticket(text.as_bytes());
        let (called, took) = check(&place);
        let found = told(&called, TICKET);
        assert!(!found.is_empty() || what == "after a mark", "{what}: {}", called.out);
        assert!(took < Duration::from_secs(4), "{what}: {took:?}");
        assert!(called.out.len() < 1 << 20, "{what}: a message as long as the file");
    }
    let place = with_ticket(&[&b"---\nid: t-1\ntitle: \xff\xfe\0\n---\n"[..], &[0; 4096]].concat());
    check(&place);
}

/// Characters that nobody sees are told with their numbers, in specs and in tickets, and never shown as they are.
#[test]
fn tg25_invisible_characters_are_told() {
    for (character, name) in
        [('\u{202e}', "202E"), ('\u{2066}', "2066"), ('\u{200d}', "200D"), ('\u{e0041}', "E0041"), ('\u{200b}', "200B")]
    {
        let place = place::with_pass("    type: command\n    run: [worker]\n");
        place.replace(TICKET, "A ticket", &format!("A {character}ticket"));
        place.replace(".tollgate/workflows/flow.md", "Do it.", &format!("Do {character}it."));
        let called = check(&place).0;
        for path in [TICKET, ".tollgate/workflows/flow.md"] {
            assert!(
                told(&called, path).iter().any(|(code, _)| code == "text/invisible-character"),
                "{name} in {path}: {}",
                called.out
            );
        }
        assert!(called.out.to_uppercase().contains(&format!("U+{name}")), "{name}: {}", called.out);
        for arguments in [&["check"][..], &["explain", "t-1"], &["trust"], &["cost"]] {
            let said = place.call(arguments).all();
            assert!(!said.contains(character), "{arguments:?} shows U+{name}: {said}");
        }
    }
}

/// A ticket's title is one plain, short line wherever it is shown: no line ends, icons, links, HTML or escapes.
#[test]
fn tg26_a_title_is_one_plain_line() {
    let evil = "a\\nb $(trash) [x](command:tollgate.run?%5B%5D) <img src=x onerror=y> \\e[31mred \\u202e ![i](http://127.0.0.1/i)";
    for title in [evil.to_owned(), format!("{evil}{}", "long ".repeat(20_000))] {
        let place = place::with_pass("    type: command\n    run: [worker]\n");
        place.replace(TICKET, "title: \"A ticket\"", &format!("title: \"{title}\""));
        let mut editor = editor::open(&place);
        let status = editor.expect_trust("restricted");
        let uri = editor.open_file(TICKET);
        let document = json!({ "uri": uri });
        let lenses = editor.server.ask("textDocument/codeLens", json!({ "textDocument": document })).unwrap();
        let mut shown = String::new();
        for line in 0..9 {
            let at = json!({ "textDocument": document, "position": { "line": line, "character": 3 } });
            let hover = editor.server.ask("textDocument/hover", at).unwrap();
            shown.push_str(hover["contents"]["value"].as_str().unwrap_or_default());
        }
        let explained = editor.server.ask("tollgate/explain", json!({ "ticket": "t-1" })).unwrap();
        shown.push_str(explained["markdown"].as_str().unwrap());
        let said = Value::from(editor.leave());
        let titles: Vec<String> = lenses
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|lens| Some(lens["command"]["title"].as_str()?.to_owned()))
            .collect();
        for one in titles.iter().map(String::as_str).chain(status["ticket"]["title"].as_str()) {
            assert!(!one.contains(['\n', '\u{1b}', '\u{202e}']) && !one.contains("$(trash)"), "{one}");
            assert!(one.chars().count() <= 120, "{} characters", one.chars().count());
        }
        for message in said.as_array().unwrap().iter().filter(|it| it["method"] == "textDocument/publishDiagnostics") {
            for diagnostic in message["params"]["diagnostics"].as_array().unwrap() {
                let message = diagnostic["message"].as_str().unwrap();
                assert!(message.chars().count() <= 120 && !message.contains(['\n', '\u{1b}', '\u{202e}']), "{message}");
            }
        }
        let shown = shown.replace("\\<", "");
        for bad in ["](command:", "<img", "\u{1b}", "\u{202e}", "![i](http"] {
            assert!(!shown.contains(bad), "{bad:?} in {shown}");
        }
        let terminal = [place.call(&["explain", "t-1"]).out, place.call(&["cost"]).out].concat();
        assert!(!terminal.contains(['\u{1b}', '\u{202e}']), "{terminal}");
    }
}

/// Text checks of a gate take time that grows with the text alone, whatever words they are made of.
#[test]
fn tg27_text_checks_are_linear() {
    for check in ["(a+)+$", "a{1000}{1000}", &"(x".repeat(2000), &"a*".repeat(20_000)] {
        let place = place::with_pass(&format!(
            "    type: command\n    run: [worker]\n    outputs: [{{id: out, path: out.txt}}]\n    gate:\n      criteria: [{{id: AC-1, must: m, check: 'absent \"{check}\" in outputs.out'}}]\n"
        ));
        place.write("out.txt", &format!("{}b", "a".repeat(7 << 20)));
        let since = Instant::now();
        let called = place.call(&["explain", "t-1", "--json"]);
        assert_eq!(called.code, Some(0), "{called:?}");
        assert!(since.elapsed() < Duration::from_secs(6), "{:?}", since.elapsed());
    }
}

/// A spec under a name that another has after folding its case is told; one behind a link or in a folder of packages is
/// not loaded.
#[test]
fn tg35_only_plain_specs_count() {
    let place = place::with_pass("    type: command\n    run: [worker]\n");
    let text = place.read(".tollgate/workflows/flow.md").unwrap();
    place.write(".tollgate/workflows/FLOW.md", &text);
    place.write("node_modules/evil/.tollgate/workflows/evil.md", &text.replace("name: flow", "name: evil"));
    fs::write(place.path("far.md"), text.replace("name: flow", "name: far")).unwrap();
    std::os::unix::fs::symlink(place.path("far.md"), place.root.join(".tollgate/workflows/far.md")).unwrap();
    let called = place.call(&["check", "--format", "json"]);
    assert!(called.out.contains("file/case-conflict") || called.out.contains("id/duplicate"), "{}", called.out);
    let plan = place.call(&["trust", "--json"]).out;
    assert!(!plan.contains("evil/work") && !plan.contains("far/work"), "{plan}");
}
