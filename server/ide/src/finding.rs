//! What gates found, in a file as it is now: the diagnostic at its place, and the checker's own fixes.
//!
//! A finding belongs to the content that was checked. In a text that is being typed it is looked for by its lines, like in
//! one that was saved: what cannot be found again is not shown, rather than shown somewhere else, and a fix is offered only
//! while its lines hold exactly the bytes it was made for.

use crate::Snapshot;
use crate::diagnostic::{Diagnostic, Fix, Severity, TextEdit, one_line};
use crate::live::FindingLive;
use findings::{Current, Found};
use std::borrow::Cow;

/// Code of their diagnostics.
pub const CODE: &str = "gate/finding";
/// Longest title of a fix.
const TITLE: usize = 100;

/// What stands in the file at `path`. `text` is its text where that may differ from the one on disk.
pub fn here<'a>(snapshot: &'a Snapshot, path: &str, text: Option<&str>) -> Cow<'a, [FindingLive]> {
    let Some(found) = snapshot.live.findings.get(path) else { return Cow::Borrowed(&[]) };
    let on_disk = snapshot.live.sources.get(path);
    let Some(text) = text.filter(|text| on_disk.is_none_or(|there| **there != **text)) else {
        return Cow::Borrowed(found);
    };
    let current = Current::new(text);
    let moved = found.iter().filter_map(|finding| {
        let (span, found) = finding.place.find(&current)?;
        // what was typed elsewhere counts once it is saved
        let stale = finding.stale || found == Found::Guess;
        Some(FindingLive { span, stale, ..finding.clone() })
    });
    Cow::Owned(moved.collect())
}

/// A finding as it is shown, with the fixes that fit the text.
pub fn diagnostic(finding: &FindingLive, path: &str, text: Option<&str>) -> Diagnostic {
    let (severity, note) = match (finding.stale, finding.severity) {
        (true, Severity::Error) => (Severity::Warning, " (changed since; check again)"),
        (true, other) => (other, " (changed since; check again)"),
        (false, other) => (other, ""),
    };
    // A checker may name no rule, or one that begins with the checker's own name.
    let who = match finding.rule.split('/').next() {
        Some("") | None => finding.check.clone(),
        // where there is no rule the tool stands for it, which the check may be named after: `review:critic`
        Some(_) if finding.check.split(':').any(|part| part == finding.rule) => finding.check.clone(),
        Some(first) if first == finding.check => finding.rule.clone(),
        Some(_) => format!("{} {}", finding.check, finding.rule),
    };
    let words = format!("{who}: {}{note}", finding.message);
    let fixes = text.map(|text| fixes(finding, path, text)).unwrap_or_default();
    Diagnostic { fixes, ..Diagnostic::new(CODE, severity, finding.span, words) }
}

/// The checker's fixes as edits of `text`; preferred is the one that it would apply unseen, if there is one such.
fn fixes(finding: &FindingLive, path: &str, text: &str) -> Vec<Fix> {
    if finding.fixes.is_empty() {
        return Vec::new();
    }
    let current = Current::new(text);
    let only = finding.fixes.iter().filter(|fix| fix.sure).count() == 1;
    let edits = finding.fixes.iter().filter_map(|fix| Some((fix, fix.now(&current)?)));
    let fixes = edits.map(|(fix, edits)| {
        let edit = |(span, new): (text::Span, &str)| (path.to_owned(), TextEdit { span, text: new.to_owned() });
        Fix {
            title: format!("Fix: {}", one_line(&fix.title, TITLE)),
            edits: edits.into_iter().map(edit).collect(),
            preferred: fix.sure && only,
        }
    });
    fixes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::{Effect, actions};
    use crate::live::Live;
    use findings::{Format, Place, RawFinding, anchor, read};
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use text::Span;

    const PATH: &str = "src/a.py";
    const TEXT: &str = "# é\nimport os\ntotal = 0\n日本 = float(total)\nprint(total)\n";

    /// The snapshot after a checker printed these lines of ours about [`TEXT`].
    fn snapshot(lines: &str) -> Snapshot {
        let live = |raw: &RawFinding| {
            let span = anchor(raw, TEXT, None);
            FindingLive {
                span,
                place: Place::new(PATH, TEXT, span),
                fixes: findings::Fix::of(raw, PATH, TEXT, None, |path| path == PATH),
                severity: Severity::Error,
                rule: "money/float".to_owned(),
                message: raw.message.clone(),
                ticket: "t-1".to_owned(),
                pass: "fix".to_owned(),
                check: "money".to_owned(),
                within: None,
                stale: false,
            }
        };
        let found = read(Format::Findings, lines.as_bytes(), b"").unwrap().iter().map(live).collect();
        let live = Live {
            findings: BTreeMap::from([(PATH.to_owned(), found)]),
            sources: BTreeMap::from([(PATH.to_owned(), TEXT.into())]),
            ..Live::default()
        };
        Snapshot { live: Arc::new(live), ..Snapshot::default() }
    }

    const FLOAT: &str = r#"{"path":"src/a.py","quote":"float(total)","message":"no float","fix":{"title":"use cents","text":"cents(total)"}}"#;

    /// Titles of the fixes, and the text after the first of them.
    fn offered(snapshot: &Snapshot, text: &str) -> (Vec<String>, Option<String>) {
        let whole = Span::new(0, text.len());
        let fixes: Vec<Fix> = actions(snapshot, PATH, Some(text), whole)
            .into_iter()
            .filter_map(|action| match action.effect {
                Effect::Edit(fix) => Some(fix),
                _ => None,
            })
            .collect();
        let after = fixes.first().map(|fix| {
            let mut after = text.to_owned();
            for (_, edit) in fix.edits.iter().rev() {
                after.replace_range(edit.span.range(), &edit.text);
            }
            after
        });
        let title = |fix: &Fix| format!("{}{}", fix.title, if fix.preferred { " (preferred)" } else { "" });
        (fixes.iter().map(title).collect(), after)
    }

    #[test]
    fn a_fix_is_offered_while_its_line_is_what_it_was() {
        let snapshot = snapshot(FLOAT);
        let title = vec!["Fix: use cents (preferred)".to_owned()];
        assert_eq!(offered(&snapshot, TEXT), (title.clone(), Some(TEXT.replace("float", "cents"))));
        let above = TEXT.replace("import os\n", "import os\nimport sys\n");
        assert_eq!(offered(&snapshot, &above), (title, Some(above.replace("float", "cents"))));
        for changed in [TEXT.replace("float", "Decimal"), TEXT.replace("日本 =", "日本  ="), String::new()] {
            assert_eq!(offered(&snapshot, &changed).0, Vec::<String>::new(), "{changed}");
        }
    }

    #[test]
    fn a_finding_moves_with_its_line_as_it_is_typed_above() {
        let snapshot = snapshot(FLOAT);
        let shown = |text: &str| {
            let all = crate::diagnostics::diagnostics(&snapshot, PATH, Some(text));
            all.iter().map(|one| (one.span.of(text).to_owned(), one.severity)).collect::<Vec<_>>()
        };
        assert_eq!(shown(TEXT), [("float(total)".to_owned(), Severity::Error)]);
        let typed = format!("import x\n{TEXT}");
        assert_eq!(shown(&typed), [("float(total)".to_owned(), Severity::Error)]);
        let spaced = typed.replace("日本 =", "日本  =");
        assert_eq!(shown(&spaced), [("日本  = float(total)".to_owned(), Severity::Warning)]);
        assert_eq!(shown("nothing of it\n"), []);
    }

    #[test]
    fn who_says_it_is_said_once() {
        let said = |check: &str, rule: &str| {
            let mut snapshot = snapshot(FLOAT);
            for finding in Arc::make_mut(&mut snapshot.live).findings.values_mut().flatten() {
                (finding.check, finding.rule) = (check.to_owned(), rule.to_owned());
            }
            crate::diagnostics::diagnostics(&snapshot, PATH, Some(TEXT))[0].message.clone()
        };
        assert_eq!(said("review:critic", "critic"), "review:critic: no float");
        assert_eq!(said("review:critic", "AC-1"), "review:critic AC-1: no float");
        assert_eq!(said("money", "money/float"), "money/float: no float");
        assert_eq!(said("lint", "lint"), "lint: no float");
        assert_eq!(said("lint", "eslint"), "lint eslint: no float");
    }

    #[test]
    fn several_sure_fixes_are_a_choice() {
        let mut snapshot = snapshot(FLOAT);
        let live = Arc::make_mut(&mut snapshot.live);
        for finding in live.findings.values_mut().flatten() {
            finding.fixes = vec![finding.fixes[0].clone(), finding.fixes[0].clone()];
            finding.fixes[1].title = "\u{202e}other".to_owned();
        }
        let titles = offered(&snapshot, TEXT).0;
        assert_eq!(titles, ["Fix: use cents", "Fix: \\u{202e}other"]);
    }
}
