//! The tokens of a symbol, once layout and taste are taken out of them (reference/docs.md §2.4).
//!
//! Two texts that a formatter makes of one another have equal tokens. Comments and white space are gone; so are trailing commas,
//! needless semicolons and parentheses. Strings have one kind of quotes, numbers one way of writing. What parentheses did is said
//! by [`OPEN`] and [`CLOSE`] around every operation instead, whether it needs them or not.
//!
//! Names of nodes decide what is left out, and are never part of a token: another version of a grammar shall not change what
//! documents were attested for. A change here that changes tokens needs a new mark in front of the fingerprints.

mod go;

use super::{Code, Kind, Language, Symbol, docstring, is_comment, span_of};
use std::borrow::Cow;
use text::Span;
use tree_sitter::Node;

/// Begins an operation: what lies between it and its [`CLOSE`] belongs closer together than its neighbours.
pub const OPEN: &str = "\u{1}";
/// See [`OPEN`].
pub const CLOSE: &str = "\u{2}";

/// Deeper nodes are one token, as they are written.
const DEPTH_LIMIT: usize = 300;

/// Which tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The declaration without its body and without bodies of functions in it.
    Declaration,
    /// The body, without its docstring.
    Body,
    /// The body without what stands in it as a symbol of its own.
    Rest,
    /// What it is set to; defaults of parameters, each behind its name.
    Value,
    /// Everything, without its docstring.
    Whole,
}

impl Code {
    /// Hands the tokens of a part of a symbol to `each`, in order.
    pub fn tokens(&self, symbol: &Symbol, part: Part, each: &mut dyn FnMut(&str)) {
        let Some(node) = self.node(symbol) else { return };
        let mut skip: Vec<Span> = Vec::new();
        if self.language == Language::Python {
            let body = symbol.body.and_then(|body| self.at(node, body));
            skip.extend(body.and_then(docstring));
        }
        if part == Part::Declaration {
            skip.extend(symbol.body);
            // what has no node for its body has members all the same
            skip.extend(self.members(symbol).map(|member| member.span).filter(|_| symbol.body.is_none()));
        }
        let mut walk = Walk { language: self.language, text: &self.text, skip, declaration: false, each };
        match part {
            Part::Declaration => {
                walk.declaration = true;
                walk.node(node, 0);
            }
            Part::Whole => walk.node(node, 0),
            Part::Body | Part::Rest => {
                if part == Part::Rest {
                    walk.skip.extend(self.members(symbol).map(|member| member.span));
                }
                if let Some(body) = symbol.body.and_then(|body| self.at(node, body)) {
                    walk.node(body, 0);
                }
            }
            Part::Value => {
                walk.declaration = true;
                if let Some(value) = symbol.value.and_then(|value| self.at(node, value)) {
                    walk.node(value, 0);
                } else if symbol.kind.is_function() {
                    walk.skip.extend(symbol.body);
                    walk.defaults(node, 0);
                }
            }
        }
    }

    /// Hands all tokens of the file to `each`.
    pub fn all_tokens(&self, each: &mut dyn FnMut(&str)) {
        let mut walk = Walk { language: self.language, text: &self.text, skip: Vec::new(), declaration: false, each };
        walk.node(self.tree.root_node(), 0);
    }

    /// Hands the words of a symbol as they are written to `each`, without comments: what taking out taste is measured against.
    pub fn words(&self, symbol: &Symbol, each: &mut dyn FnMut(&str)) {
        if let Some(node) = self.node(symbol) {
            words(node, &self.text, each, 0);
        }
    }

    /// The tokens of a part of a symbol as one vector.
    pub fn token_list(&self, symbol: &Symbol, part: Part) -> Vec<String> {
        let mut tokens = Vec::new();
        self.tokens(symbol, part, &mut |token| tokens.push(token.to_owned()));
        tokens
    }

    /// The declaration as people read it: one line, without body and comments.
    pub fn signature(&self, symbol: &Symbol) -> String {
        let Some(node) = self.node(symbol) else { return String::new() };
        let mut cuts: Vec<Span> = symbol.body.into_iter().collect();
        comments(node, symbol.body, &mut cuts, 0);
        cuts.sort();
        let mut text = String::new();
        let mut at = symbol.span.start;
        for cut in cuts {
            if cut.start >= at {
                text.push_str(Span { start: at, end: cut.start.max(at) }.of(&self.text));
                text.push(' ');
                at = cut.end;
            }
        }
        text.push_str(Span { start: at, end: symbol.span.end.max(at) }.of(&self.text));
        // a service has no node for its members
        let head = if symbol.kind == Kind::Service { text.split('{').next().unwrap_or_default() } else { &text };
        let line = one_line(head);
        match self.language {
            #[cfg(feature = "ruby")]
            Language::Ruby => line.strip_suffix(" end").unwrap_or(&line).trim_end_matches(';').to_owned(),
            _ => line,
        }
    }

    /// The node of a span that lies in `node`.
    fn at<'tree>(&self, node: Node<'tree>, span: Span) -> Option<Node<'tree>> {
        let mut found = node.descendant_for_byte_range(span.start as usize, span.end as usize)?;
        // of several nodes of one place the outermost has everything
        while let Some(parent) = found.parent().filter(|parent| span_of(*parent) == span) {
            found = parent;
        }
        (span_of(found) == span).then_some(found)
    }
}

fn comments(node: Node, body: Option<Span>, cuts: &mut Vec<Span>, depth: usize) {
    if is_comment(node) || is_initializer(node) {
        cuts.push(span_of(node));
    } else if depth < DEPTH_LIMIT && body != Some(span_of(node)) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            comments(child, body, cuts, depth + 1);
        }
    }
}

fn words(node: Node, text: &str, each: &mut dyn FnMut(&str), depth: usize) {
    if is_comment(node) {
        return;
    }
    if node.child_count() == 0 || depth > DEPTH_LIMIT {
        return each(span_of(node).of(text));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        words(child, text, each, depth + 1);
    }
}

/// What a constructor of C++ does before its body.
fn is_initializer(node: Node) -> bool {
    node.kind() == "field_initializer_list"
}

/// White space folded, no space inside brackets, no dangling `{`, `=`, `:`, `=>`, `;` or `,` at the end.
fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        ("( ", "("),
        (", )", ")"),
        (",)", ")"),
        (", ]", "]"),
        (",]", "]"),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" ,", ","),
    ] {
        line = line.replace(from, to);
    }
    let end = line.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '=' | ';' | ',' | ':'));
    end.strip_suffix("=>").unwrap_or(end).trim_end_matches([' ', '=']).to_owned()
}

/// Operations: their tokens stand between [`OPEN`] and [`CLOSE`].
const OPERATIONS: &[&str] = &[
    "arrow_function",
    "as_expression",
    "assignment_expression",
    "augmented_assignment_expression",
    "await",
    "await_expression",
    "binary_expression",
    "binary_operator",
    "boolean_operator",
    "cast_expression",
    "closure_expression",
    "comparison_operator",
    "compound_assignment_expr",
    "conditional_expression",
    "conditional_type",
    "function_type",
    "instanceof_expression",
    "intersection_type",
    "lambda",
    "lambda_expression",
    "named_expression",
    "new_expression",
    "not_operator",
    "range_expression",
    "reference_expression",
    "satisfies_expression",
    "sequence_expression",
    "ternary_expression",
    "type_cast_expression",
    "unary_expression",
    "unary_operator",
    "union_type",
    "update_expression",
    "yield",
    "yield_expression",
];

/// Operators that may be regrouped: `a && (b && c)`.
const ASSOCIATIVE: [&str; 7] = ["&&", "||", "??", "and", "or", "|", "&"];

struct Walk<'a> {
    language: Language,
    text: &'a str,
    skip: Vec<Span>,
    /// Leave out bodies of functions that are values.
    declaration: bool,
    each: &'a mut dyn FnMut(&str),
}

impl<'a> Walk<'a> {
    fn put(&mut self, token: &str) {
        (self.each)(token);
    }

    fn of(&self, node: Node) -> &'a str {
        span_of(node).of(self.text)
    }

    fn node(&mut self, node: Node, depth: usize) {
        let kind = node.kind();
        if is_comment(node) || kind == "line_continuation" || self.skip.contains(&span_of(node)) {
            return;
        }
        if self.declaration && is_initializer(node) {
            return;
        }
        if depth > DEPTH_LIMIT {
            let words: Vec<&str> = self.of(node).split_whitespace().collect();
            return self.put(&words.join(" "));
        }
        if self.string(node, depth) || self.special(node, depth) {
            return;
        }
        if node.child_count() == 0 {
            return self.leaf(node);
        }
        if self.declaration && is_function_value(kind) {
            let body = node.child_by_field_name("body").map(span_of);
            self.skip.extend(body);
        }
        let group = OPERATIONS.contains(&kind) && !self.regroups(node);
        if group {
            self.put(OPEN);
        }
        self.children(node, depth);
        if group {
            self.put(CLOSE);
        }
    }

    /// All children but those that are there for layout.
    fn children(&mut self, node: Node, depth: usize) {
        let kind = node.kind();
        let mut cursor = node.walk();
        let children: Vec<Node> = node.children(&mut cursor).filter(|child| !is_comment(*child)).collect();
        let mut uses: Vec<String> = Vec::new();
        for (at, child) in children.iter().enumerate() {
            let word = child.kind();
            let drop = match word {
                "," => self.is_idle_comma(kind, &children, at),
                ";" => self.is_idle_semicolon(kind) || kind == "macro_definition" && at + 2 >= children.len(),
                "(" | ")" => self.is_idle_parenthesis(kind, &children),
                "|" => at == 0 && matches!(kind, "union_type" | "or_pattern" | "match_pattern"),
                "&" => at == 0 && kind == "intersection_type",
                "empty_statement" => true,
                "mutable_specifier" => self.declaration && is_plain_parameter(kind, &children),
                _ => false,
            };
            // the order of `use` is nobody's business
            if word == "use_declaration" && self.language == Language::Rust {
                uses.extend(super::imports::leaves(self.text, *child));
                if children.get(at + 1).is_none_or(|next| next.kind() != "use_declaration") {
                    uses.sort();
                    uses.drain(..).for_each(|one| self.put(&one));
                }
            } else if !drop {
                self.node(*child, depth + 1);
            }
        }
    }

    fn is_idle_comma(&self, kind: &str, children: &[Node], at: usize) -> bool {
        // members of a TypeScript type end with either `,` or `;`
        let separates = match self.language {
            Language::TypeScript | Language::Tsx => matches!(kind, "interface_body" | "object_type"),
            Language::Rust => kind == "match_arm",
            Language::Java => kind == "enum_body",
            _ => false,
        };
        if separates {
            return true;
        }
        let last = match children.get(at + 1) {
            None => true,
            Some(next) => matches!(next.kind(), ")" | "]" | "}" | ">"),
        };
        if !last || at == 0 || children.get(at - 1).is_some_and(|before| matches!(before.kind(), "," | "[")) {
            return false;
        }
        let commas = children.iter().filter(|child| child.kind() == ",").count();
        let tuple = match self.language {
            Language::Rust => matches!(kind, "tuple_expression" | "tuple_type" | "tuple_pattern"),
            Language::Python => {
                matches!(kind, "tuple" | "tuple_pattern" | "expression_list" | "pattern_list" | "subscript")
            }
            _ => false,
        };
        !(tuple && commas == 1)
    }

    fn is_idle_semicolon(&self, kind: &str) -> bool {
        match self.language {
            Language::TypeScript | Language::Tsx => kind != "for_statement",
            Language::Python => true,
            Language::Go => !kind.ends_with("_statement") && kind != "for_clause",
            #[cfg(feature = "bash")]
            Language::Bash => kind != "c_style_for_statement",
            Language::Java => matches!(kind, "class_body" | "interface_body" | "enum_body_declarations" | "program"),
            Language::Cpp => matches!(kind, "field_declaration_list" | "declaration_list" | "translation_unit"),
            _ => false,
        }
    }

    fn is_idle_parenthesis(&self, kind: &str, children: &[Node]) -> bool {
        match kind {
            "parenthesized_expression" | "parenthesized_type" => true,
            "var_spec_list" => self.language == Language::Go && children.len() == 3,
            "with_clause" | "import_from_statement" | "future_import_statement" => self.language == Language::Python,
            "argument_list" => {
                self.language == Language::Python
                    && children.len() == 2
                    && children[0]
                        .parent()
                        .and_then(|list| list.parent())
                        .is_some_and(|it| it.kind() == "class_definition")
            }
            _ => false,
        }
    }

    /// True for `b && c` of `a && (b && c)`, and the same of unions.
    fn regroups(&self, node: Node) -> bool {
        let Some(own) = operator(node) else { return false };
        if matches!(node.kind(), "union_type" | "intersection_type") && node.named_child_count() < 2 {
            return true;
        }
        if matches!(own, "|" | "&") && !node.kind().ends_with("_type") {
            return false;
        }
        let mut outer = node.parent();
        while let Some(parent) = outer.filter(|parent| parent.kind().starts_with("parenthesized_")) {
            outer = parent.parent();
        }
        outer.is_some_and(|outer| outer.kind() == node.kind() && operator(outer) == Some(own))
    }

    fn leaf(&mut self, node: Node) {
        let text = self.of(node);
        if text.trim().is_empty() {
            return;
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) || text.starts_with('.') && text.len() > 1 {
            let number = number(self.language, text);
            return self.put(&number);
        }
        self.put(text);
    }

    /// Strings are one token, whatever their quotes; templates are walked.
    fn string(&mut self, node: Node, depth: usize) -> bool {
        match (self.language, node.kind()) {
            // `x: "Cart"` is `x: Cart`
            (Language::Python, "string") if is_annotation(node, self.text) => {
                self.put(self.of(node).trim_matches(['"', '\'']));
            }
            (Language::Python, "string" | "concatenated_string") => {
                let mut out = String::from("\"");
                self.python_string(node, &mut out, depth);
                self.put(&out);
                self.put("\"");
            }
            (Language::TypeScript | Language::Tsx, "string") if node.is_named() => {
                let text = self.of(node);
                let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
                let key = node.parent().is_some_and(|parent| {
                    matches!(
                        parent.kind(),
                        "pair" | "property_signature" | "method_definition" | "public_field_definition"
                    ) && parent.child(0).is_some_and(|first| first.id() == node.id())
                });
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                if key && !inner.is_empty() && inner.chars().all(is_name) {
                    self.put(inner);
                } else {
                    self.put(&format!("\"{}\"", unescape_quotes(inner)));
                }
            }
            // `"a" "b"` is `"ab"`
            (Language::C | Language::Cpp, "concatenated_string") => {
                let mut cursor = node.walk();
                let parts = node.named_children(&mut cursor).filter(|part| !is_comment(*part));
                let parts: Vec<&str> = parts.map(|part| self.of(part)).collect();
                let plain = |part: &&'a str| part.strip_prefix('"').and_then(|part| part.strip_suffix('"'));
                match parts.iter().map(plain).collect::<Option<Vec<&str>>>() {
                    Some(plain) => self.put(&format!("\"{}\"", plain.concat())),
                    None => parts.into_iter().for_each(|part| self.put(part)),
                }
            }
            #[cfg(feature = "php")]
            (Language::Php, "string" | "encapsed_string") if is_plain(node) => {
                let text = self.of(node);
                self.put(&format!("\"{}\"", text.get(1..text.len().saturating_sub(1)).unwrap_or_default()));
            }
            (
                _,
                "string_literal"
                | "raw_string_literal"
                | "interpreted_string_literal"
                | "char_literal"
                | "character_literal",
            ) => {
                self.put(self.of(node));
            }
            _ => return false,
        }
        true
    }

    /// Text of neighbouring strings is put together; what is interpolated is walked.
    fn python_string(&mut self, node: Node, out: &mut String, depth: usize) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "string" => self.python_string(child, out, depth + 1),
                "string_start" => {
                    // bytes and raw strings are something else; `u` and `f` say nothing of their own
                    let mut prefix: Vec<char> =
                        self.of(child).to_lowercase().chars().filter(|c| "brt".contains(*c)).collect();
                    prefix.sort_unstable();
                    if out.len() == 1 {
                        *out = format!("{}\"", prefix.iter().collect::<String>());
                    }
                }
                "string_content" => out.push_str(&unescape_quotes(self.of(child))),
                "interpolation" => {
                    self.put(out);
                    out.clear();
                    self.children(child, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// Rewrites that concern one kind of node of one language. True when the node is done with.
    fn special(&mut self, node: Node, depth: usize) -> bool {
        let field = |name| node.child_by_field_name(name);
        match (self.language, node.kind()) {
            // `a, b` is `(a, b)`
            (Language::Python, "expression_list" | "pattern_list") => {
                self.put("(");
                self.children(node, depth);
                self.put(")");
            }
            // `x => x` is `(x) => x`
            (Language::TypeScript | Language::Tsx, "arrow_function") if field("parameter").is_some() => {
                let mut cursor = node.walk();
                let parameter = field("parameter").map(|node| node.id());
                let body = field("body").map(|node| node.id());
                self.put(OPEN);
                for child in node.children(&mut cursor) {
                    if Some(child.id()) == parameter {
                        self.put("(");
                        self.node(child, depth + 1);
                        self.put(")");
                    } else if !(self.declaration && Some(child.id()) == body) {
                        self.node(child, depth + 1);
                    }
                }
                self.put(CLOSE);
            }
            // `new A` is `new A()`
            (Language::TypeScript | Language::Tsx, "new_expression") if field("arguments").is_none() => {
                self.put(OPEN);
                self.children(node, depth);
                self.put("(");
                self.put(")");
                self.put(CLOSE);
            }
            (Language::TypeScript | Language::Tsx, "jsx_text") => {
                for word in self.of(node).split_whitespace() {
                    self.put(word);
                }
            }
            // `{" "}` is how prettier writes a space at the end of a line
            (Language::TypeScript | Language::Tsx, "jsx_expression") => {
                let inner = self.of(node).trim_matches(['{', '}']).trim();
                return matches!(inner, "\" \"" | "' '");
            }
            // `@cache()` is `@cache`
            (Language::Python, "call") if node.parent().is_some_and(|parent| parent.kind() == "decorator") => {
                let (Some(function), Some(arguments)) = (field("function"), field("arguments")) else { return false };
                if arguments.named_child_count() > 0 {
                    return false;
                }
                self.node(function, depth + 1);
            }
            // `final public` is `public final`
            (Language::Java, "modifiers") => {
                let mut cursor = node.walk();
                let children: Vec<Node> = node.children(&mut cursor).filter(|child| !is_comment(*child)).collect();
                children.iter().filter(|child| child.is_named()).for_each(|child| self.node(*child, depth + 1));
                let mut words: Vec<&str> =
                    children.iter().filter(|child| !child.is_named()).map(|child| child.kind()).collect();
                words.sort_unstable();
                words.into_iter().for_each(|word| self.put(word));
            }
            // lines of a macro end where it pleases
            (Language::C | Language::Cpp, "preproc_arg") => {
                let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                for word in self.of(node).split_whitespace().filter(|word| *word != "\\") {
                    let mut rest = word;
                    while let Some(first) = rest.chars().next() {
                        let whole = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                        let (one, behind) = rest.split_at(if is_word(first) { whole } else { first.len_utf8() });
                        self.put(one);
                        rest = behind;
                    }
                }
            }
            // `array(1)` is `[1]`
            #[cfg(feature = "php")]
            (Language::Php, "array_creation_expression") => {
                let mut cursor = node.walk();
                self.put("[");
                let children: Vec<Node> = node.children(&mut cursor).collect();
                for (at, child) in children.iter().enumerate() {
                    let last = children.get(at + 1).is_none_or(|next| matches!(next.kind(), ")" | "]"));
                    let idle = child.kind() == "," && last;
                    if !idle && !matches!(child.kind(), "array" | "(" | ")" | "[" | "]") {
                        self.node(*child, depth + 1);
                    }
                }
                self.put("]");
            }
            (Language::Go, _) => return go::special(self, node, depth),
            // `extern fn` is `extern "C" fn`
            (Language::Rust, "extern_modifier") if node.named_child_count() == 0 => {
                self.put("extern");
                self.put("\"C\"");
            }
            (Language::Rust, "expression_statement") => {
                let Some(inner) = node.named_child(0) else { return false };
                if !is_jump(inner) {
                    return false;
                }
                self.node(inner, depth + 1);
            }
            // `=> { x }` is `=> x`, and so it is behind `|a|`
            (Language::Rust, "block") => {
                let home = node.parent().map_or("", |parent| parent.kind());
                let mut cursor = node.walk();
                let inner: Vec<Node> = node.named_children(&mut cursor).filter(|child| !is_comment(*child)).collect();
                let [only] = inner.as_slice() else { return false };
                let last = only.child(only.child_count().saturating_sub(1)).map_or("", |last| last.kind());
                let leaves = only.child(0).is_some_and(is_jump);
                let statement =
                    last == ";" && !leaves || only.kind().ends_with("_item") || only.kind().ends_with("_declaration");
                if statement || !matches!(home, "match_arm" | "closure_expression") {
                    return false;
                }
                self.node(*only, depth + 1);
            }
            _ => return false,
        }
        true
    }

    /// Name and default of every parameter that has one.
    fn defaults(&mut self, node: Node, depth: usize) {
        if depth > DEPTH_LIMIT || self.skip.contains(&span_of(node)) {
            return;
        }
        let field = |name| node.child_by_field_name(name);
        let holds = node.kind().contains("parameter") || node.kind() == "assignment_pattern";
        let value = field("value").or_else(|| field("default_value")).or_else(|| field("right")).filter(|_| holds);
        if let Some(value) = value {
            let name =
                field("name").or_else(|| field("pattern")).or_else(|| field("left")).or_else(|| node.named_child(0));
            if let Some(name) = name {
                self.node(name, depth + 1);
            }
            self.node(value, depth + 1);
            return;
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            self.defaults(child, depth + 1);
        }
    }
}

/// The operator of an operation, where it may be regrouped.
fn operator(node: Node) -> Option<&'static str> {
    let mut cursor = node.walk();
    let mut words = node.children(&mut cursor).filter(|child| !child.is_named()).map(|child| child.kind());
    words.find_map(|word| ASSOCIATIVE.into_iter().find(|known| *known == word))
}

/// Leaves the block it is in: what follows it, be it `;`, does nothing.
fn is_jump(node: Node) -> bool {
    matches!(node.kind(), "return_expression" | "break_expression" | "continue_expression")
}

/// True for a string that nothing is put into.
#[cfg(feature = "php")]
fn is_plain(string: Node) -> bool {
    let mut cursor = string.walk();
    string.named_children(&mut cursor).all(|part| part.kind() == "string_content")
}

fn is_function_value(kind: &str) -> bool {
    ["arrow", "lambda", "closure", "function", "method", "func_literal", "accessor"]
        .iter()
        .any(|word| kind.contains(word))
        && !kind.ends_with("_type")
}

/// `mut` in front of a parameter's name is nobody's business; behind `&` it is.
fn is_plain_parameter(kind: &str, children: &[Node]) -> bool {
    kind == "parameter" || kind == "self_parameter" && children.first().is_some_and(|first| first.kind() != "&")
}

/// True for the name of a class in quotes, where a type is said.
fn is_annotation(node: Node, text: &str) -> bool {
    let name = span_of(node).of(text).trim_matches(['"', '\'']);
    let mut outer = std::iter::successors(node.parent(), |node| node.parent());
    outer
        .find(|outer| !matches!(outer.kind(), "generic_type" | "type_parameter" | "union_type" | "binary_operator"))
        .is_some_and(|outer| outer.kind() == "type")
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// `\'` is `'` and `\"` is `"`, whatever the quotes around it.
fn unescape_quotes(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            match letters.next() {
                Some(quote @ ('\'' | '"')) => out.push(quote),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            }
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// `0XFF`, `1_000`, `1.50` and `.5` in one way of writing.
fn number(language: Language, text: &str) -> String {
    let mut number = text.to_lowercase();
    number.retain(|letter| letter != '_');
    if number.starts_with('.') {
        number.insert(0, '0');
    }
    let digits = number.chars().all(|c| c.is_ascii_digit());
    if language == Language::Go && digits && number.len() > 1 && number.starts_with('0') {
        number.insert(1, 'o');
    }
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain && number.contains('.') && language != Language::Rust {
        number.truncate(number.trim_end_matches('0').trim_end_matches('.').len());
    }
    number
}
