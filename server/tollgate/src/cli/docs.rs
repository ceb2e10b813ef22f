//! `tollgate docs`: what documents say they document, and whether it is still so.

mod adopt;
mod attest;
mod check;
mod desk;
mod explain;
mod fix;
mod merge;
mod sync;

use std::process::ExitCode;

/// Check, vouch for and explain what documents say of the code
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Say which documents no longer say what the code is
    Check(check::Args),
    /// Say that a document, or a section of it, is right as it stands
    Attest(attest::Args),
    /// Write the generated regions of documents anew
    Sync(sync::Args),
    /// Merge a document, as git calls it; or set git up to call it
    Merge(merge::Args),
    /// Show why a section is fresh or stale, or which documents speak of a source
    Explain(explain::Args),
    /// Find what documents could be bound to, in a repository that never did it
    Adopt(adopt::Args),
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Attest(args) => attest::run(args),
        Command::Sync(args) => sync::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Adopt(args) => adopt::run(args),
    }
}
