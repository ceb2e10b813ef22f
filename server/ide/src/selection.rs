//! What a growing selection takes next: word → value → entry → item → pass → front matter → file, and in Markdown word →
//! line → item → section → body → file. Needs nothing but the text, so it serves files of every tool.

use syntax::yaml::{Kind, Node};
use syntax::{front_matter, markdown, yaml};
use text::Span;

/// For each offset the spans around it, from the inside out; each lies in the next, and the last is the file.
pub fn around(path: &str, text: &str, offsets: &[usize]) -> Vec<Vec<Span>> {
    let whole = Span::new(0, text.len());
    let (front, body) = match path.rsplit('.').next() {
        Some("md" | "mdc") => {
            let split = front_matter::split(text);
            (split.yaml, split.body)
        }
        Some("yaml" | "yml" | "json") => (whole, Span::empty(text.len())),
        _ => (Span::empty(0), Span::empty(text.len())),
    };
    let document = (!front.is_empty()).then(|| yaml::read(text, front).root);
    let prose = markdown::read(text, body);
    let sections = prose.sections(body.end);
    let at = |offset: usize| {
        let mut found = vec![word(text, offset), line(text, offset)];
        // A comment of the front matter is no part of the value before it.
        if let Some(root) = document.as_ref().filter(|_| front.touches(offset)) {
            values(text, root, offset, &mut found);
            // With its two fences.
            found.extend([front, Span::new(0, body.start as usize)]);
        }
        if body.touches(offset) {
            let items = prose.items_in(body).filter(|item| item.span.touches(offset));
            found.extend(items.flat_map(|item| [item.text, item.span]));
            let around = sections.iter().filter(|section| section.span.touches(offset));
            found.extend(around.flat_map(|section| [section.title.span, section.content, section.span]));
            found.extend(prose.verbatim.iter().filter(|span| span.touches(offset)));
            found.push(body);
        }
        nested(found, offset, whole)
    };
    offsets.iter().map(|offset| at((*offset).min(text.len()))).collect()
}

/// Those that lie in each other, the smallest first.
fn nested(mut found: Vec<Span>, offset: usize, whole: Span) -> Vec<Span> {
    found.retain(|span| !span.is_empty() && span.touches(offset) && whole.contains(*span));
    found.sort_by_key(|span| (span.len(), span.start));
    found.push(whole);
    let mut chain: Vec<Span> = Vec::new();
    for span in found {
        if chain.last().is_none_or(|inner| span.contains(*inner) && span != *inner) {
            chain.push(span);
        }
    }
    chain
}

fn values(text: &str, root: &Node, offset: usize, found: &mut Vec<Span>) {
    let mut node = root;
    loop {
        found.push(node.span);
        match &node.kind {
            Kind::Map(entries) => {
                let whole = |entry: &&yaml::Entry| entry.key.span.cover(entry.value.span).touches(offset);
                let Some(entry) = entries.iter().rev().find(whole) else { return };
                found.extend([bare(text, entry.key.span), entry.key.span, entry.key.span.cover(entry.value.span)]);
                if entry.key.span.touches(offset) {
                    return;
                }
                node = &entry.value;
            }
            Kind::Seq(items) => {
                let Some(item) = items.iter().rev().find(|item| dashed(text, item.span).touches(offset)) else {
                    return;
                };
                found.push(dashed(text, item.span));
                node = item;
            }
            Kind::Scalar(_) => {
                found.push(bare(text, node.span));
                return;
            }
            Kind::Null => return,
        }
    }
}

/// An item with the `- ` before it, where there is one.
fn dashed(text: &str, item: Span) -> Span {
    let before = text.get(..item.start as usize).unwrap_or_default().trim_end_matches([' ', '\t']);
    if before.ends_with('-') { Span::new(before.len() - 1, item.end as usize) } else { item }
}

/// A token without its quotes.
fn bare(text: &str, token: Span) -> Span {
    let source = token.of(text);
    let quoted =
        source.len() > 1 && ["\"", "'"].iter().any(|quote| source.starts_with(quote) && source.ends_with(quote));
    if quoted { Span::new(token.start as usize + 1, token.end as usize - 1) } else { token }
}

fn word(text: &str, offset: usize) -> Span {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let length = |letters: &mut dyn Iterator<Item = char>| -> usize {
        letters.take_while(|letter| is_word(*letter)).map(char::len_utf8).sum()
    };
    let Some((before, after)) = text.split_at_checked(offset) else { return Span::empty(offset) };
    Span::new(offset - length(&mut before.chars().rev()), offset + length(&mut after.chars()))
}

/// The words of the line.
fn line(text: &str, offset: usize) -> Span {
    let Some((before, after)) = text.split_at_checked(offset) else { return Span::empty(offset) };
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let end = after.find(['\n', '\r']).map_or(text.len(), |end| offset + end);
    let words = &text[start..end];
    let from = start + words.len() - words.trim_start().len();
    Span::new(from, from + words.trim().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a selection at `$0` takes, each on one line, long ones by their ends.
    fn shown(path: &str, marked: &str) -> Vec<String> {
        let offset = marked.find("$0").unwrap();
        let text = marked.replacen("$0", "", 1);
        let cut = |span: &Span| {
            let letters: Vec<char> = span.of(&text).replace('\n', "⏎").chars().collect();
            match letters.len() {
                0..=44 => letters.iter().collect(),
                all => letters[..12].iter().chain(&['…']).chain(&letters[all - 10..]).collect(),
            }
        };
        around(path, &text, &[offset])[0].iter().map(cut).collect::<Vec<String>>()
    }

    #[test]
    fn in_front_matter_it_grows_from_word_to_pass_to_file() {
        let text =
            "---\nname: w\npasses:\n  - id: a\n    needs: [b, \"c-$0d\"]\n    gate: {x: 1}\n  - id: e\n---\n# W\n";
        let expected = [
            "c-d",
            "\"c-d\"",
            "[b, \"c-d\"]",
            "needs: [b, \"c-d\"]",
            "id: a⏎    needs: [b, \"c-d\"]⏎    gate: {x: 1}",
            "- id: a⏎    …te: {x: 1}",
            "- id: a⏎    …⏎  - id: e",
            "passes:⏎  - …⏎  - id: e",
            "name: w⏎pass…⏎  - id: e",
            "name: w⏎pass…  - id: e⏎",
            "---⏎name: w⏎…id: e⏎---⏎",
            "---⏎name: w⏎…e⏎---⏎# W⏎",
        ];
        let found = shown(".tollgate/workflows/w.md", text);
        assert_eq!(found, expected);
    }

    #[test]
    fn in_markdown_it_grows_from_word_to_section_to_file() {
        let text = "---\na: 1\n---\n# W\n\n## s\nMore.\n\n- [ ] one t$0wo\n- three\n\n## t\n";
        let expected = [
            "two",
            "one two",
            "- [ ] one two",
            "More.⏎⏎- [ ] one two⏎- three⏎⏎",
            "## s⏎More.⏎⏎- [ ] one two⏎- three⏎⏎",
            "# W⏎⏎## s⏎Mo…ree⏎⏎## t⏎",
            "---⏎a: 1⏎---…ree⏎⏎## t⏎",
        ];
        assert_eq!(shown("specs/001-a/tasks.md", text), expected);
        assert_eq!(shown("WORKFLOW.toml", "a = \"b$0c\"\nd = 1\n"), ["bc", "a = \"bc\"", "a = \"bc\"⏎d = 1⏎"]);
        assert_eq!(
            shown("x.json", "{\"a\": [\"b$0c\"]}"),
            ["bc", "\"bc\"", "[\"bc\"]", "\"a\": [\"bc\"]", "{\"a\": [\"bc\"]}"]
        );
        assert_eq!(around("x.md", "", &[0]), [[Span::new(0, 0)]]);
    }

    proptest! {
        #[test]
        fn each_lies_in_the_next(
            text in "(---\n)?(a: [\\[{\"']?b?[,\\]}]?\n|  - c: é\n|- \\[ \\] d\n|## e\n|```\n){0,8}(---\n)?(x\r\n|- y\n){0,3}",
            at in 0usize..120,
            path in prop::sample::select(vec!["a.md", "a.yaml", "a.json", "a.toml"]),
        ) {
            let mut offset = at.min(text.len());
            while !text.is_char_boundary(offset) {
                offset -= 1;
            }
            let chain = &around(path, &text, &[offset])[0];
            prop_assert_eq!(chain.last(), Some(&Span::new(0, text.len())));
            for pair in chain.windows(2) {
                prop_assert!(pair[1].contains(pair[0]) && pair[1] != pair[0]);
                prop_assert!(text.get(pair[0].range()).is_some());
            }
        }
    }
}
