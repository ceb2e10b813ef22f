//! Finishes what a supervisor that disappeared has left: processes are ended, a change that was being applied is applied
//! or undone, cost is booked from the transcript, and the record says that the run was lost. Doing it twice, or in two
//! processes at once, comes to the same.

use crate::files::{self, Root};
use crate::harness;
use crate::home::{Home, UserConfig};
use crate::programs;
use crate::run::{Event, Pending, RunError, rows, settle_and_record};
use crate::sweep;
use crate::tree::{Kept, State};
use crate::world::now;
use spec::record::{Outcome, Receipt};
use std::io::Write;
use std::path::Path;
use store::{RunRow, Store};

/// One run that was finished for a supervisor that is gone.
#[derive(Clone, PartialEq, Debug)]
pub struct Recovered {
    /// The run.
    pub run: String,
    /// How it is recorded, or why it cannot be finished yet; then it is tried again at the next start.
    pub outcome: Result<Outcome, String>,
    /// Processes that were still there.
    pub killed: usize,
}

/// Looks for runs whose supervisor is gone and finishes them. One that cannot be finished now (its root is not there)
/// keeps its money on hold and is tried again at the next start.
pub fn recover(home: &Home, store: &dyn Store) -> Result<Vec<Recovered>, RunError> {
    let mut recovered = Vec::new();
    for row in store.quarantine(&sweep::is_alive)? {
        let killed = sweep::kill_leftovers(&row.new.run);
        let outcome = finish(home, store, &row).map_err(|error| error.to_string());
        recovered.push(Recovered { run: row.new.run, outcome, killed });
    }
    Ok(recovered)
}

fn finish(home: &Home, store: &dyn Store, row: &RunRow) -> Result<Outcome, RunError> {
    let folder = home.run(&row.new.run);
    let pending = match Pending::read(&folder) {
        Some(pending) => pending,
        None => match lost(home, row, &folder) {
            Some(pending) => pending,
            None => {
                // it was admitted and had not begun
                store.settle(&row.new.run, row.fence, Outcome::Lost, &[])?;
                return Ok(Outcome::Lost);
            }
        },
    };
    let root = Root::open_project(Path::new(&row.new.repository))?;
    if let Some(mut kept) = Kept::open(&folder)? {
        match kept.state() {
            State::Applying => drop(kept.recover()?),
            // it had passed its checks and was about to be applied
            State::Kept if pending.apply => drop(kept.apply()?),
            State::Kept | State::Applied => {}
        }
    }
    let path = settle_and_record(store, &root, &pending, row.fence)?;
    tell(&folder, &pending.receipt, path);
    pending.done(&folder)?;
    Ok(pending.receipt.outcome)
}

/// The receipt of a run that had not come to its own: cost from what it left, nothing applied.
fn lost(home: &Home, row: &RunRow, folder: &Path) -> Option<Pending> {
    let mut receipt: Receipt =
        serde_json::from_slice(&files::read_own(&folder.join("draft.json"), 64 << 20).ok()?).ok()?;
    receipt.ended = now();
    let transcript = folder.join("transcript.out");
    if let Some(known) = harness::find(&row.new.harness).filter(|known| known.alias() != "command") {
        let mut environment = programs::common_environment();
        let named = known.environment().iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        environment.extend(named);
        let user = UserConfig::read(&home.configuration);
        if let Some(own) = user.harnesses.get(known.alias()) {
            environment.extend(own.environment.clone());
        }
        harness::folders::redirect(known.folders(), &folder.join("agent"), &mut environment);
        let bytes = files::read_own(&transcript, 256 << 20);
        let started = bytes.is_ok();
        let mut reader = known.reader(row.new.model.as_deref(), &environment);
        for line in bytes.unwrap_or_default().split(|byte| *byte == b'\n') {
            reader.line(line);
        }
        let report = reader.report();
        receipt.harness_version = report.version.clone();
        receipt.transcript = files::sha256_own(&transcript, u64::MAX).ok();
        receipt.cost = rows(&report, !started, row.new.model.as_deref(), &user.prices);
    }
    Some(Pending { receipt, apply: false, hold: row.new.hold, seen: row.progress.spent })
}

/// Who reads the run's events learns of its end.
fn tell(folder: &Path, receipt: &Receipt, record: String) {
    let ended = Event::Ended {
        run: receipt.run.clone(),
        outcome: receipt.outcome,
        message: receipt.message.clone(),
        gate: receipt.gate,
        cost: receipt.cost.clone(),
        outputs: receipt.outputs.clone(),
        applied: false,
        record: Some(record),
    };
    if let (Ok(mut events), Ok(line)) = (files::append_own(&folder.join("events.jsonl")), serde_json::to_string(&ended))
    {
        // the record says it as well
        let _ = writeln!(events, "{line}");
    }
}
