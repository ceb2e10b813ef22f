//! The server's text is the client's text, whatever is typed and however columns are counted.

use crate::client::{Server, builder};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use std::cell::RefCell;

const TEXT: &str = "([ab #-]|\t|\r\n|\n|\r|😀|漢|e\u{301}|\u{feff}|\u{2028}|\u{85}|\u{b}){0,12}";

/// Where an edit goes, as raw numbers that the model fits to its text, and what it writes.
type Edit = ((usize, usize), (usize, usize), String);

/// The client's copy: code units, so that half a surrogate pair can be edited away as it can in JavaScript.
trait Units: Copy + PartialEq + std::fmt::Debug {
    const ENCODING: &'static str;
    const RETURN: Self;
    const FEED: Self;
    fn of(text: &str) -> Vec<Self>;
    /// Whether a column may stand before this unit.
    fn starts(self) -> bool;
    /// Whether the server's unit is the client's.
    fn same(self, server: Self) -> bool;
}

impl Units for u16 {
    const ENCODING: &'static str = "utf-16";
    const RETURN: u16 = b'\r' as u16;
    const FEED: u16 = b'\n' as u16;

    fn of(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn starts(self) -> bool {
        true
    }

    fn same(self, server: u16) -> bool {
        // Half a pair cannot be kept as text; one unit stands for it.
        self == server || ((0xD800..0xE000).contains(&self) && server == 0xFFFD)
    }
}

impl Units for u8 {
    const ENCODING: &'static str = "utf-8";
    const RETURN: u8 = b'\r';
    const FEED: u8 = b'\n';

    fn of(text: &str) -> Vec<u8> {
        text.bytes().collect()
    }

    fn starts(self) -> bool {
        !(0x80..0xC0).contains(&self)
    }

    fn same(self, server: u8) -> bool {
        self == server
    }
}

/// The lines as `start..end` without their line ends.
fn lines<U: Units>(text: &[U]) -> Vec<(usize, usize)> {
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let end = at;
        at += 1;
        if text[end] == U::RETURN && text.get(at) == Some(&U::FEED) {
            at += 1;
        } else if text[end] != U::RETURN && text[end] != U::FEED {
            continue;
        }
        lines.push((start, end));
        start = at;
    }
    lines.push((start, text.len()));
    lines
}

/// A place that exists, or a column up to three past the end of its line: as (line, column) and as an offset.
fn fit<U: Units>(text: &[U], (line, column): (usize, usize)) -> (Value, usize) {
    let lines = lines(text);
    let line = line % lines.len();
    let (start, end) = lines[line];
    let mut column = column % (end - start + 4);
    while column < end - start && !text[start + column].starts() {
        column -= 1;
    }
    (json!({ "line": line, "character": column }), (start + column).min(end))
}

fn apply<U: Units>(text: &mut Vec<U>, (a, b, insert): &Edit) -> Value {
    let (a, b) = (fit(text, *a), fit(text, *b));
    let (start, end) = if a.1 <= b.1 { (a, b) } else { (b, a) };
    text.splice(start.1..end.1, U::of(insert));
    json!({ "range": { "start": start.0, "end": end.0 }, "text": insert })
}

fn run<U: Units>(server: &RefCell<Server>, text: &str, edits: &[Edit], batch: bool) -> Result<(), TestCaseError> {
    let (server, uri, mut model) = (&mut *server.borrow_mut(), "untitled:sync", U::of(text));
    server.open(uri, text);
    let changes: Vec<_> = edits.iter().map(|edit| apply(&mut model, edit)).collect();
    if batch {
        server.change(uri, 2, json!(changes));
    } else {
        for (n, change) in changes.into_iter().enumerate() {
            server.change(uri, n as i64 + 2, json!([change]));
        }
    }
    let answer = server.ask("tollgate/test/text", json!({ "textDocument": { "uri": uri } })).unwrap();
    let found = U::of(answer["text"].as_str().unwrap());
    let same = found.len() == model.len() && model.iter().zip(&found).all(|(ours, theirs)| ours.same(*theirs));
    prop_assert!(same, "client {:?}\nserver {:?}", model, found);
    server.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    Ok(())
}

fn check<U: Units>() {
    let (server, result) =
        builder().with("/capabilities/general/positionEncodings", json!([U::ENCODING])).start_with_result();
    assert_eq!(result["capabilities"]["positionEncoding"], U::ENCODING);
    let server = RefCell::new(server);
    let place = || (0usize..60, 0usize..40);
    let edits = prop::collection::vec((place(), place(), TEXT), 0..25);
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    runner.run(&(TEXT, edits, any::<bool>()), |(text, edits, batch)| run::<U>(&server, &text, &edits, batch)).unwrap();
}

#[test]
fn random_edits_keep_the_texts_equal_in_utf16() {
    check::<u16>();
}

#[test]
fn random_edits_keep_the_texts_equal_in_utf8() {
    check::<u8>();
}

#[test]
fn half_a_surrogate_pair_is_taken_in_and_keeps_its_column() {
    let (uri, mut server) = ("file:///lone.md", crate::client::start());
    let open = r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///lone.md","languageId":"m","version":1,"text":"a\ud83d b"}}}"#;
    server.frame(open.as_bytes());
    let caret = json!({ "line": 0, "character": 3 });
    server.change(uri, 2, json!([{ "range": { "start": caret, "end": caret }, "text": "!" }]));
    let answer = server.ask("tollgate/test/text", json!({ "textDocument": { "uri": uri } })).unwrap();
    assert_eq!(answer["text"], "a\u{FFFD} !b");
}
