//! Whether a root is trusted, as a function of the user's own trust log and the plan at hand. The log is a file of
//! `runner`; nothing that a repository holds has a say.
//!
//! A decision belongs to one real path: it is not inherited by nested repositories, other work trees or parents. It
//! ends when the plan changes, after [`DAYS`] days, or when it is revoked. A log that is not exactly as we write it
//! trusts nobody.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A review holds so long.
pub const DAYS: i64 = 90;

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Always 1.
    pub schema_version: u32,
    /// RFC 3339.
    pub time: String,
    /// Real path of the root.
    pub root: String,
    /// What was decided.
    #[serde(flatten)]
    pub action: Action,
}

/// What a person decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// The plan with this hash was reviewed and may run.
    Allow {
        /// [`crate::launch::LaunchPlan::exec_hash`].
        exec_hash: String,
    },
    /// Nothing of this path may run, whatever it becomes.
    Deny,
    /// Back to the beginning.
    Revoke,
}

/// State of a root.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Trust {
    /// Analysis and nothing else.
    Restricted {
        /// Why, in a sentence.
        why: String,
    },
    /// This very plan was reviewed.
    Reviewed {
        /// Its hash.
        hash: String,
        /// RFC 3339: when the review ends.
        until: String,
    },
    /// Another plan of this root was reviewed.
    Changed {
        /// Hash of the one that was.
        reviewed: String,
    },
    /// A person said no to this path.
    Denied,
}

impl Trust {
    /// The word for editors and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Trust::Restricted { .. } => "restricted",
            Trust::Reviewed { .. } => "reviewed",
            Trust::Changed { .. } => "changed",
            Trust::Denied => "denied",
        }
    }

    /// True when the present plan may run.
    pub fn may_run(&self) -> bool {
        matches!(self, Trust::Reviewed { .. })
    }
}

/// Reads a log. The error names the line (from 1) that is not ours.
pub fn read(log: &str) -> Result<Vec<Entry>, usize> {
    if !log.is_empty() && !log.ends_with('\n') {
        return Err(log.lines().count());
    }
    let ours = |entry: &Entry, written: &str| {
        entry.schema_version == 1 && entry.time.parse::<Timestamp>().is_ok() && line(entry) == written
    };
    let entry = |(at, written): (usize, &str)| match serde_json::from_str::<Entry>(written) {
        Ok(entry) if ours(&entry, written) => Ok(entry),
        _ => Err(at + 1),
    };
    log.split_inclusive('\n').enumerate().map(entry).collect()
}

/// The line to append for a decision, line end included.
pub fn line(entry: &Entry) -> String {
    format!("{}\n", crate::cache::canonical(entry))
}

/// The state of a root: the last decision about its real path counts.
pub fn state(log: &str, root: &str, exec_hash: &str, now: &str) -> Trust {
    let restricted = |why: &str| Trust::Restricted { why: why.to_owned() };
    let entries = match read(log) {
        Ok(entries) => entries,
        Err(line) => return Trust::Restricted { why: format!("line {line} of the trust log cannot be read") },
    };
    let Some(last) = entries.iter().rfind(|entry| entry.root == root) else {
        return restricted("nobody has reviewed this root");
    };
    let reviewed = match &last.action {
        Action::Deny => return Trust::Denied,
        Action::Revoke => return restricted("the review was revoked"),
        Action::Allow { exec_hash } => exec_hash,
    };
    let (Ok(since), Ok(now)) = (last.time.parse::<Timestamp>(), now.parse::<Timestamp>()) else {
        return restricted("the time is not known");
    };
    let Ok(until) = since.checked_add(SignedDuration::from_hours(24 * DAYS)) else {
        return restricted("the time of the review is out of range");
    };
    if since > now {
        return restricted("the review lies in the future: the clock was set back");
    }
    if now >= until {
        return restricted("the review is older than 90 days");
    }
    if reviewed == exec_hash {
        Trust::Reviewed { hash: exec_hash.to_owned(), until: until.to_string() }
    } else {
        Trust::Changed { reviewed: reviewed.clone() }
    }
}

/// Without a person only the job's own `--trust-plan sha256:…` trusts, and only exactly that plan; a denied root stays
/// denied.
pub fn headless(state: &Trust, trust_plan: Option<&str>, exec_hash: &str) -> bool {
    *state != Trust::Denied && trust_plan == Some(exec_hash) && exec_hash.starts_with("sha256:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(root: &str, time: &str, action: Action) -> String {
        line(&Entry { schema_version: 1, time: time.into(), root: root.into(), action })
    }

    fn allow(hash: &str) -> Action {
        Action::Allow { exec_hash: hash.into() }
    }

    const DAY: &str = "2026-11-20T10:00:00Z";

    #[test]
    fn the_last_decision_about_the_path_counts() {
        let log = entry("/a", DAY, allow("sha256:1"));
        let at = |log: &str, root: &str, hash: &str, now: &str| state(log, root, hash, now).word();
        assert_eq!(at("", "/a", "sha256:1", DAY), "restricted");
        assert_eq!(at(&log, "/a", "sha256:1", DAY), "reviewed");
        assert_eq!(at(&log, "/a", "sha256:2", DAY), "changed");
        for other in ["/a/b", "/", "/A", "/a/"] {
            assert_eq!(at(&log, other, "sha256:1", DAY), "restricted", "{other}");
        }
        assert_eq!(at(&log, "/a", "sha256:1", "2027-02-18T09:59:59Z"), "reviewed");
        assert_eq!(at(&log, "/a", "sha256:1", "2027-02-18T10:00:00Z"), "restricted");
        assert_eq!(at(&log, "/a", "sha256:1", "2026-11-20T09:59:59Z"), "restricted");
        assert_eq!(at(&log, "/a", "sha256:1", "yesterday"), "restricted");
        let denied = format!("{log}{}", entry("/a", DAY, Action::Deny));
        assert_eq!(at(&denied, "/a", "sha256:9", "2036-01-01T00:00:00Z"), "denied");
        let revoked = format!("{denied}{}", entry("/a", DAY, Action::Revoke));
        assert_eq!(at(&revoked, "/a", "sha256:1", DAY), "restricted");
    }

    #[test]
    fn a_log_that_is_not_ours_trusts_nobody() {
        let good = entry("/a", DAY, allow("sha256:1"));
        for bad in [
            format!("{good}x\n"),
            format!("{good}\n"),
            good.trim_end().to_owned(),
            format!("{good}{}", good.replace("\"schema_version\":1", "\"schema_version\":2")),
            format!("{good}{}", good.replace(DAY, "soon")),
            good.replace("allow", "allowed"),
        ] {
            assert_eq!(state(&bad, "/a", "sha256:1", DAY).word(), "restricted", "{bad}");
        }
    }

    #[test]
    fn without_a_person_only_the_named_plan_runs() {
        let restricted = state("", "/a", "sha256:1", DAY);
        assert!(headless(&restricted, Some("sha256:1"), "sha256:1"));
        assert!(!headless(&restricted, Some("sha256:2"), "sha256:1"));
        assert!(!headless(&restricted, None, "sha256:1"));
        assert!(!headless(&Trust::Denied, Some("sha256:1"), "sha256:1"));
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_trust(log in any::<String>()) {
            prop_assert!(!state(&log, "/a", "sha256:1", DAY).may_run());
        }
    }
}
