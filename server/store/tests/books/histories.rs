//! Random histories against a model of the books that is nothing but sums over a list of runs.

use super::{asked, cents, org, project, row};
use proptest::prelude::*;
use spec::cost::{CostRow, Scope, ScopeMoney};
use spec::money::Usd;
use spec::record::Outcome;
use std::collections::BTreeMap;
use store::{Admission, Grant, GrantAnswer, ProcessId, Progress, RunState, Sqlite, Store, StoreError};

const PROJECTS: [&str; 2] = ["shop", "mill"];
const MONTHS: [&str; 2] = ["2026-11", "2026-12"];

#[derive(Clone, Debug)]
enum Step {
    Grant { run: u32, project: usize, hold: u64 },
    Heartbeat { run: u32, spent: u64 },
    Settle { run: u32, rows: Vec<(u64, u64)>, stale: bool },
    SettleAgain { which: prop::sample::Index },
    Lose { supervisor: u32 },
    Limit { project: Option<usize>, limit: u64 },
    NextMonth,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let run = 0..12_u32;
    let rows = prop::collection::vec((0..3_u64, 0..40_u64), 0..4);
    let step = prop_oneof![
        5 => (run.clone(), 0..2_usize, 0..60_u64).prop_map(|(run, project, hold)| Step::Grant { run, project, hold }),
        2 => (run.clone(), 0..60_u64).prop_map(|(run, spent)| Step::Heartbeat { run, spent }),
        5 => (run, rows, prop::bool::weighted(0.1)).prop_map(|(run, rows, stale)| Step::Settle { run, rows, stale }),
        2 => any::<prop::sample::Index>().prop_map(|which| Step::SettleAgain { which }),
        1 => (0..3_u32).prop_map(|supervisor| Step::Lose { supervisor }),
        1 => (prop::option::of(0..2_usize), 0..200_u64).prop_map(|(project, limit)| Step::Limit { project, limit }),
        1 => Just(Step::NextMonth),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..50)
}

/// A run as the model knows it.
struct Known {
    project: usize,
    month: usize,
    hold: Usd,
    state: RunState,
    fence: i64,
    spent: Usd,
    supervisor: u32,
    /// Per kind of row the amounts booked, highest first.
    booked: BTreeMap<u64, Vec<Usd>>,
}

impl Known {
    fn book(&mut self, rows: &[(u64, u64)]) {
        let mut new: BTreeMap<u64, Vec<Usd>> = BTreeMap::new();
        for (kind, amount) in rows {
            new.entry(*kind).or_default().push(cents(*amount));
        }
        for (kind, mut amounts) in new {
            amounts.sort_unstable_by(|a, b| b.cmp(a));
            let had = self.booked.entry(kind).or_default();
            had.resize(had.len().max(amounts.len()), Usd::ZERO);
            had.iter_mut().zip(amounts).for_each(|(had, new)| *had = (*had).max(new));
        }
    }

    fn settled(&self) -> Usd {
        self.booked.values().flatten().copied().sum()
    }

    fn held(&self) -> Usd {
        if self.state == RunState::Settled { Usd::ZERO } else { self.hold }
    }
}

fn is_stale<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Stale { .. }))
}

struct World {
    directory: tempfile::TempDir,
    store: Sqlite,
    runs: BTreeMap<u32, Known>,
    calls: Vec<(u32, Vec<(u64, u64)>)>,
    month: usize,
    /// Of the organisation, then of each project.
    limits: [Usd; 3],
    highest_fence: i64,
}

fn name(run: u32) -> String {
    format!("run-{run:03}")
}

fn supervisor(of: u32) -> ProcessId {
    ProcessId { pid: 100 + of, started: 7 }
}

fn ledger_rows(rows: &[(u64, u64)]) -> Vec<(CostRow, Usd)> {
    rows.iter().map(|(kind, amount)| (row(*kind), cents(*amount))).collect()
}

impl World {
    fn new() -> World {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::open(directory.path()).unwrap();
        let limits = [cents(150), cents(100), cents(100)];
        World { directory, store, runs: BTreeMap::new(), calls: Vec::new(), month: 0, limits, highest_fence: 0 }
    }

    fn sum(&self, month: usize, project: Option<usize>, of: impl Fn(&Known) -> Usd) -> Usd {
        let mine = |run: &&Known| run.month == month && project.is_none_or(|project| run.project == project);
        self.runs.values().filter(mine).map(of).sum()
    }

    fn does(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Grant { run, project, hold } => self.grant(run, project, cents(hold)),
            Step::Heartbeat { run, spent } => self.heartbeat(run, cents(spent)),
            Step::Settle { run, rows, stale } => self.settle(run, &rows, stale),
            Step::SettleAgain { which } => {
                if self.calls.is_empty() {
                    return Ok(());
                }
                let (run, rows) = self.calls[which.index(self.calls.len())].clone();
                self.settle(run, &rows, false)
            }
            Step::Lose { supervisor } => self.lose(supervisor),
            Step::Limit { project, limit } => {
                self.limits[project.map_or(0, |project| project + 1)] = cents(limit);
                Ok(())
            }
            Step::NextMonth => {
                self.month = 1;
                Ok(())
            }
            Step::Restart => {
                self.store = Sqlite::open(self.directory.path()).unwrap();
                Ok(())
            }
        }
    }

    fn grant(&mut self, run: u32, of: usize, hold: Usd) -> Result<(), TestCaseError> {
        let committed = |project| self.sum(self.month, project, |run| run.settled().plus(run.held()));
        let limits = [self.limits[0], self.limits[of + 1]];
        let fits = committed(None).plus(hold) <= limits[0] && committed(Some(of)).plus(hold) <= limits[1];
        let mut asked_for = None;
        let mut policy = |money: &[ScopeMoney]| {
            asked_for = Some(money.to_vec());
            let fit = |(money, limit): (&ScopeMoney, Usd)| money.committed().plus(hold) <= limit;
            if money.iter().zip(limits).all(fit) { Admission::Grant } else { Admission::Refuse("full".to_owned()) }
        };
        let new = asked(&name(run), PROJECTS[of], MONTHS[self.month], hold, supervisor(run % 3));
        let answer = self.store.grant(&new, &mut policy).unwrap();
        match self.runs.get(&run) {
            Some(known) => {
                prop_assert!(asked_for.is_none(), "asked again");
                match known.state {
                    RunState::Running => {
                        prop_assert_eq!(answer, GrantAnswer::Granted(Grant { run: name(run), fence: known.fence }));
                    }
                    _ => prop_assert!(matches!(answer, GrantAnswer::Refused(_))),
                }
            }
            None => {
                prop_assert_eq!(asked_for.map(|money| money.len()), Some(2));
                match answer {
                    GrantAnswer::Granted(grant) => {
                        prop_assert!(fits, "admitted over the limit");
                        self.newer(grant.fence)?;
                        let known = Known {
                            project: of,
                            month: self.month,
                            hold,
                            state: RunState::Running,
                            fence: grant.fence,
                            spent: Usd::ZERO,
                            supervisor: run % 3,
                            booked: BTreeMap::new(),
                        };
                        self.runs.insert(run, known);
                    }
                    GrantAnswer::Refused(_) => prop_assert!(!fits, "refused below the limit"),
                    GrantAnswer::Wait { .. } => prop_assert!(false, "nothing to wait for"),
                }
            }
        }
        Ok(())
    }

    fn newer(&mut self, fence: i64) -> Result<(), TestCaseError> {
        prop_assert!(fence > self.highest_fence);
        self.highest_fence = fence;
        Ok(())
    }

    fn heartbeat(&mut self, run: u32, spent: Usd) -> Result<(), TestCaseError> {
        let known = self.runs.get_mut(&run);
        let grant = Grant { run: name(run), fence: known.as_ref().map_or(1, |known| known.fence) };
        let answer = self.store.heartbeat(&grant, &Progress { spent, ..Progress::default() });
        match known.filter(|known| known.state == RunState::Running) {
            Some(known) => {
                known.spent = known.spent.max(spent);
                prop_assert!(answer.is_ok());
            }
            None => prop_assert!(is_stale(&answer)),
        }
        Ok(())
    }

    fn settle(&mut self, run: u32, rows: &[(u64, u64)], stale: bool) -> Result<(), TestCaseError> {
        let known = self.runs.get_mut(&run);
        let fence = known.as_ref().map_or(1, |known| known.fence) - i64::from(stale);
        let answer = self.store.settle(&name(run), fence, Outcome::Ok, &ledger_rows(rows));
        match known.filter(|_| !stale) {
            Some(known) => {
                prop_assert!(answer.is_ok());
                known.book(rows);
                known.state = RunState::Settled;
                self.calls.push((run, rows.to_vec()));
            }
            None => prop_assert!(is_stale(&answer)),
        }
        Ok(())
    }

    fn lose(&mut self, of: u32) -> Result<(), TestCaseError> {
        let lost = self.store.quarantine(&|process| process != supervisor(of)).unwrap();
        for row in &lost {
            let number = row.new.run.strip_prefix("run-").and_then(|number| number.parse().ok());
            let Some(known) = number.and_then(|number: u32| self.runs.get_mut(&number)) else {
                return Err(TestCaseError::fail("a run nobody started"));
            };
            if known.state == RunState::Running {
                prop_assert_eq!(known.supervisor, of);
                prop_assert!(row.fence > known.fence);
                (known.state, known.fence) = (RunState::Quarantined, row.fence);
                self.highest_fence = self.highest_fence.max(row.fence);
            }
            prop_assert_eq!(row.fence, known.fence);
        }
        let still = self.runs.values().filter(|run| run.state == RunState::Quarantined).count();
        prop_assert_eq!(lost.len(), still);
        Ok(())
    }

    /// Conservation, isolation and periods: every total is the sum of its runs, and the organisation's that of its
    /// projects, in the month of dispatch and no other.
    fn adds_up(&self) -> Result<(), TestCaseError> {
        for (month, period) in MONTHS.iter().enumerate() {
            let of = |project: Option<usize>| {
                (self.sum(month, project, Known::settled), self.sum(month, project, Known::held))
            };
            let scopes: Vec<(Scope, String)> = [org(), project(PROJECTS[0]), project(PROJECTS[1])]
                .into_iter()
                .map(|scope| (scope, (*period).to_owned()))
                .collect();
            let money = self.store.money(&scopes).unwrap();
            let found: Vec<(Usd, Usd)> = money.iter().map(|money| (money.settled, money.held)).collect();
            prop_assert_eq!(&found, &vec![of(None), of(Some(0)), of(Some(1))]);
            prop_assert_eq!(found[0].0, found[1].0.plus(found[2].0));
            prop_assert_eq!(found[0].1, found[1].1.plus(found[2].1));
        }
        Ok(())
    }

    fn ends_well(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.store.audit().unwrap(), Vec::<String>::new());
        let ledger = self.store.ledger("shop", None).unwrap();
        let booked: Usd = ledger.iter().map(|line| line.booked).sum();
        prop_assert_eq!(booked, self.runs.values().map(Known::settled).sum());
        let lines: usize = self.runs.values().flat_map(|run| run.booked.values()).map(Vec::len).sum();
        prop_assert_eq!(ledger.len(), lines);
        for row in self.store.runs("shop", 100).unwrap() {
            let known = self.runs.iter().find(|(number, _)| name(**number) == row.new.run).map(|(_, known)| known);
            prop_assert_eq!(
                known.map(|known| (known.state, known.fence, known.spent)),
                Some((row.state, row.fence, row.progress.spent))
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_history_leaves_the_books_of_the_model(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.does(step)?;
            world.adds_up()?;
        }
        world.ends_well()?;
    }

    #[test]
    fn settling_commutes_and_repeats_freely(
        calls in prop::collection::vec(prop::collection::vec((0..3_u64, 0..40_u64), 0..4), 1..5),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut ends = Vec::new();
        let shuffled: Vec<_> = order.iter().map(|index| calls[index.index(calls.len())].clone())
            .chain(calls.iter().rev().cloned()).collect();
        for sequence in [calls.clone(), shuffled] {
            let directory = tempfile::tempdir().unwrap();
            let store = Sqlite::open(directory.path()).unwrap();
            let new = asked("run-001", "shop", MONTHS[0], cents(10), supervisor(0));
            let GrantAnswer::Granted(grant) = store.grant(&new, &mut |_| Admission::Grant).unwrap() else {
                return Err(TestCaseError::fail("not granted"));
            };
            for rows in &sequence {
                store.settle("run-001", grant.fence, Outcome::Ok, &ledger_rows(rows)).unwrap();
            }
            let mut ledger: Vec<_> = store.ledger("shop", None).unwrap().into_iter()
                .map(|line| (line.cost.usage.output, line.booked)).collect();
            ledger.sort_unstable();
            ends.push((ledger, store.money(&[(org(), MONTHS[0].to_owned())]).unwrap()));
        }
        prop_assert_eq!(&ends[0], &ends[1]);
    }
}
