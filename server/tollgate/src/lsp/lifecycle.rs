//! From the first message to the exit code.

use serde_json::{Map, Value, json};
use tower_lsp::{
    gen_lsp_types::ClientCapabilities,
    jsonrpc::{Error, ErrorCode},
};

/// Where the session stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Phase {
    /// Nothing but `initialize` is answered.
    #[default]
    Fresh,
    /// Everything is.
    Running,
    /// Nothing is any more.
    ShutDown,
}

impl Phase {
    /// Says whether a request may be served now: else `-32002` or `-32600`.
    pub(super) fn admit_request(self, method: &str) -> Result<(), Error> {
        match self {
            Phase::Fresh if method != "initialize" => {
                let mut error = Error::new(ErrorCode::ServerError(-32002));
                error.message = "the session has not been initialized".into();
                Err(error)
            }
            Phase::ShutDown => Err(Error::invalid_request()),
            Phase::Fresh | Phase::Running => Ok(()),
        }
    }

    /// Says whether a notification may be served now.
    pub(super) fn admits_notification(self) -> bool {
        self == Phase::Running
    }

    /// A request was answered.
    pub(super) fn after(&mut self, method: &str, ok: bool) {
        match (*self, method, ok) {
            (Phase::Fresh, "initialize", true) => *self = Phase::Running,
            (Phase::Running, "shutdown", true) => *self = Phase::ShutDown,
            _ => {}
        }
    }
}

/// Why the server leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// `exit`, or the end of the input.
    Asked,
    /// The client does not take our output any more.
    Deaf,
    /// The process that started us is gone.
    Orphaned,
}

/// The part of `initialize` that is read by its type, without what a client may have got wrong: odd URIs are read
/// elsewhere, and a group of capabilities that cannot be read counts as not offered.
pub(super) fn soften(params: Value) -> Value {
    let Value::Object(mut params) = params else { return params };
    let readable = |capabilities: &Value| serde_json::from_value::<ClientCapabilities>(capabilities.clone()).is_ok();
    let capabilities = match params.remove("capabilities") {
        Some(capabilities) if readable(&capabilities) => capabilities,
        Some(Value::Object(groups)) => {
            let groups = groups.into_iter().filter(|(name, group)| readable(&json!({ name: group })));
            Value::Object(groups.collect::<Map<_, _>>())
        }
        _ => json!({}),
    };
    let client = params.remove("clientInfo").filter(|info| info.get("name").is_some_and(Value::is_string));
    json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "clientInfo": client })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_one_beginning_and_one_end() {
        let mut phase = Phase::default();
        let code = |phase: Phase, method| phase.admit_request(method).err().map(|error| error.code.code());
        assert_eq!(code(phase, "textDocument/hover"), Some(-32002));
        phase.after("initialize", false);
        assert_eq!(phase, Phase::Fresh);
        phase.after("initialize", true);
        assert_eq!((phase, code(phase, "textDocument/hover")), (Phase::Running, None));
        phase.after("shutdown", true);
        assert_eq!((phase, code(phase, "textDocument/hover")), (Phase::ShutDown, Some(-32600)));
        assert!(!phase.admits_notification());
    }

    #[test]
    fn one_odd_capability_does_not_cost_the_others() {
        let params = json!({
            "processId": "x", "rootUri": "not a uri", "clientInfo": 5,
            "capabilities": { "workspace": { "configuration": true }, "general": 5 },
        });
        let soft = soften(params);
        assert_eq!(soft["capabilities"], json!({ "workspace": { "configuration": true } }));
        assert!(serde_json::from_value::<tower_lsp::gen_lsp_types::InitializeParams>(soft).is_ok());
    }
}
