//! The command line. One subcommand is one file with its `Args` and a `run(args) -> anyhow::Result<ExitCode>`.

mod agents;
mod apply;
mod ask;
mod cancel;
mod check;
mod cost;
mod docs;
mod explain;
mod fmt;
mod gate;
mod init;
mod log;
mod lsp;
mod rules;
mod run;
mod trace;
mod trust;
mod try_out;

use crate::workbench;
use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use delivery::prompt::visible;
use delivery::ticket::Resolution;
use runner::home::Home;
use spec::Project;
use std::path::{Path, PathBuf};
use std::{io::Write, process::ExitCode};

/// EXPLAIN for AI work: what the next pass of a ticket is, what it costs, and what its gates found.
#[derive(Parser)]
#[command(name = "tollgate", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try it all on a bundled repository, without an account or a network
    Try(try_out::Args),
    /// Write a small working .tollgate/ for this repository
    Init(init::Args),
    /// Check the delivery files and print what the editor shows
    Check(check::Args),
    /// Check, vouch for and explain what documents say of the code
    Docs(docs::Args),
    /// Lay out front matter and configuration
    Fmt(fmt::Args),
    /// Show the plan of a ticket: its passes, what is next and why, what it may cost
    Explain(explain::Args),
    /// Show what a feature asks for and which tasks do it
    Trace(trace::Args),
    /// Show what would become runnable here, and allow it, deny it or take the word back
    Trust(trust::Args),
    /// Run the next pass of a ticket
    Run(run::Args),
    /// Print what a run said, and go on while it goes on
    Log(log::Args),
    /// End a run
    Cancel(cancel::Args),
    /// Run the checks of a gate over the work tree, or decide on it
    Gate(gate::Args),
    /// Take the change of a run whose gate failed all the same
    Apply(apply::Args),
    /// Show what tickets have cost, and the state of their budgets
    Cost(cost::Args),
    /// List agents, and project ours to the files of hosts
    Agents(agents::Args),
    /// List the rules of `tollgate check`, explain one, or write their manual
    Rules(rules::Args),
    /// Serve an editor: the Language Server Protocol on standard input and output
    Lsp(lsp::Args),
}

/// Reads the arguments and runs the subcommand; an error is one line on standard error and exit code 2.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Agents(args) => agents::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Cancel(args) => cancel::run(&args),
        Command::Log(args) => log::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Gate(args) => gate::run(args),
        Command::Trace(args) => trace::run(&args),
        Command::Trust(args) => trust::run(&args),
        Command::Lsp(args) => lsp::run(args),
        Command::Rules(args) => rules::run(&args),
        Command::Run(args) => run::run(args),
        Command::Try(args) => try_out::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        note(&format!("tollgate: {}", sentence(&error)));
        ExitCode::from(2)
    })
}

/// An error with its causes on one line; a cause that was said already is not said again.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        said if said.contains(&cause) => said.to_owned(),
        said => format!("{said}: {cause}"),
    })
}

/// Says something beside the result, on standard error. That it is closed is no reason to fail.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints what a subcommand found, with a line end. A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The folder that was named; else the nearest at or above this one with `.tollgate`, else with `.git`, else this one.
fn find_root(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    match named {
        Some(named) if !named.is_dir() => bail!("there is no folder {}", named.display()),
        Some(named) => Ok(named.canonicalize()?),
        None => workbench::root_above(Path::new(".")),
    }
}

/// Where the user's own configuration and state lie.
fn home() -> anyhow::Result<Home> {
    Home::from_environment()
        .context("there is no place for runs and trust: set HOME, or XDG_STATE_HOME and XDG_CONFIG_HOME")
}

/// A run in words: `fix of bug-7`.
fn named(row: &store::RunRow) -> String {
    visible(&format!("{} of {}", row.new.pass, row.new.ticket))
}

/// Why there is no ticket to work on, and what to do. Where nothing could be current, the reasons are left out.
fn no_ticket(command: &str, project: &Project, resolution: &Resolution, named: bool) -> String {
    let tickets: Vec<&str> = delivery::ticket::open(project).collect();
    let folder = project.files().any(|file| file.path.starts_with(".tollgate/"));
    let todo = match tickets.as_slice() {
        [] if folder => "there are no tickets here; a file `.tollgate/tickets/<id>.md` is one".to_owned(),
        [] => "there is no .tollgate/ here; `tollgate init` writes a small one".to_owned(),
        some => {
            let more = if some.len() > 20 { " | …" } else { "" };
            format!(
                "name one: tollgate {command} {}{more}",
                some.iter().take(20).copied().collect::<Vec<_>>().join(" | ")
            )
        }
    };
    let line = delivery::explain::resolution_line(resolution);
    visible(&match (named, tickets.is_empty()) {
        // whoever named one did not ask for the current one
        (true, _) => format!("{}\n{todo}", line.strip_prefix("no current ticket: ").unwrap_or(&line)),
        (false, true) => todo,
        (false, false) => format!("{line}\n{todo}"),
    })
}

/// Keeps that something was tried and refused, for who looks later.
fn note_refusal(root: Option<&std::path::Path>, what: &str, why: &str) {
    if let (Ok(home), Ok(root)) = (home(), find_root(root)) {
        runner::audit::refused(&home, &root.display().to_string(), what, "the command line", why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let inner = || anyhow::anyhow!("no such file");
        assert_eq!(sentence(&inner().context("`a`: no such file")), "`a`: no such file");
        assert_eq!(sentence(&inner().context("`a` cannot be opened")), "`a` cannot be opened: no such file");
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
