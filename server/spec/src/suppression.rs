//! Comments that ignore a rule: `<!-- tollgate-ignore <rule>: <reason> -->` in the Markdown body of a file of ours.
//!
//! They are written for us and for the people who read the file. An agent is told the words without them, so that a
//! comment changes no prompt and makes no finished work stale.

use crate::project::SpecFile;
use std::borrow::Cow;
use syntax::front_matter;
use syntax::markdown::{self, Comment, Markdown};
use text::Span;

/// What every such comment begins with.
pub const KEYWORD: &str = "tollgate-ignore";

/// True for the first word of a comment that means something.
pub fn is_known(word: &str) -> bool {
    word.strip_prefix(KEYWORD).is_some_and(|rest| matches!(rest, "" | "-file"))
}

/// The comments of `text[span]` that begin with [`KEYWORD`] and are closed, in order of place. What stands in code shows how
/// one is written.
pub fn comments(text: &str, body: &Markdown, span: Span) -> Vec<Comment> {
    if !span.of(text).contains(KEYWORD) {
        return Vec::new();
    }
    let mut found = body.comments(text, span);
    found.retain(|comment| {
        let words = comment.words.of(text).trim_start_matches([' ', '\t']);
        comment.words.end < comment.span.end && words.starts_with(KEYWORD)
    });
    found
}

/// As [`comments`], without those whose first word means nothing.
pub(crate) fn known(text: &str, body: &Markdown, span: Span) -> Vec<Span> {
    let mut found = comments(text, body, span);
    found.retain(|comment| {
        let words = comment.words.of(text).trim_start_matches([' ', '\t']);
        let end = words.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).unwrap_or(words.len());
        is_known(&words[..end])
    });
    found.into_iter().map(|comment| comment.span).collect()
}

/// `text[span]` without these comments: with a line that nothing else stands on, or with the blanks that set one apart.
pub(crate) fn without<'t>(text: &'t str, span: Span, comments: &[Span]) -> Cow<'t, str> {
    let end = span.end as usize;
    let mut left = String::new();
    let mut from = span.start as usize;
    let inside = |comment: &&Span| span.start <= comment.start && comment.end <= span.end;
    for comment in comments.iter().filter(inside) {
        left.push_str(&text[from..comment.start as usize]);
        from = comment.end as usize;
        let rest = &text[from..end];
        let line = left.rfind('\n').map_or(0, |at| at + 1);
        let next = rest.find('\n').map_or(rest.len(), |at| at + 1);
        if !left[line..].trim().is_empty() {
            left.truncate(left.trim_end_matches([' ', '\t']).len());
        } else if rest[..next].trim().is_empty() {
            left.truncate(line);
            from += next;
        } else {
            from += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        }
    }
    if from == span.start as usize {
        return Cow::Borrowed(span.of(text));
    }
    left.push_str(&text[from..end]);
    Cow::Owned(left)
}

/// The words of an item without the comments at its two ends.
pub(crate) fn trim(text: &str, words: Span, comments: &[Span]) -> Span {
    let mut words = words.range();
    for comment in comments {
        if comment.start as usize == words.start && comment.end as usize <= words.end {
            words.start = comment.end as usize;
            words.start += text[words.clone()].len() - text[words.clone()].trim_start().len();
        }
    }
    for comment in comments.iter().rev() {
        if comment.end as usize == words.end && words.start <= comment.start as usize {
            words.end = words.start + text[words.start..comment.start as usize].trim_end().len();
        }
    }
    Span::new(words.start, words.end)
}

/// What an agent is told of `text[span]`, a part of the body of a file of ours.
pub(crate) fn told(text: &str, span: Span) -> Cow<'_, str> {
    if !span.of(text).contains(KEYWORD) {
        return Cow::Borrowed(span.of(text));
    }
    let body = markdown::read(text, front_matter::split(text).body);
    without(text, span, &known(text, &body, span))
}

impl SpecFile {
    /// A part of the body as an agent is told it; none where the text is not at hand. Files of other tools have no comments
    /// of ours.
    pub fn told(&self, span: Span) -> Option<Cow<'_, str>> {
        let text = self.text()?;
        Some(if self.kind.is_foreign() { Cow::Borrowed(span.of(text)) } else { told(text, span) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn of_agent(body: &str) -> String {
        let text = format!("---\nname: a\n---\n{body}");
        let file = SpecFile::read(".tollgate/agents/a.md", &text).unwrap();
        let all = Span::new(text.len() - body.len(), text.len());
        file.told(all).unwrap().into_owned()
    }

    #[test]
    fn only_these_comments_go_and_their_lines_with_them() {
        let one = "<!-- tollgate-ignore id/bad: so it is -->";
        let file = "<!--tollgate-ignore-file id/bad, id/taken:\n  so it is\n-->";
        let c = |text: &str| text.replace("ONE", one).replace("FILE", file);
        for (body, told) in [
            ("a\nONE\nb\n", "a\nb\n"),
            ("a\r\n  ONE \r\nb\r\n", "a\r\nb\r\n"),
            ("FILE\n\na", "\na"),
            ("ONE", ""),
            ("a ONE\nb", "a\nb"),
            ("a ONE b", "a b"),
            ("  ONE  a", "  a"),
            ("ONE FILE\na", "a"),
            ("a ONE FILE\nb", "a\nb"),
            ("<!-- tollgate-ignore -->\na", "a"),
        ] {
            assert_eq!(of_agent(&c(body)), told, "{body}");
        }
        for kept in [
            "<!-- a word -->\n",
            "<!-- tollgate-ignores id/bad: so -->\n",
            "<!-- tollgate-ignore-next-line id/bad: so -->\n",
            "<!-- see tollgate-ignore id/bad: so -->\n",
            "<!-- tollgate: ignore id/bad: so -->\n",
            "tollgate-ignore id/bad: so\n",
            "<!-- tollgate-ignore id/bad: so",
            "```\nONE\n```\n",
            "a\n\n    ONE\n",
            "Write `ONE` there.",
            "<pre>\nONE\n</pre>\n",
        ] {
            assert_eq!(of_agent(&c(kept)), c(kept));
        }
    }

    #[test]
    fn what_another_tool_reads_stays_as_it_is() {
        let text = "---\nname: a\ndescription: d\n---\n<!-- tollgate-ignore id/bad: so -->\nYou.\n";
        let host = SpecFile::read(".claude/agents/a.md", text).unwrap();
        assert_eq!(host.told(Span::new(0, text.len())).unwrap(), text);
        assert_eq!(host.without_text().told(Span::new(0, text.len())), None);
    }

    #[test]
    fn a_criterion_is_read_without_them() {
        let list = "- [ ] AC-1 it holds (check: absent \"x\" in outputs.o) <!-- tollgate-ignore id/bad: so -->\n\
                    <!-- tollgate-ignore id/bad: so -->\n\
                    - [ ] AC-2 it <!-- tollgate-ignore id/bad: so --> stays (recommended)\n\
                    - [ ] <!-- tollgate-ignore id/bad: so --> AC-3 it is `<!-- tollgate-ignore -->` (evidence: review)\n\
                    - [ ] AC-4 <!-- not ours -->\n";
        let gate = SpecFile::read(".tollgate/gates/g.md", &format!("---\nname: g\n---\n## Criteria\n{list}")).unwrap();
        let crate::Content::Gate(_, gate, _) = &gate.content else { panic!() };
        let read: Vec<_> = gate
            .criteria
            .iter()
            .map(|it| (it.id.as_ref().unwrap().value.as_str(), it.must.value.as_str(), it.check.is_some(), it.required))
            .collect();
        assert_eq!(
            read,
            [
                ("AC-1", "it holds", true, true),
                ("AC-2", "it stays", false, false),
                ("AC-3", "it is `<!-- tollgate-ignore -->`", false, true),
                ("AC-4", "<!-- not ours -->", false, true),
            ]
        );
        assert_eq!(gate.criteria[2].evidence[0].value, "review");
        let text = format!("---\nid: t-1\n---\n## Acceptance Criteria\n{list}");
        let ticket = SpecFile::read(".tollgate/tickets/t-1.md", &text).unwrap();
        let crate::Content::Ticket(ticket) = &ticket.content else { panic!() };
        assert_eq!(ticket.acceptance[1].text.value, "it stays (recommended)");
    }

    proptest! {
        #[test]
        fn what_is_told_is_the_text_without_the_comments(
            parts in proptest::collection::vec("(<!-- ?tollgate-ignore(-file)? [a-z:é]{0,4}(-->)?|```|`|é|word|\r?\n| |    |<!-- x -->|- )", 0..14),
        ) {
            let body = parts.concat();
            let text = format!("---\nname: a\n---\n{body}");
            let all = Span::new(text.len() - body.len(), text.len());
            let read = markdown::read(&text, all);
            let mut rest = body.clone();
            for comment in known(&text, &read, all).into_iter().rev() {
                let start = comment.start as usize - all.start as usize;
                rest.replace_range(start..start + comment.len(), "");
            }
            let plain = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(plain(&of_agent(&body)), plain(&rest));
            let _ = SpecFile::read_shared(".tollgate/gates/g.md", Arc::from(format!("---\n---\n## Gate\n{body}")));
        }
    }
}
