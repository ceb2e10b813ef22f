//! What a source takes from elsewhere.
//!
//! `queries/<language>/imports.scm` names it: `@module` is where from, `@name` what of it. Rust's trees of `use` are unfolded here.

use super::{Language, span_of};
use text::{Span, Spanned};
use tree_sitter::{Node, QueryCursor, StreamingIterator, Tree};

/// One import, as it is written: which file that is, is another question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// `crate::billing::Invoice`, `..billing`, `./billing`, `example.com/shop/billing`, `"billing.h"` without its quotes.
    pub module: Spanned<String>,
    /// What is taken of it, where that is written apart from the module.
    pub names: Vec<Spanned<String>>,
}

pub(super) fn imports(language: Language, text: &str, tree: &Tree) -> Vec<Import> {
    let Some(query) = language.grammar().imports.as_ref() else { return Vec::new() };
    let captures = query.capture_names();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(query, tree.root_node(), text.as_bytes());
    let mut found: Vec<Import> = Vec::new();
    while let Some(one) = matches.next() {
        let mut module = None;
        let mut names = Vec::new();
        for capture in one.captures() {
            let span = span_of(capture.node);
            match captures.get(capture.index as usize).copied() {
                Some("module") => module = Some(capture.node),
                Some("name") => names.push(Spanned::new(span.of(text).to_owned(), span)),
                _ => {}
            }
        }
        let Some(module) = module else { continue };
        #[allow(clippy::single_match_else, reason = "one language is special")]
        match language {
            Language::Rust => unfold(text, module, "", &mut found),
            _ => {
                let span = inner(text, span_of(module));
                // a query matches once for each name
                match found.iter_mut().find(|import| import.module.span == span) {
                    Some(import) => import.names.append(&mut names),
                    None => found.push(Import { module: Spanned::new(span.of(text).to_owned(), span), names }),
                }
            }
        }
    }
    found.sort_by_key(|import| import.module.span);
    found
}

/// Without the quotes or angle brackets around it.
fn inner(text: &str, span: Span) -> Span {
    let quoted = span.of(text);
    let bare = quoted.trim_matches(['"', '\'', '`', '<', '>']);
    let start = span.start as usize + (quoted.len() - quoted.trim_start_matches(['"', '\'', '`', '<', '>']).len());
    Span::new(start, start + bare.len())
}

/// `a::{b, c::d as e, self, f::*}` as one import for each leaf.
fn unfold(text: &str, node: Node, prefix: &str, found: &mut Vec<Import>) {
    let words = |node: Node| span_of(node).of(text).split_whitespace().collect::<String>();
    let join = |tail: &str| match (prefix, tail) {
        ("", tail) => tail.to_owned(),
        (prefix, "self" | "") => prefix.to_owned(),
        (prefix, tail) => format!("{prefix}::{tail}"),
    };
    let mut leaf = |path: String| found.push(Import { module: Spanned::new(path, span_of(node)), names: Vec::new() });
    let mut cursor = node.walk();
    match node.kind() {
        "use_list" => node.named_children(&mut cursor).for_each(|child| unfold(text, child, prefix, found)),
        "scoped_use_list" => {
            let path = join(&node.child_by_field_name("path").map(words).unwrap_or_default());
            if let Some(list) = node.child_by_field_name("list") {
                unfold(text, list, &path, found);
            }
        }
        "use_as_clause" => leaf(join(&node.child_by_field_name("path").map(words).unwrap_or_default())),
        "use_wildcard" => leaf(join(words(node).trim_end_matches('*').trim_end_matches("::"))),
        kind if kind.contains("comment") => {}
        _ => leaf(join(&words(node))),
    }
}
