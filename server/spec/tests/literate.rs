//! What the readers find in the example files of `fixtures/formats`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "literate/mod.rs"]
mod runner;

use spec::flow::Compiled;
use spec::{NameKind, Role, SpecFile};

#[test]
fn formats() {
    runner::run("formats", |files| {
        let mut found = Vec::new();
        for (path, text) in files {
            let Some(file) = SpecFile::read(path, text) else {
                found.push(format!("{path} is not ours"));
                continue;
            };
            found.extend(work(&file, text));
            found.extend(flow(&file, text));
            found.extend(manifest(&file, text));
            for problem in &file.problems {
                let place = runner::position(text, problem.span.start as usize);
                let words = format!("{place} `{}` {:?}", problem.span.of(text).escape_debug(), problem.kind);
                found.push(short(&words));
            }
        }
        found
    });
}

/// What was understood of another tool's work artifact, one line for each part.
fn work(file: &SpecFile, text: &str) -> Vec<String> {
    let Some(work) = file.work() else { return Vec::new() };
    let at = |span: text::Span| runner::position(text, span.start as usize);
    let feature = work.feature.as_deref().unwrap_or("no feature");
    let title = work.place.of(text);
    let archived = if work.archived { "archived " } else { "" };
    let mut found = vec![format!("{} {archived}{} of {feature} `{title}`", work.system.word(), work.document.word())];
    found.extend(work.follows.iter().map(|flow| format!("{} follows `{}`", at(flow.span), flow.span.of(text))));
    let entry =
        |it: &spec::work::Entry| format!("{} {} is {}", at(it.name.span), it.name.value, it.status.span.of(text));
    found.extend(work.entries.iter().map(entry));
    found.extend(work.status.iter().map(|status| format!("{} status `{}`", at(status.span), status.span.of(text))));
    for it in &work.requirements {
        // A story's id is made from its heading, that of a criterion from two numbers.
        let is_made = it.kind == spec::work::RequirementKind::Story || it.part_of.is_some();
        assert!(it.id.span.of(text) == it.id.value || is_made);
        let priority = it.priority.as_ref().map_or("", |priority| priority.span.of(text));
        let change = it.change.map_or(String::new(), |change| format!("{} ", change.word()));
        let scenarios = it.scenarios.map_or(String::new(), |scenarios| format!(" with {scenarios} scenarios"));
        let elsewhere = it.elsewhere.as_ref().map_or(String::new(), |name| format!(" of {name}"));
        let (kind, id) = (it.kind.word(), &it.id.value);
        let words = format!("{} {change}{kind} {id} {priority}{scenarios}{elsewhere}: {}", at(it.id.span), it.words);
        found.push(words.replace(" :", ":").replace("  ", " ").trim_end().to_owned());
    }
    for task in &work.tasks {
        assert_eq!(task.id.span.of(text), task.id.value);
        let mut line = format!("{} task {}", at(task.id.span), task.id.value);
        line.push_str(if task.done { " done" } else { "" });
        line.push_str(if task.optional { " optional" } else { "" });
        line.push_str(if task.parallel { " parallel" } else { "" });
        line.extend(task.story.iter().map(|story| format!(" {}", story.span.of(text))));
        let names =
            file.names_in(task.span).filter(|(name, role, _)| (name.kind, *role) == (NameKind::Requirement, Role::Use));
        let story = task.story.as_ref().map(|story| story.span);
        line.extend(
            names
                .filter(|(_, _, at)| Some(*at) != story)
                .map(|(name, _, _)| format!(" for {}", spec::work::id_of(&name.text))),
        );
        line.extend(task.after.iter().map(|id| format!(" after {}", id.value)));
        line.extend(task.paths.iter().map(|path| format!(" `{}`", path.span.of(text))));
        found.push(format!("{line}: {}", task.words));
    }
    for check in &work.checks {
        let id = check.id.as_ref().map_or("-", |id| &id.value);
        let done = if check.done { "done" } else { "open" };
        found.push(format!("{} check {id} {done}: {}", at(check.span), check.words.of(text)));
    }
    found.extend(work.questions.iter().map(|span| format!("{} question `{}`", at(*span), span.of(text))));
    found.extend(work.remains.iter().map(|span| format!("{} template `{}`", at(*span), span.of(text))));
    found
}

/// What was understood of another tool's workflow, one line for each part.
fn flow(file: &SpecFile, text: &str) -> Vec<String> {
    let Some(flow) = file.flow() else { return Vec::new() };
    let at = |span: text::Span| runner::position(text, span.start as usize);
    let words = |word: &Option<text::Spanned<String>>| word.as_ref().map_or(String::new(), |word| word.value.clone());
    let list =
        |words: &[text::Spanned<String>]| words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(", ");
    let mut found = vec![format!("{} {} {}: {}", flow.system.word(), flow.what, flow.key, words(&flow.description))];
    let limits = |limits: &[(text::Spanned<String>, text::Spanned<String>)]| {
        limits.iter().map(|(key, value)| format!(" {} {}", key.value, value.value)).collect::<String>()
    };
    found.extend(flow.limits.first().map(|_| format!("limits{}", limits(&flow.limits))));
    found.extend(flow.compiled.iter().map(|compiled| match compiled {
        Compiled::Source(source) => {
            let surely = if source.certain { "" } else { ", and more" };
            format!(
                "digest of {} bytes, {:?}, imports {:?}{surely}",
                source.text.len(),
                source.expressions,
                source.imports
            )
        }
        Compiled::Form(digest) => format!("compiled, digest {}", words(digest)),
    }));
    found.extend(flow.parts.iter().map(|part| format!("{} part {}", at(part.span), part.value)));
    for input in &flow.inputs {
        let mut line = format!("{} input {} {}", at(input.name.span), input.name.value, words(&input.kind));
        line.push_str(if input.required { " required" } else { "" });
        line.extend(input.default.iter().map(|default| format!(" = {}", default.value)));
        line.extend(input.allowed.first().map(|_| format!(" of {}", list(&input.allowed))));
        found.push(line);
    }
    for edit in flow.over.iter().flat_map(|over| &over.edits) {
        found.push(format!("{} {:?} {}", at(edit.anchor.span), edit.change, edit.anchor.value));
    }
    for (index, step) in flow.steps.iter().enumerate() {
        assert!(step.parent.is_none_or(|parent| (parent as usize) < index));
        let id = step.id.as_ref().map_or("-", |id| &id.value);
        let mut line = format!("{} {:?} {id}", at(step.span), step.kind);
        line.extend(step.parent.map(|parent| {
            let outer = flow.steps[parent as usize].id.as_ref().map_or("-", |id| &id.value);
            format!(" in {outer}")
        }));
        line.extend(step.does.iter().map(|does| format!(" by {}", does.value)));
        for (what, ids) in [("needs", &step.needs), ("speaks of", &step.speaks_of), ("takes", &step.takes)] {
            line.extend(ids.first().map(|_| format!(" {what} {}", list(ids))));
        }
        line.extend(step.most.iter().map(|most| format!(" at most {}", most.value)));
        line.extend(step.interpolated.iter().map(|span| format!(" puts in `{}`", span.of(text))));
        line.extend(step.gate.iter().map(|gate| {
            let criteria = list(&gate.criteria);
            format!(" gate by {}{}{criteria}", words(&gate.by), if criteria.is_empty() { "" } else { ": " })
        }));
        line.push_str(&limits(&step.limits));
        line.push_str(if step.apart { " apart" } else { "" });
        line.push_str(if step.never.is_some() { " never" } else { "" });
        found.push(line);
    }
    found
}

/// What an add-on of another tool says of itself.
fn manifest(file: &SpecFile, text: &str) -> Vec<String> {
    let at = |span: text::Span| runner::position(text, span.start as usize);
    let words = |word: &Option<text::Spanned<String>>| word.as_ref().map_or(String::new(), |word| word.value.clone());
    if let Some(guide) = file.guide() {
        let name = &guide.name.value;
        return vec![format!("{} {} {name}: {}", guide.system.word(), guide.kind.word(), words(&guide.description))];
    }
    let Some(manifest) = file.manifest() else { return Vec::new() };
    let (system, what, name) = (manifest.system.word(), manifest.what, words(&manifest.name));
    let mut found = vec![format!("{system} {what} {name}: {}", words(&manifest.description))];
    for part in &manifest.parts {
        found.push(format!("{} {} {} `{}`", at(part.span), part.kind, words(&part.name), words(&part.file)));
    }
    for hook in &manifest.hooks {
        found.push(format!("{} at {}: {}", at(hook.span), hook.event.value, words(&hook.command)));
    }
    found
}

/// Debug text without what is said better elsewhere.
fn short(words: &str) -> String {
    let cut = words.find(", allowed: [").map_or(words.to_owned(), |at| format!("{} }}", &words[..at]));
    cut.replace(" { ", " {").replace(" }", "}")
}
