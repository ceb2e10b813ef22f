//! SARIF 2.1.0. Levels come from the result, else from its rule, else `warning`; suppressed results and results that are
//! no failures are left out; `columnKind` is believed only where nothing better is known.

use crate::paths::percent_decode;
use crate::{RawFinding, RawFix, RawPlace, ReadError, Severity, Unit, number};
use serde_json::Value;

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<RawFinding>, ReadError> {
    let malformed = |message: String| ReadError::Malformed { format: "sarif", message };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let log: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let runs = log["runs"].as_array().ok_or_else(|| malformed("`runs` is missing".to_owned()))?;
    let mut found = Vec::new();
    for run in runs {
        let broken =
            run["invocations"].as_array().into_iter().flatten().any(|call| call["executionSuccessful"] == false);
        let results = run["results"].as_array();
        if broken && results.is_none_or(Vec::is_empty) {
            return Err(malformed("the checker says that it did not run to its end".to_owned()));
        }
        let counting = results.into_iter().flatten().filter(|result| counts(result));
        found.extend(counting.take(crate::MOST_READ - found.len()).map(|result| finding(run, result)));
    }
    Ok(found)
}

/// False for what is suppressed, not a failure, or no longer there.
fn counts(result: &Value) -> bool {
    let mut suppressions = result["suppressions"].as_array().into_iter().flatten();
    let suppressed = suppressions.any(|one| one["status"].as_str().is_none_or(|status| status == "accepted"));
    let failure = result["kind"].as_str().is_none_or(|kind| matches!(kind, "fail" | "open" | "review"));
    !suppressed && failure && result["baselineState"] != "absent"
}

fn finding(run: &Value, result: &Value) -> RawFinding {
    let driver = &run["tool"]["driver"];
    let rule_id = result["ruleId"].as_str().or_else(|| result["rule"]["id"].as_str());
    let rules = driver["rules"].as_array();
    let by_index = result["ruleIndex"].as_u64().or_else(|| result["rule"]["index"].as_u64());
    let rule = by_index
        .and_then(|index| rules?.get(usize::try_from(index).ok()?))
        .or_else(|| rules?.iter().find(|rule| rule["id"].as_str() == rule_id && rule_id.is_some()))
        .unwrap_or(&Value::Null);
    let level = result["level"].as_str().or_else(|| rule["defaultConfiguration"]["level"].as_str());
    RawFinding {
        tool: driver["name"].as_str().unwrap_or_default().to_owned(),
        rule: rule_id.or_else(|| rule["id"].as_str()).map(str::to_owned),
        message: message(&result["message"], rule),
        severity: match level {
            Some("error") => Severity::Error,
            Some("note" | "none") => Severity::Information,
            _ => Severity::Warning,
        },
        place: place(run, &result["locations"][0]["physicalLocation"]),
        help: rule["help"]["text"].as_str().map(str::to_owned).into_iter().collect(),
        fixes: fixes(run, result),
    }
}

/// Every fix is one way to mend it; only where there is no other it is taken for the one.
fn fixes(run: &Value, result: &Value) -> Vec<RawFix> {
    let list = result["fixes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fix = |fix: &Value| {
        let mut edits = Vec::new();
        for change in fix["artifactChanges"].as_array()? {
            for replacement in change["replacements"].as_array()? {
                let region = &replacement["deletedRegion"];
                let place = at(run, &change["artifactLocation"], region)?;
                let text = replacement["insertedContent"]["text"].as_str().unwrap_or_default();
                edits.push((place, text.to_owned()));
            }
        }
        let title = fix["description"]["text"].as_str().unwrap_or_default().to_owned();
        Some(RawFix { title, sure: list.len() == 1, edits })
    };
    list.iter().take(8).filter_map(fix).collect()
}

fn message(message: &Value, rule: &Value) -> String {
    let by_id = || rule["messageStrings"][message["id"].as_str()?]["text"].as_str();
    let text = message["text"].as_str().or_else(by_id).or_else(|| rule["shortDescription"]["text"].as_str());
    let arguments = message["arguments"].as_array().into_iter().flatten().filter_map(Value::as_str).take(10);
    arguments.enumerate().fold(text.unwrap_or_default().to_owned(), |text, (index, argument)| {
        text.replace(&format!("{{{index}}}"), argument)
    })
}

fn place(run: &Value, location: &Value) -> Option<RawPlace> {
    at(run, &location["artifactLocation"], &location["region"])
}

fn at(run: &Value, artifact: &Value, region: &Value) -> Option<RawPlace> {
    let listed = artifact["index"].as_u64().and_then(|index| run["artifacts"].get(usize::try_from(index).ok()?));
    let artifact = if artifact["uri"].is_string() { artifact } else { &listed?["location"] };
    let declared = match run["columnKind"].as_str() {
        Some("utf16CodeUnits") => Some(Unit::Utf16),
        Some("unicodeCodePoints") => Some(Unit::Codepoints),
        _ => None,
    };
    let count = |name: &str| region[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let bytes = count("byteOffset").map(|start| (Unit::Bytes, start, count("byteLength").unwrap_or(0)));
    let characters = || Some((declared.unwrap_or(Unit::Utf16), count("charOffset")?, count("charLength").unwrap_or(0)));
    let line = number(&region["startLine"]);
    Some(RawPlace {
        path: uri(run, artifact, 0)?,
        line,
        column: number(&region["startColumn"]),
        end_line: number(&region["endLine"]),
        end_column: number(&region["endColumn"]),
        // offsets beside lines are often left at zero; lines are what tools mean
        offset: if line.is_none() { bytes.or_else(characters) } else { None },
        declared,
        certain: declared.is_some(),
        snippet: region["snippet"]["text"].as_str().map(|text| text.trim_end_matches(['\r', '\n']).to_owned()),
    })
}

/// The artifact's URI with its bases in front, relative ones decoded.
fn uri(run: &Value, artifact: &Value, depth: usize) -> Option<String> {
    let own = artifact["uri"].as_str()?;
    if own.contains(':') || depth > 4 {
        return Some(own.to_owned());
    }
    let base = artifact["uriBaseId"].as_str().map(|name| &run["originalUriBaseIds"][name]);
    match base.and_then(|base| uri(run, base, depth + 1)) {
        // inside a URI the own part stays encoded; it is decoded with the whole
        Some(base) if base.starts_with("file:") => Some(format!("{}/{own}", base.trim_end_matches('/'))),
        Some(base) if !base.is_empty() => Some(format!("{}/{}", base.trim_end_matches('/'), percent_decode(own))),
        _ => Some(percent_decode(own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Paths, anchor, read};
    use serde_json::json;

    fn log(result: Value) -> Vec<u8> {
        json!({"version": "2.1.0", "runs": [{
            "tool": {"driver": {"name": "house", "rules": [
                {"id": "R1", "defaultConfiguration": {"level": "error"}, "messageStrings": {"m": {"text": "bad {0}, {1}"}}},
            ]}},
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {"SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "ROOT": {"uri": "file:///build/shop/"}},
            "artifacts": [{"location": {"uri": "listed.rs", "uriBaseId": "SRC"}}],
            "results": [result],
        }]})
        .to_string()
        .into_bytes()
    }

    fn one(result: Value) -> RawFinding {
        read(Format::Sarif, &log(result), b"").unwrap().remove(0)
    }

    #[test]
    fn rules_give_level_and_words_and_bases_give_the_path() {
        let found = one(json!({"ruleIndex": 0, "message": {"id": "m", "arguments": ["x", "y"]},
            "locations": [{"physicalLocation": {"artifactLocation": {"index": 0}, "region": {"startLine": 1, "startColumn": 4}}}]}));
        assert_eq!(
            (found.severity, found.message.as_str(), found.rule.as_deref()),
            (Severity::Error, "bad x, y", Some("R1"))
        );
        let paths = Paths { roots: &["/build/shop"], prefix: None };
        assert_eq!(paths.map(&found.place.clone().unwrap().path).as_deref(), Some("src/listed.rs"));
        assert_eq!(anchor(&found, "😀 word\n", None).of("😀 word\n"), "word", "UTF-16 units, as declared");
    }

    #[test]
    fn what_is_suppressed_or_passed_does_not_count() {
        for result in [
            json!({"message": {"text": "m"}, "suppressions": [{"kind": "inSource"}]}),
            json!({"message": {"text": "m"}, "suppressions": [{"kind": "external", "status": "accepted"}]}),
            json!({"message": {"text": "m"}, "kind": "pass"}),
            json!({"message": {"text": "m"}, "baselineState": "absent"}),
        ] {
            assert_eq!(read(Format::Sarif, &log(result.clone()), b"").unwrap(), [], "{result}");
        }
        let rejected = json!({"message": {"text": "m"}, "suppressions": [{"status": "rejected"}]});
        assert_eq!(one(rejected).severity, Severity::Warning);
    }

    #[test]
    fn a_run_that_broke_is_an_error() {
        let broken =
            json!({"version": "2.1.0", "runs": [{"invocations": [{"executionSuccessful": false}], "results": []}]});
        assert!(read(Format::Sarif, broken.to_string().as_bytes(), b"").is_err());
        assert!(read(Format::Sarif, b"", b"").is_err());
        assert!(read(Format::Sarif, b"{}", b"").is_err());
    }

    #[test]
    fn hostile_regions_are_read_as_absent() {
        let found =
            one(json!({"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a"},
            "region": {"startLine": -5, "startColumn": 1e300, "endLine": "x", "byteOffset": 99999999999u64}}}]}));
        assert_eq!(
            found.place,
            Some(RawPlace { path: "a".into(), declared: Some(Unit::Utf16), certain: true, ..RawPlace::default() })
        );
    }
}
