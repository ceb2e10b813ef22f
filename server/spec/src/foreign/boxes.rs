//! Lists of tasks as several tools write them: boxes with numbers (`- [ ] 2.1 Words`), and what stands below each.

use super::ids::digits;
use super::spec_kit::{TASK_WORDS, paths, short};
use crate::work::{Check, Task};
use syntax::markdown::{Item, Markdown};
use text::{Span, Spanned};

/// A box at the start of an item.
pub(super) struct TaskBox {
    /// Ticked.
    pub(super) done: bool,
    /// `[ ]`.
    pub(super) mark: Span,
    /// `[ ]*`.
    pub(super) optional: bool,
    /// The words behind it.
    pub(super) words: Span,
}

/// The box of an item. Beside `[ ]` and `[x]` some tools write `[-]` and `[~]` for what was begun or waits, and a star
/// behind the box of what may be left out.
pub(super) fn task_box(text: &str, item: &Item) -> Option<TaskBox> {
    if let Some(mark) = &item.task {
        return Some(TaskBox { done: mark.value, mark: mark.span, optional: false, words: item.text });
    }
    let source = item.text.of(text);
    let done = match source.get(..3)? {
        "[x]" | "[X]" => true,
        "[ ]" | "[-]" | "[~]" => false,
        _ => return None,
    };
    let optional = source[3..].starts_with('*');
    let behind = &source[3 + usize::from(optional)..];
    let words = behind.trim_start_matches([' ', '\t']);
    if words.len() == behind.len() {
        return None;
    }
    let start = item.text.start as usize;
    let words = Span::new(start + source.len() - words.len(), item.text.end as usize);
    Some(TaskBox { done, mark: Span::new(start, start + 3), optional, words })
}

/// The number that `text` begins with, with its parts (`2`, `2.1`, `2.1.3`, `4.2a`), and its length. Something that is no
/// part of it follows: a blank, a point, a colon.
pub(super) fn number(text: &str) -> Option<usize> {
    let end = numerals(text)?;
    let behind = &text[end..];
    let stops = behind.is_empty() || behind.starts_with([' ', '\t', '\n', '\r', '.', ':', ')', '*']);
    stops.then_some(end)
}

/// The same, whatever follows.
fn numerals(text: &str) -> Option<usize> {
    let mut end = digits(text);
    if !(1..=4).contains(&end) {
        return None;
    }
    loop {
        // `4b`, `4b.2`: what was put between two numbers.
        let behind = &text.as_bytes()[end..];
        if matches!(behind, [b'a'..=b'z'] | [b'a'..=b'z', b' ' | b'.' | b':' | b',' | b')', ..]) {
            end += 1;
        }
        let part = text[end..].strip_prefix('.').map_or(0, digits);
        if !(1..=4).contains(&part) {
            return Some(end);
        }
        end += 1 + part;
    }
}

/// The tasks among the items of `within`, by the number that `id` finds at the start of their words, and all other boxes.
/// What belongs to a task ends where the next box or heading begins.
pub(super) fn tasks(
    text: &str,
    markdown: &Markdown,
    within: Span,
    id: impl Fn(&str) -> Option<(usize, usize)>,
) -> (Vec<Task>, Vec<Check>) {
    let (mut tasks, mut checks): (Vec<Task>, Vec<Check>) = (Vec::new(), Vec::new());
    let boxes: Vec<(&Item, TaskBox)> =
        markdown.items_in(within).filter_map(|item| Some((item, task_box(text, item)?))).collect();
    for (index, (item, found)) in boxes.iter().enumerate() {
        let source = found.words.of(text);
        let start = found.words.start as usize;
        let Some((lead, length)) = id(source) else {
            let (mark, words, done) = (found.mark, found.words, found.done);
            checks.push(Check { id: None, done, mark, words, span: item.span });
            continue;
        };
        let next = boxes.get(index + 1).map_or(within.end, |(next, _)| next.span.start);
        let heading = markdown.headings.partition_point(|heading| heading.span.start < item.span.start);
        let next = markdown.headings.get(heading).map_or(next, |heading| heading.span.start.min(next));
        let whole = Span { start: item.span.start, end: next.max(item.span.end) };
        let rest = &source[lead + length..];
        let rest = rest.trim_start_matches(['.', ':', ')', '*', ' ', '\t', '-', '–', '—']);
        let parallel =
            rest.starts_with("(P)") || rest.contains(" (P) ") || rest.lines().next().is_some_and(ends_parallel);
        tasks.push(Task {
            id: Spanned::new(source[lead..lead + length].to_owned(), Span::new(start + lead, start + lead + length)),
            done: found.done,
            mark: found.mark,
            optional: found.optional,
            parallel,
            story: None,
            words: short(rest.strip_prefix("(P)").unwrap_or(rest).trim_end_matches('*'), TASK_WORDS),
            after: Vec::new(),
            paths: paths(source, start),
            span: Span::new(whole.start as usize, whole.start as usize + whole.of(text).trim_end().len()),
        });
    }
    (tasks, checks)
}

fn ends_parallel(line: &str) -> bool {
    line.trim_end().ends_with("(P)")
}

/// The numbers in a list such as `1.1, 2.3-2.5, 4`, each with its place; those that a range stands for have the whole range
/// as theirs. Nothing where the list holds anything else than numbers: then it is prose.
pub(super) fn numbers(text: &str, span: Span) -> Vec<Spanned<String>> {
    const LONGEST_RANGE: u32 = 50;
    let mut found = Vec::new();
    let mut at = span.start as usize;
    for part in span.of(text).split(',') {
        let from = at + (part.len() - part.trim_start_matches([' ', '#', '\t']).len());
        at += part.len() + 1;
        let words = part.trim_matches([' ', '#', '\t']);
        let Some(length) = numerals(words) else { continue };
        let (first, rest) = words.split_at(length);
        if rest.starts_with(char::is_alphanumeric) {
            continue;
        }
        found.push(Spanned::new(first.to_owned(), Span::new(from, from + length)));
        let tail = rest.trim_start_matches([' ', '-', '–', '—', '#']);
        if tail.len() == rest.trim_start().len() {
            continue;
        }
        let Some(width) = numerals(tail).filter(|width| *width == tail.trim_end().len()) else { continue };
        let last = &tail[..width];
        let whole = Span::new(from, from + words.len());
        let split = |id: &str| {
            let at = id.rfind('.').map_or(0, |dot| dot + 1);
            Some((id[..at].to_owned(), id[at..].parse::<u32>().ok()?))
        };
        if let (Some((chapter, low)), Some((other, high))) = (split(first), split(last))
            && chapter == other
            && high > low
            && high - low <= LONGEST_RANGE
        {
            for inner in low + 1..high {
                found.push(Spanned::new(format!("{chapter}{inner}"), whole));
            }
            let from = from + words.len() - tail.trim_end().len();
            found.push(Spanned::new(last.to_owned(), Span::new(from, from + width)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_what_only_looks_like_one() {
        for (text, expected) in [
            ("2.1 Words", Some("2.1")),
            ("2. Words", Some("2")),
            ("12.3.4: x", Some("12.3.4")),
            ("4.2a x", Some("4.2a")),
            ("4b.1 x", Some("4b.1")),
            ("1", Some("1")),
            ("3 of them", Some("3")),
            ("2.x", Some("2")),
            ("v2", None),
            ("2nd", None),
            ("2026-01-01", None),
            ("12345 x", None),
            ("", None),
        ] {
            assert_eq!(number(text).map(|length| &text[..length]), expected, "{text}");
        }
    }

    #[test]
    fn lists_and_ranges_of_numbers() {
        let found = |text: &str| -> Vec<String> {
            let all = numbers(text, Span::new(0, text.len())).into_iter();
            all.map(|id| format!("{}@{}", id.value, id.span.of(text))).collect()
        };
        assert_eq!(found(" 1.1, 2.3"), ["1.1@1.1", "2.3@2.3"]);
        assert_eq!(found("1.1-1.3"), ["1.1@1.1", "1.2@1.1-1.3", "1.3@1.3"]);
        assert_eq!(found("#1, #2"), ["1@1", "2@2"]);
        assert_eq!(found("1–2"), ["1@1", "2@2"]);
        assert_eq!(found("3.2-1.4, 1-900"), ["3.2@3.2", "1@1"]);
        for prose in ["All", "Foundation for all", "NFR-1", ""] {
            assert_eq!(found(prose), [""; 0], "{prose}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_stays_inside(text in "([0-9]{1,5}|[., #–-]|\\PC){0,16}") {
            for id in numbers(&text, Span::new(0, text.len())) {
                proptest::prop_assert!(text.get(id.span.range()).is_some());
            }
        }
    }
}
