//! Keeps documents judged against the code they speak of. What is typed is judged a moment after the last key, on a thread
//! of its own and one judgement a root at a time; what changes on disk a breath after it did. Where no document binds
//! anything, a key costs a look into a map.

use super::{
    analysis::Place,
    documents::{Document, Standing},
    log::{Level, log},
    state::State,
};
use crate::workbench::documents::{Judged, Keeper, Texts, is_page};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long nobody types before what was typed is judged.
const QUIET: Duration = Duration::from_millis(300);
/// How long after a change on disk: many come together.
const BREATH: Duration = Duration::from_millis(30);

/// What is to be judged, by root.
#[derive(Default)]
pub(super) struct Judging(HashMap<Arc<Path>, Root>);

#[derive(Default)]
struct Root {
    keeper: Arc<Mutex<Option<Keeper>>>,
    /// Files that changed since the last judgement began.
    changed: BTreeSet<String>,
    /// True when all documents have to be looked for and judged.
    all: bool,
    /// When to begin; none when nothing is to be done.
    due: Option<Instant>,
    /// True while somebody waits for that moment.
    waiting: bool,
    judging: bool,
    /// True while it is not known yet what documents speak of.
    looking: bool,
}

impl State {
    /// A root was read whole: its documents are, too.
    pub(super) fn judge_all(&mut self, root: &Arc<Path>) {
        if self.analysis.plans(root) {
            let known = self.judging.0.entry(root.clone()).or_default();
            (known.all, known.looking) = (true, true);
            self.judge_after(root.clone(), Duration::ZERO);
        }
    }

    /// The text of a document changed, or which text of it counts.
    pub(super) fn judge_typed(&mut self, document: &Document, place: &Place) {
        let matters = self.matters(place)
            || (is_page(&place.path)
                && document.standing() == Standing::Known
                && Keeper::may_judge(&document.buffer.text()));
        if matters {
            self.judge_change(place, QUIET);
        }
    }

    /// A file changed on disk.
    pub(super) fn judge_on_disk(&mut self, place: &Place) {
        if self.matters(place) || is_page(&place.path) {
            self.judge_change(place, BREATH);
        }
    }

    fn matters(&self, place: &Place) -> bool {
        self.judging.0.get(&place.root).is_some_and(|known| known.looking)
            || self.analysis.of_root(&place.root).is_some_and(|known| known.documents.depend_on(&place.path))
    }

    fn judge_change(&mut self, place: &Place, pause: Duration) {
        if self.analysis.plans(&place.root) {
            self.judging.0.entry(place.root.clone()).or_default().changed.insert(place.path.to_string());
            self.judge_after(place.root.clone(), pause);
        }
    }

    fn judge_after(&mut self, root: Arc<Path>, pause: Duration) {
        let Some(known) = self.judging.0.get_mut(&root) else { return };
        known.due = Some(Instant::now() + pause);
        if !known.judging && !std::mem::replace(&mut known.waiting, true) {
            self.wait_to_judge(root, pause);
        }
    }

    fn wait_to_judge(&self, root: Arc<Path>, pause: Duration) {
        let lane = self.tasks.lane.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            lane.update(move |state| state.judge_when_due(root));
        });
    }

    fn judge_when_due(&mut self, root: Arc<Path>) {
        let Some(known) = self.judging.0.get_mut(&root) else { return };
        let left = known.due.map(|due| due.saturating_duration_since(Instant::now()));
        match left {
            Some(left) if !left.is_zero() => self.wait_to_judge(root, left),
            Some(_) => self.judge(root),
            None => known.waiting = false,
        }
    }

    fn judge(&mut self, root: Arc<Path>) {
        let editor = self.editor_texts(&root);
        let Some(known) = self.judging.0.get_mut(&root) else { return };
        (known.due, known.waiting, known.judging) = (None, false, true);
        let (changed, all) = (std::mem::take(&mut known.changed), std::mem::take(&mut known.all));
        let (keeper, from) = (known.keeper.clone(), root.clone());
        let judge = move || {
            let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
            if keeper.is_none() {
                match Keeper::open(&from) {
                    Ok(opened) => *keeper = Some(opened),
                    Err(error) => log(Level::Info, format_args!("documents are not judged: {error:#}")),
                }
            }
            let keeper = keeper.as_mut()?;
            Some(if all { keeper.judge_all(&editor) } else { keeper.judge(&changed, &editor) })
        };
        self.tasks.compute(judge, move |state, judged| {
            if let Some(Judged { documents, changed }) = judged {
                // Also where nothing else is said, it may be said of another text: one that is open now.
                let is_new = !changed.is_empty();
                let effects = state.analysis.set_documents(&root, documents, changed);
                if is_new {
                    state.apply(effects);
                    state.refresh_views();
                    state.watch_sources();
                }
            }
            let Some(known) = state.judging.0.get_mut(&root) else { return };
            (known.judging, known.looking) = (false, known.all);
            if let Some(due) = known.due {
                known.waiting = true;
                state.wait_to_judge(root, due.saturating_duration_since(Instant::now()));
            }
        });
    }

    /// The texts of open documents that may matter.
    fn editor_texts(&self, root: &Path) -> Texts {
        let places = self.analysis.open_places(root).filter(|place| is_page(&place.path) || self.matters(place));
        let text = |place: &Place| {
            let document = self.documents.get(self.analysis.document(place)?)?;
            (document.standing() == Standing::Known).then(|| (place.path.to_string(), document.buffer.text()))
        };
        places.filter_map(text).collect()
    }
}
