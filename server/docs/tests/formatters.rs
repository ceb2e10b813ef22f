//! What a formatter changes of the fingerprints, which is nothing, and what a change changes: `fixtures/formatters`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[allow(dead_code, reason = "places are not looked at here")]
#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use docs::print::{Facets, Resolution};
use docs::source::Source;
use docs::target::{Facet, Fragment};
use std::collections::BTreeMap;

#[test]
fn languages_of_every_build() {
    runner::run("formatters", look);
}

/// `cargo test -p docs --test formatters --features languages`
#[cfg(feature = "languages")]
#[test]
fn languages_behind_features() {
    runner::run("formatters/optional", look);
}

/// How many symbols are equal in all facets, and in which ones the others differ.
fn look(files: &[(String, String)]) -> Vec<String> {
    let [(path, before), (twin, after)] = files else { return vec!["a pair of files, please".to_owned()] };
    let (before, after) = (facets(path, before), facets(twin, after));
    let mut same = 0;
    let mut lines = Vec::new();
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        match (before.get(name), after.get(name)) {
            (Some(Some(old)), Some(Some(new))) if old == new => same += 1,
            (Some(Some(old)), Some(Some(new))) => {
                let differs = Facet::ALL.into_iter().filter(|facet| old.get(*facet) != new.get(*facet));
                lines.push(format!("{name}: {}", differs.map(Facet::name).collect::<Vec<_>>().join(" ")));
            }
            (Some(None), _) | (_, Some(None)) => lines.push(format!("{name}: unknown")),
            (_, None) => lines.push(format!("{name}: gone")),
            (None, _) => lines.push(format!("{name}: new")),
        }
    }
    lines.insert(0, format!("{same} are the same"));
    lines
}

fn facets(path: &str, text: &str) -> BTreeMap<String, Option<Facets>> {
    let source = Source::read(path, &text.into());
    let resolve = |name: &str| match source.resolve(&Fragment::Symbol(name.into())) {
        Resolution::Found(found) => Some(found.facets),
        _ => None,
    };
    source.symbols().iter().map(|symbol| (symbol.path.clone(), resolve(&symbol.path))).collect()
}
