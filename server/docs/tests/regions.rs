//! What the generators write into the example repositories of `fixtures/docs/regions`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use docs::document::Document;
use docs::region::Request;
use docs::target::Glob;
use docs::tree::{Texts, Tree};
use std::sync::Arc;
use text::BlobId;

#[test]
fn regions() {
    runner::run("docs/regions", |files| {
        let mut tree = Texts::default();
        files.iter().for_each(|(path, text)| tree.set(path, text));
        let mut found = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            let document = Document::read(path, text);
            for problem in &document.marker_problems {
                found.push(format!("{path} {} {}", runner::position(text, problem.span.start as usize), problem.kind));
            }
            for region in &document.regions {
                let at = |span: text::Span| runner::position(text, span.start as usize);
                let request = Request { document: path, region, tree: &tree };
                let written = request.generate();
                let again = Request { tree: &Backwards(&tree), ..request }.generate();
                assert_eq!(written, again, "the order in which files are listed counts");
                match written {
                    Ok(written) => {
                        found.push(format!("{path} {}", at(region.open)));
                        found.extend(written.lines().map(str::to_owned));
                        holds(text, region, &written);
                    }
                    Err(fault) => {
                        let unknown = if fault.is_unknown() { "unknown: " } else { "" };
                        found.push(format!("{path} {} {unknown}{}", at(fault.span), fault.kind));
                    }
                }
            }
        }
        found
    });
}

/// What is written in is read again as the same region, and is current.
fn holds(text: &str, region: &docs::region::Region, written: &str) {
    let (span, new) = region.regenerated(text, written);
    let mut text = text.to_owned();
    text.replace_range(span.range(), &new);
    let document = Document::read("x.md", &text);
    let same = document.regions.iter().find(|other| other.open == region.open).expect("the region");
    assert_eq!(same.state(&text, written), docs::region::State::Current, "{text}");
}

/// A tree that lists its files the other way round.
struct Backwards<'t>(&'t Texts);

impl Tree for Backwards<'_> {
    fn text(&self, path: &str) -> Option<Arc<str>> {
        self.0.text(path)
    }

    fn paths(&self, glob: &Glob) -> Vec<String> {
        let mut paths = self.0.paths(glob);
        paths.reverse();
        paths
    }

    fn blob(&self, id: BlobId) -> Option<Arc<str>> {
        self.0.blob(id)
    }
}
