//! Whether the prices can still be believed: the age of the shipped list, and harnesses that report other costs than it
//! gives. Prices change without a word; a budget is only as good as they are.

use super::{PriceMap, drifts, list};
use crate::spending::Run;
use spec::cost::{Completeness, Cost};
use spec::money::Usd;

/// From this age on the shipped list is said to be old.
pub const OLD_DAYS: i32 = 60;
/// How many of a model's last runs are looked at.
const LAST: usize = 5;
/// Fewer runs say nothing.
const FEWEST: usize = 3;

/// A model whose harness reports other costs than the prices give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drift {
    /// Runs that were added up.
    pub runs: usize,
    /// What the harness said they cost.
    pub reported: Usd,
    /// What they cost at the present prices, at least.
    pub low: Usd,
    /// At most.
    pub high: Usd,
}

/// Days since the shipped list was made, at an RFC 3339 time; none where that is not long.
pub fn old(now: &str) -> Option<i32> {
    let today = now.parse::<jiff::Timestamp>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = (today - list::AS_OF.parse::<jiff::civil::Date>().ok()?).get_days();
    (days > OLD_DAYS).then_some(days)
}

/// True when the price of a model comes from the shipped list, not from the user.
pub fn is_listed(prices: &PriceMap, model: &str) -> bool {
    prices.find(model).into_iter().any(|price| list::PRICES.contains(price))
}

/// Whether the last runs of a model, as a tier names it, cost something else than they should at the present prices.
/// Usage is priced anew, so that a newer list ends what an older one began.
pub fn drift(prices: &PriceMap, model: &str, runs: &[Run]) -> Option<Drift> {
    let wanted = prices.find(model);
    let is_it = |served: &str| served == model || prices.find(served).iter().any(|price| wanted.contains(price));
    let mut newest: Vec<&Run> = runs.iter().collect();
    newest.sort_by(|a, b| b.started.cmp(&a.started));
    let rows = newest.iter().flat_map(|run| &run.rows);
    let exact = rows.filter(|row| row.completeness == Completeness::Exact && is_it(&row.model));
    let costs = exact.filter_map(|row| match (row.reported, prices.cost(&row.model, &row.usage, row.calls)) {
        (Some(reported), Cost::Known { low, high }) => Some((reported, low, high)),
        _ => None,
    });
    let mut sum = Drift { runs: 0, reported: Usd::ZERO, low: Usd::ZERO, high: Usd::ZERO };
    for (reported, low, high) in costs.take(LAST) {
        sum.runs += 1;
        sum.reported = sum.reported.plus(reported);
        (sum.low, sum.high) = (sum.low.plus(low), sum.high.plus(high));
    }
    let differs = drifts(Cost::Known { low: sum.low, high: sum.high }, sum.reported);
    (sum.runs >= FEWEST && differs).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::cost::{Basis, CostRow, Usage};
    use spec::record::Outcome;

    /// A run of a million tokens in and out, for which the harness said so much.
    fn run(day: u32, model: &str, reported: Option<&str>) -> Run {
        let usage = Usage { uncached_input: 1_000_000, output: 1_000_000, ..Usage::default() };
        Run {
            run: format!("r{day}"),
            ticket: "t".into(),
            workflow: "w".into(),
            pass: "p".into(),
            outcome: Outcome::Ok,
            started: format!("2026-11-{day:02}T10:00:00Z"),
            rows: vec![CostRow {
                model: model.into(),
                usage,
                completeness: Completeness::Exact,
                calls: Some(1),
                computed: Cost::Unknown,
                reported: reported.and_then(Usd::parse),
                basis: Basis::ListEstimate,
                price_map: String::new(),
            }],
            booked: true,
        }
    }

    /// A model that costs three dollars for such a run.
    fn prices() -> PriceMap {
        use super::super::{Price, Rates};
        let rates = ["1", "1", "1", "1", "2"].map(|dollars| Usd::parse(dollars).unwrap());
        PriceMap::new(vec![Price {
            provider: "corp".into(),
            model: "coder".into(),
            rates: Rates::per_million(rates).unwrap(),
            long: None,
            source: "contract".into(),
            as_of: "2026-11-01".into(),
        }])
    }

    #[test]
    fn a_list_grows_old() {
        assert_eq!(old("2026-11-20T23:00:00Z"), None);
        assert_eq!(old("2020-01-01T00:00:00Z"), None, "a clock that is wrong");
        assert_eq!(old("no time"), None);
        let day = list::AS_OF.parse::<jiff::civil::Date>().unwrap();
        let at = |days: i32| format!("{}T12:00:00Z", day + jiff::Span::new().days(days));
        assert_eq!((old(&at(OLD_DAYS)), old(&at(OLD_DAYS + 1))), (None, Some(OLD_DAYS + 1)));
        assert_eq!(old(&at(400)), Some(400), "days, not months and days");
        assert!(
            is_listed(&prices(), "sonnet") && !is_listed(&prices(), "corp/coder") && !is_listed(&prices(), "nobody")
        );
    }

    #[test]
    fn the_last_runs_of_a_model_are_held_against_the_prices() {
        let of = |runs: &[Run]| drift(&prices(), "corp/coder", runs).map(|drift| (drift.runs, drift.reported.exact()));
        let runs = |reported: &str| (1..=3).map(|day| run(day, "corp/coder", Some(reported))).collect::<Vec<_>>();
        assert_eq!(of(&runs("3")), None);
        assert_eq!(of(&runs("3.1")), None, "within five percent");
        assert_eq!(of(&runs("4.5")), Some((3, "13.5".to_owned())));
        assert_eq!(of(&runs("4.5")[..2]), None, "too few to say so");
        let mut mended = runs("4.5");
        mended.extend((4..=8).map(|day| run(day, "coder", Some("3"))));
        assert_eq!(of(&mended), None, "only the last ones count, in order of time");
        mended.reverse();
        assert_eq!(of(&mended), None);
        let silent: Vec<Run> = (1..=5).map(|day| run(day, "corp/coder", None)).collect();
        assert_eq!(of(&silent), None);
        let others: Vec<Run> = (1..=5).map(|day| run(day, "gpt-5.5", Some("400"))).collect();
        assert_eq!(of(&others), None);
    }
}
