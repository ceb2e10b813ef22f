//! ESLint's JSON: an array of files with their messages. Columns are UTF-16 units from 1, ends are exclusive; a fix is a
//! range of UTF-16 offsets in the whole text.

use crate::{RawFinding, RawFix, RawPlace, ReadError, Severity, Unit, number, words};
use serde_json::Value;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let malformed = |message: &str| ReadError::Malformed { format: "eslint", message: message.to_owned() };
    let document: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error.to_string()))?;
    let files = document.as_array().ok_or_else(|| malformed("it is no array of files"))?;
    let mut found = Vec::new();
    for file in files {
        let path = file["filePath"].as_str().ok_or_else(|| malformed("a file has no `filePath`"))?;
        let messages = file["messages"].as_array().ok_or_else(|| malformed("a file has no `messages`"))?;
        found.extend(messages.iter().take(crate::MOST_READ - found.len()).map(|message| finding(path, message)));
    }
    Ok(found)
}

fn finding(path: &str, message: &Value) -> RawFinding {
    let place = RawPlace {
        path: path.to_owned(),
        line: number(&message["line"]),
        column: number(&message["column"]),
        end_line: number(&message["endLine"]),
        end_column: number(&message["endColumn"]),
        declared: Some(Unit::Utf16),
        ..RawPlace::default()
    };
    let own = fix(path, &message["fix"]).map(|edit| RawFix { title: String::new(), sure: true, edits: vec![edit] });
    let suggested = message["suggestions"].as_array().into_iter().flatten().filter_map(|suggestion| {
        let edits = vec![fix(path, &suggestion["fix"])?];
        Some(RawFix { title: words(&suggestion["desc"]).unwrap_or_default(), sure: false, edits })
    });
    RawFinding {
        tool: "eslint".to_owned(),
        rule: words(&message["ruleId"]),
        message: words(&message["message"]).unwrap_or_default(),
        severity: match message["severity"].as_u64() {
            Some(1) if message["fatal"] != true => Severity::Warning,
            _ => Severity::Error,
        },
        place: Some(place),
        fixes: own.into_iter().chain(suggested).collect(),
        ..RawFinding::default()
    }
}

fn fix(path: &str, fix: &Value) -> Option<(RawPlace, String)> {
    let offset = |at: usize| fix["range"][at].as_u64().and_then(|number| u32::try_from(number).ok());
    let (start, end) = (offset(0)?, offset(1)?);
    let length = end.checked_sub(start)?;
    let place = RawPlace { path: path.to_owned(), offset: Some((Unit::Utf16, start, length)), ..RawPlace::default() };
    Some((place, fix["text"].as_str()?.to_owned()))
}
