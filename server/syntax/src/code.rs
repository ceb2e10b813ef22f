//! Symbols of source files: what is declared, under which qualified name, who may use it, and where its parts stand.
//!
//! What a symbol is, is written in `queries/<language>/symbols.scm`: `@def.<kind>` is the declaration, `@name` its name, `@body`
//! what is no part of its signature, `@value` what it is set to; `@scope` names what is declared inside a node that declares
//! nothing itself (an `impl`), `@in` is that node, `@recv` names the type of a method written beside it, `@local` is a block whose
//! declarations nobody outside can name. What the tokens of a symbol are once layout and taste are taken out: [`tokens`].

mod imports;
pub mod tokens;
mod visibility;

pub use crate::language::{Language, Unread};
pub use imports::Import;

use crate::language::{parse, patience};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use text::Span;
use tree_sitter::{InputEdit, Node, Point, QueryCursor, QueryCursorOptions, StreamingIterator, Tree};

/// A source file as it was read.
#[derive(Clone)]
pub struct Code {
    language: Language,
    text: Arc<str>,
    tree: Tree,
    facts: visibility::Facts,
    drafts: Vec<Draft>,
    symbols: Vec<Symbol>,
}

/// A symbol as its own lines say it, before it is known what others say.
#[derive(Clone)]
struct Draft {
    symbol: Symbol,
    /// The path of the type it belongs to without standing in it.
    home: Option<String>,
}

impl Draft {
    fn moved(mut self, place: impl Fn(u32) -> u32, container: impl Fn(usize) -> usize) -> Draft {
        let span = |span: Span| Span { start: place(span.start), end: place(span.end) };
        let symbol = &mut self.symbol;
        symbol.span = span(symbol.span);
        symbol.name = span(symbol.name);
        symbol.body = symbol.body.map(span);
        symbol.value = symbol.value.map(span);
        symbol.doc = symbol.doc.map(span);
        symbol.node.0 = span(symbol.node.0);
        symbol.container = symbol.container.map(container);
        self
    }
}

/// Something that a source file declares. Overloads are several symbols of one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its name behind those of what it stands in: `Cart.total`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// All of it, with what belongs to it (`export`, decorators), without its doc comment.
    pub span: Span,
    /// The token that names it.
    pub name: Span,
    /// What is no part of its signature: statements of a function, members of a class.
    pub body: Option<Span>,
    /// What it is set to.
    pub value: Option<Span>,
    /// Its doc comment, markers included.
    pub doc: Option<Span>,
    /// Whether code outside of this file's module or package may use it, as far as this file tells.
    pub public: bool,
    /// The parser met an error inside: nothing may be concluded from its tokens.
    pub broken: bool,
    /// The index in [`Code::symbols`] of what it stands in.
    pub container: Option<usize>,
    /// The node whose tokens are its own, by place and by kind.
    node: (Span, u16),
}

/// See [`Symbol::kind`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "each is the word of the languages that have it")]
pub enum Kind {
    Module,
    Class,
    Struct,
    Enum,
    Union,
    /// Also a trait or a protocol.
    Interface,
    Type,
    Function,
    Method,
    Constructor,
    /// Also a property or an attribute.
    Field,
    Variant,
    Constant,
    Variable,
    Macro,
    Service,
    /// A call of a service.
    Rpc,
    Message,
    Table,
    Column,
    View,
}

impl Kind {
    const ALL: [(&str, Kind); 21] = [
        ("module", Kind::Module),
        ("class", Kind::Class),
        ("struct", Kind::Struct),
        ("enum", Kind::Enum),
        ("union", Kind::Union),
        ("interface", Kind::Interface),
        ("type", Kind::Type),
        ("function", Kind::Function),
        ("method", Kind::Method),
        ("constructor", Kind::Constructor),
        ("field", Kind::Field),
        ("variant", Kind::Variant),
        ("constant", Kind::Constant),
        ("variable", Kind::Variable),
        ("macro", Kind::Macro),
        ("service", Kind::Service),
        ("rpc", Kind::Rpc),
        ("message", Kind::Message),
        ("table", Kind::Table),
        ("column", Kind::Column),
        ("view", Kind::View),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    fn of(word: &str) -> Option<Kind> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }

    /// True for what has members.
    pub fn is_type(self) -> bool {
        matches!(self, Kind::Class | Kind::Struct | Kind::Enum | Kind::Union | Kind::Interface | Kind::Type)
    }

    /// True for what runs: its body is nobody's business but its own.
    pub fn is_function(self) -> bool {
        matches!(self, Kind::Function | Kind::Method | Kind::Constructor | Kind::Macro)
    }
}

impl Code {
    /// Reads a source.
    pub fn read(language: Language, text: &Arc<str>) -> Result<Code, Unread> {
        let tree = parse(language, text, None)?;
        let facts = visibility::Facts::of(language, text, &tree);
        let drafts = drafts(&facts, language, text, &tree, None)?;
        let symbols = join(language, &drafts);
        Ok(Code { language, text: text.clone(), tree, facts, drafts, symbols })
    }

    /// Reads the text that this one was changed into: parses only what the change touches, and looks for symbols only in the
    /// outermost declarations around it.
    pub fn reread(&self, text: &Arc<str>) -> Result<Code, Unread> {
        let language = self.language;
        let edit = edit(&self.text, text);
        let mut old = self.tree.clone();
        old.edit(&edit);
        let tree = parse(language, text, Some(&old))?;
        let facts = visibility::Facts::of(language, text, &tree);
        let known = facts == self.facts;
        let Some(window) = window(&old, &tree, &edit).filter(|_| known) else { return Code::read(language, text) };
        let moved = |at: u32| Span::empty((at as usize + edit.new_end_byte).saturating_sub(edit.old_end_byte)).start;
        let new = drafts(&facts, language, text, &tree, Some(window))?;
        let (mut drafts, mut behind) = (Vec::new(), Vec::new());
        for draft in &self.drafts {
            let span = draft.symbol.node.0.cover(draft.symbol.span);
            if span.end <= window.start {
                drafts.push(draft.clone());
            } else if span.start as usize >= edit.old_end_byte && moved(span.start) >= window.end {
                behind.push(draft);
            }
        }
        // what stands in a symbol lies directly behind it, so that all of a part moves by the same distance
        let first = behind.first().and_then(|first| self.drafts.iter().position(|draft| std::ptr::eq(draft, *first)));
        let before = drafts.len();
        drafts.extend(new.into_iter().map(|draft| draft.moved(|at| at, |container| container + before)));
        let (first, after) = (first.unwrap_or_default(), drafts.len());
        for draft in behind {
            drafts.push(draft.clone().moved(moved, |container| container + after - first));
        }
        let symbols = join(language, &drafts);
        Ok(Code { language, text: text.clone(), tree, facts, drafts, symbols })
    }

    /// What language it is.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text it was read from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it declares, outer symbols before inner ones, in order of place.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// All symbols of a path; several where it is overloaded.
    pub fn named<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Symbol> {
        self.symbols.iter().filter(move |symbol| symbol.path == path)
    }

    /// The symbols that stand directly in one.
    pub fn members<'a>(&'a self, of: &'a Symbol) -> impl Iterator<Item = &'a Symbol> {
        self.symbols.iter().filter(move |symbol| {
            symbol.container.and_then(|at| self.symbols.get(at)).is_some_and(|container| container.path == of.path)
        })
    }

    /// What it takes from elsewhere, in order of place.
    pub fn imports(&self) -> Vec<Import> {
        imports::imports(self.language, &self.text, &self.tree)
    }

    /// True when the parser met an error anywhere: what was not found may be there all the same.
    pub fn is_broken(&self) -> bool {
        self.tree.root_node().has_error()
    }

    fn node(&self, symbol: &Symbol) -> Option<Node<'_>> {
        let (span, kind) = symbol.node;
        let mut node = self.tree.root_node().descendant_for_byte_range(span.start as usize, span.end as usize)?;
        while node.kind_id() != kind {
            node = node.parent().filter(|parent| span_of(*parent) == span)?;
        }
        Some(node)
    }
}

fn span_of(node: Node) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// The smallest single edit that makes one text of the other.
fn edit(old: &str, new: &str) -> InputEdit {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let point = |text: &[u8], at: usize| {
        let before = text.get(..at).unwrap_or_default();
        let row = before.iter().filter(|byte| **byte == b'\n').count();
        Point::new(row, at - memchr::memrchr(b'\n', before).map_or(0, |line| line + 1))
    };
    let (old_end, new_end) = (a.len() - end, b.len() - end);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(a, start),
        old_end_position: point(a, old_end),
        new_end_position: point(b, new_end),
    }
}

/// A node that the query found, before it is known what it stands in.
struct Found<'tree> {
    /// `None` for `@in` and `@local`.
    kind: Option<Kind>,
    local: bool,
    node: Node<'tree>,
    name: Option<Span>,
    /// What its path begins with besides what it stands in.
    prefix: Option<String>,
    body: Option<Span>,
    value: Option<Span>,
    pattern: usize,
}

/// The outermost declarations that a change touches, with their neighbours: a comment belongs to what follows it. `None` where that
/// cannot be told.
fn window(old: &Tree, new: &Tree, edit: &InputEdit) -> Option<Span> {
    let mut hull = Span::new(edit.start_byte, edit.new_end_byte);
    for range in old.changed_ranges(new) {
        hull = hull.cover(Span::new(range.start_byte, range.end_byte));
    }
    let root = new.root_node();
    let mut cursor = root.walk();
    let mut window = hull;
    let mut left = 0;
    let mut behind = false;
    for child in root.children(&mut cursor) {
        let span = span_of(child);
        let anchors = child.is_named() && !is_comment(child) && child.kind() != "attribute_item";
        if span.end < hull.start {
            // one whole neighbour before, with what belongs to it
            if anchors {
                left = span.start;
            }
        } else if span.start > hull.end && behind {
            break;
        } else {
            behind |= span.start > hull.end && anchors;
            window = window.cover(span);
        }
    }
    window.start = window.start.min(left);
    Some(window)
}

fn drafts(
    facts: &visibility::Facts,
    language: Language,
    text: &str,
    tree: &Tree,
    window: Option<Span>,
) -> Result<Vec<Draft>, Unread> {
    let query = language.grammar().symbols.as_ref().ok_or(Unread::NoGrammar)?;
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    if let Some(window) = window {
        cursor.set_byte_range(window.range());
    }
    let mut patience = patience(text);
    let options = QueryCursorOptions::new().progress_callback(&mut patience);
    let mut matches = cursor.matches_with_options(query, tree.root_node(), text.as_bytes(), options);
    let mut found: Vec<Found> = Vec::new();
    while let Some(one) = matches.next() {
        let (mut whole, mut name, mut prefix, mut body, mut value) = (None, None, None, None, None);
        let mut function = false;
        for capture in one.captures() {
            let node = capture.node;
            match names.get(capture.index as usize).copied().unwrap_or_default() {
                "name" => {
                    let (node, called) = declarator(node);
                    function |= called;
                    name = Some(span_of(node));
                }
                "body" => body = Some(span_of(node)),
                "value" => value = Some(span_of(node)),
                "scope" | "recv" => prefix = Some(type_name(span_of(node).of(text))),
                "in" => whole = Some((None, false, node)),
                "local" => whole = Some((None, true, node)),
                other => {
                    whole = other.strip_prefix("def.").and_then(Kind::of).map(|kind| (Some(kind), false, node));
                }
            }
        }
        let inside = |node: &Node| window.is_none_or(|window| window.contains(span_of(*node)));
        if let Some((kind, local, node)) = whole.filter(|(_, _, node)| inside(node)) {
            let kind = if function && kind == Some(Kind::Variable) { Some(Kind::Function) } else { kind };
            found.push(Found { kind, local, node, name, prefix, body, value, pattern: one.pattern_index });
        }
    }
    // of two patterns that name the same thing, the first one of the file of queries counts
    found.sort_by_key(|one| {
        let span = span_of(one.node);
        (
            span.start,
            std::cmp::Reverse(span.end),
            one.name.map_or(0, |name| name.start),
            one.pattern,
            one.value.is_none(),
        )
    });
    let mut seen = HashSet::new();
    found.retain(|one| seen.insert((one.node.id(), one.name, one.kind.is_none())));
    Ok(place(facts, language, text, &found))
}

/// An open node on the way through the file.
struct Open {
    node: usize,
    end: u32,
    /// Nothing inside can be named from outside.
    hidden: Option<Span>,
    path: String,
    symbol: Option<usize>,
    /// Names a type that is declared elsewhere.
    scope: bool,
}

/// Puts what was found into what it stands in.
fn place(facts: &visibility::Facts, language: Language, text: &str, found: &[Found]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for one in found {
        let span = span_of(one.node);
        // `a, b int` declares two things by one node
        while open.last().is_some_and(|last| last.end <= span.start || last.node == one.node.id()) {
            open.pop();
        }
        if open.iter().any(|outer| outer.hidden.is_some_and(|hidden| hidden.contains(span))) {
            continue;
        }
        let outer = open.last();
        let outer_path = outer.map_or(facts.package.as_str(), |outer| outer.path.as_str());
        let joined = |name: &str| match (outer_path, one.prefix.as_deref().unwrap_or_default(), name) {
            ("", "", name) => name.to_owned(),
            ("", prefix, "") => prefix.to_owned(),
            (path, "", "") => path.to_owned(),
            (path, prefix, "") => format!("{path}.{prefix}"),
            (path, "", name) => format!("{path}.{name}"),
            ("", prefix, name) => format!("{prefix}.{name}"),
            (path, prefix, name) => format!("{path}.{prefix}.{name}"),
        };
        let container = outer.and_then(|outer| outer.symbol);
        let (Some(kind), Some(name)) = (one.kind, one.name) else {
            let hidden = one.local.then_some(span);
            open.push(Open {
                node: one.node.id(),
                end: span.end,
                hidden,
                path: joined(""),
                symbol: container,
                scope: !one.local,
            });
            continue;
        };
        let path = joined(&declared_name(language, name.of(text)));
        let home = path.rsplit_once('.').map_or("", |(home, _)| home);
        let holder = container.and_then(|at| drafts.get(at)).map(|draft: &Draft| &draft.symbol);
        let in_type = one.prefix.is_some()
            || outer.is_some_and(|outer| outer.scope)
            || holder.is_some_and(|holder| holder.kind.is_type());
        let kind = match kind {
            Kind::Function if in_type => Kind::Method,
            Kind::Variable if in_type => Kind::Field,
            kind => kind,
        };
        // to be joined when all types are known
        let beside = home != holder.map_or("", |symbol| symbol.path.as_str());
        let home = beside.then(|| home.to_owned());
        let outermost = outermost(one.node);
        let node = rooted(one.node);
        let hidden = one.body.filter(|_| kind.is_function());
        let mut symbol = Symbol {
            kind,
            span: span_of(outermost),
            name,
            body: one.body,
            value: one.value,
            doc: doc(language, text, outermost, one.body.and(one.node.child_by_field_name("body"))),
            public: false,
            broken: node.has_error(),
            container,
            node: (span_of(node), node.kind_id()),
            path: path.clone(),
        };
        symbol.public = facts.is_public(language, text, one.node, &symbol, &path);
        open.push(Open { node: one.node.id(), end: span.end, hidden, path, symbol: Some(drafts.len()), scope: false });
        drafts.push(Draft { symbol, home });
    }
    drafts
}

/// Lets symbols know what others say of them.
fn join(language: Language, drafts: &[Draft]) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = drafts.iter().map(|draft| draft.symbol.clone()).collect();
    if drafts.iter().any(|draft| draft.home.is_some()) {
        beside(language, drafts, &mut symbols);
    }
    // what stands in something private is private; who joins a type written below it is looked at in any order
    for at in 0..symbols.len() {
        let mut outer = symbols[at].container;
        let mut steps = 0;
        while let Some(container) = outer.filter(|_| steps < 64) {
            symbols[at].public &= symbols[container].public;
            outer = symbols[container].container;
            steps += 1;
        }
    }
    symbols
}

/// Joins members to the type they were written beside.
fn beside(language: Language, drafts: &[Draft], symbols: &mut [Symbol]) {
    let types: HashMap<String, usize> =
        symbols.iter().enumerate().rev().map(|(at, one)| (one.path.clone(), at)).collect();
    for (at, home) in drafts.iter().enumerate().filter_map(|(at, draft)| Some((at, draft.home.as_ref()?))) {
        symbols[at].container = types.get(home).copied().filter(|home| *home != at);
        if symbols[at].kind == Kind::Function && symbols[at].container.is_some_and(|home| symbols[home].kind.is_type())
        {
            symbols[at].kind = Kind::Method;
        }
        // the class says who may use what is defined outside of it
        if language == Language::Cpp
            && let Some(declared) = types.get(&symbols[at].path).copied()
        {
            symbols[at].public &= symbols[declared].public;
        }
    }
}

/// `Cart` of `&mut Cart<'a, T>` and of `shop::Cart`.
fn type_name(text: &str) -> String {
    let text = text.trim_start_matches(['&', '*', '(', ' ']);
    let text = text.strip_prefix("mut ").or_else(|| text.strip_prefix("dyn ")).unwrap_or(text);
    let text = text.split(['<', '[', ' ', ')']).next().unwrap_or_default();
    text.rsplit("::").next().unwrap_or_default().to_owned()
}

/// The name as it stands in a path: without quotes, `Shop.Cart` for `Shop::Cart<T>`.
fn declared_name(language: Language, text: &str) -> String {
    let bare = |text: &str| text.trim_matches(['"', '\'', '`', ':', '[', ']']).to_owned();
    match language {
        // names without quotes are the same in any case
        #[cfg(feature = "sql")]
        Language::Sql => {
            let parts = text
                .split('.')
                .map(|part| if part.contains(['"', '`', '[']) { bare(part) } else { bare(&part.to_lowercase()) });
            parts.collect::<Vec<_>>().join(".")
        }
        _ if text.contains("::") => {
            let mut depth = 0_u32;
            let plain = text.chars().filter(|letter| {
                depth = if *letter == '<' { depth + 1 } else { depth };
                let keep = depth == 0 && !letter.is_whitespace();
                depth = if *letter == '>' { depth.saturating_sub(1) } else { depth };
                keep
            });
            plain.collect::<String>().replace("::", ".")
        }
        _ if text.starts_with(['"', '\'', '`', ':']) => bare(text),
        _ => text.to_owned(),
    }
}

/// What all paths of a file begin with: only protocol buffers are named from outside by their package.
fn package(language: Language, text: &str, tree: &Tree) -> String {
    match language {
        #[cfg(feature = "proto")]
        Language::Proto => {
            let root = tree.root_node();
            let mut cursor = root.walk();
            let package = root.named_children(&mut cursor).find(|child| child.kind() == "package");
            let name = package.and_then(|package| package.named_child(0)).map(|name| span_of(name).of(text));
            name.unwrap_or_default().split_whitespace().collect()
        }
        _ => {
            let _ = (text, tree);
            String::new()
        }
    }
}

/// The name in a declarator of C, and whether what is declared is a function.
fn declarator(mut node: Node) -> (Node, bool) {
    let mut function = false;
    loop {
        let inner = match node.kind() {
            "function_declarator" => {
                function = true;
                node.child_by_field_name("declarator")
            }
            // `(*name)(…)` is a variable
            "parenthesized_declarator" => {
                function = false;
                node.named_child(0)
            }
            "pointer_declarator"
            | "array_declarator"
            | "init_declarator"
            | "attributed_declarator"
            | "reference_declarator" => node.child_by_field_name("declarator").or_else(|| node.named_child(0)),
            "template_function" | "template_type" => node.child_by_field_name("name"),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return (node, function),
        }
    }
}

/// Declarations whose tokens are a symbol's own although another node names it.
const WRAPPERS: [&str; 4] = ["export_statement", "decorated_definition", "template_declaration", "ambient_declaration"];

/// The node with what belongs to the declaration: `export`, decorators, templates.
fn rooted(mut node: Node) -> Node {
    while let Some(parent) = node.parent().filter(|parent| WRAPPERS.contains(&parent.kind())) {
        node = parent;
    }
    node
}

/// All of a declaration, as a person would select it: `export const x = 1;` for `x = 1`.
fn outermost(mut node: Node) -> Node {
    while let Some(parent) = node.parent() {
        let holds_one = match parent.kind() {
            kind if WRAPPERS.contains(&kind) => true,
            "expression_statement" | "statement" => true,
            "lexical_declaration"
            | "variable_declaration"
            | "type_declaration"
            | "const_declaration"
            | "var_declaration"
            | "field_declaration"
            | "property_declaration" => {
                let mut cursor = parent.walk();
                let twins = parent.named_children(&mut cursor).filter(|child| child.kind() == node.kind()).count();
                twins == 1 && !parent.children(&mut cursor).any(|child| child.kind() == "(")
            }
            _ => false,
        };
        if !holds_one {
            break;
        }
        node = parent;
    }
    node
}

fn is_comment(node: Node) -> bool {
    node.kind().contains("comment") || node.kind() == "marginalia"
}

/// The comment in front of a declaration that documents it, or the docstring in it.
fn doc(language: Language, text: &str, node: Node, body: Option<Node>) -> Option<Span> {
    if language == Language::Python {
        return docstring(body?);
    }
    let mut span: Option<Span> = None;
    let mut below = node;
    // Ruby's first member stands alone in its list
    if below.prev_sibling().is_none()
        && let Some(list) = below.parent().filter(|list| list.kind() == "body_statement")
    {
        below = list;
    }
    while let Some(above) = below.prev_sibling() {
        let between = text.get(above.end_byte()..below.start_byte()).unwrap_or_default();
        if matches!(above.kind(), "attribute_item" | "decorator" | "attribute_list" | "annotation") {
            below = above;
            continue;
        }
        let line_break = text.get(above.start_byte()..above.end_byte()).is_some_and(|text| text.ends_with('\n'));
        let breaks = between.bytes().filter(|byte| *byte == b'\n').count() + usize::from(line_break);
        // a comment behind the code of its line belongs to that code
        let line = text.get(..above.start_byte()).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let own_line = line.trim().is_empty();
        let counts = is_comment(above) && breaks <= 1 && own_line && is_doc(language, span_of(above).of(text));
        if !counts {
            break;
        }
        let trimmed = span_of(above).of(text).trim_end().len();
        let one = Span::new(above.start_byte(), above.start_byte() + trimmed);
        span = Some(span.map_or(one, |span| span.cover(one)));
        below = above;
    }
    span
}

/// The string that a Python body begins with.
pub(crate) fn docstring(body: Node) -> Option<Span> {
    let mut cursor = body.walk();
    let first = body.named_children(&mut cursor).find(|child| !is_comment(*child))?;
    let string = if first.kind() == "expression_statement" { first.named_child(0)? } else { first };
    (matches!(string.kind(), "string" | "concatenated_string") && string.next_named_sibling().is_none())
        .then(|| span_of(string))
}

/// True for a comment that says something of the declaration below it, in the way of the language.
fn is_doc(language: Language, comment: &str) -> bool {
    match language {
        Language::Rust => comment.starts_with("///") && !comment.starts_with("////") || comment.starts_with("/**"),
        Language::TypeScript | Language::Tsx | Language::Java => comment.starts_with("/**"),
        #[cfg(feature = "bash")]
        Language::Bash => !comment.starts_with("#!"),
        _ => true,
    }
}

/// What a doc comment or docstring says: without its marks, white space folded.
pub fn doc_text(comment: &str) -> String {
    doc_lines(comment).iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// The lines of a doc comment or docstring without its marks and the white space around them.
pub fn doc_lines(comment: &str) -> Vec<&str> {
    let comment = comment.trim();
    let quotes = comment.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(inner) = quotes.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.lines().map(str::trim).collect();
        }
    }
    let bare = |line: &'_ str| -> std::ops::Range<usize> {
        let start = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        let words = trimmed.strip_suffix("*/").unwrap_or(trimmed);
        let inner = words.trim_start_matches("/**").trim_start_matches("/*!").trim_start_matches("/*");
        let inner =
            ["///", "//!", "//", "--", "#", "*"].iter().find_map(|mark| inner.strip_prefix(mark)).unwrap_or(inner);
        let from = start + words.len() - inner.len();
        from..start + words.len()
    };
    comment.lines().map(|line| line[bare(line)].trim()).collect()
}

#[cfg(test)]
mod tests;
