//! Tickets that another tool keeps: a file each (Backlog.md), or many in one (Task Master, Beads). They are the same
//! [`Ticket`] as ours, so that a plan, a budget and a run need not know where a ticket comes from; nothing is ever written
//! into them.

use crate::foreign::System;
use crate::model::Ticket;
use crate::project::{Content, SpecFile};
use text::Span;

/// The tickets of one file.
#[derive(Clone, Debug)]
pub struct Board {
    /// Whose they are.
    pub system: System,
    /// The tickets in order of place.
    pub tickets: Vec<Card>,
}

/// One ticket of a board.
#[derive(Clone, Debug)]
pub struct Card {
    /// The ticket. Its id is as its tool writes it.
    pub ticket: Ticket,
    /// The whole entry.
    pub span: Span,
}

impl Board {
    /// The ticket of that id; the first where it stands twice.
    pub fn ticket(&self, id: &str) -> Option<&Ticket> {
        let mut all = self.tickets.iter().map(|card| &card.ticket);
        all.find(|ticket| ticket.id.as_ref().is_some_and(|own| own.value == id))
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
}
