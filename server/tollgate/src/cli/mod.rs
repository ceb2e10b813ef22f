//! The command line. One subcommand is one file with its `Args` and a `run(args) -> anyhow::Result<ExitCode>`.

mod cost;
mod lsp;

use clap::{Parser, Subcommand};
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
    /// Show what tickets have cost, and the state of their budgets
    Cost(cost::Args),
    /// Serve an editor: the Language Server Protocol on standard input and output
    Lsp(lsp::Args),
}

/// Reads the arguments and runs the subcommand; an error is one line on standard error and exit code 2.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Cost(args) => cost::run(&args),
        Command::Lsp(args) => lsp::run(args),
    };
    outcome.unwrap_or_else(|error| {
        // A closed standard error is no reason to fail twice.
        let _ = writeln!(std::io::stderr(), "tollgate: {error:#}");
        ExitCode::from(2)
    })
}

/// Prints what a subcommand found, with a line end. A reader that has gone away (`| head`) is no error.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
