//! An answer is never older than the changes sent before its question.

use crate::client::start;
use serde_json::json;

const URI: &str = "file:///order.md";

#[test]
fn a_burst_of_1000_changes_has_no_stale_answer() {
    let mut server = start();
    server.open(URI, "0");
    let mut questions = Vec::new();
    for n in 1..=1000 {
        server.change(URI, n, json!([{ "text": n.to_string() }]));
        if n % 3 == 0 {
            questions.push((n, server.request("tollgate/test/text", json!({ "textDocument": { "uri": URI } }))));
        }
    }
    for (n, id) in questions {
        assert_eq!(server.reply_to(id), Ok(json!({ "text": n.to_string(), "version": n })));
    }
}

#[test]
fn views_follow_the_same_order() {
    let mut server = start();
    server.open(URI, "");
    let questions: Vec<_> = (1..=200)
        .map(|n| {
            server.change(URI, n, json!([{ "text": format!("# {n}\n") }]));
            (n, server.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": URI } })))
        })
        .collect();
    for (n, id) in questions {
        assert_eq!(server.reply_to(id).unwrap()[0]["name"], n.to_string());
    }
}
