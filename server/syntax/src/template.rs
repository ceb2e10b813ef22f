//! Template expressions: `{{ ticket.slug }}` in texts and paths, `{{ inputs.scope == 'full' }}` as a condition.
//!
//! There are names, texts in quotes, numbers, `==`, `!=`, `!`, `&&`, `||` and parentheses. Nothing is evaluated here and no name
//! is known here. `\{{` is not an expression: it stands for `{{`.

use text::{Span, Spanned};

/// One `{{ … }}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expression {
    /// With its braces.
    pub span: Span,
    /// Its tokens; empty when the first one is already wrong.
    pub tokens: Vec<Spanned<Token>>,
    /// What is wrong with it, and where.
    pub fault: Option<Spanned<Fault>>,
}

/// A token of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Token {
    /// A dotted name: `passes.spec.outcome`.
    Name(String),
    /// `'text'`, `"text"`, or a number as it stands.
    Text(String),
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `!`
    Not,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `(`
    Open,
    /// `)`
    Close,
}

/// Why an expression cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// `}}` is missing on its line.
    Unclosed,
    /// Nothing between the braces.
    Empty,
    /// A character that has no meaning here.
    Unexpected,
}

impl Expression {
    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = Spanned<&str>> {
        self.tokens.iter().filter_map(|token| match &token.value {
            Token::Name(name) => Some(Spanned::new(name.as_str(), token.span)),
            _ => None,
        })
    }

    /// The name, when the expression is nothing but one name: the only kind that texts and paths may hold.
    pub fn name(&self) -> Option<Spanned<&str>> {
        self.names().next().filter(|_| self.tokens.len() == 1 && self.fault.is_none())
    }
}

/// Every expression in `text[span]`, in order.
pub fn expressions(text: &str, span: Span) -> Vec<Expression> {
    let end = (span.end as usize).min(text.len());
    let mut found = Vec::new();
    let mut at = span.start as usize;
    while let Some(start) = open_braces(text, at, end) {
        let expression = expression(text, start, end);
        at = (expression.span.end as usize).max(start + 2);
        if expression.tokens.is_empty() && expression.fault.as_ref().is_some_and(|fault| fault.value == Fault::Unclosed)
        {
            // Said once a line: nothing behind it on the line is closed either.
            let rest = &text.as_bytes()[at..end];
            at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        }
        found.push(expression);
    }
    found
}

fn open_braces(text: &str, from: usize, end: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..end)?;
    let opens = |at: &usize| rest.get(at + 1) == Some(&b'{') && (*at == 0 || !matches!(rest[at - 1], b'\\' | b'{'));
    memchr::memchr_iter(b'{', rest).find(opens).map(|at| from + at)
}

fn expression(text: &str, start: usize, end: usize) -> Expression {
    let Some(length) = closing_braces(&text.as_bytes()[start + 2..end]) else {
        let span = Span::new(start, start + 2);
        return Expression { span, tokens: Vec::new(), fault: Some(Spanned::new(Fault::Unclosed, span)) };
    };
    let span = Span::new(start, start + 2 + length + 2);
    let (tokens, unexpected) = tokens(text, Span::new(start + 2, start + 2 + length));
    let fault = match unexpected {
        Some(at) => Some(Spanned::new(Fault::Unexpected, at)),
        None if tokens.is_empty() => Some(Spanned::new(Fault::Empty, span)),
        None => None,
    };
    Expression { span, tokens, fault }
}

/// A text in quotes inside an expression is not longer than this.
const QUOTED_LIMIT: usize = 1_000;

/// Where `}}` stands on the line, outside quotes if it can be.
fn closing_braces(rest: &[u8]) -> Option<usize> {
    let mut quote: Option<(u8, usize)> = None;
    let mut quoted = None;
    for (at, byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (_, b'\n' | b'\r') => break,
            (Some((_, from)), _) if at - from > QUOTED_LIMIT => break,
            (Some((open, _)), byte) if open == *byte => quote = None,
            (None, b'\'' | b'"') => quote = Some((*byte, at)),
            (_, b'}') if rest.get(at + 1) == Some(&b'}') => match quote {
                None => return Some(at),
                Some(_) => quoted = quoted.or(Some(at)),
            },
            _ => {}
        }
    }
    quoted
}

fn tokens(text: &str, span: Span) -> (Vec<Spanned<Token>>, Option<Span>) {
    let mut found = Vec::new();
    let mut at = span.start as usize;
    let end = span.end as usize;
    while at < end {
        let rest = &text[at..end];
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let (token, length) = match rest.as_bytes() {
            [b' ' | b'\t', ..] => {
                at += 1;
                continue;
            }
            [b'=', b'=', ..] => (Token::Equal, 2),
            [b'!', b'=', ..] => (Token::NotEqual, 2),
            [b'&', b'&', ..] => (Token::And, 2),
            [b'|', b'|', ..] => (Token::Or, 2),
            [b'!', ..] => (Token::Not, 1),
            [b'(', ..] => (Token::Open, 1),
            [b')', ..] => (Token::Close, 1),
            [quote @ (b'\'' | b'"'), inner @ ..] => match inner.iter().position(|byte| byte == quote) {
                Some(length) => (Token::Text(rest[1..=length].to_owned()), length + 2),
                None => return (found, Some(Span::new(at, at + 1))),
            },
            [b'0'..=b'9', ..] => {
                let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
                (Token::Text(rest[..length].to_owned()), length)
            }
            [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => {
                let length = rest.as_bytes().iter().take_while(|byte| is_name(byte)).count();
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                return (found, Some(Span::new(at, at + length)));
            }
        };
        found.push(Spanned::new(token, Span::new(at, at + length)));
        at += length;
    }
    (found, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &str) -> Vec<Expression> {
        expressions(text, Span::new(0, text.len()))
    }

    #[test]
    fn names_have_their_places() {
        let text = "specs/{{ticket.slug}}/é/{{ inputs.the-scope }}.md";
        let found: Vec<_> = whole(text)
            .iter()
            .map(|one| (one.span.of(text).to_owned(), one.name().map(|name| name.span.of(text).to_owned())))
            .collect();
        let expected = [("{{ticket.slug}}", "ticket.slug"), ("{{ inputs.the-scope }}", "inputs.the-scope")];
        assert_eq!(found, expected.map(|(span, name)| (span.to_owned(), Some(name.to_owned()))));
    }

    #[test]
    fn conditions_are_tokens() {
        let found = whole("{{ inputs.scope == 'fu}}ll' && !(passes.a.outcome != \"ok\") || x == 1.5 }}");
        let tokens: Vec<_> = found[0].tokens.iter().map(|token| token.value.clone()).collect();
        let name = |name: &str| Token::Name(name.to_owned());
        let text = |text: &str| Token::Text(text.to_owned());
        use Token::*;
        assert_eq!(
            tokens,
            [
                name("inputs.scope"),
                Equal,
                text("fu}}ll"),
                And,
                Not,
                Open,
                name("passes.a.outcome"),
                NotEqual,
                text("ok"),
                Close,
                Or,
                name("x"),
                Equal,
                text("1.5")
            ]
        );
        assert_eq!((found[0].name(), found[0].fault.clone()), (None, None));
    }

    #[test]
    fn faults_stand_at_their_token() {
        let check = |text: &str, fault, token: &str| {
            let found = whole(text);
            let seen = found[0].fault.as_ref().map(|fault| (fault.value, fault.span.of(text)));
            assert_eq!(seen, Some((fault, token)), "{text}");
        };
        check("a {{ x", Fault::Unclosed, "{{");
        check("a {{ x\n}}", Fault::Unclosed, "{{");
        check("{{  }}", Fault::Empty, "{{  }}");
        check("{{ a | b }}", Fault::Unexpected, "|");
        check("{{ a + b }}", Fault::Unexpected, "+");
        check("{{ 'a }}", Fault::Unexpected, "'");
        assert_eq!(whole("{ { a } } {a} \\{{ b }}").len(), 0);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[{}a.'\"=!&|() é\n]{0,40}") {
            for expression in whole(&text) {
                prop_assert!(text.get(expression.span.range()).is_some());
                prop_assert!(expression.fault.is_none_or(|fault| text.get(fault.span.range()).is_some()));
            }
        }
    }
}
