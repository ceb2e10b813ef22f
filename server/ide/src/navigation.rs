//! From a name to where it is defined and used.

use crate::{Snapshot, inputs};
use spec::{Name, Role};
use text::Span;

/// A place in a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Location {
    /// Path from the root.
    pub path: String,
    /// Where.
    pub span: Span,
}

/// The name under the cursor with its token.
pub fn name_at(snapshot: &Snapshot, path: &str, offset: usize) -> Option<(Name, Span)> {
    let file = snapshot.file(path)?;
    let touched = file.facts.names.iter().filter(|(_, _, span)| span.touches(offset));
    let (name, _, span) = touched.min_by_key(|(_, _, span)| span.len())?;
    Some((inputs::meant(snapshot, file, name.clone()), *span))
}

/// Where the name under the cursor is defined. On the definition of a pass it leads to the pass's body section and back.
pub fn definition(snapshot: &Snapshot, path: &str, offset: usize) -> Vec<Location> {
    let Some((name, here)) = name_at(snapshot, path, offset) else {
        return crate::manifest::file_at(snapshot, path, offset).into_iter().collect();
    };
    let places = inputs::places(snapshot, &name);
    let at = |wanted: Role| -> Vec<Location> {
        let hits = places.iter().filter(|(_, role, _)| *role == wanted);
        let hits = hits.filter(|(file, _, _)| crate::board::is_file(&file.path));
        hits.map(|(file, _, span)| Location { path: file.path.clone(), span: *span }).collect()
    };
    let definitions = at(Role::Definition);
    let on_definition = definitions.iter().any(|place| place.path == path && place.span == here);
    if on_definition {
        Some(at(Role::Heading)).filter(|headings| !headings.is_empty()).unwrap_or(definitions)
    } else {
        definitions
    }
}

/// Every place where the name under the cursor stands.
pub fn references(snapshot: &Snapshot, path: &str, offset: usize, with_definition: bool) -> Vec<Location> {
    let Some((name, _)) = name_at(snapshot, path, offset) else { return Vec::new() };
    let mut all: Vec<Location> = inputs::places(snapshot, &name)
        .into_iter()
        .filter(|(file, role, span)| {
            let wanted = with_definition || *role != Role::Definition;
            wanted && !span.is_empty() && crate::board::is_file(&file.path)
        })
        .map(|(file, _, span)| Location { path: file.path.clone(), span })
        .collect();
    all.sort();
    all
}

/// The places of the name under the cursor in the same file, with whether each defines it.
pub fn highlights(snapshot: &Snapshot, path: &str, offset: usize) -> Vec<(Span, bool)> {
    let Some((name, _)) = name_at(snapshot, path, offset) else { return Vec::new() };
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let is_it = |other: &Name| *other == name || inputs::meant(snapshot, file, other.clone()) == name;
    let hits = file.facts.names.iter().filter(|(other, _, _)| is_it(other));
    hits.map(|(_, role, span)| (*span, *role == Role::Definition)).collect()
}
