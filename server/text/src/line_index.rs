//! Where the lines of a text begin, for everything that reports a line and a column.
//!
//! Columns are counted in bytes here. Who speaks to an editor converts them (`tollgate/lsp/convert`).

use std::ops::Range;

/// The line starts of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    /// Reads the line starts; `\n`, `\r\n` and a lone `\r` end a line.
    pub fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        LineIndex { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect(), len: bytes.len() }
    }

    /// Number of lines, at least one.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The 0-based line of a byte.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The 0-based line of a byte, and the byte's distance from the line's start.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line_of(offset.min(self.len));
        (line, offset.min(self.len) - self.starts[line])
    }

    /// The bytes of a line with its line end; empty at the end of the text for a line that does not exist.
    pub fn line(&self, line: usize) -> Range<usize> {
        let start_of = |line: usize| self.starts.get(line).copied().unwrap_or(self.len);
        start_of(line)..start_of(line.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_and_columns() {
        let index = LineIndex::new("ab\r\nc\rd\n");
        assert_eq!(index.line_count(), 4);
        assert_eq!([0, 2, 4, 6, 8, 99].map(|at| index.position(at)), [(0, 0), (0, 2), (1, 0), (2, 0), (3, 0), (3, 0)]);
        assert_eq!((index.line(0), index.line(3), index.line(9)), (0..4, 8..8, 8..8));
        assert_eq!(LineIndex::new("").line_count(), 1);
    }
}
