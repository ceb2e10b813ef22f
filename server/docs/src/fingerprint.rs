//! Fingerprints of symbols: what is left of them once layout, comments and taste are taken out.
//!
//! Each facet has one, so that a document can depend on how something is declared and not on what it does
//! (reference/docs.md §2.4).

use crate::print::{Facets, Print};
use crate::target::Facet;
use syntax::code::tokens::Part;
use syntax::code::{Code, Kind, Symbol, doc_text};

/// The words that are hashed; where one ends is part of it.
#[derive(Default)]
struct Words(Vec<u8>);

impl Words {
    fn add(&mut self, word: &str) {
        self.0.extend_from_slice(word.as_bytes());
        self.0.push(0);
    }

    fn print(&self) -> Print {
        Print::of(&self.0)
    }
}

/// Of a sequence of words; where one ends is part of it.
pub(crate) fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Print {
    let mut all = Words::default();
    words.into_iter().for_each(|word| all.add(word));
    all.print()
}

fn of_lines(mut lines: Vec<String>) -> Print {
    lines.sort();
    of_words(lines.iter().map(String::as_str))
}

/// Of several prints in any order; of a single one it is that one.
fn of_all(prints: &[Print]) -> Print {
    match prints {
        [only] => *only,
        prints => of_lines(prints.iter().map(Print::to_string).collect()),
    }
}

/// Of several files or symbols taken together, in any order: overloads, or a table in several migrations. A side that none has is
/// none.
pub fn together(each: &[Facets]) -> Facets {
    let mut all = Facets::default();
    for facet in Facet::ALL {
        let prints: Vec<Print> = each.iter().filter_map(|one| one.get(facet)).collect();
        all.set(facet, (!prints.is_empty()).then(|| of_all(&prints)));
    }
    all
}

/// Of symbols that share a path.
pub(crate) fn of_symbols(code: &Code, symbols: &[&Symbol]) -> Facets {
    together(&symbols.iter().map(|symbol| of_symbol(code, symbol)).collect::<Vec<_>>())
}

/// Of a whole source: what its public symbols are, each with its path.
pub(crate) fn of_code(code: &Code) -> Facets {
    let public: Vec<&Symbol> = code.symbols().iter().filter(|symbol| symbol.public).collect();
    let side = |print: fn(&Code, &Symbol) -> Print| {
        of_lines(public.iter().map(|symbol| format!("{} {}", symbol.path, print(code, symbol))).collect())
    };
    let mut whole = Words::default();
    code.all_tokens(&mut |token| whole.add(token));
    Facets::default()
        .with(Facet::Sig, side(sig))
        .with(Facet::Doc, side(doc))
        .with(Facet::Body, whole.print())
        .with(Facet::Value, side(value))
        .with(Facet::Surface, surface(public.iter().copied()))
}

fn of_symbol(code: &Code, symbol: &Symbol) -> Facets {
    let mut facets = Facets::default()
        .with(Facet::Sig, sig(code, symbol))
        .with(Facet::Doc, doc(code, symbol))
        .with(Facet::Value, value(code, symbol));
    if is_container(symbol) {
        facets.set(Facet::Body, Some(members(code, symbol)));
        facets.set(Facet::Surface, Some(surface(code.members(symbol).filter(|member| member.public))));
    } else if let Some(part) = symbol.body.map(|_| Part::Body).or(symbol.value.map(|_| Part::Whole)) {
        facets.set(Facet::Body, Some(tokens(code, symbol, part)));
    }
    facets
}

fn tokens(code: &Code, symbol: &Symbol, part: Part) -> Print {
    let mut words = Words::default();
    code.tokens(symbol, part, &mut |token| words.add(token));
    words.print()
}

fn is_container(symbol: &Symbol) -> bool {
    symbol.body.is_some() && !symbol.kind.is_function() || matches!(symbol.kind, Kind::Module | Kind::Service)
}

/// Classes and the like are declared without their members. In languages of schemas the members are all there is.
fn sig(code: &Code, symbol: &Symbol) -> Print {
    let declaration = tokens(code, symbol, Part::Declaration);
    if code.language().is_schema() && is_container(symbol) {
        of_lines(vec![declaration.to_string(), value(code, symbol).to_string()])
    } else {
        declaration
    }
}

fn doc(code: &Code, symbol: &Symbol) -> Print {
    of_words([doc_text(symbol.doc.map_or("", |doc| doc.of(code.text()))).as_str()])
}

/// Of what holds members: how the public ones are declared, in any order. Of types that also do something only the data counts,
/// and all of it where none is public.
fn value(code: &Code, symbol: &Symbol) -> Print {
    if !is_container(symbol) {
        // what a migration adds to a table
        let part = if symbol.kind == Kind::Table { Part::Whole } else { Part::Value };
        return tokens(code, symbol, part);
    }
    let of_data = matches!(symbol.kind, Kind::Class | Kind::Struct | Kind::Union | Kind::Enum | Kind::Type);
    let counts =
        |member: &&Symbol| !of_data || !matches!(member.kind, Kind::Method | Kind::Constructor | Kind::Function);
    let all: Vec<&Symbol> = code.members(symbol).filter(counts).collect();
    let one_is_public = all.iter().any(|member| member.public);
    let shown = all.into_iter().filter(|member| member.public || of_data && !one_is_public);
    of_lines(shown.map(|member| format!("{} {}", member.path, sig(code, member))).collect())
}

/// All of what holds members, in any order of them.
fn members(code: &Code, symbol: &Symbol) -> Print {
    let each = code.members(symbol).map(|member| format!("{} {}", member.path, whole(code, member)));
    of_lines(each.chain([tokens(code, symbol, Part::Rest).to_string()]).collect())
}

/// All of a symbol but its comments, layout and taste.
pub fn whole(code: &Code, symbol: &Symbol) -> Print {
    if is_container(symbol) {
        of_lines(vec![tokens(code, symbol, Part::Declaration).to_string(), members(code, symbol).to_string()])
    } else {
        tokens(code, symbol, Part::Whole)
    }
}

fn surface<'a>(symbols: impl Iterator<Item = &'a Symbol>) -> Print {
    let mut lines: Vec<String> = symbols.map(|symbol| format!("{} {}", symbol.kind.word(), symbol.path)).collect();
    lines.sort();
    lines.dedup();
    of_lines(lines)
}

/// What a symbol is, whatever it is called: for finding what was renamed.
pub fn shape(code: &Code, symbol: &Symbol) -> Print {
    let name = symbol.name.of(code.text());
    let mut words = Words::default();
    words.add(symbol.kind.word());
    code.tokens(symbol, Part::Whole, &mut |token| words.add(if token == name { "\u{3}" } else { token }));
    words.print()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_a_word_ends_and_not_in_which_order_twins_stand() {
        assert_ne!(of_words(["ab", "c"]), of_words(["a", "bc"]));
        let (a, b) = (of_words(["a"]), of_words(["b"]));
        assert_eq!(of_all(&[a, b]), of_all(&[b, a]));
        assert_ne!(of_all(&[a, a]), of_all(&[a]));
        assert_eq!(of_all(&[a]), a);
    }
}
