//! What shows and writes: semantic tokens with their differences, formatting, completion and hover, as each client can
//! take them.

use crate::client::{Server, builder};
use serde_json::{Value, json};

const FLOW: &str = "file:///r/.tollgate/workflows/flow.md";
const TEXT: &str = "---\nschema_version: 1\nname: flow\ndescription: \"é😀\" # 😀\npasses:\n  - {id: a}\n  - {id: b, needs: [a]}\n---\n## a\nx {{ticket.id}} 😀 {{ticket.slug}}\n\n## b\ny\n";

fn about(uri: &str) -> Value {
    json!({ "textDocument": { "uri": uri } })
}

fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|it| u32::try_from(it.as_u64().unwrap()).unwrap()).collect()
}

/// `line:column+length` and the kind of each token.
fn places(data: &[u32], legend: &Value) -> Vec<String> {
    let (mut line, mut column) = (0, 0);
    let one = |row: &[u32]| {
        column = if row[0] == 0 { column + row[1] } else { row[1] };
        line += row[0];
        format!(
            "{line}:{column}+{} {}{}",
            row[2],
            legend[row[3] as usize].as_str().unwrap(),
            ["", "!"][(row[4] & 1) as usize]
        )
    };
    data.chunks(5).map(one).collect()
}

fn open(pointers: &[(&str, Value)]) -> (Server, Value) {
    let start = builder().with(
        "/capabilities/textDocument/semanticTokens",
        json!({
            "requests": {"full": {"delta": true}}, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"],
        }),
    );
    let start = pointers.iter().fold(start, |start, (pointer, value)| start.with(pointer, value.clone()));
    let (mut server, result) = start.start_with_result();
    server.open(FLOW, TEXT);
    server.expect_notification("textDocument/publishDiagnostics");
    let legend = result["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
    (server, legend)
}

#[test]
fn tokens_count_as_the_client_counts() {
    let (mut server, legend) = open(&[]);
    let full = server.ask("textDocument/semanticTokens/full", about(FLOW)).unwrap();
    let found = places(&numbers(&full["data"]), &legend);
    for wanted in [
        "1:0+14 property",
        "1:16+1 number",
        "2:6+4 namespace!",
        "5:9+1 function!",
        "6:9+1 function!",
        "6:20+1 function",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{wanted}: {found:?}");
    }
    let last: Vec<&String> = found.iter().filter(|token| token.starts_with("9:")).collect();
    assert_eq!(
        last,
        [
            "9:2+2 macro",
            "9:4+6 variable",
            "9:11+2 property",
            "9:13+2 macro",
            "9:19+2 macro",
            "9:21+6 variable",
            "9:28+4 property",
            "9:32+2 macro"
        ]
    );
    let range = json!({ "start": { "line": 9, "character": 18 }, "end": { "line": 9, "character": 19 } });
    let part = server
        .ask("textDocument/semanticTokens/range", json!({ "textDocument": { "uri": FLOW }, "range": range }))
        .unwrap();
    assert_eq!(places(&numbers(&part["data"]), &legend), ["9:19+2 macro"]);
    assert!(part.get("resultId").is_none_or(Value::is_null));
    server.assert_serves();
}

#[test]
fn a_client_with_our_colours_gets_our_words() {
    let (mut server, legend) = open(&[("/capabilities/experimental/tollgate/tokenTypes", json!(true))]);
    let full = server.ask("textDocument/semanticTokens/full", about(FLOW)).unwrap();
    let found = places(&numbers(&full["data"]), &legend);
    assert!(found.contains(&"2:6+4 workflow!".to_owned()) && found.contains(&"5:9+1 pass!".to_owned()), "{found:?}");
    server.assert_serves();
}

#[test]
fn a_difference_applied_to_the_old_is_the_new() {
    let (mut server, _) = open(&[]);
    let full = server.ask("textDocument/semanticTokens/full", about(FLOW)).unwrap();
    let (mut kept, mut id) = (numbers(&full["data"]), full["resultId"].clone());
    let edits = [
        (2, 10, 2, 10, "s"),
        (5, 9, 5, 10, "c"),
        (4, 0, 4, 0, "# é\n"),
        (7, 0, 8, 0, "---\n"),
        (1, 0, 3, 0, ""),
        (0, 0, 0, 0, ""),
    ];
    for (version, (line, from, end_line, to, text)) in (2..).zip(edits) {
        let range =
            json!({ "start": { "line": line, "character": from }, "end": { "line": end_line, "character": to } });
        server.change(FLOW, version, json!([{ "range": range, "text": text }]));
        // Right behind the change, without waiting for anything.
        let params = json!({ "textDocument": { "uri": FLOW }, "previousResultId": id });
        let delta = server.ask("textDocument/semanticTokens/full/delta", params).unwrap();
        id = delta["resultId"].clone();
        for edit in delta["edits"].as_array().expect("a difference to what was sent") {
            let start = usize::try_from(edit["start"].as_u64().unwrap()).unwrap();
            let gone = usize::try_from(edit["deleteCount"].as_u64().unwrap()).unwrap();
            kept.splice(start..start + gone, numbers(&edit["data"]));
        }
        let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let now = server
            .ask("textDocument/semanticTokens/range", json!({ "textDocument": { "uri": FLOW }, "range": whole }))
            .unwrap();
        assert_eq!(kept, numbers(&now["data"]), "after {text:?}");
    }
    let params = json!({ "textDocument": { "uri": FLOW }, "previousResultId": "never given" });
    let all = server.ask("textDocument/semanticTokens/full/delta", params).unwrap();
    assert_eq!(numbers(&all["data"]), kept, "all tokens where the old ones are not known");
    server.hear_out();
}

#[test]
fn formatting_edits_what_is_ours() {
    let mut server = builder().start();
    server.open(FLOW, "---\nschema_version: 1\nname:   flow # 😀\npasses:\n- {id: a}\n---\n#   Body\n\n## a\n");
    server.expect_notification("textDocument/publishDiagnostics");
    let options = json!({ "tabSize": 8, "insertSpaces": false });
    let edits =
        server.ask("textDocument/formatting", json!({ "textDocument": { "uri": FLOW }, "options": options })).unwrap();
    let at = |line, from, to| json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
    assert_eq!(edits, json!([{ "range": at(2, 6, 8), "newText": "" }, { "range": at(4, 0, 0), "newText": "  " }]));
    let params = json!({ "textDocument": { "uri": FLOW }, "options": options, "range": at(4, 2, 3) });
    assert_eq!(
        server.ask("textDocument/rangeFormatting", params).unwrap(),
        json!([{ "range": at(4, 0, 0), "newText": "  " }])
    );
    server.open("file:///r/notes.md", "---\na:   1\n---\n");
    let other = json!({ "textDocument": { "uri": "file:///r/notes.md" }, "options": options });
    assert_eq!(server.ask("textDocument/formatting", other).unwrap(), json!(null));
    server.hear_out();
}
