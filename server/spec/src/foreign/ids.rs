//! Ids as they stand in running text: `FR-001`, `FR-002–FR-005`, `FR-001, 003`, `T012`, `US2`.

use text::{Span, Spanned};

/// Prefixes of ids that are followed by `-` and a number. Others (`RFC-2119`, `ADR-001`, `SHA-256`) are names of
/// something else.
const PREFIXES: [&str; 5] = ["FR", "NFR", "SC", "AC", "EC"];

/// Longest range of ids that is taken apart.
const LONGEST_RANGE: u32 = 200;

/// From so many ids on, ranges stand for their ends only: a file must not grow in memory beyond what it is.
const MOST_IDS: usize = 20_000;

/// What an id names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `FR-001`.
    Requirement,
    /// `US1`.
    Story,
    /// `T001`.
    Task,
}

/// The id at the very start of `text`: its length and what it names. The next character does not go on with the word.
pub(super) fn leading(text: &str) -> Option<(Kind, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let word = &text[..letters];
    let (kind, from) = match word {
        "T" => (Kind::Task, letters),
        "US" => (Kind::Story, letters),
        word if PREFIXES.contains(&word) && text[letters..].starts_with('-') => (Kind::Requirement, letters + 1),
        _ => return None,
    };
    let digits = digits(&text[from..]);
    let fits = match kind {
        Kind::Task => (3..=5).contains(&digits),
        Kind::Story => (1..=3).contains(&digits),
        Kind::Requirement => (1..=4).contains(&digits),
    };
    let mut end = from + digits;
    let rest = &text.as_bytes()[end..];
    if kind != Kind::Story {
        match rest {
            [b'a'..=b'z', more @ ..] if !more.first().is_some_and(u8::is_ascii_alphanumeric) => end += 1,
            [b'.', b'0'..=b'9', ..] => end += 1 + self::digits(&text[end + 1..]),
            _ => {}
        }
    }
    let goes_on = text[end..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
    (fits && !goes_on).then_some((kind, end))
}

/// Every id in `text[span]`; those that a range stands for have the whole range as their place.
pub(super) fn in_text(text: &str, span: Span, found: &mut Vec<(Kind, Spanned<String>)>) {
    let source = span.of(text);
    let base = span.start as usize;
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let starts = bytes[at].is_ascii_uppercase()
            && (at == 0
                || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_' | b'-' | b'/' | b'#')));
        // Behind a dash stands the end of a range; it was read with its beginning.
        let Some((kind, length)) = starts.then(|| leading(&source[at..])).flatten() else {
            at += 1;
            continue;
        };
        let id = &source[at..at + length];
        let place = |from: usize, to: usize| Span::new(base + from, base + to);
        found.push((kind, Spanned::new(id.to_owned(), place(at, at + length))));
        let start = at;
        at += length;
        let mut last = id.to_owned();
        while let Some((between, from, to)) = more(source, at, kind, &last, found.len() >= MOST_IDS) {
            last.clone_from(&between[between.len() - 1]);
            let (end, inner) = between.split_last().map_or((None, &[][..]), |(end, inner)| (Some(end), inner));
            for id in inner {
                found.push((kind, Spanned::new(id.clone(), place(start, to))));
            }
            found.extend(end.map(|end| (kind, Spanned::new(end.clone(), place(from, to)))));
            at = to;
        }
    }
}

/// What goes on behind an id that ends at `at`: the further ids (`ends_only`: without those inside a range), and where the
/// last one stands.
fn more(source: &str, at: usize, kind: Kind, last: &str, ends_only: bool) -> Option<(Vec<String>, usize, usize)> {
    let rest = &source[at..];
    let blank = rest.len() - rest.trim_start_matches([' ', '*', '`']).len();
    let behind = &rest[blank..];
    let words = [("...", true), ("..", true), ("–", true), ("—", true), ("through ", true), ("to ", true), ("-", true)];
    let lists = [("/", false), (",", false)];
    let (word, range) = words.into_iter().chain(lists).find(|(word, _)| behind.starts_with(word))?;
    let after = &behind[word.len()..];
    let gap = after.len() - after.trim_start_matches([' ', '*', '`']).len();
    let tail = &after[gap..];
    let number = last.rfind(|letter: char| !letter.is_ascii_digit()).map_or(0, |dash| dash + 1);
    let (prefix, first) = last.split_at(number);
    let from = at + blank + word.len() + gap;
    let (text, length) = match leading(tail) {
        // A list of whole ids needs no help.
        Some((same, length)) if same == kind && range && tail.starts_with(prefix) => {
            (&tail[prefix.len()..length], length)
        }
        Some(_) => return None,
        None => {
            let width = digits(tail);
            let bare = first.len() >= 3 && width == first.len() && kind != Kind::Story;
            let ends = !tail[width..].starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '%'));
            (bare && ends).then(|| (&tail[..width], width))?
        }
    };
    let (low, high): (u32, u32) = (first.parse().ok()?, text.parse().ok()?);
    if range && !(high > low && high - low <= LONGEST_RANGE) {
        return None;
    }
    let all = if range && !ends_only { low + 1..=high } else { high..=high };
    let width = first.len();
    Some((all.map(|number| format!("{prefix}{number:0width$}")).collect(), from, from + length))
}

/// How many of the first bytes are digits.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        in_text(text, Span::new(0, text.len()), &mut found);
        found.into_iter().map(|(_, id)| format!("{}@{}", id.value, id.span.of(text))).collect()
    }

    #[test]
    fn single_ids() {
        assert_eq!(
            found("per FR-001, T012 and US2; SC-003a"),
            ["FR-001@FR-001", "T012@T012", "US2@US2", "SC-003a@SC-003a"]
        );
        assert_eq!(found("(FR-010.2)"), ["FR-010.2@FR-010.2"]);
        for other in
            ["RFC-2119", "SHA-256", "UTF-8", "T1", "xFR-001", "src/T001", "FR-001x2", "T001_a", "USA1", "T12", "é"]
        {
            assert_eq!(found(other), [""; 0], "{other}");
        }
    }

    #[test]
    fn ranges_and_lists() {
        let range = ["FR-001@FR-001", "FR-002@FR-001–FR-003", "FR-003@FR-003"];
        assert_eq!(found("FR-001–FR-003"), range);
        assert_eq!(found("FR-001 to FR-003").len(), 3);
        assert_eq!(found("**FR-001** through **FR-003**").len(), 3);
        assert_eq!(found("FR-001..FR-003").len(), 3);
        assert_eq!(found("FR-001-003").len(), 3);
        assert_eq!(found("FR-001-FR-003").len(), 3);
        assert_eq!(found("FR-001/004, 006"), ["FR-001@FR-001", "FR-004@004", "FR-006@006"]);
        assert_eq!(found("FR-001, 200 users"), ["FR-001@FR-001", "FR-200@200"], "read as meant: it only names more");
        assert_eq!(found("T012, T013"), ["T012@T012", "T013@T013"]);
        assert_eq!(found("FR-003 to FR-001"), ["FR-003@FR-003", "FR-001@FR-001"]);
        assert_eq!(found("FR-0001 – FR-9999").len(), 2, "no flood");
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_stays_inside(text in "([TFRUSC]{1,2}-?[0-9]{0,4}[a-z]?|[ ,/.–-]|\\PC){0,12}") {
            let mut found = Vec::new();
            in_text(&text, Span::new(0, text.len()), &mut found);
            for (_, id) in found {
                proptest::prop_assert!(text.get(id.span.range()).is_some());
            }
        }
    }
}
