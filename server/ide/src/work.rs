//! Service for work artifacts of other tools: requirements, tasks and checklists, joined by their ids over the documents
//! of a feature. Hover, completion, outline, lens and actions ask here; definition and references need nothing of it, as
//! the ids are names like all others.

use crate::Snapshot;
use crate::actions::{Action, ActionKind, Effect};
use crate::completion::{Item, ItemKind};
use crate::diagnostic::{Fix, TextEdit, one_line};
use crate::lenses::Lens;
use crate::live::Command;
use crate::symbols::{Symbol, SymbolKind};
use delivery::explain::escaped;
use delivery::trace::{self, FindingRow, requirements_of};
use spec::work::{Document, Feature, RequirementKind, System, Task, Work};
use spec::{Name, NameKind, SpecFile};
use std::fmt::Write as _;
use text::Span;

/// No more tasks than this are listed in a hover.
const MOST_LINES: usize = 20;

/// What hovering over the id of a requirement, a task or a feature shows, as Markdown.
pub(crate) fn about(snapshot: &Snapshot, name: &Name) -> Option<String> {
    match name.kind {
        NameKind::Feature => about_feature(snapshot, &name.text),
        NameKind::Requirement => {
            let (feature, id) = name.text.split_once('/')?;
            let own = snapshot.project.feature(feature)?;
            let mut text = about_requirement(snapshot, &own, feature, id);
            found(snapshot, &own, &mut text, |row| row.requirements.iter().any(|wanted| wanted == id));
            Some(text)
        }
        NameKind::Task => {
            let (feature, id) = name.text.split_once('/')?;
            let own = snapshot.project.feature(feature)?;
            let mut text = about_task(&own, feature, id);
            found(snapshot, &own, &mut text, |row| row.tasks.iter().any(|task| task == id));
            Some(text)
        }
        _ => None,
    }
}

fn about_feature(snapshot: &Snapshot, name: &str) -> Option<String> {
    let feature = snapshot.project.feature(name)?;
    let mut text = format!("**{}** · feature\n\n{}", escaped(name), trace::counts(&feature).words());
    for (file, work) in feature.documents() {
        let _ = write!(text, "\n- {}: {}", work.document.word(), escaped(&one_line(&file.path, 120)));
        if matches!(work.document, Document::Checklist | Document::Approvals) {
            let done = work.checks.iter().filter(|check| check.done).count();
            let _ = write!(text, " ({done} of {} done)", work.checks.len());
        }
    }
    Some(text)
}

fn about_requirement(snapshot: &Snapshot, feature: &Feature<'_>, name: &str, id: &str) -> String {
    let wanted = feature.requirement(id);
    let kind = wanted.map_or("requirement", |wanted| wanted.kind.word());
    let mut text = format!("**{}** · {kind} of {}", escaped(id), escaped(name));
    match wanted {
        None => text.push_str(" · the spec does not define it"),
        Some(wanted) => {
            if let Some(change) = wanted.change {
                let _ = write!(text, " · {}", change.word());
            }
            if let Some(priority) = &wanted.priority {
                let _ = write!(text, " · {}", escaped(&one_line(priority, 20)));
            }
            let _ = write!(text, "\n\n{}", escaped(&one_line(&wanted.words, 300)));
        }
    }
    changes(snapshot, name, id, &mut text);
    let Some((file, list)) = feature.tasks.filter(|_| trace::counts(feature).named) else { return text };
    let covering = trace::tasks_by_requirement(file, list);
    let all = match wanted {
        Some(wanted) => trace::tasks_of(feature, &covering, wanted),
        None => covering.get(id).cloned().unwrap_or_default(),
    };
    if all.is_empty() {
        text.push_str("\n\nNo task names it.");
        return text;
    }
    let done = all.iter().filter(|task| task.done).count();
    let _ = write!(text, "\n\n{done} of {} tasks done:\n", all.len());
    for task in all.iter().take(MOST_LINES) {
        let _ = write!(text, "\n- {}", task_line(task));
    }
    if all.len() > MOST_LINES {
        let _ = write!(text, "\n- … and {} more", all.len() - MOST_LINES);
    }
    text
}

/// What checks found that concerns it.
fn found(snapshot: &Snapshot, feature: &Feature<'_>, text: &mut String, concerns: impl Fn(&FindingRow) -> bool) {
    if snapshot.live.findings.is_empty() {
        return;
    }
    let rows: Vec<FindingRow> =
        crate::trace::findings(&snapshot.live, feature).into_iter().filter(|row| concerns(row)).collect();
    if rows.is_empty() {
        return;
    }
    let plural = if rows.len() == 1 { "" } else { "s" };
    let _ = write!(text, "\n\n{} finding{plural}:\n", rows.len());
    for row in rows.iter().take(MOST_LINES) {
        let (path, words) = (escaped(&one_line(&row.place.path, 120)), escaped(&one_line(&row.message, 160)));
        let _ = write!(text, "\n- {} in {path}: {words}", row.severity);
    }
    if rows.len() > MOST_LINES {
        let _ = write!(text, "\n- … and {} more", rows.len() - MOST_LINES);
    }
}

/// The changes under way in which a requirement stands.
fn changes(snapshot: &Snapshot, feature: &str, id: &str, text: &mut String) {
    let name = Name { kind: NameKind::Requirement, text: format!("{feature}/{id}") };
    let places = snapshot.project.places(&name);
    let open = places.iter().filter_map(|(file, _, span)| {
        let work = file.work().filter(|work| !work.archived)?;
        let change = work.requirements.iter().find(|wanted| wanted.id.span == *span)?.change?;
        Some((work.feature.as_deref().filter(|other| *other != feature)?, change))
    });
    for (change, what) in open.take(MOST_LINES) {
        let _ = write!(text, "\n\n{} by {}", what.word(), escaped(change));
    }
}

fn task_line(task: &Task) -> String {
    let mark = if task.done { "✓" } else { "○" };
    format!("{mark} {} {}", escaped(&task.id.value), escaped(&one_line(&task.words, 120)))
}

fn about_task(feature: &Feature<'_>, name: &str, id: &str) -> String {
    let mut text = format!("**{}** · task of {}", escaped(id), escaped(name));
    let found = feature.tasks.and_then(|(file, work)| Some((file, work, work.task(id)?)));
    let Some((file, work, task)) = found else {
        text.push_str(" · there is no such task");
        return text;
    };
    text.push_str(if task.done { " · done" } else { " · open" });
    if task.optional {
        text.push_str(" · may be left out");
    }
    if task.parallel {
        text.push_str(" · may be done beside its neighbours");
    }
    let _ = write!(text, "\n\n{}", escaped(&one_line(&task.words, 300)));
    let phase = work.sections.iter().rfind(|section| section.level == 2 && section.span.contains(task.span));
    if let Some(phase) = phase {
        let _ = write!(text, "\n\nIn *{}*.", escaped(&one_line(&phase.title, 120)));
    }
    for id in requirements_of(file, task).into_iter().take(MOST_LINES) {
        let words = feature.requirement(id).map_or("", |wanted| &wanted.words);
        let _ = write!(text, "\n- for {} {}", escaped(id), escaped(&one_line(words, 120)));
    }
    for id in &task.after {
        let state = match work.task(id).map(|task| task.done) {
            Some(true) => "✓",
            Some(false) => "○",
            None => "?",
        };
        let _ = write!(text, "\n- after {state} {}", escaped(&id.value));
    }
    text
}

/// One line about the requirement or task that a name stands for.
pub(crate) fn describe(snapshot: &Snapshot, kind: NameKind, name: &str) -> Option<String> {
    let (feature, id) = name.split_once('/')?;
    let feature = snapshot.project.feature(feature)?;
    let words = match kind {
        NameKind::Requirement => &feature.requirement(id)?.words,
        NameKind::Task => &feature.tasks?.1.task(id)?.words,
        _ => return None,
    };
    Some(words.to_string())
}

/// Ids that may stand at `offset`: requirements and stories in tasks, plans and checklists, tasks behind `depends on`.
pub(crate) fn complete(snapshot: &Snapshot, file: &SpecFile, work: &Work, offset: usize) -> Vec<Item> {
    let Some(feature) = work.feature.as_deref().and_then(|name| snapshot.project.feature(name)) else {
        return Vec::new();
    };
    if !matches!(work.document, Document::Tasks | Document::Plan | Document::Checklist | Document::Story) {
        return Vec::new();
    }
    let Some(text) = file.text() else { return Vec::new() };
    let Some(before) = text.get(..offset) else { return Vec::new() };
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let Some(asked) = asked(work.system, line) else { return Vec::new() };
    let tasks = feature.tasks.map_or(&[][..], |(_, work)| &work.tasks);
    let requirements = feature
        .requirements()
        .map(|(_, wanted)| wanted)
        .filter(|wanted| match asked.what {
            Asked::Stories => wanted.kind == RequirementKind::Story,
            Asked::Requirements => wanted.kind != RequirementKind::Story,
            Asked::All => true,
            Asked::Tasks => false,
        })
        .map(|wanted| (wanted.id.value.as_str(), wanted.kind.word(), &*wanted.words));
    let word = asked.word;
    let with_tasks = asked.what == Asked::Tasks || (word.starts_with('T') && asked.what == Asked::Requirements);
    let tasks = tasks.iter().filter(|_| with_tasks);
    let tasks = tasks.map(|task| (task.id.value.as_str(), if task.done { "done" } else { "open" }, &*task.words));
    let fits = |id: &str| id.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let after_cursor = text[offset..].chars().take_while(|letter| is_id(*letter)).count();
    let span = Span::new(offset - word.len(), offset + after_cursor);
    let all = requirements.chain(tasks).filter(|(id, _, _)| fits(id));
    all.map(|(id, detail, words)| Item {
        label: id.to_owned(),
        kind: ItemKind::Name,
        detail: detail.to_owned(),
        documentation: escaped(&one_line(words, 300)),
        insert: id.to_owned(),
        span,
        ..Item::default()
    })
    .collect()
}

/// What may come next in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Requirements,
    Stories,
    All,
    Tasks,
}

/// What may come next, and what is typed of it.
struct Next<'a> {
    what: Asked,
    word: &'a str,
}

fn is_id(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

/// What a line up to the cursor asks for.
fn asked(system: System, line: &str) -> Option<Next<'_>> {
    let numbers = matches!(system, System::Kiro | System::Bmad);
    let part = |letter: char| is_id(letter) || (numbers && letter == '.');
    let word = &line[line.trim_end_matches(part).len()..];
    let lead = line[..line.len() - word.len()].trim_end().to_ascii_lowercase();
    // Where ids are numbers they are asked for behind the words that ask for them.
    if numbers {
        let open = |key: &str, ends: &[char]| lead.rfind(key).is_some_and(|at| !lead[at + key.len()..].contains(ends));
        let next = |what| Some(Next { what, word: word.trim_start_matches('-') });
        return match system {
            System::Bmad if open("(ac", &[')']) => next(Asked::All),
            System::Kiro if open("_depends:", &['_']) => next(Asked::Tasks),
            System::Kiro if open("requirements:", &['_', '*']) || open("validates:", &['*']) => next(Asked::All),
            _ => None,
        };
    }
    let after = ["depends on", "depend on", "blocked by"]
        .iter()
        .any(|phrase| lead.rfind(phrase).is_some_and(|at| !lead[at..].contains([')', ';', '.'])));
    let opened = lead.ends_with(['(', '[']);
    // Without a letter typed, only where an id is what comes next.
    let asked = !word.is_empty() || opened || (after && lead.ends_with([',', 'n', 'y']));
    let starts_list = word == "-" || lead.is_empty();
    let what = if after {
        Asked::Tasks
    } else if lead.ends_with('[') {
        Asked::Stories
    } else {
        Asked::Requirements
    };
    (asked && !starts_list && system == System::SpecKit).then_some(Next { what, word })
}

/// Requirements, tasks, items of checklists and the features of an overview for the outline. Stories have headings, which are in it already.
pub(crate) fn symbols(file: &SpecFile, work: &Work) -> Vec<Symbol> {
    let symbol = |name: String, detail: &str, kind, span: Span, name_span: Span| Symbol {
        name,
        detail: detail.to_owned(),
        kind,
        span: span.cover(name_span),
        name_span,
        children: Vec::new(),
    };
    let state = |done: bool| if done { "done" } else { "open" };
    let stories = |wanted: &&spec::work::Requirement| wanted.kind != RequirementKind::Story;
    let requirements = work.requirements.iter().filter(stories).map(|wanted| {
        symbol(wanted.id.value.clone(), &wanted.words, SymbolKind::Requirement, wanted.span, wanted.id.span)
    });
    let tasks = work.tasks.iter().map(|task| {
        let name = format!("{} {}", task.id.value, task.words);
        symbol(name, state(task.done), SymbolKind::Task, task.span, task.id.span)
    });
    let text = file.text().map_or("", |text| text);
    let checks = work.checks.iter().map(|check| {
        let words = one_line(check.words.of(text), 120);
        let id = check.id.as_ref().map_or(String::new(), |id| format!("{} ", id.value));
        let place = check.id.as_ref().map_or(check.words, |id| id.span);
        symbol(format!("{id}{words}"), state(check.done), SymbolKind::Check, check.span, place)
    });
    let entries = work.entries.iter().map(|entry| {
        let span = entry.name.span.cover(entry.status.span);
        symbol(entry.name.value.clone(), &entry.status.value, SymbolKind::Ticket, span, entry.name.span)
    });
    requirements.chain(tasks).chain(checks).chain(entries).collect()
}

/// `3 of 4 requirements covered · 5 of 9 tasks done` above a spec and above its tasks.
pub(crate) fn lenses(snapshot: &Snapshot, work: &Work) -> Vec<Lens> {
    if !matches!(work.document, Document::Specification | Document::Tasks | Document::Story) || work.archived {
        return Vec::new();
    }
    let Some(feature) = work.feature.as_deref().and_then(|name| snapshot.project.feature(name)) else {
        return Vec::new();
    };
    let command = work.feature.clone().map(|feature| Command::Trace { feature });
    vec![Lens { span: work.place, title: trace::counts(&feature).words(), command }]
}

/// Ticks and unticks the tasks and items on the asked lines.
pub(crate) fn actions(file: &SpecFile, lines: Span) -> Vec<Action> {
    /// A selection over a whole list is no wish to tick it.
    const MOST: usize = 4;
    // What was agreed to is said with the tool that asks for it.
    let ticked = |work: &&Work| !work.archived && work.document != Document::Approvals;
    let Some(work) = file.work().filter(ticked) else { return Vec::new() };
    let tasks = work.tasks.iter().map(|task| (task.id.value.as_str(), task.done, task.mark));
    let checks = work
        .checks
        .iter()
        .map(|check| (check.id.as_ref().map_or("this item", |id| id.value.as_str()), check.done, check.mark));
    let all = tasks.chain(checks).filter(|(_, _, mark)| lines.start <= mark.start && mark.end <= lines.end);
    let action = |(id, done, mark): (&str, bool, Span)| {
        let title = format!("{} {id}", if done { "Untick" } else { "Tick" });
        let edit = TextEdit { span: mark, text: if done { "[ ]" } else { "[x]" }.to_owned() };
        let fix = Fix { title: title.clone(), edits: vec![(file.path.clone(), edit)], preferred: false };
        Action { title, kind: ActionKind::QuickFix, effect: Effect::Edit(fix), diagnostic: None, preferred: false }
    };
    let found: Vec<Action> = all.map(action).collect();
    if found.len() > MOST { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Live;
    use crate::{actions, completion, diagnostics, hover, lenses, navigation, symbols};
    use std::sync::Arc;

    const SPEC: &str = "specs/004-late-fees/spec.md";
    const TASKS: &str = "specs/004-late-fees/tasks.md";
    const POINTER: &str = ".specify/feature.json";

    const FILES: [(&str, &str); 4] = [
        (
            SPEC,
            "# Feature Specification: Late fees\n\n## Stories\n\n### User Story 1 - See what I owe (Priority: P1)\n\n\
             ## Requirements\n\n- **FR-001**: Each day adds a [fee](command:x)\n- **FR-002**: A fee is never too high\n",
        ),
        (
            TASKS,
            "# Tasks: Late fees\n\n## Phase 1: Setup\n\n- [x] T001 Table (FR-001)\n- [ ] T002 [P] [US1] Show it (FR-001; depends on T001)\n\
             - [ ] T003 Waive it (\n\n\
             ## Phase 2: Polish\n",
        ),
        ("specs/004-late-fees/checklists/a.md", "# Fees Checklist\n\n- [ ] CHK001 Rounding?\n"),
        (POINTER, "{\"feature_directory\": \"specs/004-late-fees\"}\n"),
    ];

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in FILES {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    /// Where the n-th `word` begins in a file, plus one: inside it.
    fn inside(path: &str, word: &str, n: usize) -> usize {
        let text = FILES.iter().find(|(name, _)| *name == path).unwrap().1;
        text.match_indices(word).nth(n).unwrap().0 + 1
    }

    #[test]
    fn hovers_join_the_documents() {
        let snapshot = snapshot();
        let shown = |path, word, n| hover::hover(&snapshot, path, None, inside(path, word, n)).unwrap().markdown;
        let requirement = shown(TASKS, "FR-001", 1);
        assert!(requirement.starts_with("**FR-001** · requirement of 004-late-fees"), "{requirement}");
        assert!(requirement.contains("1 of 2 tasks done:\n\n- ✓ T001 Table") && requirement.contains("- ○ T002"));
        assert!(!requirement.contains("[fee](command"), "links of others stay dead: {requirement}");
        assert!(shown(SPEC, "FR-002", 0).ends_with("No task names it."));
        let task = shown(TASKS, "T002", 0);
        assert!(task.contains("open · may be done beside") && task.contains("In *Phase 1: Setup*."), "{task}");
        assert!(task.contains("- for FR-001 Each day") && task.contains("- after ✓ T001"), "{task}");
        assert!(shown(TASKS, "US1", 0).contains("user story of 004-late-fees · P1\n\nSee what I owe"));
        assert!(shown(POINTER, "004-late-fees", 0).contains("1 of 2 requirements covered · 1 of 3 tasks done"));
    }

    #[test]
    fn names_lead_from_tasks_to_the_spec_and_back() {
        let snapshot = snapshot();
        let found = navigation::definition(&snapshot, TASKS, inside(TASKS, "FR-001", 0));
        assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), [SPEC]);
        let found = navigation::references(&snapshot, SPEC, inside(SPEC, "FR-001", 0), true);
        assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), [SPEC, TASKS, TASKS]);
        let found = navigation::definition(&snapshot, TASKS, inside(TASKS, "T001", 1));
        assert_eq!((found.len(), found[0].span.start as usize), (1, inside(TASKS, "T001", 0) - 1));
        assert_eq!(navigation::definition(&snapshot, POINTER, inside(POINTER, "004", 0)).len(), 3, "its documents");
        let found = symbols::project_symbols(&snapshot, "fr002", 10);
        assert_eq!((found[0].name.as_str(), found[0].container.as_str()), ("FR-002", "requirement of 004-late-fees"));
        assert_eq!(
            symbols::project_symbols(&snapshot, "latefees", 50).iter().filter(|it| it.container == "feature").count(),
            1
        );
    }

    #[test]
    fn a_requirement_that_is_a_heading_stands_once_in_the_outline() {
        let path = "openspec/specs/fees/spec.md";
        let text = "# Fees\n\n## Purpose\nLate books cost.\n\n## Requirements\n\n### Requirement: A fee a day\nIt MUST grow.\n\n\
            #### Scenario: Late\n- **WHEN** late\n- **THEN** it grows\n";
        let mut snapshot = Snapshot::default();
        snapshot.project.set(std::sync::Arc::new(spec::SpecFile::read(path, text).unwrap()));
        let outline = crate::symbols::document_symbols(&snapshot, path);
        let wanted = &outline[0].children[1].children;
        let said: Vec<_> = wanted.iter().map(|symbol| (symbol.name.as_str(), symbol.kind)).collect();
        assert_eq!(said, [("Requirement: A fee a day", SymbolKind::Section)]);
        assert_eq!(wanted[0].children[0].name, "Scenario: Late");
    }

    #[test]
    fn the_outline_has_requirements_and_tasks_below_their_headings() {
        let snapshot = snapshot();
        let outline = symbols::document_symbols(&snapshot, TASKS);
        let phase = &outline[0].children[0];
        let names: Vec<_> = phase.children.iter().map(|task| (task.name.as_str(), task.detail.as_str())).collect();
        assert_eq!(names[0], ("T001 Table (FR-001)", "done"));
        assert_eq!(phase.children.len(), 3);
        let outline = symbols::document_symbols(&snapshot, SPEC);
        assert_eq!(outline[0].children[1].children[1].name, "FR-002");
    }

    #[test]
    fn offers_ids_where_they_come_next() {
        let labels = |tasks: &str| -> Vec<String> {
            let offset = tasks.find("$0").unwrap();
            let mut snapshot = snapshot();
            snapshot.project.set(Arc::new(SpecFile::read(TASKS, &tasks.replacen("$0", "", 1)).unwrap()));
            completion::complete(&snapshot, TASKS, offset).into_iter().map(|item| item.label).collect()
        };
        assert_eq!(labels("- [ ] T001 Table ($0\n"), ["FR-001", "FR-002"]);
        assert_eq!(labels("- [ ] T001 Table FR-002, f$0\n"), ["FR-001", "FR-002"]);
        assert_eq!(labels("- [ ] T001 [$0\n"), ["US1"]);
        assert_eq!(labels("- [ ] T001 a\n- [x] T002 b (depends on $0\n"), ["T001", "T002"]);
        for nothing in ["- [ ] T001 Table $0\n", "- [ ] T001 x\n-$0", "- [ ] T001 x\n$0", "- [ ] T001 a, $0\n"] {
            assert_eq!(labels(nothing), [""; 0], "{nothing}");
        }
    }

    #[test]
    fn tells_the_coverage_and_ticks() {
        let snapshot = snapshot();
        let lens = &lenses::lenses(&snapshot, SPEC)[0];
        assert_eq!(
            (lens.title.as_str(), lens.span.of(FILES[0].1)),
            ("1 of 2 requirements covered · 1 of 3 tasks done", "Feature Specification: Late fees",)
        );
        let line = |word: &str| {
            let start = FILES[1].1.find(word).unwrap();
            let start = FILES[1].1[..start].rfind('\n').unwrap() + 1;
            Span::new(start, start + FILES[1].1[start..].find('\n').unwrap())
        };
        let ticked = |word: &str| {
            actions::actions(&snapshot, TASKS, None, line(word)).into_iter().find_map(|action| match action.effect {
                Effect::Edit(fix) if action.diagnostic.is_none() => {
                    let (_, edit) = &fix.edits[0];
                    let mut text = FILES[1].1.to_owned();
                    text.replace_range(edit.span.range(), &edit.text);
                    Some((fix.title, SpecFile::read(TASKS, &text).unwrap().work().unwrap().task(word).unwrap().done))
                }
                _ => None,
            })
        };
        assert_eq!(ticked("T001"), Some(("Untick T001".to_owned(), false)));
        assert_eq!(ticked("T002"), Some(("Tick T002".to_owned(), true)));
    }

    #[test]
    fn a_pointer_that_the_branch_contradicts_is_stale() {
        let mut snapshot = snapshot();
        let other = SpecFile::read("specs/005-tax/spec.md", "# Feature Specification: Tax\n").unwrap();
        snapshot.project.set(Arc::new(other));
        let mut found = |branch: Option<&str>| {
            snapshot.live = Arc::new(Live { branch: branch.map(str::to_owned), ..Live::default() });
            diagnostics::diagnostics(&snapshot, POINTER, None)
        };
        for fine in [None, Some("main"), Some("004-late-fees"), Some("feat/004-late-fees"), Some("006-new")] {
            assert_eq!(found(fine), [], "{fine:?}");
        }
        let stale = found(Some("005-tax"));
        assert_eq!((stale.len(), stale[0].code.as_str()), (1, "ticket/feature-json-stale"));
        assert_eq!(stale[0].span.of(FILES[3].1), "004-late-fees");
        assert_eq!(stale[0].fixes[0].edits[0].1.text, "005-tax");
    }
}
