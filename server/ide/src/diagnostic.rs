//! A diagnostic and the edits that mend it.

use text::Span;

/// How much it matters. Gate failed or budget over is an error; at the limit a warning; waiting for a person or
/// approaching a limit is information; stale is a hint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Something does not hold.
    Error,
    /// Something will not hold soon, or is very likely not meant.
    Warning,
    /// Somebody waits.
    Information,
    /// Something could be better.
    Hint,
}

impl Severity {
    /// Reads `error`, `warning`, `information` or `info`, `hint`.
    pub fn parse(word: &str) -> Option<Severity> {
        match word {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "information" | "info" => Some(Severity::Information),
            "hint" => Some(Severity::Hint),
            _ => None,
        }
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "info",
            Severity::Hint => "hint",
        }
    }
}

/// One thing a person can act on.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostic {
    /// Stable id, `area/name`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The exact token.
    pub span: Span,
    /// One plain sentence, at most 120 characters.
    pub message: String,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// Edits that mend it, best first.
    pub fixes: Vec<Fix>,
    /// True when the text under it has no effect any more (shown dimmed).
    pub unnecessary: bool,
}

/// A place that explains a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// Path from the root.
    pub path: String,
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// A set of edits with a title.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an imperative.
    pub title: String,
    /// Edits by path from the root; spans of the snapshot's texts. A path without a file creates it.
    pub edits: Vec<(String, TextEdit)>,
    /// True when it is the one obvious fix.
    pub preferred: bool,
}

/// Replaces a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextEdit {
    /// What is replaced.
    pub span: Span,
    /// What comes there.
    pub text: String,
}

/// The longest message in characters.
pub const MESSAGE_LIMIT: usize = 120;

impl Diagnostic {
    /// A diagnostic without related places and fixes. The message is cut at the limit and kept on one line.
    pub fn new(code: &str, severity: Severity, span: Span, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic {
            code: code.to_owned(),
            severity,
            span,
            message: one_line(message.as_ref(), MESSAGE_LIMIT),
            related: Vec::new(),
            fixes: Vec::new(),
            unnecessary: false,
        }
    }

    /// Adds a place that explains it.
    #[must_use]
    pub fn related(mut self, path: &str, span: Span, message: &str) -> Diagnostic {
        self.related.push(Related { path: path.to_owned(), span, message: one_line(message, MESSAGE_LIMIT) });
        self
    }

    /// Adds a fix that replaces one span of one file.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, path: &str, span: Span, text: impl Into<String>) -> Diagnostic {
        let edit = TextEdit { span, text: text.into() };
        let preferred = self.fixes.is_empty();
        self.fixes.push(Fix { title: title.into(), edits: vec![(path.to_owned(), edit)], preferred });
        self
    }
}

/// Text from outside on one line: control and bidirectional characters as escapes, cut at `limit` characters.
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit * 4));
    let mut count = 0;
    for character in text.chars() {
        let shown: String = match character {
            '\n' | '\r' | '\t' => " ".to_owned(),
            hidden if is_hidden(hidden) => format!("\\u{{{:x}}}", u32::from(hidden)),
            plain => plain.to_string(),
        };
        count += shown.chars().count();
        if count > limit {
            while line.chars().count() + 1 > limit {
                line.pop();
            }
            line.push('…');
            return line;
        }
        line.push_str(&shown);
    }
    line
}

/// As [`one_line`] for every line of a text of our own, without a limit.
pub fn one_line_each(text: &str) -> String {
    text.lines().map(|line| one_line(line, 10_000)).collect::<Vec<_>>().join("\n")
}

/// Characters that act on a terminal or reorder text instead of being seen.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xE0000..=0xE007F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_on_one_line_and_in_bounds() {
        assert_eq!(one_line("a\nb\u{1b}[31m", 120), "a b\\u{1b}[31m");
        assert_eq!(one_line("\u{202e}x", 120), "\\u{202e}x");
        assert_eq!(one_line(&"é".repeat(300), 10).chars().count(), 10);
        assert_eq!(one_line("short", 5), "short");
    }
}
