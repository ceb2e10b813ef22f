//! Completion of keys, values, names and whole structures, also in YAML that is being typed and in the bodies.
//!
//! Nothing is offered that is there already, and nothing twice.

mod body;
mod structures;

use crate::Snapshot;
use structures::Frame;

use spec::model::Workflow;
use spec::schema::{Key, MapKind, Value};
use spec::{Content, Cursor, Form, Name, NameKind, Place, ProblemKind, SpecFile, TICKET_NAMES, locate};
use std::collections::BTreeSet;
use text::Span;

/// What is offered.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
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
    /// What is replaced. The cursor stands in it, and it stands on one line.
    pub span: Span,
    /// The map is wrong without it: it comes first.
    pub required: bool,
    /// The name it stands for: more about it can be asked for ([`resolve`]).
    pub name: Option<Name>,
}

/// Kinds of items.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// A key of a map.
    Key,
    /// Several lines that belong together.
    Structure,
    /// A heading with what stands below it.
    Section,
    /// An allowed word.
    #[default]
    Word,
    /// A name defined somewhere.
    Name,
    /// A template name.
    Variable,
}

/// What may stand at `offset`.
pub fn complete(snapshot: &Snapshot, path: &str, offset: usize) -> Vec<Item> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(text) = file.text().filter(|text| text.is_char_boundary(offset)) else { return Vec::new() };
    if file.kind.is_foreign() {
        let names = match () {
            () if let Some(work) = file.work() => crate::work::complete(snapshot, file, work, offset),
            () if let Some(flow) = file.flow() => crate::flow::complete(snapshot, file, flow, offset),
            () if let Some(board) = file.board() => crate::board::complete(snapshot, file, board, offset),
            () => Vec::new(),
        };
        if !names.is_empty() {
            return names;
        }
    } else if file.kind.map().is_none() {
        return Vec::new();
    }
    if let Some(span) = before_everything(file, text, offset) {
        return structures::beginning(file, span).into_iter().collect();
    }
    let mut items = at_cursor(snapshot, file, text, locate(file, offset), offset);
    let mut seen = BTreeSet::new();
    items.retain(|item| item.span.touches(offset) && seen.insert(item.label.clone()));
    for item in &mut items {
        apart(text, item);
    }
    items
}

/// A value stands apart from its colon, and an element from its dash.
fn apart(text: &str, item: &mut Item) {
    let before = &text[..item.span.start as usize];
    let dash = before.ends_with('-') && before[..before.len() - 1].chars().next_back().is_none_or(char::is_whitespace);
    let yaml = !matches!(item.kind, ItemKind::Section | ItemKind::Variable);
    if yaml && (before.ends_with(':') || dash) && !item.insert.starts_with(' ') {
        item.insert.insert(0, ' ');
        item.snippet.iter_mut().for_each(|snippet| snippet.insert(0, ' '));
    }
}

/// One line about a name, for clients that ask for no more.
pub fn summary(snapshot: &Snapshot, name: &Name) -> String {
    describe(snapshot, name.kind, &name.text)
}

/// What may be asked about an item afterwards: all that hovering over its name would say.
pub fn resolve(snapshot: &Snapshot, name: &Name) -> Option<String> {
    crate::hover::about_any(snapshot, name)
}

/// The word at the start of a file that has neither front matter nor anything else.
fn before_everything(file: &SpecFile, text: &str, offset: usize) -> Option<Span> {
    let is_missing = file.problems.iter().any(|problem| problem.kind == ProblemKind::FrontMatterMissing);
    let is_config = file.kind.map() == Some(MapKind::Config);
    let start = text.len() - text.trim_start_matches(['\u{feff}', '\n', '\r', ' ']).len();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '-';
    let end = start + text[start..].find(|letter: char| !is_word(letter)).unwrap_or(text.len() - start);
    let nothing_else = text[end..].trim().is_empty();
    let first = text.find(|letter| letter != '\u{feff}').unwrap_or(text.len());
    let alone =
        if is_config { text.trim_start_matches('\u{feff}').trim().is_empty() } else { is_missing && nothing_else };
    (alone && offset >= first && offset <= end.max(first)).then(|| match text[first..offset].contains(['\n', '\r']) {
        // What is replaced stands on one line.
        true => Span::new(text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1), offset.max(end)),
        false => Span::new(first, end.max(offset)),
    })
}

fn at_cursor(snapshot: &Snapshot, file: &SpecFile, text: &str, cursor: Cursor, offset: usize) -> Vec<Item> {
    let span = cursor.span;
    match cursor.place {
        Place::Key { map, key, present } if cursor.form != Form::Yaml => {
            let free = free_keys(map, key, &present);
            free.filter_map(|key| written_item(text, cursor.form, key, &cursor.path, span)).collect()
        }
        Place::Key { map, key, present } => keys(text, map, key, &present, span, offset),
        Place::Value { map, key, value, present } => {
            if cursor.form == Form::Yaml
                && let Some(items) = half_typed(text, key, value, span, offset)
            {
                return items;
            }
            let mut items = values(snapshot, file, &value, key, span);
            items.retain(|item| !present.contains(&item.label));
            if let MapKind::Foreign(_) = map {
                let in_quotes = text[..span.start as usize].ends_with(['"', '\'']);
                for item in &mut items {
                    item.insert = crate::keys::word(cursor.form, &item.label, &value, in_quotes);
                }
            }
            items
        }
        Place::Template => template_items(snapshot, file, span),
        Place::Heading { .. } | Place::Text => body::complete(file, text, offset),
        Place::FreeKey { .. } => crate::severities::complete(&cursor.path, text, span),
        Place::Outside => Vec::new(),
    }
}

/// The keys that a map does not have yet, those it needs first; at its very start also the whole of it.
fn keys(text: &str, map: MapKind, key: Option<&Key>, present: &[String], span: Span, offset: usize) -> Vec<Item> {
    let mut items: Vec<Item> = free_keys(map, key, present).map(|key| key_item(text, key, span, offset)).collect();
    let behind_dash = before(text, span).trim_end().ends_with('-');
    let alone = text.get(span.end as usize..).is_some_and(|rest| {
        rest.trim_start_matches(' ').is_empty() || rest.trim_start_matches(' ').starts_with(['\n', '\r'])
    });
    if present.is_empty() && behind_dash && alone {
        items.extend(structures::elements(map, frame(text, span), span, false, false));
    }
    items
}

/// The keys that a map does not have yet, and the one that is written. What its owner would rather not see is not offered.
fn free_keys<'k>(
    map: MapKind,
    key: Option<&'k Key>,
    present: &'k [String],
) -> impl Iterator<Item = &'static Key> + use<'k> {
    map.keys().iter().filter(move |candidate| {
        let written = key.is_some_and(|key| key.name == candidate.name);
        written || candidate.fate.is_empty() && !present.iter().any(|name| name == candidate.name)
    })
}

/// A key as TOML or JSON writes it. Between the brackets of a header stand only names of tables.
fn written_item(text: &str, form: Form, key: &Key, path: &[String], span: Span) -> Option<Item> {
    let (lead, behind) = (before(text, span), text.get(span.end as usize..).unwrap_or_default());
    let mut item = key_of(key, span);
    if form == Form::Toml && lead.trim_start().starts_with('[') {
        return crate::keys::is_table(&key.value).then_some(item);
    }
    let quoted = form == Form::Json && lead.ends_with('"');
    let closing = if quoted && behind.starts_with('"') { &behind[1..] } else { behind };
    if closing.trim_start_matches(' ').starts_with([':', '=']) {
        return Some(item);
    }
    let mut snippet = crate::keys::lines(form, key, path);
    if quoted {
        // the quote that stands behind goes with the word
        snippet.remove(0);
        item.span = Span::new(span.start as usize, span.end as usize + behind.len() - closing.len());
    }
    item.insert = structures::without_marks(&snippet);
    item.snippet = Some(snippet);
    Some(item)
}

/// Keys and structures where a map is meant and only a first word of it stands there: to YAML that is text.
fn half_typed(text: &str, key: &Key, value: Value, span: Span, offset: usize) -> Option<Vec<Item>> {
    let lead = before(text, span);
    let (blank, dash) = (lead.trim().is_empty(), lead.trim_end().ends_with('-'));
    let starts_line = lead.chars().all(|letter| matches!(letter, ' ' | '-'));
    let opens_flow = lead.trim_end().ends_with(['[', ',']);
    let open_maps: Vec<&str> = lead.split('{').skip(1).filter(|rest| !rest.contains('}')).collect();
    let inner = |value: &Value| match value {
        Value::Map(map) | Value::MapOr(map, _) => Some(*map),
        _ => None,
    };
    match key.value {
        Value::List(Value::Map(map)) | Value::OneOrMore(Value::Map(map)) if starts_line && dash => {
            Some(keys(text, *map, None, &[], span, offset))
        }
        Value::List(Value::Map(map)) if starts_line && blank => {
            Some(structures::elements(*map, frame(text, span), span, true, false))
        }
        Value::List(Value::Map(map)) if open_maps.len() == 1 => {
            let written = open_maps[0].split(',').filter_map(|part| part.split_once(':'));
            let present: Vec<String> = written.map(|(key, _)| key.trim().to_owned()).collect();
            lead.trim_end().ends_with(['{', ',']).then(|| keys(text, *map, None, &present, span, offset))
        }
        Value::List(Value::Map(map)) if opens_flow && open_maps.is_empty() => {
            Some(structures::elements(*map, frame(text, span), span, false, true))
        }
        Value::Map(_) | Value::MapOr(..) if starts_line && blank => {
            inner(&key.value).map(|map| keys(text, map, None, &[], span, offset))
        }
        _ => inner(&value).filter(|_| starts_line && dash).map(|map| keys(text, map, None, &[], span, offset)),
    }
}

/// The line up to a span.
fn before(text: &str, span: Span) -> &str {
    let start = span.start as usize;
    let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    &text[line..start]
}

/// Where further lines begin that are put in at a span.
fn frame(text: &str, span: Span) -> Frame {
    let lead = before(text, span);
    let base = lead.len() - lead.trim_start_matches(' ').len();
    let column = lead.len() - lead.trim_start_matches([' ', '-']).len();
    Frame { base, more: column - base }
}

fn item(label: &str, kind: ItemKind, detail: &str, documentation: &str, span: Span) -> Item {
    let text = |text: &str| text.to_owned();
    let (label, detail, documentation) = (text(label), text(detail), text(documentation));
    Item { insert: label.clone(), label, kind, detail, documentation, span, ..Item::default() }
}

fn key_of(key: &Key, span: Span) -> Item {
    let detail = if key.required { format!("{} (required)", key.value.words()) } else { key.value.words().to_owned() };
    Item { required: key.required, ..item(key.name, ItemKind::Key, &detail, &key_words(key), span) }
}

fn key_item(text: &str, key: &Key, span: Span, offset: usize) -> Item {
    let mut item = key_of(key, span);
    let after = text.get(span.end as usize..).unwrap_or_default();
    if after.trim_start_matches(' ').starts_with(':') {
        return item;
    }
    let line = before(text, Span::empty(offset.min(text.len())));
    // Inside `{ … }` everything stays on the line.
    let flow = line.matches('{').count() > line.matches('}').count();
    let lines = match key.value {
        Value::SchemaVersion => " 1",
        Value::Version => " \"${1:1.0.0}\"",
        Value::List(Value::Map(_)) if !flow => "\n  - $0",
        Value::List(_) => " [$0]",
        Value::Map(_) | Value::MapOr(..) | Value::Table(_) if flow => " {$0}",
        Value::Map(_) | Value::MapOr(..) | Value::Table(_) => "\n  $0",
        Value::Text if matches!(key.name, "description" | "title") => " \"$0\"",
        _ => " $0",
    };
    let (frame, snippet) = (frame(text, span), format!("{}:{lines}", key.name));
    item.insert = frame.plain(&snippet);
    item.snippet = Some(frame.snippet(&snippet));
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
    if !key.default.is_empty() {
        text.push_str(&format!("\n\nWithout it: {}.", key.default));
    }
    if !key.fate.is_empty() {
        text.push_str(&format!("\n\n**{}.**", key.fate));
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
        Value::Name(kind) | Value::NameOr(kind, _) => items.extend(names(snapshot, file, *kind, span)),
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
        Some((workflow, short)) if inside => (Some(workflow) == own).then_some((short, name)),
        _ => Some((name.text.as_str(), name)),
    });
    let mut items: Vec<Item> = shown
        .map(|(short, name)| Item {
            name: Some(name.clone()),
            ..item(short, ItemKind::Name, kind_word(kind), "", span)
        })
        .collect();
    if kind == NameKind::Tier && items.is_empty() {
        items.extend(
            delivery::route::tiers(None).iter().map(|tier| item(&tier.name, ItemKind::Name, "built-in tier", "", span)),
        );
    }
    items
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
        NameKind::Input | NameKind::AnyInput => "input",
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
        NameKind::File => "file",
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
        NameKind::Flow | NameKind::Step | NameKind::FlowInput | NameKind::Command => {
            crate::flow::describe(snapshot, kind, name)
        }
        _ => None,
    }
    .or_else(|| crate::manifest::describe(snapshot, kind, name))
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
        assert_eq!(labels(FLOW, "---\nname: flow\npasses:\n  - id: a\n  - id: b\n---\n## a\n\n## $0\n", &[]), ["## b"]);
    }

    const PASSES: &str = "---\nschema_version: 1\nname: flow\npasses:\n";

    /// The text with the chosen item put in at `$0`, as a client without snippets does.
    fn put_in(path: &str, text: &str, label: &str) -> String {
        let offset = text.find("$0").unwrap();
        let mut text = text.replacen("$0", "", 1);
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(path, &text).unwrap()));
        let items = complete(&snapshot, path, offset);
        let Some(item) = items.iter().find(|item| item.label == label) else {
            let labels: Vec<_> = items.iter().map(|item| &item.label).collect();
            panic!("no {label} in {labels:?}")
        };
        text.replace_range(item.span.range(), &item.insert);
        text
    }

    #[test]
    fn keys_and_structures_where_only_a_word_is_typed() {
        for (yaml, wanted, unwanted) in [
            ("  - i$0\n", "id", "passes"),
            ("- i$0\n", "id", "passes"),
            ("  - $0\n", "pass with a gate", "passes"),
            ("  $0\n", "pass with a gate", "id"),
            ("  pa$0\n", "command pass", "id"),
            ("  - id: a\n    gate:\n      ver$0\n", "verify", "id"),
            ("  - id: a\n    gate:\n      $0\n", "verify", "id"),
            ("  - id: a\n    gate:\n      verify:\n        - co$0\n", "command", "criteria"),
            ("  - id: a\n    gate:\n      verify: [$0]\n", "verify command", "command"),
            ("  - id: a\n    outputs: [$0\n", "file", "id"),
            ("  - id: a\n    outputs: [{id: x, $0\n", "path", "id"),
            ("  - id: a\n    limits: {$0\n", "usd", "id"),
            ("  - id: a\n    ty$0", "type", "id"),
            ("  - id: a\n    gate: {reviewer: {ty$0", "type", "id"),
            ("  - id: a\n    ne$0\n  - id: b\n    agent: [\n", "needs", "id"),
            ("  - id: a\n    kind: ge$0\n    agent: \"x\n", "generation", "id"),
        ] {
            let found = labels(FLOW, &format!("{PASSES}{yaml}---\n"), &[]);
            assert!(found.contains(&wanted.to_owned()), "{wanted} in {yaml}: {found:?}");
            assert!(!found.contains(&unwanted.to_owned()), "{unwanted} in {yaml}: {found:?}");
        }
        for nothing in ["  - id: a\n    agent: x # $0\n", "  - id: a # i$0\n"] {
            assert_eq!(labels(FLOW, &format!("{PASSES}{nothing}---\n"), &[]), [""; 0], "{nothing}");
        }
    }

    #[test]
    fn what_a_map_needs_comes_first() {
        let text = "---\nname: flow\n$0\n---\n";
        let offset = text.find("$0").unwrap();
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(FLOW, &text.replacen("$0", "", 1)).unwrap()));
        let found = complete(&snapshot, FLOW, offset);
        let required: Vec<_> = found.iter().filter(|item| item.required).map(|item| item.label.as_str()).collect();
        assert_eq!(required, ["schema_version", "passes"]);
    }

    #[test]
    fn lines_that_are_put_in_stand_at_their_margin() {
        let text = put_in(FLOW, &format!("{PASSES}  - id: a\n    ga$0\n---\n"), "gate");
        assert!(text.ends_with("    gate:\n      \n---\n"), "{text}");
        let text = put_in(FLOW, &format!("{PASSES}  - $0\n---\n## patch\n"), "pass with a gate");
        let file = SpecFile::read(FLOW, &text).unwrap();
        assert!(file.problems.is_empty(), "{:?}\n{text}", file.problems);
        let text = put_in(FLOW, &format!("{PASSES}  p$0\n---\n## patch\n"), "pass with a gate");
        let file = SpecFile::read(FLOW, &text).unwrap();
        assert!(file.problems.is_empty(), "{:?}\n{text}", file.problems);
        // An editor indents the lines of a snippet like the line it is put into.
        let offset = PASSES.len() + 4;
        let mut snapshot = Snapshot::default();
        snapshot.project.set(Arc::new(SpecFile::read(FLOW, &format!("{PASSES}  - \n---\n")).unwrap()));
        let items = complete(&snapshot, FLOW, offset);
        let pass = items.iter().find(|item| item.label == "command pass").unwrap();
        assert_eq!(pass.snippet.as_deref(), Some("id: ${1:docs}\n  type: command\n  run: ${2:make docs}$0"));
        assert_eq!(pass.insert, "id: docs\n    type: command\n    run: make docs");
    }

    #[test]
    fn values_stand_apart_from_colons_and_dashes() {
        assert!(put_in(FLOW, &format!("{PASSES}  - id: a\n    kind:$0\n---\n"), "spec").contains("kind: spec\n"));
        assert!(put_in(FLOW, &format!("{PASSES}  -$0\n---\n"), "agent").contains("  - agent: \n"));
        assert!(put_in(FLOW, &format!("{PASSES}  - id: a\n    kind: s$0\n---\n"), "spec").contains("kind: spec\n"));
    }

    #[test]
    fn a_file_without_a_beginning_gets_one() {
        for (path, label) in
            [(FLOW, "workflow"), (".tollgate/tickets/t.md", "ticket"), (".tollgate/agents/a.md", "agent")]
        {
            for text in ["$0", "wo$0", "\n$0", "$0\n"] {
                assert_eq!(labels(path, text, &[]), [label], "{text:?}");
            }
            assert!(!labels(path, "# A title\n\n$0\n", &[]).contains(&label.to_owned()), "something is there");
        }
        assert_eq!(labels(".tollgate/config.yaml", "$0", &[]), ["configuration"]);
        assert!(put_in(FLOW, "wor$0", "workflow").starts_with("---\nschema_version: 1\nname: flow\n"));
    }

    #[test]
    fn sections_and_gates_that_are_missing() {
        let text =
            |body: &str| format!("{PASSES}  - {{id: a, outputs: [{{id: out, path: o}}]}}\n  - {{id: b}}\n---\n{body}");
        assert_eq!(labels(FLOW, &text("$0\n"), &[]), ["## a", "## b"]);
        assert_eq!(labels(FLOW, &text("## a\nx\n\n#$0\n"), &[]), ["## b", "### Gate"]);
        assert_eq!(labels(FLOW, &text("## a\nx\n\n### $0\n"), &[]), ["### Gate"]);
        assert_eq!(labels(FLOW, &text("## a\nx\n\n### Gate\n\n## b\n\n## $0\n"), &[]), [""; 0]);
        assert_eq!(labels(FLOW, &text("## a\nSome words $0\n"), &[]), [""; 0]);
        assert_eq!(labels(FLOW, &text("## a\n```\n$0\n```\n"), &[]), [""; 0]);
        let put = put_in(FLOW, &text("## a\nx\n\n#$0\n"), "### Gate");
        assert!(put.ends_with("x\n\n### Gate\n- [ ] AC-1 what must hold (evidence: review)\n"), "{put}");
        let ticket = "---\nschema_version: 1\nid: t\ntitle: t\nstatus: To Do\n---\n## Description\n\n$0\n";
        assert_eq!(
            labels(".tollgate/tickets/t.md", ticket, &[]),
            ["## Acceptance Criteria", "## Definition of Done", "## Notes"]
        );
        let ticket = ticket.replace("Description\n", "Acceptance Criteria\n- [x] #1 a\n- [ ] #7 b");
        assert!(put_in(".tollgate/tickets/t.md", &ticket, "line").contains("- [ ] #8 what must hold"));
    }

    #[test]
    fn criteria_with_ids_evidence_and_checks() {
        let gate = |line: &str| {
            format!(
                "{PASSES}  - {{id: a, outputs: [{{id: out, path: o}}]}}\n---\n## a\nx\n\n### Gate\n- [ ] AC-1 all (evidence: review)\n{line}\n"
            )
        };
        assert_eq!(labels(FLOW, &gate("- [ ] $0"), &[]), ["AC-2"]);
        assert_eq!(labels(FLOW, &gate("$0"), &[]), ["criterion"]);
        assert_eq!(
            labels(FLOW, &gate("- [ ] AC-2 x ($0"), &[]),
            ["evidence:", "check: absent", "check: present", "recommended"]
        );
        assert_eq!(
            labels(FLOW, &gate("- [ ] AC-2 x (evidence: lint) ($0)"), &[]),
            ["check: absent", "check: present", "recommended"]
        );
        let evidence = labels(FLOW, &gate("- [ ] AC-2 x (evidence: lint, $0)"), &[]);
        assert!(evidence.contains(&"tests".to_owned()) && !evidence.contains(&"lint".to_owned()), "{evidence:?}");
        assert_eq!(labels(FLOW, &gate("- [ ] x (check: $0"), &[]), ["absent", "present"]);
        assert_eq!(labels(FLOW, &gate("- [ ] x (check: absent \"a\" $0"), &[]), ["in"]);
        assert_eq!(labels(FLOW, &gate("- [ ] x (check: absent \"a (b\" in $0"), &[]), ["outputs.out"]);
        assert_eq!(labels(FLOW, &gate("- [ ] x (check: absent \"a\" in outputs.$0)"), &[]), ["out"]);
        for nothing in ["- [ ] AC-2 words $0", "- [ ] x (not ours $0)", "- [ ] x (check: absent \"$0"] {
            assert_eq!(labels(FLOW, &gate(nothing), &[]), [""; 0], "{nothing}");
        }
        let put = put_in(FLOW, &gate("- [ ] AC-2 x ($0"), "check: absent");
        let file = SpecFile::read(FLOW, &put).unwrap();
        assert!(file.problems.is_empty(), "{:?}\n{put}", file.problems);
    }

    /// A whole workflow, cut off and taken up again anywhere.
    const WHOLE: &str = "---\nschema_version: 1\nname: flow\ndefaults: {tier: deep, timeout: 30m}\npasses:\n  - id: a\n    type: agent\n    \
        agent: worker\n    inputs: [ticket, \"docs/**\"]\n    outputs: [{id: out, path: \"x/{{ticket.slug}}.md\"}]\n    gate:\n      \
        verify:\n        - {id: t, command: \"make é\", format: cargo}\n      reviewer: {type: human, from: [\"@a\"]}\n  - id: b\n    \
        needs: [a]\n    run: make\n---\n# Flow\n\n## a\nDo {{ticket.title}}.\n\n### Gate\n- [ ] AC-1 all (evidence: review) (check: absent \"é\" in outputs.out)\n\n## b\n";

    #[test]
    fn at_every_place_of_a_text_cut_anywhere() {
        let cuts: Vec<usize> = (0..=WHOLE.len()).filter(|at| WHOLE.is_char_boundary(*at)).collect();
        for &offset in &cuts {
            let line_end = WHOLE[offset..].find('\n').map_or(WHOLE.len(), |at| offset + at);
            for text in [WHOLE[..offset].to_owned(), WHOLE.to_owned(), [&WHOLE[..offset], &WHOLE[line_end..]].concat()]
            {
                let mut snapshot = Snapshot::default();
                let file = Arc::new(SpecFile::read(FLOW, &text).unwrap());
                snapshot.project.set(file.clone());
                let items = complete(&snapshot, FLOW, offset);
                let mut labels: Vec<_> = items.iter().map(|item| &item.label).collect();
                labels.sort();
                labels.dedup();
                assert_eq!(labels.len(), items.len(), "twice at {offset} of {text}");
                let present = match locate(&file, offset).place {
                    Place::Key { present, .. } | Place::Value { present, .. } => present,
                    _ => Vec::new(),
                };
                for item in items {
                    assert!(!present.contains(&item.label), "{} is there: {offset} of {text}", item.label);
                    assert!(item.span.touches(offset), "{} at {offset} of {text}", item.label);
                    let words = text.get(item.span.range()).unwrap();
                    assert!(!words.contains('\n'), "{} at {offset} of {text}", item.label);
                }
            }
        }
    }
}
