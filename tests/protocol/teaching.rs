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

const AGENT: &str = "file:///r/.tollgate/agents/worker.md";

/// What is offered at the end of `line` of a workflow.
fn offered(capabilities: &[(&str, Value)], text: &str, line: u32, character: u32) -> (Server, Vec<Value>) {
    let item = "/capabilities/textDocument/completion/completionItem/";
    let start =
        capabilities.iter().fold(builder(), |start, (name, value)| start.with(&format!("{item}{name}"), value.clone()));
    let mut server = start.start();
    server.open(AGENT, "---\nschema_version: 1\nname: worker\ndescription: \"Works.\"\ntier: deep\n---\n");
    server.open(FLOW, text);
    let at = json!({ "textDocument": { "uri": FLOW }, "position": { "line": line, "character": character } });
    let items = server.ask("textDocument/completion", at).unwrap().as_array().unwrap().clone();
    (server, items)
}

fn labelled<'i>(items: &'i [Value], label: &str) -> &'i Value {
    items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("no {label} in {items:?}"))
}

#[test]
fn completion_gives_each_client_what_it_can_take() {
    let text = "---\nschema_version: 1\nname: flow\npasses:\n  - ga\n---\n";
    let (server, items) = offered(&[], text, 4, 5);
    let range = |from, to| json!({ "start": { "line": 4, "character": from }, "end": { "line": 4, "character": to } });
    let gate = labelled(&items, "gate");
    assert_eq!(gate["textEdit"], json!({ "range": range(4, 6), "newText": "gate:\n      " }));
    assert!(
        gate.get("insertTextFormat").is_none()
            && gate.get("labelDetails").is_none()
            && gate.get("insertTextMode").is_none()
    );
    let order = |label| labelled(&items, label)["sortText"].as_str().unwrap().to_owned();
    assert!(order("id") < order("agent") && order("id").starts_with('0'), "what is needed comes first");
    let pass = &labelled(&items, "command pass")["textEdit"]["newText"];
    assert_eq!(pass, "id: docs\n    type: command\n    run: make docs", "no marks of snippets");
    server.hear_out();

    let able = [
        ("snippetSupport", json!(true)),
        ("labelDetailsSupport", json!(true)),
        ("insertReplaceSupport", json!(true)),
        ("insertTextModeSupport", json!({ "valueSet": [1, 2] })),
        ("documentationFormat", json!(["plaintext"])),
    ];
    let (server, items) = offered(&able, text, 4, 5);
    let gate = labelled(&items, "gate");
    assert_eq!(gate["textEdit"], json!({ "insert": range(4, 5), "replace": range(4, 6), "newText": "gate:\n    $0" }));
    assert_eq!((&gate["insertTextFormat"], &gate["insertTextMode"]), (&json!(2), &json!(2)));
    assert_eq!(gate["labelDetails"]["description"], "a map or a name");
    assert_eq!(gate["documentation"]["kind"], "plaintext");
    assert!(!gate["documentation"]["value"].as_str().unwrap().contains('`'));
    server.hear_out();
}

#[test]
fn a_name_is_explained_when_somebody_looks_at_it() {
    let text = "---\nschema_version: 1\nname: flow\npasses:\n  - id: a\n    agent: \n---\n";
    let (server, items) = offered(&[], text, 5, 11);
    assert_eq!(labelled(&items, "worker")["documentation"]["value"], "Works.");
    server.hear_out();
    let (mut server, items) = offered(&[("resolveSupport", json!({ "properties": ["documentation"] }))], text, 5, 11);
    let worker = labelled(&items, "worker");
    assert!(worker.get("documentation").is_none(), "{worker}");
    let resolved = server.ask("completionItem/resolve", worker.clone()).unwrap();
    let about = resolved["documentation"]["value"].as_str().unwrap();
    assert!(about.contains("Works.") && about.contains("tier: `deep` → claude"), "{about}");
    assert_eq!(resolved["textEdit"], worker["textEdit"]);
    let foreign = json!({ "label": "x", "data": { "kind": 5 } });
    assert_eq!(server.ask("completionItem/resolve", foreign.clone()).unwrap(), foreign);
    server.hear_out();
}

#[test]
fn a_hover_says_what_holds_in_the_words_the_client_shows() {
    let text = "---\nschema_version: 1\nname: flow\ndefaults: {tier: light}\npasses:\n  - id: a\n    agent: worker\n    limits: {timeout: 45m}\n---\n## a\n";
    for (formats, level) in [
        (json!(["markdown"]), "| pass | **45m** ✓ | `workflows/flow.md:8` |"),
        (json!(["plaintext"]), "pass · 45m ✓ · workflows/flow.md:8"),
    ] {
        let mut server = builder().with("/capabilities/textDocument/hover/contentFormat", formats.clone()).start();
        server.open(FLOW, text);
        let at = json!({ "textDocument": { "uri": FLOW }, "position": { "line": 7, "character": 14 } });
        let hover = server.ask("textDocument/hover", at).unwrap();
        assert_eq!(hover["contents"]["kind"], formats[0]);
        let said = hover["contents"]["value"].as_str().unwrap();
        assert!(said.lines().any(|line| line == level) && said.contains("built in"), "{said}");
        server.hear_out();
    }
}

#[test]
fn a_name_that_another_file_defines_gets_its_colour() {
    let (mut server, legend) = open(&[("/capabilities/workspace/semanticTokens/refreshSupport", json!(true))]);
    server.change(FLOW, 2, json!([{ "range": { "start": { "line": 5, "character": 10 }, "end": { "line": 5, "character": 10 } }, "text": ", agent: worker" }]));
    let kinds = |server: &mut Server| {
        let full = server.ask("textDocument/semanticTokens/full", about(FLOW)).unwrap();
        places(&numbers(&full["data"]), &legend)
    };
    let agent = "5:19+6 class".to_owned();
    assert!(!kinds(&mut server).contains(&agent), "nobody defines it");
    server.open(AGENT, "---\nschema_version: 1\nname: worker\n---\n");
    let refresh = server.expect_request("workspace/semanticTokens/refresh");
    server.answer(&refresh, json!(null));
    assert!(kinds(&mut server).contains(&agent));
    server.hear_out();
}
