//! What of a declaration a mirror has to say: tokens without what documents leave out for good reasons.

use syntax::code::tokens::{CLOSE, OPEN, Part};
use syntax::code::{Code, Kind, Language, Symbol};

/// Words that say who may use something and how it runs, not what it looks like.
const LEFT_OUT: &[&str] = &[
    "export",
    "default",
    "declare",
    "async",
    "public",
    "override",
    "abstract",
    "pub",
    "def",
    "fn",
    "func",
    "function",
    "final",
    "synchronized",
    "readonly",
];

/// Words that may stand before a declaration in the source and not in the document.
pub(super) const MODIFIERS: [&str; 8] =
    ["export", "default", "declare", "async", "public", "override", "abstract", "pub"];

/// True for what is compared member by member.
pub(super) fn is_container(symbol: &Symbol) -> bool {
    matches!(
        symbol.kind,
        Kind::Module
            | Kind::Class
            | Kind::Struct
            | Kind::Enum
            | Kind::Union
            | Kind::Interface
            | Kind::Service
            | Kind::Message
    )
}

/// The tokens that count.
pub(super) fn normal(code: &Code, symbol: &Symbol) -> Vec<String> {
    let mut tokens = code.token_list(symbol, Part::Declaration);
    tokens.retain(|token| token != OPEN && token != CLOSE);
    if tokens.last().is_some_and(|last| matches!(&**last, ":" | ";" | "{" | "=>" | "=")) {
        tokens.pop();
    }
    let is_property = without_annotations(&mut tokens);
    let name = symbol.path.rsplit('.').next().unwrap_or_default();
    if code.language() == Language::Rust {
        without_scope(&mut tokens);
    }
    if code.language() == Language::Go {
        without_receiver(&mut tokens);
    }
    let at = tokens.iter().position(|token| token == name).unwrap_or_default();
    let mut index = 0;
    tokens.retain(|token| {
        index += 1;
        index > at || !LEFT_OUT.contains(&&**token)
    });
    without_first_bar(&mut tokens);
    match code.language() {
        Language::TypeScript | Language::Tsx => {
            getter_as_property(&mut tokens, name);
            arrow_as_method(&mut tokens, name);
            defaults_as_optional(&mut tokens);
        }
        Language::Python if is_property => property_as_field(&mut tokens, name),
        Language::Java => tokens.retain(|token| token != "final"),
        _ => {}
    }
    tokens
}

/// True when two normal forms say the same, as far as both say it: a type or a value that one of them leaves out is no
/// difference.
pub(super) fn agree(document: &[String], code: &[String], language: Language) -> bool {
    if document == code {
        return true;
    }
    if value_left_out(document, code) {
        return true;
    }
    matches!(language, Language::TypeScript | Language::Tsx | Language::Python) && agree_typed(document, code, language)
}

/// `const X: u8` for `const X: u8 = 1`.
fn value_left_out(document: &[String], code: &[String]) -> bool {
    let cut = at_depth_0(code, "=");
    cut.is_some_and(|cut| document == &code[..cut])
}

/// Where a token stands outside of all brackets.
fn at_depth_0(tokens: &[String], wanted: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match &**token {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            token if depth == 0 && token == wanted => return Some(index),
            _ => {}
        }
    }
    None
}

/// Compares name, parameters and result of functions, where a type may be missing on one side.
fn agree_typed(document: &[String], code: &[String], language: Language) -> bool {
    let (Some(one), Some(other)) = (Parts::of(document, language), Parts::of(code, language)) else { return false };
    one.head == other.head
        && one.parameters.len() == other.parameters.len()
        && one.parameters.iter().zip(&other.parameters).all(|(one, other)| {
            one.0 == other.0 && (one.1.is_empty() || other.1.is_empty() || one.1 == other.1) && one.2 == other.2
        })
        && (one.result.is_empty() || other.result.is_empty() || one.result == other.result)
}

/// A function in parts: what stands before its parameters, each parameter as name, type and value, and its result.
struct Parts<'t> {
    head: &'t [String],
    parameters: Vec<(&'t [String], &'t [String], &'t [String])>,
    result: &'t [String],
}

impl Parts<'_> {
    fn of(tokens: &[String], language: Language) -> Option<Parts<'_>> {
        let open = tokens.iter().position(|token| token == "(")?;
        let close = open + 1 + close_of(&tokens[open + 1..])?;
        let mark = if language == Language::Python { "->" } else { ":" };
        let result = &tokens[close + 1..];
        let result = if result.is_empty() { result } else { result.strip_prefix(&[mark.to_owned()][..])? };
        let mut parameters = Vec::new();
        let mut rest = &tokens[open + 1..close];
        while !rest.is_empty() {
            let end = at_depth_0(rest, ",").unwrap_or(rest.len());
            let one = &rest[..end];
            let value = at_depth_0(one, "=").unwrap_or(one.len());
            let kind = at_depth_0(&one[..value], ":").unwrap_or(value);
            parameters.push((&one[..kind], &one[kind..value], &one[value..]));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        Some(Parts { head: &tokens[..open], parameters, result })
    }
}

/// Where the bracket closes that opened before `tokens`.
fn close_of(tokens: &[String]) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match &**token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 0 => return Some(index),
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Takes `@name(…)` out; true when one of them makes a property of a method.
fn without_annotations(tokens: &mut Vec<String>) -> bool {
    let mut is_property = false;
    while let Some(at) = tokens.first().filter(|first| *first == "@").map(|_| 0_usize) {
        let mut end = at + 2;
        while tokens.get(end).is_some_and(|token| token == ".") {
            end += 2;
        }
        is_property |= tokens.get(at + 1).is_some_and(|name| name == "property" || name == "cached_property");
        if tokens.get(end).is_some_and(|token| token == "(") {
            end += close_of(&tokens[end + 1..]).map_or(1, |close| close + 2);
        }
        tokens.drain(at..end.min(tokens.len()));
    }
    is_property
}

/// `pub(crate)` as `pub`.
fn without_scope(tokens: &mut Vec<String>) {
    if tokens.first().is_some_and(|first| first == "pub") && tokens.get(1).is_some_and(|token| token == "(") {
        let close = close_of(&tokens[2..]).map_or(1, |close| close + 3);
        tokens.drain(1..close.min(tokens.len()));
    }
}

/// `func (l *Ledger) Post` as `func Post`.
fn without_receiver(tokens: &mut Vec<String>) {
    if tokens.first().is_some_and(|first| first == "func") && tokens.get(1).is_some_and(|token| token == "(") {
        let close = close_of(&tokens[2..]).map_or(1, |close| close + 3);
        tokens.drain(1..close.min(tokens.len()));
    }
}

/// A `|` that begins a type.
fn without_first_bar(tokens: &mut Vec<String>) {
    let mut before = String::new();
    tokens.retain(|token| {
        let keep = token != "|" || !matches!(&*before, "=" | ":" | "(" | "<" | "," | "=>");
        before.clone_from(token);
        keep
    });
}

/// `get url(): string` as `url: string`.
fn getter_as_property(tokens: &mut Vec<String>, name: &str) {
    let Some(at) = tokens.iter().position(|token| token == name) else { return };
    if at > 0 && tokens[at - 1] == "get" {
        if tokens.get(at + 1).is_some_and(|token| token == "(") && tokens.get(at + 2).is_some_and(|token| token == ")")
        {
            tokens.drain(at + 1..at + 3);
        }
        tokens.remove(at - 1);
    }
}

/// `close: () => Promise<void>` and `close = (): Promise<void> =>` as `close(): Promise<void>`.
fn arrow_as_method(tokens: &mut Vec<String>, name: &str) {
    let Some(at) = tokens.iter().position(|token| token == name) else { return };
    let optional = usize::from(tokens.get(at + 1).is_some_and(|token| token == "?"));
    let mark = at + 1 + optional;
    if !tokens.get(mark).is_some_and(|token| token == ":" || token == "=") {
        return;
    }
    if tokens.get(mark + 1).is_none_or(|token| token != "(") {
        return;
    }
    let Some(close) = close_of(&tokens[mark + 2..]).map(|close| mark + 2 + close) else { return };
    match tokens.get(close + 1).map(String::as_str) {
        Some("=>") if tokens[mark] == ":" => ":".clone_into(&mut tokens[close + 1]),
        Some("=>" | ":") if tokens[mark] == "=" => {
            if tokens.last().is_some_and(|last| last == "=>") {
                tokens.pop();
            }
        }
        None if tokens[mark] == "=" => {}
        _ => return,
    }
    tokens.remove(mark);
}

/// `x: T = v` in parameters as `x?: T`.
fn defaults_as_optional(tokens: &mut Vec<String>) {
    let Some(open) = tokens.iter().position(|token| token == "(") else { return };
    let Some(close) = close_of(&tokens[open + 1..]).map(|close| open + 1 + close) else { return };
    let mut inner: Vec<String> = Vec::new();
    let mut rest = &tokens[open + 1..close];
    while !rest.is_empty() {
        let end = at_depth_0(rest, ",").unwrap_or(rest.len());
        let one = &rest[..end];
        if !inner.is_empty() {
            inner.push(",".to_owned());
        }
        match at_depth_0(one, "=") {
            Some(value) => {
                let kind = at_depth_0(&one[..value], ":").unwrap_or(value);
                inner.extend_from_slice(&one[..kind]);
                inner.push("?".to_owned());
                inner.extend_from_slice(&one[kind..value]);
            }
            None => inner.extend_from_slice(one),
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    tokens.splice(open + 1..close, inner);
}

/// `url(self) -> str` as `url: str`.
fn property_as_field(tokens: &mut Vec<String>, name: &str) {
    let Some(at) = tokens.iter().position(|token| token == name) else { return };
    let Some(close) = close_of(tokens.get(at + 2..).unwrap_or_default()).map(|close| at + 2 + close) else { return };
    if tokens.get(close + 1).is_some_and(|token| token == "->") {
        ":".clone_into(&mut tokens[close + 1]);
    }
    tokens.drain(at + 1..=close);
}
