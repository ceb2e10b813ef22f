//! The semantic tokens that were last sent of each open document, so that the next answer is only what differs.
//!
//! Answers are made on threads of their own and may end in another order than they began: an id belongs to exactly the
//! tokens it was given with, whoever asks for a difference to another id gets all tokens.

use super::documents::DocumentUri;
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tower_lsp::gen_lsp_types::SemanticToken;

/// See the module.
#[derive(Default)]
pub(super) struct TokenMemory {
    sent: Mutex<HashMap<DocumentUri, (String, Vec<SemanticToken>)>>,
    last: AtomicU64,
}

impl TokenMemory {
    /// Keeps what is sent now, and gives its id and what was kept under `previous`.
    pub(super) fn replace(
        &self,
        uri: &DocumentUri,
        tokens: &[SemanticToken],
        previous: Option<&str>,
    ) -> (String, Option<Vec<SemanticToken>>) {
        let id = (self.last.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let old = sent.insert(uri.clone(), (id.clone(), tokens.to_vec()));
        (id, old.filter(|(id, _)| Some(id.as_str()) == previous).map(|(_, tokens)| tokens))
    }

    /// The document was closed.
    pub(super) fn forget(&self, uri: &str) {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_good_for_the_tokens_it_came_with_and_once() {
        let memory = TokenMemory::default();
        let uri: DocumentUri = "file:///a".into();
        let some = [SemanticToken { length: 3, ..SemanticToken::default() }];
        let (first, old) = memory.replace(&uri, &some, None);
        assert_eq!(old, None);
        let (second, old) = memory.replace(&uri, &[], Some(&first));
        assert_eq!(old.as_deref(), Some(&some[..]));
        assert_eq!(memory.replace(&uri, &[], Some(&first)).1, None, "that is not what the client has now");
        let (third, _) = memory.replace(&uri, &some, Some(&second));
        memory.forget(&uri);
        assert_eq!(memory.replace(&uri, &some, Some(&third)).1, None);
    }
}
