//! `value/version`: something that is not a version.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "value/version",
    severity: Severity::Error,
    why: "Without quotes `1.10` is the number 1.1 to most YAML readers.",
    bad: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
version: ⟦1.0⟧
---
You look at changes.
"#,
    )],
    good: &[(
        ".tollgate/agents/helper.md",
        r#"---
schema_version: 1
name: helper
description: Looks at changes.
category: verifier
version: "1.0.0"
---
You look at changes.
"#,
    )],
    fix: "Write three numbers in quotes: `\"1.0.0\"`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::BadVersion(written) = kind else { continue };
        let mut diagnostic =
            RULE.at(span, format!("`{written}` is not a version of three numbers such as `\"1.2.0\"`"));
        let mut parts: Vec<&str> = written.trim_start_matches('v').split('.').take(3).collect();
        parts.resize(3, "0");
        let meant = parts.join(".");
        if spec::values::is_version(&meant) {
            diagnostic =
                diagnostic.fix(format!("Change it to `\"{meant}\"`"), context.path(), span, format!("\"{meant}\""));
        }
        found.push(diagnostic);
    }
}
