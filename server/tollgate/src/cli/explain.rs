//! `tollgate explain`: the plan of a ticket, as hovers and lenses show it. Looks only: it starts nothing, and makes no
//! ledger where there is none, so it works in a root that nobody trusts.
//!
//! The JSON is stable (`schema_version` 1; new keys may come). It is [`delivery::plan::Plan`] with `resolution`
//! ([`delivery::ticket::Resolution`]) beside it. Amounts are decimal strings of dollars, places are byte ranges.
//! ```json
//! {"schema_version": 1,
//!  "resolution": {"ticket": "feat-12", "rule": "branch_name", "rejected": [{"rule": "open_file", "why": "…"}]},
//!  "ticket": {"id": "feat-12", "title": "…", "status": "To Do", "path": ".tollgate/tickets/feat-12.md"},
//!  "workflow": {"workflow": "feature", "why": "…", "rejected": [["docs", "…"]]},
//!  "next": {"pass": "spec", "why": "`spec` is ready: it has not been run"},
//!  "spent": "0", "held": "0", "remaining": null, "notes": [],
//!  "budgets": [{"budget": "ticket", "scope": {"kind": "ticket", "id": "shop/feat-12"}, "period": "", "limit": "12",
//!               "committed": "0", "left": "12", "state": "ok"}],
//!  "passes": [{"id": "spec", "type": "agent", "state": "ready", "why": ["…"], "agent": "specifier",
//!    "route": {"choice": {"harness": "claude", "model": "sonnet"}, "why": ["…"], "rejected": []},
//!    "inputs": [{"path": "docs/a.md", "blob": "40 hex digits"}], "outputs": [{"id": "spec", "path": "…", "blob": null}],
//!    "cache_key": "64 hex digits", "estimate": {"basis": "history", "p50": "0.1", "p90": "0.4", "n": 12, "of": "…"},
//!    "cap": "2", "budgets": ["as above"], "gate": {"state": "PENDING", "parts": []}}]}
//! ```
//! Where no ticket is found it is `{"schema_version": 1, "resolution": …, "tickets": ["feat-12"]}` and the exit code 1.

use anyhow::Context;
use delivery::explain::{self, Explanation};
use delivery::prompt::visible;
use delivery::ticket::{self, Explicit, Resolution};
use delivery::world::Overrides;
use runner::home::Home;
use runner::world::Site;
use serde_json::json;
use spec::{NameKind, Project};
use std::path::PathBuf;
use std::process::ExitCode;
use store::{Sqlite, Store};

/// Show the plan of a ticket: its passes, what is next and why, what it may cost
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The ticket (default: the current one, by `TOLLGATE_TICKET`, branch or assignee)
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
    let root = super::find_root(args.root.as_deref())?;
    let home = Home::from_environment().context("there is no home folder (set HOME)")?;
    let mut site = Site::open(home, &root)?;
    let project = site.project()?;
    let named = args.ticket.clone().map(|ticket| (Explicit::CommandLine, ticket));
    let resolution = ticket::resolve(&project, &site.hints(named));
    let (text, code) = match resolution.ticket.as_deref() {
        Some(ticket) => (plan(args, &mut site, &project, ticket, &resolution)?, ExitCode::SUCCESS),
        None => (no_ticket(args, &project, &resolution), ExitCode::from(1)),
    };
    super::print(&text);
    Ok(code)
}

fn plan(
    args: &Args,
    site: &mut Site,
    project: &Project,
    ticket: &str,
    resolution: &Resolution,
) -> anyhow::Result<String> {
    let ledger = site.home.state.join("hub.db").exists().then(|| Sqlite::open(&site.home.state)).transpose()?;
    let store = ledger.as_ref().map(|ledger| ledger as &dyn Store);
    let world = site.world(project, store, ticket, Overrides::default())?;
    let plan = delivery::plan::plan(project, ticket, &world);
    if args.json {
        return Ok(serde_json::to_string_pretty(&Explanation { resolution, plan: Some(&plan) })?);
    }
    Ok(visible(explain::text(Some(resolution), &plan).trim_end()))
}

fn no_ticket(args: &Args, project: &Project, resolution: &Resolution) -> String {
    let tickets: Vec<&str> = project.defined(NameKind::Ticket).map(|name| name.text.as_str()).collect();
    if args.json {
        return format!("{:#}", json!({"schema_version": 1, "resolution": resolution, "tickets": tickets}));
    }
    let known = match tickets.as_slice() {
        [] => "there are no tickets; `.tollgate/tickets/<id>.md` holds one".to_owned(),
        some => format!("name one: tollgate explain {}", some.join(" | ")),
    };
    visible(&format!("{}\n{known}", explain::resolution_line(resolution)))
}
