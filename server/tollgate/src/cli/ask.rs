//! Asks the person in the terminal. Everything that needs a yes is asked here, so that `y` and `yes` are one everywhere.

use anyhow::bail;
use std::io::{BufRead, IsTerminal, Write};

/// Whether somebody can answer.
pub(super) fn has_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether a person sits there: a terminal, and not one that a run has.
pub(super) fn has_person() -> bool {
    has_terminal() && !runner::gate::under_a_run()
}

/// Asks on standard error, which leaves standard output to what was found. True for `y` or `yes` alone; the end of the
/// input is a no.
pub(super) fn ask(question: &str) -> anyhow::Result<bool> {
    let mut terminal = std::io::stderr();
    terminal.write_all(delivery::prompt::visible(&format!("{question} [y/N] ")).as_bytes())?;
    terminal.flush()?;
    answer(&mut std::io::stdin().lock())
}

/// Asks before something is done that `--yes` would do unasked.
pub(super) fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !has_terminal() {
        bail!("there is no terminal to ask in; say --yes");
    }
    ask(question)
}

fn answer(input: &mut impl BufRead) -> anyhow::Result<bool> {
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        let said = |words: &str| answer(&mut words.as_bytes()).unwrap();
        assert!(["y\n", "yes\n", "Y\r\n", " YES \n", "yes"].into_iter().all(said));
        assert!(!["", "\n", "n\n", "no\n", "yess\n", "y y\n", "\ny\n"].into_iter().any(said));
    }
}
