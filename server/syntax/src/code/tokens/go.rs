//! What gofmt `-s` and gofumpt write in another way.

use super::{Walk, span_of};
use tree_sitter::Node;

/// True when the node is done with.
pub(super) fn special(walk: &mut Walk, node: Node, depth: usize) -> bool {
    let field = |name| node.child_by_field_name(name);
    match node.kind() {
        // `a, b string` is `a string, b string`
        "parameter_declaration" => {
            let mut cursor = node.walk();
            let names: Vec<Node> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
            let Some(of) = field("type").filter(|_| names.len() > 1) else { return false };
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    walk.put(",");
                }
                walk.node(name, depth + 1);
                walk.node(of, depth + 1);
            }
        }
        // `var x = 1` inside a function is `x := 1`
        "var_declaration" if node.parent().is_some_and(|home| home.kind() != "source_file") => {
            let mut spec = node.named_child(0);
            if let Some(list) = spec.filter(|spec| spec.kind() == "var_spec_list" && spec.named_child_count() == 1) {
                spec = list.named_child(0);
            }
            let Some(spec) = spec.filter(|spec| spec.kind() == "var_spec") else { return false };
            let value = spec.child_by_field_name("value").filter(|_| spec.child_by_field_name("type").is_none());
            let Some(value) = value else { return false };
            let mut cursor = spec.walk();
            for (at, name) in spec.children_by_field_name("name", &mut cursor).filter(Node::is_named).enumerate() {
                if at > 0 {
                    walk.put(",");
                }
                walk.node(name, depth + 1);
            }
            walk.put(":=");
            walk.node(value, depth + 1);
        }
        // `[]T{T{…}}` is `[]T{{…}}`
        "literal_element" => {
            let (Some(inner), Some(implied)) = (node.named_child(0), implied(node, 0)) else { return false };
            let of = |node: Node| span_of(node).of(walk.text).to_owned();
            let (literal, implied) = if inner.kind() == "unary_expression" && implied.kind() == "pointer_type" {
                match (inner.child_by_field_name("operand"), implied.named_child(0)) {
                    (Some(operand), Some(target)) => (operand, target),
                    _ => return false,
                }
            } else {
                (inner, implied)
            };
            let same = literal.child_by_field_name("type").is_some_and(|own| of(own) == of(implied));
            let Some(body) = literal.child_by_field_name("body").filter(|_| same) else { return false };
            if literal.kind() != "composite_literal" {
                return false;
            }
            walk.node(body, depth + 1);
        }
        // `s[1:len(s)]` is `s[1:]`
        "slice_expression" => {
            let (Some(operand), Some(end)) = (field("operand"), field("end")) else { return false };
            let whole = operand.kind() == "identifier"
                && field("capacity").is_none()
                && span_of(end).of(walk.text) == format!("len({})", span_of(operand).of(walk.text));
            if !whole {
                return false;
            }
            let mut cursor = node.walk();
            for child in node.children(&mut cursor).filter(|child| child.id() != end.id()) {
                walk.node(child, depth + 1);
            }
        }
        // `for i, _ := range` is `for i := range`
        "range_clause" => {
            let (Some(left), Some(right)) = (field("left"), field("right")) else { return false };
            let mut cursor = left.walk();
            let mut names: Vec<Node> = left.named_children(&mut cursor).collect();
            while names.last().is_some_and(|last| span_of(*last).of(walk.text) == "_") {
                names.pop();
            }
            for (at, name) in names.iter().enumerate() {
                if at > 0 {
                    walk.put(",");
                }
                walk.node(*name, depth + 1);
            }
            if !names.is_empty() {
                let mut cursor = node.walk();
                let operator = node.children(&mut cursor).find(|child| matches!(child.kind(), "=" | ":="));
                walk.put(operator.map_or("", |operator| operator.kind()));
            }
            walk.put("range");
            walk.node(right, depth + 1);
        }
        "interface_type" if node.named_child_count() == 0 => walk.put("any"),
        _ => return false,
    }
    true
}

/// The type that an element of a literal has without saying so.
fn implied<'tree>(element: Node<'tree>, depth: usize) -> Option<Node<'tree>> {
    let parent = element.parent()?;
    let keyed = parent.kind() == "keyed_element";
    let list = if keyed { parent.parent()? } else { parent };
    let is_key = keyed && parent.named_child(0).is_some_and(|first| first.id() == element.id());
    let home = list.parent().filter(|_| list.kind() == "literal_value" && depth < 16)?;
    let mut of = match home.kind() {
        "composite_literal" => home.child_by_field_name("type")?,
        "literal_element" => implied(home, depth + 1)?,
        _ => return None,
    };
    if of.kind() == "pointer_type" {
        of = of.named_child(0)?;
    }
    match of.kind() {
        "slice_type" | "array_type" | "implicit_length_array_type" if !is_key => of.child_by_field_name("element"),
        "map_type" => of.child_by_field_name(if is_key { "key" } else { "value" }),
        _ => None,
    }
}
