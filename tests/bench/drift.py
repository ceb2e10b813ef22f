#!/usr/bin/env python3
"""How many fingerprints a formatter changes, replayed from the history of clones given by path (nothing of them is kept).

  drift.py [--show] REPOSITORY [COMMIT…]     the symbols that these commits changed, with their first parents
  drift.py --find [--after DATE] REPOSITORY  commits whose subject speaks of formatting, with the same figures, best first
  drift.py --pairs FOLDER FOLDER             two copies of a tree, such as before and after a formatter

For each commit: symbols whose text changed (raw), of these how many differ without white space (ws), without comments too
(plain), by normalised tokens (normal), and by facet; `gone` and `new` symbols, and those with a syntax error (?).
A cosmetic commit changes none; `--show` names what is left. Needs: cargo build --release --example compare -p docs
(or --tool PATH). Standard library only.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/release/examples/compare"))
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--find", action="store_true")
    parser.add_argument("--after", default="2015-01-01")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("places", nargs="+")
    options = parser.parse_args()
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
