//! Tests of symbols and tokens.

use super::tokens::Part;
use super::*;
use proptest::prelude::*;

#[test]
fn every_query_fits_its_grammar() {
    let known = ["name", "body", "value", "scope", "recv", "in", "local", "module"];
    for language in Language::ALL {
        let grammar = language.grammar();
        for (file, query) in [("symbols", grammar.symbols.as_ref()), ("imports", grammar.imports.as_ref())] {
            let query = query.unwrap_or_else(|| panic!("{language:?}: {file}.scm"));
            for name in query.capture_names() {
                let kind = name.strip_prefix("def.").and_then(Kind::of).is_some();
                assert!(kind || known.contains(name) || name.starts_with('_'), "{language:?}: @{name}");
            }
        }
    }
}

/// The sources of `fixtures/formatters`, which have most of what can be written.
fn samples() -> Vec<(Language, Arc<str>)> {
    let pages = [
        include_str!("../../../../fixtures/formatters/rust.md"),
        include_str!("../../../../fixtures/formatters/python.md"),
        include_str!("../../../../fixtures/formatters/typescript.md"),
        include_str!("../../../../fixtures/formatters/go.md"),
        include_str!("../../../../fixtures/formatters/java.md"),
        include_str!("../../../../fixtures/formatters/c.md"),
    ];
    let mut found = Vec::new();
    for page in pages {
        let mut rest = page;
        while let Some((head, behind)) = rest.split_once("`\n````\n") {
            let path = head.rsplit('`').next().unwrap();
            let (text, behind) = behind.split_once("\n````").unwrap();
            found.push((Language::of(path).unwrap(), text.into()));
            rest = behind;
        }
    }
    assert!(found.len() > 25, "{}", found.len());
    found
}

/// White space between two tokens, where more of it says nothing: not in strings, in text of JSX or in lines of a preprocessor.
fn gaps(code: &Code) -> Vec<Span> {
    fn walk(node: Node, leaves: &mut Vec<(Span, bool)>) {
        let kind = node.kind();
        let no_place = kind.contains("preproc") || is_comment(node);
        if no_place || kind.contains("string") || kind.contains("jsx") || node.child_count() == 0 {
            leaves.push((span_of(node), no_place));
            return;
        }
        let mut cursor = node.walk();
        node.children(&mut cursor).for_each(|child| walk(child, leaves));
    }
    let mut leaves = Vec::new();
    walk(code.tree.root_node(), &mut leaves);
    leaves.retain(|(span, _)| !span.of(&code.text).trim().is_empty());
    let gap =
        |pair: &[(Span, bool)]| (!pair[0].1 && !pair[1].1).then(|| Span { start: pair[0].0.end, end: pair[1].0.start });
    let space = |gap: &Span| gap.start < gap.end && gap.of(&code.text).chars().all(char::is_whitespace);
    leaves.windows(2).filter_map(gap).filter(space).collect()
}

/// All symbols with the tokens of all their parts.
fn all_tokens(code: &Code) -> Vec<(String, Vec<String>)> {
    let parts = [Part::Declaration, Part::Body, Part::Value, Part::Whole];
    let tokens = |symbol: &Symbol| parts.iter().flat_map(|part| code.token_list(symbol, *part)).collect();
    code.symbols().iter().map(|symbol| (symbol.path.clone(), tokens(symbol))).collect()
}

/// What may stand in a gap without being a token.
fn nothing(language: Language, line_end: bool, what: usize) -> &'static str {
    match (language, what) {
        (_, 0) if !line_end => "   ",
        (Language::Python, _) if line_end => "  # a comment",
        (Language::Python, _) => "\t ",
        // the end of a line ends a statement
        (Language::Go, 1) if line_end => " // a comment",
        (Language::Go | Language::TypeScript | Language::Tsx, 1 | 2) => " /* a comment */ ",
        (_, 1) => " /* a comment */ ",
        (Language::Go | Language::TypeScript | Language::Tsx, _) => "  ",
        (_, 2) => " // a comment\n",
        _ => "\n\n  ",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn white_space_and_comments_are_no_tokens(
        which in any::<prop::sample::Index>(),
        at in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4), 1..6),
    ) {
        let samples = samples();
        let (language, text) = which.get(&samples);
        let code = Code::read(*language, text).unwrap();
        let gaps = gaps(&code);
        let mut places: Vec<(Span, usize)> = at.iter().map(|(at, what)| (*at.get(&gaps), *what)).collect();
        places.sort_by_key(|(gap, _)| std::cmp::Reverse(gap.start));
        places.dedup_by_key(|(gap, _)| gap.start);
        let mut changed = text.to_string();
        for (gap, what) in places {
            changed.insert_str(gap.start as usize, nothing(*language, gap.of(text).contains('\n'), what));
        }
        let again = Code::read(*language, &changed.as_str().into()).unwrap();
        prop_assert_eq!(all_tokens(&code), all_tokens(&again), "{}", changed);
    }

    #[test]
    fn reading_again_is_reading(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, 0_usize..12), 1..6),
    ) {
        let typed = ["", "x", " ", "\n", "(", ";", "fn f() {}\n", "def f(): pass\n", "/** c */ ", "export ", "// c\n", "\""];
        let samples = samples();
        let (language, text) = which.get(&samples);
        let mut code = Code::read(*language, text).unwrap();
        for (at, length, what) in edits {
            let letters: Vec<usize> = code.text().char_indices().map(|(at, _)| at).collect();
            let start = if letters.is_empty() { 0 } else { *at.get(&letters) };
            let end = letters.iter().copied().find(|end| *end >= start + length).unwrap_or(code.text().len());
            let mut changed = code.text().to_string();
            changed.replace_range(start..end, typed[what]);
            let changed: Arc<str> = changed.into();
            let Ok(whole) = Code::read(*language, &changed) else { return Ok(()) };
            code = code.reread(&changed).unwrap();
            // two trees of one broken text may differ; what they say where there is no error may not
            if !whole.is_broken() && !code.is_broken() {
                prop_assert_eq!(code.symbols(), whole.symbols(), "{}", changed);
            }
        }
    }

    #[test]
    fn names_of_locals_are_no_part_of_a_declaration(name in "[a-z][a-z0-9]{6,9}") {
        let sources = [
            ("a.rs", "pub fn post(of: u32) -> u32 { let LOCAL = of; [1].map(|x| x + LOCAL).len() as u32 }\npub const F: fn(u32) -> u32 = |of| { let LOCAL = of; LOCAL };"),
            ("a.py", "def post(of=lambda x: x):\n    LOCAL = of\n    for LOCAL in of: print(LOCAL)\n"),
            ("a.ts", "export const post = async (of: string) => { const LOCAL = of; return LOCAL }\nexport const f = wrap((of) => { let LOCAL = 1; return LOCAL })\nexport class A { m() { const LOCAL = 1; return LOCAL } n = () => { const LOCAL = 2; return LOCAL } }"),
            ("a.go", "package a\nfunc (l *L) Post(of int) int { LOCAL := of; return LOCAL }\nvar F = func(of int) int { LOCAL := of; return LOCAL }"),
            ("A.java", "class A { int post(int of) { int LOCAL = of; return LOCAL; } F f = of -> { int LOCAL = of; return LOCAL; }; }"),
            ("a.c", "int post(int of) { int LOCAL = of; return LOCAL; }"),
            ("a.cpp", "struct A { int post(int of) { auto LOCAL = [](int a) { return a; }; return LOCAL(of); } };"),
        ];
        for (path, source) in sources {
            let language = Language::of(path).unwrap();
            let declared = |name: &str| {
                let code = Code::read(language, &source.replace("LOCAL", name).into()).unwrap();
                let parts = [Part::Declaration, Part::Value];
                let of = |symbol: &Symbol| (symbol.path.clone(), parts.map(|part| code.token_list(symbol, part)));
                code.symbols().iter().map(of).collect::<Vec<_>>()
            };
            prop_assert_eq!(declared("local"), declared(&name), "{}", path);
        }
    }
}

#[test]
fn hostile_sources_end_soon() {
    let parts =
        ["(", "fn f() {", "a.", "f(x)", "\"(", "class ", "=>", "*", ") ( ", "func (", "int a(", "a<", "message "];
    let known = [Language::Rust, Language::Python, Language::TypeScript];
    for language in Language::ALL.iter().filter(|language| !known.contains(language)) {
        for part in parts {
            crate::growth::assert_linear(&format!("{language:?}: {part}"), 8_000, &|size| {
                drop(Code::read(*language, &part.repeat(size).into()));
            });
        }
    }
    assert_eq!(Code::read(Language::Go, &"x ".repeat(1 << 20).into()).err(), Some(Unread::TooLarge));
}
