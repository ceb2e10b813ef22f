//! Templates: `{{ name }}` in paths and tasks. Strict: a name that is not known, or has no value, is an error at its
//! place. One pass over the text: what a value brings in is data and is never looked at again. `\{{` is a literal `{{`.

use crate::inputs;
use crate::world::Overrides;
use spec::model::{Ticket, Workflow};
use std::collections::BTreeMap;
use syntax::template::{self, Fault};
use text::Span;

/// A value that templates and conditions can name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Words.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Several words (labels, people).
    List(Vec<String>),
    /// A known name whose value is not written or not there yet.
    Nothing,
    /// A value that cannot be used, and why.
    Refused(String),
}

/// All names that can be used, in full: `ticket.id`, `inputs.scope`, `outputs.spec`, `passes.spec.outcome`.
#[derive(Clone, Default, Debug)]
pub struct Names {
    values: BTreeMap<String, Value>,
}

impl Names {
    /// Names of the ticket and of the workflow's inputs.
    pub fn new(id: &str, ticket: &Ticket, workflow: Option<&Workflow>, overrides: &Overrides) -> Names {
        let text = |value: Option<&str>| value.map_or(Value::Nothing, |text| Value::Text(text.to_owned()));
        let spanned = |value: &Option<text::Spanned<String>>| text(value.as_deref().map(|value| value.as_str()));
        let list = |values: &[text::Spanned<String>]| Value::List(values.iter().map(|v| v.value.clone()).collect());
        let mut values = BTreeMap::new();
        let mut add = |name: &str, value: Value| values.insert(format!("ticket.{name}"), value);
        add("id", Value::Text(id.to_owned()));
        add("identifier", Value::Text(id.to_owned()));
        add("slug", Value::Text(slug(id)));
        add("title", spanned(&ticket.title));
        add("type", spanned(&ticket.ticket_type));
        add("status", spanned(&ticket.status));
        add("priority", spanned(&ticket.priority));
        add("size", spanned(&ticket.size));
        add("milestone", spanned(&ticket.milestone));
        add("parent", spanned(&ticket.parent));
        add("spec", spanned(&ticket.spec));
        add("branch", spanned(&ticket.branch));
        add("external_ref", spanned(&ticket.external_ref));
        add("labels", list(&ticket.labels));
        add("assignee", list(&ticket.assignee));
        for input in workflow.map(|workflow| workflow.inputs.as_slice()).unwrap_or_default() {
            let value = inputs::said(input, ticket, overrides).pop().map(|(_, value)| value);
            let boolean = input.kind.as_ref().is_some_and(|kind| kind.value == "boolean");
            let value = match (value, value.and_then(|value| inputs::refusal(input, value))) {
                (_, Some(why)) => Value::Refused(why),
                (Some("true"), None) if boolean => Value::Flag(true),
                (Some("false"), None) if boolean => Value::Flag(false),
                (other, None) => text(other),
            };
            values.insert(format!("inputs.{}", input.name.value), value);
        }
        Names { values }
    }

    /// Adds or replaces a name.
    pub fn set(&mut self, name: String, value: Value) {
        self.values.insert(name, value);
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }
}

/// The ticket's id as one path segment. The title is left out on purpose: editing it would move every artifact.
pub fn slug(id: &str) -> String {
    let mut slug = String::new();
    for letter in id.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "ticket".to_owned() } else { slug.to_owned() }
}

/// What is wrong with a template, and where in its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateError {
    /// A sentence.
    pub message: String,
    /// The place, from the beginning of the text that was filled.
    pub span: Span,
}

/// Longer values are cut: a template is for names and titles, the ticket itself is quoted elsewhere.
const LONGEST: usize = 300;

/// Fills a text. Values come from outside, so each is one line with nothing hidden in it. All errors are returned, not
/// only the first.
pub fn fill(text: &str, names: &Names) -> Result<String, Vec<TemplateError>> {
    fill_with(text, names, |_, value| Ok(crate::prompt::one_line(&value, LONGEST)))
}

/// Fills a path or glob. A value must be usable as (a part of) one segment, so that no title can leave its folder.
pub fn fill_path(text: &str, names: &Names) -> Result<String, Vec<TemplateError>> {
    fill_with(text, names, |name, value| {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !value.is_empty() && value.bytes().all(safe) && !value.starts_with('.') {
            Ok(value)
        } else {
            Err(format!("the value of `{name}` cannot be part of a path; `ticket.slug` can"))
        }
    })
}

fn fill_with(
    text: &str,
    names: &Names,
    accept: impl Fn(&str, String) -> Result<String, String>,
) -> Result<String, Vec<TemplateError>> {
    let mut filled = String::with_capacity(text.len());
    let mut errors = Vec::new();
    let mut from = 0;
    for expression in template::expressions(text, Span::new(0, text.len())) {
        filled.push_str(&literal(text, from, expression.span.start as usize));
        from = expression.span.end as usize;
        let found = match (expression.name(), &expression.fault) {
            (Some(name), _) => value(name.value, names).and_then(|value| accept(name.value, value)),
            (None, Some(fault)) => Err(fault_words(fault.value).to_owned()),
            (None, None) => Err("only a name can stand here".to_owned()),
        };
        match found {
            Ok(value) => filled.push_str(&value),
            Err(message) => errors.push(TemplateError { message, span: expression.span }),
        }
    }
    filled.push_str(&literal(text, from, text.len()));
    if errors.is_empty() { Ok(filled) } else { Err(errors) }
}

fn literal(text: &str, from: usize, to: usize) -> String {
    text.get(from..to).unwrap_or_default().replace("\\{{", "{{")
}

/// What is wrong with an expression, as a sentence.
pub(crate) fn fault_words(fault: Fault) -> &'static str {
    match fault {
        Fault::Unclosed => "`{{` is not closed; write `\\{{` for the characters",
        Fault::Empty => "nothing stands between `{{` and `}}`",
        Fault::Unexpected => "this character has no meaning here",
    }
}

fn value(name: &str, names: &Names) -> Result<String, String> {
    match names.get(name) {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(Value::Flag(flag)) => Ok(flag.to_string()),
        Some(Value::List(list)) => Ok(list.join(", ")),
        Some(Value::Nothing) => Err(format!("`{name}` has no value")),
        Some(Value::Refused(why)) => Err(why.clone()),
        None => Err(format!("there is no `{}`", crate::prompt::one_line(name, 60))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names() -> Names {
        let mut names = Names::new("Shop-12", &Ticket::default(), None, &Overrides::default());
        names.set("inputs.scope".into(), Value::Text("{{ticket.id}}".into()));
        names.set("inputs.up".into(), Value::Text("../..".into()));
        names.set("inputs.two".into(), Value::Text("a\n# Task\u{202e}".into()));
        names
    }

    #[test]
    fn fills_once_and_strictly() {
        let fill = |text: &str| fill(text, &names());
        assert_eq!(fill("a {{ ticket.id }} b {{ticket.slug}}").unwrap(), "a Shop-12 b shop-12");
        assert_eq!(fill("{{inputs.scope}}").unwrap(), "{{ticket.id}}", "a value is never expanded again");
        assert_eq!(fill("{{inputs.two}}").unwrap(), "a # Task\\u{202e}", "a value cannot begin a section");
        assert_eq!(fill("\\{{ x }}").unwrap(), "{{ x }}");
        let errors = fill("ok {{ticket.idd}} {{ticket.title}} {{open").unwrap_err();
        let said: Vec<_> = errors.iter().map(|e| (e.message.as_str(), e.span.range())).collect();
        assert_eq!(said[0], ("there is no `ticket.idd`", 3..17));
        assert_eq!(said[1].0, "`ticket.title` has no value");
        assert!(said[2].0.contains("not closed"));
    }

    #[test]
    fn a_value_cannot_leave_its_folder() {
        assert_eq!(fill_path("specs/{{ticket.slug}}/a.md", &names()).unwrap(), "specs/shop-12/a.md");
        assert!(fill_path("specs/{{inputs.up}}/a.md", &names()).is_err());
        assert!(fill_path("specs/{{inputs.scope}}/a.md", &names()).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[{}\\\\ a-z.é\n]{0,40}") {
            let _ = fill(&text, &names());
            let _ = fill_path(&text, &names());
        }

        #[test]
        fn text_without_braces_stays(text in "[^{}]{0,40}") {
            prop_assert_eq!(fill(&text, &names()).unwrap(), text);
        }
    }
}
