//! The coverage of a feature as a page: `tollgate/trace` answers with it, and says it anew (`tollgate/traceChanged`) when
//! the files, the gates or the commits that it is made from have changed. Only a client that shows such pages asks.

use super::state::State;
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};

/// How long after a cause to look: one look serves many.
const PAUSE: Duration = Duration::from_millis(200);

/// No more pages than this are kept true; the oldest goes.
const MOST: usize = 8;

/// The pages that a client was given.
#[derive(Default)]
pub(super) struct Traces {
    pages: Vec<Page>,
    waiting: bool,
}

struct Page {
    root: Arc<Path>,
    feature: String,
    markdown: String,
}

impl Traces {
    /// Keeps a page that was shown.
    fn keep(&mut self, page: Page) {
        self.pages.retain(|known| known.root != page.root || known.feature != page.feature);
        self.pages.push(page);
        if self.pages.len() > MOST {
            self.pages.remove(0);
        }
    }
}

impl State {
    /// The page of a feature: the one named, else the one that is being worked on. With its name.
    pub(super) fn trace(&mut self, root: &Arc<Path>, named: Option<&str>) -> Option<(String, String)> {
        let known = self.analysis.of_root(root)?;
        let project = &known.project;
        let feature = match named {
            Some(named) => delivery::feature::named(project, named)?,
            None => {
                let front = self.front.as_ref().filter(|place| place.root == *root);
                let hints = delivery::ticket::Hints {
                    open_file: front.map(|place| place.path.to_string()),
                    branch: known.live.branch.clone(),
                    ..Default::default()
                };
                delivery::feature::current(project, &hints)?.feature
            }
        };
        let markdown = delivery::trace::markdown(&ide::trace::trace(known, &feature)?);
        self.traces.keep(Page { root: root.clone(), feature: feature.clone(), markdown: markdown.clone() });
        Some((feature, markdown))
    }

    /// Something changed: pages that say something else now are sent, a moment later.
    pub(super) fn tell_traces(&mut self) {
        if self.traces.pages.is_empty() || std::mem::replace(&mut self.traces.waiting, true) {
            return;
        }
        let lane = self.tasks.lane.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(PAUSE).await;
            lane.update(State::tell_traces_now);
        });
    }

    fn tell_traces_now(&mut self) {
        self.traces.waiting = false;
        for page in &mut self.traces.pages {
            let Some(known) = self.analysis.of_root(&page.root) else { continue };
            let trace = ide::trace::trace(known, &page.feature);
            let markdown =
                trace.map_or_else(|| "The feature is gone.\n".to_owned(), |it| delivery::trace::markdown(&it));
            if markdown != page.markdown {
                let root = page.root.to_string_lossy();
                let news = json!({"root": root, "feature": page.feature, "markdown": markdown});
                self.outbox.notify("tollgate/traceChanged", &news);
                page.markdown = markdown;
            }
        }
    }
}
