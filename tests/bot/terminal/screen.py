"""What stands on a terminal after some bytes: as much of one as rich speaks to."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\]8;[^\x1b]*\x1b\\|(\r)|(\n)|([^\x1b\r\n]+)")


def screen(said: str) -> list[str]:
    """The lines that are left."""
    lines, row, column = [""], 0, 0
    for piece in _PIECE.finditer(said):
        count, control, back, feed, text = piece.groups()
        if control == "A":
            row = max(0, row - int(count or 1))
        elif control == "K":
            lines[row] = ""
        elif back:
            column = 0
        elif feed:
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text:
            lines[row] = (lines[row][:column].ljust(column) + text) + lines[row][column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in lines]
