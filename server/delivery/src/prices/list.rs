//! The list prices Tollgate ships with: data only. Every row says where its numbers come from and when they were read
//! there. Update a row together with its date, and [`AS_OF`] with the youngest of them.

use super::{Price, Rates};
use std::borrow::Cow;

/// The day this map speaks of; its version in every cost row.
pub(super) const AS_OF: &str = "2026-11-20";

const ANTHROPIC: &str = "anthropic";
const OPENAI: &str = "openai";
const GOOGLE: &str = "google";

const CLAUDE_PAGE: &str = "platform.claude.com/docs/en/about-claude/pricing";
const CLAUDE_HAIKU_PAGE: &str = "platform.claude.com/docs/en/models/haiku-5-5/overview";
const OPENAI_PAGE: &str = "developers.openai.com/api/docs/pricing";
const GEMINI_PAGE: &str = "ai.google.dev/gemini-api/docs/pricing";

/// Prompt sizes above which the whole request is charged at the second set of rates.
const ABOVE_100K: u64 = 100_000;
const ABOVE_200K: u64 = 200_000;
const ABOVE_272K: u64 = 272_000;

/// Thousandths of a dollar per million tokens: uncached input, cache read, cache write (5 minutes, 1 hour), output.
const fn rates(input: i128, cache_read: i128, write_5m: i128, write_1h: i128, output: i128) -> Rates {
    Rates::from_milli_per_million([input, cache_read, write_5m, write_1h, output])
}

const fn flat(
    provider: &'static str,
    model: &'static str,
    rates: Rates,
    source: &'static str,
    as_of: &'static str,
) -> Price {
    Price {
        provider: Cow::Borrowed(provider),
        model: Cow::Borrowed(model),
        rates,
        long: None,
        source: Cow::Borrowed(source),
        as_of: Cow::Borrowed(as_of),
    }
}

impl Price {
    /// The same price with other rates for a whole request whose prompt is longer than `above` tokens.
    const fn above(mut self, above: u64, rates: Rates) -> Price {
        self.long = Some((above, rates));
        self
    }
}

const fn claude(model: &'static str, rates: Rates) -> Price {
    flat(ANTHROPIC, model, rates, CLAUDE_PAGE, "2026-10-10")
}

/// OpenAI charges a cache write like uncached input up to GPT-5.5 and 1.25 times that since GPT-5.6, whatever its
/// lifetime.
const fn gpt(model: &'static str, input: i128, cache_read: i128, write: i128, output: i128) -> Price {
    flat(OPENAI, model, rates(input, cache_read, write, write, output), OPENAI_PAGE, "2026-10-16")
}

/// GPT models with a long-context tariff: twice the input and cache rates, one and a half times the output rate.
const fn gpt_long(model: &'static str, input: i128, cache_read: i128, write: i128, output: i128) -> Price {
    gpt(model, input, cache_read, write, output)
        .above(ABOVE_272K, rates(2 * input, 2 * cache_read, 2 * write, 2 * write, output * 3 / 2))
}

/// Gemini charges no extra for writing its implicit cache; stored explicit caches cost by the hour and are not counted.
const fn gemini(model: &'static str, input: i128, cache_read: i128, output: i128, as_of: &'static str) -> Price {
    flat(GOOGLE, model, rates(input, cache_read, input, input, output), GEMINI_PAGE, as_of)
}

const OPUS: Rates = rates(5_000, 500, 6_250, 10_000, 25_000);
const OLD_OPUS: Rates = rates(15_000, 1_500, 18_750, 30_000, 75_000);
const SONNET_4: Rates = rates(3_000, 300, 3_750, 6_000, 15_000);

/// The rows, by provider, newest family first.
pub(super) const PRICES: &[Price] = &[
    claude("claude-fable-5-1", rates(10_000, 250, 12_500, 20_000, 50_000)),
    claude("claude-mythos-5-1", rates(10_000, 250, 12_500, 20_000, 50_000)),
    claude("claude-fable-5", rates(10_000, 1_000, 12_500, 20_000, 50_000)),
    claude("claude-mythos-5", rates(10_000, 1_000, 12_500, 20_000, 50_000)),
    claude("claude-opus-5-5", rates(4_000, 200, 5_000, 8_000, 20_000)),
    claude("claude-opus-5", OPUS),
    claude("claude-opus-4-8", OPUS),
    claude("claude-opus-4-7", OPUS),
    claude("claude-opus-4-6", OPUS),
    claude("claude-opus-4-5", OPUS),
    claude("claude-opus-4-1", OLD_OPUS),
    claude("claude-opus-4", OLD_OPUS),
    claude("claude-sonnet-5-5", rates(2_000, 100, 2_500, 4_000, 10_000)),
    claude("claude-sonnet-5", rates(2_000, 200, 2_500, 4_000, 10_000)),
    claude("claude-sonnet-4-6", SONNET_4),
    claude("claude-sonnet-4-5", SONNET_4).above(ABOVE_200K, rates(6_000, 600, 7_500, 12_000, 22_500)),
    claude("claude-sonnet-4", SONNET_4),
    flat(ANTHROPIC, "claude-haiku-5-5", rates(100, 10, 125, 200, 500), CLAUDE_HAIKU_PAGE, "2026-10-09")
        .above(ABOVE_100K, rates(500, 50, 625, 1_000, 2_500)),
    claude("claude-haiku-4-5", rates(1_000, 100, 1_250, 2_000, 5_000)),
    claude("claude-3-5-haiku", rates(800, 80, 1_000, 1_600, 4_000)),
    gpt_long("gpt-6.1-sol", 2_000, 100, 2_500, 10_000),
    gpt_long("gpt-6-astra", 10_000, 1_000, 12_500, 50_000),
    gpt_long("gpt-6-sol", 2_000, 200, 2_500, 10_000),
    gpt_long("gpt-6-luna", 100, 10, 125, 500),
    // A promotion, promised at least until 2026-11-21; before it 5,000 / 500 / 6,250 / 30,000.
    gpt_long("gpt-5.6-sol", 4_000, 400, 5_000, 20_000),
    gpt_long("gpt-5.6-terra", 2_000, 200, 2_500, 12_000),
    gpt_long("gpt-5.6-luna", 200, 20, 250, 1_200),
    gpt_long("gpt-5.5", 5_000, 500, 5_000, 30_000),
    gpt_long("gpt-5.4", 2_500, 250, 2_500, 15_000),
    gpt("gpt-5.4-mini", 750, 75, 750, 4_500),
    gpt("gpt-5.4-nano", 200, 20, 200, 1_250),
    gpt("gpt-5.3-codex", 1_750, 175, 1_750, 14_000),
    gpt("gpt-5.2", 1_750, 175, 1_750, 14_000),
    gpt("gpt-5.2-codex", 1_750, 175, 1_750, 14_000),
    gpt("gpt-5.1", 1_250, 125, 1_250, 10_000),
    gpt("gpt-5.1-codex", 1_250, 125, 1_250, 10_000),
    gpt("gpt-5.1-codex-max", 1_250, 125, 1_250, 10_000),
    gpt("gpt-5.1-codex-mini", 250, 25, 250, 2_000),
    gpt("gpt-5", 1_250, 125, 1_250, 10_000),
    gpt("gpt-5-codex", 1_250, 125, 1_250, 10_000),
    gpt("gpt-5-mini", 250, 25, 250, 2_000),
    gpt("gpt-5-nano", 50, 5, 50, 400),
    // Introductory rates of the next two until 2026-12-31, twice as much from 2027-01-01.
    gemini("gemini-3.7-flash", 750, 75, 3_750, "2026-08-13"),
    gemini("gemini-3.6-flash", 750, 75, 3_750, "2026-08-13"),
    gemini("gemini-3.5-flash", 1_500, 150, 9_000, "2026-07-22"),
    gemini("gemini-3.5-flash-lite", 300, 30, 2_500, "2026-07-22"),
    gemini("gemini-3.1-pro-preview", 2_000, 200, 12_000, "2026-07-22")
        .above(ABOVE_200K, rates(4_000, 400, 4_000, 4_000, 18_000)),
    gemini("gemini-3.1-flash-lite", 250, 25, 1_500, "2026-07-22"),
    gemini("gemini-3-pro-preview", 2_000, 200, 12_000, "2025-11-18")
        .above(ABOVE_200K, rates(4_000, 400, 4_000, 4_000, 18_000)),
    gemini("gemini-3-flash-preview", 500, 50, 3_000, "2025-12-19"),
    gemini("gemini-2.5-pro", 1_250, 125, 10_000, "2026-07-22")
        .above(ABOVE_200K, rates(2_500, 250, 2_500, 2_500, 15_000)),
    gemini("gemini-2.5-flash", 300, 30, 2_500, "2026-07-22"),
    gemini("gemini-2.5-flash-lite", 100, 10, 400, "2026-07-22"),
];

/// Names that harnesses take and that move with their version: which of these models serves is known only afterwards,
/// so such a name has a price range. The served model is what a receipt names.
pub(super) const ALIASES: &[(&str, &[&str])] = &[
    ("fable", &["claude-fable-5-1", "claude-fable-5"]),
    ("opus", &["claude-opus-5-5", "claude-opus-5"]),
    ("sonnet", &["claude-sonnet-5-5", "claude-sonnet-5"]),
    ("haiku", &["claude-haiku-5-5", "claude-haiku-4-5"]),
    ("gpt-5.6", &["gpt-5.6-sol"]),
    ("claude-opus-4-0", &["claude-opus-4"]),
    ("claude-sonnet-4-0", &["claude-sonnet-4"]),
    ("claude-3-5-haiku-latest", &["claude-3-5-haiku"]),
];
