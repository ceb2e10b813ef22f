//! JUnit XML, which has no standard place for a place: test runners write attributes, a trace, or nothing; linters that
//! speak it write one test case per finding. A test that was skipped, or passed when repeated, is no finding.

use crate::xml::{self, Element, Part};
use crate::{RawFinding, RawPlace, ReadError, Severity};

/// Longest text of a failure that is looked at.
const LONGEST: usize = 64 << 10;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let mut found = Vec::new();
    let mut suites: Vec<Element> = Vec::new();
    let mut case = Element::default();
    let mut failure: Option<(Element, String)> = None;
    let mut open: Vec<String> = Vec::new();
    xml::read(bytes, "junit", &["testsuites", "testsuite"], |part| match part {
        Part::Open(element) => {
            open.push(element.name.clone());
            match element.name.as_str() {
                "testsuite" => suites.push(element),
                "testcase" => case = element,
                "failure" | "error" if failure.is_none() => failure = Some((element, String::new())),
                _ => {}
            }
        }
        Part::Text(text) => {
            if let Some((_, words)) = failure.as_mut().filter(|(_, words)| words.len() < LONGEST) {
                words.push_str(&text);
            }
        }
        Part::Close => match open.pop().as_deref() {
            Some("testsuite") => _ = suites.pop(),
            Some("failure" | "error") => {
                if let Some((element, words)) = failure.take().filter(|_| found.len() < crate::MOST_READ) {
                    found.push(finding(suites.last(), &case, &element, words.trim()));
                }
            }
            _ => {}
        },
    })?;
    Ok(found)
}

fn finding(suite: Option<&Element>, case: &Element, failure: &Element, words: &str) -> RawFinding {
    let suite_name = suite.and_then(|suite| suite.get("name")).unwrap_or_default();
    let name = case.get("name").unwrap_or_default();
    let first = words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let said = failure.get("message").unwrap_or(first);
    let linter = ["org.ruff.", "org.eslint."]
        .iter()
        .find_map(|prefix| Some((&prefix[4..prefix.len() - 1], name.strip_prefix(prefix)?)));
    if let Some((tool, rule)) = linter {
        let place = RawPlace {
            path: suite_name.to_owned(),
            ..in_attributes(case).or_else(|| in_words(words)).unwrap_or_default()
        };
        return RawFinding {
            tool: tool.to_owned(),
            rule: Some(rule.to_owned()),
            message: said.to_owned(),
            severity: if words.contains(", Warning - ") { Severity::Warning } else { Severity::Error },
            place: Some(place),
            ..RawFinding::default()
        };
    }
    // what the trace says is where it failed; attributes say where the test begins, and pytest counts that line from 0
    let file = |element: &Element| element.get("file").or_else(|| element.get("filepath")).map(str::to_owned);
    let suite_file = suite.and_then(file).or_else(|| Some(suite_name.to_owned()).filter(|name| is_path(name)));
    let file_alone = || file(case).or(suite_file).map(|path| RawPlace { path, ..RawPlace::default() });
    let place = in_trace(words).or_else(|| in_attributes(failure)).or_else(|| in_attributes(case)).or_else(file_alone);
    let test = match case.get("classname").filter(|class| !name.contains(class)) {
        Some(class) => format!("{class}.{name}"),
        None => name.to_owned(),
    };
    RawFinding {
        tool: Some(suite_name).filter(|name| *name == "pytest").unwrap_or_default().to_owned(),
        rule: Some("test".to_owned()),
        message: if said.is_empty() {
            format!("test `{test}` failed")
        } else {
            format!("test `{test}` failed: {said}")
        },
        severity: Severity::Error,
        place,
        ..RawFinding::default()
    }
}

fn in_attributes(element: &Element) -> Option<RawPlace> {
    let path = element.get("file").or_else(|| element.get("filepath")).unwrap_or_default();
    let line = element.number("line").or_else(|| element.number("lineno"))?;
    let place = RawPlace { path: path.to_owned(), line: Some(line), ..RawPlace::default() };
    (!path.is_empty() || element.get("column").is_some())
        .then(|| RawPlace { column: element.number("column"), ..place })
}

/// `line 1, col 32, Error - words (rule)`, as ESLint writes.
fn in_words(words: &str) -> Option<RawPlace> {
    let (line, rest) = words.trim_start().strip_prefix("line ")?.split_once(", col ")?;
    let (column, _) = rest.split_once(',')?;
    let number = |text: &str| text.trim().parse().ok().filter(|number: &u32| *number > 0);
    Some(RawPlace { line: number(line), column: number(column), ..RawPlace::default() })
}

/// The place in a trace: the last line that begins with `path:line:`, as Python's runners write where it failed, else the
/// first `path:line` anywhere that is not in a library.
pub(crate) fn in_trace(words: &str) -> Option<RawPlace> {
    let lines = || words.lines().filter(|line| line.len() < 2_000).take(2_000);
    let begins = |line: &str| {
        let (path, rest) = line.split_once(':')?;
        let (number, behind) = rest.split_once(':')?;
        place(path, number, behind.split(':').next())
    };
    let last = lines().filter_map(begins).last();
    last.or_else(|| lines().flat_map(|line| line.split(['(', ')', ' ', '\t', '"', '\'', '[', ']'])).find_map(word))
}

/// `path:line` or `path:line:column`.
pub(crate) fn word(word: &str) -> Option<RawPlace> {
    let word = word.strip_prefix("file://").unwrap_or(word).trim_end_matches([':', ',', '.']);
    let (front, last) = word.rsplit_once(':')?;
    let with_column = front.rsplit_once(':').and_then(|(path, line)| place(path, line, Some(last)));
    with_column.or_else(|| place(front, last, None))
}

fn place(path: &str, line: &str, column: Option<&str>) -> Option<RawPlace> {
    let number = |text: &str| text.parse().ok().filter(|number: &u32| *number > 0);
    let library = ["node_modules/", "site-packages/", "node:internal", "/rustc/", "/usr/lib/"];
    let ours = is_path(path) && !library.iter().any(|part| path.contains(part));
    let line = Some(number(line)?).filter(|_| ours);
    let place = RawPlace { path: path.to_owned(), line, ..RawPlace::default() };
    line.map(|_| RawPlace { column: column.and_then(number), ..place })
}

/// A name with a folder or an ending, as a file has.
fn is_path(name: &str) -> bool {
    let ending = name.rsplit('/').next().and_then(|file| file.rsplit_once('.'));
    let known =
        ending.is_some_and(|(_, ending)| (1..6).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric));
    known && !name.contains([' ', '<', '>', '(']) && !name.contains("://")
}
