//! Which bytes a line and a column mean. Checkers count columns in four units and often do not say which, or say it
//! wrongly: ruff counts code points in every format, ESLint UTF-16 units, gcc display columns, rdjson says bytes. The
//! unit is decided by the user's word, else by the tool, else by what is declared, else by the format, and then held
//! against the text: where another unit fits what the finding says and this one does not, the other one is taken.

use crate::{RawFinding, RawPlace};
use serde::{Deserialize, Serialize};
use text::Span;

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// UTF-8 bytes.
    Bytes,
    /// UTF-16 code units.
    Utf16,
    /// Unicode scalar values.
    Codepoints,
    /// Columns of a terminal: tabs to the next multiple of eight, wide characters two.
    Display,
}

impl Unit {
    const ALL: [Unit; 4] = [Unit::Codepoints, Unit::Utf16, Unit::Bytes, Unit::Display];

    /// The unit of that name.
    pub fn parse(name: &str) -> Option<Unit> {
        match name {
            "bytes" => Some(Unit::Bytes),
            "utf16" => Some(Unit::Utf16),
            "codepoints" => Some(Unit::Codepoints),
            "display" => Some(Unit::Display),
            _ => None,
        }
    }

    fn width(self, c: char, at: usize) -> usize {
        match self {
            Unit::Bytes => c.len_utf8(),
            Unit::Utf16 => c.len_utf16(),
            Unit::Codepoints => 1,
            Unit::Display if c == '\t' => 8 - at % 8,
            Unit::Display => display_width(c),
        }
    }
}

/// Columns of a character in a terminal, by the blocks that checkers meet in practice.
fn display_width(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 => 2,
        0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// What tools count, whatever their format says.
const TOOLS: [(&str, Unit); 6] = [
    ("ruff", Unit::Codepoints),
    ("eslint", Unit::Utf16),
    ("rustc", Unit::Codepoints),
    ("clippy", Unit::Codepoints),
    ("gcc", Unit::Display),
    ("shellcheck", Unit::Codepoints),
];

/// The bytes of `text` that a finding means; always on character boundaries and inside one text.
pub fn anchor(finding: &RawFinding, text: &str, asked: Option<Unit>) -> Span {
    let Some(place) = &finding.place else { return Span::empty(0) };
    if let Some(span) = by_offset(place, text) {
        return span;
    }
    let lines = lines(text);
    let Some(line) = place.line else {
        let whole = Span::new(0, text.len());
        return place.snippet.as_ref().and_then(|snippet| find_once(whole, text, snippet)).unwrap_or_default();
    };
    let index = (line as usize - 1).min(lines.len() - 1);
    let here = lines[index];
    if place.column.is_none() || line as usize > lines.len() {
        let last = place.end_line.map_or(index, |end| (end as usize - 1).clamp(index, lines.len() - 1));
        let quoted = place.snippet.as_ref().filter(|snippet| snippet.trim() != here.of(text).trim());
        if let Some(span) = quoted.and_then(|snippet| find_once(here, text, snippet)) {
            return span;
        }
        return Span::new(trimmed(here, text).start as usize, trimmed(lines[last], text).end as usize);
    }
    let first = asked.or_else(|| of_tool(&finding.tool)).or(place.declared).unwrap_or(Unit::Codepoints);
    let spans = |unit: Unit| by_columns(place, unit, &lines, index, text);
    if asked.is_some() {
        return spans(first).unwrap_or_else(|| trimmed_token(here, text));
    }
    let fits = |span: &Span| fit(finding, place, span.of(text));
    let guess = spans(first);
    if guess.as_ref().is_some_and(|span| fits(span) != Some(false)) {
        return guess.unwrap_or_default();
    }
    let others = Unit::ALL.into_iter().filter(|unit| *unit != first).filter_map(spans);
    if let Some(better) = others.into_iter().find(|span| fits(span) == Some(true)) {
        return better;
    }
    match (guess, &place.snippet) {
        // quoted names are a hint only: a message may quote something else than what it points at
        (Some(span), None) => span,
        (_, Some(snippet)) => find_once(here, text, snippet).unwrap_or_else(|| trimmed_token(here, text)),
        (None, None) => trimmed_token(here, text),
    }
}

/// The unit that a tool is known to count in.
fn of_tool(tool: &str) -> Option<Unit> {
    let tool = tool.to_ascii_lowercase();
    TOOLS.iter().find(|(name, _)| tool.contains(name)).map(|(_, unit)| *unit)
}

/// The bytes that a fix replaces: exactly those, or none. Where the unit of its columns is in doubt, every unit has to
/// mean the same bytes. Missing columns mean the start and the end of their line, and an empty range inserts.
pub(crate) fn exact(finding: &RawFinding, place: &RawPlace, text: &str, asked: Option<Unit>) -> Option<Span> {
    if place.offset.is_some() {
        return by_offset(place, text);
    }
    if let Some(snippet) = &place.snippet {
        let quoted = RawFinding { tool: finding.tool.clone(), place: Some(place.clone()), ..RawFinding::default() };
        return Some(anchor(&quoted, text, asked)).filter(|span| span.of(text) == snippet.as_str());
    }
    let lines = lines(text);
    let line_of = |line: u32| lines.get(line as usize - 1).copied();
    let (first, last) = (line_of(place.line?)?, line_of(place.end_line.or(place.line)?)?);
    let in_unit = |unit: Unit| {
        let start = place.column.map_or(Some(first.start as usize), |column| at_column(first, column, unit, text))?;
        let end = place.end_column.map_or(Some(last.end as usize), |column| at_column(last, column, unit, text))?;
        (start <= end).then(|| Span::new(start, end))
    };
    let stated = place.declared.filter(|_| place.certain);
    if let Some(unit) = asked.or_else(|| of_tool(&finding.tool)).or(stated) {
        return in_unit(unit);
    }
    // where the finding itself fits what it says in a unit, its fix counts in the same one
    let proven = place.declared.filter(|unit| {
        let found = finding.place.as_ref().and_then(|own| {
            let at = (own.line? as usize).checked_sub(1).filter(|at| *at < lines.len())?;
            Some(fit(finding, own, by_columns(own, *unit, &lines, at, text)?.of(text)))
        });
        found == Some(Some(true))
    });
    let units: Vec<Unit> = proven.map_or(Unit::ALL[..3].to_vec(), |unit| vec![unit]);
    let mut spans = units.into_iter().map(in_unit);
    let first = spans.next()??;
    spans.all(|span| span == Some(first)).then_some(first)
}

/// True or false where the finding says what must stand at its place; none where it says nothing.
fn fit(finding: &RawFinding, place: &RawPlace, found: &str) -> Option<bool> {
    if let Some(snippet) = &place.snippet {
        return Some(
            found == snippet.as_str()
                || (place.end_column.is_none() && !found.is_empty() && snippet.starts_with(found)),
        );
    }
    let names = quoted(&finding.message);
    if names.is_empty() || found.is_empty() {
        return None;
    }
    let found = found.trim_matches(['`', '"', '\'']);
    Some(names.iter().any(|name| found == *name || (place.end_column.is_none() && name.starts_with(found))))
}

/// Names in back-ticks or quotes.
fn quoted(message: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for quote in ['`', '"', '\''] {
        let parts: Vec<&str> = message.split(quote).collect();
        names.extend(parts.iter().skip(1).step_by(2).filter(|name| !name.is_empty() && name.len() < 80));
    }
    names.truncate(16);
    names
}

fn by_offset(place: &RawPlace, text: &str) -> Option<Span> {
    let (unit, start, length) = place.offset?;
    let to_byte = |count: u32| match unit {
        Unit::Bytes => Some(count as usize),
        unit => {
            let mut seen = 0;
            for (byte, c) in text.char_indices() {
                if seen >= count as usize {
                    return Some(byte);
                }
                seen += unit.width(c, 0);
            }
            (seen >= count as usize).then_some(text.len())
        }
    };
    let (start, end) = (to_byte(start)?, to_byte(start.checked_add(length)?)?);
    let whole = text.is_char_boundary(start) && text.is_char_boundary(end) && end <= text.len();
    // an offset that is not on the line it claims was counted in another text
    let line = text.get(..start)?.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let honest = place.line.is_none_or(|claimed| claimed as usize == line);
    (whole && honest).then(|| Span::new(start, end))
}

/// Line contents without their ends.
fn lines(text: &str) -> Vec<Span> {
    let mut lines = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive('\n') {
        let content = piece.trim_end_matches('\n').trim_end_matches('\r');
        lines.push(Span::new(start, start + content.len()));
        start += piece.len();
    }
    if lines.is_empty() || text.ends_with('\n') {
        lines.push(Span::empty(start));
    }
    lines
}

fn by_columns(place: &RawPlace, unit: Unit, lines: &[Span], index: usize, text: &str) -> Option<Span> {
    let start = at_column(lines[index], place.column?, unit, text)?;
    let last = place.end_line.map_or(index, |line| (line as usize - 1).clamp(index, lines.len() - 1));
    let end = match place.end_column {
        Some(column) => at_column(lines[last], column, unit, text)?,
        None if last > index => lines[last].end as usize,
        None => start + token(text.get(start..lines[index].end as usize)?).len(),
    };
    Some(Span::new(start, end.max(start)))
}

/// The byte at a column; none when the column lies behind the line or inside a character.
fn at_column(line: Span, column: u32, unit: Unit, text: &str) -> Option<usize> {
    let wanted = column as usize - 1;
    let mut at = 0;
    for (byte, c) in line.of(text).char_indices() {
        if at >= wanted {
            return (at == wanted).then_some(line.start as usize + byte);
        }
        at += unit.width(c, at);
    }
    (at == wanted).then_some(line.end as usize)
}

/// The word at the start of a text, or its first character.
fn token(text: &str) -> &str {
    let word = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let end = if word > 0 { word } else { text.chars().next().map_or(0, char::len_utf8) };
    &text[..end]
}

fn trimmed(line: Span, text: &str) -> Span {
    let content = line.of(text);
    let start = line.start as usize + content.len() - content.trim_start().len();
    Span::new(start, start + content.trim().len())
}

fn trimmed_token(line: Span, text: &str) -> Span {
    let trimmed = trimmed(line, text);
    Span::new(trimmed.start as usize, trimmed.start as usize + token(trimmed.of(text)).len())
}

fn find_once(line: Span, text: &str, snippet: &str) -> Option<Span> {
    let content = line.of(text);
    let at = content.find(snippet).filter(|at| !snippet.is_empty() && content.rfind(snippet) == Some(*at))?;
    let start = line.start as usize + at;
    Some(Span::new(start, start + snippet.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finding(tool: &str, message: &str, place: RawPlace) -> RawFinding {
        RawFinding { tool: tool.into(), message: message.into(), place: Some(place), ..RawFinding::default() }
    }

    fn at(line: u32, column: u32, end: Option<u32>) -> RawPlace {
        RawPlace { line: Some(line), column: Some(column), end_column: end, ..RawPlace::default() }
    }

    // `wrong` stands at code point 17, UTF-16 unit 18, byte 25, display column 20
    const TEXT: &str = "fn a() {}\r\nlet 日本😀é = call(wrong);\r\n\ttab(x)\r\n";

    fn shown(tool: &str, message: &str, place: RawPlace) -> String {
        anchor(&finding(tool, message, place), TEXT, None).of(TEXT).to_owned()
    }

    #[test]
    fn the_unit_comes_from_the_tool_or_from_the_text() {
        assert_eq!(shown("ruff", "", at(2, 17, Some(22))), "wrong");
        assert_eq!(shown("ESLint", "", at(2, 18, None)), "wrong");
        assert_eq!(shown("gcc", "", at(2, 20, None)), "wrong");
        for column in [17, 18, 25, 20] {
            assert_eq!(shown("house-tool", "unknown name `wrong`", at(2, column, None)), "wrong", "{column}");
        }
        let declared = |unit, column| RawPlace { declared: Some(unit), ..at(2, column, None) };
        assert_eq!(shown("house-tool", "", declared(Unit::Utf16, 18)), "wrong");
        assert_eq!(
            shown("ruff", "", declared(Unit::Bytes, 17)),
            "wrong",
            "the tool is known better than its declaration"
        );
        let snippet = RawPlace { snippet: Some("call(wrong)".into()), ..at(2, 3, Some(5)) };
        assert_eq!(shown("house-tool", "", snippet), "call(wrong)", "no unit fits, the text itself is found");
        let bytes = anchor(&finding("ruff", "", at(2, 25, None)), TEXT, Some(Unit::Bytes));
        assert_eq!(bytes.of(TEXT), "wrong", "the user's word wins over the tool");
    }

    #[test]
    fn what_cannot_be_is_the_first_token_and_what_is_missing_is_the_line() {
        assert_eq!(shown("x", "", at(2, 400, None)), "let");
        assert_eq!(shown("x", "", at(2, 1, None)), "let");
        let line = |line, end_line| RawPlace { line: Some(line), end_line, ..RawPlace::default() };
        assert_eq!(shown("x", "", line(3, None)), "tab(x)");
        assert_eq!(shown("x", "", line(1, Some(2))), "fn a() {}\r\nlet 日本😀é = call(wrong);");
        assert_eq!(shown("x", "", line(4_000_000_000, Some(1))), "");
        assert_eq!(shown("x", "", at(4_000_000_000, 1, None)), "");
        assert_eq!(anchor(&finding("x", "", at(1, 1, None)), "", None), Span::empty(0));
    }

    #[test]
    fn offsets_are_held_against_the_line() {
        let start = u32::try_from(TEXT.find("wrong").unwrap()).unwrap();
        let offset =
            |line, unit, start| RawPlace { line: Some(line), offset: Some((unit, start, 5)), ..at(2, 1, None) };
        assert_eq!(shown("x", "", offset(2, Unit::Bytes, start)), "wrong");
        assert_eq!(
            shown("x", "", RawPlace { column: Some(1), ..offset(2, Unit::Bytes, 1) }),
            "let",
            "not on that line"
        );
        let units = u32::try_from(TEXT[..start as usize].encode_utf16().count()).unwrap();
        assert_eq!(shown("x", "", offset(2, Unit::Utf16, units)), "wrong");
    }

    proptest! {
        #[test]
        fn is_always_inside_the_text(
            text in "[a-z日😀é\t\r\n `]{0,40}", line in 1u32.., column in 1u32..60, end_line in proptest::option::of(1u32..9),
            end_column in proptest::option::of(1u32..60), offset in proptest::option::of((0u32..90, 0u32..90)),
            snippet in proptest::option::of("[a-z日]{0,3}"), unit in 0usize..4,
        ) {
            let place = RawPlace {
                path: String::new(), line: Some(line % 7 + 1), column: Some(column), end_line, end_column,
                offset: offset.map(|(start, length)| (Unit::ALL[unit], start, length)), declared: None, certain: false, snippet,
            };
            let span = anchor(&finding("x", "`a` 'b'", place), &text, None);
            prop_assert!(text.get(span.range()).is_some());
        }
    }
}
