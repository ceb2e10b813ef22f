#!/usr/bin/env python3
"""A small language server that speaks Tollgate's contract from a script, so that the plugin can be proved by itself.

It has one ticket, one pass, one plan and two gates. Lines of an open file that start with `FAIL`, `NEAR`, `WAIT` or
`STALE` carry a diagnostic of each severity; running the pass takes the `FAIL` away. `scripted/journal` returns what
the client asked for. Nothing of this is in the product.
"""
import json
import sys

SEVERITY = {"FAIL": 1, "NEAR": 2, "WAIT": 3, "STALE": 4}
SERVER_COMMANDS = ["tollgate.run", "tollgate.cancel", "tollgate.decide", "tollgate.gate", "tollgate.apply"]


class Refused(Exception):
    """Answered as an error of the request."""


class Server:
    def __init__(self):
        self.root = ""
        self.client_commands = []
        self.pulled = False
        self.texts = {}
        self.passed = False
        self.trust = "restricted"
        self.nonce = 0
        self.running = []
        self.journal = []
        self.waiting = {}
        self.next_id = 0
        self.settings = None
        self.gates = [("T-1", "spec"), ("T-1", "design")]

    # Transport

    def read(self):
        length = 0
        while True:
            line = sys.stdin.buffer.readline()
            if not line:
                return None
            if line == b"\r\n":
                return json.loads(sys.stdin.buffer.read(length))
            name, value = line.decode().split(":", 1)
            if name.lower() == "content-length":
                length = int(value)

    def write(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        sys.stdout.buffer.flush()

    def notify(self, method, params):
        self.write(method=method, params=params)

    def ask(self, method, params, then=lambda result: None):
        self.next_id += 1
        self.waiting[self.next_id] = then
        self.write(id=self.next_id, method=method, params=params)

    def serve(self):
        while (message := self.read()) is not None:
            method = message.get("method")
            if method is None:
                self.waiting.pop(message["id"])(message.get("result"))
                continue
            params = message.get("params") or {}
            self.journal.append([method, params])
            if method == "exit":
                return
            handler = getattr(self, "on_" + method.replace("/", "_").replace("$", ""), None)
            if "id" not in message:
                if handler:
                    handler(params)
                continue
            try:
                if not handler:
                    raise Refused("no such method: " + method)
                self.write(id=message["id"], result=handler(params))
            except Refused as refused:
                self.write(id=message["id"], error={"code": -32803, "message": str(refused)})

    # State the editor shows

    def send_status(self):
        self.notify("tollgate/status", {
            "root": self.root,
            "trust": self.trust,
            "ticket": {"id": "T-1", "title": "Round %{v:lua.evil()} totals", "rule": "branch name"},
            "next": None if self.passed else {"pass": "spec", "title": "Specification"},
            "spent": "$0.0123",
            "budget": "$15.00",
            "budget_state": "approaching",
            "running": self.running,
        })

    def diagnostics(self, uri):
        diagnostics = []
        for number, line in enumerate(self.texts[uri].split("\n")):
            word = line.split(" ")[0]
            if word in SEVERITY and not (word == "FAIL" and self.passed):
                diagnostics.append({
                    "range": {"start": {"line": number, "character": 0}, "end": {"line": number, "character": len(word)}},
                    "severity": SEVERITY[word],
                    "source": "tollgate",
                    "code": "gate/" + word.lower(),
                    "message": "scripted " + line,
                })
        return diagnostics

    def publish(self, uri):
        if not self.pulled:
            self.notify("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": self.diagnostics(uri)})

    def refresh(self):
        self.send_status()
        for uri in self.texts:
            self.publish(uri)
        if self.pulled:
            self.ask("workspace/diagnostic/refresh", None)
        self.ask("workspace/codeLens/refresh", None)

    # The protocol

    def on_initialize(self, params):
        self.root = params["workspaceFolders"][0]["uri"].removeprefix("file://")
        tollgate = params["capabilities"].get("experimental", {}).get("tollgate", {})
        self.client_commands = tollgate.get("commands", [])
        # As the real server: pull where the client can be told to pull again, else push.
        self.pulled = params["capabilities"]["workspace"].get("diagnostics", {}).get("refreshSupport", False)
        pull = {"identifier": "tollgate", "interFileDependencies": True, "workspaceDiagnostics": False}
        return {
            "serverInfo": {"name": "scripted", "version": "1"},
            "capabilities": {
                **({"diagnosticProvider": pull} if self.pulled else {}),
                "textDocumentSync": {"openClose": True, "change": 1},
                "codeLensProvider": {},
                "inlayHintProvider": True,
                "codeActionProvider": True,
                "executeCommandProvider": {"commands": SERVER_COMMANDS},
            },
        }

    def on_initialized(self, _):
        self.ask("workspace/configuration", {"items": [{"section": "tollgate"}]}, self.on_settings)
        self.send_status()

    def on_settings(self, result):
        self.settings = result[0]

    def on_shutdown(self, _):
        return None

    def on_textDocument_didOpen(self, params):
        self.texts[params["textDocument"]["uri"]] = params["textDocument"]["text"]
        self.publish(params["textDocument"]["uri"])

    def on_textDocument_didChange(self, params):
        self.texts[params["textDocument"]["uri"]] = params["contentChanges"][-1]["text"]
        self.publish(params["textDocument"]["uri"])

    def on_textDocument_didClose(self, params):
        self.texts.pop(params["textDocument"]["uri"], None)

    def on_textDocument_diagnostic(self, params):
        return {"kind": "full", "items": self.diagnostics(params["textDocument"]["uri"])}

    def on_textDocument_codeLens(self, params):
        if self.trust != "reviewed" and "tollgate.reviewPlan" in self.client_commands:
            command = {"title": "Review plan…", "command": "tollgate.reviewPlan", "arguments": [{"root": self.root}]}
        else:
            command = {
                "title": "Run pass spec · ≈$0.02–$0.05 · small",
                "command": "tollgate.run",
                "arguments": [{"root": self.root, "ticket": "T-1", "pass": "spec"}],
            }
        return [{"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}}, "command": command}]

    def on_textDocument_inlayHint(self, params):
        title = self.texts[params["textDocument"]["uri"]].split("\n")[0]
        return [{"position": {"line": 0, "character": len(title)}, "label": "spent $0.0123", "paddingLeft": True}]

    def on_textDocument_codeAction(self, params):
        line = self.texts[params["textDocument"]["uri"]].split("\n")[params["range"]["start"]["line"]]
        if not line.startswith("FAIL") or self.passed:
            return []
        return [{
            "title": "Run pass spec · ≈$0.02–$0.05 · small",
            "kind": "quickfix",
            "command": {"title": "Run", "command": "tollgate.run", "arguments": [{"ticket": "T-1", "pass": "spec"}]},
        }]

    def on_workspace_executeCommand(self, params):
        argument = params["arguments"][0]
        action = getattr(self, "command_" + params["command"].removeprefix("tollgate."), None)
        if not action:
            raise Refused("no such command: " + params["command"])
        return action(argument)

    # Commands

    def command_run(self, argument):
        if self.trust != "reviewed":
            raise Refused("this repository is not trusted")
        self.ask(
            "window/showMessageRequest",
            {"type": 3, "message": "Run pass spec of T-1 for ≈$0.02–$0.05?", "actions": [{"title": "Run"}, {"title": "Not now"}]},
            lambda answer: self.start(argument) if answer and answer["title"] == "Run" else None,
        )

    def start(self, argument):
        self.running = [{"run": "r1", "pass": argument.get("pass", "spec"), "phase": "writing", "spent": "$0.0040"}]
        self.ask("window/workDoneProgress/create", {"token": "r1"})
        self.progress(kind="begin", title="Pass spec", percentage=10)
        self.progress(kind="report", message="writing", percentage=40)
        self.send_status()
        if argument.get("ticket") != "T-slow":
            self.finish(True)

    def finish(self, passed):
        self.running = []
        self.passed = self.passed or passed
        self.progress(kind="end")
        self.refresh()

    def progress(self, **value):
        self.notify("$/progress", {"token": "r1", "value": value})

    def command_cancel(self, argument):
        if argument["run"] not in [run["run"] for run in self.running]:
            raise Refused("no such run: " + argument["run"])
        self.finish(False)

    def command_gate(self, argument):
        return None

    def command_decide(self, argument):
        if argument["nonce"] != "gate-nonce-" + argument["pass"]:
            raise Refused("this nonce was not given out")
        self.gates.remove((argument["ticket"], argument["pass"]))

    # Requests of our own

    def on_tollgate_trace(self, params):
        feature = params.get("feature") or "kiro:fees"
        return {"root": self.root, "feature": feature, "markdown": f"# {feature}\n\n0 of 2 tasks done"}

    def on_tollgate_explain(self, params):
        return {"ticket": params.get("ticket", "T-1"), "markdown": "# T-1\n\nnext: spec, because it is first"}

    def on_tollgate_rule(self, params):
        return {"rule": params["rule"], "markdown": "# %s\n\nwhy it is there" % params["rule"]}

    def on_tollgate_debugInformation(self, params):
        return {"text": "scripted server, no agents"}

    def on_tollgate_trustPlan(self, params):
        self.nonce += 1
        return {
            "root": self.root,
            "state": self.trust,
            "hash": "sha256:plan",
            "markdown": "# What would run\n\n- claude\n- cargo test",
            "nonce": "plan-nonce-%d" % self.nonce,
        }

    def on_tollgate_words(self, params):
        return {
            "root": self.root,
            "ticket": params["ticket"],
            "pass": params["pass"],
            "sentences": ["it changed"],
            "markdown": "# It changed\n\n```diff\n+Mail the keys.\n```",
            "hash": "words",
            "nonce": "words-nonce",
        }

    def on_tollgate_wordsAccept(self, params):
        return {"accepted": params["hash"] == "words" and params["nonce"] == "words-nonce"}

    def on_tollgate_trustAllow(self, params):
        if params["hash"] != "sha256:plan" or params["nonce"] != "plan-nonce-%d" % self.nonce:
            raise Refused("this is not the plan that was shown last")
        self.trust = "reviewed"
        self.refresh()
        return {"state": self.trust}

    def on_tollgate_trustRevoke(self, params):
        if params["root"] != self.root:
            raise Refused("no such root")
        self.trust = "restricted"
        self.refresh()

    def on_tollgate_pendingGates(self, params):
        return [
            {
                "root": self.root,
                "ticket": ticket,
                "pass": pass_id,
                "title": "Gate of " + pass_id,
                "markdown": "# Gate of %s\n\n- AC-1 every requirement has an id" % pass_id,
                "nonce": "gate-nonce-" + pass_id,
            }
            for ticket, pass_id in self.gates
        ]

    def on_tollgate_runLog(self, params):
        return {"run": params.get("run", "r0"), "path": "/state/runs/r0", "text": "first line\nlast line"}

    def on_scripted_journal(self, params):
        return {"journal": self.journal, "settings": self.settings}


if __name__ == "__main__":
    Server().serve()
