//! Reads hooks of the Kiro editor: `.kiro/hooks/*.kiro.hook`, JSON with an event (`when`) and what is done (`then`). Kiro's
//! command line never reads them, so only a file that is no JSON is reported.

use super::atomic::broken;
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::manifest::{Hook, Manifest};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::json;
use text::Span;

pub(crate) const READER: Reader = Reader {
    places: &[".kiro/hooks/*.kiro.hook"],
    kind: |path| {
        let file = path.strip_prefix(".kiro/hooks/")?;
        (!file.contains('/') && file.len() > ".kiro.hook".len() && file.ends_with(".kiro.hook"))
            .then_some(FileKind::Manifest)
    },
    read: |_, text| Some(read(text)),
};

fn read(text: &str) -> Reading {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let mut problems = Vec::new();
    if let Some((words, span)) = broken(&document) {
        problems.push(Problem { kind: ProblemKind::Unreadable(System::Kiro, words), span });
    }
    let mut manifest = Manifest {
        system: System::Kiro,
        what: "hook",
        name: take::text(root, "name"),
        description: take::text(root, "description"),
        parts: Vec::new(),
        hooks: Vec::new(),
    };
    if let Some(event) = root.get("when").and_then(|when| take::text(when, "type")) {
        let then = root.get("then");
        let command = then.and_then(|then| take::text(then, "command").or_else(|| take::text(then, "prompt")));
        manifest.hooks.push(Hook { span: event.span, event, command });
    }
    let facts = Collector::default().facts(0);
    Reading { content: Content::Manifest(Box::new(manifest)), facts, problems }
}
