//! What the mirrors of `fixtures/docs/mirrors` restate wrongly, and what they say once it is mended.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use docs::document::Document;
use docs::mirror::DifferenceKind;
use docs::tree::Texts;

#[test]
fn mirrors() {
    runner::run("docs/mirrors", |files| {
        let mut tree = Texts::default();
        files.iter().for_each(|(path, text)| tree.set(path, text));
        let mut found = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            let mut mended = text.clone();
            let mut edits = Vec::new();
            let before = found.len();
            for mirror in &Document::read(path, text).mirrors {
                let at = |span: text::Span| runner::position(text, span.start as usize);
                match mirror.differences(path, text, &tree) {
                    Err(fault) => {
                        let unknown = if fault.is_unknown() { "unknown: " } else { "" };
                        found.push(format!("{} {unknown}{}", at(fault.span), fault.kind));
                    }
                    Ok(differences) => {
                        for one in differences {
                            let words = match &one.kind {
                                DifferenceKind::Declared { code, .. } => format!("is `{code}`"),
                                DifferenceKind::Missing(nearest) => {
                                    format!("is missing {}", nearest.as_deref().unwrap_or(""))
                                }
                            };
                            found.push(format!("{} {} {}", at(one.span), one.member, words.trim()));
                            edits.extend(one.fix);
                        }
                    }
                }
            }
            if found.len() == before {
                found.push(format!("{path}: all true"));
            }
            edits.sort_by_key(|(span, _)| *span);
            for (span, new) in edits.into_iter().rev() {
                let (line, end) =
                    (mended[..span.start as usize].rfind('\n').map_or(0, |at| at + 1), span.start as usize + new.len());
                mended.replace_range(span.range(), &new);
                let end = mended[end..].find('\n').map_or(mended.len(), |at| end + at);
                found.push(format!("mended: {}", mended[line..end].replace('\n', "\n        ")));
            }
            for mirror in &Document::read(path, &mended).mirrors {
                let left = mirror.differences(path, &mended, &tree).unwrap_or_default();
                assert!(left.iter().all(|one| one.fix.is_none()), "{left:?} in {mended}");
            }
        }
        found.iter().flat_map(|line| line.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    });
}
