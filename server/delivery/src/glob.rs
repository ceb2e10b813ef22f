//! Globs from the root: `*` and `?` stay inside a segment, `**` crosses segments, `{a,b}` and `[ab]` as usual.

use globset::{GlobBuilder, GlobMatcher};

/// A compiled glob.
#[derive(Clone, Debug)]
pub struct Glob(GlobMatcher);

impl Glob {
    /// Compiles a glob; the error is a sentence. A folder (`docs/`) stands for everything below it. A pattern that
    /// leaves the root matches nothing that can exist, so it is refused.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let pattern = pattern.trim_start_matches("./");
        if pattern.is_empty() || pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") {
            return Err(format!("`{pattern}` is not a path below the root"));
        }
        let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
        match GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build() {
            Ok(glob) => Ok(Glob(glob.compile_matcher())),
            Err(error) => Err(format!("`{pattern}` is not a glob: {}", error.kind())),
        }
    }

    /// True when the path (from the root, `/` separated) is meant.
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// True when the pattern is one path and nothing else.
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', ']', '{', '}', '\\']) && !pattern.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_below_the_root() {
        for bad in ["", "/etc/passwd", "../x", "a/../../b", "a/[", "./../x"] {
            assert!(Glob::new(bad).is_err(), "{bad}");
        }
        let cases = [
            ("src/**", "src/a/b.rs", true),
            ("src/**", "source/a.rs", false),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/a/b.rs", false),
            ("docs/", "docs/a/b.md", true),
            ("./docs/a.md", "docs/a.md", true),
            ("**/*.md", "a.md", true),
            ("a{b,c}.md", "ac.md", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Glob::new(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        }
    }
}
