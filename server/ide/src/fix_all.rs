//! All safe fixes of a file at once, and all fixes of one rule.
//!
//! Fixes are made in rounds, as one may show the place of the next. Each round is read again, and a fix after which
//! something new is said is left out, so that the result never says more than before and a second time changes nothing.

use crate::Snapshot;
use crate::change::{adds_nothing, project_after, said};
use crate::diagnostic::{Fix, TextEdit};
use crate::diagnostics::diagnostics;
use crate::suppressions::takes_comments;
use text::Span;

/// Rules whose preferred fix writes the same thing in the way it has to be written, or takes out what has no effect. Every
/// other fix is a guess at what was meant, a choice, or a place for words, and is made one by one.
const SAFE: &[&str] = &[
    "schema/duplicate-key",
    "schema/version",
    "schema/wrong-type",
    "suppression/protected",
    "suppression/unused",
    "text/invisible-character",
    "value/duration",
    "value/money",
    "value/version",
    "yaml/feature",
];

/// More rounds than any file needs.
const ROUNDS: usize = 64;

/// True for a rule whose fix is made with all others.
pub fn is_safe(rule: &str) -> bool {
    SAFE.contains(&rule)
}

/// Edits that mend a file, and how many fixes they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Mended {
    /// All edits, of this one file.
    pub edits: Vec<TextEdit>,
    /// The text after them.
    pub text: String,
    /// How many diagnostics they answer.
    pub count: usize,
}

/// All safe fixes of the file at `path`, or those of one rule. `None` when there is nothing to mend, and for files of
/// other tools, which are mended one by one.
pub fn fix_all(snapshot: &Snapshot, path: &str, rule: Option<&str>) -> Option<Mended> {
    let file = snapshot.file(path)?;
    if rule.is_none() && !takes_comments(file.kind) {
        return None;
    }
    let text = file.text()?;
    let mut now = snapshot.clone();
    let mut count = 0;
    for _ in 0..ROUNDS {
        let fixes = wanted(&now, path, rule);
        if fixes.is_empty() {
            break;
        }
        let before = said(&now.project, &now.live, path);
        let all = Fix { title: String::new(), edits: fixes.concat(), preferred: false };
        if let Some(after) = made(&now, &before, path, &all) {
            count += fixes.len();
            now = after;
            continue;
        }
        let one = |edits: Vec<(String, TextEdit)>| made(&now, &before, path, &Fix { edits, ..all.clone() });
        let Some(after) = fixes.into_iter().find_map(one) else { break };
        count += 1;
        now = after;
    }
    let after = now.file(path)?.text()?;
    (after != text).then(|| Mended { edits: difference(text, after), text: after.to_string(), count })
}

/// The state after a fix, when it makes nothing worse and something better.
fn made(now: &Snapshot, before: &[(String, String)], path: &str, fix: &Fix) -> Option<Snapshot> {
    let project = project_after(&now.project, fix)?;
    let after = said(&project, &now.live, path);
    (after.len() < before.len() && adds_nothing(before, &after)).then(|| Snapshot { project, ..now.clone() })
}

/// The edits of every fix that may be made in this round: apart from each other, and in this file alone.
fn wanted(snapshot: &Snapshot, path: &str, rule: Option<&str>) -> Vec<Vec<(String, TextEdit)>> {
    let mut chosen: Vec<Vec<(String, TextEdit)>> = Vec::new();
    let mut taken: Vec<Span> = Vec::new();
    for diagnostic in diagnostics(snapshot, path, None) {
        if rule.map_or_else(|| !is_safe(&diagnostic.code), |rule| rule != diagnostic.code) {
            continue;
        }
        let Some(fix) = diagnostic.fixes.into_iter().find(|fix| fix.preferred) else { continue };
        let spans: Vec<Span> = fix.edits.iter().map(|(_, edit)| edit.span).collect();
        let apart = |span: &Span| taken.iter().all(|other| span.end < other.start || other.end < span.start);
        if fix.edits.iter().all(|(edited, _)| edited == path) && spans.iter().all(apart) {
            taken.extend(spans);
            chosen.push(fix.edits);
        }
    }
    chosen
}

/// The edits that make one text of another, line by line, so that what did not change is not touched.
pub(crate) fn difference(before: &str, after: &str) -> Vec<TextEdit> {
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(before), lines(after));
    let at = |lines: &[&str], line: usize| lines[..line].iter().map(|line| line.len()).sum::<usize>();
    let changes = similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new);
    let changes = changes.into_iter().filter(|change| change.tag() != similar::DiffTag::Equal);
    let edits = changes.map(|change| TextEdit {
        span: Span::new(at(&old, change.old_range().start), at(&old, change.old_range().end)),
        text: new[change.new_range()].concat(),
    });
    edits.collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::edited;
    use proptest::prelude::*;
    use spec::SpecFile;
    use std::sync::Arc;

    fn snapshot(path: &str, text: &str) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        snapshot
    }

    const TICKET: &str = ".tollgate/tickets/t-1.md";

    #[test]
    fn mends_what_is_sure_and_leaves_the_rest() {
        let text = "---\nid: t-1\ntitle: \"T\u{200b}\"\ntitle: again\nstatus: To Do\nnope: 1\nstatsu: To Do\nbudget: {limit_usd: $5}\n# tollgate-ignore id/bad: not any more\n---\nWords.\u{200b}\n";
        let mended = fix_all(&snapshot(TICKET, text), TICKET, None).unwrap();
        assert_eq!(
            mended.text,
            "---\nschema_version: 1\nid: t-1\ntitle: \"T\"\nstatus: To Do\nnope: 1\nstatsu: To Do\nbudget: {limit_usd: 5}\n---\nWords.\n"
        );
        assert_eq!(mended.count, 6);
        assert_eq!(edited(text, &mended.edits).as_deref(), Some(mended.text.as_str()));
        assert_eq!(fix_all(&snapshot(TICKET, &mended.text), TICKET, None), None);
    }

    #[test]
    fn one_rule_is_mended_everywhere_also_where_it_is_a_guess() {
        let text = "---\nschema_version: 1\nid: t-1\ntitle: T\nstatsu: To Do\nstatus: To Do\nprioritty: high\nlabls: [a]\nspec: ../x.md\n---\n";
        let mended = fix_all(&snapshot(TICKET, text), TICKET, Some("schema/unknown-key")).unwrap();
        assert!(mended.text.contains("\npriority: high\nlabels: [a]\nspec: ../x.md\n"), "{}", mended.text);
    }

    #[test]
    fn files_of_other_tools_are_left_alone() {
        let tasks = "# Tasks: Late fees\n\n- [ ] T001 One\n- [ ] T001 Two\n- [ ] T002 Two\n";
        let path = "specs/004-late-fees/tasks.md";
        assert_eq!(fix_all(&snapshot(path, tasks), path, None), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn nothing_new_is_said_and_a_second_time_changes_nothing(
            lines in "(budget: \\{limit_usd: \\$?[0-9]{1,2}\\}\r?\n|title: [a-z\u{200b}]{1,3}\n|schema_version: [12]\n|status: To Do\n|labels: &a b\n|nope: 1\n|# tollgate-ignore (id/bad|trust/setting-in-repository|value/money, id/bad): so it is\n|id: t-1\n|assignee: \\[a\n){0,9}",
            body in "(## [a-z]\u{200b}?\n|<!-- tollgate-ignore-file value/money: so -->\n|---\nid: x\n---\n|\u{202e}words\n){0,4}",
        ) {
            let text = format!("---\n{lines}---\n{body}");
            let before = snapshot(TICKET, &text);
            let Some(mended) = fix_all(&before, TICKET, None) else { return Ok(()) };
            prop_assert_eq!(edited(&text, &mended.edits), Some(mended.text.clone()));
            let after = snapshot(TICKET, &mended.text);
            let (was, is) = (said(&before.project, &before.live, TICKET), said(&after.project, &after.live, TICKET));
            prop_assert!(adds_nothing(&was, &is), "{:?}\n{:?}", was, is);
            prop_assert_eq!(fix_all(&after, TICKET, None), None);
        }

        #[test]
        fn the_difference_makes_the_other_text(before in "([ab]\r?\n|c){0,8}", after in "([ab]\r?\n|c){0,8}") {
            let edits = difference(&before, &after);
            prop_assert_eq!(edited(&before, &edits), Some(after));
        }
    }
}
