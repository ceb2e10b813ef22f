//! `value/duration`: something that is not a duration.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "value/duration",
    severity: Severity::Error,
    why: "A time limit that cannot be read does not stop a run.",
    bad: &[(
        ".tollgate/workflows/mend.md",
        r#"---
schema_version: 1
name: mend
defaults: {timeout: ⟦30 minutes⟧}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
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
defaults: {timeout: 30m}
passes:
  - id: patch
    agent: implementer
    outputs: [{id: change, kind: diff, writes: ["src/**"]}]
---
## patch
Mend it.
"#,
    )],
    fix: "Write a whole number and `s`, `m` or `h`: `30s`, `20m`, `2h`.",
    files: Files::Ours,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        let ProblemKind::BadDuration(written) = kind else { continue };
        let mut diagnostic = RULE.at(span, format!("`{written}` is not a duration such as `30s`, `20m` or `2h`"));
        if let Some(meant) = meant(written) {
            diagnostic = diagnostic.fix(format!("Change it to `{meant}`"), context.path(), span, meant);
        }
        found.push(diagnostic);
    }
}

/// `30 minutes` is `30m`, a bare number is seconds, a day is 24 hours.
fn meant(written: &str) -> Option<String> {
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let number = number.parse::<u64>().ok().filter(|number| *number > 0)?;
    let unit = unit.trim().to_ascii_lowercase();
    Some(match unit.as_str() {
        "" | "sec" | "second" | "seconds" => format!("{number}s"),
        "min" | "mins" | "minute" | "minutes" => format!("{number}m"),
        "hour" | "hours" | "hrs" => format!("{number}h"),
        "d" | "day" | "days" => format!("{}h", number.checked_mul(24)?),
        _ => return None,
    })
}
