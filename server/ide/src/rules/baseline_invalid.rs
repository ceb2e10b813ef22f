//! `baseline/invalid`: a baseline that cannot be read, or that would hide what must be seen.

use super::context::*;
use crate::severities::is_protected;

pub(super) const RULE: Rule = Rule {
    id: "baseline/invalid",
    severity: Severity::Error,
    why: "What cannot be read holds nothing back, and what is about trust and safety is never held back.",
    bad: &[(
        ".tollgate/baseline.json",
        r#"{"schema_version": 1, "findings": [
{"path": ".tollgate/workflows/mend.md", "rule": ⟦"path/escapes-root"⟧, "fingerprint": "5e0f3a7d11c2b894", "count": 1}
]}
"#,
    )],
    good: &[(
        ".tollgate/baseline.json",
        r#"{"schema_version": 1, "findings": [
{"path": ".tollgate/workflows/mend.md", "rule": "gate/no-criterion", "fingerprint": "5e0f3a7d11c2b894", "count": 1}
]}
"#,
    )],
    fix: "Write it anew with `tollgate check --write-baseline`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::BadBaseline(words) = kind {
            found.push(RULE.at(span, format!("This baseline holds nothing back: {words}")));
        }
    }
    let Content::Baseline(baseline) = &context.file.content else { return };
    let mut from = 0;
    for entry in baseline.entries.iter().filter(|entry| is_protected(&entry.rule)) {
        let written = format!("\"{}\"", entry.rule);
        let Some(at) = context.text()[from..].find(&written) else { continue };
        let span = Span::new(from + at, from + at + written.len());
        from = span.end as usize;
        found.push(RULE.at(span, format!("`{}` is never held back: it is about trust and safety", entry.rule)));
    }
}
