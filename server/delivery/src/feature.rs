//! Which feature of a spec tool is being worked on, where the work is kept as features and not, or not only, as tickets.

use crate::ticket::{Hints, feature_number, time_stamp};
use spec::{Name, NameKind, Project};

/// The feature and the sentence that says why it is that one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Current {
    /// Name of its folder.
    pub feature: String,
    /// Why.
    pub why: &'static str,
}

/// The feature of that name, of that name without its system where only one has it, or of that number where only one has
/// it.
pub fn named(project: &Project, word: &str) -> Option<String> {
    let word = folder_name(word);
    let all = || project.features();
    if project.is_defined(&Name { kind: NameKind::Feature, text: word.to_owned() }) {
        return Some(word.to_owned());
    }
    let mut same = all().filter(|name| bare(name) == word);
    match (same.next(), same.next()) {
        (Some(only), None) => return Some(only.to_owned()),
        (Some(_), Some(_)) => return None,
        _ => {}
    }
    let numbered = |name: &&str| bare(name).strip_prefix(word).is_some_and(|rest| rest.starts_with('-'));
    let mut found = all().filter(numbered);
    match (word.is_empty(), found.next(), found.next()) {
        (false, Some(only), None) => Some(only.to_owned()),
        _ => None,
    }
}

/// The name without the system that it is of.
pub fn bare(feature: &str) -> &str {
    feature.rsplit(':').next().unwrap_or(feature)
}

/// The feature that a file belongs to, by its path.
fn of_file(project: &Project, path: &str) -> Option<String> {
    let own = project.file(path).and_then(|file| file.work()).and_then(|work| work.feature.clone());
    own.or_else(|| {
        // A file beside those that are read: whose folder it lies in.
        let folders = path.match_indices('/').map(|(at, _)| &path[..at + 1]);
        folders.rev().find_map(|folder| {
            let near = project.files_below(folder).find_map(|file| file.work()?.feature.clone());
            near.filter(|feature| folder_name(folder) == bare(feature))
        })
    })
}

/// The feature that a branch belongs to: its name, or the number that it begins with.
pub fn of_branch(project: &Project, branch: &str) -> Option<String> {
    let segment = branch.rsplit('/').next().unwrap_or(branch);
    // The whole name comes last and counts first.
    let words = time_stamp(segment).into_iter().chain(feature_number(segment)).rev();
    let numbered = words.into_iter().find_map(|word| named(project, &word));
    // Where features have no numbers a branch is of the one that it is called like.
    numbered.or_else(|| named(project, segment).filter(|name| bare(name) == segment))
}

/// The current feature: what was named, the tool's variable, the open file, the branch, the tool's own pointer, or the
/// only one there is.
pub fn current(project: &Project, hints: &Hints) -> Option<Current> {
    let of_file =
        || of_file(project, hints.open_file.as_deref()?).filter(|name| project.features().any(|it| it == name));
    let only = || {
        let mut all = project.features();
        all.next().filter(|_| all.next().is_none()).map(str::to_owned)
    };
    let variable = || named(project, hints.feature_variable.as_deref()?);
    let branch = || of_branch(project, hints.branch.as_deref()?);
    let pointer = || named(project, hints.feature_pointer.as_deref()?);
    let rules: [(&'static str, &dyn Fn() -> Option<String>); 5] = [
        ("a variable of Spec Kit names it", &variable),
        ("the open file belongs to it", &of_file),
        ("the branch names it", &branch),
        ("`.specify/feature.json` names it", &pointer),
        ("it is the only one", &only),
    ];
    rules.into_iter().find_map(|(why, rule)| Some(Current { feature: rule()?, why }))
}

/// `001-search` of `specs/001-search/`.
pub(crate) fn folder_name(path: &str) -> &str {
    let path = path.trim().trim_end_matches(['/', '\\']);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::SpecFile;
    use std::sync::Arc;

    fn project(features: &[&str]) -> Project {
        let mut project = Project::default();
        for name in features {
            let file = SpecFile::read(&format!("specs/{name}/spec.md"), "# Feature Specification: x\n").unwrap();
            project.set(Arc::new(file));
        }
        project
    }

    #[test]
    fn branches_name_features() {
        let project = project(&["001-search", "002-cart", "002-tax", "20260115-093000-fees"]);
        for (branch, expected) in [
            ("001-search", Some("001-search")),
            ("feat/001-search", Some("001-search")),
            ("001-find-things", Some("001-search")),
            ("002-tax", Some("002-tax")),
            ("002-else", None),
            ("20260115-093000-fees", Some("20260115-093000-fees")),
            ("003-new", None),
            ("search", None),
            ("main", None),
            ("", None),
        ] {
            assert_eq!(of_branch(&project, branch).as_deref(), expected, "{branch}");
        }
    }

    #[test]
    fn the_rules_have_an_order() {
        let project = project(&["001-search", "002-cart", "003-tax"]);
        let mut hints = Hints::default();
        assert_eq!(current(&project, &hints), None);
        let mut expect = |set: &dyn Fn(&mut Hints), feature: &str, why: &str| {
            set(&mut hints);
            let found = current(&project, &hints).unwrap();
            assert!(found.feature == feature && found.why.contains(why), "{found:?}");
        };
        expect(&|hints| hints.feature_pointer = Some("specs/003-tax/".into()), "003-tax", "feature.json");
        expect(&|hints| hints.branch = Some("001-search".into()), "001-search", "branch");
        expect(&|hints| hints.open_file = Some("specs/002-cart/tasks.md".into()), "002-cart", "open file");
        expect(&|hints| hints.feature_variable = Some("003-tax".into()), "003-tax", "variable");
        let one = self::project(&["001-search"]);
        assert_eq!(current(&one, &Hints::default()).unwrap().why, "it is the only one");
    }
}
