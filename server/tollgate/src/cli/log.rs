//! `tollgate log`: what a run said: of the agent, of the checks, and how it ended.
//!
//! Exit codes: 0 it was printed, 1 there is none, 2 an error.

use crate::workbench::Workbench;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How often a run that goes on is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Looks at a settled run, at most, until its last word has to be there.
const LAST_WORD: u32 = 25;

/// Print what a run said, and go on while it goes on
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The run, or how its id begins (default: the newest one of this repository)
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Print more as it comes, until the run ends
    #[arg(long, short)]
    follow: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::home()?;
    let mut bench = Workbench::open(&super::find_root(args.root.as_deref())?)?;
    let Some(run) = (match &args.run {
        Some(run) => Some(bench.run_named(run)?),
        None => bench.newest_run()?,
    }) else {
        super::note("nothing was run here yet");
        return Ok(ExitCode::FAILURE);
    };
    let (mut printed, mut settled) = (0, 0);
    loop {
        // Asked before it is read, so that what is said last is printed, too. The last word comes a moment after the money
        // is settled; of a run whose supervisor was killed it never comes.
        settled += u32::from(args.follow && bench.running()?.iter().all(|row| row.new.run != run));
        let over = !args.follow || settled > 0 && (bench.has_ended(&run) || settled > LAST_WORD);
        let log = match bench.run_log(Some(&run)) {
            Ok(log) => log.text,
            // a run that has just begun has said nothing
            Err(_) if !over => String::new(),
            Err(error) => return Err(error),
        };
        if let Some(more) = log.get(printed..).filter(|more| !more.is_empty()) {
            super::print(&delivery::prompt::visible(more.strip_suffix('\n').unwrap_or(more)));
            printed = log.len();
        }
        if over {
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(PAUSE);
    }
}
