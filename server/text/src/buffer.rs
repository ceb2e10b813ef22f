//! The text of one open document: a rope that takes edits by byte range and hands out cheap snapshots.
//!
//! Lines end at `\n`, `\r\n` and a lone `\r` and nowhere else: U+2028, U+0085, vertical tab and form feed are ordinary
//! characters, as the Language Server Protocol asks.

use ropey::Rope;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A document's text. A clone is a snapshot: it costs no copy, and later edits do not change it.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    rope: Rope,
    /// The whole text, made at most once per edit and shared by all snapshots of that state.
    whole: Arc<OnceLock<Arc<str>>>,
}

impl Buffer {
    /// A buffer that holds `text`.
    pub fn new(text: &str) -> Buffer {
        Buffer { rope: Rope::from_str(text), whole: Arc::default() }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// True when there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of lines; a text that ends with a line end has an empty last line, so there is always one.
    pub fn line_count(&self) -> usize {
        self.rope.len_lines()
    }

    /// Replaces a byte range. A range that leaves the text, is reversed or splits a character shrinks to what fits.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        let start = self.char_at(range.start);
        let end = self.char_at(range.end).max(start);
        self.rope.remove(start..end);
        self.rope.insert(start, text);
        self.whole = Arc::default();
    }

    /// The whole text in one piece.
    pub fn text(&self) -> Arc<str> {
        self.whole.get_or_init(|| String::from(&self.rope).into()).clone()
    }

    /// The rope under the buffer, to count lines and characters on.
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// The bytes of a line without its line end; the end of the text for a line that does not exist.
    pub fn line(&self, line: usize) -> Range<usize> {
        if line >= self.rope.len_lines() {
            return self.len()..self.len();
        }
        let start = self.rope.line_to_byte(line);
        let slice = self.rope.line(line);
        let ends =
            slice.chars_at(slice.len_chars()).reversed().take_while(|c| matches!(c, '\n' | '\r')).take(2).count();
        // A line slice holds one line end only, so two trailing characters are `\r\n`.
        start..start + slice.len_bytes() - ends
    }

    /// The line that holds a byte.
    pub fn line_of(&self, offset: usize) -> usize {
        self.rope.byte_to_line(offset.min(self.len()))
    }

    fn char_at(&self, offset: usize) -> usize {
        self.rope.byte_to_char(offset.min(self.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clone_does_not_see_later_edits() {
        let mut buffer = Buffer::new("one\ntwo");
        let before = buffer.clone();
        buffer.replace(0..3, "1");
        assert_eq!((&*before.text(), &*buffer.text()), ("one\ntwo", "1\ntwo"));
    }

    #[test]
    fn knows_the_line_ends_of_the_protocol_only() {
        let buffer = Buffer::new("a\r\nb\rc\nd\u{2028}e\u{85}f\u{b}g\u{c}h");
        let lines: Vec<_> = (0..buffer.line_count()).map(|n| buffer.text()[buffer.line(n)].to_owned()).collect();
        assert_eq!(lines, ["a", "b", "c", "d\u{2028}e\u{85}f\u{b}g\u{c}h"]);
        assert_eq!(Buffer::new("a\n").line_count(), 2);
        assert_eq!(Buffer::new("").line(7), 0..0);
    }

    #[test]
    fn shrinks_ranges_that_do_not_fit() {
        let mut buffer = Buffer::new("aé");
        buffer.replace(2..99, "z");
        assert_eq!(&*buffer.text(), "az");
        buffer.replace(Range { start: 9, end: 1 }, "!");
        assert_eq!(&*buffer.text(), "az!");
    }

    proptest! {
        #[test]
        fn edits_like_a_string(edits in prop::collection::vec((0usize..40, 0usize..9, "[a\r\n😀é]{0,4}"), 0..30)) {
            let (mut buffer, mut model) = (Buffer::default(), String::new());
            for (at, len, text) in edits {
                let start = model.floor_char_boundary(at.min(model.len()));
                let end = model.floor_char_boundary((start + len).min(model.len()));
                model.replace_range(start..end, &text);
                buffer.replace(start..end, &text);
                prop_assert_eq!(&*buffer.text(), &model);
            }
        }
    }
}
