//! Where a diagnostic is documented. A client that opens our own scheme asks us for the page; any other is pointed to the
//! page in the user's own manual, where `tollgate rules --manual` has written one. Nothing is ever said to be on the web.

use super::client::Client;
use std::collections::HashMap;
use tower_lsp::gen_lsp_types::{CodeDescription, Uri};

/// Links of this session, by the code of a diagnostic.
#[derive(Default, Debug)]
pub(super) struct Manual(HashMap<&'static str, Uri>);

impl Manual {
    /// The links that this client can open; none for one that shows none.
    pub(super) fn of(client: &Client) -> Manual {
        if !client.links_diagnostics {
            return Manual::default();
        }
        let uris: Vec<(&'static str, String)> = if client.opens_rule_pages {
            ide::rules::pages().map(|id| (id, format!("tollgate:/rules/{id}.md"))).collect()
        } else {
            let pages = crate::workbench::manual_pages().into_iter();
            pages.filter_map(|(id, path)| Some((id, super::workspace::uri_of(&path)?.to_string()))).collect()
        };
        Manual(uris.into_iter().filter_map(|(id, uri)| Some((id, Uri::parse(&uri).ok()?))).collect())
    }

    /// The link of a diagnostic.
    pub(super) fn link(&self, code: &str) -> Option<CodeDescription> {
        self.0.get(code).map(|uri| CodeDescription { href: uri.clone() })
    }
}
