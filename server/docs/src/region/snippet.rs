//! `snippet`: a piece of a file, by what it is called and never by its lines.
//!
//! ```markdown
//! <!-- generated: snippet src/ledger.rs#Ledger.post -->
//! <!-- generated: snippet config/ledger.yaml#/limits -->
//! <!-- generated: snippet scripts/start.sh#start-up -->
//! ```
//! The last one is what stands between the comments `#region start-up` and `#endregion` of any text.

use super::api;
use super::generate::{Fault, FaultKind, Request};
use super::write::fence;
use crate::print::Resolution;
use crate::source::Source;
use crate::target::Fragment;
use text::Span;

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let targets = request.targets("a file and a symbol", "src/ledger.rs#Ledger.post")?;
    let mut pieces = Vec::new();
    for (word, target) in &targets {
        for file in request.files(word, target)? {
            let source = Source::read(&file.0, &file.1);
            let text = &*file.1;
            let found = match &target.fragment {
                Fragment::Whole => Some(text.trim_start_matches('\u{feff}').to_owned()),
                fragment => marked(text, &fragment.to_string()),
            };
            let piece = match (found, source.resolve(&target.fragment)) {
                (Some(found), _) => dedented(&found),
                (None, Resolution::Found(found)) => {
                    let pieces = found.places.iter().map(|place| dedented(whole_lines(text, *place)));
                    pieces.collect::<Vec<_>>().join("\n\n")
                }
                (None, Resolution::Unknown(why)) if source.code().is_some() || source.unread().is_some() => {
                    return Err(request.unknown(&file.0, &why.to_string()));
                }
                (None, Resolution::Missing | Resolution::Unknown(_)) => {
                    let name = target.fragment.to_string();
                    return Err(match source.code() {
                        Some(code) => api::missing(code, &name, word, &file.0),
                        None => Fault {
                            kind: FaultKind::Missing { name, path: file.0.clone(), nearest: None },
                            span: word.span,
                        },
                    });
                }
            };
            pieces.push(fence(language(&file.0), &piece));
        }
    }
    Ok(pieces.join("\n\n"))
}

/// A place from the beginning of its line, when nothing else stands before it there.
fn whole_lines(text: &str, place: Span) -> &str {
    let start = place.start as usize;
    let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let from = if text[line..start].trim().is_empty() { line } else { start };
    &text[from..place.end as usize]
}

/// Without the indentation that all lines have, and without marks of regions.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| mark(line).is_none()).collect();
    let blank = |line: &&&str| !line.is_empty();
    let indent =
        lines.iter().filter(blank).map(|line| &line[..line.len() - line.trim_start().len()]).reduce(|one, other| {
            let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
            &one[..same]
        });
    let indent = indent.map_or(0, str::len);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The lines between `#region name` and its end, without the marks of regions in it.
fn marked(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| mark(line) != Some(Mark::Begin(name)));
    lines.next()?;
    let mut depth = 0_u32;
    let mut kept = String::new();
    for line in lines {
        match mark(line) {
            Some(Mark::Begin(_)) => depth += 1,
            Some(Mark::End) if depth == 0 => return Some(kept),
            Some(Mark::End) => depth -= 1,
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    None
}

#[derive(PartialEq, Eq)]
enum Mark<'t> {
    Begin(&'t str),
    End,
}

/// `// #region name`, `# region name`, `<!-- #endregion -->`: a comment that holds nothing else.
fn mark(line: &str) -> Option<Mark<'_>> {
    let line = line.trim();
    if !line.contains("region") {
        return None;
    }
    let words = line.trim_start_matches(['/', '*', '#', '-', '<', '!', ';', '%', '\'', ' ', '\t']);
    if words.len() == line.len() {
        return None;
    }
    let words = words.trim_end_matches("-->").trim_end_matches("*/").trim_end();
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    if words.strip_prefix("endregion").is_some_and(is_end) {
        return Some(Mark::End);
    }
    let name = words.strip_prefix("region").filter(|rest| rest.starts_with([' ', '\t']))?;
    Some(Mark::Begin(name.trim()))
}

/// What highlighters call the language of a file.
fn language(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or(name, |(_, extension)| extension) {
        "rs" => "rust",
        "py" | "pyi" => "python",
        "mts" | "cts" => "ts",
        "mjs" | "cjs" => "js",
        "yml" => "yaml",
        "h" => "c",
        "hpp" | "cc" | "cxx" | "hh" => "cpp",
        "cs" => "csharp",
        "rb" => "ruby",
        "kt" | "kts" => "kotlin",
        "bash" => "sh",
        "md" => "markdown",
        "Makefile" => "make",
        "Dockerfile" => "dockerfile",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_by_their_marks() {
        let text = "a\n  // #region one\n  b\n    // #region two\n    c\n  // #endregion two\n\td\n  // #endregion\n# region three\ne\n# endregion\n";
        assert_eq!(marked(text, "one").as_deref(), Some("  b\n    c\n\td\n"));
        assert_eq!(marked(text, "two").as_deref(), Some("    c\n"));
        assert_eq!(marked(text, "three").as_deref(), Some("e\n"));
        assert_eq!(marked(text, "four"), None);
        assert_eq!(marked("// #region a\nnever ends\n", "a"), None);
        assert_eq!(marked("region a\nb\nendregion\n", "a"), None, "words, not a comment");
    }

    #[test]
    fn what_all_lines_have_is_no_indentation() {
        assert_eq!(dedented("    a\n\n      b  \n    c\n"), "a\n\n  b\nc");
        assert_eq!(dedented("\ta\n  b"), "\ta\n  b");
        assert_eq!(dedented(""), "");
    }
}
