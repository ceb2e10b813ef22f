//! What a binding points at: `path#Symbol` as in a link on a forge, a JSON pointer, a path of proto names, a table, or a
//! glob.
//!
//! ```text
//! src/ledger/api.rs#LedgerApi.post          a symbol; `.` joins containers
//! openapi/ledger.yaml#/paths/~1entries/post a JSON pointer (RFC 6901)
//! proto/ledger.proto#ledger.v1.Ledger.Post  a message, service or method
//! migrations/*.sql#table:ledger.entry       a table, wherever the files say what it is
//! src/ledger/**                             which public symbols exist
//! ```

use globset::{GlobBuilder, GlobMatcher};
use std::fmt;
use std::sync::Arc;

/// A place in the sources that a document speaks of.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Target {
    /// The file, or the files.
    pub path: PathPattern,
    /// What of it.
    pub fragment: Fragment,
}

/// A path from the root, or a glob over such paths.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PathPattern {
    /// Exactly this file; a folder has its `/` at the end.
    File(Arc<str>),
    /// Every file that matches.
    Glob(Glob),
}

/// A glob over paths from the root: `*` stays inside a name, `**` crosses folders.
#[derive(Clone, Debug)]
pub struct Glob {
    pattern: Arc<str>,
    matcher: GlobMatcher,
}

/// What of a file is meant.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Fragment {
    /// All of it.
    Whole,
    /// `Container.member`, without the file's own module path.
    Symbol(Arc<str>),
    /// A JSON pointer into a JSON or YAML file, with its escapes: `/paths/~1entries/post`.
    Pointer(Arc<str>),
    /// A qualified name in a `.proto` file: `ledger.v1.Ledger.Post`.
    Proto(Arc<str>),
    /// A table, with its schema where it has one: `ledger.entry`.
    Table(Arc<str>),
}

/// A side of a symbol that is compared by itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Facet {
    /// How it is declared.
    Sig,
    /// What its own documentation comment says.
    Doc,
    /// What it does.
    Body,
    /// What it is set to: the right side of a constant, the columns of a table.
    Value,
    /// Which public symbols there are.
    Surface,
}

impl Facet {
    /// All of them, in the order in which they are written.
    pub const ALL: [Facet; 5] = [Facet::Sig, Facet::Doc, Facet::Body, Facet::Value, Facet::Surface];

    /// Its name in front matter and in the lock.
    pub fn name(self) -> &'static str {
        match self {
            Facet::Sig => "sig",
            Facet::Doc => "doc",
            Facet::Body => "body",
            Facet::Value => "value",
            Facet::Surface => "surface",
        }
    }

    /// The facet of that name.
    pub fn parse(name: &str) -> Option<Facet> {
        Facet::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// What changed, in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Facet::Sig => "signature",
            Facet::Doc => "documentation comment",
            Facet::Body => "body",
            Facet::Value => "value",
            Facet::Surface => "public surface",
        }
    }
}

/// Why a target cannot be used, as a clause for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// Nothing is there.
    #[error("a target is empty")]
    Empty,
    /// The path leaves the root, is absolute or is no glob.
    #[error("{0}")]
    Path(String),
    /// `#L10-L20`.
    #[error("line numbers are no anchor: they move with every edit; name the symbol")]
    Lines,
    /// `src/**#Symbol`.
    #[error("a glob stands for many files, so it cannot name one symbol")]
    GlobWithSymbol,
    /// A symbol that no language could spell.
    #[error("`{0}` is not a symbol path such as `Type.member`")]
    Symbol(String),
}

impl Target {
    /// Reads a target whose path is written from the root, or with `./` or `../` from the folder of `document`.
    pub fn parse(written: &str, document: &str) -> Result<Target, TargetError> {
        let written = written.trim();
        let (path, fragment) = written.split_once('#').unwrap_or((written, ""));
        let relative = path.starts_with("./") || path.starts_with("../");
        let path = if relative { join(document, path) } else { Some(path.to_owned()) };
        Target::of(path, fragment)
    }

    /// Reads the target of a link in `document`, whose path is relative to it and may hold `%20` and the like.
    pub fn of_link(written: &str, document: &str) -> Result<Target, TargetError> {
        let (path, fragment) = written.split_once('#').unwrap_or((written, ""));
        Target::of(join(document, &unescaped(path)), &unescaped(fragment))
    }

    fn of(path: Option<String>, fragment: &str) -> Result<Target, TargetError> {
        let path = path.ok_or_else(|| TargetError::Path("a path may not leave the root with `..`".to_owned()))?;
        if path.is_empty() {
            return Err(TargetError::Empty);
        }
        if let Some(fault) = spec::values::path_fault(&path) {
            return Err(TargetError::Path(fault));
        }
        let fragment = Fragment::parse(fragment, &path)?;
        let path = PathPattern::new(&path).map_err(TargetError::Path)?;
        match (&path, &fragment) {
            (PathPattern::Glob(_), Fragment::Whole | Fragment::Table(_)) | (PathPattern::File(_), _) => {
                Ok(Target { path, fragment })
            }
            (PathPattern::Glob(_), _) => Err(TargetError::GlobWithSymbol),
        }
    }

    /// True when it stands for more than one file.
    pub fn is_glob(&self) -> bool {
        matches!(self.path, PathPattern::Glob(_))
    }

    /// The file, when it is one.
    pub fn file(&self) -> Option<&Arc<str>> {
        match &self.path {
            PathPattern::File(path) => Some(path),
            PathPattern::Glob(_) => None,
        }
    }

    /// The same fragment in another file.
    pub fn in_file(&self, path: &str) -> Target {
        Target { path: PathPattern::File(path.into()), fragment: self.fragment.clone() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path.as_str())?;
        match &self.fragment {
            Fragment::Whole => Ok(()),
            fragment => write!(f, "#{fragment}"),
        }
    }
}

impl PathPattern {
    /// A path with `*`, `?`, `[` or `{`, or with `/` at the end, is a glob.
    pub fn new(path: &str) -> Result<PathPattern, String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.ends_with('/') || path.contains(['*', '?', '[', '{']) {
            Glob::new(path).map(PathPattern::Glob)
        } else {
            Ok(PathPattern::File(path.into()))
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        match self {
            PathPattern::File(path) => path,
            PathPattern::Glob(glob) => &glob.pattern,
        }
    }

    /// True when it stands for this file.
    pub fn matches(&self, path: &str) -> bool {
        match self {
            PathPattern::File(own) => **own == *path,
            PathPattern::Glob(glob) => glob.matches(path),
        }
    }
}

impl Glob {
    /// Reads a glob; a folder (`src/`) stands for everything below it. The error is a clause for people.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
        let glob = GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build();
        let matcher = glob.map_err(|error| format!("not a glob: {}", error.kind()))?.compile_matcher();
        Ok(Glob { pattern: pattern.into(), matcher })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// True when this path from the root matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// The folder all matches lie in, with its `/`, or nothing for the root.
    pub fn folder(&self) -> &str {
        let fixed = self.pattern.find(['*', '?', '[', '{', '\\']).map_or(&*self.pattern, |at| &self.pattern[..at]);
        fixed.rfind('/').map_or("", |slash| &fixed[..=slash])
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Glob) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Glob {}

impl std::hash::Hash for Glob {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

impl PartialOrd for Glob {
    fn partial_cmp(&self, other: &Glob) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Glob {
    fn cmp(&self, other: &Glob) -> std::cmp::Ordering {
        self.pattern.cmp(&other.pattern)
    }
}

impl Fragment {
    /// Reads what stands behind `#`; what it can be depends on the file.
    pub fn parse(written: &str, path: &str) -> Result<Fragment, TargetError> {
        if written.is_empty() {
            return Ok(Fragment::Whole);
        }
        if let Some(table) = written.strip_prefix("table:") {
            return Ok(Fragment::Table(table.trim().into()));
        }
        if written.starts_with('/') {
            return Ok(Fragment::Pointer(written.into()));
        }
        if is_lines(written) {
            return Err(TargetError::Lines);
        }
        let dotted = written.replace("::", ".");
        let name = dotted.trim_end_matches("()");
        let part = |part: &str| {
            !part.is_empty()
                && part.chars().all(|letter| letter.is_alphanumeric() || "_$#?!=<>+-*/%&|^~[]@:".contains(letter))
        };
        if !name.split('.').all(part) {
            return Err(TargetError::Symbol(written.to_owned()));
        }
        Ok(if path.ends_with(".proto") { Fragment::Proto(name.into()) } else { Fragment::Symbol(name.into()) })
    }

    /// The last name of it: `post` of `Ledger.post`.
    pub fn name(&self) -> Option<&str> {
        match self {
            Fragment::Whole => None,
            Fragment::Symbol(path) | Fragment::Proto(path) | Fragment::Table(path) => path.rsplit('.').next(),
            Fragment::Pointer(pointer) => pointer.rsplit('/').next(),
        }
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fragment::Whole => Ok(()),
            Fragment::Symbol(written) | Fragment::Pointer(written) | Fragment::Proto(written) => f.write_str(written),
            Fragment::Table(table) => write!(f, "table:{table}"),
        }
    }
}

/// `L10`, `L10-L20`, `L10C3`: lines of a forge.
fn is_lines(fragment: &str) -> bool {
    let Some(rest) = fragment.strip_prefix('L') else { return false };
    rest.starts_with(|first: char| first.is_ascii_digit())
        && rest.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | 'L' | 'C'))
}

/// A path relative to the folder of `document`, as a path from the root; nothing when it leaves the root.
pub fn join(document: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// The path that a link in `document` has to say to mean `path`, both from the root.
pub fn relative(document: &str, path: &str) -> String {
    let from: Vec<&str> = document.split('/').collect();
    let to: Vec<&str> = path.split('/').collect();
    let folders = &from[..from.len() - 1];
    let same = folders.iter().zip(&to[..to.len() - 1]).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", folders.len() - same);
    up.chain(to[same..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// `%20` and the like as what they stand for.
pub(crate) fn unescaped(written: &str) -> String {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [first, behind @ ..] = rest {
        let hex = behind.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Target {
        Target::parse(written, "docs/ledger.md").unwrap()
    }

    #[test]
    fn is_printed_as_it_is_read() {
        for written in [
            "src/a.rs",
            "src/a.rs#Ledger.post",
            "openapi/l.yaml#/paths/~1entries/post",
            "proto/l.proto#ledger.v1.Ledger.Post",
            "migrations/*.sql#table:ledger.entry",
            "src/ledger/**",
            "src/ledger/",
        ] {
            assert_eq!(read(written).to_string(), written);
        }
        assert_eq!(read("src/a.rs#Ledger::post()").fragment, Fragment::Symbol("Ledger.post".into()));
        assert_eq!(read("l.proto#a.B").fragment, Fragment::Proto("a.B".into()));
        assert_eq!(read("m/*.sql#table:e").fragment, Fragment::Table("e".into()));
        assert_eq!(read("../src/a.rs").to_string(), "src/a.rs");
        assert_eq!(read("./x.rs#A").to_string(), "docs/x.rs#A");
    }

    #[test]
    fn of_a_link_is_relative_to_its_document() {
        let link = |written: &str| Target::of_link(written, "docs/a b/l.md").map(|target| target.to_string());
        assert_eq!(link("../../src/my%20file.rs#A"), Ok("src/my file.rs#A".to_owned()));
        assert_eq!(link("x.rs"), Ok("docs/a b/x.rs".to_owned()));
        assert!(matches!(link("../../../x.rs"), Err(TargetError::Path(_))));
        for (document, path, link) in
            [("docs/a.md", "src/x.rs", "../src/x.rs"), ("a.md", "src/x.rs", "src/x.rs"), ("d/e/a.md", "d/x", "../x")]
        {
            assert_eq!(relative(document, path), link);
            assert_eq!(join(document, link).as_deref(), Some(path));
        }
    }

    #[test]
    fn that_cannot_be_used_says_why() {
        let fault = |written: &str| Target::parse(written, "a.md").unwrap_err();
        assert_eq!(fault(""), TargetError::Empty);
        assert_eq!(fault("src/a.rs#L10-L20"), TargetError::Lines);
        assert_eq!(fault("src/**#A"), TargetError::GlobWithSymbol);
        assert!(matches!(fault("/etc/passwd"), TargetError::Path(_)));
        assert!(matches!(fault("../x"), TargetError::Path(_)));
        assert!(matches!(fault("a.rs#two words"), TargetError::Symbol(_)));
        assert!(matches!(fault("https://example.org/a#b"), TargetError::Path(_)));
    }

    #[test]
    fn globs_know_their_folder() {
        let glob = |pattern: &str| Glob::new(pattern).unwrap();
        assert_eq!(glob("src/ledger/**").folder(), "src/ledger/");
        assert_eq!(glob("src/*/a.rs").folder(), "src/");
        assert_eq!(glob("*.rs").folder(), "");
        assert!(glob("src/").matches("src/a/b.rs") && glob("src/**").matches("src/a.rs"));
        assert!(!glob("src/*.rs").matches("src/a/b.rs"));
    }
}
