//! The user's own prices: `prices:` of their configuration, for models that the shipped list does not have or that they
//! pay otherwise. Dollars per million tokens, as price lists print them.
//!
//! ```yaml
//! prices:
//!   - {model: corp/qwen3-coder, input: 0.40, output: 1.20, source: contract 2026-7, as_of: 2026-11-01}
//!   - {model: claude-sonnet-5, input: 2, cache_read: 0.2, cache_write: 2.5, cache_write_1h: 4, output: 10}
//!   - {model: gemini-2.5-pro, input: 1.25, output: 10, long: {above: 200000, input: 2.5, output: 15}}
//! ```
//! What is not written is charged like uncached input, a cache write of one hour like one of five minutes.

use delivery::prices::{Price, PriceMap, Rates};
use spec::Usd;
use std::borrow::Cow;
use syntax::yaml::Node;

/// Reads the list; an element that is not a price is left out and named in the problems.
pub(crate) fn read(node: Option<&Node>, problems: &mut Vec<String>) -> PriceMap {
    let elements = node.map(Node::items).unwrap_or_default();
    let mut prices = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        match price(element) {
            Ok(price) => prices.push(price),
            Err(why) => problems.push(format!("price {} of the user's configuration is not used: {why}", at + 1)),
        }
    }
    PriceMap::new(prices)
}

fn price(node: &Node) -> Result<Price, String> {
    let word = |key: &str| node.get(key).and_then(Node::scalar);
    let name = word("model").filter(|name| !name.is_empty()).ok_or("it names no `model`")?;
    // A bare name overrides the shipped price of that name whoever sells it; a provider in front narrows it.
    let (provider, model) = name.split_once('/').unwrap_or(("", name));
    let long = match node.get("long") {
        None => None,
        Some(long) => {
            let above = long.get("above").and_then(Node::scalar).and_then(|text| text.parse::<u64>().ok());
            Some((above.ok_or("`long.above` is not a number of tokens")?, rates(long)?))
        }
    };
    Ok(Price {
        provider: Cow::Owned(provider.to_owned()),
        model: Cow::Owned(model.to_owned()),
        rates: rates(node)?,
        long,
        source: Cow::Owned(word("source").unwrap_or("the user's configuration").to_owned()),
        as_of: Cow::Owned(word("as_of").unwrap_or_default().to_owned()),
    })
}

fn rates(node: &Node) -> Result<Rates, String> {
    let amount = |key: &str| match node.get(key) {
        None => Ok(None),
        Some(value) => value
            .scalar()
            .and_then(Usd::parse)
            .map(Some)
            .ok_or_else(|| format!("`{key}` is not an amount of dollars per million tokens")),
    };
    let needed = |key: &str| amount(key)?.ok_or_else(|| format!("`{key}` is missing"));
    let (input, output) = (needed("input")?, needed("output")?);
    let cache_read = amount("cache_read")?.unwrap_or(input);
    let write = amount("cache_write")?.unwrap_or(input);
    let write_1h = amount("cache_write_1h")?.unwrap_or(write);
    Rates::per_million([input, cache_read, write, write_1h, output])
        .ok_or_else(|| "an amount is below zero or has more than six decimals".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::cost::{Cost, Usage};
    use syntax::yaml;
    use text::Span;

    fn parse(text: &str) -> (PriceMap, Vec<String>) {
        let document = yaml::read(text, Span::new(0, text.len()));
        let mut problems = Vec::new();
        let map = read(document.root.get("prices"), &mut problems);
        (map, problems)
    }

    const MILLION: Usage = Usage {
        uncached_input: 1_000_000,
        cache_read: 1_000_000,
        cache_write_5m: 0,
        cache_write_1h: 0,
        cache_write_unknown: 0,
        output: 1_000_000,
        reasoning: 0,
    };

    fn cost(map: &PriceMap, model: &str) -> Option<String> {
        match map.cost(model, &MILLION, Some(1)) {
            Cost::Known { low, high } => Some(format!("{}..{}", low.exact(), high.exact())),
            Cost::Unknown => None,
        }
    }

    #[test]
    fn own_prices_extend_and_override_the_list() {
        let (map, problems) = parse(
            "prices:\n  - {model: corp/qwen3-coder, input: 0.4, output: 1.2}\n  - {model: claude-sonnet-5, input: 1, cache_read: 0.1, output: 5}\n  - {model: big, input: 1, output: 1, long: {above: 10, input: 2, output: 3}}\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(cost(&map, "corp/qwen3-coder").as_deref(), Some("2..2"));
        assert_eq!(cost(&map, "claude-sonnet-5").as_deref(), Some("6.1..6.1"));
        assert_eq!(cost(&map, "anthropic/claude-sonnet-5").as_deref(), Some("6.1..6.1"));
        assert_eq!(cost(&map, "big").as_deref(), Some("7..7"));
        assert_eq!(cost(&map, "other/qwen3-coder"), None);
    }

    #[test]
    fn what_is_no_price_is_said_and_left_out() {
        let (map, problems) = parse(
            "prices:\n  - {input: 1, output: 1}\n  - {model: m, input: 1}\n  - {model: m, input: free, output: 1}\n  - {model: m, input: -1, output: 1}\n  - {model: m, input: 1, output: 1, long: {above: much, input: 1, output: 1}}\n  - nothing\n",
        );
        assert_eq!(map, PriceMap::default());
        assert_eq!(problems.len(), 6, "{problems:?}");
        assert!(
            problems[1].ends_with("price 2 of the user's configuration is not used: `output` is missing"),
            "{problems:?}"
        );
    }
}
