//! Reads one file: what it is by its path, what it says, what is wrong with it, and what it means to others.

use crate::baseline::{self, Baseline};
use crate::facts::{Collector, meaning};
use crate::model::Section;
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, Facts, FileKind, Name, NameKind, Role, SpecFile};
use crate::record::Record;
use crate::schema::{self, MapKind};
use crate::{agent, config, foreign, gate, invisible, links, ticket, workflow};
use std::sync::{Arc, OnceLock};
use syntax::front_matter::{self, FrontMatter, State};
use syntax::markdown::{self, Markdown};
use syntax::template::{self, Expression};
use syntax::yaml::{self, Node};
use text::{BlobId, Span, Spanned};

/// Larger files are not read.
pub const FILE_LIMIT: usize = 8 << 20;

/// No more than this many problems are kept of one file.
const PROBLEM_LIMIT: usize = 500;

impl FileKind {
    /// What the file at a path from the root is; `None` when it is not ours to read. Of a file of another tool the text has
    /// the last word: [`SpecFile::read`] gives `None` for one that is not its tool's.
    pub fn of(path: &str) -> Option<FileKind> {
        if let Some(rest) = path.strip_prefix(".tollgate/") {
            if rest == "config.yaml" {
                return Some(FileKind::Config);
            }
            if path == baseline::PATH {
                return Some(FileKind::Baseline);
            }
            let (folder, name) = rest.split_once('/')?;
            if folder == "records" {
                let (_, name) = name.split_once('/')?;
                return (name.ends_with(".json") && !name.contains('/')).then_some(FileKind::Record);
            }
            if name.contains('/') || name.len() <= 3 || !name.ends_with(".md") {
                return None;
            }
            return Some(match folder {
                "workflows" => FileKind::Workflow,
                "agents" => FileKind::Agent,
                "gates" => FileKind::Gate,
                "tickets" => FileKind::Ticket,
                _ => return None,
            });
        }
        foreign::reader(path).map(|(kind, _)| kind)
    }

    /// True for a file that belongs to another tool: it is read, and nothing of ours is ever asked of it.
    pub fn is_foreign(self) -> bool {
        match self {
            FileKind::Config
            | FileKind::Workflow
            | FileKind::Agent
            | FileKind::Gate
            | FileKind::Ticket
            | FileKind::Record
            | FileKind::Baseline => false,
            FileKind::HostAgent
            | FileKind::Work
            | FileKind::Flow
            | FileKind::Guide
            | FileKind::Board
            | FileKind::Manifest => true,
        }
    }

    /// The map at the root of its front matter.
    pub fn map(self) -> Option<MapKind> {
        Some(match self {
            FileKind::Config => MapKind::Config,
            FileKind::Workflow => MapKind::Workflow,
            FileKind::Agent => MapKind::Agent,
            FileKind::Gate => MapKind::GateFile,
            FileKind::Ticket => MapKind::Ticket,
            _ => return None,
        })
    }
}

impl SpecFile {
    /// Reads `text` as the file at `path` (from the root, `/` separated). `None` when the path is not ours, or is that of
    /// another tool and the text is not.
    pub fn read(path: &str, text: &str) -> Option<SpecFile> {
        SpecFile::read_shared(path, Arc::from(text))
    }

    /// As [`SpecFile::read`], without a copy of the text.
    pub fn read_shared(path: &str, text: Arc<str>) -> Option<SpecFile> {
        let kind = FileKind::of(path)?;
        let mut reader = Reader { path, text: &text, problems: Vec::new() };
        let (content, mut facts) = if text.len() > FILE_LIMIT {
            reader.report(ProblemKind::TooLarge("a file may have at most 8 MB"), Span::empty(0));
            (Content::Unreadable, Facts::default())
        } else if kind.is_foreign() {
            let (_, foreign) = foreign::reader(path)?;
            let reading = (foreign.read)(path, &text)?;
            reader.problems = reading.problems;
            (reading.content, reading.facts)
        } else {
            reader.content(kind)
        };
        facts.narrow(&text);
        if path.ends_with(".md") && !links::is_others(kind, &content) {
            facts.ties.extend(links::ties(path, &text));
        }
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| problem.span);
        problems.truncate(PROBLEM_LIMIT);
        let (path, blob) = (path.to_owned(), OnceLock::new());
        Some(SpecFile { path, kind, blob, content, problems, facts, text: Some(text) })
    }

    /// Its text, where it is kept. Who keeps many files lets go of the texts of those that nobody looks into
    /// ([`SpecFile::without_text`]), and gives one back to ask about it ([`SpecFile::with_text`]).
    pub fn text(&self) -> Option<&Arc<str>> {
        self.text.as_ref()
    }

    /// The same without its text. What it says of other files' affairs stays; nothing that slices its text can be asked.
    pub fn without_text(self) -> SpecFile {
        self.blob();
        SpecFile { text: None, ..self }
    }

    /// The same with its text, when `text` is the one that was read: a file that has changed is read anew instead.
    pub fn with_text(&self, text: Arc<str>) -> Option<SpecFile> {
        (BlobId::of(text.as_bytes()) == self.blob()).then(|| SpecFile { text: Some(text), ..self.clone() })
    }

    /// Its content id, worked out when it is first asked for: of most files of a large repository nobody asks.
    pub fn blob(&self) -> BlobId {
        *self.blob.get_or_init(|| BlobId::of(self.words().as_bytes()))
    }

    /// The text to slice; empty where it is not kept.
    pub(crate) fn words(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// The file's name without its folder and extension: the name that its content must say.
    pub fn stem(&self) -> &str {
        stem(&self.path)
    }

    /// The YAML of the file: its front matter, or the whole text of the configuration.
    pub fn yaml(&self) -> Span {
        yaml_span(self.kind, self.words())
    }

    /// Every template expression of the file that is one: in the front matter of all, and in the tasks of a workflow.
    pub fn templates(&self) -> Vec<Expression> {
        match (self.kind, &self.content) {
            (FileKind::Config | FileKind::Record | FileKind::Baseline, _) => Vec::new(),
            (kind, _) if kind.is_foreign() => Vec::new(),
            (_, Content::Workflow(workflow)) => templates(self.words(), self.yaml(), &workflow.sections),
            _ => template::expressions(self.words(), self.yaml()),
        }
    }
}

fn yaml_span(kind: FileKind, text: &str) -> Span {
    match kind {
        FileKind::Record | FileKind::Baseline | FileKind::Work | FileKind::Board => Span::empty(0),
        FileKind::Config => Span::new(if text.starts_with('\u{feff}') { 3 } else { 0 }, text.len()),
        _ => front_matter::split(text).yaml,
    }
}

/// Expressions of the front matter and of everything below a `## ` heading.
fn templates(text: &str, yaml: Span, sections: &[Section]) -> Vec<Expression> {
    let mut found = template::expressions(text, yaml);
    for section in sections.iter().filter(|section| section.level == 2) {
        found.extend(template::expressions(text, section.span));
    }
    found
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, kind: ProblemKind, span: Span) {
        self.problems.push(Problem { kind, span });
    }

    fn content(&mut self, kind: FileKind) -> (Content, Facts) {
        match kind {
            FileKind::Record => self.record(),
            FileKind::Baseline => self.baseline(),
            FileKind::Config => {
                let span = yaml_span(kind, self.text);
                let place = Span::new(span.start as usize, span.start as usize);
                let root = self.yaml(span, Some(MapKind::Config), place);
                invisible::invisible(self.text, &mut self.problems);
                let config = config::config(&root, &mut self.problems);
                let mut names = Collector::default();
                names.config(&config);
                (Content::Config(Box::new(config)), names.facts(meaning(&root)))
            }
            _ => self.markdown(kind),
        }
    }

    /// One of our Markdown files.
    fn markdown(&mut self, kind: FileKind) -> (Content, Facts) {
        let split = front_matter::split(self.text);
        self.front_matter(&split);
        // A missing front matter is said once, not once per key.
        let map = if split.state == State::Missing || split.state == State::TooLarge { None } else { kind.map() };
        let root = self.yaml(split.yaml, map, split.open);
        let body = if kind == FileKind::Agent { Markdown::default() } else { markdown::read(self.text, split.body) };
        invisible::invisible(self.text, &mut self.problems);
        let stem = stem(self.path);
        let place = Span::empty(split.open.start as usize);
        let mut names = Collector::default();
        let content = match kind {
            FileKind::Workflow => {
                let workflow = workflow::workflow(self.text, &root, &body, &mut self.problems);
                self.name_matches(&workflow.name, stem);
                let templates = templates(self.text, split.yaml, &workflow.sections);
                names.workflow(&workflow, &templates, stem, place);
                Content::Workflow(Box::new(workflow))
            }
            FileKind::Gate => {
                let name = crate::read::text(&root, "name");
                self.name_matches(&name, stem);
                let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
                let sections = body.sections(end);
                let mut shared = gate::inline(self.text, &root);
                for section in sections.iter().filter(|section| gate::is_criteria_section(section)) {
                    shared.criteria.extend(gate::body_criteria(self.text, &body, section, &mut self.problems));
                }
                gate::duplicate_ids(&shared, &mut self.problems);
                names.shared_gate(&name, &shared, stem, place);
                names.any_inputs(&template::expressions(self.text, split.yaml));
                Content::Gate(name, Box::new(shared), sections)
            }
            FileKind::Ticket => {
                let ticket = ticket::ticket(self.text, &root, &body);
                self.name_matches(&ticket.id, stem);
                let inputs = root.get("inputs").map(Node::entries).unwrap_or_default();
                names.ticket(&ticket, inputs, stem, place);
                Content::Ticket(Box::new(ticket))
            }
            _ => {
                let agent = agent::agent(self.text, &root, split.body);
                self.name_matches(&agent.name, stem);
                names.agent(&agent, stem, place);
                names.any_inputs(&template::expressions(self.text, split.yaml));
                names.projected(self.path, self.text);
                Content::Agent(Box::new(agent))
            }
        };
        (content, names.facts(meaning(&root)))
    }

    fn front_matter(&mut self, split: &FrontMatter) {
        match split.state {
            State::Missing => self.report(ProblemKind::FrontMatterMissing, split.open),
            State::Unclosed => self.report(ProblemKind::FrontMatterUnclosed, split.open),
            State::TooLarge => self.report(ProblemKind::TooLarge("front matter may have at most 1 MB"), split.open),
            State::Closed => {}
        }
        if let Some(second) = split.second {
            self.report(ProblemKind::FrontMatterTwice, second);
        }
    }

    /// Reads YAML and checks it against a map's table.
    fn yaml(&mut self, span: Span, map: Option<MapKind>, place: Span) -> Node {
        let document = yaml::read(self.text, span);
        let mut broken_at = u32::MAX;
        for problem in document.problems.iter().take(PROBLEM_LIMIT) {
            let kind = match &problem.kind {
                yaml::ProblemKind::Invalid(words) => {
                    broken_at = broken_at.min(problem.span.start);
                    ProblemKind::InvalidYaml(words.clone())
                }
                yaml::ProblemKind::Feature(name) => ProblemKind::YamlFeature(name),
                yaml::ProblemKind::TooDeep => ProblemKind::TooLarge("nesting may have at most 64 levels"),
                yaml::ProblemKind::DuplicateKey(key) => ProblemKind::DuplicateKey(key.clone()),
            };
            self.report(kind, problem.span);
        }
        if let Some(map) = map {
            let mut found = Vec::new();
            schema::check(self.text, &document.root, map, place, &mut found);
            if !document.valid {
                // Somebody is typing: below the error nothing is sure, and what is missing may be on its way.
                found.retain(|problem| {
                    let missing =
                        matches!(problem.kind, ProblemKind::MissingKey { .. } | ProblemKind::SchemaVersion(None));
                    !missing && problem.span.end <= broken_at
                });
            }
            self.problems.append(&mut found);
        }
        document.root
    }

    fn name_matches(&mut self, name: &Option<Spanned<String>>, stem: &str) {
        let Some(name) = name.as_ref().filter(|name| name.value != stem) else { return };
        let kind = ProblemKind::NameMismatch { name: name.value.clone(), stem: stem.to_owned() };
        self.report(kind, name.span);
    }

    fn baseline(&mut self) -> (Content, Facts) {
        match Baseline::read(self.text) {
            Ok(baseline) => {
                // Every file's diagnostics hang on it: any other content is another meaning.
                let mut hasher = std::hash::DefaultHasher::new();
                std::hash::Hash::hash(self.text, &mut hasher);
                let meaning = std::hash::Hasher::finish(&hasher);
                (Content::Baseline(Box::new(baseline)), Facts { meaning, ..Facts::default() })
            }
            Err((words, line, column)) => {
                let at = self.place_of(line, column);
                self.report(ProblemKind::BadBaseline(words), at);
                (Content::Unreadable, Facts::default())
            }
        }
    }

    fn record(&mut self) -> (Content, Facts) {
        let record: Record = match serde_json::from_str(self.text) {
            Ok(record) => record,
            Err(error) => {
                let at = self.place_of(error.line(), error.column());
                let words = error.to_string();
                let words = words.split(" at line ").next().unwrap_or_default().to_owned();
                self.report(ProblemKind::BadRecord(words), at);
                return (Content::Unreadable, Facts::default());
            }
        };
        let version = match &record {
            Record::Run(receipt) => receipt.schema_version,
            Record::Decision(decision) => decision.schema_version,
        };
        let (ticket, id) = (record.ticket(), record.id());
        let folder = self.path.rsplit('/').nth(1).unwrap_or_default();
        let start = Span::new(0, 1.min(self.text.len()));
        if version != 1 {
            self.report(ProblemKind::SchemaVersion(Some(version.to_string())), start);
        }
        if crate::record::folder(ticket) != folder {
            let words = format!("it is of ticket `{ticket}` but lies in the folder of `{folder}`");
            self.report(ProblemKind::BadRecord(words), start);
        }
        if id != stem(self.path) {
            self.report(
                ProblemKind::BadRecord(format!("its id is `{id}` but its file is `{}`", stem(self.path))),
                start,
            );
        }
        let mut facts = Facts::default();
        let mut add = |blob: BlobId, role: Role, span: Span| {
            let name = Name { kind: NameKind::Record, text: format!("{folder}/{blob}") };
            facts.names.push((name, role, span));
        };
        add(BlobId::of(self.text.as_bytes()), Role::Definition, start);
        for blob in record.prev() {
            let hex = blob.to_string();
            let from = self.text.find("\"prev\"").unwrap_or_default();
            let at = self.text[from..].find(&hex).map(|at| Span::new(from + at, from + at + hex.len()));
            add(*blob, Role::Use, at.unwrap_or(start));
        }
        (Content::Record(Box::new(record)), facts)
    }

    /// The character at a line and column in bytes, both from 1.
    fn place_of(&self, line: usize, column: usize) -> Span {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let mut at = (start + column.saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
        Span::new(at, at + length)
    }
}

/// Names that templates may hold: those of the ticket.
pub const TICKET_NAMES: &[(&str, &str)] = &[
    ("id", "The ticket's id."),
    ("identifier", "The ticket's id."),
    ("slug", "The ticket's id as it stands in paths."),
    ("title", "The ticket's title."),
    ("type", "The ticket's type."),
    ("status", "The ticket's status as written."),
    ("priority", "The ticket's priority."),
    ("size", "The ticket's size."),
    ("milestone", "The ticket's milestone."),
    ("parent", "The ticket that this one is a part of."),
    ("spec", "Path of the ticket's spec."),
    ("branch", "The ticket's branch."),
    ("external_ref", "The ticket's id elsewhere."),
    ("labels", "The ticket's labels."),
    ("assignee", "Who works on the ticket."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    fn ticket(id: &str, words: &str) -> SpecFile {
        let text = format!("---\nschema_version: 1\nid: {id}\ntitle: T\nstatus: To Do\n---\n{words}\n");
        SpecFile::read(&format!(".tollgate/tickets/{id}.md"), &text).unwrap()
    }

    #[test]
    fn a_content_id_is_worked_out_for_who_asks_and_outlives_the_text() {
        let file = ticket("a", "words");
        assert_eq!(file.blob.get(), None);
        let id = BlobId::of(file.words().as_bytes());
        assert_eq!(file.clone().without_text().blob(), id);
        assert_eq!((file.blob.get(), file.blob()), (None, id));
    }

    #[test]
    fn projects_of_shared_files_are_held_equal_without_looking_into_them() {
        let mut one = Project::default();
        let files: Vec<Arc<SpecFile>> = (0..20).map(|n| Arc::new(ticket(&format!("t-{n}"), "words"))).collect();
        files.iter().for_each(|file| drop(one.set(file.clone())));
        let mut two = one.clone();
        assert!(one.says_the_same(&two));
        let asked = || files.iter().filter(|file| file.blob.get().is_some()).count();
        assert_eq!(asked(), 0);
        two.set(Arc::new(ticket("t-3", "words")));
        assert!(one.says_the_same(&two));
        assert_eq!(asked(), 1, "only the one that is not shared");
        two.set(Arc::new(ticket("t-3", "other words")));
        assert!(!one.says_the_same(&two));
        two.remove(".tollgate/tickets/t-3.md");
        assert!(!one.says_the_same(&two));
    }
}
