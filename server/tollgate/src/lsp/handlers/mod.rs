//! One request, one file: convert in, ask the analysis, convert out.

mod call_hierarchy;
mod code_action;
mod code_lens;
mod completion;
mod debug_information;
mod diagnostic;
mod document_link;
mod document_symbol;
mod execute_command;
mod folding_range;
mod formatting;
mod hover;
mod initialize;
mod inlay_hint;
mod navigation;
mod rename;
mod requests;
mod selection_range;
mod semantic_tokens;

pub(super) use call_hierarchy::{incoming_calls, outgoing_calls, prepare_call_hierarchy};
pub(super) use code_action::{code_action, resolve_code_action};
pub(super) use code_lens::code_lens;
pub(super) use completion::{completion, completion_resolve};
pub(super) use debug_information::debug_information;
pub(super) use diagnostic::diagnostic;
pub(super) use document_link::document_link;
pub(super) use document_symbol::document_symbol;
pub(super) use execute_command::execute_command;
pub(super) use folding_range::folding_range;
pub(super) use formatting::{formatting, range_formatting};
pub(super) use hover::hover;
pub(super) use initialize::initialize;
pub(super) use inlay_hint::inlay_hint;
pub(super) use navigation::{View, definition, document_highlight, references, workspace_symbol};
pub(super) use rename::{did_rename_files, prepare_rename, rename, will_rename_files};
pub(super) use requests::{
    explain, pending_gates, rule, run_log, trace, trust_allow, trust_plan, trust_revoke, words, words_accept,
};
pub(super) use selection_range::selection_range;
pub(super) use semantic_tokens::{semantic_tokens_delta, semantic_tokens_full, semantic_tokens_range};
