//! `path#Symbol` where a document says what it documents: in `documents:` of the front matter, in a comment, and in the
//! target of a link. What there is to choose from is looked up by whoever has the files.

use crate::completion::{Item, ItemKind};
use docs::document::is_code;
use docs::source::Source;
use docs::target::join;
use std::sync::Arc;
use syntax::front_matter;
use text::Span;

/// What can be chosen where the cursor is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Files and folders of this folder (from the root, without a `/` at its end).
    Paths {
        /// The folder.
        folder: String,
        /// What is replaced: the last name.
        span: Span,
    },
    /// What this file declares.
    Symbols {
        /// Path from the root.
        file: String,
        /// What is replaced: everything behind `#`.
        span: Span,
    },
}

/// What is asked for at a place of a document.
pub fn wanted(path: &str, text: &str, offset: usize) -> Option<Wanted> {
    let line = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..offset];
    let front = front_matter::split(text).yaml;
    let in_front = front.start as usize <= offset && offset <= front.end as usize && !front.is_empty();
    let (typed, is_link) = if in_front {
        let head = text[front.start as usize..line].lines().rev();
        let key = head.map(str::trim_end).find(|line| !line.starts_with([' ', '-', '\t']) && !line.is_empty());
        let own = before.trim_start();
        let is_item = own.starts_with("- ") && key == Some("documents:");
        if !is_item && !before.starts_with("documents:") && !own.starts_with("- to:") {
            return None;
        }
        (before.rsplit([' ', '"', '\'', '[', ',']).next()?, false)
    } else if let Some(at) = before.rfind("<!-- documents:") {
        let rest = &before[at..];
        if rest.contains("-->") {
            return None;
        }
        (rest.rsplit([' ', '"', '\'', ',', '{']).next()?, false)
    } else {
        let at = before.rfind("](")?;
        let typed = &before[at + 2..];
        (!typed.contains([')', ' ', ':'])).then_some((typed, true))?
    };
    let start = offset - typed.len();
    let from_here = is_link || typed.starts_with("./") || typed.starts_with("../");
    let full = |path_part: &str| match from_here {
        true => join(path, path_part),
        false => Some(path_part.to_owned()),
    };
    if let Some((file, symbol)) = typed.split_once('#') {
        let file = full(file).filter(|file| is_code(file))?;
        let rest = text[offset..].find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.'));
        let end = offset + rest.unwrap_or(text.len() - offset);
        return Some(Wanted::Symbols { file, span: Span::new(offset - symbol.len(), end) });
    }
    let (folder, _) = typed.rsplit_once('/').unwrap_or(("", typed));
    let name = typed.rfind('/').map_or(start, |slash| start + slash + 1);
    let folder = match folder {
        "" if !from_here => String::new(),
        "" => path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()),
        folder => full(&format!("{folder}/_"))?.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned()),
    };
    Some(Wanted::Paths { folder, span: Span::new(name, offset) })
}

/// What a file declares, public symbols first.
pub fn symbols(file: &str, text: &Arc<str>, span: Span) -> Vec<Item> {
    let source = Source::read(file, text);
    let mut seen = std::collections::BTreeSet::new();
    let mut all: Vec<Item> = source
        .symbols()
        .iter()
        .filter(|symbol| seen.insert(symbol.path.clone()))
        .map(|symbol| Item {
            label: symbol.path.clone(),
            kind: ItemKind::Name,
            detail: symbol.kind.word().to_owned(),
            insert: symbol.path.clone(),
            required: symbol.public,
            span,
            ..Item::default()
        })
        .collect();
    all.sort_by_key(|item| !item.required);
    all
}

/// Files and folders, by name, as they can be chosen: sources and folders; `true` for a folder.
pub fn paths(names: &[(String, bool)], span: Span) -> Vec<Item> {
    let fits = |(name, folder): &&(String, bool)| !name.starts_with('.') && (*folder || is_code(name));
    let item = |(name, folder): &(String, bool)| {
        let insert = if *folder { format!("{name}/") } else { name.clone() };
        let detail = if *folder { "folder" } else { "file" }.to_owned();
        Item { label: insert.clone(), kind: ItemKind::Name, detail, insert, span, ..Item::default() }
    };
    names.iter().filter(fits).map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Wanted> {
        let offset = text.find('|').unwrap();
        wanted("docs/a.md", &text.replace('|', ""), offset)
    }

    fn shown(wanted: Option<Wanted>) -> String {
        match wanted {
            Some(Wanted::Paths { folder, .. }) => format!("in {folder}"),
            Some(Wanted::Symbols { file, .. }) => format!("of {file}"),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn knows_where_a_target_is_typed() {
        for (text, expected) in [
            ("---\ndocuments:\n  - src/le|\n---\n", "in src"),
            ("---\ndocuments:\n  - |\n---\n", "in "),
            ("---\ndocuments:\n  - src/a.rs#Po|\n---\n", "of src/a.rs"),
            ("---\ndocuments: [src/a.rs#|\n---\n", "of src/a.rs"),
            ("---\ntags:\n  - src/le|\n---\n", "nothing"),
            ("# A <!-- documents: src/a.rs#|\n", "of src/a.rs"),
            ("# A <!-- documents: src/a.rs#A --> x|\n", "nothing"),
            ("See [a](../src/|\n", "in src"),
            ("See [a](../src/a.rs#|)\n", "of src/a.rs"),
            ("See [a](|\n", "in docs"),
            ("See [a](https://x|\n", "nothing"),
            ("plain words|\n", "nothing"),
        ] {
            assert_eq!(shown(at(text)), expected, "{text}");
        }
    }

    #[test]
    fn offers_what_a_file_declares() {
        let text: Arc<str> = "struct Hidden;\npub struct Ledger;\nimpl Ledger { pub fn post(&self) {} }\n".into();
        let labels: Vec<String> = symbols("a.rs", &text, Span::default()).into_iter().map(|item| item.label).collect();
        assert_eq!(labels.last().map(String::as_str), Some("Hidden"));
        assert!(labels.contains(&"Ledger.post".to_owned()), "{labels:?}");
    }
}
