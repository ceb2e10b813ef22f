#!/usr/bin/env python3
"""`tollgate check` beside `rg -c` over the same files, in turn, so that a busy machine slows both.

  check.py [--files 10000] [--runs 9] [--root DIR] -- COMMAND…     default: target/release/tollgate; without DIR a
                                                                   repository of so many delivery files is made

Prints wall and processor time as the system accounts for each whole process (median of all runs), and the ratio of each pair.
Needs `rg`. Standard library only.
"""
import argparse, os, shutil, statistics, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lsp import corpus


def once(command, env):
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10000); parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--root"); parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    work = tempfile.mkdtemp(prefix="tollgate-check-")
    try:
        root = options.root or os.path.join(work, "repository")
        if not options.root:
            os.makedirs(os.path.join(root, ".git"))
            corpus(root, options.files)
        env = {**os.environ, "XDG_STATE_HOME": os.path.join(work, "state"), "XDG_CONFIG_HOME": os.path.join(work, "config")}
        command = (options.command or [os.path.join(here, "../../target/release/tollgate")]) + ["check", "--root", root]
        floor = ["rg", "-c", "--hidden", "--no-ignore", ".", root]
        runs = [(once(command, env), once(floor, env)) for _ in range(options.runs + 1)][1:]  # the first warms the files
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; median of {options.runs}, in turn")
        print(f"{'':12}{'wall s':>10}{'cpu s':>10}{'peak MB':>10}")
        for name, of in (("check", 0), ("rg -c", 1)):
            print(f"{name:12}" + "".join(f"{statistics.median(pair[of][n] for pair in runs):>10.3f}" for n in range(3)))
        print(f"{'ratio':12}" + "".join(f"{statistics.median(pair[0][n] / pair[1][n] for pair in runs):>10.2f}" for n in range(2)))
    finally: shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__": main()
