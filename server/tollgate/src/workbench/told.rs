//! What agents are told, in an editor: which words this user has not seen, and how the user's own writing counts as seen.
//!
//! A look reads from disk what is open in the editor, for that is what a run would use. When the editor says that it saved
//! a file, and the file on disk is its buffer, then what the file changes of words that had been seen until then was
//! written before this user's eyes. Words that had come another way before stay unseen, whoever saves the file afterwards;
//! so do those of other files, and characters that nobody sees even as they type them.

use super::{Look, Workbench};
use anyhow::bail;
use delivery::cache::{canonical, sha256};
use delivery::words::{self, Unseen};
use spec::{FileKind, Project, SpecFile};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A look may see a file that was just saved before the editor says so. A file that changed on disk longer ago without a
/// word of the editor was changed by somebody else.
const SAVING: Duration = Duration::from_secs(2);

/// The delivery files of a root as the last look found them on disk.
#[derive(Default)]
pub(super) struct OnDisk {
    project: Option<Project>,
    /// What was there before the last change of a file that is open, and when that change was seen.
    before: HashMap<String, (Instant, Option<Arc<SpecFile>>)>,
}

impl Workbench {
    /// The project with what is on disk in the place of what stands in buffers.
    pub(super) fn look_at_disk(&mut self, project: &Project, look: &Look) -> Project {
        let mut disk = project.clone();
        for path in &look.open {
            let file = self.site.root.read_text(path).ok().and_then(|text| match project.file(path) {
                Some(known) if known.text().is_some_and(|known| **known == *text) => Some(known.clone()),
                _ => SpecFile::read(path, &text).map(Arc::new),
            });
            let before = self.on_disk.project.as_ref().map(|disk| disk.file(path).cloned());
            if let Some(before) = before
                && before.as_ref().map(|file| file.blob()) != file.as_ref().map(|file| file.blob())
            {
                self.on_disk.before.insert(path.clone(), (Instant::now(), before));
            }
            put(&mut disk, path, file);
        }
        self.on_disk.project = Some(disk.clone());
        disk
    }

    /// The user's editor says that it saved this file, whose text it has.
    pub(crate) fn saved(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let Some(mut before) = self.on_disk.project.clone() else { return Ok(()) };
        let on_disk = self.site.root.read_text(path)?;
        let plain = |text: &'_ str| text.trim_start_matches('\u{feff}').to_owned();
        if runner::gate::under_a_run() || plain(&on_disk) != plain(text) {
            return Ok(());
        }
        let file = SpecFile::read(path, &on_disk).map(Arc::new);
        if before.file(path).map(|file| file.blob()) == file.as_ref().map(|file| file.blob()) {
            let Some((_, old)) = self.on_disk.before.remove(path).filter(|(since, _)| since.elapsed() < SAVING) else {
                return Ok(());
            };
            put(&mut before, path, old);
        }
        let mut after = before.clone();
        put(&mut after, path, file);
        let seen = self.site.seen();
        let (old, new) = (words::of_project(&before), words::of_project(&after));
        let own = new.iter().map(|(pass, words)| (words::pass_key(pass), words, old.get(pass)));
        let own = own.filter(|(key, words, old)| {
            let changed = old.filter(|old| old.sha256 != words.sha256);
            changed.is_some_and(|old| seen.has(key, old)) && !words.hide()
        });
        self.site.see(own.map(|(key, words, _)| (key, words)))?;
        self.on_disk.project = Some(after);
        Ok(())
    }

    /// What a pass would tell its agent for a ticket, and this user has not seen; read from disk like a run reads it.
    pub(crate) fn unseen(&mut self, ticket: &str, pass: &str) -> anyhow::Result<Vec<Unseen>> {
        let project = self.site.project()?;
        let Some((_, content)) = project.ticket(ticket) else { bail!("there is no such ticket") };
        let Some(workflow) = delivery::choice::choose(&project, content).workflow else {
            bail!("no workflow serves that ticket")
        };
        Ok(self.site.unseen(&project, &words::of_project(&project), (&workflow, pass), ticket))
    }

    /// Remembers that exactly these words were seen. False where they are others by now.
    pub(crate) fn see(&mut self, ticket: &str, pass: &str, hash: &str) -> anyhow::Result<bool> {
        let unseen = self.unseen(ticket, pass)?;
        if unseen_hash(&unseen) != hash {
            return Ok(false);
        }
        self.site.see(unseen.iter().map(|unseen| (unseen.key.clone(), &unseen.words)))?;
        Ok(true)
    }
}

/// SHA-256 of what a person is shown of unseen words.
pub(crate) fn unseen_hash(unseen: &[Unseen]) -> String {
    let all: BTreeSet<(&str, &str)> = unseen.iter().map(|it| (it.key.as_str(), it.words.sha256.as_str())).collect();
    sha256(canonical(&all).as_bytes())
}

/// True for a file whose words reach an agent as orders.
pub(crate) fn tells_agents(path: &str) -> bool {
    matches!(FileKind::of(path), Some(FileKind::Workflow | FileKind::Agent | FileKind::Gate | FileKind::Config))
}

fn put(project: &mut Project, path: &str, file: Option<Arc<SpecFile>>) {
    match file {
        Some(file) if project.file(path).is_some_and(|known| known.blob() == file.blob()) => {}
        Some(file) => _ = project.set(file),
        None => _ = project.remove(path),
    }
}
