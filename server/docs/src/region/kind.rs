//! The kinds of generated regions.

use std::fmt;

/// What writes a region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// An index of the decision records in a folder.
    AdrIndex,
    /// Signatures with the first sentence of their documentation.
    Api,
    /// The documents that speak of this one.
    Backlinks,
    /// Bounded contexts and what they use of each other.
    ContextMap,
    /// The operations of an API description.
    Endpoints,
    /// Tables as migrations leave them.
    Schema,
    /// A piece of source.
    Snippet,
    /// The public symbols of source files.
    Symbols,
}

impl Kind {
    /// All of them, by name.
    pub const ALL: [Kind; 8] = [
        Kind::AdrIndex,
        Kind::Api,
        Kind::Backlinks,
        Kind::ContextMap,
        Kind::Endpoints,
        Kind::Schema,
        Kind::Snippet,
        Kind::Symbols,
    ];

    /// The word in a marker.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AdrIndex => "adr-index",
            Kind::Api => "api",
            Kind::Backlinks => "backlinks",
            Kind::ContextMap => "context-map",
            Kind::Endpoints => "endpoints",
            Kind::Schema => "schema",
            Kind::Snippet => "snippet",
            Kind::Symbols => "symbols",
        }
    }

    /// The kind that a word names.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == word)
    }

    /// The kind that a mistyped word probably means.
    pub fn nearest(word: &str) -> Option<Kind> {
        spec::values::nearest(word, Kind::ALL.into_iter().map(Kind::name)).and_then(Kind::parse)
    }

    /// All names, for a message.
    pub(super) fn list() -> String {
        Kind::ALL.map(Kind::name).join(", ")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
