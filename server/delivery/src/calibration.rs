//! How good forecasts were: of the runs that were admitted with a range, how many cost at most its middle and its end. Kept
//! by kind of pass and model, where there are enough to say anything.

use serde::Serialize;
use spec::Usd;
use std::collections::BTreeMap;

/// Fewer runs than this say nothing of a forecast.
pub const FEW: usize = 5;

/// A run that was admitted with a forecast, and what it came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foretold {
    /// The pass's `kind:`, or `review`; else its id.
    pub kind: String,
    /// Model asked for; empty where the harness chose.
    pub model: String,
    /// Half of such runs were thought to cost at most this.
    pub p50: Usd,
    /// Nine of ten were thought to cost at most this.
    pub p90: Usd,
    /// What it cost.
    pub cost: Usd,
}

/// How often the forecasts of a group held. They are good where about half of the runs cost at most their middle, and
/// nine of ten at most their end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Calibration {
    /// Kind of pass.
    pub kind: String,
    /// Model.
    pub model: String,
    /// How many runs there are.
    pub runs: usize,
    /// How many cost at most what half of them should.
    pub within_p50: usize,
    /// How many cost at most what nine of ten should.
    pub within_p90: usize,
}

/// The groups with at least [`FEW`] runs, in order of kind and model.
pub fn calibrations(runs: &[Foretold]) -> Vec<Calibration> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Foretold>> = BTreeMap::new();
    for run in runs {
        groups.entry((&run.kind, &run.model)).or_default().push(run);
    }
    let enough = groups.into_iter().filter(|(_, runs)| runs.len() >= FEW);
    enough
        .map(|((kind, model), runs)| Calibration {
            kind: kind.to_owned(),
            model: model.to_owned(),
            runs: runs.len(),
            within_p50: runs.iter().filter(|run| run.cost <= run.p50).count(),
            within_p90: runs.iter().filter(|run| run.cost <= run.p90).count(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_speaks_from_five_runs_on() {
        let run = |kind: &str, cents: i128| Foretold {
            kind: kind.into(),
            model: "m".into(),
            p50: Usd::from_pico(10),
            p90: Usd::from_pico(20),
            cost: Usd::from_pico(cents),
        };
        let mut runs: Vec<Foretold> = [5, 10, 15, 20, 21].map(|cost| run("spec", cost)).into();
        runs.extend([1, 1, 1, 1].map(|cost| run("design", cost)));
        let said = calibrations(&runs);
        assert_eq!(said.len(), 1, "four say nothing");
        assert_eq!((said[0].kind.as_str(), said[0].runs, said[0].within_p50, said[0].within_p90), ("spec", 5, 2, 4));
    }
}
