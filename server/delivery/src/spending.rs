//! What tickets have cost: runs of the ledger and of the receipts in git, each counted once, summed by ticket, pass and
//! model. Every sum is over runs, never over sums, so nothing is counted twice.

use crate::budget::{self, Calendar, Place, ScopeLimit, State};
use spec::cost::{Basis, Completeness, Cost, CostRow, ScopeMoney, Usage};
use spec::money::Usd;
use spec::record::{Outcome, Receipt};
use std::collections::{BTreeMap, BTreeSet};

/// A run that has ended, with what it cost.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// Ticket id.
    pub ticket: String,
    /// Workflow name.
    pub workflow: String,
    /// Pass id.
    pub pass: String,
    /// How it ended.
    pub outcome: Outcome,
    /// RFC 3339, of dispatch.
    pub started: String,
    /// One row per model.
    pub rows: Vec<CostRow>,
    /// True when the ledger of this machine has booked it.
    pub booked: bool,
}

impl From<&Receipt> for Run {
    fn from(receipt: &Receipt) -> Run {
        Run {
            run: receipt.run.clone(),
            ticket: receipt.ticket.clone(),
            workflow: receipt.workflow.clone(),
            pass: receipt.pass.clone(),
            outcome: receipt.outcome,
            started: receipt.started.clone(),
            rows: receipt.cost.clone(),
            booked: false,
        }
    }
}

/// All runs that are known, oldest first: those of the ledger, and of the receipts those that the ledger does not have
/// and no later record supersedes.
pub fn all(ledger: Vec<Run>, receipts: &[&Receipt]) -> Vec<Run> {
    let booked: BTreeSet<String> = ledger.iter().map(|run| run.run.clone()).collect();
    let superseded: BTreeSet<&str> = receipts.iter().filter_map(|receipt| receipt.supersedes.as_deref()).collect();
    let is_new = |receipt: &&&Receipt| !booked.contains(&receipt.run) && !superseded.contains(receipt.run.as_str());
    // One run has one receipt; a copy of it under another name is not a second run.
    let others: BTreeMap<&str, Run> =
        receipts.iter().filter(is_new).map(|receipt| (receipt.run.as_str(), Run::from(*receipt))).collect();
    let mut runs: Vec<Run> = ledger.into_iter().chain(others.into_values()).collect();
    runs.sort_by(|a, b| (&a.started, &a.run).cmp(&(&b.started, &b.run)));
    runs
}

/// Sums over some runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// Number of runs.
    pub runs: usize,
    /// Tokens by bucket.
    pub usage: Usage,
    /// Least it can have cost, as far as prices and usage are known.
    pub low: Usd,
    /// Most it can have cost, as far as prices and usage are known.
    pub high: Usd,
    /// Rows whose price or usage is not known: with any of them `low` is only a lower bound and `high` is no bound.
    pub unknown: usize,
    /// What the harnesses themselves said, where they said anything.
    pub reported: Option<Usd>,
    /// What the dollars mean, in order of appearance; more than one must be told, they do not add up to a bill.
    pub bases: Vec<Basis>,
    /// Price maps the costs were computed with.
    pub price_maps: BTreeSet<String>,
}

impl Sums {
    /// Sums the rows of some runs.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Sums {
        let mut sums = Sums::default();
        for run in runs {
            sums.runs += 1;
            run.rows.iter().for_each(|row| sums.add(row));
        }
        sums
    }

    fn add(&mut self, row: &CostRow) {
        self.usage = self.usage.plus(row.usage);
        if let Cost::Known { low, high } = row.computed {
            // A receipt may say anything; no row gives money back.
            (self.low, self.high) = (self.low.plus(low.max(Usd::ZERO)), self.high.plus(high.max(Usd::ZERO)));
        }
        if row.computed == Cost::Unknown || row.completeness == Completeness::Unknown {
            self.unknown += 1;
        }
        if let Some(reported) = row.reported {
            self.reported = Some(self.reported.unwrap_or_default().plus(reported));
        }
        if !self.bases.contains(&row.basis) {
            self.bases.push(row.basis);
        }
        self.price_maps.insert(row.price_map.clone());
    }
}

/// What one ticket cost.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TicketSpending {
    /// Everything.
    pub sums: Sums,
    /// By pass, in the order in which passes were first run.
    pub passes: Vec<(String, Sums)>,
    /// By model, in the order in which models were first used. A run with two models counts in both.
    pub models: Vec<(String, Sums)>,
}

/// Spending of every ticket that has a run.
pub fn by_ticket(runs: &[Run]) -> BTreeMap<&str, TicketSpending> {
    let mut tickets: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        tickets.entry(&run.ticket).or_default().push(run);
    }
    tickets.into_iter().map(|(ticket, runs)| (ticket, spending(&runs))).collect()
}

fn spending(runs: &[&Run]) -> TicketSpending {
    let passes = in_order(runs.iter().map(|run| run.pass.as_str()));
    let models = in_order(runs.iter().flat_map(|run| &run.rows).map(|row| row.model.as_str()));
    let of_pass = |pass: &str| Sums::of(runs.iter().copied().filter(|run| run.pass == pass));
    let of_model = |model: &str| {
        let mut sums = Sums::default();
        for run in runs {
            let mut rows = run.rows.iter().filter(|row| row.model == model).peekable();
            sums.runs += usize::from(rows.peek().is_some());
            rows.for_each(|row| sums.add(row));
        }
        sums
    };
    TicketSpending {
        sums: Sums::of(runs.iter().copied()),
        passes: passes.into_iter().map(|pass| (pass.to_owned(), of_pass(pass))).collect(),
        models: models.into_iter().map(|model| (model.to_owned(), of_model(model))).collect(),
    }
}

fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

/// What to book per row for a run of another machine: as [`budget::bookings`], with what the harness reported where no
/// price is known, because nobody here knows what was set aside for it.
pub fn bookings_of_receipt(rows: &[CostRow]) -> Vec<Usd> {
    let unpriced = rows.iter().filter(|row| row.computed == Cost::Unknown);
    let told = unpriced.filter_map(|row| row.reported).sum();
    budget::bookings(rows, told, Usd::ZERO)
}

/// Adds runs that the ledger has not booked (another machine ran them) to the sums of scopes, in the period in which
/// each was dispatched, as booking them would. A run whose time cannot be read is left out, as it cannot be booked.
pub fn add_unbooked<'a>(money: &mut [ScopeMoney], runs: &'a [Run], place: impl Fn(&'a Run) -> Place<'a>) {
    for run in runs.iter().filter(|run| !run.booked) {
        let Some(calendar) = Calendar::at(&run.started) else { continue };
        let amount: Usd = bookings_of_receipt(&run.rows).into_iter().sum();
        let books = place(run).books_of_receipt(&calendar);
        for there in money.iter_mut() {
            if books.iter().any(|(scope, period)| (scope, period) == (&there.scope, &there.period)) {
                there.settled = there.settled.plus(amount);
            }
        }
    }
}

/// A budget with its money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BudgetLine {
    /// The budget.
    pub limit: ScopeLimit,
    /// Booked for good.
    pub settled: Usd,
    /// Set aside for runs that have not ended.
    pub held: Usd,
    /// Its state, without memory of an earlier one.
    pub state: State,
}

/// Budgets beside the money of their scopes.
pub fn budgets(limits: Vec<ScopeLimit>, money: &[ScopeMoney]) -> Vec<BudgetLine> {
    let line = |limit: ScopeLimit| {
        let there = money.iter().find(|there| there.scope == limit.scope && there.period == limit.period_name);
        let (settled, held) = there.map_or((Usd::ZERO, Usd::ZERO), |there| (there.settled, there.held));
        let state = budget::state(settled.plus(held), limit.limit, limit.warn_at, None);
        BudgetLine { limit, settled, held, state }
    };
    limits.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::cost::Scope;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn row(model: &str, computed: Cost, reported: Option<&str>) -> CostRow {
        CostRow {
            model: model.to_owned(),
            usage: Usage { output: 10, ..Usage::default() },
            completeness: Completeness::Exact,
            calls: None,
            computed,
            reported: reported.map(usd),
            basis: Basis::ListEstimate,
            price_map: "2026-11-20".to_owned(),
        }
    }

    fn run(id: &str, ticket: &str, pass: &str, rows: Vec<CostRow>) -> Run {
        Run {
            run: id.to_owned(),
            ticket: ticket.to_owned(),
            workflow: "feature".to_owned(),
            pass: pass.to_owned(),
            outcome: Outcome::Ok,
            started: format!("2026-11-20T00:00:00.{id}Z"),
            rows,
            booked: false,
        }
    }

    fn known(low: &str, high: &str) -> Cost {
        Cost::Known { low: usd(low), high: usd(high) }
    }

    #[test]
    fn sums_over_runs_by_pass_and_model() {
        let runs = [
            run(
                "1",
                "T-1",
                "spec",
                vec![row("sonnet", known("1", "2"), Some("3")), row("haiku", known("0.1", "0.1"), None)],
            ),
            run("2", "T-1", "code", vec![row("sonnet", known("1", "1"), None)]),
            run("3", "T-1", "spec", vec![row("mystery", Cost::Unknown, Some("1"))]),
            run("4", "T-2", "spec", Vec::new()),
        ];
        let tickets = by_ticket(&runs);
        let one = &tickets["T-1"];
        assert_eq!((one.sums.runs, one.sums.low, one.sums.high), (3, usd("2.1"), usd("3.1")));
        assert_eq!((one.sums.unknown, one.sums.reported, one.sums.usage.output), (1, Some(usd("4")), 40));
        let of = |list: &[(String, Sums)]| -> Vec<(String, usize, Usd)> {
            list.iter().map(|(name, sums)| (name.clone(), sums.runs, sums.high)).collect()
        };
        assert_eq!(of(&one.passes), [("spec".to_owned(), 2, usd("2.1")), ("code".to_owned(), 1, usd("1"))]);
        assert_eq!(
            of(&one.models),
            [
                ("sonnet".to_owned(), 2, usd("3")),
                ("haiku".to_owned(), 1, usd("0.1")),
                ("mystery".to_owned(), 1, usd("0"))
            ]
        );
        assert_eq!(tickets["T-2"].sums, Sums { runs: 1, ..Sums::default() });
    }

    #[test]
    fn receipts_of_other_machines_count_where_a_booking_would_put_them() {
        fn place(run: &Run) -> Place<'_> {
            Place { repository: "/shop", org: None, team: None, project: None, ticket: &run.ticket, pass: &run.pass }
        }
        let mut old = run("2", "T-1", "spec", vec![row("m", known("4", "4"), None)]);
        old.started = "2026-10-31T23:59:59Z".to_owned();
        let mut timeless = run("3", "T-1", "spec", vec![row("m", known("8", "8"), None)]);
        timeless.started = "once".to_owned();
        let mut booked = run("5", "T-1", "spec", vec![row("m", known("16", "16"), None)]);
        booked.booked = true;
        let runs = [
            run("1", "T-1", "spec", vec![row("m", known("1", "2"), None)]),
            old,
            timeless,
            run("4", "T-2", "spec", vec![row("m", Cost::Unknown, Some("1"))]),
            booked,
        ];
        let scope = |scope: Scope, period: &str| ScopeMoney {
            scope,
            period: period.to_owned(),
            settled: usd("100"),
            held: usd("7"),
        };
        let mut money = [
            scope(Scope::Ticket("/shop/T-1".to_owned()), ""),
            scope(Scope::Project("/shop".to_owned()), "2026-11"),
            scope(Scope::Project("other".to_owned()), "2026-11"),
            scope(Scope::Org("*".to_owned()), "2026-11"),
        ];
        add_unbooked(&mut money, &runs, place);
        assert_eq!(money.each_ref().map(|there| there.settled), [usd("106"), usd("103"), usd("100"), usd("100")]);
        assert!(money.iter().all(|there| there.held == usd("7")));
    }

    #[test]
    fn a_run_in_ledger_and_git_counts_once() {
        let blob = text::BlobId::of(b"");
        let receipt = |id: &str, supersedes: Option<&str>| Receipt {
            schema_version: 1,
            run: id.to_owned(),
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
            outcome: Outcome::Ok,
            message: String::new(),
            cache_key: String::new(),
            started: format!("2026-11-20T00:00:00.{id}Z"),
            ended: String::new(),
            cost: Vec::new(),
            gate: spec::record::GateState::Passed,
            checks: Vec::new(),
            isolation: String::new(),
            transcript: None,
            prev: Vec::new(),
            supersedes: supersedes.map(str::to_owned),
        };
        let mut booked = run("2", "T-1", "spec", Vec::new());
        booked.booked = true;
        let receipts =
            [receipt("1", None), receipt("2", None), receipt("3", None), receipt("4", Some("3")), receipt("1", None)];
        let receipts: Vec<&Receipt> = receipts.iter().collect();
        let runs = all(vec![booked], &receipts);
        let shown: Vec<(&str, bool)> = runs.iter().map(|run| (run.run.as_str(), run.booked)).collect();
        assert_eq!(shown, [("1", false), ("2", true), ("4", false)]);
    }

    #[test]
    fn budgets_show_their_money_and_state() {
        let limit = |scope: &str, dollars: &str| ScopeLimit {
            scope: Scope::Ticket(scope.to_owned()),
            period: spec::model::Period::Lifetime,
            period_name: String::new(),
            limit: usd(dollars),
            warn_at: 800,
            approval_at_limit: true,
            pause_over_limit: true,
            approved: Usd::ZERO,
            base: None,
            set_by: budget::SetBy::Ticket,
            span: text::Span::default(),
        };
        let money = [ScopeMoney {
            scope: Scope::Ticket("a".to_owned()),
            period: String::new(),
            settled: usd("5"),
            held: usd("3"),
        }];
        let lines = budgets(vec![limit("a", "10"), limit("b", "10")], &money);
        assert_eq!(lines.iter().map(|line| line.state).collect::<Vec<_>>(), [State::Approaching, State::Ok]);
        assert_eq!((lines[0].settled, lines[0].held), (usd("5"), usd("3")));
    }
}
