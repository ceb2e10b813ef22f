//! `tollgate cost`: what tickets have cost, from the receipts in the repository and the user's ledger, each run counted
//! once. Reads only: it makes no ledger where there is none and books nothing.
//!
//! The JSON is stable (`schema_version` 1; new keys may come). Amounts are decimal strings of dollars. `cost` is
//! `{low, high, unknown}`: `unknown` counts rows whose price or usage is not known; with any, `high` is no bound.
//! ```json
//! {"schema_version": 1, "root": "/home/ada/shop", "prices": "2026-11-20",
//!  "tickets": [{"ticket": "T-1", "runs": 1, "cost": {"low": "0.008976", "high": "0.008976", "unknown": 0},
//!    "reported": "0.013464", "bases": ["list_estimate"], "price_maps": ["2026-11-20"],
//!    "tokens": {"uncached_input": 3, "cache_read": 20000, "cache_write_5m": 400, "cache_write_1h": 600,
//!               "cache_write_unknown": 0, "output": 157, "reasoning": 0},
//!    "passes": [{"pass": "spec", "runs": 1, "...": "as above"}], "models": [{"model": "claude-sonnet-5", "...": "as above"}],
//!    "running": [{"run": "0190…", "pass": "code", "state": "running", "phase": "checking", "spent": "0.1", "held": "1"}],
//!    "budgets": [{"budget": "ticket", "period": "", "limit": "15", "settled": "0.008976", "held": "1", "state": "ok",
//!                 "set_by": "config"}]}],
//!  "total": {"runs": 1, "...": "as above"},
//!  "forecasts": [{"kind": "spec", "model": "sonnet", "runs": 9, "within_p50": 5, "within_p90": 8}]}
//! ```

use anyhow::{Context, bail};
use delivery::budget::{self, Calendar, Place, ScopeLimit, SetBy, State};
use delivery::calibration::{Calibration, Foretold, calibrations};
use delivery::spending::{self, BudgetLine, Run, Sums, TicketSpending};
use runner::books::settled_runs;
use runner::home::UserConfig;
use runner::world::Site;
use serde_json::{Value, json};
use spec::cost::{Basis, Scope, ScopeMoney, Usage};
use spec::record::Outcome;
use spec::{Project, Usd};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{LedgerRow, RunRow, RunState, Sqlite, Store};

/// Show what tickets have cost, and the state of their budgets
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only this ticket
    #[arg(value_name = "TICKET")]
    ticket: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut site = Site::open(super::home()?, &super::find_root(args.root.as_deref())?)?;
    let (project, repository) = (site.project()?, site.repository());
    let books = Books::read(&site.home.state, &repository)?;
    let view = View { repository: &repository, user: &site.user, now: &runner::world::now() };
    let report = Report::new(&project, &view, &books, args.ticket.as_deref())?;
    super::print(&if args.json { format!("{:#}", report.json()) } else { report.text() });
    Ok(ExitCode::SUCCESS)
}

/// Whose view of which repository, and when.
struct View<'a> {
    repository: &'a str,
    user: &'a UserConfig,
    now: &'a str,
}

/// What the user's ledger says of a repository.
#[derive(Default)]
struct Books {
    store: Option<Sqlite>,
    settled: Vec<LedgerRow>,
    open: Vec<RunRow>,
    /// Runs that have ended.
    ended: Vec<RunRow>,
}

impl Books {
    fn read(state: &Path, repository: &str) -> anyhow::Result<Books> {
        if !state.join("hub.db").exists() {
            return Ok(Books::default());
        }
        let store = Sqlite::open(state)?;
        let settled = store.ledger(repository, None)?;
        let runs = store.runs(repository, 1_000)?.into_iter();
        let (ended, open) = runs.partition(|run| run.state == RunState::Settled);
        Ok(Books { store: Some(store), settled, open, ended })
    }

    /// Runs that were admitted with a forecast, and what they cost. What a person stopped says nothing of the whole, and
    /// what nobody knows the price of says nothing at all.
    fn foretold(&self, runs: &[Run]) -> Vec<Foretold> {
        let whole = |run: &&RunRow| !matches!(run.outcome, Some(Outcome::Cancelled | Outcome::Lost) | None);
        let told = self.ended.iter().filter(whole).filter_map(|row| Some((row, row.new.forecast.as_ref()?)));
        told.filter_map(|(row, forecast)| {
            let sums = Sums::of(runs.iter().filter(|run| run.run == row.new.run));
            Some(Foretold {
                kind: row.new.kind.clone().unwrap_or_else(|| row.new.pass.clone()),
                model: row.new.model.clone().unwrap_or_default(),
                p50: forecast.p50,
                p90: forecast.p90,
                cost: (sums.runs > 0 && sums.unknown == 0).then_some(sums.high)?,
            })
        })
        .collect()
    }

    fn money(&self, scopes: &[(Scope, String)]) -> anyhow::Result<Vec<ScopeMoney>> {
        let nothing = |(scope, period): &(Scope, String)| ScopeMoney {
            scope: scope.clone(),
            period: period.clone(),
            settled: Usd::ZERO,
            held: Usd::ZERO,
        };
        match &self.store {
            Some(store) => Ok(store.money(scopes)?),
            None => Ok(scopes.iter().map(nothing).collect()),
        }
    }

    fn runs(&self) -> Vec<Run> {
        settled_runs(self.settled.clone())
    }
}

struct Report {
    root: String,
    prices: String,
    tickets: Vec<TicketReport>,
    total: Sums,
    /// How good the forecasts of the repository's runs were.
    forecasts: Vec<Calibration>,
}

struct TicketReport {
    ticket: String,
    spending: TicketSpending,
    running: Vec<RunRow>,
    budgets: Vec<BudgetLine>,
}

impl Report {
    fn new(project: &Project, view: &View<'_>, books: &Books, only: Option<&str>) -> anyhow::Result<Report> {
        let repository = view.repository;
        let receipts = runner::books::receipts(project);
        let config = project.config().map(|(_, config)| config);
        let runs = spending::all(books.runs(), &receipts);
        let by_ticket = spending::by_ticket(&runs);
        let busy = books.open.iter().map(|run| run.new.ticket.as_str());
        let known: BTreeSet<&str> = by_ticket.keys().copied().chain(busy).collect();
        if let Some(ticket) = only
            && !known.contains(ticket)
            && project.ticket(ticket).is_none()
        {
            bail!("there is no ticket `{}` and no run of one", ticket.escape_default());
        }
        let shown: Vec<&str> = only.map_or_else(|| known.into_iter().collect(), |ticket| vec![ticket]);
        let calendar = Calendar::at(view.now).context("the clock gives no time")?;
        let mut tickets = Vec::new();
        for ticket in &shown {
            let limits = ticket_limits(project, view, ticket, &runs, &calendar);
            let scopes: Vec<(Scope, String)> =
                limits.iter().map(|limit| (limit.scope.clone(), limit.period_name.clone())).collect();
            let mut money = books.money(&scopes)?;
            spending::add_unbooked(&mut money, &runs, |run| Place::of(repository, config, &run.ticket, &run.pass));
            tickets.push(TicketReport {
                ticket: (*ticket).to_owned(),
                spending: by_ticket.get(ticket).cloned().unwrap_or_default(),
                running: books.open.iter().filter(|run| run.new.ticket == *ticket).cloned().collect(),
                budgets: spending::budgets(limits, &money),
            });
        }
        let total = Sums::of(runs.iter().filter(|run| shown.contains(&run.ticket.as_str())));
        let prices = view.user.prices.version();
        let forecasts = calibrations(&books.foretold(&runs));
        Ok(Report { root: repository.to_owned(), prices, tickets, total, forecasts })
    }

    fn json(&self) -> Value {
        let mut total = sums_json(&self.total);
        total["currency"] = json!("USD");
        json!({
            "schema_version": 1,
            "root": self.root,
            "prices": self.prices,
            "tickets": self.tickets.iter().map(ticket_json).collect::<Vec<_>>(),
            "total": total,
            "forecasts": self.forecasts,
        })
    }

    fn text(&self) -> String {
        if self.tickets.is_empty() {
            return "No runs yet: nothing has cost anything.".to_owned();
        }
        let mut text = String::new();
        for ticket in &self.tickets {
            ticket_text(&mut text, ticket);
        }
        if self.tickets.len() > 1 {
            let _ = writeln!(text, "All: {}", summary(&self.total));
        }
        for group in &self.forecasts {
            let model = if group.model.is_empty() { String::new() } else { format!(" with {}", plain(&group.model)) };
            let Calibration { kind, runs, within_p50, within_p90, .. } = group;
            let _ = writeln!(
                text,
                "Forecasts of {}{model}: of {runs} runs {within_p50} cost at most the middle (half should), {within_p90} at most the end (9 of 10 should).",
                plain(kind)
            );
        }
        let maps: Vec<&str> = self.total.price_maps.iter().map(String::as_str).collect();
        if !maps.is_empty() {
            let _ =
                writeln!(text, "Computed with prices of {}; today's prices are of {}.", maps.join(", "), self.prices);
        }
        text.trim_end().to_owned()
    }
}

/// The budgets that hold for a ticket as a whole: those of single passes are left out, the workflow is the ticket's own
/// or that of its last run.
fn ticket_limits(
    project: &Project,
    view: &View<'_>,
    ticket: &str,
    runs: &[Run],
    calendar: &Calendar,
) -> Vec<ScopeLimit> {
    let config = project.config().map(|(_, config)| config);
    let file = project.ticket(ticket).map(|(_, ticket)| ticket);
    let pinned = file.and_then(|ticket| ticket.workflow.as_ref()).map(|name| name.value.as_str());
    let last = || runs.iter().rev().find(|run| run.ticket == ticket).map(|run| run.workflow.as_str());
    let workflow = pinned.or_else(last).and_then(|name| project.workflow(name)).map(|(_, workflow)| workflow);
    let place = Place::of(view.repository, config, ticket, "");
    let mut limits = budget::limits(&place, calendar, &view.user.budgets, config, workflow, file);
    limits.retain(|limit| !matches!(limit.scope, Scope::Pass(_)));
    limits
}

fn basis_word(basis: Basis) -> &'static str {
    match basis {
        Basis::Metered => "metered",
        Basis::ListEstimate => "list_estimate",
        Basis::SubscriptionNotional => "subscription_notional",
        Basis::Local => "local",
    }
}

fn set_by_word(by: SetBy) -> &'static str {
    match by {
        SetBy::User => "user",
        SetBy::Project => "config",
        SetBy::Workflow => "workflow",
        SetBy::Ticket => "ticket",
    }
}

fn state_word(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Settled => "settled",
        RunState::Quarantined => "quarantined",
    }
}

fn sums_json(sums: &Sums) -> Value {
    json!({
        "runs": sums.runs,
        "cost": {"low": sums.low, "high": sums.high, "unknown": sums.unknown},
        "reported": sums.reported,
        "bases": sums.bases.iter().copied().map(basis_word).collect::<Vec<_>>(),
        "price_maps": sums.price_maps,
        "tokens": sums.usage,
    })
}

fn named_json(key: &str, list: &[(String, Sums)]) -> Vec<Value> {
    let entry = |(name, sums): &(String, Sums)| {
        let mut entry = sums_json(sums);
        entry[key] = json!(name);
        entry
    };
    list.iter().map(entry).collect()
}

fn ticket_json(report: &TicketReport) -> Value {
    let mut ticket = sums_json(&report.spending.sums);
    ticket["ticket"] = json!(report.ticket);
    ticket["passes"] = Value::from(named_json("pass", &report.spending.passes));
    ticket["models"] = Value::from(named_json("model", &report.spending.models));
    ticket["running"] = report.running.iter().map(running_json).collect();
    ticket["budgets"] = report.budgets.iter().map(budget_json).collect();
    ticket
}

fn running_json(run: &RunRow) -> Value {
    json!({
        "run": run.new.run,
        "pass": run.new.pass,
        "state": state_word(run.state),
        "phase": run.progress.phase,
        "spent": run.progress.spent,
        "held": run.new.hold,
    })
}

fn budget_json(line: &BudgetLine) -> Value {
    json!({
        "budget": budget::whose(&line.limit),
        "period": line.limit.period_name,
        "limit": line.limit.limit,
        "settled": line.settled,
        "held": line.held,
        "state": line.state.word(),
        "set_by": set_by_word(line.limit.set_by),
    })
}

/// `$1.20 in 3 runs`.
fn summary(sums: &Sums) -> String {
    match sums.runs {
        0 => "no runs yet".to_owned(),
        1 => format!("{} in 1 run", range(sums)),
        runs => format!("{} in {runs} runs", range(sums)),
    }
}

/// `$0.01`, `$0.01–$0.02`, `unknown`, `$0.01 + unknown`, or that no model was asked: a plain command has no price.
fn range(sums: &Sums) -> String {
    if sums.bases.is_empty() {
        return "no model".to_owned();
    }
    let known = if sums.low == sums.high { sums.high.to_string() } else { format!("{}–{}", sums.low, sums.high) };
    match sums.unknown {
        0 => known,
        _ if sums.high == Usd::ZERO => "unknown".to_owned(),
        _ => format!("{known} + unknown"),
    }
}

fn ticket_text(text: &mut String, report: &TicketReport) {
    let TicketReport { ticket, spending, running, budgets } = report;
    let notes: Vec<&str> = spending
        .sums
        .bases
        .iter()
        .map(|basis| match basis {
            Basis::Metered => "metered",
            Basis::ListEstimate => "list price",
            Basis::SubscriptionNotional => "notional, paid by a subscription",
            Basis::Local => "local",
        })
        .collect();
    let note = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let _ = writeln!(text, "{}: {}{note}", plain(ticket), summary(&spending.sums));
    if spending.sums.runs > 0 {
        let mut rows = vec![HEADER.map(str::to_owned)];
        rows.extend(spending.passes.iter().map(|(pass, sums)| table_row(&plain(pass), sums)));
        rows.extend(spending.models.iter().map(|(model, sums)| table_row(&format!("· {}", plain(model)), sums)));
        table(text, &rows);
    }
    for run in running {
        let state = match run.state {
            RunState::Quarantined => "lost, not settled yet",
            _ => plain_phase(run),
        };
        let (pass, spent, held) = (plain(&run.new.pass), run.progress.spent, run.new.hold);
        let money = if held == Usd::ZERO { "no model".to_owned() } else { format!("{spent} of {held} so far") };
        let _ = writeln!(text, "  running: {pass} ({}), {money}", plain(state));
    }
    for line in budgets {
        let mark = match line.state {
            State::Ok => "",
            State::Approaching => " — approaching",
            State::At => " — reached",
            State::Over => " — over",
        };
        let (whose, limit) = (budget::whose(&line.limit), line.limit.limit);
        let by = match line.limit.set_by {
            SetBy::User => "set by you",
            SetBy::Project => "set in the config",
            SetBy::Workflow => "set in the workflow",
            SetBy::Ticket => "set in the ticket",
        };
        let held = if line.held == Usd::ZERO { String::new() } else { format!(" and {} set aside", line.held) };
        let _ = writeln!(text, "  budget: {whose} {limit} ({by}), {} spent{held}{mark}", line.settled);
    }
    text.push('\n');
}

fn plain_phase(run: &RunRow) -> &str {
    if run.progress.phase.is_empty() { "starting" } else { &run.progress.phase }
}

const HEADER: [&str; 8] = ["pass · model", "runs", "cost", "reported", "input", "cache read", "cache write", "output"];

fn table_row(name: &str, sums: &Sums) -> [String; 8] {
    let Usage { uncached_input, cache_read, cache_write_5m, cache_write_1h, cache_write_unknown, output, .. } =
        sums.usage;
    let write = cache_write_5m.saturating_add(cache_write_1h).saturating_add(cache_write_unknown);
    [
        name.to_owned(),
        sums.runs.to_string(),
        range(sums),
        sums.reported.map_or_else(|| "–".to_owned(), |reported| reported.to_string()),
        grouped(uncached_input),
        grouped(cache_read),
        grouped(write),
        grouped(output),
    ]
}

/// The first column to the left, numbers to the right.
fn table(text: &mut String, rows: &[[String; 8]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    for row in rows {
        let mut line = String::from(" ");
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let _ = if column == 0 { write!(line, " {cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// `20,157`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Names come from files of the repository: nothing in them may be obeyed by a terminal.
fn plain(name: &str) -> String {
    crate::lsp::plain::plain(name)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use delivery::prices::PriceMap;
    use runner::home::Home;
    use spec::cost::{Completeness, CostRow};
    use spec::record::{GateState, Outcome, Receipt, Record};
    use store::{Admission, GrantAnswer, NewRun, ProcessId};

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn row(model: &str) -> CostRow {
        let usage = Usage {
            uncached_input: 3,
            cache_read: 20_000,
            cache_write_5m: 400,
            cache_write_1h: 600,
            output: 157,
            ..Usage::default()
        };
        CostRow {
            model: model.to_owned(),
            usage,
            completeness: Completeness::Exact,
            calls: Some(1),
            computed: PriceMap::default().cost(model, &usage, Some(1)),
            reported: Some(usd("0.013464")),
            basis: Basis::ListEstimate,
            price_map: "2026-11-20".to_owned(),
        }
    }

    fn receipt(run: &str, ticket: &str, rows: Vec<CostRow>) -> Record {
        Record::Run(Box::new(Receipt {
            schema_version: 1,
            run: run.to_owned(),
            ticket: ticket.to_owned(),
            workflow: "feature".to_owned(),
            workflow_blob: text::BlobId::of(b""),
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
            started: "2026-11-20T11:00:00Z".to_owned(),
            ended: "2026-11-20T11:01:00Z".to_owned(),
            cost: rows,
            gate: GateState::Passed,
            checks: Vec::new(),
            isolation: "none".to_owned(),
            transcript: None,
            prev: Vec::new(),
            supersedes: None,
        }))
    }

    /// A repository with a budget and receipts.
    fn repository(receipts: &[Record]) -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            ".tollgate/config.yaml",
            "schema_version: 1\nproject: {id: shop}\nbudgets:\n  - {scope: ticket, limit_usd: 0.01}\n",
        );
        write(".tollgate/tickets/T-9.md", "---\nschema_version: 1\nid: T-9\ntitle: Nine\nstatus: To Do\n---\n");
        for (at, record) in receipts.iter().enumerate() {
            write(&format!(".tollgate/records/T-1/{at}.json"), &serde_json::to_string(record).unwrap());
        }
        write(".tollgate/records/T-1/broken.json", "{");
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("config.yaml") };
        let project = Site::open(home, folder.path()).unwrap().project().unwrap();
        (folder, project)
    }

    fn report(project: &Project, books: &Books, only: Option<&str>) -> anyhow::Result<Report> {
        let view = View { repository: "/repo", user: &UserConfig::default(), now: NOW };
        Report::new(project, &view, books, only)
    }

    #[test]
    fn receipts_in_git_are_enough() {
        let (_folder, project) = repository(&[receipt("a", "T-1", vec![row("claude-sonnet-5")])]);
        let report = report(&project, &Books::default(), None).unwrap();
        let json = report.json();
        let ticket = &json["tickets"][0];
        assert_eq!(ticket["cost"], json!({"low": "0.008976", "high": "0.008976", "unknown": 0}));
        assert_eq!(ticket["reported"], "0.013464");
        assert_eq!(ticket["tokens"]["cache_read"], 20_000);
        assert_eq!(ticket["bases"], json!(["list_estimate"]));
        assert_eq!(ticket["passes"][0]["pass"], "spec");
        assert_eq!(ticket["models"][0]["model"], "claude-sonnet-5");
        let budget = json!({
            "budget": "ticket", "period": "", "limit": "0.01", "settled": "0.008976", "held": "0", "state": "approaching",
            "set_by": "config",
        });
        assert_eq!(ticket["budgets"], json!([budget]));
        let text = report.text();
        assert!(text.starts_with("T-1: $0.009 in 1 run (list price)\n"), "{text}");
        assert!(text.contains("budget: ticket $0.01 (set in the config), $0.009 spent — approaching"), "{text}");
    }

    #[test]
    fn the_ledger_and_a_receipt_of_one_run_count_once_beside_what_runs_now() {
        let (_folder, project) =
            repository(&[receipt("a", "T-1", vec![row("claude-sonnet-5")]), receipt("b", "T-1", vec![row("mystery")])]);
        let state = tempfile::tempdir().unwrap();
        let store = Sqlite::open(state.path()).unwrap();
        let place =
            Place { repository: "/repo", org: None, team: None, project: Some("shop"), ticket: "T-1", pass: "spec" };
        let ask = |run: &str, hold: &str| NewRun {
            purpose: Default::default(),
            kind: None,
            forecast: None,
            run: run.to_owned(),
            repository: "/repo".to_owned(),
            ticket: "T-1".to_owned(),
            workflow: "feature".to_owned(),
            pass: "spec".to_owned(),
            harness: "claude".to_owned(),
            model: None,
            hold: usd(hold),
            scopes: place.books(&Calendar::at(NOW).unwrap()),
            leases: Vec::new(),
            supervisor: ProcessId::default(),
        };
        let grant = |run: &str| match store.grant(&ask(run, "2"), &mut |_| Admission::Grant).unwrap() {
            GrantAnswer::Granted(grant) => grant,
            other => panic!("{other:?}"),
        };
        let (first, _second) = (grant("a"), grant("c"));
        store.settle("a", first.fence, Outcome::Ok, &[(row("claude-sonnet-5"), usd("0.008976"))]).unwrap();
        let books = Books::read(state.path(), "/repo").unwrap();
        let report = report(&project, &books, Some("T-1")).unwrap();
        let ticket = &report.json()["tickets"][0];
        assert_eq!((&ticket["runs"], &ticket["cost"]["unknown"]), (&json!(2), &json!(1)));
        assert_eq!(ticket["running"][0]["run"], "c");
        assert_eq!(ticket["budgets"][0]["held"], "2");
        assert_eq!(ticket["budgets"][0]["settled"], "0.02244", "with what the harness said of the model without price");
        assert_eq!(ticket["budgets"][0]["state"], "over");
        let text = report.text();
        assert!(text.starts_with("T-1: $0.009 + unknown in 2 runs"), "{text}");
        assert!(text.contains("running: spec (starting), $0.00 of $2.00 so far"), "{text}");
    }

    #[test]
    fn looking_makes_no_ledger_and_a_ticket_may_have_no_runs() {
        let (_folder, project) = repository(&[]);
        let state = tempfile::tempdir().unwrap();
        let books = Books::read(&state.path().join("tollgate"), "/repo").unwrap();
        assert!(!state.path().join("tollgate").exists());
        assert_eq!(report(&project, &books, None).unwrap().text(), "No runs yet: nothing has cost anything.");
        assert!(report(&project, &books, Some("T-9")).unwrap().text().starts_with("T-9: no runs yet\n"));
        let error = report(&project, &books, Some("T-\u{1b}[2J")).err().unwrap().to_string();
        assert_eq!(error, "there is no ticket `T-\\u{1b}[2J` and no run of one");
    }

    #[test]
    fn names_from_files_cannot_drive_the_terminal() {
        let (_folder, project) = repository(&[receipt("a", "T\u{1b}[31m", vec![row("m\n\u{202e}x")])]);
        let text = report(&project, &Books::default(), None).unwrap().text();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 12, 999, 1_000, 20_157, 1_234_567].map(grouped),
            ["0", "12", "999", "1,000", "20,157", "1,234,567"]
        );
    }

    #[test]
    fn how_good_forecasts_were_is_said_from_five_runs_on() {
        let (_folder, project) = repository(&[]);
        let state = tempfile::tempdir().unwrap();
        let store = Sqlite::open(state.path()).unwrap();
        let cost = usd("0.008976");
        let run = |at: usize, p50: &str| {
            let new = NewRun {
                purpose: Default::default(),
                kind: Some("spec".to_owned()),
                forecast: Some(store::Forecast { p50: usd(p50), p90: usd("0.01"), n: 9, of: "runs".to_owned() }),
                run: format!("run-{at}"),
                repository: "/repo".to_owned(),
                ticket: "T-1".to_owned(),
                workflow: "feature".to_owned(),
                pass: "spec".to_owned(),
                harness: "claude".to_owned(),
                model: Some("sonnet".to_owned()),
                hold: usd("1"),
                scopes: Vec::new(),
                leases: Vec::new(),
                supervisor: ProcessId::default(),
            };
            let GrantAnswer::Granted(grant) = store.grant(&new, &mut |_| Admission::Grant).unwrap() else { panic!() };
            store.settle(&new.run, grant.fence, Outcome::Ok, &[(row("claude-sonnet-5"), cost)]).unwrap();
        };
        let said = || report(&project, &Books::read(state.path(), "/repo").unwrap(), None).unwrap();
        ["0.001", "0.001", "0.009", "0.009"].into_iter().enumerate().for_each(|(at, p50)| run(at, p50));
        assert!(said().forecasts.is_empty());
        run(4, "0.009");
        let words =
            "Forecasts of spec with sonnet: of 5 runs 3 cost at most the middle (half should), 5 at most the end";
        assert!(said().text().contains(words), "{}", said().text());
        assert_eq!(said().json()["forecasts"][0]["within_p90"], 5);
    }
}
