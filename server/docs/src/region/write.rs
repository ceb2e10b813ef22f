//! Markdown and mermaid out of names and words that may hold anything.
//!
//! The shape is one that Markdown formatters leave alone: `-` for items, tables and fences with empty lines around them.

/// `words` as a code span; in a cell of a table too.
pub(crate) fn code(words: &str) -> String {
    let words = one_line(words).replace('|', "\\|");
    if words.is_empty() {
        return String::new();
    }
    let marks = "`".repeat(longest_run(&words, '`') + 1);
    let pad = if marks.len() > 1 { " " } else { "" };
    format!("{marks}{pad}{words}{pad}{marks}")
}

/// Words for people, which may hold code spans; in a cell of a table too. Links keep their words only.
pub(crate) fn prose(words: &str) -> String {
    let words = one_line(words);
    let letters: Vec<(usize, char)> = words.char_indices().collect();
    let mut out = String::with_capacity(words.len());
    let mut at = 0;
    let mut brackets = Vec::new();
    while let Some((start, letter)) = letters.get(at).copied() {
        at += 1;
        let word_at = |index: Option<usize>| {
            index.and_then(|index| letters.get(index)).is_some_and(|(_, letter)| letter.is_alphanumeric())
        };
        match letter {
            '`' => {
                let run = words[start..].len() - words[start..].trim_start_matches('`').len();
                let close = close_of_code(&words[start + run..], run);
                match close {
                    Some(close) => {
                        let end = start + run + close + run;
                        out.push_str(&words[start..end].replace('|', "\\|"));
                        at = letters.partition_point(|(offset, _)| *offset < end);
                    }
                    None => {
                        out.push_str(&"\\`".repeat(run));
                        at += run - 1;
                    }
                }
            }
            '[' => {
                let link = link_words(&words[start..]);
                match link {
                    Some(end) => brackets.push((start + end.0, start + end.1)),
                    None => out.push_str("\\["),
                }
            }
            ']' => match brackets.iter().find(|(close, _)| *close == start) {
                Some((_, end)) => at = letters.partition_point(|(offset, _)| offset < end),
                None => out.push_str("\\]"),
            },
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '_' if word_at(at.checked_sub(2)) && word_at(Some(at)) => out.push('_'),
            '_' | '*' | '|' | '\\' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            // only at the beginning do these mean anything
            '#' | '>' | '+' | '-' | '=' if start == 0 => {
                out.push('\\');
                out.push(letter);
            }
            '.' | ')' if words[..start].bytes().all(|byte| byte.is_ascii_digit()) && start > 0 => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

/// Where the code span that begins with `run` marks ends, in what stands behind them.
fn close_of_code(rest: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = rest[at..].find('`') {
        let start = at + found;
        let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        if length == run {
            return Some(start);
        }
        at = start + length;
    }
    None
}

/// For `[words]` of documentation comments: where its `]` stands and where all of it ends. None for other brackets.
fn link_words(rest: &str) -> Option<(usize, usize)> {
    let close = rest.find(']')?;
    let inner = &rest[1..close];
    if inner.contains('[') || (inner.contains('`') && !(inner.starts_with('`') && inner.ends_with('`'))) {
        return None;
    }
    let behind = &rest[close + 1..];
    let end = match behind.as_bytes().first() {
        Some(b'(') => close + 1 + behind.find(')')? + 1,
        Some(b'[') => close + 1 + behind.find(']')? + 1,
        _ if inner.starts_with('`') && inner.len() > 2 => close + 1,
        _ => return None,
    };
    Some((close, end))
}

/// A link to a file; `to` is a path and may have a fragment.
pub(crate) fn link(words: &str, to: &str) -> String {
    let mut target = String::with_capacity(to.len());
    for letter in to.chars() {
        match letter {
            ' ' | '(' | ')' | '<' | '>' | '"' | '\\' | '|' | '`' | '[' | ']' | '{' | '}' | '*' => {
                target.push_str(&format!("%{:02X}", letter as u32));
            }
            letter if letter.is_control() => {}
            letter => target.push(letter),
        }
    }
    format!("[{words}]({target})")
}

/// A table. Cells are Markdown already.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let row = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::from("|");
        for cell in cells {
            line.push(' ');
            line.push_str(cell);
            line.push_str(if cell.is_empty() { "|" } else { " |" });
        }
        line
    };
    let mut lines = vec![row(&mut head.iter().copied()), row(&mut head.iter().map(|_| "---"))];
    lines.extend(rows.into_iter().map(|cells| row(&mut cells.iter().map(String::as_str))));
    lines.join("\n")
}

/// A fenced block that its content cannot close.
pub(crate) fn fence(language: &str, content: &str) -> String {
    let longest = content.lines().map(|line| longest_run(line.trim_start(), '`')).max().unwrap_or_default();
    let marks = "`".repeat(3.max(longest + 1));
    let language: String =
        language.chars().filter(|letter| letter.is_alphanumeric() || "-+#".contains(*letter)).collect();
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    let content = content.trim_end_matches('\n');
    let end = if content.is_empty() { "" } else { "\n" };
    format!("{marks}{language}\n{content}{end}{marks}")
}

/// The first sentence of a documentation comment, in one line; nothing where there is no sentence.
pub(crate) fn first_sentence(comment: &str) -> String {
    let mut paragraph = String::new();
    for line in comment.lines().map(str::trim).skip_while(|line| line.is_empty()) {
        if line.is_empty() || line.starts_with("```") || (line.starts_with('@') && !line.starts_with("@{")) {
            break;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    let mut end = paragraph.len();
    for (at, mark) in paragraph.char_indices().filter(|(_, letter)| matches!(letter, '.' | '!' | '?')) {
        let rest = &paragraph[at + mark.len_utf8()..];
        let before = paragraph[..at].rsplit(' ').next().unwrap_or_default().trim_start_matches(['(', '[']);
        let short = mark == '.'
            && (matches!(before, "e.g" | "i.e" | "etc" | "vs" | "cf" | "No") || before.chars().count() == 1);
        if rest.is_empty() || (rest.starts_with(' ') && !short) {
            end = at + mark.len_utf8();
            break;
        }
    }
    paragraph.truncate(end);
    paragraph
}

/// A name in a mermaid diagram: letters, digits and `_`, so that it never means anything else there.
pub(crate) fn plain_name(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') { name } else { format!("_{name}") }
}

/// Words in double quotes in a mermaid diagram.
pub(crate) fn quoted(words: &str) -> String {
    let mut out = String::from("\"");
    for letter in one_line(words).chars() {
        match letter {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '%' => out.push_str("#37;"),
            '\\' => out.push_str("#92;"),
            '`' => out.push_str("#96;"),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// All white space as single blanks, and nothing that nobody sees.
pub(crate) fn one_line(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for word in words.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let word: String = word.chars().filter(|letter| !is_unseen(*letter)).collect();
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
    out
}

fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn longest_run(words: &str, mark: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for letter in words.chars() {
        run = if letter == mark { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    /// The cells of the only table, as their text, and whether code alone makes them up.
    fn cells(markdown: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut open = false;
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => {
                    open = true;
                    rows.last_mut().unwrap().push(String::new());
                }
                Event::End(TagEnd::TableCell) => open = false,
                Event::Text(words) | Event::Code(words) if open => {
                    rows.last_mut().unwrap().last_mut().unwrap().push_str(&words);
                }
                Event::Start(Tag::Table(_)) | Event::End(_) => {}
                other => panic!("{other:?} in {markdown}"),
            }
        }
        rows
    }

    #[test]
    fn prose_keeps_code_and_drops_links() {
        for (words, expected) in [
            ("A `code|span` and snake_case.", "A `code\\|span` and snake_case."),
            ("The [`Entry`] of [a page](http://x).", "The `Entry` of a page."),
            ("See [`A`][b] and x[0] <b>!", "See `A` and x\\[0\\] &lt;b>!"),
            ("*all* _of_ it `open", "\\*all\\* \\_of\\_ it \\`open"),
            ("# no heading", "\\# no heading"),
            ("1. no list", "1\\. no list"),
        ] {
            assert_eq!(prose(words), expected);
        }
    }

    #[test]
    fn a_sentence_ends_where_it_ends() {
        for (comment, expected) in [
            ("Posts an entry. Twice is once.", "Posts an entry."),
            ("Posts,\n e.g. twice.\nMore.", "Posts, e.g. twice."),
            ("Version 1.2 of it\n\nMore.", "Version 1.2 of it"),
            ("\n  Posts\n@param x y", "Posts"),
            ("```\ncode\n```", ""),
            ("", ""),
        ] {
            assert_eq!(first_sentence(comment), expected, "{comment:?}");
        }
    }

    proptest! {
        #[test]
        fn hostile_words_stay_in_their_cell(words in "[ab|`<>&\\\\*_~#.1\\[\\]()\n\u{202e} -]{0,12}") {
            let expected = one_line(&words);
            let shown = table(&["a", "b"], [vec![code(&words), "x".to_owned()], vec![prose(&words), "y".to_owned()]]);
            let cells = cells(&shown);
            prop_assert_eq!(cells.len(), 3, "{}", shown);
            prop_assert_eq!(&cells[1], &vec![expected, "x".to_owned()], "{}", shown);
            prop_assert_eq!(&cells[2][1], "y", "{}", shown);
        }

        #[test]
        fn a_fence_holds_its_content(words in "[ -~`\n]{0,40}") {
            let shown = format!("{}\n\nend\n", fence("rs", &words));
            let ends = Parser::new(&shown).filter(|event| matches!(event, Event::Text(words) if &**words == "end")).count();
            prop_assert!(ends >= 1, "{}", shown);
            let last = Parser::new(&shown).last();
            prop_assert!(matches!(last, Some(Event::End(TagEnd::Paragraph))), "{}", shown);
        }
    }
}
