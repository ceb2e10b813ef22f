//! What an agent file of a host says beside the agent itself: whose it is, whether each host can read its front matter, which
//! keys it has and of what shape. `crate::portability` tells from it what each host makes of the file.

use crate::foreign::System;
use sha2::{Digest, Sha256};
use syntax::yaml::{Kind, Node, Style};
use text::{Span, Spanned};

/// The host's side of an agent.
#[derive(Clone, PartialEq, Debug)]
pub struct HostAgent {
    /// Whose folder it lies in.
    pub system: System,
    /// How its front matter reads.
    pub front: Front,
    /// The keys at the root of its front matter, in order.
    pub keys: Vec<HostKey>,
    /// Agents that it hands over to.
    pub leads_to: Vec<Spanned<String>>,
    /// Where it was projected from, when it was.
    pub provenance: Option<Provenance>,
}

/// How a front matter reads.
#[derive(Clone, PartialEq, Debug)]
pub enum Front {
    /// There is none.
    Missing,
    /// Every reader understands it.
    Sound,
    /// Strict readers do not.
    Broken(Box<Broken>),
}

/// A front matter that strict readers do not understand.
#[derive(Clone, PartialEq, Debug)]
pub struct Broken {
    /// The token that they stop at.
    pub span: Span,
    /// Why, in a few words.
    pub why: Box<str>,
    /// The readers of Copilot and Gemini understand it all the same.
    pub plain: bool,
    /// Claude Code does, which quotes values and tries again.
    pub claude: bool,
    /// opencode does, which takes values with a colon as text and tries again. `None` where that is not known.
    pub opencode: Option<bool>,
}

/// A key at the root.
#[derive(Clone, PartialEq, Debug)]
pub struct HostKey {
    /// Its name.
    pub name: Box<str>,
    /// Where it stands.
    pub span: Span,
    /// Where its value stands.
    pub value: Span,
    /// What its value is.
    pub shape: Shape,
}

/// What a value is to a reader of YAML 1.2. Only short texts are kept: those that a rule asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// Nothing, `~`, `null`.
    Nothing,
    /// `true`, `false`.
    Truth,
    /// A number.
    Number(f64),
    /// A date, which some readers make something else of than a text.
    Date,
    /// A text; empty when it is longer than [`Shape::KEPT`].
    Text(Box<str>),
    /// A text without a letter in it.
    Empty,
    /// A list of texts, with their number.
    Texts(usize),
    /// Another list.
    List,
    /// A map whose values are all `true` or `false`; an empty one too.
    Switches,
    /// Another map; the words in it that are no maps, as permissions have them.
    Map(Vec<Box<str>>),
}

impl Shape {
    /// Longer texts are not kept.
    const KEPT: usize = 60;

    pub(crate) fn of(node: &Node) -> Shape {
        match &node.kind {
            Kind::Null => Shape::Nothing,
            Kind::Scalar(scalar) if scalar.style == Style::Plain => plain(&scalar.value),
            Kind::Scalar(scalar) => text(&scalar.value),
            Kind::Seq(items) if items.iter().all(|item| matches!(Shape::of(item), Shape::Text(_))) => {
                Shape::Texts(items.len())
            }
            Kind::Seq(_) => Shape::List,
            Kind::Map(entries) if entries.iter().all(|entry| Shape::of(&entry.value) == Shape::Truth) => {
                Shape::Switches
            }
            Kind::Map(entries) => {
                let mut words = Vec::new();
                entries.iter().for_each(|entry| leaves(&entry.value, &mut words));
                Shape::Map(words)
            }
        }
    }

    /// What it is, in words for a message.
    pub fn word(&self) -> &'static str {
        match self {
            Shape::Nothing => "nothing",
            Shape::Truth => "true or false",
            Shape::Number(_) => "a number",
            Shape::Date => "a date",
            Shape::Text(_) => "text",
            Shape::Empty => "an empty text",
            Shape::Texts(_) | Shape::List => "a list",
            Shape::Switches | Shape::Map(_) => "a map",
        }
    }
}

/// The words of a map of permissions, down to its leaves; cut, as nobody lists hundreds.
fn leaves(node: &Node, words: &mut Vec<Box<str>>) {
    const MOST: usize = 64;
    if words.len() >= MOST {
        return;
    }
    match &node.kind {
        Kind::Map(entries) => entries.iter().for_each(|entry| leaves(&entry.value, words)),
        Kind::Scalar(scalar) => words.push(scalar.value.chars().take(Shape::KEPT).collect()),
        Kind::Seq(_) | Kind::Null => words.push("".into()),
    }
}

fn text(value: &str) -> Shape {
    match value {
        "" => Shape::Empty,
        value if value.len() <= Shape::KEPT => Shape::Text(value.into()),
        _ => Shape::Text("".into()),
    }
}

/// A scalar without quotes.
fn plain(value: &str) -> Shape {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return Shape::Nothing,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Shape::Truth,
        _ => {}
    }
    let bytes = value.as_bytes();
    let is_date = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    if is_date {
        return Shape::Date;
    }
    let numeric = bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    match value.parse() {
        Ok(number) if numeric => Shape::Number(number),
        _ => text(value),
    }
}

/// `generated by tollgate from .tollgate/agents/n.md sha256:…`: where a projected file comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provenance {
    /// The agent that it was made from: a path from the root.
    pub source: Spanned<String>,
    /// Digest of that file's text, as far as it is written.
    pub digest: Spanned<String>,
    /// Digest of the rest of the projected file.
    pub rest: Option<Spanned<String>>,
    /// True when the rest is as it was written.
    pub untouched: bool,
}

/// Agents that editors and command lines bring along.
pub const BUILT_IN: [&str; 8] = ["agent", "ask", "edit", "plan", "explore", "general-purpose", "general", "build"];

/// What every projected file says of itself, in a comment.
pub const MARK: &str = "generated by tollgate from ";

/// Letters of a digest that are written: enough to tell texts apart, short enough to read.
pub const DIGEST: usize = 16;

/// The beginning of the SHA-256 of a text.
pub fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().take(DIGEST / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The same without the line that starts at an offset, and whatever the line ends.
pub fn digest_without_line(text: &str, start: usize) -> String {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |at| start + at + 1);
    let kept = [text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default()].concat();
    digest(&kept.replace("\r\n", "\n"))
}

impl HostAgent {
    /// The first key of that name.
    pub fn key(&self, name: &str) -> Option<&HostKey> {
        self.keys.iter().find(|key| *key.name == *name)
    }
}

impl crate::project::SpecFile {
    /// The agent of a host that the file is, with the host's side of it.
    pub fn host_agent(&self) -> Option<(&crate::model::Agent, &HostAgent)> {
        match &self.content {
            crate::project::Content::Agent(agent) => Some((agent, agent.host.as_deref()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::yaml;

    #[test]
    fn values_are_what_hosts_take_them_for() {
        let shape = |text: &str| Shape::of(&yaml::read(text, Span::new(0, text.len())).root);
        for (text, word) in [
            ("~", "nothing"),
            ("yes", "text"),
            ("true", "true or false"),
            ("\"true\"", "text"),
            ("2020-01-01", "a date"),
            ("5", "a number"),
            ("1.0.0", "text"),
            ("-0.5e1", "a number"),
            ("\"\"", "an empty text"),
            ("[a, b]", "a list"),
            ("{a: true}", "a map"),
        ] {
            assert_eq!(shape(text).word(), word, "{text}");
        }
        assert_eq!(shape("[a, b]"), Shape::Texts(2));
        assert_eq!(shape("[a, 5]"), Shape::List);
        assert_eq!(shape("{}"), Shape::Switches);
        assert_eq!(shape("{a: true, b: {c: ask}}"), Shape::Map(vec!["true".into(), "ask".into()]));
        assert_eq!(shape(&"x".repeat(100)), Shape::Text("".into()));
    }
}
