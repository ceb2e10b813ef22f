//! `spec/duplicate-requirement`: a title or an id stands twice in what one document asks for.

use super::context::*;
use crate::diagnostic::one_line;
use spec::work::{Change, System};
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "spec/duplicate-requirement",
    severity: Severity::Warning,
    why: "OpenSpec knows a requirement by its title: it refuses a change that says two things about one.",
    bad: &[(
        "openspec/changes/add-late-fees/specs/fees/spec.md",
        r#"## ADDED Requirements

### Requirement: A fee is added
The system SHALL add a fee for each day.

#### Scenario: Two days late
- **THEN** the fee is that of two days

### Requirement: ⟦A fee is added⟧
The system SHALL add a fee for each week.

#### Scenario: Two weeks late
- **THEN** the fee is that of two weeks
"#,
    )],
    good: &[(
        "openspec/changes/add-late-fees/specs/fees/spec.md",
        r#"## ADDED Requirements

### Requirement: A fee is added
The system SHALL add a fee for each day.

#### Scenario: Two days late
- **THEN** the fee is that of two days
"#,
    )],
    fix: "Merge the two, or give one another title.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| work.system == System::OpenSpec) else { return };
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    // A new name stands with its old one, and again where the requirement is modified.
    for wanted in work.requirements.iter().filter(|wanted| wanted.change != Some(Change::RenamedTo)) {
        let Some(first) = seen.get(wanted.id.value.as_str()) else {
            seen.insert(&wanted.id.value, wanted.id.span);
            continue;
        };
        let message = format!("`{}` stands twice here", one_line(&wanted.id, 60));
        found.push(RULE.at(wanted.id.span, message).related(context.path(), *first, "It stands here first"));
    }
}
