//! What changes of the contracts in `fixtures/docs/contracts` mean: each case has a file below `before/` and below `after/`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use docs::tree::{Texts, Tree};

#[test]
fn contracts() {
    runner::run("docs/contracts", |files| {
        let side = |folder: &str| {
            let mut tree = Texts::default();
            let of = files.iter().filter_map(|(path, text)| Some((path.strip_prefix(folder)?, text)));
            of.for_each(|(path, text)| tree.set(path, text));
            tree
        };
        let (before, after) = (side("before/"), side("after/"));
        let mut found = Vec::new();
        for (path, text) in files.iter().filter_map(|(path, text)| Some((path.strip_prefix("after/")?, text))) {
            let Some(old) = before.text(path) else { continue };
            let Some(changes) = docs::contract::changes(path, (&old, &before), (text, &after)) else {
                found.push(format!("{path}: no contract"));
                continue;
            };
            for change in changes {
                let own = after.text(&change.file).expect("the file");
                let how = if change.breaking { "breaking" } else { "compatible" };
                let place = runner::position(&own, change.span.start as usize);
                found.push(format!("{} {place} {how}: {}", change.file, change.words));
            }
            assert_eq!(docs::contract::changes(path, (text, &after), (text, &after)), Some(vec![]), "nothing changed");
        }
        if found.is_empty() {
            found.push("nothing changed".to_owned());
        }
        found
    });
}
