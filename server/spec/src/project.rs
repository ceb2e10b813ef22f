//! A project: everything read from one root, by path, with the names that join the files.

use crate::baseline::{self, Baseline};
use crate::board::Board;
use crate::circles::Circles;
use crate::flow::Flow;
use crate::guide::Guide;
use crate::manifest::Manifest;
use crate::model::{Agent, Config, Gate, Section, Ticket, Workflow};
use crate::problem::Problem;
use crate::record::{Decision, Receipt, Record};
use crate::work::Work;
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use text::{BlobId, Span, Spanned};

/// The folder in which all records lie.
const RECORDS: &str = ".tollgate/records/";

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
    /// `.tollgate/baseline.json`.
    Baseline,
    /// An agent file that belongs to a host (`.claude/agents/…`, `.github/agents/…`, …).
    HostAgent,
    /// A work artifact of another tool (`specs/<feature>/…`, `.specify/…`), where its text says so, too.
    Work,
    /// A workflow of another tool.
    Flow,
    /// A skill, command, prompt or rule of a host.
    Guide,
    /// Tickets of another tool.
    Board,
    /// What an add-on of another tool says of itself, or a file of hooks.
    Manifest,
}

/// One file as it was understood. Immutable; a change makes a new one.
#[derive(Clone, Debug)]
pub struct SpecFile {
    /// Path from the root, `/` separated.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its text, where it is kept: see [`SpecFile::text`].
    pub(crate) text: Option<Arc<str>>,
    /// See [`SpecFile::blob`].
    pub(crate) blob: OnceLock<BlobId>,
    /// What it says.
    pub content: Content,
    /// What is wrong with the file by itself, in order of place.
    pub problems: Vec<Problem>,
    /// Names it defines and uses.
    pub facts: Facts,
}

/// The typed content of a file.
#[derive(Clone, Debug)]
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
    /// What is not said again.
    Baseline(Box<Baseline>),
    /// A work artifact of another tool.
    Work(Box<Work>),
    /// A workflow of another tool.
    Flow(Box<Flow>),
    /// A skill, command, prompt or rule of a host.
    Guide(Box<Guide>),
    /// Tickets of another tool.
    Board(Box<Board>),
    /// A manifest of another tool's add-on, or a file of hooks.
    Manifest(Box<Manifest>),
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
    /// An input of whichever workflow a file serves: in templates of agents and shared gates, and in tickets.
    AnyInput,
    /// A record by its content: `<ticket>/<blob id>`.
    Record,
    /// Feature of another tool: the name of its folder.
    Feature,
    /// `<feature>/<id>`: a requirement, a measure or a story.
    Requirement,
    /// `<feature>/<id>`.
    Task,
    /// Workflow of another tool: its key.
    Flow,
    /// `<flow>/<id>`: a step.
    Step,
    /// `<flow>/<name>`: an input or variable.
    FlowInput,
    /// Skill of a host.
    Skill,
    /// Command or prompt of a host, without its slash.
    Command,
    /// `<agent>#<hash>`: a part of an agent as a file says it. Files that begin or cease to say the same hear of it.
    AgentSense,
    /// `<path>@<digest>`: an agent's file as it was when it was projected.
    Projection,
    /// `<path>`: a file to which a link leads.
    File,
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
    /// Names without a place: nobody asks for them, but files that share one hear of each other.
    pub ties: Vec<(Name, Role)>,
    /// Hash over everything other files may depend on beside names (budgets, `extends`, `independent_of`, types …).
    pub meaning: u64,
}

impl Facts {
    /// True when both say the same to other files, wherever it stands in the text.
    pub fn same_names(&self, other: &Facts) -> bool {
        self.meaning == other.meaning
            && self.ties == other.ties
            && self.names.len() == other.names.len()
            && self.names.iter().zip(&other.names).all(|(a, b)| (&a.0, a.1) == (&b.0, b.1))
    }

    /// The set of names with their roles.
    fn roles(&self) -> BTreeSet<(&Name, Role)> {
        let placed = self.names.iter().map(|(name, role, _)| (name, *role));
        placed.chain(self.ties.iter().map(|(name, role)| (name, *role))).collect()
    }
}

/// Everything read from one root. Cloning is cheap (persistent maps), so a clone is the snapshot a request works on.
#[derive(Clone, Default, Debug)]
pub struct Project {
    files: OrdMap<Arc<str>, Arc<SpecFile>>,
    /// name → paths of the files in which it stands
    names: OrdMap<Name, Paths>,
    /// name → paths of the files that define it
    definitions: OrdMap<Name, Paths>,
    /// path in lower case → paths with a capital letter
    capitals: OrdMap<Arc<str>, Paths>,
    /// what was found out about this state of the tickets
    pub(crate) circles: Arc<Circles>,
}

/// A set of paths, in order. Most names stand in one or two files: those cost a few words; a persistent set costs hundreds.
#[derive(Clone, Debug)]
enum Paths {
    Few(Arc<[Arc<str>]>),
    Many(OrdSet<Arc<str>>),
}

impl Paths {
    /// Larger sets are persistent ones: a name that every file uses must not be copied for each of them.
    const FEW: usize = 8;

    fn insert(&mut self, path: &Arc<str>) {
        match self {
            Paths::Few(few) => {
                let Err(at) = few.binary_search(path) else { return };
                let (before, after) = few.split_at(at);
                let all = before.iter().chain([path]).chain(after).cloned();
                *self = if few.len() < Paths::FEW { Paths::Few(all.collect()) } else { Paths::Many(all.collect()) };
            }
            Paths::Many(many) => drop(many.insert(path.clone())),
        }
    }

    /// True when nothing is left.
    fn remove(&mut self, path: &str) -> bool {
        match self {
            Paths::Few(few) => {
                *few = few.iter().filter(|kept| ***kept != *path).cloned().collect();
                few.is_empty()
            }
            Paths::Many(many) => {
                many.remove(path);
                many.is_empty()
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let (few, many) = match self {
            Paths::Few(few) => (Some(few.iter()), None),
            Paths::Many(many) => (None, Some(many.iter())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten()).map(|path| &**path)
    }
}

impl Default for Paths {
    fn default() -> Paths {
        Paths::Few(Arc::default())
    }
}

impl Project {
    /// Puts a file in, or replaces it. Returns the paths of other files that may have to be looked at again: those that
    /// name what this change defines anew, no longer or with another meaning, and those that define what it names anew
    /// or no longer. Empty for most keystrokes.
    pub fn set(&mut self, file: Arc<SpecFile>) -> Vec<String> {
        let path = match self.files.get_key_value(&*file.path) {
            Some((known, _)) => known.clone(),
            None => {
                let path: Arc<str> = Arc::from(&*file.path);
                if let Some(lower) = lower_case(&path) {
                    self.capitals.entry(lower).or_default().insert(&path);
                }
                path
            }
        };
        let old = self.files.insert(path.clone(), Arc::clone(&file));
        self.update(&path, old.as_deref(), Some(&file))
    }

    /// Takes a file out; see [`Project::set`].
    pub fn remove(&mut self, path: &str) -> Vec<String> {
        let Some((path, old)) = self.files.remove_with_key(path) else { return Vec::new() };
        if let Some(lower) = lower_case(&path)
            && self.capitals.get_mut(&lower).is_some_and(|paths| paths.remove(&path))
        {
            self.capitals.remove(&lower);
        }
        self.update(&path, Some(&old), None)
    }

    fn update(&mut self, path: &Arc<str>, old: Option<&SpecFile>, new: Option<&SpecFile>) -> Vec<String> {
        let none = Facts::default();
        let (before, after) = (old.map_or(&none, |file| &file.facts), new.map_or(&none, |file| &file.facts));
        if old.is_some() && new.is_some() && before.same_names(after) {
            return Vec::new();
        }
        let tells = |file: &SpecFile| matches!(file.kind, FileKind::Ticket | FileKind::Board | FileKind::Config);
        if new.or(old).is_some_and(tells) {
            self.circles = Arc::default();
        }
        let (had, has) = (before.roles(), after.roles());
        for (name, role) in had.difference(&has) {
            if *role == Role::Definition {
                unlink(&mut self.definitions, name, path);
            }
            if !has.iter().any(|(kept, _)| kept == name) {
                unlink(&mut self.names, name, path);
            }
        }
        for (name, role) in has.difference(&had) {
            if *role == Role::Definition {
                self.definitions.entry((*name).clone()).or_default().insert(path);
            }
            self.names.entry((*name).clone()).or_default().insert(path);
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
        let all = everyone.chain(definers).flat_map(Paths::iter);
        let dependants: BTreeSet<&str> = all.filter(|other| **other != **path).collect();
        dependants.into_iter().map(str::to_owned).collect()
    }

    /// The file at a path from the root.
    pub fn file(&self, path: &str) -> Option<&Arc<SpecFile>> {
        self.files.get(path)
    }

    /// All files in path order.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SpecFile>> {
        self.files.values()
    }

    /// The files below a folder (with its `/` at the end), in path order.
    pub fn files_below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a Arc<SpecFile>> {
        let from = self.files.range(Arc::from(folder)..).map(|(_, file)| file);
        from.take_while(move |file| file.path.starts_with(folder))
    }

    /// The paths of other files that differ from this one, which has a capital letter, only in case; in order.
    pub fn differ_in_case(&self, path: &str) -> Vec<&str> {
        let Some(lower) = lower_case(path) else { return Vec::new() };
        let capitals = self.capitals.get(&lower).into_iter().flat_map(Paths::iter);
        let small = self.files.get_key_value(&lower).map(|(path, _)| &**path);
        capitals.filter(|other| *other != path).chain(small).collect()
    }

    /// True when both hold the same files with the same contents. Files that they share are not looked into.
    pub fn says_the_same(&self, other: &Project) -> bool {
        let same = |(one, two): (&Arc<SpecFile>, &Arc<SpecFile>)| {
            Arc::ptr_eq(one, two) || one.path == two.path && one.blob() == two.blob()
        };
        self.files.len() == other.files.len() && self.files.values().zip(other.files.values()).all(same)
    }

    /// Number of files.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Files in which a name stands.
    pub fn files_with(&self, name: &Name) -> impl Iterator<Item = &SpecFile> {
        let paths = self.names.get(name).into_iter().flat_map(Paths::iter);
        paths.filter_map(|path| self.files.get(path)).map(|file| &**file)
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
        self.definitions.get(name).into_iter().flat_map(Paths::iter).filter_map(|path| self.files.get(path))
    }

    /// True when some file defines the name.
    pub fn is_defined(&self, name: &Name) -> bool {
        self.definitions.contains_key(name)
    }

    /// The file that defines a name. Ours win over those of other tools; then the first in path order.
    pub fn definer(&self, kind: NameKind, text: &str) -> Option<&Arc<SpecFile>> {
        let name = Name { kind, text: text.to_owned() };
        self.definers(&name).min_by_key(|file| file.kind.is_foreign())
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

    /// The configuration, when there is one.
    pub fn config(&self) -> Option<(&Arc<SpecFile>, &Config)> {
        let file = self.files.get(".tollgate/config.yaml")?;
        match &file.content {
            Content::Config(config) => Some((file, config)),
            _ => None,
        }
    }

    /// What is not said again, where a baseline was written and can be read.
    pub fn baseline(&self) -> Option<(&Arc<SpecFile>, &Baseline)> {
        let file = self.files.get(baseline::PATH)?;
        match &file.content {
            Content::Baseline(baseline) => Some((file, baseline)),
            _ => None,
        }
    }

    /// All records of a ticket with their files, in order of their time-ordered ids.
    pub fn records(&self, ticket: &str) -> Vec<(&Arc<SpecFile>, &Record)> {
        let folder = format!("{RECORDS}{}/", crate::record::folder(ticket));
        self.files_below(&folder).filter_map(record).collect()
    }

    /// The records of all tickets with their files, in path order. Other files are not looked at.
    pub fn all_records(&self) -> impl Iterator<Item = (&Arc<SpecFile>, &Record)> {
        self.files_below(RECORDS).filter_map(record)
    }

    /// All run receipts, in path order.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.all_records().filter_map(|(_, record)| match record {
            Record::Run(receipt) => Some(&**receipt),
            Record::Decision(_) => None,
        })
    }

    /// All decisions with their files, in path order.
    pub fn decisions(&self) -> impl Iterator<Item = (&Arc<SpecFile>, &Decision)> {
        self.all_records().filter_map(|(file, record)| match record {
            Record::Decision(decision) => Some((file, &**decision)),
            Record::Run(_) => None,
        })
    }
}

fn record(file: &Arc<SpecFile>) -> Option<(&Arc<SpecFile>, &Record)> {
    match &file.content {
        Content::Record(record) => Some((file, &**record)),
        _ => None,
    }
}

/// The path in lower case, when it has a capital letter.
fn lower_case(path: &str) -> Option<Arc<str>> {
    path.bytes().any(|byte| byte.is_ascii_uppercase()).then(|| path.to_ascii_lowercase().into())
}

/// Forgets that `name` stands in `path`.
fn unlink(index: &mut OrdMap<Name, Paths>, name: &Name, path: &str) {
    if index.get_mut(name).is_some_and(|paths| paths.remove(path)) {
        index.remove(name);
    }
}
