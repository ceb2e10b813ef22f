//! What was there when a repository began to be checked, and is not said again: `.tollgate/baseline.json`.
//!
//! A diagnostic is known again by its rule, its file, its token and the words of its line, so that it stays known when lines
//! move; a line that is written anew is looked at anew. Of equal ones so many are held back as there were. Nothing of
//! trust and safety is held back, and nothing that another machine or another day decides.

use crate::diagnostic::Diagnostic;
use crate::severities::is_protected;
use crate::suppressions::is_of_the_moment;
use spec::Project;
use spec::baseline::{Baseline, Entry};
use std::collections::BTreeMap;
use text::{BlobId, Span};

/// Where it is kept, from the root.
pub const PATH: &str = spec::baseline::PATH;

/// Longest token or line that is compared; more is cut.
const MOST: usize = 400;

/// True for a rule that a baseline can hold back.
pub fn can_hold(rule: &str) -> bool {
    !is_protected(rule)
        && !is_of_the_moment(rule)
        && !rule.starts_with("baseline/")
        && !rule.starts_with("suppression/")
}

/// What a diagnostic of a rule at a place is known again by.
pub fn fingerprint(rule: &str, path: &str, text: &str, span: Span) -> String {
    let start = (span.start as usize).min(text.len());
    let line = text[..start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let end = text[start..].find(['\n', '\r']).map_or(text.len(), |end| start + end);
    let token = span.of(text).lines().next().unwrap_or_default();
    let words = |text: &str| text.split_whitespace().flat_map(|word| [word, " "]).collect::<String>();
    let cut = |text: String| text.chars().take(MOST).collect::<String>();
    let key = [rule, path, &cut(words(token)), &cut(words(&text[line..end]))].join("\n");
    BlobId::of(key.as_bytes()).to_string()[..16].to_owned()
}

/// Takes away what the baseline knows of the file at `path`. Answers what it took, each with its fingerprint.
pub fn hold_back(project: &Project, path: &str, text: &str, all: &mut Vec<Diagnostic>) -> Vec<(String, Diagnostic)> {
    let Some(known) = project.baseline().and_then(|(_, baseline)| baseline.of(path)) else { return Vec::new() };
    let mut left: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut held = Vec::new();
    all.retain(|diagnostic| {
        if !can_hold(&diagnostic.code) {
            return true;
        }
        let print = fingerprint(&diagnostic.code, path, text, diagnostic.span);
        let key = (diagnostic.code.clone(), print.clone());
        let Some(most) = known.get(&key).copied() else { return true };
        let left = left.entry(key).or_insert(most);
        let holds = *left > 0;
        if holds {
            *left -= 1;
            held.push((print, diagnostic.clone()));
        }
        !holds
    });
    held
}

/// The entries that hold all these diagnostics of one file back.
pub fn entries(path: &str, text: &str, all: &[Diagnostic]) -> Vec<Entry> {
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for diagnostic in all.iter().filter(|diagnostic| can_hold(&diagnostic.code)) {
        let print = fingerprint(&diagnostic.code, path, text, diagnostic.span);
        *counts.entry((&diagnostic.code, print)).or_default() += 1;
    }
    let entry = |((rule, fingerprint), count): ((&str, String), usize)| Entry {
        path: path.to_owned(),
        rule: rule.to_owned(),
        fingerprint,
        count,
    };
    counts.into_iter().map(entry).collect()
}

/// The entries that still hold something back, with no more of each than they hold: `held` of every file that was looked
/// at, and all of files that were not.
pub fn shrunk(
    baseline: &Baseline,
    looked_at: impl Fn(&str) -> bool,
    held: &BTreeMap<(String, String, String), usize>,
) -> Vec<Entry> {
    let left = |entry: &Entry| {
        let count = match looked_at(&entry.path) {
            true => *held.get(&(entry.path.clone(), entry.rule.clone(), entry.fingerprint.clone())).unwrap_or(&0),
            false => entry.count,
        };
        Entry { count: count.min(entry.count), ..entry.clone() }
    };
    baseline.entries.iter().map(left).filter(|entry| entry.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Snapshot;
    use crate::diagnostics::diagnostics;
    use spec::SpecFile;
    use std::sync::Arc;

    const TICKET: &str = ".tollgate/tickets/t-1.md";

    fn snapshot(text: &str, baseline: Option<&str>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(TICKET, text).unwrap()));
        if let Some(baseline) = baseline {
            snapshot.project.set(Arc::new(SpecFile::read(PATH, baseline).unwrap()));
        }
        snapshot
    }

    fn said(text: &str, baseline: Option<&str>) -> Vec<String> {
        let all = diagnostics(&snapshot(text, baseline), TICKET, None);
        all.iter().map(|one| format!("{} {}", one.code, one.span.of(text))).collect()
    }

    /// The baseline of a text.
    fn written(text: &str) -> String {
        let all = diagnostics(&snapshot(text, None), TICKET, None);
        spec::baseline::render(&entries(TICKET, text, &all))
    }

    const OLD: &str =
        "---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\nnope: 1\nbudget: {limit_usd: 1e9}\n---\n";

    #[test]
    fn what_was_there_is_not_said_wherever_it_moves() {
        let baseline = written(OLD);
        assert_eq!(said(OLD, None).len(), 2);
        assert_eq!(said(OLD, Some(&baseline)), [""; 0]);
        let moved = OLD.replace("nope: 1\n", "").replace("title: T\n", "title: T\npriority: high\n  \nnope:  1\n");
        assert_eq!(said(&moved, Some(&baseline)), [""; 0]);
    }

    #[test]
    fn what_is_new_is_said() {
        let baseline = written(OLD);
        assert_eq!(said(&OLD.replace("nope: 1", "nope: 1\nnopes: 1"), Some(&baseline)), ["schema/unknown-key nopes"]);
        assert_eq!(said(&OLD.replace("1e9", "1e8"), Some(&baseline)), ["value/money 1e8"]);
        let twice = OLD.replace("nope: 1\n", "nope: 1\nx-a: {}\n").replace("id: t-1\n", "id: t-1\nnope: 1\n");
        let again = said(&twice, Some(&baseline));
        assert!(again.iter().any(|one| one.ends_with(" nope")), "one of two equal ones is new: {again:?}");
    }

    #[test]
    fn nothing_of_trust_is_held_back() {
        let text = OLD.replace("nope: 1", "spec: ../up.md");
        let entry = |rule: &str, token: &str| {
            let at = text.find(token).unwrap();
            let fingerprint = fingerprint(rule, TICKET, &text, Span::new(at, at + token.len()));
            Entry { path: TICKET.to_owned(), rule: rule.to_owned(), fingerprint, count: 9 }
        };
        let baseline = spec::baseline::render(&[entry("path/escapes-root", "../up.md"), entry("value/money", "1e9")]);
        assert_eq!(said(&text, Some(&baseline)), ["path/escapes-root ../up.md"]);
        assert!(!written(&text).contains("path/escapes-root"));
    }

    #[test]
    fn a_baseline_shrinks_and_keeps_what_was_not_looked_at() {
        let other = Entry { path: "other.md".into(), rule: "id/bad".into(), fingerprint: "0".repeat(16), count: 2 };
        let mut all = entries(TICKET, OLD, &diagnostics(&snapshot(OLD, None), TICKET, None));
        all.push(other.clone());
        let file = SpecFile::read(PATH, &spec::baseline::render(&all)).unwrap();
        let spec::Content::Baseline(baseline) = &file.content else { panic!("{:?}", file.content) };
        assert_eq!(baseline.entries.len(), 3);
        let mended = OLD.replace("nope: 1\n", "");
        let snapshot = snapshot(&mended, Some(&spec::baseline::render(&all)));
        let mut found = crate::diagnostics::unheld(&snapshot, TICKET, None);
        let held = hold_back(&snapshot.project, TICKET, &mended, &mut found);
        let held = held.into_iter().map(|(print, one)| ((TICKET.to_owned(), one.code, print), 1)).collect();
        let left = shrunk(baseline, |path| path == TICKET, &held);
        assert_eq!(left.iter().map(|entry| entry.rule.as_str()).collect::<Vec<_>>(), ["value/money", "id/bad"]);
        assert_eq!(left[1], other);
    }
}
