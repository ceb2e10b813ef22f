//! Splits a Markdown text into its YAML front matter and its body.
//!
//! The front matter starts with a line `---` at the very start (a byte order mark may stand before it) and ends with
//! the next line `---` or `...`. When it is not closed, it is taken to end where the YAML visibly ends, so that the
//! body still gets service.

use crate::lines::lines;
use text::Span;

/// Front matter above this size is not read.
pub const LIMIT: usize = 1 << 20;

/// Where things stand in a Markdown text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrontMatter {
    /// How the front matter looks.
    pub state: State,
    /// The opening fence, when there is one (its line without the line end).
    pub open: Span,
    /// The YAML text between the fences; empty when there is none.
    pub yaml: Span,
    /// Everything after the closing fence.
    pub body: Span,
    /// A second block of front matter at the start of the body, fences included.
    pub second: Option<Span>,
}

/// See [`FrontMatter::state`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The text does not start with `---`.
    Missing,
    /// As it should be.
    Closed,
    /// The closing `---` is missing.
    Unclosed,
    /// Larger than [`LIMIT`]; `yaml` is empty.
    TooLarge,
}

/// Splits `text`.
pub fn split(text: &str) -> FrontMatter {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let whole = Span::new(start, text.len());
    let mut rest = lines(text, whole);
    let missing = FrontMatter {
        state: State::Missing,
        open: Span::empty(start),
        yaml: Span::empty(start),
        body: whole,
        second: None,
    };
    let Some(open) = rest.next().filter(|line| is_fence(line.of(text), false)) else { return missing };
    let from = rest.offset();
    while let Some(line) = rest.next() {
        if !is_fence(line.of(text), true) {
            continue;
        }
        let (yaml, body) = (Span::new(from, line.start as usize), Span::new(rest.offset(), text.len()));
        if yaml.len() > LIMIT {
            return FrontMatter { state: State::TooLarge, open, yaml: Span::empty(from), body, second: None };
        }
        return FrontMatter { state: State::Closed, open, yaml, body, second: second_block(text, body) };
    }
    let end = visible_end(text, from);
    let (state, yaml) =
        if end - from > LIMIT { (State::TooLarge, Span::empty(from)) } else { (State::Unclosed, Span::new(from, end)) };
    FrontMatter { state, open, yaml, body: Span::new(end, text.len()), second: None }
}

fn is_fence(line: &str, closing: bool) -> bool {
    let line = line.trim_end_matches([' ', '\t']);
    line == "---" || (closing && line == "...")
}

/// The end of YAML that nobody closed: the first line at column 0 that cannot be YAML, or a heading after an empty line.
fn visible_end(text: &str, from: usize) -> usize {
    let mut after_blank = false;
    for line in lines(text, Span::new(from, text.len())) {
        let words = line.of(text);
        if words.trim().is_empty() {
            after_blank = true;
            continue;
        }
        let ends = match words.as_bytes()[0] {
            b' ' | b'\t' | b'-' => false,
            b'#' => after_blank,
            b'[' | b']' | b'{' | b'}' => after_blank,
            _ => !words.contains(':') && after_blank,
        };
        if ends {
            return line.start as usize;
        }
        after_blank = false;
    }
    text.len()
}

/// Front matter that stands a second time at the start of the body: `---`, a line with a key, and a closing `---`.
fn second_block(text: &str, body: Span) -> Option<Span> {
    let mut rest = lines(text, body).skip_while(|line| line.of(text).trim().is_empty());
    let open = rest.next().filter(|line| is_fence(line.of(text), false))?;
    let first = rest.next()?.of(text);
    let key = first.split(':').next().filter(|key| key.len() < first.len())?;
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return None;
    }
    let close = rest.take(500).find(|line| is_fence(line.of(text), true))?;
    Some(open.cover(close))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, state: State, yaml: &str, body: &str) {
        let split = split(text);
        assert_eq!(split.state, state, "{text:?}");
        assert_eq!((split.yaml.of(text), split.body.of(text)), (yaml, body), "{text:?}");
    }

    #[test]
    fn is_found_at_the_start_only() {
        check("---\na: 1\n---\nbody\n", State::Closed, "a: 1\n", "body\n");
        check("\u{feff}---\r\na: 1\r\n---  \r\nbody", State::Closed, "a: 1\r\n", "body");
        check("---\ra: 1\r...\rbody", State::Closed, "a: 1\r", "body");
        check("---\n---\n", State::Closed, "", "");
        check("\n---\na: 1\n---\n", State::Missing, "", "\n---\na: 1\n---\n");
        check("", State::Missing, "", "");
        check("----\n", State::Missing, "", "----\n");
    }

    #[test]
    fn that_is_not_closed_ends_where_the_yaml_visibly_ends() {
        check("---\na: 1\nb:\n  - x\n\n# Title\ntext", State::Unclosed, "a: 1\nb:\n  - x\n\n", "# Title\ntext");
        check("---\na: 1\n\nSome words.\n", State::Unclosed, "a: 1\n\n", "Some words.\n");
        check("---", State::Unclosed, "", "");
        check("---\n# comment\na: 1", State::Unclosed, "# comment\na: 1", "");
    }

    #[test]
    fn twice_is_seen() {
        let text = "---\na: 1\n---\n\n---\nb: 2\n---\nbody";
        assert_eq!(split(text).second.map(|span| span.of(text)), Some("---\nb: 2\n---"));
        assert_eq!(split("---\na: 1\n---\n\n---\n\nA rule: above\n").second, None);
    }

    #[test]
    fn that_is_too_large_is_left_alone() {
        let text = format!("---\na: {}\n---\nbody", "x".repeat(LIMIT));
        let split = split(&text);
        assert_eq!((split.state, split.yaml.len(), split.body.of(&text)), (State::TooLarge, 0, "body"));
    }
}
