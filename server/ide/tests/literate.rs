//! What the rules say about the example projects of `fixtures/rules`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use spec::{Project, SpecFile};
use std::sync::Arc;

#[test]
fn rules() {
    runner::run("rules", |files| {
        let mut project = Project::default();
        for (path, text) in files {
            project.set(Arc::new(SpecFile::read(path, text).expect("one of ours")));
        }
        let mut found = Vec::new();
        for file in project.files() {
            for diagnostic in ide::rules::check(&project, &file.path) {
                let place = runner::position(file.text().expect("kept"), diagnostic.span.start as usize);
                let name = file.path.rsplit('/').next().unwrap_or_default();
                let (severity, code) = (diagnostic.severity.word(), &diagnostic.code);
                found.push(format!("{name}:{place} {severity} {code}: {}", diagnostic.message));
            }
        }
        found
    });
}
