//! The embedded store: one SQLite database per user, shared by every editor and terminal of that user.
//!
//! Each call is one transaction. Three desks keep the ways apart: money is on the disk before it is answered,
//! heartbeats never wait for the disk, and readers never wait for writers.

use crate::desk::{Door, Failure, Purpose};
use crate::schema::{amount, column};
use crate::{
    Admission, Directive, Grant, GrantAnswer, LeaseRequest, LedgerRow, NewRun, ProcessId, Progress, RunRow, RunState,
    Store, StoreError, place,
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};
use spec::cost::{CostRow, Scope, ScopeMoney};
use spec::money::Usd;
use spec::record::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long a lease lives after the last heartbeat. Long against any wait for the write gate, so that a run does not
/// lose what it holds because the disk was busy.
pub const LEASE: Duration = Duration::from_secs(60);

/// How often a supervisor should write at least.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// A handle to the embedded store; clones share its threads.
#[derive(Clone)]
pub struct Sqlite {
    ledger: Door,
    beats: Door,
    reading: Door,
    lease: Duration,
}

impl Sqlite {
    /// Opens the store in a directory (`$XDG_STATE_HOME/tollgate`), and makes both where they are missing. Any number
    /// of processes may do so at once.
    pub fn open(directory: &Path) -> Result<Sqlite, StoreError> {
        place::prepare(directory)?;
        Ok(Sqlite {
            ledger: Door::open(directory, Purpose::Ledger)?,
            beats: Door::open(directory, Purpose::Beats)?,
            reading: Door::open(directory, Purpose::Reading)?,
            lease: LEASE,
        })
    }

    /// Checks the database file and that every running total is the sum of what stands in the books. Returns what is
    /// wrong in sentences; nothing when all is well. Reads everything: not for every start.
    pub fn audit(&self) -> Result<Vec<String>, StoreError> {
        self.reading.read(audit).wait()
    }
}

impl Store for Sqlite {
    fn grant(
        &self,
        new: &NewRun,
        decide: &mut dyn FnMut(&[ScopeMoney]) -> Admission,
    ) -> Result<GrantAnswer, StoreError> {
        // The policy runs here, on the caller's thread, while the ledger's thread keeps the transaction open. When the
        // policy panics its sender goes away and nothing is written.
        let (ask, asked) = channel::<Vec<ScopeMoney>>();
        let (say, said) = channel::<Admission>();
        let (new, lease) = (new.clone(), self.lease);
        let pending = self.ledger.write(move |tx| {
            let consult = |money| {
                let unheard = || Failure::Refused("the admission policy gave no answer".to_owned());
                ask.send(money).map_err(|_| unheard())?;
                said.recv().map_err(|_| unheard())
            };
            grant(tx, &new, lease, consult)
        });
        if let Ok(money) = asked.recv() {
            // The answer below tells when the other side is gone.
            let _ = say.send(decide(&money));
        }
        drop(say);
        pending.wait()
    }

    fn heartbeat(&self, grant: &Grant, progress: &Progress) -> Result<Directive, StoreError> {
        let (grant, progress, lease) = (grant.clone(), progress.clone(), self.lease);
        self.beats.write(move |tx| heartbeat(tx, &grant, &progress, lease)).wait()
    }

    fn settle(&self, run: &str, fence: i64, outcome: Outcome, rows: &[(CostRow, Usd)]) -> Result<(), StoreError> {
        let (run, rows) = (run.to_owned(), rows.to_vec());
        self.ledger.write(move |tx| settle(tx, &run, fence, outcome, &rows)).wait()
    }

    fn stop(&self, run: &str) -> Result<bool, StoreError> {
        let run = run.to_owned();
        let mark = "UPDATE run SET stop = 1 WHERE run = ? AND state = 'running'";
        self.ledger.write(move |tx| Ok(tx.execute(mark, [&run])? > 0)).wait()
    }

    fn quarantine(&self, alive: &dyn Fn(ProcessId) -> bool) -> Result<Vec<RunRow>, StoreError> {
        let running = self.reading.read(|tx| open_runs(tx, RunState::Running)).wait()?;
        // A process that is gone stays gone, so it does not matter that nobody holds the database here.
        let lost: Vec<Grant> = running
            .into_iter()
            .filter(|row| !alive(row.new.supervisor))
            .map(|row| Grant { run: row.new.run, fence: row.fence })
            .collect();
        if lost.is_empty() {
            return self.reading.read(|tx| open_runs(tx, RunState::Quarantined)).wait();
        }
        let mark = move |tx: &Transaction<'_>| {
            lost.iter().try_for_each(|grant| quarantine(tx, grant))?;
            open_runs(tx, RunState::Quarantined)
        };
        self.ledger.write(mark).wait()
    }

    fn money(&self, scopes: &[(Scope, String)]) -> Result<Vec<ScopeMoney>, StoreError> {
        let scopes = scopes.to_vec();
        self.reading.read(move |tx| money(tx, &scopes)).wait()
    }

    fn runs(&self, repository: &str, limit: u32) -> Result<Vec<RunRow>, StoreError> {
        let repository = repository.to_owned();
        let look = move |tx: &Transaction<'_>| {
            let sql = format!("SELECT {RUN} FROM run WHERE repository = ? ORDER BY id DESC LIMIT ?");
            tx.prepare(&sql)?.query_and_then(params![repository, limit], run_row)?.collect()
        };
        self.reading.read(look).wait()
    }

    fn run(&self, run: &str) -> Result<Option<RunRow>, StoreError> {
        let run = run.to_owned();
        self.reading.read(move |tx| find_run(tx, &run)).wait()
    }

    fn ledger(&self, repository: &str, ticket: Option<&str>) -> Result<Vec<LedgerRow>, StoreError> {
        let (repository, ticket) = (repository.to_owned(), ticket.map(str::to_owned));
        let look = move |tx: &Transaction<'_>| {
            let sql = "SELECT run, repository, ticket, workflow, pass, time, outcome, cost, booked FROM ledger
                       WHERE repository = ?1 AND (?2 IS NULL OR ticket = ?2) ORDER BY time, id";
            tx.prepare(sql)?.query_and_then(params![repository, ticket], ledger_row)?.collect()
        };
        self.reading.read(look).wait()
    }

    fn import(
        &self,
        repository: &str,
        rows: &[LedgerRow],
        scopes: &dyn Fn(&LedgerRow) -> Vec<(Scope, String)>,
    ) -> Result<usize, StoreError> {
        let mut by_run: BTreeMap<&str, Vec<LedgerRow>> = BTreeMap::new();
        for row in rows {
            by_run.entry(&row.run).or_default().push(row.clone());
        }
        // Mostly there is nothing new, and then nothing is written.
        let names: Vec<String> = by_run.keys().map(|run| (*run).to_owned()).collect();
        let look = move |tx: &Transaction<'_>| {
            let mut known = BTreeSet::new();
            for run in names {
                if is_known(tx, &run)? {
                    known.insert(run);
                }
            }
            Ok(known)
        };
        let known: BTreeSet<String> = self.reading.read(look).wait()?;
        by_run.retain(|run, _| !known.contains(*run));
        let runs: Vec<_> = by_run
            .into_values()
            .filter(|rows| rows.iter().all(|row| column(row.booked).is_ok()))
            .filter_map(|rows| rows.first().map(scopes).map(|scopes| (rows, scopes)))
            .collect();
        if runs.is_empty() {
            return Ok(0);
        }
        let repository = repository.to_owned();
        let book = move |tx: &Transaction<'_>| {
            runs.iter()
                .try_fold(0, |count, (rows, scopes)| Ok(count + usize::from(import(tx, &repository, rows, scopes)?)))
        };
        self.ledger.write(book).wait()
    }

    fn version(&self) -> Result<u64, StoreError> {
        let look = |desk: &mut crate::desk::Desk| {
            let version: i64 = desk.connection().query_row("PRAGMA data_version", [], |row| row.get(0))?;
            Ok(version.unsigned_abs())
        };
        self.reading.ask(look).wait()
    }
}

/// Columns of a [`RunRow`].
const RUN: &str = "request, fence, state, progress, outcome, started, seen";

fn grant(
    tx: &Transaction<'_>,
    new: &NewRun,
    lease: Duration,
    consult: impl FnOnce(Vec<ScopeMoney>) -> Result<Admission, Failure>,
) -> Result<GrantAnswer, Failure> {
    let hold = column(new.hold)?;
    if let Some(known) = find_run(tx, &new.run)? {
        return Ok(match known.state {
            RunState::Running => GrantAnswer::Granted(Grant { run: new.run.clone(), fence: known.fence }),
            RunState::Settled | RunState::Quarantined => ended(&new.run),
        });
    }
    if is_imported(tx, &new.run)? {
        return Ok(ended(&new.run));
    }
    let scopes = without_repeats(&new.scopes);
    if let Admission::Refuse(reason) = consult(money(tx, &scopes)?)? {
        return Ok(GrantAnswer::Refused(reason));
    }
    let now = Timestamp::now();
    for wanted in &new.leases {
        let behind = in_the_way(tx, wanted, now)?;
        if !behind.is_empty() {
            return Ok(GrantAnswer::Wait { resource: wanted.resource.clone(), behind });
        }
    }
    let fence = next_fence(tx)?;
    tx.execute(
        "INSERT INTO run (run, repository, request, hold, fence, state, progress, started, seen)
         VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7, ?7)",
        params![new.run, new.repository, text(new)?, hold, fence, text(&Progress::default())?, now.to_string()],
    )?;
    for (scope, period) in &scopes {
        add_scope(tx, &new.run, scope, period)?;
    }
    book(tx, &new.run, 0, hold)?;
    for wanted in &new.leases {
        tx.execute(
            "INSERT INTO lease VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET exclusive = max(exclusive, excluded.exclusive)",
            params![wanted.resource, new.run, wanted.exclusive, expiry(now, lease)],
        )?;
    }
    Ok(GrantAnswer::Granted(Grant { run: new.run.clone(), fence }))
}

fn ended(run: &str) -> GrantAnswer {
    GrantAnswer::Refused(format!("run {run} has ended already"))
}

/// Runs whose leases stand against the wanted one. Whoever holds one past its time is quarantined on the way: its fence
/// moves, so that it learns of it before it writes again.
fn in_the_way(tx: &Transaction<'_>, wanted: &LeaseRequest, now: Timestamp) -> Result<Vec<String>, Failure> {
    let overdue = "SELECT DISTINCT run FROM lease WHERE resource = ? AND expires <= ?";
    let overdue: Vec<String> = tx
        .prepare(overdue)?
        .query_map(params![wanted.resource, now.as_millisecond()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for run in overdue {
        if let Some(row) = find_run(tx, &run)? {
            quarantine(tx, &Grant { run: run.clone(), fence: row.fence })?;
        }
        tx.execute("DELETE FROM lease WHERE run = ?", [&run])?;
    }
    let holders: Vec<(String, bool)> = tx
        .prepare("SELECT run, exclusive FROM lease WHERE resource = ? ORDER BY run")?
        .query_map([&wanted.resource], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let full = holders.len() >= wanted.capacity.max(1) as usize;
    let blocked = !holders.is_empty() && (wanted.exclusive || full || holders.iter().any(|(_, exclusive)| *exclusive));
    Ok(if blocked { holders.into_iter().map(|(run, _)| run).collect() } else { Vec::new() })
}

fn heartbeat(tx: &Transaction<'_>, grant: &Grant, progress: &Progress, lease: Duration) -> Result<Directive, Failure> {
    let known = find_run(tx, &grant.run)?.filter(|row| row.fence == grant.fence && row.state == RunState::Running);
    let Some(known) = known else { return Err(StoreError::Stale { token: grant.fence }.into()) };
    let progress = Progress { spent: progress.spent.max(known.progress.spent), ..progress.clone() };
    let now = Timestamp::now();
    let stop: bool = tx.query_row(
        "UPDATE run SET progress = ?, seen = ? WHERE run = ? RETURNING stop",
        params![text(&progress)?, now.to_string(), grant.run],
        |row| row.get(0),
    )?;
    tx.execute("UPDATE lease SET expires = ? WHERE run = ?", params![expiry(now, lease), grant.run])?;
    Ok(if stop { Directive::Stop } else { Directive::Continue })
}

fn settle(
    tx: &Transaction<'_>,
    run: &str,
    fence: i64,
    outcome: Outcome,
    rows: &[(CostRow, Usd)],
) -> Result<(), Failure> {
    let known = find_run(tx, run)?.filter(|row| row.fence == fence);
    let Some(known) = known else { return Err(StoreError::Stale { token: fence }.into()) };
    let frame = LedgerFrame {
        run,
        repository: &known.new.repository,
        ticket: &known.new.ticket,
        workflow: &known.new.workflow,
        pass: &known.new.pass,
        time: &known.started,
        outcome: known.outcome.unwrap_or(outcome),
    };
    let added = enter(tx, &frame, rows)?;
    if known.state == RunState::Settled {
        return book(tx, run, added, 0);
    }
    book(tx, run, added, -column(known.new.hold)?)?;
    tx.execute("DELETE FROM lease WHERE run = ?", [run])?;
    tx.execute(
        "UPDATE run SET state = 'settled', outcome = ?, seen = ? WHERE run = ?",
        params![word(&outcome)?, Timestamp::now().to_string(), run],
    )?;
    Ok(())
}

/// What every ledger line of one run says alike.
struct LedgerFrame<'a> {
    run: &'a str,
    repository: &'a str,
    ticket: &'a str,
    workflow: &'a str,
    pass: &'a str,
    time: &'a str,
    outcome: Outcome,
}

/// Puts rows into the ledger and returns how much money that added. Equal rows are counted, not merged: the books hold
/// each as often as the call that had it most often, and each place holds the most that was ever booked there. That is
/// a maximum in every place, hence the same in any order and under any repetition.
fn enter(tx: &Transaction<'_>, frame: &LedgerFrame<'_>, rows: &[(CostRow, Usd)]) -> Result<i64, Failure> {
    let mut wanted: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (cost, booked) in rows {
        wanted.entry(text(cost)?).or_default().push(column(*booked)?);
    }
    let mut added = 0_i64;
    for (cost, mut amounts) in wanted {
        amounts.sort_unstable_by(|a, b| b.cmp(a));
        for (ordinal, booked) in amounts.into_iter().enumerate() {
            let ordinal = ordinal as i64;
            let before: i64 = tx
                .query_row(
                    "SELECT booked FROM ledger WHERE run = ? AND cost = ? AND ordinal = ?",
                    params![frame.run, cost, ordinal],
                    |row| row.get(0),
                )
                .optional()?
                .unwrap_or(0);
            let more = (booked - before).max(0);
            added = added.checked_add(more).ok_or(StoreError::Amount { amount: amount(booked) })?;
            tx.execute(
                "INSERT INTO ledger (run, repository, ticket, workflow, pass, time, outcome, cost, ordinal, booked)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET booked = max(booked, excluded.booked)",
                params![
                    frame.run,
                    frame.repository,
                    frame.ticket,
                    frame.workflow,
                    frame.pass,
                    frame.time,
                    word(&frame.outcome)?,
                    cost,
                    ordinal,
                    booked
                ],
            )?;
        }
    }
    Ok(added)
}

/// Moves the running totals of every scope of a run.
fn book(tx: &Transaction<'_>, run: &str, settled: i64, held: i64) -> Result<(), Failure> {
    tx.execute(
        "UPDATE money SET settled = settled + ?, held = held + ?
         FROM run_scope AS of_run
         WHERE of_run.run = ? AND of_run.scope = money.scope AND of_run.period = money.period",
        params![settled, held, run],
    )?;
    Ok(())
}

fn add_scope(tx: &Transaction<'_>, run: &str, scope: &Scope, period: &str) -> Result<(), Failure> {
    let scope = scope_text(scope);
    tx.execute("INSERT INTO money (scope, period) VALUES (?, ?) ON CONFLICT DO NOTHING", params![scope, period])?;
    tx.execute("INSERT INTO run_scope VALUES (?, ?, ?)", params![run, scope, period])?;
    Ok(())
}

/// Takes a running run away from its supervisor; does nothing when it has moved on meanwhile.
fn quarantine(tx: &Transaction<'_>, lost: &Grant) -> Result<(), Failure> {
    let fence = next_fence(tx)?;
    tx.execute(
        "UPDATE run SET state = 'quarantined', fence = ? WHERE run = ? AND fence = ? AND state = 'running'",
        params![fence, lost.run, lost.fence],
    )?;
    Ok(())
}

fn next_fence(tx: &Transaction<'_>) -> Result<i64, Failure> {
    let next = "UPDATE sequence SET value = value + 1 WHERE name = 'fence' RETURNING value";
    Ok(tx.query_row(next, [], |row| row.get(0))?)
}

fn import(
    tx: &Transaction<'_>,
    repository: &str,
    rows: &[LedgerRow],
    scopes: &[(Scope, String)],
) -> Result<bool, Failure> {
    let Some(first) = rows.first() else { return Ok(false) };
    if is_known(tx, &first.run)? {
        return Ok(false);
    }
    for (scope, period) in without_repeats(scopes) {
        add_scope(tx, &first.run, &scope, &period)?;
    }
    let frame = LedgerFrame {
        run: &first.run,
        repository,
        ticket: &first.ticket,
        workflow: &first.workflow,
        pass: &first.pass,
        time: &first.time,
        outcome: first.outcome,
    };
    let costs: Vec<(CostRow, Usd)> = rows.iter().map(|row| (row.cost.clone(), row.booked)).collect();
    let added = enter(tx, &frame, &costs)?;
    book(tx, &first.run, added, 0)?;
    Ok(true)
}

fn is_known(tx: &Transaction<'_>, run: &str) -> Result<bool, Failure> {
    Ok(find_run(tx, run)?.is_some() || is_imported(tx, run)?)
}

fn is_imported(tx: &Transaction<'_>, run: &str) -> Result<bool, Failure> {
    Ok(tx.query_row("SELECT EXISTS (SELECT 1 FROM ledger WHERE run = ?)", [run], |row| row.get(0))?)
}

fn money(tx: &Transaction<'_>, scopes: &[(Scope, String)]) -> Result<Vec<ScopeMoney>, Failure> {
    let mut find = tx.prepare("SELECT settled, held FROM money WHERE scope = ? AND period = ?")?;
    let mut look = |(scope, period): &(Scope, String)| {
        let key = params![scope_text(scope), period];
        let found = find.query_row(key, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (settled, held) = found.unwrap_or((0, 0));
        Ok(ScopeMoney { scope: scope.clone(), period: period.clone(), settled: amount(settled), held: amount(held) })
    };
    scopes.iter().map(&mut look).collect()
}

fn find_run(tx: &Transaction<'_>, run: &str) -> Result<Option<RunRow>, Failure> {
    let sql = format!("SELECT {RUN} FROM run WHERE run = ?");
    tx.prepare_cached(&sql)?.query_and_then([run], run_row)?.next().transpose()
}

fn open_runs(tx: &Transaction<'_>, state: RunState) -> Result<Vec<RunRow>, Failure> {
    let sql = format!("SELECT {RUN} FROM run WHERE state = ? AND state <> 'settled' ORDER BY id");
    tx.prepare(&sql)?.query_and_then([word(&state)?], run_row)?.collect()
}

fn run_row(row: &Row<'_>) -> Result<RunRow, Failure> {
    Ok(RunRow {
        new: read(&row.get::<_, String>(0)?)?,
        fence: row.get(1)?,
        state: read_word(row.get(2)?)?,
        progress: read(&row.get::<_, String>(3)?)?,
        outcome: row.get::<_, Option<String>>(4)?.map(read_word).transpose()?,
        started: row.get(5)?,
        seen: row.get(6)?,
    })
}

fn ledger_row(row: &Row<'_>) -> Result<LedgerRow, Failure> {
    Ok(LedgerRow {
        run: row.get(0)?,
        repository: row.get(1)?,
        ticket: row.get(2)?,
        workflow: row.get(3)?,
        pass: row.get(4)?,
        time: row.get(5)?,
        outcome: read_word(row.get(6)?)?,
        cost: read(&row.get::<_, String>(7)?)?,
        booked: amount(row.get(8)?),
    })
}

fn audit(tx: &Transaction<'_>) -> Result<Vec<String>, Failure> {
    let mut wrong: Vec<String> =
        tx.prepare("PRAGMA integrity_check")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    wrong.retain(|line| line != "ok");
    let differences = "
        SELECT scope, period, settled, held,
            (SELECT coalesce(sum(booked), 0) FROM run_scope NATURAL JOIN ledger
             WHERE run_scope.scope = money.scope AND run_scope.period = money.period) AS booked,
            (SELECT coalesce(sum(hold), 0) FROM run_scope NATURAL JOIN run
             WHERE run_scope.scope = money.scope AND run_scope.period = money.period AND state <> 'settled') AS holds
        FROM money WHERE settled <> booked OR held <> holds";
    let mut find = tx.prepare(differences)?;
    let lines = find.query_and_then([], |row| {
        let (scope, period): (String, String) = (row.get(0)?, row.get(1)?);
        let [settled, held, booked, holds] = [2, 3, 4, 5].map(|place| row.get(place).map(amount));
        Ok::<_, Failure>(format!(
            "{scope} {period}: the totals say {:?} settled and {:?} held, the books {:?} and {:?}",
            settled?, held?, booked?, holds?
        ))
    })?;
    for line in lines {
        wrong.push(line?);
    }
    Ok(wrong)
}

fn without_repeats(scopes: &[(Scope, String)]) -> Vec<(Scope, String)> {
    let mut seen = BTreeSet::new();
    scopes.iter().filter(|scope| seen.insert(*scope)).cloned().collect()
}

/// `ticket:shop/T-1`: the kind has no colon, so no two scopes share a text.
fn scope_text(scope: &Scope) -> String {
    let (kind, id) = match scope {
        Scope::Org(id) => ("org", id),
        Scope::Team(id) => ("team", id),
        Scope::Project(id) => ("project", id),
        Scope::Ticket(id) => ("ticket", id),
        Scope::Pass(id) => ("pass", id),
    };
    format!("{kind}:{id}")
}

fn expiry(now: Timestamp, lease: Duration) -> i64 {
    now.as_millisecond().saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
}

fn text<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(unreadable)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(unreadable)
}

/// The bare word of a variant without data, as a column holds it.
fn word<T: Serialize>(value: &T) -> Result<String, Failure> {
    read(&text(value)?)
}

fn read_word<T: DeserializeOwned>(word: String) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Failure {
    Failure::Refused(format!("a row is not as this program writes it: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Progress;
    use spec::cost::{Basis, Completeness, Cost, Usage};

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn open() -> (tempfile::TempDir, Sqlite) {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::open(directory.path()).unwrap();
        (directory, store)
    }

    fn asked(run: &str, hold: &str) -> NewRun {
        NewRun {
            purpose: Default::default(),
            kind: None,
            forecast: None,
            run: run.to_owned(),
            repository: "shop".to_owned(),
            ticket: "T-1".to_owned(),
            workflow: "feature".to_owned(),
            pass: "spec".to_owned(),
            harness: "claude".to_owned(),
            model: Some("sonnet".to_owned()),
            hold: usd(hold),
            scopes: vec![
                (Scope::Project("shop".to_owned()), "2026-11".to_owned()),
                (Scope::Ticket("shop/T-1".to_owned()), String::new()),
            ],
            leases: Vec::new(),
            supervisor: ProcessId { pid: 1, started: 2 },
        }
    }

    fn row(model: &str, output: u64) -> CostRow {
        CostRow {
            model: model.to_owned(),
            usage: Usage { output, ..Usage::default() },
            completeness: Completeness::Exact,
            calls: Some(1),
            computed: Cost::Unknown,
            reported: None,
            basis: Basis::ListEstimate,
            price_map: "2026-11-20".to_owned(),
        }
    }

    fn yes(_: &[ScopeMoney]) -> Admission {
        Admission::Grant
    }

    fn granted(answer: GrantAnswer) -> Grant {
        match answer {
            GrantAnswer::Granted(grant) => grant,
            other => panic!("not granted: {other:?}"),
        }
    }

    fn ticket_money(store: &Sqlite) -> (Usd, Usd) {
        let money = store.money(&[(Scope::Ticket("shop/T-1".to_owned()), String::new())]).unwrap();
        (money[0].settled, money[0].held)
    }

    #[test]
    fn holds_on_every_scope_and_settles_what_it_cost() {
        let (_directory, store) = open();
        let mut seen = Vec::new();
        let mut decide = |money: &[ScopeMoney]| {
            seen = money.to_vec();
            Admission::Grant
        };
        let grant = granted(store.grant(&asked("r1", "1.5"), &mut decide).unwrap());
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|money| money.committed() == Usd::ZERO));
        assert_eq!(ticket_money(&store), (Usd::ZERO, usd("1.5")));

        let rows = [(row("sonnet", 10), usd("0.2")), (row("haiku", 5), usd("0.000000000001"))];
        store.settle("r1", grant.fence, Outcome::GateFailed, &rows).unwrap();
        store.settle("r1", grant.fence, Outcome::Ok, &rows).unwrap();
        assert_eq!(ticket_money(&store), (usd("0.200000000001"), Usd::ZERO));
        store.settle("r1", grant.fence, Outcome::Ok, &[(row("late", 1), usd("1"))]).unwrap();
        assert_eq!(ticket_money(&store), (usd("1.200000000001"), Usd::ZERO));

        let ledger = store.ledger("shop", Some("T-1")).unwrap();
        assert_eq!(ledger.len(), 3);
        assert!(ledger.iter().all(|line| line.outcome == Outcome::GateFailed), "the first outcome stays");
        assert_eq!(store.ledger("shop", Some("T-2")).unwrap(), Vec::new());
        assert_eq!(store.audit().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn asking_twice_holds_once_and_an_ended_run_is_refused() {
        let (_directory, store) = open();
        let first = granted(store.grant(&asked("r1", "1"), &mut yes).unwrap());
        let mut never = |_: &[ScopeMoney]| panic!("asked again");
        assert_eq!(granted(store.grant(&asked("r1", "1"), &mut never).unwrap()), first);
        assert_eq!(ticket_money(&store).1, usd("1"));
        store.settle("r1", first.fence, Outcome::Cancelled, &[(row("m", 1), usd("0.1"))]).unwrap();
        assert!(matches!(store.grant(&asked("r1", "1"), &mut yes).unwrap(), GrantAnswer::Refused(_)));
        assert_eq!(ticket_money(&store), (usd("0.1"), Usd::ZERO));
    }

    #[test]
    fn a_refused_or_panicking_policy_writes_nothing() {
        let (_directory, store) = open();
        let mut no = |_: &[ScopeMoney]| Admission::Refuse("over budget".to_owned());
        assert_eq!(store.grant(&asked("r1", "1"), &mut no).unwrap(), GrantAnswer::Refused("over budget".to_owned()));
        let broken = std::panic::catch_unwind(|| store.grant(&asked("r2", "1"), &mut |_| panic!("policy")));
        assert!(broken.is_err());
        assert_eq!(store.runs("shop", 10).unwrap(), Vec::new());
        granted(store.grant(&asked("r3", "1"), &mut yes).unwrap());
        assert_eq!(ticket_money(&store).1, usd("1"), "the store still works");
    }

    #[test]
    fn amounts_it_cannot_hold_are_refused_whole() {
        let (_directory, store) = open();
        for amount in ["10000000", "-1"] {
            let error = store.grant(&asked("r1", amount), &mut yes).unwrap_err();
            assert!(matches!(error, StoreError::Amount { .. }), "{error}");
        }
        // Each fits, their sum does not.
        granted(store.grant(&asked("r1", "9000000"), &mut yes).unwrap());
        store.grant(&asked("r2", "9000000"), &mut yes).unwrap_err();
        assert_eq!(ticket_money(&store).1, usd("9000000"));
        assert_eq!(store.audit().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_heartbeat_keeps_the_most_that_was_seen_and_brings_the_wish_to_stop() {
        let (_directory, store) = open();
        let grant = granted(store.grant(&asked("r1", "1"), &mut yes).unwrap());
        let beat = |spent: &str| {
            let progress = Progress { phase: "running".to_owned(), spent: usd(spent), ..Progress::default() };
            store.heartbeat(&grant, &progress).unwrap()
        };
        assert_eq!(beat("0.5"), Directive::Continue);
        assert!(store.stop("r1").unwrap());
        assert!(!store.stop("unknown").unwrap());
        assert_eq!(beat("0.2"), Directive::Stop);
        let known = store.run("r1").unwrap().unwrap();
        assert_eq!((known.progress.spent, known.state), (usd("0.5"), RunState::Running));
    }

    #[test]
    fn a_lost_run_keeps_its_hold_and_its_old_supervisor_is_locked_out() {
        let (_directory, store) = open();
        let grant = granted(store.grant(&asked("r1", "1"), &mut yes).unwrap());
        assert_eq!(store.quarantine(&|_| true).unwrap(), Vec::new());
        let lost = store.quarantine(&|process| process.pid != 1).unwrap();
        assert_eq!(lost.len(), 1);
        assert_eq!(store.quarantine(&|_| true).unwrap(), lost, "and stays so until settled");
        assert_eq!(ticket_money(&store), (Usd::ZERO, usd("1")));
        let stale = StoreError::Stale { token: grant.fence }.to_string();
        assert_eq!(store.heartbeat(&grant, &Progress::default()).unwrap_err().to_string(), stale);
        assert_eq!(store.settle("r1", grant.fence, Outcome::Ok, &[]).unwrap_err().to_string(), stale);
        assert!(!store.stop("r1").unwrap());
        store.settle("r1", lost[0].fence, Outcome::Lost, &[(row("m", 9), usd("0.7"))]).unwrap();
        assert_eq!(ticket_money(&store), (usd("0.7"), Usd::ZERO));
        assert_eq!(store.quarantine(&|_| false).unwrap(), Vec::new());
    }

    fn leasing(run: &str, exclusive: bool) -> NewRun {
        let lease = LeaseRequest { resource: "shop/orders-db".to_owned(), exclusive, capacity: 2 };
        NewRun { leases: vec![lease], ..asked(run, "1") }
    }

    #[test]
    fn leases_are_shared_up_to_the_capacity_and_exclusive_alone() {
        let (_directory, store) = open();
        let first = granted(store.grant(&leasing("r1", false), &mut yes).unwrap());
        granted(store.grant(&leasing("r2", false), &mut yes).unwrap());
        let behind = |answer| match answer {
            GrantAnswer::Wait { resource, behind } => (resource, behind),
            other => panic!("did not wait: {other:?}"),
        };
        let both = ("shop/orders-db".to_owned(), vec!["r1".to_owned(), "r2".to_owned()]);
        assert_eq!(behind(store.grant(&leasing("r3", false), &mut yes).unwrap()), both);
        assert_eq!(behind(store.grant(&leasing("r3", true), &mut yes).unwrap()), both);
        assert_eq!(ticket_money(&store).1, usd("2"), "who waits holds nothing");
        store.settle("r1", first.fence, Outcome::Ok, &[]).unwrap();
        granted(store.grant(&leasing("r3", false), &mut yes).unwrap());
    }

    #[test]
    fn an_overdue_lease_is_taken_and_its_holder_fenced_off() {
        let (_directory, mut store) = open();
        store.lease = Duration::ZERO;
        let first = granted(store.grant(&leasing("r1", true), &mut yes).unwrap());
        let second = granted(store.grant(&leasing("r2", true), &mut yes).unwrap());
        assert!(second.fence > first.fence);
        assert!(matches!(store.heartbeat(&first, &Progress::default()), Err(StoreError::Stale { .. })));
        assert_eq!(store.run("r1").unwrap().unwrap().state, RunState::Quarantined);
        store.lease = LEASE;
        store.heartbeat(&second, &Progress::default()).unwrap();
        assert!(matches!(store.grant(&leasing("r3", true), &mut yes).unwrap(), GrantAnswer::Wait { .. }));
    }

    #[test]
    fn imports_each_run_once() {
        let (_directory, store) = open();
        granted(store.grant(&asked("mine", "1"), &mut yes).unwrap());
        let line = |run: &str, model: &str, booked: &str| LedgerRow {
            run: run.to_owned(),
            repository: "elsewhere".to_owned(),
            ticket: "T-1".to_owned(),
            workflow: "feature".to_owned(),
            pass: "spec".to_owned(),
            time: "2026-10-01T00:00:00Z".to_owned(),
            outcome: Outcome::Ok,
            cost: row(model, 1),
            booked: usd(booked),
        };
        let rows = [
            line("a", "m", "1"),
            line("b", "m", "0.5"),
            line("a", "n", "2"),
            line("mine", "m", "50"),
            line("bad", "m", "-7"),
        ];
        let scopes = |_: &LedgerRow| vec![(Scope::Ticket("shop/T-1".to_owned()), String::new())];
        assert_eq!(store.import("shop", &rows, &scopes).unwrap(), 2);
        assert_eq!(store.import("shop", &rows, &scopes).unwrap(), 0);
        assert_eq!(ticket_money(&store), (usd("3.5"), usd("1")));
        assert!(matches!(store.grant(&asked("a", "1"), &mut yes).unwrap(), GrantAnswer::Refused(_)));
        assert_eq!(store.ledger("shop", None).unwrap().len(), 3);
        assert_eq!(store.audit().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn the_version_moves_with_every_commit_of_anybody() {
        let (directory, store) = open();
        let before = store.version().unwrap();
        assert_eq!(store.version().unwrap(), before);
        granted(store.grant(&asked("r1", "1"), &mut yes).unwrap());
        let own = store.version().unwrap();
        assert_ne!(own, before);
        granted(Sqlite::open(directory.path()).unwrap().grant(&asked("r2", "1"), &mut yes).unwrap());
        assert_ne!(store.version().unwrap(), own);
    }

    #[test]
    fn foreign_newer_and_damaged_files_are_refused_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hub.db");
        let error = |directory: &Path| Sqlite::open(directory).err().unwrap().to_string();
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(error(directory.path()).contains("another program"), "{}", error(directory.path()));
        std::fs::remove_file(&path).unwrap();
        drop(Sqlite::open(directory.path()).unwrap());
        rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(error(directory.path()).contains("newer Tollgate"), "{}", error(directory.path()));
        #[allow(clippy::disallowed_methods)]
        std::fs::write(&path, "not a database at all, but long enough to have been one".repeat(100)).unwrap();
        assert!(error(directory.path()).contains("hub.db cannot be used"), "{}", error(directory.path()));
    }

    #[test]
    fn the_audit_sees_a_total_that_was_tampered_with() {
        let (directory, store) = open();
        granted(store.grant(&asked("r1", "1"), &mut yes).unwrap());
        let other = rusqlite::Connection::open(directory.path().join("hub.db")).unwrap();
        other.execute("UPDATE money SET held = 0 WHERE scope = 'project:shop'", []).unwrap();
        let wrong = store.audit().unwrap();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("project:shop 2026-11:"), "{wrong:?}");
        other.execute("UPDATE money SET held = -1 WHERE scope = 'project:shop'", []).unwrap_err();
    }
}
