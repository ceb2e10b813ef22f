//! Installed packages that git ignores (`node_modules`, `.venv`, …): a clone has none, and checks that pass in the user's
//! tree would fail in it. A run finds the user's, and cannot change them.
//!
//! Behind bubblewrap they are mounted where they belong. Elsewhere a folder of links stands for them, entry by entry, so
//! that a package of the repository itself (a workspace member, which is a link in there) is the one of the clone.

use crate::files::{FileError, Root};
use crate::isolation::{Fence, Isolation, available};
use rustix::fs::FileType;
use spec::model::Gate;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A manifest, and the folders beside it that its tools install into.
const INSTALLED: [(&str, &[&str]); 7] = [
    ("package.json", &["node_modules"]),
    ("pyproject.toml", &[".venv", "venv"]),
    ("setup.py", &[".venv", "venv"]),
    ("requirements.txt", &[".venv", "venv"]),
    ("Pipfile", &[".venv", "venv"]),
    ("composer.json", &["vendor"]),
    ("Gemfile", &["vendor"]),
];

/// Programs that install, and the words by which they do.
const INSTALLERS: [&str; 10] = ["npm", "pnpm", "yarn", "bun", "uv", "poetry", "pdm", "pipenv", "composer", "bundle"];
const INSTALL: [&str; 6] = ["ci", "install", "i", "add", "sync", "update"];

/// The installed folders of a root, by the files that it has beside what git ignores.
pub(crate) fn find<'a>(user: &Root, files: impl Iterator<Item = &'a String> + Clone) -> Vec<String> {
    let mut found = BTreeSet::new();
    for file in files.clone() {
        let (folder, name) = file.rsplit_once('/').map_or(("", file.as_str()), |(folder, name)| (folder, name));
        let known = INSTALLED.iter().filter(|(manifest, _)| *manifest == name);
        for installed in known.flat_map(|(_, folders)| folders.iter()) {
            found.insert(if folder.is_empty() { (*installed).to_owned() } else { format!("{folder}/{installed}") });
        }
    }
    // what is part of the repository is in the clone
    let is_part = |path: &String| files.clone().any(|file| below(file, std::slice::from_ref(path)));
    let is_folder = |path: &String| user.kind(path).is_ok_and(|kind| kind == Some(FileType::Directory));
    found.into_iter().filter(|path| is_folder(path) && !is_part(path)).collect()
}

/// True for a path that is one of these folders or lies in one.
pub(crate) fn below(path: &str, folders: &[String]) -> bool {
    folders
        .iter()
        .any(|folder| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// True when a gate installs packages itself, which it could not into a folder that is not its own.
pub(crate) fn are_installed_by(gate: Option<&Gate>) -> bool {
    let commands = gate.into_iter().flat_map(|gate| &gate.verify).filter_map(|verify| verify.command.as_ref());
    commands.into_iter().any(|command| {
        let mut words = command.argv.iter().map(|word| word.rsplit('/').next().unwrap_or(word));
        words.next().is_some_and(|program| INSTALLERS.contains(&program)) && words.any(|word| INSTALL.contains(&word))
    })
}

/// Makes the places of the installed folders in a tree; again where a child may have changed them.
pub(crate) fn provide(tree: &Root, user: &Root, installed: &[String]) -> Result<(), FileError> {
    let mounted = matches!(available(user.path()), Isolation::Bubblewrap { .. });
    for path in installed {
        match tree.kind(path) {
            Ok(Some(FileType::Directory)) => {
                // no process of the run lives, and no folder above it is a link
                let there = tree.path().join(path);
                std::fs::remove_dir_all(&there)
                    .map_err(|source| FileError::System { path: there.display().to_string(), source })?;
            }
            // what else stands there is the run's doing and is judged
            Ok(Some(_)) | Err(_) => continue,
            Ok(None) => {}
        }
        tree.make_folder(path)?;
        if !mounted {
            link(tree, user, path)?;
        }
    }
    Ok(())
}

/// Links to the entries of an installed folder; packages of one scope (`@…`) lie a folder deeper.
fn link(tree: &Root, user: &Root, folder: &str) -> Result<(), FileError> {
    for entry in user.path().join(folder).read_dir().into_iter().flatten().flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
        let path = format!("{folder}/{name}");
        if kind.is_dir() && name.starts_with('@') {
            tree.make_folder(&path)?;
            link(tree, user, &path)?;
            continue;
        }
        let own = if kind.is_symlink() { user.link_target(&path).ok() } else { None };
        let own = own.filter(|target| crate::tree::stays_below(&path, target));
        tree.make_link(&path, &own.unwrap_or_else(|| entry.path().display().to_string()))?;
    }
    Ok(())
}

impl Fence {
    /// Lets a child find, at the path of the user's tree, the tree of the run, since installed packages and settings may
    /// name files of the repository by their whole path; and the installed folders in both, unchangeable. The last thing
    /// that is said about a fence.
    pub(crate) fn place_tree(&mut self, user: &Root, tree: &Root, installed: &[String]) {
        let (root, clone) = (user.path(), tree.path());
        if root == clone {
            return;
        }
        let at = |folder: &std::path::Path, path: &String| folder.join(path);
        self.place.extend(installed.iter().map(|path| (at(clone, path), at(root, path))));
        let all = [&self.write, &self.own, &self.hide, &self.mask, &self.show, &self.keep];
        let mut inside = all.into_iter().flatten().filter_map(|path| path.canonicalize().ok());
        // a place for what else lies there could not be made in what cannot be written
        if inside.any(|path| path.starts_with(root) && path != root) {
            return;
        }
        self.place.push((root.to_owned(), clone.to_owned()));
        // the clone borrows the contents of commits from there
        let git = ".git".to_owned();
        let kept = installed
            .iter()
            .chain(std::iter::once(&git))
            .filter(|path| at(root, path).is_dir() && at(clone, path).is_dir());
        let kept: BTreeMap<PathBuf, PathBuf> = kept.map(|path| (at(root, path), at(root, path))).collect();
        self.place.extend(kept);
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use spec::model::{Command, Verify};
    use text::{Span, Spanned};

    #[test]
    fn installed_folders_are_ignored_ones_beside_a_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        for path in [
            "node_modules/a/index.js",
            "web/node_modules/b",
            "tools/.venv/bin/x",
            "php/vendor/kept",
            "node/node_modules/x",
        ] {
            root.write(path, b"").unwrap();
        }
        std::os::unix::fs::symlink("/", folder.path().join("tools/venv")).unwrap();
        let files = [
            "package.json",
            "web/package.json",
            "tools/pyproject.toml",
            "php/composer.json",
            "php/vendor/kept",
            "go/package.json",
        ];
        let files = files.map(str::to_owned);
        assert_eq!(find(&root, files.iter()), ["node_modules", "tools/.venv", "web/node_modules"]);
        let named = ["web/node_modules".to_owned()];
        assert!(below("web/node_modules", &named) && below("web/node_modules/b", &named));
        assert!(!below("web/node_modules2", &named) && !below("web", &named));
    }

    #[test]
    fn a_gate_that_installs_has_folders_of_its_own() {
        let gate = |words: &[&str]| {
            let argv = words.iter().map(|word| (*word).to_owned()).collect();
            let command = Some(Spanned::new(Command { argv }, Span::default()));
            Gate { verify: vec![Verify { command, ..Verify::default() }], ..Gate::default() }
        };
        for (words, installs) in
            [(&["npm", "ci"][..], true), (&["/usr/bin/uv", "sync"], true), (&["npm", "test"], false), (&["ci"], false)]
        {
            assert_eq!(are_installed_by(Some(&gate(words))), installs, "{words:?}");
        }
        assert!(!are_installed_by(None));
    }
}
