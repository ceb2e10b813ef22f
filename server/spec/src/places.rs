//! Where in a root the files that we read may lie: one list, from which scanning and watching follow.
//!
//! A pattern is a path from the root. `*` stands for any part of one name, `**` for any number of folders. It narrows what
//! is looked into, no more: [`crate::FileKind::of`] says what a path is, and a reader what a text is.

use crate::foreign;
use crate::project::FileKind;

/// Our own.
const OURS: &str = ".tollgate/**";

/// All patterns, ours first.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    std::iter::once(OURS).chain(foreign::READERS.iter().flat_map(|reader| reader.places).copied())
}

/// True for a folder, by its path from the root, that may hold such a file at any depth. The root itself does.
pub fn leads(folder: &str) -> bool {
    folder.is_empty() || patterns().any(|pattern| goes_on(pattern, folder))
}

/// True for a file at a path that is looked into.
pub fn holds(path: &str) -> bool {
    patterns().any(|pattern| matches(pattern, path))
}

/// The folder that is a project of its own inside another one, and the path from there, of a file that a reader knows there
/// and none knows from the outer root: a package of a larger repository. Only where the tool's folder has a name that
/// nothing else has.
pub fn inner_project(path: &str) -> Option<(&str, &str)> {
    if FileKind::of(path).is_some() {
        return None;
    }
    // A folder with a dot is its tool's down to the bottom; another one may only be called so.
    let is_its = |rest: &str| is_marked(rest) && (rest.starts_with('.') || FileKind::of(rest).is_some());
    let (at, rest) = path.match_indices('/').map(|(at, _)| (at, &path[at + 1..])).find(|(_, rest)| is_its(rest))?;
    FileKind::of(rest).is_some().then_some((&path[..at], rest))
}

/// True for a path in a folder that only one tool has.
fn is_marked(path: &str) -> bool {
    let (first, rest) = path.split_once('/').unwrap_or_default();
    !rest.is_empty() && (first == "openspec" || first.starts_with('.')) && leads(first)
}

/// True for the last names of an absolute path, `/` separated, that may lead to such a file or be one, whatever root it
/// belongs to: whether the root ends here or there is not known.
pub fn may_concern(path: &str) -> bool {
    let starts = path.match_indices('/').map(|(at, _)| at + 1).chain([0]);
    starts.into_iter().any(|start| leads(&path[start..]) || holds(&path[start..]))
}

/// For each folder that a pattern goes through and for the pattern itself, the glob of an editor that finds it below any
/// root. Patterns that begin in the same folder share one: an editor keeps a watch for each.
pub fn globs() -> Vec<String> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for pattern in patterns() {
        let first = pattern.split('/').next().unwrap_or(pattern);
        let at = groups.iter().position(|(known, _)| *known == first).unwrap_or_else(|| {
            groups.push((first, Vec::new()));
            groups.len() - 1
        });
        let ends = pattern.match_indices('/').map(|(at, _)| at).chain([pattern.len()]);
        for end in ends {
            let part = pattern[..end].to_owned();
            if !groups[at].1.contains(&part) {
                groups[at].1.push(part);
            }
        }
    }
    let glob = |parts: Vec<String>| match parts.as_slice() {
        [only] => format!("**/{only}"),
        all => format!("**/{{{}}}", all.join(",")),
    };
    groups.into_iter().map(|(_, parts)| glob(parts)).collect()
}

/// True when something below `folder` may match.
fn goes_on(pattern: &str, folder: &str) -> bool {
    let (mut pattern, mut folder) = (pattern.split('/'), folder.split('/'));
    loop {
        match (pattern.next(), folder.next()) {
            (Some("**"), _) => return true,
            (Some(_), None) => return true,
            (Some(part), Some(name)) if is_like(part, name) => {}
            _ => return false,
        }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    match (pattern.split_once('/'), path.split_once('/')) {
        (Some(("**", rest)), inside) => matches(rest, path) || inside.is_some_and(|(_, path)| matches(pattern, path)),
        (None, _) if pattern == "**" => true,
        (None, None) => is_like(pattern, path),
        (Some((part, rest)), Some((name, path))) => is_like(part, name) && matches(rest, path),
        _ => false,
    }
}

/// True when a name is as one part of a pattern says, in which `*` stands for anything.
fn is_like(part: &str, name: &str) -> bool {
    let Some((head, tail)) = part.split_once('*') else { return part == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    tail.split('*').try_fold(rest, |rest, piece| rest.find(piece).map(|at| &rest[at + piece.len()..])).is_some()
        && rest.ends_with(tail.rsplit('*').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_name_and_two_do_not() {
        for (pattern, path, expected) in [
            (".tollgate/**", ".tollgate/workflows/a.md", true),
            (".tollgate/**", ".tollgatex/a.md", false),
            ("specs/*/checklists/*.md", "specs/a/checklists/b.md", true),
            ("specs/*/checklists/*.md", "specs/a/b/checklists/c.md", false),
            ("specs/*/checklists/*.md", "specs/a/checklists/b.txt", false),
            ("a/**/b.md", "a/b.md", true),
            ("a/**/b.md", "a/x/y/b.md", true),
            ("a/**/b.md", "a/x/y/c.md", false),
            ("*.formula.toml", "x.formula.toml", true),
            ("*.formula.toml", ".toml", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn folders_lead_as_far_as_a_pattern_goes() {
        for folder in
            ["", ".tollgate", ".tollgate/a/b", ".claude", ".claude/agents", "specs", "specs/a", "specs/a/checklists"]
        {
            assert!(leads(folder), "{folder}");
        }
        for folder in ["src", ".claude/hooks", "specs/a/contracts", "specs/a/checklists/x", "packages/a/specs"] {
            assert!(!leads(folder), "{folder}");
        }
    }

    #[test]
    fn every_pattern_leads_to_itself() {
        for pattern in patterns() {
            let path = pattern.replace("**", "x/y").replace('*', "x");
            assert!(holds(&path), "{path}");
            for (at, _) in path.match_indices('/') {
                assert!(leads(&path[..at]), "{path}");
            }
        }
    }

    #[test]
    fn a_package_may_be_a_project_of_its_own() {
        for (path, expected) in [
            ("packages/a/.tollgate/tickets/t.md", Some(("packages/a", ".tollgate/tickets/t.md"))),
            ("packages/a/.claude/agents/x.md", Some(("packages/a", ".claude/agents/x.md"))),
            ("a/.tollgate/x/.tollgate/tickets/t.md", None),
            ("a/openspec/openspec/specs/b/spec.md", Some(("a/openspec", "openspec/specs/b/spec.md"))),
            (".claude/agents/x.md", None),
            ("packages/a/specs/001-b/spec.md", None),
            ("docs/.vitepress/config.md", None),
            ("a/.claude/settings.json", None),
        ] {
            assert_eq!(inner_project(path), expected, "{path}");
        }
    }

    #[test]
    fn one_glob_a_first_folder() {
        let globs = globs();
        assert_eq!(globs[0], "**/{.tollgate,.tollgate/**}");
        let firsts: std::collections::BTreeSet<_> = patterns().map(|pattern| pattern.split('/').next()).collect();
        assert_eq!(globs.len(), firsts.len());
    }
}
