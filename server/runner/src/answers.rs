//! What fragments mean in contents that were read once: kept by content id in the user's state, so that a warm start parses
//! nothing. It is a cache: deleted, cut off or written by another version it is as if it never was.

use crate::files::{self, Root};
use crate::home::Home;
use docs::print::{Facets, Print, Resolution, Resolved};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use text::{BlobId, Span};

/// Largest file that is read.
const LARGEST: u64 = 32 << 20;
/// No more answers are kept; those that nobody asked for in this session go first.
const MOST: usize = 50_000;
/// Fewer new ones are not worth a write.
const FEW: usize = 64;

/// What was asked: the content, the ending of the path (it tells the language), the fragment.
pub type Question = (BlobId, String, String);

/// See the module.
#[derive(Default)]
pub struct Answers {
    path: Option<PathBuf>,
    version: String,
    known: HashMap<Question, Answer>,
    new: usize,
}

struct Answer {
    resolution: Resolution,
    asked: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: String,
    answers: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row(BlobId, String, String, Option<Found>);

#[derive(Serialize, Deserialize)]
struct Found {
    places: Vec<(u32, u32)>,
    names: Vec<(u32, u32)>,
    facets: Facets,
    signature: String,
    symbols: Vec<String>,
}

impl Answers {
    /// Those of a root. Nothing is made where there is nothing.
    pub fn open(home: &Home, root: &Root) -> Answers {
        let path = home.repository_path(root).join("answers.json");
        let mut answers = Answers { version: version(), path: Some(path.clone()), ..Answers::default() };
        let kept = files::read_own(&path, LARGEST).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        for Row(blob, ending, fragment, found) in
            kept.filter(|kept| kept.version == answers.version).map(|kept| kept.answers).unwrap_or_default()
        {
            let answer = Answer { resolution: found.map_or(Resolution::Missing, Found::told), asked: false };
            answers.known.insert((blob, ending, fragment), answer);
        }
        answers
    }

    /// What is known of a question.
    pub fn get(&self, question: &Question) -> Option<Resolution> {
        self.known.get(question).map(|answer| answer.resolution.clone())
    }

    /// These questions were asked and so answered. What cannot be told is not kept.
    pub fn add(&mut self, all: impl IntoIterator<Item = (Question, Resolution)>) {
        for (question, resolution) in all {
            if matches!(resolution, Resolution::Unknown(_)) {
                continue;
            }
            let new = self.known.insert(question, Answer { resolution, asked: true }).is_none();
            self.new += usize::from(new);
        }
    }

    /// Keeps what is new, when it is worth it. A state that cannot be written is no error: everything is read again.
    pub fn save(&mut self) {
        let Some(path) = self.path.as_ref().filter(|_| self.new >= FEW) else { return };
        if self.known.len() > MOST {
            self.known.retain(|_, answer| answer.asked);
        }
        let row = |((blob, ending, fragment), answer): (&Question, &Answer)| {
            let found = match &answer.resolution {
                Resolution::Found(found) => Some(Found::of(found)),
                _ => None,
            };
            Row(*blob, ending.clone(), fragment.clone(), found)
        };
        let answers = self.known.iter().take(MOST).map(row).collect();
        let written = serde_json::to_vec(&Kept { version: self.version.clone(), answers });
        let folder = path.parent().map(files::make_own_folder);
        if let (Ok(bytes), Some(Ok(()))) = (written, folder)
            && files::write_own(path, &bytes).is_ok()
        {
            self.new = 0;
        }
    }
}

/// The algorithm of the prints and the program that read the symbols: another one may read them otherwise.
fn version() -> String {
    let program = std::env::current_exe().ok().and_then(|path| path.metadata().ok());
    let changed =
        program.as_ref().and_then(|it| it.modified().ok()).and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let built = changed.map_or(0, |since| since.as_nanos());
    format!("t{}-{}-{built}-{}", Print::ALGORITHM, env!("CARGO_PKG_VERSION"), program.map_or(0, |it| it.len()))
}

impl Found {
    fn of(found: &Resolved) -> Found {
        let pairs = |spans: &[Span]| spans.iter().map(|span| (span.start, span.end)).collect();
        Found {
            places: pairs(&found.places),
            names: pairs(&found.names),
            facets: found.facets,
            signature: found.signature.clone(),
            symbols: found.symbols.clone(),
        }
    }

    fn told(self) -> Resolution {
        let spans = |pairs: Vec<(u32, u32)>| {
            pairs.into_iter().map(|(start, end)| Span::new(start as usize, end as usize)).collect()
        };
        Resolution::Found(Resolved {
            places: spans(self.places),
            names: spans(self.names),
            facets: self.facets,
            signature: self.signature,
            symbols: self.symbols,
        })
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use docs::source::Source;
    use docs::target::Fragment;
    use std::sync::Arc;

    fn home(folder: &tempfile::TempDir) -> (Home, Root, PathBuf) {
        let home = Home { state: folder.path().join("state"), configuration: PathBuf::new() };
        std::fs::create_dir_all(folder.path().join("w")).unwrap();
        let root = Root::open(&folder.path().join("w")).unwrap();
        let path = home.repository_path(&root).join("answers.json");
        (home, root, path)
    }

    fn questions(count: usize) -> Vec<(Question, Resolution)> {
        let one = |at: usize| {
            let text: Arc<str> = format!("/// Adds {at}.\npub fn add{at}(a: i64) -> i64 {{ a }}\n").into();
            let name = format!("add{at}");
            let resolution = Source::read("a.rs", &text).resolve(&Fragment::Symbol(name.as_str().into()));
            assert!(matches!(resolution, Resolution::Found(_)));
            ((BlobId::of(text.as_bytes()), "rs".to_owned(), name), resolution)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn answers_are_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (home, root, path) = home(&folder);
        let all = questions(FEW);
        let mut answers = Answers::open(&home, &root);
        answers.add(all[..FEW - 1].iter().cloned());
        answers.save();
        assert!(!path.exists(), "a few are not worth a write");
        answers.add(all.iter().cloned());
        answers.add([((BlobId::of(b"x"), "rs".to_owned(), "gone".to_owned()), Resolution::Missing)]);
        answers
            .add([((BlobId::of(b"y"), "rs".to_owned(), "odd".to_owned()), Resolution::Unknown("broken".to_owned()))]);
        answers.save();
        let again = Answers::open(&home, &root);
        for (question, resolution) in &all {
            assert_eq!(again.get(question).as_ref(), Some(resolution));
        }
        assert_eq!(again.get(&(BlobId::of(b"x"), "rs".to_owned(), "gone".to_owned())), Some(Resolution::Missing));
        assert_eq!(again.get(&(BlobId::of(b"y"), "rs".to_owned(), "odd".to_owned())), None);
    }

    #[test]
    fn another_version_and_damage_are_as_if_nothing_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (home, root, path) = home(&folder);
        let all = questions(FEW);
        let mut answers = Answers::open(&home, &root);
        answers.add(all.iter().cloned());
        answers.save();
        let good = std::fs::read_to_string(&path).unwrap();
        for bad in [good.replace(&version(), "t0"), good[..good.len() / 2].to_owned(), "[]".to_owned(), String::new()] {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(Answers::open(&home, &root).get(&all[0].0), None);
        }
        std::fs::write(&path, good).unwrap();
        assert!(Answers::open(&home, &root).get(&all[0].0).is_some());
    }
}
