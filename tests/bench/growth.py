#!/usr/bin/env python3
"""What grows with the number of files, and what must not.

  growth.py [--files 10,1000,10000,50000] [--keys 300] [--no-storms] -- COMMAND…     default: target/release/tollgate lsp

For each number of delivery files (about 7 kB each), in one session of the server:

  keystroke         didChange of one character → publishDiagnostics of that version
  completion, hover, references   asked in the same write as a change
  dependants        an agent's name changes in its open file → the open workflow that names it is published
  kB a file         resident memory above that of the smallest corpus, per file
  settled           `initialized` → silent: no message, no CPU time

and, at the largest number of at most 10,000 files, storms on disk, told by a client that watches:

  switch            5,000 files change as `git switch` changes them → time until silent, publishes, publishes twice
  renames           all files get another name and back → the same

The ratio of a column is to the smallest corpus. Standard library only.
"""
import argparse, json, os, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lsp import MS, Server, corpus, procfs, ticket


def settle(server, quiet=1.0):
    """Waits until nothing is told and no CPU time is used; gives the time of the last activity."""
    last, seen = time.perf_counter_ns(), procfs(server.process.pid)[0]
    while True:
        now = time.perf_counter_ns()
        told = server.pump(0.05)
        cpu = procfs(server.process.pid)[0]
        if told or cpu - seen > 2 * MS: last = time.perf_counter_ns()
        seen = cpu
        if now - last > quiet * 1e9: return last


def session(command, root, filler, count, keys, storms):
    env = {**os.environ, "XDG_STATE_HOME": os.path.join(root, "..", "state"), "XDG_CONFIG_HOME": os.path.join(root, "..", "config")}
    server, found = Server(command, env), {}
    path_of = lambda path: os.path.join(root, ".tollgate", path)
    uri = lambda path: "file://" + path_of(path)
    capabilities = {"general": {"positionEncodings": ["utf-8"]}, "textDocument": {"publishDiagnostics": {"versionSupport": True}},
                    "workspace": {"configuration": True, "didChangeWatchedFiles": {"dynamicRegistration": True}}}
    server.request("initialize", {"processId": os.getpid(), "rootUri": "file://" + root, "capabilities": capabilities,
                                  "workspaceFolders": [{"uri": "file://" + root, "name": "bench"}]})
    started = time.perf_counter_ns()
    server.send({"method": "initialized", "params": {}})
    found["settled ms"] = [(settle(server) - started) / MS]
    server.queue.clear()
    published = lambda u, v=None: lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == u and v in (None, m["params"].get("version"))
    broken = lambda text: text.replace("type: feature", "type: [feature")
    def opened(path, text):
        server.send({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri(path), "languageId": "markdown", "version": 1, "text": text}}})
    name = "tickets/t-3.md"
    opened(name, broken(ticket(3, filler)))
    server.wait(published(uri(name), 1))
    found["resident MB"] = [procfs(server.process.pid)[2] / 1024]
    change = lambda path, version, line, start, end, text: {"method": "textDocument/didChange", "params": {"textDocument": {"uri": uri(path), "version": version},
              "contentChanges": [{"range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}, "text": text}]}}
    version, found["keystroke"] = 1, []
    for version in range(2, keys + 2):
        sent = server.send(change(name, version, 14, 2, 2, "x"))
        found["keystroke"].append((server.wait(published(uri(name), version))[0] - sent) / MS)
        time.sleep(0.002)
    at = {"textDocument": {"uri": uri(name)}, "position": {"line": 6, "character": 11}}
    for kind in ("completion", "hover", "references"):
        found[kind] = []
        for _ in range(60):
            version += 1
            params = {**at, **({"context": {"includeDeclaration": True}} if kind == "references" else {})}
            found[kind].append(server.request("textDocument/" + kind, params, change(name, version, 14, 2, 2, "x"))[0] / MS)
    for path in ("agents/agent-0.md", "workflows/flow-0.md"): opened(path, open(path_of(path)).read())
    settle(server)
    found["dependants"], was = [], "agent-0"
    for n in range(40):
        server.queue.clear()
        new = "agent-z" if was == "agent-0" else "agent-0"
        sent = server.send(change("agents/agent-0.md", n + 2, 2, 6, 6 + len(was), new))
        found["dependants"].append((server.wait(published(uri("workflows/flow-0.md")))[0] - sent) / MS)
        was = new
        settle(server, 0.2)
    if storms: storm(server, root, found)
    server.request("shutdown", None)
    server.send({"method": "exit"})
    server.process.wait(20)
    return found


def storm(server, root, found):
    folder = os.path.join(root, ".tollgate", "tickets")
    names = sorted(os.listdir(folder))
    uri = lambda name: "file://" + os.path.join(folder, name)
    def measure(what, changes):
        server.queue.clear()
        began = time.perf_counter_ns()
        server.send({"method": "workspace/didChangeWatchedFiles", "params": {"changes": changes}})
        found[what + " ms"] = [(settle(server) - began) / MS]
        told = [m["params"]["uri"] for _, m in server.queue if m.get("method") == "textDocument/publishDiagnostics"]
        found[what + " publishes"], found[what + " twice"] = [len(told)], [len(told) - len(set(told))]
    some = names[:5000]
    for name in some:
        path = os.path.join(folder, name)
        text = open(path).read().replace("status: To Do", "status: Someday")
        with open(path + ".new", "w") as file: file.write(text)
        os.rename(path + ".new", path)
    measure("switch", [{"uri": uri(name), "type": 2} for name in some])
    for what, old, new in (("renames", "", "r-"), ("renames back", "r-", "")):
        for name in names: os.rename(os.path.join(folder, old + name), os.path.join(folder, new + name))
        measure(what, [{"uri": uri(old + name), "type": 3} for name in names] + [{"uri": uri(new + name), "type": 1} for name in names])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", default="10,1000,10000,50000"); parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--no-storms", action="store_true"); parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    command = options.command or [os.path.join(here, "../../target/release/tollgate"), "lsp"]
    sizes = [int(size) for size in options.files.split(",")]
    stormy = max((size for size in sizes if size <= 10000), default=None)
    results = {}
    for size in sizes:
        work = tempfile.mkdtemp(prefix="tollgate-growth-")
        try:
            root = os.path.join(work, "repository")
            os.makedirs(os.path.join(root, ".git"))
            filler = corpus(root, size)
            results[size] = session(command, root, filler, size, options.keys, size == stormy and not options.no_storms)
        finally: shutil.rmtree(work, ignore_errors=True)
    rank = lambda values, share: sorted(values)[min(len(values) - 1, int(len(values) * share))]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ms as p50 / p99 (p99 against the smallest corpus)")
    print(f"{'':20}" + "".join(f"{size:>26}" for size in sizes))
    first, rows = results[sizes[0]], list(dict.fromkeys(key for found in results.values() for key in found))
    for key in rows:
        cells = []
        for size in sizes:
            values = results[size].get(key)
            if values is None: cells.append("")
            elif len(values) == 1: cells.append(f"{values[0]:.1f}")
            else: cells.append(f"{rank(values, .5):.2f} / {rank(values, .99):.2f} ({rank(values, .99) / rank(first[key], .99):.2f})")
        print(f"{key:20}" + "".join(f"{cell:>26}" for cell in cells))
    base = first["resident MB"][0]
    print(f"{'kB a file':20}" + "".join(f"{(results[size]['resident MB'][0] - base) * 1024 / size:>26.2f}" for size in sizes))


if __name__ == "__main__": main()
