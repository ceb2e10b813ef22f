//! Mirror fences: code in a document that restates declarations of a source file, and says which.
//!
//! ````markdown
//! ```ts mirror=src/server.ts#ViteDevServer
//! interface ViteDevServer {
//!   httpServer: HttpServer | null
//! }
//! ```
//! ````

mod compare;
mod normal;

pub use compare::{Difference, DifferenceKind};

use syntax::lines::lines;
use syntax::markdown::Markdown;
use text::{Span, Spanned};

/// A fence that says what it mirrors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mirror {
    /// The first word behind the fence, as written: `ts`. Empty where there is none.
    pub language: Spanned<String>,
    /// What it mirrors, as written: `src/server.ts#ViteDevServer`.
    pub target: Spanned<String>,
    /// The whole block, fences included.
    pub block: Span,
    /// The lines between the fences.
    pub code: Span,
}

/// The mirrors of a document. `markdown` is what [`syntax::markdown::read`] says of the same text.
pub fn read(text: &str, markdown: &Markdown) -> Vec<Mirror> {
    markdown.verbatim.iter().filter_map(|block| mirror(text, *block)).collect()
}

fn mirror(text: &str, block: Span) -> Option<Mirror> {
    let mut inside = lines(text, block);
    let first = inside.next()?;
    let line = first.of(text);
    let fence = line.trim_start();
    let mark = fence.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let info = fence.trim_start_matches(mark);
    let marks = fence.len() - info.len();
    let offset = first.end as usize - info.len();
    let (key, from) = info
        .match_indices("mirror=")
        .map(|(at, key)| (at, at + key.len()))
        .find(|(at, _)| info[..*at].ends_with(|letter: char| letter.is_whitespace() || matches!(letter, '{' | ',')))?;
    let rest = &info[from..];
    let (target, from) = match rest.strip_prefix('"').and_then(|rest| Some(&rest[..rest.find('"')?])) {
        Some(target) => (target, from + 1),
        None => {
            (&rest[..rest.find(|letter: char| letter.is_whitespace() || letter == '}').unwrap_or(rest.len())], from)
        }
    };
    let words = info[..key].trim_start();
    let language = words.split([' ', '\t', ',', '{']).next().unwrap_or_default();
    let at = offset + info.len() - info.trim_start().len();
    let start = inside.offset();
    let last = inside.last().filter(|line| {
        let words = line.of(text).trim();
        words.len() >= marks && words.chars().all(|letter| letter == mark)
    });
    let end = last.map_or(block.end, |line| line.start);
    Some(Mirror {
        language: Spanned::new(language.to_owned(), Span::new(at, at + language.len())),
        target: Spanned::new(target.to_owned(), Span::new(offset + from, offset + from + target.len())),
        block,
        code: Span { start: u32::try_from(start).unwrap_or(u32::MAX).min(end), end },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors(text: &str) -> Vec<(String, String, String)> {
        let markdown = syntax::markdown::read(text, Span::new(0, text.len()));
        let found = read(text, &markdown);
        for mirror in &found {
            assert_eq!(mirror.language.span.of(text), mirror.language.value);
            assert_eq!(mirror.target.span.of(text), mirror.target.value);
        }
        let parts = |mirror: Mirror| (mirror.language.value, mirror.target.value, mirror.code.of(text).to_owned());
        found.into_iter().map(parts).collect()
    }

    #[test]
    fn only_a_fence_that_says_what_it_mirrors_is_one() {
        let one = |language: &str, target: &str, code: &str| vec![(language.into(), target.into(), code.into())];
        assert_eq!(mirrors("```ts mirror=src/a.ts#A\nx\ny\n```\n"), one("ts", "src/a.ts#A", "x\ny\n"));
        assert_eq!(
            mirrors("~~~py title=\"a b\" mirror=\"src/a b.py#A\" x\nx\n~~~\n"),
            one("py", "src/a b.py#A", "x\n")
        );
        assert_eq!(mirrors("- a\n\n  ```go {mirror=a.go#A}\n  x\n  ```\n"), one("go", "a.go#A", "  x\n"));
        assert_eq!(mirrors("```ts mirror=a.ts#A\nx"), one("ts", "a.ts#A", "x"), "no end yet");
        assert_eq!(mirrors("```ts mirror=a.ts#A"), one("ts", "a.ts#A", ""));
        assert_eq!(mirrors("```ts\n```ts mirror=a.ts#A\n```\n"), vec![]);
        assert_eq!(mirrors("```ts nomirror=a.ts#A\n```\n<!-- mirror=a -->\n"), vec![]);
        assert_eq!(mirrors("````md\n```ts mirror=a.ts#A\n```\n````\n"), vec![]);
    }
}
