//! `record/chain`: a record that follows one which is not there, or not as it was.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "record/chain",
    severity: Severity::Error,
    why: "Each record names the contents of those before it; one that is edited, taken out or put elsewhere is missed here.",
    bad: &[(
        ".tollgate/records/t-1/0190a000.json",
        r#"{"kind": "decision", "schema_version": 1, "_type": "https://in-toto.io/Statement/v1", "subject": [],
 "predicateType": "https://tollgate.dev/gate-decision/v0.1",
 "predicate": {"id": "0190a000", "ticket": "t-1", "workflow": "feature", "workflow_blob": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "pass": "build", "attempt": 1, "decision": "APPROVED", "reason": "", "reviewer_kind": "human", "reviewer": "Ann",
  "channel": "terminal", "strength": "ui", "time": "2026-11-20T10:00:00Z",
  "prev": ["⟦ce013625030ba8dba906f756967f9e9ca394464a⟧"]}}
"#,
    )],
    good: &[(
        ".tollgate/records/t-1/0190a000.json",
        r#"{"kind": "decision", "schema_version": 1, "_type": "https://in-toto.io/Statement/v1", "subject": [],
 "predicateType": "https://tollgate.dev/gate-decision/v0.1",
 "predicate": {"id": "0190a000", "ticket": "t-1", "workflow": "feature", "workflow_blob": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "pass": "build", "attempt": 1, "decision": "APPROVED", "reason": "", "reviewer_kind": "human", "reviewer": "Ann",
  "channel": "terminal", "strength": "ui", "time": "2026-11-20T10:00:00Z"}}
"#,
    )],
    fix: "Restore the ticket's folder of records from git (`git log -p` shows what became of it). A decision over a broken chain is void: decide again where the record cannot be had back.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (blob, span) in context.undefined(NameKind::Record) {
        let short = blob.get(..8).unwrap_or(blob);
        found.push(RULE.at(span, format!("The record before this one was changed or is missing (content {short})")));
    }
}
