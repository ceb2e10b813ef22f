//! `backlinks`: the documents that link to this one, or that stand in a relation to it.
//!
//! ```markdown
//! <!-- generated: backlinks -->
//! <!-- generated: backlinks docs/contexts -->
//! ```
//! With a word only documents below that folder count. Links in generated regions never do: an index that lists every
//! document says nothing about any of them, and two regions could keep each other alive.

use super::generate::{Fault, Request};
use super::write::{link, prose};
use crate::document::Document;
use crate::target;
use syntax::{front_matter, markdown};

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let (_, glob) =
        if request.region.arguments.is_empty() { request.everywhere()? } else { request.folder("**/*.md")? };
    let own_name = request.document.rsplit('/').next().unwrap_or_default();
    let mut lines = Vec::new();
    for (path, text) in request.documents(&glob) {
        // a quick look; names may be written with escapes
        if !text.contains(own_name) && !text.contains('%') {
            continue;
        }
        let document = Document::read(&path, &text);
        if speaks_of(&document, &text, request.document) {
            let title = document.title.as_ref().map_or(&*path, |title| &title.value);
            lines.push(format!("- {}", link(&prose(title), &target::relative(request.document, &path))));
        }
    }
    if lines.is_empty() {
        return Ok("No other document links to this one.".to_owned());
    }
    Ok(lines.join("\n"))
}

fn speaks_of(document: &Document, text: &str, path: &str) -> bool {
    if document.relations.iter().any(|relation| relation.path.as_deref() == Some(path)) {
        return true;
    }
    let body = front_matter::split(text).body;
    let links = markdown::read(text, body).links(text, body);
    let generated = |at: u32| document.regions.iter().any(|region| region.open.end <= at && at < region.close.start);
    links.iter().any(|link| {
        let to = link.target.of(text).split(['#', '?']).next().unwrap_or_default();
        let to = target::unescaped(to.trim_matches(['<', '>']));
        let to = match to.strip_prefix('/') {
            Some(from_root) => Some(from_root.to_owned()),
            None => target::join(&document.path, &to),
        };
        to.as_deref() == Some(path) && !generated(link.target.start)
    })
}
