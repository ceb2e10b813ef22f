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
            Language::Rust => unfold(text, module, "", &mut |path, leaf| {
                found.push(Import { module: Spanned::new(path, span_of(leaf)), names: Vec::new() });
            }),
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

/// What a `use` of Rust makes known, one word for each, with what it is called here.
pub(super) fn leaves(text: &str, declaration: Node) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = declaration.walk();
    let mut heads: Vec<&str> = Vec::new();
    for child in declaration.named_children(&mut cursor) {
        if child.kind() == "visibility_modifier" {
            heads.push(span_of(child).of(text));
        }
    }
    if let Some(argument) = declaration.child_by_field_name("argument") {
        unfold(text, argument, "", &mut |path, leaf| {
            let own = if leaf.kind() == "use_wildcard" { "*" } else { "" };
            let alias = leaf.child_by_field_name("alias").map_or(own, |alias| span_of(alias).of(text));
            found.push(format!("{} use {path} {alias}", heads.join(" ")));
        });
    }
    found
}

/// `a::{b, c::d as e, self, f::*}` leaf by leaf: the path, and where it is written.
fn unfold<'tree>(text: &str, node: Node<'tree>, prefix: &str, each: &mut dyn FnMut(String, Node<'tree>)) {
    let words = |node: Node| span_of(node).of(text).split_whitespace().collect::<String>();
    let join = |tail: &str| match (prefix, tail) {
        ("", tail) => tail.to_owned(),
        (prefix, "self" | "") => prefix.to_owned(),
        (prefix, tail) => format!("{prefix}::{tail}"),
    };
    let mut cursor = node.walk();
    match node.kind() {
        "use_list" => node.named_children(&mut cursor).for_each(|child| unfold(text, child, prefix, each)),
        "scoped_use_list" => {
            let path = join(&node.child_by_field_name("path").map(words).unwrap_or_default());
            if let Some(list) = node.child_by_field_name("list") {
                unfold(text, list, &path, each);
            }
        }
        "use_as_clause" => each(join(&node.child_by_field_name("path").map(words).unwrap_or_default()), node),
        "use_wildcard" => each(join(words(node).trim_end_matches('*').trim_end_matches("::")), node),
        kind if kind.contains("comment") => {}
        _ => each(join(&words(node)), node),
    }
}
