//! The Test Anything Protocol, versions 13 and 14: numbered results with YAML diagnostics, subtests by indentation. What
//! was planned and did not run, and a bail out, are findings; `# TODO` and `# SKIP` are none.

use crate::junit::{in_trace, word};
use crate::{RawFinding, RawPlace, ReadError, Severity, Unit};
use syntax::yaml::{self, Node};
use text::Span;

/// Longest YAML diagnostics that are read.
const LONGEST: usize = 256 << 10;
/// Deepest subtest that is told apart.
const DEEPEST: usize = 32;

/// Results of one level of indentation.
#[derive(Default, Clone)]
struct Level {
    plan: Option<u64>,
    seen: u64,
    /// Findings of the subtests behind the last result of this level.
    below: bool,
}

pub(crate) fn read(stdout: &[u8], stderr: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let lines: Vec<String> = crate::lines_of(stdout, stderr).map(|line| line.trim_end().to_owned()).collect();
    let mut levels = vec![Level::default()];
    let (mut found, mut bailed, mut at) = (Vec::new(), false, 0);
    while at < lines.len() && found.len() < crate::MOST_READ {
        let words = lines[at].trim_start();
        let indent = lines[at].len() - words.len();
        at += 1;
        let depth = (indent / 4).min(DEEPEST);
        if let Some(reason) = words.strip_prefix("Bail out!") {
            bailed = true;
            found.push(error(format!("the tests stopped: {}", reason.trim()).trim_end_matches([':', ' ']).to_owned()));
        } else if let Some(plan) = plan(words) {
            level(&mut levels, depth).plan = Some(plan);
        } else if let Some((passed, description)) = result(words) {
            let block = block(&lines[at..], indent);
            at += block.len();
            let level = level(&mut levels, depth);
            level.seen += 1;
            let reported = std::mem::take(&mut level.below);
            levels.truncate(depth + 1);
            if !passed && !reported {
                let before = found.len();
                not_ok(description, &block, &mut found);
                let own = found.len() > before;
                levels.iter_mut().take(depth).for_each(|level| level.below |= own);
            }
        }
    }
    let top = &levels[0];
    let message = match (top.plan, top.seen) {
        (None, 0) if !bailed => {
            let message = "there is no plan `1..N` and no result".to_owned();
            return Err(ReadError::Malformed { format: "tap", message });
        }
        (None, _) if !bailed => Some("the plan `1..N` is missing: the tests may have stopped early".to_owned()),
        (Some(planned), seen) if planned != seen && !bailed => {
            Some(format!("{planned} tests were planned and {seen} ran"))
        }
        _ => None,
    };
    found.extend(message.map(error));
    Ok(found)
}

fn level(levels: &mut Vec<Level>, depth: usize) -> &mut Level {
    if levels.len() <= depth {
        levels.resize(depth + 1, Level::default());
    }
    &mut levels[depth]
}

fn error(message: String) -> RawFinding {
    RawFinding { tool: "tap".to_owned(), message, ..RawFinding::default() }
}

/// `1..N`
fn plan(words: &str) -> Option<u64> {
    words.strip_prefix("1..")?.split([' ', '#']).next()?.parse().ok()
}

/// Whether a result counts as passed, and its description.
fn result(words: &str) -> Option<(bool, &str)> {
    let (ok, rest) = match words.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, words.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let description = rest.strip_prefix("- ").unwrap_or(rest);
    let (description, directive) = description.split_once(" # ").unwrap_or((description, ""));
    let directive = directive.trim_start().to_ascii_lowercase();
    let excused = directive.starts_with("todo") || directive.starts_with("skip");
    Some((ok || excused, description.trim_end_matches(" {")))
}

/// The lines from `---` to `...` behind a result.
fn block(lines: &[String], indent: usize) -> Vec<String> {
    let inner = |line: &String| line.len() - line.trim_start().len() > indent || line.is_empty();
    let begins = lines.first().is_some_and(|line| inner(line) && line.trim() == "---");
    let Some(end) = lines.iter().position(|line| line.trim() == "...").filter(|_| begins) else { return Vec::new() };
    // a block that was never closed ends where the next result begins
    if lines[..end].iter().all(inner) { lines[..=end].to_vec() } else { Vec::new() }
}

fn not_ok(description: &str, block: &[String], found: &mut Vec<RawFinding>) {
    let inside = block.get(1..block.len().saturating_sub(1)).unwrap_or_default();
    let text = inside.join("\n");
    let text = if text.len() > LONGEST { String::new() } else { text };
    let document = yaml::read(&text, Span::new(0, text.len()));
    let more = document.root.get("messages").map(Node::items).unwrap_or_default();
    found.push(finding(description, &document.root));
    found.extend(more.iter().map(|node| finding(description, node)));
}

fn finding(description: &str, node: &Node) -> RawFinding {
    let data = node.get("data").unwrap_or(node);
    let scalar = |key: &str| node.get(key).or_else(|| data.get(key)).and_then(Node::scalar);
    let said = scalar("message").or_else(|| scalar("error")).map(str::trim).filter(|said| !said.is_empty());
    let rule = scalar("ruleId").map(str::to_owned);
    // a linter names a file where a test has its name
    let linter = rule.is_some() || (node.get("data").is_some() && description.contains(['/', '.']) && said.is_some());
    let place = place(node).or_else(|| data.get("line").and_then(|_| fields(data))).map(|mut place| {
        if place.path.is_empty() && linter {
            place.path = description.to_owned();
        }
        place
    });
    let place = place.or_else(|| scalar("stack").and_then(in_trace));
    RawFinding {
        tool: if linter && rule.is_some() { "eslint".to_owned() } else { String::new() },
        message: match said {
            Some(said) if linter => said.to_owned(),
            Some(said) => format!("test `{description}` failed: {said}"),
            None => format!("test `{description}` failed"),
        },
        rule: rule.or_else(|| Some("test".to_owned()).filter(|_| !linter)),
        severity: match scalar("severity") {
            Some("warning") => Severity::Warning,
            Some("comment" | "info" | "note") => Severity::Information,
            _ => Severity::Error,
        },
        place: place.filter(|place| !place.path.is_empty()),
        ..RawFinding::default()
    }
}

/// `at: {file: …, line: …, column: …}`, the same keys beside the others, or `location: path:line:column`.
fn place(node: &Node) -> Option<RawPlace> {
    let at = node.get("at").or_else(|| node.get("location"));
    let written = at.and_then(Node::scalar).and_then(word);
    written.or_else(|| fields(at?)).or_else(|| node.get("file").and_then(|_| fields(node)))
}

fn fields(node: &Node) -> Option<RawPlace> {
    let one_of = |keys: [&str; 3]| keys.iter().find_map(|key| node.get(key).and_then(Node::scalar));
    let number = |keys| one_of(keys)?.parse().ok().filter(|number: &u32| *number > 0);
    let (line, column) = (number(["line", "lineNumber", "lineno"]), number(["column", "columnNumber", "col"]));
    let path = one_of(["file", "fileName", "filename"]).unwrap_or_default().to_owned();
    let place = RawPlace { path, line, column, declared: Some(Unit::Utf16), ..RawPlace::default() };
    (line.is_some() || !place.path.is_empty()).then_some(place)
}
