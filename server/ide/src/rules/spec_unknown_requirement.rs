//! `spec/unknown-requirement`: a change modifies, removes or renames a requirement that the capability does not have.

use super::context::*;
use crate::diagnostic::one_line;
use spec::work::{Change, id_of};

pub(super) const RULE: Rule = Rule {
    id: "spec/unknown-requirement",
    severity: Severity::Information,
    why: "OpenSpec compares titles letter by letter; it finds the change valid, and refuses to archive it.",
    bad: &[
        (
            "openspec/specs/lending/spec.md",
            r#"# Lending

## Requirements

### Requirement: A book is lent once
The system SHALL lend a copy to one reader at a time.

#### Scenario: It is out
- **WHEN** a second reader asks
- **THEN** the system offers a reservation
"#,
        ),
        (
            "openspec/changes/lend-twice/specs/lending/spec.md",
            r#"## MODIFIED Requirements

### Requirement: ⟦A Book is lent once⟧
The system SHALL lend a copy to two readers.

#### Scenario: It is out
- **WHEN** a third reader asks
- **THEN** the system offers a reservation
"#,
        ),
    ],
    good: &[
        (
            "openspec/specs/lending/spec.md",
            r#"# Lending

## Requirements

### Requirement: A book is lent once
The system SHALL lend a copy to one reader at a time.

#### Scenario: It is out
- **WHEN** a second reader asks
- **THEN** the system offers a reservation
"#,
        ),
        (
            "openspec/changes/lend-twice/specs/lending/spec.md",
            r#"## RENAMED Requirements

- FROM: `### Requirement: A book is lent once`
- TO: `### Requirement: A book is lent twice`

## MODIFIED Requirements

### Requirement: A book is lent twice
The system SHALL lend a copy to two readers.

#### Scenario: It is out
- **WHEN** a third reader asks
- **THEN** the system offers a reservation
"#,
        ),
    ],
    fix: "Take the title as the capability has it, or add the requirement instead.",
    files: Files::Others,
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(work) = context.work() else { return };
    for wanted in &work.requirements {
        let (Some(change), Some(name)) = (wanted.change, &wanted.elsewhere) else { continue };
        let name = Name { kind: NameKind::Requirement, text: name.clone() };
        // Without the capability's text nothing is certain.
        let Some((capability, _)) = name.text.split_once('/') else { continue };
        let Some(standing) = context.project.feature(capability) else { continue };
        if context.project.is_defined(&name) || is_added(context, &wanted.id.value) {
            continue;
        }
        let folded = |title: &str| title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let all = || standing.requirements().map(|(_, other)| other.id.value.as_str());
        let meant = all()
            .find(|title| folded(title) == folded(&wanted.id))
            .or_else(|| spec::values::nearest(&wanted.id, all()))
            .map(str::to_owned);
        // What is gone already was removed as wished.
        if change == Change::Removed && meant.is_none() {
            continue;
        }
        let mut words = format!("The capability has no requirement `{}`", one_line(&wanted.id, 50));
        let near = meant.clone().filter(|meant| words.len() + meant.len() < 100);
        if let Some(near) = near {
            words.push_str(&format!("; did you mean `{}`?", one_line(&near, 50)));
        }
        let mut diagnostic = RULE.at(wanted.id.span, words);
        if let Some(meant) = meant {
            let title = format!("Change it to `{}`", one_line(&meant, 60));
            diagnostic = diagnostic.fix(title, context.path(), wanted.id.span, meant);
        }
        if let Some((file, capability)) = standing.specifications.first() {
            diagnostic = diagnostic.related(&file.path, capability.place, "The capability");
        }
        found.push(diagnostic);
    }
}

/// True when another change under way adds a requirement of that title: changes may stand on each other.
fn is_added(context: &Context<'_>, title: &str) -> bool {
    context.project.features().any(|feature| {
        let text = format!("{feature}/{title}");
        debug_assert_eq!(id_of(&text), title);
        context.project.is_defined(&Name { kind: NameKind::Requirement, text })
    })
}
