//! Words that are good for one answer: what the person decides on is what was shown to them.

use std::collections::HashMap;

/// What a nonce was given out for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    /// A launch plan of a root, by its hash.
    Plan { root: String, hash: String },
    /// Words that a pass would tell its agent, by [`crate::workbench::unseen_hash`].
    Words { root: String, ticket: String, pass: String, hash: String },
    /// A gate of a root over these contents, by the hash of its subjects.
    Gate { root: String, ticket: String, pass: String, subjects: String },
}

/// The nonces that are out. Memory only: they end with the session.
#[derive(Default)]
pub(super) struct Nonces(HashMap<String, Shown>);

impl Nonces {
    /// A new nonce. One that was given out for the same thing before is no longer good.
    pub(super) fn give(&mut self, shown: Shown) -> String {
        const MOST: usize = 1024;
        self.0.retain(|_, other| *other != shown);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        self.0.insert(nonce.clone(), shown);
        nonce
    }

    /// What the nonce was given out for; it is used up.
    pub(super) fn take(&mut self, nonce: &str) -> Option<Shown> {
        self.0.remove(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_and_only_the_newest() {
        let mut nonces = Nonces::default();
        let plan = || Shown::Plan { root: "/r".to_owned(), hash: "h".to_owned() };
        let (old, new) = (nonces.give(plan()), nonces.give(plan()));
        assert_eq!(nonces.take(&old), None);
        assert_eq!(nonces.take(&new), Some(plan()));
        assert_eq!(nonces.take(&new), None);
    }
}
