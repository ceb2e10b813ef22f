"""Plays the coding agent of the real scenarios: works on bug-7 of the shop in the folder it is started in.

Its first try is a wrong one, a line further down, that no gate lets through; where it finds that one it repairs the bug.
It is named in the user's configuration as the program of the harness `command`.
"""

from pathlib import Path

BROKEN = "Benefit::Percent(rate) => Money::from_minor(subtotal.minor() * i64::from(rate.0) / 10_000)"
TRIED = "// A cent less does no harm.\n            " + BROKEN.replace("10_000", "10_001")
REPAIRED = "Benefit::Percent(rate) => subtotal.percent(rate).unwrap_or(Money::ZERO)"

source, regressions = Path("src/discount.rs"), Path("tests/regressions.rs")
text = source.read_text()
if TRIED in text:
    source.write_text(text.replace(TRIED, REPAIRED))
    regressions.write_text(regressions.read_text().replace('#[ignore = "bug-7 is open"]\n', ""))
    print(f"repaired {source} and {regressions}")
else:
    assert BROKEN in text, f"{source} is not as expected"
    source.write_text(text.replace(BROKEN, TRIED))
    print(f"tried something in {source}")
