//! Service for manifests of add-ons and files of hooks: the outline, and the way to the files that they name.

use crate::Snapshot;
use crate::navigation::Location;
use crate::symbols::{Symbol, SymbolKind, leaf};
use spec::manifest::Manifest;
use text::Span;

/// What it brings, then what it hooks in.
pub(crate) fn symbols(manifest: &Manifest) -> Vec<Symbol> {
    let start = |span: Span| Span::empty(span.start as usize);
    let parts = manifest.parts.iter().map(|part| {
        let (name, span) = part.name.as_ref().map_or(("", start(part.span)), |name| (name.value.as_str(), name.span));
        leaf(name, part.kind, SymbolKind::Output, part.span, span)
    });
    let hooks = manifest.hooks.iter().map(|hook| {
        let command = hook.command.as_ref().map_or("hook", |command| command.value.as_str());
        let command = command.lines().next().unwrap_or_default();
        // One event may have several hooks: each is shown where it stands.
        let span = if hook.span.contains(hook.event.span) { hook.event.span } else { start(hook.span) };
        leaf(&hook.event.value, command, SymbolKind::Check, hook.span, span)
    });
    let mut all: Vec<Symbol> = parts.chain(hooks).collect();
    all.sort_by_key(|symbol| symbol.span);
    all
}

/// The file that the manifest at `path` names at `offset`, where it is one that is read.
pub(crate) fn file_at(snapshot: &Snapshot, path: &str, offset: usize) -> Option<Location> {
    let file = snapshot.file(path)?;
    let named = file.manifest()?.parts.iter().filter_map(|part| part.file.as_ref());
    let named = named.into_iter().find(|named| named.span.touches(offset))?;
    let path = file.beside(&named.value)?;
    snapshot.file(&path).map(|file| Location { path: file.path.clone(), span: Span::empty(0) })
}
