//! What the readers find in the example files of `fixtures/formats`.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "literate/mod.rs"]
mod runner;

use spec::SpecFile;

#[test]
fn formats() {
    runner::run("formats", |files| {
        let mut found = Vec::new();
        for (path, text) in files {
            let Some(file) = SpecFile::read(path, text) else {
                found.push(format!("{path} is not ours"));
                continue;
            };
            for problem in &file.problems {
                let place = runner::position(text, problem.span.start as usize);
                let words = format!("{place} `{}` {:?}", problem.span.of(text).escape_debug(), problem.kind);
                found.push(short(&words));
            }
        }
        found
    });
}

/// Debug text without what is said better elsewhere.
fn short(words: &str) -> String {
    let cut = words.find(", allowed: [").map_or(words.to_owned(), |at| format!("{} }}", &words[..at]));
    cut.replace(" { ", " {").replace(" }", "}")
}
