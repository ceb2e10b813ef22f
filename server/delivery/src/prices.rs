//! What tokens cost: a dated map of list prices, and the arithmetic from token buckets to exact dollars.
//!
//! Pricing is a pure function of model, usage and map, so history can be restated at any map. A model the map does not
//! name has no price (`Cost::Unknown`): nothing is guessed from similar names. Where the price depends on single
//! requests and only totals are known, the answer is a range.

mod list;
pub mod watch;

use spec::cost::{Basis, Cost, Usage};
use spec::money::Usd;
use std::borrow::Cow;

/// Dollars per token in each bucket, exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Uncached input.
    pub input: Usd,
    /// Input from the prompt cache.
    pub cache_read: Usd,
    /// Input written to the cache for five minutes.
    pub cache_write_5m: Usd,
    /// Input written to the cache for one hour.
    pub cache_write_1h: Usd,
    /// Output, reasoning included.
    pub output: Usd,
}

impl Rates {
    const fn from_milli_per_million([input, cache_read, write_5m, write_1h, output]: [i128; 5]) -> Rates {
        const PICO_PER_TOKEN: i128 = 1_000;
        Rates {
            input: Usd::from_pico(input * PICO_PER_TOKEN),
            cache_read: Usd::from_pico(cache_read * PICO_PER_TOKEN),
            cache_write_5m: Usd::from_pico(write_5m * PICO_PER_TOKEN),
            cache_write_1h: Usd::from_pico(write_1h * PICO_PER_TOKEN),
            output: Usd::from_pico(output * PICO_PER_TOKEN),
        }
    }

    /// From dollars per million tokens, as price lists and the user's configuration write them: uncached input, cache
    /// read, cache write for five minutes and for one hour, output. `None` for a price below zero or with more than
    /// six decimals, which would not be exact per token.
    pub fn per_million(dollars: [Usd; 5]) -> Option<Rates> {
        let per_token = |dollars: Usd| {
            let pico = dollars.pico();
            (pico >= 0 && pico % 1_000_000 == 0).then(|| Usd::from_pico(pico / 1_000_000))
        };
        let [input, cache_read, write_5m, write_1h, output] = dollars;
        Some(Rates {
            input: per_token(input)?,
            cache_read: per_token(cache_read)?,
            cache_write_5m: per_token(write_5m)?,
            cache_write_1h: per_token(write_1h)?,
            output: per_token(output)?,
        })
    }

    /// Cost of a usage at these rates; a range only where the lifetime of a cache write is not known and matters.
    fn cost(&self, usage: &Usage) -> (Usd, Usd) {
        let certain: Usd = [
            self.input.times(usage.uncached_input),
            self.cache_read.times(usage.cache_read),
            self.cache_write_5m.times(usage.cache_write_5m),
            self.cache_write_1h.times(usage.cache_write_1h),
            self.output.times(usage.output),
        ]
        .into_iter()
        .sum();
        let short = self.cache_write_5m.times(usage.cache_write_unknown);
        let long = self.cache_write_1h.times(usage.cache_write_unknown);
        (certain.plus(short.min(long)), certain.plus(short.max(long)))
    }
}

/// The price of one model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// Who sells it at this price: `anthropic`, `openai`, `google`, or what the user writes before the slash. Empty in
    /// a price of the user that holds whoever sells.
    pub provider: Cow<'static, str>,
    /// The model's name without provider and date.
    pub model: Cow<'static, str>,
    /// Its rates.
    pub rates: Rates,
    /// Prompt tokens of one request above which the whole request is charged at other rates.
    pub long: Option<(u64, Rates)>,
    /// Where the numbers come from.
    pub source: Cow<'static, str>,
    /// When they were read there.
    pub as_of: Cow<'static, str>,
}

impl Price {
    /// Cost of a usage that `calls` requests made together. Above the threshold of a long-context tariff only a single
    /// request tells which rates hold; totals of several give both.
    fn cost(&self, usage: &Usage, calls: Option<u32>) -> (Usd, Usd) {
        match &self.long {
            Some((above, long)) if usage.input() > *above => {
                let (low, high) = long.cost(usage);
                if calls == Some(1) {
                    return (low, high);
                }
                hull((low, high), self.rates.cost(usage))
            }
            _ => self.rates.cost(usage),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        let (provider, model) = name.split_once('/').map_or((None, name), |(first, rest)| (Some(first), rest));
        provider.is_none_or(|provider| self.provider.is_empty() || provider == self.provider)
            && (model == self.model || without_date(model) == self.model || is_dotted(model, &self.model))
    }
}

fn hull(a: (Usd, Usd), b: (Usd, Usd)) -> (Usd, Usd) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// A map of prices: the list that ships with Tollgate, and before it what the user's own configuration says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PriceMap {
    own: Vec<Price>,
}

impl PriceMap {
    /// The shipped list with the user's prices before it (user-level configuration only, never a repository's).
    pub fn new(own: Vec<Price>) -> PriceMap {
        PriceMap { own }
    }

    /// The day the shipped list speaks of, `YYYY-MM-DD`.
    pub const fn as_of(&self) -> &'static str {
        list::AS_OF
    }

    /// What a cost row names as its price map.
    pub fn version(&self) -> String {
        let own = if self.own.is_empty() { "" } else { "+user" };
        format!("{}{own}", list::AS_OF)
    }

    /// The prices a model may be charged at: one for a model's name, several for an alias that moves with the harness,
    /// none when the name is not known.
    pub fn find(&self, model: &str) -> Vec<&Price> {
        let name = model.strip_suffix("[1m]").unwrap_or(model);
        if let Some(price) = self.own.iter().find(|price| price.is_called(name)) {
            return vec![price];
        }
        if let Some(price) = list::PRICES.iter().find(|price| price.is_called(name)) {
            return vec![price];
        }
        let targets = list::ALIASES.iter().find(|(alias, _)| *alias == name).map_or(&[][..], |(_, targets)| targets);
        targets.iter().flat_map(|target| self.find(target)).collect()
    }

    /// What a usage of a model costs at this map.
    pub fn cost(&self, model: &str, usage: &Usage, calls: Option<u32>) -> Cost {
        if is_local(model) {
            return Cost::exact(Usd::ZERO);
        }
        let costs = self.find(model).into_iter().map(|price| price.cost(usage, calls));
        costs.reduce(hull).map_or(Cost::Unknown, |(low, high)| Cost::Known { low, high })
    }

    /// What a computed amount for this model means when nothing better is known of the user's contract.
    pub fn basis(&self, model: &str) -> Basis {
        if is_local(model) { Basis::Local } else { Basis::ListEstimate }
    }
}

/// True when what the harness reported lies more than five percent outside the computed range.
pub fn drifts(computed: Cost, reported: Usd) -> bool {
    let Cost::Known { low, high } = computed else { return false };
    let share = |amount: Usd, percent: i128| amount.pico().saturating_mul(percent);
    share(reported, 100) < share(low, 95) || share(reported, 100) > share(high, 105)
}

/// Models on this machine cost no money. Only the provider in front of the slash says so: open models are sold by many
/// hosts under the same names, and Ollama's `-cloud` models are such a host.
fn is_local(model: &str) -> bool {
    const LOCAL: [&str; 4] = ["ollama", "lmstudio", "llama.cpp", "local"];
    let Some((provider, model)) = model.split_once('/') else { return false };
    LOCAL.contains(&provider) && !model.ends_with("-cloud") && !model.ends_with(":cloud")
}

/// The name without a snapshot date: `-20250929`, `@20250929` or `-2026-04-23`.
fn without_date(name: &str) -> &str {
    let shapes = [("-", "dddddddd"), ("@", "dddddddd"), ("-", "dddd-dd-dd")];
    let tail = |&(mark, shape): &(&str, &str)| {
        let (head, date) = name.split_at_checked(name.len().checked_sub(shape.len())?)?;
        let fits = |(byte, kind): (u8, u8)| if kind == b'd' { byte.is_ascii_digit() } else { byte == kind };
        let is_date = date.starts_with("20") && date.bytes().zip(shape.bytes()).all(fits);
        head.strip_suffix(mark).filter(|_| is_date)
    };
    shapes.iter().find_map(tail).unwrap_or(name)
}

/// Routers write `claude-sonnet-4.5` for `claude-sonnet-4-5`, and `gpt-5-5` for `gpt-5.5`: the dot between two digits
/// and the dash there are the same.
fn is_dotted(name: &str, model: &str) -> bool {
    let bytes = name.as_bytes();
    name.len() == model.len()
        && bytes.iter().zip(model.as_bytes()).enumerate().all(|(at, (one, other))| {
            let between_digits =
                at > 0 && [at - 1, at + 1].iter().all(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit));
            one == other || (between_digits && [one, other].iter().all(|byte| matches!(byte, b'.' | b'-')))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn known(low: &str, high: &str) -> Cost {
        Cost::Known { low: usd(low), high: usd(high) }
    }

    fn list() -> PriceMap {
        PriceMap::default()
    }

    const RUN: Usage = Usage {
        uncached_input: 3,
        cache_read: 20_000,
        cache_write_5m: 400,
        cache_write_1h: 600,
        cache_write_unknown: 0,
        output: 157,
        reasoning: 57,
    };

    #[test]
    fn prices_a_run_to_the_last_token() {
        assert_eq!(list().cost("claude-sonnet-5", &RUN, Some(1)), known("0.008976", "0.008976"));
        // The same tokens when the harness does not say how long the cache write lives.
        let unknown = Usage { cache_write_5m: 0, cache_write_1h: 0, cache_write_unknown: 1_000, ..RUN };
        assert_eq!(list().cost("claude-sonnet-5", &unknown, None), known("0.008076", "0.009576"));
        // OpenAI has one write rate, so nothing is left open.
        let codex = Usage { uncached_input: 503, cache_write_unknown: 500, ..unknown };
        assert_eq!(list().cost("gpt-5.5", &codex, None), known("0.019725", "0.019725"));
    }

    #[test]
    fn a_name_it_does_not_know_has_no_price() {
        let unknown = [
            "",
            "claude",
            "claude-sonnet",
            "claude-sonnet-9",
            "sonnet-5",
            "gpt-5.55",
            "gpt-55",
            "gpt-5.5-turbo",
            "openrouter/anthropic/claude-sonnet-5",
            "github-copilot/claude-sonnet-5",
            "openai/claude-sonnet-5",
            "claude-sonnet-5-2026010",
            "claude-sonnet-5-19990101",
            "qwen3-coder",
            "ollama/gpt-oss:120b-cloud",
            "claude-sonnet-5-20260101-20260101",
            "é",
            "claude-sonnet-é0260101",
        ];
        for model in unknown {
            assert_eq!(list().cost(model, &RUN, None), Cost::Unknown, "{model}");
        }
    }

    #[test]
    fn names_with_provider_date_and_dots_are_the_same_model() {
        let same = [
            ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
            ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
            ("claude-opus-5-5[1m]", "claude-opus-5-5"),
            ("gpt-5.5-2026-04-23", "gpt-5.5"),
            ("gpt-5-5", "gpt-5.5"),
            ("gpt-5-2025-08-07", "gpt-5"),
            ("google/gemini-2.5-pro", "gemini-2.5-pro"),
        ];
        for (name, model) in same {
            let found = list();
            let found = found.find(name);
            assert_eq!(found.iter().map(|price| &*price.model).collect::<Vec<_>>(), [model], "{name}");
        }
    }

    #[test]
    fn an_alias_that_moves_has_the_range_of_what_may_serve() {
        let million = Usage { output: 1_000_000, ..Usage::default() };
        assert_eq!(list().cost("opus", &million, None), known("20", "25"));
        assert_eq!(list().cost("haiku", &million, None), known("0.5", "5"));
        assert_eq!(list().cost("sonnet", &million, None), known("10", "10"));
        for (alias, targets) in list::ALIASES {
            assert!(targets.iter().all(|target| list().find(target).len() == 1), "{alias}");
        }
    }

    #[test]
    fn a_long_request_is_charged_whole_at_the_other_rates() {
        let tokens = |count| Usage { uncached_input: count, output: 1_000, ..Usage::default() };
        let cost = |count, calls| list().cost("gemini-2.5-pro", &tokens(count), calls);
        assert_eq!(cost(200_000, Some(1)), known("0.26", "0.26"));
        assert_eq!(cost(200_001, Some(1)), known("0.5150025", "0.5150025"));
        // Totals of several requests above the threshold leave it open, below it they do not.
        assert_eq!(cost(200_001, Some(2)), known("0.26000125", "0.5150025"));
        assert_eq!(cost(200_001, None), known("0.26000125", "0.5150025"));
        assert_eq!(cost(200_000, None), known("0.26", "0.26"));
    }

    #[test]
    fn only_a_local_provider_makes_a_model_free() {
        for model in ["ollama/qwen3-coder", "lmstudio/openai/gpt-oss-20b", "local/anything"] {
            assert_eq!(list().cost(model, &RUN, None), Cost::exact(Usd::ZERO), "{model}");
            assert_eq!(list().basis(model), Basis::Local);
        }
        assert_eq!(list().basis("claude-sonnet-5"), Basis::ListEstimate);
    }

    #[test]
    fn the_users_prices_come_first_and_are_named_in_the_version() {
        let dollars = ["1", "0.1", "1", "1", "2"].map(usd);
        let own = |model: &str| Price {
            provider: Cow::Borrowed("corp"),
            model: Cow::Owned(model.to_owned()),
            rates: Rates::per_million(dollars).unwrap(),
            long: None,
            source: Cow::Borrowed("contract"),
            as_of: Cow::Borrowed("2026-11-01"),
        };
        let map = PriceMap::new(vec![own("claude-sonnet-5"), own("qwen3-coder")]);
        let million = Usage { output: 1_000_000, ..Usage::default() };
        assert_eq!(map.cost("claude-sonnet-5-20260101", &million, None), Cost::exact(usd("2")));
        assert_eq!(map.cost("corp/qwen3-coder", &million, None), Cost::exact(usd("2")));
        assert_eq!(map.cost("anthropic/claude-sonnet-5", &million, None), Cost::exact(usd("10")));
        assert_eq!(map.version(), format!("{}+user", list().version()));
        assert_eq!(Rates::per_million([usd("-1"), usd("0"), usd("0"), usd("0"), usd("0")]), None);
        assert_eq!(Rates::per_million([usd("0.0000001"), usd("0"), usd("0"), usd("0"), usd("0")]), None);
    }

    #[test]
    fn drift_is_more_than_five_percent_outside_the_range() {
        let computed = known("0.008976", "0.008976");
        assert!(drifts(computed, usd("0.013464")));
        assert!(!drifts(computed, usd("0.009")));
        assert!(!drifts(known("1", "2"), usd("2.1")));
        assert!(drifts(known("1", "2"), usd("0.94")));
        assert!(!drifts(Cost::Unknown, usd("5")));
    }

    #[test]
    fn every_row_is_complete_and_named_once() {
        let mut names: Vec<&str> = list::PRICES.iter().map(|price| &*price.model).collect();
        names.extend(list::ALIASES.iter().map(|(alias, _)| *alias));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name stands twice");
        for price in list::PRICES {
            let Rates { input, cache_read, cache_write_5m, cache_write_1h, output } = price.rates;
            let model = &price.model;
            assert!(Usd::ZERO < cache_read && cache_read < input && input < output, "{model}");
            assert!(input <= cache_write_5m && cache_write_5m <= cache_write_1h, "{model}");
            assert!(price.as_of.parse::<jiff::civil::Date>().is_ok_and(|date| date <= list::AS_OF.parse().unwrap()));
            assert!(price.long.is_none_or(|(_, long)| long.input > input && long.output > output), "{model}");
        }
    }

    fn usage() -> impl Strategy<Value = Usage> {
        let tokens = 0..2_000_000_u64;
        (tokens.clone(), tokens.clone(), tokens.clone(), tokens.clone(), tokens.clone(), tokens).prop_map(
            |(uncached_input, cache_read, cache_write_5m, cache_write_1h, cache_write_unknown, output)| Usage {
                uncached_input,
                cache_read,
                cache_write_5m,
                cache_write_1h,
                cache_write_unknown,
                output,
                reasoning: 0,
            },
        )
    }

    proptest! {
        #[test]
        fn the_truth_of_two_requests_lies_in_the_range_of_their_total(
            one in usage(), other in usage(), row in 0..list::PRICES.len()
        ) {
            let model = &list::PRICES[row].model;
            let known = |cost| match cost { Cost::Known { low, high } => (low, high), Cost::Unknown => panic!("unknown") };
            let (low, high) = known(list().cost(model, &one.plus(other), Some(2)));
            let (low1, high1) = known(list().cost(model, &one, Some(1)));
            let (low2, high2) = known(list().cost(model, &other, Some(1)));
            prop_assert!(low <= low1.plus(low2) && high1.plus(high2) <= high);
        }

        #[test]
        fn no_name_breaks_the_lookup(name in "\\PC{0,40}", row in 0..list::PRICES.len(), tail in "[-@./0-9a-z\\[\\]]{0,14}") {
            let _ = list().cost(&name, &RUN, None);
            let _ = list().cost(&format!("{}{tail}", list::PRICES[row].model), &RUN, None);
        }
    }
}
