//! Reads and writes `.tollgate/baseline.json`: what `tollgate check` found when the file was written, and does not say
//! again. One entry a line, in order, so that branches merge.
//!
//! ```json
//! {"schema_version": 1, "findings": [
//! {"path": ".tollgate/tickets/t-1.md", "rule": "schema/unknown-key", "fingerprint": "0f3a…", "count": 1}
//! ]}
//! ```

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where it is kept, from the root.
pub const PATH: &str = ".tollgate/baseline.json";

/// What is held back.
#[derive(Clone, Default, Debug)]
pub struct Baseline {
    /// As written.
    pub entries: Vec<Entry>,
    by_path: BTreeMap<String, BTreeMap<(String, String), usize>>,
}

/// Equal diagnostics of one file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The file, from the root.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// What they are known again by.
    pub fingerprint: String,
    /// How many there were.
    #[serde(default = "one")]
    pub count: usize,
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
struct Document {
    schema_version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads the file; the error says what is wrong with it, and where (line and column from 1).
    pub(crate) fn read(text: &str) -> Result<Baseline, (String, usize, usize)> {
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let words = error.to_string();
            (words.split(" at line ").next().unwrap_or_default().to_owned(), error.line(), error.column())
        })?;
        if document.schema_version != 1 {
            return Err((format!("`schema_version` is {}, and only 1 is known", document.schema_version), 1, 1));
        }
        let mut by_path: BTreeMap<String, BTreeMap<(String, String), usize>> = BTreeMap::new();
        for entry in &document.findings {
            let of_path = by_path.entry(entry.path.clone()).or_default();
            *of_path.entry((entry.rule.clone(), entry.fingerprint.clone())).or_default() += entry.count;
        }
        Ok(Baseline { entries: document.findings, by_path })
    }

    /// What is held back of one file: rule and fingerprint, with how many.
    pub fn of(&self, path: &str) -> Option<&BTreeMap<(String, String), usize>> {
        self.by_path.get(path)
    }
}

/// The text of the file with these entries, in order.
pub fn render(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort();
    let lines: Vec<String> = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
    match lines.is_empty() {
        true => "{\"schema_version\": 1, \"findings\": []}\n".to_owned(),
        false => format!("{{\"schema_version\": 1, \"findings\": [\n{}\n]}}\n", lines.join(",\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_order() {
        let entry =
            |path: &str, count| Entry { path: path.into(), rule: "id/bad".into(), fingerprint: "0f".into(), count };
        let text = render(&[entry("b", 2), entry("a", 1)]);
        assert_eq!(text.lines().count(), 4);
        let read = Baseline::read(&text).unwrap();
        assert_eq!(read.entries, [entry("a", 1), entry("b", 2)]);
        assert_eq!(read.of("b").unwrap().values().sum::<usize>(), 2);
        assert!(Baseline::read(&render(&[])).unwrap().entries.is_empty());
    }

    #[test]
    fn what_is_no_baseline_is_said() {
        for (text, words, place) in [
            ("{\"schema_version\": 2, \"findings\": []}", "only 1 is known", (1, 1)),
            ("{\"schema_version\": 1,\n nope", "key must be a string", (2, 2)),
            ("{\"schema_version\": 1, \"findings\": [{}]}", "missing field `path`", (1, 37)),
        ] {
            let (said, line, column) = Baseline::read(text).unwrap_err();
            assert!(said.contains(words) && (line, column) == place, "{said} {line}:{column}");
        }
    }
}
