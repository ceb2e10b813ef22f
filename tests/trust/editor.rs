//! An editor of the user, with our plugin in it: a session over the checkout that hears everything and minds nothing.

use crate::{
    client::{self, Server},
    place::Place,
};
use serde_json::{Value, json};
use std::path::Path;

/// A session.
pub(crate) struct Editor {
    /// The wire.
    pub(crate) server: Server,
    root: String,
}

/// Commands of our plugins.
const COMMANDS: [&str; 5] =
    ["tollgate.reviewPlan", "tollgate.reviewWords", "tollgate.approve", "tollgate.reject", "tollgate.explain"];

/// Opens the checkout in an editor with our plugin.
pub(crate) fn open(place: &Place) -> Editor {
    open_with(place, &place.root, json!(COMMANDS), json!(null))
}

/// Opens a folder in an editor that declares these commands and sends these options.
pub(crate) fn open_with(place: &Place, root: &Path, commands: Value, options: Value) -> Editor {
    let server = client::builder()
        .environment(place.environment())
        .with("/rootUri", json!(uri(root)))
        .with("/initializationOptions", options)
        .with("/capabilities/workspace/configuration", json!(true))
        .with("/capabilities/experimental/tollgate/commands", commands)
        .start();
    let mut editor = Editor { server, root: root.display().to_string() };
    let asked = editor.server.expect_request("workspace/configuration");
    // TG03: the client's settings have no say in trust
    let settings = json!([{ "trust": "reviewed", "trusted": true, "trustPlan": "sha256:0" }]);
    editor.server.answer(&asked, settings);
    editor
}

/// The URI of a path.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Editor {
    /// The plan as the person sees it.
    pub(crate) fn plan(&mut self) -> Value {
        self.server.ask("tollgate/trustPlan", json!({ "root": self.root })).unwrap()
    }

    /// Looks at the plan and says yes to it.
    pub(crate) fn allow(&mut self) -> Value {
        let plan = self.plan();
        let words = json!({ "root": self.root, "hash": plan["hash"], "nonce": plan["nonce"] });
        self.server.ask("tollgate/trustAllow", words).unwrap()
    }

    /// Asks for the pass to be run.
    pub(crate) fn request_run(&mut self) -> i64 {
        let arguments = json!([{ "root": self.root, "ticket": "t-1", "pass": "work" }]);
        self.server.request("workspace/executeCommand", json!({ "command": "tollgate.run", "arguments": arguments }))
    }

    /// Waits until the server's own view of trust is this.
    pub(crate) fn expect_trust(&mut self, wanted: &str) -> Value {
        loop {
            let status = self.server.expect_notification("tollgate/status");
            if status["trust"] == wanted {
                return status;
            }
        }
    }

    /// Opens a file as it is on disk.
    pub(crate) fn open_file(&mut self, path: &str) -> String {
        let place = Path::new(&self.root).join(path);
        let text = String::from_utf8_lossy(&std::fs::read(&place).unwrap()).into_owned();
        let uri = uri(&place);
        self.server.open(&uri, &text);
        uri
    }

    /// Types a whole text into an open document.
    pub(crate) fn types(&mut self, path: &str, text: &str) {
        let uri = uri(&Path::new(&self.root).join(path));
        self.server.change(&uri, 2, json!([{ "text": text }]));
    }

    /// Says that an open document was saved.
    pub(crate) fn says_saved(&mut self, path: &str) {
        let uri = uri(&Path::new(&self.root).join(path));
        self.server.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    }

    /// Waits until the lenses of an open document say this.
    pub(crate) fn expect_lens(&mut self, path: &str, words: &str) {
        let uri = uri(&Path::new(&self.root).join(path));
        let end = std::time::Instant::now() + client::PATIENCE;
        loop {
            let asked = json!({ "textDocument": { "uri": uri } });
            let lenses = self.server.ask("textDocument/codeLens", asked).unwrap().to_string();
            if lenses.contains(words) {
                return;
            }
            assert!(std::time::Instant::now() < end, "no lens says {words}: {lenses}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Ends the session and gives everything that was said unasked.
    pub(crate) fn leave(mut self) -> Vec<Value> {
        self.server.ask("shutdown", Value::Null).unwrap();
        let mut said = self.server.overhear();
        self.server.notify("exit", Value::Null);
        self.server.close_input();
        self.server.exit_code();
        said.extend(self.server.overhear());
        // what is still on its way is heard by nobody
        std::thread::sleep(std::time::Duration::from_millis(20));
        said.extend(self.server.overhear());
        said
    }
}
