//! Handlers that do what no handler should, and clients that do.

use crate::client::start;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_panic_costs_one_answer_and_is_said_once() {
    let mut server = start();
    assert_eq!(server.ask("tollgate/test/panic", json!({})), Err(-32603));
    assert_eq!(server.ask("tollgate/test/panicInLane", json!({})), Err(-32603));
    server.notify("tollgate/test/panicInNotification", json!({}));
    server.assert_serves();
    assert_eq!(server.expect_notification("window/showMessage")["type"], 1);
}

#[test]
fn handlers_that_ask_the_client_hold_up_nobody() {
    for count in [120, 1000] {
        let mut server = start();
        for n in 0..count {
            server.notify("tollgate/test/ask", json!({ "n": n }));
        }
        server.assert_serves();
        let questions: Vec<_> = (0..count).map(|_| server.expect_request("test/question")).collect();
        assert_eq!(server.ask("tollgate/test/answers", json!({})), Ok(json!(0)));
        for question in &questions {
            server.answer(question, json!(null));
        }
        let end = Instant::now() + crate::client::PATIENCE;
        while server.ask("tollgate/test/answers", json!({})) != Ok(json!(count)) {
            assert!(Instant::now() < end, "answers were lost");
        }
    }
}

#[test]
fn requests_may_wait_for_a_client_that_waits_for_another_reply_first() {
    let mut server = start();
    let waiting: Vec<_> = (0..40).map(|n| server.request("tollgate/test/askAndWait", json!({ "n": n }))).collect();
    server.assert_serves();
    for id in waiting {
        let question = server.expect_request("test/question");
        server.answer(&question, json!(question["params"]["n"]));
        assert!(server.reply_to(id).is_ok());
    }
}

#[test]
fn a_cancelled_request_may_still_be_answered_by_the_client() {
    let mut server = start();
    let id = server.request("tollgate/test/askAndWait", json!({}));
    let question = server.expect_request("test/question");
    server.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(server.reply_to(id), Err(-32800));
    server.answer(&question, json!(1));
    server.assert_serves();
}

#[test]
fn answers_nobody_asked_for_are_dropped() {
    let mut server = start();
    server.send(&json!({ "jsonrpc": "2.0", "id": 99999, "result": {} }));
    server.send(&json!({ "jsonrpc": "2.0", "id": "zz", "error": { "code": 1, "message": "m" } }));
    server.send(&json!({ "jsonrpc": "2.0", "id": null, "result": null }));
    server.assert_serves();
}

#[test]
fn cancelling_works_under_load_and_slow_work_holds_up_nobody() {
    let mut server = start();
    let slow: Vec<_> = (0..4).map(|_| server.request("tollgate/test/sleep", json!({ "ms": 60_000 }))).collect();
    let since = Instant::now();
    server.assert_serves();
    for &id in &slow {
        server.notify("$/cancelRequest", json!({ "id": id }));
    }
    for id in slow {
        assert_eq!(server.reply_to(id), Err(-32800));
    }
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[test]
fn every_request_of_a_cancel_storm_is_answered_once() {
    let mut server = start();
    let ids: Vec<_> = (0..1000)
        .map(|_| {
            let id = server.request("tollgate/test/sleep", json!({ "ms": 1 }));
            server.notify("$/cancelRequest", json!({ "id": id }));
            id
        })
        .collect();
    for id in ids {
        assert!(matches!(server.reply_to(id), Ok(_) | Err(-32800)));
    }
    for id in [json!(424_242), json!("nope"), json!(null), json!(1)] {
        server.notify("$/cancelRequest", json!({ "id": id }));
    }
    server.notify("$/cancelRequest", json!(null));
    // A second answer to any of them would be one that nobody expected.
    server.assert_serves();
}

#[test]
fn an_id_in_flight_is_not_taken_twice() {
    let mut server = start();
    let id = server.request("tollgate/test/sleep", json!({ "ms": 60_000 }));
    server.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "tollgate/debugInformation", "params": {} }));
    assert_eq!(server.reply_to(id), Err(-32600));
    server.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(server.reply_to(id), Err(-32800));
}

#[test]
fn slow_work_does_not_keep_a_leaving_server() {
    let mut server = start();
    server.request("tollgate/test/sleep", json!({ "ms": 60_000 }));
    assert_eq!(server.ask("shutdown", json!(null)), Ok(json!(null)));
    let since = Instant::now();
    server.notify("exit", json!(null));
    assert_eq!(server.exit_code(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(2));
}
