//! The `tollgate` binary: a command line whose subcommand `lsp` is the language server.

mod cli;
mod lsp;
mod workbench;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
