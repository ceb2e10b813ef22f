//! The files that documents are judged against, whoever keeps them: a folder on disk, a commit, unsaved editor texts.

use crate::print::Resolution;
use crate::source::Source;
use crate::target::{Fragment, Glob};
use std::sync::Arc;
use text::BlobId;

/// The sources and documents of one root. Paths are from the root, `/` separated.
pub trait Tree {
    /// The text of a file as it is now, unsaved edits included; nothing when it is not there or is no text.
    fn text(&self, path: &str) -> Option<Arc<str>>;

    /// The same file, read; whoever is asked often keeps it.
    fn source(&self, path: &str) -> Option<Arc<Source>> {
        self.text(path).map(|text| Arc::new(Source::read(path, &text)))
    }

    /// What a fragment means in a file; nothing when there is no such text.
    fn resolve(&self, path: &str, fragment: &Fragment) -> Option<Resolution> {
        self.source(path).map(|source| source.resolve(fragment))
    }

    /// The content id of a file.
    fn id(&self, path: &str) -> Option<BlobId> {
        self.text(path).map(|text| BlobId::of(text.as_bytes()))
    }

    /// The files that match, in order. What is ignored or vendored is not among them.
    fn paths(&self, glob: &Glob) -> Vec<String>;

    /// What a file said once, by its content id; nothing when nobody keeps it any more.
    fn blob(&self, id: BlobId) -> Option<Arc<str>>;

    /// True when there is such a file.
    fn exists(&self, path: &str) -> bool {
        self.text(path).is_some()
    }
}

/// Texts in memory.
#[derive(Clone, Default, Debug)]
pub struct Texts {
    files: std::collections::BTreeMap<String, Arc<str>>,
    blobs: std::collections::HashMap<BlobId, Arc<str>>,
}

impl Texts {
    /// Puts a file in, or replaces it; what it said before is still known by its content id.
    pub fn set(&mut self, path: &str, text: &str) {
        let text: Arc<str> = text.into();
        self.blobs.insert(BlobId::of(text.as_bytes()), Arc::clone(&text));
        self.files.insert(path.to_owned(), text);
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// The files, in order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.files.iter().map(|(path, text)| (&**path, text))
    }
}

impl Tree for Texts {
    fn text(&self, path: &str) -> Option<Arc<str>> {
        self.files.get(path).cloned()
    }

    fn paths(&self, glob: &Glob) -> Vec<String> {
        self.files.keys().filter(|path| glob.matches(path)).cloned().collect()
    }

    fn blob(&self, id: BlobId) -> Option<Arc<str>> {
        self.blobs.get(&id).cloned()
    }
}
