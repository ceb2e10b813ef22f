//! What checkers found, kept in the user's state so that editors can show it: per pass the last result over the work
//! tree, and per run the result in its tree. A result belongs to exact contents; who reads it compares them.

use crate::files::{FileError, Root, write_own};
use crate::home::Home;
use delivery::world::LooseChecks;
use findings::Finding;
use serde::{Deserialize, Serialize};
use spec::record::{CheckResult, FileId};
use std::collections::{BTreeMap, BTreeSet};

/// Results that are kept.
const MOST: usize = 200;
/// Largest file.
const LIMIT: u64 = 64 << 20;

/// All kept results of one repository.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Gates {
    /// Always 1.
    #[serde(default)]
    pub schema_version: u32,
    /// Oldest first.
    #[serde(default)]
    pub results: Vec<Checked>,
}

/// What the verify commands of one pass said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Ticket id.
    pub ticket: String,
    /// Pass id.
    pub pass: String,
    /// The run in whose tree they ran; none for the work tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// RFC 3339.
    pub time: String,
    /// The outputs of the pass as they were.
    pub subjects: Vec<FileId>,
    /// One per command.
    pub results: Vec<CheckResult>,
    /// What they found.
    pub findings: Vec<Finding>,
}

impl Gates {
    /// Reads the results of a repository; none where there are none or they cannot be read: they can be made again.
    pub fn read(home: &Home, root: &Root) -> Gates {
        let Ok(folder) = home.repository(root) else { return Gates::default() };
        let bytes = crate::files::read_own(&folder.join("gates.json"), LIMIT).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Adds a result, in place of an older one of the same pass and run, and writes the file.
    pub fn put(home: &Home, root: &Root, checked: Checked) -> Result<(), FileError> {
        let mut gates = Gates::read(home, root);
        gates.schema_version = 1;
        gates
            .results
            .retain(|old| (&old.ticket, &old.pass, &old.run) != (&checked.ticket, &checked.pass, &checked.run));
        gates.results.push(checked);
        let excess = gates.results.len().saturating_sub(MOST);
        gates.results.drain(..excess);
        let bytes = serde_json::to_vec(&gates).unwrap_or_default();
        write_own(&home.repository(root)?.join("gates.json"), &bytes)
    }

    /// Adds what an agent said of the contents `subjects` to what the checks said of them: of a run's change, or of the work
    /// tree.
    pub fn add(
        home: &Home,
        root: &Root,
        (ticket, pass): (&str, &str),
        run: Option<&str>,
        subjects: &[FileId],
        result: &CheckResult,
        findings: &[Finding],
    ) -> Result<(), FileError> {
        let sorted = |files: &[FileId]| files.iter().cloned().collect::<BTreeSet<_>>();
        let known = Gates::read(home, root).results.into_iter().find(|known| {
            (known.ticket.as_str(), known.pass.as_str(), known.run.as_deref()) == (ticket, pass, run)
                && sorted(&known.subjects) == sorted(subjects)
        });
        let mut checked = known.unwrap_or_else(|| Checked {
            ticket: ticket.to_owned(),
            pass: pass.to_owned(),
            run: run.map(str::to_owned),
            time: String::new(),
            subjects: subjects.to_vec(),
            results: Vec::new(),
            findings: Vec::new(),
        });
        checked.time = crate::clock::now();
        checked.results.retain(|old| old.id != result.id);
        checked.findings.retain(|old| old.check != result.id);
        checked.results.push(result.clone());
        checked.findings.extend_from_slice(findings);
        Gates::put(home, root, checked)
    }

    /// What was said of the change of a run is said of the work tree: the change is in it now.
    pub fn copy_to_tree(home: &Home, root: &Root, (ticket, pass): (&str, &str), run: &str) -> Result<(), FileError> {
        let of_run = |known: &Checked| {
            (known.ticket.as_str(), known.pass.as_str()) == (ticket, pass) && known.run.as_deref() == Some(run)
        };
        match Gates::read(home, root).results.into_iter().find(of_run) {
            Some(checked) => Gates::put(home, root, Checked { run: None, ..checked }),
            None => Ok(()),
        }
    }

    /// Results over the work tree, for the plan.
    pub fn loose(&self) -> Vec<LooseChecks> {
        let loose = self.results.iter().filter(|checked| checked.run.is_none());
        loose
            .map(|checked| LooseChecks {
                ticket: checked.ticket.clone(),
                pass: checked.pass.clone(),
                subjects: checked.subjects.clone(),
                results: checked.results.clone(),
            })
            .collect()
    }

    /// Findings of runs in words, for the next attempt.
    pub fn words(&self) -> BTreeMap<String, Vec<String>> {
        let of_run = |checked: &Checked| {
            let words = checked.findings.iter().take(50).map(words).collect();
            Some((checked.run.clone()?, words))
        };
        self.results.iter().filter_map(of_run).collect()
    }
}

/// A finding in one line.
pub fn words(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|place| format!("{}: ", place.path)).unwrap_or_default();
    let rule = finding.rule.as_ref().map(|rule| format!(" [{rule}]")).unwrap_or_default();
    format!("{}: {place}{}{rule}", finding.check, finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_result_of_a_pass_counts() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("s"), configuration: folder.path().join("c") };
        let root = Root::open(folder.path()).unwrap();
        let checked = |time: &str, run: Option<&str>| Checked {
            ticket: "T".into(),
            pass: "p".into(),
            run: run.map(str::to_owned),
            time: time.into(),
            subjects: vec![],
            results: vec![],
            findings: vec![],
        };
        assert_eq!(Gates::read(&home, &root), Gates::default());
        for (time, run) in [("1", None), ("2", Some("r")), ("3", None)] {
            Gates::put(&home, &root, checked(time, run)).unwrap();
        }
        let gates = Gates::read(&home, &root);
        assert_eq!(gates.results.iter().map(|c| c.time.as_str()).collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!((gates.loose().len(), gates.words().len()), (1, 1));
    }
}
