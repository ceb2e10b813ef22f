//! Where the user's own things lie, and what their configuration says. Nothing of it ever comes from a repository:
//! commands, endpoints and environment of harnesses are read here and nowhere else.

use crate::files::{self, FileError, Root};
use delivery::cache::sha256;
use delivery::prices::PriceMap;
use spec::model::Budget;
use spec::{Content, SpecFile};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syntax::yaml::{self, Node};
use text::Span;

/// The user's state and configuration folders.
#[derive(Clone, Debug)]
pub struct Home {
    /// `$XDG_STATE_HOME/tollgate`.
    pub state: PathBuf,
    /// `$XDG_CONFIG_HOME/tollgate/config.yaml`.
    pub configuration: PathBuf,
}

impl Home {
    /// By the environment, as the XDG base directory specification says: a relative path counts as unset.
    pub fn from_environment() -> Option<Home> {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let folder = |name: &str, usual: &str| {
            let set = std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
            set.or_else(|| Some(home.as_ref()?.join(usual)))
        };
        Some(Home {
            state: folder("XDG_STATE_HOME", ".local/state")?.join("tollgate"),
            configuration: folder("XDG_CONFIG_HOME", ".config")?.join("tollgate/config.yaml"),
        })
    }

    /// The folder of one run.
    pub fn run(&self, run: &str) -> PathBuf {
        self.state.join("runs").join(run)
    }

    /// The folder for what is known of one repository; it need not be there.
    pub fn repository_path(&self, root: &Root) -> PathBuf {
        let id = sha256(root.path().as_os_str().as_encoded_bytes());
        self.state.join("repositories").join(&id[..16])
    }

    /// The folder for what is known of one repository, made where it is missing.
    pub fn repository(&self, root: &Root) -> Result<PathBuf, FileError> {
        let folder = self.repository_path(root);
        files::make_own_folder(&folder)?;
        Ok(folder)
    }
}

/// What the user configured.
#[derive(Clone, Default, Debug)]
pub struct UserConfig {
    /// Harnesses by alias.
    pub harnesses: BTreeMap<String, UserHarness>,
    /// Budgets over everything this user runs.
    pub budgets: Vec<Budget>,
    /// The shipped prices with the user's own before them.
    pub prices: PriceMap,
    /// The key that signs decisions: `signing: {key: ~/.ssh/id_ed25519_sk.pub}`.
    pub signing: Option<PathBuf>,
    /// What is wrong with the file, in sentences.
    pub problems: Vec<String>,
}

/// How a harness is started, where the user says it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct UserHarness {
    /// Program and first arguments, instead of the program of that name on the search path.
    pub command: Vec<String>,
    /// Variables it is given.
    pub environment: BTreeMap<String, String>,
}

impl UserConfig {
    /// Reads the file; a missing one is empty.
    pub fn read(path: &Path) -> UserConfig {
        match files::read_own(path, 1 << 20) {
            Ok(bytes) => UserConfig::parse(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.is_not_found() => UserConfig::default(),
            Err(error) => UserConfig { problems: vec![error.to_string()], ..UserConfig::default() },
        }
    }

    /// Reads its text.
    pub fn parse(text: &str) -> UserConfig {
        let document = yaml::read(text, Span::new(0, text.len()));
        let mut config = UserConfig::default();
        if !document.valid {
            config
                .problems
                .push("the user's configuration is not valid YAML; what can be read of it is used".to_owned());
        }
        for entry in document.root.get("harnesses").map(Node::entries).unwrap_or_default() {
            config.harnesses.insert(entry.key.value.clone(), harness(&entry.value));
        }
        if let Some(key) = document.root.get("signing").and_then(|signing| signing.get("key")).and_then(Node::scalar) {
            match own_path(key) {
                Some(path) => config.signing = Some(path),
                None => config.problems.push(format!("`signing.key` must be a whole path, or begin with `~/`: {key}")),
            }
        }
        config.prices = crate::prices::read(document.root.get("prices"), &mut config.problems);
        // budgets have the same form as in a project's configuration
        if let Some(SpecFile { content: Content::Config(read), .. }) = SpecFile::read(".tollgate/config.yaml", text) {
            config.budgets = read.budgets;
        }
        config
    }
}

/// A path that the user wrote: whole, or below the home folder.
fn own_path(text: &str) -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let path = match text.strip_prefix("~/") {
        Some(rest) => home()?.join(rest),
        None => PathBuf::from(text),
    };
    path.is_absolute().then_some(path)
}

fn harness(node: &Node) -> UserHarness {
    let words = |node: &Node| match node.scalar() {
        Some(word) => vec![word.to_owned()],
        None => node.items().iter().filter_map(Node::scalar).map(str::to_owned).collect(),
    };
    let environment = node.get("env").map(Node::entries).unwrap_or_default();
    UserHarness {
        command: node.get("command").map(words).unwrap_or_default(),
        environment: environment
            .iter()
            .filter_map(|entry| Some((entry.key.value.clone(), entry.value.scalar()?.to_owned())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_environment_and_budgets_are_read() {
        let config = UserConfig::parse(
            "harnesses:\n  claude: {command: [/opt/claude, --x], env: {ANTHROPIC_BASE_URL: 'http://127.0.0.1:1'}}\n  codex:\n    command: codex\nbudgets:\n  - {scope: org, period: month, limit_usd: 50}\n",
        );
        assert_eq!(config.harnesses["claude"].command, ["/opt/claude", "--x"]);
        assert_eq!(config.harnesses["claude"].environment["ANTHROPIC_BASE_URL"], "http://127.0.0.1:1");
        assert_eq!(config.harnesses["codex"].command, ["codex"]);
        assert_eq!(config.budgets.len(), 1);
        assert!(config.problems.is_empty());
        assert_eq!(UserConfig::parse("signing: {key: /k/id.pub}").signing, Some(PathBuf::from("/k/id.pub")));
        let relative = UserConfig::parse("signing: {key: id.pub}");
        assert!(relative.signing.is_none() && relative.problems.len() == 1, "a key of the folder at hand is nobody's");
        assert!(!UserConfig::parse("harnesses: {").problems.is_empty());
    }
}
