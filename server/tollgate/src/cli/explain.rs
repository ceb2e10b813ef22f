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
//! Where no ticket is found it is `{"schema_version": 1, "resolution": …, "tickets": ["feat-12"]}` and the exit code 1; 2
//! where one was named that does not exist.

use delivery::explain::{self, Explanation};
use delivery::prompt::visible;
use delivery::ticket::{self, Explicit, Resolution};
use delivery::world::Overrides;
use runner::world::Site;
use serde_json::json;
use spec::Project;
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
    let mut site = Site::open(super::home()?, &root)?;
    let project = site.project()?;
    let named = args.ticket.clone().map(|ticket| (Explicit::CommandLine, ticket));
    let resolution = ticket::resolve(&project, &site.hints(named));
    let (text, code) = match resolution.ticket.as_deref() {
        Some(ticket) => (plan(args, &mut site, &project, ticket, &resolution)?, ExitCode::SUCCESS),
        // one that was named and does not exist is a slip; that none is current is an answer
        None => {
            let code = if args.ticket.is_some() { 2 } else { 1 };
            (no_ticket(args, &project, &resolution), ExitCode::from(code))
        }
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
    let tickets: Vec<&str> = project.tickets().map(|(id, _)| id).collect();
    if args.json {
        return format!("{:#}", json!({"schema_version": 1, "resolution": resolution, "tickets": tickets}));
    }
    super::no_ticket("explain", project, resolution, args.ticket.is_some())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use runner::home::Home;
    use serde_json::Value;

    /// A repository with one ticket, and a home that has nothing.
    fn repository() -> (tempfile::TempDir, Site) {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("shop").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            ".tollgate/workflows/chore.md",
            "---\nschema_version: 1\nname: chore\nversion: \"1.0.0\"\nticket: {types: [chore]}\npasses:\n  \
             - {id: tidy, type: command, run: \"true\", inputs: [\"docs/**\"]}\n---\n# Chore\n\n## tidy\nTidy up.\n",
        );
        write(
            ".tollgate/tickets/c-1.md",
            "---\nschema_version: 1\nid: c-1\ntitle: \"Tidy \\e[31m up\"\nstatus: To Do\ntype: chore\n---\n",
        );
        write("docs/a.md", "hello\n");
        let state = folder.path().join("state");
        let home = Home { configuration: state.join("config.yaml"), state };
        let site = Site::open(home, &folder.path().join("shop")).unwrap();
        (folder, site)
    }

    fn explained(site: &mut Site, ticket: &str, json: bool) -> String {
        let args = Args { ticket: Some(ticket.to_owned()), json, root: None };
        let project = site.project().unwrap();
        let resolution = ticket::resolve(&project, &site.hints(Some((Explicit::CommandLine, ticket.to_owned()))));
        match resolution.ticket.as_deref() {
            Some(ticket) => plan(&args, site, &project, ticket, &resolution).unwrap(),
            None => no_ticket(&args, &project, &resolution),
        }
    }

    #[test]
    fn explains_from_disk_and_makes_no_ledger() {
        let (folder, mut site) = repository();
        let json: Value = serde_json::from_str(&explained(&mut site, "C-1", true)).unwrap();
        assert_eq!(json["schema_version"], 1);
        assert_eq!(json["resolution"]["rule"], "command_line");
        assert_eq!(json["next"]["pass"], "tidy");
        let input = json!({"path": "docs/a.md", "blob": "ce013625030ba8dba906f756967f9e9ca394464a"});
        assert_eq!(json["passes"][0]["inputs"], json!([input]));
        assert!(!folder.path().join("state/hub.db").exists());
    }

    #[test]
    fn files_cannot_drive_the_terminal() {
        let (_folder, mut site) = repository();
        let text = explained(&mut site, "c-1", false);
        assert!(text.starts_with("c-1 Tidy \\u{1b}[31m up\n"), "{text:?}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn says_which_tickets_there_are() {
        let (_folder, mut site) = repository();
        let text = explained(&mut site, "c-2", false);
        assert_eq!(text, "there is no ticket `c-2`\nname one: tollgate explain c-1");
        let json: Value = serde_json::from_str(&explained(&mut site, "c-2", true)).unwrap();
        assert_eq!((&json["schema_version"], &json["tickets"]), (&json!(1), &json!(["c-1"])));
    }
}
