//! What the client can do: its capabilities, read once, as questions that the server has.

use super::convert::Encoding;
use serde_json::Value;
use tower_lsp::gen_lsp_types::{InitializeParams, InsertTextMode, MarkupKind, ResourceOperationKind};

/// The client of this session.
#[derive(Clone, Default, Debug)]
pub(super) struct Client {
    /// Its name and version, for the debug information.
    pub(super) name: String,
    /// How columns are counted in this session.
    pub(super) encoding: Encoding,
    /// It answers `workspace/configuration`.
    pub(super) configuration: bool,
    /// It watches files for us when asked.
    pub(super) watches_files: bool,
    /// It takes `didChangeConfiguration` registrations.
    pub(super) registers_configuration: bool,
    /// It only pulls diagnostics, and can be told to pull again. Every other client is pushed to, because findings of
    /// gates arrive without an edit and stand in files that are not open.
    pub(super) pulls_diagnostics: bool,
    /// It keeps the version of published diagnostics.
    pub(super) diagnostic_versions: bool,
    /// It takes nested document symbols.
    pub(super) nested_symbols: bool,
    /// It asks for lenses again when told to.
    pub(super) refreshes_lenses: bool,
    /// It asks for inlay hints again when told to.
    pub(super) refreshes_hints: bool,
    /// It shows progress that the server starts.
    pub(super) shows_progress: bool,
    /// It opens documents when told to.
    pub(super) shows_documents: bool,
    /// It takes edits from us when nobody asked for one.
    pub(super) applies_edits: bool,
    /// It takes edits that say which version of a document they are for.
    pub(super) edits_versioned: bool,
    /// It renames files as a part of an edit.
    pub(super) renames_files: bool,
    /// It shows what edits are for, and asks where they say that it should.
    pub(super) annotates_edits: bool,
    /// It does so for the edits of a rename.
    pub(super) annotates_renames: bool,
    /// It asks once for a whole edit, and a no means all of it.
    pub(super) asks_once: bool,
    /// It tells of files that it renames, before and after.
    pub(super) tells_renames: bool,
    /// It marks actions that start an agent.
    pub(super) tags_agent_actions: bool,
    /// It asks for the edits of an action when it is chosen.
    pub(super) resolves_actions: bool,
    /// It shows actions that cannot be taken, with why.
    pub(super) shows_disabled_actions: bool,
    /// It makes files that an edit names.
    pub(super) creates_files: bool,
    /// It goes to the places to fill in of an edit.
    pub(super) snippet_edits: bool,
    /// It inserts snippets.
    pub(super) snippets: bool,
    /// It asks for the documentation of an item when somebody looks at it.
    pub(super) resolves_documentation: bool,
    /// It shows a description beside the label of an item.
    pub(super) label_details: bool,
    /// It lets a person choose between putting in and replacing.
    pub(super) inserts_or_replaces: bool,
    /// How it can treat the indentation of what is put in.
    pub(super) insert_modes: Vec<InsertTextMode>,
    /// It says what it shows of an item, and Markdown is not a part of it.
    pub(super) completes_in_plain_text: bool,
    /// It says what it shows in a hover, and Markdown is not a part of it.
    pub(super) hovers_in_plain_text: bool,
    /// It asks for semantic tokens in the one format that there is.
    pub(super) colours_tokens: bool,
    /// It asks for semantic tokens again when told to.
    pub(super) refreshes_tokens: bool,
    /// It knows what our own kinds of tokens look like (`experimental.tollgate.tokenTypes`).
    pub(super) knows_our_tokens: bool,
    /// It shows where a diagnostic is documented.
    pub(super) links_diagnostics: bool,
    /// It opens `tollgate:/rules/<area>/<name>.md` and asks us for the text (`experimental.tollgate.rulePages`).
    pub(super) opens_rule_pages: bool,
    /// Commands that the client itself registered (`experimental.tollgate.commands`).
    pub(super) commands: Vec<String>,
}

impl Client {
    /// Reads the capabilities.
    pub(super) fn read(params: &InitializeParams) -> Client {
        let capabilities = &params.capabilities;
        let workspace = capabilities.workspace.as_ref();
        let document = capabilities.text_document.as_ref();
        let offered = capabilities.general.as_ref().and_then(|it| it.position_encodings.as_deref());
        let action = document.and_then(|it| it.code_action.as_ref());
        let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
        let yes = |flag: Option<bool>| flag == Some(true);
        let info = params.client_info.as_ref();
        let operations = edits.and_then(|it| it.resource_operations.as_deref()).unwrap_or_default();
        let annotates = edits.is_some_and(|it| it.change_annotation_support.is_some());
        let files = workspace.and_then(|it| it.file_operations.as_ref());
        let item = document.and_then(|it| it.completion.as_ref()).and_then(|it| it.completion_item.as_ref());
        let only_plain = |formats: &Vec<MarkupKind>| !formats.is_empty() && !formats.contains(&MarkupKind::Markdown);
        Client {
            name: info.map_or_else(String::new, |info| {
                format!("{} {}", info.name, info.version.as_deref().unwrap_or_default())
            }),
            encoding: Encoding::negotiate(offered.unwrap_or_default()),
            configuration: yes(workspace.and_then(|it| it.configuration)),
            watches_files: yes(workspace
                .and_then(|it| it.did_change_watched_files.as_ref())
                .and_then(|it| it.dynamic_registration)),
            registers_configuration: yes(workspace
                .and_then(|it| it.did_change_configuration.as_ref())
                .and_then(|it| it.dynamic_registration)),
            pulls_diagnostics: document.is_some_and(|it| it.diagnostic.is_some() && it.publish_diagnostics.is_none())
                && yes(workspace.and_then(|it| it.diagnostics.as_ref()).and_then(|it| it.refresh_support)),
            diagnostic_versions: yes(document
                .and_then(|it| it.publish_diagnostics.as_ref())
                .and_then(|it| it.version_support)),
            nested_symbols: yes(document
                .and_then(|it| it.document_symbol.as_ref())
                .and_then(|it| it.hierarchical_document_symbol_support)),
            refreshes_lenses: yes(workspace.and_then(|it| it.code_lens.as_ref()).and_then(|it| it.refresh_support)),
            refreshes_hints: yes(workspace.and_then(|it| it.inlay_hint.as_ref()).and_then(|it| it.refresh_support)),
            shows_progress: yes(capabilities.window.as_ref().and_then(|it| it.work_done_progress)),
            applies_edits: yes(workspace.and_then(|it| it.apply_edit)),
            shows_documents: capabilities
                .window
                .as_ref()
                .and_then(|it| it.show_document.as_ref())
                .is_some_and(|it| it.support),
            // Neovim applies such edits and does not say so; renames of files are among them.
            edits_versioned: yes(edits.and_then(|it| it.document_changes)) || !operations.is_empty(),
            renames_files: operations.contains(&ResourceOperationKind::Rename),
            annotates_edits: annotates,
            annotates_renames: annotates
                && yes(document.and_then(|it| it.rename.as_ref()).and_then(|it| it.honors_change_annotations)),
            // Neovim 0.12 asks file by file, goes on after a no, and renames files without a question: a name would follow
            // in some files only (its `vim/lsp/util.lua`, `apply_text_edits`).
            asks_once: info.is_none_or(|info| info.name != "Neovim"),
            tells_renames: yes(files.and_then(|it| it.will_rename)) || yes(files.and_then(|it| it.did_rename)),
            tags_agent_actions: document
                .and_then(|it| it.code_action.as_ref())
                .is_some_and(|it| it.tag_support.is_some()),
            resolves_actions: action.is_some_and(|it| {
                let known = it.resolve_support.as_ref().map(|of| of.properties.as_slice()).unwrap_or_default();
                yes(it.data_support) && known.iter().any(|property| property == "edit")
            }),
            shows_disabled_actions: yes(action.and_then(|it| it.disabled_support)),
            creates_files: operations.contains(&ResourceOperationKind::Create),
            snippet_edits: yes(edits.and_then(|it| it.snippet_edit_support)),
            snippets: yes(item.and_then(|it| it.snippet_support)),
            resolves_documentation: item
                .and_then(|it| it.resolve_support.as_ref())
                .is_some_and(|it| it.properties.iter().any(|name| name == "documentation")),
            label_details: yes(item.and_then(|it| it.label_details_support)),
            inserts_or_replaces: yes(item.and_then(|it| it.insert_replace_support)),
            insert_modes: item
                .and_then(|it| it.insert_text_mode_support.as_ref())
                .map(|it| it.value_set.clone())
                .unwrap_or_default(),
            completes_in_plain_text: item.and_then(|it| it.documentation_format.as_ref()).is_some_and(only_plain),
            hovers_in_plain_text: document
                .and_then(|it| it.hover.as_ref())
                .and_then(|it| it.content_format.as_ref())
                .is_some_and(only_plain),
            colours_tokens: document.is_some_and(|it| it.semantic_tokens.is_some()),
            refreshes_tokens: yes(workspace
                .and_then(|it| it.semantic_tokens.as_ref())
                .and_then(|it| it.refresh_support)),
            knows_our_tokens: capabilities
                .experimental
                .as_ref()
                .and_then(|it| it.pointer("/tollgate/tokenTypes"))
                .is_some_and(|said| *said == Value::Bool(true)),
            links_diagnostics: [
                document
                    .and_then(|it| it.publish_diagnostics.as_ref())
                    .and_then(|it| it.diagnostics_capabilities.code_description_support),
                document
                    .and_then(|it| it.diagnostic.as_ref())
                    .and_then(|it| it.diagnostics_capabilities.code_description_support),
            ]
            .into_iter()
            .any(yes),
            opens_rule_pages: capabilities
                .experimental
                .as_ref()
                .and_then(|it| it.pointer("/tollgate/rulePages"))
                .is_some_and(|said| *said == Value::Bool(true)),
            commands: capabilities
                .experimental
                .as_ref()
                .and_then(|it| it.pointer("/tollgate/commands"))
                .and_then(Value::as_array)
                .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default(),
        }
    }
}
