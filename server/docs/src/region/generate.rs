//! What a generator is asked, and why it may not answer.
//!
//! A generator is a pure function of the bytes of the repository: nothing of a clock, a line number, an absolute path or
//! a version of a tool stands in what it writes, and files count in an order of their own, whoever lists them.

use super::{Kind, Region};
use crate::target::{Glob, PathPattern, Target, TargetError};
use crate::tree::Tree;
use std::sync::Arc;
use text::{Span, Spanned};

/// A region that wants to be written.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Path of the document.
    pub document: &'a str,
    /// The region.
    pub region: &'a Region,
    /// What it is written from.
    pub tree: &'a dyn Tree,
}

/// Why there is nothing to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Why.
    pub kind: FaultKind,
    /// The word of the marker it is about.
    pub span: Span,
}

/// See [`Fault::kind`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultKind {
    /// A word that the generator needs is not there.
    #[error("`{kind}` needs {wanted}, as in `{kind} {example}`")]
    Wanted {
        /// The generator.
        kind: Kind,
        /// What, in words.
        wanted: &'static str,
        /// A good one.
        example: &'static str,
    },
    /// A word that the generator has no use for.
    #[error("`{kind}` has no use for this word")]
    Unused {
        /// The generator.
        kind: Kind,
    },
    /// Not a target.
    #[error(transparent)]
    Target(TargetError),
    /// No such file, or none that matches.
    #[error("{}", if *.glob { format!("no file matches `{path}`") } else { format!("no such file: {path}") })]
    NoFile {
        /// As written.
        path: String,
        /// True when several were possible.
        glob: bool,
    },
    /// No document says that it is a bounded context.
    #[error("no document of `{path}` says `kind: bounded-context`")]
    NoContext {
        /// As written.
        path: String,
    },
    /// The file does not have it.
    #[error("`{name}` is not in {path}{}", .nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Missing {
        /// What.
        name: String,
        /// Where.
        path: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// It cannot be told what to write; the region stays as it is, and nothing is said against it.
    #[error("{path}: {why}")]
    Unknown {
        /// The file.
        path: String,
        /// Why, as a clause.
        why: String,
    },
}

impl Fault {
    /// True when it only means that nothing can be said.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, FaultKind::Unknown { .. })
    }
}

/// A file with its text.
pub(super) type File = (String, Arc<str>);

impl<'a> Request<'a> {
    /// What the region has to say now.
    pub fn generate(self) -> Result<String, Fault> {
        match self.region.kind.value {
            Kind::AdrIndex => super::adr_index::generate(self),
            Kind::Backlinks => super::backlinks::generate(self),
            Kind::Schema => super::schema::generate(self),
            Kind::Endpoints => super::endpoints::generate(self),
            Kind::Api => super::api::generate(self),
            Kind::Symbols => super::symbols::generate(self),
            Kind::Snippet => super::snippet::generate(self),
            Kind::ContextMap => super::context_map::generate(self),
        }
    }

    /// The files whose change may change the region.
    pub fn inputs(self) -> Vec<PathPattern> {
        let glob =
            |found: Result<(Span, Glob), Fault>| found.into_iter().map(|(_, glob)| PathPattern::Glob(glob)).collect();
        match self.region.kind.value {
            Kind::AdrIndex => return glob(self.folder("*.md")),
            Kind::Backlinks if self.region.arguments.is_empty() => return glob(self.everywhere()),
            Kind::Backlinks => return glob(self.folder("**/*.md")),
            _ => {}
        }
        self.region.arguments.iter().filter_map(|word| Some(self.target(word).ok()?.path)).collect()
    }

    pub(super) fn fault(self, kind: FaultKind) -> Fault {
        Fault { kind, span: self.region.kind.span }
    }

    pub(super) fn unknown(self, path: &str, why: &str) -> Fault {
        self.fault(FaultKind::Unknown { path: path.to_owned(), why: why.to_owned() })
    }

    /// The targets that the words name, at least one.
    pub(super) fn targets(
        self,
        wanted: &'static str,
        example: &'static str,
    ) -> Result<Vec<(&'a Spanned<String>, Target)>, Fault> {
        let words = &self.region.arguments;
        if words.is_empty() {
            return Err(self.fault(FaultKind::Wanted { kind: self.region.kind.value, wanted, example }));
        }
        words.iter().map(|word| Ok((word, self.target(word)?))).collect()
    }

    pub(super) fn target(self, word: &Spanned<String>) -> Result<Target, Fault> {
        Target::parse(&word.value, self.document)
            .map_err(|error| Fault { kind: FaultKind::Target(error), span: word.span })
    }

    /// The files of a target, each with its text, in the order of their paths.
    pub(super) fn files(self, word: &Spanned<String>, target: &Target) -> Result<Vec<File>, Fault> {
        let (mut paths, glob) = match &target.path {
            PathPattern::File(path) if self.tree.exists(path) => (vec![path.to_string()], false),
            PathPattern::File(_) => (Vec::new(), false),
            PathPattern::Glob(glob) => (self.tree.paths(glob), true),
        };
        if paths.is_empty() {
            let kind = FaultKind::NoFile { path: target.path.as_str().to_owned(), glob };
            return Err(Fault { kind, span: word.span });
        }
        paths.sort();
        paths.dedup();
        // of a glob a file may be gone that git still lists
        paths.retain(|path| !glob || self.tree.exists(path));
        paths.into_iter().map(|path| Ok((path.clone(), self.text(&path)?))).collect()
    }

    /// A file that is known to be there.
    pub(super) fn text(self, path: &str) -> Result<Arc<str>, Fault> {
        self.tree.text(path).ok_or_else(|| self.unknown(path, "it is too large, or no text"))
    }

    /// The files `what` of the folder that the first word names, or of the document's own; a glob stands for itself.
    pub(super) fn folder(self, what: &str) -> Result<(Span, Glob), Fault> {
        let mut words = self.region.arguments.iter();
        let (span, folder) = match words.next() {
            None => {
                let folder = self.document.rsplit_once('/').map(|(folder, _)| folder.to_owned());
                (self.region.kind.span, folder.unwrap_or_default())
            }
            Some(word) if word.value == "." => (word.span, String::new()),
            Some(word) => match self.target(word)?.path {
                PathPattern::Glob(glob) if !glob.as_str().ends_with('/') => return Ok((word.span, glob)),
                path => (word.span, path.as_str().trim_end_matches('/').to_owned()),
            },
        };
        if let Some(word) = words.next() {
            return Err(Fault { kind: FaultKind::Unused { kind: self.region.kind.value }, span: word.span });
        }
        let slash = if folder.is_empty() { "" } else { "/" };
        self.glob(&format!("{}{slash}{what}", globset::escape(&folder)), span)
    }

    /// All documents.
    pub(super) fn everywhere(self) -> Result<(Span, Glob), Fault> {
        self.glob("**/*.md", self.region.kind.span)
    }

    fn glob(self, pattern: &str, span: Span) -> Result<(Span, Glob), Fault> {
        let glob = Glob::new(pattern).map_err(|why| Fault { kind: FaultKind::Target(TargetError::Path(why)), span })?;
        Ok((span, glob))
    }

    /// The documents below a folder, or that a glob names, without this one.
    pub(super) fn documents(self, glob: &Glob) -> Vec<File> {
        let mut paths = self.tree.paths(glob);
        paths.retain(|path| path.ends_with(".md") && path != self.document);
        paths.sort();
        paths.dedup();
        paths.into_iter().filter_map(|path| Some((path.clone(), self.tree.text(&path)?))).collect()
    }
}
