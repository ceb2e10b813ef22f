//! Says which symbols of two texts of one file differ, and in what: for `tests/bench/drift.py`.
//!
//! Reads any number of `path<TAB>bytes before<TAB>bytes after<LF>` with the two texts behind it. Prints a line for every symbol
//! whose text differs: path, symbol, and one digit each for text, white space left out, comments left out, tokens, sig, doc, body,
//! value; `?` where there is a syntax error. A symbol that is in one of them only is `gone` or `new`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool of the measurements")]

use docs::fingerprint::whole;
use docs::source::Source;
use docs::target::{Facet, Fragment};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::sync::Arc;
use syntax::code::{Code, Symbol};

fn main() {
    let mut input = std::io::stdin().lock();
    let mut head = String::new();
    while input.read_line(&mut head).unwrap() > 0 {
        let fields: Vec<&str> = head.trim_end().split('\t').collect();
        let mut text = |length: &str| -> Arc<str> {
            let mut bytes = vec![0; length.parse().unwrap()];
            input.read_exact(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into()
        };
        let (old, new) = (text(fields[1]), text(fields[2]));
        compare(fields[0], &Source::read(fields[0], &old), &Source::read(fields[0], &new));
        head.clear();
    }
}

fn compare(path: &str, old: &Source, new: &Source) {
    let (Some(before), Some(after)) = (old.code(), new.code()) else { return };
    let (names, now) = (by_path(before), by_path(after));
    for (name, symbols) in &names {
        let Some(twins) = now.get(name) else {
            println!("{path}\t{name}\tgone");
            continue;
        };
        let sides = |code: &Code, symbols: &[&Symbol]| {
            let text = |symbol: &&Symbol| symbol.span.of(code.text()).to_owned();
            let words = |symbol: &&Symbol| {
                let mut all = Vec::new();
                code.words(symbol, &mut |word| all.push(word.to_owned()));
                all.join("\0")
            };
            let bare = |text: String| text.split_whitespace().collect::<String>();
            [
                symbols.iter().map(text).collect::<Vec<_>>(),
                symbols.iter().map(text).map(bare).collect(),
                symbols.iter().map(words).collect(),
                {
                    let mut prints: Vec<String> =
                        symbols.iter().map(|symbol| whole(code, symbol).to_string()).collect();
                    prints.sort();
                    prints
                },
            ]
        };
        let (a, b) = (sides(before, symbols), sides(after, twins));
        if a[0] == b[0] {
            continue;
        }
        if symbols.iter().chain(twins).any(|symbol| symbol.broken) {
            println!("{path}\t{name}\t?");
            continue;
        }
        let fragment = Fragment::Symbol(name.as_str().into());
        let (old, new) = (facets(old, &fragment), facets(new, &fragment));
        let mut digits: String = a.iter().zip(&b).map(|(a, b)| if a == b { '0' } else { '1' }).collect();
        for facet in [Facet::Sig, Facet::Doc, Facet::Body, Facet::Value] {
            digits.push(if old.get(facet) == new.get(facet) { '0' } else { '1' });
        }
        println!("{path}\t{name}\t{digits}");
    }
    for name in now.keys().filter(|name| !names.contains_key(*name)) {
        println!("{path}\t{name}\tnew");
    }
}

fn by_path(code: &Code) -> BTreeMap<&String, Vec<&Symbol>> {
    let mut found: BTreeMap<&String, Vec<&Symbol>> = BTreeMap::new();
    code.symbols().iter().for_each(|symbol| found.entry(&symbol.path).or_default().push(symbol));
    found
}

fn facets(source: &Source, fragment: &Fragment) -> docs::print::Facets {
    match source.resolve(fragment) {
        docs::print::Resolution::Found(found) => found.facets,
        _ => docs::print::Facets::default(),
    }
}
