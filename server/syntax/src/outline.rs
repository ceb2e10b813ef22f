//! Outlines of source files: which functions and types there are, and in which of them a place lies.
//!
//! What a symbol is, is written in `queries/<language>/outline.scm`; this module only runs the queries. Source that is
//! being typed has an outline too.

pub use crate::language::Language;

use crate::language::{parse, patience};
use std::sync::LazyLock;
use text::{Span, Spanned};
use tree_sitter::{Query, QueryCursor, QueryCursorOptions, StreamingIterator};

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

/// The query of a language; none for one whose sources have no outline.
fn query(language: Language) -> Option<&'static Query> {
    macro_rules! query {
        ($language:ident $folder:literal) => {{
            static QUERY: LazyLock<Option<Query>> = LazyLock::new(|| {
                let grammar = &Language::$language.grammar().language;
                Query::new(grammar, include_str!(concat!("../../../queries/", $folder, "/outline.scm"))).ok()
            });
            QUERY.as_ref()
        }};
    }
    match language {
        Language::Rust => query!(Rust "rust"),
        Language::Python => query!(Python "python"),
        Language::TypeScript => query!(TypeScript "typescript"),
        Language::Tsx => query!(Tsx "typescript"),
        #[allow(unreachable_patterns, reason = "other languages have no outline")]
        _ => None,
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

/// The symbols of a source text, outer ones before inner ones. Empty when it is too large to be looked at.
pub fn outline(language: Language, text: &str) -> Vec<Symbol> {
    let (Some(query), Ok(tree)) = (query(language), parse(language, text, None)) else { return Vec::new() };
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
    use crate::language::LIMIT;

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
            let query = query(language).unwrap_or_else(|| panic!("{language:?}"));
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
