//! Runs Markdown files that show example files and what is found in them.
//!
//! A case is a `## ` heading with fenced example files, each below a line with its path in backticks, and one fenced block
//! `found` with one line for each finding. `⟪U+202E⟫` stands for a character that cannot be seen, `⟪CR⟫` at the end of a line for
//! a carriage return. `UPDATE=1 cargo test` writes what is really found into the files; read the difference before you commit it.

use std::fmt::Write;
use std::path::Path;

/// What is found in the example files, one line for each.
pub(crate) type Look = fn(&[(String, String)]) -> Vec<String>;

/// Runs every file of a folder below `fixtures/`.
pub(crate) fn run(folder: &str, look: Look) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no files in {}", folder.display());
    let mut wrong = String::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(path).expect("a text");
        let (updated, differences) = check(&text, look);
        if std::env::var_os("UPDATE").is_some() {
            if updated != text {
                std::fs::write(path, updated).expect("written");
            }
        } else if !differences.is_empty() {
            let _ = write!(wrong, "\n{}{differences}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n(UPDATE=1 writes what is found into the files)");
}

/// One `## ` case while it is read.
#[derive(Default)]
struct Case {
    title: String,
    files: Vec<(String, String)>,
    expected: Option<Vec<String>>,
}

/// The text with what is really found, and a report of the differences.
fn check(text: &str, look: Look) -> (String, String) {
    let (mut updated, mut differences) = (String::new(), String::new());
    let mut case = Case::default();
    let mut path: Option<String> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            finish(&mut case, look, &mut updated, &mut differences);
            case.title = title.to_owned();
        }
        let fence: String = line.chars().take_while(|mark| *mark == '`').collect();
        let is_fence = fence.len() >= 3;
        if !is_fence {
            let name = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            path = name.map(str::to_owned).or(path.filter(|_| line.is_empty()));
            updated.push_str(line);
            updated.push('\n');
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != fence).collect();
        if &line[fence.len()..] == "found" {
            case.expected = Some(block.iter().map(|line| (*line).to_owned()).collect());
            continue;
        }
        let _ =
            write!(updated, "{line}\n{}{fence}\n", block.iter().map(|line| format!("{line}\n")).collect::<String>());
        if let Some(path) = path.take() {
            case.files.push((path, unescape(&block)));
        }
    }
    finish(&mut case, look, &mut updated, &mut differences);
    (updated.trim_end().to_owned() + "\n", differences)
}

fn finish(case: &mut Case, look: Look, updated: &mut String, differences: &mut String) {
    let case = std::mem::take(case);
    if case.files.is_empty() {
        return;
    }
    let found = look(&case.files);
    if case.expected.as_deref() != Some(&found) {
        let expected = case.expected.unwrap_or_default();
        let _ = write!(differences, "\n  ## {}\n", case.title);
        expected.iter().filter(|line| !found.contains(line)).for_each(|line| _ = writeln!(differences, "  - {line}"));
        found.iter().filter(|line| !expected.contains(line)).for_each(|line| _ = writeln!(differences, "  + {line}"));
    }
    let before = updated.trim_end().len();
    updated.truncate(before);
    let marks = |line: &String| line.chars().take_while(|mark| *mark == '`').count();
    let fence = "`".repeat(3.max(1 + found.iter().map(marks).filter(|count| *count >= 3).max().unwrap_or_default()));
    let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
    let _ = write!(updated, "\n\n{fence}found\n{lines}{fence}\n\n");
}

fn unescape(block: &[&str]) -> String {
    let mut text: String = block.iter().map(|line| format!("{line}\n")).collect();
    text = text.replace("⟪CR⟫\n", "\r");
    while let Some(start) = text.find("⟪U+") {
        let end = start + text[start..].find('⟫').expect("a closing mark");
        let code = u32::from_str_radix(&text[start + "⟪U+".len()..end], 16).expect("a code point");
        let character = char::from_u32(code).expect("a character");
        text.replace_range(start..end + '⟫'.len_utf8(), &character.to_string());
    }
    text
}

/// Line and column (in characters, both from 1) of a byte.
pub(crate) fn position(text: &str, offset: usize) -> String {
    let index = text::LineIndex::new(text);
    let line = index.line_of(offset);
    let start = index.line(line).start;
    format!("{}:{}", line + 1, text[start..offset].chars().count() + 1)
}
