//! What is wrong with one file by itself, as data. Words, severities and fixes are the rules' (`ide::rules`): each kind
//! here belongs to exactly one rule.

use crate::foreign::System;
use crate::schema::{MapKind, Word};
use text::Span;

/// A problem at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// The exact token.
    pub span: Span,
}

/// The kinds of problems that a reader finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// The front matter is not closed.
    FrontMatterUnclosed,
    /// The file has no front matter though its kind needs one.
    FrontMatterMissing,
    /// The body starts with a second block of front matter, which has no effect.
    FrontMatterTwice,
    /// The YAML is not valid; the message is the parser's, shortened. The file was read line by line instead.
    InvalidYaml(String),
    /// An anchor, alias, tag or merge key: not allowed in our files.
    YamlFeature(&'static str),
    /// Nested too deep, or too large.
    TooLarge(&'static str),
    /// A key written twice.
    DuplicateKey(String),
    /// A key that no version of the format has; with the nearest known one.
    UnknownKey {
        /// As written.
        key: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// The map it stands in, for the message: "a pass", "`gate`".
        of: &'static str,
        /// The map, for the keys it knows.
        map: MapKind,
    },
    /// A required key is not there.
    MissingKey {
        /// The key.
        key: &'static str,
        /// The map it should stand in.
        of: &'static str,
    },
    /// A value of the wrong type.
    WrongType {
        /// What the key takes, in words.
        expected: &'static str,
        /// What stands there, in words.
        found: &'static str,
        /// The key.
        key: String,
    },
    /// A word that is not one of the allowed ones.
    UnknownValue {
        /// As written.
        value: String,
        /// The key.
        key: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// All allowed words.
        allowed: &'static [Word],
    },
    /// Not `^[a-z0-9][a-z0-9-]*$`.
    BadId(String),
    /// Not a duration such as `30s`, `20m`, `2h`.
    BadDuration(String),
    /// Not an amount of dollars.
    BadMoney(String),
    /// Not a quoted `X.Y.Z`.
    BadVersion(String),
    /// A command that wants a shell (a pipe, redirection, `&&`, `$`, a glob), cannot be split, or is empty.
    ShellSyntax {
        /// The character or word that wants a shell; empty when the command is.
        found: String,
    },
    /// `schema_version` is missing or not 1.
    SchemaVersion(Option<String>),
    /// The name in the file differs from the file's stem.
    NameMismatch {
        /// As written.
        name: String,
        /// The file's stem.
        stem: String,
    },
    /// An id written twice in one file: pass, output, criterion, verify, resource, tier, budget scope.
    DuplicateId {
        /// What kind of id.
        what: &'static str,
        /// The id.
        id: String,
        /// Where it stood first.
        first: Span,
    },
    /// A glob or path that leaves the root, is absolute, or cannot be compiled: why, as a clause.
    BadPath(String),
    /// A `(check: …)` or `(evidence: …)` of a criterion that cannot be read.
    BadCheck(String),
    /// Invisible or bidirectional control characters (the code point, `U+202E`).
    InvisibleCharacter(String),
    /// A baseline that cannot be read.
    BadBaseline(String),
    /// A file of another tool that only this tool reads as it is: others refuse it.
    OnlyItsTool(&'static str),
    /// Front matter of another tool's file that a strict reader of YAML refuses: why.
    LooseYaml(String),
    /// A record that is not valid JSON or not of our schema.
    BadRecord(String),
    /// What the tool that owns the file certainly refuses it for: a clause that begins with what is wrong.
    Refused(System, String),
    /// The tool that owns the file cannot read it and goes on without it: why, as a clause.
    Unreadable(System, String),
    /// What the tool that owns the file takes, and what hardly does what it says: a clause.
    Doubtful(System, String),
    /// Two programs read the file, and one of them takes less of it than the other: a clause.
    ReadersDiffer(String),
    /// A key that its tool renames or moves when it mends the file.
    OldKey {
        /// As written.
        key: String,
        /// What stands there now.
        instead: &'static str,
        /// False when it is moved elsewhere.
        renamed: bool,
    },
}
