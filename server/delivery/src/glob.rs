//! Globs from the root: `*` and `?` stay inside a segment, `**` crosses segments, `{a,b}` and `[ab]` as usual.

use globset::{GlobBuilder, GlobMatcher};
use std::collections::BTreeMap;
use std::ops::Bound;

/// A compiled glob.
#[derive(Clone, Debug)]
pub struct Glob {
    /// None for one path, which is the prefix: most outputs are, and compiling costs more than all else of a plan.
    matcher: Option<GlobMatcher>,
    prefix: String,
}

impl Glob {
    /// Compiles a glob; the error is a sentence. A folder (`docs/`) stands for everything below it. A pattern that
    /// leaves the root matches nothing that can exist, so it is refused.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let pattern = pattern.trim_start_matches("./");
        if pattern.is_empty() || pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") {
            return Err(format!("`{pattern}` is not a path below the root"));
        }
        if is_plain(pattern) {
            return Ok(Glob { matcher: None, prefix: pattern.to_owned() });
        }
        let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
        match GlobBuilder::new(&whole).literal_separator(true).backslash_escape(true).build() {
            Ok(glob) => Ok(Glob { matcher: Some(glob.compile_matcher()), prefix: literal_prefix(pattern).to_owned() }),
            Err(error) => Err(format!("`{pattern}` is not a glob: {}", error.kind())),
        }
    }

    /// True when the path (from the root, `/` separated) is meant.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.as_ref().map_or(self.prefix == path, |matcher| matcher.is_match(path))
    }

    /// What every path that is meant begins with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The entries whose paths are meant. Only those that begin like the glob are looked at, so a glob of one folder
    /// costs what the folder holds and not what the repository holds.
    pub fn select<'a, T>(&'a self, files: &'a BTreeMap<String, T>) -> impl Iterator<Item = (&'a String, &'a T)> {
        let from = files.range::<str, _>((Bound::Included(self.prefix.as_str()), Bound::Unbounded));
        from.take_while(|(path, _)| path.starts_with(&self.prefix)).filter(|(path, _)| self.matches(path))
    }
}

/// What every path that is meant begins with.
fn literal_prefix(pattern: &str) -> &str {
    pattern.find(['*', '?', '[', '{', '\\']).map_or(pattern, |at| &pattern[..at])
}

/// True when the pattern is one path and nothing else.
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', ']', '{', '}', '\\']) && !pattern.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_path_means_what_it_means_to_the_matcher(pattern in "[aB/. é~!-]{1,5}", path in "[aB/. é~!-]{1,5}") {
            if let Ok(glob) = Glob::new(&pattern)
                && is_plain(&pattern)
            {
                let build = |text: &str| GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
                let matcher = build(pattern.trim_start_matches("./")).unwrap().compile_matcher();
                prop_assert_eq!(glob.matches(&path), matcher.is_match(&path));
                prop_assert!(glob.matches(pattern.trim_start_matches("./")));
            }
        }

        #[test]
        fn selecting_finds_what_matching_finds(
            pattern in "[ab*?/.{},\\[\\]]{1,8}",
            paths in proptest::collection::vec("[ab/.]{1,6}", 0..20),
        ) {
            let files: BTreeMap<String, ()> = paths.into_iter().map(|path| (path, ())).collect();
            if let Ok(glob) = Glob::new(&pattern) {
                let matched: Vec<&String> = files.keys().filter(|path| glob.matches(path)).collect();
                let selected: Vec<&String> = glob.select(&files).map(|(path, _)| path).collect();
                prop_assert_eq!(selected, matched);
            }
        }
    }

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
