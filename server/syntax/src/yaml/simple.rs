//! Reads the YAML that people write in front matter: block maps and lists, plain and quoted scalars on one line, flow
//! collections on one line, comments. At the first thing that is not surely that, it gives up, and the full parser
//! decides. It is several times faster, which is what makes ten thousand files quick; a property test holds it to the
//! full parser's answer.

use super::{Entry, Kind, Node, Scalar, Style};
use text::{Span, Spanned};

/// Deeper nesting is left to the full parser.
const DEPTH: usize = 32;

/// The root of `text[span]`, or `None` in any doubt.
pub(super) fn read(text: &str, span: Span) -> Option<Node> {
    let source = text.get(span.range())?;
    if !is_plain_text(source) {
        return None;
    }
    let mut reader = Reader { text, bytes: &text.as_bytes()[..span.end as usize], at: span.start as usize };
    let Some(line) = reader.line() else { return Some(Node::null(span.start as usize)) };
    if line.indent != 0 {
        return None;
    }
    let root = reader.map(line, 1)?;
    reader.line().is_none().then_some(root)
}

/// No tabs, lone carriage returns or control characters, and nothing that a YAML reader might take for a line end.
fn is_plain_text(source: &str) -> bool {
    let mut ascii = true;
    let mut before = 0;
    for byte in source.bytes() {
        let fine = match byte {
            b'\n' => true,
            _ if before == b'\r' => false,
            b'\r' => true,
            byte => byte >= b' ' && byte != 0x7f,
        };
        if !fine {
            return false;
        }
        ascii &= byte.is_ascii();
        before = byte;
    }
    let odd = |character: char| {
        matches!(character, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    before != b'\r' && (ascii || !source.contains(odd))
}

/// A line that says something.
#[derive(Clone, Copy)]
struct Line {
    /// First byte that is not a space.
    start: usize,
    /// Spaces before it.
    indent: usize,
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Start of a line, except while one is read.
    at: usize,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn is_line_end(&self, at: usize) -> bool {
        matches!(self.byte(at), b'\n' | b'\r')
    }

    /// The next line that says something; it is not passed.
    fn line(&mut self) -> Option<Line> {
        while self.at < self.bytes.len() {
            let mut start = self.at;
            while self.byte(start) == b' ' {
                start += 1;
            }
            if !self.is_line_end(start) && self.byte(start) != b'#' {
                return Some(Line { start, indent: start - self.at });
            }
            self.skip_line(start);
        }
        None
    }

    fn skip_line(&mut self, from: usize) {
        let rest = self.bytes.get(from..).unwrap_or_default();
        self.at = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |length| from + length + 1);
    }

    fn spaces(&self, mut at: usize) -> usize {
        while self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    /// Passes the rest of a line, on which only a comment may stand; what follows may not be indented deeper.
    fn end_of_value(&mut self, end: usize, indent: usize) -> Option<()> {
        let rest = self.spaces(end);
        let is_comment = self.byte(rest) == b'#' && rest > end;
        if !self.is_line_end(rest) && !is_comment {
            return None;
        }
        self.skip_line(rest);
        self.line().is_none_or(|next| next.indent <= indent).then_some(())
    }

    fn is_item(&self, start: usize) -> bool {
        self.byte(start) == b'-' && matches!(self.byte(start + 1), b' ' | b'\n' | b'\r')
    }

    /// Where the key at `start` ends, when a colon follows it.
    fn key_end(&self, start: usize) -> Option<usize> {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
        if !(self.byte(start).is_ascii_alphanumeric() || self.byte(start) == b'_') {
            return None;
        }
        let mut end = start;
        while is_key(self.byte(end)) {
            end += 1;
        }
        let fine = self.byte(end) == b':' && matches!(self.byte(end + 1), b' ' | b'\n' | b'\r') && end - start <= 128;
        fine.then_some(end)
    }

    fn key(&self, start: usize, end: usize) -> Spanned<String> {
        Spanned::new(self.text[start..end].to_owned(), Span::new(start, end))
    }

    /// A map whose first key is at `first`; the column of that key is the map's.
    fn map(&mut self, first: Line, depth: usize) -> Option<Node> {
        let mut entries = Vec::new();
        let mut line = first;
        loop {
            let end = self.key_end(line.start).filter(|_| depth <= DEPTH)?;
            let key = self.key(line.start, end);
            let value = self.entry_value(end + 1, first.indent, depth)?;
            entries.push(Entry { key, value });
            match self.line() {
                Some(next) if next.indent == first.indent => line = next,
                Some(next) if next.indent > first.indent => return None,
                _ => break,
            }
        }
        let last = entries.last().map(|entry| entry.key.span.cover(entry.value.span))?;
        Some(Node { span: Span::new(first.start, last.end as usize), kind: Kind::Map(entries) })
    }

    fn entry_value(&mut self, behind: usize, indent: usize, depth: usize) -> Option<Node> {
        let start = self.spaces(behind);
        if !self.is_line_end(start) && (self.byte(start) != b'#' || start == behind) {
            let node = self.inline(start, depth)?;
            self.end_of_value(node.span.end as usize, indent)?;
            return Some(node);
        }
        self.skip_line(start);
        match self.line() {
            Some(next) if self.is_item(next.start) && next.indent >= indent => self.list(next, depth + 1),
            Some(next) if next.indent > indent => self.map(next, depth + 1),
            _ => Some(Node::null(behind)),
        }
    }

    fn list(&mut self, first: Line, depth: usize) -> Option<Node> {
        let mut items = Vec::new();
        let mut line = first;
        loop {
            if depth > DEPTH || self.byte(line.start + 1) != b' ' {
                return None;
            }
            let start = self.spaces(line.start + 1);
            let item = if self.key_end(start).is_some() {
                self.map(Line { start, indent: line.indent + (start - line.start) }, depth + 1)?
            } else {
                let node = self.inline(start, depth)?;
                self.end_of_value(node.span.end as usize, first.indent)?;
                node
            };
            items.push(item);
            match self.line() {
                Some(next) if next.indent == first.indent && self.is_item(next.start) => line = next,
                Some(next) if next.indent > first.indent => return None,
                _ => break,
            }
        }
        let end = items.last().map_or(first.start, |item| item.span.end as usize);
        Some(Node { span: Span::new(first.start, end), kind: Kind::Seq(items) })
    }

    /// A value that starts and ends on one line.
    fn inline(&self, start: usize, depth: usize) -> Option<Node> {
        match self.byte(start) {
            b'[' | b'{' => self.flow(start, depth + 1),
            b'"' | b'\'' => self.quoted(start),
            first if starts_plain(first) => self.plain(start, false),
            _ => None,
        }
    }

    fn plain(&self, start: usize, in_flow: bool) -> Option<Node> {
        let mut at = start;
        loop {
            match self.byte(at) {
                b'\n' | b'\r' => break,
                b':' if matches!(self.byte(at + 1), b' ' | b'\n' | b'\r') => return None,
                b':' if in_flow && matches!(self.byte(at + 1), b',' | b'[' | b']' | b'{' | b'}') => return None,
                b'#' if self.byte(at - 1) == b' ' => break,
                b',' | b']' | b'}' if in_flow => break,
                b'[' | b'{' if in_flow => return None,
                _ => at += 1,
            }
        }
        let source = self.text[start..at].trim_end_matches(' ');
        let span = Span::new(start, start + source.len());
        let kind = match source {
            "~" | "null" => Kind::Null,
            _ => Kind::Scalar(Scalar { value: source.to_owned(), style: Style::Plain }),
        };
        Some(Node { span, kind })
    }

    fn quoted(&self, start: usize) -> Option<Node> {
        let quote = self.byte(start);
        let mut value = String::new();
        let mut from = start + 1;
        let mut at = from;
        loop {
            match self.byte(at) {
                b'\n' | b'\r' => return None,
                b'\\' if quote == b'"' => {
                    value.push_str(&self.text[from..at]);
                    value.push(match self.byte(at + 1) {
                        b'"' => '"',
                        b'\\' => '\\',
                        b'n' => '\n',
                        _ => return None,
                    });
                    at += 2;
                    from = at;
                }
                byte if byte == quote => {
                    value.push_str(&self.text[from..at]);
                    if quote == b'"' || self.byte(at + 1) != b'\'' {
                        break;
                    }
                    value.push('\'');
                    at += 2;
                    from = at;
                }
                _ => at += 1,
            }
        }
        let style = if quote == b'"' { Style::Double } else { Style::Single };
        Some(Node { span: Span::new(start, at + 1), kind: Kind::Scalar(Scalar { value, style }) })
    }

    fn flow(&self, start: usize, depth: usize) -> Option<Node> {
        let is_map = self.byte(start) == b'{';
        let close = if is_map { b'}' } else { b']' };
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        let mut at = self.spaces(start + 1);
        while self.byte(at) != close {
            if depth > DEPTH {
                return None;
            }
            let key = if is_map {
                let end = self.key_end(at).filter(|end| self.byte(end + 1) == b' ')?;
                let key = self.key(at, end);
                at = self.spaces(end + 1);
                Some(key)
            } else {
                None
            };
            let node = match self.byte(at) {
                b'[' | b'{' => self.flow(at, depth + 1)?,
                b'"' | b'\'' => self.quoted(at)?,
                first if starts_plain(first) => self.plain(at, true)?,
                _ => return None,
            };
            at = self.spaces(node.span.end as usize);
            match key {
                Some(key) => entries.push(Entry { key, value: node }),
                None => items.push(node),
            }
            match self.byte(at) {
                b',' => at = self.spaces(at + 1),
                byte if byte == close => {}
                _ => return None,
            }
        }
        let kind = if is_map { Kind::Map(entries) } else { Kind::Seq(items) };
        Some(Node { span: Span::new(start, at + 1), kind })
    }
}

/// Characters that start a plain scalar in every context and nothing else.
fn starts_plain(first: u8) -> bool {
    first.is_ascii_alphanumeric()
        || !first.is_ascii()
        || matches!(first, b'_' | b'/' | b'.' | b'(' | b'$' | b'+' | b'<' | b'=' | b'^' | b';' | b'~')
}
