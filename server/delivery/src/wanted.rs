//! Which files of a work tree the plans of a project look at. A repository may hold a hundred thousand files and its plans
//! ask for a few: the others need neither be opened nor hashed.

use crate::glob::Glob;
use spec::model::InputRef;
use spec::record::{FileId, Record};
use spec::{Content, Project};
use std::collections::BTreeSet;

/// Records change with every run and never are what a pass works from.
pub(crate) const RECORDS: &str = ".tollgate/records/";

/// The files that plans ask for; too many rather than too few.
#[derive(Clone, Default, Debug)]
pub struct Wanted {
    globs: Vec<Glob>,
    paths: BTreeSet<String>,
    /// Folders below which everything may match.
    deep: BTreeSet<String>,
    /// Folders of single paths.
    flat: BTreeSet<String>,
}

impl Wanted {
    /// What passes read and write, what agents must be given, and what past runs read and wrote.
    pub fn of(project: &Project) -> Wanted {
        let mut patterns: BTreeSet<&str> = BTreeSet::new();
        let mut wanted = Wanted::default();
        for file in project.files() {
            match &file.content {
                Content::Workflow(workflow) => {
                    for pass in &workflow.passes {
                        patterns.extend(pass.inputs.iter().filter_map(|input| match &input.value {
                            InputRef::Glob(glob) => Some(glob.as_str()),
                            _ => None,
                        }));
                        patterns.extend(pass.outputs.iter().filter_map(|output| Some(output.path.as_ref()?.as_str())));
                        patterns.extend(pass.cache_key.iter().map(|glob| glob.as_str()));
                    }
                }
                Content::Agent(agent) => patterns.extend(agent.context_requires.iter().map(|glob| glob.as_str())),
                Content::Record(record) => {
                    if let Record::Run(receipt) = &**record {
                        wanted.add(&receipt.inputs);
                        wanted.add(&receipt.outputs);
                    }
                }
                _ => {}
            }
        }
        patterns.into_iter().for_each(|pattern| wanted.add_glob(pattern));
        wanted
    }

    /// Asks for these files, too.
    pub fn add(&mut self, files: &[FileId]) {
        // a ticket is an input as well, and no file
        for path in files.iter().map(|file| &file.path).filter(|path| !path.contains(':')) {
            self.flat.insert(folder_of(path).to_owned());
            self.paths.insert(path.clone());
        }
    }

    /// A pattern that is none matches nothing; the plan says so.
    fn add_glob(&mut self, pattern: &str) {
        // what a template stands for is not known here: anything below the folder before it
        let pattern = match pattern.split_once("{{") {
            Some((before, _)) if before.contains('/') => format!("{}/**", folder_of(before)),
            Some(_) => "**".to_owned(),
            None => pattern.to_owned(),
        };
        if let Ok(glob) = Glob::new(&pattern) {
            self.deep.insert(folder_of(glob.prefix()).to_owned());
            self.globs.push(glob);
        }
    }

    /// True when the folder (from the root) may hold a file that is asked for, at any depth.
    pub fn enters(&self, folder: &str) -> bool {
        let above = std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
        let leads = |folders: &BTreeSet<String>| {
            let below = format!("{folder}/");
            folders.contains(folder)
                || folders.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
        };
        above.into_iter().any(|folder| self.deep.contains(folder)) || leads(&self.deep) || leads(&self.flat)
    }

    /// True when the path is asked for.
    pub fn contains(&self, path: &str) -> bool {
        !path.starts_with(RECORDS) && (self.paths.contains(path) || self.globs.iter().any(|glob| glob.matches(path)))
    }
}

/// The folder of a path; empty for what lies in the root.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(globs: &[&str], paths: &[&str]) -> Wanted {
        let mut wanted = Wanted::default();
        globs.iter().for_each(|glob| wanted.add_glob(glob));
        let files: Vec<FileId> = paths.iter().map(|path| FileId { path: (*path).to_owned(), blob: None }).collect();
        wanted.add(&files);
        wanted
    }

    #[test]
    fn goes_where_something_may_match_and_nowhere_else() {
        let wanted =
            wanted(&["src/api/*.rs", "docs/con*/**", "specs/{{ticket.slug}}/spec.md"], &["a/b/c.txt", "ticket:t"]);
        for folder in ["src", "src/api", "docs", "docs/contexts/x", "specs/feat-1", "a", "a/b"] {
            assert!(wanted.enters(folder), "{folder}");
        }
        for folder in ["srcs", "src/web", "target", "a/b/c", "a/c"] {
            assert!(!wanted.enters(folder), "{folder}");
        }
        for path in ["src/api/x.rs", "docs/contexts/x/y.md", "specs/feat-1/spec.md", "a/b/c.txt"] {
            assert!(wanted.contains(path), "{path}");
        }
        for path in ["src/api/x/y.rs", "a/b/d.txt", "ticket:t", ".tollgate/records/t/1.json"] {
            assert!(!wanted.contains(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn every_folder_of_a_wanted_file_is_entered(
            globs in proptest::collection::vec("[ab*?/.]{1,8}|[ab/]{0,4}\\{\\{x\\}\\}[ab/]{0,3}", 0..4),
            files in proptest::collection::vec("[ab]{1,2}(/[ab]{1,2}){0,3}", 0..3),
            path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
        ) {
            let wanted = wanted(
                &globs.iter().map(String::as_str).collect::<Vec<_>>(),
                &files.iter().map(String::as_str).collect::<Vec<_>>(),
            );
            if wanted.contains(&path) {
                for (at, _) in path.match_indices('/') {
                    prop_assert!(wanted.enters(&path[..at]), "{}", &path[..at]);
                }
            }
        }
    }
}
