//! Receipts that came with the repository, booked into the user's ledger: what other machines spent on a ticket counts
//! here, too. Only for a root that the user trusts, and only on the project's own scopes.

use delivery::budget::{Calendar, Place};
use delivery::spending;
use spec::Project;
use spec::record::Receipt;
use std::collections::BTreeMap;
use store::{LedgerRow, Store, StoreError};

/// Books what the ledger does not have yet; returns how many runs that were. Asking again books nothing.
pub fn import_receipts(store: &dyn Store, repository: &str, project: &Project) -> Result<usize, StoreError> {
    let config = project.config().map(|(_, config)| config);
    let rows: Vec<LedgerRow> = spending::all(Vec::new(), &receipts(project))
        .into_iter()
        .filter(|run| Calendar::at(&run.started).is_some())
        .flat_map(|run| ledger_rows(repository, run))
        .collect();
    store.import(repository, &rows, &|row| {
        let place = Place::of(repository, config, &row.ticket, &row.pass);
        Calendar::at(&row.time).map(|calendar| place.books_of_receipt(&calendar)).unwrap_or_default()
    })
}

/// The runs that lines of the ledger belong to, by id.
pub fn settled_runs(lines: Vec<LedgerRow>) -> Vec<spending::Run> {
    let mut runs: BTreeMap<String, spending::Run> = BTreeMap::new();
    for line in lines {
        let run = runs.entry(line.run.clone()).or_insert_with(|| spending::Run {
            run: line.run,
            ticket: line.ticket,
            workflow: line.workflow,
            pass: line.pass,
            outcome: line.outcome,
            started: line.time,
            rows: Vec::new(),
            booked: true,
        });
        run.rows.push(line.cost);
    }
    runs.into_values().collect()
}

/// All run receipts of a project, in path order.
pub fn receipts(project: &Project) -> Vec<&Receipt> {
    project.receipts().collect()
}

fn ledger_rows(repository: &str, run: spending::Run) -> Vec<LedgerRow> {
    let booked = spending::bookings_of_receipt(&run.rows);
    let line = |(cost, booked)| LedgerRow {
        run: run.run.clone(),
        repository: repository.to_owned(),
        ticket: run.ticket.clone(),
        workflow: run.workflow.clone(),
        pass: run.pass.clone(),
        time: run.started.clone(),
        outcome: run.outcome,
        cost,
        booked,
    };
    run.rows.into_iter().zip(booked).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spec::cost::{Scope, Usage};
    use spec::{SpecFile, Usd};
    use std::sync::Arc;
    use store::{RunState, Sqlite};

    fn record(run: &str, started: &str, computed: serde_json::Value) -> String {
        let row = json!({
            "model": "m", "usage": Usage::default(), "completeness": "exact", "calls": 1, "computed": computed,
            "reported": "0.5", "basis": "list_estimate", "price_map": "2026-11-20",
        });
        json!({
            "kind": "run", "schema_version": 1, "run": run, "ticket": "T-1", "workflow": "feature",
            "workflow_blob": text::BlobId::of(b""), "pass": "spec", "attempt": 1, "harness": "claude", "reason": "",
            "inputs": [], "outputs": [], "outcome": "ok", "message": "", "cache_key": "", "started": started,
            "ended": started, "cost": [row], "gate": "PASSED", "isolation": "none",
        })
        .to_string()
    }

    #[test]
    fn other_machines_runs_are_booked_once_and_only_inside_the_project() {
        let mut project = Project::default();
        let mut put = |path: &str, text: &str| project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        let exact = |amount: &str| json!({"state": "known", "low": amount, "high": amount});
        put(".tollgate/config.yaml", "schema_version: 1\nproject: {id: shop, org: acme, team: core}\n");
        put(".tollgate/records/T-1/a.json", &record("a", "2026-11-20T10:00:00Z", exact("1")));
        put(".tollgate/records/T-1/b.json", &record("b", "2026-11-20T11:00:00Z", json!({"state": "unknown"})));
        put(".tollgate/records/T-1/c.json", &record("c", "some day", exact("4")));
        put(".tollgate/records/T-1/d.json", &record("d", "2026-11-20T12:00:00Z", exact("99999999")));
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path()).unwrap();
        assert_eq!(import_receipts(&store, "/shop", &project).unwrap(), 2);
        let version = store.version().unwrap();
        assert_eq!(import_receipts(&store, "/shop", &project).unwrap(), 0);
        assert_eq!(store.version().unwrap(), version, "asking again writes nothing");

        let month = |scope: Scope| (scope, "2026-11".to_owned());
        let scopes = [
            month(Scope::Project("shop".to_owned())),
            month(Scope::Project("/shop".to_owned())),
            month(Scope::Ticket("shop/T-1".to_owned())),
            month(Scope::Org("*".to_owned())),
            month(Scope::Org("acme".to_owned())),
            month(Scope::Team("core".to_owned())),
        ];
        let settled: Vec<Usd> = store.money(&scopes).unwrap().into_iter().map(|money| money.settled).collect();
        let dollars = |text: &str| Usd::parse(text).unwrap();
        let inside = dollars("1.5");
        assert_eq!(settled, [inside, inside, inside, Usd::ZERO, Usd::ZERO, Usd::ZERO]);
        assert!(store.runs("/shop", 10).unwrap().iter().all(|run| run.state == RunState::Settled));
    }
}
