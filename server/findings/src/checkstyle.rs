//! Checkstyle's XML, which many linters write: files with errors. What a column counts is not said.

use crate::xml::{self, Element, Part};
use crate::{RawFinding, RawPlace, ReadError, Severity};

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let mut found = Vec::new();
    let mut file = String::new();
    xml::read(bytes, "checkstyle", &["checkstyle"], |part| {
        let Part::Open(element) = part else { return };
        match element.name.as_str() {
            "file" => file = element.get("name").unwrap_or_default().to_owned(),
            "error" if found.len() < crate::MOST_READ && element.get("severity") != Some("ignore") => {
                found.push(finding(&file, &element));
            }
            _ => {}
        }
    })?;
    Ok(found)
}

fn finding(file: &str, element: &Element) -> RawFinding {
    let source = element.get("source").unwrap_or_default();
    let (tool, rule) = tool_and_rule(source);
    let place = RawPlace {
        path: file.to_owned(),
        line: element.number("line"),
        column: element.number("column"),
        ..RawPlace::default()
    };
    RawFinding {
        tool: tool.to_owned(),
        rule: Some(rule.to_owned()).filter(|rule| !rule.is_empty()),
        message: element.get("message").unwrap_or_default().to_owned(),
        severity: match element.get("severity") {
            Some("warning") => Severity::Warning,
            Some("info") => Severity::Information,
            _ => Severity::Error,
        },
        place: Some(place).filter(|place| !place.path.is_empty()),
        ..RawFinding::default()
    }
}

/// `eslint.rules.no-undef` and `com.puppycrawl.tools.checkstyle.checks.naming.MethodNameCheck` name tool and rule.
fn tool_and_rule(source: &str) -> (&str, &str) {
    if let Some(rule) = source.strip_prefix("eslint.rules.") {
        return ("eslint", rule);
    }
    match source.strip_prefix("com.puppycrawl.tools.checkstyle.") {
        Some(class) => {
            let name = class.rsplit('.').next().unwrap_or(class);
            ("checkstyle", name.strip_suffix("Check").unwrap_or(name))
        }
        None => ("", source),
    }
}
