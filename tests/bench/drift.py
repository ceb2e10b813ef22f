#!/usr/bin/env python3
"""How many fingerprints a formatter changes, replayed from the history of clones given by path (nothing of them is kept).

  drift.py [--show] REPOSITORY [COMMIT…]     the symbols that these commits changed, with their first parents
  drift.py --find [--after DATE] REPOSITORY  commits whose subject speaks of formatting, with the same figures, best first
  drift.py --pairs FOLDER FOLDER             two copies of a tree, such as before and after a formatter
  drift.py --load [--commits N] [--minutes N] [--mentions] REPOSITORY
                                             how often a team would be bothered: see below

For each commit: symbols whose text changed (raw), of these how many differ without white space (ws), without comments too
(plain), by normalised tokens (normal), and by facet; `gone` and `new` symbols, and those with a syntax error (?).
A cosmetic commit changes none; `--show` names what is left. Needs: cargo build --release --example compare -p docs
(or --tool PATH). Standard library only.

--load binds what `tollgate docs adopt` finds in the documents of N code commits ago (what headings, list items and tables name;
with --mentions whatever they name) to sections of one document, vouches for all of it, and then replays the commits: what
each one makes `docs check` say anew is counted, vouched for again, followed where `--fix` follows it, and taken out where it
leads nowhere. A followed rename is *confirmed* when the commit takes the old word out of other lines and puts the new one in.
Needs the program: target/debug/tollgate, or --program PATH.
"""
import argparse, collections, os, re, subprocess, sys

ENDINGS = ("rs", "py", "pyi", "ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx", "go", "java", "c", "h", "cc", "cpp", "hpp", "sql", "proto",
           "cs", "rb", "php", "kt", "swift", "sh")
COLUMNS = ("raw", "ws", "plain", "normal", "sig", "doc", "body", "value")
SUBJECT = r"\b(re-?format|format(ted|ting)?|prettier|black|ruff|rustfmt|cargo fmt|fmt|gofumpt|gofmt|oxfmt|biome|dprint|pyink|yapf|clang-format|google-java-format|spotless|lint(ing)?|quotes?|style)\b"


def git(repository, *words, text=True):
    return subprocess.run(["git", "-C", repository, *words], capture_output=True, check=True, text=text).stdout


def blobs(repository, ids):
    """The contents of blobs, one after the other."""
    out = subprocess.run(["git", "-C", repository, "cat-file", "--batch"], input="".join(i + "\n" for i in ids).encode(), capture_output=True, check=True).stdout
    at = 0
    for _ in ids:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        if head[1] == b"missing":
            yield None
            at = end + 1
            continue
        size = int(head[2])
        yield out[end + 1:end + 1 + size]
        at = end + 2 + size


def changed(repository, commit):
    """(path, before, after) of every source that a commit modified."""
    rows = [row.split(None, 5) for row in git(repository, "diff-tree", "-r", "--diff-filter=M", "--no-commit-id", "--no-renames", commit + "^", commit).splitlines()]
    rows = [(row[2], row[3], row[5]) for row in rows if row[5].rsplit(".", 1)[-1] in ENDINGS and row[0] != ":160000"]
    texts = list(blobs(repository, [blob for row in rows for blob in row[:2]]))
    return [(row[2], texts[2 * n], texts[2 * n + 1]) for n, row in enumerate(rows)]


def pairs(one, other):
    for folder, _, names in os.walk(one):
        for name in sorted(names):
            path = os.path.join(folder, name)
            twin = os.path.join(other, os.path.relpath(path, one))
            if name.rsplit(".", 1)[-1] in ENDINGS and os.path.isfile(twin):
                yield os.path.relpath(path, one), open(path, "rb").read(), open(twin, "rb").read()


def compare(tool, files):
    data = b"".join(b"%s\t%d\t%d\n%s%s" % (path.encode(), len(a), len(b), a, b) for path, a, b in files if a is not None and b is not None and a != b)
    rows = subprocess.run([tool], input=data, capture_output=True, check=True).stdout.decode().splitlines()
    count, left = collections.Counter(), []
    for path, symbol, what in (row.split("\t") for row in rows):
        if what in ("gone", "new", "?"):
            count[what] += 1
            if what != "?": left.append((path, symbol, what))
            continue
        flags = [name for name, digit in zip(COLUMNS, what) if digit == "1"]
        count.update(flags)
        if "normal" in flags or "sig" in flags: left.append((path, symbol, " ".join(flags[3:])))
    return count, left


def line(name, count):
    share = lambda part: f"{100 * count[part] / count['raw']:5.1f} %" if count["raw"] else "     – "
    return f"{name:58.58}" + "".join(f"{count[c]:7}" for c in COLUMNS) + f"{count['gone']:6}{count['new']:5}{count['?']:5}   normal {share('normal')}  sig {share('sig')}"


SECTION = re.compile(r"^#{1,6} ")


def sections(root, lines):
    """Targets that `docs adopt` printed, by document and heading above."""
    found = collections.defaultdict(list)
    texts = {}
    for line in lines:
        path, number, target = line.split(":", 2)
        text = texts.setdefault(path, open(os.path.join(root, path), encoding="utf-8", errors="replace").read().split("\n"))
        heading = next((at for at in range(int(number) - 1, -1, -1) if SECTION.match(text[at])), 0)
        found[path, heading].append(target.strip().removesuffix(" (mentioned)"))
    return list(found.values())


def written(bound):
    body = "".join(f"## Section {number}\n\n<!-- documents:\n" + "".join(f"  - {target}\n" for target in targets) + "-->\n\n"
                   for number, targets in enumerate(bound) if targets)
    return "# Bound\n\n" + body


def replays(commit, old, new, repository):
    """True when the commit replaces one word by the other elsewhere, too."""
    diff = git(repository, "show", "--unified=0", "--format=", commit, text=False).decode("utf-8", "replace").splitlines()
    word = lambda name, mark: sum(1 for row in diff if row.startswith(mark) and re.search(rf"\b{re.escape(name)}\b", row))
    return word(old, "-") > 1 and word(new, "+") > 1


def load(args):
    import json, tempfile
    program = os.path.abspath(args.program)
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "clone")
        subprocess.run(["git", "clone", "-q", "--local", "--no-checkout", args.places[0], root], check=True)
        endings = [f"*.{ending}" for ending in ENDINGS]
        commits = git(root, "log", "--first-parent", "--no-merges", f"-{args.commits + 1}", "--format=%H", "HEAD", "--", *endings).split()[::-1]
        env = dict(os.environ, HOME=folder, XDG_STATE_HOME=folder + "/state", XDG_CONFIG_HOME=folder + "/config")
        def docs(*words):
            return subprocess.run([program, "docs", *words, "--root", root], capture_output=True, text=True, env=env)
        git(root, "checkout", "-q", "-f", commits[0])
        rows = [row for row in docs("adopt").stdout.splitlines() if re.match(r".+:\d+: ", row) and "#" in row]
        rows = [row for row in rows if args.mentions or not row.endswith("(mentioned)")]
        bound = sections(root, rows)
        page = os.path.join(root, "bound.md")
        save = lambda: open(page, "w").write(written(bound))
        save()
        docs("attest", "bound.md" if os.getcwd() == root else page)
        count, flagged, renames, stood = collections.Counter(), 0, [], collections.Counter()
        import time
        until, number = time.monotonic() + 60 * args.minutes, 0
        for commit in commits[1:]:
            if time.monotonic() > until: break
            number += 1
            git(root, "checkout", "-q", "-f", commit)
            report = json.loads(docs("check", "--format", "json").stdout)
            found = [row for row in report["diagnostics"] if row["path"] == "bound.md"]
            flags = [row for row in found if row["severity"] in ("error", "warning")]
            count.update(row["code"] for row in found)
            flagged += bool(flags)
            stood.update(report["anchors"])
            count["flags"] += len(flags)
            if not found: continue
            fixed = docs("check", "--fix").stderr.splitlines()
            for row in fixed:
                match = re.match(r"bound\.md: (\S+) is (\S+) now$", row)
                if not match: continue
                old, new = match.groups()
                bound = [[new if target == old else target for target in targets] for targets in bound]
                name = lambda target: target.rsplit("#", 1)[-1].rsplit(".", 1)[-1]
                sure = name(old) == name(new) or replays(commit, name(old), name(new), root)
                renames.append((commit[:10], old, new, sure))
            if any(row["code"] == "docs/dangling-target" for row in found):
                left = json.loads(docs("check", "--format", "json").stdout)["diagnostics"]
                text = open(page).read().split("\n")
                gone = {text[row["range"]["start"]["line"] - 1].strip().removeprefix("- ") for row in left
                        if row["path"] == "bound.md" and row["code"] == "docs/dangling-target"}
                count["gone"] += len(gone)
                bound = [[target for target in targets if target not in gone] for targets in bound]
                save()
            docs("attest", page, "--still-accurate", "vouched for again by the replay")
            if args.show:
                for row in found: print(f"  {commit[:10]} {row['severity']:8} {row['code']:24} {row['message']}")
        print(f"{os.path.basename(os.path.dirname(args.places[0].rstrip('/'))) or args.places[0]}: {sum(map(len, bound))} anchors left of {len(rows)} in {len(bound)} sections, {number} code commits: "
              f"{count['flags']} flags = {100 * count['flags'] / max(number, 1):.1f} per 100, in {flagged} commits; "
              f"{count['docs/signature-changed']} signature, {count['docs/dangling-target']} dangling ({len(renames)} followed, {sum(1 for r in renames if not r[3])} of them unconfirmed, {count['gone']} gone), "
              f"{count['docs/comment-changed']} comment hints")
        judged = sum(stood.values())
        print(f"  of {judged} judgements: " + ", ".join(f"{100 * stood[state] / max(judged, 1):.1f} % {state}" for state in ("fresh", "stale", "dangling", "unverified", "unverifiable")))
        for commit, old, new, sure in renames:
            print(f"  {commit} {'' if sure else '? '}{old} -> {new}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/release/examples/compare"))
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--find", action="store_true")
    parser.add_argument("--after", default="2015-01-01")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("places", nargs="+")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--mentions", action="store_true")
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/debug/tollgate"))
    options = parser.parse_args()
    if options.load:
        return load(options)
    print(f"{'':58}" + "".join(f"{c:>7}" for c in COLUMNS) + f"{'gone':>6}{'new':>5}{'?':>5}")
    total, rows = collections.Counter(), []
    if options.pairs:
        sets = [("pairs", "pairs", lambda: pairs(*options.places))]
    else:
        repository, commits = options.places[0], options.places[1:]
        if options.find:
            log = git(repository, "log", "--no-merges", "--since", options.after, "--format=%h%x09%cs %s").splitlines()
            found = [row.split("\t", 1) for row in log]
            commits = [commit for commit, subject in found if re.search(SUBJECT, subject, re.I)]
        sets = []
        for commit in commits:
            name = git(repository, "log", "-1", "--format=%h %cs %s", commit).strip()
            sets.append((commit, name, lambda commit=commit: changed(repository, commit)))
    for commit, name, files in sets:
        try:
            count, left = compare(options.tool, list(files()))
        except subprocess.CalledProcessError:
            continue
        if options.find and (count["raw"] < 5 or count["plain"] + count["ws"] == 0): continue
        rows.append((count, name, left))
        total.update(count)
        if not options.find:
            print(line(name, count), flush=True)
            if options.show:
                for row in left: print("    " + "  ".join(row))
    if options.find:
        for count, name, left in sorted(rows, key=lambda row: (row[0]["normal"] + row[0]["gone"] + row[0]["new"]) / row[0]["raw"]):
            print(line(name, count))
    print(line("all", total))


if __name__ == "__main__":
    main()
