"""Diagnostics of files as a client of the language server sees them: a small client over standard input and output."""
import json
import pathlib
import select
import subprocess
import time
import urllib.parse

SEVERITIES = {1: "error", 2: "warning", 3: "info", 4: "hint"}


def diagnostics_over_lsp(binary, root, paths, environment):
    """Opens the files and answers what was published for them when it has been quiet for a while: sorted rows of path, start
    line and column, end line and column (from 1, in characters), severity, code, message."""
    server = subprocess.Popen([binary, "lsp"], cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    try:
        return conversation(server, pathlib.Path(root), paths)
    finally:
        server.kill()
        server.wait()


def uri_of(path):
    return "file://" + urllib.parse.quote(str(path))


def conversation(server, root, paths):
    send(server, {"id": 1, "method": "initialize", "params": {
        "processId": None, "rootUri": uri_of(root), "workspaceFolders": [{"uri": uri_of(root), "name": "root"}],
        "capabilities": {"textDocument": {"publishDiagnostics": {}}}}})
    messages = Messages(server)
    while messages.next(10).get("id") != 1:
        pass
    send(server, {"method": "initialized", "params": {}})
    texts = {path: (root / path).read_text() for path in paths}
    for path, text in texts.items():
        language = "yaml" if path.endswith(".yaml") else "markdown"
        send(server, {"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri_of(root / path), "languageId": language, "version": 1, "text": text}}})
    names = {uri_of(root / path): path for path in paths}
    published = {}
    while (message := messages.next(10 if len(published) < len(paths) else 3)) is not None:
        if message.get("method") == "textDocument/publishDiagnostics":
            path = names.get(message["params"]["uri"])
            if path:
                published[path] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:
            send(server, {"id": message["id"], "result": None})
    rows = []
    for path, diagnostics in published.items():
        lines = texts[path].split("\n")
        for it in diagnostics:
            start, end = (place(lines, it["range"][key]) for key in ("start", "end"))
            rows.append((path, *start, *end, SEVERITIES[it["severity"]], it["code"], it["message"]))
    return sorted(rows)


def place(lines, position):
    """UTF-16 units from 0 to characters from 1."""
    line = lines[position["line"]] if position["line"] < len(lines) else ""
    before = line.encode("utf-16-le")[: 2 * position["character"]].decode("utf-16-le")
    return position["line"] + 1, len(before) + 1


def send(server, message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    server.stdin.flush()


class Messages:
    """Messages of the server, each waited for at most so many seconds."""

    def __init__(self, server):
        self.pipe, self.bytes = server.stdout, b""

    def next(self, seconds):
        until = time.monotonic() + seconds
        while True:
            head, found, rest = self.bytes.partition(b"\r\n\r\n")
            if found:
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                if len(rest) >= length:
                    self.bytes = rest[length:]
                    return json.loads(rest[:length])
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
                return None
            piece = self.pipe.read1(65536)
            if not piece:
                return None
            self.bytes += piece
