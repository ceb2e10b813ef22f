//! Refactorings of a workflow: each is one file, worked out from the text as it is, tried on the project, and offered when
//! nothing is said afterwards that was not said before.

mod add_pass;
mod create;
mod extract_gate;
pub(crate) mod organise;
mod split_workflow;

pub(crate) use create::create;

use crate::Snapshot;
use crate::actions::{Action, ActionKind, Effect};
use crate::change::{project_after, said};
use crate::diagnostic::{Fix, TextEdit};
use spec::model::{Pass, Workflow};
use spec::{Content, SpecFile};
use syntax::yaml::{self, Entry, Node};
use text::Span;

/// What can be moved or added at a range.
pub(crate) fn refactorings(snapshot: &Snapshot, path: &str, range: Span) -> Vec<Action> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(source) = Source::of(file) else { return Vec::new() };
    let Some(at) = source.pass_at(range.start as usize) else { return Vec::new() };
    let ways = [extract_gate::extract_gate, add_pass::add_pass, split_workflow::split_workflow];
    ways.into_iter().filter_map(|way| way(snapshot, &source, at)).collect()
}

fn action(title: String, kind: ActionKind, effect: Result<Vec<(String, TextEdit)>, String>) -> Action {
    let effect = match effect {
        Ok(edits) => Effect::Edit(Fix { title: title.clone(), edits, preferred: false }),
        Err(reason) => Effect::Disabled(reason),
    };
    Action { title, kind, effect, diagnostic: None, preferred: false }
}

/// True when the edits leave the workflow readable, and neither it nor the file that is made says a rule more often than
/// the workflow did before.
fn is_clean(snapshot: &Snapshot, source: &Source<'_>, edits: &[(String, TextEdit)]) -> bool {
    let fix = Fix { title: String::new(), edits: edits.to_vec(), preferred: false };
    let Some(after) = project_after(&snapshot.project, &fix) else { return false };
    let mut paths: Vec<&str> = edits.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let rules = |all: Vec<(String, String)>| all.into_iter().map(|(rule, _)| rule);
    let mut left: Vec<String> = rules(said(&snapshot.project, &snapshot.live, &source.file.path)).collect();
    paths.into_iter().flat_map(|path| rules(said(&after, &snapshot.live, path))).all(|rule| {
        let known = left.iter().position(|other| *other == rule);
        known.map(|at| left.swap_remove(at)).is_some()
    })
}

/// A workflow and the text it stands in.
struct Source<'a> {
    file: &'a SpecFile,
    text: &'a str,
    workflow: &'a Workflow,
    root: Node,
    newline: &'static str,
}

impl<'a> Source<'a> {
    /// `None` for what is no workflow, or cannot be read whole: nothing is moved in a file that is being typed.
    fn of(file: &'a SpecFile) -> Option<Source<'a>> {
        let Content::Workflow(workflow) = &file.content else { return None };
        let text = file.text()?;
        let document = yaml::read(text, file.yaml());
        let newline = crate::ignore::newline(text);
        let whole = document.valid && document.root.get("passes")?.items().len() == workflow.passes.len();
        whole.then_some(Source { file, text, workflow, root: document.root, newline })
    }

    fn list(&self) -> Option<&Node> {
        self.root.get("passes")
    }

    /// The pass in whose text a place lies: in the front matter, or in its section.
    fn pass_at(&self, at: usize) -> Option<usize> {
        let inside = |span: Span| span.touches(at);
        let line = self.line_start(at);
        let passes = self.workflow.passes.iter();
        let on_line = |pass: &Pass| self.line_start(pass.span.start as usize) == line;
        let in_list = passes.clone().position(|pass| inside(pass.span)).or_else(|| passes.clone().position(on_line));
        in_list.or_else(|| {
            let section = self.workflow.sections.iter().find(|it| it.level == 2 && inside(it.span))?;
            passes.clone().position(|pass| pass.id.as_ref().is_some_and(|id| id.value == section.title.value))
        })
    }

    /// The YAML of a pass.
    fn node(&self, pass: usize) -> Option<&Node> {
        self.list()?.items().get(pass)
    }

    fn section(&self, id: &str) -> Option<&'a spec::model::Section> {
        self.workflow.sections.iter().find(|section| section.level == 2 && section.title.value == id)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
    }

    /// Where the line of a place ends, before its line end.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find(['\n', '\r']).map_or(self.text.len(), |end| at + end)
    }

    /// Where the next line begins.
    fn next_line(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let rest = &self.text[end..];
        end + if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) }
    }

    fn is_flow(&self, node: &Node) -> bool {
        matches!(self.text.as_bytes().get(node.span.start as usize), Some(b'{' | b'['))
    }

    /// The lines of every pass of a block list, with the comments above each; `None` where the list is written in brackets.
    fn chunks(&self) -> Option<Vec<Span>> {
        let items = self.list().filter(|list| !self.is_flow(list))?.items();
        let mut chunks: Vec<Span> = Vec::new();
        let mut from = self.next_line(self.root.entry("passes")?.key.span.end as usize);
        for item in items {
            let end = self.next_line(self.last_byte(item));
            chunks.push(Span::new(from, end));
            from = end;
        }
        Some(chunks)
    }

    /// The last byte of a value. A block scalar's last line may be empty.
    fn last_byte(&self, node: &Node) -> usize {
        let start = node.span.start as usize;
        start + node.span.of(self.text).trim_end().len().saturating_sub(1)
    }

    /// The lines of the entries of a map, moved to the left border.
    fn dedented(&self, entries: &[Entry], flow: bool) -> String {
        let mut lines = String::new();
        if flow {
            for entry in entries {
                let span = entry.key.span.cover(entry.value.span);
                lines.push_str(span.of(self.text).trim_end());
                lines.push_str(self.newline);
            }
            return lines;
        }
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return lines };
        let start = first.key.span.start as usize;
        let column = start - self.line_start(start);
        let end = self.next_line(self.last_byte(&last.value).max(last.key.span.end as usize));
        for (number, line) in self.text[self.line_start(start)..end].split_inclusive('\n').enumerate() {
            // Before the first key may stand the dash of a list.
            let line = if number == 0 { &line[column..] } else { line };
            let indent = line.len() - line.trim_start_matches(' ').len();
            lines.push_str(&line[if number == 0 { 0 } else { indent.min(column) }..]);
        }
        if !lines.ends_with('\n') {
            lines.push_str(self.newline);
        }
        lines
    }
}

/// `name`, or with a number behind it where that is taken.
fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::change::edited;
    use std::sync::Arc;

    pub(super) const PATH: &str = ".tollgate/workflows/mend.md";

    pub(super) fn snapshot(text: &str) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let agent =
            |name: &str| format!("---\nschema_version: 1\nname: {name}\ncategory: implementer\n---\nYou work.\n");
        let (worker, critic) = (agent("worker"), agent("critic").replace("implementer", "verifier"));
        let others = [(".tollgate/agents/worker.md", &*worker), (".tollgate/agents/critic.md", &*critic)];
        for (path, text) in others.into_iter().chain([(PATH, text)]) {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    /// The action at `$0` whose title begins so, and the files after it or the reason against it.
    pub(super) fn taken(text: &str, title: &str) -> Option<Result<Vec<(String, String)>, String>> {
        let at = text.find("$0").expect("a cursor");
        let snapshot = snapshot(&text.replace("$0", ""));
        let all = refactorings(&snapshot, PATH, Span::empty(at));
        let action = all.into_iter().find(|action| action.title.starts_with(title))?;
        Some(match action.effect {
            Effect::Edit(fix) | Effect::FillIn(fix) => Ok(files_after(&snapshot, &fix.edits)),
            Effect::Disabled(reason) => Err(reason),
            Effect::Command(_) => panic!("no command"),
        })
    }

    pub(super) fn files_after(snapshot: &Snapshot, edits: &[(String, TextEdit)]) -> Vec<(String, String)> {
        let mut paths: Vec<&String> = edits.iter().map(|(path, _)| path).collect();
        paths.sort();
        paths.dedup();
        let after = |path: &String| {
            let text = snapshot.file(path).and_then(|file| file.text()).map_or("", |text| text);
            let own = edits.iter().filter(|(other, _)| other == path).map(|(_, edit)| edit);
            (path.clone(), edited(text, own).expect("edits that do not overlap"))
        };
        paths.into_iter().map(after).collect()
    }
}
