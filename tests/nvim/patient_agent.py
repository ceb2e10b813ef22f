"""Plays a coding agent that takes its time: works while the file it is given exists, then repairs bug-7 of the shop."""

import runpy
import sys
import time
from pathlib import Path

busy = Path(sys.argv[1])
print("looking at the cart", flush=True)
while busy.exists():
    time.sleep(0.05)
runpy.run_path(str(Path(__file__).parents[1] / "vscode" / "repair_bug_7.py"))
