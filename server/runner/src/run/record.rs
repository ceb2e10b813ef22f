//! Writes down what a run came to: once, in the order that a crash is survived by.

use super::RunError;
use crate::files::{self, FileError, Root};
use delivery::budget;
use serde::{Deserialize, Serialize};
use spec::Usd;
use spec::cost::CostRow;
use spec::record::{Receipt, Record};
use std::path::Path;
use store::Store;

/// A receipt that is not written down everywhere yet, and what has to be done with it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) receipt: Receipt,
    pub(crate) apply: bool,
    pub(crate) hold: Usd,
    pub(crate) seen: Usd,
}

impl Pending {
    pub(super) fn write(&self, folder: &Path) -> Result<(), FileError> {
        files::write_own(&folder.join("receipt.json"), &serde_json::to_vec_pretty(self).unwrap_or_default())
    }

    /// What an earlier supervisor left in a run's folder.
    pub(crate) fn read(folder: &Path) -> Option<Pending> {
        serde_json::from_slice(&files::read_own(&folder.join("receipt.json"), 64 << 20).ok()?).ok()
    }

    /// Everything is written down; the tree is no longer needed.
    pub(crate) fn done(&self, folder: &Path) -> Result<(), FileError> {
        // what is left is only disk space
        let _ = std::fs::remove_dir_all(folder.join("tree"));
        let _ = std::fs::remove_dir_all(folder.join("tmp"));
        Ok(())
    }
}

/// Books the money and writes the record; doing it again changes nothing. Answers the record's path from the root.
pub(crate) fn settle_and_record(
    store: &dyn Store,
    root: &Root,
    pending: &Pending,
    fence: i64,
) -> Result<String, RunError> {
    let receipt = &pending.receipt;
    let booked = budget::bookings(&receipt.cost, pending.hold, pending.seen);
    let rows: Vec<(CostRow, Usd)> = receipt.cost.iter().cloned().zip(booked).collect();
    // the record first: an unsettled run is found again at the next start, a settled one is looked at no more
    let path = format!(".tollgate/records/{}/{}.json", receipt.ticket, receipt.run);
    write_record(root, &path, &Record::Run(Box::new(receipt.clone())))?;
    store.settle(&receipt.run, fence, receipt.outcome, &rows)?;
    Ok(path)
}

/// `records: local`: git is told once to look away.
pub(super) fn keep_out_of_git(root: &Root) -> Result<(), FileError> {
    let path = ".tollgate/records/.gitignore";
    if root.kind(path)?.is_some() { Ok(()) } else { root.write(path, b"*\n") }
}

/// Writes a record file; a record that is there already is never replaced.
pub fn write_record(root: &Root, path: &str, record: &Record) -> Result<(), FileError> {
    if root.kind(path)?.is_some() {
        return Ok(());
    }
    let mut text = serde_json::to_vec_pretty(record).unwrap_or_default();
    text.push(b'\n');
    root.write(path, &text)
}
