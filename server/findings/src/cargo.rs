//! What cargo and rustc say: JSON messages with byte offsets, and the text that `cargo test` prints for people (compiler
//! errors and panics), since a test run has no JSON of its own.

use crate::{RawFinding, RawFix, RawPlace, Severity, Unit, number};
use serde_json::Value;

pub(crate) fn read(stdout: &[u8], stderr: &[u8]) -> Vec<RawFinding> {
    let mut found = Vec::new();
    let mut plain = Vec::new();
    for line in stdout.split(|byte| *byte == b'\n').chain(stderr.split(|byte| *byte == b'\n')) {
        match line.first() {
            Some(b'{') => match serde_json::from_slice::<Value>(line) {
                Ok(message) if message["reason"] == "compiler-message" => compiler(&message["message"], &mut found),
                Ok(message) if message["$message_type"] == "diagnostic" => compiler(&message, &mut found),
                _ => {}
            },
            _ => plain.push(String::from_utf8_lossy(line)),
        }
        if found.len() >= crate::MOST_READ {
            break;
        }
    }
    people(&plain, &mut found);
    found.dedup();
    found
}

fn compiler(message: &Value, found: &mut Vec<RawFinding>) {
    let severity = match message["level"].as_str() {
        Some("warning") => Severity::Warning,
        Some("note" | "help") => Severity::Information,
        Some("failure-note") | None => return,
        Some(_) => Severity::Error,
    };
    let text = message["message"].as_str().unwrap_or_default();
    let spans = message["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    if spans.is_empty() && (text.starts_with("aborting due to") || text.ends_with("emitted")) {
        return;
    }
    let children = || message["children"].as_array().into_iter().flatten();
    let fixes: Vec<RawFix> = children().filter_map(fix).collect();
    let help: Vec<String> = children().filter_map(|child| child["message"].as_str()).map(str::to_owned).collect();
    let finding = |label: Option<&str>, place: Option<RawPlace>| RawFinding {
        tool: "rustc".to_owned(),
        rule: message["code"]["code"].as_str().map(str::to_owned),
        message: label.filter(|label| !label.is_empty()).map_or(text.to_owned(), |label| format!("{text}: {label}")),
        severity,
        place,
        help: help.clone(),
        fixes: fixes.clone(),
    };
    let mut primary = spans.iter().filter(|span| span["is_primary"] == true).peekable();
    if primary.peek().is_none() {
        found.push(finding(None, spans.first().map(|span| place(source(span)))));
        return;
    }
    found.extend(primary.map(|span| finding(span["label"].as_str(), Some(place(source(span))))));
}

/// What the compiler says can be applied unseen; anything less is left to a person.
fn fix(child: &Value) -> Option<RawFix> {
    let spans = child["spans"].as_array().filter(|spans| !spans.is_empty())?;
    let edits = spans.iter().map(|span| {
        let sure = span["suggestion_applicability"] == "MachineApplicable";
        Some((place(span), span["suggested_replacement"].as_str().filter(|_| sure)?.to_owned()))
    });
    let title = child["message"].as_str().unwrap_or_default().to_owned();
    Some(RawFix { title, sure: true, edits: edits.collect::<Option<_>>()? })
}

/// The span in a file of the project: from inside a macro of another crate outwards to the call that expands it.
fn source(span: &Value) -> &Value {
    let mut at = span;
    for _ in 0..32 {
        let file = at["file_name"].as_str().unwrap_or_default();
        let outer = &at["expansion"]["span"];
        if !(file.starts_with('<') || file.starts_with('/')) || !outer.is_object() {
            break;
        }
        at = outer;
    }
    at
}

fn place(span: &Value) -> RawPlace {
    let byte = |name: &str| span[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let offset = byte("byte_start").zip(byte("byte_end"));
    RawPlace {
        path: span["file_name"].as_str().unwrap_or_default().to_owned(),
        line: number(&span["line_start"]),
        column: number(&span["column_start"]),
        end_line: number(&span["line_end"]),
        end_column: number(&span["column_end"]),
        offset: offset.map(|(start, end)| (Unit::Bytes, start, end.saturating_sub(start))),
        declared: Some(Unit::Codepoints),
        ..RawPlace::default()
    }
}

/// `error[E0001]: words` followed by `--> file:line:column`, and `thread '…' panicked at file:line:column:`.
fn people(lines: &[impl AsRef<str>], found: &mut Vec<RawFinding>) {
    let mut heading: Option<(Severity, Option<String>, String)> = None;
    for (index, line) in lines.iter().enumerate() {
        let line = line.as_ref();
        if let Some(read) = head(line) {
            heading = Some(read);
        } else if let Some(at) = line.trim_start().strip_prefix("--> ") {
            if let Some((severity, rule, message)) = heading.take() {
                found.push(written(severity, rule, message, position(at.trim())));
            }
        } else if let Some((name, at)) = panic(line) {
            let rest = lines[index + 1..].iter().map(AsRef::as_ref);
            let words: Vec<&str> =
                rest.take(8).take_while(|line| !line.starts_with("note:") && !line.is_empty()).collect();
            let message = format!("test `{name}` panicked: {}", words.join(" "));
            found.push(written(Severity::Error, Some("test".to_owned()), message, position(at)));
        }
    }
}

fn written(severity: Severity, rule: Option<String>, message: String, place: Option<RawPlace>) -> RawFinding {
    RawFinding { tool: "cargo".to_owned(), rule, message, severity, place, ..RawFinding::default() }
}

fn head(line: &str) -> Option<(Severity, Option<String>, String)> {
    let (severity, rest) = [("error", Severity::Error), ("warning", Severity::Warning)]
        .into_iter()
        .find_map(|(word, severity)| Some((severity, line.strip_prefix(word)?)))?;
    if let Some(coded) = rest.strip_prefix('[') {
        let (code, words) = coded.split_once("]: ")?;
        return Some((severity, Some(code.to_owned()), words.to_owned()));
    }
    Some((severity, None, rest.strip_prefix(": ")?.to_owned()))
}

/// Name of the thread and the place of a panic.
fn panic(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.trim_start().strip_prefix("thread '")?.split_once('\'')?;
    let (_, at) = rest.split_once(" panicked at ")?;
    Some((name, at.trim_end_matches(':')))
}

fn position(text: &str) -> Option<RawPlace> {
    let mut parts = text.rsplitn(3, ':');
    let (column, line, path) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    let place = RawPlace { path: path.to_owned(), declared: Some(Unit::Codepoints), ..RawPlace::default() };
    (line > 0 && column > 0).then_some(RawPlace { line: Some(line), column: Some(column), ..place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, anchor, read};
    use serde_json::json;

    fn span(file: &str, start: u32, end: u32, primary: bool) -> Value {
        json!({"file_name": file, "byte_start": start, "byte_end": end, "line_start": 1, "line_end": 1, "column_start": 1,
               "column_end": 2, "is_primary": primary, "label": if primary { "here" } else { "there" }, "expansion": null})
    }

    fn go(message: Value) -> Vec<RawFinding> {
        let line = json!({"reason": "compiler-message", "message": message}).to_string();
        read(Format::Cargo, format!("{{\"reason\":\"build-finished\"}}\n{line}\n").as_bytes(), b"").unwrap()
    }

    #[test]
    fn every_primary_span_is_a_finding_at_its_bytes() {
        let text = "let é = (wrong, other);";
        let found = go(json!({"level": "error", "message": "cannot find", "code": {"code": "E0425"},
            "spans": [span("src/a.rs", 10, 15, true), span("src/a.rs", 0, 3, false), span("src/a.rs", 17, 22, true)],
            "children": [{"level": "help", "message": "try this"}]}));
        let shown: Vec<&str> = found.iter().map(|finding| anchor(finding, text, None).of(text)).collect();
        assert_eq!(shown, ["wrong", "other"]);
        assert_eq!(found[0].message, "cannot find: here");
        assert_eq!((found[0].rule.as_deref(), &found[0].help[..]), (Some("E0425"), &["try this".to_owned()][..]));
    }

    #[test]
    fn a_span_inside_a_foreign_macro_is_shown_at_its_call() {
        let mut inner = span("/rustc/abc/library/core/src/macros/mod.rs", 0, 1, true);
        inner["expansion"] = json!({"span": span("src/main.rs", 4, 9, false)});
        let found = go(json!({"level": "warning", "message": "m", "spans": [inner], "children": []}));
        assert_eq!(found[0].place.as_ref().unwrap().path, "src/main.rs");
    }

    #[test]
    fn summaries_are_no_findings() {
        for text in ["aborting due to 1 previous error", "2 warnings emitted"] {
            assert_eq!(go(json!({"level": "error", "message": text, "spans": []})), []);
        }
        assert_eq!(go(json!({"level": "failure-note", "message": "x", "spans": []})), []);
        assert_eq!(go(json!({"level": "error", "message": "linking failed", "spans": []})).len(), 1);
    }

    #[test]
    fn text_for_people_is_read_too() {
        let stdout = "running 1 test\n\nthread 'tests::adds' (42) panicked at src/lib.rs:3:9:\nassertion failed\n  left: 1\nnote: run with\n";
        let stderr = "warning: unused variable: `x`\n  --> src/lib.rs:1:5\n   |\nerror[E0308]: mismatched types\n --> src/b.rs:7:3\nerror: could not compile\n";
        let found = read(Format::Cargo, stdout.as_bytes(), stderr.as_bytes()).unwrap();
        let shown: Vec<(String, u32)> = found
            .iter()
            .map(|finding| (finding.message.clone(), finding.place.as_ref().unwrap().line.unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                ("test `tests::adds` panicked: assertion failed left: 1".into(), 3),
                ("unused variable: `x`".into(), 1),
                ("mismatched types".into(), 7)
            ]
        );
        assert_eq!(found[1].severity, Severity::Warning);
    }
}
