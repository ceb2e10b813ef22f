"""Plays the coding agent of the real scenario: repairs bug-7 of the shop in the folder it is started in.

It is named in the user's configuration as the program of the harness `command`.
"""

from pathlib import Path

REPAIRS = [
    (
        "src/discount.rs",
        "Money::from_minor(subtotal.minor() * i64::from(rate.0) / 10_000)",
        "subtotal.percent(rate).unwrap_or(Money::ZERO)",
    ),
    ("tests/regressions.rs", '#[ignore = "bug-7 is open"]\n', ""),
]

for name, broken, repaired in REPAIRS:
    path = Path(name)
    text = path.read_text()
    assert broken in text, f"{name} is not as expected"
    path.write_text(text.replace(broken, repaired))
    print(f"repaired {name}")
