//! A YAML reader that keeps spans, reads scalars as the strings they are, and never gives up.
//!
//! What people usually write is read by [`simple`]. Everything else is read from the events of `saphyr-parser`. When it
//! reports an error, the whole text is read again by [`tolerant`], line by line, so that half-typed YAML still has keys
//! and values. Anchors, aliases, tags and merge
//! keys are not part of our formats: each is reported at its token, and the plain value beside it is kept.

mod simple;
mod tolerant;

use crate::lines::lines;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};
use std::borrow::Cow;
use std::collections::HashMap;
use text::{Span, Spanned};

/// Maps and lists deeper than this are not read.
pub const DEPTH_LIMIT: usize = 64;

/// A text as it was understood: YAML, or [JSON](crate::json) or [TOML](crate::toml), which read into the same tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// Its value.
    pub root: Node,
    /// What is wrong, in order of place.
    pub problems: Vec<Problem>,
    /// False when the text is not valid, and more was understood than its own tools would.
    pub valid: bool,
}

/// A value and its place. The place of a block map or list is that of its entries.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where it stands, without comments and the white space around it.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// See [`Node::kind`].
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// `key: value` entries in order.
    Map(Vec<Entry>),
    /// Items in order.
    Seq(Vec<Node>),
    /// Any scalar, as a string: `1.0`, `yes` and `0o7` stay what they are.
    Scalar(Scalar),
    /// Nothing, `~` or `null`.
    Null,
}

/// One `key: value`.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key without quotes; its span has them.
    pub key: Spanned<String>,
    /// The value; [`Kind::Null`] with an empty span behind the colon when nothing stands there.
    pub value: Node,
}

/// A scalar.
#[derive(Clone, PartialEq, Debug)]
pub struct Scalar {
    /// Its text without quotes and escapes.
    pub value: String,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// `word`
    Plain,
    /// `'word'`
    Single,
    /// `"word"`
    Double,
    /// `|` or `>`
    Block,
}

/// What is wrong at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// The exact token.
    pub span: Span,
}

/// See [`Problem`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// Not YAML; why, in a few words.
    Invalid(String),
    /// `anchor`, `alias`, `tag`, `merge key`, …: YAML, but not allowed here.
    Feature(&'static str),
    /// Deeper than [`DEPTH_LIMIT`]; what lies deeper was left out.
    TooDeep,
    /// A key that its map has already; the first one counts.
    DuplicateKey(String),
}

impl Node {
    /// Nothing at `at`.
    pub fn null(at: usize) -> Node {
        Node { span: Span::empty(at), kind: Kind::Null }
    }

    /// The entries of a map; empty for everything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for everything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.value),
            _ => None,
        }
    }

    /// True when nothing stands there.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// The first entry of that key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.value == key)
    }

    /// The value of the first entry of that key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}

/// Reads `text[span]` as one YAML document. All spans are byte offsets into `text`.
pub fn read(text: &str, span: Span) -> Document {
    let simple = simple::read(text, span).map(|root| Document { root, problems: Vec::new(), valid: true });
    let mut document = match simple.map_or_else(|| strict(text, span), Ok) {
        Ok(document) => document,
        Err(problem) => {
            let (root, mut problems, cause) = tolerant::read(text, span);
            // What the parser trips over is often a consequence of something above that it could still swallow.
            problems.push(cause.filter(|cause| cause.span.start <= problem.span.start).unwrap_or(problem));
            Document { root, problems, valid: false }
        }
    };
    report_duplicate_keys(&document.root, &mut document.problems);
    document.problems.sort_by_key(|problem| problem.span);
    document
}

/// A map or list that is still open.
enum Open {
    Map { span: Span, entries: Vec<Entry>, key: Option<Spanned<String>> },
    Seq { span: Span, items: Vec<Node> },
}

fn strict(text: &str, span: Span) -> Result<Document, Problem> {
    let source = span.of(text);
    if let Some(nul) = memchr::memchr(b'\0', source.as_bytes()) {
        let at = span.start as usize + nul;
        return Err(Problem {
            kind: ProblemKind::Invalid("a NUL character cannot stand here".to_owned()),
            span: Span::new(at, at + 1),
        });
    }
    let places = Places::new(text, span);
    let mut parser = Parser::new_from_str(source);
    let mut open: Vec<Open> = Vec::new();
    let mut problems = Vec::new();
    let mut root = Node::null(span.start as usize);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, place) = event.map_err(|error| explain(&error, &places, text, span))?;
        let start = places.byte(place.start);
        let node = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let kind = ProblemKind::Invalid("only one YAML document may stand here".to_owned());
                    problems.push(Problem { kind, span: Span::new(start, (start + 3).min(span.end as usize)) });
                    break;
                }
                continue;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::MappingStart(anchor, tag) => {
                note_features(anchor, tag.is_some(), start, text, span, &mut problems);
                open.push(Open::Map { span: Span::empty(start), entries: Vec::new(), key: None });
                None
            }
            Event::SequenceStart(anchor, tag) => {
                note_features(anchor, tag.is_some(), start, text, span, &mut problems);
                open.push(Open::Seq { span: Span::empty(start), items: Vec::new() });
                None
            }
            Event::MappingEnd | Event::SequenceEnd => {
                close(&mut open, behind_bracket(text, start, span.end as usize), text)
            }
            Event::Alias(_) => {
                let end = places.byte(place.end);
                problems.push(Problem { kind: ProblemKind::Feature("alias"), span: Span::new(start, end) });
                Some(Node { span: Span::new(start, end), kind: Kind::Null })
            }
            Event::Scalar(value, style, anchor, tag) => {
                note_features(anchor, tag.is_some(), start, text, span, &mut problems);
                Some(scalar(value, style, start, places.byte(place.end), text))
            }
        };
        if open.len() > DEPTH_LIMIT {
            problems.push(too_deep(start));
            break;
        }
        if let Some(node) = node {
            put(&mut open, &mut root, node, text, &mut problems);
        }
    }
    while !open.is_empty() {
        if let Some(node) = close(&mut open, span.end as usize, text) {
            put(&mut open, &mut root, node, text, &mut problems);
        }
    }
    Ok(Document { root, problems, valid: true })
}

fn too_deep(start: usize) -> Problem {
    Problem { kind: ProblemKind::TooDeep, span: Span::new(start, start + 1) }
}

/// Closes the innermost map or list.
fn close(open: &mut Vec<Open>, end: usize, text: &str) -> Option<Node> {
    // A flow collection ends behind its bracket, a block collection with its last child.
    let place = |span: Span, flow: bool, last: Option<Span>| {
        if flow {
            Span::new(span.start as usize, end.max(span.start as usize))
        } else {
            last.map_or(span, |last| Span::new(span.start.min(last.start) as usize, last.end as usize))
        }
    };
    let is_flow = |span: Span| matches!(text.as_bytes().get(span.start as usize), Some(b'[' | b'{'));
    Some(match open.pop()? {
        Open::Map { span, mut entries, key } => {
            if let Some(key) = key {
                let value = Node::null(key.span.end as usize);
                entries.push(Entry { key, value });
            }
            let last = entries.last().map(|entry| entry.key.span.cover(entry.value.span));
            // A block map whose first key is a flow collection is refused as a complex key, so the bracket decides.
            Node { span: place(span, is_flow(span), last), kind: Kind::Map(entries) }
        }
        Open::Seq { span, items } => {
            let last = items.last().map(|item| item.span);
            let span = if is_flow(span) && items.first().is_none_or(|first| first.span.start != span.start) {
                place(span, true, last)
            } else {
                from_dash(place(span, false, last), text)
            };
            Node { span, kind: Kind::Seq(items) }
        }
    })
}

/// Behind the bracket that closes a flow collection; after a trailing comma the parser says its end too early.
fn behind_bracket(text: &str, from: usize, end: usize) -> usize {
    let rest = text.as_bytes().get(from..end).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b' ' | b',' | b'\n' | b'\r' | b'\t')).count();
    (from + skipped + 1).min(end)
}

/// The parser starts a list that is not indented at its first item instead of the dash.
fn from_dash(span: Span, text: &str) -> Span {
    let bytes = text.as_bytes();
    let start = span.start as usize;
    if bytes.get(start) == Some(&b'-') && matches!(bytes.get(start + 1), Some(b' ' | b'\n' | b'\r')) {
        return span;
    }
    let before = bytes.get(..start).unwrap_or_default();
    match before.iter().rposition(|byte| *byte != b' ') {
        Some(dash) if before[dash] == b'-' => Span::new(dash, span.end as usize),
        _ => span,
    }
}

/// Puts a finished node where it belongs: into the innermost open map or list, else it is the document's value.
fn put(open: &mut [Open], root: &mut Node, node: Node, text: &str, problems: &mut Vec<Problem>) {
    match open.last_mut() {
        None => *root = node,
        Some(Open::Seq { items, .. }) => items.push(node),
        Some(Open::Map { entries, key, .. }) => match key.take() {
            Some(key) => {
                if key.value == "<<" {
                    problems.push(Problem { kind: ProblemKind::Feature("merge key"), span: key.span });
                }
                entries.push(Entry { value: behind_colon(node, key.span, text), key });
            }
            None => {
                *key = Some(match node.kind {
                    Kind::Scalar(scalar) => Spanned::new(scalar.value, node.span),
                    Kind::Null => Spanned::new(node.span.of(text).to_owned(), node.span),
                    Kind::Map(_) | Kind::Seq(_) => {
                        problems.push(Problem { kind: ProblemKind::Feature("complex key"), span: node.span });
                        Spanned::new(String::new(), node.span)
                    }
                });
            }
        },
    }
}

/// A value that is not there stands directly behind the colon of its key.
fn behind_colon(node: Node, key: Span, text: &str) -> Node {
    let colon = key.end as usize;
    let nothing = node.is_null() && node.span.is_empty() && text.as_bytes().get(colon) == Some(&b':');
    if nothing { Node::null(colon + 1) } else { node }
}

fn scalar(value: Cow<'_, str>, style: ScalarStyle, start: usize, end: usize, text: &str) -> Node {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let source = text.get(start..end).unwrap_or_default();
    // The parser's end of a quoted scalar lies behind the white space and comment that follow.
    let length = match style {
        Style::Single => tolerant::closing_quote(source.as_bytes(), b'\''),
        Style::Double => tolerant::closing_quote(source.as_bytes(), b'"'),
        Style::Plain | Style::Block => None,
    };
    let span = Span::new(start, start + length.unwrap_or(source.trim_end().len()));
    if style == Style::Plain && (span.is_empty() || matches!(&*value, "~" | "null")) {
        return Node { span, kind: Kind::Null };
    }
    Node { span, kind: Kind::Scalar(Scalar { value: value.into_owned(), style }) }
}

/// Reports an anchor or tag of the node at `start`. The parser gives no place for either: it is looked for backwards.
fn note_features(anchor: usize, tag: bool, start: usize, text: &str, span: Span, problems: &mut Vec<Problem>) {
    for (written, mark, name) in [(anchor != 0, b'&', "anchor"), (tag, b'!', "tag")] {
        if !written {
            continue;
        }
        let bytes = text.as_bytes();
        let mut found = if bytes.get(start) == Some(&mark) {
            start
        } else {
            let before = bytes.get(span.start as usize..start).unwrap_or_default();
            span.start as usize + before.iter().rposition(|byte| *byte == mark).unwrap_or(0)
        };
        while found > span.start as usize && bytes.get(found - 1) == Some(&mark) {
            found -= 1;
        }
        let token = text.get(found..span.end as usize).unwrap_or_default();
        let length = token.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(token.len());
        problems.push(Problem { kind: ProblemKind::Feature(name), span: Span::new(found, found + length) });
    }
}

/// Every key that stands twice in its map. Iterative, and linear for maps of any size.
pub(crate) fn report_duplicate_keys(root: &Node, problems: &mut Vec<Problem>) {
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        match &node.kind {
            Kind::Seq(items) => rest.extend(items),
            Kind::Map(entries) => {
                rest.extend(entries.iter().map(|entry| &entry.value));
                let mut twice = |entry: &Entry| {
                    let kind = ProblemKind::DuplicateKey(entry.key.value.clone());
                    problems.push(Problem { kind, span: entry.key.span });
                };
                if entries.len() <= 16 {
                    for (index, entry) in entries.iter().enumerate() {
                        if entries[..index].iter().any(|other| other.key.value == entry.key.value) {
                            twice(entry);
                        }
                    }
                } else {
                    let mut seen = HashMap::with_capacity(entries.len());
                    for entry in entries {
                        if seen.insert(entry.key.value.as_str(), ()).is_some() {
                            twice(entry);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// Turns the parser's line and column (in characters) into bytes.
struct Places<'t> {
    text: &'t str,
    starts: Vec<u32>,
    ascii: bool,
    end: usize,
}

impl<'t> Places<'t> {
    fn new(text: &'t str, span: Span) -> Places<'t> {
        let mut starts: Vec<u32> = lines(text, span).map(|line| line.start).collect();
        if starts.is_empty() {
            starts.push(span.start);
        }
        Places { text, starts, ascii: span.of(text).is_ascii(), end: span.end as usize }
    }

    fn byte(&self, marker: Marker) -> usize {
        let line = marker.line().saturating_sub(1);
        let Some(start) = self.starts.get(line).map(|start| *start as usize) else { return self.end };
        let rest = self.text.get(start..self.end).unwrap_or_default();
        if self.ascii {
            return start + marker.col().min(rest.len());
        }
        rest.char_indices().nth(marker.col()).map_or(self.end, |(offset, _)| start + offset)
    }
}

/// The parser's error at its place, in words for a person who writes YAML.
fn explain(error: &ScanError, places: &Places<'_>, text: &str, span: Span) -> Problem {
    let info = error.info();
    let words = match () {
        () if info.contains("mapping values are not allowed") || info.contains("illegal placement of ':'") => {
            "a value with `: ` in it must stand in quotes"
        }
        () if info.contains("unknown anchor") => "`*` starts an alias; put the value in quotes",
        () if info.contains("unexpected character") => "this character cannot start a value; put the value in quotes",
        () if info.contains("anchor or alias") => "`*` and `&` cannot start a value; put the value in quotes",
        () if info.contains("flow mapping") => "expected `,` or `}`",
        () if info.contains("flow sequence") => "expected `,` or `]`",
        () if info.contains("misplaced bracket") => "this bracket closes nothing",
        () if info.contains("tab") => "a tab cannot be used as indentation",
        () if info.contains("recursion limit") => "nested too deep",
        () if info.contains("unexpected end of stream") || info.contains("unexpected eof") => {
            "something is not closed before the end"
        }
        () if info.contains("escape") => "unknown escape in double quotes",
        () if info.contains("quoted scalar") => "text in quotes is not closed or wrongly indented",
        () if info.contains("simple key expect") => "expected `:` after the key",
        () if info.contains("block mapping") => "expected a key; check the indentation",
        () if info.contains("block collection") => "expected `-`; check the indentation",
        () if info.contains("block sequence entries") => "a list cannot start here; check the indentation",
        () if info.contains("indentation") || info.contains("wrongly indented") => "wrong indentation",
        () if info.contains("trailing content") => "nothing may follow the closing quote",
        () if info.contains("expected node content") => "a value is missing here",
        () => info,
    };
    let at = places.byte(*error.marker()).min(span.end as usize);
    let (start, end) = visible(text, span, at);
    Problem { kind: ProblemKind::Invalid(words.to_owned()), span: Span::new(start, end) }
}

/// One character at `at`, or the last one before it on its line or the lines above when nothing stands there.
pub(crate) fn visible(text: &str, span: Span, at: usize) -> (usize, usize) {
    let here = text.get(at..span.end as usize).and_then(|rest| rest.chars().next());
    if let Some(character) = here.filter(|character| !character.is_whitespace()) {
        return (at, at + character.len_utf8());
    }
    let before = text.get(span.start as usize..at).unwrap_or_default().trim_end();
    let end = span.start as usize + before.len();
    before.chars().next_back().map_or((at, at), |last| (end - last.len_utf8(), end))
}

#[cfg(test)]
pub(crate) mod tests;
