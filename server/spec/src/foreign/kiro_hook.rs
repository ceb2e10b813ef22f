//! Reads hooks of the Kiro editor: `.kiro/hooks/*.kiro.hook`, JSON with an event (`when`) and what is done (`then`). Kiro's
//! command line never reads them, so only a file that is no JSON is reported.

use super::atomic::broken;
use super::keys::table::*;
use super::keys::{self, Form};
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
    keys: |_, text, _| keys::whole(text, Form::Json, &HOOK),
};

fn read(text: &str) -> Reading {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let mut problems = Vec::new();
    if let Some((words, span)) = broken(&document) {
        problems.push(Problem { kind: ProblemKind::Unreadable(System::Kiro, words), span });
    }
    let mut manifest = Manifest::new(System::Kiro, "hook");
    manifest.name = take::text(root, "name");
    manifest.description = take::text(root, "description");
    if let Some(event) = root.get("when").and_then(|when| take::text(when, "type")) {
        let then = root.get("then");
        let command = then.and_then(|then| take::text(then, "command").or_else(|| take::text(then, "prompt")));
        manifest.hooks.push(Hook { span: event.span, event, command });
    }
    let facts = Collector::default().facts(0);
    Reading { content: Content::Manifest(Box::new(manifest)), facts, problems }
}

const HOOKS: &str = "the documentation of Kiro: https://kiro.dev/docs/hooks/";

static HOOK: KeyTable = KeyTable {
    system: System::Kiro,
    title: "a hook",
    source: HOOKS,
    keys: &[
        required("name", Text, "What it is called in the list of hooks."),
        key("description", Text, "What it does."),
        key("version", Text, "Version of the hook, in quotes."),
        key("enabled", Boolean, "False: it does nothing.").or("`true`"),
        required("when", Map(Of(&WHEN)), "What it waits for."),
        required("then", Map(Of(&THEN)), "What it does then."),
    ],
};

const EVENTS: Words = &[
    word("fileEdited", "A file that `patterns` fits was saved."),
    word("fileCreated", "Such a file was made."),
    word("fileDeleted", "Such a file was deleted."),
    word("userTriggered", "You start it."),
    word("promptSubmit", "You send words to the agent."),
    word("agentStop", "The agent has answered."),
    word("preToolUse", "Before a tool of `toolTypes` is used."),
    word("postToolUse", "After one was used."),
    word("preTaskExecution", "Before a task of a spec is begun."),
    word("postTaskExecution", "After one was done."),
];

static WHEN: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`when`",
    source: HOOKS,
    keys: &[
        required("type", Open(EVENTS), "The event."),
        key("patterns", List(&Glob), "Events of files: globs of the files."),
        key("toolTypes", List(&Text), "Events of tools: `read`, `write`, `shell`, `web`, `*`, or a pattern."),
    ],
};

const ACTIONS: Words = &[
    word("askAgent", "Sends `prompt` to the agent."),
    word("runCommand", "Runs `command` in a shell; costs nothing."),
];

static THEN: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`then`",
    source: HOOKS,
    keys: &[
        required("type", Open(ACTIONS), "What is done."),
        key("prompt", Text, "`askAgent`: what the agent is asked for."),
        key("command", Text, "`runCommand`: what is run."),
        key("timeout", Integer, "`runCommand`: seconds after which it is stopped.").or("60"),
    ],
};
