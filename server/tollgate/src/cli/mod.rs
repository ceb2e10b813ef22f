//! The command line. One subcommand is one file with its `Args` and a `run(args) -> anyhow::Result<ExitCode>`.

mod check;
mod cost;
mod explain;
mod gate;
mod init;
mod lsp;
mod run;
mod trust;

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::{io::Write, process::ExitCode};

/// EXPLAIN for AI work: what the next pass of a ticket is, what it costs, and what its gates found.
#[derive(Parser)]
#[command(name = "tollgate", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the delivery files and print what the editor shows
    Check(check::Args),
    /// Write a small working .tollgate/ for this repository
    Init(init::Args),
    /// Show what tickets have cost, and the state of their budgets
    Cost(cost::Args),
    /// Show the plan of a ticket: its passes, what is next and why, what it may cost
    Explain(explain::Args),
    /// Run the checks of a gate over the work tree, or decide on it
    Gate(gate::Args),
    /// Show what would become runnable here, and allow it, deny it or take the word back
    Trust(trust::Args),
    /// Serve an editor: the Language Server Protocol on standard input and output
    Lsp(lsp::Args),
    /// Run the next pass of a ticket
    Run(run::Args),
}

/// Reads the arguments and runs the subcommand; an error is one line on standard error and exit code 2.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Gate(args) => gate::run(args),
        Command::Trust(args) => trust::run(&args),
        Command::Lsp(args) => lsp::run(args),
        Command::Run(args) => run::run(args),
    };
    outcome.unwrap_or_else(|error| {
        // A closed standard error is no reason to fail twice.
        let _ = writeln!(std::io::stderr(), "tollgate: {error:#}");
        ExitCode::from(2)
    })
}

/// Prints what a subcommand found, with a line end. A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The folder that was named, or the nearest one at or above this with a `.tollgate` in it.
fn find_root(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let here = std::env::current_dir().context("this folder cannot be read")?;
    let with_files = here.ancestors().find(|folder| folder.join(".tollgate").is_dir());
    Ok(with_files.unwrap_or(&here).to_owned())
}
