//! Keeps the secrets of a child's environment out of what is read of its output: an agent that fails may print all it was
//! given. It must not know what the output means.

use std::collections::BTreeMap;

/// Parts of names of variables whose values are secret.
const NAMES: [&str; 8] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "AUTH", "CREDENTIAL", "HEADERS"];
/// Shorter values are no secrets, and would be found in everything.
const SHORTEST: usize = 8;
/// What stands in the place of a secret; fits into a JSON string.
const MARK: &[u8] = b"[secret]";

/// Filters one stream.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    secrets: Vec<Vec<u8>>,
    held: Vec<u8>,
}

impl Mask {
    /// The mask for a child with this environment.
    pub(crate) fn of(environment: &BTreeMap<String, String>) -> Mask {
        let secret = |name: &str| NAMES.iter().any(|part| name.to_ascii_uppercase().contains(part));
        let values = environment.iter().filter(|(name, value)| secret(name) && value.len() >= SHORTEST);
        let mut secrets: Vec<Vec<u8>> = values
            .flat_map(|(_, value)| {
                // as it is, and as a JSON string has it
                let quoted = serde_json::to_string(value).unwrap_or_default();
                [value.clone(), quoted.trim_matches('"').to_owned()]
            })
            .map(String::into_bytes)
            .collect();
        // of two that begin alike the longer one is looked for first
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Mask { secrets, held: Vec::new() }
    }

    /// What may go on. An end that may be the beginning of a secret is held back.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.secrets.is_empty() {
            return bytes.to_vec();
        }
        self.held.extend_from_slice(bytes);
        let (mut passed, mut at) = (Vec::with_capacity(self.held.len()), 0);
        while at < self.held.len() {
            let rest = &self.held[at..];
            if let Some(secret) = self.secrets.iter().find(|secret| rest.starts_with(secret)) {
                passed.extend_from_slice(MARK);
                at += secret.len();
            } else if self.secrets.iter().any(|secret| secret.starts_with(rest)) {
                break;
            } else {
                passed.push(rest[0]);
                at += 1;
            }
        }
        self.held.drain(..at);
        passed
    }

    /// What was held back, at the end of the stream.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask(values: &[(&str, &str)]) -> Mask {
        Mask::of(&values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn filtered(mut mask: Mask, pieces: &[&[u8]]) -> String {
        let mut all: Vec<u8> = pieces.iter().flat_map(|piece| mask.pass(piece)).collect();
        all.extend(mask.rest());
        String::from_utf8_lossy(&all).into_owned()
    }

    #[test]
    fn only_values_of_secret_names_are_masked() {
        let mask =
            mask(&[("API_KEY", "abcdefgh"), ("HOME", "/home/user"), ("MY_TOKEN", "short"), ("x_auth", "q\"uoted\n!")]);
        let text = filtered(mask, &[b"abcdefgh /home/user short abcdefg\n", br#"{"t":"q\"uoted\n!"}"#]);
        assert_eq!(text, "[secret] /home/user short abcdefg\n{\"t\":\"[secret]\"}");
    }

    #[test]
    fn an_overlap_is_found() {
        assert_eq!(filtered(mask(&[("KEY", "aaaaaaab")]), &[b"aaaaaaaaab!"]), "aa[secret]!");
        assert_eq!(filtered(mask(&[("KEY", "12345678"), ("KEY2", "1234567890")]), &[b"1234567890"]), "[secret]");
    }

    proptest! {
        #[test]
        fn however_it_is_cut_no_secret_passes_and_nothing_else_is_lost(
            before in "[a-c]{0,20}", after in "[a-c]{0,20}", cuts in proptest::collection::vec(0usize..48, 0..5)
        ) {
            let secret = "abcabcabd";
            let whole = format!("{before}{secret}{after}");
            let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut < whole.len()).collect();
            ends.sort_unstable();
            ends.push(whole.len());
            let mut begin = 0;
            let pieces: Vec<&[u8]> = ends.iter().map(|end| { let piece = &whole.as_bytes()[begin..*end]; begin = *end; piece }).collect();
            let text = filtered(mask(&[("KEY", secret)]), &pieces);
            prop_assert!(!text.contains(secret));
            prop_assert_eq!(text, format!("{before}[secret]{after}"));
        }
    }
}
