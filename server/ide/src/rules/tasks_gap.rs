//! `tasks/gap`: the numbers of a feature's tasks leave one out.

use super::context::*;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    id: "tasks/gap",
    severity: Severity::Hint,
    why: "A task may have been lost when the list was rewritten.",
    bad: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee
- [ ] ⟦T004⟧ Waive a fee
- [ ] T005 Pay at the desk
- [ ] T006 Tell the reader
"#,
    )],
    good: &[(
        "specs/004-late-fees/tasks.md",
        r#"# Tasks: Late fees

- [ ] T001 Table of fees
- [ ] T002 Show the fee
- [ ] T004 Waive a fee

T003 was dropped: it belongs to the next feature.
"#,
    )],
    fix: "Bring the task back, or say in a sentence what became of its number.",
    files: Files::Others,
    check,
};

/// A wider jump begins a new series.
const WIDEST: u32 = 4;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work() else { return };
    let number = |id: &str| id.trim_start_matches('T').parse::<u32>().ok();
    let numbers: BTreeMap<u32, Span> =
        work.tasks.iter().filter_map(|task| Some((number(&task.id)?, task.id.span))).collect();
    let pairs = numbers.iter().zip(numbers.iter().skip(1));
    let gaps: Vec<_> = pairs.filter(|((low, _), (high, _))| **high - **low > 1).collect();
    // Numbers that go in steps leave none out.
    if gaps.len() * 4 > numbers.len() {
        return;
    }
    let names = context.file.facts.names.iter().filter(|(name, _, _)| name.kind == NameKind::Task);
    let mentioned: BTreeSet<u32> = names.filter_map(|(name, _, _)| number(name.text.rsplit('/').next()?)).collect();
    let begins_series = |number: u32| number.is_multiple_of(10) || number % 100 == 1;
    for ((low, _), (high, span)) in gaps {
        let missing: Vec<u32> = (low + 1..*high).filter(|number| !mentioned.contains(number)).collect();
        if missing.is_empty() || high - low > WIDEST || begins_series(*high) {
            continue;
        }
        let missing = missing.iter().map(|number| format!("T{number:03}")).collect::<Vec<_>>().join(", ");
        found.push(RULE.at(*span, format!("There is no {missing} between T{low:03} and T{high:03}")));
    }
}
