//! `tasks/gap`: the numbers of a feature's tasks leave one out.

use super::context::*;
use super::numbering::{numbered, renumbered};
use spec::work::id_of;
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
    let mut all: BTreeMap<&str, BTreeMap<u32, Span>> = BTreeMap::new();
    for task in &work.tasks {
        if let Some((series, number)) = numbered(&task.id) {
            all.entry(series).or_default().insert(number, task.id.span);
        }
    }
    let gaps = |numbers: &BTreeMap<u32, Span>| -> Vec<(u32, u32, Span)> {
        let pairs = numbers.iter().zip(numbers.iter().skip(1));
        pairs
            .filter(|((low, _), (high, _))| **high - **low > 1)
            .map(|((low, _), (high, at))| (*low, *high, *at))
            .collect()
    };
    let count: usize = all.values().map(BTreeMap::len).sum();
    // Numbers that go in steps leave none out.
    if all.values().map(|numbers| gaps(numbers).len()).sum::<usize>() * 4 > count {
        return;
    }
    let names = context.file.facts.names.iter().filter(|(name, _, _)| name.kind == NameKind::Task);
    let mentioned: BTreeSet<(&str, u32)> = names.filter_map(|(name, _, _)| numbered(id_of(&name.text))).collect();
    for (series, numbers) in &all {
        let whole = *series == "T";
        let begins_series = |number: u32| whole && (number.is_multiple_of(10) || number % 100 == 1);
        for (low, high, span) in gaps(numbers) {
            let missing: Vec<u32> = (low + 1..high).filter(|number| !mentioned.contains(&(*series, *number))).collect();
            if missing.is_empty() || high - low > WIDEST || begins_series(high) {
                continue;
            }
            let id = |number: u32| renumbered(series, number);
            let missing = missing.iter().map(|number| id(*number)).collect::<Vec<_>>().join(", ");
            found.push(RULE.at(span, format!("There is no {missing} between {} and {}", id(low), id(high))));
        }
    }
}
