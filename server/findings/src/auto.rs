//! Which format an output is, by its content.

use crate::Format;
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
    let said =
        |words: &[u8]| [stdout, stderr].iter().any(|text| text.windows(words.len()).any(|window| window == words));
    if said(b"panicked at ") || said(b"\n  --> ") || said(b"\n --> ") || said(b"\"reason\":\"compiler-message\"") {
        return Format::Cargo;
    }
    Format::Lines
}

fn by_keys(object: &Value) -> Format {
    let has = |key: &str| object.get(key).is_some();
    if has("runs") {
        Format::Sarif
    } else if has("diagnostics") {
        Format::Rdjson
    } else if has("reason") || has("$message_type") {
        Format::Cargo
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
            ("a.c:1:1: error: x", "", Format::Lines),
            ("", "", Format::Lines),
        ] {
            assert_eq!(detect(stdout.as_bytes(), stderr.as_bytes()), expected, "{stdout}");
        }
    }
}
