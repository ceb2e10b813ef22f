//! Outlines of source files: which functions and types there are, and in which of them a place lies.
//!
//! What a symbol is, is written in `queries/<language>/outline.scm`; this module only runs the queries. Source that is
//! being typed has an outline too.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use text::{Span, Spanned};
use tree_sitter::{ParseOptions, Parser, Query, QueryCursor, QueryCursorOptions, StreamingIterator, Tree};

/// Larger sources have no outline.
const LIMIT: usize = 1 << 20;

/// A language whose sources we can outline.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// `.rs`
    Rust,
    /// `.py`
    Python,
    /// `.ts`, `.mts`, `.cts`, and JavaScript, which is a part of it.
    TypeScript,
    /// `.tsx`, `.jsx`
    Tsx,
}

/// A symbol of a source file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// What it is called, and the token that says so.
    pub name: Spanned<String>,
    /// All of it.
    pub span: Span,
}

/// See [`Symbol::kind`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SymbolKind {
    /// A module or namespace.
    Module,
    /// A class.
    Class,
    /// A struct, enum, union or type alias.
    Type,
    /// A trait or interface.
    Interface,
    /// A block that implements something for a type.
    Implementation,
    /// A function.
    Function,
    /// A function of a class.
    Method,
    /// A constant or static.
    Constant,
    /// A macro.
    Macro,
}

impl Language {
    /// The language of a file, by its extension.
    pub fn of(path: &str) -> Option<Language> {
        Some(match path.rsplit_once('.')?.1 {
            "rs" => Language::Rust,
            "py" | "pyi" => Language::Python,
            "ts" | "mts" | "cts" | "js" | "mjs" | "cjs" => Language::TypeScript,
            "tsx" | "jsx" => Language::Tsx,
            _ => return None,
        })
    }

    fn grammar(self) -> &'static Grammar {
        static RUST: LazyLock<Grammar> = LazyLock::new(|| {
            Grammar::new(tree_sitter_rust::LANGUAGE.into(), include_str!("../../../queries/rust/outline.scm"))
        });
        static PYTHON: LazyLock<Grammar> = LazyLock::new(|| {
            Grammar::new(tree_sitter_python::LANGUAGE.into(), include_str!("../../../queries/python/outline.scm"))
        });
        static TYPESCRIPT: LazyLock<Grammar> = LazyLock::new(|| {
            Grammar::new(
                tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
                include_str!("../../../queries/typescript/outline.scm"),
            )
        });
        static TSX: LazyLock<Grammar> = LazyLock::new(|| {
            Grammar::new(
                tree_sitter_typescript::LANGUAGE_TSX.into(),
                include_str!("../../../queries/typescript/outline.scm"),
            )
        });
        match self {
            Language::Rust => &RUST,
            Language::Python => &PYTHON,
            Language::TypeScript => &TYPESCRIPT,
            Language::Tsx => &TSX,
        }
    }
}

/// A grammar with its query; no query when it does not fit the grammar (a test sees to that).
struct Grammar {
    language: tree_sitter::Language,
    query: Option<Query>,
}

impl Grammar {
    fn new(language: tree_sitter::Language, query: &str) -> Grammar {
        let query = Query::new(&language, query).ok();
        Grammar { language, query }
    }
}

fn kind(capture: &str) -> Option<SymbolKind> {
    Some(match capture {
        "module" => SymbolKind::Module,
        "class" => SymbolKind::Class,
        "type" => SymbolKind::Type,
        "interface" => SymbolKind::Interface,
        "implementation" => SymbolKind::Implementation,
        "function" => SymbolKind::Function,
        "method" => SymbolKind::Method,
        "constant" => SymbolKind::Constant,
        "macro" => SymbolKind::Macro,
        _ => return None,
    })
}

/// Brackets nested deeper than this have no honest use, and the parser's time grows with the square of the depth.
const DEPTH_LIMIT: u32 = 200;

fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_u32;
    text.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_LIMIT
    })
}

/// True for a tree that a cursor needs the square of its size for: very deep (operators nest without brackets), or with
/// an error that holds a great many tokens side by side.
fn is_hostile(tree: &Tree) -> bool {
    let mut cursor = tree.walk();
    let mut depth = 0_u32;
    loop {
        if cursor.node().is_error() && cursor.node().child_count() > 5 * DEPTH_LIMIT {
            return true;
        }
        if cursor.goto_first_child() {
            depth += 1;
            if depth > 5 * DEPTH_LIMIT {
                return true;
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            depth = depth.saturating_sub(1);
        }
    }
}

/// Source that is far more work than its size says (deep nesting, endless errors) is given up. Counted in steps of the
/// parser, so that the answer does not depend on how busy the machine is.
fn patience<State>(text: &str) -> impl FnMut(&State) -> ControlFlow<()> {
    let mut left = 1_000 + text.len() / 64;
    move |_| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The symbols of a source text, outer ones before inner ones. Empty when it is too large to be looked at.
pub fn outline(language: Language, text: &str) -> Vec<Symbol> {
    let grammar = language.grammar();
    let mut parser = Parser::new();
    let Some(query) = grammar.query.as_ref().filter(|_| text.len() <= LIMIT && !is_too_deep(text)) else {
        return Vec::new();
    };
    if parser.set_language(&grammar.language).is_err() {
        return Vec::new();
    }
    let mut parse_patience = patience(text);
    let options = ParseOptions::new().progress_callback(&mut parse_patience);
    let mut read = |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
    let Some(tree) = parser.parse_with_options(&mut read, None, Some(options)) else { return Vec::new() };
    if is_hostile(&tree) {
        return Vec::new();
    }
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    let mut query_patience = patience(text);
    let options = QueryCursorOptions::new().progress_callback(&mut query_patience);
    let mut matches = cursor.matches_with_options(query, tree.root_node(), text.as_bytes(), options);
    let mut found = Vec::new();
    while let Some(one) = matches.next() {
        let mut name = None;
        let mut whole = None;
        for capture in one.captures() {
            let span = Span::new(capture.node.start_byte(), capture.node.end_byte());
            match names.get(capture.index as usize) {
                Some(&"name") => name = Some(Spanned::new(span.of(text).to_owned(), span)),
                Some(other) => whole = kind(other).map(|kind| (kind, span)),
                None => {}
            }
        }
        if let (Some(name), Some((kind, span))) = (name, whole) {
            found.push(Symbol { kind, name, span });
        }
    }
    found.sort_by_key(|symbol| (symbol.span.start, std::cmp::Reverse(symbol.span.end)));
    found
}

/// The symbols that `offset` lies in, the outermost first.
pub fn enclosing(symbols: &[Symbol], offset: usize) -> Vec<&Symbol> {
    let holds = |symbol: &&Symbol| symbol.span.touches(offset);
    symbols.iter().filter(holds).collect()
}

/// What people call the place of `offset`: `Cart::total`, `Cart.total`. `None` outside every symbol.
pub fn place(language: Language, symbols: &[Symbol], offset: usize) -> Option<String> {
    let names: Vec<&str> = enclosing(symbols, offset).iter().map(|symbol| symbol.name.value.as_str()).collect();
    let separator = if language == Language::Rust { "::" } else { "." };
    (!names.is_empty()).then(|| names.join(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `$0` marks the place.
    fn check(path: &str, source: &str, symbols: &[(SymbolKind, &str)], at: Option<&str>) {
        let language = Language::of(path).unwrap();
        let offset = source.find("$0").unwrap();
        let source = source.replace("$0", "");
        let found = outline(language, &source);
        let seen: Vec<(SymbolKind, &str)> =
            found.iter().map(|symbol| (symbol.kind, symbol.name.span.of(&source))).collect();
        assert_eq!(seen, symbols, "{path}");
        assert_eq!(place(language, &found, offset).as_deref(), at, "{path}");
    }

    #[test]
    fn every_query_fits_its_grammar() {
        for language in [Language::Rust, Language::Python, Language::TypeScript, Language::Tsx] {
            let grammar = language.grammar();
            let query = grammar.query.as_ref().unwrap_or_else(|| panic!("{language:?}"));
            for name in query.capture_names() {
                assert!(*name == "name" || kind(name).is_some(), "{language:?}: @{name}");
            }
        }
    }

    #[test]
    fn rust() {
        use SymbolKind::*;
        let source = "mod shop {\n  pub struct Cart;\n  impl Cart {\n    pub fn total(&self) -> u32 { $0 1 }\n  }\n}\nconst MAX: u32 = 1;\ntrait Priced { fn price(&self); }\n";
        let symbols = [
            (Module, "shop"),
            (Type, "Cart"),
            (Implementation, "Cart"),
            (Function, "total"),
            (Constant, "MAX"),
            (Interface, "Priced"),
            (Function, "price"),
        ];
        check("src/cart.rs", source, &symbols, Some("shop::Cart::total"));
        check("x.rs", "fn é() {}\n$0\nfn broken( {\n", &[(Function, "é")], None);
    }

    #[test]
    fn python() {
        use SymbolKind::*;
        let source = "LIMIT = 3\nclass Report:\n    def rows(self):\n        def inner():\n            pass$0\n";
        check(
            "a.py",
            source,
            &[(Constant, "LIMIT"), (Class, "Report"), (Function, "rows"), (Function, "inner")],
            Some("Report.rows.inner"),
        );
    }

    #[test]
    fn typescript() {
        use SymbolKind::*;
        let source = "export interface Line { a: number }\nexport const total = (lines: Line[]) => { return $0 0 };\nclass Cart { add(): void {} }\nenum Kind { A }\nexport function f() {}\n";
        let symbols = [
            (Interface, "Line"),
            (Function, "total"),
            (Class, "Cart"),
            (Method, "add"),
            (Type, "Kind"),
            (Function, "f"),
        ];
        check("a.ts", source, &symbols, Some("total"));
        check("a.tsx", "const View = () => <p>{$0x}</p>;\n", &[(Function, "View")], Some("View"));
        assert_eq!(Language::of("README"), None);
        assert_eq!(Language::of("a.go"), None);
    }

    #[test]
    fn hostile_sources_end_soon() {
        let repeated = [
            "(", "fn f() {", "{", "-", "!", "a.", "f(x)", "\"(", "'", "class ", "if a: ", "<a>", "=>", "a ? b : ", "&",
            "*", "`${", "async ", ") ( ",
        ];
        // the text grows like the size, the depth like its root
        let nested = |part: &str, size: usize| {
            (0..size.isqrt()).map(|depth| format!("{}{part}\n", " ".repeat(depth))).collect::<String>()
        };
        for language in [Language::Rust, Language::Python, Language::TypeScript] {
            let outline = |source: &str| drop(outline(language, source));
            for part in repeated {
                crate::growth::assert_linear(part, 10_000, &|size| outline(&part.repeat(size)));
            }
            for part in ["if a:", "def f():"] {
                crate::growth::assert_linear(part, 640_000, &|size| outline(&nested(part, size)));
            }
            outline(&"x".repeat(LIMIT + 1));
        }
    }
}
