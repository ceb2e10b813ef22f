//! What the readers make of the outputs in `fixtures/findings`, and where it stands in the example files.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

#[path = "../../spec/tests/literate/mod.rs"]
mod runner;

use findings::{Current, Finding, Fix, Format, Paths, Place, RawFinding, Severity, anchor, read};

/// The root that checkers of the examples run in.
const ROOT: &str = "/home/dev/shop";

/// The example whose name is a format is the output; the others are files below the root.
#[test]
fn findings() {
    runner::run("findings", |files| {
        let (name, output) = files.iter().find(|(name, _)| Format::parse(name).is_some()).expect("an output");
        let format = Format::parse(name).expect("a format");
        let mut lines = match read(format, output.as_bytes(), b"") {
            Ok(found) => found.iter().flat_map(|raw| show(raw, files)).collect(),
            Err(error) => vec![error.to_string()],
        };
        let (named, auto) = (read(format, output.as_bytes(), b""), read(Format::Auto, output.as_bytes(), b""));
        if named.is_ok() && named != auto && !matches!(format, Format::Errorformat(_)) {
            lines.push("auto reads it otherwise".to_owned());
        }
        lines
    });
}

fn show(raw: &RawFinding, files: &[(String, String)]) -> Vec<String> {
    let severity = match raw.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "information",
    };
    let paths = Paths { roots: &[ROOT], prefix: None };
    let path = raw.place.as_ref().and_then(|place| paths.map(&place.path));
    let file = path.and_then(|path| files.iter().find(|(name, _)| *name == path));
    let rule = raw.rule.as_deref().map_or(String::new(), |rule| format!("{rule}: "));
    let words = format!("{severity} {}: {rule}{}", raw.tool, raw.message).replace(" : ", ": ");
    let Some((path, text)) = file else { return vec![words] };
    let span = anchor(raw, text, None);
    let mut lines = vec![format!("{path}:{} ⟦{}⟧ {words}", runner::position(text, span.start as usize), span.of(text))];
    for fix in Fix::of(raw, path, text, None, |other| paths.map(other).as_ref() == Some(path)) {
        let finding = Finding {
            check: "check".to_owned(),
            tool: raw.tool.clone(),
            rule: raw.rule.clone(),
            message: raw.message.clone(),
            severity: raw.severity,
            place: Some(Place::new(path, text, span)),
            help: raw.help.clone(),
            fixes: vec![fix],
        };
        // as it is kept between a check and an editor
        let kept: Finding = serde_json::from_str(&serde_json::to_string(&finding).expect("json")).expect("a finding");
        let fix = &kept.fixes[0];
        let mut mended = text.clone();
        for (span, new) in fix.now(&Current::new(text)).expect("the text it was made for").into_iter().rev() {
            mended.replace_range(span.range(), new);
        }
        let changed = mended.lines().filter(|line| !text.lines().any(|old| old == *line)).collect::<Vec<_>>();
        let sure = if fix.sure { "fix" } else { "suggestion" };
        lines.push(format!("  {sure}: {} → {}", fix.title, changed.join("⏎")));
    }
    lines
}
