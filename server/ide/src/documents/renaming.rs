//! Names that documents follow: of a file that is moved, and of a symbol whose name is changed in a document.

use super::Documents;
use super::views::anchor_at;
use crate::diagnostic::TextEdit;
use docs::document::{Anchor, Origin};
use docs::target::{Fragment, PathPattern, Target, join, relative};
use std::collections::BTreeMap;
use syntax::{front_matter, markdown};
use text::Span;

/// Edits by path from the root, of the texts that were judged.
pub type Edits = BTreeMap<String, Vec<TextEdit>>;

/// Files are moved, each from a path to another; a folder stands for everything in it. Anchors and links of documents
/// follow, also those of documents that are moved themselves. The edits are of the old paths.
pub fn files_moved(documents: &Documents, moves: &[(String, String)]) -> Edits {
    let after = |path: &str| {
        moves.iter().find_map(|(from, to)| match path.strip_prefix(from.as_str()) {
            Some("") => Some(to.clone()),
            Some(rest) if rest.starts_with('/') => Some(format!("{to}{rest}")),
            _ => None,
        })
    };
    let mut all = Edits::new();
    for page in documents.pages() {
        let (document, text) = (&page.document, &page.text);
        let own = after(&document.path);
        let here = own.as_deref().unwrap_or(&document.path);
        let mut edits = Vec::new();
        for anchor in document.anchors.iter().filter(|anchor| anchor.from != Origin::Link) {
            let target = &anchor.target;
            let Some(file) = target.file() else { continue };
            let written = anchor.span.of(text);
            let is_relative = written.starts_with("./") || written.starts_with("../");
            let moved = after(file);
            if moved.is_none() && !(is_relative && own.is_some()) {
                continue;
            }
            let path = moved.unwrap_or_else(|| file.to_string());
            edits.push(TextEdit {
                span: anchor.span,
                text: in_place(written, &target_text(target, &path, here, is_relative)),
            });
        }
        let split = front_matter::split(text);
        let read = markdown::read(text, split.body);
        for link in read.links(text, split.body) {
            let words = link.target.of(text);
            let (path, _) = words.split_once('#').unwrap_or((words, ""));
            if path.is_empty() || path.contains(':') || path.starts_with('/') || path.contains('%') {
                continue;
            }
            let Some(file) = join(&document.path, path) else { continue };
            let moved = after(&file);
            if moved.is_none() && own.is_none() {
                continue;
            }
            let to = relative(here, &moved.unwrap_or(file));
            let span = Span::new(link.target.start as usize, link.target.start as usize + path.len());
            if to != path {
                edits.push(TextEdit { span, text: to });
            }
        }
        edits.sort_by_key(|edit| edit.span);
        edits.dedup_by_key(|edit| edit.span);
        edits.retain(|edit| edit.span.of(text) != edit.text);
        if !edits.is_empty() {
            all.insert(document.path.to_string(), edits);
        }
    }
    all
}

/// The name of the symbol under the cursor in a document, with its place: the last name of an anchor.
pub fn prepare(documents: &Documents, path: &str, text: Option<&str>, offset: usize) -> Option<(Span, String)> {
    let moved = documents.moved(path, text)?;
    let page = documents.page(path)?;
    let (anchor, _) = anchor_at(page, moved.back(offset)?)?;
    let (span, name) = last_name(anchor, &page.text)?;
    let span = moved.exactly(span)?;
    span.touches(offset).then_some((span, name))
}

/// Renames a symbol in all documents; code is somebody else's to rename.
pub fn rename(documents: &Documents, path: &str, text: Option<&str>, offset: usize, new: &str) -> Option<Edits> {
    let moved = documents.moved(path, text)?;
    let page = documents.page(path)?;
    let (anchor, _) = anchor_at(page, moved.back(offset)?)?;
    last_name(anchor, &page.text)?;
    let mut all = Edits::new();
    for page in documents.pages() {
        let same = page.document.anchors.iter().filter(|other| other.target == anchor.target);
        let spans = same.filter_map(|other| last_name(other, &page.text));
        let edits: Vec<TextEdit> = spans.map(|(span, _)| TextEdit { span, text: new.to_owned() }).collect();
        if !edits.is_empty() {
            all.insert(page.document.path.to_string(), edits);
        }
    }
    Some(all)
}

fn last_name(anchor: &Anchor, text: &str) -> Option<(Span, String)> {
    let Fragment::Symbol(path) = &anchor.target.fragment else { return None };
    let name = path.rsplit('.').next()?;
    let written = anchor.span.of(text);
    let at = written.rfind(name)?;
    let start = anchor.span.start as usize + at;
    Some((Span::new(start, start + name.len()), name.to_owned()))
}

fn target_text(target: &Target, path: &str, document: &str, is_relative: bool) -> String {
    let shown = if is_relative {
        let path = relative(document, path);
        if path.starts_with("../") { path } else { format!("./{path}") }
    } else {
        path.to_owned()
    };
    let moved = Target { path: PathPattern::File(shown.into()), fragment: target.fragment.clone() };
    moved.to_string()
}

/// What replaces a word, in the quotes that the word has.
fn in_place(written: &str, new: &str) -> String {
    match written.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
        Some(quote) => format!("{quote}{new}{quote}"),
        None => new.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docs::tree::Texts;

    fn documents(files: &[(&str, &str)]) -> Documents {
        let mut tree = Texts::default();
        files.iter().for_each(|(path, text)| tree.set(path, text));
        Documents::of(&tree)
    }

    fn after(text: &str, edits: &[TextEdit]) -> String {
        let mut text = text.to_owned();
        for edit in edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        text
    }

    const TEXT: &str = "---\ndocuments:\n  - src/a.rs#A.b\n  - {target: \"src/deep/x.rs#X\"}\n---\n# T <!-- documents: ../src/a.rs#A -->\nSee [A](../src/a.rs#A.b) and [other](other.md).\n";

    #[test]
    fn documents_follow_files_and_folders() {
        let documents = documents(&[("docs/t.md", TEXT), ("src/a.rs", "")]);
        let edits = |moves: &[(&str, &str)]| {
            let moves: Vec<_> = moves.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
            files_moved(&documents, &moves).remove("docs/t.md").map(|edits| after(TEXT, &edits))
        };
        let moved = edits(&[("src/a.rs", "lib/b.rs")]).unwrap();
        assert!(moved.contains("- lib/b.rs#A.b\n") && moved.contains("documents: ../lib/b.rs#A -->"), "{moved}");
        assert!(moved.contains("[A](../lib/b.rs#A.b)") && moved.contains("src/deep/x.rs"), "{moved}");
        let moved = edits(&[("src/deep", "lib")]).unwrap();
        assert!(moved.contains("{target: \"lib/x.rs#X\"}"), "{moved}");
        let moved = edits(&[("docs/t.md", "docs/in/t.md")]).unwrap();
        assert!(moved.contains("(../../src/a.rs#A.b)") && moved.contains("[other](../other.md)"), "{moved}");
        assert!(moved.contains("documents: ../../src/a.rs#A -->") && moved.contains("- src/a.rs#A.b"), "{moved}");
        assert_eq!(edits(&[("src/z.rs", "src/y.rs")]), None);
    }

    #[test]
    fn a_symbol_is_renamed_in_all_documents() {
        let documents = documents(&[("docs/t.md", TEXT), ("docs/u.md", "[x](../src/a.rs#A.b)\n"), ("src/a.rs", "")]);
        let at = TEXT.find("A.b").unwrap() + 2;
        assert_eq!(prepare(&documents, "docs/t.md", Some(TEXT), at).unwrap().1, "b");
        let edits = rename(&documents, "docs/t.md", Some(TEXT), at, "c").unwrap();
        assert_eq!(after(TEXT, &edits["docs/t.md"]).matches("A.c").count(), 2);
        assert_eq!(after("[x](../src/a.rs#A.b)\n", &edits["docs/u.md"]), "[x](../src/a.rs#A.c)\n");
    }
}
