use super::*;
use proptest::prelude::*;

fn whole(text: &str) -> Document {
    read(text, Span::new(0, text.len()))
}

/// A tree as one line: maps `{k: v}`, lists `[a]`, scalars as they read, nothing `~`.
pub(crate) fn show(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "~".to_owned(),
        Kind::Scalar(scalar) => scalar.value.clone(),
        Kind::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| format!("{}: {}", entry.key.value, show(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Every key and scalar with the text under its span.
fn spans<'t>(node: &Node, text: &'t str, found: &mut Vec<&'t str>) {
    for entry in node.entries() {
        found.push(entry.key.span.of(text));
        spans(&entry.value, text, found);
    }
    node.items().iter().for_each(|item| spans(item, text, found));
    if node.scalar().is_some() {
        found.push(node.span.of(text));
    }
}

/// Every key and scalar as it is written.
pub(crate) fn tokens<'t>(root: &Node, text: &'t str) -> Vec<&'t str> {
    let mut found = Vec::new();
    spans(root, text, &mut found);
    found
}

/// Every place lies in the text, on characters, and in that of what holds it.
pub(crate) fn check_places(document: &Document, text: &str) {
    for problem in &document.problems {
        assert!(text.get(problem.span.range()).is_some(), "{problem:?} {text:?}");
    }
    let mut rest = vec![&document.root];
    while let Some(node) = rest.pop() {
        assert!(text.get(node.span.range()).is_some(), "{node:?} {text:?}");
        let entries = node.entries().iter().flat_map(|entry| [entry.key.span, entry.value.span]);
        for span in node.items().iter().map(|item| item.span).chain(entries) {
            assert!(node.span.contains(span) && text.get(span.range()).is_some(), "{span:?} {node:?} {text:?}");
        }
        rest.extend(node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)));
    }
}

/// Reads as `expected` both ways.
fn check(text: &str, expected: &str) {
    let document = whole(text);
    assert_eq!(show(&document.root), expected, "strict: {text:?}");
    assert!(document.valid, "{text:?}: {:?}", document.problems);
    let (root, problems, _) = tolerant::read(text, Span::new(0, text.len()));
    assert_eq!(show(&root), expected, "tolerant: {text:?}");
    assert_eq!(problems, []);
}

/// Is not valid, reads as `expected` all the same, and the error stands on `token`.
fn check_broken(text: &str, expected: &str, token: &str, words: &str) {
    let document = whole(text);
    assert!(!document.valid, "{text:?} is valid");
    assert_eq!(show(&document.root), expected, "{text:?}");
    let invalid = document.problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::Invalid(words) => Some((problem.span.of(text), words.as_str())),
        _ => None,
    });
    assert_eq!(invalid, Some((token, words)), "{text:?}");
}

#[test]
fn both_readers_read_the_same() {
    check("a: 1\nb: [x, 'y z', \"q\"]\n", "{a: 1, b: [x, y z, q]}");
    check(
        "passes:\n  - id: spec\n    needs: []\n  - id: design\n    gate: {on_reject: retry}\n",
        "{passes: [{id: spec, needs: []}, {id: design, gate: {on_reject: retry}}]}",
    );
    check("list:\n- a\n- b\nnext: c\n", "{list: [a, b], next: c}");
    check("a:\n  b:\n    c: d # comment\ne: 'it''s' # x\n", "{a: {b: {c: d}}, e: it's}");
    check("a: [\n  one,\n  {b: c,\n   d: e},\n]\nf: g\n", "{a: [one, {b: c, d: e}], f: g}");
    check("yes: no\nversion: 1.0\noctal: 0o7\nbig: 1e3\n", "{yes: no, version: 1.0, octal: 0o7, big: 1e3}");
    check("a:\nb: ~\nc: null\nd: \"\"\n", "{a: ~, b: ~, c: ~, d: }");
    check("- - a\n  - b\n- c\n", "[[a, b], c]");
    check("", "~");
    check("# only a comment\n", "~");
    check("text: |\n  one\n  two\nnext: a\n", "{text: one\ntwo\n, next: a}");
    check("url: http://x/y#z\ntime: 12:30\n", "{url: http://x/y#z, time: 12:30}");
}

#[test]
fn the_quick_reader_reads_what_people_write() {
    let text = "schema_version: 1\nname: x # c\nempty:\nlist:\n- a\n- b: c\n  d: [e, {f: \"g\"}]\nmap:\n  k: 'it''s'\n\n  # c\n  l: é\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let span = Span::new(0, text.len());
        let root = simple::read(&text, span).unwrap();
        assert_eq!(Ok(root), strict(&text, span).map(|document| document.root));
    }
}

#[test]
fn spans_are_exact_bytes() {
    for newline in ["\n", "\r\n", "\r"] {
        let text = "größe: \"süß\" # für ñ 😀\nb:\n  - ключ: 'значение'\n    ö: [ü, 'é', z]\nlast: end # c\n"
            .replace('\n', newline);
        assert_eq!(
            tokens(&whole(&text).root, &text),
            ["größe", "\"süß\"", "b", "ключ", "'значение'", "ö", "ü", "'é'", "z", "last", "end"],
            "{newline:?}"
        );
        let broken = format!("{text}oops: @x{newline}");
        assert_eq!(tokens(&whole(&broken).root, &broken)[..11], tokens(&whole(&text).root, &text), "{newline:?}");
    }
    let text = "a: {b: [1, 2]}  # c\nd:\n  - e\n  - f\n";
    let document = whole(text);
    assert_eq!(document.root.get("a").map(|node| node.span.of(text)), Some("{b: [1, 2]}"));
    assert_eq!(document.root.get("d").map(|node| node.span.of(text)), Some("- e\n  - f"));
    assert_eq!(document.root.span.of(text), text.trim_end());
}

#[test]
fn half_typed_yaml_is_still_read() {
    let quotes = "this character cannot start a value; put the value in quotes";
    check_broken("assignee: @MrLesk\nid: x\n", "{assignee: @MrLesk, id: x}", "@", quotes);
    let colon = "a value with `: ` in it must stand in quotes";
    check_broken("a: b: c\nd: e\n", "{a: b: c, d: e}", ":", colon);
    check_broken("a: [x, y\nb: c\n", "{a: [x, y], b: c}", "[", "this `[` is not closed");
    check_broken("a: {x: y, z\nb: c\n", "{a: {x: y, z: ~}, b: c}", "{", "this `{` is not closed");
    check_broken("a: \"open\nb: c\n", "{a: open, b: c}", "\"", "this `\"` is not closed");
    check_broken(
        "passes:\n  - id: spec\n    nee\n  - id: b\n",
        "{passes: [{id: spec}, {id: b}]}",
        "nee",
        "expected `:` after the key",
    );
}

#[test]
fn features_are_refused_at_their_token() {
    let found = |text: &str| -> Vec<(String, &'static str)> {
        let document = whole(text);
        let name = |problem: &Problem| match problem.kind {
            ProblemKind::Feature(name) => Some((problem.span.of(text).to_owned(), name)),
            _ => None,
        };
        document.problems.iter().filter_map(name).collect()
    };
    let one = |token: &str, name| vec![(token.to_owned(), name)];
    assert_eq!(found("a: &x 1\n"), one("&x", "anchor"));
    assert_eq!(found("a: !!str 1\n"), one("!!str", "tag"));
    assert_eq!(found("a: !foo {b: c}\n"), one("!foo", "tag"));
    assert_eq!(found("a: &x 1\nb: *x\n"), [one("&x", "anchor"), one("*x", "alias")].concat());
    assert_eq!(found("a: 1\n<<: {b: 1}\n"), one("<<", "merge key"));
    assert_eq!(found("? [a]\n: b\n"), one("[a]", "complex key"));
}

#[test]
fn duplicate_keys_are_found_in_every_map() {
    let text = "a: 1\nb: {c: 1, c: 2}\na: 2\n";
    let document = whole(text);
    let found: Vec<_> = document.problems.iter().map(|problem| (problem.span.start, problem.span.of(text))).collect();
    assert_eq!(found, [(15, "c"), (21, "a")]);
    assert_eq!(document.root.get("a").and_then(Node::scalar), Some("1"));
}

/// A text of a size.
type Text<'a> = &'a dyn Fn(usize) -> String;

#[test]
fn hostile_input_ends_soon() {
    let repeated = ["[", "{", "{a: ", "- ", "? ", "a: ", "[a, ", "'", "\"\n", "a:\n- ", "!!x ", "a: \0"];
    for part in repeated {
        crate::growth::assert_linear(part, 50_000, &|size| drop(whole(&part.repeat(size))));
    }
    let lines = |size: usize, line: &dyn Fn(usize) -> String| (0..size).map(line).collect::<String>();
    let texts: [(&str, usize, Text<'_>); 5] = [
        ("aliases", 10_000, &|size| format!("a: &a [x]\n{}", lines(size, &|n| format!("k{n}: *a\n")))),
        ("keys", 100_000, &|size| lines(size, &|n| format!("k{n}: 1\n"))),
        ("a long key", 1 << 20, &|size| format!("{}: 1", "k".repeat(size))),
        ("escapes", 50_000, &|size| format!("a: \"{}", "\\".repeat(size))),
        // the text grows like the size, the depth like its root
        ("depth", 2_000_000, &|size| lines((2 * size).isqrt(), &|n| format!("{}k:\n", " ".repeat(n)))),
    ];
    for (what, size, text) in texts {
        crate::growth::assert_linear(what, size, &|size| drop(whole(&text(size))));
    }
}

const REAL: &str = "schema_version: 1
name: feature   # the usual one
version: \"1.2.0\"
empty:
ticket: {types: [feature, bug], required_labels: []}
budget: {limit_usd: 12, warn_at: 0.8}
passes:
  - id: spec
    inputs: [ticket, \"docs/**/*.md\", inputs.scope]
    # a comment
    outputs:
    - id: spec
      path: \"specs/{{ticket.slug}}/spec.md\"
    gate:
      reviewer: {type: human, from: [\"@product\"]}
      note: 'it''s fine'

  - id: docs
    run: [tollgate, docs]
labels:
- one
- two words
";

#[test]
fn the_quick_reader_reads_a_real_front_matter() {
    assert!(simple::read(REAL, Span::new(0, REAL.len())).is_some());
}

proptest! {
    #[test]
    fn nothing_panics_and_spans_fit(text in "[ -~\n\t\r\u{e9}]{0,80}") {
        let document = whole(&text);
        let mut rest = vec![&document.root];
        while let Some(node) = rest.pop() {
            prop_assert!(text.get(node.span.range()).is_some(), "{:?}", node);
            rest.extend(node.items());
            for entry in node.entries() {
                prop_assert!(text.get(entry.key.span.range()).is_some(), "{:?}", entry);
                rest.push(&entry.value);
            }
        }
        for problem in &document.problems {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?}", problem);
        }
    }

    #[test]
    fn yaml_like_text_never_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "a", "b: ", "- ", "\n", "  ", "[", "]", "{", "}", ", ", "\"", "'", "# c", "|", ">", "&x ", "*x", "!t ", "é", ":", "---\n", "<<: ", "\r\n", "\t", "? ",
    ]), 0..40)) {
        let text = parts.concat();
        let document = whole(&text);
        let _ = tolerant::read(&text, Span::new(0, text.len()));
        for problem in &document.problems {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?}", problem);
        }
    }

    /// What the quick reader is sure of, the full parser says too.
    #[test]
    fn the_quick_reader_says_what_the_full_parser_says(parts in prop::collection::vec(prop::sample::select(vec![
        "a: ", "b:", "key: v", "- ", "- x", "\n", "\n", "\n  ", "\n    ", "  ", " ", "[", "]", "{", "}", ", ", ",", "\"q\"", "\"", "'s'", "'", " # c",
        "#", "word", "1.0", "~", "null", "é", ":", ": ", "http://x", "a:b", "x y", "\r\n", "\\n", "k: [a, b]", "m: {a: b, c: d}", "n: \"a b\"", "...",
        "\n- ", "\n  - ", "\na: ", "\nc: ", "\n  d: ", "\n    e: ", "--", "|", "(", "$x",
    ]), 0..24)) {
        let text = parts.concat();
        let span = Span::new(0, text.len());
        if let Some(root) = simple::read(&text, span) {
            let full = strict(&text, span);
            prop_assert!(full.is_ok(), "{:?} {:?}", text, full);
            let full = full.unwrap();
            prop_assert_eq!(&full.problems, &Vec::new(), "{:?}", text);
            prop_assert_eq!(root, full.root, "{:?}", text);
        }
    }

    /// The same for front matter as people write it, damaged in one place.
    #[test]
    fn the_quick_reader_is_held_to_it_in_damaged_files(at in 0..REAL.len(), length in 0usize..6, insert in prop::sample::select(vec![
        "", " ", "  ", "\n", "\n  ", "\n- ", "- ", ": ", ":", "#", " #", ",", "[", "]", "{", "}", "\"", "'", "\\", "é", "|", ">", "&a ", "*a", "!t ", "? ",
        "~", "null", "<<", "\t", "\r", "\r\n", "---\n", "@", "%",
    ])) {
        let mut text = REAL.to_owned();
        text.replace_range(at..(at + length).min(REAL.len()), insert);
        let span = Span::new(0, text.len());
        if let Some(root) = simple::read(&text, span) {
            let full = strict(&text, span);
            prop_assert!(full.is_ok(), "{}", text);
            let full = full.unwrap();
            prop_assert_eq!(&full.problems, &Vec::new(), "{}", text);
            prop_assert_eq!(root, full.root, "{}", text);
        }
    }

    /// Plain trees in block style read the same in both readers.
    #[test]
    fn readers_agree_on_plain_trees(keys in prop::collection::vec(("[a-z]{1,4}", "[a-z]{1,5}", 0usize..3), 1..12)) {
        let mut text = String::new();
        for (index, (key, value, shape)) in keys.iter().enumerate() {
            match shape {
                0 => text.push_str(&format!("{key}{index}: {value}\n")),
                1 => text.push_str(&format!("{key}{index}:\n  {value}: x\n  list:\n    - {value}\n    - k: {value}\n      l: m\n")),
                _ => text.push_str(&format!("{key}{index}: [{value}, {{a: {value}}}]\n")),
            }
        }
        let strict = whole(&text);
        let (tolerant, _, _) = tolerant::read(&text, Span::new(0, text.len()));
        prop_assert!(strict.valid);
        prop_assert_eq!(strict.root, tolerant);
    }
}

/// `cargo test --release -p syntax -- --ignored --nocapture speed`
#[test]
#[ignore = "a measurement"]
fn speed() {
    let pass = |n: usize| {
        format!(
            "  - id: pass-{n}\n    kind: generation\n    needs: [a, b]\n    agent: implementer\n    outputs: [{{id: patch, kind: diff, writes: [\"src/**\", \"tests/**\"]}}]\n    limits: {{usd: 4, turns: 60, timeout: 45m}}\n"
        )
    };
    let text = format!(
        "schema_version: 1\nname: feature\nversion: \"1.2.0\"\npasses:\n{}",
        (0..10).map(pass).collect::<String>()
    );
    let start = std::time::Instant::now();
    for _ in 0..2_000 {
        std::hint::black_box(whole(&text));
    }
    println!("strict {} bytes: {:?}", text.len(), start.elapsed() / 2_000);
    let start = std::time::Instant::now();
    for _ in 0..2_000 {
        std::hint::black_box(tolerant::read(&text, Span::new(0, text.len())));
    }
    println!("tolerant {} bytes: {:?}", text.len(), start.elapsed() / 2_000);
}

#[test]
fn nothing_has_an_empty_place() {
    for text in ["a:\nb: 1\n", "a:\n  - x\n  - \n", "- \n- y\n", "{a: , b}\n", "a:", "- x\n-", "a: [x, ]\n", "a: # c\n"]
    {
        let document = whole(text);
        let mut rest = vec![&document.root];
        while let Some(node) = rest.pop() {
            assert!(!node.is_null() || node.span.is_empty(), "{text:?}: {node:?}");
            rest.extend(node.items());
            rest.extend(node.entries().iter().map(|entry| &entry.value));
        }
    }
}
