//! Tokens and statements of SQL.

use text::Span;

/// A token with its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A word or number without quotes.
    Word,
    /// `"name"`, `` `name` `` or `[name]`.
    Quoted,
    /// `'text'`, with its prefix, or `$$text$$`.
    Text,
    /// One byte of anything else.
    Mark(u8),
}

/// A statement: its tokens, and the comment right above it.
pub(super) struct Statement<'t> {
    pub(super) tokens: &'t [Token],
    pub(super) comment: String,
}

/// The tokens of `text`, and the comments with their places.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<Span>) {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let (kind, end) = match byte {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if rest.starts_with(b"--") => {
                let end = at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                comments.push(Span::new(at, end));
                at = end;
                continue;
            }
            b'/' if rest.starts_with(b"/*") => {
                let end = at + block_comment(rest);
                comments.push(Span::new(at, end));
                at = end;
                continue;
            }
            b'\'' => (TokenKind::Text, at + quoted(rest, b'\'')),
            b'"' | b'`' => (TokenKind::Quoted, at + quoted(rest, byte)),
            b'[' if is_bracketed_name(tokens.last(), rest) => (TokenKind::Quoted, at + quoted(rest, b']')),
            b'$' => match dollar_quoted(text, at) {
                Some(end) => (TokenKind::Text, end),
                None => (TokenKind::Mark(byte), at + 1),
            },
            byte if is_word(byte) => {
                let length = rest.iter().take_while(|byte| is_word(**byte) || **byte == b'$').count();
                let prefix = length == 1 && matches!(byte.to_ascii_lowercase(), b'n' | b'e' | b'b' | b'x');
                match rest.get(length) {
                    Some(b'\'') if prefix => (TokenKind::Text, at + length + quoted(&rest[length..], b'\'')),
                    _ => (TokenKind::Word, at + length),
                }
            }
            byte => (TokenKind::Mark(byte), at + 1),
        };
        tokens.push(Token { kind, span: Span::new(at, end) });
        at = end;
    }
    (tokens, comments)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Length of a quoted piece, in which a doubled mark stands for itself.
fn quoted(rest: &[u8], close: u8) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr(close, &rest[at..]) {
        at += found + 1;
        if rest.get(at) != Some(&close) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// `[name]` of SQL Server, but not the `[]` or `[3]` of an array.
fn is_bracketed_name(before: Option<&Token>, rest: &[u8]) -> bool {
    let glued = before.is_some_and(|before| matches!(before.kind, TokenKind::Word | TokenKind::Mark(b')')));
    let first = rest.get(1).copied().unwrap_or_default();
    (!glued || first.is_ascii_alphabetic() || first == b'_') && first != b']' && !first.is_ascii_digit()
}

/// Where `$tag$…$tag$` ends.
fn dollar_quoted(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    let close = rest.find('$')?;
    let tag = &rest[..close];
    if tag.starts_with(|first: char| first.is_ascii_digit()) || !tag.bytes().all(is_word) {
        return None;
    }
    let mark = &text[at..at + close + 2];
    let inner = at + mark.len();
    Some(text[inner..].find(mark).map_or(text.len(), |found| inner + found + mark.len()))
}

/// Length of `/* … */`, which may nest.
fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The statements that lead forward; `-- down` and its like hide what follows, up to `-- up`.
pub(super) fn statements<'t>(text: &str, tokens: &'t [Token], comments: &[Span]) -> Vec<Statement<'t>> {
    let hidden = hidden(text, comments);
    let mut found = Vec::new();
    let mut start = 0;
    let mut end_of_last = 0;
    while start < tokens.len() {
        let end = end_of_statement(text, tokens, start);
        let inner = &tokens[start..end];
        start = end + 1;
        if let (Some(first), Some(last)) = (inner.first(), inner.last()) {
            if !hidden.iter().any(|span| span.touches(first.span.start as usize)) {
                let comment = comment_above(text, comments, end_of_last, first.span.start);
                found.push(Statement { tokens: inner, comment });
            }
            end_of_last = tokens.get(end).map_or(last.span.end, |semicolon| semicolon.span.end);
        }
    }
    found
}

/// Index of the `;` that ends the statement at `start`, or the number of tokens.
fn end_of_statement(text: &str, tokens: &[Token], start: usize) -> usize {
    let word = |index: usize, word: &str| {
        tokens
            .get(index)
            .is_some_and(|token| token.kind == TokenKind::Word && token.span.of(text).eq_ignore_ascii_case(word))
    };
    // bodies of triggers and procedures hold statements of their own
    let has_body = word(start, "create")
        && (start + 1..(start + 6).min(tokens.len()))
            .any(|index| ["trigger", "function", "procedure"].iter().any(|kind| word(index, kind)));
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        if has_body && (word(index, "begin") || (depth > 0 && word(index, "case"))) {
            depth += 1;
        } else if depth > 0 && word(index, "end") && !word(index + 1, "if") && !word(index + 1, "loop") {
            depth -= 1;
        } else if token.kind == TokenKind::Mark(b';') && depth == 0 {
            return index;
        }
        // `GO` ends a batch of SQL Server
        if index > start && word(index, "go") && alone(text, token.span) {
            return index;
        }
    }
    tokens.len()
}

fn alone(text: &str, span: Span) -> bool {
    let before = text[..span.start as usize].rsplit('\n').next().unwrap_or_default();
    let behind = text[span.end as usize..].split('\n').next().unwrap_or_default();
    before.trim().is_empty() && behind.trim().is_empty()
}

fn hidden(text: &str, comments: &[Span]) -> Vec<Span> {
    let mut hidden = Vec::new();
    let mut from = None;
    for comment in comments {
        let words = comment.of(text).trim_start_matches('-').trim().to_ascii_lowercase();
        match words.as_str() {
            "down" | "+goose down" | "migrate:down" | "+migrate down" | "//@undo" | "rollback" => {
                from = from.or(Some(comment.start));
            }
            "up" | "+goose up" | "migrate:up" | "+migrate up" => {
                if let Some(from) = from.take() {
                    hidden.push(Span { start: from, end: comment.start });
                }
            }
            words if words.starts_with("migrate:down ") || words.starts_with("+migrate down ") => {
                from = from.or(Some(comment.start));
            }
            _ => {}
        }
    }
    hidden.extend(from.map(|from| Span::new(from as usize, text.len())));
    hidden
}

/// The words of the comments that stand right above a statement, and behind the one before it.
fn comment_above(text: &str, comments: &[Span], after: u32, before: u32) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut next = before;
    let until = comments.partition_point(|comment| comment.end <= before);
    for comment in comments[..until].iter().rev().take_while(|comment| comment.start >= after) {
        let gap = &text[comment.end as usize..next as usize];
        let own_line = text[..comment.start as usize].rsplit('\n').next().unwrap_or_default().trim().is_empty();
        if !gap.trim().is_empty() || gap.matches('\n').count() > 1 || !own_line {
            break;
        }
        let words = comment.of(text);
        let words = words.strip_prefix("/*").and_then(|words| words.strip_suffix("*/")).unwrap_or(words);
        let words = words.trim_start_matches(['-', '*']).trim();
        if words.starts_with("+goose") || words.starts_with("+migrate") || words.starts_with("migrate:") {
            break;
        }
        lines.push(words);
        next = comment.start;
    }
    lines.reverse();
    lines.join("\n")
}
