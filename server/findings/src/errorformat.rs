//! Lines for people with a place in front, as compilers and linters have printed them for ever. A preset knows how its
//! tool writes the rule, and what its columns count.

use crate::{RawFinding, RawPlace, Severity, Unit};

/// A tool whose lines are known. `errorformat:<name>` in a gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// `path:line: message` and `path:line:column: message`, of whatever tool.
    Unix,
    /// gcc: `a.c:3:7: warning: unused variable 'x' [-Wunused-variable]`.
    Gcc,
    /// clang: the same, with columns in bytes.
    Clang,
    /// `rustc --error-format=short`: `src/a.rs:2:9: error[E0425]: cannot find value`.
    Rustc,
    /// `go build`, `go vet`: `./a.go:3:5: undefined: x`.
    Go,
    /// `tsc`: `src/a.ts(3,5): error TS2304: Cannot find name 'x'.`
    Tsc,
    /// pytest: `tests/test_a.py:12: AssertionError` and its short summary.
    Pytest,
    /// `ruff check --output-format=concise`: ``a.py:1:8: F401 [*] `os` imported but unused``.
    Ruff,
    /// mypy: `a.py:3: error: Incompatible types  [assignment]`.
    Mypy,
    /// `shellcheck -f gcc`: `a.sh:3:5: warning: Quote this [SC2086]`.
    Shellcheck,
}

impl Preset {
    fn tool(self) -> (&'static str, Option<Unit>) {
        match self {
            Preset::Unix => ("", None),
            Preset::Gcc => ("gcc", Some(Unit::Display)),
            Preset::Clang => ("clang", Some(Unit::Bytes)),
            Preset::Rustc => ("rustc", Some(Unit::Codepoints)),
            Preset::Go => ("go", Some(Unit::Bytes)),
            Preset::Tsc => ("tsc", Some(Unit::Utf16)),
            Preset::Pytest => ("pytest", None),
            Preset::Ruff => ("ruff", Some(Unit::Codepoints)),
            Preset::Mypy => ("mypy", Some(Unit::Bytes)),
            Preset::Shellcheck => ("shellcheck", Some(Unit::Codepoints)),
        }
    }
}

pub(crate) fn read(preset: Preset, stdout: &[u8], stderr: &[u8]) -> Vec<RawFinding> {
    let mut found: Vec<RawFinding> = Vec::new();
    let mut summary: Vec<RawFinding> = Vec::new();
    let short = crate::lines_of(stdout, stderr).filter(|line| line.len() < 4_096);
    for line in short.map(|line| line.trim_end().to_owned()) {
        if found.len() + summary.len() >= crate::MOST_READ {
            break;
        }
        let finding = match preset {
            Preset::Pytest => {
                summary.extend(failed_test(&line));
                unix(preset, &line)
                    .filter(|finding| finding.place.as_ref().is_some_and(|place| place.path.ends_with(".py")))
            }
            Preset::Tsc => tsc(&line),
            Preset::Go => unix(preset, line.strip_prefix("vet: ").unwrap_or(&line)),
            _ => unix(preset, &line),
        };
        found.extend(finding);
    }
    // the summary names each test that failed; the places stand in the traces above it, where there are any
    if found.is_empty() { summary } else { found }
}

fn unix(preset: Preset, line: &str) -> Option<RawFinding> {
    let (path, rest) = line.split_once(':')?;
    let (number, mut rest) = rest.split_once(':')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let mut column = None;
    if let Some((front, behind)) = rest.split_once(':')
        && let Ok(read) = front.trim().parse::<u32>()
    {
        column = Some(read).filter(|read| *read > 0);
        rest = behind;
    }
    let looks_like_a_path = !path.is_empty() && !path.contains([' ', '\t', '<', '>']) && path.contains(['.', '/']);
    let (severity, rule, message) = words(preset, rest.trim());
    let place = RawPlace { path: path.to_owned(), line: Some(number), column, ..RawPlace::default() };
    (looks_like_a_path && !message.is_empty()).then(|| finding(preset, severity, rule, message, place))
}

fn finding(preset: Preset, severity: Severity, rule: Option<&str>, message: &str, place: RawPlace) -> RawFinding {
    let (tool, declared) = preset.tool();
    RawFinding {
        tool: tool.to_owned(),
        rule: rule.map(str::to_owned),
        message: message.to_owned(),
        severity,
        place: Some(RawPlace { declared, ..place }),
        ..RawFinding::default()
    }
}

/// `src/a.ts(3,5): error TS2304: words`, or `src/a.ts:3:5 - error TS2304: words` as it prints to a terminal.
fn tsc(line: &str) -> Option<RawFinding> {
    let (path, number, column, rest) = match line.split_once("): ") {
        Some((front, rest)) => {
            let (path, at) = front.rsplit_once('(')?;
            let (number, column) = at.split_once(',')?;
            (path, number, column, rest)
        }
        None => {
            let (front, rest) = line.split_once(" - ")?;
            let (front, column) = front.rsplit_once(':')?;
            let (path, number) = front.rsplit_once(':')?;
            (path, number, column, rest)
        }
    };
    let count = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let place =
        RawPlace { path: path.to_owned(), line: Some(count(number)?), column: count(column), ..RawPlace::default() };
    let (head, message) = rest.split_once(": ")?;
    let (level, rule) = head.split_once(' ').map_or((head, None), |(level, rule)| (level, Some(rule)));
    Some(finding(Preset::Tsc, level_of(level)?, rule, message, place))
}

/// `FAILED tests/test_a.py::test_b - AssertionError: words`
fn failed_test(line: &str) -> Option<RawFinding> {
    let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    let (test, why) = rest.split_once(" - ").unwrap_or((rest, ""));
    let path = test.split("::").next().filter(|path| path.ends_with(".py"))?;
    let message = format!("test `{test}` failed: {why}");
    let place = RawPlace { path: path.to_owned(), ..RawPlace::default() };
    Some(finding(Preset::Pytest, Severity::Error, Some("test"), message.trim_end_matches([':', ' ']), place))
}

/// How bad, the rule and the words of what stands behind a place.
fn words(preset: Preset, text: &str) -> (Severity, Option<&str>, &str) {
    if preset == Preset::Ruff {
        let (rule, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_rule = rule.chars().any(|c| c.is_ascii_digit()) && rule.chars().all(char::is_alphanumeric);
        let rest = rest.strip_prefix("[*] ").unwrap_or(rest);
        return if is_rule { (Severity::Error, Some(rule), rest) } else { (Severity::Error, None, text) };
    }
    if preset == Preset::Rustc
        && let Some((level, rest)) = text.split_once('[')
        && let (Some(severity), Some((rule, message))) = (level_of(level), rest.split_once("]: "))
    {
        return (severity, Some(rule), message);
    }
    let levelled = text.split_once(':').and_then(|(level, message)| Some((level_of(level)?, message.trim())));
    let (severity, message) = levelled.unwrap_or((Severity::Error, text));
    let named = matches!(preset, Preset::Gcc | Preset::Clang | Preset::Mypy | Preset::Shellcheck);
    let rule = message.strip_suffix(']').filter(|_| named).and_then(|rest| rest.rsplit_once(" ["));
    match rule.filter(|(_, rule)| !rule.contains(' ')) {
        Some((message, rule)) => (severity, Some(rule.trim_start_matches("-W")), message.trim_end()),
        None => (severity, None, message),
    }
}

fn level_of(word: &str) -> Option<Severity> {
    match word.to_ascii_lowercase().as_str() {
        "fatal error" | "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "note" | "info" => Some(Severity::Information),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Format, Severity, read};

    #[test]
    fn reads_what_is_a_place_and_nothing_else() {
        let text = "src/a.c:3:7: warning: unused\nb.py:9: no such name\nTime: 12:30:00 done\nhttp://x:80/: y\n12:30:1: t\na.c:0:1: x\n";
        let found = read(Format::parse("errorformat:unix").unwrap(), text.as_bytes(), b"").unwrap();
        let shown: Vec<_> =
            found.iter().map(|f| (f.message.as_str(), f.severity, f.place.as_ref().unwrap().column)).collect();
        assert_eq!(shown, [("unused", Severity::Warning, Some(7)), ("no such name", Severity::Error, None)]);
    }
}
