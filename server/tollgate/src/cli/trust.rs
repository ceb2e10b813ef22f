//! `tollgate trust`: shows exactly what would become runnable, and remembers a person's word about it.
//!
//! JSON (stable): `{"schema_version": 1, "root", "state": "restricted|reviewed|changed|denied", "hash": "sha256:…",
//! "unseen": ["workflow/pass"], "markdown"}`.

use crate::workbench::{Word, Workbench};
use anyhow::bail;
use delivery::trust::Trust;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what would become runnable here, and allow it, deny it or take the word back
#[derive(clap::Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Choice {
    /// Allow the plan with this hash, which was shown before; in a terminal only
    #[arg(long, value_name = "sha256:…")]
    allow: Option<String>,
    /// Back to the beginning; what runs here is stopped
    #[arg(long)]
    revoke: bool,
    /// Never run anything here; what runs here is stopped
    #[arg(long)]
    deny: bool,
}

/// Show what would become runnable here, and allow it, deny it or take the word back
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Print one JSON document and ask nothing
    #[arg(long)]
    json: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand; exit code 3 where something of the present plan may not run afterwards.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = super::find_root(args.root.as_deref())?;
    // without a home there is nothing to read trust from, and nowhere to keep it
    super::home()?;
    let mut bench = Workbench::open(&root)?;
    let word = match &args.choice {
        Choice { allow: Some(hash), .. } => Some(Word::Allow(hash.clone())),
        Choice { revoke: true, .. } => Some(Word::Revoke),
        Choice { deny: true, .. } => Some(Word::Deny),
        Choice { .. } => None,
    };
    let person = super::ask::has_person();
    if matches!(word, Some(Word::Allow(_))) && !person {
        super::note_refusal(args.root.as_deref(), "trust --allow", "there is no person in a terminal");
        bail!("only a person in a terminal allows a plan; a job names it: tollgate run --trust-plan sha256:…");
    }
    if let Some(word) = word {
        let state = bench.record(word)?;
        if let Trust::Changed { .. } = state {
            bail!("that is not the hash of the present plan: look at it again with `tollgate trust`");
        }
    }
    let review = bench.launch_plan()?;
    let unseen: Vec<&str> = review.unseen.iter().filter_map(|key| key.strip_prefix("pass:")).collect();
    // without a pass there is nothing to allow, and nothing that may not run
    let nothing = review.is_empty();
    let whole = nothing || review.state.may_run() && unseen.is_empty();
    if args.json {
        let (root, state) = (root.display().to_string(), review.state.word());
        let report = json!({"schema_version": 1, "root": root, "state": state, "hash": review.hash, "unseen": unseen, "markdown": review.markdown});
        super::print(&format!("{report:#}"));
        return Ok(code(whole));
    }
    if nothing {
        super::print("Nothing here can be run: no workflow has a pass. There is nothing to allow.");
        super::print(&format!("State: {}{}", review.state.word(), why(&review.state)));
        return Ok(code(whole));
    }
    super::print(&review.markdown);
    super::print(&format!("State: {}{}", review.state.word(), why(&review.state)));
    if review.state.may_run() && !unseen.is_empty() {
        let unseen = delivery::prompt::one_line(&unseen.join(", "), 300);
        super::print(&format!("Words: changed since you ran it, and not in your editor: {unseen}"));
    }
    super::print(&format!("Hash:  {}", review.hash));
    let asks = !whole && args.choice.allow.is_none() && !args.choice.revoke && !args.choice.deny;
    if asks && person {
        if !super::ask::ask("Allow exactly this to run on this machine?")? {
            super::print("Nothing was allowed.");
            return Ok(ExitCode::from(3));
        }
        let state = bench.record(Word::Allow(review.hash))?;
        super::print(&format!("State: {}{}", state.word(), why(&state)));
        return Ok(code(state.may_run()));
    }
    if asks {
        super::print("To allow exactly this, run `tollgate trust` in a terminal.");
        super::print(&format!("A job names it: tollgate run --trust-plan {}", review.hash));
    }
    Ok(code(whole))
}

fn why(state: &Trust) -> String {
    match state {
        Trust::Restricted { why } => format!(" ({why})"),
        Trust::Reviewed { until, .. } => format!(" (until {until})"),
        Trust::Changed { .. } => " (another plan was reviewed)".to_owned(),
        Trust::Denied => String::new(),
    }
}

fn code(may_run: bool) -> ExitCode {
    ExitCode::from(if may_run { 0 } else { 3 })
}
