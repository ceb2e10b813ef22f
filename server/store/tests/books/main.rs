//! The books under random histories and under processes that die: nothing lost, nothing doubled, nothing passed.

#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used)]

mod histories;
mod processes;

use spec::cost::{Basis, Completeness, Cost, CostRow, Scope, Usage};
use spec::money::Usd;
use store::{NewRun, ProcessId};

fn cents(count: u64) -> Usd {
    Usd::from_pico(10_i128.pow(10)).times(count)
}

fn row(output: u64) -> CostRow {
    CostRow {
        model: "claude-sonnet-5".to_owned(),
        usage: Usage { output, ..Usage::default() },
        completeness: Completeness::Exact,
        calls: Some(1),
        computed: Cost::exact(cents(output)),
        reported: None,
        basis: Basis::ListEstimate,
        price_map: "2026-11-20".to_owned(),
    }
}

fn org() -> Scope {
    Scope::Org("acme".to_owned())
}

fn project(name: &str) -> Scope {
    Scope::Project(name.to_owned())
}

fn asked(run: &str, project_name: &str, month: &str, hold: Usd, supervisor: ProcessId) -> NewRun {
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
        model: None,
        hold,
        scopes: vec![(org(), month.to_owned()), (project(project_name), month.to_owned())],
        leases: Vec::new(),
        supervisor,
    }
}
