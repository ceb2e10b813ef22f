//! What documents say of code and whether it is still so, as an editor shows it: in the document and in the code.
//!
//! [`Documents`] is plain data, judged by whoever has a [`docs::tree::Tree`]. Places in it belong to the texts that were
//! judged; in a text that is being typed they are moved along ([`moved`]), and what was typed into is not shown until it was
//! judged again.

pub mod completing;
pub mod mending;
pub mod moved;
pub mod page;
pub mod renaming;
pub mod views;

pub use page::{Mention, Page};

use crate::diagnostic::{Diagnostic, Related};
use docs::contexts::{Contexts, Edge};
use docs::document::{Anchor, Document, Origin};
use docs::library::{self, Library};
use docs::lock::{self, Lock};
use docs::target::{Fragment, Glob, PathPattern, Target, relative};
use docs::tree::{Texts, Tree};
use moved::Moved;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use text::BlobId;

/// The documents of a root that bind something, judged. Cloning is cheap.
#[derive(Clone, Default, Debug)]
pub struct Documents(Arc<Shelf>);

#[derive(Clone, Default, Debug)]
struct Shelf {
    pages: BTreeMap<Arc<str>, Arc<Page>>,
    /// What pages say of a source, by its path.
    mentions: BTreeMap<Arc<str>, Vec<Mention>>,
    /// The texts that places belong to.
    texts: BTreeMap<Arc<str>, Version>,
    /// All documents, and who speaks of what.
    library: Library,
    /// What is between bounded contexts.
    edges: Arc<[Edge]>,
    /// The files that they look into, whether they are there or not.
    files: BTreeSet<Arc<str>>,
    globs: BTreeSet<Glob>,
}

/// A text as it was judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// Its content id.
    pub blob: BlobId,
    /// The text itself, where somebody types in it.
    pub text: Option<Arc<str>>,
}

impl Version {
    /// A text that is kept, because somebody types in it or places of it are shown.
    pub fn kept(text: &Arc<str>) -> Version {
        Version { blob: BlobId::of(text.as_bytes()), text: Some(text.clone()) }
    }
}

impl Documents {
    /// Every document of a tree in memory.
    pub fn of(tree: &Texts) -> Documents {
        let pages = tree.files().filter(|(path, _)| path.ends_with(".md"));
        let read = pages.map(|(path, text)| Arc::new(Document::read(path, text)));
        let mut library = Library::default();
        read.filter(|document| page::binds(document)).for_each(|document| library.set(document));
        library.set_lock(tree.text(lock::PATH).map(|text| Lock::read(&text).lock).unwrap_or_default());
        let page = |document: &Arc<Document>| Page::judge(document.clone(), library.lock(), tree, None);
        let judge = |document: &Arc<Document>| (document.path.clone(), Some(page(document)));
        let judged = library.documents().map(judge).collect();
        let mut documents = Documents::default();
        let contexts = Contexts::read(library.documents().map(|document| (**document).clone()), tree);
        documents.update(library.clone(), judged, Some(contexts.edges), &|path| {
            tree.text(path).map(|text| Version::kept(&text))
        });
        documents
    }

    /// True where no document binds anything.
    pub fn is_empty(&self) -> bool {
        self.0.pages.is_empty()
    }

    /// The document at a path.
    pub fn page(&self, path: &str) -> Option<&Arc<Page>> {
        self.0.pages.get(path)
    }

    /// What documents were last in step with, and who speaks of what.
    pub fn library(&self) -> &Library {
        &self.0.library
    }

    /// What is between bounded contexts.
    pub fn edges(&self) -> &[Edge] {
        &self.0.edges
    }

    /// All documents, by path.
    pub fn pages(&self) -> impl Iterator<Item = &Arc<Page>> {
        self.0.pages.values()
    }

    /// What documents say of a source, in order of document and place.
    pub fn mentions(&self, path: &str) -> &[Mention] {
        self.0.mentions.get(path).map_or(&[], Vec::as_slice)
    }

    /// Paths of every document and source that something can be said of.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.pages.keys().chain(self.0.mentions.keys()).map(|path| &**path)
    }

    /// True for a document, and for a source that one speaks of.
    pub fn speak_of(&self, path: &str) -> bool {
        self.0.pages.contains_key(path) || self.0.mentions.contains_key(path)
    }

    /// True when something of what is said here may change with this file.
    pub fn depend_on(&self, path: &str) -> bool {
        !self.is_empty() && !self.0.library.affected(path).is_empty()
    }

    /// The files that pages speak of, whether they are there or not.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.files.iter().map(|path| &**path)
    }

    /// The globs that pages speak of.
    pub fn globs(&self) -> impl Iterator<Item = &Glob> {
        self.0.globs.iter()
    }

    /// The text of a file as it was judged, where it is kept.
    pub fn text(&self, path: &str) -> Option<&Arc<str>> {
        self.0.texts.get(path)?.text.as_ref()
    }

    /// Content id of a file as it was judged.
    pub fn blob(&self, path: &str) -> Option<BlobId> {
        self.0.texts.get(path).map(|version| version.blob)
    }

    /// Keeps what was judged anew, `None` for documents that bind nothing any more, and the texts that it belongs to.
    /// Gives the paths of which something else can be said now.
    pub fn update(
        &mut self,
        library: Library,
        judged: Vec<(Arc<str>, Option<Page>)>,
        edges: Option<Vec<Edge>>,
        versions: &dyn Fn(&str) -> Option<Version>,
    ) -> BTreeSet<String> {
        let shelf = Arc::make_mut(&mut self.0);
        shelf.library = library;
        let mut touched: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut changed: BTreeSet<Arc<str>> = BTreeSet::new();
        for (path, page) in judged {
            let same = shelf.pages.get(&path).zip(page.as_ref()).is_some_and(|(old, new)| old.says_what(new));
            if !same {
                changed.insert(path.clone());
                let old = shelf.pages.get(&path).into_iter().flat_map(|page| page.mentioned());
                changed.extend(old.chain(page.iter().flat_map(|page| page.mentioned())).cloned());
            }
            if let Some(old) = shelf.pages.remove(&path) {
                for source in old.mentioned() {
                    touched.insert(source.clone());
                    if let Some(all) = shelf.mentions.get_mut(source) {
                        all.retain(|mention| mention.document != path);
                    }
                }
            }
            touched.insert(path.clone());
            let Some(page) = page else { continue };
            for source in page.mentioned() {
                touched.insert(source.clone());
                shelf.mentions.entry(source.clone()).or_default();
            }
            for new in &page.mentions {
                shelf.mentions.entry(new.source.clone()).or_default().push(new.clone());
            }
            shelf.pages.insert(path, Arc::new(page));
        }
        if let Some(edges) = edges.filter(|edges| **edges != *shelf.edges) {
            for edge in shelf.edges.iter().chain(&edges).filter(|edge| edge.undeclared) {
                let places = edge.imports.iter().map(|used| Arc::from(used.path.as_str())).chain([edge.from.clone()]);
                for path in places.collect::<Vec<Arc<str>>>() {
                    changed.insert(path.clone());
                    shelf.mentions.entry(path.clone()).or_default();
                    touched.insert(path);
                }
            }
            shelf.edges = edges.into();
        }
        for path in &touched {
            if let Some(all) = shelf.mentions.get_mut(path) {
                all.sort_by(|a, b| (a.span, &a.document, a.anchor).cmp(&(b.span, &b.document, b.anchor)));
            }
            let used = |edge: &Edge| edge.undeclared && edge.imports.iter().any(|used| *used.path == **path);
            let named = || {
                shelf.pages.values().any(|page| page.added.iter().any(|new| new.source == *path))
                    || shelf.edges.iter().any(used)
            };
            if shelf.mentions.get(path).is_some_and(Vec::is_empty) && !named() {
                shelf.mentions.remove(path);
            }
            let speaks = shelf.pages.contains_key(path) || shelf.mentions.contains_key(path);
            match versions(path).filter(|_| speaks) {
                Some(version) => drop(shelf.texts.insert(path.clone(), version)),
                None => drop(shelf.texts.remove(path)),
            }
        }
        (shelf.files, shelf.globs) = Default::default();
        for target in shelf.library.documents().flat_map(|document| library::targets(document)) {
            match target.path {
                PathPattern::File(path) => _ = shelf.files.insert(path),
                PathPattern::Glob(glob) => _ = shelf.globs.insert(glob),
            }
        }
        changed.into_iter().map(|path| path.to_string()).collect()
    }

    /// Where places of the judged text are in this one; none when that cannot be told.
    pub fn moved(&self, path: &str, text: Option<&str>) -> Option<Moved> {
        let version = self.0.texts.get(path)?;
        let Some(text) = text else { return Some(Moved::NOT) };
        match &version.text {
            Some(judged) => Some(Moved::between(judged, text)),
            None => (BlobId::of(text.as_bytes()) == version.blob).then_some(Moved::NOT),
        }
    }
}

/// How an anchor of a document is written that means `target`.
pub(crate) fn written(document: &str, anchor: &Anchor, target: &Target) -> String {
    match (anchor.from, target.file()) {
        (Origin::Link, Some(file)) if target.fragment == Fragment::Whole => relative(document, file),
        (Origin::Link, Some(file)) => format!("{}#{}", relative(document, file), target.fragment),
        _ => target.to_string(),
    }
}

/// What there is to say of a document, or of a source that documents speak of, at the places of this text.
pub fn diagnostics(documents: &Documents, path: &str, text: Option<&str>) -> Vec<Diagnostic> {
    if !documents.speak_of(path) {
        return Vec::new();
    }
    let Some(moved) = documents.moved(path, text) else { return Vec::new() };
    let found = crate::rules::check_documents(documents, path).into_iter();
    found.filter_map(|diagnostic| in_place(diagnostic, path, &moved)).collect()
}

/// A diagnostic at the places of a text that was typed on. A fix whose place was typed into is not offered.
fn in_place(diagnostic: Diagnostic, path: &str, moved: &Moved) -> Option<Diagnostic> {
    let span = moved.span(diagnostic.span)?;
    let related = diagnostic.related.into_iter().filter_map(|it| match it.path == path {
        true => Some(Related { span: moved.span(it.span)?, ..it }),
        false => Some(it),
    });
    let (related, mut fixes) = (related.collect(), diagnostic.fixes);
    fixes.retain_mut(|fix| {
        let own = fix.edits.iter_mut().filter(|(edited, _)| edited == path);
        own.into_iter().all(|(_, edit)| moved.exactly(edit.span).map(|span| edit.span = span).is_some())
    });
    Some(Diagnostic { span, related, fixes, ..diagnostic })
}
