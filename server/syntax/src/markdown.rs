//! The structure of a Markdown body in one pass over its lines: headings, sections, list items, task boxes, fenced code.
//!
//! It follows CommonMark where that decides what a heading or an item is: fences and comments hide their lines, ATX and
//! setext headings both count, headings inside list items and block quotes do not make sections.

use crate::lines::{Lines, lines};
use std::collections::HashMap;
use text::{Span, Spanned};

/// What was found, each in order of place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Markdown {
    /// Headings that make sections.
    pub headings: Vec<Heading>,
    /// List items.
    pub items: Vec<Item>,
    /// Fenced code blocks and comments, fences included: nothing in them means anything to us.
    pub verbatim: Vec<Span>,
    /// Lines of indented code: nothing in them means anything either.
    pub indented: Vec<Span>,
}

/// A heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text without marks.
    pub title: Spanned<String>,
    /// The whole line; for a setext heading both lines.
    pub span: Span,
    /// Where the line after it starts.
    pub after: u32,
}

/// The first line of a list item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Columns before the marker.
    pub indent: u32,
    /// `[ ]` with its state, when it is a task.
    pub task: Option<Spanned<bool>>,
    /// The words behind marker and box, and those of the lines that continue them.
    pub text: Span,
    /// From the marker to the end of the text.
    pub span: Span,
}

/// A heading with what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Heading level, 1 to 6.
    pub level: u8,
    /// Heading text without marks.
    pub title: Spanned<String>,
    /// From the heading to the next heading of the same or a higher level.
    pub span: Span,
    /// The text below the heading up to the first sub-heading.
    pub content: Span,
}

/// An inline link `[words](target)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The words.
    pub words: Span,
    /// The target without title.
    pub target: Span,
}

/// A comment `<!-- words -->`, in a line or over several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// All of it.
    pub span: Span,
    /// What stands between the marks.
    pub words: Span,
}

/// Reads `text[span]`.
pub fn read(text: &str, span: Span) -> Markdown {
    let mut reader = Reader { text, found: Markdown::default(), paragraph: None, list: None };
    let mut rest = lines(text, span);
    while let Some(line) = rest.next() {
        reader.line(line, &mut rest);
    }
    reader.found
}

impl Markdown {
    /// The sections that the headings make in a body that ends at `end`.
    pub fn sections(&self, end: u32) -> Vec<Section> {
        let section = |(index, heading): (usize, &Heading)| {
            let below = &self.headings[index + 1..];
            let next = below.first().map_or(end, |next| next.span.start);
            let last = below.iter().find(|other| other.level <= heading.level).map_or(end, |other| other.span.start);
            Section {
                level: heading.level,
                title: heading.title.clone(),
                span: Span { start: heading.span.start, end: last.max(heading.span.end) },
                content: Span { start: heading.after.min(next), end: next },
            }
        };
        self.headings.iter().enumerate().map(section).collect()
    }

    /// The list items inside `span`.
    pub fn items_in(&self, span: Span) -> impl Iterator<Item = &Item> {
        let from = self.items.partition_point(|item| item.span.start < span.start);
        self.items[from..].iter().take_while(move |item| item.span.start < span.end)
    }

    /// True when `offset` lies in code or a comment.
    pub fn is_verbatim(&self, offset: usize) -> bool {
        self.verbatim_at(offset).is_some()
    }

    /// The inline links of `text[span]` outside verbatim text and code spans.
    pub fn links(&self, text: &str, span: Span) -> Vec<Link> {
        let bytes = text.as_bytes();
        let end = (span.end as usize).min(text.len());
        let mut links = Vec::new();
        let mut at = span.start as usize;
        while let Some(found) = bytes.get(at..end).and_then(|rest| memchr::memchr2(b'[', b'`', rest)) {
            let start = at + found;
            at = start + 1;
            if bytes[start] == b'`' {
                at = behind_code(text, start, end);
                continue;
            }
            if self.is_verbatim(start) {
                continue;
            }
            let rest = near(text, start + 1, end);
            let Some(words) = rest.find([']', '\n', '\r']).filter(|close| rest[*close..].starts_with("](")) else {
                continue;
            };
            let from = start + 1 + words + 2;
            let rest = near(text, from, end);
            let Some(close) = rest.find([')', '\n', '\r']).filter(|close| rest[*close..].starts_with(')')) else {
                continue;
            };
            let target = rest[..close].split(' ').next().unwrap_or_default();
            links.push(Link {
                words: Span::new(start + 1, start + 1 + words),
                target: Span::new(from, from + target.len()),
            });
            at = from + close;
        }
        links
    }

    /// The words of inline code in `text[span]`.
    pub fn code_spans(&self, text: &str, span: Span) -> Vec<Span> {
        let bytes = text.as_bytes();
        let end = (span.end as usize).min(text.len());
        let mut spans = Vec::new();
        let mut at = span.start as usize;
        while let Some(found) = bytes.get(at..end).and_then(|rest| memchr::memchr(b'`', rest)) {
            let start = at + found;
            if let Some(code) = self.verbatim_at(start) {
                at = (code.end as usize).max(start + 1);
                continue;
            }
            let open = bytes[start..end].iter().take_while(|byte| **byte == b'`').count();
            at = behind_code(text, start, end);
            if at > start + open {
                spans.push(Span::new(start + open, at - open));
            }
        }
        spans
    }

    /// The comments of `text[span]` that a reader does not see: not those in code, which show how one is written.
    pub fn comments(&self, text: &str, span: Span) -> Vec<Comment> {
        let bytes = text.as_bytes();
        let end = (span.end as usize).min(text.len());
        let mut comments = Vec::new();
        let mut at = span.start as usize;
        while let Some(found) = bytes.get(at..end).and_then(|rest| memchr::memchr2(b'<', b'`', rest)) {
            let start = at + found;
            if let Some(code) = self.verbatim_at(start).filter(|code| !code.of(text).starts_with('<')) {
                at = (code.end as usize).max(start + 1);
            } else if bytes[start] == b'`' {
                at = behind_code(text, start, end);
            } else if let Some(words) = bytes[start..end].strip_prefix(b"<!--") {
                let close = memchr::memmem::find(words, b"-->");
                let inner = Span::new(start + 4, start + 4 + close.unwrap_or(words.len()));
                let span = Span::new(start, inner.end as usize + close.map_or(0, |_| 3));
                at = span.end as usize;
                comments.push(Comment { span, words: inner });
            } else {
                let raw = ["<pre", "<script", "<style", "<textarea"];
                let holds = self.verbatim_at(start).filter(|block| {
                    let tag = block.of(text).get(..9).unwrap_or(block.of(text)).to_ascii_lowercase();
                    block.start as usize == start && raw.iter().any(|name| tag.starts_with(name))
                });
                at = holds.map_or(start + 1, |block| (block.end as usize).max(start + 1));
            }
        }
        comments
    }

    /// The code, comment or HTML that holds `offset`.
    fn verbatim_at(&self, offset: usize) -> Option<Span> {
        let holding = |all: &[Span]| {
            let after = all.partition_point(|span| (span.start as usize) <= offset);
            all[..after].last().copied().filter(|span| offset < span.end as usize)
        };
        holding(&self.verbatim).or_else(|| holding(&self.indented))
    }
}

/// Where a code span that opens at `start` is over; where the backticks are over when nothing closes them in their paragraph.
fn behind_code(text: &str, start: usize, end: usize) -> usize {
    let bytes = &text.as_bytes()[..end];
    let run = |from: usize| bytes[from..].iter().take_while(|byte| **byte == b'`').count();
    let open = run(start);
    let mut at = start + open;
    while let Some(found) = memchr::memchr2(b'`', b'\n', &bytes[at..]) {
        let here = at + found;
        if bytes[here] == b'`' {
            let close = run(here);
            if close == open {
                return here + close;
            }
            at = here + close;
            continue;
        }
        at = here + 1;
        let line = bytes[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"```") || line.starts_with(b"~~~") {
            break;
        }
    }
    start + open
}

/// What follows a place, as far as a link or a code span may reach: nobody writes longer ones, and text that opens one at
/// every letter must not be looked through from each of them.
fn near(text: &str, start: usize, end: usize) -> &str {
    const FAR: usize = 4_096;
    let mut to = end.min(start + FAR).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    text.get(start..to).unwrap_or_default()
}

/// What links to these headings say behind `#`, in order: the title in lower case without punctuation, with `-` for blanks,
/// and a number where a heading above has the same. It is how GitHub and the common renderers name them.
pub fn anchors(titles: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchor = |title: String| {
        let kept = title.trim().chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        let plain: String =
            kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let mut anchor = plain.clone();
        while seen.contains_key(&anchor) {
            let count = seen.entry(plain.clone()).or_default();
            *count += 1;
            anchor = format!("{plain}-{count}");
        }
        seen.insert(anchor.clone(), 0);
        anchor
    };
    titles.map(&mut anchor).collect()
}

struct Reader<'t> {
    text: &'t str,
    found: Markdown,
    /// The open paragraph.
    paragraph: Option<Paragraph>,
    /// Column at which the content of the outermost open list item starts.
    list: Option<usize>,
}

#[derive(Clone, Copy)]
struct Paragraph {
    span: Span,
    /// True in a list item or block quote, where a setext underline makes no section.
    nested: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: Span, rest: &mut Lines<'_>) {
        let words = line.of(self.text);
        let content = words.trim_start_matches([' ', '\t']);
        if content.is_empty() {
            self.paragraph = None;
            return;
        }
        let indent = columns(&words[..words.len() - content.len()]);
        let start = line.end as usize - content.len();
        let in_list = self.list.is_some_and(|column| indent >= column);
        if indent > 3 && !in_list && self.paragraph.is_none() {
            self.found.indented.push(line);
            return;
        }
        let reachable = indent <= 3 || in_list;
        if let Some((mark, count)) = fence(content).filter(|_| reachable) {
            self.block(in_list);
            return self.fenced(line, mark, count, rest);
        }
        if indent <= 3 && content.starts_with("<!--") {
            self.block(in_list);
            return self.until(start, "-->", rest);
        }
        if indent <= 3 && !in_list {
            if let Some(tag) = raw_html(content) {
                self.block(in_list);
                return self.until(start, tag, rest);
            }
            if let Some((level, title)) = atx(content) {
                self.block(in_list);
                return self.heading(level, Span::new(start + title.start, start + title.end), line, rest);
            }
            if let (Some(Paragraph { span, nested: false }), Some(level)) = (self.paragraph, setext(content)) {
                self.paragraph = None;
                return self.heading(level, span, span.cover(line), rest);
            }
        }
        if in_list && atx(content).is_some() {
            return self.block(in_list); // an item's own heading makes no section
        }
        if let Some(marker) = marker(content).filter(|_| reachable && !is_rule(content)) {
            return self.item(indent, start, marker, line);
        }
        self.text_line(line, start, indent, in_list);
    }

    /// Something that is no paragraph starts: it ends the open one, and the list when it stands outside.
    fn block(&mut self, in_list: bool) {
        self.paragraph = None;
        if !in_list {
            self.list = None;
        }
    }

    fn text_line(&mut self, line: Span, start: usize, indent: usize, in_list: bool) {
        let words = Span::new(start, start + Span::new(start, line.end as usize).of(self.text).trim_end().len());
        if is_rule(words.of(self.text)) && indent <= 3 && !in_list {
            self.block(in_list);
            return;
        }
        let quote = words.of(self.text).starts_with('>');
        match &mut self.paragraph {
            // Goes on with the paragraph above, which may be the text of an item.
            Some(above) if !quote => {
                if let Some(item) = self.found.items.last_mut().filter(|item| item.text.end == above.span.end) {
                    item.text = item.text.cover(words);
                    item.span = item.span.cover(words);
                }
                above.span = above.span.cover(words);
            }
            _ => {
                if !in_list {
                    self.list = None;
                }
                self.paragraph = Some(Paragraph { span: words, nested: in_list || quote });
            }
        }
    }

    fn heading(&mut self, level: u8, title: Span, span: Span, rest: &Lines<'_>) {
        let words = title.of(self.text).to_owned();
        let after = u32::try_from(rest.offset()).unwrap_or(u32::MAX);
        self.found.headings.push(Heading { level, title: Spanned::new(words, title), span, after });
    }

    fn item(&mut self, indent: usize, start: usize, marker: usize, line: Span) {
        let words = Span::new(start, line.end as usize).of(self.text);
        let behind = &words[marker..];
        let body = behind.trim_start_matches([' ', '\t']);
        let from = start + words.len() - body.len();
        let gap = columns(&behind[..behind.len() - body.len()]);
        let content_column = indent + marker + if body.is_empty() || gap > 4 { 1 } else { gap };
        if self.list.is_none_or(|column| indent < column) {
            self.list = Some(content_column);
        }
        let (task, text_from) = match task_box(body) {
            Some((checked, length)) => (Some(Spanned::new(checked, Span::new(from, from + 3))), from + length),
            None => (None, from),
        };
        let end = start + words.trim_end().len();
        let text = Span::new(text_from.min(end), end);
        self.found.items.push(Item {
            indent: u32::try_from(indent).unwrap_or(u32::MAX),
            task,
            text,
            span: Span::new(start, end),
        });
        self.paragraph = (!text.is_empty()).then_some(Paragraph { span: text, nested: true });
    }

    /// Swallows a fenced block.
    fn fenced(&mut self, line: Span, mark: u8, count: usize, rest: &mut Lines<'_>) {
        let mut span = line;
        for inner in rest.by_ref() {
            span = span.cover(inner);
            let words = inner.of(self.text).trim();
            let closes = words.len() >= count && words.bytes().all(|byte| byte == mark);
            if closes {
                break;
            }
        }
        self.found.verbatim.push(span);
    }

    /// Swallows lines up to the one that holds `close`.
    fn until(&mut self, start: usize, close: &str, rest: &mut Lines<'_>) {
        let mut line = Span::new(start, rest.offset()).range();
        let mut span = Span::new(start, start);
        loop {
            let words = self.text.get(line.clone()).unwrap_or_default();
            span = span.cover(Span::new(line.start, line.start + words.trim_end().len()));
            let closed = if close.is_empty() { words.trim().is_empty() } else { contains_ignoring_case(words, close) };
            if closed {
                break;
            }
            match rest.next() {
                Some(next) => line = next.range(),
                None => break,
            }
        }
        self.found.verbatim.push(span);
    }
}

fn contains_ignoring_case(words: &str, needle: &str) -> bool {
    words.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
}

/// Width of white space, with tab stops of four.
fn columns(white: &str) -> usize {
    white.bytes().fold(0, |column, byte| if byte == b'\t' { column + 4 - column % 4 } else { column + 1 })
}

/// Mark and length of an opening fence.
fn fence(content: &str) -> Option<(u8, usize)> {
    let mark = *content.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let count = content.bytes().take_while(|byte| *byte == mark).count();
    let info_is_fine = mark == b'~' || !content[count..].contains('`');
    (count >= 3 && info_is_fine).then_some((mark, count))
}

/// The end of an HTML block that may hold anything (`<pre>`, `<script>`, …), or of one that ends at an empty line.
fn raw_html(content: &str) -> Option<&'static str> {
    let rest = content.strip_prefix('<')?;
    let name: String = rest.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        "pre" => Some("</pre>"),
        "script" => Some("</script>"),
        "style" => Some("</style>"),
        "textarea" => Some("</textarea>"),
        "details" | "div" | "table" | "summary" | "section" | "p" | "ul" | "ol" | "li" | "center" | "blockquote" => {
            Some("")
        }
        _ => None,
    }
}

/// Level and title of an ATX heading, as a range in `content`.
fn atx(content: &str) -> Option<(u8, std::ops::Range<usize>)> {
    let level = content.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &content[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let bare = title.trim_end_matches('#');
    let title = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { title };
    let from = level + (rest.len() - rest.trim_start().len());
    let from = if title.is_empty() { level } else { from };
    Some((u8::try_from(level).unwrap_or(6), from..from + title.len()))
}

/// Level of a setext underline.
fn setext(content: &str) -> Option<u8> {
    let line = content.trim_end();
    let all = |mark: u8| !line.is_empty() && line.bytes().all(|byte| byte == mark);
    if all(b'=') {
        Some(1)
    } else if all(b'-') {
        Some(2)
    } else {
        None
    }
}

fn is_rule(content: &str) -> bool {
    let mut marks = content.bytes().filter(|byte| !matches!(byte, b' ' | b'\t'));
    let Some(mark) = marks.next().filter(|byte| matches!(byte, b'-' | b'*' | b'_')) else { return false };
    let mut count = 1;
    marks.all(|byte| {
        count += 1;
        byte == mark
    }) && count >= 3
}

/// Length of a list marker.
fn marker(content: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let length = match bytes.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 9 || !matches!(bytes.get(digits), Some(b'.' | b')')) {
                return None;
            }
            digits + 1
        }
        _ => return None,
    };
    matches!(bytes.get(length), None | Some(b' ' | b'\t')).then_some(length)
}

/// State of a task box and the length of it with the white space behind.
fn task_box(body: &str) -> Option<(bool, usize)> {
    let checked = match body.as_bytes() {
        [b'[', b' ', b']', ..] => false,
        [b'[', b'x' | b'X', b']', ..] => true,
        _ => return None,
    };
    let behind = &body[3..];
    let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    (behind.is_empty() || gap > 0).then_some((checked, 3 + gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

    fn whole(text: &str) -> Markdown {
        read(text, Span::new(0, text.len()))
    }

    fn headings(text: &str) -> Vec<(u8, &str)> {
        whole(text).headings.iter().map(|heading| (heading.level, heading.title.span.of(text))).collect()
    }

    #[test]
    fn headings_of_both_kinds() {
        let text = "# One #\r\ntext\r\n\r\nTwo words\r\n---\r\n   ### Three ##x\r\nFour\r\n====\r\n#no\r\n####### no\r\n##\r\n";
        assert_eq!(headings(text), [(1, "One"), (2, "Two words"), (3, "Three ##x"), (1, "Four"), (2, "")]);
    }

    #[test]
    fn code_comments_lists_and_quotes_hide_headings() {
        assert_eq!(headings("```\n# a\n```\n~~~ x\n# b\n```\n~~~~\n# c\n"), [(1, "c")]);
        assert_eq!(headings("<!-- x\n# a\n--> y\n# b\n"), [(1, "b")]);
        assert_eq!(headings("- item\n\n  # a\n  ```\n  # b\n  ```\n# c\n"), [(1, "c")]);
        assert_eq!(headings("> # a\n\n    # b\n\n# c\n"), [(1, "c")]);
        assert_eq!(headings("<pre>\n# a\n\n# b\n</pre>\n# c\n"), [(1, "c")]);
        assert_eq!(headings("- a\n---\n***\n# c\n"), [(1, "c")]);
    }

    #[test]
    fn sections_hold_what_stands_below_them() {
        let text = "# A\none\n## B\ntwo\n### C\nthree\n## D\n";
        let sections = whole(text).sections(text.len() as u32);
        let found: Vec<_> = sections
            .iter()
            .map(|section| (section.title.as_str(), section.span.of(text), section.content.of(text)))
            .collect();
        assert_eq!(
            found,
            [
                ("A", text, "one\n"),
                ("B", "## B\ntwo\n### C\nthree\n", "two\n"),
                ("C", "### C\nthree\n", "three\n"),
                ("D", "## D\n", "")
            ]
        );
    }

    #[test]
    fn items_and_task_boxes() {
        let text = "- [ ] AC-1 one\n  goes on\n* [x] two\n1. three\n   - [X] four\n- []no\n- [ ]\n-no\n- - -\n";
        let found: Vec<_> = whole(text)
            .items
            .iter()
            .map(|item| (item.indent, item.task.as_ref().map(|task| task.value), item.text.of(text).to_owned()))
            .collect();
        let item = |indent, task, text: &str| (indent, task, text.to_owned());
        assert_eq!(
            found,
            [
                item(0, Some(false), "AC-1 one\n  goes on"),
                item(0, Some(true), "two"),
                item(0, None, "three"),
                item(3, Some(true), "four"),
                item(0, None, "[]no"),
                item(0, Some(false), ""),
            ]
        );
    }

    #[test]
    fn links_outside_code() {
        let text = "see [a](b.md \"title\") and `[c](d)` [e]\n```\n[f](g)\n```\n[h](i)";
        let found: Vec<_> = whole(text)
            .links(text, Span::new(0, text.len()))
            .iter()
            .map(|link| (link.words.of(text).to_owned(), link.target.of(text).to_owned()))
            .collect();
        assert_eq!(found, [("a".to_owned(), "b.md".to_owned()), ("h".to_owned(), "i".to_owned())]);
    }

    #[test]
    fn inline_code_is_found_in_its_paragraph() {
        let text = "a `one` ``two ` 2`` `\n\n` x\n```\n`no`\n```\n`three`\n\n    `no`\n";
        let spans = whole(text).code_spans(text, Span::new(0, text.len()));
        let found: Vec<_> = spans.iter().map(|span| span.of(text)).collect();
        assert_eq!(found, ["one", "two ` 2", "three"]);
    }

    #[test]
    fn comments_outside_code() {
        let text = "# A <!-- one -->\n<!-- two\n  more -->\n```\n<!-- no -->\n```\n`<!-- no -->` ``a ` <!-- no -->`` <!-- three\n\n    <!-- no -->\n-->\n\n    <!-- no -->\n\n<pre>\n<!-- no -->\n</pre>\n\n- x\n\n    <!-- four -->\n<div>\n<!-- five -->\n</div>\n\nit's a ` alone\n\n<!-- six --> `\n<!-- open";
        let comments = whole(text).comments(text, Span::new(0, text.len()));
        let found: Vec<_> =
            comments.iter().map(|comment| comment.words.of(text).split_whitespace().next().unwrap()).collect();
        assert_eq!(found, ["one", "two", "three", "four", "five", "six", "open"]);
        assert_eq!(comments[1].span.of(text), "<!-- two\n  more -->");
    }

    /// Headings outside lists and quotes, as the reference parser sees them: level and line start.
    fn reference(text: &str) -> Vec<(u8, usize)> {
        let mut depth = 0;
        let mut found = Vec::new();
        for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
            match event {
                Event::Start(Tag::List(_) | Tag::BlockQuote(_)) => depth += 1,
                Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_)) => depth -= 1,
                Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                    let level = match level {
                        HeadingLevel::H1 => 1,
                        HeadingLevel::H2 => 2,
                        HeadingLevel::H3 => 3,
                        HeadingLevel::H4 => 4,
                        HeadingLevel::H5 => 5,
                        HeadingLevel::H6 => 6,
                    };
                    let start = text[range.start..].len() - text[range.start..].trim_start().len();
                    found.push((level, range.start + start));
                }
                _ => {}
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn headings_are_those_of_the_reference_parser(parts in prop::collection::vec(prop::sample::select(vec![
            "# a\n", "## b ##\n", "   ### c\n", "text\n", "\n", "\n", "```\n", "~~~\n", "- item\n", "1. item\n", "===\n", "---\n",
            "> quote\n", "<!-- x\n", "-->\n", "<!-- y -->\n", "\n    code\n", "#x\n", "- [ ] task\n", "***\n",
        ]), 0..14)) {
            let text = parts.concat();
            let ours: Vec<_> = whole(&text).headings.iter().map(|heading| {
                let span = heading.span.of(&text);
                (heading.level, heading.span.start as usize + span.len() - span.trim_start().len())
            }).collect();
            prop_assert_eq!(ours, reference(&text), "{}", text);
        }

        #[test]
        fn nothing_panics(text in "[-#`~<>!=*+_ \\[\\]()x1.é\t\r\n]{0,60}") {
            let found = whole(&text);
            let _ = found.sections(text.len() as u32);
            let _ = found.links(&text, Span::new(0, text.len()));
            for item in &found.items {
                prop_assert!(text.get(item.text.range()).is_some());
            }
        }
    }
}
