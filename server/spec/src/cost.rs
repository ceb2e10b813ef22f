//! The words of cost: token buckets, what they cost, scopes and their money. Data only; the arithmetic of prices and
//! admission is `delivery`, the book-keeping is `store`.

use crate::money::Usd;
use serde::{Deserialize, Serialize};

/// Tokens of one model in one run, in disjoint buckets: every input token is in exactly one of the first five.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input read at the full price.
    pub uncached_input: u64,
    /// Input read from the provider's prompt cache.
    pub cache_read: u64,
    /// Input written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Input written to the cache for one hour.
    pub cache_write_1h: u64,
    /// Input written to the cache for a time the harness did not say.
    pub cache_write_unknown: u64,
    /// Everything the model wrote, reasoning included.
    pub output: u64,
    /// For information: how much of `output` was reasoning.
    pub reasoning: u64,
}

impl Usage {
    /// Bucket-wise sum.
    pub fn plus(self, other: Usage) -> Usage {
        Usage {
            uncached_input: self.uncached_input.saturating_add(other.uncached_input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
            cache_write_unknown: self.cache_write_unknown.saturating_add(other.cache_write_unknown),
            output: self.output.saturating_add(other.output),
            reasoning: self.reasoning.saturating_add(other.reasoning),
        }
    }

    /// All input tokens, cached or not.
    pub fn input(self) -> u64 {
        [self.uncached_input, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.cache_write_unknown]
            .iter()
            .fold(0, |sum, bucket| sum.saturating_add(*bucket))
    }
}

/// A computed cost. Where the price depends on single requests that the harness did not report, only a range is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Cost {
    /// `low == high` when the cost is exact.
    Known {
        /// Least it can have been.
        low: Usd,
        /// Most it can have been.
        high: Usd,
    },
    /// No price is known for the model. Never counted as nothing: admission takes the cap instead.
    Unknown,
}

impl Cost {
    /// A cost known to the token.
    pub const fn exact(amount: Usd) -> Cost {
        Cost::Known { low: amount, high: amount }
    }

    /// The upper end, when one is known.
    pub fn high(self) -> Option<Usd> {
        match self {
            Cost::Known { high, .. } => Some(high),
            Cost::Unknown => None,
        }
    }

    /// Sum; unknown stays unknown.
    pub fn plus(self, other: Cost) -> Cost {
        match (self, other) {
            (Cost::Known { low, high }, Cost::Known { low: low2, high: high2 }) => {
                Cost::Known { low: low.plus(low2), high: high.plus(high2) }
            }
            _ => Cost::Unknown,
        }
    }
}

/// What an amount of money means; never mixed silently in one budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Billed per token.
    Metered,
    /// Our estimate at list price.
    ListEstimate,
    /// A subscription pays; the dollars are notional.
    SubscriptionNotional,
    /// A local model or a plain command: no money.
    Local,
}

/// How much of the usage the harness told us.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// The final record of the process says it all.
    Exact,
    /// The process ended early; this is what was seen.
    Partial,
    /// Nothing was seen.
    Unknown,
}

/// One model's part of one run: the row of the ledger and of the run receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CostRow {
    /// The model that served, as the harness named it.
    pub model: String,
    /// Its tokens.
    pub usage: Usage,
    /// How far `usage` can be believed.
    pub completeness: Completeness,
    /// Number of model calls, where known.
    pub calls: Option<u32>,
    /// What we computed from `usage` with our price map.
    pub computed: Cost,
    /// What the harness itself said it cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reported: Option<Usd>,
    /// What the money means.
    pub basis: Basis,
    /// Version (date) of the price map.
    pub price_map: String,
}

/// A scope that money is booked on, from wide to narrow. A run books on every scope of its path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Scope {
    /// The whole organisation.
    Org(String),
    /// A team.
    Team(String),
    /// One project (`project.id` of the config, else the repository id).
    Project(String),
    /// One ticket: `<project>/<ticket>`.
    Ticket(String),
    /// One pass of a ticket: `<project>/<ticket>/<pass>`.
    Pass(String),
}

/// The money of one scope in one budget period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScopeMoney {
    /// Whose money.
    pub scope: Scope,
    /// The period it belongs to: `2026-11` for a month, `2026-W47`, `2026-11-20`, or empty for a lifetime.
    pub period: String,
    /// Booked for good.
    pub settled: Usd,
    /// Set aside for runs that have not settled.
    pub held: Usd,
}

impl ScopeMoney {
    /// Settled and held together: what a new run may no longer spend.
    pub fn committed(&self) -> Usd {
        self.settled.plus(self.held)
    }
}
