//! Formatting of our own YAML: front matter and the configuration. Indentation by two, one space behind a colon and a dash,
//! keys in the order of their tables, versions in quotes. What a person laid out on purpose stays: comments with their key,
//! blank lines, flow maps, block texts and the body. Broken YAML is left alone, with one exception: a description that
//! holds `: ` gets the quotes that it lacks.
//!
//! The lines are taken apart along the tree and put together again, one for one. Whatever comes out is read again, and
//! where it does not say the same as before, nothing is changed.

use crate::diagnostic::TextEdit;

use spec::schema::{MapKind, Value};
use spec::{ProblemKind, SpecFile, values};
use std::ops::Range;
use syntax::yaml::{self, Document, Entry, Kind, Node, Style};
use text::Span;

/// One step of indentation.
const STEP: usize = 2;

/// The edits that format a file; with `range`, only the entries of the outermost map that it touches, which then stay
/// where they are. Nothing for files of others and for what cannot be read.
pub fn format(file: &SpecFile, range: Option<Span>) -> Vec<TextEdit> {
    let (Some(map), Some(text)) = (file.kind.map(), file.text()) else { return Vec::new() };
    let unsure = |kind: &ProblemKind| {
        matches!(kind, ProblemKind::FrontMatterMissing | ProblemKind::FrontMatterUnclosed | ProblemKind::TooLarge(_))
    };
    if file.problems.iter().any(|problem| unsure(&problem.kind)) {
        return Vec::new();
    }
    let yaml = file.yaml();
    let old = Lines::of(text, yaml);
    let Some(new) = formatted(&old, map, range.is_none()) else { return Vec::new() };
    let touched = |at: usize| range.is_none_or(|range| old.group(at).is_some_and(|group| old.touch(&group, range)));
    let changed = (0..old.rows.len()).filter(|at| old.rows[*at] != new[*at] && touched(*at));
    changed.map(|at| edit(old.starts[at], old.rows[at], &new[at])).collect()
}

/// The edit that turns the line at `start` into another one: only what differs.
fn edit(start: usize, old: &str, new: &str) -> TextEdit {
    let same = |(a, b): &(char, char)| a == b;
    let before: usize = old.chars().zip(new.chars()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    let rest = old[before..].chars().rev().zip(new[before..].chars().rev()).take_while(same);
    let after: usize = rest.map(|(letter, _)| letter.len_utf8()).sum();
    let span = Span::new(start + before, start + old.len() - after);
    TextEdit { span, text: new[before..new.len() - after].to_owned() }
}

/// The lines of a part of a text.
struct Lines<'t> {
    rows: Vec<&'t str>,
    /// Where each begins in the whole text.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, part: Span) -> Lines<'t> {
        let mut lines = Lines { rows: Vec::new(), starts: Vec::new() };
        let mut at = part.start as usize;
        for row in part.of(text).split_inclusive('\n') {
            lines.rows.push(row.trim_end_matches(['\n', '\r']));
            lines.starts.push(at);
            at += row.len();
        }
        lines
    }

    /// The lines of the outermost entry that a line is part of: from one that begins at the margin to the next.
    fn group(&self, at: usize) -> Option<Range<usize>> {
        let begins = |row: &&str| !row.is_empty() && !row.starts_with([' ', '\t', '#', '-', '}', ']']);
        let start = (0..=at).rev().find(|at| begins(&self.rows[*at])).unwrap_or(0);
        let end = (at + 1..self.rows.len()).find(|at| begins(&self.rows[*at])).unwrap_or(self.rows.len());
        (start <= at).then_some(start..end)
    }

    fn touch(&self, group: &Range<usize>, range: Span) -> bool {
        let Some(last) = group.end.checked_sub(1) else { return false };
        let end = self.starts[last] + self.rows[last].len();
        self.starts[group.start] <= range.end as usize && range.start as usize <= end
    }
}

/// The lines as they should be, one for each old one; `None` where there is nothing to format.
fn formatted(old: &Lines<'_>, map: MapKind, order: bool) -> Option<Vec<String>> {
    // A lone carriage return is a line end to YAML and to nobody's eye.
    if old.rows.iter().any(|row| row.contains('\r')) {
        return None;
    }
    let joined = |rows: &mut dyn Iterator<Item = &str>| rows.fold(String::new(), |all, row| all + row + "\n");
    let (source, before) = readable(joined(&mut old.rows.iter().copied()), map)?;
    let rows: Vec<&str> = source.split_terminator('\n').collect();
    let writer = Writer { source: &source, rows, starts: starts(&source), order };
    let new = writer.document(&before.root, map)?;
    if new.len() != old.rows.len() {
        return None;
    }
    let text = joined(&mut new.iter().map(String::as_str));
    let after = yaml::read(&text, Span::new(0, text.len()));
    let holds = after.valid && after.problems.is_empty() && same(&before.root, &after.root);
    (holds && letters(old.rows.iter().copied()) == letters(new.iter().map(String::as_str))).then_some(new)
}

fn starts(source: &str) -> Vec<usize> {
    std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// All letters but spaces and quotes, counted: no line may lose one, comments included.
fn letters<'r>(rows: impl Iterator<Item = &'r str>) -> std::collections::BTreeMap<char, usize> {
    let mut found = std::collections::BTreeMap::new();
    for letter in rows.flat_map(str::chars).filter(|letter| !letter.is_whitespace() && !matches!(letter, '"' | '\\')) {
        *found.entry(letter).or_default() += 1;
    }
    found
}

/// True when both say the same. The order of keys says nothing.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Map(a), Kind::Map(b)) => {
            let find = |key: &str| b.iter().find(|entry| entry.key.value == key);
            a.len() == b.len()
                && a.iter().all(|entry| find(&entry.key.value).is_some_and(|other| same(&entry.value, &other.value)))
        }
        (Kind::Seq(a), Kind::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Scalar(a), Kind::Scalar(b)) => a.value == b.value,
        (Kind::Null, Kind::Null) => true,
        _ => false,
    }
}

/// The YAML with what it says, when nothing is wrong with it or quotes around a description are all that is missing.
fn readable(source: String, map: MapKind) -> Option<(String, Document)> {
    let whole = |source: &str| Span::new(0, source.len());
    let fine = |document: &Document| document.valid && document.problems.is_empty();
    let document = yaml::read(&source, whole(&source));
    if fine(&document) {
        return Some((source, document));
    }
    if document.valid {
        return None;
    }
    let mut quoted = source.clone();
    for entry in document.root.entries().iter().rev() {
        let is_text = map.key(&entry.key.value).is_some_and(|key| key.value == Value::Text);
        let words = entry.value.span.of(&source);
        let bare =
            matches!(&entry.value.kind, Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.value == words);
        if is_text && bare && (words.contains(": ") || words.ends_with(':')) && !words.contains(" #") {
            let escaped = words.replace('\\', "\\\\").replace('"', "\\\"");
            quoted.replace_range(entry.value.span.range(), &format!("\"{escaped}\""));
        }
    }
    let mended = yaml::read(&quoted, whole(&quoted));
    (fine(&mended) && same(&document.root, &mended.root)).then_some((quoted, mended))
}

struct Writer<'t> {
    source: &'t str,
    rows: Vec<&'t str>,
    starts: Vec<usize>,
    /// Whether keys may be put in order.
    order: bool,
}

/// An entry of a map or an item of a list while it is moved.
struct Chunk {
    /// Comments and blank lines above it.
    above: Vec<String>,
    rows: Vec<String>,
}

impl Writer<'_> {
    fn row_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset as usize) - 1
    }

    fn column(&self, offset: u32) -> usize {
        offset as usize - self.starts[self.row_of(offset)]
    }

    fn indent(&self, row: usize) -> usize {
        let row = self.rows[row];
        row.len() - row.trim_start_matches(' ').len()
    }

    fn is_blank(&self, row: usize) -> bool {
        self.rows[row].trim().is_empty()
    }

    fn is_comment(&self, row: usize) -> bool {
        self.rows[row].trim_start().starts_with('#')
    }

    /// The last row that a node has something on.
    fn last_row(&self, node: &Node, from: usize, parent: usize) -> usize {
        if let Kind::Scalar(scalar) = &node.kind
            && scalar.style == Style::Block
        {
            // Everything deeper than what it belongs to; blank lines at its end may belong to it and stay with it.
            let belongs = |row: &usize| self.is_blank(*row) || self.indent(*row) > parent;
            let mut last = (from + 1..self.rows.len()).take_while(belongs).last().unwrap_or(from);
            let keeps = self.rows[from].contains('+');
            while last > from && self.is_blank(last) && !keeps {
                last -= 1;
            }
            return last;
        }
        match &node.kind {
            Kind::Map(entries) if !self.is_flow(node) => entries.last().map_or(from, |entry| {
                let row = self.row_of(entry.key.span.start);
                self.last_row(&entry.value, row, self.column(entry.key.span.start)).max(row)
            }),
            Kind::Seq(items) if !self.is_flow(node) => {
                self.dashes(node, items).and_then(|dashes| dashes.last().map(|(_, last)| *last)).unwrap_or(from)
            }
            _ if node.span.is_empty() => from,
            _ => self.row_of(node.span.end.saturating_sub(1).max(node.span.start)).max(from),
        }
    }

    /// The rows in which the items of a block list begin and end.
    fn dashes(&self, node: &Node, items: &[Node]) -> Option<Vec<(usize, usize)>> {
        let column = self.column(node.span.start);
        let mut found: Vec<(usize, usize)> = Vec::new();
        for item in items {
            let dash = match found.last() {
                // The first may stand behind another dash.
                None => self.row_of(node.span.start),
                Some((_, last)) => (last + 1..self.rows.len()).find(|row| self.dash(*row) == Some(column))?,
            };
            found.push((dash, self.last_row(item, dash, column)));
        }
        Some(found)
    }

    fn is_flow(&self, node: &Node) -> bool {
        matches!(self.source.as_bytes().get(node.span.start as usize), Some(b'[' | b'{'))
    }

    fn is_block(&self, node: &Node) -> bool {
        matches!(&node.kind, Kind::Map(entries) if !entries.is_empty()) && !self.is_flow(node)
            || matches!(&node.kind, Kind::Seq(items) if !items.is_empty()) && !self.is_flow(node)
    }

    fn document(&self, root: &Node, map: MapKind) -> Option<Vec<String>> {
        let Kind::Map(entries) = &root.kind else { return None };
        if !self.is_block(root) {
            return None;
        }
        self.map(entries, Value::Map(map), 0..self.rows.len(), 0)
    }

    /// Comments and blank lines at their new margin; `None` when something else stands among them.
    fn between(&self, rows: Range<usize>, column: usize) -> Option<Vec<String>> {
        let row = |row: usize| match () {
            () if self.is_blank(row) => Some(String::new()),
            () if self.is_comment(row) => Some(format!("{}{}", " ".repeat(column), self.rows[row].trim())),
            // Marks of a document stand at the margin of the outermost map.
            () if column == 0 && matches!(self.rows[row].trim_end(), "---" | "...") => {
                Some(self.rows[row].trim_end().to_owned())
            }
            () => None,
        };
        rows.map(row).collect()
    }

    /// Where what follows an element begins: comments deeper than `column` still belong to a block above them.
    fn end_of(&self, node: &Node, last: usize, next: usize, column: usize) -> usize {
        if !self.is_block(node) {
            return last + 1;
        }
        let deeper = |row: &usize| self.is_comment(*row) && self.indent(*row) > column;
        (last + 1..next).rev().find(deeper).map_or(last + 1, |row| row + 1)
    }

    fn map(&self, entries: &[Entry], value: Value, rows: Range<usize>, column: usize) -> Option<Vec<String>> {
        let old = self.column(entries.first()?.key.span.start);
        let keys: Vec<usize> = entries.iter().map(|entry| self.row_of(entry.key.span.start)).collect();
        if keys.windows(2).any(|pair| pair[0] >= pair[1]) {
            return None;
        }
        let mut chunks = Vec::new();
        let mut from = rows.start;
        for (index, entry) in entries.iter().enumerate() {
            let next = keys.get(index + 1).copied().unwrap_or(rows.end);
            let last = self.last_row(&entry.value, keys[index], old);
            if self.column(entry.key.span.start) != old || last >= next {
                return None;
            }
            let end = self.end_of(&entry.value, last, next, old);
            let inner = match value {
                Value::Map(map) | Value::MapOr(map, _) => map.key(&entry.key.value).map_or(Value::Any, |key| key.value),
                Value::Table(inner) => *inner,
                _ => Value::Any,
            };
            let above = self.between(from..keys[index], column)?;
            chunks.push(Chunk { above, rows: self.entry(entry, inner, keys[index]..end, column)? });
            from = end;
        }
        let below = self.between(from..rows.end, column)?;
        if let Value::Map(map) | Value::MapOr(map, _) = value
            && self.order
        {
            in_order(&mut chunks, entries, map, self.dash(keys[0]).is_some());
        }
        Some(chunks.into_iter().flat_map(|chunk| [chunk.above, chunk.rows]).flatten().chain(below).collect())
    }

    /// `key: value` with all its lines.
    fn entry(&self, entry: &Entry, value: Value, rows: Range<usize>, column: usize) -> Option<Vec<String>> {
        let key = entry.key.span;
        let old = self.column(key.start);
        let line_end = self.starts[rows.start] + self.rows[rows.start].len();
        let after = self.source.get(key.end as usize..line_end)?;
        let rest = after.trim_start_matches([' ', '\t']).strip_prefix(':')?;
        let head = format!("{}{}:", " ".repeat(column), key.of(self.source));
        if self.is_block(&entry.value) {
            // A list may stand at the margin of its key; one step in is where it is looked for.
            let first = self.first_row(&entry.value);
            if first <= rows.start {
                return None;
            }
            let mut all = vec![head + &self.comment(rest)?];
            all.extend(self.block(&entry.value, value, rows.start + 1..rows.end, column + STEP)?);
            return Some(all);
        }
        let mut all = vec![head + &self.beside(&entry.value, value, rest, line_end)?];
        all.extend(rows.skip(1).map(|row| self.shifted(row, (old, column))));
        Some(all)
    }

    fn first_row(&self, node: &Node) -> usize {
        self.row_of(node.span.start)
    }

    /// What stands behind a colon or a dash where no value does: nothing or a comment, with the distance it has.
    fn comment(&self, rest: &str) -> Option<String> {
        let rest = rest.trim_end();
        (rest.is_empty() || rest.trim_start().starts_with('#')).then(|| rest.replace('\t', " "))
    }

    /// What stands behind a colon or a dash to the end of its line, of a value that is no block: `rest` as it is written.
    fn beside(&self, node: &Node, value: Value, rest: &str, line_end: usize) -> Option<String> {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        match &node.kind {
            // The mark of a block text; the text itself begins below.
            Kind::Scalar(scalar) if scalar.style == Style::Block => Some(format!(" {}", rest.trim())),
            _ if node.span.is_empty() || start >= line_end => self.comment(rest),
            // Where it goes on over more lines, spaces at the end of this one may be a part of it.
            _ if end > line_end => Some(format!(" {}", self.source.get(start..line_end)?)),
            kind => {
                let words = self.source.get(start..end)?;
                let rest = self.comment(self.source.get(end..line_end)?)?;
                let bare = matches!(kind, Kind::Scalar(scalar) if scalar.style == Style::Plain);
                let quote = if bare && value == Value::Version && values::is_version(words) { "\"" } else { "" };
                Some(format!(" {quote}{words}{quote}{rest}"))
            }
        }
    }

    /// A line of a value that goes on: moved as its key was moved, its words left alone.
    fn shifted(&self, row: usize, (old, new): (usize, usize)) -> String {
        let words = self.rows[row];
        let indent = self.indent(row);
        if words.trim().is_empty() && indent <= old || old == new {
            return words.to_owned();
        }
        let moved = (indent + new).saturating_sub(old);
        format!("{}{}", " ".repeat(moved), &words[indent..])
    }

    fn block(&self, node: &Node, value: Value, rows: Range<usize>, column: usize) -> Option<Vec<String>> {
        match &node.kind {
            Kind::Map(entries) => self.map(entries, value, rows, column),
            Kind::Seq(items) => {
                let inner = match value {
                    Value::List(inner) | Value::OneOrMore(inner) => *inner,
                    _ => Value::Any,
                };
                self.list(node, items, inner, rows, column)
            }
            _ => None,
        }
    }

    fn list(
        &self,
        node: &Node,
        items: &[Node],
        value: Value,
        rows: Range<usize>,
        column: usize,
    ) -> Option<Vec<String>> {
        let old = self.column(node.span.start);
        let dashes = self.dashes(node, items)?;
        let mut all = Vec::new();
        let mut from = rows.start;
        for (index, item) in items.iter().enumerate() {
            let (dash, last) = dashes[index];
            let next = dashes.get(index + 1).map_or(rows.end, |(next, _)| *next);
            if last >= next {
                return None;
            }
            let end = self.end_of(item, last, next, old);
            all.extend(self.between(from..dash, column)?);
            all.extend(self.item(item, value, dash..end, (old, column))?);
            from = end;
        }
        all.extend(self.between(from..rows.end, column)?);
        Some(all)
    }

    /// The column of the dash that a row begins with.
    fn dash(&self, row: usize) -> Option<usize> {
        let words = self.rows[row].trim_start_matches(' ');
        (words == "-" || words.starts_with("- ")).then(|| self.indent(row))
    }

    /// `- value` with all its lines.
    fn item(&self, item: &Node, value: Value, rows: Range<usize>, shift: (usize, usize)) -> Option<Vec<String>> {
        let (old, column) = shift;
        let line_start = self.starts[rows.start];
        let line_end = line_start + self.rows[rows.start].len();
        let dash = line_start + old;
        if self.source.as_bytes().get(dash) != Some(&b'-') {
            return None;
        }
        let margin = " ".repeat(column);
        let rest = self.source.get(dash + 1..line_end)?;
        if !self.is_block(item) {
            let mut all = vec![format!("{margin}-{}", self.beside(item, value, rest, line_end)?)];
            all.extend(rows.skip(1).map(|row| self.shifted(row, shift)));
            return Some(all);
        }
        if (item.span.start as usize) < line_end {
            if !self.source.get(dash + 1..item.span.start as usize)?.trim().is_empty() {
                return None;
            }
            let mut all = self.block(item, value, rows, column + STEP)?;
            let first = all.first_mut()?;
            *first = format!("{margin}- {}", first.get(column + STEP..)?);
            return Some(all);
        }
        let mut all = vec![format!("{margin}-{}", self.comment(rest)?)];
        all.extend(self.block(item, value, rows.start + 1..rows.end, column + STEP)?);
        Some(all)
    }
}

/// Puts the entries of a map in the order of its table, keys that are not in it last. A map with blank lines was laid out
/// by a person and stays; so does one with words above its first key, which may be about all of it. Behind a dash there is no
/// room for the comment of a key that would come first.
fn in_order(chunks: &mut [Chunk], entries: &[Entry], map: MapKind, behind_dash: bool) {
    let rank = |entry: &Entry| map.keys().iter().position(|key| key.name == entry.key.value).unwrap_or(usize::MAX);
    let ranks: Vec<usize> = entries.iter().map(rank).collect();
    let mut order: Vec<usize> = (0..chunks.len()).collect();
    order.sort_by_key(|index| ranks[*index]);
    let laid_out = chunks.iter().any(|chunk| chunk.above.iter().any(String::is_empty));
    let moves_first = order.first() != Some(&0);
    let first = order.first().copied().unwrap_or_default();
    let words_first = !chunks[0].above.is_empty() || (behind_dash && !chunks[first].above.is_empty());
    if laid_out || (moves_first && words_first) {
        return;
    }
    let mut slots: Vec<Option<Chunk>> = chunks
        .iter_mut()
        .map(|chunk| Some(Chunk { above: std::mem::take(&mut chunk.above), rows: std::mem::take(&mut chunk.rows) }))
        .collect();
    for (slot, index) in chunks.iter_mut().zip(order) {
        if let Some(chunk) = slots[index].take() {
            *slot = chunk;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FLOW: &str = ".tollgate/workflows/flow.md";
    const CONFIG: &str = ".tollgate/config.yaml";

    fn apply(text: &str, mut edits: Vec<TextEdit>) -> String {
        let mut text = text.to_owned();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.text);
        }
        text
    }

    fn formatted(path: &str, text: &str) -> String {
        apply(text, format(&SpecFile::read(path, text).unwrap(), None))
    }

    #[track_caller]
    fn check(yaml: &str, wanted: &str) {
        let (text, wanted) = (
            format!("---\n{yaml}---\n# Body\n\n-   kept:   x\n"),
            format!("---\n{wanted}---\n# Body\n\n-   kept:   x\n"),
        );
        assert_eq!(formatted(FLOW, &text), wanted);
        assert_eq!(formatted(FLOW, &wanted), wanted, "what is formatted stays");
    }

    #[test]
    fn spaces_indentation_and_quotes() {
        check(
            "schema_version:   1 \nname :  flow\nversion: 1.0.0   # first\nticket:\n    types:   [feature,  bug]\npasses:\n- id:  a\n  needs:\n  -   b\n-   id: b\n    outputs:\n        - {id: o,  path: p}\n",
            "schema_version: 1\nname: flow\nversion: \"1.0.0\"   # first\nticket:\n  types: [feature,  bug]\npasses:\n  - id: a\n    needs:\n      - b\n  - id: b\n    outputs:\n      - {id: o,  path: p}\n",
        );
    }

    #[test]
    fn keys_take_their_order_and_comments_go_along() {
        check(
            "schema_version: 1\n# what it is called\nname: flow\n# the steps\npasses:\n  - agent: worker # who\n    # first\n    gate:\n      on_reject: retry\n      # commands\n      verify:\n        - {id: t, command: x}\n      # end of the gate\n    id: a\ndescription: d\n",
            "schema_version: 1\n# what it is called\nname: flow\ndescription: d\n# the steps\npasses:\n  - id: a\n    agent: worker # who\n    # first\n    gate:\n      # commands\n      verify:\n        - {id: t, command: x}\n      on_reject: retry\n      # end of the gate\n",
        );
    }

    #[test]
    fn what_a_person_laid_out_stays() {
        // blank lines make groups, and words above the first key may be about the whole map
        for kept in [
            "name: flow\n\n# later\nschema_version: 1\n",
            "# about all of it\nname: flow\nschema_version: 1\n",
            "passes:\n  - agent: b\n    # why\n    id: a\n",
            "intent: >-\n  so   that\n\n   it: holds # no comment\n",
            "intent: \"a\n  b\"\npasses: [\n  {id: a,\n     agent: b}\n]\n",
            "x-own:\n  b: 1\n  a: 2\n",
        ] {
            check(kept, kept);
        }
        check("name: flow\n# why\nschema_version: 1\n", "# why\nschema_version: 1\nname: flow\n");
        check("name: flow\nschema_version: 1\nx-own: 1\n", "schema_version: 1\nname: flow\nx-own: 1\n");
        check(
            "passes:\n    - id: a\n      # note\n      run: |\n          a\n            b\n\n",
            "passes:\n  - id: a\n    # note\n    run: |\n        a\n          b\n\n",
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        for broken in [
            "name:   flow\npasses: [\n",
            "name:   flow\nname:  b\n",
            "name:   &a flow\n",
            "- a:   1\n",
            "name:   !x flow\n",
            "",
        ] {
            check(broken, broken);
        }
        for (path, text) in [
            (".claude/agents/a.md", "---\nname:   a\n---\n"),
            (FLOW, "---\nname:   a\n"),
            ("specs/001-x/spec.md", "# Feature Specification: x\n"),
        ] {
            assert_eq!(formatted(path, text), text);
        }
    }

    #[test]
    fn a_description_gets_the_quotes_it_lacks() {
        check(
            "name:  flow\ndescription: Use it when: \"a\" breaks\n",
            "name: flow\ndescription: \"Use it when: \\\"a\\\" breaks\"\n",
        );
        check(
            "name:  flow\ndescription: Use it when: a\npasses: [\n",
            "name:  flow\ndescription: Use it when: a\npasses: [\n",
        );
    }

    #[test]
    fn line_ends_stay_and_edits_are_small() {
        let text = "---\r\nname:  flow\r\nintent: é   \r\n---\r\n";
        assert_eq!(formatted(FLOW, text), "---\r\nname: flow\r\nintent: é\r\n---\r\n");
        let edits = format(&SpecFile::read(FLOW, text).unwrap(), None);
        let all: Vec<_> = edits.iter().map(|edit| (edit.span.of(text), edit.text.as_str())).collect();
        assert_eq!(all, [(" ", ""), ("   ", "")]);
        assert_eq!(formatted(CONFIG, "records:   git"), "records: git");
        assert_eq!(formatted(CONFIG, "---\nrecords:   git\n"), "---\nrecords: git\n");
    }

    #[test]
    fn a_range_formats_the_entries_it_touches() {
        let text = "---\nname:   flow\npasses:\n    - id:   a\n      if:   x\nintent:   b\n---\n";
        let at = text.find("if:").unwrap();
        let edits = format(&SpecFile::read(FLOW, text).unwrap(), Some(Span::empty(at)));
        assert_eq!(apply(text, edits), "---\nname:   flow\npasses:\n  - id: a\n    if: x\nintent:   b\n---\n");
    }

    /// YAML as people lay it out: any indentation, lists at the margin of their key, comments and blank lines anywhere.
    fn yaml() -> impl Strategy<Value = String> {
        let scalar = || {
            prop_oneof![
                "[a-c]{1,3}",
                Just("\"a: b\"".to_owned()),
                Just("'it''s'".to_owned()),
                Just("{a: 1,  b: [x]}".to_owned()),
                Just("[a,\n@      b]".to_owned()),
                Just("|\n@  x\n@    # y".to_owned()),
                Just(">+\n@  x\n".to_owned()),
                Just(String::new()),
                Just("\"a\n@  b\"".to_owned()),
                Just("a\n@  b".to_owned()),
                Just("1.0.0".to_owned()),
            ]
        };
        let note = || {
            prop_oneof![
                4 => Just(String::new()), 1 => Just("@# note é\n".to_owned()), 1 => Just("\n".to_owned()), 1 => Just("  # odd\n".to_owned()),
            ]
        };
        let tail = || prop_oneof![4 => Just(""), 1 => Just("   # tail"), 1 => Just("  ")];
        let keys = prop::sample::subsequence(
            vec!["verify", "id", "name", "gate", "version", "x-a", "passes", "description"],
            1..5,
        )
        .prop_shuffle();
        // `@` stands for the margin of the block
        let leaf = scalar().prop_map(|value| (value, false));
        leaf.prop_recursive(4, 40, 4, move |inner| {
            let entry = (inner.clone(), note(), tail(), 1usize..4, " {1,3}");
            let map = (keys.clone(), prop::collection::vec(entry, 4)).prop_map(|(keys, entries)| {
                let mut all = String::new();
                for (key, ((value, block), note, tail, step, space)) in keys.iter().zip(entries) {
                    let value =
                        value.replace('@', &format!("@{}", if block { " ".repeat(step) } else { String::new() }));
                    let line_tail = if value.contains('\n') && !block { "" } else { tail };
                    match block {
                        true => all.push_str(&format!("{note}@{key}:{tail}\n{value}")),
                        false => all.push_str(&format!("{note}@{key}:{space}{value}{line_tail}\n")),
                    }
                }
                (all, true)
            });
            let item = (inner, note(), 0usize..2);
            let list = (prop::collection::vec(item, 1..4), 0usize..3).prop_map(|(items, gap)| {
                let mut all = String::new();
                for ((value, block), note, style) in items {
                    let step = " ".repeat(gap + 2);
                    let value = value.replace('@', &format!("@{step}"));
                    let compact = value.strip_prefix(&format!("@{step}")).map(str::to_owned);
                    match (block, compact) {
                        (true, Some(compact)) if style == 0 => {
                            all.push_str(&format!("{note}@-{}{compact}", " ".repeat(gap + 1)))
                        }
                        (true, _) => all.push_str(&format!("{note}@-\n{value}")),
                        (false, _) => all.push_str(&format!("{note}@- {value}\n")),
                    }
                }
                (all, true)
            });
            prop_oneof![map, list]
        })
        .prop_map(|(text, _)| text.replace('@', ""))
    }

    fn comments(text: &str) -> Vec<String> {
        let mut all: Vec<String> = text
            .lines()
            .filter_map(|line| line.split_once('#'))
            .map(|(_, words)| words.trim_end().to_owned())
            .collect();
        all.sort();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn formatting_keeps_meaning_and_comments_and_settles(yaml in yaml(), crlf in any::<bool>()) {
            let yaml = if crlf { yaml.replace('\n', "\r\n") } else { yaml };
            for (path, text) in [(CONFIG, yaml.clone()), (FLOW, format!("---\n{yaml}---\n# Body  \n"))] {
                let before = SpecFile::read(path, &text).unwrap();
                let new = formatted(path, &text);
                let after = SpecFile::read(path, &new).unwrap();
                let tree = |file: &SpecFile| yaml::read(file.text().unwrap(), file.yaml());
                let (a, b) = (tree(&before), tree(&after));
                prop_assert!(same(&a.root, &b.root), "{text}\n=>\n{new}");
                prop_assert_eq!(a.valid, b.valid);
                prop_assert_eq!(comments(&text), comments(&new));
                prop_assert_eq!(&formatted(path, &new), &new, "it settles: {}", text);
                prop_assert_eq!(text.lines().count(), new.lines().count());
                if path == FLOW {
                    prop_assert!(new.ends_with("---\n# Body  \n"));
                }
            }
        }

        #[test]
        fn any_text_is_taken(text in "---\n([a-z]{1,4}: ?[\\[{]?[a-z\"é]{0,3},?\n|  - [a-z:]{0,4}\n|passes:\n|    gate: \\{\n|\t- \n|# x\n){0,8}(---\n)?\\PC{0,10}") {
            let new = formatted(FLOW, &text);
            prop_assert_eq!(comments(&text), comments(&new));
        }
    }

    #[test]
    fn most_laid_out_yaml_is_formatted() {
        use proptest::strategy::ValueTree;
        use proptest::test_runner::TestRunner;
        let mut runner = TestRunner::deterministic();
        let (mut valid, mut taken) = (0, 0);
        for _ in 0..500 {
            let text = yaml().new_tree(&mut runner).unwrap().current();
            let file = SpecFile::read(CONFIG, &text).unwrap();
            let document = yaml::read(&text, file.yaml());
            if document.valid && document.problems.is_empty() && matches!(document.root.kind, Kind::Map(_)) {
                valid += 1;
                taken += usize::from(super::formatted(&Lines::of(&text, file.yaml()), MapKind::Config, true).is_some());
            }
        }
        assert!(valid > 100 && taken * 100 >= valid * 98, "{taken} of {valid}");
    }
}
