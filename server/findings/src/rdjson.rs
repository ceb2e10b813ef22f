//! Reviewdog Diagnostic Format, one document or one diagnostic per line. Columns are UTF-8 bytes from 1, ends are
//! exclusive; a range without columns means whole lines.

use crate::{RawFinding, RawFix, RawPlace, ReadError, Severity, Unit, number, words};
use serde_json::Value;

pub(crate) fn read_document(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let malformed = |message: String| ReadError::Malformed { format: "rdjson", message };
    let document: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let list = document["diagnostics"].as_array().ok_or_else(|| malformed("`diagnostics` is missing".to_owned()))?;
    Ok(list.iter().take(crate::MOST_READ).map(|diagnostic| finding(diagnostic, &document)).collect())
}

pub(crate) fn read_lines(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let mut found = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let diagnostic: Value = serde_json::from_slice(line).map_err(|error| ReadError::Malformed {
            format: "rdjsonl",
            message: format!("line {}: {error}", number + 1),
        })?;
        if !diagnostic.is_object() {
            let message = format!("line {}: not an object", number + 1);
            return Err(ReadError::Malformed { format: "rdjsonl", message });
        }
        found.push(finding(&diagnostic, &Value::Null));
        if found.len() >= crate::MOST_READ {
            break;
        }
    }
    Ok(found)
}

fn finding(diagnostic: &Value, document: &Value) -> RawFinding {
    let tool = [&diagnostic["source"]["name"], &document["source"]["name"]].into_iter().find_map(words);
    let severity = [&diagnostic["severity"], &document["severity"]].into_iter().find_map(severity);
    let location = &diagnostic["location"];
    let path = words(&location["path"]).filter(|path| !path.is_empty());
    let own = path.map(|path| place(&path, &location["range"]));
    let suggestions: Vec<(RawPlace, String)> = diagnostic["suggestions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|suggestion| {
            let at = place(&own.as_ref()?.path, &suggestion["range"]);
            Some((at, words(&suggestion["text"])?)).filter(|(at, _)| at.line.is_some())
        })
        .collect();
    // several are the parts of one change; where they lie over each other no fix comes of them
    let sure = suggestions.len() == 1;
    let fix = RawFix { title: String::new(), sure, edits: suggestions };
    RawFinding {
        tool: tool.unwrap_or_default(),
        rule: words(&diagnostic["code"]["value"]),
        message: words(&diagnostic["message"]).unwrap_or_default(),
        severity: severity.unwrap_or(Severity::Error),
        help: fix.edits.iter().map(|(_, text)| format!("replace with `{text}`")).collect(),
        fixes: Some(fix).filter(|fix| !fix.edits.is_empty()).into_iter().collect(),
        place: own,
    }
}

fn place(path: &str, range: &Value) -> RawPlace {
    let (start, end) = (&range["start"], &range["end"]);
    RawPlace {
        path: path.to_owned(),
        line: number(&start["line"]),
        column: number(&start["column"]),
        end_line: number(&end["line"]),
        end_column: number(&end["column"]),
        declared: Some(Unit::Bytes),
        ..RawPlace::default()
    }
}

fn severity(value: &Value) -> Option<Severity> {
    match (value.as_str(), value.as_u64()) {
        (Some("ERROR"), _) | (_, Some(1)) => Some(Severity::Error),
        (Some("WARNING"), _) | (_, Some(2)) => Some(Severity::Warning),
        (Some("INFO"), _) | (_, Some(3)) => Some(Severity::Information),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, anchor, read};

    #[test]
    fn a_document_and_lines_say_the_same() {
        let one = r#"{"message":"no `x`","location":{"path":"a.py","range":{"start":{"line":1,"column":5},"end":{"line":1,"column":6}}},"code":{"value":"F821"},"severity":"WARNING"}"#;
        let document = format!(r#"{{"source":{{"name":"house"}},"diagnostics":[{one}]}}"#);
        let document = read(Format::Rdjson, document.as_bytes(), b"").unwrap();
        let lines = read(Format::Rdjsonl, format!("{one}\r\n\n").as_bytes(), b"").unwrap();
        assert_eq!(document[0].place, lines[0].place);
        assert_eq!((document[0].tool.as_str(), document[0].severity), ("house", Severity::Warning));
        let shown = |text: &str, finding: &RawFinding| anchor(finding, text, None).of(text).to_owned();
        assert_eq!(shown("a = x\n", &lines[0]), "x");
        assert_eq!(shown("é = x\n", &lines[0]), "x", "the tool counted code points, whatever the format says");
        let silent = RawFinding { message: "bad".into(), ..lines[0].clone() };
        assert_eq!(shown("é= x\n", &silent), "x", "bytes, where nothing contradicts the format");
    }

    #[test]
    fn half_a_line_is_an_error_not_a_pass() {
        assert!(read(Format::Rdjsonl, b"{\"message\":", b"").is_err());
        assert!(read(Format::Rdjsonl, b"all good!", b"").is_err());
        assert!(read(Format::Rdjson, b"{}", b"").is_err());
        assert_eq!(read(Format::Rdjsonl, b"", b"").unwrap(), []);
        let odd = br#"{"message":1,"location":{"path":"a","range":{"start":{"line":-4,"column":1e99}}}}"#;
        let place = read(Format::Rdjsonl, odd, b"").unwrap()[0].place.clone().unwrap();
        assert_eq!((place.line, place.column), (None, None));
    }
}
