//! What a run came to: what it may write, whether it did its work, what it cost.

use crate::harness::{self, ModelUsage, Report};
use crate::process::{Ended, Stop};
use crate::tree::{Judgement, Tree};
use delivery::glob::Glob;
use delivery::plan::PassPlan;
use delivery::prices::PriceMap;
use spec::Usd;
use spec::cost::{Basis, Completeness, Cost, CostRow, Usage};
use spec::record::Outcome;

/// What the pass may write. Names that need a person are inside where the globs say so, and become proposals.
pub(super) fn scope(pass: &PassPlan) -> impl Fn(&str) -> bool {
    let globs: Vec<Glob> = pass.write_scope.allowed.iter().filter_map(|glob| Glob::new(glob).ok()).collect();
    let scope = pass.write_scope.clone();
    move |path: &str| {
        scope.permits(path)
            || (crate::protected::is_protected(path)
                && scope.narrowed.is_none()
                && globs.iter().any(|glob| glob.matches(path)))
    }
}

pub(super) fn required(pass: &PassPlan) -> Vec<String> {
    pass.outputs.iter().filter(|output| output.required).filter_map(|output| output.path.clone()).collect()
}

/// Why the run is no success, where it is none; looked at in the order in which the reasons explain each other.
pub(super) fn judged(
    pass: &PassPlan,
    ended: &Ended,
    report: &Report,
    judgement: &Judgement,
    tree: &Tree,
    required: &[String],
) -> Option<(Outcome, String)> {
    let seconds = ended.took.as_secs();
    match ended.stopped {
        Some(Stop::Money) => return Some((Outcome::CapHit, format!("it was stopped at its cap of {}", pass.cap))),
        Some(Stop::Time | Stop::Silence) => {
            return Some((Outcome::TimedOut, format!("it was stopped after {seconds} s")));
        }
        Some(Stop::Cancelled) => return Some((Outcome::Cancelled, "it was stopped".to_owned())),
        Some(Stop::Untrusted) => {
            return Some((Outcome::Cancelled, "it was stopped: the review of its plan was taken back".to_owned()));
        }
        None if report.over_budget => {
            return Some((Outcome::CapHit, format!("the harness stopped at its cap of {}", pass.cap)));
        }
        None => {}
    }
    if let Some(failure) = &report.failure {
        return Some((Outcome::Error, failure.clone()));
    }
    if ended.exit != Some(0) {
        let words = harness::one_line(ended.errors.text().lines().last().unwrap_or_default());
        let code = ended.exit.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        return Some((Outcome::Error, format!("it ended with {code}: {words}")));
    }
    let outside: Vec<&str> = judgement.outside.iter().map(String::as_str).collect();
    let refused: Vec<String> = judgement.refused.iter().map(|(path, why)| format!("{path} ({why})")).collect();
    if !outside.is_empty() || !refused.is_empty() {
        let all: Vec<String> = outside.into_iter().map(str::to_owned).chain(refused).take(5).collect();
        return Some((
            Outcome::OutOfScope,
            format!("it changed what it may not: {}; nothing was applied", all.join(", ")),
        ));
    }
    let missing: Vec<&str> =
        required.iter().filter(|path| tree.root().open_regular(path, u64::MAX).is_err()).map(String::as_str).collect();
    let unused = if report.refused.is_empty() {
        String::new()
    } else {
        format!(" (the harness refused {})", report.refused.join(", "))
    };
    if !missing.is_empty() {
        return Some((Outcome::NoOutput, format!("{} was not written{unused}", missing.join(", "))));
    }
    let wanted = pass.outputs.iter().any(|output| output.required);
    if pass.pass_type == "agent" && wanted && judgement.changes.is_empty() {
        return Some((Outcome::NoOutput, format!("it changed nothing{unused}")));
    }
    None
}

/// One row per model. Where nothing can be known, one row says so and the whole hold is booked.
///
/// `silent` is a CLI that ended by itself without a word: it has called nobody.
pub(crate) fn rows(report: &Report, silent: bool, model: Option<&str>, prices: &PriceMap) -> Vec<CostRow> {
    let row = |seen: &ModelUsage| CostRow {
        model: seen.model.clone(),
        usage: seen.usage,
        completeness: seen.completeness,
        calls: seen.calls,
        computed: prices.cost(&seen.model, &seen.usage, seen.calls),
        reported: seen.reported,
        basis: prices.basis(&seen.model),
        price_map: prices.version(),
    };
    if !report.usage.is_empty() {
        return report.usage.iter().map(row).collect();
    }
    let known = report.complete || silent;
    vec![CostRow {
        model: model.unwrap_or("unknown").to_owned(),
        usage: Usage::default(),
        completeness: if known { Completeness::Exact } else { Completeness::Unknown },
        calls: known.then_some(0),
        computed: if known { Cost::exact(Usd::ZERO) } else { Cost::Unknown },
        reported: None,
        basis: Basis::ListEstimate,
        price_map: prices.version(),
    }]
}
