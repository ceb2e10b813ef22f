//! `context-map`: the bounded contexts, what they say they are to each other, and what their sources use of each other.
//!
//! ```markdown
//! <!-- generated: context-map docs/contexts -->
//! ```
//! Without a word all documents of `kind: bounded-context` are meant. A line with an arrow is an import, a dotted one a
//! relation that no import bears out.

use super::generate::{Fault, FaultKind, Request};
use super::write::{code, link, plain_name, prose, quoted, table};
use crate::contexts::{Contexts, Edge};
use crate::document::Document;
use crate::target;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let (word, glob) =
        if request.region.arguments.is_empty() { request.everywhere()? } else { request.folder("**/*.md")? };
    let documents = request.documents(&glob).into_iter().map(|(path, text)| Document::read(&path, &text));
    let contexts = Contexts::read(documents, request.tree);
    if contexts.documents.is_empty() {
        let kind = FaultKind::NoContext { path: glob.as_str().to_owned() };
        return Err(Fault { kind, span: word });
    }
    let mut parts = vec![super::write::fence("mermaid", &diagram(&contexts))];
    if !contexts.edges.is_empty() {
        parts.push(edges(request, &contexts));
    }
    Ok(parts.join("\n\n"))
}

fn title<'c>(contexts: &'c Contexts, path: &'c str) -> &'c str {
    let title = contexts.documents.get(path).and_then(|document| document.title.as_ref());
    title.map_or(path, |title| &title.value)
}

fn diagram(contexts: &Contexts) -> String {
    let mut taken = BTreeSet::new();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for path in contexts.documents.keys() {
        let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md");
        // documents that are all called the same are told apart by their folders
        let stem = match stem.to_ascii_lowercase().as_str() {
            "context" | "readme" | "index" => path.rsplit('/').nth(1).unwrap_or(stem),
            _ => stem,
        };
        // no word of the diagram itself, such as `end`
        let plain = format!("c_{}", plain_name(stem));
        let mut name = plain.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{plain}_{count}");
        }
        names.insert(path, name);
    }
    let mut lines = vec!["flowchart LR".to_owned()];
    for (path, name) in &names {
        lines.push(format!("    {name}[{}]", quoted(title(contexts, path))));
    }
    for edge in &contexts.edges {
        let (from, to) = (&names[&*edge.from], &names[&*edge.to]);
        let label = if edge.undeclared { "not declared".to_owned() } else { words(edge) };
        let line = match (edge.imports.is_empty(), label.is_empty()) {
            (true, true) => format!("    {from} -.- {to}"),
            (true, false) => format!("    {from} -.-|{}| {to}", quoted(&label)),
            (false, true) => format!("    {from} --> {to}"),
            (false, false) => format!("    {from} -->|{}| {to}", quoted(&label)),
        };
        lines.push(line);
    }
    lines.join("\n")
}

/// What is declared, in the words of the documents: `upstream OHS`.
fn words(edge: &Edge) -> String {
    let mut words: Vec<String> = Vec::new();
    for (_, relation) in &edge.declared {
        let parts = [relation.role.as_ref(), relation.pattern.as_ref()];
        let one = parts.into_iter().flatten().map(|part| part.value.clone()).collect::<Vec<_>>().join(" ");
        if !one.is_empty() && !words.contains(&one) {
            words.push(one);
        }
    }
    words.join(" / ")
}

fn edges(request: Request<'_>, contexts: &Contexts) -> String {
    let to_document = |path: &str| link(&prose(title(contexts, path)), &target::relative(request.document, path));
    let rows = contexts.edges.iter().map(|edge| {
        let declared = edge.declared.iter().map(|(own, relation)| {
            let parts = [relation.role.as_ref(), relation.pattern.as_ref()];
            let words = parts.into_iter().flatten().map(|part| part.value.clone()).collect::<Vec<_>>().join(" ");
            let words = if words.is_empty() { "related".to_owned() } else { words };
            prose(&format!("{} is {words}", title(contexts, own)))
        });
        let declared = declared.collect::<Vec<_>>().join("; ");
        let declared = if edge.undeclared { "not declared".to_owned() } else { declared };
        let files: BTreeSet<&str> = edge.imports.iter().map(|used| &*used.path).collect();
        let files = files.into_iter().map(code).collect::<Vec<_>>().join(", ");
        let files = if files.is_empty() { "nothing".to_owned() } else { files };
        vec![to_document(&edge.from), to_document(&edge.to), declared, files]
    });
    table(&["context", "uses", "declared as", "imports in"], rows)
}
