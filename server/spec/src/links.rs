//! Markdown links that lead from one file of a root to another, or to a heading.

use crate::project::{FileKind, NameKind, Role};
use crate::values;
use crate::{Content, Name, SpecFile};
use syntax::{front_matter, markdown};
use text::Span;

/// A link to a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileLink {
    /// The file, as a path from the root.
    pub path: String,
    /// Its path as it is written; empty in a link to the same file.
    pub written: Span,
    /// What stands behind `#`.
    pub anchor: Option<Span>,
}

/// Every link of the Markdown of the file `from` that leads to a file.
pub fn file_links(from: &str, text: &str) -> Vec<FileLink> {
    let body = front_matter::split(text).body;
    let links = markdown::read(text, body).links(text, body);
    links.into_iter().filter_map(|link| file_link(from, text, link.target)).collect()
}

fn file_link(from: &str, text: &str, target: Span) -> Option<FileLink> {
    let words = target.of(text);
    let end = words.find(['#', '?']).unwrap_or(words.len());
    let start = target.start as usize;
    let anchor = words[end..].starts_with('#').then(|| Span::new(start + end + 1, target.end as usize));
    let path = if end == 0 { anchor.map(|_| from.to_owned()) } else { resolve(from, words) };
    Some(FileLink { path: path?, written: Span::new(start, start + end), anchor })
}

/// The path from the root to which a link in the file `from` leads: from the folder of the file, or from the root behind a
/// `/`. `None` for what leads out of the root or is no path.
pub fn resolve(from: &str, target: &str) -> Option<String> {
    let path = target.split(['#', '?']).next().unwrap_or_default();
    let path = decoded(path)?;
    let (from, path) = match path.strip_prefix('/') {
        Some(path) => ("", path),
        None => (from.rsplit_once('/').map_or("", |(folder, _)| folder), path.as_str()),
    };
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    (!path.is_empty() && values::path_fault(&path).is_none()).then_some(path)
}

/// `%20` and the like as what they stand for.
fn decoded(words: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(words.len());
    let mut rest = words.as_bytes();
    while let [first, more @ ..] = rest {
        match (first, more) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                bytes.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
                rest = after;
            }
            (b'%', _) => return None,
            (byte, more) => {
                bytes.push(*byte);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// No file has more links.
const MOST: usize = 10_000;

/// No path in a link is longer.
const LONGEST: usize = 512;

/// The names of our files to which the file leads, so that its links follow when one is renamed. The Markdown is read only
/// where a first look finds such a link.
pub(crate) fn ties(path: &str, text: &str) -> Vec<(Name, Role)> {
    let is_ours = |path: &String| FileKind::of(path).is_some_and(|kind| !kind.is_foreign() && path.ends_with(".md"));
    // A file may be made to be slow to read: so only so many, and each only so far back.
    let at_first_sight = text.match_indices(".md").take(MOST).any(|(at, _)| {
        let end = at + ".md".len();
        let mut from = at.saturating_sub(LONGEST);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let target = text[from..end].rfind("](").map(|open| &text[from + open + 2..end]);
        target.is_some_and(|target| resolve(path, target).as_ref().is_some_and(is_ours))
    });
    if !at_first_sight {
        return Vec::new();
    }
    let mut paths: Vec<String> = file_links(path, text).into_iter().map(|link| link.path).filter(is_ours).collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().map(|text| (Name { kind: NameKind::File, text }, Role::Use)).collect()
}

impl SpecFile {
    /// True for a file of another tool whose words are not ours to change. Spec Kit's documents are plain words that people
    /// write.
    pub fn is_others(&self) -> bool {
        is_others(self.kind, &self.content)
    }
}

pub(crate) fn is_others(kind: FileKind, content: &Content) -> bool {
    let is_spec_kit = matches!(content, Content::Work(work) if work.system == crate::work::System::SpecKit);
    kind.is_foreign() && !is_spec_kit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_and_headings() {
        let text = "---\na: 1\n---\n[a](../agents/w.md) [b](/x/y.md#top) [c](#here) [d](https://x.example/a.md)\n[e](../../../up.md) `[f](f.md)` [g](a%20b.md)\n";
        let found: Vec<(String, &str, Option<&str>)> = file_links(".tollgate/tickets/t.md", text)
            .into_iter()
            .map(|link| (link.path, link.written.of(text), link.anchor.map(|anchor| anchor.of(text))))
            .collect();
        let expected = [
            (".tollgate/agents/w.md", "../agents/w.md", None),
            ("x/y.md", "/x/y.md", Some("top")),
            (".tollgate/tickets/t.md", "", Some("here")),
            (".tollgate/tickets/a b.md", "a%20b.md", None),
        ];
        assert_eq!(found.iter().map(|(path, b, c)| (path.as_str(), *b, *c)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_links_to_files_of_ours_are_kept() {
        let names = |text: &str| -> Vec<String> {
            ties(".tollgate/tickets/t.md", text).into_iter().map(|(name, _)| name.text).collect()
        };
        assert_eq!(
            names("[a](t-2.md) [b](../workflows/f.md#x) [c](t-2.md) [d](../../docs/x.md)\n"),
            [".tollgate/tickets/t-2.md", ".tollgate/workflows/f.md"]
        );
        assert!(names("```\n[a](t-2.md)\n```\n").is_empty());
    }
}
