//! Lines of a text: a line ends at `\n`, `\r\n` or a lone `\r`, and nowhere else.

use text::Span;

/// The lines of `text[span]`, without their line ends. A line end at the very end does not start another line.
pub fn lines(text: &str, span: Span) -> Lines<'_> {
    let end = (span.end as usize).min(text.len());
    Lines { bytes: &text.as_bytes()[..end], next: span.start as usize }
}

/// See [`lines`].
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    bytes: &'t [u8],
    next: usize,
}

impl Lines<'_> {
    /// Where the next line starts.
    pub fn offset(&self) -> usize {
        self.next
    }
}

impl Iterator for Lines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let start = self.next;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let ending = match &rest[length..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        self.next = start + length + ending;
        Some(Span::new(start, start + length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_at_every_kind_of_line_end() {
        let text = "a\nb\r\nc\rd\r\r\n";
        let found: Vec<&str> = lines(text, Span::new(0, text.len())).map(|line| line.of(text)).collect();
        assert_eq!(found, ["a", "b", "c", "d", ""]);
        assert_eq!(lines("", Span::default()).count(), 0);
        assert_eq!(lines("x\u{2028}y", Span::new(0, 5)).count(), 1, "only what LSP calls a line end");
    }
}
