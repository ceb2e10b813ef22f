//! How a harness is called in the tree of a run: its argv, its environment, its fence. The same for the agent that does a
//! pass and for the one that reviews it, but that a reviewer may write nothing.

use super::RunError;
use crate::harness::folders::{self, Login};
use crate::harness::{self, Harness, Task};
use crate::isolation::Fence;
use crate::programs;
use crate::tree::Tree;
use crate::trust::Trusted;
use crate::world::Site;
use delivery::world::World;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A call of a harness in a tree.
pub(crate) struct Call<'a> {
    pub(crate) site: &'a Site,
    pub(crate) trusted: &'a Trusted,
    pub(crate) world: &'a World,
    /// Harness alias.
    pub(crate) alias: &'a str,
    pub(crate) tree: &'a Tree,
    /// Folder of the run.
    pub(crate) folder: &'a Path,
    /// What the child may know of the run.
    pub(crate) names: BTreeMap<String, String>,
    /// False for a plain command, which is given nothing of a harness.
    pub(crate) agent: bool,
    /// It judges: the tree cannot be written.
    pub(crate) review: bool,
}

impl Call<'_> {
    /// The harness of the alias.
    pub(crate) fn harness(&self) -> &'static dyn Harness {
        harness::find(self.alias).unwrap_or(&harness::command::Command)
    }

    /// Makes what the child is given: its environment, and the folders that it takes for the user's.
    pub(crate) fn give(&self) -> Result<Given, RunError> {
        let mut environment = programs::common_environment();
        let known = self.harness();
        let given = known.environment().iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        environment.extend(given);
        environment.extend(known.settings().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if let Some(own) = self.site.user.harnesses.get(self.alias).filter(|_| self.agent) {
            environment.extend(own.environment.clone());
        }
        let logins = folders::prepare(known.folders(), &self.own_folder(), &mut environment)?;
        environment.extend(crate::git::ceiling(self.tree.folder()));
        environment.extend(self.names.clone());
        environment.insert("TMPDIR".to_owned(), self.folder.join("tmp").display().to_string());
        Ok(Given { environment, logins })
    }

    fn own_folder(&self) -> PathBuf {
        self.folder.join("agent")
    }

    /// The argv of an agent, with the values of one run.
    pub(crate) fn argv(&self, task: &Task) -> Result<Vec<String>, RunError> {
        let changed = || RunError::NotRunnable(format!("`{}` is not the program that was reviewed", self.alias));
        let program = self.trusted.harness(self.alias).ok_or_else(changed)?;
        let own = self.site.user.harnesses.get(self.alias).map(|own| own.command.as_slice()).unwrap_or_default();
        let known = self.harness();
        let groups = if self.review { known.review_arguments() } else { known.arguments() };
        let mut argv = vec![program.display().to_string()];
        argv.extend(own.iter().skip(1).cloned());
        argv.extend(harness::fill(groups, task).map_err(RunError::NotRunnable)?);
        Ok(argv)
    }

    /// What the user's own command of the harness names: a script below `/tmp` is there for the agent too.
    fn named(&self) -> Vec<PathBuf> {
        let own = self.site.user.harnesses.get(self.alias).filter(|_| self.agent);
        own.map(|own| own.command.iter().skip(1).filter_map(|word| named_path(word)).collect()).unwrap_or_default()
    }

    pub(crate) fn fence(&self, given: &Given) -> Fence {
        let known = self.harness();
        let paths = given.environment.values().map(PathBuf::from).filter(|path| path.is_absolute() && path.exists());
        let programs = self.world.harnesses.iter().map(|harness| PathBuf::from(&harness.program.path));
        let tree = self.tree.folder().to_owned();
        let own = vec![tree.clone(), self.own_folder()];
        let mut fence = Fence::new(&self.site.home, &self.site.root, self.folder.join("tmp"), own);
        fence.write = given.logins.iter().map(|login| login.path().to_owned()).collect();
        fence.keep = if self.review { vec![tree] } else { Vec::new() };
        fence.show.extend(known.keys(&given.environment));
        fence.show.extend(paths.chain(programs).chain(self.named()));
        fence.own_sandbox = known.has_sandbox();
        fence.place_tree(&self.site.root, self.tree.root(), self.tree.installed());
        fence
    }
}

/// The absolute path that a word of a command line is, or that it gives to an option: `--settings=/tmp/a.json`.
fn named_path(word: &str) -> Option<PathBuf> {
    let given = word.split_once('=').filter(|(name, _)| name.starts_with('-')).map_or(word, |(_, given)| given);
    Some(PathBuf::from(given)).filter(|path| path.is_absolute())
}

/// What a call gives its child.
pub(crate) struct Given {
    /// The whole environment.
    pub(crate) environment: BTreeMap<String, String>,
    logins: Vec<Login>,
}

impl Given {
    /// Takes over what the child is to hand back when it has ended: a refreshed login.
    pub(crate) fn take_back(&self) {
        for login in &self.logins {
            // the run did its work; at worst the user has to log in again
            let _ = login.take_over();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_a_path_by_itself_or_for_an_option() {
        let path = |word: &str| named_path(word).map(|path| path.display().to_string());
        assert_eq!(path("/tmp/x.py").as_deref(), Some("/tmp/x.py"));
        assert_eq!(path("--settings=/tmp/a=b.json").as_deref(), Some("/tmp/a=b.json"));
        for word in ["x.py", "./x.py", "-c", "cat /tmp/x", "TEXT=/tmp/x", "", "--flag", "--flag=x"] {
            assert_eq!(path(word), None, "{word}");
        }
    }
}
