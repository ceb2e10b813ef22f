//! JSON-RPC 2.0: what a body says, and how an answer is written.
//!
//! Text that is not quite Unicode (a byte order mark, bytes that are no UTF-8, half a surrogate pair as editors written
//! in JavaScript send it) is read with U+FFFD in its place. Half a pair is one UTF-16 unit and so is U+FFFD, hence every
//! column after it stays right. It must not know methods or the server's state.

use serde_json::{Value, json};
use std::{borrow::Cow, fmt};
use tower_lsp::jsonrpc::Error;

/// The name that a request goes by; echoed exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Id {
    /// A number, whatever its size and sign.
    Number(serde_json::Number),
    /// A string.
    Text(String),
}

impl Id {
    /// Reads an id; anything but a number or a string is none.
    pub(super) fn read(value: &Value) -> Option<Id> {
        match value {
            Value::Number(number) => Some(Id::Number(number.clone())),
            Value::String(text) => Some(Id::Text(text.clone())),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Id::Number(number) => Value::Number(number.clone()),
            Id::Text(text) => Value::String(text.clone()),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Number(number) => write!(f, "{number}"),
            Id::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// One message from the client.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// Asks for exactly one reply.
    Request { id: Id, method: String, params: Option<Value> },
    /// Asks for none.
    Notification { method: String, params: Option<Value> },
    /// Answers a request of ours.
    Reply { id: Id, outcome: Result<Value, Value> },
    /// JSON, but no message; answered with `-32600`.
    Invalid { id: Option<Id> },
}

/// What one body holds.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    /// A single message.
    One(Message),
    /// Several, answered together.
    Batch(Vec<Message>),
    /// No JSON; answered with `-32700`.
    Unreadable,
}

/// Reads a body. Nesting deeper than 128 levels is refused by the JSON reader, so no input can exhaust the stack.
pub(super) fn parse(body: &[u8]) -> Body {
    let text = decode(body);
    let value = serde_json::from_str(&text).or_else(|error| match mend_surrogates(&text) {
        Cow::Owned(mended) => serde_json::from_str(&mended),
        Cow::Borrowed(_) => Err(error),
    });
    match value {
        Ok(Value::Array(items)) if !items.is_empty() => Body::Batch(items.into_iter().map(read).collect()),
        Ok(value) => Body::One(read(value)),
        Err(_) => Body::Unreadable,
    }
}

fn read(value: Value) -> Message {
    let Value::Object(mut fields) = value else { return Message::Invalid { id: None } };
    let id = fields.get("id").and_then(Id::read);
    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Message::Invalid { id };
    }
    match (fields.remove("method"), fields.contains_key("id"), id) {
        (Some(Value::String(method)), _, Some(id)) if !method.is_empty() => {
            Message::Request { id, method, params: fields.remove("params") }
        }
        (Some(Value::String(method)), false, None) if !method.is_empty() => {
            Message::Notification { method, params: fields.remove("params") }
        }
        (None, true, Some(id)) if fields.contains_key("error") || fields.contains_key("result") => {
            let outcome = match fields.remove("error") {
                Some(error) if !error.is_null() => Err(error),
                _ => Ok(fields.remove("result").unwrap_or_default()),
            };
            Message::Reply { id, outcome }
        }
        // A reply to a message that we sent and that the client could not read: nothing to answer, nothing to match.
        (None, true, None) if fields.contains_key("error") || fields.contains_key("result") => {
            Message::Reply { id: Id::Text(String::new()), outcome: Ok(Value::Null) }
        }
        (_, _, id) => Message::Invalid { id },
    }
}

fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(text) = str::from_utf8(body) {
        return Cow::Borrowed(text);
    }
    // ED A0..BF never occurs in UTF-8: it is half a surrogate pair, written the way CESU-8 does.
    let mut bytes = body.to_vec();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == 0xED && (0xA0..=0xBF).contains(&bytes[at + 1]) && (0x80..=0xBF).contains(&bytes[at + 2]) {
            bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes `\ufffd` over every `\ud800`…`\udfff` that has no partner.
fn mend_surrogates(json: &str) -> Cow<'_, str> {
    let escape = |at: usize| {
        let digits = json.as_bytes().get(at..at + 6).filter(|bytes| bytes.starts_with(b"\\u"))?;
        u16::from_str_radix(str::from_utf8(&digits[2..]).ok()?, 16).ok()
    };
    let mut mended = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        match (escape(at), escape(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 12,
            (Some(0xD800..=0xDFFF), _) => {
                mended.to_mut().replace_range(at..at + 6, "\\ufffd");
                at += 6;
            }
            (Some(_), _) => at += 6,
            // `\\`, `\n` and so on: two bytes, or the text ends here.
            (None, _) => at = json.ceil_char_boundary(at + 2),
        }
    }
    mended
}

/// A reply.
pub(super) fn reply(id: Option<&Id>, outcome: Result<Value, Error>) -> Value {
    let id = id.map_or(Value::Null, Id::to_value);
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(body: &[u8]) -> String {
        match parse(body) {
            Body::One(Message::Notification { params: Some(Value::String(text)), .. }) => text,
            other => panic!("{other:?}"),
        }
    }

    fn body(escaped: &str) -> Vec<u8> {
        format!(r#"{{"jsonrpc":"2.0","method":"m","params":"{escaped}"}}"#).into_bytes()
    }

    #[test]
    fn half_a_surrogate_pair_is_one_replacement_character() {
        assert_eq!(text_of(&body(r"a\ud83d x")), "a\u{FFFD} x");
        assert_eq!(text_of(&body(r"\udE00\ud83d")), "\u{FFFD}\u{FFFD}");
        assert_eq!(text_of(&body(r"\ud83d\ude00 \\ud83d \ud83d")), "😀 \\ud83d \u{FFFD}");
        assert_eq!(text_of(&body("é\\ud83d\\né")), "é\u{FFFD}\né");
        let mut cesu = body("a#b");
        let at = cesu.iter().position(|&byte| byte == b'#').unwrap();
        cesu.splice(at..=at, *b"\xed\xa0\xbd");
        assert_eq!(text_of(&cesu), "a\u{FFFD}b");
    }

    #[test]
    fn reads_past_a_byte_order_mark_and_bad_utf8() {
        assert_eq!(text_of(&[b"\xef\xbb\xbf".as_slice(), &body("x")].concat()), "x");
        assert_eq!(text_of(&[&body("x")[..], b""].concat()), "x");
    }

    #[test]
    fn tells_what_is_no_message() {
        let invalid = |id: Option<i64>| Body::One(Message::Invalid { id: id.map(|id| Id::Number(id.into())) });
        for scalar in ["5", "null", "\"x\"", "true", "{}", "[]"] {
            assert_eq!(parse(scalar.as_bytes()), invalid(None), "{scalar}");
        }
        assert_eq!(parse(br#"{"method":"m","id":3}"#), invalid(Some(3)));
        assert_eq!(parse(br#"{"jsonrpc":"2.0","method":5,"id":3}"#), invalid(Some(3)));
        assert_eq!(parse(br#"{"jsonrpc":"2.0","method":""}"#), invalid(None));
        assert_eq!(parse(b"{nope"), Body::Unreadable);
        assert_eq!(parse("[".repeat(100_000).as_bytes()), Body::Unreadable);
    }

    proptest! {
        #[test]
        fn reads_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }

        #[test]
        fn mending_leaves_text_that_can_be_read(parts in prop::collection::vec(
            prop_oneof![Just(r"\\"), Just(r"\ud83d"), Just(r"\ude00"), Just(r"\u00e9"), Just("é"), Just(r"\n"), Just("a")], 0..20)
        ) {
            let read = parse(&body(&parts.concat()));
            prop_assert!(matches!(read, Body::One(Message::Notification { .. })), "{:?}", read);
        }
    }
}
