//! The cursor in TOML: below which header it stands, and on which side of the `=`.

use super::{Found, Owner, Place, Walker, others};
use crate::schema::{MapKind, Value};
use syntax::yaml::{Kind, Node};
use text::{Span, Spanned};

/// What keys lead to: what may stand there, whose it is, and what does.
type Reached<'n> = (Value, Owner, Option<&'n Node>);

impl Walker<'_> {
    pub(super) fn toml(&mut self, root: &Node, map: MapKind) -> Found {
        let mut wide = Vec::new();
        over_lines(self.text, root, &mut wide);
        let cursor_line = self.line_start(self.offset);
        let holds = |span: &&Span| (span.start as usize) < cursor_line && self.offset <= span.end as usize;
        let start = wide.iter().find(holds).map_or(cursor_line, |span| self.line_start(span.start as usize));
        let line = self.text[start..].lines().next().unwrap_or_default();
        if start == cursor_line && line.trim_start().starts_with('[') {
            return self.header(root, map, start, line);
        }
        let header = self.header_above(start, &wide);
        let equals = outside_quotes(line, '=').map(|at| start + at).filter(|at| *at < self.offset);
        let own = segments(&line[..equals.map_or(line.len(), |at| at - start)], start);
        match equals {
            Some(_) => {
                let keys: Vec<_> = header.iter().chain(&own).cloned().collect();
                let (value, owner, node) = self.reach(root, map, &keys)?;
                if let Some(node) = node.filter(|node| !node.is_null() && node.span.touches(self.offset)) {
                    return self.descend(node, value, owner);
                }
                let (map, key) = owner?;
                Some((Place::Value { map, key, value, present: Vec::new() }, self.word()))
            }
            None => self.own_key(root, map, header, &own),
        }
    }

    /// A key before its `=`, of which parts may stand before dots.
    fn own_key(
        &mut self,
        root: &Node,
        map: MapKind,
        mut header: Vec<Spanned<String>>,
        own: &[Spanned<String>],
    ) -> Found {
        let span = self.segment();
        let lead = &self.text[self.line_start(self.offset)..span.start as usize];
        if !lead.trim().is_empty() && !lead.trim_end().ends_with('.') {
            return None;
        }
        header.extend(own.iter().filter(|part| part.span.end < span.start).cloned());
        let (value, _, node) = self.reach(root, map, &header)?;
        let (value, node) = self.enter(value, node);
        let entries = node.map(Node::entries).unwrap_or_default();
        let written = entries.iter().find(|entry| entry.key.span.touches(self.offset));
        match value {
            Value::Map(map) | Value::MapOr(map, _) => {
                let key = written.and_then(|entry| map.key(&entry.key.value));
                Some((Place::Key { map, key, present: others(entries, written) }, span))
            }
            Value::Table(inner) => Some((Place::FreeKey { value: inner }, span)),
            _ => None,
        }
    }

    /// The name of a table, between its brackets.
    fn header(&mut self, root: &Node, map: MapKind, start: usize, line: &str) -> Found {
        let span = self.segment();
        let all = names(line, start);
        let before: Vec<_> = all.into_iter().filter(|part| part.span.end < span.start).collect();
        let (value, _, node) = self.reach(root, map, &before)?;
        let (value, node) = self.enter(value, node);
        let (Value::Map(map) | Value::MapOr(map, _)) = value else { return None };
        let entries = node.map(Node::entries).unwrap_or_default();
        let present = entries.iter().filter(|entry| !matches!(entry.value.kind, Kind::Seq(_)));
        let present = present.map(|entry| entry.key.value.clone()).filter(|name| name != span.of(self.text));
        Some((Place::Key { map, key: map.key(span.of(self.text)), present: present.collect() }, span))
    }

    /// The names of the last header above a place.
    fn header_above(&self, before: usize, wide: &[Span]) -> Vec<Spanned<String>> {
        let mut at = before;
        while at > 0 {
            let start = self.line_start(at - 1);
            let line = self.text[start..at].trim_end();
            let inside = wide.iter().any(|span| (span.start as usize) < start && start < span.end as usize);
            if line.trim_start().starts_with('[') && !inside {
                return names(line, start);
            }
            at = start;
        }
        Vec::new()
    }

    /// Follows keys down from the root; of tables in a list the last one above the cursor is meant.
    fn reach<'n>(&mut self, root: &'n Node, map: MapKind, keys: &[Spanned<String>]) -> Option<Reached<'n>> {
        let (mut value, mut owner, mut node) = (Value::Map(map), None, Some(root));
        self.path.clear();
        for name in keys {
            (value, node) = self.enter(value, node);
            match value {
                Value::Map(map) | Value::MapOr(map, _) => {
                    let key = map.key(&name.value)?;
                    (value, owner) = (key.value, Some((map, key)));
                }
                Value::Table(inner) => value = *inner,
                _ => return None,
            }
            node = node.and_then(|node| node.get(&name.value));
            self.path.push(name.value.clone());
        }
        Some((value, owner, node))
    }

    fn enter<'n>(&self, value: Value, node: Option<&'n Node>) -> (Value, Option<&'n Node>) {
        match (value, node.map(|node| (&node.kind, node))) {
            (Value::List(inner) | Value::OneOrMore(inner), Some((Kind::Seq(items), _))) => {
                let above = |item: &&Node| item.span.start as usize <= self.offset;
                (*inner, items.iter().rev().find(above))
            }
            (Value::List(inner) | Value::OneOrMore(inner), other) => (*inner, other.map(|(_, node)| node)),
            (value, other) => (value, other.map(|(_, node)| node)),
        }
    }

    /// The part of a dotted key that the cursor touches.
    fn segment(&self) -> Span {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let bytes = self.text.as_bytes();
        let before = bytes[..self.offset].iter().rev().take_while(|byte| is_part(byte)).count();
        let after = bytes[self.offset..].iter().take_while(|byte| is_part(byte)).count();
        Span::new(self.offset - before, self.offset + after)
    }
}

/// The names in the brackets of a header.
fn names(line: &str, start: usize) -> Vec<Spanned<String>> {
    let lead = line.len() - line.trim_start_matches([' ', '\t', '[']).len();
    let inner = &line[lead..];
    segments(&inner[..inner.find(']').unwrap_or(inner.len())], start + lead)
}

/// The parts of a dotted key.
fn segments(key: &str, start: usize) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in key.split('.') {
        let name = part.trim().trim_matches(['"', '\'']);
        if let Some(offset) = part.find(name).filter(|_| !name.is_empty()) {
            let from = start + at + offset;
            found.push(Spanned::new(name.to_owned(), Span::new(from, from + name.len())));
        }
        at += part.len() + 1;
    }
    found
}

/// Where a character stands first that is in no quotes.
fn outside_quotes(line: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    line.char_indices().find_map(|(at, letter)| {
        match quote {
            Some(open) if open == letter => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None if letter == wanted => return Some(at),
            _ => {}
        }
        None
    })
}

/// Strings, lists and tables in braces that go over lines. What a header began is none of them.
fn over_lines(text: &str, node: &Node, found: &mut Vec<Span>) {
    let source = node.span.of(text);
    let is_value = matches!(node.kind, Kind::Scalar(_))
        || source.starts_with('{')
        || source.starts_with('[') && source.ends_with(']') && !is_header(text, node.span);
    if is_value {
        if source.contains('\n') {
            found.push(node.span);
        }
        return;
    }
    node.entries().iter().for_each(|entry| over_lines(text, &entry.value, found));
    node.items().iter().for_each(|item| over_lines(text, item, found));
}

/// True when nothing but white space stands before it on its line.
fn is_header(text: &str, span: Span) -> bool {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    text[start..span.start as usize].trim().is_empty()
}
