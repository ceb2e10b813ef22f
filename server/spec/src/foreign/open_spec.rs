//! Reads the files of OpenSpec: what holds (`openspec/specs/<capability>/spec.md`), changes
//! (`openspec/changes/<change>/{proposal,design,tasks}.md`, `.openspec.yaml` and `specs/<capability>/spec.md`, which says
//! what becomes of each requirement), and the artifact graphs of a project (`openspec/schemas/<name>/schema.yaml`).
//!
//! A requirement is known by its title. A change defines those that it adds; what it modifies, removes or renames is
//! defined by the capability. Archived changes are read for their names and are never judged.

use super::boxes::{self, number};
use super::keys::table::*;
use super::keys::{self, Form};
use super::spec_kit::{REQUIREMENT_WORDS, lines_outside, short};
use super::{Reader, Reading};
use crate::facts::Collector;
use crate::flow::{Flow, Manner, Manners, Step, StepKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use crate::work::{Change, Document, Requirement, RequirementKind, System, Work};
use std::collections::BTreeSet;
use syntax::markdown::{self, Markdown, Section};
use syntax::{front_matter, yaml};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &["openspec/specs/**", "openspec/changes/**", "openspec/config.yaml", "openspec/schemas/*/schema.yaml"],
    kind: |path| {
        of_path(path).map(|place| match place {
            Of::Schema(_) => FileKind::Flow,
            _ => FileKind::Work,
        })
    },
    read,
    keys: |path, text, _| match of_path(path)? {
        Of::Settings => keys::whole(text, Form::Yaml, &CONFIG),
        Of::Change { document: Document::Settings, .. } => keys::whole(text, Form::Yaml, &CHANGE),
        Of::Schema(_) => keys::whole(text, Form::Yaml, &SCHEMA),
        _ => None,
    },
};

/// What a path is to OpenSpec.
enum Of<'a> {
    /// A capability: its path below `specs/`.
    Capability(&'a str),
    /// A document of a change.
    Change { change: &'a str, archived: bool, document: Document, capability: Option<&'a str> },
    /// Settings of all changes.
    Settings,
    /// An artifact graph.
    Schema(&'a str),
}

fn of_path(path: &str) -> Option<Of<'_>> {
    let rest = path.strip_prefix("openspec/")?;
    if rest == "config.yaml" {
        return Some(Of::Settings);
    }
    let (folder, rest) = rest.split_once('/')?;
    let capability = |rest: &'_ str| -> Option<usize> {
        let length = rest.strip_suffix("/spec.md")?.len();
        (length > 0).then_some(length)
    };
    match folder {
        "specs" => Some(Of::Capability(&rest[..capability(rest)?])),
        "schemas" => {
            let name = rest.strip_suffix("/schema.yaml")?;
            (!name.is_empty() && !name.contains('/')).then_some(Of::Schema(name))
        }
        "changes" => {
            let inside = rest.strip_prefix("archive/");
            let (change, file) = inside.unwrap_or(rest).split_once('/')?;
            let mut of = None;
            let document = match file {
                "proposal.md" => Document::Proposal,
                "design.md" => Document::Plan,
                "tasks.md" => Document::Tasks,
                ".openspec.yaml" => Document::Settings,
                other => {
                    let rest = other.strip_prefix("specs/")?;
                    of = Some(&rest[..capability(rest)?]);
                    Document::Specification
                }
            };
            let archived = inside.is_some();
            (!change.is_empty()).then_some(Of::Change { change, archived, document, capability: of })
        }
        _ => None,
    }
}

/// The name of a capability in the graph. Capabilities may lie in folders; a name has no slash before its id.
fn standing(capability: &str) -> String {
    format!("{}specs:{}", System::OpenSpec.prefix(), capability.replace('/', ":"))
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let place = of_path(path)?;
    let prefix = System::OpenSpec.prefix();
    let (mut work, capability) = match place {
        Of::Schema(name) => return schema(text, name),
        Of::Capability(capability) => {
            let name = standing(capability);
            (Work::new(System::OpenSpec, Document::Capability, Some(name.clone())), Some(name))
        }
        Of::Settings => (Work::new(System::OpenSpec, Document::Settings, None), None),
        Of::Change { change, archived, document, capability } => {
            let work = Work::new(System::OpenSpec, document, Some(format!("{prefix}{change}")));
            (Work { archived, ..work }, capability.map(standing))
        }
    };
    if work.document == Document::Settings {
        let root = yaml::read(text, Span::new(0, text.len())).root;
        work.follows = take::text(&root, "schema");
        work.follows.as_ref()?;
    } else {
        let body = front_matter::split(text).body;
        let markdown = markdown::read(text, body);
        work.sections = markdown.sections(body.end);
        let first = markdown.headings.first();
        work.place = first.map_or(Span::empty(body.start as usize), |heading| heading.title.span);
        work.title = first.filter(|heading| heading.level == 1).map(|heading| heading.title.clone());
        match work.document {
            Document::Tasks => {
                let id = |words: &str| {
                    let lead = words.len() - words.trim_start_matches(['*', '~']).len();
                    // A number without a second part is an amount as well as an id.
                    let length = number(&words[lead..]).filter(|length| words[lead..lead + length].contains('.'))?;
                    Some((lead, length))
                };
                (work.tasks, work.checks) = boxes::tasks(text, &markdown, body, id);
            }
            Document::Capability => work.requirements = standing_requirements(text, &work.sections),
            Document::Specification => {
                let capability = capability.as_deref().unwrap_or_default();
                work.requirements = changed(text, &markdown, &work, capability);
            }
            _ => {}
        }
    }
    let mut names = Collector::default();
    names.work(&work, std::iter::empty());
    let facts = names.work_facts(&work);
    Some(Reading { content: Content::Work(Box::new(work)), facts, problems: Vec::new() })
}

/// The title behind `Requirement:`.
fn title(text: &str, span: Span) -> Option<Spanned<String>> {
    let source = span.of(text);
    let head = source.get(.."Requirement:".len())?;
    let title = source["Requirement:".len()..].trim();
    let from = span.end as usize - (source.len() - source.trim_end().len()) - title.len();
    let is_one = head.eq_ignore_ascii_case("Requirement:") && !title.is_empty();
    is_one.then(|| Spanned::new(title.to_owned(), Span::new(from, from + title.len())))
}

/// The requirement that a heading of the third level begins.
fn requirement(text: &str, sections: &[Section], index: usize) -> Option<Requirement> {
    let section = sections.get(index).filter(|section| section.level == 3)?;
    let id = title(text, section.title.span)?;
    let words = section.content.of(text).lines().map(str::trim).filter(|line| !line.is_empty());
    let words: Vec<&str> = words.take_while(|line| !line.starts_with("**") || line.contains("SHALL")).take(3).collect();
    let below = sections[index + 1..].iter().take_while(|other| other.level > 3);
    let scenarios = below.filter(|other| other.level == 4).count();
    let heading = Span::new(section.span.start as usize, section.title.span.end as usize);
    let words = short(&words.join(" "), REQUIREMENT_WORDS);
    Some(Requirement {
        scenarios: u32::try_from(scenarios).ok(),
        ..Requirement::new(id, RequirementKind::Requirement, words, heading)
    })
}

/// Those below `## Requirements`.
fn standing_requirements(text: &str, sections: &[Section]) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, section) in sections.iter().enumerate() {
        if section.level == 2 {
            inside = section.title.value.eq_ignore_ascii_case("requirements");
        }
        if inside {
            found.extend(requirement(text, sections, index));
        }
    }
    found
}

/// Those below `## ADDED Requirements` and the like.
fn changed(text: &str, markdown: &Markdown, work: &Work, capability: &str) -> Vec<Requirement> {
    let mut found: Vec<Requirement> = Vec::new();
    let mut change = None;
    for (index, section) in work.sections.iter().enumerate() {
        if section.level == 2 {
            change = match section.title.value.to_ascii_lowercase().as_str() {
                "added requirements" => Some(Change::Added),
                "modified requirements" => Some(Change::Modified),
                "removed requirements" => Some(Change::Removed),
                "renamed requirements" => Some(Change::RenamedFrom),
                _ => None,
            };
            match change {
                Some(Change::Removed) => {
                    found.extend(listed(text, section.span, markdown, &["`", "###"], Change::Removed))
                }
                Some(Change::RenamedFrom) => {
                    found.extend(listed(text, section.span, markdown, &["FROM:"], Change::RenamedFrom));
                    found.extend(listed(text, section.span, markdown, &["TO:"], Change::RenamedTo));
                }
                _ => {}
            }
        }
        let Some(change) = change.filter(|change| *change != Change::RenamedFrom) else { continue };
        if let Some(it) = requirement(text, &work.sections, index) {
            let scenarios = it.scenarios.filter(|_| change != Change::Removed);
            found.push(Requirement { change: Some(change), scenarios, ..it });
        }
    }
    let renamed: BTreeSet<String> =
        found.iter().filter(|it| it.change == Some(Change::RenamedTo)).map(|it| it.id.value.clone()).collect();
    for it in &mut found {
        it.elsewhere = match it.change {
            Some(Change::Modified) if renamed.contains(&it.id.value) => Some(work.inside(&it.id)),
            Some(Change::Modified | Change::Removed | Change::RenamedFrom) => {
                Some(format!("{capability}/{}", it.id.value))
            }
            _ => None,
        };
    }
    found.sort_by_key(|it| it.id.span);
    found
}

/// `- FROM: `### Requirement: Old`` and `` - `### Requirement: Gone` ``.
fn listed(text: &str, within: Span, markdown: &Markdown, heads: &[&str], change: Change) -> Vec<Requirement> {
    let mut found = Vec::new();
    for line in lines_outside(text, within, markdown) {
        let source = line.of(text);
        // A heading is read as one.
        let words = source.trim_start_matches(['-', '*', ' ']);
        if source.starts_with('#') || !heads.iter().any(|head| words.starts_with(head)) {
            continue;
        }
        let Some(at) = source.find("### Requirement:").or_else(|| source.find("###Requirement:")) else { continue };
        let inner = source[at..].trim_start_matches(['#', ' ']);
        let inner = inner.trim_end().trim_end_matches('`');
        let from = line.start as usize + at + (source[at..].len() - source[at..].trim_start_matches(['#', ' ']).len());
        let Some(id) = title(text, Span::new(from, from + inner.len())) else { continue };
        let new = Requirement::new(id, RequirementKind::Requirement, "".into(), line);
        found.push(Requirement { change: Some(change), ..new });
    }
    found
}

/// OpenSpec looks at the graph when it loads it.
static MANNERS: Manners =
    Manners { unknown_need: Manner::Refuses, duplicate: Manner::Refuses, cycle: Manner::Refuses, ..Manners::UNKNOWN };

/// An artifact graph: each artifact is a step that waits for those that it requires.
fn schema(text: &str, folder: &str) -> Option<Reading> {
    let root = yaml::read(text, Span::new(0, text.len())).root;
    let artifacts = root.get("artifacts")?;
    let name = take::text(&root, "name");
    let step = |node: &yaml::Node| Step {
        id: take::text(node, "id"),
        title: take::text(node, "generates"),
        needs: take::list(node, "requires"),
        ..Step::new(node.span, StepKind::Artifact)
    };
    let mut steps: Vec<Step> = artifacts.items().iter().map(step).collect();
    if let Some(apply) = root.get("apply") {
        // What is to be there before the work begins; nobody checks these names.
        let last = step(apply);
        let (title, speaks_of) = (take::text(apply, "tracks"), last.needs);
        steps.push(Step { id: None, kind: StepKind::Group, title, needs: Vec::new(), speaks_of, ..last });
    }
    let flow = Flow {
        system: System::OpenSpec,
        what: "schema",
        key: format!("{}{}", System::OpenSpec.prefix(), name.as_ref().map_or(folder, |name| &name.value)),
        name,
        description: take::text(&root, "description"),
        inputs: Vec::new(),
        steps,
        parts: Vec::new(),
        limits: Vec::new(),
        sections: Vec::new(),
        compiled: None,
        manners: &MANNERS,
        over: None,
    };
    let mut names = Collector::default();
    names.flow(&flow, Span::empty(0));
    let facts = names.facts(crate::facts::meaning(&root));
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems: Vec::new() })
}

const PROJECT: &str = "the source of OpenSpec 1.13, src/core/project-config.ts";

const SCHEMAS: Words = &[word("spec-driven", "Proposal, specs, design, tasks: the one that is built in.")];

static CONFIG: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "the configuration",
    source: PROJECT,
    keys: &[
        required("schema", Open(SCHEMAS), "The artifact graph of changes that name none: built in, or of `schemas/`."),
        key("context", Text, "What is told with the instructions of every artifact: at most 50 KB."),
        key("rules", Table(&List(&Text)), "What to mind for an artifact, by its id; beside what the schema says."),
        key("operations", Map(Of(&OPERATIONS)), "What to mind when a change is applied or archived."),
        key("references", List(&Any), "Stores that are looked into: an id, or a map of `id` and `remote`."),
        key("store", Text, "The store that is worked in where this folder has neither specs nor changes."),
        key("githubCopilot", Map(Of(&COPILOT)), "What is made for GitHub Copilot."),
    ],
};

static OPERATIONS: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "`operations`",
    source: PROJECT,
    keys: &[
        key("apply", Map(Of(&OPERATION)), "When the tasks of a change are done."),
        key("archive", Map(Of(&OPERATION)), "When a change is archived."),
    ],
};

static OPERATION: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "an operation",
    source: PROJECT,
    keys: &[key("guidance", List(&Text), "What to mind.")],
};

static COPILOT: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "`githubCopilot`",
    source: PROJECT,
    keys: &[key("cloudAgent", Boolean, "True: the files for its agent on GitHub are made, too.")],
};

static CHANGE: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "a change",
    source: "the source of OpenSpec 1.13, src/core/change-metadata/schema.ts",
    keys: &[
        required("schema", Open(SCHEMAS), "Its artifact graph: built in, or of `schemas/`."),
        key("created", Text, "The day it was begun: `YYYY-MM-DD`."),
        key("goal", Text, "What it is for."),
        key("affected_areas", List(&Text), "What it touches."),
        key("initiative", Map(Of(&INITIATIVE)), "The initiative that it belongs to."),
        key("skip_specs", Boolean, "True: it changes no spec, and none is asked for.").or("`false`"),
        key("retire_capabilities", Boolean, "True: a capability that loses its last requirement is deleted.")
            .or("`false`"),
    ],
};

static INITIATIVE: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "`initiative`",
    source: "the source of OpenSpec 1.13, src/core/change-metadata/schema.ts",
    keys: &[
        required("store", Text, "The store that it is in: small letters, digits and `-`."),
        required("id", Text, "Its id: small letters, digits and `-`."),
    ],
};

const GRAPH: &str = "the source of OpenSpec 1.13, src/core/artifact-graph/types.ts";

static SCHEMA: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "an artifact graph",
    source: GRAPH,
    keys: &[
        required("name", Text, "What it is called."),
        required("version", Integer, "Its version, from 1."),
        key("description", Text, "What it is for."),
        required("artifacts", List(&Map(Of(&ARTIFACT))), "What a change consists of: at least one."),
        key("apply", Map(Of(&APPLY)), "When the work itself may begin."),
    ],
};

static ARTIFACT: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "an artifact",
    source: GRAPH,
    keys: &[
        required("id", Text, "Its id: each once."),
        required("generates", Path, "The file that it is, from the folder of the change; may be a glob."),
        required("description", Text, "What it is."),
        required("template", Path, "What it begins with, from the folder `templates` of the schema."),
        key("instruction", Text, "How it is written."),
        key("requires", List(&Name(NameKind::Step)), "Artifacts that must be there before.").or("`[]`"),
    ],
};

static APPLY: KeyTable = KeyTable {
    system: System::OpenSpec,
    title: "`apply`",
    source: GRAPH,
    keys: &[
        required("requires", List(&Name(NameKind::Step)), "Artifacts that must be there before: at least one."),
        key("tracks", Path, "The file whose boxes say how far it is."),
        key("instruction", Text, "How the work is done."),
    ],
};
