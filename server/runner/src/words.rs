//! Which words this user has seen of a root, kept beside what is known of the repository: hashes by pass in `seen.json`,
//! and the newest text of each under its hash in `seen/`, to tell a difference from. What the words are is decided in
//! `delivery::words`. A file that is not the user's alone has seen nothing, so that everything is asked for again.

use crate::files::{self, FileError};
use crate::world::Site;
use delivery::cache::sha256;
use delivery::words::{self, Seen, Unseen, Words};
use spec::Project;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const FILE: &str = "seen.json";
const FOLDER: &str = "seen";

/// Largest file of ours.
const MOST: u64 = 8 << 20;

impl Site {
    /// What was seen of this root.
    pub fn seen(&self) -> Seen {
        let path = self.home.repository_path(&self.root).join(FILE);
        if files::check_own(&path).is_err() {
            return Seen::default();
        }
        Seen::read(&files::read_own(&path, MOST).unwrap_or_default())
    }

    /// Remembers that these words were seen. Writes nothing where all of them are known as the newest.
    pub fn see<'a>(&self, all: impl IntoIterator<Item = (String, &'a Words)>) -> Result<(), FileError> {
        let mut seen = self.seen();
        let new: Vec<(String, &Words)> =
            all.into_iter().filter(|(key, words)| seen.latest(key) != Some(&words.sha256)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let folder = self.home.repository(&self.root)?;
        files::make_own_folder(&folder.join(FOLDER))?;
        for (key, words) in new {
            self.keep(words.text().as_bytes())?;
            seen.add(&key, words);
        }
        files::write_own_secret(&folder.join(FILE), seen.write().as_bytes())
    }

    /// Keeps a text under its hash.
    pub fn keep(&self, text: &[u8]) -> Result<(), FileError> {
        let folder = self.home.repository(&self.root)?.join(FOLDER);
        files::make_own_folder(&folder)?;
        let path = folder.join(sha256(text));
        if path.is_file() { Ok(()) } else { files::write_own_secret(&path, text) }
    }

    /// A text that was kept.
    pub fn kept(&self, hash: &str) -> Option<String> {
        let text = files::read_own(&self.kept_path(hash)?, MOST).ok()?;
        // who changed it would have a person believe in another difference
        (sha256(&text) == hash).then(|| String::from_utf8_lossy(&text).into_owned())
    }

    fn kept_path(&self, hash: &str) -> Option<PathBuf> {
        let plain = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| self.home.repository_path(&self.root).join(FOLDER).join(hash))
    }

    /// Removes every text that neither `needed` nor the words seen last ask for.
    pub fn forget_but(&self, needed: &BTreeSet<String>) {
        let seen = self.seen();
        let needed: BTreeSet<&str> = needed.iter().map(String::as_str).chain(seen.kept()).collect();
        let folder = self.home.repository_path(&self.root).join(FOLDER);
        let all = folder.read_dir().into_iter().flatten().flatten();
        for text in all.filter(|text| text.file_name().to_str().is_none_or(|name| !needed.contains(name))) {
            // one that stays is tried again at the next review
            let _ = std::fs::remove_file(text.path());
        }
    }

    /// What a run of this pass for this ticket would tell its agent and this user has not seen.
    pub fn unseen(
        &self,
        project: &Project,
        prompts: &BTreeMap<String, Words>,
        (workflow, pass): (&str, &str),
        ticket: &str,
    ) -> Vec<Unseen> {
        let name = words::pass_name(workflow, pass);
        // a pass that starts no agent tells nobody anything
        let Some(of_pass) = prompts.get(&name) else { return Vec::new() };
        let hidden = project.ticket(ticket).and_then(|(file, content)| words::of_ticket(ticket, content, file));
        let hidden = hidden.as_ref().map(|words| (words::ticket_key(ticket), words));
        let all = [(words::pass_key(&name), of_pass)].into_iter().chain(hidden);
        words::unseen(&self.seen(), all, |hash| self.kept(hash))
    }
}
