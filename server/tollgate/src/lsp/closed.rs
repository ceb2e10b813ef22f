//! Files that are not open. What they say is known; their texts are not kept, so an answer that needs one reads it, and
//! makes sure that it is still the text from which everything else was understood. A file that has changed since is read
//! as a change instead: no place in it can be told until then.

use super::{analysis::Place, lane::Lane};
use crate::workbench::Reader;
use spec::SpecFile;
use std::{
    cell::{Cell, OnceCell},
    path::Path,
    sync::Arc,
};
use text::BlobId;

/// Reads the closed files of one root, for one answer.
pub(super) struct Closed {
    root: Arc<Path>,
    lane: Lane,
    reader: OnceCell<Reader>,
    changed: Cell<bool>,
}

impl Closed {
    /// Nothing is opened before something is asked for.
    pub(super) fn new(root: Arc<Path>, lane: Lane) -> Closed {
        Closed { root, lane, reader: OnceCell::new(), changed: Cell::new(false) }
    }

    /// The file with its text. None when it is not known, or is no longer what is known of it.
    pub(super) fn file(&self, known: &ide::Snapshot, path: &str) -> Option<Arc<SpecFile>> {
        let file = known.file(path)?;
        if file.text().is_some() {
            return Some(file.clone());
        }
        let text = self.reader.get_or_init(|| Reader::new(&self.root)).text(path);
        let found = text.and_then(|text| file.with_text(text.into())).map(Arc::new);
        if found.is_none() {
            self.is_changed(path);
        }
        found
    }

    /// The text of a delivery file, of a source file in which something was found, or of what was judged with documents.
    pub(super) fn text(&self, known: &ide::Snapshot, path: &str) -> Option<Arc<str>> {
        // Of what is judged while somebody types in it, places are those of the judged text.
        if let (None, Some(judged)) = (known.file(path), known.documents.text(path)) {
            return Some(judged.clone());
        }
        match (known.file(path), known.documents.blob(path)) {
            (Some(_), _) => self.file(known, path)?.text().cloned(),
            (None, None) => known.live.sources.get(path).cloned(),
            (None, Some(judged)) => {
                let text = self.reader.get_or_init(|| Reader::new(&self.root)).text(path);
                let found = text.filter(|text| BlobId::of(text.as_bytes()) == judged).map(Arc::from);
                if found.is_none() {
                    self.is_changed(path);
                }
                found
            }
        }
    }

    fn is_changed(&self, path: &str) {
        self.changed.set(true);
        let path = self.root.join(path);
        self.lane.update(move |state| state.paths_changed(&[path]));
    }

    /// True for a file of the root, whatever is in it.
    pub(super) fn is_there(&self, path: &str) -> bool {
        self.reader.get_or_init(|| Reader::new(&self.root)).is_file(path)
    }

    /// True when a file was asked for that has changed: the answer would be about a state that is gone.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// The root and the path of a file.
    pub(super) fn place(&self, path: &str) -> Place {
        Place { root: self.root.clone(), path: path.into() }
    }
}
