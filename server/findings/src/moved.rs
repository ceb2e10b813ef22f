//! Finds the place of a finding again in a text that has changed since.
//!
//! The bytes are trusted only in the very content they were found in. In any other text the line is looked for: equal
//! but for white space, with the neighbours it had, and only when one place is the best. A guess is said to be one, and
//! a place that cannot be found is given up rather than shown somewhere else.

use crate::Place;
use std::cell::OnceCell;
use text::{BlobId, LineIndex, Span};

/// Lines that are kept above and below.
const NEIGHBOURS: usize = 3;
/// How far off a neighbour may have come by lines that were put between.
const AWAY: usize = 8;

/// A text that places are looked for in. What every search needs of it is worked out once.
#[derive(Debug)]
pub struct Current<'a> {
    /// The text.
    pub text: &'a str,
    blob: BlobId,
    lines: OnceCell<(LineIndex, Vec<String>)>,
}

impl<'a> Current<'a> {
    /// A text as it is now.
    pub fn new(text: &'a str) -> Current<'a> {
        Current { text, blob: BlobId::of(text.as_bytes()), lines: OnceCell::new() }
    }

    fn lines(&self) -> &(LineIndex, Vec<String>) {
        self.lines.get_or_init(|| {
            let index = LineIndex::new(self.text);
            let lines = (0..index.line_count()).map(|line| bare(&self.text[index.line(line)])).collect();
            (index, lines)
        })
    }
}

/// How surely a place was found again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is the very content.
    Same,
    /// Something else changed; the line is there byte for byte, at the only place that half of its neighbours stand near.
    Moved,
    /// The line is there but for white space, or it may be another one that says the same.
    Guess,
}

impl Place {
    /// A range of a text at a path, with the lines around it.
    pub fn new(path: &str, text: &str, span: Span) -> Place {
        let index = LineIndex::new(text);
        let line = index.line_of(span.start as usize);
        let first = line.saturating_sub(NEIGHBOURS);
        let last = (line + NEIGHBOURS).min(index.line_count().saturating_sub(1));
        Place {
            path: path.to_owned(),
            blob: BlobId::of(text.as_bytes()),
            start: span.start,
            end: span.end,
            lines: (first..=last).map(|line| bare(&text[index.line(line)])).collect(),
            at: line - first,
            written: without_end(&text[index.line(line)]).chars().take(LONGEST).collect(),
            from: span.start as usize - index.line(line).start,
        }
    }

    /// Where it is in the text now. `None` when it cannot be told.
    pub fn find(&self, current: &Current<'_>) -> Option<(Span, Found)> {
        if current.blob == self.blob {
            return Some((self.span(), Found::Same));
        }
        let (text, (index, lines)) = (current.text, current.lines());
        let wanted = self.lines.get(self.at).filter(|line| !line.is_empty())?;
        let score = |line: usize| {
            let neighbour = |(n, kept): (usize, &String)| {
                let there = (line + n).checked_sub(self.at).and_then(|there| lines.get(there));
                usize::from(n != self.at && !kept.is_empty() && there == Some(kept))
            };
            self.lines.iter().enumerate().map(neighbour).sum::<usize>()
        };
        let found: Vec<(usize, usize)> =
            lines.iter().enumerate().filter(|(_, line)| *line == wanted).map(|(line, _)| (score(line), line)).collect();
        let (best, line) = *found.iter().max()?;
        let kept = self.lines.iter().filter(|line| !line.is_empty()).count() - 1;
        let alone = found.iter().filter(|(score, _)| *score == best).count() == 1;
        // Without any of its neighbours a line must be the only one of its kind and not a common one.
        let certain = alone && (best >= 2.min(kept) || (found.len() == 1 && wanted.len() >= 12));
        // A twin may stand near the same lines: then it cannot be told which of them was found, or is left.
        let mut among_its_own = found.iter().filter(|(_, line)| 2 * self.near(lines, *line) >= kept);
        let only = among_its_own.next().filter(|_| among_its_own.next().is_none()).map(|(_, line)| *line);
        only.or(certain.then_some(line)).map(|line| {
            let range = index.line(line);
            let written = &text[range.clone()];
            if self.written == without_end(written) && self.from + self.span().len() <= self.written.len() {
                let start = range.start + self.from;
                let found = if only.is_some() { Found::Moved } else { Found::Guess };
                return (Span::new(start, start + self.span().len()), found);
            }
            let indent = written.len() - written.trim_start().len();
            (Span::new(range.start + indent, range.start + written.trim_end().len()), Found::Guess)
        })
    }
}

impl Place {
    /// How many of its neighbours stand near a line, above or below it as they did.
    fn near(&self, lines: &[String], line: usize) -> usize {
        let above = &lines[line.saturating_sub(AWAY)..line];
        let below = &lines[line + 1..(line + 1 + AWAY).min(lines.len())];
        let there = |n: usize, kept: &String| if n < self.at { above.contains(kept) } else { below.contains(kept) };
        let neighbours = self.lines.iter().enumerate().filter(|(n, kept)| *n != self.at && !kept.is_empty());
        neighbours.filter(|(n, kept)| there(*n, kept)).count()
    }
}

/// Longest line that is kept, in characters.
const LONGEST: usize = 400;

/// A line without its end.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// A line without white space, of bounded length.
fn bare(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_whitespace()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "fn one() {\n    let a = total / 3;\n    a\n}\n\nfn two() {\n    let b = total * 2;\n    b\n}\n";

    fn place() -> Place {
        let start = TEXT.find("total / 3").unwrap();
        Place::new("src/a.rs", TEXT, Span::new(start, start + 9))
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = place().find(&Current::new(text));
        assert_eq!(found.map(|(span, _)| span.of(text)), expected, "{text}");
    }

    #[test]
    fn the_same_content_is_exact() {
        assert_eq!(place().find(&Current::new(TEXT)), Some((place().span(), Found::Same)));
    }

    #[test]
    fn moves_with_lines_above_and_with_indentation() {
        check(&format!("// new\n// lines\n{TEXT}"), Some("total / 3"));
        check(&TEXT.replace("    let a", "\t\tlet a"), Some("let a = total / 3;"));
        check(&TEXT.replace('\n', "\r\n"), Some("total / 3"));
    }

    #[test]
    fn a_line_that_is_gone_or_ambiguous_is_given_up() {
        check(&TEXT.replace("total / 3", "share(total)"), None);
        check(&format!("{TEXT}{TEXT}"), None);
        check("", None);
    }

    #[test]
    fn only_a_line_that_no_other_could_be_is_sure() {
        let found =
            |text: &str| place().find(&Current::new(text)).map(|(span, found)| (span.of(text).to_owned(), found));
        let sure = |found| Some(("total / 3".to_owned(), found));
        for elsewhere in [
            TEXT.replace("total * 2", "total * 4"),
            TEXT.replace("fn one", "// above\nfn one"),
            TEXT.replace("    a\n", "    // below\n    a\n"),
            format!("{TEXT}\nfn three() {{\n    let a = total / 3;\n}}\n"),
        ] {
            assert_eq!(found(&elsewhere), sure(Found::Moved), "{elsewhere}");
        }
        // it stands alone among other lines: it may be a new one
        assert_eq!(found("struct A;\n    let a = total / 3;\nstruct B;\n"), sure(Found::Guess));
        // the same function twice, and one of them was touched: nobody can tell which is which
        let twins = format!("{TEXT}{}", TEXT.replace("    a\n", "    a + 1\n"));
        assert_eq!(found(&twins), sure(Found::Guess));
        assert_eq!(found(&TEXT.replace("    let a", "\tlet a")).map(|(_, found)| found), Some(Found::Guess));
    }

    proptest! {
        #[test]
        fn inserting_lines_above_shifts_by_as_much(lines in 0usize..30) {
            let text = format!("{}{TEXT}", "// inserted\n".repeat(lines));
            let (span, found) = place().find(&Current::new(&text)).unwrap();
            prop_assert_eq!(found, if lines > 0 { Found::Moved } else { Found::Same });
            prop_assert_eq!(span.of(&text), "total / 3");
        }

        #[test]
        fn nothing_panics_and_nothing_lies_outside(text in "[a\n\r é{}]{0,60}") {
            if let Some((span, _)) = place().find(&Current::new(&text)) {
                prop_assert!(span.end as usize <= text.len());
            }
        }
    }
}
