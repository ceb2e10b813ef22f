//! Shapes of text: front matter, YAML, JSON and TOML with spans, Markdown structure, template expressions, source outlines.
//!
//! Everything here keeps byte spans and never fails: it returns what it understood and says what it did not. It must
//! not know what a key or a heading means; `spec` does that.

pub mod code;
pub mod front_matter;
pub mod json;
pub mod language;
pub mod lines;
pub mod markdown;
pub mod outline;
pub mod template;
pub mod toml;
pub mod yaml;

#[cfg(test)]
#[path = "../../../tests/growth.rs"]
mod growth;
