//! What add-ons of a tool say of themselves, and what is hooked into its events: extensions, presets, bundles, hook files;
//! what a tool lists as installed; configurations that hold agents and commands.

use crate::foreign::System;
use crate::host::HostAgent;
use crate::model::Agent;
use crate::project::{Content, NameKind, SpecFile};
use text::{Span, Spanned};

/// A manifest, a file of hooks, a list of what is installed, or a configuration.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Whose it is.
    pub system: System,
    /// What the tool calls it: `extension`, `preset`, `bundle`, `hooks`, `hook`, `registry`, `configuration`, ….
    pub what: &'static str,
    /// Its id or name.
    pub name: Option<Spanned<String>>,
    /// Its description, else its title.
    pub description: Option<Spanned<String>>,
    /// What it brings.
    pub parts: Vec<Part>,
    /// What it hangs into the tool's events.
    pub hooks: Vec<Hook>,
    /// The agents that it says itself; a part each names the same.
    pub agents: Vec<Agent>,
}

impl Manifest {
    pub(crate) fn new(system: System, what: &'static str) -> Manifest {
        let (parts, hooks, agents) = (Vec::new(), Vec::new(), Vec::new());
        Manifest { system, what, name: None, description: None, parts, hooks, agents }
    }
}

/// Something that an add-on brings.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Part {
    /// `command`, `template`, `script`, `extension`, `preset`, `workflow`, `step`, `agent`, `entry` of a menu.
    pub kind: &'static str,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// The file that it stands in, from the folder of the manifest.
    pub file: Option<Spanned<String>>,
    /// What it says of itself.
    pub description: Option<Spanned<String>>,
    /// What it starts: the agent of a command, the skill behind an entry.
    pub starts: Option<(NameKind, Spanned<String>)>,
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

    /// The agents of a host that the file says, each with the host's side of it.
    pub fn host_agents(&self) -> impl Iterator<Item = (&Agent, &HostAgent)> {
        let listed = self.manifest().into_iter().flat_map(|manifest| &manifest.agents);
        self.host_agent().into_iter().chain(listed.filter_map(|agent| Some((agent, agent.host.as_deref()?))))
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
