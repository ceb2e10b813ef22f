//! Tollgate's own lines, for a checker that one writes oneself: one JSON object per finding.
//!
//! ```json
//! {"path": "src/a.py", "line": 3, "column": 5, "message": "money is no float", "rule": "money/float"}
//! {"path": "src/a.py", "quote": "float(total)", "message": "money is no float", "severity": "warning",
//!  "help": ["count in cents"], "fix": {"title": "use cents", "text": "cents(total)"}}
//! {"message": "there is no changelog"}
//! ```
//! `message` must be there. `line`, `column`, `end_line` and `end_column` count from 1, columns in characters, the end
//! exclusive. `quote` is the exact text that is meant: it decides where columns are wrong or missing, and without a line it
//! has to stand in the file once. `severity` is `error` (default), `warning` or `information`. `fix` replaces exactly what
//! is pointed at by a range or a quote. Empty lines are passed over; any other line makes the output unreadable.

use crate::{RawFinding, RawFix, RawPlace, ReadError, Severity, Unit, number, words};
use serde_json::Value;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let mut found = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let malformed =
            |message: &str| ReadError::Malformed { format: "findings", message: format!("line {}: {message}", at + 1) };
        let object: Value = serde_json::from_slice(line).map_err(|error| malformed(&error.to_string()))?;
        found.push(finding(&object).map_err(malformed)?);
        if found.len() >= crate::MOST_READ {
            break;
        }
    }
    Ok(found)
}

fn finding(object: &Value) -> Result<RawFinding, &'static str> {
    let place = words(&object["path"]).filter(|path| !path.is_empty()).map(|path| RawPlace {
        path,
        line: number(&object["line"]),
        column: number(&object["column"]),
        end_line: number(&object["end_line"]),
        end_column: number(&object["end_column"]),
        declared: Some(Unit::Codepoints),
        certain: true,
        snippet: words(&object["quote"]).filter(|quote| !quote.is_empty()),
        ..RawPlace::default()
    });
    let severity = match object.get("severity").map(Value::as_str) {
        None | Some(Some("error")) => Severity::Error,
        Some(Some("warning")) => Severity::Warning,
        Some(Some("information" | "info")) => Severity::Information,
        Some(_) => return Err("`severity` is error, warning or information"),
    };
    let replaced = place.as_ref().filter(|place| place.end_column.is_some() || place.snippet.is_some());
    let fix = replaced.zip(words(&object["fix"]["text"])).map(|(place, text)| RawFix {
        title: words(&object["fix"]["title"]).unwrap_or_default(),
        sure: true,
        edits: vec![(place.clone(), text)],
    });
    Ok(RawFinding {
        tool: words(&object["tool"]).unwrap_or_default(),
        rule: words(&object["rule"]),
        message: words(&object["message"]).filter(|words| !words.is_empty()).ok_or("`message` is missing")?,
        severity,
        place,
        help: object["help"].as_array().into_iter().flatten().filter_map(words).collect(),
        fixes: fix.into_iter().collect(),
    })
}
