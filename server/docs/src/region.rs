//! Generated regions of a document: text between two markers that a generator keeps.
//!
//! ```markdown
//! <!-- generated: api src/ledger/api.rs#LedgerApi -->
//! …
//! <!-- /generated sum:t1:9f2c41d0 -->
//! ```
//! The sum is over what the generator wrote, so that an edit by hand is seen. It overlooks what a Markdown formatter
//! changes (`fold`). This module finds the markers, judges a region against what its generator says now, and makes the
//! edit; it never looks at anything but the document. Markers in fences mean nothing.

mod adr_index;
mod api;
mod backlinks;
mod conflict;
mod context_map;
mod endpoints;
mod fold;
mod generate;
mod kind;
mod schema;
mod snippet;
mod symbols;
mod write;

pub use conflict::{Conflict, conflicts};
pub use generate::{Fault, FaultKind, Request};
pub use kind::Kind;

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use syntax::markdown::{self, Markdown};
use text::{Span, Spanned};

/// A region of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// What writes it.
    pub kind: Spanned<Kind>,
    /// The words behind the kind; quotes around a word with blanks are not part of it.
    pub arguments: Vec<Spanned<String>>,
    /// The first marker.
    pub open: Span,
    /// The lines between the markers.
    pub content: Span,
    /// The second marker.
    pub close: Span,
    /// The checksum in the second marker, as written: `t1:9f2c41d0`.
    pub sum: Option<Spanned<String>>,
    /// What a merge left behind in it.
    pub merge: Merge,
}

/// Markers of a merge conflict in a region.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Merge {
    /// None.
    #[default]
    Clean,
    /// Between the markers of the region.
    Inside,
    /// The conflict begins in the region and ends behind it.
    Across {
        /// Where the conflict ends.
        end: u32,
        /// What stands behind the end of the region once the region is written anew: nothing of the conflict where both
        /// sides say the same there, and a smaller conflict where they do not.
        rest: String,
    },
}

/// What stands in a region, compared with what its generator says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The same.
    Current,
    /// Nobody touched it, and its sources moved on.
    OutOfDate,
    /// Somebody changed it by hand.
    Edited,
    /// A merge left its markers in it.
    Conflict,
}

/// Something wrong with a marker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// The exact place.
    pub span: Span,
}

/// See [`Problem::kind`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProblemKind {
    /// A first marker that no second one follows.
    #[error("this region has no end; write `<!-- /generated -->` below it")]
    NoEnd,
    /// A second marker without a first one.
    #[error("no region begins above this end")]
    NoStart,
    /// Other words on the line of a marker.
    #[error("a marker of a region needs a line of its own")]
    NotAlone,
    /// No word behind `generated:`.
    #[error("say what is generated here: {}", Kind::list())]
    NoKind,
    /// A word that no generator has.
    #[error("nothing generates `{word}`{}", .suggestion.map(|kind| format!("; did you mean `{kind}`?")).unwrap_or_default())]
    UnknownKind {
        /// As written, cut to a sensible length.
        word: String,
        /// What was probably meant.
        suggestion: Option<Kind>,
    },
    /// A merge conflict that holds the first marker, or only one side of which has the second one.
    #[error("a merge conflict goes through the markers of this region; resolve it by hand")]
    Conflict,
}

/// The regions of `text[body]` and what is wrong with markers, both in order of place. `markdown` is what
/// [`markdown::read`] says of the same text.
pub fn read(text: &str, body: Span, markdown: &Markdown) -> (Vec<Region>, Vec<Problem>) {
    let conflicts = conflicts(text, body);
    let (view, markdown) = match conflicts.is_empty() {
        true => (Cow::Borrowed(text), Cow::Borrowed(markdown)),
        false => {
            let ours = conflict::ours(text, &conflicts);
            let markdown = markdown::read(&ours, body);
            (Cow::Owned(ours), Cow::Owned(markdown))
        }
    };
    let mut reader = Reader { text, conflicts: &conflicts, open: None, regions: Vec::new(), problems: Vec::new() };
    for span in &markdown.verbatim {
        if let Some(marker) = marker(&view, *span) {
            reader.marker(marker);
        }
    }
    if let Some(open) = reader.open.take() {
        reader.problems.push(Problem { kind: ProblemKind::NoEnd, span: open.span });
    }
    reader.problems.sort_by_key(|problem| problem.span);
    (reader.regions, reader.problems)
}

/// True when a text may hold a region: a quick look before anything is read.
pub fn may_hold(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"generated").is_some()
}

/// What a second marker says of `content`.
pub fn sum(content: &str) -> String {
    let digest = Sha256::digest(fold::fold(content).as_bytes());
    let hex: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("t1:{hex}")
}

impl Region {
    /// What to do with it, when its generator writes `generated` now.
    pub fn state(&self, text: &str, generated: &str) -> State {
        let content = self.content.of(text);
        let same = fold::fold(content) == fold::fold(generated);
        let signed = self.is_signed(text);
        if same && (signed || self.merge == Merge::Inside) {
            State::Current
        } else if self.merge != Merge::Clean {
            State::Conflict
        } else if same || signed || content.trim().is_empty() {
            State::OutOfDate
        } else {
            State::Edited
        }
    }

    /// True when the sum is that of what stands there.
    pub fn is_signed(&self, text: &str) -> bool {
        self.sum.as_ref().is_some_and(|written| written.value == sum(self.content.of(text)))
    }

    /// The edit that writes `generated` into it: the span from behind the first marker, and its new text. The indentation
    /// of the first marker and the line ends of the document are kept.
    pub fn regenerated(&self, text: &str, generated: &str) -> (Span, String) {
        let line = text[..self.open.start as usize].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let indent = text[line..self.open.start as usize].trim_start_matches('\u{feff}');
        let mut written = String::from("\n");
        let body = generated.trim_matches('\n');
        if !body.is_empty() {
            for line in std::iter::once("").chain(body.split('\n')).chain([""]) {
                if !line.is_empty() {
                    written.push_str(indent);
                    written.push_str(line);
                }
                written.push('\n');
            }
        }
        let close = format!("{indent}<!-- /generated sum:{} -->", sum(generated));
        written.push_str(&close);
        let ending = line_end(text, self.open);
        let mut written = if ending == "\n" { written } else { written.replace('\n', ending) };
        let end = match &self.merge {
            Merge::Across { end, rest } => {
                written.push_str(rest);
                *end
            }
            Merge::Clean | Merge::Inside => self.close.end,
        };
        (Span { start: self.open.end, end }, written)
    }

    /// The edits that make it ordinary text again: both markers go, and what stands between them stays.
    pub fn detached(&self, text: &str) -> Vec<(Span, String)> {
        [self.open, self.close].into_iter().map(|marker| (whole_line(text, marker), String::new())).collect()
    }
}

/// The lines that a marker stands on, with the end of the last.
fn whole_line(text: &str, marker: Span) -> Span {
    let start = text[..marker.start as usize]
        .rfind(['\n', '\r', '\u{feff}'])
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let rest = &text[marker.end as usize..];
    let end = match rest.find(['\n', '\r']) {
        Some(at) if rest[at..].starts_with("\r\n") => marker.end as usize + at + 2,
        Some(at) => marker.end as usize + at + 1,
        None => text.len(),
    };
    Span::new(start, end)
}

/// How the line that `span` ends on ends, or the first line where it is the last.
fn line_end(text: &str, span: Span) -> &'static str {
    let of = |rest: &str| {
        rest.find(['\n', '\r']).map(|at| match &rest.as_bytes()[at..] {
            [b'\r', b'\n', ..] => "\r\n",
            [b'\r', ..] => "\r",
            _ => "\n",
        })
    };
    of(&text[span.end as usize..]).or_else(|| of(text)).unwrap_or("\n")
}

/// A marker as it stands.
struct Marker {
    span: Span,
    kind: MarkerKind,
    alone: bool,
}

enum MarkerKind {
    /// The words behind `generated:`.
    Open(Vec<Spanned<String>>),
    /// The sum, without the word before it.
    Close(Option<Spanned<String>>),
}

/// The marker in a verbatim block, if it is one.
fn marker(text: &str, block: Span) -> Option<Marker> {
    let written = block.of(text);
    let inner = written.strip_prefix("<!--")?;
    let end = inner.find("-->")?;
    let (inner, behind) = (&inner[..end], &inner[end + 3..]);
    let words = words(inner, block.start as usize + 4);
    let first = words.first()?;
    let kind = if first.value == "/generated" {
        let sum = words.get(1).and_then(|word| {
            let sum = word.value.strip_prefix("sum:")?;
            Some(Spanned::new(sum.to_owned(), Span { start: word.span.start + 4, end: word.span.end }))
        });
        MarkerKind::Close(sum)
    } else {
        let rest = first.value.strip_prefix("generated:")?;
        let glued = Spanned::new(rest.to_owned(), Span { start: first.span.start + 10, end: first.span.end });
        let glued = (!rest.is_empty()).then_some(glued);
        MarkerKind::Open(glued.into_iter().chain(words.into_iter().skip(1)).collect())
    };
    let span = Span::new(block.start as usize, block.start as usize + 4 + end + 3);
    Some(Marker { span, kind, alone: behind.trim().is_empty() })
}

/// The words of a marker: what stands between blanks, or in quotes.
fn words(text: &str, offset: usize) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(blank) = text[at..].find(|letter: char| !letter.is_whitespace()) {
        let start = at + blank;
        let rest = &text[start..];
        let quoted = rest.strip_prefix('"').and_then(|rest| Some(&rest[..rest.find('"')?]));
        let (word, from) = match quoted {
            Some(word) => (word, start + 1),
            None => (&rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())], start),
        };
        found.push(Spanned::new(word.to_owned(), Span::new(offset + from, offset + from + word.len())));
        at = from + word.len() + usize::from(quoted.is_some());
    }
    found
}

struct Open {
    span: Span,
    words: Vec<Spanned<String>>,
}

struct Reader<'t> {
    text: &'t str,
    conflicts: &'t [Conflict],
    open: Option<Open>,
    regions: Vec<Region>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn marker(&mut self, marker: Marker) {
        if !marker.alone {
            self.problem(ProblemKind::NotAlone, marker.span);
        }
        match marker.kind {
            MarkerKind::Open(words) => {
                if let Some(open) = self.open.replace(Open { span: marker.span, words }) {
                    self.problem(ProblemKind::NoEnd, open.span);
                }
            }
            MarkerKind::Close(sum) => match self.open.take() {
                None => self.problem(ProblemKind::NoStart, marker.span),
                Some(open) => self.region(open, marker.span, sum),
            },
        }
    }

    fn region(&mut self, open: Open, close: Span, sum: Option<Spanned<String>>) {
        let alone = |span: Span| !self.problems.iter().any(|problem| problem.span == span);
        if !alone(open.span) || !alone(close) {
            return;
        }
        let mut words = open.words.into_iter();
        let Some(word) = words.next() else {
            return self.problem(ProblemKind::NoKind, open.span);
        };
        let Some(kind) = Kind::parse(&word.value) else {
            let suggestion = Kind::nearest(&word.value);
            let short: String = word.value.chars().take(40).collect();
            return self.problem(ProblemKind::UnknownKind { word: short, suggestion }, word.span);
        };
        let Some(merge) = conflict::of_region(self.text, self.conflicts, open.span, close) else {
            return self.problem(ProblemKind::Conflict, open.span);
        };
        let start = whole_line(self.text, open.span).end;
        let end = whole_line(self.text, close).start;
        self.regions.push(Region {
            kind: Spanned::new(kind, word.span),
            arguments: words.collect(),
            open: open.span,
            content: Span { start, end: end.max(start) },
            close,
            sum,
            merge,
        });
    }

    fn problem(&mut self, kind: ProblemKind, span: Span) {
        self.problems.push(Problem { kind, span });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(text: &str) -> (Vec<Region>, Vec<Problem>) {
        let body = Span::new(if text.starts_with('\u{feff}') { 3 } else { 0 }, text.len());
        read(text, body, &markdown::read(text, body))
    }

    fn problems(text: &str) -> Vec<(ProblemKind, &str)> {
        regions(text).1.into_iter().map(|problem| (problem.kind, problem.span.of(text))).collect()
    }

    fn only(text: &str) -> Region {
        let (mut regions, problems) = regions(text);
        assert_eq!(problems, [], "{text}");
        assert_eq!(regions.len(), 1, "{text}");
        regions.remove(0)
    }

    fn written(text: &str, generated: &str) -> String {
        let (span, new) = only(text).regenerated(text, generated);
        let mut text = text.to_owned();
        text.replace_range(span.range(), &new);
        text
    }

    #[test]
    fn a_region_keeps_the_places_of_its_parts() {
        let text =
            "# A\n\n<!-- generated: api \"src/a b.rs#A\" short -->\nx\ny\n<!-- /generated sum:t1:00112233 -->\nz\n";
        let region = only(text);
        assert_eq!((region.kind.value, region.kind.span.of(text)), (Kind::Api, "api"));
        let arguments: Vec<_> = region.arguments.iter().map(|word| (word.value.as_str(), word.span.of(text))).collect();
        assert_eq!(arguments, [("src/a b.rs#A", "src/a b.rs#A"), ("short", "short")]);
        assert_eq!(region.content.of(text), "x\ny\n");
        assert_eq!(region.sum.map(|sum| (sum.span.of(text), sum.value)), Some(("t1:00112233", "t1:00112233".into())));
    }

    #[test]
    fn markers_in_fences_code_spans_and_prose_mean_nothing() {
        let text = "```md\n<!-- generated: api a -->\n<!-- /generated -->\n```\n\
            Use `<!-- generated: api a -->` and close it with <!-- /generated --> there.\n\n    <!-- generated: x -->\n";
        assert_eq!(regions(text), (vec![], vec![]));
        assert_eq!(regions("<!-- generated by hand -->\n<!-- generatedx: a -->\n"), (vec![], vec![]));
    }

    #[test]
    fn an_end_that_is_missing_costs_that_region_only() {
        let text = "<!-- generated: adr-index docs -->\n<!-- generated: api a.rs#A -->\n<!-- /generated -->\n\n<!-- /generated -->\n";
        assert_eq!(
            problems(text),
            [(ProblemKind::NoEnd, "<!-- generated: adr-index docs -->"), (ProblemKind::NoStart, "<!-- /generated -->")]
        );
        assert_eq!(regions(text).0.len(), 1);
    }

    #[test]
    fn words_that_mean_nothing_are_named() {
        let unknown = |word: &str, suggestion| ProblemKind::UnknownKind { word: word.to_owned(), suggestion };
        assert_eq!(
            problems("<!-- generated: snipet a -->\n<!-- /generated -->\n"),
            [(unknown("snipet", Some(Kind::Snippet)), "snipet")]
        );
        assert_eq!(problems("<!-- generated: ??? -->\n<!-- /generated -->\n"), [(unknown("???", None), "???")]);
        assert_eq!(
            problems("<!-- generated: -->\n<!-- /generated -->\n"),
            [(ProblemKind::NoKind, "<!-- generated: -->")]
        );
        assert_eq!(
            problems("<!-- generated: api a --> words\n<!-- /generated -->\n"),
            [(ProblemKind::NotAlone, "<!-- generated: api a -->")]
        );
    }

    #[test]
    fn a_region_is_current_out_of_date_or_edited() {
        let state = |text: &str, generated: &str| only(text).state(text, generated);
        let empty = "<!-- generated: api a -->\n<!-- /generated -->\n";
        assert_eq!(state(empty, "new"), State::OutOfDate);
        let fresh = written(empty, "| a | b |\n| --- | --- |\n| 1 | 2 |");
        assert_eq!(state(&fresh, "| a | b |\n| --- | --- |\n| 1 | 2 |"), State::Current);
        assert_eq!(state(&fresh, "other"), State::OutOfDate);
        let padded = fresh.replace("| a | b |", "| a   |   b |").replace("| --- |", "| :-- |").replace(":--", "---");
        assert_ne!(padded, fresh);
        assert_eq!(state(&padded, "| a | b |\n| --- | --- |\n| 1 | 2 |"), State::Current, "a formatter was there");
        let edited = fresh.replace("| 1 |", "| one |");
        assert_eq!(state(&edited, "other"), State::Edited);
        assert_eq!(
            state(&edited, "| a | b |\n| --- | --- |\n| one | 2 |"),
            State::OutOfDate,
            "by hand, and right: only the sum is missing"
        );
    }

    #[test]
    fn writing_keeps_line_ends_and_indentation() {
        let text = "\u{feff}<!-- generated: api a -->\r\nold\r\n<!-- /generated -->\r\nend";
        let new = written(text, "a\n\nb");
        assert_eq!(
            new,
            format!(
                "\u{feff}<!-- generated: api a -->\r\n\r\na\r\n\r\nb\r\n\r\n<!-- /generated sum:{} -->\r\nend",
                sum("a\n\nb")
            )
        );
        assert_eq!(only(&new).state(&new, "a\n\nb"), State::Current);
        let text = "- item\n\n  <!-- generated: api a -->\n  <!-- /generated -->\n- next\n";
        let new = written(text, "a\n\nb");
        assert!(
            new.starts_with("- item\n\n  <!-- generated: api a -->\n\n  a\n\n  b\n\n  <!-- /generated sum:"),
            "{new}"
        );
        assert_eq!(only(&new).state(&new, "a\n\nb"), State::Current);
    }

    #[test]
    fn detaching_leaves_the_words_only() {
        let text = "a\n<!-- generated: api a -->\nx\n<!-- /generated -->\nb\n";
        let mut new = text.to_owned();
        for (span, words) in only(text).detached(text).into_iter().rev() {
            new.replace_range(span.range(), &words);
        }
        assert_eq!(new, "a\nx\nb\n");
    }

    #[test]
    fn a_conflict_inside_is_written_over() {
        let text = "<!-- generated: api a -->\n<<<<<<< HEAD\n```rs\none\n=======\ntwo\n```\n>>>>>>> other\n<!-- /generated sum:t1:00000000 -->\nend\n";
        // Ours opens a fence that only theirs closes: the end marker is hidden by it on our side.
        assert_eq!(problems(text).len(), 1);
        let text = text.replace("```rs\none\n", "```rs\none\n```\n").replace("two\n```\n", "two\n");
        let region = only(&text);
        assert_eq!(region.state(&text, "new"), State::Conflict);
        assert_eq!(
            written(&text, "new"),
            format!("<!-- generated: api a -->\n\nnew\n\n<!-- /generated sum:{} -->\nend\n", sum("new"))
        );
    }

    #[test]
    fn a_conflict_over_the_end_marker_is_resolved_as_far_as_the_region_goes() {
        let text = "<!-- generated: api a -->\n\n```rs\nsame\n<<<<<<< HEAD\none\n```\n<!-- /generated sum:t1:00000000 -->\n||||||| base\nzero\n```\n<!-- /generated sum:t1:99999999 -->\n=======\ntwo\n```\n<!-- /generated sum:t1:11111111 -->\n>>>>>>> other\nend\n";
        let close = format!("<!-- /generated sum:{} -->", sum("new"));
        assert_eq!(written(text, "new"), format!("<!-- generated: api a -->\n\nnew\n\n{close}\nend\n"));
        let more = text.replace("11111111 -->\n", "11111111 -->\n\nTheir words.\n");
        assert_eq!(
            written(&more, "new"),
            format!(
                "<!-- generated: api a -->\n\nnew\n\n{close}\n<<<<<<< HEAD\n=======\n\nTheir words.\n>>>>>>> other\nend\n"
            )
        );
        let gone = text.replace("two\n```\n<!-- /generated sum:t1:11111111 -->\n", "");
        assert_eq!(problems(&gone), [(ProblemKind::Conflict, "<!-- generated: api a -->")], "they took it out");
        let around = "<<<<<<< HEAD\n<!-- generated: api a -->\n<!-- /generated -->\n=======\n>>>>>>> other\n";
        assert_eq!(problems(around), [(ProblemKind::Conflict, "<!-- generated: api a -->")]);
    }
}
