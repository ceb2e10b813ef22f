//! Rename: everything that carries a name follows it. Its definition, its uses in whatever quotes they are written, body
//! sections, Markdown links in any file of ours, templates, `inputs:` of tickets, checks of gates, and the name of the file that
//! defines it.
//!
//! What is found is what the index of names knows; no file is looked through for it. Before anything is given away, every
//! touched file is read again as it would be: if its names are not exactly the old ones with the new name among them, the
//! rename is refused. Records are never edited, and what belongs to a host is its host's to rename.

use crate::Snapshot;
use crate::change::edited;
use crate::completion::kind_word;
use crate::diagnostic::{TextEdit, one_line};
use crate::inputs;
use crate::navigation::name_at;
use spec::model::StatusCategory;
use spec::record::Record;
use spec::{Content, FileKind, Name, NameKind, Role, SpecFile, links, values};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use syntax::{front_matter, markdown};
use text::Span;

/// What would be renamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// The name without quotes, where the cursor stands.
    pub span: Span,
    /// The name as it is written.
    pub text: String,
}

/// Why nothing is renamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// One sentence for the person who asked.
    Refused(String),
    /// A file is no longer what is known of it.
    Changed,
}

/// What whoever asks can do with an answer.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Files can be renamed.
    pub moves: bool,
}

/// A rename, worked out.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Renaming {
    /// What it does, in a few words.
    pub title: String,
    /// Edits by path from the root, in order of place. They come before the moves.
    pub edits: BTreeMap<String, Vec<TextEdit>>,
    /// Files that get another path: from, to.
    pub moves: Vec<(String, String)>,
    /// What does not follow, each in one sentence.
    pub notes: Vec<String>,
}

/// The text of a file that may be closed; `None` when it is no longer what is known of it.
pub type Texts<'a> = &'a dyn Fn(&str) -> Option<Arc<SpecFile>>;

/// What the cursor is on, when it can be renamed. `Ok(None)` where there is no name.
pub fn prepare(snapshot: &Snapshot, path: &str, offset: usize) -> Result<Option<Token>, Fault> {
    Ok(target(snapshot, path, offset)?.map(|target| target.token))
}

/// Renames what the cursor is on.
pub fn rename(
    snapshot: &Snapshot,
    path: &str,
    offset: usize,
    new: &str,
    means: Means,
    texts: Texts<'_>,
) -> Result<Option<Renaming>, Fault> {
    let Some(target) = target(snapshot, path, offset)? else { return Ok(None) };
    target.renamed(snapshot, new, means, texts).map(Some)
}

/// A file of ours was given, or is to be given, another name in its folder: the name that it defines follows. `Ok(None)`
/// where the name of the file says nothing about a name. The move itself is not part of the answer.
pub fn file_renamed(snapshot: &Snapshot, from: &str, to: &str, texts: Texts<'_>) -> Result<Option<Renaming>, Fault> {
    let (Some(file), Some(kind)) = (snapshot.file(from), FileKind::of(to)) else { return Ok(None) };
    let (Some(old), Some(new)) = (moves_with(file, from), stem_of(to)) else { return Ok(None) };
    if kind != file.kind || old == new || parent(from) != parent(to) {
        return Ok(None);
    }
    let defined = file.facts.names.iter().find(|(name, role, _)| *role == Role::Definition && name.text == old);
    let Some((name, _, span)) = defined.filter(|(name, _, _)| Some(name.kind) == defined_by(kind)) else {
        return Ok(None);
    };
    let token = Token { span: *span, text: old.to_owned() };
    let target = Target::new(snapshot, name.clone(), file, token)?;
    let mut renaming = target.renamed(snapshot, new, Means { moves: true }, texts)?;
    renaming.moves.clear();
    Ok(Some(renaming))
}

/// The kind of name that a file of this kind defines once and is called by.
fn defined_by(kind: FileKind) -> Option<NameKind> {
    match kind {
        FileKind::Workflow => Some(NameKind::Workflow),
        FileKind::Agent => Some(NameKind::Agent),
        FileKind::Gate => Some(NameKind::Gate),
        FileKind::Ticket => Some(NameKind::Ticket),
        _ => None,
    }
}

/// The stem of a file that is called as the name that it defines.
fn moves_with<'f>(file: &'f SpecFile, path: &str) -> Option<&'f str> {
    let kind = defined_by(file.kind)?;
    let stem = file.stem();
    let same = |(name, role, _): &&(Name, Role, Span)| *role == Role::Definition && name.kind == kind;
    let defined = file.facts.names.iter().find(same)?;
    (defined.0.text == stem && path == file.path).then_some(stem)
}

fn stem_of(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".md")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A name that can be renamed.
struct Target<'s> {
    name: Name,
    /// The one file of ours that defines it.
    definer: &'s Arc<SpecFile>,
    token: Token,
}

fn target<'s>(snapshot: &'s Snapshot, path: &str, offset: usize) -> Result<Option<Target<'s>>, Fault> {
    let Some((name, span)) = name_at(snapshot, path, offset).filter(|(_, span)| !span.is_empty()) else {
        return Ok(None);
    };
    let Some((file, text)) = snapshot.file(path).and_then(|file| Some((file, file.text()?))) else { return Ok(None) };
    if matches!(name.kind, NameKind::Record) {
        return Ok(None);
    }
    if name.kind == NameKind::AnyInput && snapshot.project.is_defined(&name) {
        let input = one_line(&name.text, 80);
        return Err(refused(format!(
            "Which workflow's input `{input}` is meant here cannot be told: rename it in the workflow."
        )));
    }
    let written = short(&name).to_owned();
    if name.kind != NameKind::Feature && span.of(text) != written && story(span.of(text)).is_none() {
        return Err(refused(not_spelled(&name, span.of(text))));
    }
    Target::new(snapshot, name, file, Token { span, text: written }).map(Some)
}

fn refused(words: impl Into<String>) -> Fault {
    Fault::Refused(words.into())
}

/// The name without what it is inside of.
fn short(name: &Name) -> &str {
    match name.kind {
        NameKind::Pass | NameKind::Output | NameKind::Input | NameKind::Requirement | NameKind::Task => {
            name.text.split_once('/').map_or(&name.text, |(_, short)| short)
        }
        _ => &name.text,
    }
}

/// The number of `User Story 3`, which is the place of `US3`.
fn story(token: &str) -> Option<&str> {
    token.strip_prefix("User Story ").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn not_spelled(name: &Name, token: &str) -> String {
    let (what, id, token) = (kind_word(name.kind), short(name), one_line(token, 60));
    match name.kind {
        NameKind::Requirement | NameKind::Task => {
            format!("`{token}` stands for {what} `{id}` without spelling it: write the ids out to rename one of them.")
        }
        _ => format!("`{token}` is {what} `{id}` written with escapes: write it plainly to rename it."),
    }
}

impl<'s> Target<'s> {
    /// Decides whether the name is ours to rename.
    fn new(snapshot: &'s Snapshot, name: Name, at: &SpecFile, token: Token) -> Result<Target<'s>, Fault> {
        let what = kind_word(name.kind);
        let id = one_line(short(&name), 80);
        if name.kind == NameKind::Feature {
            return Err(refused(format!(
                "Feature `{id}` is called as its folder and its branch are: rename those with git and the tool that made them."
            )));
        }
        // As often as it is defined in it, a file stands here.
        let is_defined = |(known, role, _): &&(Name, Role, Span)| *role == Role::Definition && *known == name;
        let definers = snapshot.project.definers(&name);
        let definers = definers.flat_map(|file| file.facts.names.iter().filter(is_defined).map(move |_| file));
        let (hosts, ours): (Vec<_>, Vec<_>) = definers.partition(|file| file.is_others());
        let definer = match (ours.as_slice(), hosts.first()) {
            ([one], _) => *one,
            ([], None) => {
                return Err(refused(format!("Nothing defines {what} `{id}`, so there is nothing to rename.")));
            }
            ([], Some(host)) => {
                return Err(refused(format!(
                    "The {what} `{id}` is defined in {}, which belongs to another tool: rename it there.",
                    one_line(&host.path, 100)
                )));
            }
            ([first, second, ..], _) => {
                return Err(refused(format!(
                    "The {what} `{id}` is defined more than once, in {} and {}: which one is meant cannot be told.",
                    one_line(&first.path, 80),
                    one_line(&second.path, 80)
                )));
            }
        };
        if at.is_others() {
            let words =
                format!("This file belongs to another tool: rename {what} `{id}` where Tollgate's own files name it.");
            return Err(refused(words));
        }
        if name.kind == NameKind::Ticket {
            let records = snapshot.project.records(&name.text).len();
            if records > 0 {
                return Err(refused(format!(
                    "Ticket `{id}` has {} in .tollgate/records/{id}/, which are never edited: under another id it would lose its history and its cost.",
                    counted(records, "record")
                )));
            }
        }
        Ok(Target { name, definer, token })
    }

    /// The same name with other words.
    fn named(&self, new: &str) -> Name {
        let text = match self.name.text.strip_suffix(short(&self.name)) {
            Some(inside) => format!("{inside}{new}"),
            None => new.to_owned(),
        };
        Name { kind: self.name.kind, text }
    }

    fn renamed(&self, snapshot: &Snapshot, new: &str, means: Means, texts: Texts<'_>) -> Result<Renaming, Fault> {
        let old = short(&self.name);
        if new == old {
            return Ok(Renaming::default());
        }
        self.check_grammar(new)?;
        self.check_free(snapshot, new)?;
        let what = kind_word(self.name.kind);
        let mut renaming = Renaming { title: format!("Rename {what} `{old}` to `{new}`"), ..Renaming::default() };
        self.check_sections(new)?;
        for (file, role, span) in inputs::places(snapshot, &self.name) {
            if role == Role::Definition && (file.is_others() || span.is_empty()) {
                continue;
            }
            let file = texts(&file.path).ok_or(Fault::Changed)?;
            let text = file.text().ok_or(Fault::Changed)?;
            let text = match (span.of(text), story(span.of(text))) {
                (token, _) if token == old => new.to_owned(),
                (_, Some(_)) => format!("User Story {}", new.trim_start_matches("US")),
                (token, None) => {
                    let place = format!(" It stands in {}.", one_line(&file.path, 100));
                    return Err(refused(not_spelled(&self.name, token) + &place));
                }
            };
            renaming.edits.entry(file.path.clone()).or_default().push(TextEdit { span, text });
        }
        self.follow_file(snapshot, new, means, texts, &mut renaming)?;
        self.follow_links(snapshot, new, texts, &mut renaming)?;
        for edits in renaming.edits.values_mut() {
            edits.sort_by_key(|edit| edit.span);
            edits.dedup();
        }
        self.verify(new, texts, &renaming)?;
        renaming.notes.extend(self.records_left(snapshot));
        renaming.notes.extend(inputs::in_doubt(snapshot, &self.name).iter().map(|path| {
            let path = one_line(path, 100);
            format!("{path} keeps `{old}`: it serves several workflows that have such an input, or none.")
        }));
        Ok(renaming)
    }

    /// Refuses a name that no file could say.
    fn check_grammar(&self, new: &str) -> Result<(), Fault> {
        let (one, shown) = (one_of(self.name.kind), one_line(new, 60));
        let words = match self.name.kind {
            NameKind::Requirement | NameKind::Task => {
                let old = short(&self.name);
                let same = spec::work::is_id(new) && prefix(new) == prefix(old);
                (!same).then(|| format!("`{shown}` is no id of {one} as `{old}` is one."))
            }
            // YAML reads the word as nothing.
            _ if new == "null" => Some("`null` means nothing in YAML: choose another name.".to_owned()),
            _ if !values::is_id(new) => Some(format!(
                "`{shown}` is no name for {one}: letters a to z, digits and `-` make one, and it begins with no `-`."
            )),
            NameKind::Input if !new.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                Some(format!("`{shown}` cannot stand in a template: the name of an input begins with a letter."))
            }
            _ => None,
        };
        words.map_or(Ok(()), |words| Err(refused(words)))
    }

    /// Refuses a name that stands for something already.
    fn check_free(&self, snapshot: &Snapshot, new: &str) -> Result<(), Fault> {
        let name = self.named(new);
        let what = one_of(self.name.kind);
        if let Some((file, role, _)) = inputs::places(snapshot, &name).into_iter().min_by_key(|(_, role, _)| *role) {
            let path = one_line(&file.path, 100);
            return Err(refused(match role {
                Role::Definition => format!("There is {what} `{new}` already, in {path}."),
                _ => format!("{path} names {what} `{new}` that nothing defines: it would mean this one from now on."),
            }));
        }
        if let Some(to) = self.moved(new)
            && (snapshot.file(&to).is_some() || !snapshot.project.differ_in_case(&to).is_empty())
        {
            return Err(refused(format!("There is a file {to} already.")));
        }
        let records = if self.name.kind == NameKind::Ticket { snapshot.project.records(new).len() } else { 0 };
        if records > 0 {
            return Err(refused(format!(
                "There are records of a ticket `{new}` already: they would become this one's."
            )));
        }
        Ok(())
    }

    /// Refuses a pass id that some section of the body has for a heading.
    fn check_sections(&self, new: &str) -> Result<(), Fault> {
        let (NameKind::Pass, Content::Workflow(workflow)) = (self.name.kind, &self.definer.content) else {
            return Ok(());
        };
        let taken = workflow.sections.iter().any(|section| section.level == 2 && section.title.value == new);
        if taken {
            return Err(refused(format!(
                "The body has a section `## {new}` already: it would become the task of this pass."
            )));
        }
        Ok(())
    }

    /// Where the file that defines it belongs under the new name, if it is called as the name is.
    fn moved(&self, new: &str) -> Option<String> {
        let stem = moves_with(self.definer, &self.definer.path)?;
        (defined_by(self.definer.kind) == Some(self.name.kind) && stem == short(&self.name))
            .then(|| format!("{}/{new}.md", parent(&self.definer.path)))
    }

    /// Markdown links to the file that gets another path, and to its headings that get another title.
    fn follow_links(
        &self,
        snapshot: &Snapshot,
        new: &str,
        texts: Texts<'_>,
        renaming: &mut Renaming,
    ) -> Result<(), Fault> {
        let from = &self.definer.path;
        let moved = renaming.moves.first().map(|(_, to)| file_name(to).to_owned());
        let anchors = self.anchors(new, texts)?;
        if moved.is_none() && anchors.is_empty() {
            return Ok(());
        }
        let name = Name { kind: NameKind::File, text: from.clone() };
        let mut paths: BTreeSet<&String> = snapshot.project.files_with(&name).map(|file| &file.path).collect();
        paths.insert(from);
        for path in paths {
            let file = texts(path).ok_or(Fault::Changed)?;
            let text = file.text().ok_or(Fault::Changed)?;
            for link in links::file_links(path, text).into_iter().filter(|link| link.path == *from) {
                let end = link.written.end as usize;
                let name = Span::new(end.saturating_sub(file_name(from).len()), end);
                let is_named = file_name(link.written.of(text)) == file_name(from);
                let file = moved.as_ref().filter(|_| is_named).map(|to| TextEdit { span: name, text: to.clone() });
                let section = link.anchor.and_then(|span| {
                    let text = anchors.get(span.of(text))?.clone();
                    Some(TextEdit { span, text })
                });
                let edits: Vec<TextEdit> = file.into_iter().chain(section).collect();
                if !edits.is_empty() {
                    renaming.edits.entry(path.clone()).or_default().extend(edits);
                }
            }
        }
        Ok(())
    }

    /// What stands behind `#` in links to headings of the file, where it becomes something else.
    fn anchors(&self, new: &str, texts: Texts<'_>) -> Result<BTreeMap<String, String>, Fault> {
        if self.name.kind != NameKind::Pass {
            return Ok(BTreeMap::new());
        }
        let file = texts(&self.definer.path).ok_or(Fault::Changed)?;
        let text = file.text().ok_or(Fault::Changed)?;
        let read = markdown::read(text, front_matter::split(text).body);
        let titles = |renamed: bool| {
            let title = |heading: &markdown::Heading| {
                let is_pass = heading.level == 2 && heading.title.value == short(&self.name);
                if renamed && is_pass { new.to_owned() } else { heading.title.value.clone() }
            };
            markdown::anchors(read.headings.iter().map(title))
        };
        Ok(titles(false).into_iter().zip(titles(true)).filter(|(before, after)| before != after).collect())
    }

    /// The file that defines the name, and the paths that lead to it.
    fn follow_file(
        &self,
        snapshot: &Snapshot,
        new: &str,
        means: Means,
        texts: Texts<'_>,
        renaming: &mut Renaming,
    ) -> Result<(), Fault> {
        let Some(to) = self.moved(new) else { return Ok(()) };
        let from = &self.definer.path;
        if !means.moves {
            let named = self
                .definer
                .facts
                .names
                .iter()
                .any(|(name, role, span)| *name == self.name && *role == Role::Definition && !span.is_empty());
            if !named {
                return Err(refused(format!(
                    "{from} has no name but its file's, and this editor cannot rename files."
                )));
            }
            renaming.notes.push(format!("{from} keeps its path: this editor cannot rename files. Move it to {to}."));
            return Ok(());
        }
        renaming.moves.push((from.clone(), to.clone()));
        for (file, span) in paths_to(snapshot, from) {
            let file = texts(&file.path).ok_or(Fault::Changed)?;
            let written = span.of(file.text().ok_or(Fault::Changed)?);
            if let Some(at) = written.find(from.as_str()) {
                let start = span.start as usize + at;
                let edit = TextEdit { span: Span::new(start, start + from.len()), text: to.clone() };
                renaming.edits.entry(file.path.clone()).or_default().push(edit);
            }
        }
        Ok(())
    }

    /// Reads every touched file as it would be, and compares what it says.
    fn verify(&self, new: &str, texts: Texts<'_>, renaming: &Renaming) -> Result<(), Fault> {
        let wanted = self.named(new);
        let renamed = |name: &Name| -> Name {
            let inside = |name: &Name| {
                let rest = name.text.strip_prefix(&self.name.text)?.strip_prefix('/')?;
                Some(Name { kind: name.kind, text: format!("{new}/{rest}") })
            };
            match (name.kind, self.name.kind) {
                _ if *name == self.name => wanted.clone(),
                (NameKind::AnyInput, NameKind::Input) if name.text == short(&self.name) => {
                    Name { kind: NameKind::AnyInput, text: new.to_owned() }
                }
                (NameKind::Pass | NameKind::Output | NameKind::Input, NameKind::Workflow) => {
                    inside(name).unwrap_or_else(|| name.clone())
                }
                _ => name.clone(),
            }
        };
        let touched: BTreeSet<&String> =
            renaming.edits.keys().chain(renaming.moves.iter().map(|(from, _)| from)).collect();
        for path in touched {
            let file = texts(path).ok_or(Fault::Changed)?;
            let text = file.text().ok_or(Fault::Changed)?;
            let edits = renaming.edits.get(path).map(Vec::as_slice).unwrap_or_default();
            let to = renaming.moves.iter().find(|(from, _)| from == path).map_or(path, |(_, to)| to);
            let after = edited(text, edits).and_then(|text| SpecFile::read(to, &text));
            let mut before: Vec<(Name, Role)> =
                file.facts.names.iter().map(|(name, role, _)| (renamed(name), *role)).collect();
            let after = after.map(|after| after.facts.names.into_iter().map(|(name, role, _)| (name, role)));
            let mut after: Vec<(Name, Role)> = after.into_iter().flatten().collect();
            before.sort();
            after.sort();
            if before != after {
                return Err(refused(format!(
                    "With `{new}` other names of {} would change their meaning, so nothing is renamed.",
                    one_line(path, 100)
                )));
            }
        }
        Ok(())
    }

    /// What the records of tickets that are not done lose.
    fn records_left(&self, snapshot: &Snapshot) -> Option<String> {
        let mine = |workflow: &str, pass: &str| match self.name.kind {
            NameKind::Workflow => workflow == self.name.text,
            NameKind::Pass => self.name.text.split_once('/') == Some((workflow, pass)),
            _ => false,
        };
        if !matches!(self.name.kind, NameKind::Workflow | NameKind::Pass) {
            return None;
        }
        let mut records = 0;
        let mut tickets: BTreeSet<&str> = BTreeSet::new();
        for name in snapshot.project.defined(NameKind::Ticket) {
            let done = snapshot.project.ticket(&name.text).and_then(|(_, ticket)| ticket.status.as_ref());
            if done.and_then(|status| StatusCategory::of(status)) == Some(StatusCategory::Done) {
                continue;
            }
            let of_this = snapshot.project.records(&name.text).into_iter().filter(|(_, record)| match record {
                Record::Run(receipt) => mine(&receipt.workflow, &receipt.pass),
                Record::Decision(decision) => mine(&decision.predicate.workflow, &decision.predicate.pass),
            });
            let count = of_this.count();
            if count > 0 {
                records += count;
                tickets.insert(&name.text);
            }
        }
        if records == 0 {
            return None;
        }
        let lost =
            if self.name.kind == NameKind::Pass { "this pass is open again" } else { "its gates are open again" };
        let tickets = tickets.into_iter().map(|ticket| one_line(ticket, 40)).collect::<Vec<_>>();
        Some(format!(
            "{} the old name, because records are never edited: for {} {lost}.",
            if records == 1 { "1 record keeps".to_owned() } else { format!("{records} records keep") },
            one_line(&tickets.join(", "), 120)
        ))
    }
}

/// `a pass`, `an agent`.
fn one_of(kind: NameKind) -> String {
    let word = kind_word(kind);
    format!("{} {word}", if word.starts_with(['a', 'i', 'o']) { "an" } else { "a" })
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `FR-` of `FR-001`: ids of one prefix are of one kind.
fn prefix(id: &str) -> &str {
    let end = id.find(|letter: char| letter.is_ascii_digit()).unwrap_or(id.len());
    &id[..end]
}

/// Where paths of our files lead to the file at `path`.
fn paths_to<'s>(snapshot: &'s Snapshot, path: &str) -> Vec<(&'s Arc<SpecFile>, Span)> {
    let mut found = Vec::new();
    for name in snapshot.project.defined(NameKind::Agent) {
        for file in snapshot.project.definers(name) {
            let Content::Agent(agent) = &file.content else { continue };
            let extends = agent.extends.as_ref().filter(|extends| extends.value == path);
            found.extend(extends.map(|extends| (file, extends.span)));
        }
    }
    if let Some((file, config)) = snapshot.project.config() {
        let rows = config.agents.iter().filter_map(|row| row.file.as_ref()).filter(|file| file.value == path);
        found.extend(rows.map(|row| (file, row.span)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FLOW: &str = ".tollgate/workflows/flow.md";
    const WORKER: &str = ".tollgate/agents/worker.md";
    const JUDGE: &str = ".tollgate/agents/judge.md";

    /// Texts by path, as on a disk.
    type Disk = BTreeMap<String, String>;

    fn disk(files: &[(&str, &str)]) -> Disk {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    fn open(disk: &Disk) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for file in disk.iter().filter_map(|(path, text)| SpecFile::read(path, text)) {
            snapshot.project.set(Arc::new(file));
        }
        snapshot
    }

    /// Every name and its role, by file.
    fn shape(disk: &Disk) -> BTreeMap<String, Vec<(Name, Role)>> {
        let snapshot = open(disk);
        let names =
            |file: &Arc<SpecFile>| file.facts.names.iter().map(|(name, role, _)| (name.clone(), *role)).collect();
        snapshot.project.files().map(|file| (file.path.clone(), names(file))).collect()
    }

    fn ask(disk: &Disk, path: &str, offset: usize, new: &str, moves: bool) -> Result<Option<Renaming>, Fault> {
        let snapshot = open(disk);
        rename(&snapshot, path, offset, new, Means { moves }, &|path| snapshot.file(path).cloned())
    }

    fn apply(disk: &Disk, renaming: &Renaming) -> Disk {
        let mut after = disk.clone();
        for (path, edits) in &renaming.edits {
            after.insert(path.clone(), edited(&disk[path], edits).expect("edits that do not overlap"));
        }
        for (from, to) in &renaming.moves {
            let text = after.remove(from).expect("a file");
            assert_eq!(after.insert(to.clone(), text), None, "nothing is overwritten");
        }
        after
    }

    /// Renames at `$0`; gives the texts after it.
    #[track_caller]
    fn renamed(files: &[(&str, &str)], new: &str) -> Disk {
        let (disk, path, offset) = marked(files);
        let renaming = ask(&disk, &path, offset, new, true).expect("no refusal").expect("a name");
        assert_ne!(renaming, Renaming::default());
        apply(&disk, &renaming)
    }

    /// The sentence with which renaming at `$0` is refused.
    #[track_caller]
    fn refusal(files: &[(&str, &str)], new: &str) -> String {
        let (disk, path, offset) = marked(files);
        match ask(&disk, &path, offset, new, true) {
            Err(Fault::Refused(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    fn marked(files: &[(&str, &str)]) -> (Disk, String, usize) {
        let mut disk = disk(files);
        let (path, offset) =
            disk.iter().find_map(|(path, text)| Some((path.clone(), text.find("$0")?))).expect("a cursor");
        let text = disk[&path].replacen("$0", "", 1);
        disk.insert(path.clone(), text);
        (disk, path, offset)
    }

    const WORKER_TEXT: &str = "---\nname: worker\n---\n";

    #[test]
    fn a_pass_takes_its_section_links_needs_and_conditions_along() {
        let text = "---\nname: flow\npasses:\n  - id: 's$0pec'\n  - {id: code, needs: [\"spec\"], if: \"{{ passes.spec.outcome == 'ok' }}\"}\n  - id: docs\n    needs:\n      - spec # the first\n      - >-\n        spec\n---\n# Flow\nSee [it](#spec), [that](#spec-1) and [both](#docs).\n## spec\nDo it.\n### Spec\n## code\nspec stays in words. {{ passes.spec.outcome }}\n## docs\n";
        let after = renamed(&[(FLOW, text)], "wish");
        let expected = "---\nname: flow\npasses:\n  - id: 'wish'\n  - {id: code, needs: [\"wish\"], if: \"{{ passes.wish.outcome == 'ok' }}\"}\n  - id: docs\n    needs:\n      - wish # the first\n      - >-\n        wish\n---\n# Flow\nSee [it](#wish), [that](#spec) and [both](#docs).\n## wish\nDo it.\n### Spec\n## code\nspec stays in words. {{ passes.wish.outcome }}\n## docs\n";
        assert_eq!(after[FLOW], expected);
    }

    #[test]
    fn an_agent_takes_its_file_and_its_users_along() {
        let flow = "---\nname: flow\npasses:\n  - {id: a, agent: \"worker\", gate: {reviewer: {type: agent, agent: judge}}}\n---\n## a\n";
        let judge = "---\nname: judge\nindependent_of: [work$0er]\nextends: .tollgate/agents/worker.md\n---\n";
        let config = "agents:\n  other: {file: \".tollgate/agents/worker.md\"}\n";
        let host = (".claude/agents/worker.md", "---\nname: worker\ndescription: x\n---\n");
        let files = [(FLOW, flow), (JUDGE, judge), (WORKER, WORKER_TEXT), (".tollgate/config.yaml", config), host];
        let after = renamed(&files, "builder");
        assert_eq!(after[FLOW], flow.replace("worker", "builder"));
        assert_eq!(after[JUDGE], judge.replace("$0", "").replace("worker", "builder"));
        assert_eq!(after[".tollgate/config.yaml"], config.replace("worker", "builder"));
        assert_eq!(after[".tollgate/agents/builder.md"], WORKER_TEXT.replace("worker", "builder"));
        assert_eq!((after.get(WORKER), after[host.0].as_str()), (None, host.1), "a host's file stays");
    }

    #[test]
    fn links_of_other_files_lead_to_the_new_heading_and_the_new_file() {
        let flow = "---\nname: flow\npasses: [{id: sp$0ec}, {id: docs}]\n---\n[here](flow.md#spec)\n## spec\n## docs\n";
        let ticket = "---\nid: t-1\n---\n[a](../workflows/flow.md#spec) [b](/.tollgate/workflows/flow.md \"x\") [c](../workflows/flow.md#docs)\n`[d](../workflows/flow.md#spec)`\n";
        let agent =
            "---\nname: worker\n---\nSee [it](./../workflows/flow.md#spec) and [that](../../docs/flow.md#spec).\n";
        let spec = "# Feature Specification: A\n\n- **FR-001**: as [here](../../.tollgate/workflows/flow.md#spec)\n";
        let host = "---\nname: other\ndescription: x\n---\n[a](../../.tollgate/workflows/flow.md#spec)\n";
        let files = [
            (FLOW, flow),
            (".tollgate/tickets/t-1.md", ticket),
            (WORKER, agent),
            ("specs/001-a/spec.md", spec),
            (".claude/agents/other.md", host),
        ];
        let after = renamed(&files, "wish");
        assert_eq!(after[FLOW], flow.replace("$0", "").replace("spec", "wish"));
        let expected = ticket.replacen("flow.md#spec", "flow.md#wish", 1);
        assert_eq!(after[".tollgate/tickets/t-1.md"], expected, "what is code is no link");
        assert_eq!(after[WORKER], agent.replacen("#spec", "#wish", 1));
        assert_eq!(after["specs/001-a/spec.md"], spec.replace("#spec", "#wish"));
        assert_eq!(after[".claude/agents/other.md"], host, "a host's file stays");

        let flow = flow.replace("$0", "").replace("name: flow", "name: fl$0ow");
        let files = [files[1], files[2], files[3], files[4], (FLOW, flow.as_str())];
        let after = renamed(&files, "stream");
        assert_eq!(after[".tollgate/tickets/t-1.md"], ticket.replacen("flow.md", "stream.md", 3));
        assert_eq!(after[WORKER], agent.replacen("flow.md", "stream.md", 1));
        assert!(after[".tollgate/workflows/stream.md"].contains("[here](stream.md#spec)"));
    }

    #[test]
    fn an_input_is_followed_into_agents_gates_and_tickets_that_mean_it() {
        let flow = |name: &str, rest: &str| {
            format!("---\nname: {name}\ninputs: {{sc$0ope: {{type: string}}}}\npasses: [{{id: a{rest}}}]\n---\n")
        };
        let gate = "---\nname: shared\nverify: [{artifact: \"{{ inputs.scope }}/out\"}]\n---\n{{ inputs.scope }} is no template here\n";
        let agent = "---\nname: worker\nwrites: [\"{{inputs.scope}}/**\"]\n---\n";
        let judge = agent.replace("worker", "judge");
        let ticket = "---\nid: t-1\nworkflow: flow\ninputs: {\"scope\": scope}\n---\n";
        let other = ticket.replace("t-1", "t-2").replace("flow", "side");
        let one = flow("flow", ", agent: worker, gate: shared");
        let two = flow("side", ", agent: judge").replace("$0", "");
        let files = [
            (FLOW, one.as_str()),
            (".tollgate/workflows/side.md", &two),
            (".tollgate/gates/shared.md", gate),
            (WORKER, agent),
            (JUDGE, &judge),
            (".tollgate/tickets/t-1.md", ticket),
            (".tollgate/tickets/t-2.md", &other),
        ];
        let after = renamed(&files, "area");
        assert_eq!(after[WORKER], agent.replace("scope", "area"));
        assert_eq!(after[".tollgate/gates/shared.md"], gate.replacen("scope", "area", 1));
        assert_eq!(after[".tollgate/tickets/t-1.md"], ticket.replacen("scope", "area", 1));
        assert_eq!((&after[JUDGE], &after[".tollgate/tickets/t-2.md"]), (&judge, &other), "those of another workflow");

        // From the agent that means it, and from one that may mean two.
        let (disk, ..) = marked(&files);
        let at = disk[WORKER].find("scope").unwrap();
        let renaming = ask(&disk, WORKER, at, "area", true).unwrap().unwrap();
        assert_eq!(apply(&disk, &renaming), after);
        let mut both = disk.clone();
        both.insert(".tollgate/workflows/side.md".to_owned(), two.replace("judge", "worker"));
        let words = "Which workflow's input `scope` is meant here cannot be told: rename it in the workflow.";
        assert_eq!(ask(&both, WORKER, at, "area", true), Err(Fault::Refused(words.to_owned())));
        let renaming = ask(&both, FLOW, both[FLOW].find("scope").unwrap(), "area", true).unwrap().unwrap();
        assert_eq!(
            renaming.notes,
            [
                ".tollgate/agents/judge.md keeps `scope`: it serves several workflows that have such an input, or none.",
                ".tollgate/agents/worker.md keeps `scope`: it serves several workflows that have such an input, or none."
            ]
        );
        let taken = agent.replace("scope", "area");
        let files = [(FLOW, one.as_str()), (WORKER, taken.as_str())];
        assert_eq!(
            refusal(&files, "area"),
            ".tollgate/agents/worker.md names an input `area` that nothing defines: it would mean this one from now on."
        );
    }

    #[test]
    fn every_other_kind_follows_too() {
        let flow = "---\nname: flow\ninputs:\n  \"scope\": {type: string}\ndefaults: {tier: light}\npasses:\n  - id: a\n    inputs: [ticket, 'inputs.scope']\n    outputs: [{id: note, path: \"x/{{inputs.scope}}.md\"}]\n    reserve: [{resource: db}]\n    gate: shared\n  - {id: b, type: workflow, workflow: flow, inputs: [outputs.note]}\n---\n## a\n{{ inputs.scope }}\n### Gate\n- [ ] AC-1 no note (check: absent \"note\" in outputs.note )\n";
        let config = "tiers:\n  light: [{harness: claude}]\npolicy: {max_tier: light}\nresources: [{id: db}]\n";
        let gate = "---\nname: shared\n---\n";
        let ticket = "---\nid: t-1\ndependencies: [t-2]\nworkflow: flow\ntier: light\n---\n";
        let other = "---\nid: t-2\nparent_task_id: t-1\n---\n";
        let files = [
            (FLOW, flow),
            (".tollgate/config.yaml", config),
            (".tollgate/gates/shared.md", gate),
            (".tollgate/tickets/t-1.md", ticket),
            (".tollgate/tickets/t-2.md", other),
        ];
        for (path, token, moved) in [
            (FLOW, "note, path", None),
            (FLOW, "scope}}", None),
            (FLOW, "flow\ninputs", Some(FLOW)),
            (FLOW, "shared\n", Some(".tollgate/gates/shared.md")),
            (FLOW, "db}", None),
            (FLOW, "light}", None),
            (".tollgate/tickets/t-2.md", "t-1", Some(".tollgate/tickets/t-1.md")),
            (".tollgate/tickets/t-1.md", "t-2]", Some(".tollgate/tickets/t-2.md")),
        ] {
            let before = disk(&files);
            let offset = before[path].find(token).unwrap();
            let renaming = ask(&before, path, offset, "new-name", true).unwrap().unwrap();
            assert_eq!(renaming.moves.first().map(|(from, _)| from.as_str()), moved, "{token}");
            let after = apply(&before, &renaming);
            let old = token.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next().unwrap();
            let count = |disk: &Disk, word: &str| -> usize {
                let names = shape(disk).into_values().flatten();
                names.filter(|(name, _)| short(name) == word).count()
            };
            assert_eq!((count(&after, old), count(&after, "new-name")), (0, count(&before, old)), "{token}");
        }
        let check = |text: &str| text.contains("absent \"note\" in outputs.remark )");
        let before = disk(&files);
        let renaming = ask(&before, FLOW, before[FLOW].find("note, path").unwrap(), "remark", true).unwrap().unwrap();
        assert!(check(&apply(&before, &renaming)[FLOW]), "the words that are looked for are no name");
    }

    #[test]
    fn requirements_stories_and_tasks_of_other_tools() {
        const SPEC: &str = "specs/001-a/spec.md";
        const TASKS: &str = "specs/001-a/tasks.md";
        let spec = "# Feature Specification: A\n\n### User Story 1 - x (Priority: P1)\n\n- **FR-001**: a\n- **FR-002**: b\n- **FR-003**: c\n";
        let tasks = "# Tasks: A\n\n- [ ] T001 [US1] do (FR-0$001, FR-002)\n- [ ] T002 more, depends on T001\n";
        let after = renamed(&[(SPEC, spec), (TASKS, tasks)], "FR-010");
        assert_eq!(after[SPEC], spec.replace("FR-001", "FR-010"));
        assert_eq!(after[TASKS], tasks.replace("$0", "").replace("FR-001", "FR-010"));
        let tasks = tasks.replace("$0", "").replace("T001\n", "T0$001\n");
        let after = renamed(&[(SPEC, spec), (TASKS, &tasks)], "T009");
        assert_eq!(after[TASKS], tasks.replace("$0", "").replace("T001", "T009"));
        let tasks = tasks.replace("$0", "").replace("US1", "U$0S1");
        let after = renamed(&[(SPEC, spec), (TASKS, &tasks)], "US4");
        assert!(after[SPEC].contains("### User Story 4 - x") && after[TASKS].contains("[US4]"));

        let tasks = "# Tasks: A\n\n- [ ] T001 do FR-001–FR-003\n";
        let asked = spec.replace("**FR-002", "**FR-0$002");
        let words = refusal(&[(SPEC, &asked), (TASKS, tasks)], "FR-009");
        assert_eq!(
            words,
            "`FR-001–FR-003` stands for requirement `FR-002` without spelling it: write the ids out to rename one of them. It stands in specs/001-a/tasks.md."
        );
        let asked = spec.replace("**FR-001", "**FR-0$001");
        let words = refusal(&[(SPEC, &asked), (TASKS, tasks)], "FR-009");
        assert_eq!(
            words,
            "With `FR-009` other names of specs/001-a/tasks.md would change their meaning, so nothing is renamed."
        );
        for (new, words) in [
            ("SC-009", "`SC-009` is no id of a requirement as `FR-001` is one."),
            ("FR-x", "`FR-x` is no id of a requirement as `FR-001` is one."),
            ("FR-003", "There is a requirement `FR-003` already, in specs/001-a/spec.md."),
        ] {
            assert_eq!(refusal(&[(SPEC, &asked)], new), words);
        }
        let words = refusal(&[(SPEC, &spec.replace("Specification: A", "Specification: A$0"))], "b");
        assert!(words.starts_with("Feature `001-a` is called as its folder"), "{words}");
    }

    #[test]
    fn what_cannot_be_is_refused_in_one_sentence() {
        let flow = "---\nname: flow\npasses:\n  - {id: a$0, agent: worker}\n  - {id: b, needs: [c]}\n---\n## a\n## d\n";
        for (new, words) in [
            ("A b", "`A b` is no name for a pass: letters a to z, digits and `-` make one, and it begins with no `-`."),
            ("", "`` is no name for a pass: letters a to z, digits and `-` make one, and it begins with no `-`."),
            ("null", "`null` means nothing in YAML: choose another name."),
            ("b", "There is a pass `b` already, in .tollgate/workflows/flow.md."),
            (
                "c",
                ".tollgate/workflows/flow.md names a pass `c` that nothing defines: it would mean this one from now on.",
            ),
            ("d", "The body has a section `## d` already: it would become the task of this pass."),
        ] {
            assert_eq!(refusal(&[(FLOW, flow)], new), words);
        }
        let at = |token: &str| flow.replace("$0", "").replace(token, &format!("{token}$0"));
        assert_eq!(
            refusal(&[(FLOW, &at("worker"))], "x"),
            "Nothing defines agent `worker`, so there is nothing to rename."
        );
        let host = (".claude/agents/worker.md", "---\nname: worker\ndescription: x\n---\n");
        let words = "The agent `worker` is defined in .claude/agents/worker.md, which belongs to another tool: rename it there.";
        assert_eq!(refusal(&[(FLOW, &at("worker")), host], "x"), words);
        let twice = "---\nname: flow\npasses:\n  - id: a$0\n  - id: a\n---\n";
        let words = "The pass `a` is defined more than once, in .tollgate/workflows/flow.md and .tollgate/workflows/flow.md: which one is meant cannot be told.";
        assert_eq!(refusal(&[(FLOW, twice)], "x"), words);
        let escaped = "---\nname: flow\npasses:\n  - id: \"\\x61$0\"\n---\n";
        assert_eq!(
            refusal(&[(FLOW, escaped)], "x"),
            "`\"\\x61\"` is pass `a` written with escapes: write it plainly to rename it."
        );
    }

    /// The receipt of a run.
    fn receipt(ticket: &str) -> String {
        let blob = "0".repeat(40);
        format!(
            r#"{{"kind":"run","schema_version":1,"run":"r-1","ticket":"{ticket}","workflow":"flow","workflow_blob":"{blob}","pass":"a","attempt":1,"harness":"x","reason":"","inputs":[],"outputs":[],"outcome":"ok","message":"","cache_key":"","started":"","ended":"","cost":[],"gate":"PASSED","isolation":"none"}}"#
        )
    }

    #[test]
    fn records_stay_and_it_is_said() {
        let flow = "---\nname: flow\npasses:\n  - id: a$0\n---\n";
        let record = ".tollgate/records/t-1/r-1.json";
        let receipt = receipt("t-1");
        let ticket = |status: &str| format!("---\nid: t-1\nstatus: {status}\n---\n");
        let ticket_path = ".tollgate/tickets/t-1.md";
        for (status, expected) in [
            ("Done", None),
            (
                "In Progress",
                Some("1 record keeps the old name, because records are never edited: for t-1 this pass is open again."),
            ),
        ] {
            let (disk, path, offset) = marked(&[(FLOW, flow), (record, &receipt), (ticket_path, &ticket(status))]);
            let renaming = ask(&disk, &path, offset, "b", true).unwrap().unwrap();
            assert_eq!(renaming.notes, expected.into_iter().collect::<Vec<_>>());
            assert_eq!(apply(&disk, &renaming)[record], receipt);
        }
        let asked = ticket("To Do").replace("t-1", "t-1$0");
        let words = refusal(&[(record, &receipt), (ticket_path, &asked)], "t-9");
        assert_eq!(
            words,
            "Ticket `t-1` has 1 record in .tollgate/records/t-1/, which are never edited: under another id it would lose its history and its cost."
        );
        let words = refusal(&[(record, &receipt), (".tollgate/tickets/t-2.md", "---\nid: t-2$0\n---\n")], "t-1");
        assert_eq!(words, "There are records of a ticket `t-1` already: they would become this one's.");
    }

    #[test]
    fn a_file_is_moved_where_it_is_called_as_the_name_is() {
        let (disk, path, offset) = marked(&[(WORKER, "---\nname: worker$0\n---\n")]);
        let without = ask(&disk, &path, offset, "builder", false).unwrap().unwrap();
        assert_eq!((without.moves.len(), without.edits.len()), (0, 1));
        assert_eq!(
            without.notes,
            [
                ".tollgate/agents/worker.md keeps its path: this editor cannot rename files. Move it to .tollgate/agents/builder.md."
            ]
        );
        // A file without a name is called as its file.
        let user = (FLOW, "---\nname: flow\npasses: [{id: a, agent: worker$0}]\n---\n");
        let after = renamed(&[(WORKER, "---\ntier: light\n---\n"), user], "builder");
        assert_eq!(after[".tollgate/agents/builder.md"], "---\ntier: light\n---\n");
        let (disk, path, offset) = marked(&[(WORKER, "---\ntier: light\n---\n"), user]);
        assert!(matches!(ask(&disk, &path, offset, "builder", false), Err(Fault::Refused(_))));
        // One that is called otherwise keeps its path.
        let (disk, path, offset) = marked(&[(JUDGE, "---\nname: worker$0\n---\n")]);
        assert_eq!(ask(&disk, &path, offset, "builder", true).unwrap().unwrap().moves, []);
        let taken = (".tollgate/agents/builder.md", "---\nname: other\n---\n");
        assert_eq!(
            refusal(&[(WORKER, "---\nname: worker$0\n---\n"), taken], "builder"),
            "There is a file .tollgate/agents/builder.md already."
        );
    }

    #[test]
    fn a_name_follows_its_file() {
        let disk = disk(&[(WORKER, WORKER_TEXT), (FLOW, "---\nname: flow\npasses: [{id: a, agent: worker}]\n---\n")]);
        let snapshot = open(&disk);
        let follow = |from: &str, to: &str| file_renamed(&snapshot, from, to, &|path| snapshot.file(path).cloned());
        let renaming = follow(WORKER, ".tollgate/agents/builder.md").unwrap().unwrap();
        assert_eq!((renaming.edits.len(), renaming.moves.len()), (2, 0));
        for (from, to) in [
            (WORKER, ".tollgate/gates/worker.md"),
            (WORKER, ".tollgate/gates/builder.md"),
            (WORKER, "docs/builder.md"),
            (WORKER, WORKER),
            ("README.md", ".tollgate/agents/builder.md"),
        ] {
            assert_eq!(follow(from, to), Ok(None), "{to}");
        }
        assert!(matches!(follow(WORKER, ".tollgate/agents/Big Name.md"), Err(Fault::Refused(_))));
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_edited() {
        let (disk, path, offset) =
            marked(&[(WORKER, "---\nname: worker$0\n---\n"), (JUDGE, "---\nname: judge\nextends: worker\n---\n")]);
        let snapshot = open(&disk);
        let texts = |path: &str| snapshot.file(path).filter(|file| file.path != JUDGE).cloned();
        assert_eq!(rename(&snapshot, &path, offset, "builder", Means { moves: true }, &texts), Err(Fault::Changed));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_answer_can_be_applied(
            text in "---\n(name: [a-c\"'|>&*]{0,4}\n|passes:\n|  - id: [a-c\"']{0,3}\n|    needs: \\[[a-c,\"]{0,4}\\]?\n|  a\n){0,8}---\n(## [a-c]\n|\\{\\{ passes.[abc].outcome \\}\\}\n|\\[x\\]\\(#[a-c]\\)\n){0,4}",
            at in 0usize..160,
        ) {
            let disk = disk(&[(FLOW, &text)]);
            if let Ok(Some(renaming)) = ask(&disk, FLOW, at.min(text.len()), "z-1", true) {
                apply(&disk, &renaming);
            }
        }
    }
}
