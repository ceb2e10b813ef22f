//! `api`: how symbols are declared, each with the first sentence of its documentation, and their public members.
//!
//! ```markdown
//! <!-- generated: api src/ledger/api.rs#LedgerApi -->
//! <!-- generated: api src/ledger/api.rs -->
//! ```
//! A file without a symbol stands for everything public in it.

use super::generate::{Fault, FaultKind, File, Request};
use super::write::{code, first_sentence, prose};
use crate::source::Source;
use crate::target::Fragment;
use syntax::code::{Code, Kind, Language, Symbol, Unread, doc_lines};
use text::Spanned;

/// Members of members of members are not shown.
const DEPTH_LIMIT: usize = 3;

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let mut parts = Vec::new();
    for (word, target) in request.targets("a file and a symbol", "src/ledger.rs#Ledger")? {
        for file in request.files(word, &target)? {
            let source = Source::read(&file.0, &file.1);
            let Some(source) = read(request, &file, &source, target.is_glob())? else { continue };
            let symbols = match &target.fragment {
                Fragment::Whole => public(source),
                fragment => named(request, source, &fragment.to_string(), word, &file)?,
            };
            parts.extend(symbols.into_iter().map(|symbol| shown(source, symbol)));
        }
    }
    Ok(if parts.is_empty() { "Nothing public.".to_owned() } else { parts.join("\n\n") })
}

/// The code of a file; nothing for a file of a glob that is no source.
pub(super) fn read<'s>(
    request: Request<'_>,
    (path, _): &File,
    source: &'s Source,
    of_many: bool,
) -> Result<Option<&'s Code>, Fault> {
    match source.code() {
        Some(code) if code.is_broken() => Err(request.unknown(path, "the file has a syntax error")),
        Some(code) => Ok(Some(code)),
        None if of_many && !matches!(source.unread(), Some(why) if why != Unread::NoGrammar) => Ok(None),
        None => {
            let why =
                source.unread().map_or_else(|| "symbols of such a file are not read".to_owned(), |why| why.to_string());
            Err(request.unknown(path, &why))
        }
    }
}

/// What is public and stands in nothing else, in order of place.
pub(super) fn public(code: &Code) -> Vec<&Symbol> {
    let symbols = code.symbols().iter().filter(|symbol| symbol.public && symbol.container.is_none());
    declared(code, symbols)
}

/// Without those that only carry out what others of the same name declare.
fn declared<'c>(code: &Code, symbols: impl Iterator<Item = &'c Symbol>) -> Vec<&'c Symbol> {
    let carried_out = |symbol: &Symbol| {
        symbol.kind.is_function() && symbol.body.is_some() && code.named(&symbol.path).any(|other| other.body.is_none())
    };
    symbols.filter(|symbol| !carried_out(symbol)).collect()
}

fn named<'c>(
    request: Request<'_>,
    code: &'c Code,
    name: &str,
    word: &Spanned<String>,
    (path, _): &File,
) -> Result<Vec<&'c Symbol>, Fault> {
    let bare = name.strip_prefix("table:").unwrap_or(name);
    let found: Vec<&Symbol> = code.symbols().iter().filter(|symbol| symbol.path == bare).collect();
    if found.iter().any(|symbol| symbol.broken) {
        return Err(request.unknown(path, "there is a syntax error in it"));
    }
    if found.is_empty() {
        return Err(missing(code, name, word, path));
    }
    Ok(declared(code, found.into_iter()))
}

/// That a file has no such symbol.
pub(super) fn missing(code: &Code, name: &str, word: &Spanned<String>, path: &str) -> Fault {
    let nearest = spec::values::nearest(name, code.symbols().iter().map(|symbol| &*symbol.path)).map(str::to_owned);
    let kind = FaultKind::Missing { name: name.to_owned(), path: path.to_owned(), nearest };
    Fault { kind, span: word.span }
}

fn shown(code: &Code, symbol: &Symbol) -> String {
    let mut text = line(code, symbol);
    let mut lines = Vec::new();
    members(code, symbol, 0, &mut lines);
    if !lines.is_empty() {
        text.push_str("\n\n");
        text.push_str(&lines.join("\n"));
    }
    text
}

fn members(code: &Code, of: &Symbol, depth: usize, lines: &mut Vec<String>) {
    for member in declared(code, code.members(of).filter(|member| member.public && !is_of_a_trait(code, of, member))) {
        lines.push(format!("{}- {}", "  ".repeat(depth), line(code, member)));
        if depth < DEPTH_LIMIT {
            members(code, member, depth + 1, lines);
        }
    }
}

/// True for what a type of Rust has because of a trait: the trait says what it is.
fn is_of_a_trait(code: &Code, of: &Symbol, member: &Symbol) -> bool {
    let is_type = matches!(of.kind, Kind::Struct | Kind::Enum | Kind::Union);
    code.language() == Language::Rust
        && is_type
        && member.kind.is_function()
        && !code.signature(member).starts_with("pub")
}

/// `` `signature`: sentence ``
fn line(source: &Code, symbol: &Symbol) -> String {
    let sentence = prose(&sentence(source, symbol));
    let colon = if sentence.is_empty() { "" } else { ": " };
    format!("{}{colon}{sentence}", code(source.signature(symbol).trim_end_matches([';', ',', ':', ' '])))
}

/// The first sentence of what documents a symbol.
pub(super) fn sentence(code: &Code, symbol: &Symbol) -> String {
    let comment = symbol.doc.map(|doc| doc_lines(doc.of(code.text())).join("\n"));
    first_sentence(&without_tags(&comment.unwrap_or_default()))
}

/// `{@link Loan}` and `{@code x}` as code spans.
fn without_tags(comment: &str) -> String {
    let mut out = String::new();
    let mut rest = comment;
    while let Some(start) = rest.find("{@") {
        let (before, tag) = rest.split_at(start);
        let Some(end) = tag.find('}') else { break };
        let words = tag[2..end].split_once(char::is_whitespace).map_or("", |(_, words)| words.trim());
        let words = words.split('|').next_back().unwrap_or_default().trim();
        out.push_str(before);
        if !words.is_empty() {
            out.push_str(&format!("`{words}`"));
        }
        rest = &tag[end + 1..];
    }
    out + rest
}
