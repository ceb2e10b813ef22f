//! What PyYAML makes of a value: it reads YAML 1.1, in which `1.0`, `yes`, `on` and `2026-01-01` are no texts. Tools that are
//! written in Python and check types refuse such values.

use syntax::yaml::{self, Document, Kind, Node, Style};

/// The types that PyYAML gives to values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Date,
    Text,
    List,
    Map,
}

impl Type {
    /// For messages: "must be text, not …".
    pub(super) fn word(self) -> &'static str {
        match self {
            Type::Null => "nothing",
            Type::Bool => "true or false",
            Type::Int | Type::Float => "a number",
            Type::Date => "a date",
            Type::Text => "text",
            Type::List => "a list",
            Type::Map => "a map",
        }
    }
}

/// The type of a value.
pub(super) fn type_of(node: &Node) -> Type {
    match &node.kind {
        Kind::Map(_) => Type::Map,
        Kind::Seq(_) => Type::List,
        Kind::Null => Type::Null,
        Kind::Scalar(scalar) if scalar.style != Style::Plain => Type::Text,
        Kind::Scalar(scalar) => plain(&scalar.value),
    }
}

/// The text of a value that is one, which may be empty.
pub(super) fn text(node: &Node) -> Option<&str> {
    node.scalar().filter(|_| type_of(node) == Type::Text)
}

/// The value of a boolean.
pub(super) fn boolean(node: &Node) -> Option<bool> {
    let word = node.scalar().filter(|_| type_of(node) == Type::Bool)?.to_ascii_lowercase();
    Some(matches!(word.as_str(), "yes" | "true" | "on"))
}

/// The value of a number; `None` for one that is written in a way that few people use.
pub(super) fn number(node: &Node) -> Option<f64> {
    let word = node.scalar().filter(|_| matches!(type_of(node), Type::Int | Type::Float))?;
    word.replace('_', "").parse().ok()
}

/// True for what Python calls false.
pub(super) fn is_falsy(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Map(entries) => entries.is_empty(),
        Kind::Seq(items) => items.is_empty(),
        Kind::Scalar(scalar) => scalar.value.is_empty() || boolean(node) == Some(false) || number(node) == Some(0.0),
    }
}

fn plain(word: &str) -> Type {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Type::Null,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "on"
        | "On" | "ON" | "off" | "Off" | "OFF" => Type::Bool,
        _ if is_int(word) => Type::Int,
        _ if is_float(word) => Type::Float,
        _ if is_date(word) => Type::Date,
        _ => Type::Text,
    }
}

fn unsigned(word: &str) -> &str {
    word.strip_prefix(['-', '+']).unwrap_or(word)
}

/// Digits and underscores, a digit first.
fn digits(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit()) && rest(word)
}

fn rest(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// The groups behind the first of a number in base 60: `1:30`.
fn sexagesimal<'a>(mut groups: impl Iterator<Item = &'a str>) -> bool {
    let small = |group: &str| match group.as_bytes() {
        [only] => only.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    groups.all(small)
}

fn is_int(word: &str) -> bool {
    let word = unsigned(word);
    let of = |digits: &str, fits: fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || fits(byte))
    };
    if let Some(binary) = word.strip_prefix("0b") {
        return of(binary, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(hex) = word.strip_prefix("0x") {
        return of(hex, |byte| byte.is_ascii_hexdigit());
    }
    if let Some(octal) = word.strip_prefix('0').filter(|octal| !octal.is_empty()) {
        return of(octal, |byte| (b'0'..=b'7').contains(&byte));
    }
    match word.split_once(':') {
        Some((first, groups)) => digits(first) && !first.starts_with('0') && sexagesimal(groups.split(':')),
        None => digits(word),
    }
}

fn is_float(word: &str) -> bool {
    if matches!(word, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let signed = unsigned(word);
    if matches!(signed, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, fraction)) = signed.split_once('.') else { return false };
    let (fraction, power) = match fraction.split_once(['e', 'E']) {
        Some((fraction, power)) => (fraction, Some(power)),
        None => (fraction, None),
    };
    let has_power = |power: &str| {
        power
            .strip_prefix(['-', '+'])
            .is_some_and(|power| !power.is_empty() && power.bytes().all(|b| b.is_ascii_digit()))
    };
    if !rest(fraction) || power.is_some_and(|power| !has_power(power)) {
        return false;
    }
    match whole.split_once(':') {
        Some((first, groups)) => power.is_none() && digits(first) && sexagesimal(groups.split(':')),
        None if whole.is_empty() => digits(fraction) && signed.len() == word.len(),
        None => digits(whole),
    }
}

/// `2026-01-31`, with or without a time behind it.
fn is_date(word: &str) -> bool {
    let number = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = word.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let (day, time) = match day.find(['T', 't', ' ', '\t']) {
        Some(at) => (&day[..at], Some(day[at + 1..].trim_start())),
        None => (day, None),
    };
    let dated = number(year, 4, 4) && number(month, 1, 2) && number(day, 1, 2);
    match time {
        None => dated && month.len() == 2 && day.len() == 2,
        // What stands behind a date and a space is a time in all that people write.
        Some(time) => {
            let mut groups = time.splitn(3, ':');
            let [Some(hour), Some(minute), Some(second)] = [groups.next(), groups.next(), groups.next()] else {
                return false;
            };
            dated
                && number(hour, 1, 2)
                && number(minute, 2, 2)
                && second.len() >= 2
                && number(&second[..2.min(second.len())], 2, 2)
        }
    }
}

/// True when a tree is what PyYAML sees, too: nothing stands for something else, and nothing was left out.
pub(super) fn is_certain(document: &Document) -> bool {
    document.valid && document.problems.is_empty()
}

/// Why PyYAML certainly cannot read a text, and where. Not all of what our reader stumbles over: PyYAML does not mind how
/// the lines of a list in brackets are indented.
pub(super) fn unreadable<'d>(text: &str, document: &'d Document) -> Option<(&'d str, text::Span)> {
    if document.valid {
        return None;
    }
    let mut invalid = document.problems.iter().filter_map(|problem| match &problem.kind {
        yaml::ProblemKind::Invalid(words) => Some((words.as_str(), problem.span)),
        _ => None,
    });
    let (words, span) = invalid.next_back()?;
    let before = text.get(..span.start as usize).unwrap_or_default();
    let brackets = before.bytes().any(|byte| matches!(byte, b'[' | b'{'));
    let certain = ["must stand in quotes", "put the value in quotes", "is not closed", "a tab cannot"];
    (certain.iter().any(|known| words.contains(known)) || !brackets).then_some((words, span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_yaml_1_1() {
        for (word, expected) in [
            ("1.0.0", Type::Text),
            ("1.0", Type::Float),
            ("1.", Type::Float),
            (".5", Type::Float),
            ("-.inf", Type::Float),
            ("1e3", Type::Text),
            ("1.5e+3", Type::Float),
            ("1.5e3", Type::Text),
            ("1_000", Type::Int),
            ("0x1F", Type::Int),
            ("017", Type::Int),
            ("018", Type::Text),
            ("1:30", Type::Int),
            ("1:61", Type::Text),
            ("yes", Type::Bool),
            ("y", Type::Text),
            ("off", Type::Bool),
            ("2026-01-31", Type::Date),
            ("2026-1-31", Type::Text),
            ("2026-01-31 10:00:00", Type::Date),
            ("NULL", Type::Null),
            ("null", Type::Null),
            ("nil", Type::Text),
            ("\"1.0\"", Type::Text),
            ("[a]", Type::List),
            ("{a: 1}", Type::Map),
        ] {
            let text = format!("key: {word}\n");
            let document = yaml::read(&text, text::Span::new(0, text.len()));
            assert_eq!(type_of(document.root.get("key").expect("a value")), expected, "{word}");
        }
    }
}
