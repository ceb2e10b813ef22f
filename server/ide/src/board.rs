//! Service for tickets of other tools: outline, hover and completion of ids. Lenses, hints and the state of passes are those
//! of our own tickets; definition and references need nothing of it, as ids are names like all others.

use crate::Snapshot;
use crate::completion::{Item, ItemKind};
use crate::diagnostic::one_line;
use crate::symbols::{Symbol, SymbolKind, leaf, outline};
use delivery::explain::escaped;
use spec::board::{Board, Card, LISTING, Shelf};
use spec::model::{Checkbox, StatusCategory, Ticket};
use spec::{Name, NameKind, SpecFile, System};
use std::fmt::Write as _;
use text::Span;

/// No more tickets than this are listed in a hover.
const MOST_LINES: usize = 12;

/// The outline: a line for each ticket, its parts below it. A file that holds one ticket has that one's sections.
pub(crate) fn symbols(board: &Board) -> Vec<Symbol> {
    let state = |checked: bool| if checked { "done" } else { "open" };
    let check =
        |line: &Checkbox| leaf(&line.text.value, state(line.checked), SymbolKind::Check, line.span, line.text.span);
    if let ([card], System::Backlog) = (board.tickets.as_slice(), board.system) {
        let boxes = card.ticket.acceptance.iter().chain(&card.ticket.done).map(check);
        return outline(&card.ticket.sections, boxes.collect());
    }
    let mut all: Vec<Symbol> = Vec::new();
    for card in &board.tickets {
        let symbol = symbol(card);
        match all.last_mut().filter(|outer| outer.span.contains(symbol.span) && outer.span != symbol.span) {
            Some(outer) => outer.children.push(symbol),
            None => all.push(symbol),
        }
    }
    all
}

fn symbol(card: &Card) -> Symbol {
    let ticket = &card.ticket;
    let id = ticket.id.as_ref().map_or("", |id| &id.value);
    let title = ticket.title.as_ref().map_or("", |title| &title.value);
    let place = ticket.id.as_ref().map_or(Span::empty(card.span.start as usize), |id| id.span);
    let status = ticket.status.as_ref().map_or("", |status| &status.value);
    leaf(format!("{id} {}", one_line(title, 200)).trim(), status, SymbolKind::Ticket, card.span, place)
}

/// What hovering over the id of another tool's ticket shows, as Markdown: what the tool says of it, what it waits for and
/// how far its parts are; then the plan.
pub(crate) fn about(snapshot: &Snapshot, name: &Name) -> Option<String> {
    if name.kind != NameKind::Ticket {
        return None;
    }
    let (file, ticket) = snapshot.project.ticket(&name.text)?;
    let board = file.board()?;
    let mut text = format!("**{}** · ticket of {}", escaped(&one_line(&name.text, 80)), board.system.word());
    if let Some(status) = &ticket.status {
        let _ = write!(text, " · {}", escaped(&one_line(&status.value, 40)));
    }
    match board.shelf {
        Shelf::Current => {}
        Shelf::Draft => text.push_str(" · draft"),
        Shelf::Completed => text.push_str(" · put away as completed"),
        Shelf::Archived => text.push_str(" · archived"),
    }
    if let Some(title) = &ticket.title {
        let _ = write!(text, "\n\n{}", escaped(&one_line(&title.value, 300)));
    }
    lines(snapshot, &mut text, name, ticket);
    if board.system == System::Beads {
        let source = if file.is_listing() { "From `bd`." } else { "From the export in `.beads/`, which may be old." };
        let _ = write!(text, "\n\n{source}");
    }
    if let Some(live) = snapshot.live.tickets.get(&name.text) {
        let _ = write!(text, "\n\n{}", live.markdown);
    }
    Some(text)
}

fn lines(snapshot: &Snapshot, text: &mut String, name: &Name, ticket: &Ticket) {
    let project = &snapshot.project;
    let mark = |id: &str| match project.ticket(id) {
        Some((file, other)) if project.category(file, other) == Some(StatusCategory::Done) => "✓",
        Some(_) => "○",
        None => "?",
    };
    let title = |id: &str| {
        let title = project.ticket(id).and_then(|(_, other)| other.title.as_ref());
        title.map_or(String::new(), |title| format!(" {}", escaped(&one_line(&title.value, 120))))
    };
    let mut said = Vec::new();
    if let Some(parent) = &ticket.parent {
        said.push(format!("part of {}{}", escaped(&parent.value), title(&parent.value)));
    }
    for id in ticket.dependencies.iter().map(|id| &id.value).take(MOST_LINES) {
        said.push(format!("after {} {}{}", mark(id), escaped(id), title(id)));
    }
    let places = project.places(name);
    let mut parts: Vec<&str> = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for (file, _, _) in &places {
        if project.counts(file) && !files.contains(&file.path.as_str()) {
            files.push(&file.path);
            let of_it = |other: &&Ticket| other.parent.as_ref().is_some_and(|parent| parent.value == name.text);
            parts.extend(file.tickets().filter(of_it).filter_map(|other| Some(other.id.as_ref()?.value.as_str())));
        }
    }
    if !parts.is_empty() {
        let done = parts.iter().filter(|id| mark(id) == "✓").count();
        said.push(format!("{done} of {} parts done", parts.len()));
    }
    if !ticket.acceptance.is_empty() {
        let done = ticket.acceptance.iter().filter(|line| line.checked).count();
        said.push(format!("{done} of {} acceptance criteria ticked", ticket.acceptance.len()));
    }
    if !said.is_empty() {
        let _ = write!(text, "\n\n- {}", said.join("\n- "));
    }
}

/// Ids that may stand at `offset` of a ticket of Backlog.md: behind `dependencies:` and `parent_task_id:`. The other tools
/// write their files themselves.
pub(crate) fn complete(snapshot: &Snapshot, file: &SpecFile, board: &Board, offset: usize) -> Vec<Item> {
    let (System::Backlog, Some(text), [card]) = (board.system, file.text(), board.tickets.as_slice()) else {
        return Vec::new();
    };
    let yaml = syntax::front_matter::split(text).yaml;
    let Some(before) = text.get(yaml.start as usize..offset).filter(|_| offset <= yaml.end as usize) else {
        return Vec::new();
    };
    let mut lines = before.rsplit('\n');
    let line = lines.next().unwrap_or_default();
    let is_key = |line: &str| ["dependencies:", "parent_task_id:"].iter().any(|key| line.starts_with(key));
    let mut in_list = || {
        let is_item = line.trim_start().starts_with('-');
        is_item
            && lines
                .find(|line| !line.trim_start().starts_with('-'))
                .is_some_and(|key| key.starts_with("dependencies:"))
    };
    if !(is_key(line) || in_list()) {
        return Vec::new();
    }
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    let start = before.len() - before.chars().rev().take_while(|letter| is_word(*letter)).count();
    let word = before[start..].trim_start_matches("- ");
    // The dash of the item itself is no part of an id.
    let word = if word == "-" { "" } else { word };
    let behind = text[offset..].chars().take_while(|letter| is_word(*letter)).count();
    let span = Span::new(offset - word.len(), offset + behind);
    let here = |id: &text::Spanned<String>| !id.span.touches(offset);
    let taken: Vec<&str> = card
        .ticket
        .id
        .iter()
        .chain(card.ticket.dependencies.iter().filter(|id| here(id)))
        .map(|id| id.value.as_str())
        .collect();
    let of_backlog = |file: &SpecFile| file.board().is_some_and(|board| board.system == System::Backlog);
    let all = snapshot.project.tickets().filter(|(id, (file, _))| of_backlog(file) && !taken.contains(id));
    all.map(|(id, (_, ticket))| Item {
        label: id.to_owned(),
        kind: ItemKind::Name,
        detail: ticket.status.as_ref().map_or(String::new(), |status| one_line(&status.value, 40)),
        documentation: ticket.title.as_ref().map_or(String::new(), |title| escaped(&one_line(&title.value, 300))),
        insert: id.to_owned(),
        snippet: None,
        span,
        required: false,
        name: Some(Name { kind: NameKind::Ticket, text: id.to_owned() }),
    })
    .collect()
}

/// True for a path that an editor can open; what a tool printed stands in no file.
pub(crate) fn is_file(path: &str) -> bool {
    path != LISTING
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Live, TicketLive};
    use crate::{completion, diagnostics, hints, hover, lenses, navigation, symbols};
    use std::sync::Arc;

    const BELL: &str = "backlog/tasks/task-7 - Ring.md";
    const TASKS: &str = ".taskmaster/tasks/tasks.json";
    const FILES: [(&str, &str); 4] = [
        (
            BELL,
            "---\nid: TASK-7\ntitle: Ring the [bell](command:x)\nstatus: In Progress\ndependencies:\n  - task-3\n  - \n\
             parent_task_id: TASK-1\n---\n\n## Acceptance Criteria\n\n- [x] #1 It rings\n- [ ] #2 It stops\n",
        ),
        ("backlog/completed/task-3 - Rope.md", "---\nid: task-3\ntitle: Buy a rope\nstatus: Done\n---\n"),
        ("backlog/tasks/task-1 - Tower.md", "---\nid: task-1\ntitle: Tower\nstatus: To Do\n---\n"),
        (
            TASKS,
            "{\"master\": {\"tasks\": [{\"id\": 1, \"title\": \"Clock\", \"status\": \"pending\", \"dependencies\": [2],\n\
             \"subtasks\": [{\"id\": 1, \"title\": \"Hands\", \"status\": \"done\"}]},\n\
             {\"id\": 2, \"title\": \"Face\", \"status\": \"done\"}]}}\n",
        ),
    ];

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in FILES {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        let mut live = Live::default();
        for id in ["TASK-7", "1"] {
            live.tickets.insert(id.into(), TicketLive { why: "no workflow".into(), ..TicketLive::default() });
        }
        snapshot.live = Arc::new(live);
        snapshot
    }

    fn inside(path: &str, word: &str) -> usize {
        FILES.iter().find(|(name, _)| *name == path).unwrap().1.find(word).unwrap() + 1
    }

    #[test]
    fn hovers_say_what_the_tool_says_and_what_it_waits_for() {
        let snapshot = snapshot();
        let shown = |path, word| hover::hover(&snapshot, path, None, inside(path, word)).unwrap().markdown;
        let bell = shown(BELL, "TASK-7");
        assert!(bell.starts_with("**TASK-7** · ticket of Backlog.md · In Progress\n\nRing the"), "{bell}");
        assert!(!bell.contains("[bell](command"), "links of others stay dead: {bell}");
        assert!(bell.contains("- part of TASK-1 Tower\n- after ✓ TASK-3 Buy a rope\n- 1 of 2 acceptance"), "{bell}");
        assert!(shown(BELL, "task-3").contains("· put away as completed"));
        let clock = shown(TASKS, "1, \"title\": \"Clock");
        assert!(clock.contains("ticket of Task Master · pending") && clock.contains("- 1 of 1 parts done"), "{clock}");
    }

    #[test]
    fn names_lead_from_file_to_file_in_any_spelling() {
        let snapshot = snapshot();
        let found = navigation::definition(&snapshot, BELL, inside(BELL, "task-3"));
        assert_eq!(
            found.iter().map(|place| place.path.as_str()).collect::<Vec<_>>(),
            ["backlog/completed/task-3 - Rope.md"]
        );
        let path = "backlog/tasks/task-1 - Tower.md";
        let users = navigation::references(&snapshot, path, inside(path, "task-1"), false);
        assert_eq!(users.iter().map(|place| place.path.as_str()).collect::<Vec<_>>(), [BELL]);
        let two = navigation::definition(&snapshot, TASKS, inside(TASKS, "[2]"));
        assert_eq!(two[0].span.of(FILES[3].1), "2");
    }

    #[test]
    fn lenses_and_hints_stand_at_each_ticket() {
        let snapshot = snapshot();
        let lens = &lenses::lenses(&snapshot, TASKS)[0];
        assert_eq!((lens.span.of(FILES[3].1), lens.title.as_str()), ("\"Clock\"", "spent $0.00 · no workflow"));
        assert_eq!(lenses::lenses(&snapshot, BELL).len(), 1);
        let all = Span::new(0, FILES[0].1.len());
        assert_eq!(hints::hints(&snapshot, BELL, all, false)[0].label, "spent $0.00 · no workflow");
        assert!(diagnostics::diagnostics(&snapshot, BELL, None).iter().all(|it| it.code != "ticket/unknown-reference"));
    }

    #[test]
    fn the_outline_nests_parts_and_has_the_boxes_of_a_single_ticket() {
        let snapshot = snapshot();
        let names = |path: &str| -> Vec<(String, usize)> {
            let all = symbols::document_symbols(&snapshot, path).into_iter();
            all.map(|symbol| (symbol.name, symbol.children.len())).collect()
        };
        assert_eq!(names(TASKS), [("1 Clock".to_owned(), 1), ("2 Face".to_owned(), 0)]);
        assert_eq!(names(BELL), [("Acceptance Criteria".to_owned(), 2)]);
    }

    #[test]
    fn ids_are_offered_where_backlog_takes_them() {
        let snapshot = snapshot();
        let text = FILES[0].1;
        let offered = |offset: usize| -> Vec<String> {
            completion::complete(&snapshot, BELL, offset).into_iter().map(|item| item.label).collect()
        };
        assert_eq!(offered(text.find("  - \n").unwrap() + 4), ["TASK-1"], "TASK-3 is there already");
        assert_eq!(offered(text.find("task-3").unwrap() + 2), ["TASK-1", "TASK-3"]);
        assert_eq!(offered(text.find("Ring the").unwrap()), [] as [&str; 0]);
        assert_eq!(offered(text.find("## Acc").unwrap()), [] as [&str; 0]);
    }
}
