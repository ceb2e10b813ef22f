//! The user's settings, `tollgate.*`. A value of a wrong type is passed over and the default stays.

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
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { diagnostics_run: DiagnosticsRun::default(), inlay_hints: true, code_lens: true }
    }
}

impl Settings {
    /// Reads the section `tollgate`, as the answer to `workspace/configuration` holds it.
    pub(super) fn read(section: &Value) -> Settings {
        let default = Settings::default();
        let flag = |pointer, default| section.pointer(pointer).and_then(Value::as_bool).unwrap_or(default);
        Settings {
            diagnostics_run: match section.pointer("/diagnostics/run").and_then(Value::as_str) {
                Some("onSave") => DiagnosticsRun::OnSave,
                Some("off") => DiagnosticsRun::Off,
                _ => DiagnosticsRun::OnType,
            },
            inlay_hints: flag("/inlayHints/enable", default.inlay_hints),
            code_lens: flag("/codeLens/enable", default.code_lens),
        }
    }

    /// Reads settings that a client sends unasked, with or without the section's name around them.
    pub(super) fn read_pushed(settings: &Value) -> Option<Settings> {
        let section = settings.get("tollgate").unwrap_or(settings);
        let ours = ["diagnostics", "inlayHints", "codeLens"].iter().any(|name| section.get(name).is_some());
        ours.then(|| Settings::read(section))
    }
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
}
