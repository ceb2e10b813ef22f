//! What was refused: attempts to start, decide or allow something without a person's word for it. One line each in the
//! user's own state, appended and never changed, so that somebody who looks later sees that it was tried. Who cannot write
//! there (a run behind its fence) leaves none; the refusal does not depend on it.

use crate::clock::now;
use crate::files;
use crate::home::Home;
use delivery::prompt::one_line;
use serde::{Deserialize, Serialize};
use std::io::Write;

const FILE: &str = "audit.jsonl";
/// Where the file has grown to this, it becomes the old one and the one before is gone.
const LARGEST: u64 = 1 << 20;

/// One attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Always 1.
    pub schema_version: u32,
    /// RFC 3339.
    pub time: String,
    /// Real path of the root; empty where none was meant.
    pub root: String,
    /// What was tried: `run`, `tollgate.decide`, …
    pub what: String,
    /// Who tried, as they call themselves.
    pub by: String,
    /// Why it was refused.
    pub why: String,
}

/// Writes an attempt down.
pub fn refused(home: &Home, root: &str, what: &str, by: &str, why: &str) {
    let attempt = Attempt {
        schema_version: 1,
        time: now(),
        root: root.to_owned(),
        what: one_line(what, 60),
        by: one_line(by, 60),
        why: one_line(why, 300),
    };
    let path = home.state.join(FILE);
    // the refusal stands whether or not it can be written down
    let _ = files::make_own_folder(&home.state);
    if path.metadata().is_ok_and(|file| file.len() > LARGEST) {
        let _ = std::fs::rename(&path, path.with_extension("old.jsonl"));
    }
    if let Ok(mut file) = files::append_own(&path) {
        let _ = file.write_all(format!("{}\n", delivery::cache::canonical(&attempt)).as_bytes());
    }
}

/// The last attempts, the newest last.
pub fn last(home: &Home, most: usize) -> Vec<Attempt> {
    let bytes = files::read_own(&home.state.join(FILE), 2 * LARGEST).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<Attempt> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    all[all.len().saturating_sub(most)..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_kept_in_order_and_one_line_each() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("c") };
        assert!(last(&home, 5).is_empty() && !home.state.exists(), "looking writes nothing");
        for at in 0..7 {
            refused(&home, "/r", "run", "nvim\nevil \u{202e}", &format!("{at}\n{}", "x".repeat(5000)));
        }
        let kept = last(&home, 5);
        assert_eq!(kept.iter().map(|it| &it.why[..1]).collect::<Vec<_>>(), ["2", "3", "4", "5", "6"]);
        assert!(kept.iter().all(|it| it.why.len() < 400 && it.by == "nvim evil \\u{202e}"), "{kept:?}");
    }
}
