//! Keeps the folder of runs from growing for ever: transcripts and kept changes of old runs of a root are taken away at the
//! start of a run of that root, never by looking. Receipts, decisions and money are not here and stay.

use crate::home::Home;
use crate::tree::{Kept, State};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use store::{RunRow, RunState, Store, StoreError};

/// So many of the newest runs of a root are always kept.
const NEWEST: usize = 50;
/// Younger runs are always kept.
const DAYS: i64 = 30;
/// Rows of the ledger that are looked at.
const ROWS: u32 = 5_000;

/// Takes old runs of a repository away and returns how many. Never one that runs, is not settled, or is the last of its pass
/// and keeps a change that nobody has taken.
pub(crate) fn prune(home: &Home, store: &dyn Store, repository: &str, now: &str) -> Result<usize, StoreError> {
    let folders = std::fs::read_dir(home.state.join("runs")).map(Iterator::count).unwrap_or(0);
    let Ok(now) = now.parse::<Timestamp>() else { return Ok(0) };
    if folders <= NEWEST {
        return Ok(0);
    }
    let mut passes = BTreeSet::new();
    let mut pruned = 0;
    for (at, row) in store.runs(repository, ROWS)?.into_iter().enumerate() {
        let newest = row.new.purpose.is_pass() && passes.insert((row.new.ticket.clone(), row.new.pass.clone()));
        let folder = home.run(&row.new.run);
        if at < NEWEST || !is_old(&row, now) || row.state != RunState::Settled || !folder.is_dir() {
            continue;
        }
        let state = Kept::open(&folder).ok().flatten().map(|kept| kept.state());
        let waits = state == Some(State::Applying) || newest && state == Some(State::Kept);
        // what cannot be removed is only disk space
        if !waits && std::fs::remove_dir_all(&folder).is_ok() {
            pruned += 1;
        }
    }
    Ok(pruned)
}

fn is_old(row: &RunRow, now: Timestamp) -> bool {
    let seen = row.seen.parse::<Timestamp>();
    seen.is_ok_and(|seen| now.duration_since(seen) > SignedDuration::from_hours(24 * DAYS))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use spec::Usd;
    use spec::record::{Outcome, Purpose};
    use store::{Admission, GrantAnswer, NewRun, ProcessId, Sqlite};

    #[test]
    fn only_old_runs_that_nobody_waits_for_go() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("c") };
        let store = Sqlite::open(&home.state).unwrap();
        let run = |name: &str, pass: &str, settle: bool| {
            let new = NewRun {
                run: name.to_owned(),
                repository: "/repo".to_owned(),
                ticket: "t".to_owned(),
                workflow: "w".to_owned(),
                pass: pass.to_owned(),
                harness: "command".to_owned(),
                model: None,
                purpose: Purpose::Pass,
                kind: None,
                forecast: None,
                hold: Usd::ZERO,
                scopes: Vec::new(),
                leases: Vec::new(),
                supervisor: ProcessId::default(),
            };
            let GrantAnswer::Granted(grant) = store.grant(&new, &mut |_| Admission::Grant).unwrap() else { panic!() };
            if settle {
                store.settle(name, grant.fence, Outcome::Ok, &[]).unwrap();
            }
            std::fs::create_dir_all(home.run(name)).unwrap();
        };
        let keeps = |name: &str| {
            let journal = r#"{"run": "x", "root": "/repo", "state": "kept", "changes": []}"#;
            std::fs::write(home.run(name).join("change.json"), journal).unwrap();
        };
        for (name, pass, settled) in
            [("live", "a", false), ("waits", "b", true), ("old", "c", true), ("older", "c", true)]
        {
            run(name, pass, settled);
        }
        keeps("waits");
        run("try", "d", true);
        keeps("try");
        for at in 0..NEWEST {
            run(&format!("new-{at}"), "d", true);
        }
        std::fs::create_dir_all(home.run("of-another-root")).unwrap();
        let at = |days: i64| {
            let now = Timestamp::now().checked_add(SignedDuration::from_hours(24 * days)).unwrap();
            prune(&home, &store, "/repo", &now.to_string()).unwrap()
        };
        assert_eq!(at(DAYS - 1), 0, "young runs stay");
        assert_eq!(at(DAYS + 1), 3);
        let there = |name: &str| home.run(name).is_dir();
        assert!(there("live") && there("waits") && there("of-another-root") && there("new-0"));
        assert!(!there("old") && !there("older") && !there("try"), "a later attempt stands for an earlier one");
        assert_eq!(at(DAYS + 1), 0);
    }
}
