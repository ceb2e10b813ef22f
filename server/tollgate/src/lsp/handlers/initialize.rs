//! `initialize`: what the client can do goes in, what we do comes out. Nothing is advertised that is not served.

use super::code_action::{KINDS, kind_of};
use super::semantic_tokens;
use crate::lsp::{client::Client, commands, manual::Manual, state::State};
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{
    ChangeNotifications, CodeActionOptions, CodeLensOptions, CompletionOptions, DiagnosticOptions, DocumentLinkOptions,
    ExecuteCommandOptions, FileOperationFilter, FileOperationOptions, FileOperationPattern,
    FileOperationRegistrationOptions, InitializeParams, InitializeResult, RenameOptions, ServerCapabilities,
    ServerInfo, TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};

/// Remembers the client and tells it the capabilities.
pub(in crate::lsp) fn initialize(state: &mut State, params: &InitializeParams) -> InitializeResult {
    let client = Client::read(params);
    let capabilities = capabilities(&client);
    state.manual = Arc::new(Manual::of(&client));
    state.client = Arc::new(client);
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    InitializeResult { capabilities, server_info: Some(ServerInfo { name: "tollgate".to_owned(), version }) }
}

fn capabilities(client: &Client) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(true.into()),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(ChangeNotifications::Bool(true)),
    };
    let diagnostics = DiagnosticOptions {
        identifier: Some("tollgate".to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: false,
        ..DiagnosticOptions::default()
    };
    // Files that are called as the name they define; and any file or folder that documents speak of.
    let renamed = FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_owned()),
            pattern: FileOperationPattern { glob: "**/*".to_owned(), matches: None, options: None },
        }],
    };
    let renames = FileOperationOptions {
        will_rename: Some(renamed.clone()),
        did_rename: Some(renamed),
        ..FileOperationOptions::default()
    };
    let workspace = WorkspaceOptions {
        workspace_folders: Some(folders),
        file_operations: client.tells_renames.then_some(renames),
        ..WorkspaceOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(client.encoding.kind()),
        text_document_sync: Some(sync.into()),
        workspace: Some(workspace),
        document_symbol_provider: Some(true.into()),
        folding_range_provider: Some(true.into()),
        hover_provider: Some(true.into()),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some([":", "-", "[", "{", "\"", ".", "/", " ", "(", "#"].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        code_lens_provider: Some(CodeLensOptions::default()),
        inlay_hint_provider: Some(true.into()),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(KINDS.map(kind_of).to_vec()),
                resolve_provider: client.resolves_actions.then_some(true),
                ..CodeActionOptions::default()
            }
            .into(),
        ),
        definition_provider: Some(true.into()),
        references_provider: Some(true.into()),
        document_highlight_provider: Some(true.into()),
        document_link_provider: Some(DocumentLinkOptions::default()),
        selection_range_provider: Some(true.into()),
        call_hierarchy_provider: Some(true.into()),
        rename_provider: Some(RenameOptions { prepare_provider: Some(true), ..RenameOptions::default() }.into()),
        workspace_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        document_range_formatting_provider: Some(true.into()),
        semantic_tokens_provider: client.colours_tokens.then(|| semantic_tokens::options(client).into()),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::SERVED.map(str::to_owned).to_vec(),
            ..ExecuteCommandOptions::default()
        }),
        diagnostic_provider: client.pulls_diagnostics.then(|| diagnostics.into()),
        ..ServerCapabilities::default()
    }
}
