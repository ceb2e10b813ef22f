//! Hover: what a key takes, what a name stands for, what a pass would do and cost. Plain Markdown: no HTML, no images, no
//! commands, and text from outside on one line.

use crate::Snapshot;
use crate::completion::{describe, key_words, kind_word};
use crate::diagnostic::one_line;

use spec::{Content, Name, NameKind, Place, Role, TICKET_NAMES, locate};
use text::Span;

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
    if let Some((name, role)) = &cursor.name
        && let Some(markdown) = about_name(snapshot, path, name, *role)
    {
        let span = file.facts.names.iter().find(|(other, _, span)| other == name && span.touches(offset));
        return Some(Hover { markdown, span: span.map_or(cursor.span, |(_, _, span)| *span) });
    }
    let markdown = match cursor.place {
        Place::Key { map, key: Some(key), .. } => {
            let needed = if key.required { " · required" } else { "" };
            format!("**{}** · key of {}{needed}\n\n{}", key.name, map.title(), key_words(key))
        }
        Place::Value { key, value, .. } => {
            let written = cursor.span.of(text);
            let word = value.known_words().iter().find(|word| word.word == written);
            match word {
                Some(word) => format!("`{}`: {}", word.word, word.doc),
                None => format!("**{}** · {}", key.name, key.doc),
            }
        }
        Place::FreeKey { .. } => crate::severities::hover(&snapshot.project, &cursor.path, cursor.span.of(text))?,
        Place::Template => {
            let written = cursor.span.of(text);
            let (name, doc) = TICKET_NAMES.iter().find(|(name, _)| Some(*name) == written.strip_prefix("ticket."))?;
            format!("`ticket.{name}`: {doc}")
        }
        _ => return None,
    };
    Some(Hover { markdown, span: cursor.span })
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

fn about_name(snapshot: &Snapshot, path: &str, name: &Name, role: Role) -> Option<String> {
    if let Some(markdown) = crate::work::about(snapshot, name) {
        return Some(markdown);
    }
    let short = name.text.rsplit('/').next().unwrap_or(&name.text);
    let places = snapshot.project.places(name);
    let defined = places.iter().find(|(_, role, _)| *role == Role::Definition);
    let uses = places.iter().filter(|(_, role, _)| *role == Role::Use).count();
    let mut markdown = format!("**{}** · {}", one_line(short, 80), kind_word(name.kind));
    match defined {
        None => markdown.push_str(" · not defined anywhere"),
        Some((file, _, _)) if role != Role::Definition && file.path != path => {
            markdown.push_str(&format!(" · `{}`", one_line(&file.path, 120)));
        }
        Some(_) => markdown.push_str(&format!(" · used {uses}×")),
    }
    let words = describe(snapshot, name.kind, &name.text);
    if !words.is_empty() {
        markdown.push_str(&format!("\n\n{}", escape(&one_line(&words, 400))));
    }
    if let Some(live) = live(snapshot, name) {
        markdown.push_str(&format!("\n\n{live}"));
    }
    if name.kind == NameKind::Agent
        && let Some((_, agent)) = snapshot.project.agent(&name.text)
    {
        let part = |label: &str, part: &Option<text::Spanned<String>>| {
            part.as_ref().map_or(String::new(), |part| format!("\n- {label}: `{}`", one_line(&part.value, 80)))
        };
        markdown.push_str(&format!(
            "\n{}{}{}",
            part("category", &agent.category),
            part("tier", &agent.settings.tier),
            part("extends", &agent.extends)
        ));
    }
    Some(markdown)
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
    use spec::SpecFile;
    use std::sync::Arc;

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
}
