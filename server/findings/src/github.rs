//! Workflow commands of GitHub Actions in what a checker prints: `::error file=a.py,line=1,col=5,title=T::message`. Other
//! lines are passed over, and so is what stands between `::stop-commands::word` and `::word::`.

use crate::{RawFinding, RawPlace, Severity};
use std::collections::BTreeMap;

pub(crate) fn read(stdout: &[u8], stderr: &[u8]) -> Vec<RawFinding> {
    let mut found = Vec::new();
    let mut stopped: Option<String> = None;
    for line in crate::lines_of(stdout, stderr) {
        let line = line.trim();
        if let Some(word) = &stopped {
            if line.strip_prefix("::").and_then(|rest| rest.strip_suffix("::")) == Some(word.as_str()) {
                stopped = None;
            }
        } else if let Some(word) = line.strip_prefix("::stop-commands::") {
            stopped = Some(word.to_owned());
        } else {
            found.extend(finding(line));
        }
        if found.len() >= crate::MOST_READ {
            break;
        }
    }
    found
}

fn finding(line: &str) -> Option<RawFinding> {
    let (command, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = command.split_once(' ').unwrap_or((command, ""));
    let severity = match name {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "notice" => Severity::Information,
        _ => return None,
    };
    let pairs = properties.split(',').filter_map(|pair| pair.split_once('='));
    let properties: BTreeMap<&str, String> = pairs.map(|(key, value)| (key.trim(), plain(value))).collect();
    let number = |key: &str| properties.get(key)?.trim().parse().ok().filter(|number: &u32| *number > 0);
    let place = properties.get("file").filter(|path| !path.is_empty()).map(|path| RawPlace {
        path: path.clone(),
        line: number("line"),
        column: number("col"),
        end_line: number("endLine"),
        end_column: number("endColumn"),
        ..RawPlace::default()
    });
    let (tool, rule) = properties.get("title").map_or(("", None), |title| tool_and_rule(title));
    let message = plain(message);
    Some(RawFinding {
        tool: tool.to_owned(),
        rule: rule.map(str::to_owned),
        message: place.as_ref().map_or(message.as_str(), |place| without_place(&message, place, rule)).to_owned(),
        severity,
        place,
        ..RawFinding::default()
    })
}

/// `Ruff (F401)` names both; any other title is shown as the tool's name.
fn tool_and_rule(title: &str) -> (&str, Option<&str>) {
    let both = title.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    both.map_or((title, None), |(tool, rule)| (tool, Some(rule)))
}

/// Some repeat `path:line:column: rule` before what they say.
fn without_place<'m>(message: &'m str, place: &RawPlace, rule: Option<&str>) -> &'m str {
    let behind = || {
        let (path, rest) = message.split_once(':')?;
        let rest = if place.path.ends_with(path) { rest.strip_prefix(&place.line?.to_string())? } else { return None };
        let rest = place.column.and_then(|column| rest.strip_prefix(&format!(":{column}"))).unwrap_or(rest);
        Some(rest.strip_prefix(':')?.trim_start())
    };
    let message = behind().unwrap_or(message);
    rule.and_then(|rule| message.strip_prefix(rule)).map_or(message, |rest| rest.trim_start_matches([':', ' ']))
}

/// `%25`, `%0D`, `%0A`, `%3A`, `%2C` taken back.
fn plain(text: &str) -> String {
    [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
        .iter()
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}
