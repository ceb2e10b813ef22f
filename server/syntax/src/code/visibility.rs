//! Who may use a symbol, as far as its file tells (reference/docs.md §2.3).

use super::{Kind, Language, Symbol, span_of};
use std::collections::HashSet;
use tree_sitter::{Node, Tree};

/// What a file says of its names as a whole.
pub(super) struct Facts {
    /// `__all__` of Python, `export { a, b }` of TypeScript.
    listed: Option<HashSet<String>>,
}

impl Facts {
    pub(super) fn of(language: Language, text: &str, tree: &Tree) -> Facts {
        let listed = match language {
            Language::Python => all_list(text, tree),
            Language::TypeScript | Language::Tsx => Some(exported(text, tree)),
            _ => None,
        };
        Facts { listed }
    }

    /// Looks at the declaration alone: that what it stands in is public, too, is seen to later.
    pub(super) fn is_public(&self, language: Language, text: &str, node: Node, symbol: &Symbol, path: &str) -> bool {
        let name = symbol.name.of(text);
        let nested = path.contains('.');
        match language {
            Language::Rust => rust(text, node, symbol.kind),
            Language::Python => match &self.listed {
                Some(listed) if !nested => listed.contains(name),
                _ => !name.starts_with('_') || name.starts_with("__") && name.ends_with("__"),
            },
            Language::TypeScript | Language::Tsx => self.typescript(text, node, symbol, nested),
        }
    }

    fn typescript(&self, text: &str, node: Node, symbol: &Symbol, nested: bool) -> bool {
        let name = symbol.name.of(text);
        let internal = symbol.doc.is_some_and(|doc| doc.of(text).contains("@internal"));
        if internal || name.starts_with(['_', '#']) {
            return false;
        }
        let member = matches!(symbol.kind, Kind::Method | Kind::Field | Kind::Variant | Kind::Constructor);
        if member && nested {
            return child(node, "accessibility_modifier").is_none_or(|word| span_of(word).of(text) == "public");
        }
        let exported =
            ancestors(node).take(3).any(|outer| matches!(outer.kind(), "export_statement" | "ambient_declaration"));
        exported || self.listed.as_ref().is_some_and(|listed| listed.contains(name))
    }
}

fn ancestors(node: Node) -> impl Iterator<Item = Node> {
    std::iter::successors(node.parent(), |node| node.parent())
}

fn child<'tree>(node: Node<'tree>, kind: &str) -> Option<Node<'tree>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == kind)
}

fn rust(text: &str, node: Node, kind: Kind) -> bool {
    if kind == Kind::Variant {
        return true;
    }
    if kind == Kind::Macro {
        let above = std::iter::successors(node.prev_sibling(), |node| node.prev_sibling());
        let mut attributes = above.take_while(|above| above.kind() == "attribute_item" || above.is_extra());
        return attributes.any(|attribute| span_of(attribute).of(text).contains("macro_export"));
    }
    let inherits = node.parent().and_then(|list| list.parent()).is_some_and(|home| {
        home.kind() == "trait_item" || home.kind() == "impl_item" && home.child_by_field_name("trait").is_some()
    });
    // fields of a variant are as public as it is
    let of_variant = ancestors(node).nth(1).is_some_and(|home| home.kind() == "enum_variant");
    inherits || of_variant || child(node, "visibility_modifier").is_some_and(|word| span_of(word).of(text) == "pub")
}

/// The names of `__all__ = ["a", "b"]`, with `+=` and tuples.
fn all_list(text: &str, tree: &Tree) -> Option<HashSet<String>> {
    let root = tree.root_node();
    let mut cursor = root.walk();
    let mut listed: Option<HashSet<String>> = None;
    for statement in root.named_children(&mut cursor).filter(|one| one.kind() == "expression_statement") {
        let Some(assignment) = statement.named_child(0) else { continue };
        let left = assignment.child_by_field_name("left").map(|left| span_of(left).of(text));
        let (Some("__all__"), Some(right)) = (left, assignment.child_by_field_name("right")) else { continue };
        // what is put together by a program cannot be read off
        if !matches!(right.kind(), "list" | "tuple" | "expression_list") {
            return None;
        }
        let mut cursor = right.walk();
        let strings = right.named_children(&mut cursor).filter(|item| item.kind() == "string");
        let names = strings.map(|item| span_of(item).of(text).trim_matches(['"', '\'']).to_owned());
        listed.get_or_insert_default().extend(names);
    }
    listed
}

/// The names of `export { a, b as c }`, `export default a` and `module.exports = { a, b }`.
fn exported(text: &str, tree: &Tree) -> HashSet<String> {
    let root = tree.root_node();
    let mut cursor = root.walk();
    let mut names = HashSet::new();
    let mut add = |node: Node| names.insert(span_of(node).of(text).to_owned());
    for statement in root.named_children(&mut cursor) {
        match statement.kind() {
            "export_statement" if statement.child_by_field_name("source").is_none() => {
                if let Some(clause) = child(statement, "export_clause") {
                    let mut cursor = clause.walk();
                    for specifier in clause.named_children(&mut cursor) {
                        specifier.child_by_field_name("name").map(&mut add);
                    }
                }
                statement.child_by_field_name("value").filter(|value| value.kind() == "identifier").map(&mut add);
            }
            "expression_statement" => {
                let assignment = statement.named_child(0).filter(|node| node.kind() == "assignment_expression");
                let side = |field| assignment.and_then(|node| node.child_by_field_name(field));
                if side("left").is_none_or(|left| span_of(left).of(text) != "module.exports") {
                    continue;
                }
                let Some(right) = side("right") else { continue };
                if right.kind() == "identifier" {
                    add(right);
                }
                let mut cursor = right.walk();
                for entry in right.named_children(&mut cursor) {
                    if entry.kind() == "shorthand_property_identifier" {
                        add(entry);
                    } else {
                        entry.child_by_field_name("value").map(&mut add);
                    }
                }
            }
            _ => {}
        }
    }
    names
}
