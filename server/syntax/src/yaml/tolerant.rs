//! Reads YAML that is not valid (somebody is typing it) line by line: keys, nesting by indentation, lists, flow
//! collections and quotes that may be open at their end. It reports only what stops it; what is wrong with the text is
//! the strict parser's to say.

use super::{DEPTH_LIMIT, Entry, Kind, Node, Problem, ProblemKind, Scalar, Style};
use crate::lines::lines;
use text::{Span, Spanned};

/// Reads `text[span]`. The last value is what probably makes it invalid: a bracket or quote that is
/// not closed, or a line that should be a key.
pub(super) fn read(text: &str, span: Span) -> (Node, Vec<Problem>, Option<Problem>) {
    let mut reader = Reader { text, lines: Vec::new(), at: 0, problems: Vec::new(), cause: None };
    for line in lines(text, span) {
        let words = line.of(text);
        let indent = words.len() - words.trim_start_matches([' ', '\t']).len();
        reader.lines.push(Line {
            from: line.start as usize,
            start: line.start as usize + indent,
            end: line.end as usize,
        });
    }
    let root = reader.block(0, 0).unwrap_or_else(|| Node::null(span.start as usize));
    (root, reader.problems, reader.cause)
}

/// A line, or what is left of it behind `- `.
#[derive(Clone, Copy)]
struct Line {
    /// Where the line starts: `start - from` is its indentation.
    from: usize,
    /// First byte that is not white space.
    start: usize,
    /// One past the last byte.
    end: usize,
}

impl Line {
    fn indent(self) -> usize {
        self.start - self.from
    }
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line>,
    at: usize,
    problems: Vec<Problem>,
    cause: Option<Problem>,
}

impl Reader<'_> {
    /// The next line that says something.
    fn line(&mut self) -> Option<Line> {
        while let Some(line) = self.lines.get(self.at) {
            let words = self.words(*line);
            if !words.is_empty() && !words.starts_with('#') && !matches!(words, "---" | "...") {
                return Some(*line);
            }
            self.at += 1;
        }
        None
    }

    fn words(&self, line: Line) -> &str {
        self.text.get(line.start..line.end).unwrap_or_default().trim_end()
    }

    /// A block value whose lines are indented by at least `least`.
    fn block(&mut self, least: usize, depth: usize) -> Option<Node> {
        let line = self.line().filter(|line| line.indent() >= least)?;
        if depth > DEPTH_LIMIT {
            self.problems.push(Problem { kind: ProblemKind::TooDeep, span: Span::new(line.start, line.start + 1) });
            self.skip_deeper(least);
            return None;
        }
        let words = self.words(line);
        if is_item(words) {
            return Some(self.seq(line.indent(), depth));
        }
        if key_end(words).is_some() {
            return Some(self.map(line.indent(), depth));
        }
        self.at += 1;
        Some(self.value(line.start, line.end, least, depth))
    }

    fn skip_deeper(&mut self, least: usize) {
        while self.line().is_some_and(|line| line.indent() >= least) {
            self.at += 1;
        }
    }

    fn map(&mut self, indent: usize, depth: usize) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(line) = self.line() {
            let words = self.words(line);
            if line.indent() < indent || (line.indent() == indent && is_item(words)) {
                break;
            }
            let Some(colon) = key_end(words) else {
                let span = Span::new(line.start, line.start + words.len());
                self.at += 1; // a half-typed key: nothing to keep
                self.cause.get_or_insert_with(|| Problem {
                    kind: ProblemKind::Invalid("expected `:` after the key".to_owned()),
                    span,
                });
                continue;
            };
            if line.indent() > indent {
                // Indented more than its siblings. Where the last key has no value it is that key's.
                if let Some(last) = entries.last_mut().filter(|last| last.value.is_null()) {
                    if let Some(value) = self.block(indent + 1, depth + 1) {
                        last.value = value;
                    }
                    continue;
                }
            }
            let raw = &words[..colon];
            let name = raw.trim_end();
            let key = Spanned::new(unquote(name), Span::new(line.start, line.start + name.len()));
            let behind = line.start + colon + 1;
            self.at += 1;
            let value = self.entry_value(behind, line.end, indent, depth);
            entries.push(Entry { key, value });
        }
        let span = entries.first().map_or(Span::default(), |first| first.key.span);
        let span = entries.last().map_or(span, |last| span.cover(last.key.span).cover(last.value.span));
        Node { span, kind: Kind::Map(entries) }
    }

    /// What stands behind `key:`, on its line or below.
    fn entry_value(&mut self, from: usize, end: usize, indent: usize, depth: usize) -> Node {
        let words = without_comment(self.text.get(from..end).unwrap_or_default());
        if !words.trim().is_empty() {
            let start = from + (words.len() - words.trim_start().len());
            return self.value(start, end, indent + 1, depth);
        }
        let Some(next) = self.line() else { return Node::null(from) };
        let is_list = is_item(self.words(next));
        let least = if is_list { indent } else { indent + 1 };
        let below = if next.indent() >= least { self.block(least, depth + 1) } else { None };
        below.unwrap_or_else(|| Node::null(from))
    }

    fn seq(&mut self, indent: usize, depth: usize) -> Node {
        let mut items: Vec<Node> = Vec::new();
        let mut span: Option<Span> = None;
        while let Some(line) = self.line() {
            if line.indent() < indent {
                break;
            }
            let words = self.words(line);
            if line.indent() > indent || !is_item(words) {
                if line.indent() == indent {
                    break;
                }
                self.at += 1;
                continue;
            }
            let dash = Span::new(line.start, line.start + 1);
            let behind = without_comment(&words[1..]);
            let item = if behind.trim().is_empty() {
                self.at += 1;
                self.block(indent + 1, depth + 1).unwrap_or_else(|| Node::null(line.start + 1))
            } else {
                // The rest of the line is a line of its own, indented to where it starts.
                let start = line.start + 1 + (behind.len() - behind.trim_start().len());
                self.lines[self.at] = Line { start, ..line };
                self.block(indent + 1, depth + 1).unwrap_or_else(|| Node::null(line.start + 1))
            };
            let covered = dash.cover(item.span);
            span = Some(span.map_or(covered, |span| span.cover(covered)));
            items.push(item);
        }
        Node { span: span.unwrap_or_default(), kind: Kind::Seq(items) }
    }

    /// A value that starts at `start` on the line before the current one; what belongs to it is indented by `least`.
    fn value(&mut self, start: usize, end: usize, least: usize, depth: usize) -> Node {
        match self.text.as_bytes().get(start) {
            Some(b'[' | b'{') => self.flow(start, end, least, depth),
            Some(b'|' | b'>') => self.block_scalar(start, end, least),
            Some(quote @ (b'"' | b'\'')) => self.quoted(start, end, *quote),
            _ => {
                let words = without_comment(self.text.get(start..end).unwrap_or_default()).trim_end();
                // Lines that go on with a plain value.
                while let Some(line) = self.line() {
                    let more = self.words(line);
                    if line.indent() < least || is_item(more) || key_end(more).is_some() {
                        break;
                    }
                    self.at += 1;
                }
                plain(words, start)
            }
        }
    }

    fn quoted(&mut self, start: usize, end: usize, quote: u8) -> Node {
        let words = self.text.get(start..end).unwrap_or_default();
        let closed = quoted_length(words.as_bytes(), quote);
        if closed.is_none() {
            self.cause.get_or_insert(not_closed(self.text, start));
        }
        let length = closed.unwrap_or(words.trim_end().len());
        let source = &words[..length];
        let style = if quote == b'"' { Style::Double } else { Style::Single };
        Node { span: Span::new(start, start + length), kind: Kind::Scalar(Scalar { value: unquote(source), style }) }
    }

    fn block_scalar(&mut self, start: usize, end: usize, least: usize) -> Node {
        let mut span = Span::new(start, end);
        let mut value = String::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            let words = self.text.get(line.start..line.end).unwrap_or_default().trim_end();
            if !words.is_empty() {
                if line.indent() < least {
                    break;
                }
                span = span.cover(Span::new(line.start, line.start + words.len()));
            }
            value.push_str(words);
            value.push('\n');
            self.at += 1;
        }
        Node { span, kind: Kind::Scalar(Scalar { value, style: Style::Block }) }
    }

    /// A flow collection. It may go on over lines that are indented, up to the one that starts something else.
    fn flow(&mut self, start: usize, end: usize, least: usize, depth: usize) -> Node {
        let mut limit = end;
        let first = self.at;
        while let Some(line) = self.lines.get(self.at) {
            let words = self.words(*line);
            let closes = words.starts_with([']', '}']);
            if !words.is_empty() && line.indent() < least && !closes {
                break;
            }
            limit = line.end;
            self.at += 1;
        }
        let mut flow =
            Flow { text: self.text, at: start, end: limit, problems: &mut self.problems, cause: &mut self.cause };
        let node = flow.value(depth + 1);
        let stopped = flow.at;
        self.at = first;
        while self.lines.get(self.at).is_some_and(|line| line.start < stopped) {
            self.at += 1;
        }
        node
    }
}

/// The inside of `[…]` and `{…}`.
struct Flow<'t, 'p> {
    text: &'t str,
    at: usize,
    end: usize,
    problems: &'p mut Vec<Problem>,
    cause: &'p mut Option<Problem>,
}

impl Flow<'_, '_> {
    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..self.end).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'#', rest @ ..] => {
                    self.at += 1 + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Node {
        self.skip_space();
        let start = self.at;
        let Some(first) = self.rest().first().copied() else { return Node::null(start) };
        match first {
            b'[' | b'{' if depth > DEPTH_LIMIT => {
                self.problems.push(Problem { kind: ProblemKind::TooDeep, span: Span::new(start, start + 1) });
                self.at = self.end;
                Node::null(start)
            }
            b'[' => self.collection(start, b']', depth),
            b'{' => self.collection(start, b'}', depth),
            quote @ (b'"' | b'\'') => {
                let line = memchr::memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
                let closed = quoted_length(self.rest(), quote);
                if closed.is_none() {
                    self.cause.get_or_insert(not_closed(self.text, start));
                }
                let length = closed.unwrap_or(line);
                self.at += length;
                let style = if quote == b'"' { Style::Double } else { Style::Single };
                let value = unquote(self.text.get(start..start + length).unwrap_or_default());
                Node { span: Span::new(start, start + length), kind: Kind::Scalar(Scalar { value, style }) }
            }
            _ => {
                let rest = self.rest();
                let mut length = 0;
                while let Some(byte) = rest.get(length) {
                    let ends = match byte {
                        b',' | b']' | b'}' | b'[' | b'{' | b'\n' | b'\r' => true,
                        b':' => matches!(
                            rest.get(length + 1),
                            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}')
                        ),
                        b'#' => length > 0 && rest[length - 1] == b' ',
                        _ => false,
                    };
                    if ends {
                        break;
                    }
                    length += 1;
                }
                self.at += length;
                let words = self.text.get(start..start + length).unwrap_or_default();
                plain(words.trim_end(), start)
            }
        }
    }

    fn collection(&mut self, start: usize, close: u8, depth: usize) -> Node {
        self.at += 1;
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        loop {
            self.skip_space();
            match self.rest().first().copied() {
                None => {
                    *self.cause = Some(not_closed(self.text, start)); // the outermost one is set last
                    break;
                }
                Some(b',') => self.at += 1,
                Some(byte @ (b']' | b'}')) => {
                    if byte == close {
                        self.at += 1;
                    } else {
                        self.cause.get_or_insert(not_closed(self.text, start));
                    }
                    break;
                }
                Some(_) => {
                    let before = self.at;
                    let node = self.value(depth + 1);
                    self.skip_space();
                    let node = self.pair(node, depth, close == b'}', &mut entries);
                    if let Some(node) = node {
                        items.push(node);
                    }
                    if self.at == before {
                        self.at += 1; // a stray character: never stand still
                        while !self.text.is_char_boundary(self.at) {
                            self.at += 1;
                        }
                    }
                }
            }
        }
        let end = self.text.get(start..self.at).unwrap_or_default().trim_end().len();
        let kind = if close == b'}' { Kind::Map(entries) } else { Kind::Seq(items) };
        Node { span: Span::new(start, start + end), kind }
    }

    /// Reads `: value` behind a key. In a map every node is a key; in a list a pair is a map of its own.
    fn pair(&mut self, node: Node, depth: usize, in_map: bool, entries: &mut Vec<Entry>) -> Option<Node> {
        let has_value = self.rest().first() == Some(&b':');
        if !has_value && !in_map {
            return Some(node);
        }
        let colon = self.at;
        let value = if has_value {
            self.at += 1;
            self.skip_space();
            match self.rest().first() {
                None | Some(b',' | b']' | b'}') => Node::null(colon + 1),
                Some(_) => self.value(depth + 1),
            }
        } else {
            Node::null(node.span.end as usize)
        };
        let name = node.scalar().unwrap_or_default().to_owned();
        let entry = Entry { key: Spanned::new(name, node.span), value };
        if in_map {
            entries.push(entry);
            return None;
        }
        Some(Node { span: entry.key.span.cover(entry.value.span), kind: Kind::Map(vec![entry]) })
    }
}

fn not_closed(text: &str, start: usize) -> Problem {
    let span = Span::new(start, start + 1);
    Problem { kind: ProblemKind::Invalid(format!("this `{}` is not closed", span.of(text))), span }
}

fn is_item(words: &str) -> bool {
    words == "-" || words.starts_with("- ") || words.starts_with("-\t")
}

/// Where the colon of `key: …` stands, when the line starts with a key.
fn key_end(words: &str) -> Option<usize> {
    let bytes = words.as_bytes();
    let from = match bytes.first()? {
        quote @ (b'"' | b'\'') => quoted_length(bytes, *quote)?,
        b'[' | b'{' | b'#' | b'|' | b'>' => return None,
        _ => 0,
    };
    let mut at = from;
    while at < bytes.len() {
        if bytes[at] == b':' && matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')) {
            return (at > 0).then_some(at);
        }
        if from > 0 && !matches!(bytes[at], b' ' | b'\t') {
            return None; // more than white space between a quoted key and its colon
        }
        if bytes[at] == b'#' && at > 0 && bytes[at - 1] == b' ' {
            return None;
        }
        at += 1;
    }
    None
}

/// The length of a quoted text with both quotes; `None` when it is not closed on its line.
fn quoted_length(bytes: &[u8], quote: u8) -> Option<usize> {
    let line = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    closing_quote(&bytes[..line], quote)
}

/// The length of a quoted text with both quotes, over as many lines as it takes.
pub(super) fn closing_quote(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            byte if *byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
                    at += 1;
                } else {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Takes quotes and simple escapes away; an open quote at the end is fine.
fn unquote(source: &str) -> String {
    if let Some(inner) = source.strip_prefix('\'') {
        return inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'");
    }
    let Some(inner) = source.strip_prefix('"') else { return source.to_owned() };
    let closed = quoted_length(source.as_bytes(), b'"') == Some(source.len());
    let inner = if closed { inner.strip_suffix('"').unwrap_or(inner) } else { inner };
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    value
}

fn plain(words: &str, start: usize) -> Node {
    let span = Span::new(start, start + words.len());
    let kind = match words {
        "" | "~" | "null" => Kind::Null,
        words => Kind::Scalar(Scalar { value: words.to_owned(), style: Style::Plain }),
    };
    Node { span, kind }
}

/// Cuts a comment off: `#` behind white space and outside quotes.
fn without_comment(words: &str) -> &str {
    let bytes = words.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') if at == 0 || matches!(bytes[at - 1], b' ' | b'\t') => {
                at += quoted_length(&bytes[at..], quote).unwrap_or(1);
                continue;
            }
            b'#' if at == 0 || matches!(bytes[at - 1], b' ' | b'\t') => return &words[..at],
            _ => at += 1,
        }
    }
    words
}
