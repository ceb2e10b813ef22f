//! The documents of a root as they are on disk, with their lock and their history, for one command.

use crate::cli::check::{self, Found};
use crate::workbench::{self, documents::Keeper};
use anyhow::{Context, bail};
use docs::document::{Document, Section};
use docs::drift::Judgement;
use docs::library::Library;
use docs::lock::{self, Lock};
use docs::tree::Tree;
use ide::{Documents, Snapshot};
use runner::files::Root;
use runner::history::{Author, History};
use runner::person::Person;
use std::path::Path;
use std::sync::Arc;

/// Commits that are looked through for who changed a file.
const MOST_COMMITS: usize = 500;

pub(super) struct Desk {
    pub(super) files: Root,
    /// A merge left both sides in the lock.
    pub(super) conflict: bool,
    keeper: Keeper,
    documents: Documents,
    history: Option<History>,
}

impl Desk {
    /// Reads the documents of a root. A lock that cannot be read is an error: everything would look as if nobody had
    /// vouched for it.
    pub(super) fn open(root: &Path) -> anyhow::Result<Desk> {
        let files = Root::open_project(root)?;
        let mut conflict = false;
        if let Ok(text) = files.read_text(lock::PATH) {
            let read = Lock::read(&text);
            if let Some(problem) = read.problems.first() {
                let line = text::LineIndex::new(&text).line_of(problem.span.start as usize) + 1;
                bail!("{}:{line}: {}", lock::PATH, problem.words);
            }
            conflict = read.conflict;
        }
        let mut keeper = Keeper::open(root)?;
        keeper.keep_texts();
        let documents = keeper.judge_all(&Default::default()).documents;
        let history = History::open(&files);
        Ok(Desk { files, conflict, keeper, documents, history })
    }

    /// The documents, with a tree to look things up in.
    pub(super) fn look<T>(&self, work: impl FnOnce(&Library, &dyn Tree) -> T) -> T {
        self.keeper.look(work)
    }

    /// The documents, judged.
    pub(super) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// What was vouched for.
    pub(super) fn lock(&self) -> Lock {
        self.documents.library().lock().clone()
    }

    /// Holds only what is left of documents.
    pub(super) fn narrow(&mut self, left: Vec<Document>) {
        self.documents = self.keeper.narrow(left).documents;
    }

    /// Diagnostics of documents, and of the sources that they speak of.
    pub(super) fn rows(&self, no_baseline: bool, within: &dyn Fn(&str) -> bool) -> Found {
        let mut project = workbench::scan(&self.files).project;
        if no_baseline {
            project.remove(spec::baseline::PATH);
        }
        let snapshot = Snapshot { project, documents: self.documents.clone(), ..Snapshot::default() };
        let paths = self.documents.paths().filter(|path| within(path)).map(str::to_owned).collect();
        check::found(&snapshot, &paths, true)
    }

    /// Writes what is wrong with documents now into the baseline; gives how much that is.
    pub(super) fn write_baseline(&self, within: &dyn Fn(&str) -> bool) -> anyhow::Result<usize> {
        let mut project = workbench::scan(&self.files).project;
        project.remove(spec::baseline::PATH);
        let mut keeper = Keeper::open(self.files.path())?;
        keeper.keep_texts();
        let documents = keeper.judge_all(&Default::default()).documents;
        let snapshot = Snapshot { project, documents, ..Snapshot::default() };
        let known = self.files.read_text(spec::baseline::PATH).ok();
        let known = known.and_then(|text| spec::SpecFile::read(spec::baseline::PATH, &text));
        let known = match known.map(|file| file.content) {
            Some(spec::Content::Baseline(known)) => known.entries,
            _ => Vec::new(),
        };
        let is_ours = |entry: &spec::baseline::Entry| entry.rule.starts_with("docs/") && within(&entry.path);
        let mut entries: Vec<_> = known.into_iter().filter(|entry| !is_ours(entry)).collect();
        let mut count = 0;
        for path in snapshot.documents.paths().filter(|path| within(path)) {
            let Some(text) = snapshot.documents.text(path) else { continue };
            let found = ide::diagnostics::unheld(&snapshot, path, Some(text));
            let found: Vec<_> = found.into_iter().filter(|diagnostic| diagnostic.code.starts_with("docs/")).collect();
            count += found.len();
            entries.extend(ide::baseline::entries(path, text, &found));
        }
        if count > 0 {
            let text = spec::baseline::render(&entries);
            let written = self.files.write(spec::baseline::PATH, text.as_bytes());
            written.with_context(|| format!("{} could not be written", spec::baseline::PATH))?;
        }
        Ok(count)
    }

    /// What the commits held.
    pub(super) fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Who made a source what it is: the last commit that changed it, or whoever works here where it is not committed.
    pub(super) fn author(&self, path: &str, tree: &dyn Tree) -> Option<String> {
        let history = self.history.as_ref()?;
        match history.head_file(path) {
            Some(blob) if tree.id(path) == Some(blob) => {
                history.last_change(path, MOST_COMMITS).map(|Author { name, .. }| format!("human:{name}"))
            }
            _ => Some(who()),
        }
    }

    /// Writes the lock.
    pub(super) fn save(&self, lock: &Lock) -> anyhow::Result<()> {
        let written = self.files.write(lock::PATH, lock.write().as_bytes());
        written.with_context(|| format!("{} could not be written", lock::PATH))
    }
}

/// Who this process works for: the agent of a run, a pass without one, else the person whose machine it is.
pub(super) fn who() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    if let Some(agent) = variable("TOLLGATE_AGENT") {
        return format!("agent:{agent}");
    }
    if let Some(pass) = variable("TOLLGATE_PASS") {
        return format!("pass:{pass}");
    }
    let person = Person::of_this_user();
    format!("human:{}", person.signature().or(person.login).unwrap_or_else(|| "somebody".to_owned()))
}

/// A document that was named, with the section where one was: `docs/ledger.md#posting`.
pub(super) struct Named {
    /// Path from the root.
    pub(super) path: String,
    /// Slug.
    pub(super) section: Option<String>,
}

impl Named {
    /// Reads what was named, from the folder the command runs in.
    pub(super) fn read(root: &Path, written: &str) -> anyhow::Result<Named> {
        let (path, section) = match written.split_once('#') {
            Some((path, section)) => (path, Some(section.to_owned())),
            None => (written, None),
        };
        let path = crate::cli::check::below(root, Path::new(path))?;
        Ok(Named { path, section })
    }

    /// The document, when it binds something.
    pub(super) fn document(&self, library: &Library) -> anyhow::Result<Arc<Document>> {
        let document = library.document(&self.path).cloned();
        document.with_context(|| format!("{} binds nothing; `tollgate docs adopt` finds what it could", self.path))
    }

    /// True for judgements of what was named. The sections below a section belong to it.
    pub(super) fn holds(&self, document: &Document, judgement: &Judgement) -> bool {
        let Some(slug) = &self.section else { return true };
        let (own, other) = (document.section(slug), document.section(&judgement.key.section));
        own.zip(other).is_some_and(|(own, other)| own.span.contains(other.span))
    }

    /// The section, when one was named; an error when there is none of that name.
    pub(super) fn section<'d>(&self, document: &'d Document) -> anyhow::Result<Option<&'d Section>> {
        let Some(slug) = &self.section else { return Ok(None) };
        let known = || {
            let slugs: Vec<&str> = document.sections.iter().skip(1).map(|section| &*section.slug).collect();
            format!("{} has no section `{slug}`; it has {}", self.path, slugs.join(", "))
        };
        document.section(slug).map(Some).with_context(known)
    }
}
