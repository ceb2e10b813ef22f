//! Single values, exactly: ids, versions, durations, money, shares, paths, input references, commands, conditions.

use crate::model::{Command, InputRef};
use crate::money::Usd;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::time::Duration;
use syntax::template;
use syntax::yaml::{Kind, Node, Style};
use text::{Span, Spanned};

/// `^[a-z0-9][a-z0-9-]*$`
pub fn is_id(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Makes an id of any words: `Code Review` becomes `code-review`.
pub fn to_id(words: &str) -> String {
    let mut id = String::with_capacity(words.len());
    for character in words.trim().chars() {
        match character {
            letter if letter.is_ascii_alphanumeric() => id.push(letter.to_ascii_lowercase()),
            _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    id.trim_end_matches('-').to_owned()
}

/// `X.Y.Z`, each a whole number without leading zeros.
pub fn is_version(word: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 9
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    word.split('.').count() == 3 && word.split('.').all(part)
}

/// `30s`, `20m`, `2h`: a whole number from 1 and one unit.
pub fn duration(word: &str) -> Option<Duration> {
    let unit = word.chars().next_back()?;
    let number = &word[..word.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let count = u64::from(integer(number)?);
    (count > 0).then(|| Duration::from_secs(count * seconds))
}

/// A whole number from 0, without sign or leading zeros.
pub fn integer(word: &str) -> Option<u32> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let plain = word == "0" || !word.starts_with('0');
    if digits && plain { word.parse().ok() } else { None }
}

/// Dollars: a plain decimal that is not negative.
pub fn money(word: &str) -> Option<Usd> {
    Usd::parse(word).filter(|amount| *amount >= Usd::ZERO)
}

/// A share between 0 and 1 in thousandths.
pub fn share(word: &str) -> Option<u16> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) || word.ends_with('.') {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match (whole, thousandths) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// True for exactly one `{{ … }}` and nothing around it.
pub fn is_condition(word: &str) -> bool {
    let found = template::expressions(word, Span::new(0, word.len()));
    matches!(found.as_slice(), [one] if one.fault.is_some() || one.span.of(word).len() == word.trim().len())
}

/// An element of `inputs:`.
pub fn input_ref(word: &str) -> InputRef {
    if word == "ticket" {
        return InputRef::Ticket;
    }
    let name = |rest: &str| (!rest.contains(['/', '*'])).then(|| rest.to_owned());
    if let Some(output) = word.strip_prefix("outputs.").and_then(name) {
        return InputRef::Output(output);
    }
    if let Some(input) = word.strip_prefix("inputs.").and_then(name) {
        return InputRef::Input(input);
    }
    InputRef::Glob(word.to_owned())
}

/// The text with every template replaced by a plain word, to judge the rest of a path.
fn without_templates(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut from = 0;
    for expression in template::expressions(word, Span::new(0, word.len())) {
        plain.push_str(word.get(from..expression.span.start as usize).unwrap_or_default());
        plain.push('x');
        from = expression.span.end as usize;
    }
    plain.push_str(word.get(from..).unwrap_or_default());
    plain
}

/// Why a path or glob may not be used, if so: it must stay beneath the root on every platform.
pub fn path_fault(word: &str) -> Option<String> {
    let plain = without_templates(word);
    let plain = plain.as_str();
    let fault = |words: &str| Some(words.to_owned());
    if plain.trim().is_empty() {
        return fault("a path is empty");
    }
    if plain.chars().any(char::is_control) {
        return fault("a path holds a control character");
    }
    if plain.starts_with('/') || plain.starts_with('\\') {
        return fault("a path must be relative to the root");
    }
    if plain.starts_with('~') {
        return fault("`~` is not expanded; a path is relative to the root");
    }
    if plain.starts_with('-') {
        return fault("a path may not start with `-`");
    }
    if plain.contains('$') {
        return fault("variables are not expanded in a path");
    }
    if plain.contains('\\') {
        return fault("a path is written with `/`");
    }
    if plain.contains(':') {
        return fault("a path may not hold `:`");
    }
    for part in plain.split('/') {
        if part == ".." {
            return fault("a path may not leave the root with `..`");
        }
        if part.len() > 1 && part.ends_with(['.', ' ']) {
            return fault("a name may not end with a dot or a space");
        }
        let stem = part.split('.').next().unwrap_or_default().to_ascii_uppercase();
        let numbered = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
        let port = numbered.is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit());
        if port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") {
            return Some(format!("`{part}` is a device on Windows"));
        }
    }
    if !plain.contains(['[', ']', '{', '}']) {
        return None; // stars and question marks are always a glob
    }
    match Glob::new(plain) {
        Ok(_) => None,
        Err(error) => Some(format!("not a glob: {}", error.kind())),
    }
}

/// Globs from the root as one matcher: `*` stays inside a segment, a folder (`docs/`) stands for all below it. What is no
/// path or glob (see [`path_fault`]) matches nothing.
pub fn globs<'a>(patterns: impl IntoIterator<Item = &'a str>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns.into_iter().filter(|pattern| path_fault(pattern).is_none()) {
        let pattern = pattern.trim_start_matches("./");
        let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
        if let Ok(glob) = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}

/// Splits a command. The error names the character or word that wants a shell, and where it stands.
pub fn command(text: &str, node: &Node) -> Result<Spanned<Command>, Spanned<String>> {
    let argv = match &node.kind {
        Kind::Seq(items) => items.iter().filter_map(Node::scalar).map(str::to_owned).collect(),
        Kind::Scalar(scalar) => split(&scalar.value).map_err(|fault| {
            let start = source_offset(text, node, fault.span.start as usize);
            let end = source_offset(text, node, fault.span.end as usize);
            Spanned::new(fault.value, Span::new(start, end))
        })?,
        _ => Vec::new(),
    };
    if argv.first().is_none_or(|program: &String| program.trim().is_empty()) {
        return Err(Spanned::new(String::new(), node.span));
    }
    Ok(Spanned::new(Command { argv }, node.span))
}

/// Splits one string into words with quotes and backslashes as a POSIX shell does, and refuses everything else of a
/// shell. Templates are left as they are.
pub fn split(command: &str) -> Result<Vec<String>, Spanned<String>> {
    let fault = |start: usize, end: usize| Err(Spanned::new(command[start..end].to_owned(), Span::new(start, end)));
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = command.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let template = (character == '{' && command[at..].starts_with("{{"))
            .then(|| command[at..].find("}}"))
            .flatten()
            .map(|length| at + length + 2);
        if let Some(end) = template {
            word.get_or_insert_default().push_str(&command[at..end]);
            while rest.next_if(|(next, _)| *next < end).is_some() {}
            continue;
        }
        match character {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => {
                let Some(length) = command[at + 1..].find('\'') else { return fault(at, at + 1) };
                word.get_or_insert_default().push_str(&command[at + 1..at + 1 + length]);
                while rest.next_if(|(next, _)| *next <= at + 1 + length).is_some() {}
            }
            '"' => {
                let current = word.get_or_insert_default();
                let mut closed = false;
                while let Some((inner_at, inner)) = rest.next() {
                    match inner {
                        '"' => {
                            closed = true;
                            break;
                        }
                        '$' | '`' => return fault(inner_at, inner_at + 1),
                        '\\' => match rest.next() {
                            Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => current.push(escaped),
                            Some((_, '\n')) => {}
                            Some((_, other)) => {
                                current.push('\\');
                                current.push(other);
                            }
                            None => break,
                        },
                        other => current.push(other),
                    }
                }
                if !closed {
                    return fault(at, at + 1);
                }
            }
            '\\' => match rest.next() {
                Some((_, '\n')) => {}
                Some((_, escaped)) => word.get_or_insert_default().push(escaped),
                None => return fault(at, at + 1),
            },
            '|' | '&' | '<' | '>' | ';' => {
                let doubled = command[at + 1..].starts_with(character);
                return fault(at, at + 1 + usize::from(doubled));
            }
            '$' | '`' | '*' | '?' | '[' | '(' | ')' => return fault(at, at + 1),
            '~' | '#' if word.is_none() => return fault(at, at + 1),
            '=' if words.is_empty() && word.as_deref().is_some_and(is_variable) => {
                let start = at - word.as_deref().map_or(0, str::len);
                return fault(start, at + 1);
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn is_variable(word: &str) -> bool {
    !word.starts_with(|first: char| first.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Where a byte of a scalar's value stands in the source.
pub fn source_offset(text: &str, node: &Node, offset: usize) -> usize {
    let style = match &node.kind {
        Kind::Scalar(scalar) => scalar.style,
        _ => return node.span.start as usize,
    };
    let start = node.span.start as usize;
    let source = node.span.of(text);
    match style {
        Style::Plain | Style::Block => (start + offset).min(node.span.end as usize),
        Style::Single | Style::Double => {
            let (mut at, mut value) = (1, 0);
            while value < offset && at < source.len() {
                let rest = &source[at..];
                let character = rest.chars().next().map_or(1, char::len_utf8);
                let (source_length, value_length) = match (style, rest.as_bytes()) {
                    (Style::Single, [b'\'', b'\'', ..]) => (2, 1),
                    (Style::Double, [b'\\', b'x', ..]) => (4, 1),
                    (Style::Double, [b'\\', b'u', ..]) => (6, 1),
                    (Style::Double, [b'\\', ..]) => (2, 1),
                    _ => (character, character),
                };
                at += source_length;
                value += value_length;
            }
            (start + at).min(node.span.end as usize)
        }
    }
}

/// The longest word that is compared.
const LONGEST: usize = 64;

/// The known word that was probably meant: close enough in edits for its length. Thousands of words may be known, and
/// somebody is typing: nothing is allocated for any of them, and a word is given up as soon as it is too far.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let written: Vec<u8> = written.bytes().map(plain).collect();
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        let allowed = (word.len().max(written.len()) / 3).max(1);
        let most = best.map_or(allowed, |(distance, _)| distance.min(allowed));
        if let Some(distance) = edits(word.as_bytes(), &written, most)
            && best.is_none_or(|best| (distance, word) < best)
        {
            best = Some((distance, word));
        }
    }
    best.map(|(_, word)| word)
}

/// Letters alike, and all that joins words.
fn plain(byte: u8) -> u8 {
    if matches!(byte, b'_' | b' ') { b'-' } else { byte.to_ascii_lowercase() }
}

/// Optimal string alignment distance, where a swap of neighbours is one edit; none when it is above `most`. `b` is plain and
/// not longer than [`LONGEST`].
fn edits(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut rows = [[0usize; LONGEST + 1]; 3];
    for (j, first) in rows[0].iter_mut().enumerate() {
        *first = j;
    }
    let (mut before, mut least_before) = (0, 0);
    for i in 1..=a.len() {
        let [now, last, over] = [i % 3, (i + 2) % 3, (i + 1) % 3];
        rows[now][0] = i;
        let mut least = i;
        let own = plain(a[i - 1]);
        for j in 1..=b.len() {
            let change = rows[last][j - 1] + usize::from(own != b[j - 1]);
            let mut edits = change.min(rows[last][j] + 1).min(rows[now][j - 1] + 1);
            if i > 1 && j > 1 && own == b[j - 2] && before == b[j - 1] {
                edits = edits.min(rows[over][j - 2] + 1);
            }
            rows[now][j] = edits;
            least = least.min(edits);
        }
        if least > most && least_before > most {
            return None;
        }
        (before, least_before) = (own, least);
    }
    Some(rows[a.len() % 3][b.len()]).filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_versions_durations_and_shares_are_exact() {
        for good in ["a", "a-1", "0", "code-reviewer"] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "ä", "a b", "а"] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_version("1.20.0"));
        for bad in ["1.0", "1.0.0.0", "01.0.0", "1.0.0-a", "v1.0.0", "..", "1..0"] {
            assert!(!is_version(bad), "{bad}");
        }
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Some(Duration::from_secs(7200)));
        for bad in ["", "s", "0s", "1", "1.5h", "1d", "-1m", "1 m", "+1m", "99999999999s", "1µ"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert_eq!((share("0.8"), share("1"), share("0.955"), share("0")), (Some(800), Some(1000), Some(955), Some(0)));
        for bad in ["80", "1.1", "0.8005", ".8", "0.", "-0.1", "80%"] {
            assert_eq!(share(bad), None, "{bad}");
        }
        assert_eq!(to_id("  Code Review! 2 "), "code-review-2");
    }

    #[test]
    fn paths_stay_beneath_the_root() {
        for good in ["src/**", "specs/{{ticket.slug}}/spec.md", "a b/c.md", "**", ".tollgate/x", "a/./b", "{a,b}.md"] {
            assert_eq!(path_fault(good), None, "{good}");
        }
        for bad in [
            "../x",
            "a/../b",
            "/x",
            "~",
            "~/x",
            "$HOME/x",
            "C:\\x",
            "\\\\?\\x",
            "a\0b",
            "CON",
            "a/nul.txt",
            "a:b",
            "a./b",
            "-rf",
            "",
            " ",
            "com1",
            "a/[",
            "{{x}}/..",
        ] {
            assert!(path_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn globs_are_from_the_root_and_what_is_none_matches_nothing() {
        let set = globs(["legacy/**", "./docs/", "specs/*/spec.md", "../up/**", "C:\\x", "a/["]);
        for path in ["legacy/a/b.md", "docs/x/y.md", "specs/001-a/spec.md"] {
            assert!(set.is_match(path), "{path}");
        }
        for path in ["up/a", "../up/a", "legacy", "specs/a/b/spec.md", "a/[", ".tollgate/legacy/x"] {
            assert!(!set.is_match(path), "{path}");
        }
        assert!(globs([".tollgate/**"]).is_match(".tollgate/tickets/a.md"));
    }

    #[test]
    fn commands_are_words_and_nothing_more() {
        assert_eq!(
            split("cargo test 'a b' \"c \\\" d\" e\\ f --x=y").unwrap(),
            ["cargo", "test", "a b", "c \" d", "e f", "--x=y"]
        );
        assert_eq!(split("tool '' \"|\" '$x' a#b x~").unwrap(), ["tool", "", "|", "$x", "a#b", "x~"]);
        assert_eq!(split("tool {{ ticket.id }}").unwrap(), ["tool", "{{ ticket.id }}"]);
        for (bad, token) in [
            ("a | b", "|"),
            ("a && b", "&&"),
            ("a || b", "||"),
            ("a; b", ";"),
            ("a > b", ">"),
            ("a 2>> b", ">>"),
            ("a < b", "<"),
            ("a $X", "$"),
            ("a \"$X\"", "$"),
            ("a `b`", "`"),
            ("ls *.rs", "*"),
            ("ls a?", "?"),
            ("ls [ab]", "["),
            ("cd ~/x", "~"),
            ("(a)", "("),
            ("A=1 b", "A="),
            ("a # b", "#"),
            ("a 'b", "'"),
            ("a \"b", "\""),
            ("a \\", "\\"),
            ("a & b", "&"),
        ] {
            let fault = split(bad).unwrap_err();
            assert_eq!(fault.span.of(bad), token, "{bad}");
        }
    }

    /// The table in full.
    fn all_edits(a: &str, b: &str) -> usize {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        rows[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn a_word_that_is_given_up_was_too_far(a in "[abA_ -]{0,9}", b in "[ab-]{0,9}", most in 0usize..5) {
            let plain: String = a.bytes().map(|byte| char::from(plain(byte))).collect();
            let whole = all_edits(&plain, &b);
            prop_assert_eq!(edits(a.as_bytes(), b.as_bytes(), most), Some(whole).filter(|edits| *edits <= most));
        }
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("agnet", ["agent", "gate"]), Some("agent"));
        assert_eq!(nearest("maxTurns", ["max_turns", "timeout"]), Some("max_turns"));
        assert_eq!(nearest("xyz", ["agent", "gate"]), None);
    }

    #[test]
    fn conditions_are_one_expression() {
        assert!(is_condition("{{ inputs.scope == 'full' }}"));
        for bad in ["inputs.scope", "a {{ b }}", "{{ a }} {{ b }}", ""] {
            assert!(!is_condition(bad), "{bad}");
        }
    }

    proptest! {
        /// What we accept is what a POSIX splitter makes of it.
        #[test]
        fn words_are_those_of_a_shell(command in "[a-z '\"\\\\=-]{0,30}") {
            if let Ok(words) = split(&command) {
                prop_assert_eq!(Some(words), shlex::split(&command));
            }
        }

        #[test]
        fn nothing_panics(word in "\\PC{0,20}") {
            let _ = (is_id(&word), is_version(&word), duration(&word), share(&word), path_fault(&word), split(&word), is_condition(&word));
            prop_assert!(is_id(&to_id(&word)) || to_id(&word).is_empty());
        }
    }
}
