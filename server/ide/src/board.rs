//! Service for tickets of other tools.

use crate::symbols::{Symbol, SymbolKind, leaf};
use spec::board::Board;

/// The outline: a line for each ticket.
pub(crate) fn symbols(board: &Board) -> Vec<Symbol> {
    let tickets = board.tickets.iter().map(|card| {
        let ticket = &card.ticket;
        let id = ticket.id.as_ref().map_or("", |id| &id.value);
        let title = ticket.title.as_ref().map_or("", |title| &title.value);
        let place = ticket.id.as_ref().map_or(text::Span::empty(card.span.start as usize), |id| id.span);
        let status = ticket.status.as_ref().map_or("", |status| &status.value);
        leaf(format!("{id} {title}").trim(), status, SymbolKind::Ticket, card.span, place)
    });
    tickets.collect()
}
