//! Which format an output is, by its content.

use crate::{Format, Preset};
use serde_json::Value;

pub(crate) fn detect(stdout: &[u8], stderr: &[u8]) -> Format {
    let start = stdout.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stdout).trim_ascii_start();
    if start.starts_with(b"{") {
        let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if let Ok(line) = serde_json::from_slice::<Value>(first) {
            return by_keys(&line);
        }
        // a document over several lines: its first keys tell
        let head = String::from_utf8_lossy(&start[..start.len().min(4_096)]);
        return if head.contains("\"runs\"") || head.contains("sarif") { Format::Sarif } else { Format::Rdjson };
    }
    if start.starts_with(b"[")
        && start.len() <= crate::LARGEST_DOCUMENT
        && let Ok(Value::Array(elements)) = serde_json::from_slice(start)
    {
        // an array that is neither is given to a reader that says so
        let issue = |element: &Value| element.get("description").is_some() && element.get("location").is_some();
        return if elements.first().is_some_and(issue) { Format::Gitlab } else { Format::Eslint };
    }
    if start.starts_with(b"<") {
        let head = String::from_utf8_lossy(&start[..start.len().min(4_096)]);
        match () {
            () if head.contains("<checkstyle") => return Format::Checkstyle,
            () if head.contains("<testsuite") => return Format::Junit,
            () => {}
        }
    }
    if start.starts_with(b"TAP version ")
        || (start.starts_with(b"1..") && start.trim_ascii_end().len() < 20)
        || is_tap(start)
    {
        return Format::Tap;
    }
    if crate::lines_of(stdout, stderr).any(|line| is_command(&line)) {
        return Format::Github;
    }
    let said =
        |words: &[u8]| [stdout, stderr].iter().any(|text| text.windows(words.len()).any(|window| window == words));
    if said(b"panicked at ") || said(b"\n  --> ") || said(b"\n --> ") || said(b"\"reason\":\"compiler-message\"") {
        return Format::Cargo;
    }
    Format::Errorformat(Preset::Unix)
}

/// A plan or a result in the first line, and a result in the second.
fn is_tap(start: &[u8]) -> bool {
    let mut lines =
        start.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#") && !line.starts_with(b" "));
    let is_result = |line: &[u8]| line.starts_with(b"ok 1") || line.starts_with(b"not ok 1");
    match lines.next() {
        Some(first) if first.starts_with(b"1..") => lines.next().is_some_and(is_result),
        Some(first) => is_result(first),
        None => false,
    }
}

/// `::error …::`, `::warning …::`, `::notice …::`
fn is_command(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix("::").unwrap_or_default();
    let name = ["error", "warning", "notice"].iter().find_map(|name| rest.strip_prefix(name));
    name.is_some_and(|rest| rest.starts_with([' ', ':']) && rest.contains("::"))
}

fn by_keys(object: &Value) -> Format {
    let has = |key: &str| object.get(key).is_some();
    if has("runs") {
        Format::Sarif
    } else if has("diagnostics") {
        Format::Rdjson
    } else if has("reason") || has("$message_type") {
        Format::Cargo
    } else if has("message") && !has("location") {
        Format::Findings
    } else {
        Format::Rdjsonl
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_each_by_its_content() {
        for (stdout, stderr, expected) in [
            ("{\"version\":\"2.1.0\",\"runs\":[]}", "", Format::Sarif),
            ("{\n  \"$schema\": \"https://example.invalid/sarif-2.1.0.json\",\n", "", Format::Sarif),
            ("{\"diagnostics\":[]}", "", Format::Rdjson),
            ("{\"message\":\"m\",\"location\":{}}\n{}", "", Format::Rdjsonl),
            ("{\"reason\":\"compiler-artifact\"}\n", "", Format::Cargo),
            ("running 1 test\n", "error: x\n --> src/a.rs:1:1\n", Format::Cargo),
            ("{\"message\":\"m\",\"path\":\"a\"}\n", "", Format::Findings),
            ("[]", "", Format::Eslint),
            ("[{\"filePath\":\"a\",\"messages\":[]}]", "", Format::Eslint),
            ("[{\"description\":\"d\",\"location\":{\"path\":\"a\"}}]", "", Format::Gitlab),
            ("[1/5] Compiling\n", "", Format::Errorformat(Preset::Unix)),
            ("<?xml version=\"1.0\"?>\n<testsuites>", "", Format::Junit),
            ("<testsuite name=\"x\">", "", Format::Junit),
            ("<?xml version=\"1.0\"?><checkstyle version=\"4.3\">", "", Format::Checkstyle),
            ("<html>", "", Format::Errorformat(Preset::Unix)),
            ("TAP version 14\n", "", Format::Tap),
            ("1..2\nok 1 - a\n", "", Format::Tap),
            ("not ok 1 a\n1..1\n", "", Format::Tap),
            ("ok  \tshop\t0.1s\n", "", Format::Errorformat(Preset::Unix)),
            ("checking\n::error file=a.py,line=1::bad\n", "", Format::Github),
            ("std::error::Error\n::error is a path\n", "", Format::Errorformat(Preset::Unix)),
            ("a.c:1:1: error: x", "", Format::Errorformat(Preset::Unix)),
            ("", "", Format::Errorformat(Preset::Unix)),
        ] {
            assert_eq!(detect(stdout.as_bytes(), stderr.as_bytes()), expected, "{stdout}");
        }
    }
}
