//! Merge conflicts as git leaves them in a text.

use super::Merge;
use syntax::lines::lines;
use text::Span;

/// A conflict: from the line `<<<<<<<` to the end of the line `>>>>>>>`, with that line's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// All of it.
    pub span: Span,
    /// The lines of our side.
    pub ours: Span,
    /// The lines of their side.
    pub theirs: Span,
}

/// The whole conflicts in `text[body]`; one that is cut short is none.
pub fn conflicts(text: &str, body: Span) -> Vec<Conflict> {
    let mut found = Vec::new();
    if memchr::memmem::find(body.of(text).as_bytes(), b"<<<<<<<").is_none() {
        return found;
    }
    let mut rest = lines(text, body);
    let mut start = None;
    let mut ours_end = None;
    let mut theirs = None;
    while let Some(line) = rest.next() {
        let words = line.of(text);
        if is_mark(words, '<') {
            (start, ours_end, theirs) = (Some((line.start, rest.offset())), None, None);
        } else if start.is_some() && ours_end.is_none() && is_mark(words, '|') {
            ours_end = Some(line.start);
        } else if start.is_some() && theirs.is_none() && words == "=======" {
            ours_end = ours_end.or(Some(line.start));
            theirs = Some(rest.offset());
        } else if is_mark(words, '>') {
            if let (Some((start, ours)), Some(ours_end), Some(theirs)) = (start, ours_end, theirs) {
                found.push(Conflict {
                    span: Span::new(start as usize, rest.offset()),
                    ours: Span::new(ours, ours_end as usize),
                    theirs: Span::new(theirs, line.start as usize),
                });
            }
            (start, ours_end, theirs) = (None, None, None);
        }
    }
    found
}

fn is_mark(line: &str, mark: char) -> bool {
    let rest = line.trim_start_matches(mark);
    line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))
}

/// The text with blanks for all of the conflicts but our side, every byte in its place.
pub(super) fn ours(text: &str, conflicts: &[Conflict]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for conflict in conflicts {
        for at in conflict.span.range().filter(|at| !conflict.ours.range().contains(at)) {
            if !matches!(bytes[at], b'\n' | b'\r') {
                bytes[at] = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// What conflicts do to the region between two markers; none when a person has to resolve them first.
pub(super) fn of_region(text: &str, conflicts: &[Conflict], open: Span, close: Span) -> Option<Merge> {
    let mut merge = Merge::Clean;
    for conflict in conflicts {
        if conflict.span.end <= open.start || conflict.span.start >= close.end {
            continue;
        }
        if conflict.span.start < open.end {
            return None;
        }
        if conflict.span.end <= close.start {
            merge = Merge::Inside;
            continue;
        }
        let theirs = end_marker(text, conflict.theirs)?;
        let ours_rest = &text[close.end as usize..conflict.ours.end as usize];
        let theirs_rest = &text[theirs as usize..conflict.theirs.end as usize];
        let rest = if ours_rest == theirs_rest {
            ours_rest.to_owned()
        } else {
            let (ours, theirs) = (without_line_end(ours_rest), without_line_end(theirs_rest));
            let first = lines(text, conflict.span).next().unwrap_or_default().of(text);
            let last = lines(text, Span { start: conflict.theirs.end, end: conflict.span.end });
            let last: String = last.map(|line| line.of(text)).collect();
            let end = super::line_end(text, open);
            format!("{end}{first}{end}{ours}======={end}{theirs}{last}{end}")
        };
        merge = Merge::Across { end: conflict.span.end, rest };
    }
    Some(merge)
}

/// Where the last end marker in their lines ends.
fn end_marker(text: &str, theirs: Span) -> Option<u32> {
    let last = lines(text, theirs).filter(|line| line.of(text).trim_start().starts_with("<!-- /generated")).last()?;
    Some(last.start + u32::try_from(last.of(text).find("-->")? + 3).ok()?)
}

fn without_line_end(rest: &str) -> &str {
    rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest)
}
