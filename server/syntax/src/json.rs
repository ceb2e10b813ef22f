//! JSON as the tree of [`yaml`](crate::yaml): the same nodes, spans and problems. Comments and trailing commas, which some
//! tools take, are read and reported as features; what is half typed keeps all that was understood.

use crate::yaml::{self, DEPTH_LIMIT, Document, Entry, Kind, Node, Problem, ProblemKind, Scalar, Style};
use text::{Span, Spanned};

/// Reads `text[span]` as one JSON value. All spans are byte offsets into `text`.
pub fn read(text: &str, span: Span) -> Document {
    let mut reader = Reader { text, root: None, open: Vec::new(), problems: Vec::new() };
    let mut tokens = Tokens { text, at: span.start as usize, end: span.end as usize };
    if span.of(text).starts_with('\u{feff}') {
        tokens.at += '\u{feff}'.len_utf8();
    }
    while let Some(token) = tokens.next_token() {
        if !reader.take(&token) {
            break;
        }
    }
    if let Some(innermost) = reader.open.last() {
        reader.note(not_closed(innermost.start, text), Span::new(innermost.start, innermost.start + 1));
    }
    let end = span.start as usize + span.of(text).trim_end().len();
    while !reader.open.is_empty() {
        reader.close(end);
    }
    if reader.root.is_none() {
        reader.note("a value is missing here", Span::empty(end));
    }
    let Reader { root, mut problems, .. } = reader;
    // a key that stands twice is JSON, though it never does what its writer meant
    let valid = problems.iter().all(|problem| problem.kind == ProblemKind::TooDeep);
    let root = root.unwrap_or(Node::null(span.start as usize));
    yaml::report_duplicate_keys(&root, &mut problems);
    problems.sort_by_key(|problem| problem.span);
    Document { root, problems, valid }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// One of `{}[],:`.
    Mark(u8),
    /// In double quotes; false when they are not closed on the line.
    Text(bool),
    /// Anything else up to a mark or white space.
    Word,
    Comment,
}

struct Token {
    kind: TokenKind,
    span: Span,
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl Tokens<'_> {
    fn next_token(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes().get(..self.end)?;
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += bytes.get(self.at..)?.iter().take_while(|byte| is_space(byte)).count();
        let start = self.at;
        let rest = bytes.get(start..)?;
        let line = || memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (kind, length) = match rest {
            [] => return None,
            [mark @ (b'{' | b'}' | b'[' | b']' | b',' | b':'), ..] => (TokenKind::Mark(*mark), 1),
            [b'"', ..] => match closing_quote(rest) {
                Some(length) => (TokenKind::Text(true), length),
                None => (TokenKind::Text(false), rest[..line()].trim_ascii_end().len()),
            },
            [b'/', b'/', ..] => (TokenKind::Comment, line()),
            [b'/', b'*', ..] => (TokenKind::Comment, memchr::memmem::find(rest, b"*/").map_or(rest.len(), |at| at + 2)),
            _ => {
                let ends = |byte: &u8| is_space(byte) || b"{}[],:\"".contains(byte);
                (TokenKind::Word, rest.iter().position(ends).unwrap_or(rest.len()))
            }
        };
        self.at = start + length;
        Some(Token { kind, span: Span::new(start, self.at) })
    }
}

/// Behind the quote that closes the one at the start, on the same line.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr3(b'"', b'\\', b'\n', text.get(at..)?)? + 1;
        match text[at - 1] {
            b'"' => return Some(at),
            b'\\' if text.get(at) != Some(&b'\n') => at += 1,
            _ => return None,
        }
    }
}

/// A map or list that is still open.
struct Open {
    start: usize,
    is_map: bool,
    entries: Vec<Entry>,
    items: Vec<Node>,
    /// The key whose value comes next, and where its colon is.
    key: Option<Spanned<String>>,
    colon: Option<Span>,
    /// The comma before what comes next.
    comma: Option<Span>,
}

impl Open {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.items.is_empty()
    }
}

struct Reader<'t> {
    text: &'t str,
    root: Option<Node>,
    open: Vec<Open>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn note(&mut self, words: impl Into<String>, span: Span) {
        self.problems.push(Problem { kind: ProblemKind::Invalid(words.into()), span });
    }

    /// False when nothing more can be read.
    fn take(&mut self, token: &Token) -> bool {
        if self.open.is_empty() && self.root.is_some() && token.kind != TokenKind::Comment {
            self.note("nothing may follow the value", token.span);
            return false;
        }
        match token.kind {
            TokenKind::Comment => {
                self.problems.push(Problem { kind: ProblemKind::Feature("comment"), span: token.span });
            }
            TokenKind::Mark(mark @ (b'{' | b'[')) => return self.open(mark == b'{', token.span),
            TokenKind::Mark(b',') => self.comma(token.span),
            TokenKind::Mark(b':') => self.colon(token.span),
            TokenKind::Mark(mark) => self.bracket(mark == b'}', token.span),
            TokenKind::Text(_) | TokenKind::Word => self.scalar(token),
        }
        true
    }

    fn open(&mut self, is_map: bool, span: Span) -> bool {
        self.before_value(span);
        if self.open.len() >= DEPTH_LIMIT {
            self.problems.push(Problem { kind: ProblemKind::TooDeep, span });
            return false;
        }
        let (entries, items) = (Vec::new(), Vec::new());
        let start = span.start as usize;
        self.open.push(Open { start, is_map, entries, items, key: None, colon: None, comma: None });
        true
    }

    /// Checks that a value may stand at `span`.
    fn before_value(&mut self, span: Span) {
        let words = match self.open.last() {
            Some(open) if open.is_map && open.key.is_none() => "a key is missing here",
            Some(open) if open.is_map && open.colon.is_none() => "expected `:` after the key",
            Some(open) if !open.is_map && open.comma.is_none() && !open.items.is_empty() => "expected `,` or `]`",
            _ => return,
        };
        self.note(words, span);
    }

    fn scalar(&mut self, token: &Token) {
        let is_key = self.open.last().is_some_and(|open| {
            open.is_map && (open.key.is_none() || open.colon.is_none() && token.kind != TokenKind::Word)
        });
        if !is_key {
            self.before_value(token.span);
            let node = self.node(token);
            return self.put(node);
        }
        self.finish_entry();
        if let Some(open) = self.open.last()
            && open.comma.is_none()
            && !open.entries.is_empty()
        {
            self.note("expected `,` or `}`", token.span);
        }
        let key = match token.kind {
            TokenKind::Word => {
                self.note("a key stands in double quotes", token.span);
                token.span.of(self.text).to_owned()
            }
            _ => self.string(token),
        };
        if let Some(open) = self.open.last_mut() {
            (open.key, open.colon, open.comma) = (Some(Spanned::new(key, token.span)), None, None);
        }
    }

    fn node(&mut self, token: &Token) -> Node {
        let word = token.span.of(self.text);
        let (style, value) = match token.kind {
            TokenKind::Word if word == "null" => return Node { span: token.span, kind: Kind::Null },
            TokenKind::Word => {
                if !matches!(word, "true" | "false") && serde_json::from_str::<serde_json::Number>(word).is_err() {
                    self.note("text stands in double quotes", token.span);
                }
                (Style::Plain, word.to_owned())
            }
            _ => (Style::Double, self.string(token)),
        };
        Node { span: token.span, kind: Kind::Scalar(Scalar { value, style }) }
    }

    /// A text without its quotes and escapes.
    fn string(&mut self, token: &Token) -> String {
        let source = token.span.of(self.text);
        if token.kind == TokenKind::Text(false) {
            self.note("this `\"` is not closed", Span::new(token.span.start as usize, token.span.start as usize + 1));
            return source[1..].to_owned();
        }
        let inner = &source[1..source.len() - 1];
        if inner.bytes().all(|byte| byte >= b' ' && byte != b'\\') {
            return inner.to_owned();
        }
        serde_json::from_str(source).unwrap_or_else(|_| {
            self.note("this text has an escape or a character that JSON does not know", token.span);
            inner.to_owned()
        })
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(node);
            }
            Some(open) if open.is_map => {
                open.colon = None;
                if let Some(key) = open.key.take() {
                    open.entries.push(Entry { key, value: node });
                }
            }
            Some(open) => {
                open.items.push(node);
                open.comma = None;
            }
        }
    }

    /// A key without a value ends here.
    fn finish_entry(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(key) = open.key.take() else { return };
        let (words, span) = match open.colon.take() {
            Some(colon) => ("a value is missing here", colon),
            None => ("expected `:` after the key", key.span),
        };
        let value = Node::null(span.end as usize);
        open.entries.push(Entry { key, value });
        self.note(words, span);
    }

    fn colon(&mut self, span: Span) {
        let text = self.text;
        match self.open.last_mut() {
            Some(open) if open.is_map && open.key.is_some() && open.colon.is_none() => open.colon = Some(span),
            // what was taken for the value of the key above is the next key: that value is not typed yet
            Some(open) if open.is_map && open.comma.is_none() && takes_back(open, text) => {
                if let Some(entry) = open.entries.last_mut()
                    && let Kind::Scalar(next) = std::mem::replace(&mut entry.value.kind, Kind::Null)
                {
                    let next = Spanned::new(next.value, entry.value.span);
                    let place = entry.key.span;
                    entry.value = Node::null(place.end as usize);
                    (open.key, open.colon) = (Some(next), Some(span));
                    self.note("the value of this key is missing", place);
                }
            }
            _ => self.note("nothing stands before this `:`", span),
        }
    }

    fn comma(&mut self, span: Span) {
        self.finish_entry();
        match self.open.last_mut() {
            Some(open) if !open.is_empty() && open.comma.is_none() => open.comma = Some(span),
            _ => self.note("nothing stands before this `,`", span),
        }
    }

    /// A closing bracket: closes what it belongs to and all that is still open within.
    fn bracket(&mut self, is_map: bool, span: Span) {
        let Some(at) = self.open.iter().rposition(|open| open.is_map == is_map) else {
            return self.note("this bracket closes nothing", span);
        };
        while self.open.len() > at + 1 {
            let inner = self.open[self.open.len() - 1].start;
            self.note(not_closed(inner, self.text), Span::new(inner, inner + 1));
            self.close(span.start as usize);
        }
        self.close(span.end as usize);
    }

    fn close(&mut self, end: usize) {
        self.finish_entry();
        let Some(open) = self.open.pop() else { return };
        if let Some(comma) = open.comma {
            self.problems.push(Problem { kind: ProblemKind::Feature("trailing comma"), span: comma });
        }
        let kind = if open.is_map { Kind::Map(open.entries) } else { Kind::Seq(open.items) };
        self.put(Node { span: Span::new(open.start, end), kind });
    }
}

fn not_closed(start: usize, text: &str) -> String {
    format!("this `{}` is not closed", Span::new(start, start + 1).of(text))
}

/// True when the last entry's value is a text in quotes.
fn takes_back(open: &Open, text: &str) -> bool {
    open.key.is_none()
        && open
            .entries
            .last()
            .is_some_and(|entry| entry.value.scalar().is_some() && entry.value.span.of(text).starts_with('"'))
}

#[cfg(test)]
mod tests;
