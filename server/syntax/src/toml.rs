//! TOML as the tree of [`yaml`](crate::yaml): the same nodes, spans and problems, so that what is said of a key or a value
//! is said once for all formats.
//!
//! `toml_parser` tells tokens, places and errors; this module joins tables. A table is one map even where its parts lie
//! apart; its place covers all of them, from the first header to the last value. What cannot be joined (a table or key that
//! is there already, a table under a number) is an entry of its own, reported as a key that its map has already.

use crate::yaml::{self, DEPTH_LIMIT, Document, Entry, Kind, Node, Problem, ProblemKind, Scalar, Style};
use std::collections::HashMap;
use text::{Span, Spanned};
use toml_parser::decoder::Encoding;
use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Source};

/// Reads `text[span]` as a TOML document. All spans are byte offsets into `text`.
pub fn read(text: &str, span: Span) -> Document {
    let source = Source::new(span.of(text));
    let tokens = source.lex().into_vec();
    let mut tree = Tree::new(text, span, source);
    let mut errors = Vec::new();
    for part in parts(source, &tokens) {
        let mut checked = ValidateWhitespace::new(&mut tree, source);
        parse_document(part, &mut checked, &mut errors);
        tree.end_line();
        tree.frames.clear();
    }
    let mut problems = std::mem::take(&mut tree.problems);
    problems.extend(errors.iter().map(|error| explain(error, text, span)));
    let root = tree.node(0);
    yaml::report_duplicate_keys(&root, &mut problems);
    problems.sort_by_key(|problem| problem.span);
    problems.dedup();
    let valid = problems.iter().all(|problem| problem.kind == ProblemKind::TooDeep);
    Document { root, problems, valid }
}

/// The tokens in parts that are read one after another: all of them, or where that is not TOML, each table for itself, and
/// in a table that is not TOML, each line that starts an entry. So a bracket that is still open does not swallow the rest.
fn parts<'t>(source: Source<'_>, tokens: &'t [Token]) -> Vec<&'t [Token]> {
    let fails = |part: &[Token]| {
        let mut error: Option<ParseError> = None;
        parse_document(part, &mut RecursionGuard::new(&mut (), DEPTH_LIMIT as u32), &mut error);
        error.is_some()
    };
    if !fails(tokens) {
        return vec![tokens];
    }
    let mut parts = Vec::new();
    for table in split(source, tokens, starts_table) {
        if fails(table) {
            parts.extend(split(source, table, starts_entry));
        } else {
            parts.push(table);
        }
    }
    parts
}

/// Cuts before each line whose tokens are such.
fn split<'t>(source: Source<'_>, tokens: &'t [Token], starts: fn(Source<'_>, &[Token]) -> bool) -> Vec<&'t [Token]> {
    let mut parts = Vec::new();
    let mut from = 0;
    for at in 1..tokens.len() {
        if tokens[at - 1].kind() == TokenKind::Newline && starts(source, &tokens[at..]) {
            parts.push(&tokens[from..at]);
            from = at;
        }
    }
    parts.push(&tokens[from..]);
    parts
}

/// `[name` or `[[name` at the start of a line, which no list of values has.
fn starts_table(source: Source<'_>, line: &[Token]) -> bool {
    let mut rest = line.iter().skip_while(|token| token.kind() == TokenKind::Whitespace).peekable();
    let mut brackets = 0;
    while rest.next_if(|token| token.kind() == TokenKind::LeftSquareBracket).is_some() {
        brackets += 1;
    }
    let word = |token: &&Token| {
        let word = source.get(*token).map_or("", |raw| raw.as_str());
        token.kind() == TokenKind::Atom
            && word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && !matches!(word, "true" | "false" | "inf" | "nan")
    };
    (1..=2).contains(&brackets) && rest.next().is_some_and(|token| word(&token))
}

/// `key =` or `key.key =` at the start of a line, or a table.
fn starts_entry(source: Source<'_>, line: &[Token]) -> bool {
    let mut rest = line.iter().filter(|token| token.kind() != TokenKind::Whitespace);
    let key = |token: &Token| {
        matches!(token.kind(), TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString | TokenKind::Dot)
    };
    let named = line.iter().find(|token| token.kind() != TokenKind::Whitespace).is_some_and(key);
    named && rest.find(|token| !key(token)).is_some_and(|token| token.kind() == TokenKind::Equals)
        || starts_table(source, line)
}

/// What is wrong at its place, in words for a person who writes TOML.
fn explain(error: &ParseError, text: &str, span: Span) -> Problem {
    let place = error.unexpected().or(error.context()).unwrap_or_default();
    let place = Span::new(place.start(), place.end().max(place.start())).shifted(span.start as usize);
    let description = error.description();
    let mut words = description.to_owned();
    let mut at = place;
    let context = error.context().map(|context| Span::new(context.start(), context.end()).shifted(span.start as usize));
    // what is missing behind a word is said at the word
    if let Some(word) = context.filter(|word| place.is_empty() && word.end == place.start && !word.is_empty()) {
        at = word;
    }
    if let (Some(opened), true) = (error.context(), description.starts_with("unclosed ")) {
        at = Span::new(opened.start(), opened.start() + 1).shifted(span.start as usize);
        words = format!("this `{}` is not closed", at.of(text));
    }
    if at.is_empty() || at.of(text).trim().is_empty() {
        let (start, end) = yaml::visible(text, span, at.start as usize);
        at = Span::new(start, end);
    }
    Problem { kind: ProblemKind::Invalid(words), span: at }
}

/// How a table came to be: what may still be added to it depends on that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A header below it: `a` of `[a.b]`.
    Implied,
    /// Its own header, or an item of `[[a]]`.
    Header,
    /// A dotted key: `a` of `a.b = 1`.
    Dotted,
    /// `{ … }`.
    Inline,
}

struct Table {
    origin: Origin,
    /// Where its header stands; empty where it has none.
    span: Option<Span>,
    entries: Vec<(Spanned<String>, Value)>,
    /// Of each key, the entry that came last.
    index: HashMap<String, usize>,
    depth: usize,
}

enum Value {
    Leaf(Node),
    /// A table, by its number.
    Table(usize),
    /// `[[a]]`, by the numbers of its tables.
    Tables(Vec<usize>),
    List(Span, Vec<Value>),
}

/// A value in brackets that is still open.
enum Frame {
    List {
        start: usize,
        items: Vec<Value>,
    },
    Table {
        start: usize,
        table: usize,
        key: Vec<Spanned<String>>,
    },
    /// Too deep: what is in it was left out.
    Skipped,
}

/// A header that is being read: where it starts, whether it has two brackets, its keys so far.
struct Header {
    span: Span,
    is_item: bool,
    keys: Vec<Spanned<String>>,
}

struct Tree<'t> {
    text: &'t str,
    span: Span,
    source: Source<'t>,
    tables: Vec<Table>,
    /// The table that entries belong to, below its header.
    current: usize,
    header: Option<Header>,
    /// The key of the entry that is being read.
    key: Vec<Spanned<String>>,
    frames: Vec<Frame>,
    problems: Vec<Problem>,
}

impl<'t> Tree<'t> {
    fn new(text: &'t str, span: Span, source: Source<'t>) -> Tree<'t> {
        let mut tree = Tree {
            text,
            span,
            source,
            tables: Vec::new(),
            current: 0,
            header: None,
            key: Vec::new(),
            frames: Vec::new(),
            problems: Vec::new(),
        };
        tree.table(Origin::Header, None, 0);
        tree
    }

    fn place(&self, span: toml_parser::Span) -> Span {
        Span::new(span.start(), span.end().max(span.start())).shifted(self.span.start as usize)
    }

    fn table(&mut self, origin: Origin, span: Option<Span>, depth: usize) -> usize {
        self.tables.push(Table { origin, span, entries: Vec::new(), index: HashMap::new(), depth });
        self.tables.len() - 1
    }

    fn add(&mut self, table: usize, key: Spanned<String>, value: Value) {
        let table = &mut self.tables[table];
        table.index.insert(key.value.clone(), table.entries.len());
        table.entries.push((key, value));
    }

    /// The table that `keys` lead to from `table`; those that are not there yet are made.
    fn descend(&mut self, mut table: usize, keys: &[Spanned<String>], origin: Origin) -> Option<usize> {
        for key in keys {
            let known = self.tables[table].index.get(&key.value).map(|at| &self.tables[table].entries[*at].1);
            let may_enter = |known: &&usize| match self.tables[**known].origin {
                Origin::Inline => false,
                Origin::Header => origin == Origin::Implied,
                Origin::Implied | Origin::Dotted => true,
            };
            let known = match known {
                Some(Value::Table(known)) => Some(known).filter(may_enter).copied(),
                Some(Value::Tables(items)) if origin == Origin::Implied => items.last().copied(),
                _ => None,
            };
            table = match known {
                Some(known) => known,
                None => self.make(table, key, origin, None)?,
            };
        }
        Some(table)
    }

    /// A new table as entry `key` of `table`; nothing where that would be too deep.
    fn make(&mut self, table: usize, key: &Spanned<String>, origin: Origin, span: Option<Span>) -> Option<usize> {
        let depth = self.tables[table].depth + 1;
        if self.is_too_deep(depth, key.span) {
            return None;
        }
        let made = self.table(origin, span, depth);
        self.add(table, key.clone(), Value::Table(made));
        Some(made)
    }

    fn is_too_deep(&mut self, depth: usize, span: Span) -> bool {
        let deep = depth > DEPTH_LIMIT;
        if deep {
            self.problems.push(Problem { kind: ProblemKind::TooDeep, span });
        }
        deep
    }

    /// A header is complete: the entries that follow belong to its table.
    fn open_table(&mut self, header: &Header) {
        let Some((key, path)) = header.keys.split_last() else { return };
        self.current = match self.descend(0, path, Origin::Implied) {
            Some(parent) if header.is_item => self.open_item(parent, key, header.span),
            Some(parent) => self.open_map(parent, key, header.span),
            None => None,
        }
        // what stands in a table that is too deep goes into one that nobody sees
        .unwrap_or_else(|| self.table(Origin::Header, None, 0));
    }

    fn open_map(&mut self, parent: usize, key: &Spanned<String>, span: Span) -> Option<usize> {
        let known = self.tables[parent].index.get(&key.value).map(|at| &self.tables[parent].entries[*at].1);
        if let Some(Value::Table(known)) = known
            && self.tables[*known].origin == Origin::Implied
        {
            let known = *known;
            self.tables[known].origin = Origin::Header;
            self.tables[known].span = Some(span);
            return Some(known);
        }
        self.make(parent, key, Origin::Header, Some(span))
    }

    fn open_item(&mut self, parent: usize, key: &Spanned<String>, span: Span) -> Option<usize> {
        let depth = self.tables[parent].depth + 2;
        if self.is_too_deep(depth, key.span) {
            return None;
        }
        let made = self.table(Origin::Header, Some(span), depth);
        let at = self.tables[parent].index.get(&key.value).copied();
        match at.map(|at| &mut self.tables[parent].entries[at].1) {
            Some(Value::Tables(items)) => items.push(made),
            _ => self.add(parent, key.clone(), Value::Tables(vec![made])),
        }
        Some(made)
    }

    /// What a line left open ends with it, except in brackets, which go on over lines.
    fn end_line(&mut self) {
        if let Some(header) = self.header.take() {
            self.open_table(&header);
        }
        if self.frames.is_empty() {
            self.key.clear();
        }
    }

    /// A value is complete: it goes into the innermost bracket, else it is that of the key before.
    fn put(&mut self, value: Value) {
        let (table, key) = match self.frames.last_mut() {
            Some(Frame::Skipped) => return,
            Some(Frame::List { items, .. }) => return items.push(value),
            Some(Frame::Table { table, key, .. }) => (*table, std::mem::take(key)),
            None => (self.current, std::mem::take(&mut self.key)),
        };
        let Some((key, path)) = key.split_last() else { return };
        if let Some(table) = self.descend(table, path, Origin::Dotted) {
            self.add(table, key.clone(), value);
        }
    }

    /// How deep the value that starts here would lie.
    fn depth(&self) -> usize {
        let keys = |key: &[Spanned<String>]| key.len().saturating_sub(1);
        let inside = self.frames.iter().map(|frame| match frame {
            Frame::Table { key, .. } => 1 + keys(key),
            _ => 1,
        });
        self.tables[self.current].depth + keys(&self.key) + inside.sum::<usize>()
    }

    fn node(&self, table: usize) -> Node {
        let table = &self.tables[table];
        let mut span = table.span;
        let mut entries = Vec::with_capacity(table.entries.len());
        for (key, value) in &table.entries {
            let value = self.value(value, key.span);
            let place = key.span.cover(value.span);
            span = Some(span.map_or(place, |span| span.cover(place)));
            entries.push(Entry { key: key.clone(), value });
        }
        Node { span: span.unwrap_or(Span::empty(self.span.start as usize)), kind: Kind::Map(entries) }
    }

    fn value(&self, value: &Value, key: Span) -> Node {
        match value {
            Value::Leaf(node) => node.clone(),
            Value::Table(table) => self.node(*table),
            Value::Tables(tables) => {
                let items: Vec<Node> = tables.iter().map(|table| self.node(*table)).collect();
                let span = items.iter().map(|item| item.span).reduce(Span::cover);
                Node { span: span.unwrap_or(key), kind: Kind::Seq(items) }
            }
            Value::List(span, items) => {
                Node { span: *span, kind: Kind::Seq(items.iter().map(|item| self.value(item, key)).collect()) }
            }
        }
    }
}

impl EventReceiver for Tree<'_> {
    fn std_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.end_line();
        self.header = Some(Header { span: self.place(span), is_item: false, keys: Vec::new() });
    }

    fn array_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.end_line();
        self.header = Some(Header { span: self.place(span), is_item: true, keys: Vec::new() });
    }

    fn std_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        let end = self.place(span);
        if let Some(header) = &mut self.header {
            header.span = header.span.cover(end);
        }
        self.end_line();
    }

    fn array_table_close(&mut self, span: toml_parser::Span, error: &mut dyn ErrorSink) {
        self.std_table_close(span, error);
    }

    fn simple_key(&mut self, span: toml_parser::Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = String::new();
        let raw = self.source.get(span).map(|raw| raw.as_str()).unwrap_or_default();
        toml_parser::Raw::new_unchecked(raw, encoding, span).decode_key(&mut key, error);
        let key = Spanned::new(key, self.place(span));
        match (&mut self.header, self.frames.last_mut()) {
            (Some(header), _) => {
                header.span = header.span.cover(key.span);
                header.keys.push(key);
            }
            (None, Some(Frame::Table { key: keys, .. })) => keys.push(key),
            (None, Some(_)) => {}
            (None, None) => self.key.push(key),
        }
    }

    fn scalar(&mut self, span: toml_parser::Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let place = self.place(span);
        let raw = self.source.get(span).map(|raw| raw.as_str()).unwrap_or_default();
        if raw.is_empty() {
            let missing = ParseError::new("a value is missing here").with_unexpected(span);
            error.report_error(missing);
            return self.put(Value::Leaf(Node::null(place.start as usize)));
        }
        let mut decoded = String::new();
        // `decode_scalar` tells what a number is, which stays as it is written
        let _ = toml_parser::Raw::new_unchecked(raw, encoding, span).decode_scalar(&mut decoded, error);
        let (style, value) = match encoding {
            None => (Style::Plain, place.of(self.text).to_owned()),
            Some(Encoding::BasicString) => (Style::Double, decoded),
            Some(Encoding::LiteralString) => (Style::Single, decoded),
            Some(Encoding::MlBasicString | Encoding::MlLiteralString) => (Style::Block, decoded),
        };
        self.put(Value::Leaf(Node { span: place, kind: Kind::Scalar(Scalar { value, style }) }));
    }

    fn array_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        let place = self.place(span);
        let deep = self.is_too_deep(self.depth() + 1, place);
        let open = Frame::List { start: place.start as usize, items: Vec::new() };
        self.frames.push(if deep { Frame::Skipped } else { open });
        !deep
    }

    fn array_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        let end = self.place(span).end as usize;
        if let Some(Frame::List { start, items }) = self.frames.pop() {
            self.put(Value::List(Span::new(start, end.max(start)), items));
        }
    }

    fn inline_table_open(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        let place = self.place(span);
        let depth = self.depth() + 1;
        if self.is_too_deep(depth, place) {
            self.frames.push(Frame::Skipped);
            return false;
        }
        let table = self.table(Origin::Inline, Some(place), depth);
        self.frames.push(Frame::Table { start: place.start as usize, table, key: Vec::new() });
        true
    }

    fn inline_table_close(&mut self, span: toml_parser::Span, _: &mut dyn ErrorSink) {
        let end = self.place(span).end as usize;
        if let Some(Frame::Table { start, table, .. }) = self.frames.pop() {
            self.tables[table].span = Some(Span::new(start, end.max(start)));
            self.put(Value::Table(table));
        }
    }

    fn value_sep(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        if let Some(Frame::Table { key, .. }) = self.frames.last_mut() {
            key.clear();
        }
    }

    fn newline(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.end_line();
    }
}

#[cfg(test)]
mod tests;
