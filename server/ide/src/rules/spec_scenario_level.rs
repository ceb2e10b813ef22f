//! `spec/scenario-level`: a scenario of OpenSpec whose heading has the wrong number of `#`.

use super::context::*;
use spec::work::{Document, System};

pub(super) const RULE: Rule = Rule {
    id: "spec/scenario-level",
    severity: Severity::Warning,
    why: "OpenSpec finds scenarios by exactly four #: with any other number it is not there, or ends the requirement.",
    bad: &[(
        "openspec/changes/add-late-fees/specs/fees/spec.md",
        r#"## ADDED Requirements

### Requirement: A fee is added
The system SHALL add a fee for each day.

⟦###⟧ Scenario: Two days late
- **WHEN** a book is two days late
- **THEN** the fee is that of two days

### Requirement: A fee stops
The system SHALL stop at the price of the book.

⟦#####⟧ Scenario: Very late
- **THEN** it stays
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
"#,
    )],
    fix: "Write four.",
    files: Files::Others,
    check,
};

/// True for the title of a scenario.
pub(super) fn is_scenario(title: &str) -> bool {
    title.get(.."Scenario:".len()).is_some_and(|head| head.eq_ignore_ascii_case("Scenario:"))
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let ours = |work: &&spec::work::Work| {
        work.system == System::OpenSpec && matches!(work.document, Document::Specification | Document::Capability)
    };
    let Some(work) = context.work().filter(ours) else { return };
    for section in work.sections.iter().filter(|section| section.level != 4 && is_scenario(&section.title.value)) {
        // A heading that is underlined has none to change.
        let line = &context.text()[section.span.start as usize..];
        let marks = line.bytes().take_while(|byte| *byte == b'#').count();
        if marks == usize::from(section.level) {
            let start = section.span.start as usize;
            let span = Span::new(start, start + marks);
            let message = format!("A scenario has four #, this has {marks}: OpenSpec does not see it");
            found.push(RULE.at(span, message).fix("Write four", context.path(), span, "####"));
        }
    }
}
