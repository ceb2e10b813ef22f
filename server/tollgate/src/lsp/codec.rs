//! Frames of the base protocol: bytes in, message bodies out. It cannot die: whatever arrives, the next intact header
//! is found again, with bounded memory and no second pass over the bytes.
//!
//! What makes that possible: inside JSON a raw line end never follows `Content-Length: <digits>` (a string would have to
//! escape it), so such a line is a header wherever it stands. Garbage before it, and a body whose announced length runs
//! over it, end there.
//!
//! It must not know JSON, threads or the server.

use std::fmt;

/// The largest body that is taken in. Larger ones are skipped without being held.
pub(super) const LARGEST_BODY: usize = 64 << 20;

/// Longest tail that is kept of a line without an end; a header line that matters is shorter.
const LINE_TAIL: usize = 256;
/// A line is cut to its tail when it has grown to this.
const LINE_LIMIT: usize = 8 << 10;

const LENGTH: &[u8] = b"content-length:";

/// What the stream held next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The body of a message.
    Body(Vec<u8>),
    /// Something that is no message. It has been skipped.
    Bad(Fault),
}

/// Why bytes were skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A block of lines that ends without a length.
    NoLength,
    /// A length that is not a number of bytes.
    BadLength,
    /// A length above [`LARGEST_BODY`].
    TooLarge,
    /// A length of zero.
    Empty,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NoLength => f.write_str("a header without Content-Length was skipped"),
            Fault::BadLength => f.write_str("a header whose Content-Length is not a number of bytes was skipped"),
            Fault::TooLarge => write!(f, "a message larger than {} MiB was skipped", LARGEST_BODY >> 20),
            Fault::Empty => f.write_str("an empty message was skipped"),
        }
    }
}

/// Takes bytes as they come and gives frames.
#[derive(Default)]
pub(super) struct Codec {
    buffer: Vec<u8>,
    /// Start of what is not consumed.
    at: usize,
    /// Bytes after `at` that were already looked at.
    seen: usize,
    state: State,
}

enum State {
    Head(Head),
    Body { length: usize },
}

impl Default for State {
    fn default() -> State {
        State::Head(Head::default())
    }
}

#[derive(Default)]
struct Head {
    length: Option<Result<usize, Fault>>,
    /// A line was there, so a blank line ends a header block.
    any: bool,
    /// After a fault: say nothing more until a header is found.
    lost: bool,
}

impl Codec {
    /// Adds bytes from the stream.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            if self.buffer.capacity() > 1 << 20 {
                self.buffer = Vec::new();
            }
        } else if self.at > 1 << 20 && self.at > self.buffer.len() / 2 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, or `None` until more bytes are fed.
    pub(super) fn next(&mut self) -> Option<Frame> {
        loop {
            match &mut self.state {
                State::Body { length } => {
                    let length = *length;
                    return self.body(length);
                }
                State::Head(_) => {
                    if let Some(frame) = self.head_line()? {
                        return Some(frame);
                    }
                }
            }
        }
    }

    /// Reads one header line. `None`: not there yet. `Some(None)`: read, nothing to tell.
    fn head_line(&mut self) -> Option<Option<Frame>> {
        let pending = &self.buffer[self.at..];
        let Some(end) = find_line_end(pending, self.seen) else {
            self.seen = pending.len();
            self.forget_overlong_line();
            return None;
        };
        let line = pending[..end].trim_ascii();
        let State::Head(head) = &mut self.state else { return Some(None) };
        let outcome = if line.is_empty() { head.blank_line() } else { head.line(line) };
        self.consume(end + 1);
        match outcome {
            Outcome::More => Some(None),
            Outcome::Skip(fault, first) => {
                self.state = State::Head(Head { lost: true, ..Head::default() });
                Some(first.then_some(Frame::Bad(fault)))
            }
            Outcome::Body(length) => {
                self.state = State::Body { length };
                Some(None)
            }
        }
    }

    fn forget_overlong_line(&mut self) {
        if self.seen > LINE_LIMIT {
            let tail = self.buffer.len() - LINE_TAIL;
            self.buffer.drain(..tail);
            (self.at, self.seen) = (0, LINE_TAIL);
            if let State::Head(head) = &mut self.state {
                head.any = true;
            }
        }
    }

    fn body(&mut self, length: usize) -> Option<Frame> {
        let pending = &self.buffer[self.at..];
        let arrived = pending.len().min(length);
        let cut = header_within(&pending[..arrived], self.seen)
            .or_else(|| (arrived == length).then(|| header_begun(&pending[..arrived]).unwrap_or(length)));
        let Some(end) = cut else {
            self.seen = arrived;
            return None;
        };
        let body = pending[..end].to_vec();
        self.consume(end);
        self.state = State::default();
        Some(if body.is_empty() { Frame::Bad(Fault::Empty) } else { Frame::Body(body) })
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        self.seen = 0;
    }
}

enum Outcome {
    More,
    /// Not a message; `true` when this has not been said yet.
    Skip(Fault, bool),
    Body(usize),
}

impl Head {
    fn line(&mut self, line: &[u8]) -> Outcome {
        self.any = true;
        if let Some(start) = find_length(line) {
            let value = line[start + LENGTH.len()..].trim_ascii();
            match read_length(value) {
                Some(length) => self.length = Some(Ok(length)),
                None if !self.lost => self.length = Some(Err(Fault::BadLength)),
                None => {}
            }
        }
        Outcome::More
    }

    fn blank_line(&mut self) -> Outcome {
        match self.length {
            Some(Ok(0)) => Outcome::Skip(Fault::Empty, !self.lost),
            Some(Ok(length)) if length <= LARGEST_BODY => Outcome::Body(length),
            Some(Ok(_)) => Outcome::Skip(Fault::TooLarge, true),
            Some(Err(fault)) => Outcome::Skip(fault, !self.lost),
            None if self.any => Outcome::Skip(Fault::NoLength, !self.lost),
            None => Outcome::More,
        }
    }
}

/// A decimal number; one that does not fit is as good as too large.
fn read_length(value: &[u8]) -> Option<usize> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| str::from_utf8(value).ok()?.parse().ok()).map(|length| length.unwrap_or(usize::MAX))
}

fn find_line_end(bytes: &[u8], from: usize) -> Option<usize> {
    bytes[from..].iter().position(|&byte| byte == b'\n').map(|at| from + at)
}

/// The last `Content-Length:` of a line, whatever stands before it.
fn find_length(line: &[u8]) -> Option<usize> {
    let from = line.len().saturating_sub(LINE_TAIL);
    let at = line[from..].windows(LENGTH.len()).rposition(|window| window.eq_ignore_ascii_case(LENGTH))?;
    Some(from + at)
}

/// Start of a complete `Content-Length: <digits>` line inside a body: proof that the body ends before it.
fn header_within(body: &[u8], seen: usize) -> Option<usize> {
    let mut from = seen;
    while let Some(end) = find_line_end(body, from) {
        let line = &body[end.saturating_sub(LINE_TAIL)..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.last().is_some_and(u8::is_ascii_digit)
            && let Some(start) = find_length(line)
            && read_length(line[start + LENGTH.len()..].trim_ascii()).is_some()
        {
            return Some(end.saturating_sub(LINE_TAIL) + start);
        }
        from = end + 1;
    }
    None
}

/// Start of a header that the end of a body cut in two. A message ends with a bracket, so what follows one is no part of it.
fn header_begun(body: &[u8]) -> Option<usize> {
    let after = body.iter().rposition(|byte| matches!(byte, b'}' | b']'))? + 1;
    let start = after + body[after..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    let tail = &body[start..];
    let shared = tail.len().min(LENGTH.len());
    tail[..shared].eq_ignore_ascii_case(&LENGTH[..shared]).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(input: &[u8], chunk: usize) -> Vec<Result<String, Fault>> {
        let (mut codec, mut out) = (Codec::default(), Vec::new());
        for bytes in input.chunks(chunk.max(1)) {
            codec.feed(bytes);
            while let Some(frame) = codec.next() {
                out.push(match frame {
                    Frame::Body(body) => Ok(String::from_utf8_lossy(&body).into_owned()),
                    Frame::Bad(fault) => Err(fault),
                });
            }
        }
        out
    }

    /// Whatever the chunks, `input` and a good frame after it give `expected` and that frame.
    #[track_caller]
    fn check(input: &str, expected: &[Result<&str, Fault>]) {
        let stream = format!("{input}Content-Length: 7\r\n\r\n{{\"z\":1}}");
        let mut expected: Vec<_> = expected.iter().map(|frame| frame.map(str::to_owned)).collect();
        expected.push(Ok("{\"z\":1}".to_owned()));
        for chunk in [1, 2, 3, 7, 64, 4096] {
            assert_eq!(frames(stream.as_bytes(), chunk), expected, "chunks of {chunk}");
        }
    }

    #[test]
    fn reads_what_is_well_formed_or_nearly() {
        check("Content-Length: 2\r\n\r\n{}", &[Ok("{}")]);
        check("content-LENGTH:2\n\n{}", &[Ok("{}")]);
        check("X-A: b\r\nContent-Length: 2\r\nContent-Type: a; charset=utf-8\r\n\r\n{}", &[Ok("{}")]);
        check("Content-Length: 2\r\n\r\n{}\r\n", &[Ok("{}")]);
    }

    #[test]
    fn finds_the_next_header_after_any_fault() {
        check("Content-Length: -1\r\n\r\n{}", &[Err(Fault::BadLength)]);
        check("Content-Length: abc\r\n\r\n{}", &[Err(Fault::BadLength)]);
        check("Content-Length: 99999999999999999999999\r\n\r\n{}", &[Err(Fault::TooLarge)]);
        check("Content-Length: 10000000000\r\n\r\nxxxx\nyyyy\r\n\r\nzzz", &[Err(Fault::TooLarge)]);
        check("Content-Type: x\r\n\r\n{}", &[Err(Fault::NoLength)]);
        check("Content-Length: 0\r\n\r\n", &[Err(Fault::Empty)]);
        check("\u{1}garbage\u{7f}\r\n\r\n", &[Err(Fault::NoLength)]);
        check("no header at all", &[]);
    }

    #[test]
    fn a_lying_length_costs_at_most_its_own_message() {
        check("Content-Length: 12\r\n\r\n{\"a\":1}", &[Ok("{\"a\":1}")]);
        check("Content-Length: 40\r\n\r\n{\"a\":1}", &[Ok("{\"a\":1}")]);
        check("Content-Length: 4000\r\n\r\n{\"a\":1}", &[Ok("{\"a\":1}")]);
        check("Content-Length: 4\r\n\r\n{\"a\":1}", &[Ok("{\"a\"")]);
    }

    #[test]
    fn holds_neither_an_endless_line_nor_a_refused_body() {
        let mut codec = Codec::default();
        codec.feed(b"Content-Length: 70000000\r\n\r\n");
        assert_eq!(codec.next(), Some(Frame::Bad(Fault::TooLarge)));
        for _ in 0..2000 {
            codec.feed(&[b'x'; 64 << 10]);
            assert_eq!(codec.next(), None);
            assert!(codec.buffer.capacity() < 1 << 20);
        }
        codec.feed(b"Content-Length: 2\r\n\r\n{}");
        assert_eq!(codec.next(), Some(Frame::Body(b"{}".to_vec())));
    }

    proptest! {
        #[test]
        fn survives_anything(garbage in prop::collection::vec(any::<u8>(), 0..300), chunk in 1usize..50) {
            let mut stream = garbage;
            // One message may be lost in what the garbage announced, never the one after it.
            for _ in 0..2 {
                stream.extend_from_slice(b"\r\n\r\nContent-Length: 7\r\n\r\n{\"z\":1}");
            }
            let frames = frames(&stream, chunk);
            prop_assert_eq!(frames.last(), Some(&Ok("{\"z\":1}".to_owned())));
        }
    }
}
