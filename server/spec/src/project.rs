//! A project: everything read from one root, by path, with the names that join the files.

use crate::model::{Agent, Config, Gate, Section, Ticket, Workflow};
use crate::problem::Problem;
use crate::record::Record;
use crate::work::Work;
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeSet;
use std::sync::Arc;
use text::{BlobId, Span, Spanned};

/// What a path under the root is to us.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileKind {
    /// `.tollgate/config.yaml`.
    Config,
    /// `.tollgate/workflows/<name>.md`.
    Workflow,
    /// `.tollgate/agents/<name>.md`.
    Agent,
    /// `.tollgate/gates/<name>.md`.
    Gate,
    /// `.tollgate/tickets/<id>.md`.
    Ticket,
    /// `.tollgate/records/<ticket>/<id>.json`.
    Record,
    /// An agent file that belongs to a host (`.claude/agents/…`, `.github/agents/…`, …): read, never judged.
    HostAgent,
    /// A work artifact of another tool (`specs/<feature>/…`, `.specify/…`), where its text says so, too.
    Work,
}

/// One file as it was understood. Immutable; a change makes a new one.
#[derive(Debug)]
pub struct SpecFile {
    /// Path from the root, `/` separated.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its text.
    pub text: Arc<str>,
    /// Its content id.
    pub blob: BlobId,
    /// What it says.
    pub content: Content,
    /// What is wrong with the file by itself, in order of place.
    pub problems: Vec<Problem>,
    /// Names it defines and uses.
    pub facts: Facts,
}

/// The typed content of a file.
#[derive(Debug)]
pub enum Content {
    /// A workflow.
    Workflow(Box<Workflow>),
    /// One of our agents, or a host's agent file read as one.
    Agent(Box<Agent>),
    /// A shared gate: its name, the gate, its body sections.
    Gate(Option<Spanned<String>>, Box<Gate>, Vec<Section>),
    /// A ticket.
    Ticket(Box<Ticket>),
    /// The configuration.
    Config(Box<Config>),
    /// A run receipt or a gate decision.
    Record(Box<Record>),
    /// A work artifact of another tool.
    Work(Box<Work>),
    /// Nothing could be understood.
    Unreadable,
}

/// The kinds of names that join files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NameKind {
    /// Workflow name.
    Workflow,
    /// Agent name.
    Agent,
    /// Shared gate name.
    Gate,
    /// Ticket id.
    Ticket,
    /// Tier name.
    Tier,
    /// Resource id.
    Resource,
    /// `<workflow>/<pass>`.
    Pass,
    /// `<workflow>/<output>`.
    Output,
    /// `<workflow>/<input>`.
    Input,
    /// A record by its content: `<ticket>/<blob id>`.
    Record,
    /// Feature of another tool: the name of its folder.
    Feature,
    /// `<feature>/<id>`: a requirement, a measure or a story.
    Requirement,
    /// `<feature>/<id>`.
    Task,
}

/// A name of one kind. Names inside a workflow carry it: `feature/spec`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name {
    /// Its kind.
    pub kind: NameKind,
    /// The qualified name.
    pub text: String,
}

/// A place where a name stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The name is defined here (the token a rename would start from).
    Definition,
    /// The name is used here.
    Use,
    /// A body heading that belongs to the definition (`## <pass id>`).
    Heading,
}

/// What a file contributes to the graph. When a change leaves this equal, no other file is looked at again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Every name with its role and place, in order of place. Places are compared too; use [`Facts::same_names`].
    pub names: Vec<(Name, Role, Span)>,
    /// Hash over everything other files may depend on beside names (budgets, `extends`, `independent_of`, types …).
    pub meaning: u64,
}

impl Facts {
    /// True when both say the same to other files, wherever it stands in the text.
    pub fn same_names(&self, other: &Facts) -> bool {
        self.meaning == other.meaning
            && self.names.len() == other.names.len()
            && self.names.iter().zip(&other.names).all(|(a, b)| (&a.0, a.1) == (&b.0, b.1))
    }

    /// The set of names with their roles.
    fn roles(&self) -> BTreeSet<(&Name, Role)> {
        self.names.iter().map(|(name, role, _)| (name, *role)).collect()
    }
}

/// Everything read from one root. Cloning is cheap (persistent maps), so a clone is the snapshot a request works on.
#[derive(Clone, Default, Debug)]
pub struct Project {
    files: OrdMap<String, Arc<SpecFile>>,
    /// name → paths of the files in which it stands
    names: OrdMap<Name, OrdSet<String>>,
    /// name → paths of the files that define it
    definitions: OrdMap<Name, OrdSet<String>>,
}

impl Project {
    /// Puts a file in, or replaces it. Returns the paths of other files that may have to be looked at again: those that
    /// name what this change defines anew, no longer or with another meaning, and those that define what it names anew
    /// or no longer. Empty for most keystrokes.
    pub fn set(&mut self, file: Arc<SpecFile>) -> Vec<String> {
        let old = self.files.insert(file.path.clone(), Arc::clone(&file));
        self.update(old.as_deref(), Some(&file))
    }

    /// Takes a file out; see [`Project::set`].
    pub fn remove(&mut self, path: &str) -> Vec<String> {
        let old = self.files.remove(path);
        self.update(old.as_deref(), None)
    }

    fn update(&mut self, old: Option<&SpecFile>, new: Option<&SpecFile>) -> Vec<String> {
        let none = Facts::default();
        let (before, after) = (old.map_or(&none, |file| &file.facts), new.map_or(&none, |file| &file.facts));
        if old.is_some() && new.is_some() && before.same_names(after) {
            return Vec::new();
        }
        let Some(path) = new.or(old).map(|file| file.path.as_str()) else { return Vec::new() };
        let (had, has) = (before.roles(), after.roles());
        for (name, role) in had.difference(&has) {
            if *role == Role::Definition {
                unlink(&mut self.definitions, name, path);
            }
            if !after.names.iter().any(|(kept, _, _)| kept == *name) {
                unlink(&mut self.names, name, path);
            }
        }
        for (name, role) in has.difference(&had) {
            if *role == Role::Definition {
                self.definitions.entry((*name).clone()).or_default().insert(path.to_owned());
            }
            self.names.entry((*name).clone()).or_default().insert(path.to_owned());
        }
        // A definition matters to all who name it; a use only to those who define what it names.
        let mut defined: BTreeSet<&Name> = BTreeSet::new();
        let mut used: BTreeSet<&Name> = BTreeSet::new();
        for (name, role) in had.symmetric_difference(&has) {
            if *role == Role::Definition { &mut defined } else { &mut used }.insert(*name);
        }
        if before.meaning != after.meaning {
            defined.extend(had.union(&has).filter(|(_, role)| *role == Role::Definition).map(|(name, _)| *name));
        }
        let everyone = defined.iter().filter_map(|name| self.names.get(*name));
        let definers = used.iter().filter_map(|name| self.definitions.get(*name));
        let dependants: BTreeSet<&String> = everyone.chain(definers).flatten().filter(|other| *other != path).collect();
        dependants.into_iter().cloned().collect()
    }

    /// The file at a path from the root.
    pub fn file(&self, path: &str) -> Option<&Arc<SpecFile>> {
        self.files.get(path)
    }

    /// All files in path order.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SpecFile>> {
        self.files.values()
    }

    /// Files in which a name stands, with role and span.
    pub fn places(&self, name: &Name) -> Vec<(&Arc<SpecFile>, Role, Span)> {
        let Some(paths) = self.names.get(name) else { return Vec::new() };
        paths
            .iter()
            .filter_map(|path| self.files.get(path))
            .flat_map(|file| {
                file.facts
                    .names
                    .iter()
                    .filter(|(used, _, _)| used == name)
                    .map(move |(_, role, span)| (file, *role, *span))
            })
            .collect()
    }

    /// The names of one kind that are defined somewhere, in order.
    pub fn defined(&self, kind: NameKind) -> impl Iterator<Item = &Name> {
        let from = Name { kind, text: String::new() };
        self.definitions.range(from..).map(|(name, _)| name).take_while(move |name| name.kind == kind)
    }

    /// The files that define a name, in path order.
    pub fn definers(&self, name: &Name) -> impl Iterator<Item = &Arc<SpecFile>> {
        self.definitions.get(name).into_iter().flatten().filter_map(|path| self.files.get(path))
    }

    /// True when some file defines the name.
    pub fn is_defined(&self, name: &Name) -> bool {
        self.definitions.contains_key(name)
    }

    /// The file that defines a name. Ours win over hosts' files; then the first in path order.
    pub fn definer(&self, kind: NameKind, text: &str) -> Option<&Arc<SpecFile>> {
        let name = Name { kind, text: text.to_owned() };
        self.definers(&name).min_by_key(|file| file.kind == FileKind::HostAgent)
    }

    /// The workflow of that name.
    pub fn workflow(&self, name: &str) -> Option<(&Arc<SpecFile>, &Workflow)> {
        let file = self.definer(NameKind::Workflow, name)?;
        match &file.content {
            Content::Workflow(workflow) => Some((file, workflow)),
            _ => None,
        }
    }

    /// Our agent of that name (not rows of the config).
    pub fn agent(&self, name: &str) -> Option<(&Arc<SpecFile>, &Agent)> {
        let file = self.definer(NameKind::Agent, name)?;
        match &file.content {
            Content::Agent(agent) => Some((file, agent)),
            _ => None,
        }
    }

    /// The ticket of that id.
    pub fn ticket(&self, id: &str) -> Option<(&Arc<SpecFile>, &Ticket)> {
        let file = self.definer(NameKind::Ticket, id)?;
        match &file.content {
            Content::Ticket(ticket) => Some((file, ticket)),
            _ => None,
        }
    }

    /// The configuration, when there is one.
    pub fn config(&self) -> Option<(&Arc<SpecFile>, &Config)> {
        let file = self.files.get(".tollgate/config.yaml")?;
        match &file.content {
            Content::Config(config) => Some((file, config)),
            _ => None,
        }
    }

    /// All records of a ticket with their files, in order of their time-ordered ids.
    pub fn records(&self, ticket: &str) -> Vec<(&Arc<SpecFile>, &Record)> {
        let prefix = format!(".tollgate/records/{ticket}/");
        self.files
            .range(prefix.clone()..)
            .map(|(_, file)| file)
            .take_while(|file| file.path.starts_with(&prefix))
            .filter_map(|file| match &file.content {
                Content::Record(record) => Some((file, &**record)),
                _ => None,
            })
            .collect()
    }
}

/// Forgets that `name` stands in `path`.
fn unlink(index: &mut OrdMap<Name, OrdSet<String>>, name: &Name, path: &str) {
    let Some(paths) = index.get_mut(name) else { return };
    paths.remove(path);
    if paths.is_empty() {
        index.remove(name);
    }
}
