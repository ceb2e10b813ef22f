//! Tests of symbols and tokens.

use super::*;

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
