//! What an editor asks, answered by pure functions over a snapshot: diagnostics, hover, completion, navigation, symbols,
//! lenses, hints, actions, folding. No protocol types, no I/O, no clock, no async runtime; places are byte spans.

pub mod actions;
pub mod baseline;
mod board;
pub mod calls;
pub mod change;
pub mod completion;
pub mod diagnostic;
pub mod diagnostics;
pub mod documents;
mod effective;
pub mod finding;
pub mod fix_all;
mod flow;
pub mod folding;
pub mod format;
mod guide;
pub mod hints;
pub mod host;
pub mod hover;
mod ignore;
mod inputs;
mod keys;
pub mod lenses;
pub mod links;
pub mod live;
mod manifest;
pub mod navigation;
mod refactor;
pub mod rename;
pub mod rules;
pub mod selection;
pub mod severities;
pub mod states;
pub mod suppressions;
pub mod symbols;
pub mod tokens;
pub mod trace;
mod work;

pub use diagnostic::{Diagnostic, Fix, Related, Severity, TextEdit};
pub use documents::Documents;
pub use live::{Command, Live};

use spec::{Project, SpecFile};
use std::sync::Arc;

/// Everything a request sees. Cloning is cheap; a later edit does not change it.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// What the files say.
    pub project: Project,
    /// What runs, money and trust say.
    pub live: Arc<Live>,
    /// What documents say of code, and whether it is still so.
    pub documents: Documents,
}

impl Snapshot {
    /// The file at a path from the root, when it is one of ours.
    pub fn file(&self, path: &str) -> Option<&Arc<SpecFile>> {
        self.project.file(path)
    }
}
