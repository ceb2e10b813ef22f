//! `tollgate cancel`: ends a run, with all it started; what it has cost by then is booked.
//!
//! Exit codes: 0 it is being ended, 1 nothing runs, 2 an error.

use crate::workbench::Workbench;
use anyhow::bail;
use std::path::PathBuf;
use std::process::ExitCode;

/// End a run
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The run, or how its id begins (default: the only one that goes on in this repository)
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::home()?;
    let mut bench = Workbench::open(&super::find_root(args.root.as_deref())?)?;
    let running = bench.running()?;
    let named = args.run.as_deref().map(|run| bench.run_named(run)).transpose()?;
    let wanted = |run: &str| named.as_deref().is_none_or(|wanted| wanted == run);
    let found: Vec<_> = running.iter().filter(|row| wanted(&row.new.run)).collect();
    let row = match (found.as_slice(), &args.run) {
        ([row], _) => row,
        ([], Some(run)) => {
            super::note(&format!("run {} does not go on here", delivery::prompt::one_line(run, 80)));
            return Ok(ExitCode::FAILURE);
        }
        ([], None) => {
            super::note("nothing runs here");
            return Ok(ExitCode::FAILURE);
        }
        (several, _) => {
            let lines = several.iter().map(|row| format!("\n  tollgate cancel {}  {}", row.new.run, super::named(row)));
            bail!("several runs go on, name one:{}", lines.collect::<String>());
        }
    };
    let run = &row.new.run;
    if bench.stop(run)? {
        super::print(&format!("{} is being ended; `tollgate log --follow {run}` shows how", super::named(row)));
    } else {
        super::print(&format!("{} has just ended", super::named(row)));
    }
    Ok(ExitCode::SUCCESS)
}
