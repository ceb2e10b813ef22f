//! The key of the content-addressed cache: the same work has the same key, and any change to what the work is made
//! from gives another one. A hit costs nothing and needs no hold.

use serde::Serialize;
use sha2::{Digest, Sha256};
use spec::record::FileId;
use std::collections::BTreeMap;

/// Everything a pass's work is made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ingredients {
    /// Files by path and content; the ticket's words stand here under `ticket`.
    pub inputs: Vec<FileId>,
    /// Values of the workflow's inputs that the pass names.
    pub values: BTreeMap<String, String>,
    /// The task in words, templates filled; for a command pass its argv as JSON.
    pub task: String,
    /// The agent's instructions; empty for a command pass.
    pub agent: String,
    /// Tier.
    pub tier: String,
    /// Model that was pinned.
    pub model: Option<String>,
}

/// SHA-256 over the canonical JSON of the ingredients, hexadecimal. The order in which inputs were found does not
/// matter, and a file that two globs found counts once.
pub fn key(ingredients: &Ingredients) -> String {
    let mut sorted = ingredients.clone();
    sorted.inputs.sort();
    sorted.inputs.dedup();
    sha256(canonical(&sorted).as_bytes())
}

/// Canonical JSON: no white space, the members of every object in the order of their names.
pub fn canonical(value: &impl Serialize) -> String {
    // `serde_json::Value` keeps its objects sorted by name as long as the feature `preserve_order` is off; writing our
    // own types cannot fail, and a failure would give a text that no honest value has
    serde_json::to_value(value).map_or_else(|error| format!("not JSON: {error}"), |value| sort(value).to_string())
}

/// Sorts by hand as well, so that a feature that another crate turns on cannot change a hash.
fn sort(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => {
            let sorted: BTreeMap<String, serde_json::Value> =
                members.into_iter().map(|(name, value)| (name, sort(value))).collect();
            serde_json::Value::Object(sorted.into_iter().collect())
        }
        serde_json::Value::Array(elements) => serde_json::Value::Array(elements.into_iter().map(sort).collect()),
        other => other,
    }
}

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use text::BlobId;

    fn ingredients() -> impl Strategy<Value = Ingredients> {
        let file = ("[a-c]{1,2}", proptest::option::of("[xyz]"))
            .prop_map(|(path, text)| FileId { path, blob: text.map(|text: String| BlobId::of(text.as_bytes())) });
        let inputs = proptest::collection::vec(file, 0..4);
        let values = proptest::collection::btree_map("[ab]", "[ab]", 0..2);
        (inputs, values, "[ab]", "[ab]", "[ab]", proptest::option::of("[ab]")).prop_map(
            |(inputs, values, task, agent, tier, model)| Ingredients { inputs, values, task, agent, tier, model },
        )
    }

    fn normal(mut ingredients: Ingredients) -> Ingredients {
        ingredients.inputs.sort();
        ingredients.inputs.dedup();
        ingredients
    }

    proptest! {
        #[test]
        fn equal_keys_mean_equal_work(a in ingredients(), b in ingredients()) {
            prop_assert_eq!(key(&a) == key(&b), normal(a) == normal(b));
        }

        #[test]
        fn order_of_inputs_is_nothing(mut a in ingredients()) {
            let before = key(&a);
            a.inputs.reverse();
            prop_assert_eq!(key(&a), before);
        }

        #[test]
        fn each_ingredient_counts(a in ingredients()) {
            let before = key(&a);
            let changes: [fn(&mut Ingredients); 6] = [
                |i| i.inputs.push(FileId { path: "new".into(), blob: None }),
                |i| { i.values.insert("new".into(), String::new()); },
                |i| i.task.push('!'),
                |i| i.agent.push('!'),
                |i| i.tier.push('!'),
                |i| i.model = Some(format!("{}!", i.model.clone().unwrap_or_default())),
            ];
            for change in changes {
                let mut changed = a.clone();
                change(&mut changed);
                prop_assert_ne!(key(&changed), before.clone());
            }
        }
    }

    #[test]
    fn canonical_json_is_sorted_and_tight() {
        let value = serde_json::json!({"b": [1, {"d": 1, "c": 2}], "a": null});
        assert_eq!(canonical(&value), r#"{"a":null,"b":[1,{"c":2,"d":1}]}"#);
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
