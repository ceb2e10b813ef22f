//! What checkers say, as data: readers of their formats, the place each finding means in a text, the path it means below
//! a root. Everything read here comes from outside and is bounded; nothing here opens a file.

mod auto;
mod cargo;
mod checkstyle;
mod columns;
mod errorformat;
mod eslint;
mod fix;
mod github;
mod gitlab;
mod junit;
mod moved;
mod own;
mod paths;
mod rdjson;
mod sarif;
mod tap;
mod xml;

pub use columns::{Unit, anchor};
pub use errorformat::Preset;
pub use fix::{Edit, Fix, RawFix};
pub use moved::{Current, Found};
pub use paths::Paths;

use serde::{Deserialize, Serialize};
use text::{BlobId, Span};

/// Most findings that are kept of one file.
pub const PER_FILE: usize = 1_000;
/// Most findings that are kept of one checker.
pub const PER_CHECK: usize = 10_000;
/// Most findings that are looked at before the two limits above are held.
const MOST_READ: usize = 10 * PER_CHECK;
/// Most bytes that are read of a checker that prints one document.
pub const LARGEST_DOCUMENT: usize = 16 << 20;
/// Most bytes that are read of a checker that prints lines.
pub const LARGEST_STREAM: usize = 64 << 20;

/// A format that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Whatever the content looks like.
    Auto,
    /// `cargo … --message-format=json`, rustc's own JSON, and what `cargo test` prints for people.
    Cargo,
    /// SARIF 2.1.0.
    Sarif,
    /// One Reviewdog Diagnostic document.
    Rdjson,
    /// One Reviewdog Diagnostic per line.
    Rdjsonl,
    /// ESLint's JSON.
    Eslint,
    /// JUnit XML.
    Junit,
    /// Test Anything Protocol 13 and 14.
    Tap,
    /// Checkstyle's XML.
    Checkstyle,
    /// GitLab's Code Quality JSON.
    Gitlab,
    /// Workflow commands of GitHub Actions.
    Github,
    /// Tollgate's own lines.
    Findings,
    /// Lines for people.
    Errorformat(Preset),
}

impl Format {
    /// Formats by the names that a gate uses.
    pub const NAMES: [(&'static str, Format); 22] = [
        ("auto", Format::Auto),
        ("cargo", Format::Cargo),
        ("sarif", Format::Sarif),
        ("rdjson", Format::Rdjson),
        ("rdjsonl", Format::Rdjsonl),
        ("eslint", Format::Eslint),
        ("junit", Format::Junit),
        ("tap", Format::Tap),
        ("checkstyle", Format::Checkstyle),
        ("gitlab", Format::Gitlab),
        ("github", Format::Github),
        ("findings", Format::Findings),
        ("errorformat:unix", Format::Errorformat(Preset::Unix)),
        ("errorformat:gcc", Format::Errorformat(Preset::Gcc)),
        ("errorformat:clang", Format::Errorformat(Preset::Clang)),
        ("errorformat:rustc", Format::Errorformat(Preset::Rustc)),
        ("errorformat:go", Format::Errorformat(Preset::Go)),
        ("errorformat:tsc", Format::Errorformat(Preset::Tsc)),
        ("errorformat:pytest", Format::Errorformat(Preset::Pytest)),
        ("errorformat:ruff", Format::Errorformat(Preset::Ruff)),
        ("errorformat:mypy", Format::Errorformat(Preset::Mypy)),
        ("errorformat:shellcheck", Format::Errorformat(Preset::Shellcheck)),
    ];

    /// The format of that name; none when there is no such format.
    pub fn parse(name: &str) -> Option<Format> {
        Format::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Must be mended.
    #[default]
    Error,
    /// Should be.
    Warning,
    /// Good to know.
    Information,
}

/// A finding as the checker wrote it.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct RawFinding {
    /// The checker's name, where it says it.
    pub tool: String,
    /// Its rule.
    pub rule: Option<String>,
    /// Its words, one paragraph.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// Where; none when it is about no place.
    pub place: Option<RawPlace>,
    /// What to do, in the checker's words.
    pub help: Vec<String>,
    /// What it would write instead.
    pub fixes: Vec<RawFix>,
}

/// A place as the checker wrote it.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct RawPlace {
    /// Path or URI.
    pub path: String,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column, from 1.
    pub column: Option<u32>,
    /// Last line, from 1.
    pub end_line: Option<u32>,
    /// Column behind the last character, from 1.
    pub end_column: Option<u32>,
    /// Offset and length in the whole text, where the checker gives them.
    pub offset: Option<(Unit, u32, u32)>,
    /// What the checker says its columns count.
    pub declared: Option<Unit>,
    /// It says so itself; otherwise only its format does, which not every tool keeps.
    pub certain: bool,
    /// The text it means.
    pub snippet: Option<String>,
}

/// A finding at its place in an exact content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// `verify[].id` of the command that found it.
    pub check: String,
    /// The checker.
    pub tool: String,
    /// Its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Its words, one paragraph of at most 2,000 characters, without control characters.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// Where; none belongs to the gate itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    /// Edits of its file that mend it, the checker's first choice first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
}

/// A range in an exact content of a file below the root.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Path from the root.
    pub path: String,
    /// The content the range was found in.
    pub blob: BlobId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The lines around it, without white space.
    #[serde(default)]
    lines: Vec<String>,
    /// Which of them it starts in.
    #[serde(default)]
    at: usize,
    /// That line as it is.
    #[serde(default)]
    written: String,
    /// Where in it the range begins, in bytes.
    #[serde(default)]
    from: usize,
}

impl Place {
    /// Its range.
    pub fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

/// Why an output could not be read. A checker that cannot be read is an error of the gate, never a pass.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    /// Too many bytes.
    #[error("the output has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// Not what the gate says it is.
    #[error("the output is not {format}: {message}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Reads what a checker printed.
pub fn read(format: Format, stdout: &[u8], stderr: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let format = if format == Format::Auto { auto::detect(stdout, stderr) } else { format };
    let limit = match format {
        Format::Sarif | Format::Rdjson | Format::Eslint | Format::Junit | Format::Checkstyle | Format::Gitlab => {
            LARGEST_DOCUMENT
        }
        _ => LARGEST_STREAM,
    };
    let size = stdout.len().max(stderr.len());
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    let mut found = match format {
        Format::Cargo => cargo::read(stdout, stderr),
        Format::Sarif => sarif::read(stdout)?,
        Format::Rdjson => rdjson::read_document(stdout)?,
        Format::Rdjsonl => rdjson::read_lines(stdout)?,
        Format::Eslint => eslint::read(stdout)?,
        Format::Junit => junit::read(stdout)?,
        Format::Tap => tap::read(stdout, stderr)?,
        Format::Checkstyle => checkstyle::read(stdout)?,
        Format::Gitlab => gitlab::read(stdout)?,
        Format::Github => github::read(stdout, stderr),
        Format::Findings => own::read(stdout)?,
        Format::Errorformat(preset) => errorformat::read(preset, stdout, stderr),
        Format::Auto => errorformat::read(Preset::Unix, stdout, stderr),
    };
    cap(&mut found);
    Ok(found)
}

fn cap(found: &mut Vec<RawFinding>) {
    let mut of_file = std::collections::HashMap::<String, usize>::new();
    found.retain(|finding| {
        let count =
            of_file.entry(finding.place.as_ref().map(|place| place.path.clone()).unwrap_or_default()).or_default();
        *count += 1;
        *count <= PER_FILE
    });
    found.truncate(PER_CHECK);
    for finding in found {
        finding.message = clean(&finding.message);
        finding.help.truncate(5);
        finding.help.iter_mut().for_each(|help| *help = clean(help));
        for words in [Some(&mut finding.tool), finding.rule.as_mut()].into_iter().flatten() {
            *words = clean(words).chars().take(200).collect();
        }
        for fix in &mut finding.fixes {
            fix.title = clean(&fix.title).chars().take(200).collect();
        }
    }
}

/// Text from outside as one paragraph: control characters and characters that reorder text become blanks.
fn clean(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let flat: String = text.chars().take(2_000).map(|c| if odd(c) { ' ' } else { c }).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line or column number; anything that is none is absent.
fn number(value: &serde_json::Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

/// A text, as one of our own.
fn words(value: &serde_json::Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The lines of both outputs, one after the other.
fn lines_of<'a>(stdout: &'a [u8], stderr: &'a [u8]) -> impl Iterator<Item = std::borrow::Cow<'a, str>> {
    let lines = [stdout, stderr].into_iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
    lines.map(String::from_utf8_lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_sizes_are_bounded() {
        let many: String =
            (0..3_000).map(|n| format!("{{\"message\":\"m{n}\",\"location\":{{\"path\":\"a\"}}}}\n")).collect();
        assert_eq!(read(Format::Rdjsonl, many.as_bytes(), b"").unwrap().len(), PER_FILE);
        let many: String =
            (0..30_000).map(|n| format!("{{\"message\":\"m\",\"location\":{{\"path\":\"{n}\"}}}}\n")).collect();
        assert_eq!(read(Format::Rdjsonl, many.as_bytes(), b"").unwrap().len(), PER_CHECK);
        let huge = vec![b'['; LARGEST_DOCUMENT + 1];
        assert!(matches!(read(Format::Sarif, &huge, b""), Err(ReadError::TooLarge { .. })));
        let deep = vec![b'['; 100_000];
        assert!(matches!(read(Format::Sarif, &deep, b""), Err(ReadError::Malformed { .. })));
    }

    #[test]
    fn text_from_outside_is_one_paragraph() {
        assert_eq!(clean("a\n\tb\u{1b}[31m\u{202e}c"), "a b [31m c");
        assert_eq!(clean(&"x".repeat(10_000)).len(), 2_000);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            for (_, format) in Format::NAMES {
                let _ = read(format, &bytes, &bytes);
            }
        }
    }
}
