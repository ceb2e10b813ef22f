//! The user's settings, `tollgate.*`. A value of a wrong type is passed over and the default stays.
//!
//! Clients write one name in many ways: nested (`{"codeLens": {"enable": false}}`), dotted (`{"codeLens.enable": false}`),
//! with the section's name around it or not, in other case. All of them are the same setting, with one value: where they
//! disagree none of them counts, and that is said.

use serde_json::Value;

/// When diagnostics are computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum DiagnosticsRun {
    /// At every change.
    #[default]
    OnType,
    /// When a document is opened or saved.
    OnSave,
    /// Never.
    Off,
}

/// Everything that can be set. The path of the server, the log file and the trace belong to the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Settings {
    /// `tollgate.diagnostics.run`
    pub(super) diagnostics_run: DiagnosticsRun,
    /// `tollgate.inlayHints.enable`
    pub(super) inlay_hints: bool,
    /// `tollgate.codeLens.enable`
    pub(super) code_lens: bool,
    /// Sentences about settings that were given more than once with different values; their defaults stay.
    pub(super) disputed: Vec<String>,
}

/// The names of the settings, as they are compared: without the section, in lower case.
const NAMES: [&str; 3] = [DIAGNOSTICS_RUN, INLAY_HINTS, CODE_LENS];
const DIAGNOSTICS_RUN: &str = "diagnostics.run";
const INLAY_HINTS: &str = "inlayhints.enable";
const CODE_LENS: &str = "codelens.enable";
/// The section that all of them are in.
const SECTION: &str = "tollgate";

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            diagnostics_run: DiagnosticsRun::default(),
            inlay_hints: true,
            code_lens: true,
            disputed: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the section `tollgate`, as the answer to `workspace/configuration` holds it.
    pub(super) fn read(section: &Value) -> Settings {
        Settings::of(&Given::all(section))
    }

    /// Reads settings that a client sends unasked, with or without the section's name around them.
    pub(super) fn read_pushed(settings: &Value) -> Option<Settings> {
        let mut given = Given::all(settings);
        if given.iter().any(|given| given.in_section) {
            // beside our section lie those of others
            given.retain(|given| given.in_section);
        }
        (!given.is_empty()).then(|| Settings::of(&given))
    }

    fn of(given: &[Given<'_>]) -> Settings {
        let mut disputed = Vec::new();
        let run = |value: &Value| match value.as_str()? {
            "onType" => Some(DiagnosticsRun::OnType),
            "onSave" => Some(DiagnosticsRun::OnSave),
            "off" => Some(DiagnosticsRun::Off),
            _ => None,
        };
        let default = Settings::default();
        Settings {
            diagnostics_run: agreed(given, DIAGNOSTICS_RUN, run, &mut disputed).unwrap_or(default.diagnostics_run),
            inlay_hints: agreed(given, INLAY_HINTS, Value::as_bool, &mut disputed).unwrap_or(default.inlay_hints),
            code_lens: agreed(given, CODE_LENS, Value::as_bool, &mut disputed).unwrap_or(default.code_lens),
            disputed,
        }
    }
}

/// Something that a client wrote under one of our names, or a group of them that holds none.
struct Given<'a> {
    /// As in [`NAMES`].
    name: String,
    /// As the client wrote it, dotted.
    written: String,
    value: &'a Value,
    in_section: bool,
}

impl<'a> Given<'a> {
    /// All of ours, in the order of their keys.
    fn all(settings: &'a Value) -> Vec<Given<'a>> {
        let mut found = Vec::new();
        Given::collect(settings, "", &mut found);
        found
    }

    /// Goes only where one of our names can still come, and so never deeper than those.
    fn collect(group: &'a Value, above: &str, found: &mut Vec<Given<'a>>) {
        for (key, value) in group.as_object().into_iter().flatten() {
            let written = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            let whole = written.to_ascii_lowercase();
            let inner = whole.strip_prefix(SECTION).and_then(|rest| rest.strip_prefix('.'));
            let name = inner.unwrap_or(&whole).to_owned();
            let in_group = |known: &&str| known.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'));
            if NAMES.contains(&name.as_str()) || NAMES.iter().any(in_group) {
                Given::collect(value, &written, found);
                found.push(Given { in_section: inner.is_some(), name, written, value });
            } else if whole == SECTION {
                Given::collect(value, &written, found);
            }
        }
    }
}

/// The value that everybody who speaks of a setting gives it; where two disagree, a sentence says so.
fn agreed<T: PartialEq>(
    given: &[Given<'_>],
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
    disputed: &mut Vec<String>,
) -> Option<T> {
    let mut values = given.iter().filter(|given| given.name == name).filter_map(|it| Some((it, read(it.value)?)));
    let (first, value) = values.next()?;
    let Some((other, _)) = values.find(|(_, other)| *other != value) else { return Some(value) };
    disputed.push(format!(
        "`{}` is {} and `{}` is {}: neither counts, the default stays; keep one of them",
        first.written, first.value, other.written, other.value
    ));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_has_the_right_type() {
        let settings = Settings::read(&json!({ "diagnostics": { "run": "onSave" }, "codeLens": { "enable": "no" } }));
        assert_eq!(settings, Settings { diagnostics_run: DiagnosticsRun::OnSave, ..Settings::default() });
        for odd in [json!(null), json!("x"), json!([1]), json!({ "diagnostics": 5 })] {
            assert_eq!(Settings::read(&odd), Settings::default());
        }
    }

    #[test]
    fn knows_pushed_settings_from_those_of_others() {
        assert_eq!(Settings::read_pushed(&json!({ "n": 1 })), None);
        assert_eq!(Settings::read_pushed(&json!(null)), None);
        let pushed = Settings::read_pushed(&json!({ "tollgate": { "inlayHints": { "enable": false } } }));
        assert_eq!(pushed.map(|settings| settings.inlay_hints), Some(false));
    }

    /// TG14: however a setting is written it is one setting.
    #[test]
    fn one_setting_however_it_is_written() {
        let off = Settings { code_lens: false, ..Settings::default() };
        for written in [
            json!({ "codeLens": { "enable": false } }),
            json!({ "codeLens.enable": false }),
            json!({ "tollgate.codeLens.enable": false }),
            json!({ "tollgate": { "codeLens": { "enable": false } } }),
            json!({ "tollgate": { "codeLens.enable": false } }),
            json!({ "tollgate.codeLens": { "enable": false } }),
            json!({ "CODELENS": { "Enable": false } }),
            json!({ "Tollgate.codelens.ENABLE": false }),
            json!({ "codeLens": { "enable": false }, "tollgate.codeLens.enable": false, "codelens.enable": "yes" }),
        ] {
            assert_eq!(Settings::read(&written), off, "{written}");
            assert_eq!(Settings::read_pushed(&written), Some(off.clone()), "{written}");
        }
    }

    #[test]
    fn what_disagrees_does_not_count_and_is_said() {
        let read = Settings::read(&json!({
            "codeLens": { "enable": false }, "tollgate.codeLens.enable": true, "CodeLens.Enable": false,
            "inlayHints.enable": false, "diagnostics": { "run": "off", "Run": "onSave" },
        }));
        assert!(read.code_lens && !read.inlay_hints && read.diagnostics_run == DiagnosticsRun::OnType);
        assert_eq!(read.disputed.len(), 2, "{:?}", read.disputed);
        let said = &read.disputed[1];
        assert!(said.contains("`tollgate.codeLens.enable` is true") && said.contains("is false"), "{said}");
        assert!(read.disputed[0].contains("\"onSave\""), "{:?}", read.disputed);
    }

    #[test]
    fn names_that_are_not_ours_say_nothing() {
        for odd in [
            json!({ "__proto__": { "codeLens": { "enable": false } }, "constructor": { "prototype": {} } }),
            json!({ "codeLens": { "__proto__": { "enable": false } } }),
            json!({ "codeLens": { "enable": { "enable": false } }, "codeLens.": false, ".codeLens.enable": false }),
            json!({ "tollgate": { "tollgate": { "codeLens": { "enable": false } } } }),
            json!({ "tollgate.tollgate.codeLens.enable": false, "codeLens..enable": false, "": { "": false } }),
        ] {
            assert_eq!(Settings::read(&odd), Settings::default(), "{odd}");
        }
        assert_eq!(Settings::read_pushed(&json!({ "__proto__": { "codeLens.enable": false } })), None);
        let beside = json!({ "codeLens.enable": false, "tollgate.inlayHints.enable": false });
        let read = Settings::read_pushed(&beside);
        assert_eq!(read, Some(Settings { inlay_hints: false, ..Settings::default() }), "others lie beside our section");
    }
}
