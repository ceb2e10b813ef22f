//! Bindings as two other tools write them, so that nothing has to be written anew.
//!
//! fiberplane/drift has `drift: {files: [path#Symbol@change]}` in front matter or in a comment, and `@./path#Symbol` in the
//! text. StrictDoc has, under `Relations:`, items of `Type: File`, `Path:`, `Element:`, `ID:` and `Hash:`.

use super::Origin;
use super::binding::{Reader, trimmed};
use crate::target::Target;
use std::sync::Arc;
use syntax::lines::lines;
use syntax::markdown::Markdown;
use syntax::yaml::{self, Node};
use text::Span;

impl Reader<'_> {
    pub(super) fn aliases(&mut self, map: &Node, markdown: &Markdown, body: Span) {
        let mut drift = self.drift(map, &"".into(), Origin::FrontMatter);
        for comment in markdown.comments(self.text, body) {
            if comment.words.of(self.text).trim_start().starts_with("drift:") {
                let inner = yaml::read(self.text, trimmed(self.text, comment.words));
                drift |= self.drift(&inner.root, &"".into(), Origin::Comment);
            }
        }
        if drift {
            self.drift_mentions(markdown, body);
        }
        self.strict_doc(markdown, body);
    }

    /// True when drift keeps this document.
    fn drift(&mut self, map: &Node, section: &Arc<str>, from: Origin) -> bool {
        let Some(files) = map.get("drift").and_then(|drift| drift.get("files")) else { return false };
        for file in files.items() {
            if let Some(written) = file.scalar() {
                let target = without_change(written);
                let start = spec::values::source_offset(self.text, file, 0);
                let end = spec::values::source_offset(self.text, file, target.len());
                self.binding(target, Span::new(start, end), section, from, None);
            }
        }
        true
    }

    /// `@./path#Symbol` in the text.
    fn drift_mentions(&mut self, markdown: &Markdown, body: Span) {
        let words = body.of(self.text);
        for at in memchr::memmem::find_iter(words.as_bytes(), "@./") {
            let start = body.start as usize + at + 1;
            let written: &str =
                self.text[start..].split([' ', '\t', '\r', '\n', ')', ']', '`', ',', ';']).next().unwrap_or("");
            let target = without_change(written).trim_end_matches(['.', ':']).trim_start_matches("./");
            if markdown.is_verbatim(start) || target.is_empty() {
                continue;
            }
            if let Ok(found) = Target::parse(target, &self.document.path) {
                let section = self.section(start as u32);
                self.anchor(section, found, Span::new(start + 2, start + 2 + target.len()), Origin::Link, None);
            }
        }
    }

    /// `Type: File` and `Path: …` on lines of one list item below `Relations:`.
    fn strict_doc(&mut self, markdown: &Markdown, body: Span) {
        let mut within = false;
        let mut open: Option<Relation> = None;
        for line in lines(self.text, body) {
            let words = line.of(self.text);
            if markdown.is_verbatim(line.start as usize) || words.starts_with('#') {
                within = false;
            }
            let bare = words.trim().trim_matches('*').trim_end_matches(':').trim_end_matches('*');
            if matches!(bare, "Relations" | "RELATIONS") && words.contains(':') {
                within = true;
                continue;
            }
            if !within {
                self.put(open.take());
                continue;
            }
            if words.trim_start().starts_with("- ") {
                self.put(open.take());
                open = Some(Relation::default());
            }
            let Some(relation) = &mut open else { continue };
            let mut at = line.start as usize;
            for part in words.split(", ") {
                let field = part.trim_start().trim_start_matches("- ").trim_start();
                if let Some((key, value)) = field.split_once(':') {
                    let value = value.trim().trim_matches('`');
                    let offset = part.rfind(value).filter(|_| !value.is_empty()).unwrap_or(part.len());
                    let span = Span::new(at + offset, at + offset + value.len());
                    match key.trim().trim_matches('*') {
                        "Type" => relation.is_file = value == "File",
                        "Path" => relation.path = Some((value.to_owned(), span)),
                        "ID" => relation.id = Some(value.to_owned()),
                        _ => {}
                    }
                }
                at += part.len() + 2;
            }
        }
        self.put(open);
    }

    fn put(&mut self, relation: Option<Relation>) {
        let Some(Relation { is_file: true, path: Some((path, span)), id }) = relation else { return };
        let target = id.map_or(path.clone(), |id| format!("{path}#{id}"));
        let section = self.section(span.start);
        self.binding(&target, span, &section, Origin::Comment, None);
    }
}

#[derive(Default)]
struct Relation {
    is_file: bool,
    path: Option<(String, Span)>,
    id: Option<String>,
}

/// Without `@change` at the end, by which drift says what it was last compared with.
fn without_change(written: &str) -> &str {
    match written.rsplit_once('@') {
        Some((target, change))
            if !target.is_empty() && change.chars().all(|letter| letter.is_alphanumeric() || letter == ':') =>
        {
            target
        }
        _ => written,
    }
}
