#!/usr/bin/env python3
"""Latency of a language server over real stdio, beside a server that does nothing.

  lsp.py [--files 1000] [--rounds 3] [--keys 300] -- COMMAND…        default command: target/release/tollgate lsp

Makes a repository of N delivery files (tickets, agents, workflows; about 7 kB each), then measures, in turn for the
server and for the floor (a no-op server in this file that answers every request and publishes nothing but an empty list):

  initialize        spawn → answer to `initialize`
  open              didOpen → publishDiagnostics of that version
  keystroke         didChange of one character in a 10 kB file → publishDiagnostics of that version
  burst             100 changes of a 200 kB file in one write → the last version's diagnostics
  completion, hover, references   asked in the same write as a change
  rest              5 s without traffic: CPU time and voluntary context switches of all threads; resident memory

A send is stamped before the write, an arrival right after the read that completed the frame. Read ratios to the floor,
not milliseconds: the machine may be busy. Standard library only.
"""
import argparse, json, os, select, shutil, statistics, subprocess, sys, tempfile, time

MS = 1e6


def corpus(root, count):
    """A valid repository: count files below .tollgate, one workflow for every 200 tickets, one agent for every 50."""
    base = os.path.join(root, ".tollgate")
    for folder in ("tickets", "agents", "workflows"):
        os.makedirs(os.path.join(base, folder))
    filler = "".join(f"- item {n}: some words that a person wrote about the change, with `code` and a [link](../x.md)\n" for n in range(60))
    agents, flows = max(2, count // 50), max(1, count // 200)
    write = lambda path, text: open(os.path.join(base, path), "w").write(text)
    write("config.yaml", "schema_version: 1\nproject: {id: bench}\ntickets: {source: files}\ntiers:\n  standard: [{harness: claude, model: sonnet}]\n")
    for n in range(agents):
        write(f"agents/agent-{n}.md", f'---\nschema_version: 1\nname: agent-{n}\nversion: "1.0.0"\ndescription: "Agent {n}."\ncategory: '
              f'{"verifier" if n % 2 else "implementer"}\ntier: standard\n---\nYou work.\n\n{filler}')
    for n in range(flows):
        passes = "".join(f'  - id: pass-{k}\n    kind: generation\n    agent: agent-{k * 2 % agents}\n' + (f"    needs: [pass-{k - 1}]\n" if k else "") +
                         f'    inputs: [ticket]\n    outputs: [{{id: out-{k}, path: "out/{{{{ticket.slug}}}}-{k}.md"}}]\n' for k in range(8))
        sections = "".join(f"## pass-{k}\n\nDo the work of {{{{ticket.identifier}}}}.\n\n{filler}\n### Gate\n- [ ] AC-1 it is there (evidence: review)\n\n" for k in range(8))
        write(f"workflows/flow-{n}.md", f'---\nschema_version: 1\nname: flow-{n}\nversion: "1.0.0"\ndescription: Flow {n}\nticket: {{types: [feature]}}\npasses:\n{passes}---\n# Flow\n\n{sections}')
    for n in range(count - agents - flows):
        write(f"tickets/t-{n}.md", ticket(n, filler))
    return filler


def ticket(n, filler, extra=""):
    depends = f"[t-{n - 1}]" if n % 10 else "[]"
    return (f"---\nschema_version: 1\nid: t-{n}\ntitle: Ticket {n}\nstatus: To Do\ntype: feature\npriority: high\nworkflow: flow-0\ndependencies: {depends}\n"
            f"budget: {{limit_usd: 15}}\n---\n\n## Description\n\n{filler}\n{extra}\n## Acceptance Criteria\n\n- [ ] #1 it works\n")


class Server:
    def __init__(self, command, env):
        self.started = time.perf_counter_ns()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, bufsize=0)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.buffer, self.queue, self.next = b"", [], 1

    def frame(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def send(self, *messages):
        data = b"".join(map(self.frame, messages))
        stamp = time.perf_counter_ns()
        while data:
            data = data[os.write(self.process.stdin.fileno(), data[:65536]):]
            self.pump(0)
        return stamp

    def pump(self, timeout):
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not ready: return False
        chunk = os.read(self.process.stdout.fileno(), 1 << 20)
        stamp = time.perf_counter_ns()
        if not chunk: raise SystemExit("the server ended")
        self.buffer += chunk
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = int(self.buffer[:head].lower().split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.buffer) < head + 4 + length: break
            message = json.loads(self.buffer[head + 4:head + 4 + length])
            self.buffer = self.buffer[head + 4 + length:]
            if "method" in message and "id" in message:  # the server asks: answer at once, with nothing
                answer = [None] * len(message["params"].get("items", [])) if message["method"] == "workspace/configuration" else None
                self.process.stdin.write(self.frame({"id": message["id"], "result": answer}))
            else: self.queue.append((stamp, message))
        return True

    def wait(self, wanted, timeout=30):
        end = time.monotonic() + timeout
        while True:
            for n, (stamp, message) in enumerate(self.queue):
                if wanted(message): del self.queue[:n + 1]; return stamp, message
            if time.monotonic() > end: raise SystemExit("no answer in %d s" % timeout)
            self.pump(0.5)

    def request(self, method, params, *before):
        self.next += 1
        id = self.next
        sent = self.send(*before, {"id": id, "method": method, "params": params})
        stamp, message = self.wait(lambda m: m.get("id") == id)
        return stamp - sent, message

    def quiet(self, seconds=0.5):
        while self.pump(seconds): pass
        self.queue.clear()


def procfs(pid):
    """(CPU ns, voluntary switches) over all threads, and resident kB"""
    cpu = switches = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            cpu += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
            switches += next(int(l.split()[1]) for l in open(f"/proc/{pid}/task/{task}/status") if l.startswith("voluntary"))
        except FileNotFoundError: pass
    rss = next(int(l.split()[1]) for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS"))
    return cpu, switches, rss


def measure(command, root, filler, keys, out):
    env = {**os.environ, "XDG_STATE_HOME": os.path.join(root, "..", "state"), "XDG_CONFIG_HOME": os.path.join(root, "..", "config")}
    server = Server(command, env)
    uri = lambda path: "file://" + os.path.join(root, ".tollgate", path)
    capabilities = {"general": {"positionEncodings": ["utf-8"]}, "textDocument": {"publishDiagnostics": {"versionSupport": True}}, "workspace": {"configuration": True}}
    _, reply = server.request("initialize", {"processId": os.getpid(), "rootUri": "file://" + root, "capabilities": capabilities,
                                             "workspaceFolders": [{"uri": "file://" + root, "name": "bench"}]})
    out["initialize"].append((time.perf_counter_ns() - server.started) / MS)
    server.send({"method": "initialized", "params": {}})
    server.quiet()
    published = lambda u, v: lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == u and m["params"].get("version") == v
    # A wrong status word keeps one diagnostic in every version, so that each version is published.
    broken = lambda text: text.replace("type: feature", "type: [feature")
    for n in range(20):
        name = uri(f"tickets/t-{n}.md")
        sent = server.send({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": name, "languageId": "markdown", "version": 1, "text": broken(ticket(n, filler))}}})
        out["open"].append((server.wait(published(name, 1))[0] - sent) / MS)
    name, line = uri("tickets/t-3.md"), 14
    change = lambda version: {"method": "textDocument/didChange", "params": {"textDocument": {"uri": name, "version": version},
              "contentChanges": [{"range": {"start": {"line": line, "character": 2}, "end": {"line": line, "character": 2}}, "text": "x"}]}}
    for version in range(2, keys + 2):
        sent = server.send(change(version))
        out["keystroke"].append((server.wait(published(name, version))[0] - sent) / MS)
        time.sleep(0.002)
    at = {"textDocument": {"uri": name}, "position": {"line": 6, "character": 11}}
    tokens = None
    for kind in ("completion", "hover", "references", "tokens"):
        for n in range(60):
            version += 1
            params = {**at, **({"context": {"includeDeclaration": True}} if kind == "references" else {})}
            # what an editor asks after every change: the difference to the tokens it has
            if kind == "tokens": params = {"textDocument": {"uri": name}, "previousResultId": tokens or ""}
            took, answer = server.request("textDocument/" + ("semanticTokens/full/delta" if kind == "tokens" else kind), params, change(version))
            if kind == "tokens": tokens = (answer["result"] or {}).get("resultId")
            out[kind].append(took / MS)
    server.quiet()
    name = uri("tickets/t-4.md")
    large = broken(ticket(4, filler * 32))
    server.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": name, "version": 2}, "contentChanges": [{"text": large}]}})
    server.wait(published(name, 2))
    for _ in range(5):
        first = version + 1
        version += 100
        server.send(*[{"method": "textDocument/didChange", "params": {"textDocument": {"uri": name, "version": v},
                     "contentChanges": [{"range": {"start": {"line": 20, "character": 2}, "end": {"line": 20, "character": 2}}, "text": "y"}]}} for v in range(first, version + 1)])
        written = time.perf_counter_ns()
        out["burst"].append(max(0.0, (server.wait(published(name, version))[0] - written) / MS))
    server.quiet()
    cpu, switches, _ = procfs(server.process.pid)
    time.sleep(5)
    cpu2, switches2, rss = procfs(server.process.pid)
    out["rest: CPU ms"].append((cpu2 - cpu) / MS); out["rest: wake-ups"].append(switches2 - switches); out["resident MB"].append(rss / 1024)
    server.request("shutdown", None)
    server.send({"method": "exit"})
    server.process.wait(10)


def noop():
    """The floor: answers requests with null and publishes one fixed diagnostic for every version."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    def send(message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stdout.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body)); stdout.flush()
    while header := stdin.readline():
        length = int(header.split(b":")[1])
        stdin.readline()
        message = json.loads(stdin.read(length))
        method = message.get("method")
        if method == "exit": return
        if method in ("textDocument/didOpen", "textDocument/didChange"):
            document = message["params"]["textDocument"]
            send({"method": "textDocument/publishDiagnostics", "params": {"uri": document["uri"], "version": document["version"], "diagnostics": []}})
        elif "id" in message: send({"id": message["id"], "result": {"capabilities": {"textDocumentSync": 2}} if method == "initialize" else None})


def main():
    if sys.argv[1:] == ["noop"]: return noop()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000); parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=300); parser.add_argument("--json"); parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    command = options.command or [os.path.join(here, "../../target/release/tollgate"), "lsp"]
    work = tempfile.mkdtemp(prefix="tollgate-bench-")
    try:
        root = os.path.join(work, "repository")
        os.makedirs(os.path.join(root, ".git"))
        filler = corpus(root, options.files)
        results = {name: {} for name in ("server", "floor")}
        for _ in range(options.rounds):
            for name, argv in (("server", command), ("floor", [sys.executable, os.path.abspath(__file__), "noop"])):
                table = results[name]
                for key in ("initialize", "open", "keystroke", "burst", "completion", "hover", "references", "tokens", "rest: CPU ms", "rest: wake-ups", "resident MB"): table.setdefault(key, [])
                measure(argv, root, filler, options.keys, table)
    finally: shutil.rmtree(work, ignore_errors=True)
    print(f"{options.files} files, {options.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':16}{'p50':>10}{'p99':>10}{'floor p50':>12}{'floor p99':>12}")
    rank = lambda values, share: sorted(values)[min(len(values) - 1, int(len(values) * share))]
    for key, values in results["server"].items():
        floor = results["floor"][key]
        print(f"{key:16}{rank(values, .5):10.2f}{rank(values, .99):10.2f}{rank(floor, .5):12.2f}{rank(floor, .99):12.2f}")
    if options.json: json.dump(results, open(options.json, "w"))


if __name__ == "__main__": main()
