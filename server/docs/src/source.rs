//! A file that a document can speak of: source code, data with pointers into it (OpenAPI), or any other text.
//!
//! [`Source::resolve`] finds what a fragment means in it. "Not there" is said only of what was read whole and without an error:
//! everything else is unknown, and nothing is concluded from it.

use crate::fingerprint::{of_code, of_symbols, of_words};
use crate::print::{Facets, Resolution, Resolved};
use crate::target::{Facet, Fragment};
use std::fmt;
use std::sync::Arc;
use syntax::code::{Code, Language, Symbol, Unread};
use syntax::yaml::{Kind, Node, Style};
use text::Span;

/// A file as it was read.
#[derive(Clone)]
pub struct Source {
    text: Arc<str>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Code(Code),
    Data { root: Arc<Node>, valid: bool },
    Unread(Unread),
    Opaque,
}

/// Why something cannot be told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Unknown {
    /// The file was not read.
    Unread(Unread),
    /// There is an error in it, or in what is asked for.
    Broken,
    /// Nothing in a file of this kind has a name.
    NoSymbols,
}

impl From<Unknown> for Resolution {
    fn from(why: Unknown) -> Resolution {
        Resolution::Unknown(why.to_string())
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unknown::Unread(why) => why.fmt(out),
            Unknown::Broken => out.write_str("the file has a syntax error"),
            Unknown::NoSymbols => out.write_str("symbols of this kind of file are not read"),
        }
    }
}

impl Source {
    /// Reads a file; its path tells the language.
    pub fn read(path: &str, text: &Arc<str>) -> Source {
        let content = match Language::of(path) {
            Some(language) => Code::read(language, text).map_or_else(Content::Unread, Content::Code),
            None => data(path, text).unwrap_or(Content::Opaque),
        };
        Source { text: text.clone(), content }
    }

    /// Reads the text that this one was changed into. Of source code only what the change touches is parsed.
    pub fn reread(&self, path: &str, text: &Arc<str>) -> Source {
        let Content::Code(code) = &self.content else { return Source::read(path, text) };
        let content = code.reread(text).map_or_else(Content::Unread, Content::Code);
        Source { text: text.clone(), content }
    }

    /// The text it was read from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it declares; nothing when it is no source code.
    pub fn symbols(&self) -> &[Symbol] {
        self.code().map_or(&[], Code::symbols)
    }

    /// It, when it is source code.
    pub fn code(&self) -> Option<&Code> {
        match &self.content {
            Content::Code(code) => Some(code),
            _ => None,
        }
    }

    /// Why it was not read, when it is source code that was not.
    pub fn unread(&self) -> Option<Unread> {
        match self.content {
            Content::Unread(why) => Some(why),
            _ => None,
        }
    }

    /// Its value, when it is JSON, YAML or TOML without an error.
    pub fn data(&self) -> Option<&Node> {
        match &self.content {
            Content::Data { root, valid: true } => Some(root),
            _ => None,
        }
    }

    /// What a fragment means here.
    pub fn resolve(&self, fragment: &Fragment) -> Resolution {
        match (&self.content, fragment) {
            (Content::Unread(why), Fragment::Whole) if *why == Unread::NoGrammar => Resolution::Found(self.opaque()),
            (Content::Unread(why), _) => Unknown::Unread(*why).into(),
            (Content::Code(code), Fragment::Whole) => {
                if code.is_broken() {
                    return Unknown::Broken.into();
                }
                Resolution::Found(self.whole(of_code(code)))
            }
            (Content::Code(code), Fragment::Symbol(path) | Fragment::Proto(path)) => {
                symbols(code, code.named(path).collect(), path)
            }
            (Content::Code(code), Fragment::Table(table)) => {
                let is_it = |symbol: &&Symbol| symbol.path.eq_ignore_ascii_case(table);
                symbols(code, code.symbols().iter().filter(is_it).collect(), table)
            }
            (Content::Data { valid: false, .. }, _) => Unknown::Broken.into(),
            (Content::Data { root, .. }, Fragment::Whole) => Resolution::Found(self.whole(pointed(root))),
            (Content::Data { root, .. }, Fragment::Pointer(pointer)) => match at(root, pointer) {
                Some((name, node)) => {
                    let name = name.unwrap_or(node.span);
                    Resolution::Found(Resolved {
                        places: vec![name.cover(node.span)],
                        names: vec![name],
                        facets: pointed(node),
                        signature: shown(pointer, node),
                        symbols: Vec::new(),
                    })
                }
                None => Resolution::Missing,
            },
            (Content::Opaque, Fragment::Whole) => Resolution::Found(self.opaque()),
            (Content::Opaque | Content::Data { .. }, Fragment::Symbol(_) | Fragment::Proto(_) | Fragment::Table(_))
            | (Content::Opaque, Fragment::Pointer(_)) => Unknown::NoSymbols.into(),
            (Content::Code(_), Fragment::Pointer(_)) => Resolution::Missing,
        }
    }

    fn whole(&self, facets: Facets) -> Resolved {
        let public = self.symbols().iter().filter(|symbol| symbol.public);
        Resolved {
            places: vec![Span::new(0, self.text.len())],
            names: vec![Span::empty(0)],
            facets,
            signature: String::new(),
            symbols: paths(public),
        }
    }

    /// Any text: what its lines say.
    fn opaque(&self) -> Resolved {
        let print = of_words(self.text.trim_end().lines().map(str::trim_end));
        self.whole(Facets::default().with(Facet::Sig, print).with(Facet::Body, print).with(Facet::Value, print))
    }
}

fn paths<'a>(symbols: impl Iterator<Item = &'a Symbol>) -> Vec<String> {
    let mut paths: Vec<String> = symbols.map(|symbol| symbol.path.clone()).collect();
    paths.sort();
    paths
}

fn symbols(code: &Code, found: Vec<&Symbol>, path: &str) -> Resolution {
    if found.is_empty() {
        let name = path.rsplit('.').next().unwrap_or(path);
        let hidden = code.is_broken() && has_word(code.text(), name);
        return if hidden { Unknown::Broken.into() } else { Resolution::Missing };
    }
    if found.iter().any(|symbol| symbol.broken) {
        return Unknown::Broken.into();
    }
    let signatures: Vec<String> = found.iter().map(|symbol| code.signature(symbol)).collect();
    Resolution::Found(Resolved {
        places: found.iter().map(|symbol| symbol.span).collect(),
        names: found.iter().map(|symbol| symbol.name).collect(),
        facets: of_symbols(code, &found),
        signature: signatures.join("\n"),
        symbols: paths(found.iter().flat_map(|symbol| code.members(symbol)).filter(|member| member.public)),
    })
}

fn has_word(text: &str, word: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

/// Larger data is not read.
const DATA_LIMIT: usize = 8 << 20;

fn data(path: &str, text: &str) -> Option<Content> {
    let read = match path.rsplit_once('.')?.1 {
        "yaml" | "yml" => syntax::yaml::read,
        "json" => syntax::json::read,
        "toml" => syntax::toml::read,
        _ => return None,
    };
    if text.len() > DATA_LIMIT {
        return Some(Content::Unread(Unread::TooLarge));
    }
    let document = read(text, Span::new(0, text.len()));
    Some(Content::Data { root: Arc::new(document.root), valid: document.valid })
}

/// The node of a JSON pointer, with its key where it has one.
fn at<'a>(root: &'a Node, pointer: &str) -> Option<(Option<Span>, &'a Node)> {
    let mut node = root;
    let mut name = None;
    for step in pointer.strip_prefix('/').into_iter().flat_map(|steps| steps.split('/')) {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &node.kind {
            Kind::Seq(items) => {
                let plain = step == "0" || !step.starts_with(['0', '+']);
                node = items.get(step.parse::<usize>().ok().filter(|_| plain)?)?;
                name = None;
            }
            _ => {
                let entry = node.entry(&step)?;
                name = Some(entry.key.span);
                node = &entry.value;
            }
        }
    }
    Some((name, node))
}

/// Words for people: they change no contract.
const PROSE: [&str; 5] = ["description", "summary", "example", "examples", "externalDocs"];

/// Data has a value. What a contract says to programs is its signature, what it says to people its doc.
fn pointed(node: &Node) -> Facets {
    let print = |what| {
        let mut words = Vec::new();
        flatten(node, what, false, &mut words);
        of_words(words.iter().map(String::as_str))
    };
    Facets::default()
        .with(Facet::Sig, print(Words::Contract))
        .with(Facet::Doc, print(Words::Prose))
        .with(Facet::Value, print(Words::All))
}

#[derive(Clone, Copy, PartialEq)]
enum Words {
    All,
    Contract,
    Prose,
}

/// The words of a value; the order of keys does not count. `names` is true in a map whose keys are names, not words of OpenAPI.
fn flatten(node: &Node, what: Words, names: bool, words: &mut Vec<String>) {
    match &node.kind {
        Kind::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| a.key.value.cmp(&b.key.value));
            words.push("{".to_owned());
            for entry in entries {
                let key = entry.key.value.as_str();
                let prose = !names && PROSE.contains(&key);
                if prose && what == Words::Contract {
                    continue;
                }
                let within = if prose && what == Words::Prose { Words::All } else { what };
                words.push(key.to_owned());
                let names =
                    !names && matches!(key, "properties" | "patternProperties" | "schemas" | "definitions" | "$defs");
                flatten(&entry.value, within, names, words);
            }
            words.push("}".to_owned());
        }
        Kind::Seq(items) => {
            words.push("[".to_owned());
            items.iter().for_each(|item| flatten(item, what, false, words));
            words.push("]".to_owned());
        }
        Kind::Scalar(_) if what == Words::Prose => {}
        Kind::Scalar(scalar) => {
            // `1` and `"1"` are two things; `word` and `"word"` are one
            let plain = scalar.style == Style::Plain && is_typed(&scalar.value);
            words.push(format!("{}{}", if plain { "=" } else { "\"" }, scalar.value.trim_end()));
        }
        Kind::Null => words.push("=null".to_owned()),
    }
}

fn is_typed(value: &str) -> bool {
    matches!(value, "true" | "false" | "True" | "False" | "TRUE" | "FALSE")
        || value.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'))
            && value.replace('_', "").parse::<f64>().is_ok()
}

/// The longest line that is shown of a value.
const SHOWN: usize = 160;

/// `POST /entries: {"operationId":…}`, cut where nobody reads on.
fn shown(pointer: &str, node: &Node) -> String {
    let mut words = Vec::new();
    flatten(node, Words::Contract, false, &mut words);
    let value: Vec<&str> = words.iter().map(|word| word.trim_start_matches(['=', '"'])).collect();
    let steps: Vec<String> = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let name = match steps.as_slice() {
        [_, paths, path, method] if paths == "paths" => format!("{} {path}", method.to_uppercase()),
        _ => steps.last().cloned().unwrap_or_default(),
    };
    let line = format!("{name}: {}", value.join(" "));
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests;
