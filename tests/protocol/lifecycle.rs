//! How a session begins, how it ends, and with which exit code.

use crate::client::{builder, start};
use serde_json::json;
use std::{
    process::Command,
    time::{Duration, Instant},
};

#[test]
fn nothing_is_served_before_initialize_and_only_the_first_counts() {
    let mut server = builder().silent();
    server.open("file:///x.md", "x");
    assert_eq!(server.ask("textDocument/documentSymbol", json!({})), Err(-32002));
    assert_eq!(server.ask("no/such", json!({})), Err(-32002));
    let initialize = json!({ "processId": null, "rootUri": null, "capabilities": {} });
    assert!(server.ask("initialize", initialize.clone()).is_ok());
    assert_eq!(server.ask("initialize", initialize), Err(-32600));
    server.assert_serves();
}

#[test]
fn odd_parameters_of_initialize_do_not_stop_a_session() {
    for root in ["file:///no/such/dir", "file:///C:/x", "file://server/share", "untitled:U", "not a uri", ""] {
        let folders = json!([{ "uri": root, "name": "r" }]);
        let mut server = builder().with("/rootUri", json!(root)).with("/workspaceFolders", folders).start();
        server.assert_serves();
    }
    for options in [json!("text"), json!([1]), json!({ "settings": "x" }), json!({ "codeLens": 5 })] {
        builder().with("/initializationOptions", options).start().assert_serves();
    }
    let mut server = builder()
        .with("/capabilities/general", json!(5))
        .with("/processId", json!("x"))
        .with("/clientInfo", json!([]))
        .start();
    server.assert_serves();
}

#[test]
fn shutdown_then_exit_is_0_with_the_input_still_open() {
    let mut server = start();
    assert_eq!(server.ask("shutdown", json!(null)), Ok(json!(null)));
    assert_eq!(server.ask("tollgate/debugInformation", json!({})), Err(-32600));
    let since = Instant::now();
    server.notify("exit", json!(null));
    server.notify("$/setTrace", json!({ "value": "off" }));
    assert_eq!(server.exit_code(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(2));
}

#[test]
fn leaving_without_shutdown_is_1() {
    let mut server = start();
    server.notify("exit", json!(null));
    assert_eq!(server.exit_code(), Some(1));
    let mut server = start();
    server.close_input();
    assert_eq!(server.exit_code(), Some(1));
}

#[test]
fn the_input_may_end_inside_a_message() {
    let mut server = start();
    server.raw(b"Content-Length: 500\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
    server.close_input();
    assert_eq!(server.exit_code(), Some(1));
}

#[test]
fn what_was_asked_before_the_input_ends_is_answered() {
    let mut server = start();
    let ids: Vec<_> = (0..50).map(|_| server.request("tollgate/debugInformation", json!({}))).collect();
    server.close_input();
    for id in ids {
        assert!(server.reply_to(id).is_ok());
    }
}

#[test]
fn a_client_that_does_not_listen_ends_the_session() {
    let mut server = builder().deaf().silent();
    server.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
    assert_eq!(server.exit_code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn the_session_ends_with_the_clients_process() {
    let mut parent = Command::new("sleep").arg("600").spawn().unwrap();
    let mut server = builder().with("/processId", json!(parent.id())).start();
    server.assert_serves();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let since = Instant::now();
    assert_eq!(server.exit_code(), Some(1));
    assert!(since.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_process_that_cannot_be_seen_is_not_missed() {
    let mut server = builder().with("/processId", json!(i32::MAX)).start();
    server.assert_serves();
}
