//! What a pass or the rest of a ticket will probably cost: quantiles of what comparable runs did cost, at today's
//! prices. Never one number, never without saying how many runs stand behind it, and nothing at all below three.
//!
//! Methods, chosen by how much is known:
//! - nine runs or more: the conformal order statistic ⌈(n+1)p⌉. It makes no assumption on the shape of the costs and
//!   covers the share it promises; below nine it could not promise a P90.
//! - three to eight: a log-normal prediction interval with Student's t.
//! - a ticket: totals of past tickets, because medians do not add up and passes of one ticket are cheap or dear
//!   together; where there are too few, passes are drawn with a common ticket effect.
//!
//! Amounts are floats only inside the statistics; what comes out is an estimate and is shown with `≈`.

use crate::prices::PriceMap;
use spec::cost::{Basis, Completeness, Cost};
use spec::money::Usd;
use spec::record::{Outcome, Receipt};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Fewer runs than this promise nothing.
const FEW: usize = 3;
/// From here on the order statistic has a finite P90.
const ENOUGH: usize = 9;
/// Older runs than the newest so many say little of today's agents.
const NEWEST: usize = 200;

/// Kind of a review, among the kinds of passes.
pub const REVIEW: &str = "review";

/// A run that counts as evidence, restated to today's prices.
#[derive(Clone, PartialEq, Debug)]
pub struct Past {
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// Pass id.
    pub pass: String,
    /// True for a review of the pass.
    pub review: bool,
    /// The pass's `kind:`, where known; [`REVIEW`] for a review.
    pub kind: Option<String>,
    /// Harness alias.
    pub harness: String,
    /// Model asked for, else the one that served.
    pub model: Option<String>,
    /// Tier that this model stands in now, where known.
    pub tier: Option<String>,
    /// RFC 3339, in UTC so that text order is time order.
    pub started: String,
    /// What it would cost at today's prices; the upper end.
    pub cost: Usd,
}

/// What a caller knows of a pass that a receipt does not say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Traits {
    /// The pass's `kind:`.
    pub kind: Option<String>,
    /// Tier of harness and model.
    pub tier: Option<String>,
}

/// Restates receipts to today's prices. Left out: what a later record supersedes, what a person cancelled (it says
/// nothing of the whole), and runs whose usage or price is not known. Failed and capped runs count: they cost too.
pub fn history(receipts: &[&Receipt], prices: &PriceMap, traits: &dyn Fn(&Receipt) -> Traits) -> Vec<Past> {
    let superseded: BTreeSet<&str> = receipts.iter().filter_map(|receipt| receipt.supersedes.as_deref()).collect();
    let mut past: Vec<Past> = receipts
        .iter()
        .filter(|receipt| !superseded.contains(receipt.run.as_str()) && receipt.outcome != Outcome::Cancelled)
        .filter_map(|receipt| {
            let Traits { kind, tier } = traits(receipt);
            let review = !receipt.purpose.is_pass();
            Some(Past {
                review,
                ticket: receipt.ticket.clone(),
                workflow: receipt.workflow.clone(),
                pass: receipt.pass.clone(),
                kind: if review { Some(REVIEW.to_owned()) } else { kind },
                harness: receipt.harness.clone(),
                model: receipt.model_requested.clone().or_else(|| Some(receipt.cost.first()?.model.clone())),
                tier,
                started: receipt.started.clone(),
                cost: restated(receipt, prices)?,
            })
        })
        .collect();
    past.sort_by(|a, b| a.started.cmp(&b.started));
    past
}

fn restated(receipt: &Receipt, prices: &PriceMap) -> Option<Usd> {
    let known = receipt.cost.iter().all(|row| row.completeness != Completeness::Unknown);
    let today = receipt.cost.iter().map(|row| match row.basis {
        Basis::Local => Cost::exact(Usd::ZERO),
        _ => prices.cost(&row.model, &row.usage, row.calls),
    });
    today.fold(Cost::exact(Usd::ZERO), Cost::plus).high().filter(|_| known)
}

/// A pass that is to be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted<'a> {
    /// Workflow name.
    pub workflow: &'a str,
    /// Pass id.
    pub pass: &'a str,
    /// True for its review.
    pub review: bool,
    /// Its `kind:`.
    pub kind: Option<&'a str>,
    /// Harness alias.
    pub harness: &'a str,
    /// Model to be asked for.
    pub model: Option<&'a str>,
    /// Tier to be asked for.
    pub tier: Option<&'a str>,
}

/// The runs a forecast compares with, narrow to wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// The same pass on the same harness and model.
    SamePass,
    /// The same kind of pass on the same model.
    SameKindAndModel,
    /// The same kind of pass in the same tier.
    SameKindAndTier,
    /// Any run.
    AnyRun,
}

impl Class {
    const ALL: [Class; 4] = [Class::SamePass, Class::SameKindAndModel, Class::SameKindAndTier, Class::AnyRun];

    fn holds(self, past: &Past, wanted: &Wanted<'_>) -> bool {
        let same = |past: &Option<String>, wanted: Option<&str>| wanted.is_some() && past.as_deref() == wanted;
        let kind = same(&past.kind, wanted.kind);
        match self {
            Class::SamePass => {
                (past.workflow.as_str(), past.pass.as_str(), past.review)
                    == (wanted.workflow, wanted.pass, wanted.review)
                    && past.harness == wanted.harness
                    && past.model.as_deref() == wanted.model
            }
            Class::SameKindAndModel => kind && same(&past.model, wanted.model),
            Class::SameKindAndTier => kind && same(&past.tier, wanted.tier),
            Class::AnyRun => past.model.is_some(),
        }
    }

    /// For people: `12 runs of …`.
    pub fn words(self) -> &'static str {
        match self {
            Class::SamePass => "runs of this pass with this model",
            Class::SameKindAndModel => "runs of this kind of pass with this model",
            Class::SameKindAndTier => "runs of this kind of pass in this tier",
            Class::AnyRun => "runs of any pass",
        }
    }
}

/// A range of cost with its evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// Half of the runs cost at most this.
    pub p50: Usd,
    /// Nine of ten cost at most this.
    pub p90: Usd,
    /// How many comparable runs (or tickets) there are.
    pub n: usize,
    /// What they have in common with the pass; the widest where several passes are forecast together.
    pub class: Class,
}

/// For people: `≈$0.02–$0.31 (n=12)`.
impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "≈{}–{} (n={})", self.p50, self.p90, self.n)
    }
}

/// A forecast of one run of a pass; `None` is "no history". The narrowest class with nine runs speaks; where none has
/// so many, the narrowest with three.
pub fn pass(history: &[Past], wanted: &Wanted<'_>) -> Option<Forecast> {
    let (class, costs) = choose(history, wanted, &|runs| runs.iter().rev().map(|run| run.cost).take(NEWEST).collect())?;
    let sample = Sample::of(costs)?;
    Some(Forecast { p50: sample.quantile(Level::P50), p90: sample.quantile(Level::P90), n: sample.n(), class })
}

fn choose(history: &[Past], wanted: &Wanted<'_>, costs: &dyn Fn(&[&Past]) -> Vec<Usd>) -> Option<(Class, Vec<Usd>)> {
    let of_class = |class: Class| {
        let runs: Vec<&Past> = history.iter().filter(|past| class.holds(past, wanted)).collect();
        (class, costs(&runs))
    };
    let classes: Vec<(Class, Vec<Usd>)> = Class::ALL.into_iter().map(of_class).collect();
    let first = |least: usize| classes.iter().find(|(_, costs)| costs.len() >= least);
    first(ENOUGH).or_else(|| first(FEW)).cloned()
}

/// A forecast of all passes of a ticket that are still to be run, retries included. Past tickets on which all of them
/// were run the same way are the best evidence; with fewer than nine of those, passes are drawn one by one with a
/// common ticket effect. `None` when a pass has no history.
pub fn ticket(history: &[Past], passes: &[Wanted<'_>]) -> Option<Forecast> {
    if passes.is_empty() {
        return None;
    }
    let totals = past_totals(history, passes);
    if totals.len() >= ENOUGH {
        let sample = Sample::of(totals)?;
        let (p50, p90) = (sample.quantile(Level::P50), sample.quantile(Level::P90));
        return Some(Forecast { p50, p90, n: sample.n(), class: Class::SamePass });
    }
    let chosen: Vec<(Class, Vec<Usd>)> =
        passes.iter().map(|wanted| choose(history, wanted, &per_ticket)).collect::<Option<_>>()?;
    let class = chosen.iter().map(|(class, _)| *class).max()?;
    let samples: Vec<Sample> = chosen.into_iter().map(|(_, costs)| Sample::of(costs)).collect::<Option<_>>()?;
    let n = samples.iter().map(Sample::n).min()?;
    let draws = Sample::of(draw_totals(&samples))?;
    Some(Forecast { p50: draws.quantile(Level::P50), p90: draws.quantile(Level::P90), n, class })
}

/// What all attempts of a pass cost together, per ticket: so retries are in it at the rate at which they happen.
fn per_ticket(runs: &[&Past]) -> Vec<Usd> {
    let mut totals: BTreeMap<(&str, &str, &str, bool), (&str, Usd)> = BTreeMap::new();
    for run in runs {
        let total =
            totals.entry((&run.ticket, &run.workflow, &run.pass, run.review)).or_insert((&run.started, Usd::ZERO));
        *total = (&run.started, total.1.plus(run.cost));
    }
    newest(totals.into_values().collect())
}

fn newest(mut dated: Vec<(&str, Usd)>) -> Vec<Usd> {
    dated.sort_by(|a, b| b.0.cmp(a.0));
    dated.into_iter().map(|(_, cost)| cost).take(NEWEST).collect()
}

/// Totals of the wanted passes on every past ticket that had all of them on the same harness and model.
fn past_totals(history: &[Past], passes: &[Wanted<'_>]) -> Vec<Usd> {
    let mut tickets: BTreeMap<&str, (&str, Usd, BTreeSet<usize>)> = BTreeMap::new();
    for run in history {
        if let Some(which) = passes.iter().position(|wanted| Class::SamePass.holds(run, wanted)) {
            let (last, total, had) = tickets.entry(&run.ticket).or_default();
            (*last, *total) = (&run.started, total.plus(run.cost));
            had.insert(which);
        }
    }
    newest(
        tickets.into_values().filter(|(_, _, had)| had.len() == passes.len()).map(|(at, sum, _)| (at, sum)).collect(),
    )
}

/// A level that is promised.
#[derive(Clone, Copy)]
enum Level {
    P50,
    P90,
}

/// Costs in rising order; at least three.
struct Sample(Vec<Usd>);

impl Sample {
    fn of(mut costs: Vec<Usd>) -> Option<Sample> {
        costs.sort_unstable();
        (costs.len() >= FEW).then_some(Sample(costs))
    }

    fn n(&self) -> usize {
        self.0.len()
    }

    fn quantile(&self, level: Level) -> Usd {
        let n = self.n();
        if n < ENOUGH {
            let t = match level {
                Level::P50 => 0.0,
                Level::P90 => student_p90(n - 1),
            };
            return self.log_normal(t);
        }
        let rank = match level {
            Level::P50 => (n + 1).div_ceil(2),
            Level::P90 => (9 * (n + 1)).div_ceil(10),
        };
        self.ranked(rank)
    }

    /// The k-th smallest, from 1.
    fn ranked(&self, rank: usize) -> Usd {
        self.0.get(rank.clamp(1, self.n()) - 1).copied().unwrap_or(Usd::ZERO)
    }

    /// The next value at so many deviations, costs being log-normal. The deviation is not believed below 0.5: a few
    /// runs that happened to be alike do not make the next one so.
    fn log_normal(&self, deviations: f64) -> Usd {
        const LEAST: f64 = 0.5;
        if self.0.iter().all(|cost| *cost == Usd::ZERO) {
            return Usd::ZERO;
        }
        let n = self.n() as f64;
        let logs: Vec<f64> = self.0.iter().map(|cost| dollars(*cost).max(1e-6).ln()).collect();
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0);
        from_dollars((mean + deviations * variance.sqrt().max(LEAST) * (1.0 + 1.0 / n).sqrt()).exp())
    }

    /// The value at a standard normal score.
    fn at(&self, score: f64) -> Usd {
        if self.n() < ENOUGH {
            return self.log_normal(score);
        }
        // Between two ranks in proportion: rounding each pass up would lift the sum.
        let place = normal_share(score) * (self.n() + 1) as f64;
        let (lower, upper) = (self.ranked(place.floor() as usize), self.ranked(place.ceil() as usize));
        lower.plus(from_dollars(dollars(upper.minus(lower)) * place.fract()))
    }
}

/// The 0.9 quantile of Student's t for 2 to 7 degrees of freedom.
fn student_p90(degrees: usize) -> f64 {
    const TABLE: [f64; 6] = [1.886, 1.638, 1.533, 1.476, 1.440, 1.415];
    TABLE.get(degrees.saturating_sub(2)).copied().unwrap_or(1.415)
}

fn dollars(amount: Usd) -> f64 {
    amount.pico() as f64 / 1e12
}

fn from_dollars(dollars: f64) -> Usd {
    // A float beyond the integer's range stays at its end; not-a-number becomes zero.
    Usd::from_pico((dollars * 1e12).round() as i128)
}

/// Sums over passes of one imagined ticket each. Half of the variance of a pass is the ticket's own (measured rank
/// correlation between models on the same ticket: 0.47). The draws are always the same, so a forecast does not change
/// by looking twice.
fn draw_totals(samples: &[Sample]) -> Vec<Usd> {
    const DRAWS: usize = 2_000;
    let mut source = Normal(0x0123_4567_89AB_CDEF);
    let half = 0.5_f64.sqrt();
    (0..DRAWS)
        .map(|_| {
            let of_ticket = source.next() * half;
            samples.iter().map(|sample| sample.at(of_ticket + source.next() * half)).sum()
        })
        .collect()
}

/// Standard normal numbers from a fixed start (SplitMix64, then Box and Muller).
struct Normal(u64);

impl Normal {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.share(), self.share());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }
}

/// The share of a standard normal below a score (Abramowitz and Stegun 26.2.17; error below 1e-7).
fn normal_share(score: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * score.abs());
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let above = (-score * score / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum;
    if score < 0.0 { above } else { 1.0 - above }
}

/// How forecasts have held against what happened.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Calibration {
    /// Forecasts that were followed by a run.
    pub n: usize,
    /// Runs at or below their P50; near half of `n` when calibrated.
    pub within_p50: usize,
    /// Runs at or below their P90; near nine tenths of `n`.
    pub within_p90: usize,
}

impl Calibration {
    /// Counts forecasts and the cost that followed each.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a Forecast, Usd)>) -> Calibration {
        pairs.into_iter().fold(Calibration::default(), |sum, (forecast, cost)| Calibration {
            n: sum.n + 1,
            within_p50: sum.within_p50 + usize::from(cost <= forecast.p50),
            within_p90: sum.within_p90 + usize::from(cost <= forecast.p90),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spec::cost::{CostRow, Usage};
    use spec::record::GateState;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn run(ticket: &str, pass: &str, model: &str, cost: Usd, order: usize) -> Past {
        Past {
            review: false,
            ticket: ticket.to_owned(),
            workflow: "feature".to_owned(),
            pass: pass.to_owned(),
            kind: Some("spec".to_owned()),
            harness: "claude".to_owned(),
            model: Some(model.to_owned()),
            tier: Some("standard".to_owned()),
            started: format!("2026-11-{:02}T00:00:{:02}.{order:06}Z", 1 + order / 60 % 28, order % 60),
            cost,
        }
    }

    fn wanted(pass: &'static str) -> Wanted<'static> {
        Wanted {
            review: false,
            workflow: "feature",
            pass,
            kind: Some("spec"),
            harness: "claude",
            model: Some("sonnet"),
            tier: Some("standard"),
        }
    }

    fn runs(costs: &[&str], pass: &str, model: &str) -> Vec<Past> {
        costs
            .iter()
            .enumerate()
            .map(|(order, cost)| run(&format!("T-{order}"), pass, model, usd(cost), order))
            .collect()
    }

    #[test]
    fn nine_runs_promise_order_statistics() {
        let history = runs(&["0.9", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"], "spec", "sonnet");
        let forecast = pass(&history, &wanted("spec")).unwrap();
        assert_eq!((forecast.p50, forecast.p90, forecast.n), (usd("0.5"), usd("0.9"), 9));
        assert_eq!(forecast.to_string(), "≈$0.50–$0.90 (n=9)");
    }

    #[test]
    fn three_to_eight_runs_give_a_wide_range_and_two_give_none() {
        let history = runs(&["0.1", "0.1", "0.1"], "spec", "sonnet");
        let forecast = pass(&history, &wanted("spec")).unwrap();
        assert_eq!(forecast.p50.to_string(), "$0.10");
        assert!(forecast.p90 > usd("0.25"), "alike runs are not believed: {forecast}");
        assert_eq!(pass(&history[..2], &wanted("spec")), None);
        let free = runs(&["0", "0", "0", "0"], "spec", "sonnet");
        assert_eq!(pass(&free, &wanted("spec")).unwrap().p90, Usd::ZERO);
    }

    #[test]
    fn the_narrowest_class_that_can_promise_speaks() {
        let mut history = runs(&["1"; 9], "spec", "sonnet");
        let class = |history: &[Past], of: &'static str| pass(history, &wanted(of)).map(|it| (it.class, it.n));
        assert_eq!(class(&history, "spec"), Some((Class::SamePass, 9)));
        assert_eq!(class(&history, "other"), Some((Class::SameKindAndModel, 9)));
        history.iter_mut().for_each(|past| past.model = Some("gpt-5.5".to_owned()));
        assert_eq!(class(&history, "spec"), Some((Class::SameKindAndTier, 9)));
        history.iter_mut().for_each(|past| past.kind = None);
        assert_eq!(class(&history, "spec"), Some((Class::AnyRun, 9)));
        history.truncate(5);
        history.extend(runs(&["1"; 3], "spec", "sonnet"));
        assert_eq!(class(&history, "spec"), Some((Class::SamePass, 3)), "three of its own before eight of any");
    }

    #[test]
    fn only_the_newest_count() {
        let mut history: Vec<Past> = (0..300).map(|at| run("T", "spec", "sonnet", usd("9"), at)).collect();
        history.iter_mut().skip(100).for_each(|past| past.cost = usd("1"));
        let forecast = pass(&history, &wanted("spec")).unwrap();
        assert_eq!((forecast.p90, forecast.n), (usd("1"), 200));
    }

    fn receipt(run: &str, outcome: Outcome, completeness: Completeness, model: &str) -> Receipt {
        let blob = text::BlobId::of(b"");
        Receipt {
            schema_version: 1,
            run: run.to_owned(),
            ticket: "T-1".to_owned(),
            workflow: "feature".to_owned(),
            workflow_blob: blob,
            pass: "spec".to_owned(),
            purpose: spec::record::Purpose::Pass,
            attempt: 1,
            agent: None,
            harness: "claude".to_owned(),
            harness_version: None,
            model_requested: None,
            reason: String::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            outcome,
            message: String::new(),
            cache_key: String::new(),
            started: format!("2026-11-20T00:00:0{}Z", run.len()),
            ended: String::new(),
            cost: vec![CostRow {
                model: model.to_owned(),
                usage: Usage { output: 1_000_000, ..Usage::default() },
                completeness,
                calls: Some(3),
                computed: Cost::exact(usd("99")),
                reported: None,
                basis: Basis::ListEstimate,
                price_map: "2020-01-01".to_owned(),
            }],
            gate: GateState::Passed,
            checks: Vec::new(),
            isolation: "none".to_owned(),
            transcript: None,
            prev: Vec::new(),
            supersedes: None,
        }
    }

    #[test]
    fn receipts_are_restated_to_todays_prices() {
        let mut replaced = receipt("aaaaa", Outcome::Ok, Completeness::Exact, "claude-sonnet-5");
        replaced.supersedes = Some("a".to_owned());
        let receipts = [
            receipt("a", Outcome::Ok, Completeness::Exact, "claude-sonnet-5"),
            receipt("aa", Outcome::Cancelled, Completeness::Exact, "claude-sonnet-5"),
            receipt("aaa", Outcome::Ok, Completeness::Unknown, "claude-sonnet-5"),
            receipt("aaaa", Outcome::Ok, Completeness::Exact, "nobody-knows"),
            receipt("aaaaaa", Outcome::CapHit, Completeness::Partial, "claude-opus-5"),
            replaced,
        ];
        let all: Vec<&Receipt> = receipts.iter().collect();
        let past = history(&all, &PriceMap::default(), &|_| Traits::default());
        let shown: Vec<_> = past.iter().map(|past| (past.model.as_deref(), past.cost)).collect();
        assert_eq!(shown, [(Some("claude-sonnet-5"), usd("10")), (Some("claude-opus-5"), usd("25"))]);
    }

    #[test]
    fn a_ticket_takes_past_tickets_whole_with_their_retries() {
        let mut history = Vec::new();
        for ticket in 0..9 {
            let id = format!("T-{ticket}");
            history.push(run(&id, "spec", "sonnet", usd("1"), ticket));
            history.push(run(&id, "spec", "sonnet", usd("1"), ticket + 10));
            history.push(run(&id, "code", "sonnet", usd("3"), ticket + 20));
        }
        history.push(run("half", "spec", "sonnet", usd("100"), 99));
        let forecast = ticket(&history, &[wanted("spec"), wanted("code")]).unwrap();
        assert_eq!((forecast.p50, forecast.p90, forecast.n), (usd("5"), usd("5"), 9));
        assert_eq!(ticket(&history, &[]), None);
        // The passes apart have history, together they have none: the sum is drawn, retries included.
        history.retain(|past| past.pass == "spec" || past.ticket.as_str() < "T-6");
        let drawn = ticket(&history, &[wanted("spec"), wanted("code")]).unwrap();
        assert_eq!((drawn.class, drawn.n), (Class::SameKindAndModel, 10));
        assert!(drawn.p50 >= usd("4"), "two attempts of each: {drawn}");
        assert_eq!(ticket(&runs(&["1"; 2], "spec", "sonnet"), &[wanted("spec"), wanted("code")]), None);
    }

    /// A log-normal cost; failed runs cost more, and the dearest few percent are cut at a cap.
    fn cost(source: &mut Normal, of_ticket: f64, deviation: f64) -> Usd {
        let score = 0.5_f64.sqrt() * (of_ticket + source.next());
        let failed = if source.share() < 0.2 { 1.8 } else { 1.0 };
        from_dollars(((-1.0 + deviation * score).exp() * failed).min((-1.0 + deviation * 2.2).exp()))
    }

    #[test]
    fn forecasts_of_passes_are_calibrated() {
        let mut source = Normal(42);
        let mut pairs = Vec::new();
        for round in 0..1_000 {
            let deviation = [0.5, 0.85, 1.7][round % 3];
            let n = 3 + round % 58;
            let sequence: Vec<Usd> = (0..=n)
                .map(|_| {
                    let own = source.next();
                    cost(&mut source, own, deviation)
                })
                .collect();
            let past = sequence[..n].iter().enumerate();
            let history: Vec<Past> =
                past.map(|(at, cost)| run(&format!("T-{at}"), "spec", "sonnet", *cost, at)).collect();
            pairs.push((pass(&history, &wanted("spec")).unwrap(), sequence[n]));
        }
        let calibration = Calibration::of(pairs.iter().map(|(forecast, cost)| (forecast, *cost)));
        assert_eq!(calibration.n, 1_000);
        assert!((460..=540).contains(&calibration.within_p50), "{calibration:?}");
        assert!((870..=930).contains(&calibration.within_p90), "{calibration:?}");
    }

    #[test]
    fn forecasts_of_tickets_are_calibrated_drawn_or_whole() {
        const PASSES: [&str; 5] = ["a", "b", "c", "d", "e"];
        let passes = PASSES.map(wanted);
        let mut source = Normal(7);
        for whole in [true, false] {
            let mut pairs = Vec::new();
            for _ in 0..500 {
                let mut history = Vec::new();
                for at in 0..20 {
                    let own = source.next();
                    for (which, of) in PASSES.iter().enumerate() {
                        // Drawn: no past ticket has had all passes.
                        if whole || which != at % PASSES.len() {
                            history.push(run(&format!("T-{at}"), of, "sonnet", cost(&mut source, own, 0.85), at));
                        }
                    }
                }
                let own = source.next();
                let truth: Usd = PASSES.iter().map(|_| cost(&mut source, own, 0.85)).sum();
                pairs.push((ticket(&history, &passes).unwrap(), truth));
            }
            let calibration = Calibration::of(pairs.iter().map(|(forecast, cost)| (forecast, *cost)));
            assert!((220..=280).contains(&calibration.within_p50), "whole {whole}: {calibration:?}");
            assert!((430..=472).contains(&calibration.within_p90), "whole {whole}: {calibration:?}");
        }
    }

    proptest! {
        #[test]
        fn a_range_is_in_order_and_stays_in_what_was_seen(pico in prop::collection::vec(0..10_i128.pow(15), 3..40)) {
            let history: Vec<Past> = pico.iter().enumerate()
                .map(|(at, pico)| run(&format!("T-{at}"), "spec", "sonnet", Usd::from_pico(*pico), at)).collect();
            let forecast = pass(&history, &wanted("spec")).unwrap();
            prop_assert!(Usd::ZERO <= forecast.p50 && forecast.p50 <= forecast.p90);
            if pico.len() >= ENOUGH {
                prop_assert!(pico.contains(&forecast.p50.pico()) && pico.contains(&forecast.p90.pico()));
            }
        }
    }
}
