//! What the files of `fixtures/symbols` declare and import, one Markdown file for each language.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
#[allow(dead_code, reason = "places are not looked at here")]
mod runner;

use std::sync::Arc;
use syntax::code::{Code, Language, doc_text};

#[test]
fn languages_of_every_build() {
    runner::run("symbols", look);
}

/// These grammars are large and off by default: `cargo test -p syntax --all-features --test symbols`.
#[cfg(all(
    feature = "csharp",
    feature = "ruby",
    feature = "php",
    feature = "kotlin",
    feature = "swift",
    feature = "bash"
))]
#[test]
fn languages_behind_features() {
    runner::run("symbols/optional", look);
}

/// `+` is public, `-` is not, `?` has an error inside.
fn look(files: &[(String, String)]) -> Vec<String> {
    files.iter().flat_map(|(path, text)| show(path, &text.as_str().into())).collect()
}

fn show(path: &str, text: &Arc<str>) -> Vec<String> {
    let Some(language) = Language::of(path) else { return vec!["not read".to_owned()] };
    let code = match Code::read(language, text) {
        Ok(code) => code,
        Err(why) => return vec![why.to_string()],
    };
    let symbols = code.symbols().iter().map(|symbol| {
        let mark = if symbol.broken {
            '?'
        } else if symbol.public {
            '+'
        } else {
            '-'
        };
        let doc = symbol.doc.map_or(String::new(), |doc| format!(" — {}", doc_text(doc.of(text))));
        format!("{mark} {} {} ⟦{}⟧{doc}", symbol.kind.word(), symbol.path, code.signature(symbol))
    });
    let imports = code.imports().into_iter().map(|import| {
        let names: Vec<&str> = import.names.iter().map(|name| name.value.as_str()).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        format!("from {}{names}", import.module.value)
    });
    symbols.chain(imports).collect()
}
