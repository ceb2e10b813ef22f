//! `spec/no-scenario`: a requirement of OpenSpec without an example.

use super::context::*;
use super::spec_scenario_level::is_scenario;
use crate::diagnostic::one_line;
use spec::work::System;

pub(super) const RULE: Rule = Rule {
    id: "spec/no-scenario",
    severity: Severity::Warning,
    why: "OpenSpec refuses a requirement that has no heading of the fourth level below it.",
    bad: &[(
        "openspec/changes/add-late-fees/specs/fees/spec.md",
        r#"## ADDED Requirements

### Requirement: ⟦A fee is added⟧
The system SHALL add a fee for each day.
"#,
    )],
    good: &[(
        "openspec/changes/add-late-fees/specs/fees/spec.md",
        r#"## ADDED Requirements

### Requirement: A fee is added
The system SHALL add a fee for each day.

#### Scenario: Two days late
- **WHEN** a book is two days late
- **THEN** the fee is that of two days

## REMOVED Requirements

### Requirement: Stamps are printed
**Reason**: nobody reads them
"#,
    )],
    fix: "Write one: `#### Scenario: …` with **WHEN** and **THEN**.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work().filter(|work| work.system == System::OpenSpec) else { return };
    for wanted in work.requirements.iter().filter(|wanted| wanted.scenarios == Some(0)) {
        let own = work.sections.iter().position(|section| section.title.span.end == wanted.span.end);
        let Some(own) = own else { continue };
        // One with the wrong number of # is said where it stands.
        let next = work.sections.get(own + 1);
        if next.is_some_and(|next| next.level != 2 && is_scenario(&next.title.value)) {
            continue;
        }
        let content = work.sections[own].content;
        let end = content.start as usize + content.of(context.text()).trim_end().len();
        let message = format!("`{}` has no scenario", one_line(&wanted.id, 60));
        let insert = "\n\n#### Scenario: \n- **WHEN** \n- **THEN** ";
        found.push(RULE.at(wanted.id.span, message).fix("Add a scenario", context.path(), Span::empty(end), insert));
    }
}
