//! Who may use a symbol, as far as its file tells (reference/docs.md §2.3).

use super::{Kind, Language, Symbol, span_of};
use std::collections::HashSet;
use tree_sitter::{Node, Tree};

/// What a file says of its names as a whole.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// What all its paths begin with.
    pub(super) package: String,
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
        Facts { package: super::package(language, text, tree), listed }
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
            Language::Go => name.starts_with(char::is_uppercase),
            Language::Java => {
                let implied = matches!(symbol.kind, Kind::Variant | Kind::Constant)
                    || ancestors(node).nth(1).is_some_and(|home| {
                        matches!(
                            home.kind(),
                            "interface_declaration" | "annotation_type_declaration" | "record_declaration"
                        ) && symbol.kind != Kind::Constructor
                            && !(home.kind() == "record_declaration" && node.kind() != "formal_parameter")
                    });
                let words = modifiers(text, node);
                !words.contains(&"private")
                    && (implied || words.iter().any(|word| matches!(*word, "public" | "protected")))
            }
            Language::C | Language::Cpp => c(text, node, symbol.kind),
            #[cfg(feature = "sql")]
            Language::Sql => true,
            #[cfg(feature = "proto")]
            Language::Proto => true,
            #[cfg(feature = "csharp")]
            Language::CSharp => {
                let implied = symbol.kind == Kind::Variant
                    || node.kind() == "parameter"
                    || ancestors(node).nth(1).is_some_and(|home| home.kind() == "interface_declaration");
                implied || modifiers(text, node).iter().any(|word| matches!(*word, "public" | "protected"))
            }
            #[cfg(feature = "ruby")]
            Language::Ruby => ruby(text, node),
            #[cfg(feature = "php")]
            Language::Php => !modifiers(text, node).iter().any(|word| matches!(*word, "private" | "protected")),
            #[cfg(feature = "kotlin")]
            Language::Kotlin => !modifiers(text, node).iter().any(|word| matches!(*word, "private" | "internal")),
            #[cfg(feature = "swift")]
            Language::Swift => {
                let open = |node| modifiers(text, node).iter().any(|word| matches!(*word, "public" | "open"));
                let home = ancestors(node).nth(1);
                let implied = symbol.kind == Kind::Variant || node.kind().starts_with("protocol_") && nested;
                let extended = home.is_some_and(|home| {
                    home.child_by_field_name("declaration_kind").is_some_and(|word| word.kind() == "extension")
                        && open(home)
                });
                implied || extended || open(node)
            }
            #[cfg(feature = "bash")]
            Language::Bash => !name.starts_with('_'),
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

/// The words in front of a declaration.
fn modifiers<'a>(text: &'a str, node: Node) -> Vec<&'a str> {
    let mut cursor = node.walk();
    let lists = node.children(&mut cursor).filter(|child| child.kind().contains("modifier"));
    lists.flat_map(|list| span_of(list).of(text).split_whitespace()).collect()
}

/// `static` is of its file; members of a class are private until it says otherwise.
fn c(text: &str, node: Node, kind: Kind) -> bool {
    let node = super::rooted(node);
    if let Some(list) = node.parent().filter(|list| list.kind() == "field_declaration_list") {
        let mut above = std::iter::successors(node.prev_sibling(), |node| node.prev_sibling());
        let access = above.find(|above| above.kind() == "access_specifier");
        return match access {
            Some(word) => !span_of(word).of(text).contains("private"),
            None => list.parent().is_none_or(|home| home.kind() != "class_specifier"),
        };
    }
    let anonymous = ancestors(node)
        .any(|outer| outer.kind() == "namespace_definition" && outer.child_by_field_name("name").is_none());
    let own = matches!(kind, Kind::Function | Kind::Variable)
        && child(node, "storage_class_specifier").is_some_and(|word| span_of(word).of(text) == "static");
    !anonymous && !own
}

/// Everything below a bare `private` or `protected`.
#[cfg(feature = "ruby")]
fn ruby(text: &str, node: Node) -> bool {
    let wrapped = ancestors(node).nth(1).filter(|call| call.kind() == "call");
    let word = |node: Node| span_of(node).of(text).to_owned();
    if let Some(method) = wrapped.and_then(|call| call.child_by_field_name("method")) {
        return !matches!(word(method).as_str(), "private" | "protected");
    }
    let mut above = std::iter::successors(node.prev_sibling(), |node| node.prev_sibling());
    let access = above.find(|above| {
        above.kind() == "identifier" && matches!(word(*above).as_str(), "private" | "protected" | "public")
    });
    access.is_none_or(|access| word(access) == "public")
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
