//! Bytes that are no message, in front of messages that are.

use crate::client::start;
use serde_json::json;

/// After `bytes` the server has said exactly these error codes and serves on.
#[track_caller]
fn check(bytes: &[u8], errors: &[i64]) {
    let mut server = start();
    server.raw(bytes);
    server.assert_serves();
    for code in errors {
        assert_eq!(server.expect_orphan_error(), *code);
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[test]
fn headers_that_are_no_headers() {
    for header in [
        "Content-Length: -1\r\n\r\n{}",
        "Content-Length: abc\r\n\r\n{}",
        "Content-Length: 99999999999999999999999\r\n\r\n{}",
        "Content-Length: 0\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc\r\n\r\n{}",
        "a\r\nb\r\nc\r\n\r\n",
        "garbage\n\n",
    ] {
        check(header.as_bytes(), &[-32700]);
    }
    let noise: Vec<u8> = (0..1024u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80).collect();
    check(&[&noise[..], b"\r\n\r\n"].concat(), &[-32700]);
}

#[test]
fn headers_that_are_odd_but_right() {
    let ping = br#"{"jsonrpc":"2.0","id":"p","method":"tollgate/debugInformation","params":{}}"#;
    let many: String = (0..20).map(|n| format!("X-H{n}: v\r\n")).collect();
    for header in [
        format!("content-length: {}\r\n\r\n", ping.len()),
        format!("Content-Length: {}\n\n", ping.len()),
        format!("{many}Content-Length: {}\r\n\r\n", ping.len()),
        format!("Content-Length: {}\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n", ping.len()),
    ] {
        let mut server = start();
        server.raw(&[header.as_bytes(), ping].concat());
        assert!(server.expect_reply_named("p")["result"].is_object(), "{header:?}");
    }
}

#[test]
fn lengths_that_lie() {
    let note = br#"{"jsonrpc":"2.0","method":"$/x","params":{"a":"bb"}}"#;
    // Too large: the next header tells where the body ended, so nothing is lost.
    for more in [1, 10, 30, 5_000, 60_000_000] {
        check(&[format!("Content-Length: {}\r\n\r\n", note.len() + more).as_bytes(), note].concat(), &[]);
    }
    // Too small: this message is lost and no other.
    check(&[format!("Content-Length: {}\r\n\r\n", note.len() - 10).as_bytes(), note].concat(), &[-32700]);
}

#[test]
fn a_refused_body_is_neither_held_nor_awaited() {
    let flood = vec![b'x'; 8 << 20];
    check(&[b"Content-Length: 10000000000\r\n\r\n", &flood[..]].concat(), &[-32700]);
    check(&vec![b'X'; 8 << 20], &[]);
}

#[test]
fn bodies_that_are_no_json() {
    for body in [
        &b"{nope"[..],
        br#"{"jsonrpc":"2.0","id":1,"method":"x"#,
        "[".repeat(100_000).as_bytes(),
        format!(r#"{{"jsonrpc":"2.0","method":"$/x","params":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000))
            .as_bytes(),
    ] {
        check(&framed(body), &[-32700]);
    }
}

#[test]
fn json_that_is_no_message() {
    for body in [
        "{}",
        "[]",
        "5",
        "null",
        "\"x\"",
        "true",
        r#"{"method":"$/x"}"#,
        r#"{"jsonrpc":"1.0","method":"$/x"}"#,
        r#"{"jsonrpc":"2.0","method":5}"#,
        r#"{"jsonrpc":"2.0","method":""}"#,
        r#"{"jsonrpc":"2.0","method":null}"#,
    ] {
        check(&framed(body.as_bytes()), &[-32600]);
    }
}

#[test]
fn text_that_is_not_quite_unicode() {
    check(&framed(b"{\"jsonrpc\":\"2.0\",\"method\":\"$/x\",\"params\":{\"a\":\"\xff\xfe\"}}"), &[]);
    check(&framed(b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"method\":\"$/x\"}"), &[]);
}

#[test]
fn a_batch_is_answered_with_a_batch() {
    let mut server = start();
    server.send(&json!([
        { "jsonrpc": "2.0", "id": "a", "method": "tollgate/debugInformation", "params": {} },
        { "jsonrpc": "2.0", "method": "$/setTrace", "params": { "value": "off" } },
        { "jsonrpc": "2.0", "id": "b", "method": "no/such" },
        5,
    ]));
    let replies = server.expect_batch();
    let error = |id: serde_json::Value| replies.iter().find(|it| it["id"] == id).map(|it| it["error"]["code"].clone());
    assert_eq!(error(json!("a")), Some(json!(null)));
    assert_eq!(error(json!("b")), Some(json!(-32601)));
    assert_eq!(error(json!(null)), Some(json!(-32600)));
    assert_eq!(replies.len(), 3);
}
