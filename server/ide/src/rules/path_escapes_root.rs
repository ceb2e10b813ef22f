//! `path/escapes-root`: a path that leaves the root or means something else elsewhere.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "path/escapes-root",
    severity: Severity::Error,
    why: "Such a path reaches files that nobody agreed to, or fails on the next platform.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: [⟦"../other/**"⟧]}]
---
## patch
Mend it.
"#,
    )],
    good: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Write a path from the root with `/`, without `..`, `~`, `$` and drive letters.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::BadPath(words) = kind else { continue };
        let mut diagnostic = RULE.at(span, format!("This path cannot be used: {words}"));
        let written = span.of(context.text());
        let plain = written.trim_matches(['"', '\'']);
        let meant = plain.replace('\\', "/");
        let meant = meant.trim_start_matches('/');
        if meant != plain && spec::values::path_fault(meant).is_none() {
            diagnostic =
                diagnostic.fix(format!("Change it to `{meant}`"), context.path(), span, format!("\"{meant}\""));
        }
        found.push(diagnostic);
    }
}
