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
    assert_eq!(show(&document.root), expected, "{text:?}");
    let problem = document.problems.first().map(|problem| match &problem.kind {
        ProblemKind::Invalid(words) => (problem.span.of(text), words.clone()),
        kind => (problem.span.of(text), format!("{kind:?}")),
    });
    assert_eq!(problem, Some((token, words.to_owned())), "{text:?}");
    assert!(!document.valid, "{text:?}");
}

#[test]
fn values_are_read() {
    check(
        "{\"a\": [1, -2.5e3, true, null], \"b\": {\"c\": \"d\\n\\u00e9\"}}",
        "{a: [1, -2.5e3, true, ~], b: {c: d\né}}",
    );
    check(" [] ", "[]");
    check("\"x\"", "x");
    check("\u{feff}{}", "{}");
}

#[test]
fn spans_are_exact_bytes() {
    let text = "{\r\n  \"ключ\": [\"ü\", 12],\r\n  \"b\": {}\r\n}\r\n";
    let document = whole(text);
    assert_eq!(tokens(&document.root, text), ["\"ключ\"", "\"ü\"", "12", "\"b\""]);
    assert_eq!(document.root.span.of(text), text.trim_end());
    assert_eq!(document.root.get("ключ").map(|node| node.span.of(text)), Some("[\"ü\", 12]"));
}

#[test]
fn what_some_tools_take_is_a_feature() {
    let comment = "Feature(\"comment\")";
    check_broken("{\"a\": 1 // one\n}", "{a: 1}", "// one", comment);
    check_broken("/* x\n*/ [1]", "[1]", "/* x\n*/", comment);
    let comma = "Feature(\"trailing comma\")";
    check_broken("{\"a\": [1, 2,]}", "{a: [1, 2]}", ",", comma);
    check_broken("{\"a\": 1, }", "{a: 1}", ",", comma);
}

#[test]
fn half_typed_json_is_still_read() {
    check_broken("{\"a\": 1, \"b\": [2", "{a: 1, b: [2]}", "[", "this `[` is not closed");
    check_broken("{\"a\": [1, \"b\": 2}", "{a: [1, b, 2]}", "[", "this `[` is not closed");
    check_broken("{\"a\": {\"x\": 1, \"b\": 2]", "{a: {x: 1, b: 2}}", "{", "this `{` is not closed");
    check_broken("{\"a\": , \"b\": 2}", "{a: ~, b: 2}", ":", "a value is missing here");
    check_broken("{\"a\":\n \"b\": 2}", "{a: ~, b: 2}", "\"a\"", "the value of this key is missing");
    check_broken("{\"a\",\n \"b\": 2}", "{a: ~, b: 2}", "\"a\"", "expected `:` after the key");
    check_broken("{\"a\" 1, \"b\": 2}", "{a: 1, b: 2}", "1", "expected `:` after the key");
    check_broken("{\"a\": 1 \"b\": 2}", "{a: 1, b: 2}", "\"b\"", "expected `,` or `}`");
    check_broken("[1 2]", "[1, 2]", "2", "expected `,` or `]`");
    check_broken("{\"a\": \"x\n, \"b\": 2}", "{a: x, b: 2}", "\"", "this `\"` is not closed");
    check_broken("{a: 1}", "{a: 1}", "a", "a key stands in double quotes");
    check_broken("[word, 01]", "[word, 01]", "word", "text stands in double quotes");
    check_broken("[,1]", "[1]", ",", "nothing stands before this `,`");
    check_broken("{} {}", "{}", "{", "nothing may follow the value");
    check_broken("]", "~", "]", "this bracket closes nothing");
    check_broken("", "~", "", "a value is missing here");
    check_broken("[\"\\x\"]", "[\\x]", "\"\\x\"", "this text has an escape or a character that JSON does not know");
}

#[test]
fn a_key_that_is_there_twice_is_json() {
    let text = "{\"a\": 1, \"a\": 2}";
    let document = whole(text);
    assert!(document.valid);
    let problem = Problem { kind: ProblemKind::DuplicateKey("a".to_owned()), span: Span::new(9, 12) };
    assert_eq!(document.problems, [problem]);
}

#[test]
fn hostile_input_ends_soon() {
    for part in
        ["[", "{", "{\"a\":", "[]", "}", ",", ":", "\"", "\"a\" ", "/*", "//", "\\", "\"\\", "a", "\"a\":1,", "]"]
    {
        for start in ["", "[", "{\"a\":"] {
            let what = format!("{start}{part}");
            crate::growth::assert_linear(&what, 50_000, &|size| drop(whole(&format!("{start}{}", part.repeat(size)))));
        }
    }
    assert!(whole(&"[".repeat(1_000)).problems.iter().any(|problem| problem.kind == ProblemKind::TooDeep));
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-c\"\\\\é]{0,3}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn peer(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "~".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(peer).collect::<Vec<_>>().join(", ")),
        serde_json::Value::Object(map) => {
            let entries: Vec<_> = map.iter().map(|(key, value)| format!("{key}: {}", peer(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn reads_as_serde_json_does(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let document = whole(&text);
        prop_assert!(document.valid, "{:?}", document.problems);
        prop_assert_eq!(show(&document.root), peer(&value));
        check_places(&document, &text);
    }

    #[test]
    fn takes_what_serde_json_takes(text in "[\\[\\]{}:,\"\\\\\n/* 1a-]{0,24}") {
        let document = whole(&text);
        check_places(&document, &text);
        prop_assert_eq!(document.valid, serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{:?}", document.problems);
    }

    #[test]
    fn any_text_is_read(text in any::<String>(), from in 0usize..20, to in 0usize..60) {
        let fit = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (fit(from.min(to)), fit(from.max(to)));
        check_places(&read(&text, Span::new(from, to)), &text);
    }
}
