//! Follows what was certainly renamed or moved: the document says the new name, and what was vouched for stays vouched for.

use super::desk::Desk;
use anyhow::Context;
use docs::document::{Anchor, Origin};
use docs::drift::State;
use docs::lock::Key;
use docs::moved;
use docs::target::{Target, relative};
use std::collections::BTreeMap;
use text::Span;

/// Makes every certain correction. True when there was one.
pub(super) fn follow(desk: &Desk, within: &dyn Fn(&str) -> bool, dry_run: bool) -> anyhow::Result<bool> {
    let mut edits: BTreeMap<String, Vec<(Span, String)>> = BTreeMap::new();
    let mut lock = desk.lock();
    let mut said = Vec::new();
    desk.look(|library, tree| {
        for document in library.documents().filter(|document| within(&document.path)) {
            for judgement in library.judge(&document.path, tree) {
                let anchor = &document.anchors[judgement.anchor];
                let State::Dangling(_) = judgement.state else { continue };
                let Some(target) = moved::certain(&anchor.target, judgement.stamp.as_ref(), tree) else { continue };
                said.push(format!("{}: {} is {target} now", document.path, anchor.target));
                let (old, new) = (anchor.target.fragment.name(), target.fragment.name());
                let text = tree.text(&document.path).unwrap_or_default();
                if let Some(old) = old.filter(|name| Some(*name) != new && text.contains(&format!("`{name}`"))) {
                    said.push(format!("{} still says `{old}` in its text", document.path));
                }
                edits
                    .entry(document.path.to_string())
                    .or_default()
                    .push((anchor.span, written(&document.path, anchor, &target)));
                if let Some(stamp) = judgement.stamp {
                    lock.remove(&judgement.key);
                    let carried = moved::carried(&stamp, &target, tree);
                    lock.set(Key { target: target.to_string().into(), ..judgement.key }, carried);
                }
            }
        }
    });
    said.iter().for_each(|line| crate::cli::note(line));
    if dry_run || edits.is_empty() {
        return Ok(!edits.is_empty());
    }
    for (path, mut edits) in edits {
        let mut text = desk.files.read_text(&path).with_context(|| format!("{path} cannot be read"))?;
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
        for (span, new) in edits {
            text.replace_range(span.range(), &new);
        }
        desk.files.write(&path, text.as_bytes()).with_context(|| format!("{path} could not be written"))?;
    }
    desk.save(&lock)?;
    Ok(true)
}

/// How a document writes a target in the place of another one.
fn written(document: &str, anchor: &Anchor, target: &Target) -> String {
    match (anchor.from, target.file()) {
        (Origin::Link, Some(file)) => {
            let path = relative(document, file).replace('%', "%25").replace(' ', "%20");
            format!("{path}#{}", target.fragment)
        }
        _ => target.to_string(),
    }
}
