//! An editor's side of one session with the real server, in a process of its own: messages in both directions, and what
//! the server has sent to be shown. Positions are bytes, which is what the server is asked for.

use super::Place;
use anyhow::{Context, anyhow, bail};
use runner::try_out::{Leader, Partner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The longest that anything but a gate or a run takes, on a busy machine.
pub(super) const SOON: Duration = Duration::from_secs(30);

/// Gets what the server says or asks beside an answer. What it answers goes back when something was asked.
pub(super) type Listener<'a> = dyn FnMut(&str, &Value) -> Value + 'a;

/// The session.
pub(super) struct Session {
    root: PathBuf,
    input: ChildStdin,
    messages: Receiver<Value>,
    partner: Partner,
    last: i64,
    /// What is open: version and text.
    documents: BTreeMap<String, (i64, String)>,
    /// Diagnostics by path from the root.
    pub(super) diagnostics: BTreeMap<String, Vec<Value>>,
    /// The last `tollgate/status`.
    pub(super) status: Value,
}

impl Session {
    /// Starts the server on the sample and introduces an editor that can do what the plugins can.
    pub(super) fn start(place: &Place) -> anyhow::Result<(Session, Value)> {
        let mut partner = place.ourselves(&["lsp"]).partner().context("the server cannot be started")?;
        let input = partner.child.stdin.take().context("the server has no input")?;
        let output = partner.child.stdout.take().context("the server has no output")?;
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let (diagnostics, documents) = (BTreeMap::new(), BTreeMap::new());
        let root = place.shop();
        let mut session =
            Session { root, input, messages, partner, last: 0, documents, diagnostics, status: Value::Null };
        let folder = json!([{ "uri": session.uri(""), "name": "shop" }]);
        let commands = ["tollgate.approve", "tollgate.reject", "tollgate.explain", "tollgate.reviewPlan"];
        let begun = session.ask(
            "initialize",
            json!({
                "processId": std::process::id(),
                "clientInfo": { "name": "try", "version": env!("CARGO_PKG_VERSION") },
                "rootUri": null,
                "workspaceFolders": folder,
                "capabilities": {
                    "general": { "positionEncodings": ["utf-8"] },
                    "window": { "workDoneProgress": true, "showMessage": { "messageActionItem": {} } },
                    "textDocument": { "publishDiagnostics": {} },
                    "experimental": { "tollgate": { "commands": commands } },
                },
            }),
        )?;
        session.notify("initialized", json!({}))?;
        Ok((session, begun))
    }

    /// Who has to end when we have to.
    pub(super) fn leader(&self) -> Leader {
        self.partner.leader()
    }

    /// The `file:` URI of a path from the root.
    fn uri(&self, path: &str) -> String {
        let full = if path.is_empty() { self.root.clone() } else { self.root.join(path) };
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(byte);
        let bytes = full.as_os_str().as_encoded_bytes().iter();
        let words = bytes.map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") });
        format!("file://{}", words.collect::<String>())
    }

    /// The text of a file as it is on disk.
    pub(super) fn disk(&self, path: &str) -> anyhow::Result<String> {
        Ok(runner::files::Root::open(&self.root)?.read_text(path)?)
    }

    /// Opens a file, as a person does.
    pub(super) fn open(&mut self, path: &str) -> anyhow::Result<String> {
        let text = self.disk(path)?;
        let language =
            if Path::new(path).extension().is_some_and(|ending| ending == "rs") { "rust" } else { "markdown" };
        let document = json!({"uri": self.uri(path), "languageId": language, "version": 1, "text": text});
        self.documents.insert(path.to_owned(), (1, text.clone()));
        self.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
        Ok(text)
    }

    /// Takes over what changed on disk, as editors do by themselves. Answers the text before and after.
    pub(super) fn reload(&mut self, path: &str) -> anyhow::Result<(String, String)> {
        let text = self.disk(path)?;
        let uri = self.uri(path);
        let (version, known) = self.documents.get_mut(path).context("that file is not open")?;
        *version += 1;
        let document = json!({"uri": uri, "version": *version});
        let before = std::mem::replace(known, text.clone());
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{ "text": text }]}))?;
        Ok((before, text))
    }

    /// Asks something about an open file.
    pub(super) fn about(&mut self, method: &str, path: &str, more: Value) -> anyhow::Result<Value> {
        let mut params = json!({ "textDocument": { "uri": self.uri(path) } });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        self.ask(method, params)
    }

    /// Carries out a command of a lens or an action.
    pub(super) fn command(&mut self, name: &str, argument: Value, listen: &mut Listener<'_>) -> anyhow::Result<Value> {
        let minutes = Duration::from_secs(15 * 60);
        self.request("workspace/executeCommand", json!({"command": name, "arguments": [argument]}), minutes, listen)
    }

    /// Asks and waits for the answer.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.request(method, params, SOON, &mut |_, _| Value::Null)
    }

    fn request(
        &mut self,
        method: &str,
        params: Value,
        patience: Duration,
        listen: &mut Listener<'_>,
    ) -> anyhow::Result<Value> {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let until = Instant::now() + patience;
        loop {
            let Some(mut message) = self.next(until)? else { bail!("{method} was not answered") };
            if message.get("method").is_none() && message["id"] == id {
                if let Some(error) = message.get("error") {
                    return Err(anyhow!(error["message"].as_str().unwrap_or("an error without words").to_owned()));
                }
                return Ok(message["result"].take());
            }
            self.hear(&message, listen)?;
        }
    }

    /// Tells the server something.
    pub(super) fn notify(&mut self, method: &str, params: Value) -> anyhow::Result<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Listens until something is so. False when it did not become so in time.
    pub(super) fn wait(
        &mut self,
        patience: Duration,
        listen: &mut Listener<'_>,
        until: &mut dyn FnMut(&Session) -> bool,
    ) -> anyhow::Result<bool> {
        let end = Instant::now() + patience;
        while !until(self) {
            match self.next(end)? {
                Some(message) => self.hear(&message, listen)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The next message; none when the time is over.
    fn next(&mut self, until: Instant) -> anyhow::Result<Option<Value>> {
        match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the server has left"),
        }
    }

    fn hear(&mut self, message: &Value, listen: &mut Listener<'_>) -> anyhow::Result<()> {
        let Some(method) = message["method"].as_str() else { return Ok(()) };
        let params = &message["params"];
        match method {
            "textDocument/publishDiagnostics" => {
                let path = params["uri"].as_str().and_then(|uri| self.path(uri));
                let found = params["diagnostics"].as_array().cloned().unwrap_or_default();
                if let Some(path) = path {
                    self.diagnostics.insert(path, found);
                }
            }
            "tollgate/status" => self.status = params.clone(),
            _ => {}
        }
        let said = listen(method, params);
        match message.get("id") {
            Some(id) => self.send(&json!({"jsonrpc": "2.0", "id": id, "result": said})),
            None => Ok(()),
        }
    }

    /// A URI as a path from the root.
    fn path(&self, uri: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let mut rest = uri.strip_prefix("file://")?.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            let escaped = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| str::from_utf8(digits).ok());
            let byte = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.unwrap_or(*first));
            rest = if byte.is_some() { &behind[2..] } else { behind };
        }
        let path = PathBuf::from(String::from_utf8(bytes).ok()?);
        Some(path.strip_prefix(&self.root).ok()?.to_str()?.to_owned())
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).context("the server has left")?;
        self.input.flush().context("the server has left")
    }

    /// Says goodbye.
    pub(super) fn leave(mut self) -> anyhow::Result<()> {
        self.ask("shutdown", Value::Null)?;
        self.notify("exit", Value::Null)
    }
}

/// One message of the server; none at the end.
fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => length = header.strip_prefix("Content-Length: ").and_then(|word| word.parse().ok()).or(length),
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
