//! The languages whose sources we read, each with its grammar and its queries, and the one way to parse them.
//!
//! A grammar is loaded and its queries are compiled when the first source of that language is read. What a parse may cost is
//! counted in steps of the parser, so that the answer does not depend on how busy the machine is.

use std::ops::{ControlFlow, Range};
use std::sync::LazyLock;
use tree_sitter::{ParseOptions, Parser, Query, Tree};

/// Larger sources are not read.
pub(crate) const LIMIT: usize = 1 << 20;

/// Why a source was not read. Nothing may be concluded from that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unread {
    /// More than a megabyte.
    TooLarge,
    /// Nested so deep, or broken so badly, that reading it would cost far more than its size says.
    TooCostly,
    /// This build has no grammar for it.
    NoGrammar,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Unread::TooLarge => "the file is too large",
            Unread::TooCostly => "the file is nested too deep or too broken to be read",
            Unread::NoGrammar => "this build does not read the language",
        })
    }
}

macro_rules! languages {
    ($($(#[$doc:meta])* $(@$feature:literal)? $name:ident $folder:literal $grammar:path;)*) => {
        /// A language whose sources we can read.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Language {
            $($(#[$doc])* $(#[cfg(feature = $feature)])? $name,)*
        }

        impl Language {
            /// All languages of this build.
            pub const ALL: &[Language] = &[$($(#[cfg(feature = $feature)])? Language::$name,)*];

            pub(crate) fn grammar(self) -> &'static Grammar {
                match self {
                    $($(#[cfg(feature = $feature)])? Language::$name => {
                        static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(
                            $grammar.into(),
                            include_str!(concat!("../../../queries/", $folder, "/symbols.scm")),
                            include_str!(concat!("../../../queries/", $folder, "/imports.scm")),
                        ));
                        &GRAMMAR
                    })*
                }
            }
        }
    };
}

languages! {
    /// `.rs`
    Rust "rust" tree_sitter_rust::LANGUAGE;
    /// `.py`
    Python "python" tree_sitter_python::LANGUAGE;
    /// `.ts`, `.mts`, `.cts`
    TypeScript "typescript" tree_sitter_typescript::LANGUAGE_TYPESCRIPT;
    /// `.tsx`, and JavaScript, which is a part of it.
    Tsx "typescript" tree_sitter_typescript::LANGUAGE_TSX;
    /// `.go`
    Go "go" tree_sitter_go::LANGUAGE;
    /// `.java`
    Java "java" tree_sitter_java::LANGUAGE;
    /// `.c`
    C "c" tree_sitter_c::LANGUAGE;
    /// `.cpp`, `.cc`, `.hpp`, …, and `.h`, which either may be.
    Cpp "cpp" tree_sitter_cpp::LANGUAGE;
    /// `.sql`
    @"sql" Sql "sql" tree_sitter_sequel::LANGUAGE;
    /// `.proto`
    @"proto" Proto "proto" tree_sitter_proto::LANGUAGE;
    /// `.cs`
    @"csharp" CSharp "csharp" tree_sitter_c_sharp::LANGUAGE;
    /// `.rb`
    @"ruby" Ruby "ruby" tree_sitter_ruby::LANGUAGE;
    /// `.php`
    @"php" Php "php" tree_sitter_php::LANGUAGE_PHP;
    /// `.kt`
    @"kotlin" Kotlin "kotlin" tree_sitter_kotlin_ng::LANGUAGE;
    /// `.swift`
    @"swift" Swift "swift" tree_sitter_swift::LANGUAGE;
    /// `.sh`, `.bash`
    @"bash" Bash "bash" tree_sitter_bash::LANGUAGE;
}

impl Language {
    /// The language of a file, by its extension.
    pub fn of(path: &str) -> Option<Language> {
        Some(match path.rsplit_once('.')?.1 {
            "rs" => Language::Rust,
            "py" | "pyi" => Language::Python,
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" | "jsx" | "js" | "mjs" | "cjs" => Language::Tsx,
            "go" => Language::Go,
            "java" => Language::Java,
            "c" => Language::C,
            "cpp" | "cc" | "cxx" | "hpp" | "hh" | "hxx" | "h" | "ipp" => Language::Cpp,
            #[cfg(feature = "sql")]
            "sql" => Language::Sql,
            #[cfg(feature = "proto")]
            "proto" => Language::Proto,
            #[cfg(feature = "csharp")]
            "cs" => Language::CSharp,
            #[cfg(feature = "ruby")]
            "rb" => Language::Ruby,
            #[cfg(feature = "php")]
            "php" => Language::Php,
            #[cfg(feature = "kotlin")]
            "kt" | "kts" => Language::Kotlin,
            #[cfg(feature = "swift")]
            "swift" => Language::Swift,
            #[cfg(feature = "bash")]
            "sh" | "bash" => Language::Bash,
            _ => return None,
        })
    }
}

impl Language {
    /// True for languages that declare data and calls and nothing else: there, members are what a declaration says.
    pub fn is_schema(self) -> bool {
        match self {
            #[cfg(feature = "sql")]
            Language::Sql => true,
            #[cfg(feature = "proto")]
            Language::Proto => true,
            _ => false,
        }
    }
}

/// A grammar with its queries, which are compiled when they are first asked for; no query when it does not fit the grammar
/// (a test sees to that).
pub(crate) struct Grammar {
    pub(crate) language: tree_sitter::Language,
    pub(crate) symbols: LazyLock<Option<Query>, Box<dyn FnOnce() -> Option<Query> + Send>>,
    pub(crate) imports: LazyLock<Option<Query>, Box<dyn FnOnce() -> Option<Query> + Send>>,
}

impl Grammar {
    fn new(language: tree_sitter::Language, symbols: &'static str, imports: &'static str) -> Grammar {
        let query = |source: &'static str| {
            let language = language.clone();
            let compile: Box<dyn FnOnce() -> Option<Query> + Send> =
                Box::new(move || Query::new(&language, source).ok());
            LazyLock::new(compile)
        };
        Grammar { symbols: query(symbols), imports: query(imports), language }
    }
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
fn is_hostile(tree: &Tree, changed: Option<Range<usize>>) -> bool {
    let mut cursor = tree.walk();
    let mut depth = 0_u32;
    loop {
        // what did not change was looked at before
        let touched = |changed: &Range<usize>| {
            cursor.node().start_byte() <= changed.end && changed.start <= cursor.node().end_byte()
        };
        let skip = depth > 0 && !changed.as_ref().is_none_or(touched);
        if cursor.node().is_error() && cursor.node().child_count() > 5 * DEPTH_LIMIT {
            return true;
        }
        if !skip && cursor.goto_first_child() {
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

/// Source that is far more work than its size says (deep nesting, endless errors) is given up.
pub(crate) fn patience<State>(text: &str) -> impl FnMut(&State) -> ControlFlow<()> {
    let mut left = 200 + text.len() / 64;
    move |_| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Parses a text; `old` is the tree of an earlier text with the edit already applied to it.
pub(crate) fn parse(language: Language, text: &str, old: Option<&Tree>) -> Result<Tree, Unread> {
    if text.len() > LIMIT {
        return Err(Unread::TooLarge);
    }
    if is_too_deep(text) {
        return Err(Unread::TooCostly);
    }
    let mut parser = Parser::new();
    parser.set_language(&language.grammar().language).map_err(|_| Unread::NoGrammar)?;
    let mut patience = patience(text);
    let options = ParseOptions::new().progress_callback(&mut patience);
    let mut read = |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, old, Some(options)).ok_or(Unread::TooCostly)?;
    let changed = old.map(|old| {
        let ranges = old.changed_ranges(&tree);
        ranges.fold(text.len()..0, |hull, range| hull.start.min(range.start_byte)..hull.end.max(range.end_byte))
    });
    if is_hostile(&tree, changed) { Err(Unread::TooCostly) } else { Ok(tree) }
}
