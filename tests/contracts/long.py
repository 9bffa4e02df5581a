"""A long answer, and what is wrong with how it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.contracts.harness import Shown

SECTIONS = 30
_WORDS = "The scouts fly out and come back, and each of them dances for the place that she has found. "
LONG = "\n\n".join(
    f"## Section {n:02}\n\n{_WORDS * 8}\n\n```python\n" + f"dance({n:02})  # as long as it is good\n" * 8 + "```"
    for n in range(1, SECTIONS + 1)
)
_NUMBERED = re.compile(r"Section (\d\d)")


def of_parts(shown: Sequence[Shown]) -> list[str]:
    """What is wrong with the messages of a turn whose answer is `LONG`: the first, what follows, and the file."""
    *messages, file = shown
    sections = [int(n) for message in messages for n in _NUMBERED.findall(message.last)]
    dances = [message.last.count("dance(") for message in messages]
    found = []
    if len(messages) < 3:
        found.append(f"{len(messages)} messages")
    if sections != list(range(1, SECTIONS + 1)):
        found.append(f"sections {sections}")
    if sum(dances) != LONG.count("dance("):
        found.append(f"lines of code {dances}")
    if any(message.last.count("```") % 2 for message in messages):
        found.append("a fence is open")
    if any(message.files for message in messages):
        found.append("more than one file")
    return found + _of_file(file) + [f"calls {one.pings}" for one in shown if one.pings]


def _of_file(file: Shown) -> list[str]:
    if len(file.files) != 1:
        return [f"{len(file.files)} files in the last message"]
    return [] if LONG in file.files[0] else [f"the file begins {file.files[0][:40]!r}"]
