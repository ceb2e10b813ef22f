//! Characters that people do not see and that change what is read: bidirectional controls, zero-width characters, tag
//! characters, control characters. They can hide an instruction to an agent in a text that looks harmless.

use crate::problem::{Problem, ProblemKind};
use text::Span;

/// No more than this many are reported in one file.
const LIMIT: usize = 100;

pub(crate) fn invisible(text: &str, problems: &mut Vec<Problem>) {
    let (mut found, mut from) = (0, 0);
    while let Some(at) = next_odd(text, from) {
        let Some(character) = text[at..].chars().next() else { return };
        let end = at + character.len_utf8();
        if is_invisible(character, at, text[..at].chars().next_back(), text[end..].chars().next()) {
            let kind = ProblemKind::InvisibleCharacter(format!("U+{:04X}", u32::from(character)));
            problems.push(Problem { kind, span: Span::new(at, end) });
            found += 1;
            if found == LIMIT {
                return;
            }
        }
        from = end;
    }
}

/// Where the next character stands that is more than a plain letter. Nearly all are plain, so they are passed by in pieces
/// that the processor can look at as one.
fn next_odd(text: &str, from: usize) -> Option<usize> {
    const PIECE: usize = 64;
    let is_odd = |byte: &u8| !byte.is_ascii() || is_control(*byte);
    let rest = &text.as_bytes()[from..];
    let plain = rest.chunks_exact(PIECE).take_while(|piece| !piece.iter().fold(false, |odd, byte| odd | is_odd(byte)));
    let passed = plain.count() * PIECE;
    rest[passed..].iter().position(is_odd).map(|at| from + passed + at)
}

/// True where a text holds a character that people do not see.
pub fn holds_invisible(text: &str) -> bool {
    let mut problems = Vec::new();
    invisible(text, &mut problems);
    !problems.is_empty()
}

fn is_control(byte: u8) -> bool {
    (byte == 0x7f) | (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
}

fn is_invisible(character: char, at: usize, before: Option<char>, after: Option<char>) -> bool {
    match u32::from(character) {
        code @ 0..=0x7f => is_control(code as u8),
        0x80..=0x9f => true,
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x3164 | 0xffa0 => true,
        // Joiners belong between the letters of some scripts and in composed emoji, never beside plain letters.
        0x200c | 0x200d => {
            let joins = |other: Option<char>| other.is_some_and(|other| !other.is_ascii());
            !(joins(before) && joins(after))
        }
        0x200b | 0x200e | 0x200f | 0x2028 | 0x2029 | 0x202a..=0x202e | 0x2060..=0x206f => true,
        0xfeff => at != 0,
        0xfff9..=0xfffb | 0xe0000..=0xe007f | 0xe0100..=0xe01ef => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(u32, String)> {
        let mut problems = Vec::new();
        invisible(text, &mut problems);
        let code = |problem: Problem| match problem.kind {
            ProblemKind::InvisibleCharacter(code) => (problem.span.start, code),
            other => (0, format!("{other:?}")),
        };
        problems.into_iter().map(code).collect()
    }

    #[test]
    fn what_hides_is_found() {
        assert_eq!(found("a\u{202e}b"), [(1, "U+202E".to_owned())]);
        assert_eq!(found("é\u{200b}\u{e0041}"), [(2, "U+200B".to_owned()), (5, "U+E0041".to_owned())]);
        assert_eq!(found("\u{1b}[31m"), [(0, "U+001B".to_owned())]);
        assert_eq!(found("pay\u{200d}pal"), [(3, "U+200D".to_owned())]);
        assert_eq!(found("x\u{feff}"), [(1, "U+FEFF".to_owned())]);
        assert_eq!(found(&"\u{200b}".repeat(1000)).len(), LIMIT);
    }

    #[test]
    fn what_hides_is_found_wherever_it_stands() {
        for before in 0..200 {
            let text = format!("{}\u{7f}—{}\u{200b}", "a".repeat(before), "é".repeat(before));
            let at = [before, before + 4 + 2 * before].map(|at| u32::try_from(at).unwrap());
            assert_eq!(found(&text), [(at[0], "U+007F".to_owned()), (at[1], "U+200B".to_owned())]);
        }
    }

    #[test]
    fn what_is_seen_is_not() {
        for text in [
            "plain\ttext\r\n",
            "\u{feff}bom",
            "👩\u{200d}💻 ❤\u{fe0f}",
            "می\u{200c}خواهم",
            "größe — “quotes” …",
            "日本語",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
