use super::*;
use proptest::prelude::*;
use yaml::tests::{check_places, show, tokens};

fn whole(text: &str) -> Document {
    read(text, Span::new(0, text.len()))
}

fn check(text: &str, expected: &str) {
    let document = whole(text);
    assert_eq!(show(&document.root), expected, "{text:?}");
    assert_eq!((document.problems, document.valid), (vec![], true), "{text:?}");
}

/// Reads as `expected`, and says `words` at `token`, first of all.
fn check_broken(text: &str, expected: &str, token: &str, words: &str) {
    let document = whole(text);
    let problem = document.problems.first().map(|problem| match &problem.kind {
        ProblemKind::Invalid(words) => (problem.span.of(text), words.clone()),
        kind => (problem.span.of(text), format!("{kind:?}")),
    });
    assert_eq!(problem, Some((token, words.to_owned())), "{text:?}");
    assert_eq!(show(&document.root), expected, "{text:?}");
    assert!(!document.valid, "{text:?}");
}

#[test]
fn tables_are_maps_and_lists() {
    check(
        "formula = \"x\"\nversion = 1\n[vars.a]\nrequired = true\n[[steps]]\nid = 'one'\n[[steps]]\nid = 'two'\nneeds = [\"one\"]\n[steps.gate]\ntype = \"human\"\n",
        "{formula: x, version: 1, vars: {a: {required: true}}, steps: [{id: one}, {id: two, needs: [one], gate: {type: human}}]}",
    );
    check("a.b.c = 1\na.b.d = { e = 2, f.g = [3, { h = 4 }] }\n", "{a: {b: {c: 1, d: {e: 2, f: {g: [3, {h: 4}]}}}}}");
    check("[a.b]\nx = 1\n[c]\n[a]\ny = 2\n", "{a: {b: {x: 1}, y: 2}, c: {}}");
    check("[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\n[[a]]\n[[a.b]]\ny = 2\n", "{a: [{b: [{x: 1}, {}]}, {b: [{y: 2}]}]}");
    check("d = 1979-05-27T07:32:00Z\nf = 1e3 # c\nh = 0xFF\n", "{d: 1979-05-27T07:32:00Z, f: 1e3, h: 0xFF}");
    check("a = \"\"\"\none\\\n  two\n\"\"\"\nb = '''x'''\n\"q.r\" = \"\\u00e9\"\n", "{a: onetwo\n, b: x, q.r: é}");
    check("", "{}");
}

#[test]
fn spans_are_exact_bytes() {
    for newline in ["\n", "\r\n"] {
        let text = "größe = \"süß\" # für ñ\n".replace("größe", "\"größe\"")
            + "[[steps]]\nid = 'é'\nlist = [1, \"ü\"]\n\n[vars]\nx = 1 # c\n";
        let text = text.replace('\n', newline);
        let document = whole(&text);
        assert_eq!(
            tokens(&document.root, &text),
            ["\"größe\"", "\"süß\"", "steps", "id", "'é'", "list", "1", "\"ü\"", "vars", "x", "1"]
        );
        let steps = "[[steps]]\nid = 'é'\nlist = [1, \"ü\"]".replace('\n', newline);
        let item = document.root.get("steps").map(|steps| steps.items()[0].span.of(&text));
        assert_eq!(item, Some(steps.as_str()));
        assert_eq!(
            document.root.get("vars").map(|vars| vars.span.of(&text)),
            Some(&*"[vars]\nx = 1".replace('\n', newline))
        );
    }
    let text = "a = 0\nx = \"\"\"\none\n\"\"\"\n";
    let document = read(text, Span::new(6, text.len()));
    assert_eq!(tokens(&document.root, text), ["x", "\"\"\"\none\n\"\"\""]);
}

#[test]
fn half_typed_toml_is_still_read() {
    let steps = "[[steps]]\nid = \"a\"\n\n[[steps]]\nid = \"b\"\n";
    let rest = "steps: [{id: a}, {id: b}]";
    check_broken(&format!("x =\n{steps}"), &format!("{{x: ~, {rest}}}"), "=", "a value is missing here");
    check_broken(&format!("x = [\"a\",\n{steps}"), &format!("{{x: [a], {rest}}}"), "[", "this `[` is not closed");
    check_broken(
        &format!("x = {{ a = 1,\n{steps}"),
        &format!("{{x: {{a: 1}}, {rest}}}"),
        "{",
        "this `{` is not closed",
    );
    check_broken(&format!("x\n{steps}"), &format!("{{{rest}}}"), "x", "key with no value");
    check_broken(
        &format!("x = word\n{steps}"),
        &format!("{{x: word, {rest}}}"),
        "word",
        "string values must be quoted",
    );
    check_broken(
        "[[steps]]\nneeds = [\"a\"\nid = \"b\"\nl = [\n[x]\n",
        "{steps: [{needs: [a], id: b, l: []}], x: {}}",
        "[",
        "this `[` is not closed",
    );
    check_broken("[[steps\nid = \"b\"\n", "{steps: [{id: b}]}", "[", "this `[` is not closed");
    let matrix = "m = [\n[1, 2],\n[true]\n]\n";
    check_broken(&format!("{matrix}x =\n"), "{m: [[1, 2], [true]], x: ~}", "=", "a value is missing here");
}

#[test]
fn what_is_there_twice_is_reported_and_kept() {
    let twice = |key: &str| format!("DuplicateKey({key:?})");
    check_broken("a = 1\na = 2\n", "{a: 1, a: 2}", "a", &twice("a"));
    check_broken("[a]\nx = 1\n[b]\n[a]\ny = 1\n", "{a: {x: 1}, b: {}, a: {y: 1}}", "a", &twice("a"));
    check_broken("a = 1\n[a.b]\nx = 1\n[a.c]\n", "{a: 1, a: {b: {x: 1}, c: {}}}", "a", &twice("a"));
    check_broken("a = {}\na.b = 1\n", "{a: {}, a: {b: 1}}", "a", &twice("a"));
    check_broken("a = []\n[[a]]\n", "{a: [], a: [{}]}", "a", &twice("a"));
}

#[test]
fn hostile_input_ends_soon() {
    let starts = ["x = ", "", "x = 'a\n"];
    let repeated = [
        "[",
        "{",
        "{a=",
        "[[a]]\n",
        "[a]\n",
        "a.",
        "[a.",
        "a=[\n",
        "'",
        "\"\"\"",
        "\\",
        "a=1\n",
        "[[a.a]]\n",
        "a=\"\n",
    ];
    for (start, part) in starts.iter().flat_map(|start| repeated.map(|part| (*start, part))) {
        let what = format!("{start}{part}");
        crate::growth::assert_linear(&what, 20_000, &|size| drop(whole(&format!("{start}{}", part.repeat(size)))));
    }
    let deep = format!("x = {}", "[".repeat(100));
    assert!(whole(&deep).problems.iter().any(|problem| problem.kind == ProblemKind::TooDeep));
    let deep = format!("[{}a]\nx = 1\n[b]\n", "a.".repeat(100));
    let document = whole(&deep);
    assert!(document.problems.iter().any(|problem| problem.kind == ProblemKind::TooDeep));
    assert!(document.root.get("b").is_some());
}

/// A value of the `toml` crate as [`show`] shows it.
fn peer(value: &::toml::Value) -> String {
    match value {
        ::toml::Value::Table(table) => {
            sorted(table.iter().map(|(key, value)| format!("{key}: {}", peer(value))).collect())
        }
        ::toml::Value::Array(items) => format!("[{}]", items.iter().map(peer).collect::<Vec<_>>().join(", ")),
        ::toml::Value::String(text) => text.clone(),
        ::toml::Value::Integer(number) => number.to_string(),
        ::toml::Value::Boolean(truth) => truth.to_string(),
        other => format!("{other:?}"),
    }
}

fn sorted(mut entries: Vec<String>) -> String {
    entries.sort();
    format!("{{{}}}", entries.join(", "))
}

/// [`show`] with sorted keys: the order of tables that are opened twice is nobody's concern.
fn ours(node: &Node) -> String {
    match &node.kind {
        Kind::Map(entries) => {
            sorted(entries.iter().map(|entry| format!("{}: {}", entry.key.value, ours(&entry.value))).collect())
        }
        Kind::Seq(items) => format!("[{}]", items.iter().map(ours).collect::<Vec<_>>().join(", ")),
        _ => show(node),
    }
}

fn line() -> impl Strategy<Value = String> {
    let key = "[abc](\\.[abc]){0,2}";
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("true".to_owned()),
        "\"[a-c #=]{0,4}\"",
        "'[a-c\"]{0,3}'",
        "\\[(1, ){0,2}\\{ [ab] = 2 \\}\\]",
        "\\{ [ab](\\.[ab])? = 1, [bc] = \\[\\] \\}",
        Just("\"\"\"\nx\n[[a]]\n\"\"\"".to_owned()),
        Just("[\n  1, # c\n  2,\n]".to_owned()),
    ];
    prop_oneof![
        (key, value).prop_map(|(key, value)| format!("{key} = {value}\n")),
        key.prop_map(|key| format!("[{key}]\n")),
        key.prop_map(|key| format!("[[{key}]] # c\n")),
        Just("\n".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn reads_as_the_toml_crate_does(lines in prop::collection::vec(line(), 0..8)) {
        let text = lines.concat();
        let document = whole(&text);
        check_places(&document, &text);
        match text.parse::<::toml::Table>() {
            // the crate takes some dotted keys that lead through `[[a]]`, which the specification forbids
            Ok(_) if !document.valid => {
                prop_assert!(text.contains("[["), "{}", text);
                let twice = |problem: &Problem| matches!(problem.kind, ProblemKind::DuplicateKey(_));
                prop_assert!(document.problems.iter().all(twice), "{:?}\n{}", document.problems, text);
            }
            Ok(table) => {
                prop_assert_eq!(ours(&document.root), peer(&::toml::Value::Table(table)), "{}", text);
            }
            Err(error) => prop_assert!(!document.valid, "{}\n{}", error, text),
        }
    }

    #[test]
    fn nothing_panics_and_spans_fit(text in "[ab.=\\[\\]{}\"'#,\\\\\n\r\t 1é]{0,60}") {
        let document = whole(&text);
        check_places(&document, &text);
        prop_assert_eq!(document.valid, text.parse::<::toml::Table>().is_ok(), "{:?}", document.problems);
    }

    #[test]
    fn any_text_is_read(text in any::<String>(), from in 0usize..20, to in 0usize..60) {
        let fit = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (fit(from.min(to)), fit(from.max(to)));
        check_places(&read(&text, Span::new(from, to)), &text);
    }
}
