//! What became of the documents in `fixtures/documents` after their sources changed.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use docs::attest::{self, Claim, Now};
use docs::document::{Defaults, Document};
use docs::drift::{self, Change, Judgement, Look, State, Unverified};
use docs::lock::{self, Lock};
use docs::target::Facet;
use docs::tree::{Texts, Tree};

/// A file whose name ends with ` (now)` replaces the one without after everything was vouched for; one that holds only
/// `(gone)` is taken out then. A lock that is given counts as it stands, and nothing is vouched for.
#[test]
fn documents() {
    runner::run("documents", |files| {
        let mut tree = Texts::default();
        let (later, first): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| path.ends_with(" (now)"));
        first.iter().for_each(|(path, text)| tree.set(path, text));
        let given = tree.text(lock::PATH).map(|text| Lock::read(&text));
        let mut found = Vec::new();
        let mut lock = Lock::default();
        match given {
            Some(read) => {
                assert_eq!(read.problems, []);
                lock = read.lock;
            }
            None => {
                for (path, text) in first.iter().filter(|(path, _)| path.ends_with(".md")) {
                    vouch(&read(path, text, &tree), text, &tree, &mut lock);
                }
            }
        }
        for (path, text) in later {
            let path = path.trim_end_matches(" (now)");
            if text.trim() == "(gone)" { tree.remove(path) } else { tree.set(path, text) }
        }
        for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
            let document = read(path, text, &tree);
            let judged = drift::judge(&document, &lock, &tree);
            found.extend(judged.iter().map(|judgement| show(&document, text, judgement)));
            for folded in drift::fold(&document, &judged) {
                let place = runner::position(text, folded.span.start as usize);
                let targets: Vec<_> =
                    folded.judgements.iter().map(|number| judged[*number].key.target.to_string()).collect();
                let section = if folded.section.is_empty() { "the document" } else { &folded.section };
                found.push(format!(
                    "{path}:{place} ⟦{}⟧ {section}: {} of {}",
                    folded.span.of(text),
                    folded.facet.words(),
                    targets.join(", ")
                ));
            }
            for problem in &document.problems {
                let place = runner::position(text, problem.span.start as usize);
                found.push(format!("{path}:{place} ⟦{}⟧ {}", problem.span.of(text), problem.kind));
            }
        }
        found
    });
}

fn read(path: &str, text: &str, tree: &Texts) -> Document {
    let config = tree.text(".tollgate/config.yaml");
    let file = config.and_then(|text| spec::SpecFile::read(".tollgate/config.yaml", &text));
    let defaults = match file.map(|file| file.content) {
        Some(spec::Content::Config(config)) => Defaults::of(&config, path),
        _ => Defaults::default(),
    };
    Document::read_with(path, text, &defaults)
}

fn vouch(document: &Document, text: &str, tree: &Texts, lock: &mut Lock) {
    let claim = Claim { by: "human:ada", author: None, ticket: None, reason: None, at: None };
    for judgement in drift::judge(document, lock, tree) {
        let anchor = &document.anchors[judgement.anchor];
        let Look::Found(seen) = drift::look(&anchor.target, tree) else { continue };
        let section = document.section(&anchor.section).unwrap();
        let now = Now {
            facets: drift::compared(&anchor.facets, &seen.facets),
            blob: seen.blob,
            text: Some(document.print(text, section)),
            symbols: if anchor.facets.contains(&Facet::Surface) { seen.symbols } else { Vec::new() },
        };
        lock.set(judgement.key, attest::decide(&claim, &now, None).unwrap());
    }
}

fn show(document: &Document, text: &str, judgement: &Judgement) -> String {
    let anchor = &document.anchors[judgement.anchor];
    let place = runner::position(text, anchor.span.start as usize);
    let state = match &judgement.state {
        State::Fresh => "fresh".to_owned(),
        State::Exempt => "history".to_owned(),
        State::Unverifiable => "unverifiable".to_owned(),
        State::Dangling(gone) => format!("dangling: {gone:?}").to_lowercase(),
        State::Unverified(Unverified::NoStamp) => "unverified: nobody vouched for it".to_owned(),
        State::Unverified(Unverified::OtherFacets) => "unverified: vouched for something else".to_owned(),
        State::Unverified(Unverified::Unknown(why)) => format!("unverified: {why}"),
        State::Stale(changes) => changes.iter().map(change).collect::<Vec<_>>().join("; "),
    };
    format!("{}:{place} {} is {state}", document.path, judgement.key.target)
}

fn change(change: &Change) -> String {
    let old = change.old.as_deref().unwrap_or("?");
    match change.facet {
        Facet::Surface => format!("stale: surface + {} - {}", change.added.join(" "), change.removed.join(" ")),
        Facet::Sig | Facet::Value if old != change.new => {
            format!("stale: {} `{old}` → `{}`", change.facet.name(), change.new)
        }
        facet => format!("stale: {}", facet.name()),
    }
}
