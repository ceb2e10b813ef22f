//! All documents of a root, what they were last in step with, and who has to be judged again when something changes.
//!
//! What a change costs does not grow with the number of documents: what speaks of a file is looked up by its path and by the
//! folders above it. Cloning is cheap (persistent maps), so a clone is the snapshot a request works on.

use crate::document::Document;
use crate::drift::{self, Judgement};
use crate::lock::{self, Lock};
use crate::region::Kind;
use crate::target::{PathPattern, Target};
use crate::tree::Tree;
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Default, Debug)]
pub struct Library {
    documents: OrdMap<Arc<str>, Arc<Document>>,
    lock: Lock,
    /// Path of a source → documents that name it.
    by_file: OrdMap<Arc<str>, OrdSet<Arc<str>>>,
    /// Folder of globs → each glob with the document that has it.
    by_folder: OrdMap<Arc<str>, OrdSet<(PathPattern, Arc<str>)>>,
    /// Documents of which a region is made from other documents.
    of_all: OrdSet<Arc<str>>,
}

impl Library {
    /// Puts a document in, or replaces it.
    pub fn set(&mut self, document: Arc<Document>) {
        let path = document.path.clone();
        self.remove(&path);
        self.index(&document, true);
        self.documents.insert(path, document);
    }

    /// Takes a document out. True when it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        let Some(old) = self.documents.remove(path) else { return false };
        self.index(&old, false);
        true
    }

    /// The document at a path.
    pub fn document(&self, path: &str) -> Option<&Arc<Document>> {
        self.documents.get(path)
    }

    /// All documents, by path.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.values()
    }

    /// What documents were last in step with.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Takes the lock as it is now, and gives the documents of which it says something else than before.
    pub fn set_lock(&mut self, lock: Lock) -> BTreeSet<Arc<str>> {
        let docs = |of: &Lock, other: &Lock| {
            let differs = |(key, stamps): &(&lock::Key, &[lock::Stamp])| other.candidates(key) != *stamps;
            of.iter().filter(differs).map(|(key, _)| key.doc.clone()).collect::<BTreeSet<_>>()
        };
        let mut changed = docs(&self.lock, &lock);
        changed.extend(docs(&lock, &self.lock));
        self.lock = lock;
        changed.retain(|path| self.documents.contains_key(path));
        changed
    }

    /// The documents that speak of a file, and those that are made from other documents when it is one: everything that has to
    /// be judged again when this file changes, comes or goes. A document is always one of its own.
    pub fn affected(&self, path: &str) -> BTreeSet<Arc<str>> {
        let mut found: BTreeSet<Arc<str>> = self.by_file.get(path).into_iter().flatten().cloned().collect();
        let ends = path.match_indices('/').map(|(at, _)| at + 1);
        for end in std::iter::once(0).chain(ends) {
            let Some(globs) = self.by_folder.get(&path[..end]) else { continue };
            let hits = globs.iter().filter(|(glob, _)| glob.matches(path));
            found.extend(hits.map(|(_, document)| document.clone()));
        }
        if let Some((own, _)) = self.documents.get_key_value(path) {
            found.insert(own.clone());
            found.extend(self.of_all.iter().cloned());
        } else if path.ends_with(".md") {
            found.extend(self.of_all.iter().cloned());
        }
        found
    }

    /// True when some document speaks of this file.
    pub fn speaks_of(&self, path: &str) -> bool {
        self.affected(path).iter().any(|document| **document != *path)
    }

    /// What became of each anchor of a document; nothing for one that is not there.
    pub fn judge(&self, path: &str, tree: &dyn Tree) -> Vec<Judgement> {
        self.document(path).map(|document| drift::judge(document, &self.lock, tree)).unwrap_or_default()
    }

    fn index(&mut self, document: &Document, add: bool) {
        for target in targets(document) {
            match &target.path {
                PathPattern::File(file) => put(&mut self.by_file, file.clone(), document.path.clone(), add),
                PathPattern::Glob(glob) => {
                    let entry = (target.path.clone(), document.path.clone());
                    put(&mut self.by_folder, glob.folder().into(), entry, add);
                }
            }
        }
        let reads_all = |kind: Kind| matches!(kind, Kind::ContextMap | Kind::AdrIndex | Kind::Backlinks);
        if add && document.regions.iter().any(|region| reads_all(region.kind.value)) {
            self.of_all.insert(document.path.clone());
        } else {
            self.of_all.remove(&document.path);
        }
    }
}

fn put<K: Ord + Clone, V: Ord + Clone>(index: &mut OrdMap<K, OrdSet<V>>, key: K, value: V, add: bool) {
    if add {
        index.entry(key).or_default().insert(value);
    } else if index.get_mut(&key).is_some_and(|all| {
        all.remove(&value);
        all.is_empty()
    }) {
        index.remove(&key);
    }
}

/// Everything a document speaks of: bindings, what its regions are made from, what its fences mirror.
pub fn targets(document: &Document) -> BTreeSet<Target> {
    let anchors = document.anchors.iter().map(|anchor| anchor.target.clone());
    let words = document.regions.iter().flat_map(|region| &region.arguments);
    let words = words.chain(document.mirrors.iter().map(|mirror| &mirror.target));
    let named =
        words.filter(|word| word.contains(['/', '.'])).filter_map(|word| Target::parse(word, &document.path).ok());
    let relations = document.relations.iter().filter_map(|relation| Target::parse(relation.path.as_deref()?, "").ok());
    anchors.chain(named).chain(relations).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::{Key, Stamp};

    fn library(documents: &[(&str, &str)]) -> Library {
        let mut library = Library::default();
        for (path, text) in documents {
            library.set(Arc::new(Document::read(path, text)));
        }
        library
    }

    fn affected(library: &Library, path: &str) -> Vec<String> {
        library.affected(path).iter().map(|path| path.to_string()).collect()
    }

    const A: (&str, &str) = ("docs/a.md", "---\ndocuments: [src/x.rs#A, \"src/deep/**\"]\n---\n");
    const B: (&str, &str) = ("docs/b.md", "[x](../src/x.rs#B)\n```rs mirror=src/m.rs#M\n```\n");
    const C: (&str, &str) = ("docs/c.md", "<!-- generated: adr-index docs/adr/*.md -->\n<!-- /generated -->\n");

    #[test]
    fn what_speaks_of_a_file_is_found_by_its_path() {
        let mut library = library(&[A, B, C]);
        assert_eq!(affected(&library, "src/x.rs"), ["docs/a.md", "docs/b.md"]);
        assert_eq!(affected(&library, "src/deep/er/y.rs"), ["docs/a.md"]);
        assert_eq!(affected(&library, "src/m.rs"), ["docs/b.md"]);
        assert_eq!(affected(&library, "docs/adr/1.md"), ["docs/c.md"]);
        assert_eq!(affected(&library, "docs/a.md"), ["docs/a.md", "docs/c.md"]);
        assert_eq!(affected(&library, "src/z.rs"), [""; 0]);
        library.set(Arc::new(Document::read("docs/a.md", "nothing")));
        assert_eq!(affected(&library, "src/x.rs"), ["docs/b.md"]);
        assert!(library.remove("docs/b.md") && !library.speaks_of("src/x.rs"));
        assert!(library.by_file.is_empty());
    }

    #[test]
    fn a_lock_touches_only_what_it_says_anew() {
        let mut library = library(&[A, B]);
        let mut lock = Lock::default();
        let key = |doc: &str| Key { doc: doc.into(), section: "".into(), target: "src/x.rs#A".into() };
        lock.set(key("docs/a.md"), Stamp::default());
        lock.set(key("docs/gone.md"), Stamp::default());
        assert_eq!(library.set_lock(lock.clone()), BTreeSet::from(["docs/a.md".into()]));
        assert_eq!(library.set_lock(lock), BTreeSet::new());
        assert_eq!(library.set_lock(Lock::default()), BTreeSet::from(["docs/a.md".into()]));
    }
}
