//! Takes typed values out of a YAML tree without a word about what is wrong: `schema::check` says that.

use crate::model::{BudgetLimit, Command, Escalation, PassSettings};
use crate::money::Usd;
use crate::values;
use std::time::Duration;
use syntax::yaml::Node;
use text::{Span, Spanned};

/// The scalar under `key`, unless it is empty.
pub(crate) fn text(map: &Node, key: &str) -> Option<Spanned<String>> {
    map.get(key).and_then(word)
}

/// A scalar that is not empty.
pub(crate) fn word(node: &Node) -> Option<Spanned<String>> {
    node.scalar().filter(|text| !text.is_empty()).map(|text| Spanned::new(text.to_owned(), node.span))
}

/// The words of a list, or the one word that stands there without brackets.
pub(crate) fn list(map: &Node, key: &str) -> Vec<Spanned<String>> {
    map.get(key).map(words).unwrap_or_default()
}

/// See [`list`].
pub(crate) fn words(node: &Node) -> Vec<Spanned<String>> {
    match word(node) {
        Some(one) => vec![one],
        None => node.items().iter().filter_map(word).collect(),
    }
}

fn parsed<T>(map: &Node, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Spanned<T>> {
    let node = map.get(key)?;
    parse(node.scalar()?).map(|value| Spanned::new(value, node.span))
}

pub(crate) fn duration(map: &Node, key: &str) -> Option<Spanned<Duration>> {
    parsed(map, key, values::duration)
}

pub(crate) fn integer(map: &Node, key: &str) -> Option<Spanned<u32>> {
    parsed(map, key, values::integer)
}

pub(crate) fn money(map: &Node, key: &str) -> Option<Spanned<Usd>> {
    parsed(map, key, values::money)
}

/// `default` unless the other word is written.
pub(crate) fn boolean(map: &Node, key: &str, default: bool) -> bool {
    match map.get(key).and_then(Node::scalar) {
        Some("true") => true,
        Some("false") => false,
        _ => default,
    }
}

pub(crate) fn command(text: &str, map: &Node, key: &str) -> Option<Spanned<Command>> {
    values::command(text, map.get(key)?).ok()
}

/// `limit_usd` and `warn_at`, of a `budget:` or of a row of `budgets:`.
pub(crate) fn limit(map: &Node) -> Option<BudgetLimit> {
    let limit = money(map, "limit_usd")?;
    let warn_at = list(map, "warn_at");
    let warn_at = warn_at
        .into_iter()
        .filter_map(|share| values::share(&share.value).map(|value| Spanned::new(value, share.span)));
    Some(BudgetLimit { limit, warn_at: warn_at.collect(), span: map.span })
}

/// Tier, model, effort, harness, and the limits of `limits:`.
pub(crate) fn settings(map: &Node) -> PassSettings {
    let nothing = Node::null(0);
    let limits = map.get("limits").unwrap_or(&nothing);
    PassSettings {
        tier: text(map, "tier"),
        model: text(map, "model"),
        effort: text(map, "effort"),
        harness: text(map, "harness"),
        timeout: duration(limits, "timeout").or_else(|| duration(map, "timeout")),
        max_turns: integer(limits, "turns").or_else(|| integer(map, "max_turns")).or_else(|| integer(map, "maxTurns")),
        usd: money(limits, "usd"),
    }
}

pub(crate) fn escalation(map: &Node) -> Option<Escalation> {
    let escalation = map.get("escalation").filter(|node| !node.is_null())?;
    Some(Escalation {
        after: integer(escalation, "after"),
        to: text(escalation, "to"),
        timeout: duration(escalation, "timeout"),
    })
}

/// Reports every id that stands twice, at its second place. Ids are compared whole.
pub(crate) fn duplicates<'a>(
    what: &'static str,
    ids: impl Iterator<Item = &'a Spanned<String>>,
    problems: &mut Vec<crate::Problem>,
) {
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for id in ids {
        match seen.get(id.value.as_str()) {
            Some(first) => {
                let kind = crate::ProblemKind::DuplicateId { what, id: id.value.clone(), first: *first };
                problems.push(crate::Problem { kind, span: id.span });
            }
            None => {
                seen.insert(&id.value, id.span);
            }
        }
    }
}
