//! The border between bytes and the protocol's positions: the only place that knows UTF-16.
//!
//! A column past the end of its line means the end, a line past the last means the end of the text, and a range whose end
//! lies before its start is turned round. A UTF-16 column between the halves of a pair cuts the character: both halves
//! become U+FFFD, one unit each, which is how many units the client counts for them, so nothing after them moves.

use text::{Buffer, Span};
use tower_lsp::gen_lsp_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every client has, and the default.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The cheapest that the client offers; UTF-16 when it offers nothing we know.
    pub(super) fn negotiate(offered: &[PositionEncodingKind]) -> Encoding {
        let offers = |kind| offered.contains(&kind);
        match () {
            () if offers(PositionEncodingKind::UTF8) => Encoding::Utf8,
            () if offers(PositionEncodingKind::UTF32) && !offers(PositionEncodingKind::UTF16) => Encoding::Utf32,
            () => Encoding::Utf16,
        }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// A place in a text: between two characters, or between the halves of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    offset: usize,
    /// Length of the character that starts at `offset` and is cut, else 0.
    cut: usize,
}

fn place(buffer: &Buffer, position: Position, encoding: Encoding) -> Place {
    let line = buffer.line(position.line as usize);
    let column = position.character as usize;
    let rope = buffer.rope();
    let whole = |offset| Place { offset, cut: 0 };
    let slice = rope.byte_slice(line.clone());
    match encoding {
        Encoding::Utf8 if column < line.len() => whole(line.start + slice.char_to_byte(slice.byte_to_char(column))),
        Encoding::Utf32 if column < slice.len_chars() => whole(line.start + slice.char_to_byte(column)),
        Encoding::Utf16 if column < slice.len_utf16_cu() => {
            let at = slice.utf16_cu_to_char(column);
            let cut = if slice.char_to_utf16_cu(at) < column { slice.char(at).len_utf8() } else { 0 };
            Place { offset: line.start + slice.char_to_byte(at), cut }
        }
        _ => whole(line.end),
    }
}

/// The byte that a position names.
pub(super) fn offset(buffer: &Buffer, position: Position, encoding: Encoding) -> usize {
    place(buffer, position, encoding).offset
}

/// The bytes that a range names.
pub(super) fn span(buffer: &Buffer, range: Range, encoding: Encoding) -> Span {
    let (a, b) = (offset(buffer, range.start, encoding), offset(buffer, range.end, encoding));
    Span::new(a.min(b), a.max(b))
}

/// The position of a byte; a byte of a line end is the end of its line.
pub(super) fn position(buffer: &Buffer, offset: usize, encoding: Encoding) -> Position {
    let number = buffer.line_of(offset);
    let line = buffer.line(number);
    let rope = buffer.rope();
    let before = rope.byte_slice(line.start..rope.char_to_byte(rope.byte_to_char(offset.clamp(line.start, line.end))));
    let character = match encoding {
        Encoding::Utf8 => before.len_bytes(),
        Encoding::Utf16 => before.len_utf16_cu(),
        Encoding::Utf32 => before.len_chars(),
    };
    let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
    Position { line: small(number), character: small(character) }
}

/// The range of some bytes.
pub(super) fn range(buffer: &Buffer, span: impl Into<Span>, encoding: Encoding) -> Range {
    let span = span.into().range();
    Range { start: position(buffer, span.start, encoding), end: position(buffer, span.end, encoding) }
}

/// The range of some bytes of a text that is not open: what stands before it is looked through once, without a rope.
pub(super) fn range_in(text: &str, span: Span, encoding: Encoding) -> Range {
    let at = |offset: usize| {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        // A `\r\n` is one line end, also where the offset stands between the two.
        let mut ends = 0;
        let mut bytes = text.as_bytes()[..start].iter().peekable();
        while let Some(byte) = bytes.next() {
            ends += usize::from(*byte == b'\n' || (*byte == b'\r' && bytes.peek() != Some(&&b'\n')));
        }
        let column = &before[start..];
        let character = match encoding {
            Encoding::Utf8 => column.len(),
            Encoding::Utf16 => column.encode_utf16().count(),
            Encoding::Utf32 => column.chars().count(),
        };
        let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Position { line: small(ends), character: small(character) }
    };
    let span = span.range();
    Range { start: at(span.start), end: at(span.end) }
}

/// Lines and columns from the start of one span to the start of the next, and the length of each. The spans are in order,
/// apart and within their lines; the text is gone through once.
pub(super) fn distances(text: &str, spans: impl Iterator<Item = Span>, encoding: Encoding) -> Vec<(u32, u32, u32)> {
    let count = |text: &str| match encoding {
        Encoding::Utf8 => text.len(),
        Encoding::Utf16 => text.encode_utf16().count(),
        Encoding::Utf32 => text.chars().count(),
    };
    let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
    // Where we are, and the column there; columns are counted from the span before where that is on the same line.
    let (mut at, mut column) = (0, 0);
    let mut found = Vec::new();
    for span in spans.map(Span::range) {
        let between = text.get(at..span.start).unwrap_or_default();
        let bytes = between.as_bytes();
        let next = text.as_bytes().get(span.start);
        let ends = bytes.iter().enumerate().filter(|(index, byte)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(index + 1).or(next) != Some(&b'\n'))
        });
        let lines = ends.count();
        column = match between.rfind(['\n', '\r']).filter(|_| lines > 0) {
            Some(end) => count(&between[end + 1..]),
            None => column + count(between),
        };
        let length = count(text.get(span.clone()).unwrap_or_default());
        found.push((small(lines), small(column), small(length)));
        (at, column) = (span.end, length);
    }
    found
}

/// Replaces what a range names, exactly as the client did in its copy.
pub(super) fn edit(buffer: &mut Buffer, range: Range, text: &str, encoding: Encoding) {
    let (a, b) = (place(buffer, range.start, encoding), place(buffer, range.end, encoding));
    let (start, end) = if (b.offset, b.cut) < (a.offset, a.cut) { (b, a) } else { (a, b) };
    if start.cut == 0 && end.cut == 0 {
        return buffer.replace(start.offset..end.offset, text);
    }
    let half = |place: Place| if place.cut > 0 { "\u{FFFD}" } else { "" };
    buffer.replace(start.offset..end.offset + end.cut, &[half(start), text, half(end)].concat());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    const fn between(start: Position, end: Position) -> Range {
        Range { start, end }
    }

    #[track_caller]
    fn check_edit(before: &str, range: Range, text: &str, after: &str) {
        let mut buffer = Buffer::new(before);
        edit(&mut buffer, range, text, Encoding::Utf16);
        assert_eq!(&*buffer.text(), after);
    }

    #[test]
    fn prefers_bytes_and_falls_back_to_utf16() {
        use PositionEncodingKind as Kind;
        assert_eq!(Encoding::negotiate(&[Kind::UTF16, Kind::UTF8]), Encoding::Utf8);
        assert_eq!(Encoding::negotiate(&[Kind::UTF32]), Encoding::Utf32);
        assert_eq!(Encoding::negotiate(&[Kind::Custom("utf-7".into())]), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(&[]), Encoding::Utf16);
    }

    #[test]
    fn clamps_to_the_line_and_to_the_text() {
        let buffer = Buffer::new("ab\r\ncd\re😀\n");
        let offsets = [at(0, 9), at(1, 2), at(1, 99), at(2, 1), at(2, 2), at(2, 3), at(3, 0), at(9, 9)];
        assert_eq!(offsets.map(|it| offset(&buffer, it, Encoding::Utf16)), [2, 6, 6, 8, 8, 12, 13, 13]);
        assert_eq!(position(&buffer, 3, Encoding::Utf16), at(0, 2));
        assert_eq!(position(&buffer, 12, Encoding::Utf16), at(2, 3));
        assert_eq!(position(&buffer, 10, Encoding::Utf8), at(2, 1));
        assert_eq!(position(&buffer, 999, Encoding::Utf32), at(3, 0));
    }

    #[test]
    fn edits_inside_a_surrogate_pair_keep_the_count_of_units() {
        check_edit("a😀b", between(at(0, 2), at(0, 2)), "Z", "a\u{FFFD}Z\u{FFFD}b");
        check_edit("a😀b", between(at(0, 2), at(0, 3)), "", "a\u{FFFD}b");
        check_edit("a😀b", between(at(0, 1), at(0, 2)), "", "a\u{FFFD}b");
        check_edit("😀😀", between(at(0, 1), at(0, 3)), "", "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn takes_ranges_past_the_end_and_inverted_ones() {
        check_edit("ab\n", between(at(1_000_000, 0), at(1_000_000, 5)), "q", "ab\nq");
        check_edit("ab\n", between(at(0, 0), at(u32::MAX, u32::MAX)), "q", "q");
        check_edit("ab\ncd\n", between(at(1, 1), at(0, 1)), "-", "a-d\n");
    }

    proptest! {
        #[test]
        fn distances_add_up_to_the_ranges(
            text in "([abc]|\r|\n|\r\n|[éà😀漢\u{2028}]){0,40}",
            encoding in prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
        ) {
            let buffer = Buffer::new(&text);
            // every second run of letters
            let mut spans: Vec<Span> = Vec::new();
            for (at, letter) in text.char_indices().filter(|(_, letter)| !matches!(letter, '\r' | '\n' | 'a')) {
                let end = at + letter.len_utf8();
                match spans.last_mut() {
                    Some(last) if last.end as usize == at => last.end = u32::try_from(end).unwrap(),
                    _ => spans.push(Span::new(at, end)),
                }
            }
            let (mut line, mut column) = (0, 0);
            for (span, (lines, columns, length)) in spans.iter().zip(distances(&text, spans.iter().copied(), encoding)) {
                column = if lines == 0 { column + columns } else { columns };
                line += lines;
                let whole = range(&buffer, *span, encoding);
                prop_assert_eq!((whole.start, whole.end), (at(line, column), at(line, column + length)));
            }
        }

        #[test]
        fn a_closed_text_has_the_same_ranges_as_an_open_one(
            text in "([ab\t\r\n]|\r\n|[éà😀漢\u{2028}]){0,40}",
            ends in (0usize..60, 0usize..60),
            encoding in prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
        ) {
            let buffer = Buffer::new(&text);
            // Names never end between the two characters of a line end.
            let whole = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) || (at > 0 && text[..at].ends_with('\r') && text[at..].starts_with('\n')) {
                    at -= 1;
                }
                at
            };
            let span = Span::new(whole(ends.0.min(ends.1)), whole(ends.0.max(ends.1)));
            prop_assert_eq!(range_in(&text, span, encoding), range(&buffer, span, encoding));
        }

        #[test]
        fn a_position_and_its_byte_are_inverse(
            text in "([ab\t\r\n]|\r\n|[éà\u{301}😀漢\u{feff}\u{2028}]){0,40}",
            encoding in prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
        ) {
            let buffer = Buffer::new(&text);
            let inside_line = |byte: usize| buffer.line(buffer.line_of(byte)).end >= byte;
            for (byte, _) in text.char_indices().filter(|&(byte, _)| inside_line(byte)) {
                prop_assert_eq!(offset(&buffer, position(&buffer, byte, encoding), encoding), byte);
            }
        }
    }
}
