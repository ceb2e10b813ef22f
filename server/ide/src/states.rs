//! What the state of money, gates and documents can say, beside the rules: the same page of a manual for each, so that
//! every diagnostic can be explained.

use crate::diagnostic::Severity;

/// A diagnostic that no text of a file alone brings about.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Stable id, `area/name`.
    pub id: &'static str,
    /// Its severity, unless `rules.severity` of the config says otherwise; a finding has its checker's.
    pub severity: Severity,
    /// One sentence: what it means.
    pub why: &'static str,
    /// What can be done.
    pub fix: &'static str,
}

const fn state(id: &'static str, severity: Severity, why: &'static str, fix: &'static str) -> State {
    State { id, severity, why, fix }
}

/// All of them, by id.
pub const ALL: &[State] = &[
    state(
        "budget/approaching",
        Severity::Information,
        "What was spent and is set aside has passed the first warning of this budget.",
        "Look at `tollgate cost`, finish what runs, or raise the limit at the marked amount.",
    ),
    state(
        "budget/at-limit",
        Severity::Warning,
        "What was spent and is set aside has reached this budget, so a run needs an approval.",
        "Approve the single run, wait for the next period, or raise the limit at the marked amount.",
    ),
    state(
        "budget/over",
        Severity::Error,
        "More was spent than this budget allows, so no run is started.",
        "Wait for the next period, or raise the limit at the marked amount.",
    ),
    state(
        "budget/stopped",
        Severity::Warning,
        "What this pass may cost does not fit a budget that a person may raise, so it is not started.",
        "Raise the limit that the message names, or lower `limits.usd` of the pass.",
    ),
    state(
        "document/lost",
        Severity::Information,
        "The editor sent a change that does not fit the text as it was known, so nothing is said about the rest.",
        "Close the document and open it again.",
    ),
    state(
        "document/too-large",
        Severity::Information,
        "A document above 8 MB is not looked into, so that typing elsewhere stays quick.",
        "Split it, if it is meant to be read by people or agents.",
    ),
    state(
        "gate/failed",
        Severity::Error,
        "A check of this pass says no, or could not be run, so the ticket does not go on.",
        "Mend what the findings say and check the gate again, or let the pass run again with them.",
    ),
    state(
        "gate/finding",
        Severity::Error,
        "A check of a gate says something about this place; the words and the severity are the checker's.",
        "Mend it, take the checker's own fix where the light bulb offers one, or run the pass; then check the gate again.",
    ),
    state(
        "gate/pending",
        Severity::Information,
        "A person has to look at what this pass made before the ticket goes on.",
        "Look at it, then approve it, or reject it with a reason that the next attempt reads.",
    ),
    state(
        "pass/stale",
        Severity::Hint,
        "Something that this pass read has changed since, so what it made may be out of date.",
        "Run the pass again, or leave it if the change does not matter to it.",
    ),
    state(
        "record/unverifiable",
        Severity::Error,
        "A recorded decision cannot be verified, so it is treated as if it had not been made.",
        "Read why in the message; decide the gate again, or bring back the record as it was committed.",
    ),
    state(
        "ticket/ambiguous-current",
        Severity::Information,
        "Several tickets could be the current one, so none is: lenses, runs and costs ask which is meant.",
        "Make one of them current by the light bulb, name it as `--ticket` or in TOLLGATE_TICKET, or check out its branch.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_said_has_a_page() {
        for pair in ALL.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} stands behind {}", pair[1].id, pair[0].id);
        }
        let sources = [include_str!("diagnostics.rs"), include_str!("finding.rs")];
        let words = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        let is_code = |word: &&str| {
            let parts: Vec<&str> = word.split('/').collect();
            parts.len() == 2
                && parts.iter().all(|part| part.len() > 2 && part.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        };
        let codes: Vec<&str> = words.filter(is_code).collect();
        assert!(codes.len() >= 7, "{codes:?}");
        for code in codes.into_iter().filter(|code| *code != "money/float") {
            assert!(crate::rules::manual(code).is_some_and(|page| page.starts_with(&format!("# {code}\n"))), "{code}");
        }
    }
}
