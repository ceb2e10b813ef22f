//! A small client. It keeps what it did not ask for, and dropping it fails the test when the server said something that
//! no line of the test expected.

use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes on a loaded machine; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How the session is to begin.
pub(crate) struct Builder {
    initialize: Value,
    listen: bool,
    log: Option<PathBuf>,
    environment: Option<Vec<(String, String)>>,
}

/// A server and this client's side of the session.
pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    unexpected: VecDeque<Value>,
    last_id: i64,
}

/// A session of a client that can do nothing more than it must.
pub(crate) fn start() -> Server {
    builder().start()
}

/// A session to describe.
pub(crate) fn builder() -> Builder {
    Builder {
        initialize: json!({ "processId": null, "rootUri": null, "capabilities": {} }),
        listen: true,
        log: None,
        environment: None,
    }
}

impl Builder {
    /// Sets a parameter of `initialize` by its JSON pointer, making the objects on the way.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Builder {
        let mut place = &mut self.initialize;
        for name in pointer.split('/').skip(1) {
            place = &mut place[name];
        }
        *place = value;
        self
    }

    /// The client closes its end of the server's output.
    pub(crate) fn deaf(mut self) -> Builder {
        self.listen = false;
        self
    }

    /// The server writes everything it logs to this file.
    pub(crate) fn logging_to(mut self, file: &Path) -> Builder {
        self.log = Some(file.to_owned());
        self
    }

    /// The server finds this environment and no other.
    #[allow(dead_code, reason = "not every suite minds the environment")]
    pub(crate) fn environment(mut self, variables: Vec<(String, String)>) -> Builder {
        self.environment = Some(variables);
        self
    }

    /// Starts the process and says nothing.
    pub(crate) fn silent(self) -> Server {
        self.spawn().0
    }

    /// Starts the process and begins the session.
    pub(crate) fn start(self) -> Server {
        self.start_with_result().0
    }

    /// Starts the process, begins the session, and gives what `initialize` answered too.
    pub(crate) fn start_with_result(self) -> (Server, Value) {
        let (mut server, initialize) = self.spawn();
        let result = server.ask("initialize", initialize).expect("initialize succeeds");
        server.notify("initialized", json!({}));
        (server, result)
    }

    fn spawn(self) -> (Server, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        if let Some(variables) = &self.environment {
            command.env_clear().envs(variables.iter().cloned());
        }
        command.arg("lsp").env("TOLLGATE_LOG", "off");
        if let Some(file) = &self.log {
            command.env("TOLLGATE_LOG", "debug").arg("--log-file").arg(file).stderr(Stdio::null());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (send, messages) = channel();
        let output = child.stdout.take().unwrap();
        if self.listen {
            thread::spawn(move || {
                let mut output = BufReader::new(output);
                while let Some(message) = read_message(&mut output) {
                    if send.send(message).is_err() {
                        break;
                    }
                }
            });
        }
        let input = child.stdin.take();
        (Server { child, input, messages, unexpected: VecDeque::new(), last_id: 0 }, self.initialize)
    }
}

fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut header = String::new();
    output.read_line(&mut header).ok()?;
    let length = header.strip_prefix("Content-Length: ")?.trim_end().parse().ok()?;
    output.read_line(&mut header).ok()?;
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

impl Server {
    /// Writes bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // A server that has left closes the pipe; the test asks for its exit code then.
        let _ = self.input.as_mut().unwrap().write_all(bytes);
    }

    /// Writes a body in a frame.
    pub(crate) fn frame(&mut self, body: &[u8]) {
        let frame = [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
        self.raw(&frame);
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: &Value) {
        self.frame(message.to_string().as_bytes());
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its id.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        if params.is_null() {
            message.as_object_mut().unwrap().remove("params");
        }
        self.send(&message);
        id
    }

    /// Waits for the reply to a request: its result, or the code of its error.
    pub(crate) fn reply_to(&mut self, id: i64) -> Result<Value, i64> {
        let mut reply = self.wait_for(&format!("a reply to {id}"), |it| it["id"] == id && it["method"].is_null());
        match reply.get("error") {
            Some(error) => Err(error["code"].as_i64().unwrap()),
            None => Ok(reply["result"].take()),
        }
    }

    /// Sends a request and waits for its reply.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, i64> {
        let id = self.request(method, params);
        self.reply_to(id)
    }

    /// Sends a request that is refused, and gives the code and the words of the refusal.
    #[allow(dead_code, reason = "not every suite is refused something")]
    pub(crate) fn ask_in_vain(&mut self, method: &str, params: Value) -> (i64, String) {
        let id = self.request(method, params);
        let mut reply = self.wait_for(method, |it| it["id"] == id && it["method"].is_null());
        let error = reply["error"].take();
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }

    /// Waits for a notification, and gives its parameters.
    pub(crate) fn expect_notification(&mut self, method: &str) -> Value {
        self.wait_for(method, |it| it["method"] == method && it["id"].is_null())["params"].take()
    }

    /// Waits for a request of the server.
    pub(crate) fn expect_request(&mut self, method: &str) -> Value {
        self.wait_for(method, |it| it["method"] == method && !it["id"].is_null())
    }

    /// Waits for an error that belongs to no request, and gives its code.
    pub(crate) fn expect_orphan_error(&mut self) -> i64 {
        let error = self.wait_for("an error without id", |it| it["id"].is_null() && it["error"].is_object());
        error["error"]["code"].as_i64().unwrap()
    }

    /// Waits for the reply to a request that goes by a name.
    pub(crate) fn expect_reply_named(&mut self, name: &str) -> Value {
        self.wait_for(name, |it| it["id"] == name)
    }

    /// Waits for a batch of replies.
    pub(crate) fn expect_batch(&mut self) -> Vec<Value> {
        self.wait_for("a batch", Value::is_array).as_array().unwrap().clone()
    }

    /// Answers a request of the server.
    pub(crate) fn answer(&mut self, request: &Value, result: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }));
    }

    /// Shows that the server still serves.
    pub(crate) fn assert_serves(&mut self) {
        assert!(self.ask("tollgate/debugInformation", json!({})).is_ok());
    }

    /// Opens a document.
    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "markdown", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a document.
    pub(crate) fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Ends the server's input.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// The number of its process.
    #[allow(dead_code, reason = "not every suite looks at the process")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Forgets what the server said of its own accord, and gives it: for suites that are about something else.
    #[allow(dead_code, reason = "not every suite may overhear")]
    pub(crate) fn overhear(&mut self) -> Vec<Value> {
        self.unexpected.extend(self.messages.try_iter());
        self.unexpected.drain(..).collect()
    }

    /// Ends the session, whatever else the server says: for tests about what it says in between.
    #[allow(dead_code, reason = "not every suite may overhear")]
    pub(crate) fn hear_out(mut self) {
        self.close_input();
        self.exit_code();
        self.messages.iter().for_each(drop);
        self.unexpected.clear();
    }

    fn listen_until_silent(&mut self) {
        const SILENCE: Duration = Duration::from_millis(1500);
        while let Ok(message) = self.messages.recv_timeout(SILENCE) {
            self.unexpected.push_back(message);
        }
    }

    /// Waits until the server has been silent for a moment, and forgets what it said.
    #[allow(dead_code, reason = "not every suite may overhear")]
    pub(crate) fn hear_until_silent(&mut self) {
        self.listen_until_silent();
        self.unexpected.clear();
    }

    /// Ends the session when the server has been silent for a moment, and gives all that nobody asked for.
    #[allow(dead_code, reason = "not every suite may overhear")]
    pub(crate) fn hear_to_the_end(mut self) -> Vec<Value> {
        self.listen_until_silent();
        self.close_input();
        self.exit_code();
        self.unexpected.extend(self.messages.iter());
        self.unexpected.drain(..).collect()
    }

    /// Waits for the process to end, and gives its exit code.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < end, "the server does not leave");
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unexpected.iter().position(&wanted) {
            return self.unexpected.remove(at).unwrap();
        }
        let end = Instant::now() + PATIENCE;
        loop {
            match self.messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) if wanted(&message) => return message,
                Ok(message) => self.unexpected.push_back(message),
                Err(RecvTimeoutError::Timeout) => panic!("no {what}; there was {:?}", self.unexpected),
                Err(RecvTimeoutError::Disconnected) => panic!("the server ended before {what}"),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        // Everything that is still on its way arrives before the end of the output.
        self.close_input();
        self.exit_code();
        self.unexpected.extend(self.messages.iter());
        assert!(self.unexpected.is_empty(), "nobody expected {:?}", self.unexpected);
    }
}
