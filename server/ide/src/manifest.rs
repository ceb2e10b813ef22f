//! Service for manifests of add-ons and files of hooks: the outline, and the way to the files that they name.

use crate::Snapshot;
use crate::navigation::Location;
use crate::symbols::{Symbol, SymbolKind, leaf};
use spec::manifest::Manifest;
use spec::{Name, NameKind};
use text::Span;

/// What it brings, then what it hooks in.
pub(crate) fn symbols(manifest: &Manifest) -> Vec<Symbol> {
    let start = |span: Span| Span::empty(span.start as usize);
    let parts = manifest.parts.iter().map(|part| {
        let (name, span) = part.name.as_ref().map_or(("", start(part.span)), |name| (name.value.as_str(), name.span));
        let kind = if part.kind == "agent" { SymbolKind::Agent } else { SymbolKind::Output };
        leaf(name, part.kind, kind, part.span, span)
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

/// What the manifest that defines a name says of it.
pub(crate) fn describe(snapshot: &Snapshot, kind: NameKind, name: &str) -> Option<String> {
    if !matches!(kind, NameKind::Agent | NameKind::Command) {
        return None;
    }
    let id = Name { kind, text: name.to_owned() };
    let parts = snapshot.project.definers(&id).filter_map(|file| file.manifest()).flat_map(|manifest| &manifest.parts);
    let mut described = parts.filter(|part| part.name.as_ref().is_some_and(|own| own.value == name));
    described.find_map(|part| part.description.as_ref()).map(|words| words.value.clone())
}

/// The file that the manifest at `path` names at `offset`, where it is one that is read.
pub(crate) fn file_at(snapshot: &Snapshot, path: &str, offset: usize) -> Option<Location> {
    let file = snapshot.file(path)?;
    let named = file.manifest()?.parts.iter().filter_map(|part| part.file.as_ref());
    let named = named.into_iter().find(|named| named.span.touches(offset))?;
    let path = file.beside(&named.value)?;
    snapshot.file(&path).map(|file| Location { path: file.path.clone(), span: Span::empty(0) })
}
