//! Writes down what a run came to: once, in the order that a crash is survived by.

use super::RunError;
use crate::files::{self, FileError, Root, WalkLimits};
use delivery::budget;
use serde::{Deserialize, Serialize};
use spec::Usd;
use spec::cost::CostRow;
use spec::record::{Receipt, Record, heads};
use std::path::Path;
use store::Store;
use text::BlobId;

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
        let _ = std::fs::remove_dir_all(folder.join("agent"));
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
    let path = write_record(root, Record::Run(Box::new(receipt.clone())))?;
    store.settle(&receipt.run, fence, receipt.outcome, &rows)?;
    Ok(path)
}

/// `records: local`: git is told once to look away.
pub(crate) fn keep_out_of_git(root: &Root) -> Result<(), FileError> {
    let path = ".tollgate/records/.gitignore";
    if root.kind(path)?.is_some() { Ok(()) } else { root.write(path, b"*\n") }
}

/// Git never changes line ends of records: chain and signatures are over exact bytes, and `core.autocrlf` would break both in
/// a checkout. Told once; a record is as good without it where nobody translates, so that it is no reason to fail.
pub(crate) fn keep_bytes_in_git(root: &Root) {
    let path = ".tollgate/records/.gitattributes";
    if root.kind(path).is_ok_and(|kind| kind.is_none()) {
        let _ = root.write(path, b"* -text\n");
    }
}

/// Writes a record behind those that its ticket has, and answers its path from the root. A record that is there already
/// is never replaced.
pub(crate) fn write_record(root: &Root, record: Record) -> Result<String, FileError> {
    let path = path_of(&record);
    if root.kind(&path)?.is_none() {
        root.write(&path, &compose(root, record))?;
        keep_bytes_in_git(root);
    }
    Ok(path)
}

/// Where a record lies, from the root.
pub(crate) fn path_of(record: &Record) -> String {
    format!(".tollgate/records/{}/{}.json", spec::record::folder(record.ticket()), record.id())
}

/// The bytes of a record, behind those that its ticket has.
pub(crate) fn compose(root: &Root, record: Record) -> Vec<u8> {
    let prev = ends(root, record.ticket());
    let mut text = serde_json::to_vec_pretty(&record.behind(prev)).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The ends of a ticket's chain as they lie on disk.
pub(crate) fn ends(root: &Root, ticket: &str) -> Vec<BlobId> {
    let folder = format!(".tollgate/records/{}", spec::record::folder(ticket));
    let found = root.walk_folders(&[&folder], WalkLimits::default()).found.into_iter();
    let known: Vec<(BlobId, Record)> = found
        .filter(|found| spec::FileKind::of(&found.path) == Some(spec::FileKind::Record))
        .filter_map(|found| root.read(&found.path).ok())
        .filter_map(|bytes| Some((BlobId::of(&bytes), serde_json::from_slice(&bytes).ok()?)))
        .collect();
    heads(known.iter().map(|(blob, record)| (*blob, record)))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decision(id: &str) -> Record {
        let predicate = json!({
            "id": id, "ticket": "t", "workflow": "w", "workflow_blob": BlobId::of(b""), "pass": "p", "attempt": 1,
            "decision": "APPROVED", "reason": "", "reviewer_kind": "human", "reviewer": "Ann", "channel": "terminal",
            "strength": "ui", "time": "2026-11-20T10:00:00Z",
        });
        serde_json::from_value(json!({
            "kind": "decision", "schema_version": 1, "_type": "", "subject": [], "predicateType": "", "predicate": predicate,
        }))
        .unwrap()
    }

    #[test]
    fn each_record_follows_those_that_had_no_follower() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let write = |id: &str| root.read(&write_record(&root, decision(id)).unwrap()).unwrap();
        let prev = |id: &str| {
            let bytes = root.read(&format!(".tollgate/records/t/{id}.json")).unwrap();
            serde_json::from_slice::<Record>(&bytes).unwrap().prev().to_vec()
        };
        let (first, second) = (write("1"), write("2"));
        assert_eq!((prev("1"), prev("2")), (vec![], vec![BlobId::of(&first)]));
        // what another branch wrote after the first one
        let mut other = serde_json::to_vec(&decision("3").behind(vec![BlobId::of(&first)])).unwrap();
        other.push(b'\n');
        root.write(".tollgate/records/t/3.json", &other).unwrap();
        write("4");
        let mut ends = vec![BlobId::of(&second), BlobId::of(&other)];
        ends.sort();
        assert_eq!(prev("4"), ends);
        assert_eq!(write("1"), first, "a record is never replaced");
    }

    #[test]
    fn git_leaves_the_bytes_of_records_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let git = |arguments: &[&str]| {
            let mut git = std::process::Command::new("git");
            let quiet = ["-c", "core.autocrlf=true", "-c", "user.name=Ann", "-c", "user.email=ann@example.invalid"];
            let done = git.current_dir(folder.path()).args(quiet).args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        let path = write_record(&root, decision("1")).unwrap();
        let signature = format!("{path}.sig");
        root.write(&signature, b"-----BEGIN SSH SIGNATURE-----\n").unwrap();
        root.write("other.txt", b"a\n").unwrap();
        let before = [&path, &signature].map(|path| root.read(path).unwrap());
        git(&["init", "-q"]);
        git(&["add", "-A"]);
        git(&["commit", "-qm", "records"]);
        for path in [&path, &signature, "other.txt"] {
            root.remove(path).unwrap();
        }
        git(&["checkout", "-q", "--", "."]);
        assert_eq!(root.read("other.txt").unwrap(), b"a\r\n", "git translates what it is not told of");
        assert_eq!([&path, &signature].map(|path| root.read(path).unwrap()), before);
        // what somebody wrote there themselves stays
        root.write(".tollgate/records/.gitattributes", b"* -text -diff\n").unwrap();
        write_record(&root, decision("2")).unwrap();
        assert_eq!(root.read(".tollgate/records/.gitattributes").unwrap(), b"* -text -diff\n");
    }
}
