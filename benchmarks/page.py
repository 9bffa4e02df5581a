"""**I/O edge.** Figures on a page of the documentation: between two markers, replaced by a command."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def put_on(page: Path, figures: str, *, name: str = "figures") -> None:
    """Replace what stands between the markers of that name. Raises `ValueError` where they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, first, rest = page.read_text().partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise ValueError(f"{page}: there must be {begin} and, after it, {end}")
    page.write_text(f"{before}{begin}\n\n{figures.strip()}\n\n{end}{after}")


def commit() -> str:
    """What is measured."""
    git = ["git", "describe", "--always", "--dirty"]  # whichever git there is
    said = subprocess.run(git, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    return said.stdout.strip() or "unknown"
