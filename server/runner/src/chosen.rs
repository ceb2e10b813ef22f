//! The ticket that a person chose in an editor, where the rules find several. It is kept in the user's state by root, so each
//! work tree has its own, and stands as long as the branch that was checked out then is: on another branch the rules speak
//! again.

use crate::files::{self, FileError, Root};
use crate::git;
use crate::home::Home;
use serde::{Deserialize, Serialize};

const NAME: &str = "chosen-ticket.json";

/// More is no choice of ours.
const LARGEST: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Chosen {
    ticket: String,
    branch: Option<String>,
}

/// The chosen ticket, while its branch is checked out.
pub fn ticket(home: &Home, root: &Root) -> Option<String> {
    let bytes = files::read_own(&home.repository_path(root).join(NAME), LARGEST).ok()?;
    let chosen: Chosen = serde_json::from_slice(&bytes).ok()?;
    (chosen.branch == git::head(root).branch).then_some(chosen.ticket)
}

/// Remembers a choice.
pub fn choose(home: &Home, root: &Root, ticket: &str) -> Result<(), FileError> {
    let chosen = Chosen { ticket: ticket.to_owned(), branch: git::head(root).branch };
    let bytes = serde_json::to_vec(&chosen).unwrap_or_default();
    files::write_own(&home.repository(root)?.join(NAME), &bytes)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_lasts_as_long_as_its_branch() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("c") };
        let path = folder.path().join("shop");
        std::fs::create_dir_all(path.join(".git")).unwrap();
        let on = |branch: &str| std::fs::write(path.join(".git/HEAD"), format!("ref: refs/heads/{branch}\n")).unwrap();
        on("bells");
        let root = Root::open(&path).unwrap();
        assert_eq!(ticket(&home, &root), None);
        choose(&home, &root, "TASK-7").unwrap();
        assert_eq!(ticket(&home, &root).as_deref(), Some("TASK-7"));
        on("main");
        assert_eq!(ticket(&home, &root), None);
        on("bells");
        assert_eq!(ticket(&home, &root).as_deref(), Some("TASK-7"));
    }
}
