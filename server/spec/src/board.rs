//! Tickets that another tool keeps: a file each (Backlog.md), or many in one (Task Master, Beads). They are the same
//! [`Ticket`] as ours, so that a plan, a budget and a run need not know where a ticket comes from; nothing is ever written
//! into them.

use crate::foreign::{System, beads, taskmaster};
use crate::model::{StatusCategory, Ticket};
use crate::project::{Content, NameKind, Project, SpecFile};
use std::collections::HashMap;
use std::sync::Arc;
use text::{Span, Spanned};

/// Where what `bd` prints stands in a project: no path of a root, so that no file is ever taken for it.
pub const LISTING: &str = "bd:issues.jsonl";

/// The tickets of one file.
#[derive(Clone, Debug)]
pub struct Board {
    /// Whose they are.
    pub system: System,
    /// Where its tool keeps them.
    pub shelf: Shelf,
    /// The tickets in order of place.
    pub tickets: Vec<Card>,
    /// What the file says of all tickets of its tool, where it is one that does.
    pub settings: Settings,
    by_id: HashMap<String, usize>,
}

/// Where a tool keeps a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Shelf {
    /// Among those that are worked on.
    #[default]
    Current,
    /// Among those that nobody has promised yet.
    Draft,
    /// Among those that are finished.
    Completed,
    /// Out of sight.
    Archived,
}

/// One ticket of a board.
#[derive(Clone, Debug)]
pub struct Card {
    /// The ticket. Its id is the name that it has in the graph; [`Card::written`] says how its tool writes it.
    pub ticket: Ticket,
    /// The whole entry.
    pub span: Span,
    /// The group that it belongs to: a tag of Task Master.
    pub group: Option<String>,
    /// Tickets that it names without waiting for them, or that no reader of one root can know.
    pub related: Vec<Spanned<String>>,
    /// When it was finished, as its tool wrote it.
    pub closed: Option<Spanned<String>>,
}

/// What a tool's own configuration says of its tickets.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Status words in their order, with what each means where that is said.
    pub statuses: Vec<(Spanned<String>, Option<StatusCategory>)>,
    /// What ids begin with, without the `-`.
    pub prefix: Option<Spanned<String>>,
    /// The group that is worked on.
    pub group: Option<Spanned<String>>,
    /// Groups by the branch that they belong to.
    pub groups_of_branches: Vec<(String, String)>,
}

impl Card {
    pub(crate) fn new(ticket: Ticket, span: Span) -> Card {
        Card { ticket, span, group: None, related: Vec::new(), closed: None }
    }

    /// Its id as its tool writes it, without the group.
    pub fn written(&self) -> &str {
        let id = self.ticket.id.as_ref().map_or("", |id| id.value.as_str());
        let group = self.group.as_deref().and_then(|group| id.strip_prefix(group)?.strip_prefix('/'));
        group.unwrap_or(id)
    }

    /// The place that stands for all of it: its title, else its id.
    pub fn place(&self) -> Span {
        let name = self.ticket.title.as_ref().or(self.ticket.id.as_ref());
        name.map_or(Span::empty(self.span.start as usize), |name| name.span)
    }
}

impl Board {
    pub(crate) fn new(system: System, shelf: Shelf, tickets: Vec<Card>) -> Board {
        let mut by_id = HashMap::new();
        for (at, card) in tickets.iter().enumerate() {
            if let Some(id) = &card.ticket.id {
                by_id.entry(id.value.clone()).or_insert(at);
            }
        }
        Board { system, shelf, tickets, settings: Settings::default(), by_id }
    }

    pub(crate) fn settings(system: System, settings: Settings) -> Board {
        Board { settings, ..Board::new(system, Shelf::Current, Vec::new()) }
    }

    /// The ticket of that id; the first where it stands twice.
    pub fn ticket(&self, id: &str) -> Option<&Ticket> {
        self.card(id).map(|card| &card.ticket)
    }

    /// The same with its place in the file.
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.by_id.get(id).map(|at| &self.tickets[*at])
    }
}

impl SpecFile {
    /// The tickets of another tool that the file holds, if it does.
    pub fn board(&self) -> Option<&Board> {
        match &self.content {
            Content::Board(board) => Some(board),
            _ => None,
        }
    }

    /// All tickets of the file, ours or another tool's.
    pub fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        let ours = match &self.content {
            Content::Ticket(ticket) => Some(&**ticket),
            _ => None,
        };
        ours.into_iter().chain(self.board().into_iter().flat_map(|board| &board.tickets).map(|card| &card.ticket))
    }

    /// The ticket of that id in the file.
    pub fn ticket(&self, id: &str) -> Option<&Ticket> {
        match &self.content {
            Content::Ticket(ticket) => Some(&**ticket),
            Content::Board(board) => board.ticket(id),
            _ => None,
        }
    }

    /// What a ticket of a board says beside its title, as pairs of a heading and words, where its file is no Markdown with
    /// sections. Empty for a file whose text is not kept.
    pub fn words_of_ticket(&self, id: &str) -> Vec<(&'static str, String)> {
        let (Some(board), Some(text)) = (self.board(), self.text()) else { return Vec::new() };
        let Some(card) = board.card(id) else { return Vec::new() };
        let keys = match board.system {
            System::TaskMaster => taskmaster::WORDS,
            System::Beads => beads::WORDS,
            _ => return Vec::new(),
        };
        let entry = syntax::json::read(text, card.span).root;
        let words =
            keys.iter().filter_map(|(key, heading)| Some((*heading, entry.get(key)?.scalar()?.trim().to_owned())));
        words.filter(|(_, words)| !words.is_empty()).collect()
    }

    /// True for what is no file of the root: a listing that a tool printed.
    pub fn is_listing(&self) -> bool {
        self.path == LISTING
    }
}

/// A ticket with the file that says it.
pub type Placed<'a> = (&'a Arc<SpecFile>, &'a Ticket);

impl Project {
    /// The ticket of that id, of those that count (see [`Project::counts`]). Ours win over those of other tools, those that
    /// are worked on over others; then the first in path order.
    pub fn ticket(&self, id: &str) -> Option<Placed<'_>> {
        let name = crate::project::Name { kind: NameKind::Ticket, text: id.to_owned() };
        let counted = self.definers(&name).filter(|file| self.counts(file));
        let shelf = |file: &SpecFile| file.board().is_some_and(|board| board.shelf != Shelf::Current);
        let file = counted.min_by_key(|file| (file.kind.is_foreign(), shelf(file)))?;
        Some((file, file.ticket(id)?))
    }

    /// All tickets that count, by id.
    pub fn tickets(&self) -> impl Iterator<Item = (&str, Placed<'_>)> {
        let names = self.defined(NameKind::Ticket);
        names.filter_map(|name| Some((name.text.as_str(), self.ticket(&name.text)?)))
    }

    /// Whether the tickets of a file count: where the configuration names a source that is read from files, only those of
    /// that source do; and what `bd` prints is the truth of which `.beads/issues.jsonl` is a copy.
    pub fn counts(&self, file: &SpecFile) -> bool {
        let board = file.board();
        if board.is_some_and(|board| board.system == System::Beads)
            && !file.is_listing()
            && self.file(LISTING).is_some()
        {
            return false;
        }
        let source = self.config().and_then(|(_, config)| config.ticket_source.as_ref());
        let wanted = match source.map(|source| source.value.as_str()) {
            Some("files") => None,
            Some("backlog") => Some(System::Backlog),
            Some("beads") => Some(System::Beads),
            Some("taskmaster") => Some(System::TaskMaster),
            _ => return true,
        };
        board.map(|board| board.system) == wanted
    }

    /// True where files of a root say that Beads keeps its tickets.
    pub fn has_beads(&self) -> bool {
        beads::FILES.iter().any(|path| self.file(path).is_some_and(|file| file.board().is_some()))
    }

    /// What the tools' own files say of all tickets of a tool.
    pub fn settings_of(&self, system: System) -> Option<&Settings> {
        self.settings_with_file(system).map(|(_, settings)| settings)
    }

    /// The same with the file that says it.
    pub fn settings_with_file(&self, system: System) -> Option<(&Arc<SpecFile>, &Settings)> {
        let paths: &[&str] = match system {
            System::Backlog => crate::foreign::backlog::SETTINGS,
            System::TaskMaster => &[taskmaster::STATE],
            System::Beads => &[beads::SETTINGS],
            _ => &[],
        };
        let mut files = paths.iter().filter_map(|path| self.file(path));
        files.find_map(|file| Some((file, &file.board()?.settings)))
    }

    /// What the status of a ticket means to the tool that keeps it; `None` for a word that nobody knows, and where there is
    /// none.
    pub fn category(&self, file: &SpecFile, ticket: &Ticket) -> Option<StatusCategory> {
        let board = file.board();
        if board.is_some_and(|board| matches!(board.shelf, Shelf::Completed | Shelf::Archived)) {
            return Some(StatusCategory::Done);
        }
        let status = ticket.status.as_ref()?;
        let known = StatusCategory::of(&status.value);
        let Some(settings) = board.and_then(|board| self.settings_of(board.system)) else { return known };
        let is = |word: &Spanned<String>| word.value.trim().eq_ignore_ascii_case(status.value.trim());
        let Some(at) = settings.statuses.iter().position(|(word, _)| is(word)) else { return known };
        if let Some(said) = settings.statuses[at].1 {
            return Some(said);
        }
        if board.is_some_and(|board| board.system == System::Backlog) && settings.statuses.len() > 1 {
            // Backlog.md takes the last word of the list for the end, whatever it is.
            return match at {
                0 => known.or(Some(StatusCategory::Todo)),
                last if last + 1 == settings.statuses.len() => Some(StatusCategory::Done),
                _ => known.filter(|known| *known != StatusCategory::Done).or(Some(StatusCategory::Active)),
            };
        }
        known
    }
}
