//! The condition of a pass: `if: "{{ inputs.scope == 'full' && passes.spec.outcome != 'skipped' }}"`.
//!
//! Literals (`'text'`, `"text"`, `true`, `false`, whole numbers), names, `==`, `!=`, `!`, `&&`, `||`, parentheses. An
//! error is a value with a place; nothing here panics or recurses without bound.

use crate::template::{Names, Value, fault_words};
use syntax::template::{self, Token};
use text::{Span, Spanned};

/// What is wrong with a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConditionError {
    /// A sentence.
    pub message: String,
    /// The place in the condition's text.
    pub span: Span,
}

/// A condition that was understood.
#[derive(Clone, Debug)]
pub struct Condition {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Literal(Value),
    Name(String, Span),
    Not(Box<Node>, Span),
    Compare { equal: bool, left: Box<Node>, right: Box<Node>, span: Span },
    Join { all: bool, parts: Vec<Node>, span: Span },
}

/// Deeper nesting than this has no honest use.
const DEPTH: usize = 32;

impl Condition {
    /// Reads a condition with its braces.
    pub fn parse(text: &str) -> Result<Condition, ConditionError> {
        let whole = Span::new(0, text.len());
        let mut expressions = template::expressions(text, whole);
        let (Some(expression), true) = (expressions.pop(), expressions.is_empty()) else {
            return Err(error("a condition is one `{{ … }}`".into(), whole));
        };
        let around = [&text[..expression.span.start as usize], &text[expression.span.end as usize..]];
        if let Some(fault) = expression.fault {
            return Err(error(fault_words(fault.value).into(), fault.span));
        }
        if around.iter().any(|part| !part.trim().is_empty()) {
            return Err(error("nothing may stand beside the `{{ … }}` of a condition".into(), whole));
        }
        let end = Span::empty((expression.span.end as usize).saturating_sub(2));
        let mut parser = Parser { tokens: expression.tokens, at: 0, end };
        let root = parser.join(false, 0)?;
        match parser.tokens.get(parser.at) {
            None => Ok(Condition { root }),
            Some(token) => Err(error(format!("{} is not expected here", shown(&token.value)), token.span)),
        }
    }

    /// Every name it uses.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut todo = vec![&self.root];
        while let Some(node) = todo.pop() {
            match node {
                Node::Literal(_) => {}
                Node::Name(name, _) => names.push(name.as_str()),
                Node::Not(inner, _) => todo.push(inner),
                Node::Compare { left, right, .. } => todo.extend([&**left, &**right]),
                Node::Join { parts, .. } => todo.extend(parts),
            }
        }
        names
    }

    /// Its truth. Every name is looked up, also where the answer is already certain: a typing error never hides.
    pub fn holds(&self, names: &Names) -> Result<bool, ConditionError> {
        let value = evaluate(&self.root, names)?;
        truth(&value, span_of(&self.root))
    }
}

fn error(message: String, span: Span) -> ConditionError {
    ConditionError { message, span }
}

fn span_of(node: &Node) -> Span {
    match node {
        Node::Literal(_) => Span::default(),
        Node::Name(_, span) | Node::Not(_, span) | Node::Compare { span, .. } | Node::Join { span, .. } => *span,
    }
}

fn truth(value: &Value, span: Span) -> Result<bool, ConditionError> {
    match value {
        Value::Flag(flag) => Ok(*flag),
        Value::Text(_) => Err(error("a text is neither true nor false; compare it with `==`".into(), span)),
        Value::List(_) => Err(error("a list is neither true nor false".into(), span)),
        Value::Nothing | Value::Refused(_) => Ok(false),
    }
}

fn evaluate(node: &Node, names: &Names) -> Result<Value, ConditionError> {
    Ok(match node {
        Node::Literal(value) => value.clone(),
        Node::Name(name, span) => match names.get(name) {
            Some(Value::Refused(why)) => return Err(error(why.clone(), *span)),
            Some(value) => value.clone(),
            None => return Err(error(format!("there is no `{name}`"), *span)),
        },
        Node::Not(inner, span) => Value::Flag(!truth(&evaluate(inner, names)?, *span)?),
        Node::Compare { equal, left, right, span } => {
            let (left, right) = (evaluate(left, names)?, evaluate(right, names)?);
            Value::Flag(same(&left, &right, *span)? == *equal)
        }
        Node::Join { all, parts, span } => {
            let mut result = *all;
            for part in parts {
                let part = truth(&evaluate(part, names)?, *span)?;
                result = if *all { result && part } else { result || part };
            }
            Value::Flag(result)
        }
    })
}

fn same(left: &Value, right: &Value, span: Span) -> Result<bool, ConditionError> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(left == right),
        (Value::Flag(left), Value::Flag(right)) => Ok(left == right),
        (Value::Nothing, Value::Nothing) => Ok(true),
        (Value::Nothing | Value::Refused(_), _) | (_, Value::Nothing | Value::Refused(_)) => Ok(false),
        (Value::List(_), _) | (_, Value::List(_)) => Err(error("a list cannot be compared".into(), span)),
        (Value::Flag(_), Value::Text(_)) | (Value::Text(_), Value::Flag(_)) => {
            Err(error("a text is never equal to `true` or `false`".into(), span))
        }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Text(text) => format!("'{}'", crate::prompt::one_line(text, 40)),
        Token::Equal => "`==`".into(),
        Token::NotEqual => "`!=`".into(),
        Token::Not => "`!`".into(),
        Token::And => "`&&`".into(),
        Token::Or => "`||`".into(),
        Token::Open => "`(`".into(),
        Token::Close => "`)`".into(),
    }
}

struct Parser {
    tokens: Vec<Spanned<Token>>,
    at: usize,
    end: Span,
}

impl Parser {
    fn next_is(&mut self, wanted: &Token) -> Option<Span> {
        let token = self.tokens.get(self.at).filter(|token| token.value == *wanted)?;
        self.at += 1;
        Some(token.span)
    }

    /// `a || b || c`, and below it `a && b && c`.
    fn join(&mut self, all: bool, depth: usize) -> Result<Node, ConditionError> {
        let start = self.tokens.get(self.at).map_or(self.end, |token| token.span);
        let part = |parser: &mut Parser| if all { parser.compare(depth) } else { parser.join(true, depth) };
        let mut parts = vec![part(self)?];
        let operator = if all { Token::And } else { Token::Or };
        while self.next_is(&operator).is_some() {
            parts.push(part(self)?);
        }
        let end = self.tokens.get(self.at.wrapping_sub(1)).map_or(start, |token| token.span);
        match <[Node; 1]>::try_from(parts) {
            Ok([only]) => Ok(only),
            Err(parts) => Ok(Node::Join { all, parts, span: start.cover(end) }),
        }
    }

    fn compare(&mut self, depth: usize) -> Result<Node, ConditionError> {
        let left = self.single(depth)?;
        let (equal, span) = match (self.next_is(&Token::Equal), self.next_is(&Token::NotEqual)) {
            (Some(span), _) => (true, span),
            (None, Some(span)) => (false, span),
            (None, None) => return Ok(left),
        };
        let right = self.single(depth)?;
        Ok(Node::Compare { equal, left: Box::new(left), right: Box::new(right), span })
    }

    fn single(&mut self, depth: usize) -> Result<Node, ConditionError> {
        let Some(Spanned { value: token, span }) = self.tokens.get(self.at).cloned() else {
            return Err(error("the condition ends too early".into(), self.end));
        };
        if depth >= DEPTH {
            return Err(error("the condition is nested too deep".into(), span));
        }
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Node::Literal(Value::Text(text))),
            Token::Name(name) if name == "true" => Ok(Node::Literal(Value::Flag(true))),
            Token::Name(name) if name == "false" => Ok(Node::Literal(Value::Flag(false))),
            Token::Name(name) => Ok(Node::Name(name, span)),
            Token::Not => Ok(Node::Not(Box::new(self.single(depth + 1)?), span)),
            Token::Open => {
                let inner = self.join(false, depth + 1)?;
                let at = self.tokens.get(self.at).map_or(self.end, |token| token.span);
                self.next_is(&Token::Close).map(|_| inner).ok_or_else(|| error("`)` is missing".into(), at))
            }
            other => Err(error(format!("{} is not expected here", shown(&other)), span)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names() -> Names {
        let mut names = Names::default();
        names.set("inputs.scope".into(), Value::Text("full".into()));
        names.set("inputs.fast".into(), Value::Flag(true));
        names.set("inputs.count".into(), Value::Text("3".into()));
        names.set("ticket.size".into(), Value::Nothing);
        names.set("ticket.labels".into(), Value::List(vec!["a".into()]));
        names.set("passes.spec.outcome".into(), Value::Text("ok".into()));
        names
    }

    fn holds(text: &str) -> Result<bool, String> {
        let text = if text.contains("{{") { text.to_owned() } else { format!("{{{{ {text} }}}}") };
        Condition::parse(&text).and_then(|condition| condition.holds(&names())).map_err(|error| error.message)
    }

    #[test]
    fn knows_its_few_operators() {
        let cases = [
            ("{{ inputs.scope == 'full' }}", true),
            ("{{inputs.scope != \"full\"}}", false),
            ("inputs.fast && passes.spec.outcome == 'ok'", true),
            ("!inputs.fast || inputs.scope == 'full'", true),
            ("!(inputs.fast && inputs.scope == 'full')", false),
            ("inputs.count == 3", true),
            ("ticket.size == 'large'", false),
            ("ticket.size", false),
            ("true || false && false", true),
            ("!!true", true),
        ];
        for (text, expected) in cases {
            assert_eq!(holds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_are_values_with_a_place() {
        for bad in [
            "",
            "{{}}",
            "{{ true }} x",
            "{{true}}{{true}}",
            "{{ true",
            "inputs.scope",
            "a == ",
            "== 'a'",
            "'open",
            "a $ b",
            "(true",
            "true)",
            "true true",
        ] {
            assert!(holds(bad).is_err(), "{bad}");
        }
        assert_eq!(holds("true || inputs.scoop == 'x'"), Err("there is no `inputs.scoop`".into()));
        assert_eq!(holds("ticket.labels == 'a'"), Err("a list cannot be compared".into()));
        let at = Condition::parse("{{ true && $ }}").unwrap_err();
        assert_eq!(at.span.of("{{ true && $ }}"), "$");
        let missing = Condition::parse("{{ nothing.here }}").unwrap().holds(&names()).unwrap_err();
        assert_eq!(missing.span.of("{{ nothing.here }}"), "nothing.here");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(holds(&format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000))).is_err());
        assert!(holds(&format!("{}true", "!".repeat(10_000))).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[()!&|='\"a-z.0-9 é{}$]{0,60}") {
            let _ = holds(&text);
        }

        #[test]
        fn never_panics_on_its_own_words(words in proptest::collection::vec(
            proptest::sample::select(vec!["(", ")", "!", "&&", "||", "==", "!=", "true", "'x'", "inputs.scope", "3"]), 0..30))
        {
            let text = words.join(" ");
            if let Ok(condition) = Condition::parse(&text) {
                let _ = condition.holds(&names());
                let _ = condition.names();
            }
        }
    }
}
