//! Completion of keys, values and names, also in YAML that is being typed.

use crate::Snapshot;

use spec::model::Workflow;
use spec::schema::{Key, Value};
use spec::{Content, NameKind, Place, SpecFile, TICKET_NAMES, locate};
use std::collections::BTreeSet;
use text::Span;

/// What is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What is shown and matched.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// A few words beside it.
    pub detail: String,
    /// What it means, as Markdown.
    pub documentation: String,
    /// What replaces `span`.
    pub insert: String,
    /// The same with places to fill in (`$1`, `$0`), for clients that take them.
    pub snippet: Option<String>,
    /// What is replaced.
    pub span: Span,
}

/// Kinds of items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// A key of a map.
    Key,
    /// An allowed word.
    Word,
    /// A name defined somewhere.
    Name,
    /// A template name.
    Variable,
}

/// What may stand at `offset`.
pub fn complete(snapshot: &Snapshot, path: &str, offset: usize) -> Vec<Item> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    if let Some(work) = file.work() {
        return crate::work::complete(snapshot, file, work, offset);
    }
    let Some(text) = file.text() else { return Vec::new() };
    let cursor = locate(file, offset);
    let span = cursor.span;
    match cursor.place {
        Place::Key { map, key, present } => {
            let free = |candidate: &&Key| {
                !present.iter().any(|name| name == candidate.name) || key.is_some_and(|key| key.name == candidate.name)
            };
            map.keys().iter().filter(free).map(|key| key_item(text, key, span, offset)).collect()
        }
        Place::Value { key, value, present, .. } => {
            let mut items = values(snapshot, file, &value, key, span);
            items.retain(|item| !present.contains(&item.label));
            items
        }
        Place::Template => template_items(snapshot, file, span),
        Place::Heading { level: 2 } => heading_items(file, span),
        Place::FreeKey { .. } => crate::severities::complete(&cursor.path, text, span),
        Place::Heading { .. } | Place::Text | Place::Outside => Vec::new(),
    }
}

fn item(label: &str, kind: ItemKind, detail: &str, documentation: &str, span: Span) -> Item {
    let text = |text: &str| text.to_owned();
    let (label, detail, documentation) = (text(label), text(detail), text(documentation));
    Item { insert: label.clone(), label, kind, detail, documentation, snippet: None, span }
}

fn key_item(text: &str, key: &Key, span: Span, offset: usize) -> Item {
    let detail = if key.required { format!("{} (required)", key.value.words()) } else { key.value.words().to_owned() };
    let mut item = item(key.name, ItemKind::Key, &detail, &key_words(key), span);
    let after = text.get(span.end as usize..).unwrap_or_default();
    if after.trim_start_matches(' ').starts_with(':') {
        return item;
    }
    let line_start = text[..offset.min(text.len())].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let line = text.get(line_start..offset).unwrap_or_default();
    // Inside `{ … }` everything stays on the line.
    let flow = line.matches('{').count() > line.matches('}').count();
    let indent = " ".repeat(line.chars().take_while(|letter| matches!(letter, ' ' | '-')).count());
    let (plain, snippet) = match key.value {
        Value::SchemaVersion => (" 1".to_owned(), " 1".to_owned()),
        Value::Version => (" \"1.0.0\"".to_owned(), " \"${1:1.0.0}\"".to_owned()),
        Value::List(Value::Map(_)) if !flow => (format!("\n{indent}  - "), format!("\n{indent}  - $0")),
        Value::List(_) => (" []".to_owned(), " [$0]".to_owned()),
        Value::Map(_) | Value::MapOr(..) | Value::Table(_) if flow => (" {}".to_owned(), " {$0}".to_owned()),
        Value::Map(_) | Value::MapOr(..) | Value::Table(_) => (format!("\n{indent}  "), format!("\n{indent}  $0")),
        Value::Text if matches!(key.name, "description" | "title") => (" \"\"".to_owned(), " \"$0\"".to_owned()),
        _ => (" ".to_owned(), " $0".to_owned()),
    };
    item.insert = format!("{}:{plain}", key.name);
    item.snippet = Some(format!("{}:{snippet}", key.name));
    item
}

/// What a key is, as Markdown. Many words are only named: each says what it means where it is offered.
pub(crate) fn key_words(key: &Key) -> String {
    const MOST: usize = 9;
    let words = key.value.known_words();
    let mut text = format!("{}\n\nTakes {}.", key.doc, key.value.words());
    if words.len() > MOST {
        let names: Vec<String> = words.iter().map(|word| format!("`{}`", word.word)).collect();
        text.push_str(&format!("\n\n{}", names.join(" ")));
    } else {
        for word in words {
            text.push_str(&format!("\n- `{}`: {}", word.word, word.doc));
        }
    }
    text
}

fn values(snapshot: &Snapshot, file: &SpecFile, value: &Value, key: &Key, span: Span) -> Vec<Item> {
    let words = value.known_words().iter().map(|word| {
        let mut item = item(word.word, ItemKind::Word, "", word.doc, span);
        if word.word.contains(' ') && key.name != "status" {
            item.insert = format!("\"{}\"", word.word);
        }
        item
    });
    let mut items: Vec<Item> = words.collect();
    match value {
        Value::Boolean => items.extend(["true", "false"].map(|word| item(word, ItemKind::Word, "", "", span))),
        Value::SchemaVersion => items.push(item("1", ItemKind::Word, "", "The only version there is.", span)),
        Value::Duration => {
            items.extend(["30s", "10m", "30m", "2h"].map(|word| item(word, ItemKind::Word, "duration", "", span)));
        }
        Value::Name(kind) => items.extend(names(snapshot, file, *kind, span)),
        Value::MapOr(_, Value::Name(kind)) => items.extend(names(snapshot, file, *kind, span)),
        Value::Extends => items.extend(names(snapshot, file, NameKind::Agent, span)),
        Value::Category => items.extend(
            snapshot
                .project
                .config()
                .into_iter()
                .flat_map(|(_, config)| &config.categories)
                .map(|category| item(&category.value, ItemKind::Word, "declared in the configuration", "", span)),
        ),
        Value::InputRef => items.extend(input_refs(snapshot, file, span)),
        Value::List(inner) | Value::OneOrMore(inner) if !matches!(inner, Value::Map(_)) => {
            items = values(snapshot, file, inner, key, span);
        }
        _ => {}
    }
    items
}

/// Names of a kind that may be used in `file`. Those inside a workflow are shown without it.
fn names(snapshot: &Snapshot, file: &SpecFile, kind: NameKind, span: Span) -> Vec<Item> {
    let own = own_workflow(file);
    let inside = matches!(kind, NameKind::Pass | NameKind::Output | NameKind::Input);
    let shown = snapshot.project.defined(kind).filter_map(|name| match name.text.split_once('/') {
        Some((workflow, short)) if inside => (Some(workflow) == own).then_some(short),
        _ => Some(name.text.as_str()),
    });
    shown.map(|name| item(name, ItemKind::Name, kind_word(kind), &describe(snapshot, kind, name), span)).collect()
}

fn own_workflow(file: &SpecFile) -> Option<&str> {
    match &file.content {
        Content::Workflow(workflow) => workflow.name.as_ref().map(|name| name.value.as_str()),
        _ => None,
    }
}

/// What people call a kind of name.
pub(crate) fn kind_word(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Workflow => "workflow",
        NameKind::Agent => "agent",
        NameKind::Gate => "gate",
        NameKind::Ticket => "ticket",
        NameKind::Tier => "tier",
        NameKind::Resource => "resource",
        NameKind::Pass => "pass",
        NameKind::Output => "output",
        NameKind::Input => "input",
        NameKind::Record => "record",
        NameKind::Feature => "feature",
        NameKind::Requirement => "requirement",
        NameKind::Task => "task",
        NameKind::Flow => "workflow",
        NameKind::Step => "step",
        NameKind::FlowInput => "input",
        NameKind::Skill => "skill",
        NameKind::Command => "command",
        NameKind::AgentSense | NameKind::Projection => "agent",
    }
}

/// One line about what a name stands for.
pub(crate) fn describe(snapshot: &Snapshot, kind: NameKind, name: &str) -> String {
    let project = &snapshot.project;
    let text = |text: &Option<text::Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    match kind {
        NameKind::Workflow => project.workflow(name).and_then(|(_, workflow)| text(&workflow.description)),
        NameKind::Agent => project.agent(name).and_then(|(_, agent)| text(&agent.description)),
        NameKind::Ticket => project.ticket(name).and_then(|(_, ticket)| text(&ticket.title)),
        NameKind::Tier => project.config().and_then(|(_, config)| {
            let tier = config.tiers.iter().find(|tier| tier.name.value == name)?;
            let candidates = tier.candidates.iter().map(|candidate| {
                let part = |part: &Option<text::Spanned<String>>| {
                    part.as_ref().map_or(String::new(), |part| part.value.clone())
                };
                format!("{} {}", part(&candidate.harness), part(&candidate.model)).trim().to_owned()
            });
            Some(candidates.collect::<Vec<_>>().join(", "))
        }),
        NameKind::Requirement | NameKind::Task => crate::work::describe(snapshot, kind, name),
        _ => None,
    }
    .unwrap_or_default()
}

fn input_refs(snapshot: &Snapshot, file: &SpecFile, span: Span) -> Vec<Item> {
    let mut items = vec![item("ticket", ItemKind::Word, "", "The ticket itself.", span)];
    for (kind, prefix) in [(NameKind::Output, "outputs."), (NameKind::Input, "inputs.")] {
        for name in names(snapshot, file, kind, span) {
            items.push(item(&format!("{prefix}{}", name.label), ItemKind::Name, kind_word(kind), "", span));
        }
    }
    items
}

fn template_items(snapshot: &Snapshot, file: &SpecFile, span: Span) -> Vec<Item> {
    let ticket = TICKET_NAMES.iter();
    let mut items: Vec<Item> =
        ticket.map(|(name, doc)| item(&format!("ticket.{name}"), ItemKind::Variable, "", doc, span)).collect();
    if let Content::Workflow(workflow) = &file.content {
        items.extend(
            names(snapshot, file, NameKind::Input, span)
                .into_iter()
                .map(|input| item(&format!("inputs.{}", input.label), ItemKind::Variable, "workflow input", "", span)),
        );
        items.extend(
            pass_ids(workflow)
                .map(|id| item(&format!("passes.{id}.outcome"), ItemKind::Variable, "", "How the pass ended.", span)),
        );
    }
    items
}

fn pass_ids(workflow: &Workflow) -> impl Iterator<Item = &str> {
    workflow.passes.iter().filter_map(|pass| pass.id.as_ref()).map(|id| id.value.as_str())
}

/// Sections that the passes still want.
fn heading_items(file: &SpecFile, span: Span) -> Vec<Item> {
    let Content::Workflow(workflow) = &file.content else { return Vec::new() };
    let written: BTreeSet<&str> = workflow
        .sections
        .iter()
        .filter(|section| section.level == 2)
        .map(|section| section.title.value.as_str())
        .collect();
    let missing = pass_ids(workflow).filter(|id| !written.contains(id));
    missing.map(|id| item(id, ItemKind::Name, "task of the pass", "", span)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// `$0` in `text` is the cursor.
    fn labels(path: &str, text: &str, others: &[(&str, &str)]) -> Vec<String> {
        let offset = text.find("$0").unwrap();
        let text = text.replacen("$0", "", 1);
        let mut snapshot = Snapshot::default();
        for (path, text) in others.iter().copied().chain([(path, text.as_str())]) {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        complete(&snapshot, path, offset).into_iter().map(|item| item.label).collect()
    }

    const FLOW: &str = ".tollgate/workflows/flow.md";

    #[test]
    fn offers_keys_that_are_not_there_yet() {
        let found = labels(FLOW, "---\nname: flow\nver$0\n---\n", &[]);
        assert!(found.contains(&"version".to_owned()) && !found.contains(&"name".to_owned()), "{found:?}");
    }

    #[test]
    fn offers_keys_of_the_pass_the_cursor_is_in() {
        let found = labels(FLOW, "---\nname: flow\npasses:\n  - id: a\n    ag$0\n---\n", &[]);
        assert!(found.contains(&"agent".to_owned()) && !found.contains(&"passes".to_owned()), "{found:?}");
    }

    #[test]
    fn offers_names_of_other_files_and_of_this_one() {
        let agent = (".tollgate/agents/worker.md", "---\nname: worker\ncategory: implementer\n---\n");
        assert_eq!(labels(FLOW, "---\nname: flow\npasses:\n  - id: a\n    agent: $0\n---\n", &[agent]), ["worker"]);
        let text = "---\nname: flow\npasses:\n  - id: a\n  - id: b\n    needs: [a, $0]\n---\n";
        assert_eq!(labels(FLOW, text, &[]), ["b"]);
        let text = "---\nname: flow\npasses:\n  - id: a\n    outputs: [{id: x, path: x.md}]\n  - id: b\n    inputs: [$0]\n---\n";
        assert_eq!(labels(FLOW, text, &[]), ["ticket", "outputs.x"]);
    }

    #[test]
    fn offers_words_template_names_and_missing_sections() {
        let ticket = ".tollgate/tickets/t.md";
        assert!(labels(ticket, "---\nid: t\nstatus: $0\n---\n", &[]).contains(&"In Progress".to_owned()));
        let text = "---\nname: flow\npasses:\n  - id: a\n---\n## a\n\n{{ti$0\n";
        assert!(labels(FLOW, text, &[]).contains(&"ticket.title".to_owned()));
        assert_eq!(labels(FLOW, "---\nname: flow\npasses:\n  - id: a\n  - id: b\n---\n## a\n\n## $0\n", &[]), ["b"]);
    }
}
