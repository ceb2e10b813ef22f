//! GitLab's Code Quality report, which is Code Climate's: an array of issues with a line or with positions. What a column
//! counts is not said.

use crate::{RawFinding, RawPlace, ReadError, Severity, number, words};
use serde_json::Value;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let malformed = |message: String| ReadError::Malformed { format: "gitlab", message };
    let document: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let issues = document.as_array().ok_or_else(|| malformed("it is no array of issues".to_owned()))?;
    let read = |(at, issue): (usize, &Value)| {
        finding(issue).ok_or_else(|| malformed(format!("issue {} has no `description` or no `location.path`", at + 1)))
    };
    issues.iter().take(crate::MOST_READ).enumerate().map(read).collect()
}

fn finding(issue: &Value) -> Option<RawFinding> {
    let location = &issue["location"];
    let (lines, positions) = (&location["lines"], &location["positions"]);
    let line = |side: &str| number(&lines[side]).or_else(|| number(&positions[side]["line"]));
    let place = RawPlace {
        path: words(&location["path"])?,
        line: line("begin"),
        column: number(&positions["begin"]["column"]),
        end_line: line("end"),
        end_column: number(&positions["end"]["column"]),
        ..RawPlace::default()
    };
    Some(RawFinding {
        tool: words(&issue["engine_name"]).unwrap_or_default(),
        rule: words(&issue["check_name"]),
        message: words(&issue["description"])?,
        severity: match issue["severity"].as_str() {
            Some("info") => Severity::Information,
            Some("minor") => Severity::Warning,
            _ => Severity::Error,
        },
        place: Some(place),
        help: words(&issue["content"]["body"]).into_iter().collect(),
        ..RawFinding::default()
    })
}
