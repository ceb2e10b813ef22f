//! Protocol Buffers files: messages, enumerations and services with their places. What is not understood costs one statement.

use text::{Span, Spanned};

/// A `.proto` file as it was understood.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct File {
    /// `package`.
    pub package: String,
    /// `syntax = "proto2"`.
    pub is_proto2: bool,
    /// All messages, inner ones behind the one they stand in.
    pub messages: Vec<Message>,
    /// All enumerations.
    pub enums: Vec<Enumeration>,
    /// The services.
    pub services: Vec<Service>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// With package and the messages it stands in: `ledger.v1.Entry.Line`.
    pub name: Spanned<String>,
    /// What its comment says.
    pub comment: String,
    /// Its fields in order, those of a `oneof` too.
    pub fields: Vec<Field>,
    /// Numbers and names that are kept free.
    pub reserved: Reserved,
}

/// A field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type as written: `int64`, `Line`, `map<string, Line>`.
    pub kind: Spanned<String>,
    /// How often it is there.
    pub label: Label,
    /// Its number.
    pub number: Spanned<i64>,
    /// The `oneof` it belongs to.
    pub one_of: Option<String>,
    /// What its comment says.
    pub comment: String,
}

/// How often a field is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Label {
    /// Nothing is said.
    #[default]
    Plain,
    /// `optional`
    Optional,
    /// `required`
    Required,
    /// `repeated`
    Repeated,
}

/// An enumeration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enumeration {
    /// With package and messages.
    pub name: Spanned<String>,
    /// Its values in order.
    pub values: Vec<(Spanned<String>, Spanned<i64>)>,
    /// What is kept free.
    pub reserved: Reserved,
}

/// `reserved 2, 5 to 7; reserved "old";`
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reserved {
    /// Ranges of numbers, ends included.
    pub numbers: Vec<(i64, i64)>,
    /// Names.
    pub names: Vec<String>,
}

/// A service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// With its package.
    pub name: Spanned<String>,
    /// What its comment says.
    pub comment: String,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// `rpc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Method {
    /// Its name.
    pub name: Spanned<String>,
    /// What it takes, as written; true for a stream.
    pub takes: (Spanned<String>, bool),
    /// What it answers with.
    pub answers: (Spanned<String>, bool),
    /// What its comment says.
    pub comment: String,
}

impl Reserved {
    /// True when the number is kept free.
    pub fn has_number(&self, number: i64) -> bool {
        self.numbers.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// True when the name is kept free.
    pub fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }
}

/// Reads a file.
pub fn read(text: &str) -> File {
    let mut reader = Reader { text, tokens: tokens(text), at: 0, file: File::default() };
    // proto2 is what a file is that says nothing; one with editions is like proto3 where it matters here
    reader.file.is_proto2 = true;
    reader.scope("", None);
    reader.file
}

/// A type as it is seen from inside `scope`: the full name of the message or enumeration it means, where it stands in
/// one of `names`; otherwise as written, without a dot in front.
pub fn resolve<'n>(kind: &str, scope: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    if let Some(full) = kind.strip_prefix('.') {
        return full.to_owned();
    }
    let mut scope = scope;
    loop {
        let full = if scope.is_empty() { kind.to_owned() } else { format!("{scope}.{kind}") };
        if names.clone().any(|name| name == full) {
            return full;
        }
        match scope.rsplit_once('.') {
            Some((outer, _)) => scope = outer,
            None if scope.is_empty() => return kind.to_owned(),
            None => scope = "",
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    span: Span,
    comment: String,
}

/// Words, strings and marks; the comment above a token stands with it.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    let mut at = 0;
    let mut fresh = true;
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let end = match byte {
            b'\n' => {
                // a comment that an empty line parts from what follows belongs to nothing
                if rest[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
                    comment.clear();
                }
                fresh = true;
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with("//") => {
                let line = rest.lines().next().unwrap_or_default();
                if fresh {
                    comment.push(line.trim_start_matches('/').trim());
                }
                at += line.len();
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                if fresh {
                    let inner = rest[2..length.max(2)].trim_end_matches('/').trim_end_matches('*');
                    comment.extend(inner.lines().map(|line| line.trim().trim_start_matches('*').trim()));
                }
                at += length;
                continue;
            }
            b'"' | b'\'' => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != byte && bytes[end] != b'\n' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                (end + 1).min(bytes.len())
            }
            byte if is_name(byte) => at + bytes[at..].iter().take_while(|byte| is_name(**byte)).count(),
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        };
        let end = (at..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at + 1);
        tokens.push(Token { span: Span::new(at, end), comment: comment.join("\n").trim().to_owned() });
        comment.clear();
        fresh = false;
        at = end;
    }
    tokens
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    file: File,
}

/// Messages deeper than this are not read.
const DEPTH_LIMIT: usize = 32;

impl<'t> Reader<'t> {
    fn word(&self, ahead: usize) -> &'t str {
        self.tokens.get(self.at + ahead).map(|token| token.span.of(self.text)).unwrap_or_default()
    }

    fn next(&mut self) -> Spanned<String> {
        let token = self.tokens.get(self.at);
        let spanned = token.map_or_else(
            || Spanned::new(String::new(), Span::empty(self.text.len())),
            |token| Spanned::new(token.span.of(self.text).to_owned(), token.span),
        );
        self.at += 1;
        spanned
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.word(0) == word;
        self.at += usize::from(is);
        is
    }

    fn comment(&self) -> String {
        self.tokens.get(self.at).map(|token| token.comment.clone()).unwrap_or_default()
    }

    /// Passes over a statement with all braces in it.
    fn skip(&mut self) {
        let mut depth = 0_u32;
        while self.at < self.tokens.len() {
            match self.word(0) {
                "{" | "[" => depth += 1,
                "}" | "]" => {
                    if depth == 0 {
                        return; // the end of what is around it
                    }
                    depth -= 1;
                    if depth == 0 && self.word(0) == "}" {
                        self.at += 1;
                        self.take(";");
                        return;
                    }
                }
                ";" if depth == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// What stands in a file or a message, up to its `}`.
    fn scope(&mut self, prefix: &str, mut message: Option<&mut Message>) {
        while self.at < self.tokens.len() && self.word(0) != "}" {
            let before = self.at;
            let comment = self.comment();
            let opens = self.word(2) == "{";
            match self.word(0) {
                "syntax" | "edition" if self.word(1) == "=" => {
                    self.file.is_proto2 = self.word(2).contains("proto2");
                    self.skip();
                }
                "package" if message.is_none() => {
                    self.file.package = self.word(1).to_owned();
                    self.skip();
                }
                "message" | "group" if opens => self.message(prefix, comment),
                "enum" if opens => self.enumeration(prefix),
                "service" if opens && message.is_none() => self.service(comment),
                "oneof" if opens => {
                    let name = self.word(1).to_owned();
                    self.at += 3;
                    while self.at < self.tokens.len() && self.word(0) != "}" {
                        let before = self.at;
                        match &mut message {
                            Some(message) => self.field(message, Some(&name)),
                            None => self.skip(),
                        }
                        self.at = self.at.max(before + 1);
                    }
                    self.take("}");
                }
                "reserved" => match &mut message {
                    Some(message) => self.reserved_into(&mut message.reserved),
                    None => self.skip(),
                },
                "option" | "extensions" | "extend" | "import" => self.skip(),
                ";" => self.at += 1,
                _ => match &mut message {
                    Some(message) => self.field(message, None),
                    None => self.skip(),
                },
            }
            self.at = self.at.max(before + usize::from(self.word(0) != "}" && self.at == before));
        }
    }

    fn full(&self, prefix: &str, name: Spanned<String>) -> Spanned<String> {
        let outer = if prefix.is_empty() { &self.file.package } else { prefix };
        let full = if outer.is_empty() { name.value.clone() } else { format!("{outer}.{}", name.value) };
        Spanned::new(full, name.span)
    }

    fn message(&mut self, prefix: &str, comment: String) {
        self.at += 1;
        let name = self.next();
        let name = self.full(prefix, name);
        if name.value.matches('.').count() > DEPTH_LIMIT {
            return self.skip();
        }
        self.take("{");
        let index = self.file.messages.len();
        let mut message = Message { name, comment, fields: Vec::new(), reserved: Reserved::default() };
        self.file.messages.push(message.clone());
        let prefix = message.name.value.clone();
        self.scope(&prefix, Some(&mut message));
        self.take("}");
        self.file.messages[index] = message;
    }

    fn enumeration(&mut self, prefix: &str) {
        self.at += 1;
        let name = self.next();
        let name = self.full(prefix, name);
        self.take("{");
        let mut found = Enumeration { name, values: Vec::new(), reserved: Reserved::default() };
        while self.at < self.tokens.len() && self.word(0) != "}" {
            let before = self.at;
            match self.word(0) {
                "reserved" => self.reserved_into(&mut found.reserved),
                "option" => self.skip(),
                _ if self.word(1) == "=" => {
                    let name = self.next();
                    self.at += 1;
                    if let Some(number) = self.number() {
                        found.values.push((name, number));
                    }
                    self.skip();
                }
                _ => self.skip(),
            }
            self.at = self.at.max(before + usize::from(self.word(0) != "}" && self.at == before));
        }
        self.take("}");
        self.file.enums.push(found);
    }

    fn service(&mut self, comment: String) {
        self.at += 1;
        let name = self.next();
        let name = self.full("", name);
        self.take("{");
        let mut service = Service { name, comment, methods: Vec::new() };
        while self.at < self.tokens.len() && self.word(0) != "}" {
            let before = self.at;
            let comment = self.comment();
            if self.word(0) == "rpc" {
                self.at += 1;
                let name = self.next();
                let takes = self.stream();
                let returns = self.take("returns");
                let answers = self.stream();
                if let (Some(takes), true, Some(answers)) = (takes, returns, answers) {
                    service.methods.push(Method { name, takes, answers, comment });
                }
            }
            self.skip();
            self.at = self.at.max(before + usize::from(self.word(0) != "}" && self.at == before));
        }
        self.take("}");
        self.file.services.push(service);
    }

    /// `(stream Type)`.
    fn stream(&mut self) -> Option<(Spanned<String>, bool)> {
        if !self.take("(") {
            return None;
        }
        let stream = self.word(0) == "stream" && self.word(1) != ")";
        self.at += usize::from(stream);
        let kind = self.next();
        self.take(")").then_some((kind, stream))
    }

    fn number(&mut self) -> Option<Spanned<i64>> {
        let start = self.tokens.get(self.at)?.span;
        let minus = self.take("-");
        let word = self.next();
        let digits = &word.value;
        let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16),
            None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8),
            None => digits.parse(),
        };
        let number = number.ok()?;
        Some(Spanned::new(if minus { -number } else { number }, start.cover(word.span)))
    }

    fn reserved_into(&mut self, reserved: &mut Reserved) {
        self.at += 1;
        while self.at < self.tokens.len() && !matches!(self.word(0), ";" | "}") {
            let word = self.word(0);
            let first = word.chars().next().unwrap_or_default();
            if first.is_ascii_digit() || first == '-' {
                let Some(from) = self.number() else { continue };
                let to = if !self.take("to") {
                    from.value
                } else if self.take("max") {
                    i64::MAX
                } else {
                    self.number().map_or(from.value, |to| to.value)
                };
                reserved.numbers.push((from.value, to));
            } else {
                if word != "," {
                    reserved.names.push(word.trim_matches(['"', '\'']).to_owned());
                }
                self.at += 1;
            }
        }
        self.take(";");
    }

    fn field(&mut self, message: &mut Message, one_of: Option<&str>) {
        let comment = self.comment();
        if matches!(self.word(0), "option" | "extensions") {
            return self.skip();
        }
        let label = match self.word(0) {
            "optional" => Label::Optional,
            "required" => Label::Required,
            "repeated" => Label::Repeated,
            _ => Label::Plain,
        };
        self.at += usize::from(label != Label::Plain);
        if self.word(0) == "group" && self.word(2) == "=" {
            return self.skip();
        }
        let mut kind = self.next();
        if kind.value == "map" && self.take("<") {
            let inner = self.at;
            while self.at < self.tokens.len() && !matches!(self.word(0), ">" | ";" | "}") {
                self.at += 1;
            }
            let words: Vec<&str> = self.tokens[inner..self.at].iter().map(|token| token.span.of(self.text)).collect();
            kind.value = format!("map<{}>", words.concat().replace(',', ", "));
            if let Some(close) = self.tokens.get(self.at) {
                kind.span = kind.span.cover(close.span);
            }
            self.take(">");
        }
        if self.word(1) != "=" {
            return self.skip();
        }
        let name = self.next();
        self.at += 1;
        if let Some(number) = self.number() {
            let one_of = one_of.map(str::to_owned);
            message.fields.push(Field { name, kind, label, number, one_of, comment });
        }
        self.skip();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: &str = r#"
syntax = "proto3"; // the third
package ledger.v1;
import "google/protobuf/timestamp.proto";
option go_package = "x;y";

// An entry.
// Two lines.
message Entry {
  reserved 2, 5 to 7, 100 to max;
  reserved "old", 'older';
  string id = 1 [deprecated = true, (x.y) = {a: 1; b: "}"}];
  repeated Line lines = 3; /* behind */
  map<string, Line> by_name = 4;
  oneof kind { string a = 0x8; .ledger.v1.Entry.Line b = 9; }
  message Line { optional int64 amount = 1; }
  enum State { option allow_alias = true; STATE_UNKNOWN = 0; DONE = -1; reserved 3; }
}

service Ledger {
  // Posts it.
  rpc Post (Entry) returns (Entry);
  rpc Watch(stream Entry.Line) returns (stream .ledger.v1.Entry) { option (google.api.http) = { get: "/v1" }; }
}
"#;

    #[test]
    fn messages_and_services_are_read() {
        let file = read(LEDGER);
        assert_eq!(file.package, "ledger.v1");
        assert!(!file.is_proto2);
        let names: Vec<_> = file.messages.iter().map(|message| &*message.name.value).collect();
        assert_eq!(names, ["ledger.v1.Entry", "ledger.v1.Entry.Line"]);
        let entry = &file.messages[0];
        assert_eq!(entry.comment, "An entry.\nTwo lines.");
        assert_eq!(entry.reserved.numbers, [(2, 2), (5, 7), (100, i64::MAX)]);
        assert_eq!(entry.reserved.names, ["old", "older"]);
        let fields: Vec<_> = entry
            .fields
            .iter()
            .map(|field| format!("{} {} {} {:?}", field.kind.value, field.name.value, field.number.value, field.one_of))
            .collect();
        assert_eq!(
            fields,
            [
                "string id 1 None",
                "Line lines 3 None",
                "map<string, Line> by_name 4 None",
                "string a 8 Some(\"kind\")",
                ".ledger.v1.Entry.Line b 9 Some(\"kind\")"
            ]
        );
        assert_eq!(entry.fields[2].kind.span.of(LEDGER), "map<string, Line>");
        assert_eq!(file.messages[1].fields[0].label, Label::Optional);
        let state = &file.enums[0];
        assert_eq!(state.name.value, "ledger.v1.Entry.State");
        assert_eq!(state.values.iter().map(|(_, number)| number.value).collect::<Vec<_>>(), [0, -1]);
        assert!(state.reserved.has_number(3));
        let service = &file.services[0];
        assert_eq!(service.methods.len(), 2);
        assert_eq!((service.methods[0].comment.as_str(), service.methods[1].takes.1), ("Posts it.", true));
        assert_eq!(service.methods[1].answers.0.value, ".ledger.v1.Entry");
    }

    #[test]
    fn half_typed_files_are_read_as_far_as_they_go() {
        let file = read("message A { string = 1; int32 b = 2; foo bar; } }\nmessage B { int32 c = 1");
        let names: Vec<_> = file.messages.iter().map(|message| (&*message.name.value, message.fields.len())).collect();
        assert_eq!(names, [("A", 1)], "what follows a `}}` too many is not looked at");
        assert_eq!(read("message A { message B { int32 c = 1; ").messages.len(), 2);
        for cut in 0..LEDGER.len() {
            if LEDGER.is_char_boundary(cut) {
                read(&LEDGER[..cut]);
                read(&LEDGER[cut..]);
            }
        }
    }

    #[test]
    fn types_are_looked_up_from_inside_out() {
        let names = ["a.b.C", "a.C", "a.b.D.C"];
        let find = |kind: &str, scope: &str| resolve(kind, scope, names.into_iter());
        assert_eq!(find("C", "a.b.D"), "a.b.D.C");
        assert_eq!(find("C", "a.b"), "a.b.C");
        assert_eq!(find("b.C", "a"), "a.b.C");
        assert_eq!(find(".a.C", "a.b"), "a.C");
        assert_eq!(find("int32", "a.b"), "int32");
    }
}
