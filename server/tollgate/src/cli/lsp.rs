//! `tollgate lsp`: the language server on standard input and output.

use std::{path::PathBuf, process::ExitCode};

/// Arguments of `tollgate lsp`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also write the log to this file (appended)
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,

    /// Accepted because many clients pass it; standard input and output are the only channel
    #[arg(long)]
    stdio: bool,
}

/// Serves until the client leaves.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { log_file, stdio: _ } = args;
    crate::lsp::serve(log_file.as_deref())
}
