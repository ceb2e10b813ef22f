//! What add-ons of a tool say of themselves, and what is hooked into its events: extensions, presets, bundles, hook files.

use crate::foreign::System;
use crate::project::{Content, SpecFile};
use text::{Span, Spanned};

/// A manifest, or a file of hooks.
#[derive(Clone, PartialEq, Debug)]
pub struct Manifest {
    /// Whose it is.
    pub system: System,
    /// What the tool calls it: `extension`, `preset`, `bundle`, `hooks`, `hook`.
    pub what: &'static str,
    /// Its id or name.
    pub name: Option<Spanned<String>>,
    /// Its description, else its title.
    pub description: Option<Spanned<String>>,
    /// What it brings.
    pub parts: Vec<Part>,
    /// What it hangs into the tool's events.
    pub hooks: Vec<Hook>,
}

/// Something that an add-on brings.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// `command`, `template`, `script`, `extension`, `preset`, `workflow`, `step`.
    pub kind: &'static str,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// The file that it stands in, from the folder of the manifest.
    pub file: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

/// What is done at an event.
#[derive(Clone, PartialEq, Debug)]
pub struct Hook {
    /// The event.
    pub event: Spanned<String>,
    /// The command that is done there.
    pub command: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

impl SpecFile {
    /// The manifest that the file is, if it is one.
    pub fn manifest(&self) -> Option<&Manifest> {
        match &self.content {
            Content::Manifest(manifest) => Some(manifest),
            _ => None,
        }
    }

    /// The path from the root of a file that a manifest names from its own folder; `None` when it leads out of that.
    pub fn beside(&self, file: &str) -> Option<String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        let own = parts.len();
        for part in file.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.len() > own => drop(parts.pop()),
                ".." => return None,
                other => parts.push(other),
            }
        }
        Some(parts.join("/"))
    }
}
