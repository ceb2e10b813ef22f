//! Hover: what a key takes, what a name stands for, what a pass would do and cost. Plain Markdown: no HTML, no images, no
//! commands, and text from outside on one line.

use crate::Snapshot;
use crate::completion::{describe, key_words, kind_word};
use crate::diagnostic::one_line;
use crate::effective;

use spec::model::{InputRef, Pass};
use spec::schema::{Key, MapKind, Value};
use spec::{Content, Name, NameKind, Place, Role, SpecFile, TICKET_NAMES, locate};
use std::sync::Arc;
use text::{Span, Spanned};

/// What the pointer shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// Markdown.
    pub markdown: String,
    /// What it is about.
    pub span: Span,
}

/// What there is to say about the place at `offset`. `text` is the file's text where it may differ from the one on disk.
pub fn hover(snapshot: &Snapshot, path: &str, text: Option<&str>, offset: usize) -> Option<Hover> {
    if let Some(found) = finding(snapshot, path, text, offset) {
        return Some(found);
    }
    let file = snapshot.file(path)?;
    let text = file.text()?;
    let cursor = locate(file, offset);
    let effective = match &cursor.place {
        Place::Key { map, key: Some(key), .. } | Place::Value { map, key, .. } => {
            effective::about(snapshot, file, offset, *map, key)
        }
        _ => None,
    };
    let input = effective::about_input(snapshot, file, offset);
    let effective = effective.or_else(|| input.clone());
    let with_effective = |markdown: String| match &effective {
        Some(table) => format!("{markdown}\n\n{table}"),
        None => markdown,
    };
    if let Some((name, role)) = &cursor.name
        && let Some(markdown) = about_name(snapshot, path, name, *role)
    {
        let span = file.facts.names.iter().find(|(other, _, span)| other == name && span.touches(offset));
        return Some(Hover {
            markdown: with_effective(markdown),
            span: span.map_or(cursor.span, |(_, _, span)| *span),
        });
    }
    let markdown = match cursor.place {
        Place::Key { map: MapKind::Foreign(table), key: Some(key), .. } => {
            crate::keys::about(file, table, key, cursor.path.is_empty())
        }
        Place::Key { map, key: Some(key), .. } => {
            let needed = if key.required { " · required" } else { "" };
            let rule = rule_of(key).map_or(String::new(), |rule| format!(" · checked by `{rule}`"));
            let source = format!("Tollgate format {}{rule}", key.since);
            with_effective(format!(
                "**{}** · key of {}{needed}\n\n{}\n\n{source}",
                key.name,
                map.title(),
                key_words(key)
            ))
        }
        // of a text of others there is nothing to say beyond its key
        Place::Value { map: MapKind::Foreign(_), value, .. } if says_nothing(&value, cursor.span.of(text)) => {
            return crate::flow::about_place(file, text, offset);
        }
        Place::Value { key, value, .. } => {
            let written = cursor.span.of(text);
            let word = value.known_words().iter().find(|word| word.word == written);
            with_effective(match word {
                Some(word) => format!("`{}`: {}", word.word, word.doc),
                None => format!("**{}** · {}", key.name, key.doc),
            })
        }
        _ if input.is_some() => input?,
        Place::FreeKey { .. } => crate::severities::hover(&snapshot.project, &cursor.path, cursor.span.of(text))?,
        Place::Template => {
            let written = cursor.span.of(text);
            let (name, doc) = TICKET_NAMES.iter().find(|(name, _)| Some(*name) == written.strip_prefix("ticket."))?;
            format!("`ticket.{name}`: {doc}")
        }
        _ => return crate::flow::about_place(file, text, offset),
    };
    Some(Hover { markdown, span: cursor.span })
}

/// True for a value that is no word which a table knows.
fn says_nothing(value: &Value, written: &str) -> bool {
    written.is_empty() || !value.known_words().iter().any(|word| word.word == written)
}

/// The rule that looks at what a key is given.
fn rule_of(key: &Key) -> Option<&'static str> {
    Some(match key.value {
        Value::SchemaVersion => "schema/version",
        Value::Version => "value/version",
        Value::Duration => "value/duration",
        Value::Money => "value/money",
        Value::Id => "id/bad",
        Value::Word(_) => "schema/unknown-value",
        Value::Name(NameKind::Tier) => "tier/unknown",
        Value::Name(NameKind::Ticket) => "ticket/unknown-reference",
        Value::Name(NameKind::Workflow | NameKind::Agent | NameKind::Gate | NameKind::Resource) | Value::InputRef => {
            "workflow/unknown-reference"
        }
        Value::Category => "agent/unknown-category",
        Value::Path | Value::Glob => "path/escapes-root",
        Value::Command => "command/shell-syntax",
        Value::Condition => "template/invalid",
        _ if key.required => "schema/missing-key",
        _ => return None,
    })
}

/// A hover for clients that show Markdown as it is written: without its marks.
pub fn plain_text(markdown: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in markdown.lines() {
        if line.starts_with("|--") {
            continue;
        }
        let mut plain = String::with_capacity(line.len());
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => plain.extend(letters.next()),
                '*' if letters.peek() == Some(&'*') => drop(letters.next()),
                '`' => {}
                // Cells of a table
                '|' if plain.is_empty() => drop(letters.next_if_eq(&' ')),
                '|' => plain.push('·'),
                other => plain.push(other),
            }
        }
        lines.push(plain.trim_end_matches(['·', ' ']).to_owned());
    }
    lines.join("\n")
}

/// A finding of a gate, in a source file.
fn finding(snapshot: &Snapshot, path: &str, text: Option<&str>, offset: usize) -> Option<Hover> {
    let all = crate::finding::here(snapshot, path, text);
    let found = all.iter().find(|finding| finding.span.touches(offset))?;
    let within = found.within.as_ref().map_or(String::new(), |symbol| format!(" in `{}`", one_line(symbol, 80)));
    let markdown = format!(
        "**{}** `{}`{within}\n\n{}\n\nSaid by check `{}` of the gate of pass `{}`, ticket `{}`.",
        found.severity.word(),
        one_line(&found.rule, 80),
        escape(&one_line(&found.message, 400)),
        one_line(&found.check, 80),
        one_line(&found.pass, 80),
        one_line(&found.ticket, 80),
    );
    Some(Hover { markdown, span: found.span })
}

/// Keeps Markdown of others from acting.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\`*_{}[]<>()#!|&".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// All there is to say about a name, wherever it stands.
pub(crate) fn about_any(snapshot: &Snapshot, name: &Name) -> Option<String> {
    about_name(snapshot, "", name, Role::Use)
}

fn about_name(snapshot: &Snapshot, path: &str, name: &Name, role: Role) -> Option<String> {
    let of_others = || crate::flow::about(snapshot, path, name).or_else(|| crate::board::about(snapshot, name));
    if let Some(markdown) = crate::work::about(snapshot, name).or_else(of_others) {
        return Some(markdown);
    }
    let short = name.text.rsplit('/').next().unwrap_or(&name.text);
    let places = snapshot.project.places(name);
    let defined = places.iter().find(|(_, role, _)| *role == Role::Definition);
    let uses = places.iter().filter(|(_, role, _)| *role == Role::Use).count();
    let mut markdown = format!("**{}** · {}", one_line(short, 80), kind_word(name.kind));
    match defined {
        None if name.kind == NameKind::Tier && effective::candidates(snapshot, &name.text).is_some() => {
            markdown.push_str(" · built in");
        }
        None => markdown.push_str(" · not defined anywhere"),
        Some((file, _, _)) if role != Role::Definition && file.path != path => {
            markdown.push_str(&format!(" · `{}`", one_line(&file.path, 120)));
        }
        Some(_) if uses == 0 => markdown.push_str(" · used nowhere"),
        Some(_) => {
            let mut files: Vec<&str> = places
                .iter()
                .filter(|(_, role, _)| *role == Role::Use)
                .map(|(file, _, _)| file.path.as_str())
                .collect();
            files.dedup();
            let many = if files.len() > 1 { format!(" in {} files", files.len()) } else { String::new() };
            markdown.push_str(&format!(" · used {uses}×{many}"));
        }
    }
    let words = describe(snapshot, name.kind, &name.text);
    if !words.is_empty() && name.kind != NameKind::Tier {
        markdown.push_str(&format!("\n\n{}", escape(&one_line(&words, 400))));
    }
    for line in parts(snapshot, name, &places) {
        markdown.push_str(&format!("\n- {line}"));
    }
    if let Some(live) = live(snapshot, name) {
        markdown.push_str(&format!("\n\n{live}"));
    }
    if name.kind == NameKind::Agent {
        // What is done under the names of those that extend or bind it.
        if let Some(duties) = crate::host::duties(snapshot, &name.text, false) {
            markdown.push_str(&format!("\n\nUnder other names too: {duties}"));
        }
        let file = crate::host::hovered(snapshot, path, name, role);
        if let Some((file, (agent, host))) = file.and_then(|file| Some((file, file.host_agent()?))) {
            markdown.push_str(&format!("\n\n{}", crate::host::matrix(file, agent, host)));
        }
    }
    Some(markdown)
}

/// What a name is made of and who uses it, a line each.
fn parts(snapshot: &Snapshot, name: &Name, places: &[(&Arc<SpecFile>, Role, Span)]) -> Vec<String> {
    let part = |label: &str, part: &Option<Spanned<String>>| {
        part.as_ref().map(|part| format!("{label}: `{}`", one_line(&part.value, 80)))
    };
    let mut lines: Vec<Option<String>> = Vec::new();
    let own = name.text.split_once('/').and_then(|(flow, own)| Some((snapshot.project.workflow(flow)?.1, own)));
    let list = |label: &str, names: Vec<String>| {
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{}`", one_line(name, 80))).collect();
        (!names.is_empty()).then(|| format!("{label}: {}{more}", shown.join(", ")))
    };
    match name.kind {
        NameKind::Agent => {
            let (does, reviews) = work_of(places);
            if let Some(agent) = delivery::agent::resolve(&snapshot.project, &name.text) {
                let category = agent.category.map(|category| format!("category: `{}`", one_line(&category, 80)));
                let tier = agent.settings.iter().find_map(|(_, settings)| settings.tier.as_ref());
                lines.extend([category, tier.map(|tier| tier_line(snapshot, &tier.value))]);
            }
            let extends = snapshot.project.agent(&name.text).and_then(|(_, agent)| part("extends", &agent.extends));
            lines.extend([extends, list("does", does), list("reviews", reviews)]);
        }
        NameKind::Tier => {
            let candidates = effective::candidates(snapshot, &name.text);
            lines.push(candidates.map(|candidates| format!("candidates: {candidates}")));
        }
        NameKind::Pass => {
            let pass = own.and_then(|(flow, own)| {
                flow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|id| id.value == own))
            });
            if let Some(pass) = pass {
                lines.extend([part("kind", &pass.kind), part("agent", &pass.agent)]);
                let ids = |ids: &[Spanned<String>]| ids.iter().map(|id| id.value.clone()).collect::<Vec<_>>();
                lines.push(list("after", ids(&pass.needs)));
            }
        }
        NameKind::Output => {
            let Some((flow, own)) = own else { return Vec::new() };
            let is_it = |output: &&spec::model::Output| output.id.as_ref().is_some_and(|id| id.value == own);
            let made = flow.passes.iter().find_map(|pass| Some((pass, pass.outputs.iter().find(is_it)?)));
            let reads = flow.passes.iter().filter(|pass| {
                pass.inputs.iter().any(|input| matches!(&input.value, InputRef::Output(id) if id == own))
            });
            let ids = |pass: &Pass| pass.id.as_ref().map(|id| id.value.clone());
            if let Some((pass, output)) = made {
                lines.extend([
                    part("made by", &pass.id),
                    part("path", &output.path),
                    list("writes", output.writes.iter().map(|glob| glob.value.clone()).collect()),
                ]);
            }
            lines.push(list("read by", reads.filter_map(ids).collect()));
        }
        NameKind::Input => {
            let declared = own.and_then(|(flow, own)| flow.inputs.iter().find(|input| input.name.value == own));
            if let Some(input) = declared {
                let allowed = input.allowed.iter().map(|word| word.value.clone()).collect();
                lines.extend([part("type", &input.kind), part("default", &input.default), list("one of", allowed)]);
            }
        }
        NameKind::Resource => {
            let config = snapshot.project.config().map(|(_, config)| &config.resources);
            let resource =
                config.into_iter().flatten().find(|it| it.id.as_ref().is_some_and(|id| id.value == name.text));
            if let Some(resource) = resource {
                let capacity = resource.capacity.as_ref().map(|it| format!("capacity: {}", it.value));
                lines.extend([part("kind", &resource.kind), capacity]);
            }
        }
        _ => {}
    }
    lines.into_iter().flatten().collect()
}

fn tier_line(snapshot: &Snapshot, tier: &str) -> String {
    let candidates =
        effective::candidates(snapshot, tier).map_or(String::new(), |candidates| format!(" → {candidates}"));
    format!("tier: `{}`{candidates}", one_line(tier, 80))
}

/// The passes that an agent does and those that it reviews, from the places of its name.
fn work_of(places: &[(&Arc<SpecFile>, Role, Span)]) -> (Vec<String>, Vec<String>) {
    let (mut does, mut reviews) = (Vec::new(), Vec::new());
    for (file, role, span) in places {
        let Content::Workflow(workflow) = &file.content else { continue };
        let Some(pass) = workflow.passes.iter().find(|pass| pass.span.contains(*span)) else { continue };
        let flow = workflow.name.as_ref().map_or(file.stem(), |name| name.value.as_str());
        let id = pass.id.as_ref().map_or("?", |id| id.value.as_str());
        let own = pass.agent.as_ref().is_some_and(|agent| agent.span == *span);
        if *role == Role::Use {
            if own { &mut does } else { &mut reviews }.push(format!("{flow}/{id}"));
        }
    }
    (does, reviews)
}

/// The plan of a ticket or a pass, as `tollgate explain` shows it.
fn live(snapshot: &Snapshot, name: &Name) -> Option<String> {
    let live = &snapshot.live;
    match name.kind {
        NameKind::Ticket => live.tickets.get(&name.text).map(|ticket| ticket.markdown.clone()),
        NameKind::Pass => {
            let (workflow, pass) = name.text.split_once('/')?;
            let (current, _) = live.current.as_ref()?;
            let ticket = live.tickets.get(current).filter(|ticket| ticket.workflow.as_deref() == Some(workflow))?;
            let markdown = &ticket.passes.iter().find(|known| known.id == pass)?.markdown;
            Some(format!("For the current ticket `{}`:\n\n{markdown}", one_line(current, 80)))
        }
        NameKind::Workflow => {
            let Content::Workflow(workflow) = &snapshot.project.definer(NameKind::Workflow, &name.text)?.content else {
                return None;
            };
            let ids: Vec<String> = workflow
                .passes
                .iter()
                .filter_map(|pass| pass.id.as_ref())
                .map(|id| format!("`{}`", id.value))
                .collect();
            Some(format!("Passes: {}", ids.join(" → ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, text: &str) -> Option<String> {
        let offset = text.find("$0").unwrap();
        let text = text.replacen("$0", "", 1);
        let mut snapshot = Snapshot::default();
        let agent = "---\nname: worker\ndescription: \"Works [hard](command:x).\"\ncategory: implementer\n---\n";
        for (path, text) in [(".tollgate/agents/worker.md", agent), (path, &text)] {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        hover(&snapshot, path, None, offset).map(|hover| hover.markdown)
    }

    #[test]
    fn says_what_keys_words_and_names_mean() {
        let flow = ".tollgate/workflows/flow.md";
        assert!(shown(flow, "---\nna$0me: flow\n---\n").unwrap().contains("Name of the workflow"));
        assert!(
            shown(flow, "---\nname: flow\npasses:\n  - id: a\n    type: comm$0and\n---\n")
                .unwrap()
                .contains("no model, no cost")
        );
        let agent = shown(flow, "---\nname: flow\npasses:\n  - id: a\n    agent: wor$0ker\n---\n").unwrap();
        assert!(agent.contains("category: `implementer`"), "{agent}");
        assert!(!agent.contains("[hard](command"), "links of others stay dead: {agent}");
        assert_eq!(shown(flow, "---\nname: flow\n---\n\nSome w$0ords.\n"), None);
    }

    #[test]
    fn keys_say_what_checks_them_and_names_what_they_are_for() {
        let flow = ".tollgate/workflows/flow.md";
        let key = shown(flow, "---\nver$0sion: \"1.0.0\"\n---\n").unwrap();
        assert!(key.ends_with("Tollgate format 1 · checked by `value/version`"), "{key}");
        let text = "---\nname: flow\npasses:\n  - id: a\n    kind: spec\n    agent: worker\n    outputs: [{id: out, path: o.md}]\n  - id: b\n    needs: [a]\n    inputs: [outputs.out]\n    gate: {reviewer: {type: agent, agent: worker}}\n---\n";
        let agent = shown(flow, &text.replace("agent: worker}}", "agent: wor$0ker}}")).unwrap();
        assert!(agent.contains("- does: `flow/a`\n- reviews: `flow/b`"), "{agent}");
        let output = shown(flow, &text.replace("outputs.out", "outputs.o$0ut")).unwrap();
        assert!(output.contains("- made by: `a`\n- path: `o.md`\n- read by: `b`"), "{output}");
        let pass = shown(flow, &text.replace("id: a", "id: $0a")).unwrap();
        assert!(pass.contains("used 1×\n- kind: `spec`\n- agent: `worker`"), "{pass}");
        let tier = shown(flow, "---\nname: flow\ndefaults: {tier: de$0ep}\n---\n").unwrap();
        assert!(tier.contains("candidates: claude · opus · high effort, codex, opencode"), "{tier}");
    }

    #[test]
    fn every_rule_that_a_key_names_is_one() {
        for map in [
            MapKind::Workflow,
            MapKind::Pass,
            MapKind::Gate,
            MapKind::Verify,
            MapKind::Agent,
            MapKind::Ticket,
            MapKind::Config,
            MapKind::Budget,
        ] {
            for rule in map.keys().iter().filter_map(rule_of) {
                assert!(crate::rules::all().iter().any(|known| known.id == rule), "{rule}");
            }
        }
    }

    #[test]
    fn marks_go_where_nobody_reads_markdown() {
        let markdown =
            "**tier** · key\n\n| level | value | place |\n|---|---|---|\n| built in | **a\\_b** ✓ |  |\n- `x` → y\\|z";
        assert_eq!(plain_text(markdown), "tier · key\n\nlevel · value · place\nbuilt in · a_b ✓\n- x → y|z");
    }
}
