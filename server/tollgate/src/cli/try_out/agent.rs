//! Stands in for a coding agent in the sample: reads the prompt as every harness gets it, and lays down a fix that was
//! recorded. It works where the runner put it, in the work tree of a run, and nowhere else.

use super::sample::{TICKET, add};
use anyhow::{Context, bail};
use include_dir::{Dir, include_dir};
use runner::files::Root;
use std::io::Read;
use std::process::ExitCode;

static FIX: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/solutions/bug-7/fix");
const POSTMORTEM: &[u8] = include_bytes!("../../../../../fixtures/solutions/bug-7/postmortem.md");

/// Does the pass that the environment names.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    if !runner::gate::under_a_run() {
        bail!("this is what a run of the sample starts; `tollgate try` shows it");
    }
    let (ticket, pass) = (name("TOLLGATE_TICKET_ID")?, name("TOLLGATE_PASS")?);
    let mut prompt = String::new();
    std::io::stdin().read_to_string(&mut prompt).context("the prompt cannot be read")?;
    crate::cli::print(&format!("read the prompt: {} words", prompt.split_whitespace().count()));
    let mut files: Vec<(String, &'static [u8])> = Vec::new();
    match (ticket.as_str(), pass.as_str()) {
        (TICKET, "fix") => add(&FIX, ".", &mut files),
        (TICKET, "postmortem") => files.push(("docs/incidents/bug-7.md".to_owned(), POSTMORTEM)),
        _ => bail!("only {TICKET} was recorded; with a coding agent of yours, pass `{pass}` of `{ticket}` would run"),
    }
    let tree = Root::open(&std::env::current_dir()?)?;
    for (path, bytes) in files {
        let path = path.trim_start_matches("./");
        tree.write(path, bytes)?;
        crate::cli::print(&format!("wrote {path}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn name(variable: &str) -> anyhow::Result<String> {
    std::env::var(variable).with_context(|| format!("{variable} is not set"))
}
