//! `tollgate apply`: puts the change of a run whose gate failed into the work tree all the same. It is whole or not at
//! all, and the gate stays as it is: what was found is still found.
//!
//! Exit codes: 0 applied, 1 nothing was, 2 an error, 3 the root is not trusted.

use crate::workbench::{Keeping, Workbench};
use anyhow::bail;
use delivery::prompt::one_line;
use std::path::PathBuf;
use std::process::ExitCode;

/// Take the change of a run whose gate failed all the same
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The run, or how its id begins (default: the newest one that keeps a change)
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if runner::gate::under_a_run() {
        bail!("a run cannot apply its own change");
    }
    super::home()?;
    let mut bench = Workbench::open(&super::find_root(args.root.as_deref())?)?;
    let named = args.run.as_deref().map(|run| bench.run_named(run)).transpose()?;
    let wanted = |keeping: &Keeping| named.as_deref().is_none_or(|run| run == keeping.run);
    let Some(keeping) = bench.keeping()?.into_iter().find(wanted) else {
        super::note(match &args.run {
            Some(_) => "that run keeps no change, or a newer one of its pass took its place",
            None => "no run here keeps a change",
        });
        return Ok(ExitCode::FAILURE);
    };
    if !bench.launch_plan()?.state.may_run() {
        super::note("this root is not trusted. Review what would run with `tollgate trust`");
        return Ok(ExitCode::from(3));
    }
    let Keeping { ticket, pass, run, paths } = &keeping;
    let (ticket, pass) = (one_line(ticket, 60), one_line(pass, 60));
    let changes: String = paths.iter().map(|path| format!("  changes {}\n", one_line(path, 200))).collect();
    let question = format!("Change of pass {pass} of {ticket}, run {run}\n{changes}Apply it?");
    if !args.yes && !super::ask::confirmed(&question)? {
        super::note("nothing was applied");
        return Ok(ExitCode::FAILURE);
    }
    if let Err(error) = bench.apply(run) {
        super::note(&format!("tollgate: {error:#}"));
        return Ok(ExitCode::FAILURE);
    }
    for path in paths {
        super::print(&format!("applied {}", one_line(path, 200)));
    }
    super::note(&format!("`tollgate gate {ticket} --pass {pass}` checks it here"));
    Ok(ExitCode::SUCCESS)
}
