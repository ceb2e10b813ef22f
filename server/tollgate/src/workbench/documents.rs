//! The documents of a root that say what they document, kept judged: found by what git tracks, and judged again only where
//! a document or a source changed. Unsaved texts of an editor count more than the disk.
//!
//! In a repository in which no document binds anything, nothing is kept and nothing watched.

use super::in_parallel;
use anyhow::Context as _;
use docs::attest::{Claim, Now, decide};
use docs::contexts::{Contexts, Edge};
use docs::document::{Defaults, Document, Kind, may_bind};
use docs::drift::{State, compared};
use docs::library::Library;
use docs::lock::{self, Lock};
use docs::print::Resolution;
use docs::region::may_hold;
use docs::source::Source;
use docs::target::{Facet, Fragment, Glob};
use docs::tree::Tree;
use ide::Documents;
use ide::documents::moved::Moved;
use ide::documents::page::binds;
use ide::documents::{Page, Version};
use runner::answers::{Answers, Question};
use runner::files::{FoundKind, Root, Selection, WalkLimits};
use runner::home::Home;
use runner::person::Person;
use runner::tracked::{self, OldContents, Tracked};
use spec::model::{Config, DocsMode};
use spec::{Content, SpecFile};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use text::BlobId;

/// What says something of documents that do not say it themselves.
const CONFIG: &str = ".tollgate/config.yaml";
/// Larger pages are not looked into.
const LARGEST_PAGE: usize = 1 << 20;
/// Folders of others, in which nothing is a document of this repository.
const VENDORED: [&str; 5] = ["node_modules", "vendor", "third_party", "target", "dist"];

/// Texts that an editor has and the disk may not, by path from the root.
pub(crate) type Texts = BTreeMap<String, Arc<str>>;

/// All documents of a root as they are on disk, with their texts.
pub(crate) fn judged(root: &Root) -> Documents {
    let Ok(mut keeper) = Keeper::open(root.path()) else { return Documents::default() };
    keeper.keeps_texts = true;
    keeper.judge_all(&Texts::new());
    keeper.documents
}

/// What is known of a root's documents, to judge again what changed.
pub(crate) struct Keeper {
    root: Root,
    old: Option<OldContents>,
    documents: Documents,
    library: Library,
    /// Sources that somebody types in, as they were read last.
    sources: HashMap<String, Arc<Source>>,
    /// What was read of contents once.
    answers: Answers,
    /// What sources of bounded contexts imported when they were typed in last.
    imports: HashMap<String, Vec<String>>,
    /// What globs stood for at the last look at the disk.
    globs: HashMap<Glob, Vec<String>>,
    /// True where the texts of everything that was judged are wanted.
    keeps_texts: bool,
}

/// Who says that a document is right, and why.
pub(crate) struct Word<'a> {
    /// The section, by its slug; every section that is not in step where none is named.
    pub(crate) section: Option<&'a str>,
    /// Why, where the section did not change.
    pub(crate) reason: Option<&'a str>,
    /// For which ticket.
    pub(crate) ticket: Option<&'a str>,
}

/// Records that a document says what the code is, and answers how many bindings that was said of. A person says it here.
pub(crate) fn attest(root: &Path, page: &Page, word: &Word<'_>) -> anyhow::Result<usize> {
    let root = Root::open_project(root)?;
    let text = match root.read_text(lock::PATH) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => String::new(),
        Err(error) => return Err(error.into()),
    };
    let mut recorded = Lock::read(&text).lock;
    let person = Person::of_this_user();
    let name = person.signature().or(person.login).context("nobody knows who you are: set user.name of git")?;
    let (by, day) = (format!("human:{name}"), today());
    let document = &page.document;
    let mut said = 0;
    for judgement in &page.judgements {
        let own = word.section.is_none_or(|slug| slug == &*judgement.key.section);
        let in_step = matches!(judgement.state, State::Fresh | State::Exempt);
        let (Some(seen), true, false) = (&judgement.seen, own, in_step) else { continue };
        let section = document.section(&judgement.key.section);
        let facets = compared(&document.anchors[judgement.anchor].facets, &seen.facets);
        let now = Now {
            facets,
            blob: seen.blob,
            text: section.map(|section| document.print(&page.text, section)),
            symbols: if facets.get(Facet::Surface).is_some() { seen.symbols.clone() } else { Vec::new() },
        };
        let claim = Claim { by: &by, author: None, ticket: word.ticket, reason: word.reason, at: Some(&day) };
        recorded.set(judgement.key.clone(), decide(&claim, &now, judgement.stamp.as_ref())?);
        said += 1;
    }
    if said > 0 {
        root.write(lock::PATH, recorded.write().as_bytes())?;
    }
    Ok(said)
}

fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// What was judged anew.
pub(crate) struct Judged {
    /// Everything that is known now.
    pub(crate) documents: Documents,
    /// Files of which something else can be said now.
    pub(crate) changed: BTreeSet<String>,
}

impl Keeper {
    /// Opens a root; nothing is read yet.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Keeper> {
        let root = Root::open_project(root)?;
        let old = OldContents::open(&root);
        let answers = Home::from_environment().map(|home| Answers::open(&home, &root)).unwrap_or_default();
        Ok(Keeper {
            root,
            old,
            documents: Documents::default(),
            library: Library::default(),
            sources: HashMap::new(),
            imports: HashMap::new(),
            answers,
            globs: HashMap::new(),
            keeps_texts: false,
        })
    }

    /// Keeps the texts of everything that is judged.
    pub(crate) fn keep_texts(&mut self) {
        self.keeps_texts = true;
    }

    /// True for the text of a page that may bind something: a quick look.
    pub(crate) fn may_judge(text: &str) -> bool {
        may_bind(text) || may_hold(text)
    }

    /// Looks for documents, and judges all of them.
    pub(crate) fn judge_all(&mut self, editor: &Texts) -> Judged {
        self.globs.clear();
        let tracked = OnceLock::new();
        let view = View::of(self, editor, &tracked);
        let mut pages = view.pages();
        pages.extend(self.library.documents().map(|document| document.path.to_string()));
        let lock = view.text(lock::PATH).map(|text| Lock::read(&text).lock).unwrap_or_default();
        let (mut library, gone) = view.read(&pages, self.library.clone());
        library.set_lock(lock);
        let all = library.documents().map(|document| document.path.clone()).chain(gone).collect();
        let (judged, edges) = (view.judge(&library, all), view.edges(&library));
        let seen = view.seen();
        self.imports.clear();
        self.keep(library, judged, Some(edges), editor, seen)
    }

    /// Judges what these changed files matter to.
    pub(crate) fn judge(&mut self, changed: &BTreeSet<String>, editor: &Texts) -> Judged {
        if changed.contains(CONFIG) {
            return self.judge_all(editor);
        }
        // A file that came or went is in a glob, or no longer.
        self.globs.retain(|glob, _| !changed.iter().any(|path| glob.matches(path)));
        let tracked = OnceLock::new();
        let view = View::of(self, editor, &tracked);
        let mut inner = HashMap::new();
        let pages = changed.iter().filter(|path| is_page(path) && !view.is_inner(path, &mut inner)).cloned().collect();
        let (mut library, gone) = view.read(&pages, self.library.clone());
        let mut affected: BTreeSet<Arc<str>> = gone.into_iter().collect();
        if changed.contains(lock::PATH) {
            let lock = view.text(lock::PATH).map(|text| Lock::read(&text).lock).unwrap_or_default();
            affected.extend(library.set_lock(lock));
        }
        for of in [&self.library, &library] {
            affected.extend(changed.iter().flat_map(|path| of.affected(path)));
        }
        let judged = view.judge(&library, affected);
        let imports = view.imports_of_contexts(&library, changed);
        let is_context =
            |of: &Library, path: &String| of.document(path).is_some_and(|it| it.kind == Kind::BoundedContext);
        let crosses = |path: &str| {
            let mut edges = self.documents.edges().iter().filter(|edge| edge.undeclared);
            edges.any(|edge| edge.imports.iter().any(|used| used.path == *path))
        };
        let other_edges = changed.iter().any(|path| is_context(&self.library, path) || is_context(&library, path))
            || imports.iter().any(|(path, now)| self.imports.get(path) != Some(now) || crosses(path));
        let edges = other_edges.then(|| view.edges(&library));
        let seen = view.seen();
        self.imports.extend(imports);
        self.keep(library, judged, edges, editor, seen)
    }

    /// Holds only what is left of documents, and judges that.
    pub(crate) fn narrow(&mut self, left: Vec<Document>) -> Judged {
        let (tracked, editor) = (OnceLock::new(), Texts::new());
        let view = View::of(self, &editor, &tracked);
        let mut library = Library::default();
        library.set_lock(self.library.lock().clone());
        left.into_iter().for_each(|document| library.set(Arc::new(document)));
        let all = self.library.documents().map(|document| document.path.clone()).collect();
        let (judged, seen) = (view.judge(&library, all), view.seen());
        self.keep(library, judged, None, &editor, seen)
    }

    /// The documents as they are on disk, with a tree to look things up in.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&Library, &dyn Tree) -> T) -> T {
        let (tracked, editor) = (OnceLock::new(), Texts::new());
        work(&self.library, &View::of(self, &editor, &tracked))
    }

    fn keep(
        &mut self,
        library: Library,
        judged: Vec<(Arc<str>, Option<Page>)>,
        edges: Option<Vec<Edge>>,
        editor: &Texts,
        seen: Seen,
    ) -> Judged {
        self.library = library.clone();
        self.globs.extend(seen.globs);
        self.answers.add(seen.answers);
        self.answers.save();
        self.sources.extend(seen.sources);
        self.sources.retain(|path, _| editor.contains_key(path));
        let mut documents = std::mem::take(&mut self.documents);
        let version = |path: &str| match editor.get(path) {
            Some(text) => Some(Version::kept(text)),
            None => {
                let version = Version::kept(seen.texts.get(path)?.as_ref()?);
                Some(if self.keeps_texts { version } else { Version { text: None, ..version } })
            }
        };
        let changed = documents.update(library, judged, edges, &version);
        self.documents = documents.clone();
        Judged { documents, changed }
    }
}

/// A root as it is judged: what the editor has, then the disk.
struct View<'a> {
    keeper: &'a Keeper,
    editor: &'a Texts,
    tracked: &'a OnceLock<Option<Vec<Tracked>>>,
    seen: Mutex<Seen>,
}

/// What was looked up for a judgement: all of it is about one state of the disk.
#[derive(Default)]
struct Seen {
    /// What globs stand for that were not known yet.
    globs: HashMap<Glob, Vec<String>>,
    texts: HashMap<String, Option<Arc<str>>>,
    sources: HashMap<String, Arc<Source>>,
    answers: Vec<(Question, Resolution)>,
    ids: HashMap<String, BlobId>,
}

impl<'a> View<'a> {
    fn of(keeper: &'a Keeper, editor: &'a Texts, tracked: &'a OnceLock<Option<Vec<Tracked>>>) -> View<'a> {
        View { keeper, editor, tracked, seen: Mutex::default() }
    }

    fn seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn looked(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads these pages anew. Gives what is bound now, and which of them bind nothing any more.
    fn read(&self, pages: &BTreeSet<String>, mut library: Library) -> (Library, Vec<Arc<str>>) {
        let pages: Vec<&String> = pages.iter().collect();
        let config = self.config();
        let read = in_parallel(&pages, |path| {
            let text = self.text(path).filter(|text| text.len() <= LARGEST_PAGE && Keeper::may_judge(text))?;
            let config = config.as_ref();
            if config.is_some_and(|config| config.docs_of(path).mode == DocsMode::Off) {
                return None;
            }
            let defaults = config.map(|config| Defaults::of(config, path)).unwrap_or_default();
            Some(Arc::new(Document::read_with(path, &text, &defaults))).filter(|document| binds(document))
        });
        let mut gone = Vec::new();
        for (path, document) in pages.into_iter().zip(read) {
            match document {
                Some(document) => library.set(document),
                None if library.remove(path) => gone.push(path.as_str().into()),
                None => {}
            }
        }
        (library, gone)
    }

    fn judge(&self, library: &Library, paths: BTreeSet<Arc<str>>) -> Vec<(Arc<str>, Option<Page>)> {
        let paths: Vec<Arc<str>> = paths.into_iter().collect();
        in_parallel(&paths, |path| {
            let documents = &self.keeper.documents;
            let moved = |path: &str| documents.moved(path, Some(&self.text(path)?));
            let typed = |path: &str| self.editor.contains_key(path);
            let before = documents.page(path).map(|page| (&**page, &moved as &dyn Fn(&str) -> Option<Moved>));
            let judge =
                |document: &Arc<Document>| Page::judge_where(document.clone(), library.lock(), self, before, &typed);
            (path.clone(), library.document(path).map(judge))
        })
    }

    /// What is between bounded contexts.
    fn edges(&self, library: &Library) -> Vec<Edge> {
        let contexts = library.documents().filter(|document| document.kind == Kind::BoundedContext);
        Contexts::read(contexts.map(|document| (**document).clone()), self).edges
    }

    /// What those of these files import that belong to a bounded context.
    fn imports_of_contexts(&self, library: &Library, changed: &BTreeSet<String>) -> HashMap<String, Vec<String>> {
        let is_context = |path: &Arc<str>| library.document(path).is_some_and(|it| it.kind == Kind::BoundedContext);
        let of_contexts = changed.iter().filter(|path| !is_page(path) && library.affected(path).iter().any(is_context));
        let imports = |path: &String| {
            let source = self.source(path);
            let imports =
                source.as_ref().and_then(|source| source.code()).map(|code| code.imports()).unwrap_or_default();
            (path.clone(), imports.into_iter().map(|import| import.module.value).collect())
        };
        of_contexts.map(imports).collect()
    }

    /// What is said of documents that do not say it themselves.
    fn config(&self) -> Option<Config> {
        match SpecFile::read(CONFIG, &self.text(CONFIG)?)?.content {
            Content::Config(config) => Some(*config),
            _ => None,
        }
    }

    fn tracked(&self) -> Option<&[Tracked]> {
        self.tracked.get_or_init(|| tracked::tracked(&self.keeper.root)).as_deref()
    }

    /// Markdown files: those that git tracks, new ones beside them, and what the editor has. Where git tracks nothing,
    /// those of a walk.
    fn pages(&self) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = self.editor.keys().filter(|path| is_page(path)).cloned().collect();
        let tracked = self.tracked().unwrap_or_default().iter().map(|file| file.path.as_str());
        found.extend(tracked.filter(|path| is_page(path)).map(str::to_owned));
        let walk = match self.tracked() {
            Some(tracked) => self.keeper.root.walk_some(&Near::of(tracked), WalkLimits::default()),
            None => self.keeper.root.walk_some(&Everywhere, WalkLimits::default()),
        };
        found.extend(walk.found.into_iter().filter(|it| it.kind == FoundKind::File).map(|it| it.path));
        let mut inner = HashMap::new();
        found.retain(|path| !self.is_inner(path, &mut inner));
        found
    }

    /// True for a page of a project inside this one: its paths are meant from its own root. `known` says of folders
    /// whether they are such.
    fn is_inner(&self, path: &str, known: &mut HashMap<String, bool>) -> bool {
        path.match_indices('/').map(|(at, _)| &path[..at]).any(|folder| match known.get(folder) {
            Some(is) => *is,
            None => {
                let own = self.keeper.root.kind(&format!("{folder}/.tollgate")).ok().flatten();
                let is = own.is_some_and(|kind| kind.is_dir());
                known.insert(folder.to_owned(), is);
                is
            }
        })
    }
}

impl Tree for View<'_> {
    fn text(&self, path: &str) -> Option<Arc<str>> {
        if let Some(text) = self.editor.get(path) {
            return Some(text.clone());
        }
        if let Some(seen) = self.looked().texts.get(path) {
            return seen.clone();
        }
        let text = self.keeper.root.read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(Arc::from);
        self.looked().texts.insert(path.to_owned(), text.clone());
        text
    }

    fn source(&self, path: &str) -> Option<Arc<Source>> {
        if let Some(known) = self.looked().sources.get(path) {
            return Some(known.clone());
        }
        let text = self.text(path)?;
        let source = Arc::new(match self.keeper.sources.get(path) {
            Some(known) if known.text() == &text => return Some(known.clone()),
            Some(known) => known.reread(path, &text),
            None => Source::read(path, &text),
        });
        self.looked().sources.insert(path.to_owned(), source.clone());
        Some(source)
    }

    fn resolve(&self, path: &str, fragment: &Fragment) -> Option<Resolution> {
        if self.editor.contains_key(path) {
            return Some(self.source(path)?.resolve(fragment));
        }
        let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
        let question = (self.id(path)?, ending.to_owned(), fragment.to_string());
        let known = self.keeper.answers.get(&question);
        let answer = match known {
            Some(known) => known,
            None => self.source(path)?.resolve(fragment),
        };
        self.looked().answers.push((question, answer.clone()));
        Some(answer)
    }

    fn id(&self, path: &str) -> Option<BlobId> {
        if let Some(known) = self.looked().ids.get(path) {
            return Some(*known);
        }
        let id = BlobId::of(self.text(path)?.as_bytes());
        self.looked().ids.insert(path.to_owned(), id);
        Some(id)
    }

    fn paths(&self, glob: &Glob) -> Vec<String> {
        if let Some(known) = self.keeper.globs.get(glob) {
            return known.clone();
        }
        if let Some(known) = self.looked().globs.get(glob) {
            return known.clone();
        }
        let tracked = self.tracked().unwrap_or_default().iter().map(|file| file.path.as_str());
        let mut all: BTreeSet<String> =
            tracked.filter(|path| glob.matches(path) && !is_vendored(path)).map(str::to_owned).collect();
        let walk = self.keeper.root.walk_some(&Below(glob), WalkLimits::default());
        all.extend(walk.found.into_iter().filter(|it| it.kind == FoundKind::File).map(|it| it.path));
        all.extend(self.editor.keys().filter(|path| glob.matches(path) && !is_vendored(path)).cloned());
        let all: Vec<String> = all.into_iter().collect();
        self.looked().globs.insert(glob.clone(), all.clone());
        all
    }

    fn blob(&self, id: BlobId) -> Option<Arc<str>> {
        self.keeper.old.as_ref()?.text(id).map(Arc::from)
    }

    fn exists(&self, path: &str) -> bool {
        self.editor.contains_key(path) || self.keeper.root.kind(path).ok().flatten().is_some_and(|kind| kind.is_file())
    }
}

/// True for Markdown of this repository.
pub(crate) fn is_page(path: &str) -> bool {
    path.ends_with(".md") && !is_delivery(path) && !is_vendored(path)
}

/// Workflows, tickets and agents say what is to be done, not what is. There may be thousands of them.
fn is_delivery(path: &str) -> bool {
    path.starts_with(".tollgate/") || path.contains("/.tollgate/")
}

fn is_vendored(path: &str) -> bool {
    path.split('/').any(|part| VENDORED.contains(&part))
}

/// The folders with tracked pages, those on the way to them, and new ones in them.
struct Near {
    pages: BTreeSet<String>,
    tracked: BTreeSet<String>,
}

impl Near {
    fn of(tracked: &[Tracked]) -> Near {
        let folders = |path: &str| {
            let ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
            ends.into_iter().map(|end| path[..end].to_owned()).collect::<Vec<_>>()
        };
        let mut near = Near { pages: BTreeSet::from([String::new()]), tracked: BTreeSet::new() };
        let mut last = "";
        for file in tracked {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder != last {
                near.tracked.extend(folders(&file.path));
                last = folder;
            }
            if is_page(&file.path) {
                near.pages.extend(folders(&file.path));
            }
        }
        near
    }
}

impl Selection for Near {
    fn enters(&self, folder: &str) -> bool {
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        self.pages.contains(folder)
            || (!self.tracked.contains(folder)
                && (self.pages.contains(above) || !self.tracked.contains(above))
                && !is_vendored(folder))
    }

    fn contains(&self, path: &str) -> bool {
        is_page(path)
    }
}

struct Everywhere;

impl Selection for Everywhere {
    fn enters(&self, folder: &str) -> bool {
        !is_vendored(folder)
    }

    fn contains(&self, path: &str) -> bool {
        is_page(path)
    }
}

/// What a glob finds, looked for in the folder that it names.
struct Below<'a>(&'a Glob);

impl Selection for Below<'_> {
    fn enters(&self, folder: &str) -> bool {
        let (own, folder) = (self.0.folder(), format!("{folder}/"));
        (own.starts_with(&folder) || folder.starts_with(own)) && !is_vendored(&folder)
    }

    fn contains(&self, path: &str) -> bool {
        self.0.matches(path)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test writes its own folder")]

    use super::*;
    use std::fs;
    use std::process::Command;

    fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for words in [&["init", "-q", "."][..], &["add", "-A"]] {
            assert!(Command::new("git").args(words).current_dir(folder.path()).status().unwrap().success());
        }
        folder
    }

    fn paths(documents: &Documents) -> Vec<String> {
        documents.pages().map(|page| page.document.path.to_string()).collect()
    }

    const BINDS: &str = "---\ndocuments: [src/a.rs#post]\n---\n# A\n";

    #[test]
    fn finds_tracked_and_new_pages_and_nothing_of_others() {
        let folder = repository(&[
            ("README.md", "# Read me\n\nNothing is bound here.\n"),
            ("docs/deep/a.md", BINDS),
            ("src/a.rs", "pub fn post() {}\n"),
            (".gitignore", "target/\nout/\n"),
        ]);
        for path in [
            "docs/new.md",
            "docs/fresh/new.md",
            ".tollgate/tickets/x.md",
            "out/x.md",
            "docs/node_modules/x.md",
            "src/deeper/x.md",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, BINDS).unwrap();
        }
        let documents = judged(&Root::open(folder.path()).unwrap());
        assert_eq!(paths(&documents), ["docs/deep/a.md", "docs/fresh/new.md", "docs/new.md"]);
        assert_eq!(documents.mentions("src/a.rs").len(), 3);
    }

    #[test]
    fn what_an_editor_has_counts_more_than_the_disk() {
        let folder = repository(&[("docs/a.md", BINDS)]);
        let mut keeper = Keeper::open(folder.path()).unwrap();
        let said = |judged: &Judged| ide::documents::diagnostics(&judged.documents, "docs/a.md", Some(BINDS)).len();
        let mut editor = Texts::from([("docs/a.md".to_owned(), Arc::from(BINDS))]);
        assert_eq!(said(&keeper.judge_all(&editor)), 1, "there is no such file");
        editor.insert("src/a.rs".to_owned(), "pub fn post() {}\n".into());
        let judged = keeper.judge(&BTreeSet::from(["src/a.rs".to_owned()]), &editor);
        assert_eq!(said(&judged), 0);
        assert_eq!(judged.changed, BTreeSet::from(["docs/a.md".to_owned(), "src/a.rs".to_owned()]));
        editor.insert("docs/a.md".to_owned(), "# A\n".into());
        let judged = keeper.judge(&BTreeSet::from(["docs/a.md".to_owned()]), &editor);
        assert!(judged.documents.is_empty() && judged.documents.paths().next().is_none());
    }
}
