//! One request, one file: convert in, ask the analysis, convert out.

mod debug_information;
mod diagnostic;
mod document_symbol;
mod folding_range;
mod initialize;

pub(super) use debug_information::debug_information;
pub(super) use diagnostic::diagnostic;
pub(super) use document_symbol::document_symbol;
pub(super) use folding_range::folding_range;
pub(super) use initialize::initialize;
